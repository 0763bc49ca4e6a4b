# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a broker's class needs to answer verbs by TAP."""

import logging
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from astropy.utils.exceptions import AstropyUserWarning

from ..arguments import check_integer
from ..endpoints import Endpoint, Request
from ..exceptions import BrokerError, InvalidArgumentError, NotCachedError, ObjectNotFoundError, ReplyParseError
from ..query import Answer
from ..results import in_order
from ..rows import check_subject
from ..transport import Deadline, fetch_many
from ..verbs import Plan, Verb
from .adql import check_adql, origins_of, rows_wanted
from .annotate import annotated, decoded
from .jobs import Ledger, TapJob
from .replies import ArrayColumnError
from .service import HARD_LIMIT, TapService

__all__ = ["TapAccess", "TapRequest"]

log = logging.getLogger(__name__)
_TAP = Endpoint("TAP", "tap_url", "/sync", (), method="POST")
_OPTIONS = {"format": None, "index": None, "sort": None, "cache": False, "progress": None, "raise_on_failure": True,
            "get_query_payload": False}


@dataclass(frozen=True)
class TapRequest(Request):
    """A query to a TAP service; goes into a `~astroquery_brokers.query.Plan` like any other request.

    Attributes
    ----------
    adql : str
        The query.
    maxrec : int
        Most rows.
    uploads : dict of str to bytes
        VOTables by name.
    asynchronous : bool
        Whether it is asked as a job.
    job : str
        Address of a job that is there already.
    instead : tuple of `~astroquery_brokers.endpoints.Request`
        What is asked of the broker's other services if TAP fails. They have at least half of the call's time.
    confirm : callable or None
        ``confirm(request, ask)`` is called when there are no rows, and raises an error if that has a reason, such as a
        name that does not exist; ``ask(request)`` asks something else to find out.

    Examples
    --------
    >>> from astroquery_brokers.endpoints import Endpoint
    >>> from astroquery_brokers.tap.access import TapRequest
    >>> tap = Endpoint("TAP", "tap_url", "/sync", ("ztf_objects",), method="POST")
    >>> request = TapRequest(tap, adql="SELECT TOP 5 oid FROM ztf.object", maxrec=100)
    >>> request.payload("https://tap.alerce.online/tap")["params"]["MAXREC"]
    '100'
    """

    adql: str = ""
    maxrec: int = HARD_LIMIT
    uploads: dict = field(default_factory=dict, repr=False)
    asynchronous: bool = False
    job: str = ""
    instead: tuple = field(default=(), repr=False)
    confirm: object = field(default=None, repr=False)

    def parameters(self, format=None):
        """What is sent, as TAP names it.

        Parameters
        ----------
        format : str, optional
            Another form of the reply than VOTable.

        Returns
        -------
        list of (str, str)
        """
        given = [("REQUEST", "doQuery"), ("LANG", "ADQL"), ("QUERY", self.adql), ("MAXREC", str(self.maxrec))]
        return given + ([("FORMAT", format)] if format else [])

    def payload(self, base):
        """What would be sent (without the content of the uploaded tables).

        Parameters
        ----------
        base : str
            The service's address.

        Returns
        -------
        dict
            With method, url and params.
        """
        params = dict(self.parameters())
        if self.uploads:
            params["UPLOAD"] = ";".join(f"{name},param:{name}" for name in self.uploads)
        return {"method": "POST", "url": base.rstrip("/") + ("/async" if self.asynchronous else "/sync"),
                "params": params}


class _Part:
    """Stands for a table that is no dictionary's among the answers."""

    def __init__(self, length):
        self.length = length


class TapAccess:
    """Mixin of brokers that have a TAP service: requests of the kind ``TapRequest`` are answered by it.

    The broker's configuration has ``tap_url`` and ``tap_timeout`` (s). Verbs are made with it like all others; one that
    returns whatever a query does has no dictionaries (``returns=()``).

    Examples
    --------
    >>> from astroquery_brokers.endpoints import Endpoint
    >>> from astroquery_brokers.query import BrokerQuery, Plan, query
    >>> from astroquery_brokers.tap import TapAccess
    >>> from astroquery_brokers.tap.access import TapRequest
    >>> TAP = Endpoint("TAP", "tap_url", "/sync", ("ztf_objects",), method="POST")
    >>> class SmallClass(TapAccess, BrokerQuery):
    ...     broker, package = "Small", "astroquery_brokers.alerce"
    ...
    ...     @query(TAP)
    ...     def query_some(self):
    ...         "Some objects."
    ...         return Plan([TapRequest(TAP, adql="SELECT TOP 2 * FROM ztf.object")], asked="objects", survey="ztf")
    >>> len(SmallClass().query_some())
    2
    """

    #: Dictionaries by the name of the service's table.
    tap_tables = {}
    #: Regular expressions on the service's messages, and what to do about them.
    tap_hints = ()

    def _tap_service(self):
        return TapService(self, self._policy(_TAP), self.tap_hints)

    def _limits_of(self, endpoint):
        limits = super()._limits_of(endpoint)
        if endpoint.base == _TAP.base:
            # One connection: the service is one machine. A query that took too long would do so again.
            limits |= {"timeout": self._setting("tap_timeout"), "max_connections": 1, "repeat_timeouts": False}
        return limits

    def _tap_entry(self, origins, table, column):
        """The dictionary's entry for a column of the service, or None."""
        name = self.tap_tables.get(table)
        if name is None:
            return None
        lowered = {entry.name.lower(): entry for entry in self._dictionary(name).columns}
        return lowered.get(column)

    def _maxrec(self, adql, maxrec):
        if maxrec is None:
            limit = self._setting("row_limit")
            return HARD_LIMIT if limit == -1 else max(limit, min(rows_wanted(adql) or 0, HARD_LIMIT))
        if maxrec == -1:
            return HARD_LIMIT
        if maxrec == 0:
            raise InvalidArgumentError("maxrec=0 asks for nothing; -1 asks for all rows, and SELECT TOP 0 for the "
                                       "columns only.")
        return check_integer(maxrec, "maxrec", high=HARD_LIMIT)

    # -- in the place of the other services' way -----------------------------------------------------------------

    def _check_options(self, verb, survey, options):
        # Which columns the user's own query returns is not known.
        super()._check_options(verb, survey, options if verb.tables else {**options, "index": None, "sort": None})

    def _answer(self, request, **how):
        if not isinstance(request, TapRequest):
            return super()._answer(request, **how)
        service, answer = self._tap_service(), Answer(request, route="tap")
        if request.job:
            response, parameters = TapJob(self, request.job)._reply(how.get("progress"))
            answer.adql = parameters.get("query", "")
            self._take(response, answer, how["plan"])
        elif request.asynchronous:
            self._by_job(service, request, answer, **how)
        else:
            trouble = None
            try:
                self._at_once(service, request, answer, **how)
            except BrokerError as error:
                if not request.instead or isinstance(error, NotCachedError):
                    raise
                trouble = error
            if trouble is not None:
                # Outside of the except clause: it is not the reason of what happens to the others.
                return self._otherwise(request, trouble, **how)
            if request.confirm is not None and not answer.length:
                request.confirm(request, partial(self._answer, **how))
        return answer

    def _otherwise(self, request, error, **how):
        """What the other services say."""
        warnings.warn(f"{self.broker}'s TAP service did not answer, and its other services are asked in its place, "
                      f"which takes longer: {error}", AstropyUserWarning, stacklevel=2)
        outcomes = fetch_many(partial(super()._answer, **how), request.instead,
                              workers=self._setting("max_connections"))
        if outcomes.interrupted:
            raise KeyboardInterrupt
        errors = [outcome.error for outcome in outcomes if not outcome.ok]
        if len(errors) == len(outcomes):
            raise errors[0]
        answer = Answer(request, error=errors[0] if errors else None)
        for other in (outcome.value for outcome in outcomes if outcome.ok):
            for name, parts in other.tables.items():
                answer.tables.setdefault(name, []).extend(parts)
            answer.responses += other.responses
            answer.more, answer.error = answer.more or other.more, answer.error or other.error
        return answer

    def _at_once(self, service, request, answer, *, plan, deadline, cache, **others):
        if request.instead:
            service, deadline = service.impatient(), Deadline(deadline.remaining() / 2)
        for format in (None, "json"):
            call = service.query_call(request.parameters(format), request.uploads)
            try:
                self._reply(call, answer, plan, cache=cache, decode=True,
                            send=partial(service.send, call, deadline=deadline))
                return
            except ArrayColumnError:
                if format is not None:
                    raise

    def _by_job(self, service, request, answer, *, plan, cache, progress=None, **others):
        """Ask by a job; one that another process has left for the same question is taken up."""
        call = service.query_call(request.parameters(), request.uploads, "/async")
        ledger = Ledger(service.folder)
        job = None if cache in (False, "refresh") else self._left(ledger.find(call))
        if job is None:
            job = TapJob(self, service.create_job(request.parameters(), request.uploads,
                                                  cache="only" if cache == "only" else False))
            ledger.note(call, job.url)
        try:
            response, _ = job._reply(progress)
            self._take(response, answer, plan)
        except KeyboardInterrupt:
            # Whoever stops it by hand does not want it; the service runs few jobs at a time.
            ledger.forget(call)
            with suppress(BrokerError):
                job.delete()
            raise
        except (ReplyParseError, ObjectNotFoundError):
            ledger.forget(call)
            raise
        except BrokerError as error:
            if error.status_code is None and error.url is None:  # what the job itself ended with
                ledger.forget(call)
            raise
        ledger.forget(call)
        with suppress(BrokerError):
            job.delete()

    def _left(self, url):
        """A job that was left behind, if it can still give a result."""
        if url is None:
            return None
        job = TapJob(self, url)
        try:
            phase = job.phase
        except ObjectNotFoundError:
            return None
        log.info("The TAP job %s, which is %s, is taken up", url, phase)
        return None if phase in ("ERROR", "ABORTED") else job

    def _take(self, response, answer, plan, *, decode=True):
        request = answer.request
        if not isinstance(request, TapRequest):
            return super()._take(response, answer, plan, decode=decode)
        adql = request.adql or getattr(answer, "adql", "")
        table, answer.more = self._tap_service().read(response, adql)
        if len(table) > request.maxrec:
            table, answer.more = table[:request.maxrec], True
        if request.endpoint.tables:
            name, = request.endpoint.tables
            try:
                dictionary = self._dictionary(name)
                part = decoded(table, dictionary)
            except (TypeError, ValueError) as error:
                raise ReplyParseError(f"{self.broker}'s TAP service gave columns of {name!r} in another type than its "
                                      f"documentation says: {error}. Please report it.", broker=self.broker) from error
            check_subject(part, request, dictionary, broker=self.broker)
            answer.tables[name] = [in_order(part, request, dictionary)]
        else:
            origins = origins_of(adql)
            answer.table = annotated(table, origins, partial(self._tap_entry, origins))
            answer.table.meta["tables"] = [{"name": name, "description": ""} for name in origins.tables]
            answer.tables["TAP"] = [_Part(len(table))]
        answer.responses.append(response)
        return len(table)

    # -- jobs ----------------------------------------------------------------------------------------------------

    def _tap_plan(self, endpoint, adql, *, maxrec=None, uploads=None, async_job=False):
        """The plan of a query as the user wrote it."""
        from .uploads import check_uploads

        adql = check_adql(adql)
        if async_job not in (True, False):
            raise InvalidArgumentError(f"async_job={async_job!r} is not known. Allowed: True, False.")
        maxrec = self._maxrec(adql, maxrec)
        request = TapRequest(endpoint, adql=adql, maxrec=maxrec, uploads=check_uploads(uploads),
                             asynchronous=bool(async_job))
        return Plan([request], asked=f"the query {adql!r:.100}", survey=None, row_limit=maxrec, limit_name="maxrec",
                    build=_only_table)

    def _submit(self, plan):
        request, = plan.requests
        job = TapJob(self, self._tap_service().create_job(request.parameters(), request.uploads))
        job.start()
        return job

    def _job_at(self, url):
        """A job by its address, or its name at the service."""
        base = self._setting("tap_url").rstrip("/")
        if not isinstance(url, str) or not url.strip():
            raise InvalidArgumentError(f"url={url!r:.60} is not the address of a TAP job.")
        url = url.strip().rstrip("/")
        if "/" not in url:
            return TapJob(self, f"{base}/async/{url}")
        if urlsplit(url).netloc != urlsplit(base).netloc or urlsplit(url).scheme not in ("http", "https"):
            raise InvalidArgumentError(f"{url!r:.200} is not a job of {self.broker}'s TAP service at {base}. For "
                                       "another service set tap_url.")
        return TapJob(self, url)

    def _result_of_job(self, url, progress=None):
        def body(broker, url):
            return Plan([TapRequest(Endpoint("TAP", "tap_url", "/async", (), method="POST"), job=url)],
                        asked="the job", survey=None, build=_only_table, limit_name="maxrec")

        verb = Verb("get_tap_job", body, (), ())
        return self._ask(verb, {"url": url}, {**_OPTIONS, "progress": progress})


def _only_table(broker, plan, answers):
    return answers[0].table
