# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL against the sandbox: the same objects and measurements as ALeRCE's, and every way to select alerts."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import Latitude, Longitude, SkyCoord

from astroquery_brokers import Alerce, Ampel
from astroquery_brokers.ampel.live import name_of_stock, stock_of_name
from astroquery_brokers.exceptions import AuthenticationError, InvalidArgumentError, ObjectNotFoundError

mocpy = pytest.importorskip("mocpy")
CENTRE = SkyCoord(185, 15, unit="deg")


@pytest.fixture(scope="module")
def some(synthetic):
    """Ids of a fifth of the objects."""
    return [str(oid) for oid in synthetic.truth.objects["oid"][::5]]


def test_light_curves_are_those_of_alerce(box, some):
    ours, theirs = Ampel.query_lightcurve(some), Alerce.query_lightcurve(some)
    theirs = theirs[theirs["kind"] != "forced"]
    assert len(ours) == len(theirs) > 2000 and set(ours["broker"]) == {"AMPEL"}
    for name in ("object_id", "survey", "measurement_id", "mjd_is_start", "band", "kind", "ra", "dec"):
        assert np.array_equal(np.ma.getmaskarray(ours[name]), np.ma.getmaskarray(theirs[name])), name
        assert np.ma.allequal(ours[name], theirs[name], fill_value=True), name
    assert np.allclose(ours["mjd"], theirs["mjd"], rtol=0, atol=1e-9)
    # The archive has numbers of 32 bits.
    for name, rtol, atol in (("mag", 0, 2e-6), ("mag_err", 0, 1e-7), ("limiting_mag", 0, 2e-6), ("flux", 1e-6, 0),
                             ("flux_err", 2e-6, 0)):
        assert np.array_equal(np.ma.getmaskarray(ours[name]), np.ma.getmaskarray(theirs[name])), name
        assert np.allclose(ours[name].compressed(), theirs[name].compressed(), rtol=rtol, atol=atol), name
    # What has no alert has no drb in the history.
    alerts = set(Ampel.query_alerts(some)["candid"].tolist())
    mine = np.isin(ours["measurement_id"].filled(0), list(alerts))
    assert np.allclose(ours["quality"][mine], theirs["quality"][mine], rtol=0, atol=1e-6) and mine.sum() > 1000
    assert ours["total_flux"].mask.all()


def test_detections_are_those_of_alerce_with_the_columns_of_alerts(box, showpiece):
    ours, theirs = Ampel.query_detections(showpiece), Alerce.query_detections(showpiece)
    order = np.lexsort((theirs["candid"], theirs["mjd"]))
    assert ours["candid"].tolist() == theirs["candid"][order].tolist()
    stamped = theirs["has_stamp"][order]
    assert np.array_equal(np.ma.getmaskarray(ours["ndethist"]), ~np.asarray(stamped))
    assert ours["candid"][np.asarray(stamped)].tolist() == Ampel.query_alerts(showpiece)["candid"].tolist()


def test_cones_have_the_objects_of_alerces(box):
    where = SkyCoord([185, 185.05, 10], [15, 15.06, -80], unit="deg")
    ours, theirs = Ampel.query_region(where, "5 arcmin"), Alerce.query_region(where, "5 arcmin")
    assert ours["objectId"].tolist() == theirs["oid"].tolist() and len(ours) > 3
    assert ours["query_index"].tolist() == theirs["query_index"].tolist()
    assert np.allclose(ours["separation"], theirs["separation"], atol=0.2)
    assert (ours["separation"] < 300).all()


def test_a_cone_is_cut_at_its_limit_and_can_be_around_an_object(box, showpiece):
    whole = Ampel.query_region(showpiece, "10 arcmin")
    assert whole["objectId"][0] == showpiece and whole["separation"][0] < 0.01
    with pytest.warns(Warning, match="row_limit=2"):
        assert Ampel.query_region(showpiece, "10 arcmin", row_limit=2)["objectId"].tolist() == (
            whole["objectId"][:2].tolist())
    with pytest.raises(ObjectNotFoundError):
        Ampel.query_region("ZTF17zzzzzzz", "10 arcmin")


def test_an_object_is_what_its_alerts_say(box, showpiece):
    alerts, summary = Ampel.query_alerts(showpiece), Ampel.query_object(showpiece)
    assert summary["n_alerts"][0] == len(alerts) and summary["candid"][0] == alerts["candid"][-1]
    assert summary["ra"][0] == pytest.approx(np.mean(alerts["ra"]), abs=1e-7)
    assert (summary["firstjd"][0], summary["lastjd"][0]) == (alerts["jd"].min(), alerts["jd"].max())
    assert summary["magpsf"][0] == alerts["magpsf"][-1] and summary["ndethist"][0] == alerts["ndethist"][-1]


@pytest.fixture(scope="module")
def region():
    """522 square degrees."""
    return mocpy.MOC.from_cone(Longitude(CENTRE.ra), Latitude(CENTRE.dec), max_depth=7, radius=12.62 * u.deg)


@pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")
def test_a_sky_map_has_the_objects_of_cones_all_over_it(box, region):
    assert region.sky_fraction * 4 * np.pi * (180 / np.pi)**2 > 500
    inside = Ampel.query_alerts(skymap=region, row_limit=-1)
    assert region.contains_skycoords(inside.coords).all()
    cells = region.degrade_to_order(3)
    found = {}
    for centre in _centres(cells):
        cone = Ampel.query_alerts(coordinates=centre, radius="6 deg", row_limit=-1)
        found.update(zip(cone["candid"].tolist(), zip(cone["objectId"].tolist(), cone["ra"], cone["dec"])))
    names, ra, dec = zip(*found.values())
    there = region.contains_lonlat(np.array(ra) * u.deg, np.array(dec) * u.deg)
    assert set(inside["objectId"].tolist()) == set(np.array(names)[there].tolist())
    assert set(inside["candid"].tolist()) == set(np.array(list(found))[there].tolist())
    assert len(inside) > 500 and Ampel.count_alerts(skymap=region) == len(inside)


def _centres(cells):
    healpix = pytest.importorskip("astropy_healpix")
    lon, lat = healpix.HEALPix(8, order="nested").healpix_to_lonlat(cells.flatten().astype(int))
    return SkyCoord(lon, lat)


def test_a_probability_map_is_asked_by_its_credible_region(box, tmp_path):
    healpix = pytest.importorskip("astropy_healpix")
    from astropy.table import Table

    grid = healpix.HEALPix(64, order="nested")
    lon, lat = grid.healpix_to_lonlat(np.arange(grid.npix))
    distance = SkyCoord(lon, lat).separation(CENTRE).deg
    density = np.exp(-distance**2 / 8)
    Table({"UNIQ": 4 * 64**2 + np.arange(grid.npix), "PROBDENSITY": density}).write(tmp_path / "map.fits")
    for level in (0.3, 0.95):
        alerts = Ampel.query_alerts(skymap=tmp_path / "map.fits", level=level, row_limit=-1)
        reach = np.sqrt(-8 * np.log(1 - level))
        distance = alerts.coords.separation(CENTRE).deg
        everything = Ampel.query_alerts(coordinates=CENTRE, radius="8 deg", row_limit=-1)
        near = everything.coords.separation(CENTRE).deg < reach - 1
        assert set(everything["candid"][near].tolist()) <= set(alerts["candid"].tolist())
        assert (distance < reach + 1.2).all()


def test_pixels_of_one_resolution_in_two_lists_both_count(box, showpiece):
    healpix = pytest.importorskip("astropy_healpix")
    place = Ampel.query_object(showpiece).coords[0]
    pixel = int(healpix.HEALPix(64, order="nested").lonlat_to_healpix(place.ra, place.dec))
    alone = Ampel.query_alerts(pixels=pixel, nside=64, row_limit=-1)
    both = Ampel.query_alerts(pixels=[(64, [pixel]), (64, [0])], row_limit=-1)
    assert len(alone) and both["candid"].tolist() == alone["candid"].tolist()
    assert Ampel.count_alerts(pixels=[(64, [pixel]), (64, [0])]) == len(alone)
    with pytest.raises(InvalidArgumentError, match="whole sky"):
        Ampel.query_alerts(pixels=[], nside=64)


def test_searches_of_any_size_are_the_same(box, showpiece):
    from astroquery_brokers.ampel import AmpelClass

    window = dict(time=(59000, 59200))
    once, pieces = AmpelClass(chunk_size=10000), AmpelClass(chunk_size=70)
    whole = once.query_alerts(**window)
    assert whole["candid"].tolist() == pieces.query_alerts(**window)["candid"].tolist()
    assert len(whole) > 200 and (np.diff(whole["jd"]) >= 0).all()
    assert [packet["candid"] for packet in pieces.get_alerts(**window)] == whole["candid"].tolist()
    assert all(packet["prv_candidates"] == [] for packet in pieces.get_alerts(**window))
    assert any(packet["prv_candidates"] for packet in pieces.get_alerts(**window, with_history=True))


def test_filters_are_the_archives(box):
    cone = dict(coordinates=CENTRE, radius="1 deg")
    alerts = Ampel.query_alerts(**cone)
    for filters, fits in (({"drb": (0.99, None)}, alerts["drb"].filled(0) >= 0.99), ({"fid": 2}, alerts["fid"] == 2),
                          ({"isdiffpos": ["t", "1"]}, np.isin(alerts["isdiffpos"], ["t", "1"])),
                          ({"magpsf": (18, 19), "fid": [1, 2]}, (alerts["magpsf"] >= 18) & (alerts["magpsf"] <= 19)
                           & (alerts["fid"] < 3)),
                          ({"magpsf": {"$lt": 18.5, "$gt": 18}}, (alerts["magpsf"] > 18) & (alerts["magpsf"] < 18.5))):
        found = Ampel.query_alerts(**cone, filters=filters)
        assert found["candid"].tolist() == alerts["candid"][fits].tolist() and 0 < len(found) < len(alerts)


def test_cutouts_are_those_of_alerce(box, showpiece):
    newest = Ampel.query_object(showpiece)["candid"][0]
    ours, theirs = Ampel.get_cutouts(showpiece), Alerce.get_cutouts(showpiece, candid=newest)
    for kind in ("SCIENCE", "TEMPLATE", "DIFFERENCE"):
        assert np.array_equal(ours[kind].data, theirs[kind].data, equal_nan=True)
    assert ours[0].header["CANDID"] == newest and "MJD-OBS" in ours[0].header
    assert [hdus[0].header["CANDID"] for hdus in Ampel.get_cutouts(candid=[newest])] == [newest]


def test_forced_photometry_is_that_of_the_packets(box, showpiece):
    table = Ampel.query_forced_photometry(showpiece)
    truth = box.truth.forced_photometry
    truth = truth[truth["oid"] == showpiece]
    assert len(table) > 10 and (np.diff(table["jd"]) >= 0).all()
    assert len(set(zip(table["jd"].tolist(), table["fid"].tolist()))) == len(table)
    known = np.asarray(truth["mjd"])
    assert all(np.abs(known - (jd - 2400000.5)).min() < 1e-6 for jd in table["jd"])


def test_a_stock_record(box, showpiece):
    record = Ampel.query_stock(showpiece)
    assert set(record["objectId"].tolist()) == {showpiece}
    assert set(record["stock"].tolist()) == {stock_of_name(showpiece)} and "any" in record["channel"].tolist()
    again = Ampel.query_stock(int(record["stock"][0]))
    assert again["created"].tolist() == record["created"].tolist()


@pytest.mark.parametrize("name, number", [
    ("ZTF21aaqhhfu", 119032484), ("ZTF17aaaaaaa", 0), ("ZTF32zzzzzzz", 26**7 * 16 - 1)])
def test_numbers_of_stocks(name, number):
    assert stock_of_name(name) == number and name_of_stock(number) == name


@pytest.mark.parametrize("number", [-1, 26**7 * 16])
def test_what_is_no_stock(number):
    with pytest.raises(InvalidArgumentError):
        name_of_stock(number)


def test_another_programme_is_refused(box, showpiece):
    with pytest.raises(AuthenticationError, match="programid 2"):
        Ampel.query_alerts(showpiece, programid=2)


def test_a_twin_gives_the_raw_replies_without_the_key(box):
    replies = Ampel.query_alerts_async(time=(59000, 59200))
    replies = replies if isinstance(replies, list) else [replies]
    assert all(b'"resume_token": "REDACTED"' in reply.content.replace(b'":"', b'": "') for reply in replies)
    table = Ampel._parse_result(replies)
    assert table["candid"].tolist() == Ampel.query_alerts(time=(59000, 59200))["candid"].tolist()


def test_the_account_holds_what_was_asked(box, region, tmp_path):
    table = Ampel.query_alerts(skymap=region, filters={"drb": (0.9, None), "fid": [1, 2]}, time=(59000, 59200))
    asked = table.meta["provenance"][0]["parameters"]
    assert asked["filters"] == {"drb": [0.9, None], "fid": [1, 2]} and asked["time"] == [59000, 59200]
    assert len(asked["skymap"]) <= 1000
    table.write(tmp_path / "alerts.vot", format="votable")
    assert type(table).read(tmp_path / "alerts.vot", format="votable")["candid"].tolist() == table["candid"].tolist()
    assert set(Ampel.capabilities()["verb"].tolist()) >= {"query_alerts", "query_catalogs", "query_stock"}
