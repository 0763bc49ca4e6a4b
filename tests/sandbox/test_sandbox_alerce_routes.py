# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The other routes of the ALeRCE ZTF APIs v1 and v2: statuses, error bodies, headers, nulls."""

import json
import math

import pytest


@pytest.mark.parametrize("rest", ["", "/lightcurve", "/detections", "/non_detections", "/magstats", "/probabilities",
                                  "/features", "/features/gal_b"])
def test_unknown_object(v1, rest):
    reply = v1(f"/objects/ZTF99zzzzzzz{rest}")
    assert reply.status_code == 404
    assert list(reply.json()) == ["message"]


def test_unknown_route_is_html(v1):
    for path in ("/nope", "/objects/ZTF18aaaaaaa/nope", "/objects/ZTF18aaaaaaa/features/Power_rate_1%2F4"):
        reply = v1(path)
        assert reply.status_code == 404
        assert reply.headers["content-type"].startswith("text/html")


def test_wrong_method(synthetic, session):
    reply = session.post(synthetic.urls["alerce.ztf_url"] + "/objects/", timeout=30)
    assert (reply.status_code, reply.json()) == (405, {"message": "The method is not allowed for the requested URL."})
    reply = session.post(synthetic.urls["alerce.ztf_v2_url"] + "/detections/ZTF18aaaaaaa", timeout=30)
    assert (reply.status_code, reply.json()) == (405, {"detail": "Method Not Allowed"})


@pytest.mark.parametrize("route", ["/objects", "/classifiers"])
def test_missing_slash(v1, synthetic, route):
    reply = v1(route, {"oid": ["A&B", "C"], "page": 2}, allow_redirects=False)
    assert reply.status_code == 308
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["location"] == f"{synthetic.urls['alerce.ztf_url']}{route}/?oid=A%26B&oid=C&page=2"
    assert v1(route).status_code == 200


def test_healthcheck(v1, v2):
    assert v1("/healthcheck").text == "OK"
    assert v2("/healthcheck").text == '"OK"'


def test_detections_are_in_order_of_time(v1, showpiece):
    rows = v1(f"/objects/{showpiece}/detections").json()
    assert [row["mjd"] for row in rows] == sorted(row["mjd"] for row in rows)
    assert len({row["candid"] for row in rows}) == len(rows) > 100


def test_detections_from_history(v1, showpiece):
    rows = v1(f"/objects/{showpiece}/detections").json()
    own = {row["candid"]: row["mjd"] for row in rows if row["has_stamp"]}
    for row in rows:
        assert row["has_stamp"] == ("parent_candid" not in row)
        if not row["has_stamp"]:
            assert row["parent_candid"] > 2 ** 53
            assert row["mjd"] < own[str(row["parent_candid"])] < row["mjd"] + 30
    assert 0 < len(own) < len(rows)


def test_null_keys(v1, synthetic):
    objects = synthetic.truth.objects
    old = objects[(objects["firstmjd"] < 58640) & (objects["ndet"] > 5)]["oid"][0]
    sparse, full = v1(f"/objects/{old}/detections").json(), v1(f"/objects/{old}/lightcurve").json()["detections"]
    assert "drb" not in sparse[0] and full[0]["drb"] is None
    assert [{name: value for name, value in row.items() if value is not None} for row in full] == sparse
    assert all(len(row) == 34 for row in full)


def test_survey_id(v1, v2, showpiece):
    reply = v1(f"/objects/{showpiece}/detections", {"survey_id": "lsst"})
    assert (reply.status_code, reply.json()) == (400, {
        "errors": {"survey_id": "The value 'lsst' is not a valid choice for 'survey_id'."},
        "message": "Input payload validation failed"})
    assert v1(f"/objects/{showpiece}/lightcurve", {"survey_id": "atlas"}).text == "null"
    assert v1(f"/objects/{showpiece}/detections", {"survey_id": "atlas"}).json() == []
    reply = v2(f"/forced-photometry/{showpiece}", {"survey_id": "lsst"})
    assert (reply.status_code, reply.json()) == (400, {
        "detail": "Can't retrieve forced photometry survey id not recognized lsst"})
    reply = v2(f"/non_detections/{showpiece}", {"survey_id": "atlas"})
    assert (reply.status_code, reply.json()) == (400, {
        "detail": "Can't retrieve non detections: ATLAS does not provide non_detections"})
    assert v2(f"/detections/{showpiece}", {"survey_id": "atlas"}).json() == []


def test_authorization(v1, v2, showpiece):
    good, bad = {"Authorization": "BeaReR sandbox-1"}, {"Authorization": "Bearer x.y.z"}
    for path in ("detections", "non_detections", "lightcurve"):
        reply = v1(f"/objects/{showpiece}/{path}", headers=bad)
        assert (reply.status_code, reply.json()) == (403, "Forbidden")
        assert v1(f"/objects/{showpiece}/{path}", headers=good).content == v1(f"/objects/{showpiece}/{path}").content
    reply = v2(f"/forced-photometry/{showpiece}", headers=bad)
    assert (reply.status_code, reply.json()) == (403, {"detail": "Forbidden"})
    assert v2(f"/forced-photometry/{showpiece}", headers=good).status_code == 200
    for path in ("", showpiece, f"{showpiece}/magstats", f"{showpiece}/features"):
        assert v1(f"/objects/{path}", headers=bad).status_code == 200


def test_log_has_no_header(v1, synthetic):
    before = len(synthetic.requests)
    v1("/objects/?page=2&oid=a%20b", headers={"Authorization": "Bearer secret-thing"})
    v1("/objects/")
    first, second = synthetic.requests[before:]
    assert {name: first[name] for name in ("method", "path", "query", "status", "authorized")} == {
        "method": "GET", "path": "/ztf/v1/objects/", "query": "page=2&oid=a%20b", "status": 200, "authorized": True}
    assert second["authorized"] is False and 0 < second["seconds"] < 5
    assert "secret-thing" not in json.dumps(synthetic.requests)


def test_compression(v1, v2, showpiece):
    assert v2(f"/detections/{showpiece}").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in v2("/detections/ZTF99zzzzzzz").headers
    assert "content-encoding" not in v2(f"/detections/{showpiece}", headers={"Accept-Encoding": "identity"}).headers
    assert "content-encoding" not in v1(f"/objects/{showpiece}/detections").headers


def test_v2_unknown_object_is_empty(v2):
    assert v2("/detections/ZTF99zzzzzzz").json() == []
    assert v2("/lightcurve/ZTF99zzzzzzz").json() == {"detections": [], "non_detections": [], "forced_photometry": []}
    reply = v2("/nope")
    assert (reply.status_code, reply.json()) == (404, {"detail": "Not Found"})


def test_v2_rows_have_no_order(v2, showpiece):
    for product in ("detections", "forced-photometry", "non_detections"):
        times = [row["mjd"] for row in v2(f"/{product}/{showpiece}").json()]
        assert times != sorted(times)


def test_v2_is_v1_with_other_names(v1, v2, showpiece):
    other = {row["candid"]: row for row in v2(f"/detections/{showpiece}").json()}
    for row in v1(f"/objects/{showpiece}/lightcurve").json()["detections"]:
        same = other.pop(row["candid"])
        assert (row["magpsf"], row["sigmapsf"], row["magpsf_corr"], row["sigmapsf_corr"], row["sigmapsf_corr_ext"]) == (
            same["mag"], same["e_mag"], same["mag_corr"], same["e_mag_corr"], same["e_mag_corr_ext"])
        assert row["parent_candid"] == same["parent_candid"]
        assert row["drb"] == same["extra_fields"]["drb"]
    assert other == {}


def test_forced_photometry_is_recent(v2, synthetic, showpiece):
    rows = v2(f"/forced-photometry/{showpiece}").json()
    assert len(rows) > 50 and min(row["mjd"] for row in rows) > 60280
    assert {row["extra_fields"]["procstatus"] for row in rows} == {"0", "61"}
    assert {type(row["parent_candid"]) for row in rows} == {int}
    assert all(row["parent_candid"] > 2 ** 53 for row in rows)
    old = synthetic.truth.objects[synthetic.truth.objects["lastmjd"] < 60000]["oid"][0]
    assert v2(f"/forced-photometry/{old}").json() == []


def test_probabilities(v1, showpiece):
    rows = v1(f"/objects/{showpiece}/probabilities").json()
    groups = {}
    for row in rows:
        groups.setdefault((row["classifier_name"], row["classifier_version"]), []).append(row)
    assert len(groups) >= 6
    for members in groups.values():
        assert sum(row["probability"] for row in members) == pytest.approx(1, abs=1e-6)
        ranked = sorted(members, key=lambda row: row["ranking"])
        assert [row["ranking"] for row in ranked] == list(range(1, len(members) + 1))
        assert [row["probability"] for row in ranked] == sorted((r["probability"] for r in members), reverse=True)
    # By place in the class list, classifiers mixed.
    assert len({row["classifier_name"] for row in rows[:4]}) == 4
    one = v1(f"/objects/{showpiece}/probabilities", {"classifier": "stamp_classifier",
                                                     "classifier_version": "stamp_classifier_1.0.4"}).json()
    assert [row["class_name"] for row in one] == ["SN", "AGN", "VS", "asteroid", "bogus"]
    assert v1(f"/objects/{showpiece}/probabilities", {"classifier": "nobody"}).json() == []


def test_features(v1, showpiece):
    rows = v1(f"/objects/{showpiece}/features").json()
    keys = [(row["name"], row["fid"], row["version"]) for row in rows]
    assert len(keys) == len(set(keys)) >= 50
    g = v1(f"/objects/{showpiece}/features", {"fid": 1}).json()
    assert g == [row for row in rows if row["fid"] == 1]
    version = rows[0]["version"]
    assert v1(f"/objects/{showpiece}/features", {"version": version}).json() == [
        row for row in rows if row["version"] == version]
    one = v1(f"/objects/{showpiece}/features/g-r_max").json()
    assert one == [row for row in rows if row["name"] == "g-r_max"] != []
    reply = v1(f"/objects/{showpiece}/features", {"fid": "g"})
    assert reply.status_code == 400 and list(reply.json()["errors"]) == ["fid"]


def test_nan_features(v1, synthetic):
    single = synthetic.truth.objects[synthetic.truth.objects["ndet"] == 1]["oid"][0]
    values = [row["value"] for row in v1(f"/objects/{single}/features").json()]
    assert any(value is not None and math.isnan(value) for value in values)


def test_classes(v1):
    assert v1("/classifiers/stamp_classifier/stamp_classifier_1.0.4/classes").json() == [
        {"name": name} for name in ("SN", "AGN", "VS", "asteroid", "bogus")]
    reply = v1("/classifiers/LC_classifier_ATAT_forced_phot%28beta%29/beta/classes")
    assert reply.status_code == 200 and {"name": "CV/Nova"} in reply.json()
    assert v1("/classifiers/stamp_classifier/nope/classes").status_code == 404
