# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The one path that every query takes, whatever the broker."""

import platform
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache as remember
from functools import partial
from importlib import import_module
from pathlib import Path

from astropy.config import paths
from astroquery.query import BaseQuery
from astroquery.version import version as astroquery_version

from . import __version__
from .columns import load_dictionary
from .endpoints import Request, rows_of_list
from .exceptions import (AuthenticationError, BrokerError, InvalidArgumentError, ObjectNotFoundError,
                         RejectedQueryError, ReplyParseError)
from .formats import check_columns, check_format, convert
from .limits import Limits
from .listings import Listings
from .paging import check_page
from .planning import Planning
from .replies import Receipt, decode_json, decode_table, raise_for_status, says_not_found
from .results import assemble, in_order
from .retrying import Retrying
from .rows import check_subject, cut_by_service, in_ranges
from .tables import Decoded, decode_columns, decode_json_rows, decode_rows
from .transport import Call, Deadline, Outcome, Transport, fetch_many, redact_body
from .verbs import Plan, Question, query

__all__ = ["BrokerQuery", "Plan", "query"]

_READERS = 2  # threads above the connections, so that all of these are in use while some replies are read


@dataclass
class Answer:
    """What came back for one request.

    Attributes
    ----------
    request : `~astroquery_brokers.endpoints.Request`
    tables : dict of str to list of `~astroquery_brokers.tables.Decoded`
        By name of the dictionary, one per page.
    values : list
        What the replies hold that is no table.
    responses : list of `requests.Response` or `~astroquery_brokers.replies.Receipt`
    more : bool
        Whether the service has rows beyond the limit.
    page : list
        Rows of the last page.
    total : int or None
        Number of rows that the service counts.
    has_next : bool or None
        Whether the service says that there is a page after the last one.
    error : Exception or None
        What ended it before the last page.
    route : str
        Kind of the service that it came from.
    cut : str
        What the service left out without a word, in words.
    remarks : list of str
        What else the user should know.
    """

    request: Request
    tables: dict = field(default_factory=dict)
    values: list = field(default_factory=list)
    responses: list = field(default_factory=list)
    more: bool = False
    page: list = field(default_factory=list)
    total: int | None = None
    has_next: bool | None = None
    error: BaseException | None = None
    route: str = "rest"
    cut: str = ""
    remarks: list = field(default_factory=list)

    @property
    def length(self):
        """Number of rows of all tables, and of other values that are not empty."""
        return sum(map(bool, self.values)) + sum(part.length for parts in self.tables.values() for part in parts)


class BrokerQuery(Planning, Retrying, Listings, Limits, BaseQuery):
    """A broker: what it is called, which surveys it serves, and the verbs of its mixins.

    Parameters
    ----------
    **settings
        Configuration items for this instance only, e.g. ``timeout=30`` (s), or another ``ztf_url``.

    Raises
    ------
    InvalidArgumentError
        If there is no such configuration item.

    Examples
    --------
    >>> from astroquery_brokers.arguments import Survey
    >>> from astroquery_brokers.query import BrokerQuery
    >>> class SmallClass(BrokerQuery):
    ...     broker, package = "Small", "astroquery_brokers.alerce"
    ...     surveys = {"ztf": Survey("ztf", "Zwicky Transient Facility", "ZTF[0-9]{2}[a-z]{7}", "ZTF20aaelulu")}
    >>> SmallClass().clear_cache()
    >>> SmallClass(timeout=30.0).list_surveys()["survey"].tolist()
    ['ztf']
    """

    #: Name for people.
    broker = ""
    #: Package that has ``conf`` and the column dictionaries.
    package = ""
    #: `~astroquery_brokers.arguments.Survey` by name.
    surveys = {}
    #: How the service wants to be cited, and who answers for it.
    citation = ""
    contact = ""
    #: Folder of all brokers' replies in place of astropy's; a sandbox has its own.
    _cache_root = None

    def __init__(self, **settings):
        super().__init__()
        self.name = type(self).__name__.removesuffix("Class")
        conf = self._conf
        for item in settings:
            if item not in conf:
                raise InvalidArgumentError(f"{self.broker} has no setting {item!r}. Allowed: {', '.join(conf)}.")
        self._settings = settings
        agent = (f"astroquery_brokers/{__version__} astroquery/{astroquery_version} "
                 f"Python/{platform.python_version()} ({platform.system()})")
        self._transport = Transport(self.name, user_agent=agent, cache_location=lambda: self.cache_location)
        self._session = self._transport.session

    def __reduce__(self):
        # Connections and locks stay behind.
        return partial(type(self), **self._settings), (), {"_cache_location": self._cache_location}

    @property
    def _conf(self):
        return import_module(self.package).conf

    def _setting(self, item):
        """A setting of this instance, else of the configuration as it is now."""
        return self._settings[item] if item in self._settings else getattr(self._conf, item)

    # -- the cache, behind astroquery's interface ---------------------------------------------------------------

    @property
    def cache_location(self):
        """Folder of this broker's cached replies."""
        root = self._cache_root or paths.get_cache_dir()
        location = self._cache_location or Path(root, "astroquery_brokers", self.name)
        location.mkdir(mode=0o700, parents=True, exist_ok=True)
        return location

    @cache_location.setter
    def cache_location(self, location):
        self._cache_location = Path(location)

    def clear_cache(self):
        """Remove all cached replies of this broker.

        Raises
        ------
        InvalidArgumentError
            If `cache_location` is no folder that can be used.
        """
        self._transport.clear_cache()

    # -- for the bodies of verbs ---------------------------------------------------------------------------------

    def _dictionary(self, name):
        return load_dictionary("astroquery_brokers" if name in ("lightcurve", "region") else self.package, name)

    # -- the path ------------------------------------------------------------------------------------------------

    def _ask(self, verb, arguments, options, *, raw=False):
        plan = verb.body(self, **arguments)
        self._check_options(verb, plan.survey, options)
        if options["get_query_payload"]:
            payloads = [{**request.payload(""), "url": self._url(request)} for request in plan.requests]
            return payloads[0] if len(payloads) == 1 else payloads
        policy_of = remember(self._policy)
        deadline = Deadline(policy_of().max_wait)

        def outcomes_of(plan, raw):
            def answer(request):
                found = self._answer(request, plan=plan, policy_of=policy_of, deadline=deadline, cache=options["cache"],
                                     raw=raw, progress=options["progress"])
                found.page = []  # only to compare the next one with
                if not raw and request.endpoint.lifetime:
                    # The bodies of thousands of replies are not kept beside what was read from them. One that is never
                    # cached may have the key to what comes next.
                    found.responses = [Receipt.of(response) for response in found.responses]
                return found

            connections = max(policy_of(endpoint).max_connections
                              for endpoint in {None, *(request.endpoint for request in plan.requests)})
            workers = connections + _READERS if connections > 1 else 1
            return fetch_many(answer, plan.requests, workers=workers, progress=options["progress"])

        lost, strict = [], raw or options["raise_on_failure"]
        while plan.then is not None:
            outcomes = outcomes_of(plan, False)
            lost += [outcome for outcome in outcomes if outcome.error is not None]
            plan = plan.then(assemble(self, Question(verb, plan, arguments), outcomes,
                                      strict=strict or outcomes.interrupted))
        outcomes, question = outcomes_of(plan, raw), Question(verb, plan, arguments)
        if raw:
            return _responses(outcomes, question)
        outcomes[:0] = lost
        table = assemble(self, question, outcomes, strict=strict or plan.whole)
        result = convert(table, options["format"], index=options["index"], sort=options["sort"], wrap=plan.wrap)
        return result if plan.finish is None else plan.finish(result)

    def _check_options(self, verb, survey, options):
        check_format(options["format"])
        names = (*verb.tables_of(survey)[:1], *verb.adds)
        columns = [column for name in names for column in self._dictionary(name).columns]
        check_columns(columns, index=options["index"], sort=options["sort"])
        cache = options["cache"]
        if not (cache is None or isinstance(cache, bool) or cache in ("refresh", "only", "stale")):
            raise InvalidArgumentError(f"cache={cache!r} is not known. "
                                       "Allowed: None, True, False, 'refresh', 'only', 'stale'.")

    def _url(self, request):
        """The address of a request, without the query string."""
        return request.url(self._setting(request.endpoint.base))

    def _error_text(self, response):
        """What a reply with an error says, for services that have a form of their own; None for any other reply."""
        return None

    def _credential(self, request):
        """What authorises a request (`~astroquery_brokers.transport.Credential`); None for a public service."""
        return None

    def _answer(self, request, *, plan, policy_of, deadline, cache, raw, progress=None):
        """Everything that a service says to one request, page by page."""
        answer = Answer(request)
        cursor = request.cursor()
        while cursor is None or not cursor.done:
            asked = request if cursor is None else request.with_params(**cursor.params)
            try:
                rows = self._reply_in_some_format(asked, answer, plan, cache=cache, decode=not raw,
                                                  policy_of=policy_of, deadline=deadline)
            except (BrokerError, KeyboardInterrupt) as error:
                if not answer.responses or raw:
                    ask = partial(self._answer, plan=plan, policy_of=policy_of, deadline=deadline, cache=cache,
                                  raw=False)
                    told = _explained(error, request, ask)
                    if isinstance(told, Answer) and not raw:
                        return told
                    raise error if isinstance(told, Answer) else told
                # The pages that arrived are kept.
                answer.error, answer.more = error, True
                return answer
            if cursor is None:
                break
            cursor.took(rows, answer.has_next)
            answer.more = cursor.more
        return answer

    def _reply_in_some_format(self, request, answer, plan, *, policy_of, deadline, **how):
        """Add the reply to a request to an answer; in another format where the service fails to make the best one."""
        *others, last = request.formats
        policy = policy_of(request.endpoint)
        for format in (*others, last):
            request, answer.request = replace(request, format=format), replace(answer.request, format=format)
            call = Call(request.endpoint.method, self._url(request), params=request.params, json=request.body,
                        credential=self._credential(request), lifetime=policy.lifetime)
            try:
                return self._reply(call, answer, plan, **how,
                                   send=partial(self._transport.send, call, policy=policy, deadline=deadline))
            except BrokerError as error:
                if error.status_code != 500 or format == last:
                    raise
                answer.remarks.append(f"{self.broker} failed to give {request.endpoint.name} as {format} (HTTP 500); "
                                      "they were asked for in another format.")

    def _reply(self, call, answer, plan, *, cache, decode, send):
        """Add the reply to one call to an answer; the number of rows. If asked, an old one where none can be had."""
        try:
            return self._new_reply(call, answer, plan, cache=cache, decode=decode, send=send)
        except (RejectedQueryError, ObjectNotFoundError, AuthenticationError):
            raise
        except BrokerError:
            response = self._transport.stale(call) if cache == "stale" else None
            if response is None:
                raise
            return self._take(response, answer, plan, decode=decode)

    def _new_reply(self, call, answer, plan, *, cache, decode, send):
        """Add the reply to one call to an answer, and keep it in the cache; the number of rows."""
        response = send(cache=cache)
        try:
            rows = self._take(response, answer, plan, decode=decode)
        except ReplyParseError:
            # An _async twin may have cached what only decoding finds wrong: ask again, where that is allowed.
            if not response.from_cache or cache == "only":
                raise
            response = send(cache="refresh")
            rows = self._take(response, answer, plan, decode=decode)
        self._transport.store(call, response)
        return rows

    def _take(self, response, answer, plan, *, decode=True):
        """Add a reply to an answer; the number of rows of its first table."""
        credential = self._credential(answer.request)
        try:
            return self._understood(response, answer, plan, credential, decode)
        except BrokerError:
            redact_body(response, credential)
            raise

    def _understood(self, response, answer, plan, credential, decode):
        request, endpoint = answer.request, answer.request.endpoint
        if response.status_code in endpoint.empty_statuses and says_not_found(response):
            tables = [[] for _ in endpoint.tables]
        elif decode or response.ok:
            item = request.path.get("object_id") or (endpoint.ids and len(request.items) == 1 and request.items[0])
            asked = f"{endpoint.name} of {item}" if item else plan.asked
            raise_for_status(response, broker=self.broker, credential=credential, asked=asked,
                             text_of=self._error_text, refusal=endpoint.refusal, open_to_all=not endpoint.credential,
                             named=bool(item))
            if endpoint.decode is not None:
                value = endpoint.read(response, broker=self.broker, request=request)
                answer.values += [value] if decode else []
                answer.responses.append(response)
                return 1
            tables = self._tables_in(response, answer, asked, decode)
        else:
            tables = [[]]
        if decode:
            for name, sent in zip(endpoint.tables, tables):
                decoded = self._decode(sent, name, request)
                answer.cut = answer.cut or cut_by_service(decoded, request, self._dictionary(name))
                answer.tables.setdefault(name, []).append(in_ranges(decoded, request))
        answer.responses.append(response)
        return len(tables[0])

    def _tables_in(self, response, answer, asked, decode):
        """What was sent, for each table of the endpoint: from JSON rows, or typed columns of a list of rows."""
        endpoint, format = answer.request.endpoint, answer.request.formats[0]
        if format != "json":
            dictionary = self._dictionary(*endpoint.tables) if decode else None
            return [decode_table(response, format, broker=self.broker, asked=asked, nested=endpoint.nested,
                                 dictionary=dictionary, credential=self._credential(answer.request))]
        if decode and endpoint.rows is rows_of_list and not endpoint.paging:
            # What this cannot read is told below.
            with suppress(TypeError, ValueError, RecursionError):
                return [decode_json_rows(response.content, self._dictionary(*endpoint.tables))]
        payload = decode_json(response, broker=self.broker, credential=self._credential(answer.request))
        tables = endpoint.parse(payload, broker=self.broker, url=response.url)
        if endpoint.paging:
            check_page(tables[0], answer.page, broker=self.broker, asked=asked)
            answer.page = tables[0]
        if endpoint.paging and isinstance(payload, dict):
            answer.total = payload.get(endpoint.paging.total)
            answer.has_next = payload.get(endpoint.paging.has_next)
        return tables

    def _decode(self, sent, name, request):
        dictionary = self._dictionary(name)
        if isinstance(sent, Decoded):
            decoded = sent
        else:
            decoded = decode_rows(sent, dictionary) if isinstance(sent, list) else decode_columns(*sent, dictionary)
        check_subject(decoded, request, dictionary, broker=self.broker)
        return in_order(decoded, request, dictionary)

    def _parse_result(self, response, *, verbose=False):
        """The table in what an ``_async`` twin returned: the same as the verb itself gives."""
        responses = response if isinstance(response, list) else [response]
        question = responses[0].question
        answers, unchecked = {}, {}
        for one in responses:
            request = one.request_of_broker
            answer = answers.setdefault(id(request), Answer(request))
            try:
                self._take(one, answer, question.plan)
            except BrokerError as error:
                if not request.auxiliary:
                    raise
                unchecked[id(request)] = Outcome(request, error=error)
        outcomes = [unchecked.get(key) or Outcome(answer.request, answer) for key, answer in answers.items()]
        for answer in answers.values():
            limit = answer.request.row_limit
            answer.more = answer.more or limit is not None and answer.length > limit
        result = assemble(self, question, outcomes, strict=not unchecked)
        return result if question.plan.finish is None else question.plan.finish(result)

    def _request(self, method, url, params=None, data=None, headers=None, json=None, cache=None, **kwargs):
        """astroquery's way to ask one URL, on this package's path: no file is written, nothing is parsed."""
        call = Call(method, url, params=tuple((params or {}).items()), data=data, headers=headers, json=json)
        return self._transport.send(call, policy=self._policy(), cache=cache)


def _explained(error, request, ask):
    """The error, or the one that says more, where the endpoint has a way to find out."""
    if request.endpoint.explain is None or getattr(error, "status_code", None) is None:
        return error
    try:
        return request.endpoint.explain(error, request, ask)
    except BrokerError:
        return error


def _responses(outcomes, question):
    if outcomes.interrupted:
        raise KeyboardInterrupt
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    responses = []
    for outcome in outcomes:
        for response in outcome.value.responses:
            response.question, response.request_of_broker = question, outcome.value.request
            responses.append(response)
    return responses[0] if len(responses) == 1 else responses
