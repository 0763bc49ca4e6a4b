# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's Rubin/LSST services over a real socket: what is refused, what is sent, objects and their classes."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_brokers.alerce import Alerce, conf
from astroquery_brokers.exceptions import (BrokerError, InvalidArgumentError, ObjectNotFoundError,
                                           PartialResultWarning, RejectedQueryError)

pytestmark = pytest.mark.usefixtures("box")
ZTF, UNKNOWN = "ZTF20aaelulu", 170000000000000001
BETA = "stamp_classifier_rubin_beta"


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


# -- bad input ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("verb", "arguments", "said"), [
    ("query_magstats", dict(object_id=UNKNOWN), "return_survey_extra=True"),
    ("query_features", dict(object_id=str(UNKNOWN)), "alerce_tap.feature"),
    ("query_feature", dict(object_id=UNKNOWN, name="Amplitude"), "alerce_tap.feature"),
    ("query_non_detections", dict(object_id=UNKNOWN), "query_forced_photometry"),
    ("query_detections", dict(object_id=[UNKNOWN, ZTF]), f"lsst .{UNKNOWN}. and ztf .{ZTF}."),
    ("query_lightcurve", dict(object_id=UNKNOWN, survey="ztf"), "object id of ztf"),
    ("query_object", dict(object_id=ZTF, survey="lsst"), "object id of lsst"),
    ("query_object", dict(object_id=float(UNKNOWN)), "float"),
    ("query_object", dict(object_id=np.array([1.7e17])), "float"),
    ("query_object", dict(object_id=2**63), "not an object id"),
    ("query_object", dict(object_id=-UNKNOWN), "not an object id"),
    ("query_object", dict(object_id=ZTF, return_survey_extra=True), "ids of LSST"),
    ("query_objects", dict(survey="lsst", class_name="SN"), "needs classifier="),
    ("query_region", dict(coordinates="1 5", radius="1 arcmin", survey="lsst", class_name="SN"), "needs classifier="),
    ("query_region", dict(coordinates=ZTF, radius="1 arcmin", survey="lsst", class_name="SN"), "needs classifier="),
    ("query_objects", dict(survey="lsst", classifier=BETA, classifier_version="2.0.1"), "no criterion for LSST"),
    ("query_objects", dict(survey="lsst", order_by="oid_list"), "n_det, n_forced"),
    ("query_objects", dict(survey="lsst", order_by="magnitude"), "r_psfFluxMean"),
    ("query_objects", dict(survey="lsst", order_mode="desc"), "ASC, DESC"),
    ("query_objects", dict(survey="lsst", count=True), "does not count"),
    ("query_objects", dict(survey="lsst", ndet=(9, 3)), "minimum comes first"),
    ("query_objects", dict(survey="lsst", n_det=3, ndet=3), "same"),
    ("query_objects", dict(survey="lsst", lastmjd=2460000.5), "MJD"),
    ("query_objects", dict(survey="lsst", sort="magpsf"), "n_det"),
    ("query_objects", dict(survey="lsst", page=1, object_id=list(range(UNKNOWN, UNKNOWN + 101))), "at most 100"),
    ("query_objects", dict(order_by="oid", object_id=list(range(UNKNOWN, UNKNOWN + 101))), "at most 100"),
    ("query_classes", dict(classifier_name="", classifier_version="1", survey="lsst"), "classifier_name"),
])
def test_bad_input_is_refused_before_anything_is_sent(box, verb, arguments, said):
    before = len(box.requests)
    with pytest.raises(InvalidArgumentError, match=said):
        getattr(Alerce, verb)(**arguments)
    assert len(box.requests) == before


def test_verbs_say_which_survey_they_serve():
    rows = Alerce.capabilities()
    served = {survey: set(rows["verb"][rows["survey"] == survey]) for survey in ("ztf", "lsst")}
    lsst = {"query_region", "query_object", "query_objects", "query_detections", "query_forced_photometry",
            "query_lightcurve", "query_probabilities", "query_classifiers", "query_classes"}
    ours = {verb for verb in served["lsst"] if verb.startswith("query_")}
    assert lsst <= ours <= served["ztf"]
    assert {"query_magstats", "query_features", "query_feature", "query_non_detections"} & served["lsst"] == set()
    columns = Alerce.list_columns("query_detections")
    assert {"ztf_detections", "lsst_detections"} == set(columns["table"])
    rules = dict(zip(columns["column"], columns["nulls"]))
    assert (rules["psfFlux"], rules["diaObjectId"]) == ("0 (if psfFluxErr is 0)", "0 -1")


# -- what is sent ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("criteria", "sent"), [
    (dict(n_det=(5, 100)), {"n_det": ["5", "100"]}),
    (dict(ndet=(None, 10), order_by="ndet", order_mode="DESC"),
     {"n_det": ["0", "10"], "order_by": "n_det", "order_mode": "DESC"}),
    (dict(firstmjd=Time("2026-01-01", scale="utc")), {"firstmjd": repr(61041 + 37 / 86400)}),
    (dict(lastmjd=(61000.5, 61001 * u.day)), {"lastmjd": ["61000.5", "61001.0"]}),
    (dict(classifier=BETA, class_name="SN", probability=0.5),
     {"classifier": BETA, "class_name": "SN", "probability": "0.5"}),
    (dict(ra=0, dec=0, radius=30), {"ra": "0.0", "dec": "0.0", "radius": "30.0", "page_size": "10001"}),
    (dict(oid=[UNKNOWN, str(UNKNOWN)]), {"oid": str(UNKNOWN), "survey": "lsst"}),
])
def test_criteria_are_sent_as_the_server_reads_them(criteria, sent):
    payload = Alerce.query_objects(**criteria, survey="lsst", route="rest", get_query_payload=True)
    assert payload["url"].endswith("/object_api/list_objects")
    assert {name: payload["params"].get(name) for name in sent} == sent


def test_many_objects_are_one_request_and_one_object_is_named_twice():
    one = Alerce.query_forced_photometry(UNKNOWN, get_query_payload=True)
    assert one[0]["params"] == {"oid": [str(UNKNOWN)] * 2, "survey_id": "lsst"}
    assert one[1]["url"].endswith("/object_api/object")
    ids = list(range(UNKNOWN, UNKNOWN + 45))
    many = Alerce.query_lightcurve(ids, get_query_payload=True)
    assert [len(payload["params"]["oid"]) for payload in many] == [20, 20, 5, 45]
    one = Alerce.query_detections(UNKNOWN, get_query_payload=True)
    assert one["params"] == {"oid": str(UNKNOWN), "survey_id": "lsst"}


# -- objects --------------------------------------------------------------------------------------------------------

def test_objects_equal_the_truth(truth):
    table = Alerce.query_object(truth["oid"])
    assert list(map(str, table["oid"])) == list(truth["oid"]) and table["oid"].dtype == np.int64
    for name in ("meanra", "meandec", "sigmara", "firstmjd", "lastmjd", "deltamjd", "n_det", "n_forced",
                 "created_date"):
        assert np.ma.allequal(table[name], truth[name], fill_value=True), name
    assert table["firstmjd"].meta["time"]["scale"] == "tai"


def test_an_object_has_statistics_per_band_on_request(known):
    plain, extra = Alerce.query_object(known), Alerce.query_object(known, return_survey_extra=True)
    assert set(extra.colnames) - set(plain.colnames) >= {"r_psfFluxMean", "y_psfFluxMaxSlope", "nDiaSources", "raErr"}
    assert extra["nDiaSources"][0] == plain["n_det"][0] == extra["n_det"][0]
    assert (extra["ra"][0], extra["meanra"][0]) == (plain["meanra"][0],) * 2
    assert extra["g_psfFluxMaxSlope"].unit == u.nJy / u.day
    assert extra.coords[0].separation(plain.coords[0]) == 0
    assert Alerce.query_object(known, format="json")["oid"] == known


def test_an_object_that_is_not_there_is_not_found(box):
    with pytest.raises(ObjectNotFoundError, match=f"{UNKNOWN}.*no detections of it") as caught:
        Alerce.query_object(UNKNOWN, cache=False)
    assert caught.value.status_code == 500
    assert [request["path"] for request in box.requests[-2:]] == ["/object_api/object", "/lightcurve_api/detections"]


def test_an_object_of_the_solar_system_is_had_by_tap_only(box):
    objects = box.truth.lsst_objects
    moving = int(objects["oid"][objects["sid"] == 2][0])
    with pytest.raises(ObjectNotFoundError, match=f"no summary of {moving} here.*solar system, of which it is one"):
        Alerce.query_object(moving, cache=False)


def test_trouble_with_an_object_that_is_there_stays_trouble(faulty, known, unclassified):
    trouble = dict(path="*/object_api/*", status=500, body='{"detail": "An error occurred"}')
    faulty.faults = [trouble]
    for oid in (known, unclassified):
        with pytest.raises(BrokerError, match=f"HTTP 500.*It does know {oid}") as caught:
            Alerce.query_object(oid, cache=False)
        assert type(caught.value) is BrokerError
    with pytest.warns(PartialResultWarning, match="1 of 3 requests"):
        faulty.faults = [{**trouble, "path": f"*oid={unclassified}&survey_id*"}]
        table = Alerce.query_object([UNKNOWN, unclassified, known], cache=False)
    assert table["oid"].tolist() == [known] and table.failures["item"].tolist() == [str(unclassified)]
    assert table.meta["coverage"][0]["missing"] == [str(UNKNOWN)]
    faulty.faults = [trouble, dict(path="*/detections*", status=500, body="Internal Server Error")]
    with pytest.raises(BrokerError, match="HTTP 500") as caught:
        Alerce.query_object(UNKNOWN, cache=False)
    assert type(caught.value) is BrokerError


def test_a_search_gives_one_row_per_classifier(truth, unclassified):
    every = Alerce.query_objects(survey="lsst", row_limit=-1)
    assert len(every) > len(set(every["oid"])) and set(every["classifier_name"]) >= {BETA}
    one = Alerce.query_objects(survey="lsst", classifier=BETA, row_limit=-1)
    assert len(one) == len(set(one["oid"])) > 90 and set(one["ranking"]) == {1}
    assert list(one["oid"]) == sorted(one["oid"])
    with pytest.warns(NoResultsWarning, match=str(unclassified)):
        assert len(Alerce.query_objects(unclassified)) == 0
    assert Alerce.query_object(unclassified)["oid"].tolist() == [unclassified]


def test_criteria_and_order_hold(known):
    table = Alerce.query_objects(survey="lsst", classifier=BETA, class_name="SN", n_det=(5, 60), probability=0.4,
                                 order_by="probability", order_mode="DESC")
    assert len(table) > 5 and (np.diff(table["probability"]) <= 0).all()
    assert set(table["class_name"]) == {"SN"} and table["probability"].min() >= 0.4
    assert 5 <= table["n_det"].min() <= table["n_det"].max() <= 60
    late = Time(61000, format="mjd", scale="tai")
    assert (Alerce.query_objects(survey="lsst", classifier=BETA, lastmjd=late)["lastmjd"] >= 61000).all()


def test_a_class_or_classifier_that_is_not_there_is_said():
    with pytest.raises(RejectedQueryError, match="class_name='Sn'.*it answered with .*SN"):
        Alerce.query_objects(survey="lsst", classifier=BETA, class_name="Sn", route="rest")
    with pytest.raises(RejectedQueryError, match=f"Did you mean '{BETA}'"):
        Alerce.query_objects(survey="lsst", classifier="stamp_classifier_rubin", class_name="SN", route="rest")
    with pytest.raises(RejectedQueryError, match="no LSST classifier 'x'"):
        Alerce.query_region("185 15", "1 arcmin", survey="lsst", classifier="x")


def test_pages_follow_has_next(box):
    every = Alerce.query_objects(survey="lsst", classifier=BETA, row_limit=-1, route="rest")
    before = len(box.requests)
    paged = Alerce.query_objects(survey="lsst", classifier=BETA, row_limit=-1, page_size=len(every) // 2 + 1,
                                 cache=False)
    # The second page is short, and says that it is the last.
    assert len(box.requests) - before == 2
    assert paged["oid"].tolist() == every["oid"].tolist()
    before = len(box.requests)
    Alerce.query_objects(survey="lsst", classifier=BETA, row_limit=-1, page_size=len(every), cache=False)
    assert len(box.requests) - before == 1
    with pytest.warns(MaxResultsWarning):
        cut = Alerce.query_objects(survey="lsst", classifier=BETA, row_limit=7)
    assert cut["oid"].tolist() == every["oid"][:7].tolist()
    page = Alerce.query_objects(survey="lsst", classifier=BETA, page=2, page_size=5)
    assert page["oid"].tolist() == every["oid"][5:10].tolist()
    assert Alerce.query_objects(survey="lsst", classifier=BETA, page=1, page_size=3, format="json") == [
        {name: None if np.ma.is_masked(value) else value.item() for name, value in zip(row.colnames, row)}
        for row in every[:3]]


# -- cones ----------------------------------------------------------------------------------------------------------

def test_a_cone_finds_what_is_there_and_has_a_class(truth):
    center = SkyCoord(185.0, 15.0, unit="deg")
    distance = SkyCoord(truth["meanra"], truth["meandec"], unit="deg").separation(center)
    classified = set(map(str, Alerce.query_objects(survey="lsst", classifier=BETA, row_limit=-1)["oid"]))
    inside = [oid for oid, one in zip(truth["oid"], distance) if one < 8 * u.arcmin and oid in classified]
    with conf.set_temp("survey", "lsst"):
        found = Alerce.query_region(center, 8 * u.arcmin, classifier=BETA)
    assert len(inside) > 3 and sorted(map(str, found["oid"])) == sorted(inside)
    assert (np.diff(found["separation"]) >= 0).all() and found["separation"].max() < 480


def test_objects_stand_for_their_positions_across_surveys(box, truth, known):
    assert Alerce.query_region(known, "1 arcsec")["oid"][0] == known
    assert Alerce.query_region(np.int64(known), "1 arcsec")["oid"][0] == known
    name = truth["ztf_oid"][truth["oid"] == str(known)][0]
    assert known in Alerce.query_region(name, "5 arcsec", survey="lsst")["oid"]
    assert name in Alerce.query_region(str(known), "5 arcsec", survey="ztf")["oid"]
    with pytest.raises(ObjectNotFoundError):
        Alerce.query_region(UNKNOWN, "1 arcsec")


# -- classes --------------------------------------------------------------------------------------------------------

def test_probabilities_can_be_of_one_classifier(known, unclassified):
    every = Alerce.query_probabilities(known)
    assert every["oid"].dtype == np.int64 and set(every["oid"]) == {known}
    one = Alerce.query_probabilities(known, classifier=BETA)
    assert set(one["classifier_name"]) == {BETA} < set(every["classifier_name"]) and len(one) == 5
    assert one["probability"].sum() == pytest.approx(1, abs=1e-6)
    assert len(Alerce.query_probabilities(known, classifier_version="202")) == 5
    for arguments, hint in ((dict(object_id=known, classifier="x"), "query_classifiers"),
                            (dict(object_id=unclassified), "no classifier has seen.*query_object"),
                            (dict(object_id=UNKNOWN), "nor of one that ALeRCE does not know")):
        with pytest.warns(NoResultsWarning, match=hint):
            assert Alerce.query_probabilities(**arguments).colnames == every.colnames


def test_the_search_shows_the_most_probable_class(known):
    classes = Alerce.query_probabilities(known, classifier=BETA)
    best = classes[classes["ranking"] == 1][0]
    row = Alerce.query_objects(known, classifier=BETA)[0]
    assert (row["class_name"], row["probability"]) == (best["class_name"], best["probability"])


def test_classifiers_and_their_classes():
    classifiers = Alerce.query_classifiers(survey="lsst")
    assert classifiers["classifier_id"].tolist() == [1, 3]
    for row in classifiers:
        classes = Alerce.query_classes(row["classifier_name"], row["classifier_version"], survey="lsst")
        assert list(classes["name"]) == list(row["classes"])
        assert set(classes["classifier_version"]) == {row["classifier_version"]}
    for name, version, said in (("no_such", "1", f"classifier_name='no_such' is not known. Allowed: {BETA}, "),
                                (BETA, "2.0.9", "_version='2.0.9' is not known. Did you mean '2.0.1'.*'lsst'")):
        with pytest.raises(ObjectNotFoundError, match=said):
            Alerce.query_classes(name, version, survey="lsst")
