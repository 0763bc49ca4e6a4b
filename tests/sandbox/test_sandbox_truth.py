# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The truth equals what the services say, and the synthetic sky is what it is meant to be."""

import re

import numpy as np
import pytest


@pytest.fixture(scope="module")
def truth(synthetic):
    return synthetic.truth


def _by_object(table):
    groups = {}
    for row in table:
        groups.setdefault(row["oid"], []).append(row)
    return groups


def _value(row, name):
    return None if row[name] is np.ma.masked else row[name]


def test_every_object(truth, v1):
    items = {item["oid"]: item for item in v1("/objects/", {"page_size": 1000}).json()["items"]}
    assert len(items) == len(truth.objects)
    for row in truth.objects:
        item = items[row["oid"]]
        assert item["ndethist"] == str(row["ndethist"])
        for name in set(item) - {"class", "classifier", "probability", "ndethist"}:
            assert item[name] == _value(row, name), name


def test_every_measurement_of_some_objects(truth, v1, v2):
    detections, limits = _by_object(truth.detections), _by_object(truth.upper_limits)
    forced = _by_object(truth.forced_photometry)
    for oid in truth.objects["oid"][::7]:
        curve = v1(f"/objects/{oid}/lightcurve").json()
        assert len(curve["detections"]) == len(detections[oid])
        for ours, row in zip(curve["detections"], sorted(detections[oid], key=lambda row: (row["mjd"], row["candid"]))):
            assert (ours["candid"], ours["mjd"], ours["magpsf"], ours["isdiffpos"], ours["has_stamp"]) == (
                row["candid"], row["mjd"], row["magpsf"], row["isdiffpos"], row["has_stamp"])
            parent = _value(row, "parent_candid")
            assert ours["parent_candid"] == (None if parent is None else int(parent))
        assert [(row["mjd"], row["fid"], row["diffmaglim"]) for row in curve["non_detections"]] == [
            (row["mjd"], row["fid"], row["diffmaglim"]) for row in limits.get(oid, [])]
        points = {row["pid"]: row for row in v2(f"/forced-photometry/{oid}").json()}
        assert sorted(points) == sorted(row["pid"] for row in forced.get(oid, []))
        for row in forced.get(oid, []):
            assert (points[row["pid"]]["mag"], points[row["pid"]]["e_mag"]) == (row["mag"], row["e_mag"])


def test_identifiers(truth):
    oids = truth.objects["oid"]
    assert len(set(oids)) == len(oids) == 300
    assert all(re.fullmatch(r"ZTF\d{2}[a-z]{7}", oid) for oid in oids)
    candids = truth.detections["candid"]
    assert len(set(candids)) == len(candids)
    assert all(2 ** 53 < int(candid) < 2 ** 63 for candid in candids)
    assert any(int(float(candid)) != int(candid) for candid in candids)
    year = 2000 + np.array([int(oid[3:5]) for oid in oids])
    assert np.all(np.abs(2018 + (truth.objects["firstmjd"] - 58119) / 365.25 - year - 0.5) < 0.51)


def test_summaries(truth):
    groups = _by_object(truth.detections)
    for row in truth.objects:
        mine = groups[row["oid"]]
        times = [detection["mjd"] for detection in mine]
        assert (row["ndet"], row["firstmjd"], row["lastmjd"]) == (len(mine), min(times), max(times))
        assert any(detection["has_stamp"] for detection in mine)
        offset = (np.array([detection["ra"] for detection in mine]) - row["meanra"] + 180) % 360 - 180
        assert abs(offset.mean()) < 1e-8
        if row["ndet"] == 1 and row["firstmjd"] < 59800:
            assert row["sigmara"] is row["sigmadec"] is np.ma.masked


def test_colors_need_both_bands(truth):
    groups = _by_object(truth.detections)
    for row in truth.objects:
        bands = {fid: [d["magpsf"] for d in groups[row["oid"]] if d["fid"] == fid] for fid in (1, 2)}
        if bands[1] and bands[2]:
            assert row["g_r_max"] == pytest.approx(min(bands[1]) - min(bands[2]), abs=1e-6)
            assert row["g_r_mean"] == pytest.approx(np.mean(bands[1]) - np.mean(bands[2]), abs=2e-6)
        else:
            assert row["g_r_max"] is row["g_r_mean"] is np.ma.masked


def test_sky_has_what_reality_has(truth):
    detections, objects = truth.detections, truth.objects
    assert set(objects["true_class"]) == {"SNIa", "SNII", "SLSN", "AGN", "QSO", "RRL", "CEP", "LPV", "EA", "CV/Nova",
                                          "asteroid", "bogus"}
    assert set(detections["fid"]) == {1, 2, 3} and set(detections["isdiffpos"]) == {1, -1}
    assert detections["drb"].mask.any() and not detections["drb"].mask.all()
    assert detections["magpsf_corr"].mask.sum() == (~detections["corrected"]).sum() > 0
    assert (detections["sigmapsf_corr"] == 100).sum() > 100
    assert set(truth.forced_photometry["procstatus"]) == {"0", "61"}
    negative = set(detections["oid"][detections["isdiffpos"] == -1])
    label = dict(zip(objects["oid"], objects["true_class"]))
    assert {label[oid] for oid in negative}.isdisjoint({"SNIa", "SNII", "SLSN", "asteroid", "bogus"})
    assert {"AGN", "QSO", "RRL", "CEP", "LPV", "EA"} <= {label[oid] for oid in negative}


def test_errors_grow_toward_the_limit(truth):
    rows = truth.detections
    depth = rows["diffmaglim"] - rows["magpsf"]
    assert np.median(rows["sigmapsf"][depth < 0.3]) > 3 * np.median(rows["sigmapsf"][depth > 2.5]) > 0


def test_showpiece(truth, showpiece):
    rows = truth.detections[truth.detections["oid"] == showpiece]
    limits = truth.upper_limits[truth.upper_limits["oid"] == showpiece]
    assert len(rows) > 100 and set(rows["fid"]) >= {1, 2}
    assert (limits["mjd"] < rows["mjd"].min()).sum() > 10
    peak = rows["mjd"][np.argmin(rows["magpsf"])]
    assert rows["magpsf"].min() < 16 and 5 < peak - rows["mjd"].min() < 25
    for fid in (1, 2):
        late = rows[(rows["fid"] == fid) & (rows["mjd"] > peak + 15) & (rows["mjd"] < peak + 60)]
        assert np.polyfit(late["mjd"], late["magpsf"], 1)[0] > 0.01


def test_positions(truth):
    ra, dec = truth.objects["meanra"], truth.objects["meandec"]
    assert np.any((np.minimum(ra, 360 - ra) < 1 / 3600) & (np.abs(dec) < 1 / 3600))
    assert (dec > 89).any() and (dec < -89).any()
    assert ra.min() >= 0 and ra.max() < 360
