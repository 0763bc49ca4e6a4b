# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""When a call asks a host no more: after so many failures to connect, and of any kind where an old reply will do."""

import socket
import time
from dataclasses import replace

import pytest

from astroquery_brokers.exceptions import BrokerConnectionError
from astroquery_brokers.transport import Call, Deadline


def ask(transport, policy, url, deadline):
    with pytest.raises(BrokerConnectionError) as caught:
        transport.send(Call("GET", url), policy=policy, deadline=deadline)
    return str(caught.value)


def test_a_host_out_of_reach_is_not_asked_for_ever(serve, raw, transport, policy):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    few, deadline = replace(policy, max_connections=3, retries=0), Deadline(10)
    for _ in range(3):
        assert "1 try in" in ask(transport, few, url, deadline)
    assert ask(transport, few, url, deadline).startswith("Not asked, since the service could not be reached 3 times")
    assert "1 try in" in ask(transport, few, url, Deadline(10))  # another call tries for itself
    other = serve(raw.reply()).url.replace("127.0.0.1", "localhost")  # and so does another host
    assert transport.send(Call("GET", other), policy=few, deadline=deadline).content == b"[]"


def test_a_host_that_has_answered_is_asked_on(serve, raw, transport, policy):
    server = serve(raw.reply(503), raw.then_reset(b""))
    few, deadline = replace(policy, max_connections=2, retries=0), Deadline(10)
    assert transport.send(Call("GET", server.url), policy=few, deadline=deadline).status_code == 503
    for _ in range(4):
        assert "1 try in" in ask(transport, few, server.url, deadline)
    assert len(server.requests) == 5


@pytest.mark.parametrize("broken", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n["])
def test_replies_that_break_are_no_failures_to_connect(serve, raw, transport, policy, broken):
    server = serve(raw.then_reset(broken, 0))
    few, deadline = replace(policy, max_connections=1, retries=0), Deadline(10)
    for _ in range(3):
        assert "1 try in" in ask(transport, few, server.url, deadline)
    assert len(server.requests) == 3


def test_a_slow_look_up_of_a_name_ends_in_time(transport, policy, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(4))
    begun = time.monotonic()
    with pytest.raises(BrokerConnectionError):
        transport.send(Call("GET", "http://slow.example/"), policy=replace(policy, max_wait=0.5, connect_timeout=5))
    assert time.monotonic() - begun < 0.9
