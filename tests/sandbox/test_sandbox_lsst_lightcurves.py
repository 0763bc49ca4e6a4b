# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's multi-survey light curves and cone searches; and the Rubin sky itself."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time

from astroquery_brokers.sandbox.dialects.alerce_lsst_lightcurves import ztf_number

FILLERS = {"psfFlux": 0.0, "psfFluxErr": 0.0, "scienceFlux": 0.0, "scienceFluxErr": 0.0, "parentDiaSourceId": -1}


@pytest.fixture(scope="module")
def truth(synthetic):
    return synthetic.truth


@pytest.fixture()
def curve(lsst):
    def ask(product, oid):
        reply = lsst(f"/lightcurve_api/{product}", survey_id="lsst", oid=oid)
        assert reply.status_code == 200
        return reply.json()
    return ask


def test_every_detection_of_some_objects(truth, curve):
    """Numbers are exact, nulls are nulls but where the service has fillers."""
    filled = set()
    for oid in truth.lsst_objects["oid"][::6]:
        mine = truth.lsst_detections[truth.lsst_detections["oid"] == oid]
        rows = {str(row["measurement_id"]): row for row in curve("detections", oid)}
        assert sorted(rows) == sorted(mine["measurement_id"])
        for row in mine:
            wire = rows[row["measurement_id"]]
            assert str(wire["oid"]) == oid and wire["survey_id"] == "lsst"
            for name in mine.colnames:
                if name in ("oid", "sid", "measurement_id"):
                    continue
                value = row[name]
                if value is np.ma.masked:
                    assert wire[name] == FILLERS.get(name), name
                    filled.add(name)
                elif isinstance(value, str):
                    assert str(wire[name]) == value, name
                else:
                    assert wire[name] == value and type(wire[name]) is type(value.item()), name
    assert filled >= {"psfLnL", "dipoleAngle", "ssObjectId", "trailFluxErr", "scienceFlux"}


def test_rows_come_in_no_order(curve, rubin_showpiece):
    times = [row["mjd"] for row in curve("detections", rubin_showpiece)]
    assert times != sorted(times)


def test_ten_rows_of_forced_photometry(truth, curve, rubin_showpiece):
    """One object: ten rows. Two, or the same one twice: all."""
    mine = truth.lsst_forced_photometry[truth.lsst_forced_photometry["oid"] == rubin_showpiece]
    n_forced = truth.lsst_objects["n_forced"][truth.lsst_objects["oid"] == rubin_showpiece][0]
    assert n_forced == len(mine) > 50
    few = curve("forced-photometry", rubin_showpiece)
    every = curve("forced-photometry", [rubin_showpiece] * 2)
    assert len(few) == 10 and len(every) == n_forced and all(row in every for row in few)
    assert sorted(str(row["measurement_id"]) for row in every) == sorted(mine["measurement_id"])
    by_number = {row["measurement_id"]: row for row in mine}
    for row in every:
        known = by_number[str(row["measurement_id"])]
        assert (row["mjd"], row["psfFlux"], row["visit"]) == (known["mjd"], known["psfFlux"], known["visit"])
        missing = known["scienceFlux"] is np.ma.masked
        assert (row["scienceFlux"], row["scienceFluxErr"]) == (
            (0.0, 0.0) if missing else (known["scienceFlux"], known["scienceFluxErr"]))
    assert any(row["scienceFlux"] == 0 for row in every)


def test_light_curve_has_the_limit_too(curve, rubin_showpiece):
    whole = curve("lightcurve", rubin_showpiece)
    assert list(whole) == ["detections", "non_detections", "forced_photometry"]
    assert whole["detections"] == curve("detections", rubin_showpiece)
    assert whole["non_detections"] == curve("non_detections", rubin_showpiece) == []
    assert len(whole["forced_photometry"]) == 10


def test_several_objects(truth, curve):
    oids = list(truth.lsst_objects["oid"][:3])
    rows = curve("detections", oids)
    assert {str(row["oid"]) for row in rows} == set(oids)
    assert len(rows) == truth.lsst_objects["n_det"][:3].sum()


def test_unknown_and_refused(lsst, curve):
    assert curve("detections", 1) == curve("forced-photometry", 1) == []
    assert curve("lightcurve", 1) == {"detections": [], "non_detections": [], "forced_photometry": []}
    reply = lsst("/lightcurve_api/detections", survey_id="atlas", oid=1)
    assert (reply.status_code, reply.json()) == (
        400, {"detail": "Invalid survey ID 'atlas'. Allowed surveys are: ztf, lsst"})
    reply = lsst("/lightcurve_api/detections")
    assert reply.status_code == 422 and [item["loc"][1] for item in reply.json()["detail"]] == ["survey_id", "oid"]
    reply = lsst("/lightcurve_api/lightcurve", survey_id="ztf", oid=ztf_number("ZTF20aaelulu"))
    assert (reply.status_code, reply.text) == (500, "Internal Server Error")
    assert lsst("/lightcurve_api/nowhere").json() == {"detail": "Not Found"}


def test_number_of_a_ztf_name():
    """The number that the published code of the service gives."""
    assert ztf_number("ZTF20aaelulu") == 36028957657202554


def test_cone_in_degrees(truth, lsst, rubin_showpiece):
    rows = lsst("/lightcurve_api/conesearch/objects_by_coordinates", ra=185, dec=15, radius=0.2, neighbors=50).json()
    assert {row["survey_id"] for row in rows} == {"ztf", "lsst"}
    assert rubin_showpiece in [row["objectId"] for row in rows]
    there = SkyCoord([row["ra"] for row in rows], [row["dec"] for row in rows], unit="deg")
    distance = there.separation(SkyCoord(185, 15, unit="deg")).deg
    assert (np.diff(distance) >= 0).all() and distance.max() <= 0.2
    solar = lsst("/lightcurve_api/conesearch/objects_by_coordinates", ra=0, dec=0, radius=1e-9, neighbors=50).json()
    assert [row["survey_id"] for row in solar] == ["lsst_ss"] * (truth.lsst_objects["sid"] == 2).sum()
    few = lsst("/lightcurve_api/conesearch/objects_by_coordinates", ra=185, dec=15, radius=1, neighbors=2).json()
    assert few == rows[:2]


@pytest.mark.parametrize("change, words", [
    ({"ra": 361}, "RA must be greater than 0 and lower than 360"),
    ({"dec": 90}, "Dec must be greater than -90 and lower than 90"),
    ({"radius": 0}, "Radius must be greater than 0"), ({"neighbors": 0}, "Neighbors must be greater than 0")])
def test_cone_out_of_range(lsst, change, words):
    params = {"ra": 1, "dec": 1, "radius": 1, "neighbors": 1, **change}
    reply = lsst("/lightcurve_api/conesearch/objects_by_coordinates", **params)
    assert (reply.status_code, reply.json()) == (400, {"detail": words})


def test_cones_by_oid(lsst, rubin_showpiece, showpiece):
    params = {"radius": 1, "neighbors": 5}
    ours = lsst("/lightcurve_api/conesearch/objects_by_oid", oid=rubin_showpiece, survey="lsst", **params).json()
    theirs = lsst("/lightcurve_api/conesearch/objects_by_oid", oid=showpiece, survey="ztf", **params).json()
    assert [row["objectId"] for row in ours + theirs] == [rubin_showpiece, showpiece]
    bad = lsst("/lightcurve_api/conesearch/objects_by_oid", oid="ZTF1", survey="ztf", **params)
    assert bad.status_code == 400
    curve = lsst("/lightcurve_api/conesearch/lightcurve_by_oid", oid=rubin_showpiece, survey="lsst", **params).json()
    assert set(curve["detections"][0]) == {"band_map", "band", "mjd", "survey_id", "ra", "dec"}
    assert lsst("/lightcurve_api/conesearch/lightcurve_by_oid", oid=1, survey="lsst", **params).status_code == 500


def test_sky_identifiers(truth):
    """Beyond 2**53, and none that a double can hold."""
    for column in (truth.lsst_objects["oid"], truth.lsst_detections["measurement_id"],
                   truth.lsst_forced_photometry["measurement_id"]):
        numbers = [int(text) for text in column]
        assert len(set(numbers)) == len(numbers)
        assert all(2 ** 53 < number < 2 ** 63 and int(float(number)) != number for number in numbers)


def test_sky_has_what_reality_has(truth):
    objects, rows = truth.lsst_objects, truth.lsst_detections
    assert len(objects) == 120 and (objects["sid"] == 2).sum() == 5
    assert len(set(objects["true_class"])) == 12
    assert set(rows["band"]) == set(truth.lsst_forced_photometry["band"]) == {1, 2, 3, 4, 5, 6}
    ra, dec = objects["meanra"], objects["meandec"]
    assert (dec > 89).any() and (dec < -89).any()
    assert (np.abs((ra + 180) % 360 - 180) * 3600 < 1).any() and ra.min() >= 0 and ra.max() < 360
    assert rows["isNegative"].any() and (rows["psfFlux"] < 0).any() and not rows["has_stamp"].all()
    assert rows["psfFlux"].mask.sum() == rows["psfFlux_flag"].sum() > 0
    solar = rows[rows["sid"] == 2]
    assert set(solar["ssObjectId"]) == set(objects["oid"][objects["sid"] == 2]) and set(solar["diaObjectId"]) == {"0"}
    # The date in the number of a visit is that of the evening.
    evening = Time(rows["mjd"] - 0.5, format="mjd", scale="tai").strftime("%Y%m%d")
    assert (evening == (rows["visit"] // 100000).astype(str)).all()


def test_sky_summaries(truth):
    objects, rows = truth.lsst_objects, truth.lsst_detections
    for row in objects:
        mine = rows[rows["oid"] == row["oid"]]
        assert (row["n_det"], row["firstmjd"], row["lastmjd"]) == (len(mine), mine["mjd"].min(), mine["mjd"].max())
        if row["sid"] == 2:
            assert (row["meanra"], row["meandec"]) == (0, 0)
        else:
            assert abs(((mine["ra"] - row["meanra"] + 180) % 360 - 180).mean()) < 1e-9


def test_same_transients_as_ztf(truth):
    ours = truth.lsst_objects[~truth.lsst_objects["ztf_oid"].mask]
    assert 35 <= len(ours) <= 45 and len(set(ours["ztf_oid"])) == len(ours)
    theirs = {row["oid"]: row for row in truth.objects}
    theirs = [theirs[name] for name in ours["ztf_oid"]]
    apart = SkyCoord(ours["meanra"], ours["meandec"], unit="deg").separation(
        SkyCoord([row["meanra"] for row in theirs], [row["meandec"] for row in theirs], unit="deg")).arcsec
    assert apart.max() < 0.3 and np.median(apart) < 0.15
    assert [row["true_class"] for row in theirs] == list(ours["true_class"])
    transient = np.isin(ours["true_class"], ("SNIa", "SNII", "SLSN"))
    overlap = [first < row["lastmjd"] and last > row["firstmjd"]
               for first, last, row in zip(ours["firstmjd"], ours["lastmjd"], theirs)]
    assert transient.sum() >= 5 and np.array(overlap)[transient].all()


def test_showpiece_agrees_with_ztf(truth, rubin_showpiece, showpiece):
    """The same supernova, as bright in both surveys in the same nights."""
    assert truth.lsst_objects["ztf_oid"][truth.lsst_objects["oid"] == rubin_showpiece][0] == showpiece
    ours = truth.lsst_detections[(truth.lsst_detections["oid"] == rubin_showpiece)
                                 & (truth.lsst_detections["band"] == 2)]
    theirs = truth.detections[(truth.detections["oid"] == showpiece) & (truth.detections["fid"] == 2)]
    ours = ours[~ours["psfFlux"].mask]
    after = ours["mjd"][:, np.newaxis] - theirs["mjd"]
    pairs = np.argwhere(np.abs(after) < 0.5)
    assert len(pairs) > 5
    change = 31.4 - 2.5 * np.log10(ours["psfFlux"][pairs[:, 0]]) - theirs["magpsf"][pairs[:, 1]]
    assert np.abs(change).max() < 0.3
