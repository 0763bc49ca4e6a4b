# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Odd forms of AMPEL's replies."""

import base64
import binascii
from dataclasses import replace

from ..cutouts import KINDS, read_cutout
from ..endpoints import Request
from ..exceptions import AuthenticationError, BrokerError, CandidError, ObjectNotFoundError
from ..replies import decode_json
from ..transport import redact

__all__ = ["absent_images", "absent_object", "alert_rows", "catalog_rows", "chunk_alerts", "chunk_rows", "count",
           "forced_rows", "images", "matches", "one_record", "packet", "packets", "photopoint_rows", "slow_query",
           "stock_rows", "told"]

_BROKER = "AMPEL"


def catalog_rows(payload):
    """The catalogues, and the columns of all of them."""
    catalogs = [{**{key: value for key, value in row.items() if key != "columns"}, "n_columns": len(row["columns"])}
                for row in payload]
    columns = [{"catalog": row["name"], "use": row["use"], "column": column["name"], "unit": column["unit"]}
               for row in payload for column in row["columns"]]
    return [catalogs, columns]


def matches(response):
    """What was found in each catalogue, by its place in the question: a list of sources, or True.

    ``null`` stands for nothing, whatever was asked; what is not found is left out.
    """
    payload = decode_json(response, broker=_BROKER)
    if not isinstance(payload, list):
        raise ValueError(f"It is not a list: {payload!r:.100}.")
    found = {}
    for place, one in enumerate(payload):
        if isinstance(one, dict):
            one = [one]
        if isinstance(one, list) and all(isinstance(source, dict) and {"body", "dist_arcsec"} <= source.keys()
                                         for source in one):
            found[place] = one
        elif one is True:
            found[place] = True
        elif one not in (None, False):
            raise ValueError(f"It holds something else than sources: {one!r:.100}.")
    return {place: one for place, one in found.items() if one}


def one_record(response):
    """A record as a list of one; the empty list for ``null``."""
    payload = decode_json(response, broker=_BROKER)
    if not isinstance(payload, (dict, type(None))):
        raise ValueError(f"It is not a record: {payload!r:.100}.")
    return [] if payload is None else [payload]


def alert_rows(payload):
    """The candidate of each alert, with the name of the object."""
    return [[_row(alert, alert["candidate"]) for alert in payload]]


def chunk_rows(payload):
    """The same of a chunk; a stream that was only started has sent none yet."""
    return alert_rows(payload["alerts"] if "chunk_size" not in payload else [])


def photopoint_rows(payload):
    """Detections, and upper limits: what has no number of a candidate."""
    points = [_row(payload, point) for point in (payload["candidate"], *(payload.get("prv_candidates") or ()))]
    return [[point for point in points if "candid" in point], [point for point in points if "candid" not in point]]


def forced_rows(payload):
    """Forced photometry, which only packets of 2024 and later have, and only as long as they are kept."""
    candidate = payload["candidate"]
    place = {name: candidate[name] for name in ("ra", "dec")}
    return [[{**place, **_row(payload, point)} for point in payload.get("fp_hists") or ()]]


def _row(alert, point):
    point["objectId"] = alert["objectId"]
    return point


def packet(response):
    """An alert."""
    return _alerts([decode_json(response, broker=_BROKER)])[0]


def packets(response):
    """The alerts of an object."""
    return _alerts(decode_json(response, broker=_BROKER))


def chunk_alerts(response):
    """The alerts of a chunk."""
    payload = decode_json(response, broker=_BROKER)
    if isinstance(payload, dict) and "resume_token" in payload:
        payload = payload.get("alerts", [])
    return _alerts(payload)


def _alerts(payload):
    if not isinstance(payload, list) or not all(
            isinstance(alert, dict) and {"candid", "objectId", "candidate"} <= alert.keys() for alert in payload):
        raise ValueError(f"It is not a list of alerts: {redact(repr(payload)[:100])}.")
    return payload


def images(response):
    """The three images of an alert by kind, as FITS; None for those that its packet did not have."""
    payload = decode_json(response, broker=_BROKER)
    if not isinstance(payload, dict) or not {"candid", "objectId"} <= payload.keys():
        raise ValueError(f"It is not an alert: {payload!r:.100}.")
    found = {"object_id": payload["objectId"]}
    for kind in KINDS:
        stamp = payload.get(f"cutout{kind.title()}")
        try:
            found[kind] = stamp and read_cutout(base64.b64decode(stamp["stampData"], validate=True))
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError(f"Its {kind} image is not in base64 ({error}).") from error
    return found


def told(response):
    """What was sent, whatever it is."""
    return decode_json(response, broker=_BROKER)


def count(response):
    """The number of alerts."""
    payload = decode_json(response, broker=_BROKER)
    try:
        return int(payload["count"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"It is not a number: {payload!r:.100}.") from None


def stock_rows(payload):
    """One row per channel, with its times; ``any`` stands for all channels."""
    stock = payload["_id"] if "_id" in payload else payload["stock"]
    created, updated = (payload.get(key) or {} for key in ("created", "updated"))
    return [[{"stock": stock, "channel": channel, "created": created.get(channel), "updated": updated.get(channel)}
             for channel in dict.fromkeys([*(payload.get("channel") or ()), *created])]]


def absent_object(error, request, ask, *, alerts):
    """An object that is not there is a failure (500) for the merged photometry; the list of its alerts is empty."""
    if error.status_code != 500:
        return slow_query(error, request, ask)
    object_id, = request.items
    try:
        found = ask(Request(alerts, path={"object_id": object_id}, params=(("limit", "1"),)))
    except AuthenticationError as refused:
        return refused
    if found.length:
        return error
    return replace(found, request=request, tables={})


def slow_query(error, request, ask, *, then=None):
    """The archive ends what takes longer than a minute."""
    if error.status_code == 504:
        return BrokerError(f"{error} Ask for less at once: a shorter time, a smaller region, or a stream "
                           "(Ampel.start_stream).", broker=error.broker, url=error.url, status_code=504,
                           response=error.response)
    return error if then is None else then(error, request, ask)


def absent_images(error, request, ask):
    """There are none for old alerts, which the archive does not tell from alerts that never were."""
    if not isinstance(error, ObjectNotFoundError):
        return error
    return CandidError(f"AMPEL keeps no images of the alert {request.path['candid']}: it keeps them for about three "
                       "months, if there is such an alert.", broker=error.broker, url=error.url, status_code=404,
                       response=error.response)
