# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Faults happen on the socket, not only in the log."""

import http.client
import socket
import time
from urllib.parse import urlsplit

import pytest

from astroquery_brokers.sandbox.faults import check


@pytest.fixture()
def ask(box):
    """One request on a connection of its own: gives the connection's response, not yet read."""
    connections = []

    def get(path="/ztf/v1/objects/", method="GET", headers=None):
        parts = urlsplit(box.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        connections.append(connection)
        connection.request(method, parts.path + path, headers=headers or {})
        return connection.getresponse()

    yield get
    for connection in connections:
        connection.close()


def test_status_and_times(box, ask):
    box.faults = [{"path": "/objects/", "status": 503, "retry_after": 2, "times": 2}]
    for left in (1, 0):
        reply = ask()
        assert (reply.status, reply.headers["retry-after"]) == (503, "2")
        assert reply.headers["content-type"] == "text/html" and b"<h1>503" in reply.read()
        assert box.faults[0]["times"] == left
    assert ask().status == 200
    assert [entry["status"] for entry in box.requests[-3:]] == [503, 503, 200]


def test_retry_after_date(box, ask):
    box.faults = [{"status": 429, "retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}]
    assert ask().headers["retry-after"] == "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize("pattern, hit", [
    ("/ztf/v1/objects/", True), ("/v2/", False), ("*/objects/", True), ("*/detections", False), ("?page=3", True),
    ("/ztf/v1/objects/*page=3*", True), ("page=4", False), ("/ztf/v[12]/*", True)])
def test_path(box, ask, pattern, hit):
    box.faults = [{"path": pattern, "status": 500}]
    assert ask("/ztf/v1/objects/?page=3").status == (500 if hit else 200)


def test_method(box, ask):
    box.faults = [{"method": "POST", "status": 500}]
    assert ask().status == 200
    assert ask(method="POST").status == 500


def test_first_fault_that_fits(box, ask):
    box.faults = [{"path": "/v2/", "status": 501}, {"status": 502, "times": 1}, {"status": 504}]
    assert [ask().status for _ in range(3)] == [502, 504, 504]


def test_probability(box, ask):
    box.faults = [{"probability": 0.5, "status": 500}]
    first = [ask().status for _ in range(20)]
    assert set(first) == {200, 500}
    box.faults = [{"probability": 0.5, "status": 500}]
    assert [ask().status for _ in range(20)] == first
    box.faults = [{"probability": 0, "status": 500}]
    assert ask().status == 200


def test_body(box, ask):
    box.faults = [{"body": "<html>maintenance</html>"}]
    reply = ask()
    assert (reply.status, reply.read(), reply.headers["content-type"]) == (
        200, b"<html>maintenance</html>", "text/html; charset=utf-8")
    box.faults = [{"body": {"items": None}, "status": 206}]
    reply = ask()
    assert (reply.status, reply.read(), reply.headers["content-type"]) == (206, b'{"items": null}', "application/json")
    box.faults = [{"body": "{", "content_type": "application/json"}]
    assert ask().headers["content-type"] == "application/json"


def test_delay(box, ask):
    box.faults = [{"delay": 0.4}]
    began = time.perf_counter()
    assert ask().status == 200
    assert time.perf_counter() - began >= 0.4
    assert box.requests[-1]["seconds"] >= 0.4


def test_drip(box, ask):
    body = ask().read()
    box.faults = [{"drip": len(body) * 2}]
    began = time.perf_counter()
    reply = ask()
    assert time.perf_counter() - began < 0.4
    assert reply.read() == body
    assert 0.4 < time.perf_counter() - began < 3


def test_truncate(box, ask):
    box.faults = [{"truncate": 100}]
    reply = ask()
    length = int(reply.headers["content-length"])
    with pytest.raises(http.client.IncompleteRead) as caught:
        reply.read()
    assert (len(caught.value.partial), caught.value.expected) == (100, length - 100)
    assert box.requests[-1]["status"] == 200


def test_truncate_a_compressed_body(box, ask, showpiece):
    box.faults = [{"truncate": 50}]
    reply = ask(f"/v2/lightcurve/detections/{showpiece}", headers={"Accept-Encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    with pytest.raises(http.client.IncompleteRead):
        reply.read()


def test_truncate_beyond_the_end(box, ask):
    box.faults = [{"truncate": 10 ** 9}]
    assert len(ask().read()) > 1000


def test_reset_before_the_reply(box, ask):
    box.faults = [{"reset": True, "times": 1}]
    with pytest.raises(ConnectionResetError) as caught:
        ask()
    assert not isinstance(caught.value, http.client.RemoteDisconnected)
    assert ask().status == 200
    assert [entry["status"] for entry in box.requests[-2:]] == [None, 200]


def test_reset_in_the_body(box):
    box.faults = [{"reset": "body"}]
    parts = urlsplit(box.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(f"GET {parts.path}/ztf/v1/objects/ HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        with pytest.raises(ConnectionResetError):
            while True:
                chunk = connection.recv(65536)
                assert chunk, "the connection was closed in order"
                received += chunk
    assert b'{"total": null' in received and not received.endswith(b"}]}")


def test_control_routes_have_no_faults(box):
    box.faults = [{"status": 500}, {"reset": True}]
    assert box.faults == [{"status": 500}, {"reset": True}]
    assert isinstance(box.requests, list)


@pytest.mark.parametrize("fault, word", [
    ({"pth": "x"}, "pth"), ({"status": "503"}, "status"), ({"reset": "later"}, "reset"), ({"drip": 0}, "drip"),
    ({"times": 1.5}, "times")])
def test_bad_faults_are_refused(box, fault, word):
    with pytest.raises(ValueError, match=word):
        check([fault])
    with pytest.raises(ValueError, match=word):
        box.faults = [fault]
    assert box.faults == []
