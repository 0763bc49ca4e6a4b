# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE ZTF asked over a real socket: what is sent, what comes back, what is refused before it is sent."""

import json
import warnings
from itertools import islice, product
from string import ascii_lowercase

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import join, vstack
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_brokers import BrokerTable, sandbox
from astroquery_brokers.alerce import Alerce, AlerceClass, conf
from astroquery_brokers.exceptions import (FormatValidationError, InvalidArgumentError, ObjectNotFoundError,
                                           UnknownArgumentError)

pytestmark = pytest.mark.usefixtures("box")
OID = "ZTF20aaelulu"

REFUSED = [
    (dict(verb="query_region", coordinates="185 15", radius=5), "arcsec"),
    (dict(verb="query_region", coordinates="185 15", radius=-5 * u.arcsec), "greater than 0"),
    (dict(verb="query_region", coordinates="185 15", radius="0 deg"), "greater than 0"),
    (dict(verb="query_region", coordinates="400 15", radius="5 arcsec"), "from 0 to 360"),
    (dict(verb="query_region", coordinates="185 15"), "radius"),
    (dict(verb="query_region", coordinates="185 15", radius="5 arcsec", ndets=3), "'ndet'"),
    (dict(verb="query_objects", ra=400, dec=0, radius=5), "from 0 to 360"),
    (dict(verb="query_objects", ra=10), "dec"),
    (dict(verb="query_objects", clasifier="lc_classifier"), "'classifier'"),
    (dict(verb="query_objects", order_by="mjd"), "lastmjd"),
    (dict(verb="query_objects", order_mode="asc"), "ASC, DESC"),
    (dict(verb="query_objects", object_id=[]), "at least one"),
    (dict(verb="query_objects", object_id=[OID, "SN2020xyz"]), OID),
    (dict(verb="query_objects", probability=1.5), "from 0 to 1"),
    (dict(verb="query_objects", ndet=(10, 5)), "minimum comes first"),
    (dict(verb="query_objects", ndet=2.5), "integer"),
    (dict(verb="query_objects", firstmjd=(60000, 59000)), "minimum comes first"),
    (dict(verb="query_objects", lastmjd=2459000.5), "MJD"),
    (dict(verb="query_objects", ranking=0), "from 1"),
    (dict(verb="query_objects", page=0), "from 1"),
    (dict(verb="query_objects", row_limit=0), "-1"),
    (dict(verb="query_objects", survey="atlas"), "lsst, ztf"),
    (dict(verb="query_objects", class_name=""), "class_name"),
    (dict(verb="query_detections", object_id=OID, format="xml"), "votable"),
    (dict(verb="query_detections", object_id=OID, cache="never"), "refresh"),
    (dict(verb="query_detections", object_id=OID, oid=OID), "same"),
    (dict(verb="query_detections"), "object_id"),
    (dict(verb="query_feature", object_id=OID), "name"),
    (dict(verb="query_features", object_id=OID, fid=3), "0, 1, 12, 2"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=lambda value: value if isinstance(value, str) else None)
def test_bad_input_is_refused_before_anything_is_sent(box, arguments, said):
    arguments = dict(arguments)
    before = len(box.requests)
    with pytest.raises(InvalidArgumentError, match=said):
        getattr(Alerce, arguments.pop("verb"))(**arguments)
    assert len(box.requests) == before


def test_unknown_names_are_type_errors_too():
    with pytest.raises(TypeError):
        Alerce.query_objects(classifer="x")
    with pytest.raises(UnknownArgumentError, match="too many positional.* By place: object_id; all others by name"):
        Alerce.query_detections(OID, "json")
    with pytest.raises(InvalidArgumentError, match="timeout"):
        AlerceClass(timeouts=3)


# -- what is sent ---------------------------------------------------------------------------------------------------

def test_the_payload_is_shown_and_nothing_is_sent(box):
    before = len(box.requests)
    position = SkyCoord(185, 15, unit="deg").galactic
    payload = Alerce.query_region(position, 2 * u.arcmin, class_name="SNIa", get_query_payload=True)
    assert (payload["method"], payload["url"]) == ("GET", box.urls["alerce.ztf_url"] + "/objects/")
    assert float(payload["params"].pop("ra")) == pytest.approx(185, abs=1e-9)
    assert float(payload["params"].pop("dec")) == pytest.approx(15, abs=1e-9)
    assert float(payload["params"].pop("radius")) == pytest.approx(120)
    # The rows of a class have no unique order, so that they are asked in one page.
    assert payload["params"] == {"class": "SNIa", "order_by": "oid", "order_mode": "ASC", "page": "1",
                                 "page_size": "10001"}
    assert [one["url"].rsplit("/", 2)[1:] for one in
            Alerce.query_detections([OID, "ZTF18abbuksn"], get_query_payload=True)] == [
                [OID, "detections"], ["ZTF18abbuksn", "detections"]]
    assert len(box.requests) == before


@pytest.mark.parametrize(("criteria", "sent"), [
    (dict(ndet=5), {"ndet": "5"}),
    (dict(ndet=(None, 10)), {"ndet": ["0", "10"]}),
    (dict(firstmjd=Time("2020-01-01", scale="utc")), {"firstmjd": "58849.0"}),
    (dict(lastmjd=(59000 * u.day, 59001)), {"lastmjd": ["59000.0", "59001.0"]}),
    (dict(classifier="lc_classifier", classifier_version="1.1", class_name="CV/Nova", ranking=1, probability=0.5),
     {"classifier": "lc_classifier", "classifier_version": "1.1", "class": "CV/Nova", "ranking": "1",
      "probability": "0.5"}),
    (dict(ra=10, dec=0, radius=30), {"ra": "10.0", "dec": "1e-09", "radius": "30.0"}),
    (dict(page=2, page_size=7, count=True), {"page": "2", "page_size": "7", "count": "true"}),
    (dict(oid=[OID, OID]), {"oid": OID}),
])
def test_criteria_are_sent_as_the_server_reads_them(criteria, sent):
    params = Alerce.query_objects(**criteria, get_query_payload=True)["params"]
    assert {name: params[name] for name in sent} == sent


def test_class_names_that_need_it_are_percent_encoded():
    payload = Alerce.query_classes("LC_classifier_ATAT_forced_phot(beta)", "a/b", get_query_payload=True)
    assert payload["url"].endswith("/classifiers/LC_classifier_ATAT_forced_phot%28beta%29/a%2Fb/classes")


# -- what comes back ------------------------------------------------------------------------------------------------

def test_a_cone_finds_what_is_there(box):
    truth = box.truth.objects
    center = SkyCoord(185.0, 15.0, unit="deg")
    distance = SkyCoord(truth["meanra"], truth["meandec"], unit="deg").separation(center)
    inside = truth["oid"][distance < 8 * u.arcmin]
    found = Alerce.query_region(center, 8 * u.arcmin)
    assert len(inside) > 3 and set(found["oid"]) == set(inside)
    assert np.allclose(found["separation"], np.sort(distance[distance < 8 * u.arcmin].arcsec), atol=1e-6)


def test_many_positions_are_one_table_with_their_index(box):
    truth = box.truth.objects
    positions = SkyCoord(truth["meanra"][:5], truth["meandec"][:5], unit="deg")
    nowhere = SkyCoord(33.0, -77.0, unit="deg")
    asked = SkyCoord([*positions[:3], nowhere, *positions[3:]])
    found = Alerce.query_region(asked, 1 * u.arcsec)
    assert list(found["query_index"]) == [0, 1, 2, 4, 5]
    assert list(found["oid"]) == list(truth["oid"][:5])
    assert found.meta["coverage"][0]["missing"] == [3]


def test_positions_at_zero_are_searched(box):
    """The server takes a coordinate of 0 for an absent one and would return everything."""
    truth = box.truth.objects
    expected = SkyCoord(truth["meanra"], truth["meandec"], unit="deg").separation(SkyCoord(0, 0, unit="deg"))
    expected = set(truth["oid"][expected < 30 * u.arcsec])
    assert expected
    assert set(Alerce.query_region(SkyCoord(0, 0, unit="deg"), 30 * u.arcsec)["oid"]) == expected
    assert set(Alerce.query_objects(ra=0, dec=0, radius=30)["oid"]) == expected
    assert set(Alerce.query_objects(ra=360, dec=0, radius=30)["oid"]) == expected


def test_an_object_can_stand_for_its_position(box, showpiece):
    assert Alerce.query_region(showpiece, "1 arcsec")["oid"][0] == showpiece
    before = len(box.requests)
    payload = Alerce.query_region(showpiece, "1 arcsec", get_query_payload=True)
    assert payload["url"].endswith(f"/objects/{showpiece}") and len(box.requests) == before
    with pytest.raises(ObjectNotFoundError):
        Alerce.query_region("ZTF17zzzzzzz", "1 arcsec")


def test_a_limit_keeps_the_nearest():
    center = SkyCoord([185.0, 185.0], [15.0, 15.05], unit="deg")
    every = Alerce.query_region(center, 10 * u.arcmin)
    with pytest.warns(MaxResultsWarning, match="row_limit=3"):
        nearest = Alerce.query_region(center, 10 * u.arcmin, row_limit=3)
    expected = [list(every["oid"][every["query_index"] == index][:3]) for index in (0, 1)]
    assert list(nearest["oid"]) == expected[0] + expected[1]


def test_measurements_equal_the_truth(box, showpiece):
    for verb, truth in (("query_detections", box.truth.detections), ("query_non_detections", box.truth.upper_limits),
                        ("query_forced_photometry", box.truth.forced_photometry)):
        truth = truth[truth["oid"] == showpiece]
        truth.sort("mjd")
        table = getattr(Alerce, verb)(showpiece, sort="mjd")
        assert len(table) == len(truth) > 0
        assert np.array_equal(table["mjd"], truth["mjd"])
    detections = Alerce.query_detections(showpiece)
    truth = box.truth.detections[box.truth.detections["oid"] == showpiece]
    assert sorted(map(str, detections["candid"])) == sorted(map(str, truth["candid"]))


def test_probabilities_can_be_of_one_classifier(showpiece):
    every = Alerce.query_probabilities(showpiece)
    one = Alerce.query_probabilities(showpiece, classifier="stamp_classifier")
    assert set(one["classifier_name"]) == {"stamp_classifier"} < set(every["classifier_name"])
    assert np.allclose(one.group_by("classifier_version")["probability"].groups.aggregate(np.sum), 1, atol=1e-3)


def test_one_feature_is_the_same_row_as_among_all(showpiece):
    every = Alerce.query_features(showpiece)
    for name in ("Multiband_period", "Power_rate_1/4"):
        rows = every[every["name"] == name]
        assert len(rows)
        assert Alerce.query_feature(showpiece, name, format="json") == [
            dict(zip(rows.colnames, [None if np.ma.is_masked(value) else value.item() for value in row]))
            for row in rows]


def test_classifiers_and_their_classes():
    classifiers = Alerce.query_classifiers()
    for row in classifiers:
        classes = Alerce.query_classes(row["classifier_name"], row["classifier_version"])
        assert list(classes["name"]) == list(row["classes"])
    for name, version, said in (
            ("no_such", "1", "classifier_name='no_such' is not known. Allowed: .*lc_classifier, .*query_classifiers"),
            ("stamp_clasifier", "1", "Did you mean 'stamp_classifier'"),
            ("stamp_classifier", "1", "classifier_version='1' is not known. Allowed: stamp_classifier_1.0.0, "),
            ("CV/Nova", "1", "classifier_name='CV/Nova' is not known. Allowed: ")):
        with pytest.raises(ObjectNotFoundError, match=said) as caught:
            Alerce.query_classes(name, version)
        assert caught.value.status_code == 404


def test_the_light_curve_is_sorted_signed_and_complete(box, showpiece):
    curve = Alerce.query_lightcurve(showpiece)
    counts = {kind: int((curve["kind"] == kind).sum()) for kind in set(curve["kind"])}
    truth = {"detection": box.truth.detections, "upper_limit": box.truth.upper_limits,
             "forced": box.truth.forced_photometry}
    assert counts == {kind: int((table["oid"] == showpiece).sum()) for kind, table in truth.items()}
    assert (np.diff(curve["mjd"]) >= 0).all() and curve.time.scale == "tai"
    mag, flux = curve["mag"], curve["flux"]
    there = ~np.ma.getmaskarray(mag)
    assert np.allclose(np.abs(flux[there]), 10 ** ((31.4 - mag[there]) / 2.5), rtol=1e-12)
    assert set(curve["band"]) <= {"ztfg", "ztfr", "ztfi"}
    limits = curve[curve["kind"] == "upper_limit"]
    assert limits["mag"].mask.all() and limits["measurement_id"].mask.all() and not limits["limiting_mag"].mask.any()


def test_forced_photometry_agrees_with_the_detections(showpiece):
    curve = Alerce.query_lightcurve(showpiece)
    rows = {kind: {(band, mjd): (flux, error) for band, mjd, flux, error in curve[curve["kind"] == kind][
        ["band", "mjd", "flux", "flux_err"]] if not np.ma.is_masked(flux)} for kind in ("detection", "forced")}
    both = set(rows["detection"]) & set(rows["forced"])
    assert len(both) > 20
    for key in both:
        (one, error), (other, other_error) = rows["detection"][key], rows["forced"][key]
        assert abs(one - other) < 5 * np.hypot(error, other_error)


def test_light_curves_of_many_objects_keep_their_order(box):
    ids = [str(oid) for oid in box.truth.objects["oid"][:6]][::-1]
    curves = Alerce.query_lightcurve(ids)
    assert list(dict.fromkeys(curves["object_id"])) == ids
    assert np.array_equal(vstack([Alerce.query_lightcurve(oid) for oid in ids])["mjd"], curves["mjd"])


# -- pages and limits ------------------------------------------------------------------------------------------------

def test_criteria_stop_at_the_row_limit_with_a_warning():
    with conf.set_temp("row_limit", 40), pytest.warns(MaxResultsWarning, match="row_limit=40"):
        table = Alerce.query_objects()
    assert len(table) == 40 and table.meta["coverage"][0]["truncated"]


@pytest.mark.parametrize("limit", [1, 299, 300, 301, 1000])
def test_a_limit_warns_only_if_something_was_cut(box, limit):
    there = len(box.truth.objects)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert len(Alerce.query_objects(row_limit=limit)) == min(limit, there)
    assert any(warning.category is MaxResultsWarning for warning in caught) == (limit < there)


def test_a_page_is_that_page():
    every = Alerce.query_objects(row_limit=-1)
    page = Alerce.query_objects(page=3, page_size=7)
    assert list(page["oid"]) == list(every["oid"][14:21])
    assert len(Alerce.query_objects(page=1)) == 10


def test_count_gives_the_total(box):
    table = Alerce.query_objects(page=1, count=True)
    assert table.meta["provenance"][0]["total"] == len(box.truth.objects)


def test_ids_come_in_the_order_asked_unless_another_is_wanted(box):
    ids = [str(oid) for oid in box.truth.objects["oid"][:150]][::-1]
    assert list(Alerce.query_objects(ids)["oid"]) == ids
    by_ndet = Alerce.query_objects(ids[:20], order_by="ndet", order_mode="DESC")
    assert (np.diff(by_ndet["ndet"]) <= 0).all()
    with pytest.warns(MaxResultsWarning):
        assert list(Alerce.query_objects(ids, row_limit=3)["oid"]) == ids[:3]


def test_three_thousand_objects_come_once_each_and_in_order(box):
    everything = Alerce.query_objects(row_limit=-1, cache=False)
    with sandbox.running(n_objects=3000) as many:
        before = len(many.requests)
        table = Alerce.query_objects(row_limit=-1)
        assert len(table) == 3000 and len(set(table["oid"])) == 3000
        assert list(table["oid"]) == sorted(table["oid"])
        assert len(many.requests) - before == 4
        with pytest.warns(MaxResultsWarning), conf.set_temp("row_limit", 2500):
            assert len(Alerce.query_objects()) == 2500
    assert list(Alerce.query_objects(row_limit=-1, cache=False)["oid"]) == list(everything["oid"])


# -- formats ---------------------------------------------------------------------------------------------------------

def test_formats(box, showpiece):
    table = Alerce.query_detections(showpiece)
    assert type(Alerce.query_detections(showpiece, format="votable")) is BrokerTable
    records = Alerce.query_detections(showpiece, format="json")
    assert json.loads(json.dumps(records))[0]["candid"] == int(table["candid"][0])
    assert records[0]["drbversion"] is None
    assert Alerce.query_object(showpiece, format="json")["oid"] == showpiece
    page = Alerce.query_objects(page=2, page_size=5, count=True, format="json")
    assert (len(page["items"]), page["total"], page["prev"]) == (5, 300, 1)
    text = Alerce.query_detections(oid=showpiece, format="CSV")
    assert text.splitlines()[0] == ",".join(table.colnames) and len(text.splitlines()) == len(table) + 1
    frame = Alerce.query_detections(showpiece, format="pandas", index="candid", sort="magpsf")
    assert frame.index.name == "candid" and frame["magpsf"].is_monotonic_increasing
    assert frame.index.dtype == np.int64 and str(frame["parent_candid"].dtype) == "Int64"
    assert (np.diff(Alerce.query_detections(showpiece, sort="magpsf", index="candid")["magpsf"]) >= 0).all()
    assert '["SN"' in Alerce.query_classifiers(format="csv").replace('""', '"')
    before = len(box.requests)
    for wrong in (dict(sort="magpfs"), dict(index="magpfs")):
        with pytest.raises(InvalidArgumentError, match="'magpsf'"):
            Alerce.query_detections(showpiece, cache=False, **wrong)
    with pytest.raises(InvalidArgumentError, match="classes"):
        Alerce.query_classifiers(sort="classes")
    assert len(box.requests) == before
    with pytest.raises(FormatValidationError):
        Alerce.query_detections(showpiece, format="fits")


# -- the table itself ------------------------------------------------------------------------------------------------

def test_results_survive_slicing_stacking_and_pickling(showpiece):
    import copy
    import pickle

    table = Alerce.query_detections(showpiece)
    for kept in (table[:3], table[["oid", "mjd", "ra", "dec"]], copy.deepcopy(table), pickle.loads(pickle.dumps(table)),
                 vstack([table, table])):
        assert type(kept) is BrokerTable
        assert kept["mjd"].unit == u.day and kept["mjd"].meta["ucd"] == "time.epoch" and kept.time.scale == "utc"
        assert kept.coords[0].separation(table.coords[0]) < 1e-9 * u.deg
    assert len(vstack([table, Alerce.query_detections(showpiece)]).meta["provenance"]) == 2
    joined = join(table, Alerce.query_objects(showpiece), keys="oid")
    assert [part["name"] for part in joined.meta["tables"]] == ["alerce_ztf_detections", "alerce_ztf_objects"]


def test_a_broker_can_be_pickled_and_copied(showpiece):
    import copy
    import pickle

    for kept in (pickle.loads(pickle.dumps(AlerceClass(timeout=7.0))), copy.deepcopy(AlerceClass(timeout=7.0))):
        assert kept._setting("timeout") == 7.0 and len(kept.query_object(showpiece)) == 1


def test_tables_without_positions_or_times_say_so(showpiece):
    table = Alerce.query_probabilities(showpiece)
    with pytest.raises(AttributeError, match="pos.eq.ra"):
        table.coords
    with pytest.raises(AttributeError, match="time.epoch"):
        table.time


def test_no_rows_is_a_warning_and_no_error():
    with pytest.warns(NoResultsWarning, match="ZTF17zzzzzzz"):
        table = Alerce.query_lightcurve("ZTF17zzzzzzz")
    assert len(table) == 0 and table["mjd"].unit == u.day
    with pytest.warns(NoResultsWarning):
        assert len(Alerce.query_region("33 -77", "1 arcsec")) == 0


def test_capabilities_and_columns_tell_what_can_be_asked():
    verbs = Alerce.capabilities()
    assert {"query_region", "query_lightcurve", "query_classes"} <= set(verbs["verb"])
    columns = Alerce.list_columns("query_detections")
    assert "magpsf" in columns["column"] and not columns["returned"][columns["column"] == "drbversion"][0]
    assert set(Alerce.list_columns()["table"]) > {"ztf_objects", "ztf_forced_photometry", "lightcurve"}
    with pytest.raises(InvalidArgumentError, match="ztf_detections"):
        Alerce.list_columns("ztf_detection")
    assert list(Alerce.list_surveys()["survey"]) == ["ztf", "lsst"]


@pytest.mark.parametrize("ask, hint", [
    (lambda oid: Alerce.query_objects(classifier="lc_classifier", class_name="SNIA"), "query_classifiers.*capitals"),
    (lambda oid: Alerce.query_region("185 15", "1 arcmin", class_name="SNIA"), "query_classifiers.*capitals"),
    (lambda oid: Alerce.query_probabilities(oid, classifier="lc_clasifier"), "query_classifiers.*capitals"),
    (lambda oid: Alerce.query_feature(oid, "gal_bb"), "query_features")])
def test_where_nothing_is_found_a_wrong_name_is_thought_of(showpiece, ask, hint):
    with pytest.warns(NoResultsWarning, match=f"no rows for .*{hint}"):
        assert len(ask(showpiece)) == 0
    with pytest.warns(NoResultsWarning) as caught:
        Alerce.query_objects(ndet=100000)
    assert "query_classifiers" not in str(caught[0].message)


@pytest.mark.parametrize("count, where", [(1000, ["/objects/"] * 10), (1001, ["/sync"])])
def test_more_than_1000_objects_are_one_request_to_tap(count, where):
    ids = [f"ZTF20aaaa{''.join(letters)}" for letters in islice(product(ascii_lowercase, repeat=3), count)]
    asked = Alerce.query_objects(ids, get_query_payload=True)
    asked = asked if isinstance(asked, list) else [asked]
    assert [one["url"][-len(end):] for one, end in zip(asked, where, strict=True)] == where
