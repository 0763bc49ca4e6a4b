# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cones of Fink: complete, nothing twice, wherever they are; and their dates."""

import string

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_brokers import Fink, sandbox
from astroquery_brokers.exceptions import InvalidArgumentError, ObjectNotFoundError
from astroquery_brokers.fink import endpoints

fastavro = pytest.importorskip("fastavro")
healpix = pytest.importorskip("astropy_healpix")

NSIDE, SERVER_CAP = 128, 1000
FIRST, LAST = 2459000.5, 2459100.5  # JD of two alerts of every object
NUMBERS = {"jd": FIRST, "fid": 1, "pid": 1, "nid": 1, "ra": 0.0, "dec": 0.0, "magpsf": 18.5, "sigmapsf": 0.1,
           "diffmaglim": 20.5, "distnr": 3.0, "magnr": 19.0, "sigmagnr": 0.1, "magap": 18.4, "sigmagap": 0.1,
           "rb": 0.9, "drb": 0.9, "jdstarthist": FIRST, "jdendhist": LAST, "ndethist": 2, "ncovhist": 10}
SCHEMA = fastavro.parse_schema({"type": "record", "name": "alert", "fields": [
    {"name": "objectId", "type": "string"}, {"name": "candid", "type": "long"},
    {"name": "prv_candidates", "type": ["null", {"type": "array", "items": "double"}]},
    {"name": "candidate", "type": {"type": "record", "name": "candidate", "fields": [
        *({"name": name, "type": "double" if isinstance(value, float) else "long"} for name, value in NUMBERS.items()),
        {"name": "candid", "type": "long"}, {"name": "isdiffpos", "type": "string"}]}}]})


def name_of(number):
    letters = ""
    for _ in range(7):
        number, place = divmod(number, 26)
        letters = string.ascii_lowercase[place] + letters
    return f"ZTF20{letters}"


def corner():
    """A point where pixels of the server's index meet."""
    lon, lat = healpix.boundaries_lonlat(20000, 1, NSIDE, order="nested")
    return SkyCoord(lon[0, 0], lat[0, 0])


@pytest.fixture(scope="session")
def places():
    """Objects by what is odd about where they are."""
    random = np.random.default_rng(1)

    def around(center, radius, count):
        angle, away = random.uniform(0, 360, count), radius * np.sqrt(random.uniform(0, 1, count))
        return center.directional_offset_by(angle * u.deg, away)
    return {"RA 0": around(SkyCoord("0 20", unit="deg"), 20 * u.arcmin, 60),
            "north pole": around(SkyCoord("0 90", unit="deg"), 20 * u.arcmin, 60),
            "south pole": around(SkyCoord("0 -90", unit="deg"), 20 * u.arcmin, 60),
            "corner": around(corner(), 20 * u.arcmin, 60),
            "crowd": around(SkyCoord(*healpix.healpix_to_lonlat(5000, NSIDE, order="nested")), 5 * u.arcmin, 1300)}


@pytest.fixture(scope="session")
def sky(places, tmp_path_factory):
    """A sandbox of these objects, each with two alerts."""
    alerts, number = [], 0
    for coords in places.values():
        for ra, dec in zip(coords.ra.deg, coords.dec.deg):
            for jd in (FIRST + number / 100, LAST + number / 100):
                candid = 10**18 + 2 * number + (jd >= LAST)
                candidate = {**NUMBERS, "jd": jd, "ra": ra, "dec": dec, "jdstarthist": FIRST + number / 100}
                alerts.append({"objectId": name_of(number), "candid": candid, "prv_candidates": None,
                               "candidate": {**candidate, "candid": candid, "isdiffpos": "t"}})
            number += 1
    folder = tmp_path_factory.mktemp("sky")
    with open(folder / "alerts.avro", "wb") as stream:
        fastavro.writer(stream, SCHEMA, alerts)
    with sandbox.running(alerts=folder) as running:
        yield running


@pytest.fixture
def crowded(sky):
    with sky.configured():
        yield sky


def numbers_within(places, center, radius):
    whole = SkyCoord(*(np.concatenate([getattr(coords, axis).deg for coords in places.values()])
                       for axis in ("ra", "dec")), unit="deg")
    return np.flatnonzero(whole.separation(center) < radius).tolist()


def names_within(places, center, radius):
    return set(map(name_of, numbers_within(places, center, radius)))


@pytest.mark.parametrize("center", ["RA 0", "north pole", "south pole", "corner", "crowd"])
@pytest.mark.parametrize("radius", [30 * u.arcmin, 8 * u.arcmin, 4 * u.arcmin])
def test_a_cone_is_complete_and_nothing_is_in_it_twice(crowded, places, center, radius):
    middle = {"RA 0": "0 20", "north pole": "0 90", "south pole": "0 -90"}.get(center)
    middle = SkyCoord(middle, unit="deg") if middle else corner() if center == "corner" else SkyCoord(
        *healpix.healpix_to_lonlat(5000, NSIDE, order="nested"))
    found = Fink.query_region(middle, radius)
    wanted = names_within(places, middle, radius)
    assert len(found) == len(set(found["i:objectId"])) == len(wanted) > 0
    assert set(found["i:objectId"]) == wanted
    assert not found.meta["coverage"][0]["truncated"]
    assert (np.diff(found["separation"]) >= 0).all() and found["separation"].max() < radius.to_value(u.arcsec)
    assert np.allclose(found["separation"], found["v:separation_degree"] * 3600, atol=1e-4)
    # The latest alert of each.
    assert (found["i:jd"] >= LAST).all()


def test_the_servers_own_limit_would_lose_objects(crowded, places, monkeypatch):
    center = SkyCoord(*healpix.healpix_to_lonlat(5000, NSIDE, order="nested"))
    assert len(names_within(places, center, 8 * u.arcmin)) > SERVER_CAP
    monkeypatch.setattr("astroquery_brokers.fink.cones.MOST_IN_PIXEL", SERVER_CAP)
    assert len(Fink.query_region(center, 8 * u.arcmin)) < len(names_within(places, center, 8 * u.arcmin))


def test_many_cones_that_overlap(crowded, places):
    centers = SkyCoord([0, 359.9, 0.1, 120], [20, 20, 20, -50], unit="deg")
    found = Fink.query_region(centers, 15 * u.arcmin)
    for index, center in enumerate(centers):
        mine = found["i:objectId"][found["query_index"] == index]
        assert len(mine) == len(set(mine))
        assert set(mine) == names_within(places, center, 15 * u.arcmin)
    assert found.meta["coverage"][0]["missing"] == [3]


def test_the_nearest_rows_and_a_word_about_the_others(crowded):
    whole = Fink.query_region("0 20", "15 arcmin")
    with pytest.warns(MaxResultsWarning, match="row_limit=5.*Data Transfer"):
        nearest = Fink.query_region("0 20", "15 arcmin", row_limit=5)
    assert nearest["i:objectId"].tolist() == whole["i:objectId"][:5].tolist()


def test_around_an_object(crowded):
    near = Fink.query_region(name_of(3), "1 arcsec")
    assert near["i:objectId"].tolist() == [name_of(3)]
    with pytest.raises(ObjectNotFoundError, match="ZTF17zzzzzzz"):
        Fink.query_region("ZTF17zzzzzzz", "1 arcsec")


def firsts(places, center, radius):
    """First detections (MJD) of the objects in a cone, by name."""
    return {name_of(number): FIRST + number / 100 - 2400000.5 for number in numbers_within(places, center, radius)}


def test_dates_bound_the_first_and_the_last_detection(crowded, places):
    center, radius = SkyCoord("0 20", unit="deg"), 30 * u.arcmin
    days = firsts(places, center, radius)
    low, high = np.quantile(list(days.values()), [0.25, 0.75])
    inside = {name for name, day in days.items() if low <= day <= high}
    assert 0 < len(inside) < len(days)

    def names(**dates):
        return set(Fink.query_region(center, radius, **dates)["i:objectId"])

    begin, end = Time(low, format="mjd", scale="utc"), Time(high, format="mjd", scale="utc")
    assert names(firstmjd=(low, high)) == names(firstmjd=(begin.tai, end.tdb)) == inside
    assert names(startdate=begin, stopdate=end) == names(startdate=begin, window=high - low) == inside
    assert names(startdate=begin.iso, stopdate=end.isot) <= inside  # to a millisecond
    assert names(lastmjd=(low + 100, high + 100)) == inside
    # All of an object between the dates, or some of it.
    assert names(startdate=begin, stopdate=high + 50, kind="across") == {
        name for name, day in days.items() if day <= high + 50 and day + 100 >= low}
    with pytest.warns(NoResultsWarning):
        assert names(startdate=begin, stopdate=high + 50, kind="within") == set()
    assert names(startdate=begin, stopdate=high + 101, kind="within") == {
        name for name, day in days.items() if day >= low and day + 100 <= high + 101}


@pytest.mark.parametrize("dates, said", [
    ({"stopdate": 59000.0}, "go with startdate"), ({"window": 3}, "go with startdate"),
    ({"kind": "within"}, "go with startdate"), ({"startdate": 59000.0, "stopdate": 58000.0}, "after the end"),
    ({"startdate": 59000.0, "kind": "inside"}, "across, within"), ({"startdate": "someday"}, "not a time"),
    ({"startdate": 2459000.5}, "is it a JD"), ({"startdate": 59000.0, "firstmjd": 59000.0}, "one or the other"),
    ({"startdate": 59000.0, "stopdate": 59001.0, "window": 1}, "give one")])
def test_dates_that_make_no_sense_are_refused(crowded, dates, said):
    before = len(crowded.requests)
    with pytest.raises(InvalidArgumentError, match=said):
        Fink.query_region("0 20", "1 arcmin", **dates)
    assert len(crowded.requests) == before


def test_radius_is_in_arcsec_on_the_wire_and_at_most_five_degrees(crowded):
    sent = Fink.query_region("0 20", "1 arcmin", get_query_payload=True)["json"]
    assert sent == {"ra": 0.0, "dec": 20.0, "radius": pytest.approx(60.0), "n": endpoints.MOST_IN_PIXEL,
                    "output-format": "csv"}
    with pytest.raises(InvalidArgumentError, match="5 deg.*Data Transfer"):
        Fink.query_region("0 20", "6 deg")


def test_rubins_cones_cross_pixels_and_compare_times_in_tai(box, synthetic):
    truth = synthetic.truth.lsst_objects
    truth = truth[truth["sid"] == 1]
    center = SkyCoord("185 15", unit="deg")
    coords = SkyCoord(truth["meanra"], truth["meandec"], unit="deg")
    found = Fink.query_region(center, 15 * u.arcmin, survey="lsst")
    wanted = set(map(int, truth["oid"][coords.separation(center) < 15 * u.arcmin]))
    assert len(found) == len(set(found["r:diaObjectId"])) == len(wanted) > 5
    assert set(found["r:diaObjectId"].tolist()) == wanted
    assert len(set(healpix.lonlat_to_healpix(found.coords.ra, found.coords.dec, 1024))) > 3
    first = np.sort(found["f:firstDiaSourceMjdTaiFink"])
    day = first[len(first) // 2]
    # Ten seconds on either side: a shift of 37 s would show.
    for seconds, count in ((-10, (first >= day).sum()), (10, (first > day).sum())):
        later = Fink.query_region(center, 15 * u.arcmin, survey="lsst", cache=False,
                                  startdate=Time(day + seconds / 86400, format="mjd", scale="tai").utc)
        assert len(later) == count


@pytest.mark.parametrize("survey, column", [("ztf", "i:magpsf"), ("lsst", "r:psfFlux")])
def test_some_columns_of_many_cones(box, survey, column):
    objects = box.truth.objects if survey == "ztf" else box.truth.lsst_objects
    positions = SkyCoord(list(objects["meanra"][:5]), list(objects["meandec"][:5]), unit="deg")
    some = Fink.query_region(positions, 5 * u.arcsec, columns=column, firstmjd=(50000, None), survey=survey)
    whole = Fink.query_region(positions, 5 * u.arcsec, firstmjd=(50000, None), survey=survey)
    assert set(whole["query_index"].tolist()) == set(range(5))
    for name in ("query_index", "separation", column):
        assert some[name].tolist() == whole[name].tolist()
    assert "v:separation_degree" not in some.colnames
