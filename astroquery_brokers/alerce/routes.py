# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which of ALeRCE's services a question about many objects goes to."""

import functools
import inspect
from dataclasses import replace

import numpy as np
from astropy.table import Table

from ..arguments import check_choice
from ..endpoints import Endpoint
from ..exceptions import InvalidArgumentError
from ..tap.access import TapRequest
from ..tap.uploads import check_uploads
from .tap_queries import CRITERIA, QUERIES, confirmation, query_for

__all__ = ["ROUTE_OF_CONES", "either_route", "routed"]

_DOC = """
    route : {"rest", "tap"}, optional
        Which service is asked: the one made for this question (REST), or TAP, where it is one request for thousands of
        ids. {more}
    """
_MORE = "By default REST."
_MORE_OF_SEARCH = """By default REST, and TAP for more than 1000 objects of ZTF, and for objects of LSST by classifier
        or dates where they can be more than 1000; if that fails or takes too long, REST is asked, and a warning says
        so. TAP has no answer to other criteria of ZTF, pages and orders."""
#: The documentation of ``route`` for cones.
ROUTE_OF_CONES = """
    route : {"rest", "tap"}, optional
        Which service is asked: the one made for this question (REST, by default), or TAP, one cone after the other.
        With TAP there are no criteria for ZTF.
    """

# One request to TAP costs about as much as eight at a time to REST, twice (100 objects each).
_MANY = 1000
# Rows that are one page of REST; each further page costs it all those before once more.
_ONE_PAGE = 1000
_AT_ONCE = 20_000  # a multiple of the ids that any REST request has
_NO_CRITERIA = {"oid", "order_by", "order_mode", "survey_id", "survey"}
_CONE = {"ra", "dec", "radius"}
_BY_DEFAULT = {"classifier", "firstmjd", "lastmjd"}
_HOUR = 3600.0

_ENDPOINTS = {name: Endpoint(name.replace("_", " "), "tap_url", "/sync", (name,), method="POST", lifetime=_HOUR,
                             survey=name.partition("_")[0], sort_by=column)
              for name, (_, column) in QUERIES.items()}


def either_route(body):
    """Give a verb about objects the argument ``route``.

    Parameters
    ----------
    body : callable
        Validates, and returns the plan for REST.

    Returns
    -------
    callable
        The same with the argument.
    """
    signature = inspect.signature(body)
    searches = "firstmjd" in signature.parameters

    @functools.wraps(body)
    def with_route(self, *args, route=None, **kwargs):
        plan = body(self, *args, **kwargs)
        paged = any(kwargs.get(name) is not None for name in ("page", "page_size"))
        return routed(plan, route, paged=paged)

    del with_route.__wrapped__
    parameter = inspect.Parameter("route", inspect.Parameter.KEYWORD_ONLY, default=None)
    with_route.__signature__ = signature.replace(parameters=[*signature.parameters.values(), parameter])
    parameters, title, rest = inspect.getdoc(body).partition("\nReturns\n")
    doc = inspect.cleandoc(_DOC.replace("{more}", _MORE_OF_SEARCH if searches else _MORE))
    with_route.__doc__ = f"{parameters.rstrip()}\n{doc}\n{title}{rest}"
    return with_route


def routed(plan, route, *, paged=False):
    """The plan by the route that is wanted, or better.

    Parameters
    ----------
    plan : `~astroquery_brokers.verbs.Plan`
        The one for REST.
    route : {"rest", "tap"} or None
        What the user wants.
    paged : bool, optional
        Whether pages are asked for.

    Returns
    -------
    `~astroquery_brokers.verbs.Plan`

    Raises
    ------
    InvalidArgumentError
        If TAP is wanted and has no answer.
    """
    if route is not None:
        check_choice(route, ("rest", "tap"), "route")
    complaint = "here there are pages" if paged else _complaint(plan)
    if route == "tap" and complaint:
        raise InvalidArgumentError(f"route='tap' has no answer to this question: {complaint}. Leave route= out, or "
                                   "write the query yourself with query_tap.")
    if route == "rest" or complaint or not (route or _better_by_tap(plan)):
        return plan
    return replace(plan, requests=_requests(plan, fallback=route is None))


def _better_by_tap(plan):
    """Whether REST is not enough, where TAP is known to be sound."""
    if _is_cone(plan):
        return False
    if plan.items:
        return len(plan.items) > _MANY and _tables(plan) == ["ztf_objects"]
    return (plan.row_limit is None or plan.row_limit > _ONE_PAGE) and bool(
        _BY_DEFAULT & _criteria(plan.requests[0]).keys())


def _is_cone(plan):
    return "ra" in dict(plan.requests[0].params)


def _tables(plan):
    return list(dict.fromkeys(name for request in plan.requests if not request.auxiliary
                              for name in request.endpoint.tables))


def _criteria(request):
    """Values of the criteria by the name that the service has for them."""
    values = {}
    for name, value in request.params:
        if name not in _NO_CRITERIA:
            values.setdefault(name, []).append(value)
    return values


def _complaint(plan):
    """Why TAP cannot answer a question."""
    tables = _tables(plan)
    missing = [name for name in tables if name not in QUERIES]
    if missing:
        return f"there is no {' or '.join(missing)} to be had so"
    allowed = set(CRITERIA) if tables == ["lsst_objects"] else set()
    names = {name for request in plan.requests if not request.auxiliary for name, _ in request.params}
    if "oid" not in names and tables in (["lsst_objects"], ["ztf_objects"]):
        allowed |= _CONE
    others = names - _NO_CRITERIA - allowed
    if others or any(request.ordered for request in plan.requests):
        others = sorted("class_name" if name == "class" else name for name in others)
        return f"it takes ids or a cone, not {', '.join(others) or 'an order'}"
    return "" if plan.items or _is_cone(plan) or tables == ["lsst_objects"] else "there are neither ids nor a cone"


def _requests(plan, *, fallback):
    tables, requests = _tables(plan), []
    if _is_cone(plan):
        parts = [(request.items, (request,), {}) for request in plan.requests]
    else:
        parts = [_part(plan, plan.items[start:start + _AT_ONCE])
                 for start in range(0, max(len(plan.items), 1), _AT_ONCE)]
    # A search has its limit on the server, a list of ids or of cones when all is there.
    limit = {} if plan.items or plan.row_limit is None else {"maxrec": plan.row_limit, "row_limit": plan.row_limit}
    for items, instead, uploads in parts:
        criteria = _criteria(instead[0])
        requests += [TapRequest(
            _ENDPOINTS[name], items=items, added=instead[0].added if len(items) == 1 else {},
            adql=query_for(name, criteria, by_ids=bool(uploads)), uploads=uploads,
            instead=instead if fallback else (), ordered=not uploads,
            cone=instead[0].cone, confirm=confirmation(instead[0].endpoint, criteria), **limit) for name in tables]
    return requests


def _part(plan, items):
    """Some ids, what REST is asked about them, and the table of them."""
    instead = tuple(request for request in plan.requests if set(request.items) <= set(items))
    if not items:
        return items, instead, {}
    ids = np.array(items, dtype="int64" if plan.survey == "lsst" else str)
    return items, instead, check_uploads({"ids": Table({"objectid": ids})})
