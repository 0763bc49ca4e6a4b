# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Odd forms of ALeRCE's replies."""

from ..arguments import suggest
from ..endpoints import Request
from ..exceptions import BrokerError, ObjectNotFoundError, RejectedQueryError

__all__ = ["NO_CLASSES", "absent_classes", "absent_object", "class_rows", "forced_photometry_rows", "item_rows",
           "light_curve_rows", "lsst_item_rows", "lsst_light_curve_rows", "lsst_rows", "name_hint", "no_classifier",
           "object_rows", "unknown_classifier"]


def item_rows(payload):
    """The objects in a page."""
    return [payload["items"]]


def object_rows(payload):
    """A single object comes as itself, not in a list."""
    return [[{"oid": payload["oid"], **payload}]]


def light_curve_rows(payload):
    """Detections and upper limits; ``null`` when all rows were of a survey that anonymous callers do not get."""
    if payload is None:
        return [[], []]
    return [payload["detections"], payload["non_detections"]]


def forced_photometry_rows(payload):
    """Rows with the keys of ``extra_fields`` beside the others; where both have a key, the outer one counts."""
    return [[{**(row.get("extra_fields") or {}), **{key: row[key] for key in row if key != "extra_fields"}}
             for row in payload]]


def lsst_item_rows(payload):
    """The objects in a page; an earlier deployment misspelled the key of the classifier's version."""
    return [[{"classifier_version" if key == "classfier_version" else key: value for key, value in row.items()}
             for row in payload["items"]]]


def lsst_rows(payload):
    """Measurements; each row carries the map of band numbers to letters, in place of which it gets its own letter."""
    for row in payload:
        letters = row.pop("band_map", None)
        if letters is not None:
            row["band_name"] = letters.get(str(row["band"]))
    return [payload]


def lsst_light_curve_rows(payload):
    """Detections and forced photometry; the list of upper limits is always empty."""
    return [*lsst_rows(payload["detections"]), *lsst_rows(payload["forced_photometry"])]


def class_rows(payload):
    """One row per class of each classifier."""
    return [[{"classifier_name": row["classifier_name"], "classifier_version": row["classifier_version"], "name": name}
             for row in payload for name in row["classes"]]]


def absent_object(error, request, ask, *, detections):
    """An object that is not there is a failure (500) for the service; it has no detections, and says so in peace.

    The search would not tell: it has no objects without a class.
    """
    if error.status_code != 500:
        return error
    oid, = request.items
    told = {"broker": error.broker, "url": error.url, "status_code": 500, "response": error.response}
    found = ask(Request(detections, params=((detections.ids, oid), *detections.params)))
    parts = found.tables[detections.tables[0]]
    if any((part.masked("ssObjectId") == int(oid)).any() for part in parts if part.length):
        return ObjectNotFoundError(f"ALeRCE has no summary of {oid} here. {_MOVING}, of which it is one.", **told)
    if found.length:
        return BrokerError(f"{error} It does know {oid}, of which it has detections.", **told)
    return ObjectNotFoundError(
        f"ALeRCE has no LSST object {oid}: it answered with HTTP 500, as it does for what it does not know, and has no "
        "detections of it. Check the number; not every object of a survey is kept by every broker. "
        f"{_MOVING} (ssObjectId).", **told)


def absent_classes(error, request, ask, *, classifiers):
    """What classifiers there are, where the address of one is not there; nor is that of a name with a slash."""
    if error.status_code != 404:
        return error
    part, = ask(Request(classifiers)).tables[classifiers.tables[0]]
    known = list(zip(part.masked("classifier_name").tolist(), part.masked("classifier_version").tolist()))
    name, version = request.path["classifier_name"], request.path["classifier_version"]
    if (name, version) in known:
        return error
    return ObjectNotFoundError(no_classifier(name, version, known, classifiers.survey), broker=error.broker,
                               url=error.url, status_code=404, response=error.response)


def no_classifier(name, version, known, survey):
    """What to say of a name and version that are not among those known."""
    versions = {other for one, other in known if one == name}
    wrong, value, allowed = ("version", version, versions) if versions else ("name", name, {one for one, _ in known})
    return (f"ALeRCE has no {survey.upper()} classifier {name!r} {version!r}: classifier_{wrong}={value!r} is not "
            f"known. {suggest(value, allowed)} query_classifiers(survey={survey!r}) has all, and their classes.")


def unknown_classifier(error, request, ask, *, classifiers):
    """A classifier that is not there is a failure (500) for the service; the list of them tells."""
    name = dict(request.params).get("classifier")
    if error.status_code != 500 or name is None:
        return error
    part, = ask(Request(classifiers)).tables[classifiers.tables[0]]
    known = set(part.masked("classifier_name").compressed())
    if name in known:
        return error
    return RejectedQueryError(f"ALeRCE has no LSST classifier {name!r}. {suggest(name, known)}", broker=error.broker,
                              url=error.url, status_code=500, response=error.response)


_MOVING = "route='tap' also knows objects of the solar system"
NO_CLASSES = ("Nothing comes of an object that no classifier has seen, nor of one that ALeRCE does not know; "
              "query_object(...) tells which it is.")


def name_hint(params):
    """Why nothing may have come, where names are among the parameters: the ZTF service takes any."""
    named = {"classifier", "classifier_version", "class", "class_name"} & dict(params).keys()
    return "query_classifiers() has the names of classifiers and classes, in which capitals count." if named else ""
