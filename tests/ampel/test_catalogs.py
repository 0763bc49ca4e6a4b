# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Catalogue matching: every recorded reply, exact values, radii, units, and one bad catalogue among good ones."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers.exceptions import (InvalidArgumentError, ObjectNotFoundError, PartialResultWarning,
                                           RejectedQueryError)

ROOT = "/api/catalogmatch"
LIST, ALL, NEAREST, ANY = (f"GET {ROOT}/catalogs/", *(f"POST {ROOT}/cone_search/{match}"
                                                      for match in ("all", "nearest", "any")))
FIVE = SkyCoord(5, 5, unit="deg")
RADII = {"ROSATfsc": 1 * u.deg, "AKARI": "60 arcsec"}


@pytest.fixture(autouse=True)
def catalogs(recorded):
    return recorded("cat_list")


def test_the_recorded_list_comes_through(broker, catalogs):
    table = broker.list_catalogs()
    assert table["name"].tolist() == [row["name"] for row in catalogs]
    assert table["n_columns"].tolist() == [len(row["columns"]) for row in catalogs]
    assert table["description"].mask.tolist() == [row["description"] is None for row in catalogs]
    columns = broker.list_catalogs(columns=True)
    sent = [(row["name"], row["use"], one["name"], one["unit"]) for row in catalogs for one in row["columns"]]
    assert [tuple(row) for row in zip(*(columns[name].tolist() for name in columns.colnames))] == sent


def test_the_recorded_sources_come_through_in_degrees_and_nearest_first(broker, recorded, speaker):
    sent, nothing = recorded("cat_all")
    tables = broker.query_catalogs(FIVE, RADII, columns=["RA", "Dec", "CountRate"])
    assert list(tables) == ["ROSATfsc"] and not nothing
    rosat, sent = tables["ROSATfsc"], sorted(sent, key=lambda source: source["dist_arcsec"])
    assert rosat["separation"].tolist() == [source["dist_arcsec"] for source in sent]
    assert rosat["CountRate"].tolist() == [source["body"]["CountRate"] for source in sent]
    np.testing.assert_array_equal(rosat["RA"], np.degrees([source["body"]["RA"] for source in sent]))
    np.testing.assert_allclose(rosat.coords.separation(FIVE).arcsec, rosat["separation"], rtol=1e-9)
    assert rosat["RA"].unit == "deg" and rosat["CountRate"].unit == "ct/s"
    (_, body), = speaker.sent(ALL)
    assert body == {"ra_deg": 5.0, "dec_deg": 5.0, "catalogs": [
        {"name": "ROSATfsc", "use": "catsHTM", "rs_arcsec": 3600.0, "keys_to_append": ["RA", "Dec", "CountRate"]},
        {"name": "AKARI", "use": "catsHTM", "rs_arcsec": 60.0, "keys_to_append": ["RA", "Dec", "CountRate"]}]}


def test_one_coordinate_alone_is_in_degrees_too(broker, speaker):
    speaker.says(ALL, [[{"body": {"RA": 0.0873, "CountRate": 2.0}, "dist_arcsec": 1.0}]])
    rosat = broker.query_catalogs(FIVE, "60 arcsec", "ROSATfsc", columns=["RA", "CountRate"])
    assert rosat["RA"].tolist() == [np.degrees(0.0873)] and rosat["RA"].unit == "deg"


def test_the_recorded_sources_without_a_position(broker, recorded):
    (sent,) = recorded("cat_all_tns")
    tns = broker.query_catalogs(SkyCoord(0, 0, unit="deg"), "40 arcmin", catalog="TNS")
    sent = sorted(sent, key=lambda source: source["dist_arcsec"])
    assert tns["objname"].tolist() == ["2019nho", "2018djb", "2020ubb"]
    assert tns["separation"].tolist() == [source["dist_arcsec"] for source in sent]
    assert tns["redshift"].mask.all() and tns["discoverymag"].tolist() == [20.42, 21.64, 19.1521]


def test_the_recorded_nearest_sources(broker, recorded):
    sent, *nothing = recorded("cat_nearest")
    tables = broker.query_catalogs(FIVE, {**RADII, "milliquas": "60 arcsec"}, match="nearest")
    assert list(tables) == ["ROSATfsc"] and nothing == [None, None]
    row, = tables["ROSATfsc"]
    for name, value in sent["body"].items():
        assert row[name] == (np.degrees(value) if name in ("RA", "Dec") else value), name
    assert row["separation"] == sent["dist_arcsec"] and tables["ROSATfsc"]["JD_startObs"].unit == "d"


def test_the_recorded_source_of_extcats_keeps_its_nulls(broker, recorded):
    (sent,) = recorded("cat_nearest_extcats")
    table = broker.query_catalogs("265 -89.58", "60 arcsec", "milliquas", match="nearest")
    for name, value in sent["body"].items():
        assert table[name][0] is np.ma.masked if value is None else table[name][0] == value, name
    assert table["ra"].unit == "deg" and table["_19"].dtype == np.int64


def test_whether_there_is_anything(broker, recorded):
    assert recorded("cat_any") == [True, False, False]
    table = broker.query_catalogs(FIVE, {**RADII, "milliquas": "60 arcsec"}, match="any")
    assert table["catalog"].tolist() == ["ROSATfsc", "AKARI", "milliquas"]
    assert table["matched"].tolist() == [True, False, False] and table["query_index"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("name, message", [
    ("cat_unknown_catalog_422", "Unknown extcats catalog 'nope'"), ("cat_bad_dec_422", "greater than or equal to -90"),
    ("cat_missing_use_422", "Unable to extract tag")])
def test_recorded_refusals_are_quoted(broker, recorded, name, message):
    recorded(name)
    with pytest.raises(RejectedQueryError, match=message):
        broker.query_catalogs(FIVE, "60 arcsec", "milliquas", match="any")


def test_a_name_without_an_index_and_one_that_is_not_there(broker, recorded, speaker):
    recorded("cat_name_lookup_404")
    with pytest.raises(ObjectNotFoundError, match="2020ubb"):
        broker.query_catalog_source("2020ubb", "TNS")
    speaker.says(f"GET {ROOT}/catalogs/milliquas/nobody", None)
    with pytest.warns(NoResultsWarning):
        assert len(broker.query_catalog_source("nobody", "milliquas")) == 0
    record = {"name": "WISEA J1", "ra": 265.9083611, "dec": -89.5, "redshift": None}
    speaker.says(f"GET {ROOT}/catalogs/milliquas/WISEA%20J1", record)
    table = broker.query_catalog_source("WISEA J1", "milliquas")
    assert table["ra"][0] == 265.9083611 and table["redshift"].mask.all() and "separation" not in table.colnames


def test_no_token_is_sent(broker, recorded, speaker):
    recorded("cat_any")
    broker.query_catalogs(FIVE, RADII, match="any")
    assert speaker.asked and all("Authorization" not in headers for _, _, headers, _ in speaker.asked)


def test_one_catalogue_that_fails_costs_only_itself(broker, speaker):
    fine = [[{"body": {"RA": 0.1, "Dec": 0.1}, "dist_arcsec": 3.0}]]
    headers = {"content-type": "application/json"}
    broken = (500, {"content-type": "text/plain"}, b"Internal Server Error")
    for question in (ALL, NEAREST):
        speaker.replies[question] = [broken, broken, (200, headers, str(fine).replace("'", '"').encode())]
    for match in ("all", "nearest"):
        with pytest.warns(PartialResultWarning, match="lacks AKARI"):
            tables = broker.query_catalogs(FIVE, {"AKARI": "60 arcsec", "ROSATfsc": "1 deg"}, match=match)
        assert list(tables) == ["ROSATfsc"] and tables["ROSATfsc"]["separation"].tolist() == [3.0]
        assert len(tables.failures) == 1 and tables.failures["status"][0] == "500"
    assert [len(body["catalogs"]) for _, body in speaker.sent(ALL)] == [2, 1, 1]


def test_what_is_not_in_the_list_is_asked_of_catshtm(broker, speaker):
    speaker.says(ALL, [[{"body": {"RA": 0.1, "Dec": 0.1, "z": 0.02}, "dist_arcsec": 1.0}]])
    table = broker.query_catalogs(FIVE, "60 arcsec", "NEDz")
    assert speaker.sent(ALL)[0][1]["catalogs"][0]["use"] == "catsHTM"
    assert table["RA"][0] == pytest.approx(np.degrees(0.1)) and table["z"][0] == 0.02


def test_mixed_records_and_many_positions(broker, speaker):
    first = [[{"body": {"name": "a", "n": 2**60 + 1, "flag": True}, "dist_arcsec": 2.0},
              {"body": {"name": "b", "n": None, "extra": {"x": 1}}, "dist_arcsec": 1.0}]]
    speaker.says(ALL, first, [None], [None])
    table = broker.query_catalogs(SkyCoord([5, 6, 7], [5, 5, 5], unit="deg"), "60 arcsec", ["milliquas"])["milliquas"]
    assert table["name"].tolist() == ["b", "a"] and table["query_index"].tolist() == [0, 0]
    assert table["n"].dtype == np.int64 and table["n"][1] == 2**60 + 1 and table["n"].mask.tolist() == [True, False]
    assert table["flag"].dtype == bool and table["extra"].tolist() == ['{"x": 1}', None]


@pytest.mark.parametrize("arguments, message", [
    (dict(radius=None), "needs radius"), (dict(radius=5), "has no unit"),
    (dict(radius="5 arcsec", catalog=[]), "empty"),
    (dict(radius={"TNS": "5 arcsec"}, catalog="GAIADR2"), "no angle for GAIADR2"),
    (dict(radius={}), "no angle"), (dict(radius="5 arcsec", match="some"), "Allowed: all, any, nearest")])
def test_bad_arguments_are_refused_before_anything_is_sent(broker, speaker, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        broker.query_catalogs(FIVE, **arguments)
    assert not speaker.asked
