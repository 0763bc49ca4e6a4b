# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rubin's measurements as ALeRCE has them: exact ids, masked fillers, and all of the forced photometry."""

import json
import warnings

import astropy.units as u
import numpy as np
import pytest
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers import votable
from astroquery_brokers.alerce import Alerce, AlerceClass, endpoints
from astroquery_brokers.columns import load_dictionary
from astroquery_brokers.exceptions import BrokerError, PartialResultWarning, ReplyParseError
from astroquery_brokers.tables import decode_rows, to_table

pytestmark = pytest.mark.usefixtures("box")
UNKNOWN = 170000000000000001


@pytest.fixture
def truth(rubin_objects):
    return rubin_objects


@pytest.fixture
def known(rubin_showpiece):
    return int(rubin_showpiece)


@pytest.fixture
def faulty(box):
    yield box
    box.faults = []


def same_as_truth(table, truth, ids):
    """Whether a table has all rows and values of the truth, which is about more objects."""
    truth = truth[np.isin(truth["oid"], ids)]
    rank = {oid: number for number, oid in enumerate(ids)}
    truth = truth[np.lexsort((truth["mjd"], [rank[oid] for oid in truth["oid"]]))]
    assert len(table) == len(truth) > 0
    for name in set(truth.colnames) & set(table.colnames):
        want = truth[name]
        masked = np.ma.getmaskarray(want)
        if want.dtype.kind == "U" and table[name].dtype.kind == "i":
            want = np.ma.array([int(text or 0) for text in np.ma.filled(want, "")], mask=masked, dtype="int64")
            masked = masked | (want.data == 0)
        assert np.array_equal(np.ma.getmaskarray(table[name]), masked), name
        assert np.array_equal(np.ma.array(table[name])[~masked], np.ma.array(want)[~masked]), name


def test_all_measurements_of_all_objects_equal_the_truth(box, truth):
    ids = [str(oid) for oid in truth["oid"]][::-1]
    detections = Alerce.query_detections(ids)
    same_as_truth(detections, box.truth.lsst_detections, ids)
    assert detections["psfFlux"].mask.sum() >= 1
    assert (detections["psfFlux"].mask == detections["psfFluxErr"].mask).all()
    forced = Alerce.query_forced_photometry(ids)
    same_as_truth(forced, box.truth.lsst_forced_photometry, ids)
    assert forced["scienceFlux"].mask.sum() > 10
    letters = dict(zip(range(1, 7), "grizyu"))
    assert [letters[number] for number in detections["band"]] == detections["band_name"].tolist()
    assert not {"band_map"} & {*detections.colnames, *forced.colnames}


def test_forced_photometry_is_complete_in_spite_of_the_limit(truth, unclassified):
    for oid in [*map(int, truth["oid"][np.argsort(truth["n_forced"])[-3:]]), unclassified]:
        expected = truth["n_forced"][truth["oid"] == str(oid)][0]
        forced = Alerce.query_forced_photometry(oid)
        assert len(forced) == expected and len(set(forced["measurement_id"])) == expected
        assert (np.diff(forced["mjd"]) >= 0).all()


@pytest.mark.parametrize("verb", ["query_forced_photometry", "query_lightcurve"])
def test_a_short_answer_is_noticed(faulty, known, verb):
    row = {"oid": known, "measurement_id": 1, "mjd": 61000.0, "band": 1, "psfFlux": 5.0, "psfFluxErr": 1.0}
    body = [row] if verb == "query_forced_photometry" else {"detections": [], "forced_photometry": [row]}
    faulty.faults = [dict(path="/lightcurve_api/*", status=200, body=json.dumps(body))]
    with pytest.warns(PartialResultWarning, match="sent 1 of the [0-9]+ points"):
        table = getattr(Alerce, verb)(known, cache=False)
    assert len(table) == 1 and len(table.failures) == 1
    coverage, = table.meta["coverage"]
    assert (coverage["found"], coverage["partial"], coverage["truncated"]) == (1, 1, True)
    with pytest.raises(BrokerError, match="sent 1 of"):
        getattr(Alerce, verb)(known, cache=False, raise_on_failure=True)


def test_a_short_answer_about_many_is_noticed_too(faulty, known, truth):
    other = int(truth["oid"][truth["oid"] != str(known)][0])
    faulty.faults = [dict(path="/lightcurve_api/*", status=200, body="[]")]
    with pytest.warns(PartialResultWarning, match="sent 0 of the [0-9]+ points"):
        Alerce.query_forced_photometry([known, other], cache=False)


@pytest.mark.parametrize("verb", ["query_forced_photometry", "query_lightcurve"])
@pytest.mark.parametrize("status", [500, 502])
def test_what_cannot_be_checked_is_said(faulty, known, truth, verb, status):
    whole, quick = getattr(Alerce, verb)(known), AlerceClass(retries=0)
    for ids in (known, [known, int(truth["oid"][truth["oid"] != str(known)][0])]):
        faulty.faults = [dict(path="/object_api/*", status=status, body='{"detail": "An error occurred"}')]
        with pytest.warns(PartialResultWarning, match=f"rows of {known}.* could not be checked.*retry.*HTTP {status}"):
            table = getattr(quick, verb)(ids, cache=False)
        # Nothing that arrived is lost.
        assert (table[table.colnames[0]].astype(str) == str(known)).sum() == len(whole)
        coverage, = table.meta["coverage"]
        asked = len(np.atleast_1d(ids))
        assert (coverage["found"], coverage["partial"], coverage["failed"]) == (asked, asked, 0)
        failure, = table.failures
        assert failure["item"].split() == [str(one) for one in np.atleast_1d(ids)] and failure["status"] == str(status)
        with pytest.raises(BrokerError, match=f"HTTP {status}"):
            getattr(quick, verb)(ids, cache=False, raise_on_failure=True)
        faulty.faults = []
        again = quick.retry(table, cache=False)
        assert len(again) == len(table) and again.meta["coverage"][0]["partial"] == len(again.failures) == 0


def test_of_an_object_that_is_not_there_nothing_is_checked(box):
    for ids in (UNKNOWN, [UNKNOWN]):
        with pytest.warns(NoResultsWarning) as said:
            table = Alerce.query_forced_photometry(ids, raise_on_failure=True)
        assert len(said) == 1 and len(table) == 0
        assert table.meta["coverage"][0]["missing"] == [str(UNKNOWN)]


def test_what_cannot_be_had_is_raised(faulty, known):
    quick = AlerceClass(retries=0)
    faulty.faults = [dict(path="/lightcurve_api/*", status=502)]
    with pytest.raises(BrokerError, match="HTTP 502"):
        quick.query_forced_photometry(known, cache=False)


def test_an_answer_about_another_object_is_refused(faulty, known):
    row = {"oid": 17, "measurement_id": 1, "mjd": 61000.0, "band": 1}
    faulty.faults = [dict(path="*/detections*", status=200, body=json.dumps([row]))]
    for ids in (known, [known, UNKNOWN]):
        with pytest.raises(ReplyParseError, match="17"):
            Alerce.query_detections(ids, cache=False)


def test_light_curves_are_those_of_the_native_tables(known, truth):
    curve = Alerce.query_lightcurve(known)
    assert curve.time.scale == "tai" and not curve["mjd_is_start"].any() and (np.diff(curve["mjd"]) >= 0).all()
    assert set(curve["object_id"]) == {str(known)} and set(curve["survey"]) == {"lsst"}
    assert curve["measurement_id"].dtype == np.int64 and not curve["measurement_id"].mask.any()
    for kind, native in (("detection", Alerce.query_detections(known)),
                         ("forced", Alerce.query_forced_photometry(known))):
        rows = curve[curve["kind"] == kind]
        assert len(rows) == len(native)
        native = native[rows["origin_row"]]
        for name, other in (("measurement_id",) * 2, ("mjd",) * 2, ("flux", "psfFlux"), ("flux_err", "psfFluxErr"),
                            ("total_flux", "scienceFlux"), ("total_flux_err", "scienceFluxErr"), ("ra",) * 2):
            assert np.ma.allequal(rows[name], native[other], fill_value=True), name
            assert np.array_equal(np.ma.getmaskarray(rows[name]), np.ma.getmaskarray(native[other])), name
        assert [f"lsst{letter}" for letter in native["band_name"]] == rows["band"].tolist()
    there = ~np.ma.getmaskarray(curve["flux"])
    assert np.allclose(curve["mag"][there], 31.4 - 2.5 * np.log10(np.abs(curve["flux"][there])), rtol=1e-14)
    detections = curve[curve["kind"] == "detection"]
    assert detections["quality"].min() >= 0 and curve["limiting_mag"].mask.all()


def test_light_curves_of_many_objects_keep_their_order(truth):
    ids = [str(oid) for oid in truth["oid"][:25]][::-1]
    with pytest.warns(NoResultsWarning, match=str(UNKNOWN)):
        curves = Alerce.query_lightcurve([*ids, UNKNOWN])
    assert list(dict.fromkeys(curves["object_id"])) == ids
    one = Alerce.query_lightcurve(ids[7])
    mine = curves[curves["object_id"] == ids[7]]
    assert all(np.ma.allequal(mine[name], one[name], fill_value=True) for name in one.colnames)


def test_empty_answers_have_all_columns(known):
    for verb in ("query_detections", "query_forced_photometry", "query_lightcurve"):
        full = getattr(Alerce, verb)(known)
        with pytest.warns(NoResultsWarning, match=str(UNKNOWN)):
            empty = getattr(Alerce, verb)(UNKNOWN)
        assert empty.colnames == full.colnames and empty["mjd"].unit == u.day
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoResultsWarning)
            assert len(getattr(Alerce, verb)([known, UNKNOWN])) == len(full)


# -- the form of replies ------------------------------------------------------------------------------------------

def typed(endpoint, payload):
    rows, = endpoint.parse(payload, broker="ALeRCE", url="")
    dictionary = load_dictionary("astroquery_brokers.alerce", endpoint.tables[0])
    return to_table(decode_rows(rows, dictionary), dictionary)


def test_fillers_are_masked_and_measured_zeros_are_not():
    band_map = {"6": "u", "1": "g", "2": "r", "3": "i", "4": "z", "5": "y"}
    good = {"band_map": band_map, "band": 6, "mjd": 61000.25, "ra": 0.0, "dec": -1.0, "oid": 2**62 + 1,
            "measurement_id": 2**62 + 3, "psfFlux": 0.0, "psfFluxErr": 5.0, "scienceFlux": 3.0, "scienceFluxErr": 0.0,
            "parentDiaSourceId": 2**61 + 1, "diaObjectId": 2**62 + 1, "ssObjectId": 0, "psfFlux_flag": 1}
    none = {**good, "band": 0, "mjd": 0.0, "ra": 0.0, "dec": 0.0, "psfFlux": 0.0, "psfFluxErr": 0.0,
            "scienceFlux": 0.0, "scienceFluxErr": 0.0, "parentDiaSourceId": -1, "diaObjectId": 0, "psfFlux_flag": 0}
    table = typed(endpoints.LSST_DETECTIONS, [good, none])
    assert table["oid"].tolist() == [2**62 + 1] * 2 and table["measurement_id"][0] == 2**62 + 3
    for name in ("mjd", "ra", "dec", "psfFlux", "psfFluxErr", "scienceFlux", "scienceFluxErr", "band", "band_name",
                 "parentDiaSourceId", "diaObjectId"):
        assert table[name].mask.tolist() == [False, True], name
    assert table["ssObjectId"].mask.all() and table["parentDiaSourceId"][0] == 2**61 + 1
    assert table["psfFlux_flag"].tolist() == [True, False] and table["band_name"][0] == "u"
    assert table["psfFlux"][0] == 0 and table["scienceFluxErr"][0] == 0


def test_the_old_spelling_of_the_version_is_understood():
    item = {"oid": UNKNOWN, "classfier_version": "2.0.1"}
    assert typed(endpoints.LSST_OBJECTS, {"items": [item]})["classifier_version"].tolist() == ["2.0.1"]


def test_recorded_measurements_make_a_light_curve(faulty, shared_data):
    """The recorded object through the whole path: ids, nulls and values as they were sent."""
    folder = shared_data / "alerce"
    names = ("object", "detections", "forced_photometry")
    answer, rows, forced = (json.loads((folder / f"alerce_lsst_{name}.json").read_text()) for name in names)
    faulty.faults = [
        dict(path="/lightcurve_api/detections*", status=200, body=json.dumps(rows)),
        dict(path="/lightcurve_api/lightcurve*", status=200,
             body=json.dumps({"detections": rows, "non_detections": [], "forced_photometry": forced})),
        dict(path="/object_api/object*", status=200, body=json.dumps(answer))]
    summary = Alerce.query_object(170587117485817955, cache=False)
    assert {name: summary[name][0] for name in answer} == answer
    table = Alerce.query_detections(170587117485817955, cache=False)
    assert table["measurement_id"].tolist() == [row["measurement_id"] for row in
                                                sorted(rows, key=lambda row: row["mjd"])]
    # The reply was recorded when the limit of ten rows held.
    with pytest.warns(PartialResultWarning, match="sent 10 of the 23 points"):
        curve = Alerce.query_lightcurve(170587117485817955, cache=False)
    sent = {row["measurement_id"]: row for row in rows + forced}
    assert len(curve) == len(sent) == 26
    for row in curve:
        one = sent[row["measurement_id"]]
        assert (row["mjd"], row["flux"], row["flux_err"], row["total_flux"], row["ra"], row["dec"], row["band"]) == (
            one["mjd"], one["psfFlux"], one["psfFluxErr"], one["scienceFlux"], one["ra"], one["dec"],
            f"lsst{one['band_name']}")
        assert (row["quality"] is np.ma.masked) == ("reliability" not in one)


def test_tables_survive_a_votable(known, tmp_path):
    table = Alerce.query_detections(known)
    votable.write(table, tmp_path / "t.vot")
    back = votable.read(tmp_path / "t.vot")
    for name in table.colnames:
        assert np.array_equal(np.ma.getmaskarray(table[name]), np.ma.getmaskarray(back[name])), name
        assert np.ma.allequal(table[name], back[name], fill_value=True), name
    assert back["measurement_id"].dtype == np.int64 and back.time.scale == "tai"


@pytest.mark.parametrize("verb, row", [("query_detections", "lightcurve_api/detections"),
                                       ("query_forced_photometry", "lightcurve_api/forced-photometry")])
def test_a_bare_nan_is_a_null(faulty, known, verb, row):
    """Python's own writer of JSON has them, and so may the service."""
    body = '[{"oid": %d, "measurement_id": %d, "mjd": 61000.0, "band": 1, "psfFlux": %s, "psfFluxErr": 1.5}]'
    for number in ("NaN", "null"):
        faulty.faults = [dict(path=f"/{row}*", status=200, body=body % (known, 2**60 + 1, number)),
                         dict(path="/object_api/object*", status=502)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = getattr(AlerceClass(retries=0), verb)(known, cache=False)
        assert table["psfFlux"].mask.tolist() == [True] and table["psfFluxErr"].tolist() == [1.5]
        assert table["measurement_id"].tolist() == [2**60 + 1]
