# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Politeness: requests per second and connections per host, over all threads."""

import os
import signal
import socket
import threading
import time
from dataclasses import replace

import pytest

from astroquery_brokers.exceptions import BrokerTimeoutError
from astroquery_brokers.transport import Call, Deadline, fetch_many, ratelimit


@pytest.mark.parametrize("host, loopback", [
    ("localhost", True), ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("a.localhost", True),
    ("broker.org", False), ("10.0.0.1", False), ("localhost.org", False), ("127.0.0.1.org", False), ("", False)])
def test_loopback(host, loopback):
    assert ratelimit.is_loopback(host) is loopback


def test_rate_is_shared_by_threads():
    times = []

    def turn(_):
        assert ratelimit.take_turn("shared.example", 20, Deadline(10))
        times.append(time.monotonic())

    fetch_many(turn, range(35), workers=8)
    times.sort()
    assert 0.97 <= times[-1] - times[0] < 2.0
    for first, later in zip(times, times[20:]):
        assert later - first > 0.97


def test_the_strictest_rate_in_use_holds_for_all(monkeypatch):
    monkeypatch.setattr(ratelimit, "_IN_USE", 0.6)

    def turns(rate, number, host="two.example"):
        start = time.monotonic()
        for _ in range(number):
            assert ratelimit.take_turn(host, rate, Deadline(10))
        return time.monotonic() - start

    assert turns(100, 2) < 0.2
    assert 0.2 < turns(4, 3) < 1.5  # two of the four of this second are gone
    assert turns(100, 4) > 0.3  # under a rate of its own, and yet it waits
    time.sleep(0.7)
    assert turns(100, 20) < 0.3  # nobody asks for the other rate any more


def test_slow_rates_and_other_hosts():
    start = time.monotonic()
    for _ in range(2):
        assert ratelimit.take_turn("slow.example", 2.5, Deadline(10))
    assert time.monotonic() - start < 0.6
    assert ratelimit.take_turn("slow.example", 2.5, Deadline(10))
    assert 0.7 < time.monotonic() - start < 2
    start = time.monotonic()
    for host in ("a.example", "b.example", "localhost", "localhost"):
        assert ratelimit.take_turn(host, 0.1, Deadline(10))
    for _ in range(100):
        assert ratelimit.take_turn("unlimited.example", None, Deadline(10))
    assert time.monotonic() - start < 0.6


def test_waiting_ends_with_the_deadline():
    assert ratelimit.take_turn("late.example", 0.01, Deadline(10))
    start = time.monotonic()
    assert not ratelimit.take_turn("late.example", 0.01, Deadline(0.2))
    assert 0.2 <= time.monotonic() - start < 1.2


def test_no_thread_stays():
    before = threading.active_count()
    ratelimit.take_turn("thread.example", 5, Deadline(1))
    assert threading.active_count() == before


def test_requests_wait_for_their_turn(serve, raw, transport, policy, monkeypatch):
    known = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kwargs: known(
        "127.0.0.1" if host == "limited.example" else host, *args, **kwargs))
    server = serve(raw.reply(503), raw.reply())
    call = Call("GET", f"http://limited.example:{server.port}/")
    policy = replace(policy, requests_per_second=4)
    outcomes = fetch_many(lambda _: transport.send(call, policy=policy).status_code, range(7), workers=7)
    assert [outcome.value for outcome in outcomes] == [200] * 7
    assert len(server.requests) == 8
    assert server.requests[-1].at - server.requests[0].at > 0.9
    with pytest.raises(BrokerTimeoutError, match="before it was this request's turn"):
        for _ in range(8):
            transport.send(call, policy=policy, deadline=Deadline(0.2))


def test_connections_are_bounded(serve, transport, policy):
    under_way, most, lock = 0, 0, threading.Lock()

    def step(sock):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.03)
        with lock:
            under_way -= 1
        sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    server = serve(step)
    policy = replace(policy, max_connections=3)
    fetch_many(lambda _: transport.send(Call("GET", server.url), policy=policy), range(15), workers=15)
    assert (len(server.requests), most) == (15, 3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
@pytest.mark.parametrize("hold", [
    pytest.param(lambda: ratelimit.connection(("forked.example", 1), 1, Deadline(10)), id="connections"),
    pytest.param(lambda: ratelimit._lock, id="lock")])
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_holds_nothing(hold):
    """What another thread holds when the process forks is free in the child."""
    begun, end = threading.Event(), threading.Event()

    def work():
        with hold():
            begun.set()
            end.wait(20)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    child = os.fork()
    if not child:
        signal.alarm(5)  # a lock that nobody gives back ends the child
        try:
            with ratelimit.connection(("forked.example", 1), 1, Deadline(0.5)) as held:
                turn = ratelimit.take_turn("forked.example", 5, Deadline(0.5))
            os._exit(0 if held and turn else 1)
        finally:
            os._exit(2)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        end.set()
        thread.join()
