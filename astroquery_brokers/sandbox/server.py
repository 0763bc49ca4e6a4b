# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The server process: all dialects under one root on the loopback interface, with a log of what was asked.

``<root>/_sandbox/requests`` (GET) is the log, ``<root>/_sandbox/faults`` (GET, PUT) the list of faults,
``<root>/_sandbox/settings`` (GET, PUT) what services do on their own time. Services find the settings and the tokens
that they take in the state of a request.
"""

import asyncio
import contextlib
import socket
import time
from importlib import import_module
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from . import faults, settings
from .store import Store

__all__ = ["serve"]

# Module of the dialect and function that makes the service, by path.
SERVICES = {
    "/ztf/v1": "alerce_ztf_v1.application", "/v2/lightcurve": "alerce_ztf_v2.application",
    "/object_api": "alerce_lsst_objects.application", "/lightcurve_api": "alerce_lsst_lightcurves.application",
    "/probability_api": "alerce_lsst_derived.probabilities", "/classifier_api": "alerce_lsst_derived.classifiers",
    "/magstat_api": "alerce_lsst_derived.magstats", "/stamps_api": "alerce_stamps.application",
    "/tap": "alerce_tap.application",
    # Two services whose own hosts have nothing before these names.
    "/avro": "alerce_avro.application", "/catshtm": "catshtm.application",
    "/fink-ztf": "fink_ztf.application", "/fink-lsst": "fink_lsst.application",
    "/api/catalogmatch": "ampel_catalogs.application", "/api/ztf/archive/v3": "ampel_archive.application",
    "/api/live": "ampel_live.application"}


class _Service:
    """A service, whose dialect is imported with the first question: most are never asked any."""

    def __init__(self, name, store):
        self._name, self._store, self._application = name, store, None

    async def __call__(self, scope, receive, send):
        if self._application is None:
            module, function = self._name.split(".")
            self._application = getattr(import_module(f".dialects.{module}", __package__), function)(self._store)
        await self._application(scope, receive, send)


class _Protocol(AutoHTTPProtocol):
    """HTTP that lets the application reach its connection, to break it."""

    def connection_made(self, transport):
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """A server which leaves the signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield

    def stop(self):
        self.should_exit = self.force_exit = True


class _Sandbox:
    """The outermost application: control routes, faults, latency and the log around the services."""

    def __init__(self, store, prefix, latency, initial_faults, tokens):
        self.prefix, self.latency, self.tokens = prefix, latency, tokens
        self.requests, self.settings = [], dict(settings.DEFAULTS)
        self.faults = faults.Faults(initial_faults)
        control = [Route("/requests", self._requests), Route("/faults", self._faults, methods=["GET", "PUT"]),
                   Route("/settings", self._settings, methods=["GET", "PUT"])]
        self.app = Starlette(routes=[Mount(f"{prefix}/_sandbox", routes=control), *(
            Mount(prefix + path, app=_Service(name, store)) for path, name in SERVICES.items())])

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"].startswith(f"{self.prefix}/_sandbox/"):
            await self.app(scope, receive, send)
            return
        path = unquote(scope["raw_path"].decode("latin-1")).removeprefix(self.prefix)
        authorized = any(name == b"authorization" for name, _ in scope["headers"])
        entry = {"method": scope["method"], "path": path, "query": scope["query_string"].decode("latin-1"),
                 "status": None, "seconds": None, "authorized": authorized}
        self.requests.append(entry)
        scope["state"].update(settings=self.settings, tokens=self.tokens)
        began = time.perf_counter()
        fault = self.faults.take(scope, path)

        async def note(message):
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        try:
            await faults.reply(self.app, scope, receive, note, fault, self.latency)
        finally:
            entry["seconds"] = time.perf_counter() - began

    async def _requests(self, request):
        return JSONResponse(self.requests)

    async def _faults(self, request):
        if request.method == "PUT":
            try:
                self.faults.set(await request.json())
            except (TypeError, ValueError) as error:
                return JSONResponse({"detail": str(error)}, 400)
        return JSONResponse(self.faults.list)

    async def _settings(self, request):
        if request.method == "PUT":
            self.settings.update(settings.check(await request.json()))
        return JSONResponse(self.settings)


def listen(host, port):
    """A listening socket on the loopback interface."""
    # With TCP named, asyncio sends small packets at once; without, each reply on a connection in use takes 40 ms.
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM,
                             socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


async def serve(listener, path, prefix, *, tokens, latency=0, initial_faults=(), ready=None, stopped=None):
    """Serve a store until told to stop.

    Parameters
    ----------
    listener : `socket.socket`
        Bound socket.
    path : str
        The file of the store.
    prefix : str
        Path of the root, ``/`` and a word.
    tokens : `~astroquery_brokers.sandbox.tokens.Tokens`
        Which tokens are taken.
    latency : float
        Seconds that each reply takes, at least.
    initial_faults : list of dict
    ready : callable
        Called when requests are answered.
    stopped : callable
        Called with a function that stops the server, before it starts.
    """
    store = Store(path)
    sandbox = _Sandbox(store, prefix, latency, initial_faults, tokens)
    config = uvicorn.Config(sandbox, http=_Protocol, ws="none", lifespan="off", log_config=None, access_log=False,
                            log_level="critical", server_header=False)
    server = _Server(config)
    stopped(server.stop)
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not (server.started or running.done()):
        await asyncio.sleep(0.005)
    if server.started:
        ready()
    await running
    store.close()
