# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The TAP service as an ASGI application."""

import asyncio
import time
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from . import formats, uploads, uws, vosi
from .database import Database
from .errors import QueryError, ServiceError
from .jobs import ENDED, PHASES, Jobs, now

__all__ = ["Limits", "tap_app"]

_KNOWN = ("request", "lang", "query", "maxrec", "format", "responseformat", "upload", "runid", "version")
_LANGUAGES = ("adql", "adql-2.0", "adql-2.1", "ivo://ivoa.net/std/adql#v2.0", "ivo://ivoa.net/std/adql#v2.1")


@dataclass(frozen=True)
class Limits:
    """What a service gives.

    Parameters
    ----------
    maxrec : int, optional
        Number of rows that a query gives if it does not say how many.
    most : int, optional
        Number of rows that it gives at most.
    sync_seconds : float, optional
        Time that a synchronous query may take, in s.
    duration : int, optional
        Time that a job may take if it does not say, in s.
    longest : int, optional
        Time that a job may take at most, in s.
    sync_upload, async_upload : int, optional
        Bytes that may be uploaded.
    lifetime : int, optional
        Seconds that a job is kept.
    running : int, optional
        Number of jobs that run at a time; the others wait.
    wait : float, optional
        Seconds that a reply may wait for a change of phase.
    memory : str, optional
        What the database may use.

    Examples
    --------
    >>> from astroquery_brokers.gateway.tap import Limits
    >>> Limits(maxrec=1000).sync_seconds
    60
    """

    maxrec: int = 20_000
    most: int = 20_000_000
    sync_seconds: float = 60
    duration: int = 3600
    longest: int = 14_400
    sync_upload: int = 20_000_000
    async_upload: int = 20_000_000
    lifetime: int = 172_800
    running: int = 2
    wait: float = 60
    memory: str = "1GB"


def tap_app(schemas, *, title="TAP", limits=None, error_status=400, examples=(), reserved=()):
    """A TAP 1.1 service over tables.

    Parameters
    ----------
    schemas : sequence of `~astroquery_brokers.gateway.tap.tables.Schema`
        What is served; TAP_SCHEMA is added.
    title : str, optional
        What the service is called.
    limits : Limits, optional
        What it gives.
    error_status : int, optional
        HTTP status of what the user did wrong.
    examples : sequence of tuple, optional
        Names and texts of queries to show.
    reserved : sequence of str
        Names that columns of uploads cannot have; DaCHS takes ``oid_`` for ``oid``, which is PostgreSQL's.

    Returns
    -------
    `starlette.applications.Starlette`

    Examples
    --------
    >>> from astroquery_brokers.gateway.tap.app import tap_app
    >>> from astroquery_brokers.gateway.tap.tables import Column, Schema, Table
    >>> table = Table("ztf.object", (Column("oid", "char"),), lambda: {"oid": ["ZTF20aaelulu"]})
    >>> app = tap_app([Schema("ztf", tables=(table,))], title="A few objects")
    >>> "/sync" in [route.path for route in app.routes]
    True
    """
    service = _Service(schemas, title, limits or Limits(), error_status, examples, reserved)
    app = Starlette(routes=[
        Route("/sync", service.sync, methods=["GET", "POST"]),
        Route("/async", service.job_list, methods=["GET"]), Route("/async", service.create, methods=["POST"]),
        Route("/async/{job}", service.job, methods=["GET"]),
        Route("/async/{job}", service.job_action, methods=["POST", "DELETE"]),
        Route("/async/{job}/results/result", service.result),
        Route("/async/{job}/{item}", service.item, methods=["GET"]),
        Route("/async/{job}/{item}", service.change, methods=["POST"]),
        Route("/availability", service.availability), Route("/capabilities", service.capabilities),
        Route("/tables", service.tables), Route("/tables/{name}", service.tables),
        Route("/examples", service.examples),
    ], exception_handlers={ServiceError: service.failed, HTTPException: service.no_page, Exception: service.broken})
    app.router.redirect_slashes = False
    app.state.service = service
    return app


def _base(request):
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def _xml(document, status=200):
    return Response(document, status, {"content-type": "text/xml"})


class _Service:
    def __init__(self, schemas, title, limits, error_status, queries, reserved):
        self.database = Database(schemas, memory=limits.memory)
        self.title, self.limits, self.error_status, self.queries = title, limits, error_status, queries
        self.reserved = reserved
        self.jobs = Jobs(self._work, duration=limits.duration, longest=limits.longest, lifetime=limits.lifetime,
                         running=limits.running)
        self.since = now()
        self._keeper = None

    def close(self):
        """End all jobs and forget the tables."""
        self.jobs.close()
        self.database.close()

    def _close_with_loop(self):
        """When the event loop ends, no query shall keep the process from ending. Mounted services have no lifespan."""
        async def keep():
            try:
                await asyncio.Event().wait()
            finally:
                self.close()
        if self._keeper is None:
            self._keeper = asyncio.ensure_future(keep())

    # queries

    async def _parameters(self, request, most):
        """Parameters by name in lower case, and the tables that came along, by the name of the part."""
        if request.method != "POST":
            return _merge(request.query_params.multi_items()), {}
        if "content-length" not in request.headers:
            raise ServiceError("the request has to say how long it is (Content-Length)", 411)
        if int(request.headers["content-length"]) > most + 1_000_000:
            raise ServiceError(f"the request is larger than the {most} bytes that may be uploaded", 413)
        try:
            async with request.form(max_files=100, max_fields=1000) as form:
                items = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
                parts = {name: await value.read() for name, value in form.multi_items() if not isinstance(value, str)}
        except (HTTPException, ClientDisconnect, ValueError) as error:
            raise ServiceError(f"the form cannot be read: {getattr(error, 'detail', error)}") from error
        if sum(map(len, parts.values())) > most:
            raise ServiceError(f"the tables are larger than the {most} bytes that may be uploaded", 413)
        return _merge([*request.query_params.multi_items(), *items]), parts

    def _check(self, parameters):
        """What to ask: query, number of rows, format."""
        request = parameters.get("request", "doQuery")
        if request.lower() != "doquery":
            raise ServiceError("This service only supports REQUEST=doQuery")
        for name in ("lang", "query"):
            if not parameters.get(name, "").strip():
                raise ServiceError(f"Field {name}: Required parameter {name!r} missing.")
        if parameters["lang"].lower() not in _LANGUAGES:
            raise ServiceError(f"This service does not support the query language {parameters['lang']}")
        maxrec = parameters.get("maxrec") or str(self.limits.maxrec)
        try:
            rows = min(max(int(maxrec), 0), self.limits.most)
        except ValueError as error:
            raise ServiceError(f"Field maxrec: {maxrec!r} is not a valid literal for maxrec") from error
        return parameters["query"], rows, formats.choose(parameters.get("responseformat") or parameters.get("format"))

    def _answer(self, parameters, parts, seconds, canceled=None):
        """Bytes and media type."""
        query, rows, chosen = self._check(parameters)
        wanted = uploads.references([parameters.get("upload", "")])
        missing = [part for part in wanted.values() if part not in parts]
        if missing:
            raise ServiceError(f"Field upload: the request has no part {missing[0]!r}")
        tables = [uploads.read(name, parts[part], self.reserved) for name, part in wanted.items()]
        result = self.database.run(query, maxrec=rows, seconds=seconds, uploads=tables, canceled=canceled)
        try:
            return formats.serialize(result, chosen), formats.media_type(chosen)
        except ValueError as error:
            raise QueryError(f"the result cannot be written: {error}") from error

    def _work(self, job):
        return self._answer(job.parameters, job.uploads, job.duration, job.canceled)

    async def sync(self, request):
        self._close_with_loop()
        parameters, parts = await self._parameters(request, self.limits.sync_upload)
        content, media = await run_in_threadpool(self._answer, parameters, parts, self.limits.sync_seconds)
        return Response(content, headers={"content-type": media})

    # jobs

    def _job_url(self, request, job):
        return f"{_base(request)}/async/{job.id}"

    def _see(self, request, job):
        return RedirectResponse(self._job_url(request, job), 303)

    async def create(self, request):
        self._close_with_loop()
        parameters, parts = await self._parameters(request, self.limits.async_upload)
        phase = parameters.pop("phase", None)
        job = self.jobs.create({name: value for name, value in parameters.items() if name in _KNOWN}, parts)
        if phase == "RUN":
            self.jobs.run(job)
        return self._see(request, job)

    async def job_list(self, request):
        chosen = self.jobs.all()
        phases = [value.upper() for name, value in request.query_params.multi_items() if name.upper() == "PHASE"]
        options = _merge(request.query_params.multi_items())
        if set(phases) - set(PHASES):
            raise ServiceError(f"Field phase: Bad phase: {phases[0]}")
        if phases:
            chosen = [job for job in chosen if job.phase in phases]
        if options.get("after"):
            chosen = [job for job in chosen if uws.date(job.created) > options["after"]]
        if options.get("last", "").isdigit():
            chosen = chosen[:int(options["last"])]
        return _xml(uws.jobs_document(chosen, f"{_base(request)}/async"))

    async def _wait(self, request, job):
        """Wait for another phase as long as asked."""
        options = _merge(request.query_params.multi_items())
        asked = options.get("wait")
        if asked is None:
            return
        try:
            seconds = float(asked)
        except ValueError as error:
            raise ServiceError(f"Field wait: {asked!r} is not a valid literal for wait") from error
        end = time.monotonic() + (self.limits.wait if seconds < 0 else min(seconds, self.limits.wait))
        phase = options.get("phase", job.phase).upper()
        while job.phase == phase and phase not in ENDED and phase != "PENDING" and time.monotonic() < end:
            await asyncio.sleep(0.02)

    async def job(self, request):
        job = self.jobs.get(request.path_params["job"])
        await self._wait(request, job)
        return _xml(uws.job_document(job, self._job_url(request, job)))

    async def job_action(self, request):
        job = self.jobs.get(request.path_params["job"])
        parameters, _ = await self._parameters(request, self.limits.async_upload)
        if request.method != "DELETE" and parameters.get("action", "").upper() != "DELETE":
            raise ServiceError("a job can be deleted: DELETE, or POST with ACTION=DELETE")
        self.jobs.destroy(job)
        return RedirectResponse(f"{_base(request)}/async", 303)

    async def item(self, request):
        """One thing about a job."""
        job, name = self.jobs.get(request.path_params["job"]), request.path_params["item"]
        if name == "phase":
            await self._wait(request, job)
        url = self._job_url(request, job)
        if name == "parameters":
            return _xml(uws.parameters_document(job))
        if name == "results":
            return _xml(uws.results_document(job, url))
        if name == "error":
            return _xml(formats.error_document(job.error)) if job.error else PlainTextResponse("")
        plain = {"phase": job.phase, "quote": uws.date(job.ended or now()), "executionduration": str(job.duration),
                 "destruction": uws.date(job.destruction), "owner": "NULL"}
        if name not in plain:
            raise ServiceError(f"a job has no {name!r}", 404)
        return PlainTextResponse(plain[name])

    async def change(self, request):
        job, name = self.jobs.get(request.path_params["job"]), request.path_params["item"]
        parameters, parts = await self._parameters(request, self.limits.async_upload)
        if name == "phase":
            asked = parameters.get("phase", "")
            if asked not in ("RUN", "ABORT"):
                raise ServiceError(f"Field phase: Bad phase: {asked}")
            (self.jobs.run if asked == "RUN" else self.jobs.abort)(job)
        elif name in ("executionduration", "destruction"):
            self.jobs.change(job, name, parameters.get(name, ""))
        elif name == "parameters":
            if job.phase != "PENDING":
                raise ServiceError(f"Field phase: Parameters cannot be changed in phase {job.phase}")
            job.parameters.update((key, value) for key, value in parameters.items() if key in _KNOWN)
            job.uploads.update(parts)
        else:
            raise ServiceError(f"{name} of a job cannot be set", 404)
        return self._see(request, job)

    async def result(self, request):
        job = self.jobs.get(request.path_params["job"])
        if job.error is not None:
            raise ServiceError(job.error)
        if job.result is None:
            raise ServiceError(f"there is no result: the job is {job.phase}", 404)
        return FileResponse(job.result, headers={"content-type": job.media})

    # what the service is

    async def availability(self, request):
        return _xml(vosi.availability(self.since))

    async def capabilities(self, request):
        return _xml(vosi.capabilities(_base(request), self.limits))

    async def tables(self, request):
        document = vosi.tables(self.database.schemas, request.path_params.get("name"))
        if document is None:
            raise ServiceError(f"there is no table {request.path_params['name']!r}", 404)
        return _xml(document)

    async def examples(self, request):
        return Response(vosi.examples(self.title, self.queries), media_type="application/xhtml+xml")

    # what goes wrong

    def _error(self, message, status):
        return _xml(formats.error_document(message), status)

    async def failed(self, request, error):
        return self._error(str(error), error.status or self.error_status)

    async def no_page(self, request, error):
        return self._error(f"{request.url.path}: {error.detail}", error.status_code)

    async def broken(self, request, error):
        return self._error(f"the service failed: {type(error).__name__}", 500)


def _merge(items):
    """Parameters by name in lower case; several UPLOADs are one."""
    result = {}
    for name, value in items:
        name = name.lower()
        result[name] = f"{result[name]};{value}" if name == "upload" and name in result else value
    return result
