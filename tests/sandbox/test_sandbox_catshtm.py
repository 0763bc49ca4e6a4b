# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The catsHTM dialect: cones, nearest sources, its ways to say no."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

INVALID = "Request contains one or more invalid arguments."


@pytest.fixture()
def cats(synthetic, session):
    """Ask catsHTM: path and parameters, gives the response."""
    def ask(path, **params):
        return session.get(synthetic.urls["alerce.catshtm_url"] + path, params=params, timeout=30)
    return ask


def _table(columns):
    return {name: np.array([np.nan if value is None else np.inf if value == "infinity" else value
                            for value in column["values"]]) for name, column in columns.items()}


def test_cone(cats):
    whole = _table(cats("/conesearch", catalog="TMASS", ra=185, dec=15, radius=100000).json()["2MASS"])
    assert len(whole["RA"]) > 10
    distance = SkyCoord(185, 15, unit="deg").separation(SkyCoord(whole["RA"], whole["Dec"], unit="deg")).arcsec
    radius = float(np.sort(distance)[5] + 0.01)
    near = _table(cats("/conesearch", catalog="TMASS", ra=185, dec=15, radius=radius).json()["2MASS"])
    assert sorted(near["RA"]) == sorted(whole["RA"][distance <= radius]) and len(near["RA"]) == 6


def test_catalogs_have_a_few_hundred_sources(cats):
    sizes = {}
    for name in ("TMASS", "DECaLS", "GAIADR1", "GAIADR2", "NEDz", "SDSSDR10", "SDSSoffset", "SpecSDSS", "UKIDSS",
                 "WISE", "AAVSO_VSX", "unWISE", "APASS", "PTFpc", "UCAC4"):
        reply = cats("/conesearch", catalog=name, ra=0, dec=0, radius=180 * 3600).json()
        columns, = reply.values()
        sizes[name] = len(next(iter(columns.values()))["values"])
        assert all(len(column["values"]) == sizes[name] for column in columns.values())
    assert min(sizes.values()) > 30 and max(sizes.values()) < 1200


def test_nulls_and_infinity(cats):
    columns = cats("/conesearch", catalog="DECaLS", ra=0, dec=0, radius=180 * 3600).json()["DECaLS"]
    assert None in columns["Flux_g"]["values"] and set(columns["Flux_u"]["values"]) == {None}
    assert "infinity" in columns["DeltaChi2"]["values"]
    offsets = cats("/conesearch", catalog="SDSSoffset", ra=0, dec=0, radius=180 * 3600).json()["SDSSoffset"]
    assert (offsets["TAI_r"]["units"], offsets["psffwhm_u"]["units"], offsets["type"]["units"]) == (None, "MJD", " ")
    assert {"ra", "dec"} < set(offsets)


def test_crossmatch_is_the_nearest(cats):
    columns = _table(cats("/conesearch", catalog="WISE", ra=185, dec=15, radius=600).json()["WISE"])
    match = cats("/crossmatch", catalog="WISE", ra=185, dec=15, radius=600).json()
    there = SkyCoord(columns["RA"], columns["Dec"], unit="deg")
    distance = SkyCoord(185, 15, unit="deg").separation(there).arcsec
    assert match["distance"] == {"unit": "arcsec", "value": pytest.approx(distance.min(), abs=1e-6)}
    assert match["RA"] == {"unit": "deg", "value": columns["RA"][distance.argmin()]}
    assert match["ErrDec"]["unit"] == "arcse"


def test_default_radius(cats):
    """0.1 arcsec for Gaia, 50 for most."""
    star = cats("/crossmatch", catalog="GAIADR2", ra=185, dec=15, radius=600).json()
    place = {"ra": star["RA"]["value"], "dec": star["Dec"]["value"]}
    assert cats("/crossmatch", catalog="GAIADR2", **place).json()["RA"] == star["RA"]
    assert cats("/crossmatch", catalog="GAIADR2", ra=place["ra"], dec=place["dec"] + 0.2 / 3600).json() == {}
    assert cats("/crossmatch", catalog="WISE", ra=185, dec=15).json()["distance"]["value"] < 50


def test_all(cats):
    around = {"ra": 185, "dec": 15, "radius": 60}
    found = {name: columns for item in cats("/conesearch_all", **around).json()["catalogs"]
             for name, columns in item.items()}
    nearest = {name: columns for item in cats("/crossmatch_all", **around).json() for name, columns in item.items()}
    assert list(found) == list(nearest) and {"2MASS", "GAIA/DR2", "NEDz", "SDSS/DR10"} <= set(found)
    assert 0 < nearest["NEDz"]["z"]["value"] < 3.5
    assert nearest["NEDz"]["Velocity"]["value"] == pytest.approx(nearest["NEDz"]["z"]["value"] * 299792.458, rel=1e-4)


def test_objects_have_counterparts(synthetic, cats):
    objects = synthetic.truth.objects
    stars = objects[np.isin(objects["true_class"], ("RRL", "CEP", "QSO"))]
    found = [bool(cats("/crossmatch", catalog="GAIADR2", ra=row["meanra"], dec=row["meandec"], radius=1).json())
             for row in stars[:30]]
    assert sum(found) > 15
    hosts = objects[np.isin(objects["true_class"], ("SNIa", "SNII", "SLSN"))]
    found = [bool(cats("/crossmatch", catalog="NEDz", ra=row["meanra"], dec=row["meandec"], radius=5).json())
             for row in hosts[:30]]
    assert sum(found) > 15


def test_real_objects_have_neighbours(real, session):
    found = session.get(real.urls["alerce.catshtm_url"] + "/conesearch_all", timeout=30,
                        params={"ra": 185.7289, "dec": 15.8236, "radius": 100}).json()["catalogs"]
    assert len(found) > 5


def test_nothing_there(cats):
    empty = {"ra": 100, "dec": 85.3, "radius": 1}
    assert cats("/conesearch", catalog="WISE", **empty).json() == {}
    assert cats("/crossmatch", catalog="WISE", **empty).json() == {}
    assert cats("/conesearch_all", **empty).json() == {"catalogs": []}
    assert cats("/crossmatch_all", **empty).json() == []
    assert cats("/conesearch", catalog="FIRST", ra=185, dec=15, radius=600).json() == {}


@pytest.mark.parametrize("path, params", [
    ("/conesearch", {"catalog": "WISE", "ra": "x", "dec": 1, "radius": 1}), ("/conesearch", {"catalog": "WISE"}),
    ("/conesearch", {"catalog": "x", "ra": 1, "dec": 1}), ("/conesearch_all", {"ra": 1, "dec": ""}),
    ("/crossmatch", {"catalog": "WISE", "dec": 1, "radius": 1}), ("/crossmatch_all", {"ra": "12h", "dec": 1})])
def test_bad_arguments_are_fine(cats, path, params):
    reply = cats(path, **params)
    assert (reply.status_code, reply.json()) == (200, INVALID)
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path, params", [
    ("/conesearch", {"catalog": "GAIA/DR2", "ra": 1, "dec": 1, "radius": 1}),
    ("/conesearch", {"ra": 1, "dec": 1, "radius": 1}), ("/crossmatch", {"catalog": "x", "ra": 1, "dec": 1}),
    ("/crossmatch_all", {"ra": 1, "dec": 1})])
def test_failures_are_pages(cats, path, params, shared_data):
    reply = cats(path, **params)
    assert reply.status_code == 500
    assert reply.content == (shared_data / "alerce" / "alerce_error_500_body.html").read_bytes()


def test_unknown_page(cats):
    assert cats("/nowhere").status_code == 404 and cats("/").text.startswith("<!DOCTYPE html>")
