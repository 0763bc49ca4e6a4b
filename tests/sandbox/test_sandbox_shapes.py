# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The replies have the keys, JSON types and null spellings of recorded replies of the real service."""

import csv
import json

import pytest


def _types(rows):
    """Keys of rows with the JSON types they have, null included."""
    types = {}
    for row in rows:
        for name, value in row.items():
            types.setdefault(name, set()).add(type(value).__name__)
    return types


def _assert_like(ours, recorded, *, missing=(), extra=()):
    """Same keys in the same order, and a type that the recording shows for every value but null.

    A float that happens to be whole is an int in some recordings (made by JavaScript).
    """
    ours, recorded = _types(ours), _types(recorded)
    assert [name for name in ours if name not in extra] == [name for name in recorded if name not in missing]
    for name in set(ours) & set(recorded):
        known, seen = recorded[name] - {"NoneType"}, ours[name] - {"NoneType"}
        assert not known or seen <= known | ({"float"} if "int" in known and name in FLOATS else set()), name


FLOATS = {"phase", "sigmapsf_corr", "sigmapsf", "magpsf", "value", "magap", "magapbig", "rb", "distnr", "ra", "dec",
          "diffmaglim", "drb", "mjd"}


@pytest.fixture()
def recorded(shared_data):
    def load(name):
        return json.loads((shared_data / "alerce" / name).read_text())
    return load


def test_page_of_objects(v1, recorded):
    real = recorded("alerce_ztf_rest_objects_page.json")
    ours = v1("/objects/", {"classifier": "stamp_classifier", "ranking": 1, "class": "SN", "page_size": 4}).json()
    assert list(ours) == list(real)
    assert len(ours["items"]) == 4
    _assert_like(ours.pop("items"), real.pop("items"))
    assert ours == real


def test_objects_without_classifier_have_null_classes(v1, recorded):
    real = recorded("alerce_ztf_objects.json")["items"]
    ours = v1("/objects/", {"page_size": 300}).json()["items"]
    assert set(ours[0]) == set(real[0])
    assert all(item["class"] is item["classifier"] is item["probability"] is None for item in real)
    nulls = [item for item in ours if item["class"] is None]
    assert len(nulls) > len(ours) / 2 and all(item["probability"] is None for item in nulls)


def test_empty_page_is_the_recorded_one(v1, shared_data):
    reply = v1("/objects/", {"classifier": "stamp_classifier", "ranking": 1, "class": "No such class"})
    assert reply.status_code == 200
    assert reply.content == (shared_data / "alerce" / "alerce_ztf_rest_objects_empty.json").read_bytes()


def test_single_object(v1, showpiece, recorded):
    ours, real = v1(f"/objects/{showpiece}").json(), recorded("alerce_ztf_object.json")
    assert set(ours) == set(real)
    assert type(ours["ndethist"]) is type(real["ndethist"]) is str


def test_uncorrected_detection_has_no_keys_for_nulls(synthetic, v1, recorded):
    real = recorded("alerce_ztf_rest_detections_uncorrected.json")
    rows = synthetic.truth.detections
    alone = rows[~rows["corrected"] & (rows["mjd"] > 58700) & rows["has_stamp"]][0]
    ours = [row for row in v1(f"/objects/{alone['oid']}/detections").json() if row["candid"] == alone["candid"]]
    _assert_like(ours, real)


def test_light_curve_keeps_nulls(v1, showpiece, recorded):
    real = recorded("alerce_ztf_rest_lightcurve_ZTF20aaelulu.json")
    ours = v1(f"/objects/{showpiece}/lightcurve").json()
    assert list(ours) == ["detections", "non_detections"]
    # That recording is older than the column tid.
    _assert_like(ours["detections"], real["detections"], extra=["tid"])
    _assert_like(ours["non_detections"], real["non_detections"], extra=["tid"])
    assert set(ours["detections"][0]) == set(real["detections"][0]) | {"tid"}
    always = {"magpsf_corr_ext", "magap_corr", "sigmagap_corr", "candid_alert"}
    assert all(row[name] is None for row in ours["detections"] + real["detections"] for name in always)
    assert any(row["sigmapsf_corr"] == 100 for row in ours["detections"])


def test_features(v1, synthetic, recorded):
    real = recorded("alerce_ztf_rest_lightcurve_ZTF20aaelulu.json")["features"]
    texts = [v1(f"/objects/{oid}/features").text for oid in synthetic.truth.objects["oid"][:60]]
    rows = [row for text in texts for row in json.loads(text)]
    _assert_like(rows, real)
    assert '"value": NaN' in "".join(texts) and '"value": null' in "".join(texts)
    assert {row["fid"] for row in rows} == {row["fid"] for row in real} == {0, 1, 2, 12}
    unknown = {row["name"] for row in rows} - {row["name"] for row in real}
    assert unknown == set()
    assert len({row["version"] for row in rows}) == 2


def test_magstats(v1, showpiece, recorded):
    real, ours = recorded("alerce_ztf_magstats.json"), v1(f"/objects/{showpiece}/magstats").json()
    assert [set(row) for row in ours] == [set(row) for row in real]
    assert {name: type(value) for name, value in ours[0].items()} == {n: type(real[0][n]) for n in ours[0]}
    assert [row["fid"] for row in ours] == [1, 2]


def test_probabilities_and_classifiers(v1, showpiece, recorded):
    real, ours = recorded("alerce_ztf_probabilities_first54.json"), v1(f"/objects/{showpiece}/probabilities").json()
    assert set(ours[0]) == set(real[0])
    assert {name: type(value) for name, value in ours[0].items()} == {n: type(real[0][n]) for n in ours[0]}
    assert v1("/classifiers/").json() == recorded("alerce_ztf_rest_classifiers.json")


def _csv_rows(path):
    with open(path, newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("product, file", [("detections", "ZTF24aaecooj_20240605_detections.csv"),
                                           ("forced-photometry", "ZTF24aaecooj_20240605_forced_photometry.csv")])
def test_v2_has_the_columns_of_the_export(v2, showpiece, shared_data, product, file):
    real = _csv_rows(shared_data / "alerce" / "csv" / file)
    ours = v2(f"/{product}/{showpiece}").json()
    flat = [{**{name: value for name, value in row.items() if name != "extra_fields"}, **row["extra_fields"]}
            for row in ours]
    assert set(flat[0]) == set(real[0])
    for name in ("tid", "sid", "aid"):
        assert {row[name] or "" for row in flat} == {row[name] for row in real}


def test_v2_forced_photometry_that_failed(v2, showpiece, shared_data):
    real = _csv_rows(shared_data / "alerce" / "csv" / "ZTF24aaecooj_20240605_forced_photometry.csv")
    real = [row for row in real if row["procstatus"] == "61"]
    ours = [row for row in v2(f"/forced-photometry/{showpiece}").json() if row["extra_fields"]["procstatus"] == "61"]
    assert real and ours
    names = [name for name, value in real[0].items() if value in ("100", "-99999")]
    assert len(names) == 12
    for row in ours:
        row = {**row, **row["extra_fields"]}
        assert {name: row[name] for name in names} == {name: float(real[0][name]) for name in names}
        assert (row["isdiffpos"], row["corrected"]) == (-1, True)
        assert row["candid"] == f"{showpiece}{row['pid']}"


def test_v2_non_detections(v2, showpiece):
    rows = v2(f"/non_detections/{showpiece}").json()
    assert rows
    assert {name: type(value) for name, value in rows[0].items()} == {
        "aid": type(None), "tid": str, "sid": str, "oid": str, "mjd": float, "fid": int, "diffmaglim": float}
