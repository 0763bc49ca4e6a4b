# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The archive's recorded replies, served as they are: each value comes through, or is masked where the rule says so."""

import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers.columns import load_dictionary
from astroquery_brokers.exceptions import (AuthenticationError, BrokerError, CandidError, ObjectNotFoundError,
                                           RejectedQueryError)

V3 = "/api/ztf/archive/v3"
TOKEN = "7jqFQBqN_5imcF9nsG1gBN2aQCqAyGd-fnEwLQSgunQ"
WINDOW = (58299.5, 59999.5)  # JD 2458300 to 2460000
# Replies to what the client does not ask, and why.
NOT_ASKED = {
    "v3_objects_cone": "it has names only, and a table of objects needs their positions and epochs",
    "v3_stream_release_500": "the archive fails to take chunks back; what is not acknowledged comes again by itself",
    "v3_topic_get": "its name is all that a stream of it needs",
    "v3_tokens_list": "tokens are managed on the dashboard", "v3_tokens_jwt_garbage": "the same"}


def assert_rows(table, rows, dictionary):
    """Every value that was sent is in the table or is one of its column's nulls; all others are masked."""
    dictionary = load_dictionary("astroquery_brokers.ampel", dictionary)
    assert len(table) == len(rows) and set(table.colnames) >= {key for row in rows for key in row}
    for name in table.colnames:
        for value, row in zip(table[name].tolist(), rows):
            sent = row.get(name)
            if value is None:
                assert sent is None or sent in dictionary[name].nulls, (name, sent)
            else:
                assert sent == value and type(sent) in (type(value), int, float), (name, sent, value)


def when(row):
    """The order of measurements."""
    return row["jd"], row.get("candid", 0)


def candidates(alerts):
    return [{"objectId": alert["objectId"], **alert["candidate"]} for alert in alerts]


def test_every_recorded_reply_goes_through_the_client(shared_data):
    recorded = {path.stem for path in (shared_data / "ampel" / "rest").glob("*.json") if path.stem.startswith(
        ("v3_", "cat_"))}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    served = {name for name in recorded - set(NOT_ASKED) if f'"{name}"' in tests}
    assert recorded - served == set(NOT_ASKED) and len(served) > 40


# -- alerts of an object ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, object_id, options", [
    ("v3_object_alerts", "ZTF18acruwxq", {}), ("v3_object_alerts_history", "ZTF18acruwxq", dict(with_history=True)),
    ("v3_object_alerts_schema402_db", "ZTF17aaarzyp", dict(with_history=True))])
def test_alerts_of_an_object(broker, recorded, speaker, name, object_id, options):
    sent = recorded(name)
    by_time = sorted(sent, key=lambda alert: when(alert["candidate"]))
    assert list(broker.get_alerts(object_id, **options)) == by_time
    assert_rows(broker.query_alerts(object_id), candidates(by_time), "ztf_detections")
    assert broker.query_alerts(object_id)["candid"].dtype == np.int64
    assert speaker.sent(f"GET {V3}/object/{object_id}/alerts")[0][0] == ("with_history=true" if options else "")
    summary = broker.query_object(object_id)
    newest = by_time[-1]["candidate"]
    assert summary["n_alerts"].tolist() == [len(sent)] and summary["candid"][0] == newest["candid"]
    assert summary["firstjd"][0] == by_time[0]["candidate"]["jd"] and summary["lastjd"][0] == newest["jd"]
    mean = [np.mean([alert["candidate"][axis] for alert in sent]) for axis in ("ra", "dec")]
    assert [summary["ra"][0], summary["dec"][0]] == pytest.approx(mean, abs=1e-9)


def test_ids_of_the_candidate_and_its_neighbours_are_exact(broker, recorded):
    sent = recorded("v3_object_alerts_schema402_db")
    row, = broker.query_alerts("ZTF17aaarzyp")
    for name in ("candid", "objectidps1", "objectidps2", "objectidps3", "pid", "rfid"):
        assert int(row[name]) == sent[0]["candidate"][name], name
    assert row["objectidps1"] == 104640978891372608 and row["candid"] == 2982177112815010003


def test_an_object_that_is_not_there(broker, recorded):
    recorded("v3_object_missing")
    recorded("v3_photopoints_missing_500")
    for verb in (broker.query_alerts, broker.query_detections, broker.query_non_detections, broker.query_lightcurve):
        with pytest.warns(NoResultsWarning, match="ZTF99zzzzzzz"):
            table = verb("ZTF99zzzzzzz")
        assert len(table) == 0 and len(table.colnames) > 5
    with pytest.raises(ObjectNotFoundError, match="ZTF99zzzzzzz"):
        broker.query_object("ZTF99zzzzzzz")


def test_photopoints_and_alerts_are_one_light_curve(broker, recorded):
    points, alerts = recorded("v3_photopoints"), recorded("v3_object_alerts")
    every = {point["candid"]: {"objectId": "ZTF18acruwxq", **point}
             for point in [points["candidate"], *points["prv_candidates"]] if "candid" in point}
    every |= {row["candid"]: row for row in candidates(alerts)}
    rows = sorted(every.values(), key=when)
    detections = broker.query_detections("ZTF18acruwxq")
    assert_rows(detections, rows, "ztf_detections")
    limits = [{"objectId": "ZTF18acruwxq", **point} for point in points["prv_candidates"] if "candid" not in point]
    if limits:
        assert_rows(broker.query_non_detections("ZTF18acruwxq"), sorted(limits, key=lambda row: row["jd"]),
                    "ztf_non_detections")
    curve = broker.query_lightcurve("ZTF18acruwxq")
    assert curve["measurement_id"].compressed().tolist() == [row["candid"] for row in rows]
    assert np.array_equal(curve.time.utc.jd, [row["jd"] for row in rows]) or np.allclose(
        curve.time.utc.mjd, [row["jd"] - 2400000.5 for row in rows], rtol=0, atol=1e-9)
    assert curve["mag"].tolist() == [row["magpsf"] for row in rows]
    signs = [1 if row["isdiffpos"] in ("t", "1") else -1 for row in rows]
    assert np.sign(curve["flux"]).tolist() == signs and {-1, 1} >= set(signs)
    assert curve["quality"].tolist() == [row.get("drb", row.get("rb")) for row in rows]


def test_upper_limits_of_a_recorded_history(broker, speaker, shared_data):
    points = json.loads((shared_data / "ampel" / "ampel_archive_ZTF17aacmssc_prv_candidates.json").read_text())
    points.sort(key=lambda point: -point["jd"])
    first = next(point for point in points if "candid" in point)
    packet = {"candid": first["candid"], "objectId": "ZTF17aacmssc", "publisher": "Ampel", "candidate": first,
              "prv_candidates": [point for point in points if point is not first], "schemavsn": "3.3"}
    speaker.says(f"GET {V3}/object/ZTF17aacmssc/photopoints", packet)
    table = broker.query_non_detections("ZTF17aacmssc")
    limits = [{"objectId": "ZTF17aacmssc", **point} for point in points[::-1] if "candid" not in point]
    assert_rows(table, limits, "ztf_non_detections")
    assert len(limits) > 10 and table.time.scale == "utc"


# -- one alert --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["v3_alert_schema30", "v3_alert_schema402"])
def test_one_alert_needs_no_token(broker, recorded, speaker, name):
    sent = recorded(name)
    assert list(broker.get_alerts(candid=sent["candid"])) == [sent]
    assert list(broker.get_alerts(candid=str(sent["candid"]))) == [sent]
    assert all("Authorization" not in headers for _, _, headers, _ in speaker.asked)


def test_forced_photometry_comes_from_the_packet(broker, recorded, speaker):
    sent = recorded("v3_alert_schema402")
    speaker.says(f"GET {V3}/object/ZTF17aaarzyp/alerts", [sent])
    table = broker.query_forced_photometry("ZTF17aaarzyp")
    place = {name: sent["candidate"][name] for name in ("ra", "dec")}
    rows = [{"objectId": "ZTF17aaarzyp", **place, **point} for point in sorted(sent["fp_hists"], key=when)]
    assert_rows(table, rows, "ztf_forced_photometry")


def test_flux_that_was_not_measured_is_masked(broker, recorded, speaker):
    sent = recorded("v3_alert_schema402")
    first, *others = sent["fp_hists"]
    missing = {name: -99999.0 for name in ("forcediffimflux", "forcediffimfluxunc", "magnr", "distnr", "ranr")}
    packet = {**sent, "fp_hists": [{**first, **missing, "jd": 0.5}, *others]}
    speaker.says(f"GET {V3}/alert/{sent['candid']}", packet)
    speaker.says(f"GET {V3}/object/ZTF17aaarzyp/alerts", [sent])
    table = broker.query_forced_photometry("ZTF17aaarzyp")
    assert table["jd"][0] == 0.5 and all(table[name].mask[0] and not table[name].mask[1:].all() for name in missing)


def test_packets_that_cover_the_time_are_asked_for_forced_photometry(broker, speaker):
    alerts = [{"candid": number, "objectId": "ZTF17aaarzyp", "candidate": {
        "candid": number, "jd": 2460000.5 + day, "ra": 1.0, "dec": 2.0}} for number, day in
        ((1, 0), (2, 10), (3, 20), (4, 35), (5, 90))]
    speaker.says(f"GET {V3}/object/ZTF17aaarzyp/alerts", alerts)
    with pytest.warns(NoResultsWarning):
        broker.query_forced_photometry("ZTF17aaarzyp")
    asked = [path.rpartition("/")[2] for _, path, _, _ in speaker.asked if "/alert/" in path]
    assert sorted(asked) == ["1", "4", "5"]


@pytest.mark.parametrize("name, candid, error", [("v3_alert_not_found", 1, ObjectNotFoundError)])
def test_an_alert_that_is_not_there(broker, recorded, name, candid, error):
    recorded(name)
    with pytest.raises(error, match="404"):
        broker.get_alerts(candid=candid)


def test_a_refused_id_is_quoted(broker, recorded):
    recorded("v3_alert_bad_id", f"GET {V3}/alert/5")
    with pytest.raises(RejectedQueryError, match="unable to parse string as an integer"):
        broker.get_alerts(candid=5)


def test_cutouts(broker, recorded, speaker):
    sent = recorded("v3_cutouts_full")
    cutouts = broker.get_cutouts(candid=sent["candid"])
    assert isinstance(cutouts, fits.HDUList) and [hdu.name for hdu in cutouts] == ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
    assert all(hdu.data.shape == (63, 63) for hdu in cutouts)
    assert cutouts[0].header["OBJECT"] == sent["objectId"] and cutouts[0].header["CANDID"] == sent["candid"]
    assert all("Authorization" not in headers for _, _, headers, _ in speaker.asked)


def test_cutouts_that_are_not_kept(broker, recorded):
    empty = recorded("v3_cutouts_null")
    with pytest.raises(CandidError, match="without images"):
        broker.get_cutouts(candid=empty["candid"])
    with pytest.raises(CandidError, match="three months"):
        broker.get_cutouts(candid=7)
    whole = recorded("v3_cutouts_full")
    with pytest.warns(Warning, match="1 of 3 requests"):
        some = broker.get_cutouts(candid=[whole["candid"], empty["candid"], 7])
    assert len(some) == 1 and list(some.failures["item"]) == [str(empty["candid"])]
    assert some.meta["coverage"][0]["missing"] == ["7"]


# -- searches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, options", [
    ("v3_time_range", dict(time=(58299.5, 58399.5))),
    ("v3_cone", dict(coordinates="222.9871951 0.2746431", radius="36 arcsec", time=WINDOW)),
    ("v3_healpix", dict(pixels=25942, nside=64, time=WINDOW)),
    ("v3_skymap", dict(pixels={64: [25942], 65536: [1]}, time=WINDOW))])
def test_searches(broker, recorded, speaker, name, options):
    sent = recorded(name)
    if sent["remaining"]["chunks"]:
        token = sent["resume_token"]
        recorded("v3_stream_chunk_exhausted", f"GET {V3}/stream/{token}/chunk")
        recorded("v3_stream_ack", f"POST {V3}/stream/{token}/chunk/{sent['chunk']}/acknowledge")
    alerts = sorted(sent["alerts"], key=lambda alert: alert["candidate"]["jd"])
    assert list(broker.get_alerts(**options)) == alerts
    assert_rows(broker.query_alerts(**options), candidates(alerts), "ztf_detections")
    assert len(alerts) and all("latest" not in path for _, path, _, _ in speaker.asked)


def test_what_a_search_sends(broker, recorded, speaker):
    for name in ("v3_cone", "v3_healpix", "v3_skymap"):
        recorded(name)
    broker.query_alerts(coordinates="222.9871951 0.2746431", radius="0.01 deg", time=WINDOW)
    assert speaker.asked[-1][1].partition("?")[2] == (
        "ra=222.9871951&dec=0.2746431&radius=0.01&jd_start=2458300.0&jd_end=2460000.0&chunk_size=1000"
        "&with_history=false")
    broker.query_alerts(pixels=[25942], nside=64, time=WINDOW, programid=1)
    assert speaker.asked[-1][1].partition("?")[2] == (
        "nside=64&ipix=25942&jd_start=2458300.0&jd_end=2460000.0&chunk_size=1000&with_history=false&programid=1")
    broker.query_alerts(pixels=[25942], nside=64, time=WINDOW, programid=1, filters={"rb": (0.5, None), "fid": [1, 2]})
    assert speaker.asked[-1][1].partition("?")[2] == "programid=1"
    assert speaker.asked[-1][3] == {
        "regions": [{"nside": 64, "pixels": [25942]}], "jd": {"$gt": 2458300.0, "$lt": 2460000.0},
        "candidate": {"rb": {"$gte": 0.5}, "fid": {"$in": [1, 2]}}, "chunk_size": 1000, "with_history": False}


def test_an_empty_search(broker, recorded):
    recorded("v3_cone_empty")
    with pytest.warns(NoResultsWarning):
        assert len(broker.query_alerts(coordinates="10 10", radius="0.01 deg")) == 0
    with pytest.warns(NoResultsWarning):
        assert len(broker.query_region("10 10", "0.01 deg")) == 0


def test_objects_of_a_cone(broker, recorded, speaker):
    sent, = recorded("v3_cone")["alerts"]
    objects = broker.query_region("222.9871951 0.2746431", "36 arcsec")
    assert objects["objectId"].tolist() == [sent["objectId"]] and objects["n_alerts"].tolist() == [1]
    assert objects["separation"][0] < 1e-3 and objects["candid"][0] == sent["candid"]
    # Alerts of an object scatter: those beyond the edge count too.
    assert "&radius=0.01138888888888889&" in speaker.asked[-1][1]


def test_a_count(broker, recorded, speaker):
    assert recorded("v3_skymap_count") == {"count": 44}
    assert broker.count_alerts(time=WINDOW) == 44
    assert speaker.asked[-1][3] == {"regions": [{"nside": 1, "pixels": list(range(12))}],
                                    "jd": {"$gt": 2458300.0, "$lt": 2460000.0}}


@pytest.mark.parametrize("name, at, message", [
    ("v3_skymap_no_dollar_422", f"POST {V3}/alerts/healpix/skymap", r"Extra inputs|Field required"),
    ("v3_time_range_missing_param", f"GET {V3}/alerts/time_range", "query.jd_end: Field required")])
def test_recorded_refusals_are_quoted(broker, recorded, name, at, message):
    recorded(name, at)
    options = dict(pixels={64: [1], 32: [2]}) if "skymap" in at else dict(time=WINDOW)
    with pytest.raises(RejectedQueryError, match=message):
        broker.query_alerts(**options)


# -- refusals and trouble ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, object_id, message", [
    ("v3_auth_missing", "ZTF18acruwxq", "Not authenticated.*archive_token"),
    ("v3_auth_not_uuid", "ZTF18acruwxq", "Could not validate credentials"),
    ("v3_auth_programid", "ZTF18abxhyqv", "Not authorized for programid 2")])
def test_refused_tokens(broker, recorded, name, object_id, message):
    recorded(name)
    with pytest.raises(AuthenticationError, match=message):
        broker.query_alerts(object_id)


def test_500_for_a_token_that_the_archive_does_not_know(broker, recorded):
    recorded("v3_auth_unknown_uuid_500")
    recorded("v3_auth_unknown_uuid_500", f"GET {V3}/object/ZTF17aaaaaaa/alerts")
    recorded("v3_photopoints_missing_500", f"GET {V3}/object/ZTF18acruwxq/photopoints")
    for verb in (broker.query_alerts, broker.query_detections, broker.query_non_detections, broker.query_object):
        with pytest.raises(AuthenticationError, match="token that it does not know"):
            verb("ZTF18acruwxq")


def test_500_for_another_reason_is_no_matter_of_the_token(broker, recorded, speaker):
    recorded("v3_auth_unknown_uuid_500")
    speaker.says(f"GET {V3}/object/ZTF17aaaaaaa/alerts", [])
    with pytest.raises(BrokerError, match="500") as caught:
        broker.query_alerts("ZTF18acruwxq")
    assert not isinstance(caught.value, AuthenticationError)


def test_500_for_photometry_of_an_object_that_is_there_is_told(broker, recorded):
    alerts = recorded("v3_object_alerts")
    recorded("v3_photopoints_missing_500", f"GET {V3}/object/ZTF18acruwxq/photopoints")
    with pytest.raises(BrokerError, match="500") as caught:
        broker.query_non_detections("ZTF18acruwxq")
    assert not isinstance(caught.value, (AuthenticationError, ObjectNotFoundError))
    with pytest.warns(Warning, match="1 of 2 requests"):
        assert len(broker.query_detections("ZTF18acruwxq")) == len(alerts)


def test_a_query_that_took_too_long(broker, recorded):
    recorded("v3_timeout_504", f"GET {V3}/object/ZTF18acruwxq/alerts")
    with pytest.raises(BrokerError, match="Query canceled after 1 s.*Ask for less at once"):
        broker.query_alerts("ZTF18acruwxq")


@pytest.mark.parametrize("name, path", [
    ("v3_cone_latest_500", "cone_search"), ("v3_time_range_resume_500", "time_range")])
def test_a_search_that_breaks_down_becomes_a_stream(broker, recorded, speaker, name, path):
    recorded(name, f"GET {V3}/alerts/{path}")
    speaker.says(f"GET {V3}/object/ZTF17aaaaaaa/alerts", [])
    recorded("v3_stream_from_query")
    recorded("v3_stream_info")
    chunk = recorded("v3_stream_chunk")
    recorded("v3_stream_ack")
    del speaker.replies[f"GET {V3}/stream/{TOKEN}"]
    state = {"remaining": {"items": 1, "chunks": 1}, "pending": {"items": 0, "chunks": 0}}
    speaker.says(f"GET {V3}/stream/{TOKEN}", state)
    last = {**chunk, "remaining": {"items": 0, "chunks": 0}}
    speaker.says(f"GET {V3}/stream/{TOKEN}/chunk", last)
    where = dict(coordinates="222.9 0.27", radius="1 deg") if "cone" in path else {}
    assert list(broker.get_alerts(time=WINDOW, **where)) == chunk["alerts"]
