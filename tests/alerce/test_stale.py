# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``cache="stale"`` on a bad night: old replies come soon, whatever the service does, and it is said."""

import time
from dataclasses import replace

import numpy as np
import pytest

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import (BrokerConnectionError, BrokerTimeoutError, PartialResultWarning,
                                           StaleReplyWarning)

OBJECTS = 30
LATER = 7 * 3600


@pytest.fixture
def ids(box):
    yield [str(oid) for oid in box.truth.objects["oid"][:OBJECTS]]
    box.faults = []


@pytest.fixture
def table(ids, tmp_path):
    """What was asked seven hours ago."""
    return broker_in(tmp_path).query_detections(ids, cache=True)


@pytest.fixture
def seven_hours_later(table, monkeypatch):
    now = time.time
    monkeypatch.setattr("astroquery_brokers.transport.cache.time.time", lambda: now() + LATER)


def broker_in(folder, *, stale_timeout=0.3, **settings):
    broker = AlerceClass(**{"timeout": 20.0, "max_wait": 30.0, "retries": 3, "max_connections": 4, **settings})
    broker.cache_location = folder
    policy = broker._policy
    broker._policy = lambda endpoint=None: replace(policy(endpoint), stale_timeout=stale_timeout, backoff=0.01)
    return broker


def seconds_of(function):
    start = time.monotonic()
    return function(), time.monotonic() - start


@pytest.mark.parametrize("fault", [dict(status=503), dict(delay=20), dict(drip=1.0), dict(reset=True),
                                   dict(status=429, retry_after=3600), dict(status=500)],
                         ids=lambda fault: "-".join(map(str, fault.items())))
def test_old_replies_come_at_once(box, ids, table, seven_hours_later, tmp_path, fault):
    """Eight failures, of one short try each, show that the service fails; the others are not even asked."""
    box.faults = [dict(path="*/detections", **fault)]
    sent = len(box.requests)
    with pytest.warns(StaleReplyWarning, match="failed to answer 30 requests; the last good replies"):
        old, seconds = seconds_of(lambda: broker_in(tmp_path).query_detections(ids, cache="stale"))
    assert seconds < 2.5 and len(box.requests) - sent <= 8 + 5  # the eighth, and what five more threads had begun
    assert np.array_equal(old["candid"], table["candid"]) and len(old.failures) == 0
    provenance, = old.meta["provenance"]
    assert (provenance["from_cache"], provenance["stale"], provenance["retried"]) == (OBJECTS, OBJECTS, 0)
    assert old.meta["coverage"][0]["found"] == OBJECTS


def test_a_service_that_fails_now_and_then_is_asked(box, ids, table, seven_hours_later, tmp_path):
    box.faults = [dict(path=f"*/{oid}/detections", status=503) for oid in ids[::3]]
    sent = len(box.requests)
    with pytest.warns(StaleReplyWarning, match="10 requests"):
        mixed = broker_in(tmp_path, max_connections=2).query_detections(ids, cache="stale")
    assert len(box.requests) - sent == OBJECTS
    provenance, = mixed.meta["provenance"]
    assert (provenance["from_cache"], provenance["stale"]) == (10, 10)
    assert np.array_equal(mixed["candid"], table["candid"])


def test_what_has_no_old_reply_is_tried_as_often_as_always(box, ids, tmp_path, monkeypatch):
    known, new = ids[:20], ids[20:23]
    broker_in(tmp_path).query_detections(known, cache=True)
    now = time.time
    monkeypatch.setattr("astroquery_brokers.transport.cache.time.time", lambda: now() + LATER)
    box.faults = [dict(path="*/detections", status=503)]
    sent = len(box.requests)
    with pytest.warns(StaleReplyWarning), pytest.warns(PartialResultWarning):
        table = broker_in(tmp_path).query_detections([*known, *new], cache="stale")
    asked = [request["path"].split("/")[-2] for request in box.requests[sent:]]
    assert [asked.count(oid) for oid in new] == [4, 4, 4]
    assert table.failures["item"].tolist() == new and table.meta["coverage"][0]["found"] == 20


def test_what_was_never_sent_comes_from_the_cache_too(box, ids, table, seven_hours_later, tmp_path):
    """The budget is over long before the last object's turn comes."""
    box.faults = [dict(path="*/detections", delay=0.2)]
    broker = broker_in(tmp_path, max_wait=0.5, max_connections=2, stale_timeout=5.0)
    with pytest.warns(StaleReplyWarning):
        mixed, seconds = seconds_of(lambda: broker.query_detections(ids, cache="stale"))
    provenance, = mixed.meta["provenance"]
    assert seconds < 1.5 and 0 < OBJECTS - provenance["stale"] < 10
    assert np.array_equal(mixed["candid"], table["candid"]) and len(mixed.failures) == 0


@pytest.mark.parametrize("cache", [True, "stale"])
def test_replies_that_are_still_good_need_no_service(box, ids, table, tmp_path, cache):
    """They are had although the budget is over, or the host is out of reach, before it is their turn."""
    folder, unknown = tmp_path / "empty", ["ZTF17aaaaaa" + letter for letter in "abcdefgh"]
    dead = dict(ztf_url="http://127.0.0.1:9/ztf/v1", retries=0)
    broker = broker_in(folder, **dead)
    with pytest.raises(BrokerConnectionError):
        broker.query_detections(unknown, cache=cache)
    broker = broker_in(tmp_path, max_wait=0.3, max_connections=2)
    box.faults = [dict(path="*/ZTF17aaaaaa*", delay=2)]
    with pytest.warns(PartialResultWarning):
        rest = broker.query_detections([*unknown, *ids], cache=cache)
    assert np.array_equal(rest["candid"], table["candid"])
    assert rest.failures["item"].tolist() == unknown
    assert set(rest.failures["error"]) == {BrokerTimeoutError.__name__}
    assert rest.failures["reason"][-1].startswith("Not asked: `max_wait` (0.3 s) was over.")


def test_an_old_reply_of_the_async_twin(box, ids, table, seven_hours_later, tmp_path):
    box.faults = [dict(path="*/detections", status=503)]
    broker = broker_in(tmp_path)
    responses = broker.query_detections_async(ids[:3], cache="stale")
    assert [response.stale for response in responses] == [True] * 3
    with pytest.warns(StaleReplyWarning, match="3 requests"):
        assert set(broker._parse_result(responses)["oid"]) == set(ids[:3])
