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
from ..tap.adql import by_upload
from ..tap.uploads import check_uploads

__all__ = ["either_route"]

_DOC = """
    route : {"rest", "tap"}, optional
        Which service is asked: the one made for this question (REST) or TAP, where it takes one request for thousands
        of ids and has no answer to anything but ids. By default REST, and TAP for more than 1000 objects of ZTF with
        `query_objects`; if that fails, REST is asked, and a warning says so.
    """

# One request to TAP costs about as much as eight at a time to REST, twice (100 objects each).
_MANY = 1000
_AT_ONCE = 20_000
_ALLOWED = {"oid", "order_by", "order_mode", "survey_id"}
_HOUR = 3600.0

_BOTH = ("SELECT d.oid, d.measurement_id, d.mjd, d.ra, d.dec, d.band, l.* FROM alerce_tap.{0} AS d JOIN "
         "alerce_tap.lsst_{0} AS l ON d.oid = l.oid AND d.sid = l.sid AND d.measurement_id = l.measurement_id "
         "JOIN tap_upload.ids AS u ON d.oid = u.objectid WHERE d.sid > 0")

# The query for the rows of uploaded ids, by dictionary, and the column that they are sorted by.
_QUERIES = {
    "ztf_objects": (by_upload("ztf.object", "oid"), ""),
    "ztf_detections": (by_upload("ztf.detection", "oid"), "mjd"),
    "ztf_non_detections": (by_upload("ztf.non_detection", "oid"), "mjd"),
    "ztf_forced_photometry": (by_upload("ztf.forced_photometry", "oid"), "mjd"),
    "ztf_magstats": (by_upload("ztf.magstat", "oid") + " ORDER BY o.fid", ""),
    "ztf_probabilities": (by_upload("ztf.probability", "oid"), ""),
    "ztf_features": (by_upload("ztf.feature", "oid"), ""),
    "lsst_detections": (_BOTH.format("detection"), "mjd"),
    "lsst_forced_photometry": (_BOTH.format("forced_photometry"), "mjd"),
    "lsst_probabilities": (
        "SELECT p.oid, c.classifier_name, p.classifier_version, t.class_name, p.probability, p.ranking "
        "FROM alerce_tap.probability AS p JOIN alerce_tap.classifier AS c ON c.classifier_id = p.classifier_id "
        "JOIN alerce_tap.taxonomy AS t ON t.classifier_id = p.classifier_id AND t.class_id = p.class_id "
        "JOIN tap_upload.ids AS u ON p.oid = u.objectid WHERE p.sid > 0", "")}
_ENDPOINTS = {name: Endpoint(name.replace("_", " "), "tap_url", "/sync", (name,), method="POST", lifetime=_HOUR,
                             survey=name.partition("_")[0], sort_by=column)
              for name, (_, column) in _QUERIES.items()}


def either_route(body):
    """Give a verb about objects by their ids the argument ``route``.

    Parameters
    ----------
    body : callable
        Validates, and returns the plan for REST.

    Returns
    -------
    callable
        The same with the argument.
    """
    @functools.wraps(body)
    def with_route(self, *args, route=None, **kwargs):
        return _routed(body(self, *args, **kwargs), route)

    del with_route.__wrapped__
    signature = inspect.signature(body)
    parameter = inspect.Parameter("route", inspect.Parameter.KEYWORD_ONLY, default=None)
    with_route.__signature__ = signature.replace(parameters=[*signature.parameters.values(), parameter])
    parameters, title, rest = inspect.getdoc(body).partition("\nReturns\n")
    with_route.__doc__ = f"{parameters.rstrip()}\n{inspect.cleandoc(_DOC)}\n{title}{rest}"
    return with_route


def _routed(plan, route):
    """The plan by the route that is wanted, or better."""
    if route is not None:
        check_choice(route, ("rest", "tap"), "route")
    complaint = _complaint(plan)
    if route == "tap" and complaint:
        raise InvalidArgumentError(f"route='tap' answers questions about object ids alone: {complaint}. Leave route= "
                                   "out, or write the query yourself with query_tap.")
    by_default = len(plan.items) > _MANY and {"ztf_objects"} == _tables(plan)
    if route == "rest" or complaint or not (route or by_default):
        return plan
    return replace(plan, requests=_requests(plan, fallback=route is None))


def _tables(plan):
    return set(_ordered(plan))


def _ordered(plan):
    return list(dict.fromkeys(name for request in plan.requests if not request.auxiliary
                              for name in request.endpoint.tables))


def _complaint(plan):
    """Why TAP cannot answer a question."""
    if not plan.items:
        return "there are none"
    missing = [name for name in _ordered(plan) if name not in _QUERIES]
    if missing:
        return f"there is no {' or '.join(missing)} to be had so"
    for request in plan.requests:
        if request.auxiliary:
            continue
        others = {name for name, _ in request.params} - _ALLOWED
        if others or request.page is not None or request.ordered:
            return f"here there is {', '.join(sorted(others)) or 'an order or a page'}"
    return ""


def _requests(plan, *, fallback):
    requests = []
    for start in range(0, len(plan.items), _AT_ONCE):
        items = plan.items[start:start + _AT_ONCE]
        ids = np.array(items, dtype="int64" if plan.survey == "lsst" else str)
        uploads = check_uploads({"ids": Table({"objectid": ids})})
        for name in _ordered(plan):
            instead = tuple(request for request in plan.requests if fallback and set(request.items) <= set(items))
            requests.append(TapRequest(_ENDPOINTS[name], items=items, adql=_QUERIES[name][0], uploads=uploads,
                                       instead=instead))
    return requests
