# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE multi-survey objects (<root>/object_api): the search, one object. Rubin/LSST only, as in practice.

After the published server code of 2026-04 and replies recorded in 2026-06 and 2026-08; the failures, the filter that is
dropped and the order ``oid_list`` that loses a row are those of the code.
"""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from ..lsst_summaries import DIA_COLUMNS
from .alerce_ztf_search import separation
from .wire import FastAPIJSON, fastapi_error, fastapi_healthcheck, fastapi_query, is_number

__all__ = ["BASIC_COLUMNS", "application"]

BASIC_COLUMNS = ("oid", "tid", "sid", "meanra", "meandec", "sigmara", "sigmadec", "firstmjd", "lastmjd", "deltamjd",
                 "n_det", "n_forced", "n_non_det")
_CLASS_COLUMNS = ("class_name", "classifier_name", "classifier_version", "probability", "ranking")
_SELECT = ", ".join([*(f"o.{name}" for name in BASIC_COLUMNS), "NULL AS stellar",
                     *(f"p.{name}" for name in _CLASS_COLUMNS)])
_SOURCE = "FROM lsst_probabilities p JOIN lsst_objects o ON o.oid = p.oid JOIN lsst_dia_objects d ON d.oid = o.oid"
_ORDER = {**{name: f"d.{name}" for name in DIA_COLUMNS}, **{name: f"o.{name}" for name in BASIC_COLUMNS},
          "created_date": "o.created_date", "updated_date": "o.updated_date",
          **{name: f"p.{name}" for name in ("classifier_id", "classifier_version", "probability", "ranking")}}
_PARAMETERS = {
    "class_name": str, "oid": [str], "survey": str, "classifier": str, "ranking": int, "n_det": [int],
    "probability": float, "firstmjd": [float], "lastmjd": [float], "dec": float, "ra": float, "radius": float,
    "page": int, "page_size": int, "count": bool, "order_by": str, "order_mode": str}
_FAILURE = {"detail": "An error occurred"}


class _Failure(Exception):
    """What the service answers with 500."""


def _conditions(store, values):
    conditions, arguments = ["o.sid = 1"], []

    def add(condition, *given):
        conditions.append(condition)
        arguments.extend(given)

    if "oid" in values:
        if not all(map(is_number, values["oid"])):
            raise _Failure
        add(f"o.oid IN ({', '.join('?' * len(values['oid']))})", *map(int, values["oid"]))
    for name in ("n_det", "firstmjd", "lastmjd"):
        # One value is a minimum.
        for sign, value in zip((">=", "<="), values.get(name, [])):
            add(f"o.{name} {sign} ?", value)
    if "ra" in values and "dec" in values:
        add("separation(o.meanra, o.meandec, ?, ?) <= ?", values["ra"], values["dec"],
            values.get("radius", 30.0) / 3600)
    if "classifier" in values:
        known = store.rows("SELECT DISTINCT class_name FROM lsst_probabilities WHERE classifier_name = ?",
                           (values["classifier"],))
        if not known:
            raise _Failure
        add("p.classifier_name = ?", values["classifier"])
        # A class that the classifier does not have is no condition at all: the server's own mistake.
        if (values.get("class_name"),) in known:
            add("p.class_name = ?", values["class_name"])
    elif "class_name" in values:
        raise _Failure
    add("p.ranking = ?", values.get("ranking", 1))
    add("p.probability >= ?", values.get("probability", 0.0))
    return " AND ".join(conditions), arguments


def _search(store, values):
    """The envelope with one page of items. ``total`` is the number of rows fetched, one of them to look ahead."""
    if values.get("survey") != "lsst":
        raise _Failure
    where, arguments = _conditions(store, values)
    page, size = max(values.get("page", 1), 1), values.get("page_size", 10)
    size = 10 if size < 0 else size
    mode, wanted = values.get("order_mode", "DESC"), values.get("order_by", "probability")
    sql = f"SELECT {_SELECT} {_SOURCE} WHERE {where}"
    if wanted == "oid_list":
        rows = store.dicts(sql, arguments)
        items = rows[:-1]
    else:
        first = f"{_ORDER[wanted]} {mode}, " if wanted in _ORDER else ""
        rows = store.dicts(f"{sql} ORDER BY {first}o.oid {mode} LIMIT ? OFFSET ?",
                           [*arguments, size + 1, (page - 1) * size])
        items = rows[:size]
    more = len(rows) > size
    return {"total": len(rows), "next": page + 1 if more else None, "has_next": more,
            "prev": page - 1 if page > 1 else None, "has_prev": page > 1, "current_page": page, "items": items,
            "info_message": None if rows else "Empty query"}


class _Service:
    """The routes; each answers from the store."""

    def __init__(self, store):
        self.store = store
        store.connection.create_function("separation", 4, separation, deterministic=True)

    async def list_objects(self, request):
        values, refusal = fastapi_query(request.query_params, _PARAMETERS)
        if refusal is not None:
            return refusal
        counts = values.get("n_det", [])
        if len(counts) > 1 and counts[0] > counts[1]:
            return FastAPIJSON({"detail": {"detections_container": "Min value can't be greater than max."}}, 422)
        if values.get("order_mode", "DESC") not in ("DESC", "ASC"):
            return FastAPIJSON({"detail": {"search_filters": "Order can be only DESC or ASC."}}, 422)
        try:
            return FastAPIJSON(_search(self.store, values))
        except _Failure:
            return FastAPIJSON(_FAILURE, 500)

    async def object(self, request):
        values, refusal = fastapi_query(request.query_params, {"oid": str, "survey_id": str,
                                                               "return_survey_extra": bool}, ("oid", "survey_id"))
        if refusal is not None:
            return refusal
        rows = []
        if values["survey_id"] == "lsst" and is_number(values["oid"]):
            names = (*BASIC_COLUMNS, "created_date", "updated_date")
            rows = self.store.dicts(f"SELECT {', '.join(names)} FROM lsst_objects WHERE oid = ? AND sid = 1",
                                    (int(values["oid"]),))
        if not rows:
            return FastAPIJSON(_FAILURE, 500)
        if values.get("return_survey_extra"):
            basic = {name: rows[0][name] for name in BASIC_COLUMNS}
            return FastAPIJSON({**basic, **self.store.dicts("SELECT * FROM lsst_dia_objects WHERE oid = ?",
                                                            (basic["oid"],))[0]})
        return FastAPIJSON(rows[0])


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    service = _Service(store)
    return Starlette(routes=[Route("/healthcheck", fastapi_healthcheck), Route("/list_objects", service.list_objects),
                             Route("/object", service.object)],
                     exception_handlers={404: fastapi_error, 405: fastapi_error},
                     middleware=[Middleware(GZipMiddleware, minimum_size=1000)])
