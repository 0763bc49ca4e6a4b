# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is repeated, how often, and after which pause."""

import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from email.utils import formatdate

import pytest

from astroquery_brokers.exceptions import (BrokerConnectionError, BrokerTimeoutError, InvalidArgumentError,
                                           RateLimitError)
from astroquery_brokers.transport import Call, Deadline, Policy


def seconds_of(function):
    start = time.monotonic()
    function()
    return time.monotonic() - start


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_passing_statuses_are_repeated(serve, raw, transport, policy, method, status):
    server = serve(raw.reply(status), raw.reply(body=b"[1]"))
    response = transport.send(Call(method, server.url, data=b"x" if method == "POST" else None), policy=policy)
    assert (response.status_code, response.content, response.tries) == (200, b"[1]", 2)
    assert len(server.requests) == 2
    assert [request.body for request in server.requests] == [b"x" if method == "POST" else b""] * 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 500, 501])
def test_other_statuses_are_not_repeated(serve, raw, transport, policy, status):
    server = serve(raw.reply(status, b"no"))
    response = transport.send(Call("GET", server.url), policy=policy)
    assert (response.status_code, response.content, response.tries) == (status, b"no", 1)
    assert len(server.requests) == 1


def test_statuses_that_are_repeated(serve, raw, transport, policy):
    server = serve(raw.reply(500), raw.reply(502))
    response = transport.send(Call("GET", server.url), policy=replace(policy, retry_statuses={500}))
    assert (response.status_code, len(server.requests)) == (502, 2)


def test_the_last_reply_comes_back_when_retries_are_spent(serve, raw, transport, policy):
    server = serve(raw.reply(503, b"overloaded"))
    response = transport.send(Call("GET", server.url), policy=replace(policy, retries=2))
    assert (response.status_code, response.content, response.tries) == (503, b"overloaded", 3)
    assert len(server.requests) == 3
    assert transport.send(Call("GET", server.url), policy=replace(policy, retries=0)).tries == 1


def test_pauses_grow_and_differ(serve, raw, transport, policy, monkeypatch):
    pauses = []
    monkeypatch.setattr("astroquery_brokers.transport.adapter.time.sleep", pauses.append)
    server = serve(raw.reply(503))
    for _ in range(5):
        transport.send(Call("GET", server.url), policy=replace(policy, backoff=0.5, max_wait=60))
    assert len(set(pauses)) == 15
    for place, pause in enumerate(pauses):
        middle = 0.5 * 2 ** (place % 3)
        assert 0.5 * middle <= pause <= 1.5 * middle


def test_retry_after_in_seconds_and_as_date(serve, raw, transport, policy):
    server = serve(raw.reply(429, headers=[("Retry-After", "1")]), raw.reply())
    assert 1.0 <= seconds_of(lambda: transport.send(Call("GET", server.url), policy=policy)) < 2
    soon = formatdate(time.time() + 2, usegmt=True)
    server = serve(raw.reply(503, headers=[("Retry-After", soon)]), raw.reply())
    assert 0.9 <= seconds_of(lambda: transport.send(Call("GET", server.url), policy=policy)) < 3
    assert len(server.requests) == 2


@pytest.mark.parametrize("value", ["soon", "-1", "1" * 5000, "Wed, 99 Foo 2020"],
                         ids=["word", "negative", "long", "date"])
def test_nonsense_in_retry_after_is_ignored(serve, raw, transport, policy, value):
    server = serve(raw.reply(503, headers=[("Retry-After", value)]), raw.reply())
    assert transport.send(Call("GET", server.url), policy=policy).tries == 2


@pytest.mark.parametrize("value", ["3600", "9" * 400, formatdate(4e9, usegmt=True)],
                         ids=["hour", "eternity", "date"])
def test_retry_after_beyond_the_deadline(serve, raw, transport, policy, value):
    server = serve(raw.reply(429, headers=[("Retry-After", value)]))
    with pytest.raises(RateLimitError, match=r"Broker asks to wait \d+ s \(HTTP 429 for GET http.*max_wait") as caught:
        assert seconds_of(lambda: transport.send(Call("GET", server.url), policy=policy)) < 1
    assert caught.value.retry_after >= 3600
    assert caught.value.status_code == 429
    assert len(server.requests) == 1


def test_retry_after_is_not_waited_for_in_vain(serve, raw, transport, policy):
    server = serve(raw.reply(429, headers=[("Retry-After", "3600")]))
    assert transport.send(Call("GET", server.url), policy=replace(policy, retries=0)).status_code == 429


BROKEN = {
    "before the reply": b"",
    "in the status line": b"HTTP/1.",
    "in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "between chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
}


@pytest.mark.parametrize("start", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("how", ["reset", "closed"])
def test_broken_replies_are_repeated(serve, raw, transport, policy, start, how):
    broken = raw.then_reset(start) if how == "reset" else start
    server = serve(broken, raw.reply(body=b"[1]"))
    response = transport.send(Call("POST", server.url, json={"a": 1}), policy=policy)
    assert (response.json(), response.tries, len(server.requests)) == ([1], 2, 2)


@pytest.mark.parametrize("start", BROKEN.values(), ids=BROKEN)
def test_replies_that_stay_broken(serve, transport, policy, start):
    server = serve(start)
    with pytest.raises(BrokerConnectionError, match=r"^Broker: GET http://.* brought no reply \(3 tries in ") as caught:
        transport.send(Call("GET", server.url), policy=replace(policy, retries=2))
    assert len(server.requests) == 3
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert (caught.value.broker, caught.value.url) == ("Broker", f"{server.url}/")


@pytest.mark.parametrize("status", [500, 503])
def test_no_connection_is_used_again_after_a_failure_of_the_server(serve, raw, transport, policy, status):
    def keeps_open_and_breaks_off(sock):
        sock.sendall(raw.reply(status, b"no").replace(b"Connection: close\r\n", b""))
        sock.recv(1 << 16)

    server = serve(keeps_open_and_breaks_off, raw.reply())
    once = replace(policy, retries=0)
    assert transport.send(Call("GET", server.url), policy=once).content == b"no"
    assert transport.send(Call("POST", server.url, data=b"x"), policy=once).content == b"[]"


def test_refused_connection(transport, policy):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(BrokerConnectionError, match=r"4 tries.*Connection refused\. Check the address"):
        transport.send(Call("GET", f"http://127.0.0.1:{port}/x"), policy=policy)


def test_unknown_host(transport, policy, monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(BrokerConnectionError, match="the name of the host is not known"):
        transport.send(Call("GET", "http://broker.invalid/x"), policy=policy)


def slow_look_up(monkeypatch, seconds):
    look_up = socket.getaddrinfo

    def slow(host, *args, **kwargs):
        if host == "broker.invalid":
            time.sleep(seconds)
            host = "127.0.0.1"
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)


def test_the_look_up_of_a_name_takes_no_longer_than_it_may(serve, raw, transport, policy, monkeypatch):
    server = serve(raw.reply())
    slow_look_up(monkeypatch, 3.0)
    address = f"http://broker.invalid:{server.port}/x"

    def ask():
        with pytest.raises(BrokerConnectionError, match=r"\(2 tries in .*the host does not answer"):
            transport.send(Call("GET", address), policy=replace(policy, connect_timeout=0.2, retries=1))

    assert 0.8 <= seconds_of(ask) < 1.5
    slow_look_up(monkeypatch, 0.2)
    assert transport.send(Call("GET", address), policy=policy).content == b"[]"


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is no signal there")
def test_the_look_up_of_a_name_can_be_interrupted(transport, policy, monkeypatch):
    slow_look_up(monkeypatch, 3.0)
    threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()

    def ask():
        with pytest.raises(KeyboardInterrupt):
            transport.send(Call("GET", "http://broker.invalid/x"), policy=replace(policy, connect_timeout=5, timeout=9))

    assert seconds_of(ask) < 1.0


def test_a_connection_that_comes_too_late_is_closed(serve, raw, transport, policy, monkeypatch):
    server = serve(raw.reply())
    slow_look_up(monkeypatch, 0.6)
    with pytest.raises(BrokerConnectionError):
        transport.send(Call("GET", f"http://broker.invalid:{server.port}/x"),
                       policy=replace(policy, connect_timeout=0.1, retries=0))
    closed = time.monotonic() + 2
    while not server.accepted or any(sock.fileno() != -1 for sock in server.accepted):
        assert time.monotonic() < closed
        time.sleep(0.02)
    assert server.requests == []


def test_silent_server(serve, transport, policy):
    server = serve(lambda sock: time.sleep(3))
    with pytest.raises(BrokerTimeoutError, match=r"\(2 tries in 0\..*no complete reply in time.*raise `timeout`"):
        transport.send(Call("GET", server.url), policy=replace(policy, timeout=0.2, retries=1))
    assert len(server.requests) == 2


DRIPS = {"status line": (b"", b"H"), "header": (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
         "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x"),
         "endless body": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
         "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
         "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
         "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n")}


@pytest.mark.parametrize("start, piece", DRIPS.values(), ids=DRIPS)
def test_slow_drip(serve, raw, transport, policy, start, piece):
    server = serve(raw.drip(start, piece, 0.05))

    def ask():
        with pytest.raises(BrokerTimeoutError):
            transport.send(Call("GET", server.url), policy=policy, deadline=Deadline(0.3))

    assert 0.25 < seconds_of(ask) < 1.3
    assert len(server.requests) == 1


def test_expired_deadline_sends_nothing(serve, raw, transport, policy):
    server = serve(raw.reply())
    with pytest.raises(BrokerTimeoutError, match="max_wait"):
        transport.send(Call("GET", server.url), policy=policy, deadline=Deadline(0))
    assert server.requests == []


@pytest.fixture
def encrypted(tmp_path):
    """A server's TLS context and the certificate that it shows."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not there to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def test_certificates_are_not_tried_again(serve, raw, transport, policy, encrypted):
    server = serve(raw.reply(), context=encrypted[0])
    with pytest.raises(BrokerConnectionError, match=r"\(1 try in .*identity of the host.*REQUESTS_CA_BUNDLE"):
        transport.send(Call("GET", server.url), policy=policy)


def test_encryption(serve, raw, transport, policy, encrypted, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(encrypted[1]))
    server = serve(raw.reply(length=999), raw.reply(body=b"[1]"), raw.drip(*DRIPS["header"], 0.05),
                   context=encrypted[0])
    assert transport.send(Call("GET", server.url), policy=policy).content == b"[1]"
    with pytest.raises(BrokerTimeoutError):
        assert seconds_of(lambda: transport.send(Call("GET", server.url), policy=policy, deadline=Deadline(0.3))) < 1
    assert len(server.requests) == 3


def test_other_users_of_the_session_get_the_same_care(serve, raw, transport):
    server = serve(raw.reply(503, headers=[("Retry-After", "0")]), raw.reply(body=b"[1]"))
    response = transport.session.get(server.url, timeout=(1, 2), stream=True)
    assert (response.raw.read(), response.tries) == (b"[1]", 2)


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"timeout": None}, {"max_wait": "long"}, {"retries": -1},
                                   {"requests_per_second": 0}, {"max_connections": 0}])
def test_impossible_policies(wrong):
    with pytest.raises(InvalidArgumentError, match=f"^{next(iter(wrong))}="):
        Policy(**wrong)


def test_import_is_cheap():
    code = "import sys, astroquery_brokers.transport; print(*sys.modules)"
    import sys

    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"requests_cache", "pyrate_limiter", "tqdm", "numpy"}.isdisjoint(loaded)
