# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Real alert packets: what ALeRCE made of them is what the sandbox makes of them."""

import json
import logging
import shutil

import fastavro
import numpy as np
import pytest

from astroquery_brokers.sandbox import packets
from astroquery_brokers.sandbox.client import Box

OID = "ZTF20aaelulu"


@pytest.fixture(scope="module")
def recorded(shared_data):
    return json.loads((shared_data / "alerce" / "alerce_ztf_rest_lightcurve_ZTF20aaelulu.json").read_text())


@pytest.fixture()
def curve(real, session):
    return session.get(f"{real.urls['alerce.ztf_url']}/objects/{OID}/lightcurve", timeout=30).json()


def test_detections_are_the_recorded_ones(curve, recorded):
    assert len(curve["detections"]) == 58
    ours = {row["candid"]: row for row in curve["detections"]}
    assert set(ours) == {row["candid"] for row in recorded["detections"]}
    same = set(recorded["detections"][0]) - {"has_stamp", "parent_candid", "step_id_corr"}
    for row in recorded["detections"]:
        mine = ours[row["candid"]]
        assert mine["mjd"] == row["mjd"]
        assert mine["isdiffpos"] == row["isdiffpos"]
        assert mine["magpsf"] == pytest.approx(row["magpsf"], abs=1e-6)
        for name in same:
            if isinstance(row[name], float):
                assert mine[name] == pytest.approx(row[name], abs=2e-6), name
            else:
                assert mine[name] == row[name], name


def test_upper_limits_are_the_recorded_ones(curve, recorded):
    def content(rows):
        return sorted((row["mjd"], row["fid"], row["diffmaglim"]) for row in rows)

    assert content(curve["non_detections"]) == content(recorded["non_detections"])


def test_own_packets_win(curve):
    own = [row for row in curve["detections"] if row["has_stamp"]]
    history = [row for row in curve["detections"] if not row["has_stamp"]]
    assert (len(own), len(history)) == (47, 11)
    assert all(row["parent_candid"] is None for row in own)
    alerts = {int(row["candid"]) for row in own}
    assert all(row["parent_candid"] in alerts for row in history)


def test_summaries_are_the_recorded_ones(real, session, shared_data):
    url = f"{real.urls['alerce.ztf_url']}/objects/{OID}"
    item = session.get(url, timeout=30).json()
    assert (item["ndet"], item["ndethist"], item["ncovhist"], item["corrected"]) == (58, "259", 792, False)
    assert item["meanra"] == pytest.approx(185.728862, abs=1e-6)
    assert item["meandec"] == pytest.approx(15.823611, abs=1e-6)
    assert (item["sigmara"], item["sigmadec"]) == pytest.approx((2.1e-05, 1.5e-05), abs=2e-6)
    assert item["g_r_max"] == pytest.approx(0.440634, abs=1e-6)
    assert (item["g_r_max_corr"], item["g_r_mean_corr"]) == (None, None)
    assert item["deltajd"] == pytest.approx(111.684757, abs=1e-6)
    stats = session.get(f"{url}/magstats", timeout=30).json()
    assert [(row["fid"], row["ndet"], row["corrected"], row["firstmjd"], row["lastmjd"]) for row in stats] == [
        (1, 31, True, 58859.523, 58967.227), (2, 27, False, 58855.543, 58965.285)]
    assert [row["magmean"] for row in stats] == pytest.approx([17.011618, 16.311693], abs=2e-6)
    assert [row["magmedian"] for row in stats] == pytest.approx([16.972418, 16.427551], abs=2e-6)
    assert [row["maglast"] for row in stats] == pytest.approx([18.607530, 18.513012], abs=1e-6)


def test_probabilities_are_marked(real, session):
    rows = session.get(f"{real.urls['alerce.ztf_url']}/objects/{OID}/probabilities", timeout=30).json()
    assert {(row["classifier_name"], row["classifier_version"]) for row in rows} == {("stamp_classifier", "sandbox")}
    assert sum(row["probability"] for row in rows) == pytest.approx(1, abs=1e-5)
    assert sorted(row["ranking"] for row in rows) == [1, 2, 3, 4, 5]
    url = f"{real.urls['alerce.ztf_url']}/classifiers/stamp_classifier/sandbox/classes"
    assert len(session.get(url, timeout=30).json()) == 5


def test_asteroids_are_asteroids(real, session):
    url = f"{real.urls['alerce.ztf_url']}/objects/?classifier=stamp_classifier&class=asteroid&page_size=100"
    found = {item["oid"] for item in session.get(url, timeout=30).json()["items"]}
    assert {"ZTF23abjjnqk", "ZTF23abjjnql", "ZTF23abjjnqm", "ZTF23abjjnqo", "ZTF23abjjnqp"} <= found


def test_forced_photometry(real, session):
    """Magnitudes follow from the fluxes in the packet."""
    oid = "ZTF17aaarzyp"
    rows = session.get(f"{real.urls['alerce.ztf_v2_url']}/forced-photometry/{oid}", timeout=30).json()
    fluxes = real.truth.forced_photometry
    fluxes = {row["pid"]: row for row in fluxes[fluxes["oid"] == oid]}
    assert len(rows) == len(fluxes) == 14
    for row in rows:
        flux = fluxes[row["pid"]]
        expected = row["extra_fields"]["magzpsci"] - 2.5 * np.log10(abs(flux["forcediffimflux"]))
        assert row["mag"] == pytest.approx(expected, abs=1e-5)
        assert row["isdiffpos"] == np.sign(flux["forcediffimflux"])
        assert row["candid"] == f"{oid}{row['pid']}"
        assert row["parent_candid"] == 2982177112815010003
        assert row["mag"] == float(np.float32(row["mag"]))


def test_failed_forced_photometry(real):
    rows = real.truth.forced_photometry
    failed = rows[rows["forcediffimflux"] < -99998]
    assert len(failed) > 10
    assert set(failed["mag"]) == set(failed["e_mag"]) == {100.0} and set(failed["isdiffpos"]) == {-1}


def test_only_real_objects_unless_asked(real, shared_data):
    assert np.ma.getmaskarray(real.truth.objects["true_class"]).all()
    assert "ZTF18aazxcwf" in real.truth.objects["oid"]
    box = Box(alerts=shared_data / "ztf" / "objects", n_objects=20)
    try:
        assert len(box.truth.objects) == 4 + 20
    finally:
        box.stop()


def test_other_files_are_left_out(shared_data, tmp_path, caplog):
    source = next((shared_data / "ztf" / "packets").glob("ZTF17aaarzyp*.avro"))
    shutil.copy(source, tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "broken.avro").write_bytes(source.read_bytes()[:-5000])
    (tmp_path / "text.avro").write_text("no packet")
    shutil.copy(shared_data / "synthetic" / "lsst_alert_packet_v11_0_fakeAlert.avro", tmp_path)
    with open(tmp_path / "other.avro", "wb") as stream:
        schema = {"type": "record", "name": "thing", "fields": [{"name": "candid", "type": "long"}]}
        fastavro.writer(stream, schema, [{"candid": 1}])
    with caplog.at_level(logging.WARNING):
        alerts, rubin = packets.read_packets(tmp_path)
    assert [alert["objectId"] for alert in alerts] == ["ZTF17aaarzyp"]
    assert [alert["diaSource"]["diaSourceId"] for alert in rubin] == [281323062375219200]
    assert len(caplog.records) == 3 and "not an alert of ZTF or Rubin" in caplog.text


def test_no_alerts(tmp_path):
    with pytest.raises(RuntimeError, match="no alert of ZTF or Rubin"):
        Box(alerts=tmp_path)
    with pytest.raises(RuntimeError, match="not a folder"):
        Box(alerts=tmp_path / "nowhere")
