# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Politeness: how many requests, and how often, go to one host from all threads of this process together."""

import ipaddress
import math
import os
import threading
import time
from contextlib import contextmanager

__all__ = ["connection", "is_loopback", "take_turn"]

#: Seconds for which a rate counts after its last request.
_IN_USE = 10.0
_HANDOVER = 1e-4  # s


def _begin_anew():
    global _lock, _buckets, _asked, _connections
    _lock, _buckets, _asked, _connections = threading.Lock(), {}, {}, {}


_begin_anew()
if hasattr(os, "register_at_fork"):
    # What other threads hold at a fork nobody gives back in the child.
    os.register_at_fork(after_in_child=_begin_anew)


def is_loopback(host):
    """Whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def take_turn(host, rate, deadline):
    """Wait until the next request to a host may begin.

    All requests of this process to a host count together. Where they come under different rates, the strictest one
    that asked within the last ten seconds holds for all.

    Parameters
    ----------
    host : str
        Name of the host; loopback hosts are not limited.
    rate : float or None
        Requests per second; None for no limit.
    deadline : Deadline
        When to give up.

    Returns
    -------
    bool
        False if the deadline came first.
    """
    if rate is None or math.isinf(rate) or is_loopback(host):
        return True
    # The library's own waiting knows no timeout in its older versions.
    while not _begun(host, rate):
        left = deadline.remaining()
        if left == 0.0:
            return False
        time.sleep(min(left, 0.02, 0.5 / rate))
    return True


def _begun(host, rate):
    """Begin a request if it may be now."""
    from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory

    with _lock:
        now, asked = time.monotonic(), _asked.setdefault(host, {})
        asked[rate] = now
        strictest = min(one for one, last in asked.items() if now - last < _IN_USE)
        limit = max(1, math.floor(strictest))
        rates = [Rate(limit, math.ceil(1000 * limit / strictest))]
        if host not in _buckets:
            bucket = InMemoryBucket(rates)
            # Without the library's thread that empties buckets.
            _buckets[host] = bucket, Limiter(SingleBucketFactory(bucket, schedule_leak=False)), strictest
        bucket, limiter, before = _buckets[host]
        if strictest != before:
            bucket.rates = rates
            _buckets[host] = bucket, limiter, strictest
        begun = limiter.try_acquire(host, blocking=False)
        if begun:
            bucket.leak(bucket.now())
        return begun


@contextmanager
def connection(host, limit, deadline):
    """Hold one of a host's connections; gives False if the deadline came before one was free."""
    with _lock:
        slots = _connections.setdefault((host, limit), _Slots(limit))
    held = slots.take(min(deadline.remaining(), threading.TIMEOUT_MAX))
    try:
        yield held
    finally:
        if held:
            slots.give_back()


class _Slots:
    """So many at a time; the next in turn begins at once."""

    def __init__(self, number):
        self._free, self._lock, self._waiting = threading.BoundedSemaphore(number), threading.Lock(), 0

    def take(self, seconds):
        if self._free.acquire(blocking=False):
            return True
        self._wait(1)
        try:
            return self._free.acquire(timeout=seconds)
        finally:
            self._wait(-1)

    def give_back(self):
        self._free.release()
        if self._waiting:
            # Python lets a thread that is busy with its reply go on for 5 ms before another one can ask.
            time.sleep(_HANDOVER)

    def _wait(self, more):
        with self._lock:
            self._waiting += more
