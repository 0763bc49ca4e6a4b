# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE multi-survey light curves (<root>/lightcurve_api): measurements of Rubin objects, and a cone search.

An unknown object is an empty list, the rows have no order. Some columns never show a null but a filler.
After the published server code of 2026-04 and replies recorded in 2026-06 and 2026-08.
"""

import re

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from ..lsst_schema import BOOLEANS, DETECTION_COLUMNS
from .alerce_ztf_search import separation
from .wire import FastAPIJSON, fastapi_error, fastapi_failure, fastapi_healthcheck, fastapi_query, is_number

__all__ = ["application", "ztf_number"]

BAND_MAP = {"6": "u", "1": "g", "2": "r", "3": "i", "4": "z", "5": "y"}
# The flags psfFlux_flag... are 0 and 1 in the code and in replies of 2026-06, booleans in one of 2026-08, as here.
_FILLERS = {"parentDiaSourceId": -1, "diaObjectId": -1, "psfFlux": 0.0, "psfFluxErr": 0.0, "scienceFlux": 0.0,
            "scienceFluxErr": 0.0}
_FORCED_COLUMNS = ("oid", "measurement_id", "ra", "dec", "visit", "detector", "psfFlux", "psfFluxErr", "scienceFlux",
                   "scienceFluxErr")
# Of one object only: the server's query has a limit, that of two or more objects has none. Seen 2026-06 (552 points,
# ten rows) and in a recorded reply of 2026-08 (23 points, ten rows).
_LIMIT = 10
_PARTS = {"detections": ("lsst_detections", ("ra", "dec", "oid", *DETECTION_COLUMNS)),
          "forced_photometry": ("lsst_forced_photometry", _FORCED_COLUMNS)}


def ztf_number(name):
    """The number that stands for a ZTF name in the multi-survey database."""
    letters = 0
    for letter in name[5:]:
        letters = letters * 26 + ord(letter) - 97
    return (1 << 55) + int(name[3:5]) * 26 ** 7 + letters


def _rows(store, part, numbers):
    table, names = _PARTS[part]
    limit = f" LIMIT {_LIMIT}" if part == "forced_photometry" and len(numbers) == 1 else ""
    marks = ", ".join("?" * len(numbers))
    found = store.rows(f"SELECT band, mjd, {', '.join(names)} FROM {table} WHERE oid IN ({marks}) "
                       f"ORDER BY visit % 997, measurement_id{limit}", numbers)
    rows = []
    for band, mjd, *values in found:
        row = {"band_map": BAND_MAP, "band": band, "mjd": mjd, "survey_id": "lsst"}
        for name, value in zip(names, values):
            row[name] = _FILLERS.get(name) if value is None else bool(value) if name in BOOLEANS else value
        rows.append(row)
    return rows


def _handler(store, product):
    async def handle(request):
        values, refusal = fastapi_query(request.query_params, {"survey_id": str, "oid": [str]}, ("survey_id", "oid"))
        if refusal is not None:
            return refusal
        survey = values["survey_id"]
        if survey not in ("lsst", "ztf"):
            return FastAPIJSON({"detail": f"Invalid survey ID '{survey}'. Allowed surveys are: ztf, lsst"}, 400)
        if not all(map(is_number, values["oid"])):
            return fastapi_failure()
        if survey == "ztf":
            # The ZTF branch is unfinished: no client uses it.
            broken = product in ("forced_photometry", "lightcurve") and len(values["oid"]) == 1
            return fastapi_failure() if broken else FastAPIJSON([])
        numbers = [int(oid) for oid in values["oid"]]
        if product == "lightcurve":
            return FastAPIJSON({"detections": _rows(store, "detections", numbers), "non_detections": [],
                                "forced_photometry": _rows(store, "forced_photometry", numbers)})
        return FastAPIJSON([] if product == "non_detections" else _rows(store, product, numbers))
    return handle


_CONE = {"ra": float, "dec": float, "radius": float, "neighbors": int}
_BY_OID = {"oid": str, "survey": str, "radius": float, "neighbors": int}


def _refused_cone(values):
    """The words of a refusal, or None."""
    if not 0 <= values["ra"] <= 360:
        return "RA must be greater than 0 and lower than 360"
    if not -90 < values["dec"] < 90:
        return "Dec must be greater than -90 and lower than 90"
    if values["radius"] <= 0:
        return "Radius must be greater than 0"
    return "Neighbors must be greater than 0" if values["neighbors"] <= 0 else None


class _Cones:
    """The cone searches. Their radius is in degrees."""

    def __init__(self, store):
        self.store = store
        store.connection.create_function("separation", 4, separation, deterministic=True)

    async def by_coordinates(self, request):
        values, refusal = fastapi_query(request.query_params, _CONE, tuple(_CONE))
        if refusal is not None:
            return refusal
        words = _refused_cone(values)
        if words is not None:
            return FastAPIJSON({"detail": words}, 400)
        # Solar-system objects are all at 0, 0.
        rows = self.store.rows(
            "SELECT id, survey, ra, dec, separation(ra, dec, ?, ?) AS distance FROM ("
            "SELECT CAST(oid AS TEXT) AS id, iif(sid = 2, 'lsst_ss', 'lsst') AS survey, meanra AS ra, meandec AS dec "
            "FROM lsst_objects UNION ALL SELECT oid, 'ztf', meanra, meandec FROM objects) "
            "WHERE distance <= ? ORDER BY distance, id LIMIT ?",
            (values["ra"], values["dec"], values["radius"], values["neighbors"]))
        return FastAPIJSON([{"objectId": row[0], "survey_id": row[1], "ra": row[2], "dec": row[3]} for row in rows])

    def _named(self, values):
        """The object of a name or number: rows like those of the cone search."""
        if values["survey"] == "ztf":
            rows = self.store.rows("SELECT oid, 'ztf', meanra, meandec FROM objects WHERE oid = ?", (values["oid"],))
        else:
            rows = self.store.rows("SELECT CAST(oid AS TEXT), 'lsst', meanra, meandec FROM lsst_objects WHERE oid = ?",
                                   (int(values["oid"]),)) if is_number(values["oid"]) else []
        return [{"objectId": row[0], "survey_id": row[1], "ra": row[2], "dec": row[3]} for row in rows]

    async def by_oid(self, request):
        values, refusal = fastapi_query(request.query_params, _BY_OID, tuple(_BY_OID))
        if refusal is not None:
            return refusal
        if values["survey"] == "ztf" and not re.fullmatch(r"ZTF\d\d[a-z]{7}", values["oid"]):
            return FastAPIJSON({"detail": f"Invalid ZTF object ID: {values['oid']}"}, 400)
        return FastAPIJSON(self._named(values))

    async def light_curve_by_oid(self, request):
        values, refusal = fastapi_query(request.query_params, _BY_OID, tuple(_BY_OID))
        if refusal is not None:
            return refusal
        if values["survey"] != "lsst" or not self._named(values):
            return fastapi_failure()
        base = ("band_map", "band", "mjd", "survey_id", "ra", "dec")
        parts = {part: [{name: row[name] for name in base} for row in _rows(self.store, part, [int(values["oid"])])]
                 for part in _PARTS}
        return FastAPIJSON({"detections": parts["detections"], "non_detections": [],
                            "forced_photometry": parts["forced_photometry"]})


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    cones = _Cones(store)
    paths = {"detections": "detections", "non_detections": "non_detections", "forced-photometry": "forced_photometry",
             "lightcurve": "lightcurve"}
    return Starlette(routes=[
        Route("/healthcheck", fastapi_healthcheck),
        *(Route(f"/{path}", _handler(store, product)) for path, product in paths.items()),
        Route("/conesearch/objects_by_coordinates", cones.by_coordinates),
        Route("/conesearch/objects_by_oid", cones.by_oid),
        Route("/conesearch/lightcurve_by_oid", cones.light_curve_by_oid)],
        exception_handlers={404: fastapi_error, 405: fastapi_error},
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)])
