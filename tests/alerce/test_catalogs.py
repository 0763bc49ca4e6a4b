# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""External catalogues: recorded replies, units, many positions, both forms of replies, and what is no reply."""

import json

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers import BrokerTable
from astroquery_brokers.alerce import Alerce
from astroquery_brokers.exceptions import (BrokerError, InvalidArgumentError, ObjectNotFoundError,
                                           PartialResultWarning, RejectedQueryError, ReplyParseError)

CENTRE = SkyCoord(357.73373, 14.20514, unit="deg")
ROUTES = {"/conesearch": "catshtm_conesearch_catalog_response.json",
          "/conesearch_all": "catshtm_conesearch_all_response.json",
          "/crossmatch": "catshtm_crossmatch_catalog_response.json",
          "/crossmatch_all": "catshtm_cossmatch_all_response.json"}
UNITS = {"": None, " ": None, "null": None, None: None, "JD": "d", "MJD": "d", "JYear": "yr", "year": "yr",
         "nanomaggies": "3631 nJy", "deg/day": "deg/d", "magAB": "mag", "arcse": "arcsec", "FeH": None, "logg": None,
         "DN": "adu"}
TWO = SkyCoord([185.0, 185.05], [15.0, 15.06], unit="deg")


@pytest.fixture
def recorded(speaker, shared_data):
    """The replies that were recorded, now those of the speaker; decoded, by route."""
    found = {}
    for route, file in ROUTES.items():
        body = (shared_data / "alerce" / file).read_bytes()
        speaker.replies[route] = 200, "application/json", body
        found[route] = json.loads(body)
    return found


def say(speaker, route, payload):
    speaker.replies[route] = 200, "application/json", json.dumps(payload).encode()


def assert_same(table, columns, name):
    """Every value and unit of a reply is in the table, in the order of separations."""
    sent = {key: column.get("values", [column.get("value")]) for key, column in columns.items()}
    order = np.argsort(table.coords.separation(CENTRE))
    np.testing.assert_array_equal(order, np.arange(len(table)))
    ra, dec = table.coords.ra.deg.tolist(), table.coords.dec.deg.tolist()
    place = [key for key in sent if key.lower().removeprefix("match") in ("ra", "dec")]
    keys = sorted(place, key=lambda key: "dec" in key.lower())
    rows = [list(zip(*(sent[key] for key in keys))).index(pair) for pair in zip(ra, dec)]
    assert sorted(rows) == list(range(len(sent[keys[0]])))
    for key, column in columns.items():
        for row, at in zip(table, rows, strict=True):
            value = sent[key][at]
            if value in (None, "null", "NaN"):
                assert row[key] is np.ma.masked
            else:
                assert row[key] == (np.inf if value == "infinity" else value), (name, key)
        unit = column.get("units", column.get("unit"))
        if name != "SDSSoffset":
            assert table[key].unit == (UNITS[unit] if unit in UNITS else u.Unit(unit)), (name, key, unit)


def test_the_recorded_replies_come_through(broker, recorded):
    everything = broker.query_catalogs(CENTRE, "100 arcsec")
    sent = {name: columns for one in recorded["/conesearch_all"]["catalogs"] for name, columns in one.items()}
    assert list(everything) == [name for name, columns in sent.items() if columns]
    for name, table in everything.items():
        assert isinstance(table, BrokerTable)
        assert_same(table, sent[name], name)
        assert table.meta["provenance"] == everything.meta["provenance"]
    nearest = broker.catshtm_crossmatch(357.73373, 14.20514, 100)
    for one in recorded["/crossmatch_all"]:
        (name, columns), = one.items()
        assert_same(nearest[name], columns, name)
        assert len(nearest[name]) == 1 and nearest[name]["cat_name"][0] == f"catsHTM_{name}"


def test_the_recorded_replies_of_one_catalogue(broker, recorded, speaker):
    gaia = broker.query_catalogs(CENTRE, "100 arcsec", "GAIADR1")
    assert_same(gaia, recorded["/conesearch"]["GAIA/DR1"], "GAIA/DR1")
    assert gaia.colnames[:3] == ["separation", "RA", "Dec"] and len(gaia) == 9
    assert "catalog=GAIADR1&ra=357.73373&dec=14.20514&radius=100.0" in speaker.asked[-1]
    match = broker.catshtm_crossmatch(357.73373, 14.20514, 100, "GAIA/DR1")
    assert_same(match, recorded["/crossmatch"], "GAIA/DR1")
    assert match["separation"][0] == pytest.approx(match["distance"][0], abs=1e-4)
    assert "catalog=GAIADR1" in speaker.asked[-1]


def test_the_recorded_redshift(broker, recorded):
    expected = next(columns["z"]["value"] for one in recorded["/crossmatch_all"] for columns in one.values()
                    if "z" in columns)
    assert broker.catshtm_redshift(357.73373, 14.20514, 100) == expected


def of(**columns):
    """What a catalogue says about its nearest source, as the service writes it."""
    return {name: {"unit": "", "value": value} for name, value in columns.items()}


@pytest.mark.parametrize("values, expected", [
    (["abc", 0.25], 0.25), (["infinity", 0.25], 0.25), ([None, 0.25], 0.25), ([True, 0.25], 0.25), ([1, 0.25], 1.0),
    (["abc"], None), (["infinity"], None)])
def test_what_is_no_redshift_is_passed_over(broker, speaker, values, expected):
    say(speaker, "/crossmatch_all", [{f"X{number}": of(RA=1.0, Dec=1.0, z=value)}
                                     for number, value in enumerate(values)])
    assert broker.catshtm_redshift(1.0, 1.0, 10) == expected


@pytest.mark.parametrize("columns, expected", [
    ([dict(zphot=0.75), dict(z=0.25)], 0.25), ([dict(z=None, z_phot=0.5), dict(zphot=0.75)], 0.5),
    ([dict(zphot=0.75), dict(z_phot=0.5)], 0.75), ([dict(z=-0.001, zphot=0.5)], -0.001)])
def test_a_spectroscopic_redshift_comes_before_a_photometric_one(broker, speaker, columns, expected):
    say(speaker, "/crossmatch_all", [{f"X{number}": of(RA=1.0, Dec=1.0, **one)} for number, one in enumerate(columns)])
    assert broker.catshtm_redshift(1.0, 1.0, 10) == expected


def test_positions_are_floats_however_they_are_written(broker, speaker):
    say(speaker, "/crossmatch_all", [{"NEDz": of(RA=1, Dec=1, z=0.5)}])
    table = broker.catshtm_crossmatch(1.0, 1.0, 10)["NEDz"]
    assert table["RA"].dtype == table["Dec"].dtype == float and table["RA"].unit == "deg"
    assert (table["RA"][0], table["separation"][0]) == (1.0, 0.0)
    say(speaker, "/crossmatch_all", [{"NEDz": of(RA="abc", Dec=1.0)}])
    with pytest.raises(ReplyParseError, match="'RA' of NEDz has positions that are no numbers"):
        broker.catshtm_crossmatch(2.0, 1.0, 10)


def test_many_positions_are_one_table(box):
    table = Alerce.query_catalogs(TWO, 2 * u.arcmin, catalog="WISE")
    assert table["separation"].unit == "arcsec" and set(table["query_index"]) == {0, 1}
    assert (np.lexsort((table["separation"], table["query_index"])) == np.arange(len(table))).all()
    np.testing.assert_allclose(table.coords.separation(TWO[table["query_index"]]).arcsec, table["separation"])
    for index in (0, 1):
        alone = Alerce.query_catalogs(TWO[index], "2 arcmin", "WISE")
        part = table[table["query_index"] == index]
        assert list(part["RA"]) == list(alone["RA"]) and "query_index" not in alone.colnames
    assert table["ErrDec"].unit == "arcsec" and "arcse" in table["ErrDec"].description


def test_all_catalogues_at_many_positions_with_one_that_fails(box):
    box.faults = [{"path": "*ra=185.05&*", "status": 500}]
    with pytest.warns(PartialResultWarning, match="1 of 2 requests"):
        tables = Alerce.query_catalogs(TWO, "2 arcmin", cache=False)
    box.faults = []
    alone = Alerce.query_catalogs(TWO[0], "2 arcmin")
    assert {name: len(table) for name, table in tables.items()} == {name: len(table) for name, table in alone.items()}
    assert list(tables.failures["item"]) == ["1"] and tables["WISE"].failures["status"][0] == "500"
    assert tables.meta["coverage"][0]["failed"] == 1 and "WISE" in repr(tables)


def test_an_object_is_a_position(box, showpiece):
    objects = box.truth.objects
    row = objects[objects["oid"] == showpiece][0]
    there = SkyCoord(row["meanra"], row["meandec"], unit="deg")
    found, expected = (Alerce.query_catalogs(asked, "60 arcsec", "GAIADR2") for asked in (showpiece, there))
    assert list(found["RA"]) == list(expected["RA"])
    with pytest.raises(ObjectNotFoundError):
        Alerce.query_catalogs("ZTF99aaaaaaa", "60 arcsec")


def test_nothing_there_is_an_empty_table(box):
    with pytest.warns(NoResultsWarning):
        table = Alerce.query_catalogs("10.0 -80.0", "1 arcsec", "WISE")
    assert len(table) == 0 and table["separation"].unit == "arcsec"
    with pytest.warns(NoResultsWarning):
        assert Alerce.query_catalogs("10.0 -80.0", "1 arcsec") == {}
    with pytest.warns(NoResultsWarning):
        assert len(Alerce.catshtm_crossmatch(10.0, -80.0, 1, "WISE")) == 0
    with pytest.warns(NoResultsWarning):
        assert Alerce.catshtm_redshift(10.0, -80.0, 1) is None


def test_formats(box):
    frames = Alerce.catshtm_conesearch(185.0, 15.0, 120, format="pandas")
    frame = Alerce.catshtm_conesearch(185.0, 15.0, 2 * u.arcmin, "NEDz", format="pandas")
    assert type(frame).__name__ == "DataFrame" and frame.equals(frames["NEDz"])
    rows = Alerce.query_catalogs("185.0 15.0", "120 arcsec", "NEDz", format="json")
    assert [row["z"] for row in rows] == [None if np.isnan(z) else z for z in frame["z"]]


def test_tables_are_written_with_their_units(box, tmp_path):
    for name, table in Alerce.query_catalogs("185.0 15.0", "2 arcmin").items():
        table.write(tmp_path / "table.vot", format="votable", overwrite=True)
        again = BrokerTable.read(tmp_path / "table.vot", format="votable")
        assert [str(again[key].unit) for key in again.colnames] == [str(table[key].unit) for key in table.colnames]
        assert again.meta["provenance"][0]["verb"] == "query_catalogs", name


def test_the_list_of_catalogues(box):
    listed = Alerce.list_catalogs()
    assert len(listed) == 33
    for row in listed:
        payloads = [Alerce.query_catalogs("185.0 15.0", "1 arcsec", name, get_query_payload=True)
                    for name in (row["catalog"], row["shown_as"])]
        assert payloads[0] == payloads[1] and payloads[0]["params"]["catalog"] == row["catalog"]


# -- forms of replies ----------------------------------------------------------------------------------------------


NEW = [{"attribute_name": "Dec", "unit": "rad", "values": [0.25, 0.2503]},
       {"attribute_name": "RA", "unit": "rad", "values": [6.2, 6.2001]},
       {"attribute_name": "flags", "unit": None, "values": [68987912192, None]},
       {"attribute_name": "Excess", "unit": " ", "values": ["infinity", None]},
       {"attribute_name": "name", "unit": "", "values": ["a", None]}]


@pytest.mark.parametrize("form", ["new", "old"])
def test_both_forms_of_columns_are_read(broker, speaker, form):
    columns = NEW if form == "new" else {column["attribute_name"]: {"units": column["unit"], "values": column["values"]}
                                         for column in NEW}
    say(speaker, "/conesearch", {"GAIA/DR1": columns})
    ra, dec = np.degrees(6.2), np.degrees(0.25)
    table = broker.query_catalogs(SkyCoord(ra, dec, unit="deg"), "2 arcmin", "GAIADR1")
    assert table["RA"].unit == table["Dec"].unit == "deg"
    assert (table["RA"][0], table["Dec"][0]) == (ra, dec) and table["separation"][0] == 0
    assert table["flags"].dtype == "int64" and table["flags"].tolist() == [68987912192, None]
    assert table["Excess"].tolist() == [np.inf, None] and table["name"].tolist() == ["a", None]


BIG = 2**60 + 1


@pytest.mark.parametrize("values, dtype, expected", [
    ("[%d, 2.0, null]", "int64", [BIG, 2, None]),
    ("[%d, null, NaN]", "int64", [BIG, None, None]),
    ("[%d, 2.5, null]", "str", [str(BIG), "2.5", None]),
    ('[%d, "infinity", null]', "str", [str(BIG), "infinity", None]),
    ("[%d, 1e20, null]", "str", [str(BIG), "1e+20", None]),
    ("[3, 2.5, NaN]", "float64", [3.0, 2.5, None]),
    ("[3.0, 2.0, null]", "float64", [3.0, 2.0, None]),
    ('[3, "infinity", NaN]', "float64", [3.0, np.inf, None]),
    ("[3, 2.0, -1]", "int64", [3, 2, -1]),
])
def test_integers_stay_exact_among_other_numbers(broker, speaker, values, dtype, expected):
    sent = values % BIG if "%" in values else values
    speaker.replies["/conesearch"] = 200, "application/json", b'''{"WISE": {
        "RA": {"units": "deg", "values": [1.0, 1.0001, 1.0002]}, "Dec": {"units": "deg", "values": [1, 1.0, 1.0]},
        "id": {"units": " ", "values": %s}}}''' % sent.encode()
    table = broker.query_catalogs("1.0 1.0", "1 arcmin", "WISE")
    found = table["id"]
    assert found.dtype.kind == "U" if dtype == "str" else found.dtype == dtype
    assert found.tolist() == expected and all(type(one) is type(two) for one, two in zip(found.tolist(), expected))
    assert ("as text" in found.description) == (dtype == "str")


@pytest.mark.parametrize("name", ["GAIA/DR2", "CatWISE"])
def test_a_reply_about_another_catalogue_is_refused(broker, speaker, name):
    columns = {"RA": {"units": "deg", "values": [1.0]}, "Dec": {"units": "deg", "values": [1.0]}}
    for payload in ({name: columns}, {"WISE": columns, name: columns}):
        say(speaker, "/conesearch", payload)
        with pytest.raises(ReplyParseError, match=f"WISE was asked, and the reply is about {name}"):
            broker.query_catalogs("1.0 1.0", "1 arcmin", "WISE")
    say(speaker, "/conesearch", {name: {}})
    with pytest.warns(NoResultsWarning, match="no rows for sources in WISE within"):
        assert len(broker.query_catalogs("1.0 1.0", "1 arcmin", "WISE")) == 0


@pytest.mark.parametrize("asked, name", [("GAIADR2", "GAIA/DR2"), ("GAIA/DR2", "GAIADR2"), ("2MASS", "TMASS"),
                                         ("CRTS_per_var", "CRTS"), ("WISE", "WISE")])
def test_a_catalogue_may_be_named_either_way(broker, speaker, asked, name):
    say(speaker, "/conesearch", {name: {"RA": {"units": "deg", "values": [1.0]},
                                        "Dec": {"units": "deg", "values": [1.0]}}})
    assert len(broker.query_catalogs("1.0 1.0", "1 arcmin", asked)) == 1


def test_what_is_not_there_is_said_in_words(broker, speaker):
    say(speaker, "/crossmatch_all", [])
    with pytest.warns(NoResultsWarning, match="no rows for nearest sources in any catalogue within 1.0 arcsec of"):
        assert broker.catshtm_redshift(1.0, 1.0, 1.0) is None


def test_shifted_units_are_mended(box):
    table = Alerce.query_catalogs("185.0 15.0", "2 arcmin", "SDSSoffset")
    assert {str(table[f"psffwhm_{band}"].unit) for band in "ugriz"} == {"arcsec"}
    assert table["TAI_r"].unit == "d" and "MJD" in table["psffwhm_u"].description
    assert table.coords.separation(SkyCoord(185, 15, unit="deg")).max() < 2 * u.arcmin


@pytest.mark.parametrize("route, ask", [
    ("/conesearch", lambda broker: broker.query_catalogs(CENTRE, "1 arcsec", "WISE")),
    ("/conesearch_all", lambda broker: broker.query_catalogs(CENTRE, "1 arcsec")),
    ("/crossmatch", lambda broker: broker.catshtm_crossmatch(1.0, 1.0, 1.0, "WISE")),
    ("/crossmatch_all", lambda broker: broker.catshtm_redshift(1.0, 1.0, 1.0))])
def test_what_is_no_reply_raises(broker, speaker, route, ask):
    say(speaker, route, "Request contains one or more invalid arguments.")
    with pytest.raises(RejectedQueryError, match="one or more invalid arguments") as caught:
        ask(broker)
    assert caught.value.status_code == 200 and caught.value.response is not None
    for payload in (3, [3], [[3]], {"WISE": 3}, {"WISE": {"RA": 3}}, {"WISE": {"RA": {"units": "deg", "values": 3}}},
                    {"WISE": {"RA": {"values": [1]}, "Dec": {"values": [1, 2]}}}):
        say(speaker, route, payload if route != "/crossmatch_all" else [payload])
        with pytest.raises(ReplyParseError):
            ask(broker)
    speaker.replies[route] = 200, "text/html", b"<html>busy</html>"
    with pytest.raises(ReplyParseError, match="busy"):
        ask(broker)
    speaker.replies[route] = 500, "text/html", b"<html>trouble</html>"
    with pytest.raises(BrokerError, match="trouble"):
        ask(broker)


@pytest.mark.parametrize("verb, arguments, words", [
    ("query_catalogs", (CENTRE, 5), "no unit"), ("query_catalogs", (CENTRE, "5 arcsec", "GAIA"), "Did you mean"),
    ("query_catalogs", ("nowhere", "5 arcsec"), "not a position"),
    ("catshtm_conesearch", (400.0, 0.0, 5), "ra=400"), ("catshtm_conesearch", (1.0, 0.0, 0), "greater than 0"),
    ("catshtm_conesearch", (1.0, 0.0, -1), "greater than 0"), ("catshtm_conesearch", (1.0, 0.0, np.nan), "radius=nan"),
    ("catshtm_conesearch", (1.0, 0.0, None), "needs radius"),
    ("catshtm_crossmatch", (1.0, 0.0, 5, "ALL"), "catalog_name"), ("catshtm_redshift", (1.0, 95.0, 5), "dec=95")])
def test_what_is_refused_before_anything_is_sent(broker, speaker, verb, arguments, words):
    with pytest.raises(InvalidArgumentError, match=words):
        getattr(broker, verb)(*arguments)
    assert speaker.asked == []


@pytest.mark.parametrize("catalog", [["WISE", "GAIADR2"], [], {"WISE"}, 5, "wise"])
def test_catalogues_that_are_none(box, catalog):
    sent = len(box.requests)
    with pytest.raises(InvalidArgumentError, match="catalog=.* is not known. .*Allowed: .*GAIADR2.*WISE"):
        Alerce.query_catalogs("185 15", "1 arcmin", catalog=catalog)
    assert len(box.requests) == sent
