# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's multi-survey objects, probabilities, classifiers and statistics."""

import pytest

BETA, LATER = "stamp_classifier_rubin_beta", "stamp_classifier_rubin_beta_20260421"
FAILURE = {"detail": "An error occurred"}


@pytest.fixture()
def search(lsst):
    def ask(**params):
        reply = lsst("/object_api/list_objects", survey="lsst", **params)
        assert reply.status_code == 200
        return reply.json()
    return ask


def _all(search, **params):
    items, page = [], 1
    while page:
        reply = search(page=page, **params)
        items += reply["items"]
        page = reply["next"]
    return items


def test_one_row_per_classifier(synthetic, search):
    """Objects without a class are never listed, those with two classes twice; solar-system objects not at all."""
    items = _all(search, page_size=50)
    objects = synthetic.truth.lsst_objects
    dia = set(objects["oid"][objects["sid"] == 1])
    by_name = {name: [str(item["oid"]) for item in items if item["classifier_name"] == name] for name in (BETA, LATER)}
    assert sum(map(len, by_name.values())) == len(items)
    assert all(len(set(oids)) == len(oids) for oids in by_name.values())
    assert set(by_name[LATER]) < set(by_name[BETA]) < dia
    assert all(item["ranking"] == 1 for item in items)
    chances = [item["probability"] for item in items]
    assert chances == sorted(chances, reverse=True)


def test_rows_are_the_truth(synthetic, search):
    truth = {row["oid"]: row for row in synthetic.truth.lsst_objects}
    for item in search(page_size=200, classifier=BETA)["items"]:
        row = truth[str(item["oid"])]
        for name in ("meanra", "meandec", "firstmjd", "lastmjd", "deltamjd", "n_det", "n_forced", "n_non_det", "sid"):
            assert item[name] == row[name], name
        assert item["stellar"] is None


def test_total_counts_the_row_that_looks_ahead(search):
    first = search(page_size=3, classifier=BETA)
    assert (first["total"], first["next"], first["has_next"], len(first["items"])) == (4, 2, True, 3)
    assert (first["prev"], first["has_prev"], first["current_page"], first["info_message"]) == (None, False, 1, None)
    whole = search(page_size=1000, classifier=BETA)
    count = len(whole["items"])
    assert (whole["total"], whole["next"], whole["has_next"]) == (count, None, False)
    last = search(page_size=3, page=-(-count // 3), classifier=BETA)
    assert (last["has_next"], last["prev"], last["has_prev"]) == (False, -(-count // 3) - 1, True)
    none = search(page_size=0)
    assert (none["items"], none["has_next"], none["total"]) == ([], True, 1)
    assert len(search(page_size=-5)["items"]) == len(search(page=-2)["items"]) == 10


def test_empty(search):
    assert search(oid=1) == {"total": 0, "next": None, "has_next": False, "prev": None, "has_prev": False,
                             "current_page": 1, "items": [], "info_message": "Empty query"}
    assert search(firstmjd=[61000, 60000])["items"] == []


def test_oids_obey_the_page_size(search):
    oids = [item["oid"] for item in search(page_size=15, classifier=LATER)["items"]]
    assert len(search(oid=oids)["items"]) == 10
    items = search(oid=oids, page_size=30, order_by="oid", order_mode="ASC")["items"]
    assert [item["oid"] for item in items] == sorted(oids * 2)


def test_oid_list_order_loses_a_row(search):
    oids = [item["oid"] for item in search(page_size=15, classifier=LATER)["items"]]
    reply = search(oid=oids, classifier=LATER, order_by="oid_list", page_size=5)
    assert len(reply["items"]) == 14 and reply["has_next"]


def test_filters(synthetic, search):
    items = _all(search, classifier=BETA, n_det=[20, 40], firstmjd=60700, probability=0.5, page_size=20)
    assert items and all(20 <= item["n_det"] <= 40 and item["firstmjd"] >= 60700 and item["probability"] >= 0.5
                         for item in items)
    every = _all(search, classifier=BETA, page_size=100)
    assert len(items) == sum(20 <= item["n_det"] <= 40 and item["firstmjd"] >= 60700 and item["probability"] >= 0.5
                             for item in every)
    second = _all(search, classifier=BETA, class_name="SN", ranking=2, page_size=100)
    assert second and {(item["class_name"], item["ranking"]) for item in second} == {("SN", 2)}


def test_unknown_class_is_no_filter(search):
    assert search(classifier=BETA, class_name="No such class") == search(classifier=BETA)


@pytest.mark.parametrize("order_by, mode", [("firstmjd", "ASC"), ("n_det", "DESC"), ("nDiaSources", "DESC"),
                                            ("r_psfFluxNdata", "ASC")])
def test_order(search, order_by, mode):
    items = search(classifier=BETA, order_by=order_by, order_mode=mode, page_size=200)["items"]
    if order_by in items[0]:
        values = [(item[order_by], item["oid"]) for item in items]
        assert values == sorted(values, reverse=mode == "DESC")
    unknown = search(classifier=BETA, order_by="no_such_column", page_size=200)["items"]
    assert [item["oid"] for item in unknown] == sorted((item["oid"] for item in items), reverse=True)


def test_cone_is_in_arcsec(search, rubin_showpiece):
    near = search(ra=185.0008, dec=15.0005, radius=1, classifier=BETA)["items"]
    assert [str(item["oid"]) for item in near] == [rubin_showpiece]
    assert len(search(ra=185, dec=15, radius=600, classifier=BETA, page_size=50)["items"]) >= 8
    assert search(ra=0, dec=0, radius=5, classifier=BETA)["items"], "a zero is a position here"
    assert search(ra=185.0008, classifier=BETA)["items"] == search(classifier=BETA)["items"]


@pytest.mark.parametrize("params", [
    {"survey": "ztf"}, {"survey": "LSST"}, {}, {"survey": "lsst", "oid": "ZTF20aaelulu"},
    {"survey": "lsst", "classifier": "lc_classifier"}, {"survey": "lsst", "class_name": "SN"}])
def test_failures(lsst, params):
    reply = lsst("/object_api/list_objects", **params)
    assert (reply.status_code, reply.json()) == (500, FAILURE)


@pytest.mark.parametrize("params, detail", [
    ({"n_det": [5, 2]}, {"detections_container": "Min value can't be greater than max."}),
    ({"order_mode": "asc"}, {"search_filters": "Order can be only DESC or ASC."}),
    ({"n_det": [1, "a"]}, [{"type": "int_parsing", "loc": ["query", "n_det", 1], "input": "a",
                            "msg": "Input should be a valid integer, unable to parse string as an integer"}]),
    ({"ra": ""}, [{"type": "float_parsing", "loc": ["query", "ra"], "input": "",
                   "msg": "Input should be a valid number, unable to parse string as a number"}]),
    ({"count": "x"}, [{"type": "bool_parsing", "loc": ["query", "count"], "input": "x",
                       "msg": "Input should be a valid boolean, unable to interpret input"}])])
def test_refusals(lsst, params, detail):
    reply = lsst("/object_api/list_objects", survey="lsst", **params)
    assert (reply.status_code, reply.json()) == (422, {"detail": detail})


def test_object(lsst, rubin_showpiece):
    plain = lsst("/object_api/object", survey_id="lsst", oid=rubin_showpiece).json()
    assert str(plain["oid"]) == rubin_showpiece and len(plain) == 15
    more = lsst("/object_api/object", survey_id="lsst", oid=rubin_showpiece, return_survey_extra=True).json()
    assert set(plain) - set(more) == {"created_date", "updated_date"} and len(more) == 13 + 9 + 6 * 12
    assert more["nDiaSources"] == more["n_det"]
    assert sum(more[f"{band}_psfFluxNdata"] for band in "ugrizy") <= more["n_det"]


def test_missing_object_is_a_failure(synthetic, lsst, rubin_showpiece):
    objects = synthetic.truth.lsst_objects
    solar = objects["oid"][objects["sid"] == 2][0]
    for oid, survey in ((1, "lsst"), ("x", "lsst"), (rubin_showpiece, "ztf"), (solar, "lsst"), (2 ** 63, "lsst")):
        reply = lsst("/object_api/object", survey_id=survey, oid=oid)
        assert (reply.status_code, reply.json()) == (500, FAILURE)
    reply = lsst("/object_api/object", oid=1)
    assert reply.status_code == 422 and reply.json()["detail"] == [
        {"type": "missing", "loc": ["query", "survey_id"], "msg": "Field required", "input": None}]


def test_probabilities(synthetic, lsst, search):
    oid = search(classifier=LATER)["items"][0]["oid"]
    rows = lsst("/probability_api/probability", oid=oid).json()
    assert [row["class_name"] for row in rows] == [name for name in ("SN", "AGN", "VS", "asteroid", "bogus")
                                                   for _ in range(2)]
    assert {(row["classifier_name"], row["classifier_version"]) for row in rows} == {(BETA, 201), (LATER, 202)}
    one = lsst("/probability_api/probability", oid=oid, classifier=BETA, survey_id="ignored").json()
    assert one == [row for row in rows if row["classifier_name"] == BETA]
    assert sum(row["probability"] for row in one) == pytest.approx(1, abs=1e-6)
    missing = lsst("/probability_api/probability", oid=1)
    assert (missing.status_code, missing.json()) == (404, {"detail": "Probability not found for the given OID"})
    missing = lsst("/probability_api/probability", oid=oid, classifier="x")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Classifier not found"})
    broken = lsst("/probability_api/probability", oid="x")
    assert (broken.status_code, broken.text) == (500, "Internal Server Error")


def test_classifiers(lsst):
    rows = lsst("/classifier_api/classifiers").json()
    assert [(row["classifier_name"], row["classifier_version"], row["classifier_id"]) for row in rows] == [
        (BETA, "2.0.1", 1), (LATER, "2.0.2", 3)]
    assert all(row["classes"] == ["SN", "AGN", "VS", "asteroid", "bogus"] for row in rows)
    assert lsst("/classifier_api/classifiers", classifier_name=BETA).text == "Internal Server Error"
    assert lsst("/classifier_api/classifiers", classifier_name="x").status_code == 404


def test_magstats_are_rounded(lsst, rubin_showpiece):
    row, = lsst("/magstat_api/magstats", oid=rubin_showpiece, survey_id="lsst").json()
    assert str(row["oid"]) == rubin_showpiece and (row["ra"], row["dec"]) == (185.001, 15.001)
    whole = lsst("/object_api/object", survey_id="lsst", oid=rubin_showpiece, return_survey_extra=True).json()
    assert row["r_psfFluxMean"] == round(whole["r_psfFluxMean"], 3)
    assert lsst("/magstat_api/magstats", oid=1, survey_id="lsst").text == "Internal Server Error"
