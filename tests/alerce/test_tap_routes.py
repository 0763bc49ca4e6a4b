# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The same question by REST and by TAP: the same table, for all objects of the synthetic sky."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.utils.exceptions import AstropyUserWarning
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import (BrokerConnectionError, InvalidArgumentError, ObjectNotFoundError,
                                           RejectedQueryError, ReplyParseError)
from astroquery_brokers.sandbox.dialects.alerce_tap_schema import TABLES
from astroquery_brokers.tables.lightcurve import magnitude_from_flux

# Columns that TAP lacks.
LACKING = {"tid", "sid", "aid", "candid", "phase", "class", "classifier", "probability", "survey_id"}
# Columns that REST no longer sends.
GONE = {"drbversion", "saturation_rate", "dmdt_first", "dm_first", "sigmadm_first", "dt_first", "magmean_corr",
        "magmedian_corr", "magmax_corr", "magmin_corr", "magsigma_corr", "maglast_corr", "magfirst_corr"}
# Of forced photometry REST sends doubles, and TAP the floats of 32 bits next to them.
ROUNDED = {column.name for column in TABLES["ztf.forced_photometry"][1] if column.datatype == "float"}
# What the canonical light curve makes of them, and of which columns.
FLUXES = ("flux", "flux_err"), ("total_flux", "total_flux_err")

pytestmark = pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")


@pytest.fixture
def asked(box):
    """Paths of the requests since the fixture was made."""
    start = len(box.requests)
    return lambda: [request["path"] for request in box.requests[start:]]


def compare(rest, tap, keys, rounded=()):
    """The columns that both have are exactly the same, row for row; of some, the doubles of REST rounded to 32 bits."""
    assert rest.colnames == tap.colnames and len(rest) == len(tap)
    if keys:
        rest, tap = rest.copy(), tap.copy()
        rest.sort(keys)
        tap.sort(keys)
    for name in rest.colnames:
        one, other = rest[name], tap[name]
        assert (one.dtype.kind, one.unit, one.meta) == (other.dtype.kind, other.unit, other.meta), name
        lost = np.ma.getmaskarray(other) & ~np.ma.getmaskarray(one)
        if name in LACKING and np.ma.getmaskarray(other).all():
            continue
        assert not lost.any(), name
        if name in GONE and np.ma.getmaskarray(one).all():
            continue
        assert (np.ma.getmaskarray(one) == np.ma.getmaskarray(other)).all(), name
        if name in rounded:
            one, other = np.ma.asarray(one, dtype="float32"), np.ma.asarray(other, dtype="float32")
        if name != "origin_row":
            assert one.tolist() == other.tolist(), name


def with_magnitudes(table):
    """The forced photometry of a light curve, with the magnitudes from which its fluxes were computed."""
    table = table[table["kind"] == "forced"]
    for names in FLUXES:
        for name, values in zip(names, magnitude_from_flux(*(np.ma.asarray(table[name]) for name in names))):
            table[name] = values
    return table


@pytest.mark.parametrize("verb, survey, keys, requests", [
    ("query_objects", "ztf", None, 1),
    ("query_detections", "ztf", ["oid", "candid"], 1),
    ("query_non_detections", "ztf", ["oid", "mjd", "fid"], 1),
    ("query_forced_photometry", "ztf", ["oid", "pid"], 1),
    ("query_magstats", "ztf", ["oid", "fid"], 1),
    ("query_features", "ztf", ["oid", "name", "fid", "version"], 1),
    ("query_probabilities", "ztf", ["oid", "classifier_name", "classifier_version", "class_name"], 1),
    ("query_lightcurve", "ztf", None, 3),
    ("query_detections", "lsst", ["oid", "measurement_id"], 1),
    ("query_forced_photometry", "lsst", ["oid", "measurement_id"], 1),
    ("query_probabilities", "lsst", ["oid", "classifier_name", "classifier_version", "class_name"], 1),
    ("query_lightcurve", "lsst", None, 2),
])
def test_the_same_table_by_both_routes(alerce, box, asked, verb, survey, keys, requests):
    objects = box.truth.objects if survey == "ztf" else box.truth.lsst_objects
    ids = objects["oid"].tolist()
    tap = getattr(alerce, verb)(ids, route="tap")
    assert asked() == ["/tap/sync"] * requests
    rest = getattr(alerce, verb)(ids, route="rest")
    rounded = ROUNDED if (verb, survey) == ("query_forced_photometry", "ztf") else ()
    if (verb, survey) == ("query_lightcurve", "ztf"):
        compare(*(with_magnitudes(table) for table in (rest, tap)), keys,
                {"mag", "mag_err", "limiting_mag", *FLUXES[0], *FLUXES[1]})
        compare(*(table[table["kind"] != "forced"] for table in (rest, tap)), keys)
        assert rest["kind"].tolist() == tap["kind"].tolist()
    else:
        compare(rest, tap, keys, rounded)
    assert tap.meta["coverage"] == rest.meta["coverage"]
    assert tap.meta["provenance"][0]["parameters"]["route"] == "tap"


def test_objects_come_in_the_order_in_which_they_are_asked(alerce, box):
    ids = box.truth.objects["oid"][::-7].tolist()
    table = alerce.query_objects([*ids, "ZTF00zzzzzzz"], route="tap")
    assert table["oid"].tolist() == ids
    assert table.meta["coverage"][0]["missing"] == ["ZTF00zzzzzzz"]
    with pytest.warns(MaxResultsWarning):
        assert alerce.query_objects(ids, route="tap", row_limit=3)["oid"].tolist() == ids[:3]


@pytest.mark.parametrize("verb", ["query_object", "query_objects", "query_detections"])
@pytest.mark.parametrize("survey, other, datatype", [("ztf", "ZTF99zzzzzzz", 'char" arraysize="*'),
                                                     ("lsst", "170000000000000001", "long")])
@pytest.mark.parametrize("number", [1, 2])
def test_rows_about_something_else_are_refused(alerce, box, verb, survey, other, datatype, number):
    ids = (box.truth.objects if survey == "ztf" else box.truth.lsst_objects)["oid"][:number].tolist()
    box.faults = [{"path": "/tap/sync", "content_type": "application/x-votable+xml", "body": (
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">'
        f'<INFO name="QUERY_STATUS" value="OK"/><TABLE><FIELD name="oid" datatype="{datatype}"/><DATA><TABLEDATA>'
        f"<TR><TD>{other}</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>")}]
    with pytest.raises(ReplyParseError, match=f"answered about .*{other}"):
        getattr(alerce, verb)(ids[0] if number == 1 else ids, route="tap")


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
@pytest.mark.parametrize("number", [1, 2])
def test_objects_that_were_not_asked_for_are_refused(alerce, box, survey, number):
    ids = (box.truth.objects if survey == "ztf" else box.truth.lsst_objects)["oid"][:number].tolist()
    other = "ZTF99zzzzzzz" if survey == "ztf" else 170000000000000001
    box.faults = [{"path": "objects", "body": {"items": [{"oid": other}], "total": 1, "next": None, "has_next": False}}]
    with pytest.raises(ReplyParseError, match=f"answered about .*{other}"):
        alerce.query_objects(ids[0] if number == 1 else ids)


def test_bands_of_rubin_have_their_letters(alerce, rubin_objects):
    for verb in (alerce.query_detections, alerce.query_forced_photometry):
        table = verb(list(map(int, rubin_objects["oid"])), route="tap")
        assert {6: "u", 1: "g", 2: "r", 3: "i", 4: "z", 5: "y"} == dict(
            sorted(set(zip(table["band"].tolist(), table["band_name"].tolist())), key=lambda pair: pair[1]))


def many(box):
    """More ids than REST is asked for by default."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return box.truth.objects["oid"].tolist() + [f"ZTF99{a}{b}zzzzz" for a in letters for b in letters] + [
        f"ZTF98{a}zzzzzz" for a in letters]


def test_many_objects_go_by_tap_and_few_do_not(alerce, box, asked):
    ids = many(box)
    assert len(ids) > 1000
    table = alerce.query_objects(ids)
    assert asked() == ["/tap/sync"] and len(table) == 300
    alerce.query_objects(ids[:150])
    assert set(asked()[1:]) == {"/ztf/v1/objects/"}
    alerce.query_objects(ids[:1001], classifier="stamp_classifier")
    assert asked().count("/tap/sync") == 1


@pytest.mark.parametrize("size", [100, 200, 300, 400])
def test_very_many_ids_go_in_parts(alerce, box, asked, monkeypatch, size):
    monkeypatch.setattr("astroquery_brokers.alerce.routes._AT_ONCE", size)
    ids = box.truth.objects["oid"].tolist()
    table = alerce.query_objects(ids, route="tap")
    assert table["oid"].tolist() == ids and len(ids) == 300
    assert asked() == ["/tap/sync"] * -(-300 // size)


@pytest.mark.parametrize("fault", [{"status": 500, "body": "<html>oops</html>", "content_type": "text/html"},
                                   {"body": "<html>Sign in</html>", "content_type": "text/html"}])
def test_rest_is_asked_if_tap_fails(alerce, box, asked, fault):
    ids = many(box)
    box.faults = [{"path": "/tap/sync", **fault}]
    with pytest.warns(AstropyUserWarning, match="TAP service did not answer, and its other services are asked"):
        table = alerce.query_objects(ids)
    assert asked()[0] == "/tap/sync" and set(asked()[1:]) == {"/ztf/v1/objects/"}
    compare(alerce.query_objects(ids, route="rest"), table, None)
    assert table.meta["coverage"][0]["found"] == 300 and not len(table.failures)
    # whoever asks for TAP wants to know
    box.faults = [{"path": "/tap/sync", "reset": True}]
    with pytest.raises(BrokerConnectionError):
        AlerceClass(retries=0).query_objects(ids, route="tap", cache=False)


@pytest.mark.parametrize("arguments, message", [
    ({"route": "sql"}, "Allowed: rest, tap"), ({"route": "tap", "ndet": 3}, "ndet"),
    ({"route": "tap", "page": 1}, "page"), ({"route": "tap", "class_name": "SN"}, "class"),
    ({"route": "tap", "order_by": "ndet"}, "order")])
def test_what_tap_is_not_asked(alerce, asked, showpiece, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        alerce.query_objects(showpiece, **arguments)
    with pytest.raises(InvalidArgumentError, match="not .*ndet"):
        alerce.query_objects(ndet=3, route="tap")
    for others in ({"page_size": 10}, {"order_by": "n_det"}, {"count": True}):
        with pytest.raises(InvalidArgumentError):
            alerce.query_objects(survey="lsst", route="tap", **others)
    with pytest.raises(InvalidArgumentError, match="return_survey_extra"):
        alerce.query_object(170587117485817955, return_survey_extra=True, route="tap")
    assert asked() == []


# LSST objects by criteria

BETA, NEWER = "stamp_classifier_rubin_beta", "stamp_classifier_rubin_beta_20260421"


@pytest.fixture
def dates(rubin_objects):
    """The quartiles of the first and the last detection (MJD, TAI)."""
    return {name: np.quantile(np.asarray(rubin_objects[name]), (0.25, 0.75)).tolist()
            for name in ("firstmjd", "lastmjd")}


@pytest.mark.parametrize("criteria", [
    {}, {"classifier": BETA}, {"classifier": NEWER, "class_name": "SN"}, {"firstmjd": 0}, {"lastmjd": 1},
    {"firstmjd": "range", "lastmjd": "range"}, {"firstmjd": "until", "classifier": BETA, "class_name": "AGN"},
    {"probability": 0.5, "ndet": (10, 60)}, {"ranking": 2, "classifier": BETA, "firstmjd": "range"},
    {"classifier": BETA, "class_name": "bogus", "probability": 0.999}])
def test_a_search_for_lsst_objects_gives_the_same_by_both_routes(alerce, asked, dates, criteria):
    given = {"range": tuple, "until": lambda pair: (None, pair[1])}
    criteria = {name: given[value](dates[name]) if value in given else dates[name][value] if name in dates else value
                for name, value in criteria.items()}
    criteria |= {"survey": "lsst", "row_limit": -1}
    tap = alerce.query_objects(**criteria, route="tap")
    assert asked()[:1] == ["/tap/sync"] and set(asked()[1:]) <= {"/classifier_api/classifiers"}
    rest = alerce.query_objects(**criteria, route="rest")
    compare(rest, tap, ["oid", "classifier_name"])
    assert tap["oid"].tolist() == sorted(tap["oid"].tolist()) and tap["oid"].dtype == "int64"
    assert (tap.meta["provenance"][0]["route"], rest.meta["provenance"][0]["route"]) == ("tap", "rest")
    assert tap.meta["coverage"] == rest.meta["coverage"]


def test_ids_and_criteria_together(alerce, rubin_objects):
    ids = list(map(int, rubin_objects["oid"]))[::-1]
    tap = alerce.query_objects(ids, classifier=BETA, class_name="SN", route="tap")
    rest = alerce.query_objects(ids, classifier=BETA, class_name="SN", route="rest")
    compare(rest, tap, None)
    assert 5 < len(tap) < len(ids) and set(tap["class_name"]) == {"SN"}
    assert tap.meta["coverage"] == rest.meta["coverage"]


def test_criteria_of_lsst_go_by_tap_where_one_page_may_not_do(alerce, asked, dates):
    first, last = dates["firstmjd"]
    payload = alerce.query_objects(survey="lsst", firstmjd=(first, last), classifier=BETA, get_query_payload=True)
    assert payload["url"].endswith("/tap/sync") and payload["params"]["MAXREC"] == "10000"
    assert payload["params"]["QUERY"].endswith(
        f"WHERE o.sid = 1 AND p.ranking = 1 AND c.classifier_name = '{BETA}' AND o.firstmjd >= {first!r} "
        f"AND o.firstmjd <= {last!r} ORDER BY o.oid")
    for criteria in ({"firstmjd": first}, {"lastmjd": (None, last)}, {"classifier": BETA}):
        alerce.query_objects(survey="lsst", **criteria)
        assert asked()[-1] == "/tap/sync"
        for more in ({"row_limit": 1000}, {"page_size": 500}, {"order_by": "n_det"}, {"ra": 185, "dec": 15}):
            alerce.query_objects(survey="lsst", **criteria, **more)
            assert asked()[-1] == "/object_api/list_objects"
    alerce.query_objects(survey="lsst", ndet=30)
    assert asked()[-1] == "/object_api/list_objects"


def test_no_text_of_the_user_is_adql(alerce):
    payload = alerce.query_objects(survey="lsst", classifier="x' OR 'a'='a", class_name="'; --", get_query_payload=True)
    assert "c.classifier_name = 'x'' OR ''a''=''a' AND t.class_name = '''; --'" in payload["params"]["QUERY"]


def test_a_row_limit_is_kept_and_said_by_tap(alerce):
    every = alerce.query_objects(survey="lsst", classifier=BETA)
    with pytest.warns(MaxResultsWarning, match="row_limit=7"):
        cut = alerce.query_objects(survey="lsst", classifier=BETA, row_limit=7, route="tap")
    assert cut["oid"].tolist() == every["oid"][:7].tolist() and cut.meta["coverage"][0]["truncated"]


@pytest.mark.parametrize("criteria, message", [
    ({"classifier": BETA, "class_name": "Sn"}, "no class_name='Sn'. .*SN"),
    ({"classifier": "stamp_classifier_rubin", "class_name": "SN"}, f"Did you mean '{BETA}'"),
    ({"classifier": "x"}, "no LSST classifier 'x'")])
def test_a_class_or_classifier_that_is_not_there_is_said_by_tap_too(alerce, criteria, message):
    with pytest.raises(RejectedQueryError, match=message):
        alerce.query_objects(survey="lsst", **criteria)


def test_nothing_found_is_no_error(alerce, asked):
    with pytest.warns(NoResultsWarning, match="classifier=.*firstmjd=99999"):
        table = alerce.query_objects(survey="lsst", classifier=BETA, class_name="SN", firstmjd=99999.0)
    assert len(table) == 0 and table["firstmjd"].unit == "d"
    assert asked() == ["/tap/sync", "/classifier_api/classifiers"]


# single objects

def test_summaries_are_the_same_by_both_routes(alerce, box, rubin_objects):
    for objects in (box.truth.objects["oid"].tolist(), list(map(int, rubin_objects["oid"]))):
        rest, tap = (alerce.query_object(objects, route=route) for route in ("rest", "tap"))
        compare(rest, tap, None)
        one = alerce.query_object(objects[0], route="tap", format="json")
        assert one["oid"] == objects[0] and one["firstmjd"] == rest["firstmjd"][0]


def test_objects_of_the_solar_system_are_known_to_tap(alerce, box):
    objects = box.truth.lsst_objects
    objects = objects[objects["sid"] == 2]
    table = alerce.query_object(list(map(int, objects["oid"])), route="tap")
    assert table["oid"].tolist() == list(map(int, objects["oid"])) and set(table["sid"]) == {2}
    assert table["firstmjd"].tolist() == objects["firstmjd"].tolist() and len(table) > 3
    assert table["n_det"].tolist() == objects["n_det"].tolist()
    with pytest.raises(ObjectNotFoundError, match="route='tap' also knows objects of the solar system"):
        alerce.query_object(objects["oid"][0])
    both = alerce.query_object([int(objects["oid"][0]), 170000000000000001], route="tap")
    assert len(both) == 1 and both.meta["coverage"][0]["missing"] == ["170000000000000001"]


@pytest.mark.parametrize("ids", [("ZTF99zzzzzzz", "ZTF99zzzzzzy"), (170000000000000001, 170000000000000002)])
def test_an_object_that_is_not_there_is_not_found_by_tap(alerce, ids):
    with pytest.raises(ObjectNotFoundError, match=f"no object {ids[0]}"):
        alerce.query_object(ids[0], route="tap")
    with pytest.raises(ObjectNotFoundError, match="no object of the 2 objects"):
        alerce.query_object(ids, route="tap")


# cones

@pytest.mark.parametrize("criteria", [
    {}, {"survey": "lsst"}, {"survey": "lsst", "classifier": BETA, "class_name": "SN"},
    {"survey": "lsst", "ndet": (5, None), "probability": 0.3, "ranking": 1}, {"row_limit": 3}])
@pytest.mark.filterwarnings("ignore::astroquery.exceptions.MaxResultsWarning")
def test_cones_give_the_same_by_both_routes(alerce, asked, criteria):
    centres = SkyCoord([185.0, 0.0, 185.0], [15.0, 0.0, 15.1], unit="deg")
    for coordinates, radius in ((centres[0], 8 * u.arcmin), (centres, 8 * u.arcmin), ("185.0 15.0", 120 * u.deg)):
        before = len(asked())
        tap = alerce.query_region(coordinates, radius, **criteria, route="tap", cache=False)
        assert asked()[before:] == ["/tap/sync"] * (3 if coordinates is centres else 1)
        rest = alerce.query_region(coordinates, radius, **criteria)
        compare(rest, tap, ["query_index", "oid", "classifier_name"] if coordinates is centres and "survey" in criteria
                else ["oid", "classifier_name"] if "survey" in criteria else None)
        assert tap.meta["coverage"] == rest.meta["coverage"] and len(tap)


def test_an_object_stands_for_its_position_by_tap_too(alerce, asked, showpiece):
    tap = alerce.query_region(showpiece, "5 arcmin", route="tap")
    assert asked() == [f"/ztf/v1/objects/{showpiece}", "/tap/sync"]
    compare(alerce.query_region(showpiece, "5 arcmin"), tap, None)
    before = len(asked())
    for coordinates in (showpiece, "185 15"):
        with pytest.raises(InvalidArgumentError, match="not .*ndet"):
            alerce.query_region(coordinates, "5 arcmin", ndet=3, route="tap")
    assert len(asked()) == before


def test_the_official_cone_by_tap(alerce, asked):
    cone = {"ra": 185.0, "dec": 15.0, "radius": 300}
    tap, rest = (alerce.query_objects(**cone, route=route) for route in ("tap", "rest"))
    assert len(tap) > 3
    compare(rest, tap, ["oid"])
    query = alerce.query_objects(**cone, survey="lsst", route="tap", get_query_payload=True)["params"]["QUERY"]
    assert "CONTAINS(POINT('ICRS', o.meanra, o.meandec), CIRCLE('ICRS', 185.0, 15.0, 0.0833" in query


def test_forced_photometry_of_ztf_is_in_the_order_of_time_by_both_routes(alerce, box):
    everything = alerce.query_forced_photometry(box.truth.objects["oid"].tolist(), route="tap")
    ids = sorted(set(everything["oid"].tolist()))[:40]
    forced = {route: alerce.query_forced_photometry(ids, route=route) for route in ("rest", "tap")}
    assert len(forced["rest"]) > 40
    for column in ("oid", "mjd", "pid"):
        assert forced["rest"][column].tolist() == forced["tap"][column].tolist()
    oid = max(ids, key=everything["oid"].tolist().count)
    one = forced["rest"][forced["rest"]["oid"] == oid]
    curves = {route: alerce.query_lightcurve(oid, route=route) for route in ("rest", "tap")}
    for table in curves.values():
        curve = table[table["kind"] == "forced"]
        # UTC or TAI, start or middle.
        assert len(curve) > 5 and np.abs(one["mjd"][curve["origin_row"]] - curve["mjd"]).max() < 0.01
    assert curves["rest"]["origin_row"].tolist() == curves["tap"]["origin_row"].tolist()
