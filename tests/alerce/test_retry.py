# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The account of a call is exact, and a second one asks only for what failed."""

import warnings

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from astroquery_brokers import BrokerTable
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import BrokerError, InvalidArgumentError, PartialResultWarning
from astroquery_brokers.tables.display import summary

pytestmark = pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")
COUNTS = ("asked", "found", "partial", "empty", "failed")


@pytest.fixture
def quick(box, tmp_path):
    broker = AlerceClass(timeout=5.0, max_wait=20.0, retries=0)
    broker.cache_location = tmp_path
    return broker


@pytest.fixture
def ids(box):
    return [str(oid) for oid in box.truth.objects["oid"][:8]]


def counts(table):
    coverage, = table.meta["coverage"]
    assert coverage["asked"] == coverage["found"] + coverage["empty"] + coverage["failed"]
    return tuple(coverage[name] for name in COUNTS)


def ask(function, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartialResultWarning)
        return function(*args, **kwargs)


def same(one, other):
    assert one.colnames == other.colnames
    for name in one.colnames:
        assert np.array_equal(np.ma.getmaskarray(one[name]), np.ma.getmaskarray(other[name]))
        if name != "separation":
            assert np.array_equal(np.ma.compressed(one[name]), np.ma.compressed(other[name]))


def test_only_what_failed_is_asked_again_and_comes_in_its_place(quick, box, ids):
    asked = [ids[0], "ZTF17zzzzzzz", *ids[1:], ids[0]]
    box.faults = [dict(path=f"*/{ids[3]}/*", status=500), dict(path=f"*/{ids[5]}/*", status=503, retry_after=600)]
    table = ask(quick.query_detections, asked, cache=False)
    assert counts(table) == (9, 6, 0, 1, 2) and table.failures["item"].tolist() == [ids[3], ids[5]]
    box.faults = [dict(path=f"*/{ids[5]}/*", status=500)]
    before = len(box.requests)
    half = ask(quick.retry, table, cache=False)
    assert {request["path"].split("/")[4] for request in box.requests[before:]} == {ids[3], ids[5]}
    assert counts(half) == (9, 7, 0, 1, 1) and half.failures["item"].tolist() == [ids[5]]
    box.faults = []
    before = len(box.requests)
    whole = quick.retry(half, cache=False)
    assert len(box.requests) == before + 1
    assert counts(whole) == (9, 8, 0, 1, 0) and whole.meta["coverage"][0]["missing"] == ["ZTF17zzzzzzz"]
    same(whole, quick.query_detections(asked, cache=False))
    assert quick.retry(whole) is whole


def test_an_object_of_which_a_part_failed(quick, box, ids):
    box.faults = [dict(path=f"*/forced-photometry/{ids[1]}", status=500)]
    table = ask(quick.query_lightcurve, ids[:3], cache=False)
    assert counts(table) == (3, 3, 1, 0, 0)
    box.faults = [dict(path="*", status=500)]
    with pytest.raises(BrokerError):
        quick.retry(table, cache=False)
    box.faults = [dict(path=f"*/{ids[1]}/lightcurve", status=500)]
    other = ask(quick.retry, table, cache=False)
    assert counts(other) == (3, 3, 1, 0, 0)
    box.faults = []
    same(quick.retry(other, cache=False), quick.query_lightcurve(ids[:3], cache=False))


def test_what_stays_lost_takes_nothing_away(quick, box, ids):
    box.faults = [dict(path=f"*/forced-photometry/{ids[1]}", status=500), dict(path=f"*{ids[2]}*", status=500)]
    table = ask(quick.query_lightcurve, ids[:3], cache=False)
    assert counts(table) == (3, 2, 1, 0, 1)
    box.faults = [dict(path=f"*{ids[1]}*", status=500)]
    again = ask(quick.retry, table, cache=False)
    assert counts(again) == (3, 3, 1, 0, 0)
    assert (again["object_id"] == ids[1]).sum() == (table["object_id"] == ids[1]).sum() > 0
    box.faults = []
    same(quick.retry(again, cache=False), quick.query_lightcurve(ids[:3], cache=False))


def test_positions(quick, box):
    truth = box.truth.objects[:4]
    positions = SkyCoord(truth["meanra"], truth["meandec"], unit="deg").galactic
    box.faults = [dict(path=f"*ra={ra:.6f}"[:12] + "*", status=500) for ra in truth["meanra"][[1, 2]]]
    table = ask(quick.query_region, positions, "1.5 arcsec", cache=False)
    assert counts(table)[4] == 2 and set(table["query_index"]) == {0, 3}
    box.faults = []
    before = len(box.requests)
    whole = quick.retry(table, cache=False)
    assert len(box.requests) == before + 2
    same(whole, quick.query_region(positions, "1.5 arcsec", cache=False))


def test_a_table_that_was_written_and_read(quick, box, ids, tmp_path):
    box.faults = [dict(path=f"*/{ids[3]}/*", status=500)]
    ask(quick.query_magstats, ids, cache=False).write(tmp_path / "t.ecsv")
    box.faults = []
    whole = quick.retry(BrokerTable.read(tmp_path / "t.ecsv"), cache=False)
    assert counts(whole) == (8, 8, 0, 0, 0) and len(set(whole["oid"])) == 8


def test_repeated_requests_are_counted(box, ids):
    box.faults = [dict(path="*/detections", status=503, times=2), dict(path=f"*/{ids[0]}/*", status=503)]
    before = len(box.requests)
    table = ask(AlerceClass(retries=2, max_wait=20.0).query_detections, ids, cache=False)
    provenance, = table.meta["provenance"]
    assert provenance["retried"] == len(box.requests) - before - 8 >= 2
    assert f"{provenance['retried']} requests repeated" in summary(table)


def test_what_did_not_come_from_a_query_is_refused(quick, box, ids):
    for table in (BrokerTable({"oid": ["ZTF20aaelulu"]}), None):
        with pytest.raises(InvalidArgumentError, match="retry"):
            quick.retry(table)
