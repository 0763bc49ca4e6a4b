# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE ZTF API v1 (<root>/ztf/v1): search, objects, light curves, statistics, classifiers."""

import json

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from .alerce_ztf_search import OBJECT_COLUMNS, BadParameter, object_item, parse, search, separation
from .wire import FlaskJSON, is_forbidden

__all__ = ["application"]

_DETECTION_SQL = (
    "SELECT 'ztf' AS tid, mjd, CAST(candid AS TEXT) AS candid, fid, pid, diffmaglim, isdiffpos, nid, distnr, magpsf, "
    "magpsf_corr, NULL AS magpsf_corr_ext, magap, NULL AS magap_corr, sigmapsf, sigmapsf_corr, sigmapsf_corr_ext, "
    "sigmagap, NULL AS sigmagap_corr, ra, dec, rb, rbversion, drb, magapbig, sigmagapbig, rfid, has_stamp, corrected, "
    "dubious, NULL AS candid_alert, step_id_corr, 0.0 AS phase, parent_candid FROM detections WHERE oid = ? "
    "ORDER BY mjd, detections.candid")
_LIMIT_SQL = "SELECT 'ztf' AS tid, mjd, fid, diffmaglim FROM upper_limits WHERE oid = ? ORDER BY mjd, fid"
_MAGSTAT_SQL = (
    "SELECT fid, stellar, corrected, ndet, ndubious, magmean, magmedian, magmax, magmin, magsigma, maglast, magfirst, "
    "firstmjd, lastmjd, step_id_corr FROM magstats WHERE oid = ? ORDER BY fid")
_OBJECT_SQL = "SELECT {} FROM objects WHERE oid = ?".format(
    ", ".join(name for name in OBJECT_COLUMNS if name not in ("class", "classifier", "probability")))
_CURVES = ("lightcurve", "detections", "non_detections")
_FLAGS = ("has_stamp", "corrected", "dubious", "stellar")


def _invalid(name, message):
    return FlaskJSON({"errors": {name: message}, "message": "Input payload validation failed"}, 400)


def _unknown_page(request, error):
    return HTMLResponse("<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
                        "<p>There is no such page on this server.</p>\n", 404)


def _wrong_method(request, error):
    return FlaskJSON({"message": "The method is not allowed for the requested URL."}, 405, error.headers)


def _failure(request, error):
    return FlaskJSON({"message": "The server encountered an internal error and was unable to complete your request."},
                     500)


async def _add_slash(request):
    target = str(request.url.replace(path=request.url.path + "/"))
    link = target.replace("&", "&amp;")
    return HTMLResponse(f'<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<p>Go to <a href="{link}">'
                        f"{link}</a>.</p>\n", 308, {"Location": target})


def _flags(rows):
    for row in rows:
        for name in _FLAGS:
            if name in row:
                row[name] = bool(row[name])
    return rows


def _without_nulls(rows):
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


class _Service:
    """The routes; each answers from the store."""

    def __init__(self, store):
        self.store = store
        store.connection.create_function("separation", 4, separation, deterministic=True)

    def _missing(self, request):
        """The 404 of an object that does not exist, or None."""
        oid = request.path_params["oid"]
        if self.store.rows("SELECT 1 FROM objects WHERE oid = ?", (oid,)):
            return None
        return FlaskJSON({"message": f"Object not found. You have requested this URI [/objects/{oid}] but did you mean "
                                     "/objects/<id> or /objects/ ?"}, 404)

    async def objects(self, request):
        try:
            values = parse(request.query_params)
        except BadParameter as error:
            return _invalid(error.name, error.message)
        oid = values.get("oid", [])
        if len(oid) > 1 and any("'" in name for name in oid):
            return _failure(request, None)
        return FlaskJSON(search(self.store, values))

    async def object(self, request):
        missing = self._missing(request)
        if missing is not None:
            return missing
        return FlaskJSON(object_item(self.store.dicts(_OBJECT_SQL, (request.path_params["oid"],))[0]))

    async def limit_values(self, request):
        row = self.store.dicts("SELECT min(ndet) AS min_ndet, max(ndet) AS max_ndet, min(firstmjd) AS min_firstmjd, "
                               "max(firstmjd) AS max_firstmjd FROM objects")
        return FlaskJSON(row[0])

    def light_curve(self, product):
        """The handler of /lightcurve, /detections or /non_detections: one check, three shapes."""
        async def handle(request):
            return self._light_curve(request, product)
        return handle

    def _light_curve(self, request, product):
        survey = request.query_params.get("survey_id", "ztf")
        if survey not in ("ztf", "atlas"):
            return _invalid("survey_id", f"The value '{survey}' is not a valid choice for 'survey_id'.")
        if is_forbidden(request):
            return FlaskJSON("Forbidden", 403)
        missing = self._missing(request)
        if missing is not None:
            return missing
        if survey == "atlas":
            # Callers without a login get no ATLAS rows.
            return FlaskJSON(None if product == "lightcurve" else [])
        oid = (request.path_params["oid"],)
        if product == "detections":
            return FlaskJSON(_without_nulls(_flags(self.store.dicts(_DETECTION_SQL, oid))))
        if product == "non_detections":
            return FlaskJSON(_without_nulls(self.store.dicts(_LIMIT_SQL, oid)))
        return FlaskJSON({"detections": _flags(self.store.dicts(_DETECTION_SQL, oid)),
                          "non_detections": self.store.dicts(_LIMIT_SQL, oid)})

    async def magstats(self, request):
        return self._missing(request) or FlaskJSON(
            _flags(self.store.dicts(_MAGSTAT_SQL, (request.path_params["oid"],))))

    async def probabilities(self, request):
        sql = ("SELECT classifier_name, classifier_version, class_name, probability, ranking FROM probabilities "
               "WHERE oid = ?")
        arguments = [request.path_params["oid"]]
        for name, column in (("classifier", "classifier_name"), ("classifier_version", "classifier_version")):
            if request.query_params.get(name):
                sql += f" AND {column} = ?"
                arguments.append(request.query_params[name])
        # By place in the classifier's own list, so that classifiers come mixed.
        return self._missing(request) or FlaskJSON(self.store.dicts(f"{sql} ORDER BY position, rowid", arguments))

    async def features(self, request):
        sql, arguments = "SELECT name, value, fid, version FROM features WHERE oid = ?", [request.path_params["oid"]]
        fid = request.query_params.get("fid")
        if fid is not None:
            try:
                arguments.append(int(fid))
            except ValueError as error:
                return _invalid("fid", f"Band of the feature {error}")
            sql += " AND fid = ?"
        if request.query_params.get("version"):
            sql += " AND version = ?"
            arguments.append(request.query_params["version"])
        if "name" in request.path_params:
            sql += " AND name = ?"
            arguments.append(request.path_params["name"])
        rows = self.store.dicts(f"{sql} ORDER BY rowid", arguments)
        for row in rows:
            if row["value"] == "NaN":
                row["value"] = float("nan")
        return self._missing(request) or FlaskJSON(rows)

    async def classifiers(self, request):
        rows = self.store.dicts("SELECT classifier_name, classifier_version, classes FROM classifiers")
        return FlaskJSON([{**row, "classes": json.loads(row["classes"])} for row in rows])

    async def classes(self, request):
        found = self.store.rows("SELECT classes FROM classifiers WHERE classifier_name = ? AND classifier_version = ?",
                                (request.path_params["name"], request.path_params["version"]))
        if not found:
            return FlaskJSON({"message": f"Classifier not found. You have requested this URI [{request.url.path}]."},
                             404)
        return FlaskJSON([{"name": name} for name in json.loads(found[0][0])])


async def _healthcheck(request):
    return PlainTextResponse("OK")


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    service = _Service(store)
    app = Starlette(routes=[
        Route("/healthcheck", _healthcheck), Route("/objects", _add_slash), Route("/classifiers", _add_slash),
        Route("/objects/", service.objects), Route("/objects/limit_values", service.limit_values),
        Route("/objects/{oid}", service.object), Route("/objects/{oid}/magstats", service.magstats),
        Route("/objects/{oid}/probabilities", service.probabilities),
        Route("/objects/{oid}/features", service.features), Route("/objects/{oid}/features/{name}", service.features),
        *(Route(f"/objects/{{oid}}/{product}", service.light_curve(product)) for product in _CURVES),
        Route("/classifiers/", service.classifiers), Route("/classifiers/{name}/{version}/classes", service.classes),
    ], exception_handlers={404: _unknown_page, 405: _wrong_method, 500: _failure})
    app.router.redirect_slashes = False
    return app
