# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's dialects have the names, order, JSON types and null spellings of recorded replies of the real services."""

import json

import pytest
import requests


def _types(rows):
    types = {}
    for row in rows:
        for name, value in row.items():
            types.setdefault(name, set()).add(type(value).__name__)
    return types


def _assert_types(ours, recorded, *, but=()):
    """No value has a JSON type that the recording does not show; a column of nulls there shows nothing."""
    ours, recorded = _types(ours), _types(recorded)
    for name in set(ours) & set(recorded) - set(but):
        known, seen = recorded[name] - {"NoneType"}, ours[name] - {"NoneType"}
        if "bool" in known:
            known.add("str")  # the word nan, as other columns of the recordings show
        # A whole number is an int in the recordings that others wrote anew.
        assert not known or seen <= known | ({"float"} if known == {"int"} else set()), name


@pytest.fixture(scope="module")
def recorded(shared_data):
    def load(name):
        return json.loads((shared_data / "fink" / f"fink_{name}.json").read_text())
    return load


@pytest.fixture(scope="module")
def newest(synthetic):
    """The names of the ZTF objects with the newest alerts, and of one with old ones only."""
    objects = synthetic.truth.objects
    ordered = objects["oid"][objects["lastmjd"].argsort()].tolist()
    return ordered[-8:], ordered[0]


def test_ztf_objects_with_all_columns(fink_ztf, newest, recorded, showpiece):
    real = recorded("ztf_objects_5oids")
    ours = fink_ztf("objects", objectId=",".join([*newest[0], newest[1], showpiece])).json()
    # Of 2026, so the columns that came later are there.
    assert {name for row in real for name in row} <= {name for row in ours for name in row}
    _assert_types(ours, real)
    stored = [name for name in ours[0] if name[:2] in ("i:", "d:")][:140]
    assert stored == sorted(stored)
    assert [name for name in ours[0] if name.startswith("v:")] == [name for name in real[0] if name.startswith("v:")]


def test_old_ztf_objects_have_fewer_columns(fink_ztf, newest, recorded):
    old = [row for row in recorded("ztf_objects_5oids") if len(row) == 132][0]
    ours = fink_ztf("objects", objectId=newest[1]).json()
    more = {"d:blazar_stats_instantness_low", "d:blazar_stats_robustness_low", "d:blazar_stats_instantness_high",
            "d:blazar_stats_robustness_high"}  # filled by newer servers
    assert set(ours[0]) - more <= set(old)
    # What neither a packet nor Fink has.
    assert set(old) - set(ours[0]) <= {"i:drb", "i:drbversion"}


def test_upper_limits(fink_ztf, showpiece, recorded):
    real = recorded("ztf_objects_withupperlim_last2")[0]
    rows = [row for row in fink_ztf("objects", objectId=showpiece, withupperlim=True).json()
            if row["d:tag"] == "upperlim"]
    filled = {name: type(value) for name, value in real.items() if value is not None}
    assert rows
    for row in rows:
        assert {name: type(value) for name, value in row.items() if value is not None} == filled
        assert row["i:candid"] == real["i:candid"] == -1
    assert list(real)[-1] == list(rows[0])[-1] == "d:tag"


def test_latest_alerts(fink_ztf, recorded):
    real = recorded("ztf_latests")
    ours = fink_ztf("latests", **{"class": "Early SN Ia candidate", "stopdate": "2021-11-30"}).json()
    assert len(ours) == len(real) == 10
    assert list(ours[0]) == [name for name in real[0] if name in ours[0]]
    assert set(real[0]) - set(ours[0]) <= {"d:tracklet"}
    _assert_types(ours, real)
    assert {row["v:classification"] for row in ours} == {"Early SN Ia candidate"}
    newer = recorded("ztf_latests_sn_candidate_2026")
    columns = ",".join(newer[0])
    ours = fink_ztf("latests", n=200, columns=columns, **{"class": "SN candidate"}).json()
    assert list(ours[0]) == list(newer[0])
    _assert_types(ours, newer)


@pytest.mark.parametrize("endpoint, name", [("sources", "lsst_sources"), ("objects", "lsst_objects"),
                                            ("fp", "lsst_fp")])
def test_lsst_tables(fink_lsst, synthetic, recorded, endpoint, name):
    real = recorded(name)
    oids = synthetic.truth.lsst_objects["oid"][:60].tolist()
    ours = fink_lsst(endpoint, diaObjectId=",".join(oids)).json()
    assert list(ours[0]) == list(real[0])
    _assert_types(ours, real)


def test_lsst_cone(fink_lsst, recorded, synthetic, rubin_showpiece):
    real = recorded("lsst_conesearch")
    row = synthetic.truth.lsst_objects[synthetic.truth.lsst_objects["oid"] == rubin_showpiece][0]
    ours = fink_lsst("conesearch", ra=row["meanra"], dec=row["meandec"], radius=1,
                     columns=",".join(name for name in real[0] if name[0] != "v")).json()
    assert len(ours) == len(real) == 1
    assert list(ours[0]) == list(real[0])
    _assert_types(ours, real)


def test_lsst_tags(fink_lsst, recorded):
    real = recorded("lsst_tags_extragalactic_new_candidate")
    ours = fink_lsst("tags", tag="extragalactic_new_candidate", n=50, columns=",".join(real[0])).json()
    assert list(ours[0]) == list(real[0])
    _assert_types(ours, real)


@pytest.mark.parametrize("tag, file", [("nope", "unknown_tag"), ("uniform_sample", "tag_no_api")])
def test_refused_tags(fink_lsst, shared_data, tag, file):
    reply = fink_lsst("tags", tag=tag)
    assert reply.status_code == 400
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.text == (shared_data / "fink" / f"fink_lsst_error_{file}.txt").read_text()


def test_real_ztf_alerts_keep_their_values(real, shared_data):
    fastavro = pytest.importorskip("fastavro")
    path = next((shared_data / "ztf" / "packets").rglob("*.avro"))
    with open(path, "rb") as stream:
        packet = next(iter(fastavro.reader(stream)))
    rows = requests.post(f"{real.urls['fink.ztf_url']}/api/v1/objects", json={"objectId": packet["objectId"]},
                         timeout=30).json()
    ours = next(row for row in rows if row["i:candid"] == packet["candid"])
    for name, value in packet["candidate"].items():
        if isinstance(value, str) or value is None:
            assert ours.get(f"i:{name}") in (value, "nan"), name
        elif f"i:{name}" in ours:
            assert ours[f"i:{name}"] == pytest.approx(value, rel=1e-6, abs=1e-10), name
