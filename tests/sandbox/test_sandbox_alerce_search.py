# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""GET /objects/ of the ALeRCE ZTF API v1, with the mistakes of the real service."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord


def _oids(reply):
    assert reply.status_code == 200, reply.text
    return [item["oid"] for item in reply.json()["items"]]


@pytest.fixture(scope="module")
def objects(synthetic):
    return synthetic.truth.objects


@pytest.mark.parametrize("ra, dec, radius", [(185, 15, 600), (185, 15, 30), (1e-9, 1e-9, 30), (360, 1e-9, 200),
                                             (20, 89.5, 3600), (50, -89.5, 3000), (359.99, 0.001, 100)])
def test_cone_is_exact(v1, objects, ra, dec, radius):
    there = SkyCoord(objects["meanra"], objects["meandec"], unit="deg")
    inside = there.separation(SkyCoord(ra, dec, unit="deg")).arcsec <= radius
    found = _oids(v1("/objects/", {"ra": ra, "dec": dec, "radius": radius, "page_size": 500}))
    assert sorted(found) == sorted(objects["oid"][inside])
    assert found


def test_demo_field_has_many_classes(v1, objects):
    found = _oids(v1("/objects/", {"ra": 185, "dec": 15, "radius": 600, "page_size": 50}))
    classes = [row["true_class"] for row in objects if row["oid"] in found]
    assert len(found) >= 10 and len(set(classes)) >= 9


@pytest.mark.parametrize("zero", ["ra", "dec", "radius"])
def test_a_zero_switches_the_cone_off(v1, zero):
    query = {"ra": 185, "dec": 15, "radius": 30, "count": "true", zero: 0}
    assert v1("/objects/", query).json()["total"] == 300


def test_half_a_position_is_no_cone(v1):
    assert v1("/objects/", {"ra": 185, "count": "true"}).json()["total"] == 300


def test_default_radius_is_30_arcsec(v1):
    centre = {"ra": 185, "dec": 15}
    assert _oids(v1("/objects/", centre)) == _oids(v1("/objects/", {**centre, "radius": 30}))


def test_default_join(v1):
    items = v1("/objects/", {"page_size": 1000}).json()["items"]
    assert len(items) == 300 == len({item["oid"] for item in items})
    filled = [item for item in items if item["class"] is not None]
    assert 0 < len(filled) < 60
    for item in filled[:5]:
        rows = v1(f"/objects/{item['oid']}/probabilities", {
            "classifier": "lc_classifier", "classifier_version": "hierarchical_random_forest_1.1.0"}).json()
        best, = [row for row in rows if row["ranking"] == 1]
        assert (item["class"], item["probability"]) == (best["class_name"], best["probability"])


def test_classifier_means_first_ranking(v1):
    items = v1("/objects/", {"classifier": "lc_classifier_BHRF_forced_phot_top", "page_size": 1000}).json()["items"]
    assert len(items) == len({item["oid"] for item in items}) > 50
    assert {item["class"] for item in items} <= {"Transient", "Stochastic", "Periodic"}
    assert min(item["probability"] for item in items) >= 1 / 3


def test_two_versions_are_two_rows(v1):
    query = {"classifier": "lc_classifier", "page_size": 1000}
    oids = _oids(v1("/objects/", query))
    assert len(oids) > len(set(oids))
    one = _oids(v1("/objects/", {**query, "classifier_version": "lc_classifier_1.1.13"}))
    assert len(one) == len(set(one))


def test_probability_alone_repeats_objects(v1):
    oids = _oids(v1("/objects/", {"probability": 0.2, "page_size": 5000}))
    assert len(oids) > 2 * len(set(oids))
    everything = v1("/objects/", {"probability": 0, "count": "true"}).json()["total"]
    assert everything == v1("/objects/", {"ranking": 0, "count": "true"}).json()["total"] > len(oids)


def test_class_and_probability(v1):
    items = v1("/objects/", {"classifier": "stamp_classifier", "class": "SN", "probability": 0.8,
                             "page_size": 500}).json()["items"]
    assert items and all(item["class"] == "SN" and item["probability"] >= 0.8 for item in items)


def test_ranking_two(v1):
    items = v1("/objects/", {"classifier": "stamp_classifier", "ranking": 2, "page_size": 500}).json()["items"]
    assert items and all(item["probability"] <= 0.5 for item in items)


@pytest.mark.parametrize("query", [{"classifier": "nobody"}, {"class": "No such class"},
                                   {"classifier": "stamp_classifier", "classifier_version": "0"}, {"oid": "NOPE"}])
def test_what_is_unknown_finds_nothing(v1, query):
    assert v1("/objects/", query).json()["items"] == []


def test_unknown_parameters_are_ignored(v1):
    assert v1("/objects/", {"class_name": "SN", "survey": "lsst", "ndett": 5, "count": "1"}).json()["total"] == 300


def test_wildcard_works_for_one_oid_only(v1, objects):
    pattern = "ZTF20*"
    mine = sorted(oid for oid in objects["oid"] if oid.startswith("ZTF20"))
    assert sorted(_oids(v1("/objects/", {"oid": pattern, "page_size": 500}))) == mine
    assert _oids(v1("/objects/", {"oid": [pattern, "ZTF21*"]})) == []
    assert _oids(v1("/objects/", {"oid": "ztf20*"})) == []


def test_many_oids_come_in_the_order_given(v1, objects):
    wanted = [str(oid) for oid in objects["oid"][[20, 3, 250, 7]]]
    assert _oids(v1("/objects/", {"oid": wanted})) == wanted
    assert _oids(v1("/objects/", {"oid": wanted, "page_size": 2, "page": 2})) == wanted[2:]
    assert _oids(v1("/objects/", {"oid": wanted, "order_by": "oid"})) == sorted(wanted)


def test_a_quote_in_many_oids_is_a_server_error(v1, objects):
    assert v1("/objects/", {"oid": ["ZTF18abcdef'", "ZTF18aaaaaaa"]}).status_code == 500
    assert v1("/objects/", {"oid": "ZTF18abcdef'"}).status_code == 200


def test_no_default_order_but_a_stable_one(v1):
    first = _oids(v1("/objects/", {"page_size": 300}))
    assert first == _oids(v1("/objects/", {"page_size": 300}))
    assert first != sorted(first) and first != sorted(first, reverse=True)
    pages = [_oids(v1("/objects/", {"page_size": 100, "page": page})) for page in (1, 2, 3)]
    assert sum(pages, []) == first


def test_a_failure_is_json(v1):
    reply = v1("/objects/", {"page": 10 ** 30})
    assert reply.status_code == 500 and list(reply.json()) == ["message"]


def test_ranges(v1, objects):
    def count(**query):
        return v1("/objects/", {**query, "count": "true"}).json()["total"]

    ndet = np.array(objects["ndet"])
    assert count(ndet=50) == np.sum(ndet >= 50)
    assert count(ndet=[0, 50]) == np.sum(ndet <= 50)
    assert count(ndet=[20, 50]) == np.sum((ndet >= 20) & (ndet <= 50))
    first = np.array(objects["firstmjd"])
    assert count(firstmjd=[59000, 59500.5]) == np.sum((first >= 59000) & (first <= 59500.5))
    assert count(lastmjd=60000) == np.sum(np.array(objects["lastmjd"]) >= 60000)


def test_page_numbers(v1):
    first = v1("/objects/", {"page_size": 7}).json()
    assert (first["page"], first["prev"], first["has_prev"], first["has_next"]) == (None, None, False, False)
    for page in (0, -3):
        assert v1("/objects/", {"page_size": 7, "page": page}).json() == first
    second = v1("/objects/", {"page_size": 7, "page": 2, "count": "Yes"}).json()
    assert {name: second[name] for name in second if name != "items"} == {
        "total": 300, "page": None, "next": 3, "has_next": True, "prev": 1, "has_prev": True}
    last = v1("/objects/", {"page_size": 100, "page": 3, "count": "t"}).json()
    assert (last["next"], last["has_next"], len(last["items"])) == (None, False, 100)
    assert v1("/objects/", {"page_size": 100, "page": 4}).json()["items"] == []
    assert v1("/objects/", {"page_size": 0}).json()["items"] == []
    assert len(v1("/objects/", {"page_size": -1}).json()["items"]) == 10
    assert len(v1("/objects/").json()["items"]) == 10


def test_order(v1):
    items = v1("/objects/", {"order_by": "ndet", "order_mode": "DESC", "page_size": 300}).json()["items"]
    ndet = [item["ndet"] for item in items]
    assert ndet == sorted(ndet, reverse=True)
    items = v1("/objects/", {"order_by": "g_r_max", "page_size": 300}).json()["items"]
    values = [item["g_r_max"] for item in items]
    known = [value for value in values if value is not None]
    assert known == sorted(known) and values[:len(known)] == known and len(known) < len(values)


def test_nulls_come_first_in_descending_order(v1):
    items = v1("/objects/", {"order_by": "probability", "order_mode": "DESC", "page_size": 300}).json()["items"]
    values = [item["probability"] for item in items]
    nulls = values.count(None)
    assert nulls and values[:nulls] == [None] * nulls
    assert values[nulls:] == sorted(values[nulls:], reverse=True)


@pytest.mark.parametrize("name, value, reason", [
    ("order_by", "ndethist", "The value 'ndethist' is not a valid choice for 'order_by'."),
    ("order_mode", "desc", "The value 'desc' is not a valid choice for 'order_mode'."),
    ("ndet", "many", "invalid literal for int() with base 10: 'many'"),
    ("ranking", "", "invalid literal for int() with base 10: ''"),
    ("firstmjd", "[59000,59010]", "could not convert string to float: '[59000,59010]'"),
    ("ra", "12h", "could not convert string to float: '12h'"),
    ("page_size", "1.5", "invalid literal for int() with base 10: '1.5'"),
    ("count", "maybe", "Invalid literal for boolean(): maybe"),
    ("count", "", "boolean type must be non-null")])
def test_bad_values(v1, name, value, reason):
    reply = v1("/objects/", {name: value})
    assert reply.status_code == 400
    body = reply.json()
    assert set(body) == {"errors", "message"} and body["message"] == "Input payload validation failed"
    assert list(body["errors"]) == [name] and body["errors"][name].endswith(" " + reason)


def test_limit_values(v1, objects):
    assert v1("/objects/limit_values").json() == {
        "min_ndet": min(objects["ndet"]), "max_ndet": max(objects["ndet"]),
        "min_firstmjd": min(objects["firstmjd"]), "max_firstmjd": max(objects["firstmjd"])}
