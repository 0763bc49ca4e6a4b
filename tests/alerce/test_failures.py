# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE on a bad night: what is raised, what is kept, what the cache serves."""

import itertools
import json
import time

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import (AuthenticationError, BrokerConnectionError, BrokerError, BrokerTimeoutError,
                                           PartialResultWarning, RejectedQueryError, ReplyParseError, StaleReplyWarning)

pytestmark = pytest.mark.usefixtures("box")
OID = "ZTF20aaelulu"


@pytest.fixture
def faulty(box):
    """The sandbox; its faults are taken away at the end, and nothing is served from the cache."""
    yield box
    box.faults = []


@pytest.fixture
def quick():
    """ALeRCE without a cache and without long waits."""
    return AlerceClass(timeout=5.0, max_wait=20.0)


@pytest.mark.parametrize(("fault", "error", "said"), [
    (dict(status=500), BrokerError, "HTTP 500"),
    (dict(status=400, body='{"message": "Input payload validation failed", "errors": {"a": "b"}}'),
     RejectedQueryError, "validation failed. a: b"),
    (dict(status=200, body="<html><body>Maintenance</body></html>", content_type="text/html"), ReplyParseError,
     "Maintenance"),
    (dict(status=200, body='{"unexpected": true}'), ReplyParseError, "form"),
    (dict(status=200, body='[{"mjd": "soon"}]'), ReplyParseError, "'mjd'"),
    (dict(status=200, body=""), ReplyParseError, "empty body"),
    (dict(status=200, body="{}"), ReplyParseError, "form"),
    (dict(status=200, body="null"), ReplyParseError, "form"),
    (dict(status=200, body='[{"oid": "ZTF17aaaaaaa", "mjd": 1}]'), ReplyParseError, "something else"),
    (dict(status=404, body="<html>nginx</html>", content_type="text/html"), BrokerError, "no such address"),
    (dict(status=400, body='{"message": "Did you mean /objects/ ?"}'), RejectedQueryError, r"/objects/ \? Change"),
    (dict(status=403, body='"Forbidden"'), AuthenticationError, "HTTP 403: Forbidden. It takes no token and is open"),
    (dict(status=401, body='{"detail": "Token expired"}'), AuthenticationError, "expired. It takes no token"),
])
def test_what_goes_wrong_is_said(faulty, quick, showpiece, fault, error, said):
    faulty.faults = [dict(path="*/detections", **fault)]
    with pytest.raises(error, match=said) as caught:
        quick.query_detections(showpiece, cache=False)
    assert type(caught.value) is error


@pytest.mark.parametrize("body", ['{"message": "x"}', "{}", "[]", '{"items": []}'])
def test_what_is_not_an_object_is_not_taken_for_one(faulty, quick, showpiece, body):
    faulty.faults = [dict(path=f"*/{showpiece}", status=200, body=body)]
    with pytest.raises(ReplyParseError, match="form"):
        quick.query_object(showpiece, cache=False)


def test_a_batch_without_ids_is_refused(faulty, quick, showpiece):
    faulty.faults = [dict(path="*/objects/", status=200, body='{"items": [{"ndet": 3}]}')]
    with pytest.raises(ReplyParseError, match="'oid' is missing"):
        quick.query_objects([showpiece, OID], cache=False)


def test_pages_that_arrived_are_kept(faulty, box):
    faulty.faults = [dict(path="*page=3*", status=500)]
    with pytest.warns(PartialResultWarning):
        table = AlerceClass().query_objects(page_size=50, row_limit=-1, cache=False)
    assert len(table) == 100 and len(table.failures) == 1 and table.meta["coverage"][0]["truncated"]
    with pytest.raises(BrokerError):
        AlerceClass().query_objects(page_size=50, row_limit=-1, cache=False, raise_on_failure=True)


def test_the_account_of_half_a_light_curve(faulty, quick, box, showpiece):
    faulty.faults = [dict(path="*forced-photometry*", status=500)]
    with pytest.warns(PartialResultWarning):
        table = quick.query_lightcurve([showpiece, "ZTF17zzzzzzz"], cache=False)
    coverage, = table.meta["coverage"]
    assert {name: coverage[name] for name in ("asked", "found", "partial", "empty", "failed")} == {
        "asked": 2, "found": 1, "partial": 1, "empty": 0, "failed": 1}


def test_the_index_of_a_position_is_its_own_when_another_failed(faulty, quick, box):
    truth = box.truth.objects[:3]
    positions = SkyCoord(truth["meanra"], truth["meandec"], unit="deg")
    faulty.faults = [dict(path=f"*ra={float(positions[0].ra.deg)!r}&*", status=500)]
    with pytest.warns(PartialResultWarning):
        table = quick.query_region(positions, "1 arcsec", cache=False)
    assert list(table["query_index"]) == [1, 2] and list(table["oid"]) == list(truth["oid"][1:])


def test_a_passing_fault_is_not_noticed(faulty, quick, showpiece):
    expected = quick.query_detections(showpiece, cache=False)
    faulty.faults = [dict(path="*/detections", status=503, times=2), dict(path="*/detections", reset=True, times=1)]
    assert len(quick.query_detections(showpiece, cache=False)) == len(expected)


def test_a_slow_service_times_out(faulty, showpiece):
    faulty.faults = [dict(path="*/detections", delay=5)]
    with pytest.raises(BrokerTimeoutError, match="timeout"):
        AlerceClass(timeout=0.3, max_wait=1.0).query_detections(showpiece, cache=False)


def test_part_of_a_list_may_fail(faulty, quick, box):
    ids = [str(oid) for oid in box.truth.objects["oid"][:5]]
    faulty.faults = [dict(path=f"*/{ids[2]}/detections", status=500)]
    with pytest.warns(PartialResultWarning, match="1 of 5"):
        table = quick.query_detections(ids, cache=False)
    assert set(table["oid"]) == set(ids) - {ids[2]}
    failure, = table.failures
    assert (failure["item"], failure["error"], failure["status"]) == (ids[2], "BrokerError", "500")
    assert table.meta["coverage"][0]["failed"] == 1
    assert json.loads(json.dumps(table.meta)) == table.meta
    with pytest.raises(BrokerError, match="500"):
        quick.query_detections(ids, cache=False, raise_on_failure=True)


def test_a_service_out_of_reach_is_not_asked_for_every_object():
    """Nobody waits for the retries of 300 requests to a host that refuses every connection."""
    nowhere = AlerceClass(ztf_url="http://127.0.0.1:9/ztf/v1", retries=1)
    ids = ["ZTF17" + "".join(word) for word in itertools.islice(itertools.product("abcdef", repeat=7), 300)]
    started = time.monotonic()
    with pytest.raises(BrokerConnectionError, match="127.0.0.1:9"):
        nowhere.query_detections(ids, cache=False)
    assert time.monotonic() - started < 10


def test_the_cache_by_astroquery_conventions(box, showpiece, tmp_path):
    broker = AlerceClass()
    broker.cache_location = tmp_path
    first = broker.query_magstats(showpiece)
    before = len(box.requests)
    again = broker.query_magstats(showpiece)
    assert len(box.requests) == before
    assert again.meta["provenance"][0]["from_cache"] == 1 and again.meta["provenance"][0]["cached_at"]
    assert np.array_equal(first["magmean"], again["magmean"])
    broker.query_magstats(showpiece, cache="refresh")
    assert len(box.requests) == before + 1
    assert len(broker.query_magstats(showpiece, cache="only")) == len(first)
    broker.clear_cache()
    with pytest.raises(BrokerError, match="cache"):
        broker.query_magstats(showpiece, cache="only")
    assert len(box.requests) == before + 1


def test_a_cached_reply_that_does_not_parse_is_asked_again(faulty, quick, showpiece, tmp_path):
    quick.cache_location = tmp_path
    faulty.faults = [dict(path="*/magstats", status=200, body='[{"fid": "green"}]', times=1)]
    quick.query_magstats_async(showpiece)
    before = len(faulty.requests)
    with pytest.raises(ReplyParseError):
        quick.query_magstats(showpiece, cache="only")
    assert len(faulty.requests) == before
    assert len(quick.query_magstats(showpiece))


@pytest.mark.parametrize("fault", [dict(status=503), dict(status=200, body="<html>"), dict(reset=True)])
def test_an_old_reply_where_the_service_fails(faulty, quick, showpiece, tmp_path, monkeypatch, fault):
    quick.cache_location = tmp_path
    first = quick.query_magstats(showpiece)
    later = time.time() + 7 * 3600
    monkeypatch.setattr("astroquery_brokers.transport.cache.time.time", lambda: later)
    faulty.faults = [dict(path="*/magstats", **fault)]
    impatient = AlerceClass(timeout=5.0, max_wait=20.0, retries=0)
    impatient.cache_location = tmp_path
    with pytest.raises(BrokerError):
        impatient.query_magstats(showpiece)
    with pytest.warns(StaleReplyWarning, match="1 request; the last good"):
        old = impatient.query_magstats(showpiece, cache="stale")
    assert np.array_equal(old["magmean"], first["magmean"]) and old.meta["provenance"][0]["from_cache"] == 1
    faulty.faults = [dict(path="*/magstats", status=400)]
    with pytest.raises(RejectedQueryError):
        impatient.query_magstats(showpiece, cache="stale")
    faulty.faults = []
    assert impatient.query_magstats(showpiece, cache="stale").meta["provenance"][0]["from_cache"] == 0


def test_an_error_is_never_served_from_the_cache(faulty, quick, showpiece, tmp_path):
    quick.cache_location = tmp_path
    faulty.faults = [dict(path="*/magstats", status=200, body="<html>", times=1)]
    with pytest.raises(ReplyParseError):
        quick.query_magstats(showpiece)
    assert len(quick.query_magstats(showpiece))


@pytest.mark.parametrize("status", [206, 300])
def test_a_part_of_a_reply_is_no_reply(faulty, quick, tmp_path, status):
    faulty.faults = [dict(status=status, body='[{"oid": "ZTF20aaelulu", "mjd": 59000.5, "candid": "1"}]')]
    quick.cache_location = tmp_path
    with pytest.raises(ReplyParseError, match=f"HTTP {status}, which is no whole reply"):
        quick.query_detections(OID, cache=True)
    assert quick._transport.cache_info()["entries"] == 0


def test_ids_that_come_one_by_one(box):
    ids = box.truth.objects["oid"].tolist()[:5]
    found = AlerceClass().query_detections(oid for oid in ids)
    assert list(dict.fromkeys(found["oid"])) == ids and len(found) == len(AlerceClass().query_detections(ids))
