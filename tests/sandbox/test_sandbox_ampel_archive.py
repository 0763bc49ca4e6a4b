# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The archive's dialect: which alerts it finds, what it writes of them, and what is broken in it."""

import base64
import gzip
import uuid

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

from astroquery_brokers.sandbox.tokens import Tokens

ALL = {"jd_start": 2458000, "jd_end": 2470000}
EVER = {"$gt": 2458000, "$lt": 2470000}


def _candids(alerts):
    return [str(alert["candid"]) for alert in alerts]


# ---- alerts and objects


def test_alerts_of_an_object(ampel, ampel_alerts, showpiece):
    alerts = ampel.get(f"/object/{showpiece}/alerts").json()
    own = ampel_alerts[ampel_alerts["oid"] == showpiece]
    assert sorted(_candids(alerts)) == sorted(own["candid"])
    times = [alert["candidate"]["jd"] for alert in alerts]
    assert times != sorted(times) and sorted(times) == sorted(own["jd"])
    assert all(alert["prv_candidates"] == [] and "fp_hists" not in alert for alert in alerts)


def test_bounds_are_half_open(ampel, ampel_alerts, showpiece):
    times = ampel_alerts["jd"][ampel_alerts["oid"] == showpiece]
    start, end = float(times[3]), float(times[7])
    found = ampel.get(f"/object/{showpiece}/alerts", jd_start=repr(start), jd_end=repr(end)).json()
    assert sorted(alert["candidate"]["jd"] for alert in found) == list(times[3:7])
    assert ampel.get("/alerts/time_range", jd_start=repr(start), jd_end=repr(start)).json()["alerts"] == []
    body = {"regions": [], "jd": {"$gt": start, "$lt": end}}
    inside = (ampel_alerts["jd"] >= start) & (ampel_alerts["jd"] < end)
    assert ampel.post("/alerts/healpix/skymap/count", body).json() == {"count": inside.sum()}


def test_paging_of_an_object(ampel, showpiece):
    everything = _candids(ampel.get(f"/object/{showpiece}/alerts").json())
    path = f"/object/{showpiece}/alerts"
    assert _candids(ampel.get(path, start=5).json()) == everything  # without a limit it is not looked at
    assert _candids(ampel.get(path, start=5, limit=7).json()) == everything[5:12]
    assert ampel.get(path, limit=0).json() == [] and ampel.get(path, limit=-1).status_code == 500


def test_history_is_that_of_the_packet(ampel, synthetic, session, showpiece):
    alert = ampel.get(f"/object/{showpiece}/alerts", with_history="yes", limit=1).json()[0]
    packet = session.get(f"{synthetic.urls['alerce.avro_url']}/get_avro_info", params={"candid": alert["candid"]},
                         timeout=30).json()
    assert [point["jd"] for point in alert["prv_candidates"]] == [point["jd"] for point in packet["prv_candidates"]]
    assert "magzpsci" not in alert["prv_candidates"][0]
    for ours, theirs in zip(alert["prv_candidates"], packet["prv_candidates"]):
        assert ours.get("candid") == theirs["candid"]
        assert ours.get("magpsf") == (theirs["magpsf"] and pytest.approx(theirs["magpsf"], rel=1e-7))
    assert alert["candidate"]["magpsf"] == float(np.float32(packet["candidate"]["magpsf"]))
    assert set(alert["candidate"]) < set(packet["candidate"])
    assert None not in alert["candidate"].values()


def test_ids_are_exact(ampel, showpiece):
    alert = ampel.get(f"/object/{showpiece}/alerts", limit=1).json()[0]
    assert alert["candid"] == alert["candidate"]["candid"] > 2 ** 53
    assert len(str(alert["candidate"]["objectidps1"])) == 18


def test_photopoints(ampel, synthetic, showpiece):
    packet = ampel.get(f"/object/{showpiece}/photopoints").json()
    points = [packet["candidate"], *packet["prv_candidates"]]
    times = [point["jd"] for point in points]
    assert times == sorted(set(times), reverse=True)
    truth = {name: getattr(synthetic.truth, name) for name in ("detections", "upper_limits")}
    truth = {name: table[table["oid"] == showpiece] for name, table in truth.items()}
    assert sorted(_candids(point for point in points if "candid" in point)) == sorted(truth["detections"]["candid"])
    limits = sorted(point["jd"] for point in points if "candid" not in point)
    assert limits == sorted(truth["upper_limits"]["mjd"] + 2400000.5)
    assert "ndethist" in packet["candidate"] and not any("ndethist" in point for point in packet["prv_candidates"])


def test_photopoints_are_those_of_the_alerts_of_a_time(ampel, ampel_alerts, showpiece):
    times = ampel_alerts["jd"][ampel_alerts["oid"] == showpiece]
    packet = ampel.get(f"/object/{showpiece}/photopoints", jd_start=repr(float(times[60])), upper_limits=0).json()
    before = [point for point in packet["prv_candidates"] if point["jd"] < times[60]]
    assert before and min(point["jd"] for point in before) >= times[60] - 30
    assert all("candid" in point for point in packet["prv_candidates"])


def test_stored_and_rebuilt_packets(ampel, ampel_alerts, showpiece):
    candid = ampel_alerts["candid"][ampel_alerts["oid"] == showpiece][50]
    stored = ampel.get(f"/alert/{candid}", token=None).json()
    ampel.box.settings = {"ampel.packets_kept": 90}
    rebuilt = ampel.get(f"/alert/{candid}", token=None).json()
    assert rebuilt["publisher"] == "Ampel" != stored["publisher"]
    assert set(stored) - set(rebuilt) == {"fp_hists", "cutoutScience", "cutoutTemplate", "cutoutDifference"}
    assert len(rebuilt["prv_candidates"]) == len(stored["prv_candidates"])
    assert set(stored["candidate"]) - set(rebuilt["candidate"]) == {"programpi"}
    assert ampel.get(f"/alert/{candid}/cutouts", token=None).status_code == 404


def test_cutouts_are_those_that_alerce_serves(ampel, ampel_alerts, showpiece, synthetic, session):
    candid = ampel_alerts["candid"][ampel_alerts["oid"] == showpiece][50]
    cutout = ampel.get(f"/alert/{candid}/cutouts", token=None).json()["cutoutScience"]
    data = base64.b64decode(cutout["stampData"], validate=True)
    stamp = session.get(f"{synthetic.urls['alerce.avro_url']}/get_stamp", timeout=30,
                        params={"candid": candid, "type": "science", "format": "fits"})
    assert gzip.decompress(data) == gzip.decompress(stamp.content)
    assert cutout["fileName"].startswith(f"candid{candid}_") and cutout["fileName"].endswith(".fits.gz")


# ---- searches


def test_cones(ampel, ampel_alerts):
    place = SkyCoord(185.0, 15.0, unit="deg")
    inside = place.separation(SkyCoord(ampel_alerts["ra"], ampel_alerts["dec"], unit="deg")).deg < 0.05
    page = ampel.get("/alerts/cone_search", ra=185, dec=15, radius=0.05, chunk_size=20000, **ALL).json()
    assert sorted(_candids(page["alerts"])) == sorted(ampel_alerts["candid"][inside])
    assert page["remaining"] == {"items": 0, "chunks": 0} and page["pending"] == {"items": inside.sum(), "chunks": 1}
    names = ampel.get("/objects/cone_search", ra=185, dec=15, radius=0.05, **ALL).json()
    assert names == sorted(set(ampel_alerts["oid"][inside]))
    assert ampel.get("/objects/cone_search", ra=-175, dec=15, radius=0.05, **ALL).json() == names
    for odd in ({"radius": 0}, {"radius": -1}, {"dec": 95}):
        assert ampel.get("/objects/cone_search", **{"ra": 185, "dec": 15, "radius": 0.05, **ALL, **odd}).json() == []
    assert ampel.get("/objects/cone_search", ra="nan", dec=15, radius=1, **ALL).status_code == 500


def test_pages_are_in_order_of_time_and_unsorted_inside(ampel, ampel_alerts):
    first = ampel.get("/alerts/time_range", chunk_size=200, **ALL).json()
    times = [alert["candidate"]["jd"] for alert in first["alerts"]]
    assert times != sorted(times) and sorted(times) == list(ampel_alerts["jd"][:200])
    second = ampel.get(f"/stream/{first['resume_token']}/chunk", token=None, with_history=False).json()
    assert sorted(alert["candidate"]["jd"] for alert in second["alerts"]) == list(ampel_alerts["jd"][200:400])
    assert second["pending"] == {"items": 400, "chunks": 2} and second["chunk"] > first["chunk"]


@pytest.mark.parametrize("nside", [1, 64, 8192])
def test_pixels(ampel, ampel_alerts, nside):
    rows = ampel_alerts[ampel_alerts["jd"] < 2458600]
    span = {"$gt": 2458000, "$lt": 2458600}
    pixel = HEALPix(nside, "nested").lonlat_to_healpix(rows["ra"] * u.deg, rows["dec"] * u.deg)
    some = sorted(set(pixel[:2].tolist()))
    inside = np.isin(pixel, some)
    page = ampel.get("/alerts/healpix", nside=nside, ipix=some, chunk_size=10000, jd_start=2458000,
                     jd_end=2458600).json()
    assert sorted(_candids(page["alerts"])) == sorted(rows["candid"][inside])
    for body in ({"nside": nside, "pixels": some}, {"regions": [{"nside": nside, "pixels": some}]}):
        page = ampel.post("/alerts/healpix/skymap", {**body, "jd": span, "chunk_size": 10000}).json()
        assert sorted(_candids(page["alerts"])) == sorted(rows["candid"][inside])
    body = {"regions": [{"nside": nside, "pixels": some}], "jd": span}
    assert ampel.post("/alerts/healpix/skymap/count", body).json() == {"count": inside.sum()}


def test_traps_of_pixels(ampel, ampel_alerts):
    """No pixel is the whole sky; of two regions of one nside the last one counts; a stream merges them."""
    def count(regions):
        return ampel.post("/alerts/healpix/skymap/count", {"regions": regions, "jd": EVER}).json()["count"]

    pixel = HEALPix(1, "nested").lonlat_to_healpix(ampel_alerts["ra"] * u.deg, ampel_alerts["dec"] * u.deg)
    numbers = np.bincount(pixel, minlength=12)
    one, other = [{"nside": 1, "pixels": [0]}], [{"nside": 1, "pixels": [4]}]
    assert numbers[0] > 0 < numbers[4] != numbers[0]
    assert count([]) == count([{"nside": 64, "pixels": []}]) == len(ampel_alerts)
    assert (count(one + other), count(other + one)) == (numbers[4], numbers[0])
    assert count([{"nside": 1, "pixels": [0, 4, 99]}]) == numbers[0] + numbers[4]
    token = ampel.stream({"regions": one + other, "jd": EVER})
    assert ampel.get(f"/stream/{token}").json()["remaining"]["items"] == numbers[0] + numbers[4]
    page = ampel.post("/alerts/healpix/skymap", {"nside": 1, "pixels": [], "jd": EVER}).json()
    assert page["remaining"]["items"] + page["pending"]["items"] == len(ampel_alerts)


@pytest.mark.parametrize("terms, chosen", [
    ({"fid": 1}, lambda rows: rows["fid"] == 1),
    ({"rb": {"$gte": 0.6, "$lt": 0.7}}, lambda rows: (rows["rb"] >= 0.6) & (rows["rb"] < 0.7)),
    ({"isdiffpos": {"$in": ["t", "1"]}}, lambda rows: rows["isdiffpos"] == 1),
    ({"drb": {"$lt": 0.5}}, lambda rows: rows["drb"].filled(9) < 0.5),  # what has none meets no term
    ({"rbversion": {"$nin": ["t8_f5_c3"]}, "programid": {"$eq": "1"}}, lambda rows: rows["rbversion"] != "t8_f5_c3")])
def test_filters(ampel, ampel_alerts, terms, chosen):
    span = {"$gt": 2458550, "$lt": 2458850}
    rows = ampel_alerts[(ampel_alerts["jd"] >= 2458550) & (ampel_alerts["jd"] < 2458850)]
    body = {"regions": [], "jd": span, "candidate": terms}
    expected = chosen(rows).sum()
    assert 0 < expected < len(rows)
    assert ampel.post("/alerts/healpix/skymap/count", body).json() == {"count": expected}


@pytest.mark.parametrize("terms, status", [
    ({"nope": 1}, 500), ({"programpi": "x"}, 500), ({"isdiffpos": 1}, 500), ({"fid": {"$near": 1}}, 422)])
def test_filters_that_break(ampel, terms, status):
    body = {"regions": [], "jd": EVER, "candidate": terms}
    assert ampel.post("/alerts/healpix/skymap/count", body).status_code == status


# ---- what is refused, and what breaks


def test_tokens(ampel, showpiece):
    path = f"/object/{showpiece}/alerts"
    url = ampel.archive + path
    good = ampel.box.tokens["ampel.archive_token"]
    assert ampel.ask("GET", url, headers={"Authorization": f"bearer {good}"}).status_code == 200
    other = ampel.ask("GET", url, headers={"Authorization": "Basic eDp5"})
    assert (other.status_code, other.json()) == (403, {"detail": "Invalid authentication credentials"})
    unknown = ampel.get(path, token=str(uuid.uuid4()))
    assert (unknown.status_code, unknown.text) == (500, "Internal Server Error")
    assert unknown.headers["content-type"] == "text/plain; charset=utf-8"
    assert ampel.get(path, token=ampel.box.tokens["ampel.live_token"]).status_code == 401


def test_tokens_are_of_their_sandbox(synthetic, real):
    assert not set(synthetic.tokens.values()) & set(real.tokens.values())
    assert uuid.UUID(synthetic.tokens["ampel.archive_token"]).version == 4
    assert synthetic.tokens["ampel.live_token"].startswith("eyJ")


def test_management_of_tokens(ampel, showpiece):
    live, tokens = ampel.box.tokens["ampel.live_token"], ampel.archive + "/tokens/"
    made = ampel.ask("POST", tokens, live)
    assert made.status_code == 201 and ampel.get(f"/object/{showpiece}/alerts", token=made.json(), limit=0).json() == []
    entry = next(entry for entry in ampel.ask("GET", tokens, live).json() if entry["token"] == made.json())
    assert ampel.ask("GET", f"{tokens}{entry['token_id']}", live).json() == entry
    deleted = ampel.ask("DELETE", f"{tokens}{entry['token_id']}", live)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert ampel.ask("DELETE", f"{tokens}{entry['token_id']}", live).status_code == 404
    assert ampel.get(f"/object/{showpiece}/alerts", token=made.json()).status_code == 500
    assert ampel.ask("GET", tokens, ampel.box.tokens["ampel.archive_token"]).status_code == 401
    assert ampel.ask("GET", tokens).status_code == 403


def test_tokens_of_the_dashboard():
    tokens = Tokens()
    claims = {"name": "a", "orgs": ["ZwickyTransientFacility"], "teams": []}
    good = tokens.signed(claims)
    assert {**claims, "exp": 0} == {**tokens.claims(good), "exp": 0}
    assert tokens.claims(tokens.signed(claims, lifetime=-1)) is None
    assert tokens.claims(good[:-2]) is tokens.claims("garbage") is Tokens().claims(good) is None
    assert tokens.find(tokens.create(claims))["partnership"]


def test_programmes(ampel, showpiece):
    path = f"/object/{showpiece}/alerts"
    assert len(ampel.get(path, programid=1).json()) == len(ampel.get(path).json())
    refused = ampel.post("/alerts/healpix/skymap/count", {"regions": [], "jd": EVER}, programid=3)
    assert (refused.status_code, refused.json()) == (401, {"detail": "Not authorized for programid 3"})
    inside = ampel.post("/alerts/healpix/skymap/count", {"regions": [], "jd": EVER, "programid": 1})
    assert inside.json()["detail"][0]["type"] == "extra_forbidden"


@pytest.mark.parametrize("path, params", [
    ("/alerts/sample", {}), ("/alerts/healpix", {**ALL, "ipix": 1, "latest": "true"}), ("/topic/nonesuch", {})])
def test_what_is_broken(ampel, path, params):
    reply = ampel.get(path, **params)
    assert (reply.status_code, reply.text) == (500, "Internal Server Error")


@pytest.mark.parametrize("path, params, problem", [
    ("/alerts/time_range", {**ALL, "chunk_size": 0}, "greater_than"),
    ("/alerts/healpix", {**ALL, "ipix": 1, "nside": 3}, "literal_error"), ("/alerts/healpix", {**ALL}, "missing"),
    ("/alerts/time_range", {**ALL, "with_history": "maybe"}, "bool_parsing"),
    ("/alerts/cone_search", {"ra": 1, "dec": 1, "radius": "1deg", **ALL}, "float_parsing")])
def test_what_is_refused(ampel, path, params, problem):
    reply = ampel.get(path, **params)
    assert reply.status_code == 422 and [item["type"] for item in reply.json()["detail"]] == [problem]


@pytest.mark.parametrize("nside, problem", [(0, "greater_than"), (131072, "less_than_equal"), (65535, "value_error")])
def test_resolutions(ampel, nside, problem):
    reply = ampel.post("/alerts/healpix/skymap/count", {"regions": [{"nside": nside, "pixels": [1]}], "jd": EVER})
    assert [item["type"] for item in reply.json()["detail"]] == [problem]


def test_ways_of_http(ampel, showpiece, session):
    path = f"{ampel.archive}/object/{showpiece}/alerts"
    assert ampel.ask("HEAD", path).status_code == ampel.ask("POST", path).status_code == 405
    assert ampel.ask("GET", f"{ampel.archive}/nowhere").json() == {"detail": "Not Found"}
    moved = ampel.ask("POST", f"{ampel.archive}/topics", json={}, allow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (307, f"{ampel.archive}/topics/")
    packed = ampel.get("/objects/cone_search", ra=0, dec=0, radius=90, **ALL)
    assert packed.headers["content-encoding"] == "gzip"
    assert ampel.post("/topics/", None).json()["detail"] == [
        {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}]


def test_real_packets(real, session):
    """The light curve is that of the packets, however they overlap; of two detections of one time it has one."""
    header = {"Authorization": f"Bearer {real.tokens['ampel.archive_token']}"}
    packet = session.get(f"{real.urls['ampel.archive_url']}/object/ZTF20aaelulu/photopoints", headers=header,
                         timeout=30).json()
    points = [packet["candidate"], *packet["prv_candidates"]]
    rows = real.truth.detections[real.truth.detections["oid"] == "ZTF20aaelulu"]
    shown = {str(point["candid"]) for point in points if "candid" in point}
    assert len(rows) == 58 and len(shown) == len(set(rows["mjd"])) == 56 and shown < set(rows["candid"])
    assert all("fp_hists" not in point for point in points)
