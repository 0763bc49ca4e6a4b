# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE multi-survey probabilities, classifiers and statistics: <root>/probability_api, /classifier_api, /magstat_api.

Rubin/LSST only, as in practice. After the published server code of 2026-04; where these services are on the net is not
certain for the last two.
"""

import json

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from .wire import FastAPIJSON, fastapi_error, fastapi_failure, fastapi_healthcheck, fastapi_query, is_number

__all__ = ["classifiers", "magstats", "probabilities"]


def _application(path, handler):
    return Starlette(routes=[Route("/healthcheck", fastapi_healthcheck), Route(path, handler)],
                     exception_handlers={404: fastapi_error, 405: fastapi_error},
                     middleware=[Middleware(GZipMiddleware, minimum_size=1000)])


def probabilities(store):
    """The service of probabilities as an ASGI application. Versions of classifiers are numbers here: 2.0.2 is 202.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    async def handle(request):
        values, refusal = fastapi_query(request.query_params, {"oid": str, "classifier": str}, ("oid",))
        if refusal is not None:
            return refusal
        if not is_number(values["oid"]):
            return fastapi_failure()
        condition, arguments = "oid = ?", [int(values["oid"])]
        if values.get("classifier"):
            if not store.rows("SELECT 1 FROM lsst_classifiers WHERE classifier_name = ?", (values["classifier"],)):
                return FastAPIJSON({"detail": "Classifier not found"}, 404)
            condition += " AND classifier_name = ?"
            arguments.append(values["classifier"])
        # By place in the classifier's own list, so that classifiers come mixed.
        rows = store.dicts("SELECT classifier_name, CAST(replace(classifier_version, '.', '') AS INTEGER) AS "
                           "classifier_version, class_name, probability, ranking FROM lsst_probabilities "
                           f"WHERE {condition} ORDER BY position, ranking, classifier_id", arguments)
        if not rows:
            return FastAPIJSON({"detail": "Probability not found for the given OID"}, 404)
        return FastAPIJSON(rows)
    return _application("/probability", handle)


def classifiers(store):
    """The list of classifiers as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    async def handle(request):
        rows = store.dicts("SELECT classifier_name, classifier_version, classes, classifier_id FROM lsst_classifiers")
        wanted = request.query_params.get("classifier_name")
        if wanted is not None:
            # The filter is broken: a name that exists is a failure.
            if any(row["classifier_name"] == wanted for row in rows):
                return fastapi_failure()
            return FastAPIJSON({"detail": "Classifier not found for the given OID"}, 404)
        return FastAPIJSON([{**row, "classes": json.loads(row["classes"])} for row in rows])
    return _application("/classifiers", handle)


def magstats(store):
    """Statistics of one object as an ASGI application: every number is rounded to three decimals, positions too.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    async def handle(request):
        values, refusal = fastapi_query(request.query_params, {"oid": str, "survey_id": str}, ("oid", "survey_id"))
        if refusal is not None:
            return refusal
        rows = []
        if values["survey_id"] == "lsst" and is_number(values["oid"]):
            rows = store.dicts("SELECT * FROM lsst_dia_objects WHERE oid = ?", (int(values["oid"]),))
        if not rows:
            return fastapi_failure()
        return FastAPIJSON([{name: round(value, 3) if isinstance(value, float) else value
                             for name, value in row.items()} for row in rows])
    return _application("/magstats", handle)
