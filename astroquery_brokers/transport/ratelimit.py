# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Politeness: how many requests, and how often, go to one host from all threads of this process together."""

import ipaddress
import math
import threading
import time
from contextlib import contextmanager

__all__ = ["connection", "is_loopback", "take_turn"]

_lock = threading.Lock()
_limiters = {}
_connections = {}


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
    bucket, limiter = _limiter(host, rate)
    # The library's own waiting knows no timeout in its older versions.
    while not limiter.try_acquire(host, blocking=False):
        left = deadline.remaining()
        if left == 0.0:
            return False
        time.sleep(min(left, 0.02, 0.5 / rate))
    bucket.leak(bucket.now())
    return True


def _limiter(host, rate):
    with _lock:
        if (host, rate) not in _limiters:
            from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory

            limit = max(1, math.floor(rate))
            bucket = InMemoryBucket([Rate(limit, math.ceil(1000 * limit / rate))])
            # Without the library's thread that empties buckets: take_turn does.
            _limiters[host, rate] = bucket, Limiter(SingleBucketFactory(bucket, schedule_leak=False))
        return _limiters[host, rate]


@contextmanager
def connection(host, limit, deadline):
    """Hold one of a host's connections; gives False if the deadline came before one was free."""
    with _lock:
        free = _connections.setdefault((host, limit), threading.BoundedSemaphore(limit))
    held = free.acquire(timeout=min(deadline.remaining(), threading.TIMEOUT_MAX))
    try:
        yield held
    finally:
        if held:
            free.release()
