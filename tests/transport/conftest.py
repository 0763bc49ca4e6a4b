# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A server that sends exactly the bytes it is told to, one scripted step per connection."""

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http.client import parse_headers

import pytest

from astroquery_brokers.transport import Policy, Transport


@dataclass
class Received:
    """A request as the server read it."""

    method: str
    path: str
    headers: object
    body: bytes
    at: float


def reply(status=200, body=b"[]", headers=(), *, length=None):
    """The bytes of a reply; ``length`` claims another length than the body has, and -1 claims none."""
    lines = [f"HTTP/1.1 {status} Whatever", "Connection: close", *(f"{name}: {value}" for name, value in headers)]
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def reset(sock):
    """Break the connection with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def then_reset(start, pause=0.05):
    """A step that sends some bytes and then breaks the connection."""
    def step(sock):
        sock.sendall(start)
        time.sleep(pause)
        reset(sock)
    return step


def drip(start, piece, every):
    """A step that sends something now and then, for ever."""
    def step(sock):
        sock.sendall(start)
        while True:
            time.sleep(every)
            sock.sendall(piece)
    return step


class ScriptedServer:
    """Each connection gets the next step: bytes to send, or a function of the socket. The last step is repeated."""

    def __init__(self, *steps, context=None):
        self.steps, self.requests = list(steps), []
        self._context, self._lock, self.accepted = context, threading.Lock(), set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.accepted.add(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with contextlib.suppress(OSError), contextlib.closing(sock):
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            with contextlib.closing(sock), sock.makefile("rb") as stream:
                line = stream.readline().decode().split()
                if not line:
                    return
                headers = parse_headers(stream)
                body = stream.read(int(headers.get("Content-Length", 0)))
                with self._lock:
                    self.requests.append(Received(line[0], line[1], headers, body, time.monotonic()))
                    step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
                if callable(step):
                    step(sock)
                else:
                    sock.sendall(step)
                    sock.shutdown(socket.SHUT_WR)

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2)
        for sock in self.accepted:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def serve():
    """Start scripted servers."""
    servers = []

    def start(*steps, context=None):
        servers.append(ScriptedServer(*steps, context=context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """Loopback is asked directly, whatever the environment says."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def transport(tmp_path):
    """A transport with a cache of its own."""
    transport = Transport("Broker", user_agent="astroquery_brokers/0 (test)", cache_location=tmp_path / "cache")
    yield transport
    transport.session.close()


@pytest.fixture
def policy():
    """Impatient limits."""
    return Policy(timeout=2, connect_timeout=1, max_wait=5, backoff=0.01)


@pytest.fixture
def raw():
    """The makers of steps."""
    return RawSteps


class RawSteps:
    reply, then_reset, drip = staticmethod(reply), staticmethod(then_reset), staticmethod(drip)
