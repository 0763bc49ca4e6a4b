# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's and ALeRCE's services of one sandbox tell of the same alerts."""

import pytest

from astroquery_brokers import sandbox


def _ztf(fink_ztf, oid):
    rows = fink_ztf("objects", objectId=oid, withupperlim=True,
                    columns="i:objectId,i:candid,i:jd,i:fid,i:magpsf,i:sigmapsf,i:isdiffpos,i:diffmaglim").json()
    return {tag: sorted((row for row in rows if row["d:tag"] == tag), key=lambda row: (row["i:jd"], row["i:candid"]))
            for tag in ("valid", "upperlim", "badquality")}


def test_every_ztf_object_has_the_same_light_curve(fink_ztf, v1, synthetic):
    bad = 0
    for oid in synthetic.truth.objects["oid"][::12].tolist():
        ours, theirs = _ztf(fink_ztf, oid), v1(f"/objects/{oid}/lightcurve").json()
        assert [(row["i:candid"], row["i:fid"], row["i:magpsf"], row["i:sigmapsf"], row["i:isdiffpos"])
                for row in ours["valid"]] == [
                    (int(row["candid"]), row["fid"], row["magpsf"], row["sigmapsf"],
                     "t" if row["isdiffpos"] == 1 else "f") for row in theirs["detections"]]
        assert [row["i:jd"] - 2400000.5 for row in ours["valid"]] == pytest.approx(
            [row["mjd"] for row in theirs["detections"]], abs=1e-8)
        assert sorted((row["i:jd"] - 2400000.5, int(row["i:fid"]), float(row["i:diffmaglim"]))
                      for row in ours["upperlim"]) == [
            (pytest.approx(row["mjd"], abs=1e-8), row["fid"], row["diffmaglim"]) for row in theirs["non_detections"]]
        # Bad points are at times at which there is no alert.
        times = {round(row["i:jd"], 6) for row in ours["valid"]}
        assert not times & {round(row["i:jd"], 6) for row in ours["badquality"]}
        bad += len(ours["badquality"])
    assert bad > 20


def test_every_rubin_object_has_the_same_measurements(fink_lsst, lsst, synthetic):
    objects = synthetic.truth.lsst_objects
    for oid in objects["oid"][objects["sid"] == 1][::15].tolist():
        ours = fink_lsst("sources", diaObjectId=oid, columns="r:diaSourceId,r:psfFlux,r:ra,r:visit,r:detector").json()
        theirs = lsst("/lightcurve_api/detections", survey_id="lsst", oid=oid).json()
        # ALeRCE writes 0 where there is no flux.
        assert sorted((row["r:diaSourceId"], row.get("r:psfFlux") or 0, row["r:visit"], row["r:detector"])
                      for row in ours) == sorted(
            (row["measurement_id"], row["psfFlux"], row["visit"], row["detector"]) for row in theirs)
        forced = synthetic.truth.lsst_forced_photometry
        forced = forced[forced["oid"] == oid]
        ours = fink_lsst("fp", diaObjectId=oid).json()
        assert sorted((str(row["r:diaForcedSourceId"]), row["r:psfFlux"]) for row in ours) == sorted(
            zip(forced["measurement_id"].tolist(), forced["psfFlux"].tolist()))
        summary = fink_lsst("objects", diaObjectId=oid).json()
        assert [row["r:nDiaSources"] for row in summary] == [len(theirs)]


def test_real_light_curve(real, session):
    url = f"{real.urls['fink.ztf_url']}/api/v1/objects"
    rows = session.post(url, json={"objectId": "ZTF20aaelulu", "withupperlim": True,
                                   "columns": "i:objectId,i:candid,i:jd,i:rb"}, timeout=30).json()
    tags = [row["d:tag"] for row in rows]
    # 58 detections at ALeRCE, of which two are below Fink's cut.
    assert (tags.count("valid"), tags.count("badquality")) == (56, 2)
    assert min(row["i:rb"] for row in rows if row["d:tag"] == "valid" and row["i:rb"] is not None) >= 0.55


def test_fink_values_of_real_packets(shared_data, session):
    """Files of Fink's Data Transfer carry what Fink added, and the label that its own code gave."""
    fastavro = pytest.importorskip("fastavro")
    with open(shared_data / "fink" / "ztf_data_transfer_part-3-305711.avro", "rb") as stream:
        packets = list(fastavro.reader(stream))
    with sandbox.running(alerts=shared_data / "fink") as box:
        url = f"{box.urls['fink.ztf_url']}/api/v1/objects"
        names = ",".join({packet["objectId"] for packet in packets})
        rows = session.post(url, json={"objectId": names}, timeout=60).json()
    rows = {row["i:candid"]: row for row in rows}
    assert len(packets) == 31
    for packet in packets:
        row = rows[packet["candid"]]
        assert row["v:classification"] == packet["finkclass"]
        for name in ("cdsxmatch", "roid", "snn_sn_vs_all", "rf_snia_vs_nonia", "mag_rate", "jd_first_real_det", "vsx",
                     "slsn_score", "DR3Name", "Plx"):
            value, ours = packet[name], row[f"d:{name}"]
            if value is None or value != value:
                assert ours is None, name
            else:
                assert ours == (value if isinstance(value, str) else pytest.approx(value, rel=1e-6, abs=1e-9)), name


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_known_bodies(fink_ztf, fink_lsst, synthetic, survey):
    ask, name, key = {"ztf": (fink_ztf, "sso_name", "i:objectId"),
                      "lsst": (fink_lsst, "f:sso_name", "r:ssObjectId")}[survey]
    moving = set()
    for body in ("8467", "Geographos", "433", "2002_MA6"):
        rows = ask("sso", n_or_d=body, columns=key).json()
        assert rows and len({row[name] for row in rows}) == 1
        moving |= {str(row[key]) for row in rows}
    truth = synthetic.truth.objects if survey == "ztf" else synthetic.truth.lsst_objects
    use = truth["true_class"] == "asteroid" if survey == "ztf" else truth["sid"] == 2
    assert moving == set(truth["oid"][use].tolist())
    both = ask("sso", n_or_d="433,8467", withEphem=True).json()
    assert {row[name] for row in both} == {"Eros", "Benoitcarry"}
    assert {"Phase", "SDSS:g", "Dobs", "i:magpsf_red"} <= set(both[0])
    assert ask("sso", n_or_d="10P").json() == []
    for refused, words in (({"n_or_d": "nobody"}, "nobody is not a valid name or number according to quaero."),
                           ({"n_or_d": "433,8467", "withResiduals": True}, "You cannot request residuals for a list")):
        reply = ask("sso", **refused)
        assert reply.status_code == 400 and words in reply.text
    assert "Phase" not in ask("sso", n_or_d="433", withEphem="true").json()[0]


def test_designations_of_one_body(fink_ztf):
    rows = fink_ztf("sso", n_or_d="2002 MA6", columns="i:jd").json()
    assert {row["i:ssnamenr"] for row in rows} > {"624188"} and {row["sso_number"] for row in rows} == {624188}
    names = fink_ztf("resolver", resolver="ssodnet", name="624188").json()
    assert {row["i:ssnamenr"] for row in names} == {"624188", "2002MA06", "2002MA6"}
    assert all(isinstance(value, str) for row in names for value in row.values())
    cut = fink_ztf("sso", n_or_d="433", withCutouts=True, columns="i:objectId,i:candid").json()
    assert "b:cutoutScience_stampData" not in cut[0]
    cut = fink_ztf("sso", n_or_d="433", withcutouts=True, columns="i:objectId,i:candid").json()
    assert len(cut[0]["b:cutoutScience_stampData"]) == 63
    assert fink_ztf("sso", n_or_d="433", withcutouts=True, columns="i:jd").status_code == 400


def test_names_of_transients(fink_ztf, fink_lsst, synthetic, showpiece, rubin_showpiece):
    ours = fink_ztf("resolver", resolver="tns", name=showpiece, reverse=True).json()
    assert [row["d:fullname"][:3] for row in ours] == ["AT ", "SN "]
    assert [row["d:type"] for row in ours] == ["nan", "SN Ia"]
    name = ours[1]["d:fullname"]
    rows = fink_ztf("objects", objectId=showpiece, columns="d:tns").json()
    assert {row["d:tns"] for row in rows} >= {"", "SN Ia"}
    # The same transient at Rubin has the same name there.
    rubin = fink_lsst("resolver", resolver="tns", name_or_id=rubin_showpiece, reverse=True).json()
    assert [row["f:xm_tns_fullname"] for row in rubin] == [name]
    known = fink_lsst("resolver", resolver="tns", name_or_id=name.lower()).json()
    assert [row["f:fullname"] for row in known] == [name]
    # A part of a name is enough for ZTF's table only.
    assert len(fink_ztf("resolver", resolver="tns", name="sn 2024").json()) > 1
    assert fink_lsst("resolver", resolver="tns", name_or_id="sn 2024").json() == []
    everything = fink_ztf("resolver", resolver="tns", name="", nmax=10 ** 6).json()
    assert len(everything) > 50 and all(isinstance(value, str) for row in everything for value in row.values())


def test_statistics(fink_ztf, fink_lsst, synthetic):
    nights = fink_ztf("statistics", date="").json()
    assert sum(int(row["basic:sci"]) for row in nights) == len(synthetic.truth.detections)
    labels = [value for row in nights for name, value in row.items() if name.startswith("class:")]
    assert {type(value) for value in labels} == {str, int, type(None)} and 0 in labels
    one = fink_ztf("statistics", date=nights[5]["key:key"][4:], columns="class:SN candidate,basic:raw").json()
    assert len(one) == 1 and set(one[0]) <= {"basic:raw", "class:SN candidate", "key:key", "key:time"}
    rubin = fink_lsst("statistics", date="").json()
    assert all(len(row) == 22 and all(isinstance(value, str) for value in row.values()) for row in rubin)
    assert sum(int(row["f:alerts"]) for row in rubin) == len(synthetic.truth.lsst_detections)
    assert all(row["f:isDipole"] == row["f:alerts"] for row in rubin)
