# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's dialects search the sky as the real servers do: cones, classes, tags, sky maps (reference, section 2)."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time

from astroquery_brokers.sandbox import skymaps
from astroquery_brokers.sandbox.store import Store

CENTER = {"ra": 185.0008, "dec": 15.0005}


def _inside(table, radius, center=CENTER):
    positions = SkyCoord(table["meanra"], table["meandec"], unit="deg")
    return set(table["oid"][positions.separation(SkyCoord(**center, unit="deg")).arcsec < radius])


@pytest.mark.parametrize("center", [CENTER, {"ra": 0.0, "dec": 0.0}, {"ra": 123.0, "dec": 90.0},
                                    {"ra": 10.0, "dec": -90.0}])
def test_cones_have_what_the_truth_has(fink_ztf, fink_lsst, synthetic, center):
    radius = 2400
    rows = fink_ztf("conesearch", **center, radius=radius).json()
    assert {row["i:objectId"] for row in rows} == _inside(synthetic.truth.objects, radius, center)
    assert len(rows) == len({row["i:objectId"] for row in rows}) > 0
    objects = synthetic.truth.lsst_objects
    rows = fink_lsst("conesearch", **center, radius=radius, columns="r:diaObjectId").json()
    assert {str(row["r:diaObjectId"]) for row in rows} == _inside(objects[objects["sid"] == 1], radius, center)
    distances = [row["v:separation_degree"] for row in rows]
    assert distances == sorted(distances) and max(distances) <= radius / 3600


def test_ztf_cone_shows_the_latest_alert_if_it_can(fink_ztf, synthetic, showpiece):
    full = fink_ztf("conesearch", **CENTER, radius=5).json()
    truth = synthetic.truth.detections
    latest = truth[truth["oid"] == showpiece]["mjd"].max() + 2400000.5
    assert [row["i:jd"] for row in full] == [pytest.approx(latest, abs=1e-9)]
    assert list(full[0]) == sorted(list(full[0])[:-1]) + ["v:separation_degree"] and len(full[0]) == 15
    # Without both columns there is a row for each first detection that alerts told of.
    assert len(fink_ztf("conesearch", **CENTER, radius=5, columns="i:objectId").json()) == 2
    assert len(fink_ztf("conesearch", **CENTER, radius=5, columns="i:objectId,i:jd").json()) == 1


@pytest.mark.parametrize("ra, dec", [
    (185.0008, 15.0005), ("185.0008", "15.0005"), ("12h20m0.192s", "+15d0m1.8s"), ("12:20:0.192", "15:0:1.8"),
    ("12 20 0.192", "15 0 1.8"), ("185d0m2.88s", "15d0m1.8s")])
def test_notations_of_positions(fink_ztf, showpiece, ra, dec):
    rows = fink_ztf("conesearch", ra=ra, dec=dec, radius="2").json()
    assert [row["i:objectId"] for row in rows] == [showpiece]


@pytest.mark.parametrize("change, words", [
    ({"radius": 36000}, "'`radius` cannot be bigger than 18,000 arcseconds (5 degrees).\\n'"),
    ({"ra": "kfdlkj"}, "ValueError(\"Invalid character at col 0 parsing angle 'kfdlkj'\")"),
    ({"dec": 95}, "ValueError('Latitude angle(s) must be within -90 deg <= angle <= 90 deg, got 95.0 deg')")])
def test_refused_cones(fink_ztf, fink_lsst, change, words):
    for ask in (fink_ztf, fink_lsst):
        reply = ask("conesearch", **{**CENTER, "radius": 5, **change})
        assert (reply.status_code, reply.text) == (400, f"{{'status': 'error', 'text': {words}}}")


def test_the_cap_is_per_pixel_and_before_the_cut(fink_ztf, fink_lsst, synthetic):
    rows = fink_ztf("conesearch", **CENTER, radius=1500, n=2, columns="i:objectId,i:jd").json()
    everything = fink_ztf("conesearch", **CENTER, radius=1500, columns="i:objectId,i:jd").json()
    assert len(rows) == 2 < len(everything)
    # The rows that count need not be in the cone.
    assert fink_ztf("conesearch", **CENTER, radius=1, n=1).json() == []
    # Here it counts alerts.
    capped = fink_lsst("conesearch", **CENTER, radius=600, n=1, columns="r:diaObjectId").json()
    assert 0 < len(capped) < len(fink_lsst("conesearch", **CENTER, radius=600, columns="r:diaObjectId").json())


def test_dates_of_cones_are_first_detections(fink_ztf, synthetic, showpiece):
    truth = synthetic.truth.objects[synthetic.truth.objects["oid"] == showpiece][0]
    first = truth["firstmjd"]

    def found(**dates):
        return len(fink_ztf("conesearch", **CENTER, radius=5, **dates).json())

    assert found(startdate=first) == 1 and found(startdate=first + 0.001) == 0
    assert found(startdate=first + 2400000.5 - 1, window=2) == 1 and found(startdate=first - 3, window=2) == 0
    assert found(startdate=Time(first - 1, format="mjd").iso, stopdate=Time(first + 1, format="mjd").iso) == 1
    # The end of it needs a start.
    assert found(stopdate="2018-01-01") == found(window=1) == 1


def test_rubin_dates_compare_utc_with_tai(fink_lsst, synthetic, rubin_showpiece):
    first = "f:firstDiaSourceMjdTaiFink"
    row = synthetic.truth.lsst_objects[synthetic.truth.lsst_objects["oid"] == rubin_showpiece][0]
    cone = {"ra": row["meanra"], "dec": row["meandec"], "radius": 2, "columns": f"r:diaObjectId,{first}"}

    def found(**dates):
        return len(fink_lsst("conesearch", **cone, **dates).json())

    # In UTC the first detection is 37 s before the number of its TAI date.
    assert found(startdate=row["firstmjd"]) == 1 and found(startdate=row["firstmjd"] + 1e-5) == 0
    assert found(startdate=row["firstmjd"] - 20 / 86400) == 1
    # What still varies after the end is dropped, whatever the kind.
    assert found(startdate=60000, stopdate=row["lastmjd"] + 0.1) == 1
    assert found(startdate=60000, stopdate=row["lastmjd"] - 0.1, kind="across") == 0
    assert found(startdate=60000, window=10) == 0
    refused = fink_lsst("conesearch", **{**cone, "columns": "r:ra"}, startdate="2026-01-01")
    assert refused.status_code == 400 and f"You need to specify {first} in the columns" in refused.text


def test_latest_alerts(fink_ztf, synthetic):
    label = dict(zip(synthetic.truth.objects["oid"], synthetic.truth.objects["true_class"]))

    def found(name, **more):
        return fink_ztf("latests", n=400, columns="i:objectId,i:jd,d:mag_rate,d:tns", **{"class": name}, **more).json()

    for name, expected in (("SN candidate", {"SNIa", "SNII", "SLSN"}), ("Early SN Ia candidate", {"SNIa"}),
                           ("(SIMBAD) QSO", {"QSO"}), ("RRLyrae", {"RRL"}), ("Solar System MPC", {"asteroid"}),
                           ("Tracklet", {"bogus"}), ("SLSN candidate", {"SLSN"}), ("(TNS) SN II", {"SNII"})):
        rows = found(name)
        assert rows and {label[row["i:objectId"]] for row in rows} <= expected, name
        assert [row["i:jd"] for row in rows] == sorted((row["i:jd"] for row in rows), reverse=True)
    assert found("QSO") == found("(SIMBAD) QSO") and found("No such class") == []
    assert len(fink_ztf("latests", **{"class": "Unknown"}).json()) == 10
    rising, fading = (found("SN candidate", trend=trend) for trend in ("rising", "fading"))
    assert rising and fading and all(row["d:mag_rate"] < 0 for row in rising) and all(
        row["d:mag_rate"] > 0 for row in fading)
    assert len({row["i:objectId"] for row in found("SLSN candidate")}) == len(found("SLSN candidate"))
    refused = fink_ztf("latests", trend="up", **{"class": "Unknown"})
    assert refused.status_code == 400 and "up is not a valid trend." in refused.text
    assert fink_ztf("latests", trend="rising", columns="i:jd", **{"class": "SN candidate"}).status_code == 500


def test_classes(fink_ztf, synthetic, session):
    known = session.get(f"{synthetic.urls['fink.ztf_url']}/api/v1/classes", timeout=30).json()
    assert [len(names) for names in known.values()] == [11, 43, 315]
    assert list(known)[2].startswith("Cross-match with SIMBAD (see ")


def test_anomalies_and_tracklets(fink_ztf):
    rows = fink_ztf("anomaly", columns="i:objectId,i:jd,d:anomaly_score").json()
    assert len(rows) == 10 and all(row["d:anomaly_score"] < 0 for row in rows)
    newest = Time(rows[0]["i:jd"], format="jd").iso[:10]
    # The last day counts as a whole.
    assert rows[0] in fink_ztf("anomaly", stop_date=newest, columns="i:objectId,i:jd,d:anomaly_score").json()
    tracks = fink_ztf("tracklet", id="TRCK", columns="d:tracklet").json()
    names = [row["d:tracklet"] for row in tracks]
    assert names and all(len(name) == len("TRCK_20201013_123456_00") for name in names)
    day = f"{names[0][5:9]}-{names[0][9:11]}-{names[0][11:13]}"
    assert names[0] in [row["d:tracklet"] for row in fink_ztf("tracklet", date=day).json()]
    assert fink_ztf("tracklet", id=day).json() == []


def test_tags(fink_lsst, synthetic, session):
    url = f"{synthetic.urls['fink.lsst_url']}/api/v1"
    tags = session.get(f"{url}/tags", timeout=30).json()
    assert len(tags) == 11 and sum(tag["API support"] for tag in tags.values()) == 6
    assert len(session.get(f"{url}/blocks", timeout=30).json()) == 15
    label = dict(zip(synthetic.truth.lsst_objects["oid"].tolist(), synthetic.truth.lsst_objects["true_class"]))
    for tag in (name for name, known in tags.items() if known["API support"]):
        rows = fink_lsst("tags", tag=tag, n=500, columns="r:diaObjectId,r:midpointMjdTai").json()
        assert {label[str(row["r:diaObjectId"])] for row in rows} <= {"SNIa", "SNII", "SLSN"} and rows
        times = [row["r:midpointMjdTai"] for row in rows]
        assert times == sorted(times, reverse=True)
    assert len(fink_lsst("tags", tag="in_tns").json()) == 10


def test_sky_maps(fink_ztf, fink_lsst, synthetic, showpiece):
    event = {"event_name": skymaps.EVENT, "credible_level": 0.5}
    rows = fink_ztf("skymap", **event).json()
    assert [row["i:objectId"] for row in rows] == [showpiece]
    assert rows[0]["i:jdstarthist"] - rows[0]["v:jdstartgw"] == pytest.approx(0.5, abs=1e-6)
    assert len(rows[0]) == 15 and "v:separation_degree" not in rows[0]
    store = Store(synthetic.truth._path)
    as_file = fink_ztf("skymap", bayestar=str(skymaps.event_file(store)), credible_level=0.5)
    store.close()
    assert as_file.json() == rows
    # The window begins a day before the event and is six days long.
    assert fink_ztf("skymap", **event, n_day_before=3, n_day_after=2).json() == []
    rubin = fink_lsst("skymap", **event).json()
    assert len(rubin) > len({row["r:diaObjectId"] for row in rubin}) > 1
    begin, = {row["v:startgwMjdTai"] for row in rubin}
    assert begin == pytest.approx(rows[0]["v:jdstartgw"] - 2400000.5 + 37 / 86400, abs=1e-8)
    for ask in (fink_ztf, fink_lsst):
        unknown = ask("skymap", event_name="S000000zz", credible_level=0.5)
        assert unknown.status_code == 200 and [list(row) for row in unknown.json()] == [["status"]]
    assert fink_lsst("skymap", event_name=skymaps.EVENT).status_code == 400
    assert fink_ztf("skymap", event_name=skymaps.EVENT).status_code == 500
    assert fink_ztf("skymap", file="x", credible_level=0.5).status_code == 500


def test_maps_in_either_order_are_the_same():
    from astropy.io import fits
    from astropy_healpix import HEALPix
    import gzip
    import io

    def packed(values, order):
        table = fits.BinTableHDU.from_columns([fits.Column("PROB", "D", array=values)])
        table.header.update(ORDERING=order)
        table.header["DATE-OBS"] = "2024-05-07T12:00:00"
        target = io.BytesIO()
        fits.HDUList([fits.PrimaryHDU(), table]).writeto(target)
        return gzip.compress(target.getvalue())

    grid = HEALPix(8, order="ring")
    ring = np.random.default_rng(1).random(grid.npix)
    nested = ring[grid.nested_to_ring(np.arange(grid.npix))]
    ra, dec = np.array([10.0, 200.0, 359.9]), np.array([-80.0, 0.0, 45.0])
    for nside in (4, 8, 64):
        levels = [skymaps.SkyMap(packed(values, order)).at(ra, dec, nside)
                  for values, order in ((ring, "RING"), (nested, "NESTED"))]
        assert np.allclose(*levels)
