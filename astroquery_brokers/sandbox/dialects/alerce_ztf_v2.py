# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE light-curve API v2 (<root>/v2/lightcurve): detections, limits and forced photometry of ZTF objects.

An unknown object is an empty list, the rows have no order, nulls are kept.
"""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from .wire import FastAPIJSON, fastapi_error, fastapi_healthcheck, is_forbidden

__all__ = ["application"]

_ORDER = "ORDER BY pid % 997, mjd"
_EXTRA = {
    "detections": ("distnr", "nid", "rb", "rbversion", "drb", "drbversion", "magap", "sigmagap", "magapbig",
                   "sigmagapbig", "diffmaglim", "rfid", "step_id_corr"),
    "forced_photometry": ("pid", "mag", "e_mag", "mag_corr", "e_mag_corr", "e_mag_corr_ext", "field", "rcid", "rfid",
                          "sciinpseeing", "scibckgnd", "scisigpix", "magzpsci", "magzpsciunc", "magzpscirms",
                          "clrcoeff", "clrcounc", "exptime", "adpctdif1", "adpctdif2", "diffmaglim", "programid",
                          "procstatus", "distnr", "ranr", "decnr", "magnr", "sigmagnr", "chinr", "sharpnr")}
_TOP = {
    "detections": "CAST(candid AS TEXT) AS candid, 'ztf' AS tid, 'ztf' AS sid, NULL AS aid, pid, oid, mjd, fid, ra, "
                  "NULL AS e_ra, dec, NULL AS e_dec, magpsf AS mag, sigmapsf AS e_mag, magpsf_corr AS mag_corr, "
                  "sigmapsf_corr AS e_mag_corr, sigmapsf_corr_ext AS e_mag_corr_ext, isdiffpos, corrected, dubious, "
                  "parent_candid, has_stamp",
    "forced_photometry": "oid || pid AS candid, 'ztf' AS tid, NULL AS sid, NULL AS aid, pid, oid, mjd, fid, ra, "
                         "NULL AS e_ra, dec, NULL AS e_dec, mag, e_mag, mag_corr, e_mag_corr, e_mag_corr_ext, "
                         "isdiffpos, corrected, dubious, parent_candid, 0 AS has_stamp"}
_TOP_COUNT = 22
_WORDS = {"detections": "detections", "non_detections": "non detections", "forced_photometry": "forced photometry",
          "lightcurve": "lightcurve"}


def _measurements(store, table, oid):
    extra = _EXTRA[table]
    cursor = store.connection.execute(f"SELECT {_TOP[table]}, {', '.join(extra)} FROM {table} WHERE oid = ? {_ORDER}",
                                      (oid,))
    names = [column[0] for column in cursor.description][:_TOP_COUNT]
    rows = []
    for values in cursor:
        row = dict(zip(names, values))
        for name in ("corrected", "dubious", "has_stamp"):
            row[name] = bool(row[name])
        row["extra_fields"] = dict(zip(extra, values[_TOP_COUNT:]))
        rows.append(row)
    return rows


def _limits(store, oid):
    return store.dicts("SELECT NULL AS aid, 'ztf' AS tid, 'ztf' AS sid, oid, mjd, fid, diffmaglim FROM upper_limits "
                       "WHERE oid = ? ORDER BY fid DESC, mjd", (oid,))


def _refusal(request, product):
    """The reply to a request that is not answered with data, or None."""
    if is_forbidden(request):
        return FastAPIJSON({"detail": "Forbidden"}, 403)
    survey, words = request.query_params.get("survey_id", "all"), _WORDS[product]
    if survey not in ("all", "ztf", "atlas"):
        return FastAPIJSON({"detail": f"Can't retrieve {words} survey id not recognized {survey}"}, 400)
    if survey == "atlas" and product == "non_detections":
        return FastAPIJSON({"detail": "Can't retrieve non detections: ATLAS does not provide non_detections"}, 400)
    return None


def _handler(store, product):
    def rows(part, request):
        if request.query_params.get("survey_id") == "atlas":
            return []
        oid = request.path_params["oid"]
        return _limits(store, oid) if part == "non_detections" else _measurements(store, part, oid)

    async def handle(request):
        refusal = _refusal(request, product)
        if refusal is not None:
            return refusal
        if product == "lightcurve":
            return FastAPIJSON({part: rows(part, request)
                                for part in ("detections", "non_detections", "forced_photometry")})
        return FastAPIJSON(rows(product, request))
    return handle


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    paths = {"detections": "detections", "non_detections": "non_detections", "forced-photometry": "forced_photometry",
             "lightcurve": "lightcurve"}
    routes = [Route(f"/{path}/{{oid}}", _handler(store, product)) for path, product in paths.items()]
    return Starlette(routes=[Route("/healthcheck", fastapi_healthcheck), *routes],
                     exception_handlers={404: fastapi_error, 405: fastapi_error},
                     middleware=[Middleware(GZipMiddleware, minimum_size=1000)])
