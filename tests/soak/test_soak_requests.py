# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Thousands of requests, one in ten of which goes wrong in some way: nothing is lost, nothing is wrong, nothing leaks.

The suite sends some hundred requests; ``ASTROQUERY_BROKERS_SOAK`` (as ``tox -e soak`` sets it) is another number.
"""

import ctypes
import gc
import logging
import os
import threading
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from astroquery_brokers import sandbox
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import PartialResultWarning

REQUESTS = int(os.environ.get("ASTROQUERY_BROKERS_SOAK", "600"))
OBJECTS = 300
SHARE = 0.1
LARGEST_GROWTH = 30e6

KINDS = [dict(status=502), dict(status=503), dict(status=504, delay=0.05), dict(status=429, retry_after=0),
         dict(status=500), dict(status=404, body="<html>404</html>"), dict(status=400, body='{"message": "no"}'),
         dict(reset=True), dict(reset="body"), dict(truncate=40), dict(drip=200.0), dict(delay=1.5),
         dict(status=200, body="<html>Maintenance</html>"), dict(status=200, body=""), dict(status=200, body='[{"mjd'),
         dict(status=200, body='{"unexpected": true}'), dict(status=200, body='[{"mjd": "soon"}]'),
         dict(status=200, body='[{"oid": "ZTF17aaaaaaa", "mjd": 1}]')]


def faults():
    """One request in ten, each kind as likely as the other: the first fault that fits is the one that happens."""
    left, found = 1.0, []
    for kind in KINDS:
        share = SHARE / len(KINDS)
        found.append(dict(path="/detections", probability=share / left, **kind))
        left -= share
    return found


def memory():
    """Bytes that the process has in memory, without what the C library keeps for later."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def sockets():
    """Connections that are open."""
    gc.collect()
    folder = Path("/proc/self/fd")
    return sum(os.readlink(path).startswith("socket:") for path in folder.iterdir() if path.is_symlink())


@pytest.fixture
def no_log():
    """Pytest keeps all records of a test."""
    logging.disable(logging.DEBUG)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.soak
@pytest.mark.usefixtures("no_log")
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_every_object_is_accounted_for():
    with sandbox.running(n_objects=OBJECTS) as box:
        ids = box.truth.objects["oid"].tolist()
        truth = box.truth.detections
        truth["candid"] = truth["candid"].astype(np.int64)
        truth.sort("candid")
        expected = {oid: truth[truth["oid"] == oid] for oid in ids}
        broker = AlerceClass(timeout=0.5, max_wait=120.0, retries=1)
        policy = broker._policy()
        broker._policy = lambda endpoint=None: _impatient(policy)
        broker.query_detections(ids, cache=False)
        box.faults = faults()
        before, threads, open_before, kinds = memory(), threading.active_count(), sockets(), Counter()
        sent = len(box.requests)
        grown, objects = 0, 0
        while len(box.requests) - sent < REQUESTS:
            kinds.update(_one_call(broker, ids, expected))
            grown = grown or memory() - before  # pools and buffers fill in the first round
            objects = objects or len(gc.get_objects())
        count = len(box.requests) - sent
        assert memory() - before - grown < LARGEST_GROWTH
        assert len(gc.get_objects()) - objects < 1000
    broker._session.close()
    assert _settled(lambda: threading.active_count() <= threads)
    assert _settled(lambda: sockets() <= open_before)
    assert count >= REQUESTS and {"BrokerError", "RejectedQueryError", "ReplyParseError"} <= kinds.keys()
    print(f"{count} requests; failures by kind: {dict(kinds)}")


def _impatient(policy):
    from dataclasses import replace

    return replace(policy, backoff=0.01)


def _settled(test):
    """Whether something comes true within two seconds."""
    import time

    for _ in range(40):
        if test():
            return True
        time.sleep(0.05)
    return False


def _one_call(broker, ids, expected):
    """Ask for all objects and check each value; the kinds of failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartialResultWarning)
        table = broker.query_detections(ids, cache=False, progress=False)
    coverage, = table.meta["coverage"]
    failed = table.failures["item"].tolist()
    lost = set(failed)
    assert len(lost) == len(failed) == coverage["failed"] and coverage["empty"] == 0
    assert coverage["asked"] == len(ids) == coverage["found"] + coverage["failed"]
    found = table["oid"].tolist()
    assert list(dict.fromkeys(found)) == [oid for oid in ids if oid not in lost]
    order = np.lexsort((table["candid"], [ids.index(oid) for oid in found]))
    for name in ("candid", "mjd", "magpsf", "ra"):
        wanted = np.concatenate([expected[oid][name] for oid in ids if oid not in lost])
        assert np.array_equal(np.asarray(table[name])[order], wanted)
    return table.failures["error"].tolist()
