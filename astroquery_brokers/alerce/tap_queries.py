# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The verbs' questions in ADQL: one query for each table that both of ALeRCE's ways have."""

from functools import partial

from ..arguments import suggest
from ..endpoints import Request
from ..exceptions import BrokerError, ObjectNotFoundError, RejectedQueryError
from ..tap.adql import by_upload, literal, where
from .endpoints import LSST_CLASSES, LSST_OBJECT, OBJECT

__all__ = ["CRITERIA", "QUERIES", "confirmation", "query_for"]

_UPLOAD = "JOIN tap_upload.ids AS u ON {0}.oid = u.objectid"
# A band that has no name is no reason to leave a row out.
_BOTH = ("SELECT d.oid, d.measurement_id, d.mjd, d.ra, d.dec, d.band, b.band_name, l.* FROM alerce_tap.{0} AS d JOIN "
         "alerce_tap.lsst_{0} AS l ON d.oid = l.oid AND d.sid = l.sid AND d.measurement_id = l.measurement_id "
         f"{_UPLOAD.format('d')} LEFT OUTER JOIN alerce_tap.band AS b ON d.sid = b.sid AND d.band = b.band "
         "WHERE d.sid > 0")
_OBJECT = ("o.oid, o.tid, o.sid, o.meanra, o.meandec, o.sigmara, o.sigmadec, o.firstmjd, o.lastmjd, o.deltamjd, "
           "o.n_det, o.n_forced, o.n_non_det")
_CLASSES = ("JOIN alerce_tap.classifier AS c ON c.classifier_id = p.classifier_id "
            "JOIN alerce_tap.taxonomy AS t ON t.classifier_id = p.classifier_id AND t.class_id = p.class_id")
_SEARCH = (f"SELECT {_OBJECT}, t.class_name, c.classifier_name, c.classifier_version, p.probability, p.ranking "
           "FROM alerce_tap.object AS o JOIN alerce_tap.probability AS p ON o.oid = p.oid AND o.sid = p.sid "
           f"{_CLASSES}{{0}} WHERE o.sid = 1 AND {{1}} ORDER BY o.oid")

_CONE = "1 = CONTAINS(POINT('ICRS', o.meanra, o.meandec), CIRCLE('ICRS', {0}, {1}, {2}))"

# The query for the rows of uploaded ids, by dictionary, and the column that they are sorted by.
QUERIES = {
    "ztf_objects": (by_upload("ztf.object", "oid"), ""),
    "ztf_detections": (by_upload("ztf.detection", "oid"), "mjd"),
    "ztf_non_detections": (by_upload("ztf.non_detection", "oid"), "mjd"),
    "ztf_forced_photometry": (by_upload("ztf.forced_photometry", "oid"), "mjd"),
    "ztf_magstats": (by_upload("ztf.magstat", "oid") + " ORDER BY o.fid", ""),
    "ztf_probabilities": (by_upload("ztf.probability", "oid"), ""),
    "ztf_features": (by_upload("ztf.feature", "oid"), ""),
    # Days have a time in the other service's words.
    "lsst_object": (f"SELECT {_OBJECT}, o.created_date || 'T00:00:00' AS created_date, "
                    "o.updated_date || 'T00:00:00' AS updated_date FROM alerce_tap.object AS o "
                    f"{_UPLOAD.format('o')} WHERE o.sid > 0", ""),
    "lsst_objects": (_SEARCH, ""),
    "lsst_detections": (_BOTH.format("detection"), "mjd"),
    "lsst_forced_photometry": (_BOTH.format("forced_photometry"), "mjd"),
    "lsst_probabilities": (
        "SELECT p.oid, c.classifier_name, p.classifier_version, t.class_name, p.probability, p.ranking "
        f"FROM alerce_tap.probability AS p {_CLASSES} {_UPLOAD.format('p')} WHERE p.sid > 0", "")}

#: Criteria of the search for LSST objects: their column, and what their values are.
CRITERIA = {"classifier": ("c.classifier_name", str), "class_name": ("t.class_name", str),
            "ranking": ("p.ranking", int), "probability": ("p.probability", float), "n_det": ("o.n_det", int),
            "firstmjd": ("o.firstmjd", float), "lastmjd": ("o.lastmjd", float)}


def query_for(name, criteria, *, by_ids):
    """The query for a table.

    Parameters
    ----------
    name : str
        Its dictionary.
    criteria : dict of str to list of str
        Those of a search, as the other service is sent them: one value of a range is its minimum, ``ra`` and ``dec``
        are in degrees, ``radius`` in arcsec.
    by_ids : bool
        Whether the ids are uploaded.

    Returns
    -------
    str
    """
    adql, _ = QUERIES[name]
    criteria = {"ranking": ["1"], **criteria}
    cone = [float(criteria.pop(part)[0]) for part in ("ra", "dec", "radius") if part in criteria]
    within = _CONE.format(*map(literal, (*cone[:2], cone[2] / 3600))) if cone else ""
    if adql is not _SEARCH:
        return f"SELECT o.* FROM ztf.object AS o WHERE {within}" if within else adql
    conditions = []
    for criterion, texts in criteria.items():
        column, type_ = CRITERIA[criterion]
        signs = ("=",) if type_ is str or criterion == "ranking" else (">=", "<=")
        conditions += [(column, sign, type_(text)) for sign, text in zip(signs, texts)]
    conditions = " AND ".join([where(conditions), *([within] if within else [])])
    return adql.format(f" {_UPLOAD.format('o')}" if by_ids else "", conditions)


def confirmation(endpoint, criteria):
    """What finds out why there are no rows, as a `~astroquery_brokers.tap.access.TapRequest` takes it; or None."""
    if endpoint in (OBJECT, LSST_OBJECT):
        return _absent
    return partial(_known_class, criteria=criteria) if "classifier" in criteria else None


def _absent(request, ask):
    named = request.items[0] if len(request.items) == 1 else f"of the {len(request.items)} objects asked for"
    raise ObjectNotFoundError(f"ALeRCE's TAP service has no object {named}. Check the id; not every object of a survey "
                              "is kept by every broker.", broker="ALeRCE")


def _known_class(request, ask, *, criteria):
    """Whether the classifier is there, and has the class."""
    try:
        part, = ask(Request(LSST_CLASSES)).tables["lsst_classes"]
    except BrokerError:
        return
    classifiers, classes = part.masked("classifier_name"), part.masked("name")
    name, wanted = criteria["classifier"][0], criteria.get("class_name", [None])[0]
    if name not in classifiers.tolist():
        known = set(classifiers.tolist())
        raise RejectedQueryError(f"ALeRCE has no LSST classifier {name!r}. {suggest(name, known)}", broker="ALeRCE")
    known = set(classes[classifiers == name].tolist())
    if wanted is not None and wanted not in known:
        raise RejectedQueryError(f"ALeRCE's LSST classifier {name!r} has no class_name={wanted!r}. "
                                 f"{suggest(wanted, known)}", broker="ALeRCE")
