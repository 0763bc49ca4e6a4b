# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL's recorded replies: the sandbox says the same of the same real packets, and the same of its own in form."""

import base64
import copy
import json
import re
from urllib.parse import urlsplit

import pytest

from astroquery_brokers.sandbox import ztf_packets

ALERT = 595147624915010001  # of ZTF18abcecyc, whose packet was in the recorded server too


@pytest.fixture
def recorded(shared_data):
    def load(name):
        return json.loads((shared_data / "ampel" / "rest" / f"{name}.json").read_text())
    return load


@pytest.fixture
def again(session, recorded):
    """Ask a sandbox what was recorded: recorded pair and response."""
    def ask(box, name, replaced=(), base="ampel.archive_url"):
        pair = recorded(name)
        asked = pair["request"]
        where = urlsplit(asked["path"])
        path = re.sub(r"^/api/(catalogmatch|ztf/archive/v3)", "", where.path) + f"?{where.query}"
        for old, new in replaced:
            path = path.replace(old, new)
        header = {"Authorization": f"Bearer {box.tokens['ampel.archive_token']}"}
        if asked["auth"].startswith("Bearer "):
            header = {"Authorization": asked["auth"]}
        elif asked["auth"] == "none":
            header = {}
        elif "JWT" in asked["auth"]:
            header = {"Authorization": f"Bearer {box.tokens['ampel.live_token']}"}
        reply = session.request(asked["method"], box.urls[base] + path, headers=header, json=asked.get("json"),
                                timeout=30)
        return pair, reply
    return ask


def _same_answer(pair, reply):
    assert reply.status_code == pair["status"]
    for name in ("content-type", "www-authenticate"):
        assert reply.headers.get(name) == pair["headers"].get(name)


def _without_stamps(packet):
    packet = copy.deepcopy(packet)
    for name in list(packet):
        if name.startswith("cutout"):
            del packet[name]["stampData"]
    return packet


# ---- the same packets


@pytest.mark.parametrize("name", ["v3_alert_schema30", "v3_alert_schema402"])
def test_a_stored_packet_is_the_recorded_one(real, again, name):
    pair, reply = again(real, name)
    _same_answer(pair, reply)
    ours, body = reply.json(), pair["body"]
    assert list(ours) == list(body)
    for part in ("prv_candidates", "fp_hists"):  # cut short in the record
        if part in body:
            assert ours[part][:len(body[part])] == body[part]
            del ours[part], body[part]
    assert _without_stamps(ours) == _without_stamps(body)


def test_cutouts_are_the_recorded_ones(real, again):
    pair, reply = again(real, "v3_cutouts_full")
    _same_answer(pair, reply)
    assert reply.json() == pair["body"]
    assert base64.b64decode(reply.json()["cutoutScience"]["stampData"])[:2] == b"\x1f\x8b"


def test_a_rebuilt_packet_is_the_recorded_one(real, again):
    pair, reply = again(real, "v3_object_alerts_schema402_db")
    _same_answer(pair, reply)
    (ours,), (body,) = reply.json(), pair["body"]
    assert list(ours) == list(body) and list(ours["candidate"]) == list(body["candidate"])
    shown = ours.pop("prv_candidates")
    assert all(point in shown for point in body.pop("prv_candidates"))
    assert ours == body
    assert all("programpi" not in point for point in shown)


@pytest.mark.parametrize("name", ["v3_cone", "v3_healpix", "v3_skymap"])
def test_pages_are_the_recorded_ones(real, again, name):
    pair, reply = again(real, name)
    _same_answer(pair, reply)
    ours, body = reply.json(), pair["body"]
    assert list(ours) == list(body)
    assert re.fullmatch(r"[\w-]{43}", ours.pop("resume_token")) and body.pop("resume_token")
    assert type(ours.pop("chunk")) is type(body.pop("chunk")) is int
    assert ours == body


# ---- the same form


def _form(value):
    """Keys and types, of a list those of its first item."""
    if isinstance(value, dict):
        return {key: _form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_form(item) for item in value[:1]]
    return type(value).__name__


def _is_form_of_packet(packet, recorded):
    assert list(packet) == list(recorded)
    assert {name: type(packet[name]) for name in packet} == {name: type(recorded[name]) for name in recorded}
    for part, previous in (("candidate", False), ("prv_candidates", True)):
        kinds = ztf_packets.types(previous)
        points = packet[part] if previous else [packet[part]]
        for point in points:
            assert list(point) == [name for name in kinds if name in point]  # in the order of the packet
            for name, value in point.items():
                assert type(value) is {"string": str, "int": int, "long": int}.get(kinds[name], float), name
            assert "pdiffimfilename" not in point and "programpi" not in point
    real = recorded["candidate"]
    absent = {"magnr", "drb", "drbversion", "exptime"}  # in some of the recorded alerts: null, or of an old schema
    assert set(packet["candidate"]) <= set(real) | absent
    guaranteed = ("jd fid pid programid candid isdiffpos tblid ra dec magpsf sigmapsf ranr decnr ndethist ncovhist "
                  "nmtchps rfid jdstartref jdendref nframesref").split()
    assert set(guaranteed) <= set(packet["candidate"])


def test_alerts_of_an_object(synthetic, again, showpiece):
    pair, reply = again(synthetic, "v3_object_alerts", [("ZTF18acruwxq", showpiece)])
    _same_answer(pair, reply)
    assert len(reply.json()) == len(pair["body"]) == 2
    _is_form_of_packet(reply.json()[0], pair["body"][0])


def test_history_of_alerts(synthetic, again, showpiece):
    pair, reply = again(synthetic, "v3_object_alerts_history", [("ZTF18acruwxq", showpiece)])
    _is_form_of_packet(reply.json()[0], pair["body"][0])
    points = again(synthetic, "v3_photopoints", [("ZTF18acruwxq", showpiece)])[1].json()["prv_candidates"]
    limits = [point for point in points if "candid" not in point]
    real = [point for point in pair["body"][0]["prv_candidates"] if "candid" not in point]
    assert limits and {tuple(point) for point in limits} == {tuple(point) for point in real}


def test_photopoints(synthetic, again, showpiece):
    pair, reply = again(synthetic, "v3_photopoints", [("ZTF18acruwxq", showpiece)])
    _same_answer(pair, reply)
    _is_form_of_packet(reply.json(), pair["body"])
    assert (reply.json()["publisher"], reply.json()["schemavsn"]) == ("Ampel", "3.3")


@pytest.mark.parametrize("name", ["v3_time_range", "v3_cone_empty", "v3_objects_cone", "v3_skymap_count",
                                  "v3_object_missing"])
def test_forms_of_searches(synthetic, again, name):
    pair, reply = again(synthetic, name)
    _same_answer(pair, reply)
    ours, body = reply.json(), pair["body"]
    if name == "v3_time_range":
        _is_form_of_packet(ours["alerts"][0], body["alerts"][0])
        assert len(ours["alerts"]) == 5 and ours["pending"] == body["pending"]
        del ours["alerts"], body["alerts"]
    assert list(ours) == list(body) if isinstance(ours, dict) else type(ours) is type(body)
    assert _form(ours) == (_form(body) if ours else body)


ERRORS = ["v3_alert_bad_id", "v3_alert_not_found", "v3_auth_missing", "v3_auth_not_uuid", "v3_auth_programid",
          "v3_auth_unknown_uuid_500", "v3_cone_latest_500", "v3_photopoints_missing_500", "v3_skymap_no_dollar_422",
          "v3_stream_404", "v3_stream_bad_field_422", "v3_stream_empty_422", "v3_stream_from_topic_404",
          "v3_time_range_missing_param", "v3_tokens_jwt_garbage", "v3_topic_bad_400"]


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_the_recorded_ones(synthetic, again, name):
    pair, reply = again(synthetic, name)
    _same_answer(pair, reply)
    assert (reply.text if isinstance(pair["body"], str) else reply.json()) == pair["body"]


def test_a_search_is_not_continued(synthetic, again, recorded):
    first = again(synthetic, "v3_time_range")[1].json()["resume_token"]
    theirs = recorded("v3_time_range")["body"]["resume_token"]
    pair, reply = again(synthetic, "v3_time_range_resume_500", [(theirs, first)])
    _same_answer(pair, reply)
    assert reply.text == pair["body"]


def test_tokens(synthetic, again):
    pair, reply = again(synthetic, "v3_tokens_list")
    _same_answer(pair, reply)
    assert _form(reply.json()) == _form(pair["body"])
    assert reply.json()[0]["token"] == synthetic.tokens["ampel.archive_token"]


def test_topic_of_recorded_alerts(real, again, recorded):
    pair, reply = again(real, "v3_topic_create")
    _same_answer(pair, reply)
    name = reply.json()
    assert len(name) == len(pair["body"]) == 43
    pair, reply = again(real, "v3_topic_get", [(pair["body"], name)])
    _same_answer(pair, reply)
    assert list(reply.json()) == list(pair["body"]) and reply.json()["description"] == "three alerts"


def test_stream_from_topic(real, session, again, recorded):
    name = again(real, "v3_topic_create")[1].json()
    pair = recorded("v3_stream_from_topic")
    reply = session.post(f"{real.urls['ampel.archive_url']}/streams/from_topic", json={"topic": name}, timeout=30)
    _same_answer(pair, reply)
    assert list(reply.json()) == list(pair["body"]) and _form(reply.json()) == _form(pair["body"])


# ---- catalogue matching


CATALOG_ERRORS = ["cat_bad_dec_422", "cat_missing_use_422", "cat_unknown_catalog_422", "cat_name_lookup_404"]


@pytest.mark.parametrize("name", CATALOG_ERRORS)
def test_errors_of_catalogues_are_the_recorded_ones(synthetic, again, name):
    pair, reply = again(synthetic, name, base="ampel.catalogmatch_url")
    _same_answer(pair, reply)
    assert reply.json() == pair["body"]


def test_list_of_catalogues(synthetic, again):
    pair, reply = again(synthetic, "cat_list", base="ampel.catalogmatch_url")
    _same_answer(pair, reply)
    ours, body = ({entry["name"]: entry for entry in entries} for entries in (reply.json(), pair["body"]))
    assert {tuple(entry) for entry in ours.values()} == {tuple(body["TNS"])}
    for name in ("TNS", "milliquas", "AKARI"):
        assert ours[name]["columns"] == body[name]["columns"] and ours[name]["use"] == body[name]["use"]
    for entry in reply.json():
        assert entry["use"] == "extcats" or entry["columns"][:2] in (
            [{"name": "RA", "unit": "rad"}, {"name": "Dec", "unit": "rad"}],), entry["name"]


@pytest.mark.parametrize("name", ["cat_any", "cat_nearest", "cat_all", "cat_nearest_extcats", "cat_all_tns"])
def test_forms_of_matches(synthetic, session, recorded, name):
    """The recorded question at a place where the sandbox has sources."""
    pair = recorded(name)
    asked = pair["request"]["json"]
    for item in asked["catalogs"]:
        if item["name"] == "ROSATfsc":
            item.update(name="GAIADR2", keys_to_append=None)
        if item["name"] == "milliquas":
            item["rs_arcsec"] = 600 if "extcats" in name else 0.001
        if item["name"] == "AKARI":
            item["rs_arcsec"] = 0.001
    asked.update(ra_deg=185.0, dec_deg=15.0)
    url = synthetic.urls["ampel.catalogmatch_url"] + pair["request"]["path"].removeprefix("/api/catalogmatch")
    reply = session.post(url, json=asked, timeout=30)
    _same_answer(pair, reply)
    ours, body = reply.json(), pair["body"]
    assert [type(answer) for answer in ours] == [type(answer) for answer in body]
    first, real = (answers[0][0] if isinstance(answers[0], list) else answers[0] for answers in (ours, body))
    if "extcats" in name or "tns" in name:
        nullable = ("redshift", "rmag")
        assert sorted(first["body"]) == sorted(real["body"])
        assert all(type(first["body"][key]) is type(real["body"][key]) for key in real["body"] if key not in nullable)
    elif name != "cat_any":
        assert list(first) == list(real) and {type(value) for value in first["body"].values()} <= {float, type(None)}
