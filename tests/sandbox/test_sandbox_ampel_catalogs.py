# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Catalogue matching: the sources of the sandbox's catsHTM in AMPEL's forms, collections of records, its traps."""

import math

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

PLACE = {"ra_deg": 185.0, "dec_deg": 15.0}


@pytest.fixture
def match(ampel):
    """Ask for a match: method and items, gives the response."""
    def ask(method, *items, **place):
        body = {**PLACE, **place, "catalogs": [{"use": "catsHTM", "rs_arcsec": 60, **item} for item in items]}
        return ampel.ask("POST", f"{ampel.catalogmatch}/cone_search/{method}", json=body)
    return ask


@pytest.fixture
def cats(synthetic, session):
    """The same source of ALeRCE's catsHTM: parameters, gives columns."""
    def ask(**params):
        reply = session.get(synthetic.urls["alerce.catshtm_url"] + "/conesearch", params=params, timeout=30).json()
        return next(iter(reply.values()))
    return ask


def test_same_sources_as_catshtm_in_radians(match, cats):
    columns = cats(catalog="GAIADR2", ra=185, dec=15, radius=60)
    found, = match("all", {"name": "GAIADR2"}).json()
    assert [math.degrees(row["body"]["RA"]) for row in found] == pytest.approx(columns["RA"]["values"], abs=1e-10)
    for name in set(columns) - {"RA", "Dec"}:
        assert [row["body"][name] for row in found] == columns[name]["values"]
    assert list(found[0]["body"])[:2] == ["RA", "Dec"]
    away = [row["dist_arcsec"] for row in found]
    there = SkyCoord([math.degrees(row["body"]["RA"]) for row in found],
                     [math.degrees(row["body"]["Dec"]) for row in found], unit="deg")
    assert away == pytest.approx(list(SkyCoord(185, 15, unit="deg").separation(there).arcsec), abs=1e-6)
    assert away != sorted(away)
    nearest, = match("nearest", {"name": "GAIADR2"}).json()
    assert nearest == min(found, key=lambda row: row["dist_arcsec"])


def test_columns_and_units(ampel, match):
    entries = {entry["name"]: entry for entry in ampel.ask("GET", f"{ampel.catalogmatch}/catalogs/").json()}
    units = {column["name"]: column["unit"] for column in entries["WISE"]["columns"]}
    assert (units["RA"], units["Dec"], units["ErrRA"], units["SNR_W1"]) == ("rad", "rad", "arcsec", None)
    found, = match("nearest", {"name": "WISE", "rs_arcsec": 600}).json()
    assert list(found["body"]) == list(units)
    assert all(column["unit"] is None for column in entries["milliquas"]["columns"])


def test_no_match_is_null(match):
    items = {"name": "GAIADR2", "rs_arcsec": 0.001}, {"use": "extcats", "name": "milliquas", "rs_arcsec": 0}
    assert [match(method, *items).json() for method in ("any", "nearest", "all")] == [
        [False, False], [None, None], [None, None]]
    assert match("all").json() == []
    assert match("any", {"name": "GAIADR2"}, dec_deg=-70).json() == [False]


def test_keys(match):
    def body(keys):
        return match("nearest", {"name": "GAIADR2", "keys_to_append": keys}).json()[0]["body"]

    assert list(body(["Mag_G", "nope", "RA"])) == ["RA", "Mag_G"] and body([]) == {}
    assert body(None) == match("nearest", {"name": "GAIADR2"}).json()[0]["body"]


def test_supernovae_are_in_tns(match, synthetic):
    objects = synthetic.truth.objects
    for row in objects[np.isin(objects["true_class"], ("SNIa", "SNII", "SLSN"))][:10]:
        found, = match("nearest", {"use": "extcats", "name": "TNS", "rs_arcsec": 1}, ra_deg=row["meanra"],
                       dec_deg=row["meandec"]).json()
        assert found["body"]["internal_names"] == row["oid"] and not {"ra", "dec"} & set(found["body"])
        assert found["body"]["objname"] == f"20{row['oid'][3:5]}{row['oid'][-4:]}"


def test_records_are_uneven(match):
    """A key that one record lacks is null in an answer of several, and is not there in one alone."""
    item = {"use": "extcats", "name": "TNS", "rs_arcsec": 3600 * 180}
    everything, = match("all", item).json()
    without = [row for row in everything if row["body"]["internal_name"] is None]
    assert without and {tuple(row["body"]) for row in everything} == {tuple(everything[0]["body"])}
    assert any(row["body"]["redshift"] is None for row in everything)


def test_filters_of_records(match):
    item = {"use": "extcats", "name": "milliquas", "rs_arcsec": 3600 * 180}
    everything, = match("all", item).json()
    distant, = match("all", {**item, "post_filter": {"redshift": {"$gte": 1, "$lt": 2}}}).json()
    assert distant == [row for row in everything if 1 <= row["body"]["redshift"] < 2]
    assert match("nearest", {**item, "pre_filter": {"broad_type": "Z"}}).json() == [None]
    assert match("any", {**item, "pre_filter": {"redshift": {"$near": 1}}}).status_code == 500


def test_records_by_name(ampel, match):
    def record(catalog, name):
        return ampel.ask("GET", f"{ampel.catalogmatch}/catalogs/{catalog}/{name}")

    rows, = match("all", {"use": "extcats", "name": "milliquas", "rs_arcsec": 3600 * 180}).json()
    good = next(row["body"] for row in rows if row["body"]["rmag"] is not None)
    assert record("milliquas", good["name"]).json() == good
    assert record("milliquas", "nobody").json() is None
    assert record("TNS", "2018abc").status_code == record("nope", "x").status_code == 404
    bad = next(row["body"] for row in rows if row["body"]["rmag"] is None)  # it is not a number
    assert record("milliquas", bad["name"]).status_code == 500


def test_any_looks_at_one_record(match, synthetic):
    """Where it looks up pixels, it can say that there is nothing beside a source."""
    item = {"use": "extcats", "name": "milliquas", "rs_arcsec": 3600 * 180}
    rows, = match("all", item).json()
    place = SkyCoord([row["body"]["ra"] for row in rows], [row["body"]["dec"] for row in rows], unit="deg")
    wrong = 0
    for number, row in enumerate(rows):
        if (place[number].separation(place).arcsec[:number] < 11).any():
            near = {**item, "rs_arcsec": 0.5}
            there = {"ra_deg": row["body"]["ra"], "dec_deg": row["body"]["dec"]}
            assert match("nearest", near, **there).json()[0]["body"]["name"] == row["body"]["name"]
            wrong += match("any", near, **there).json() == [False]
    assert wrong


def test_one_broken_catalogue_breaks_all(match, ampel):
    items = {"name": "GAIADR2"}, {"name": "AKARI", "rs_arcsec": 600}
    assert match("any", *items).json() == [True, True]
    for method in ("nearest", "all"):
        reply = match(method, *items)
        assert (reply.status_code, reply.text) == (500, "Internal Server Error")
    assert match("nearest", {"name": "GAIADR2"}, {"name": "AKARI", "rs_arcsec": 0.001}).status_code == 200


def test_some_are_not_listed(ampel, match):
    listed = {entry["name"] for entry in ampel.ask("GET", f"{ampel.catalogmatch}/catalogs/").json()}
    assert "GAIADR2" in listed and not {"NEDz", "SDSSoffset"} & listed
    assert match("nearest", {"name": "NEDz", "rs_arcsec": 600}).json()[0]["body"]["z"] > 0


def test_what_is_refused(ampel, match):
    assert match("any", {"name": "nope"}, {"name": "GAIADR2"}).json()["detail"][0]["loc"] == [
        "body", "catalogs", 0, "catsHTM", "name"]
    assert match("any", {"name": "GAIADR2", "use": "x"}).json()["detail"][0]["type"] == "union_tag_invalid"
    assert match("any", {"name": "GAIADR2", "catq_kwargs": {}}).status_code == 200  # unknown fields are not looked at
    assert ampel.ask("GET", f"{ampel.catalogmatch}/cone_search/any").status_code == 405
    moved = ampel.ask("GET", f"{ampel.catalogmatch}/catalogs", allow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (307, f"{ampel.catalogmatch}/catalogs/")
