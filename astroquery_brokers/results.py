# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Answers to one table, with the account of what was asked, found, empty and failed."""

import platform
import warnings
from datetime import datetime, timezone
from itertools import chain, filterfalse

import astropy
import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning
from astroquery.version import version as astroquery_version

from . import __version__
from .exceptions import (BrokerError, ObjectNotFoundError, PartialResultWarning, ReplyFormatWarning,
                         StaleReplyWarning)
from .tables import concatenate, to_table
from .tables.cells import counted
from .transport import Outcome, redact

__all__ = ["assemble", "in_order", "limited_table", "native_table"]

_URLS_KEPT = 20
_ITEMS_KEPT = 1000
_TEXT_KEPT = 1000


def assemble(broker, question, outcomes, *, strict=False):
    """The table that a verb returns.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
        Who was asked.
    question : `~astroquery_brokers.verbs.Question`
        What was asked.
    outcomes : list of `~astroquery_brokers.transport.Outcome`
        What became of each request.
    strict : bool, optional
        Whether one failure is enough to raise.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        What the plan builds (columns of `native_table`, unless it says otherwise), with ``provenance``, ``coverage``
        and ``failures`` in ``meta``.

    Raises
    ------
    BrokerError
        If every request failed, or one did and ``strict``.
    KeyboardInterrupt
        If the user interrupted before anything arrived.

    Examples
    --------
    >>> from astroquery_brokers.alerce import Alerce
    >>> from astroquery_brokers.exceptions import BrokerError
    >>> from astroquery_brokers.results import assemble
    >>> from astroquery_brokers.transport import Outcome
    >>> from astroquery_brokers.verbs import Plan, Question
    >>> question = Question(Alerce.query_classifiers.verb, Plan([], "classifiers", "ztf"), {})
    >>> assemble(Alerce, question, [Outcome(None, error=BrokerError("no reply"))])
    Traceback (most recent call last):
    ...
    astroquery_brokers.exceptions.BrokerError: no reply
    """
    plan = question.plan
    main = [outcome for outcome in outcomes if not _only_checks(outcome)]
    absent = [outcome for outcome in outcomes if isinstance(outcome.error, ObjectNotFoundError)]
    # What the service does not know of, it has nothing to check with.
    failed = [outcome for outcome in outcomes if outcome.error is not None
              and not (_only_checks(outcome) and outcome in absent)]
    if failed and (strict or all(outcome.error is not None for outcome in main)):
        if getattr(outcomes, "interrupted", False):
            raise KeyboardInterrupt
        raise next((outcome for outcome in failed if outcome not in absent), failed[0]).error
    failed = [outcome for outcome in failed if outcome not in absent]
    answers = [outcome.value for outcome in outcomes if outcome.error is None]
    table = (plan.build or native_table)(broker, plan, answers)
    broken = [answer for answer in answers if answer.error is not None]
    if broken and strict:
        raise broken[0].error
    failed += [Outcome(answer.request, error=_as_failure(answer.error)) for answer in broken]
    truncated = any(answer.more or answer.cut for answer in answers)
    table.meta["provenance"] = [_provenance(broker, question, answers, failed)]
    table.meta["coverage"] = [_coverage(broker, plan, answers, failed, truncated)]
    table.meta["failures"] = [_failure(question, outcome) for outcome in failed]
    if plan.then is None:
        _warn(broker, plan, table, answers, failed, len(outcomes))
    return table


def _only_checks(outcome):
    return getattr(outcome.item, "auxiliary", False)


def native_table(broker, plan, answers):
    """The replies' first table, one reply below the other, in the order asked.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
        Who was asked.
    plan : `~astroquery_brokers.verbs.Plan`
        What was asked.
    answers : list of ``astroquery_brokers.query.Answer``
        What came back, one per request.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        Columns of the first dictionary of the endpoint, e.g. ``oid``, ``mjd`` (d), ... of detections.

    Raises
    ------
    ReplyParseError
        If values cannot be of the type of their column.

    Examples
    --------
    A verb makes another table of it by its plan's ``build``:

    >>> from astroquery_brokers.alerce import AlerceClass
    >>> from astroquery_brokers.alerce.endpoints import DETECTIONS, alerce_query
    >>> from astroquery_brokers.results import native_table
    >>> def bright(broker, plan, answers):
    ...     table = native_table(broker, plan, answers)
    ...     return table[table["magpsf"] < 18]
    >>> class BrightClass(AlerceClass):
    ...     @alerce_query(DETECTIONS)
    ...     def query_bright(self, object_id):
    ...         "Detections brighter than magnitude 18."
    ...         plan = self._per_object([DETECTIONS], object_id)
    ...         plan.build = bright
    ...         return plan
    >>> broker = BrightClass()
    >>> objects = broker.query_region("185.0 15.0", "10 arcmin")
    >>> bool((broker.query_bright(objects["oid"][0])["magpsf"] < 18).all())
    True
    """
    name = plan.requests[0].endpoint.tables[0]
    dictionary = broker._dictionary(name)
    if plan.columns is not None:
        dictionary = dictionary.only(plan.columns)
    parts = [decoded for answer in answers for decoded in _limited(answer, name)]
    return to_table(concatenate(parts, dictionary), dictionary)


def limited_table(broker, plan, answers):
    """The native table, with the rows of all replies together up to the plan's limit.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
        Who was asked.
    plan : `~astroquery_brokers.verbs.Plan`
        What was asked.
    answers : list of ``astroquery_brokers.query.Answer``
        What came back, one per request.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        Columns of `native_table`.

    Raises
    ------
    ReplyParseError
        If values cannot be of the type of their column.

    Examples
    --------
    >>> from astroquery_brokers.endpoints import Request
    >>> from astroquery_brokers.alerce.endpoints import DETECTIONS
    >>> from astroquery_brokers.results import limited_table
    >>> from astroquery_brokers.verbs import Plan
    >>> requests = [Request(DETECTIONS, path={"object_id": "ZTF20aaelulu"})]
    >>> plan = Plan(requests, asked="detections", survey="ztf", row_limit=100, build=limited_table)
    """
    table = native_table(broker, plan, answers)
    if plan.row_limit is not None and len(table) > plan.row_limit:
        table, answers[-1].more = table[:plan.row_limit], True
    return table


def _limited(answer, name):
    """Pages up to the row limit."""
    parts, left = answer.tables.get(name, []), answer.request.row_limit
    if left is None or not answer.more:
        return parts
    kept = []
    for part in parts:
        kept.append(part if part.length <= left else part.take(np.arange(left)))
        left -= kept[-1].length
    return kept


def in_order(decoded, request, dictionary):
    """Rows of a reply in the order in which its objects were asked, and in that of the endpoint for each object.

    Parameters
    ----------
    decoded : `~astroquery_brokers.tables.Decoded`
        The rows.
    request : `~astroquery_brokers.endpoints.Request`
        What was asked.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What the columns are.

    Returns
    -------
    `~astroquery_brokers.tables.Decoded`
        The same rows.

    Examples
    --------
    >>> from astroquery_brokers.alerce.endpoints import OBJECTS
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.endpoints import Request
    >>> from astroquery_brokers.results import in_order
    >>> from astroquery_brokers.tables import decode_rows
    >>> objects = load_dictionary("astroquery_brokers.alerce", "ztf_objects")
    >>> decoded = decode_rows([{"oid": "ZTF18abbuksn"}, {"oid": "ZTF20aaelulu"}], objects)
    >>> request = Request(OBJECTS, items=("ZTF20aaelulu", "ZTF18abbuksn"))
    >>> in_order(decoded, request, objects).masked("oid").tolist()
    ['ZTF20aaelulu', 'ZTF18abbuksn']
    """
    if not decoded.length:
        return decoded
    keys = []
    if request.endpoint.sort_by in decoded.columns:
        keys.append(decoded.masked(request.endpoint.sort_by).filled(np.inf))
    if len(request.items) > 1 and not request.ordered:
        rank = {item: number for number, item in enumerate(request.items)}
        ids, inverse = np.unique(decoded.columns[dictionary.main_id][0], return_inverse=True)
        keys.append(np.array([rank[str(item)] for item in ids], dtype=int)[inverse])
    order = np.lexsort(keys) if keys else np.arange(0)
    return decoded if (order[1:] > order[:-1]).all() else decoded.take(order, consume=True)


def _provenance(broker, question, answers, failed):
    responses = [response for answer in answers for response in answer.responses]
    cached = [response.cached_at for response in responses if response.from_cache and response.cached_at]
    totals = [answer.total for answer in answers if answer.total is not None]
    provenance = {
        "broker": broker.broker, "survey": question.plan.survey, "verb": question.verb.name,
        "route": " ".join(sorted({answer.route for answer in answers})) or None,
        "parameters": _parameters(question),
        "abridged": [name for name, value in question.arguments.items() if not _is_kept(value)] or None,
        "urls": [redact(response.url) for response in responses[:_URLS_KEPT]], "requests": len(responses),
        "retrieved": datetime.now(timezone.utc).isoformat(timespec="seconds").removesuffix("+00:00"),
        "retried": _retried(responses, failed),
        "from_cache": len(cached), "cached_at": min(cached).isoformat(timespec="seconds") if cached else None,
        "stale": len(_stale(answers)) or None,
        "total": sum(totals) if totals else None, "row_limit": question.plan.row_limit,
        "citation": broker.citation, "contact": broker.contact,
        "versions": {"astroquery_brokers": __version__, "astropy": astropy.__version__,
                     "astroquery": astroquery_version, "python": platform.python_version()}}
    return {name: value for name, value in provenance.items() if value is not None}


def _stale(answers):
    """When the replies were stored that were used because the service failed."""
    return [response.cached_at for answer in answers for response in answer.responses
            if getattr(response, "stale", False)]


def _retried(responses, failed):
    """How many requests were sent once more, those for replies and those that came to nothing."""
    errors = [outcome.error for outcome in failed]
    spent = [*responses, *errors, *(getattr(error, "response", None) for error in errors)]
    return sum(max(0, getattr(one, "tries", 0) - 1) for one in spent)


def _parameters(question):
    given = {name: value for name, value in question.arguments.items() if value is not None}
    if not isinstance(given.get("object_id", ""), str):
        given["object_id"] = question.plan.items
    return {name: _plain(value) for name, value in given.items()}


def _coverage(broker, plan, answers, failed, truncated):
    if plan.items:
        items = plan.items
        found = set(plan.found).union(*(_found(broker, answer) for answer in answers))
        lost = set(chain.from_iterable(outcome.item.items for outcome in failed))
    else:  # a search by criteria is one question
        items = (None,)
        found = {None} if any(answer.length for answer in answers) else set()
        lost = {None} if failed else set()
    missing = [item for item in items if item not in found and item not in lost]
    return {"asked": len(items), "found": len(found), "partial": len(found & lost), "empty": len(missing),
            "failed": len(lost - found), "truncated": truncated,
            "missing": missing[:_ITEMS_KEPT] if plan.items else [],
            # Only where a retry has to put its rows among the others.
            **({"items": list(items)} if lost and isinstance(items[0], str) else {})}


def _found(broker, answer):
    """Those of a request's items that have rows."""
    if answer.request.auxiliary:
        return ()
    if len(answer.request.items) < 2:
        return answer.request.items if answer.length else ()
    main_id = broker._dictionary(answer.request.endpoint.tables[0]).main_id
    parts = [part.columns[main_id][0] for part in answer.tables[answer.request.endpoint.tables[0]] if part.length]
    return set(map(str, np.unique(np.concatenate(parts)))) & set(answer.request.items) if parts else ()


def _failure(question, outcome):
    error, items, positions = outcome.error, list(outcome.item.items), question.arguments.get("coordinates")
    known = isinstance(error, BrokerError)
    failure = {"item": " ".join(map(str, items)), "items": items, "verb": question.verb.name,
               "url": error.url if known else None, "error": type(error).__name__,
               "status": error.status_code if known else None, "reason": _reason(error)}
    if isinstance(positions, SkyCoord) and not positions.isscalar:
        failure["positions"] = _plain(positions.ravel()[items])
    return failure


def _plain(value):
    """A value as JSON can hold it."""
    if isinstance(value, SkyCoord):
        value = value.icrs
        ra, dec = np.atleast_1d(value.ra.deg).ravel(), np.atleast_1d(value.dec.deg).ravel()
        texts = [f"{one:.9f} {two:+.9f}" for one, two in zip(ra[:_ITEMS_KEPT], dec[:_ITEMS_KEPT])]
        return texts[0] if value.isscalar else texts
    if isinstance(value, Time):
        value = value.utc
        return value.isot if value.isscalar else list(value.isot)
    if isinstance(value, u.Quantity):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (bool, int, float, str, type(None))):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(value[name]) for name in list(value)[:_ITEMS_KEPT]}
    if np.iterable(value) and not isinstance(value, Table):
        return [_plain(item) for item in list(value)[:_ITEMS_KEPT]]
    return str(value)[:_TEXT_KEPT]


def _is_kept(value):
    """Whether `_plain` keeps all of a value; pairs become lists, which may mean something else."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and not isinstance(one, tuple) for name, one in value.items()) and _is_kept(
            list(value.values()))
    if isinstance(value, (SkyCoord, Time)):
        return value.size <= _ITEMS_KEPT
    if isinstance(value, u.Quantity):
        return value.isscalar
    if isinstance(value, (bool, int, float, str, np.generic, type(None))):
        return True
    return np.iterable(value) and not isinstance(value, Table) and len(value) <= _ITEMS_KEPT and all(
        map(_is_kept, value))


def _as_failure(error):
    if isinstance(error, KeyboardInterrupt):
        return InterruptedError("Interrupted before the last page arrived: ask again for the others.")
    return error


def _reason(error):
    return redact(str(error)) or type(error).__name__


def _listed(items):
    more = f" and {len(items) - 5} more" if len(items) > 5 else ""
    return f"{', '.join(map(str, items[:5]))}{more}"


def _warn(broker, plan, table, answers, failed, requests):
    missing = table.meta["coverage"][0]["missing"]
    unchecked, failed = list(filter(_only_checks, failed)), list(filterfalse(_only_checks, failed))
    if unchecked:
        request = unchecked[0].item
        warnings.warn(f"Whether all rows of {_listed(request.items)} are there could not be checked: {broker.broker} "
                      f"failed to give {request.endpoint.name}. What arrived is in the table; retry(table) asks once "
                      f"more. The reason: {_reason(unchecked[0].error)} See table.failures.", PartialResultWarning,
                      stacklevel=5)
    if failed:
        warnings.warn(f"{len(failed)} of {requests} requests to {broker.broker} failed; the table holds the "
                      f"rest. The first reason: {_reason(failed[0].error)} See table.failures.", PartialResultWarning,
                      stacklevel=5)
    elif not len(table):
        warnings.warn(f"{broker.broker} has no rows for {plan.asked}. {plan.hint}".rstrip(), NoResultsWarning,
                      stacklevel=5)
    elif missing and isinstance(missing[0], str):
        warnings.warn(f"{broker.broker} has no rows for {_listed(missing)}. {plan.hint}".rstrip(), NoResultsWarning,
                      stacklevel=5)
    cut = [answer for answer in answers if answer.cut]
    if cut:
        endpoint = cut[0].request.endpoint
        warnings.warn(f"{broker.broker} gives at most {endpoint.cap} rows: {'; '.join(one.cut for one in cut)} may be "
                      f"incomplete. {endpoint.beyond}".rstrip(), MaxResultsWarning, stacklevel=5)
    if any(answer.more and answer.error is None for answer in answers):
        beyond = next(answer.request.endpoint.beyond for answer in answers if answer.more and answer.error is None)
        limit = f"the {plan.limit_name} of its job" if plan.row_limit is None else f"{plan.limit_name}={plan.row_limit}"
        warnings.warn(f"The result was cut at {limit}; there are more rows. Pass "
                      f"{plan.limit_name}=-1 for all of them, or change conf.row_limit. {beyond}".rstrip(),
                      MaxResultsWarning, stacklevel=5)
    old = _stale(answers)
    if old:
        warnings.warn(f"{broker.broker} failed to answer {counted(len(old), 'request')}; the last good replies in the "
                      f"cache were used, the oldest of {min(old):%Y-%m-%d %H:%M} UTC.", StaleReplyWarning, stacklevel=5)
    for remark in dict.fromkeys(chain.from_iterable(answer.remarks for answer in answers)):
        warnings.warn(remark, ReplyFormatWarning, stacklevel=5)
