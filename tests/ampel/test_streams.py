# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Streams: the recorded replies, the order in which chunks are stored and acknowledged, and every way to end."""

import pickle

import pytest

from astroquery_brokers.ampel import AlertStream
from astroquery_brokers.exceptions import (AuthenticationError, BrokerConnectionError, BrokerError, BrokerTimeoutError,
                                           InvalidArgumentError, ObjectNotFoundError, RejectedQueryError,
                                           ReplyParseError)

V3 = "/api/ztf/archive/v3"
TOKEN = "7jqFQBqN_5imcF9nsG1gBN2aQCqAyGd-fnEwLQSgunQ"
START, STATE, CHUNK = (f"POST {V3}/streams/from_query", f"GET {V3}/stream/{TOKEN}", f"GET {V3}/stream/{TOKEN}/chunk")
DONE = {"remaining": {"items": 0, "chunks": 0}, "pending": {"items": 0, "chunks": 0}}


def left(items, chunks, pending=0):
    return {"remaining": {"items": items, "chunks": chunks}, "pending": {"items": pending, "chunks": pending}}


def alerts(*candids):
    return [{"candid": candid, "objectId": "ZTF18abcecyc", "candidate": {"candid": candid, "jd": 2458349.5 + candid}}
            for candid in candids]


def chunk(number, candids, state):
    body = {"resume_token": TOKEN, "alerts": alerts(*candids), **state}
    return body if number is None else {**body, "chunk": number}


@pytest.fixture
def three(speaker):
    """A stream of three chunks of two alerts each."""
    speaker.says(START, {"resume_token": TOKEN, "chunk_size": 2}, status=202)
    speaker.says(STATE, left(6, 3))
    speaker.says(CHUNK, chunk(80, (1, 2), left(4, 2, 1)), chunk(83, (3, 4), left(2, 1, 1)),
                 chunk(95, (5, 6), left(0, 0, 1)), chunk(None, (), DONE))
    for number in (80, 83, 95):
        speaker.says(f"POST {V3}/stream/{TOKEN}/chunk/{number}/acknowledge", None)
    return speaker


def told(speaker):
    """What was asked about the stream, in short."""
    words = {f"{V3}/stream/{TOKEN}": "state", f"{V3}/stream/{TOKEN}/chunk": "chunk"}
    return [words.get(path.partition("?")[0], path.split("/")[-2]) for _, path, _, _ in speaker.asked]


def candids(chunks):
    return [alert["candid"] for one in chunks for alert in one.alerts]


def test_the_recorded_stream(broker, recorded, speaker):
    for name in ("v3_stream_from_query", "v3_stream_info", "v3_stream_ack"):
        recorded(name)
    sent = recorded("v3_stream_chunk")
    stream = broker.start_stream(time=(58299.5, 58399.5), chunk_size=20)
    assert speaker.sent(START) == [("", {"jd": {"$gt": 2458300.0, "$lt": 2458400.0}, "chunk_size": 20})]
    assert stream.status() == {
        "state": "ready", "remaining": 30, "remaining_chunks": 2, "pending": 0, "pending_chunks": 0, "chunk_size": 20,
        "started": "2026-11-21T02:53:51.395930Z", "finished": "2026-11-21T02:53:51.398957Z"}
    first = next(iter(stream))
    assert (first.number, first.alerts, len(first)) == (80, sent["alerts"], len(sent["alerts"]))
    assert first.remaining == sent["remaining"]["items"] == stream.remaining
    table = first.to_table()
    assert table["candid"].tolist() == [alert["candid"] for alert in sent["alerts"]]
    assert speaker.sent(CHUNK) == [("with_history=false", None)]


def test_the_recorded_end_says_that_chunks_are_still_out(broker, recorded):
    recorded("v3_stream_info")
    sent = recorded("v3_stream_chunk_exhausted")
    assert sent["pending"] == {"items": 10, "chunks": 1}
    with pytest.raises(BrokerTimeoutError, match=r"1 chunks \(10 alerts\).*ten minutes"):
        list(broker.resume_stream(TOKEN, patience=0))


@pytest.mark.parametrize("name, error, message", [
    ("v3_stream_bad_field_422", RejectedQueryError, "unknown candidate field nope"),
    ("v3_stream_empty_422", RejectedQueryError, r"AlertQuery: .*At least one constraint \(cone or jd\)"),
    ("v3_auth_missing", AuthenticationError, "Not authenticated")])
def test_recorded_refusals_are_quoted(broker, recorded, name, error, message):
    recorded(name, START)
    with pytest.raises(error, match=message):
        broker.start_stream(time=58299.5)


def test_a_stream_that_fails_is_told_in_one_line(broker, recorded):
    recorded("v3_stream_bad_type")
    recorded("v3_stream_info_failed_424")
    stream = broker.start_stream(time=1.0)
    with pytest.raises(RejectedQueryError, match="operator does not exist: text = integer") as caught:
        list(stream)
    assert "SELECT" not in str(caught.value) and "INSERT" not in str(caught.value)


def test_a_stream_that_is_not_there(broker, recorded):
    recorded("v3_stream_404")
    with pytest.raises(ObjectNotFoundError, match="no such stream.*Stream not found"):
        broker.stream_status("nonesuch")


def test_a_stream_is_waited_for_while_it_is_filled(broker, recorded, three):
    recorded("v3_stream_info_locked_423", STATE)
    assert broker.stream_status(TOKEN)["state"] == "filling"
    locked, = three.replies[STATE]
    three.says(STATE, left(6, 3))
    three.replies[STATE] = [locked, locked, *three.replies[STATE]]
    assert candids(broker.resume_stream(TOKEN)) == [1, 2, 3, 4, 5, 6]
    assert told(three)[1:4] == ["state", "state", "state"]


def test_a_topic(broker, recorded, speaker):
    name = recorded("v3_topic_create")
    assert broker.create_topic([595147624915010001, "595193335915010017", 595211874215015018], "three alerts") == name
    assert speaker.asked[-1][3] == {"description": "three alerts", "candids": [
        595147624915010001, 595193335915010017, 595211874215015018]}
    sent = recorded("v3_stream_from_topic")
    stream = broker.start_stream(topic=name, chunk_size=5)
    assert stream.resume_token == sent["resume_token"] and speaker.asked[-1][3] == {"topic": name, "chunk_size": 100}
    recorded("v3_topic_bad_400")
    with pytest.raises(RejectedQueryError, match="Topic did not match any alerts"):
        broker.create_topic([1, 2], "t")
    recorded("v3_stream_from_topic_404")
    with pytest.raises(ObjectNotFoundError, match="Topic not found"):
        broker.start_stream(topic="nonesuch")


def test_without_a_folder_a_chunk_is_acknowledged_after_it_was_used(broker, three):
    chunks = iter(broker.start_stream(time=58299.5))
    assert next(chunks).number == 80 and told(three)[1:] == ["state", "chunk"]
    assert next(chunks).number == 83 and told(three)[3:] == ["80", "chunk"]
    assert [one.number for one in chunks] == [95] and told(three)[5:] == ["83", "chunk", "95", "chunk"]


def test_with_a_folder_a_chunk_is_on_disk_before_it_is_acknowledged(broker, three, tmp_path):
    seen = []
    acknowledged = three.replies[f"POST {V3}/stream/{TOKEN}/chunk/83/acknowledge"]
    three.replies[f"POST {V3}/stream/{TOKEN}/chunk/83/acknowledge"] = [(500, {"content-type": "text/plain"}, b"no")]
    stream = broker.start_stream(time=58299.5, folder=tmp_path / "alerts")
    with pytest.raises(Exception, match="500"):
        for one in stream:
            seen.append(one.number)
    assert seen == [80] and candids(stream.stored()) == [1, 2, 3, 4]
    three.replies[f"POST {V3}/stream/{TOKEN}/chunk/83/acknowledge"] = acknowledged
    three.asked.clear()
    resumed = broker.resume_stream(TOKEN, folder=tmp_path / "alerts")
    assert [one.number for one in resumed] == [83, 95]
    assert told(three)[:3] == ["83", "state", "chunk"]
    assert candids(resumed.stored()) == [1, 2, 3, 4, 5, 6]


def test_a_chunk_that_comes_twice_is_stored_and_given_once(broker, three, tmp_path):
    three.says(CHUNK, chunk(80, (1, 2), left(4, 2, 1)), chunk(80, (1, 2), left(4, 2, 1)),
               chunk(83, (3, 4), left(0, 0, 1)), chunk(None, (), DONE))
    stream = broker.start_stream(time=58299.5, folder=tmp_path)
    assert [one.number for one in stream] == [80, 83] and candids(stream.stored()) == [1, 2, 3, 4]
    assert told(three).count("80") == 2


def test_a_chunk_during_which_the_program_ended_is_given_again(broker, three, tmp_path):
    for one in broker.start_stream(time=58299.5, folder=tmp_path):
        if one.number == 83:
            break
    resumed = broker.resume_stream(TOKEN, folder=tmp_path)
    assert [one.number for one in resumed] == [83, 95]
    assert [one.number for one in broker.resume_stream(TOKEN, folder=tmp_path)] == []


def test_what_is_still_out_is_waited_for(broker, three):
    three.says(CHUNK, chunk(80, (1, 2), left(0, 0, 2)), chunk(None, (), left(0, 0, 1)), chunk(None, (), left(0, 0, 1)),
               chunk(83, (3, 4), left(0, 0, 1)), chunk(None, (), DONE))
    assert candids(broker.resume_stream(TOKEN)) == [1, 2, 3, 4]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_archive_is_asked_again_for_the_next_chunk(broker, three, status):
    busy = (status, {"content-type": "text/html"}, b"<html>busy</html>")
    three.replies[CHUNK] = [busy, three.replies[CHUNK][0], busy, *three.replies[CHUNK][1:]]
    broker._settings["retries"] = 1
    assert candids(broker.resume_stream(TOKEN)) == [1, 2, 3, 4, 5, 6]
    assert told(three).count("chunk") == 6


@pytest.mark.parametrize("status, retries", [(500, 3), (503, 0), (422, 3)])
def test_other_answers_end_the_reading(broker, three, status, retries):
    three.replies[CHUNK] = [(status, {"content-type": "text/html"}, b"<html>no</html>")]
    broker._settings["retries"] = retries
    with pytest.raises(BrokerError, match=str(status)):
        list(broker.resume_stream(TOKEN))
    assert told(three).count("chunk") == 1


def test_a_stream_is_not_counted_for_ever(broker, recorded, three):
    recorded("v3_stream_info_locked_423", STATE)
    broker._settings["max_wait"] = 0.2
    with pytest.raises(BrokerTimeoutError, match="still looking"):
        broker.count_alerts("ZTF18abcecyc")


def test_a_lost_connection_is_followed_by_another_try_if_retries_are_allowed(broker, three, monkeypatch):
    from astroquery_brokers.ampel.chunks import Exchange

    take, lost = Exchange.take, [BrokerConnectionError("gone")]
    monkeypatch.setattr(Exchange, "take", lambda self, **options: (_ for _ in ()).throw(lost.pop()) if lost
                        else take(self, **options))
    broker._settings["retries"] = 1
    assert candids(broker.resume_stream(TOKEN)) == [1, 2, 3, 4, 5, 6]
    lost.append(BrokerConnectionError("gone"))
    broker._settings["retries"] = 0
    with pytest.raises(BrokerConnectionError):
        list(broker.resume_stream(TOKEN))


def test_a_reply_that_is_none_is_told_without_the_key(broker, three):
    three.says(CHUNK, {"resume_token": TOKEN, "alerts": []})
    with pytest.raises(ReplyParseError, match="does not say how far") as caught:
        list(broker.resume_stream(TOKEN))
    assert TOKEN not in str(caught.value)
    three.says(START, {"token": 5})
    with pytest.raises(ReplyParseError):
        broker.start_stream(time=58299.5)


def test_a_stream_shows_no_key_and_is_not_pickled(broker, three):
    stream = broker.start_stream(time=58299.5)
    assert TOKEN not in repr(stream) + str(stream) + repr(stream._exchange) and stream.resume_token == TOKEN
    assert isinstance(stream, AlertStream)
    with pytest.raises(TypeError, match="resume_token"):
        pickle.dumps(stream)


@pytest.mark.parametrize("arguments, message", [
    ({}, "Say which alerts"), (dict(coordinates="1 2", radius="10 deg"), "less than 10 deg"),
    (dict(time=58299.5, chunk_size=0), "1 to 10000"), (dict(time=58299.5, chunk_size=10001), "1 to 10000"),
    (dict(topic="a", time=58299.5), "of its own"), (dict(pixels=[], nside=64), "whole sky"),
    (dict(time=58299.5, filters={"nope": 1}), "no column of alerts"),
    (dict(time=58299.5, filters={"isdiffpos": 1}), "isdiffpos is str"),
    (dict(time=58299.5, filters={"fid": "1"}), "fid is int32"),
    (dict(time=58299.5, filters={"rb": {"gt": 1}}), r"Allowed: \$eq"),
    (dict(time=58299.5, filters={"rb": ()}), "pair"), (dict(coordinates="1 2"), "not an angle"),
    (dict(radius="1 deg"), "Say which"), (dict(time=58299.5, radius="1 deg"), "radius= goes with coordinates="),
    (dict(object_id="ZTF18abcecyc", pixels=1, nside=1), "several selections"),
    (dict(time=2459000.5), "is it a JD"), (dict(time=58299.5, programid=4), "Allowed: 1, 2, 3")])
def test_bad_arguments_are_refused_before_anything_is_sent(broker, speaker, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        broker.start_stream(**arguments)
    assert not speaker.asked


def test_a_file_is_no_folder(broker, three, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidArgumentError, match="is a file"):
        broker.resume_stream(TOKEN, folder=tmp_path / "file")
    with pytest.raises(InvalidArgumentError, match="stores nothing"):
        next(broker.resume_stream(TOKEN).stored())


def test_selections_as_streams(broker, three):
    window = {"$gt": 2457754.5, "$lt": 2488069.5}
    broker.start_stream("ZTF18abcecyc", filters={"rb": (0.3, 0.9)}, programid=2)
    broker.start_stream(coordinates="158.07 47.05", radius="3.5 deg", filters={"isdiffpos": ["t", "1"], "fid": 1})
    broker.start_stream(pixels=[(64, [2]), (64, [1])], chunk_size=7)
    assert three.sent(START) == [
        ("programid=2", {"jd": window, "objectId": ["ZTF18abcecyc"], "candidate": {"rb": {"$gte": 0.3, "$lte": 0.9}},
                         "chunk_size": 1000}),
        ("", {"jd": window, "cone": {"ra": 158.07, "dec": 47.05, "radius": 3.5}, "chunk_size": 1000,
              "candidate": {"isdiffpos": {"$in": ["t", "1"]}, "fid": 1}}),
        ("", {"jd": window, "regions": [{"nside": 64, "pixels": [1, 2]}], "chunk_size": 7})]


def test_a_large_search_reads_the_stream_that_it_began(broker, speaker, three):
    search = f"GET {V3}/alerts/time_range"
    speaker.says(search, chunk(80, (1, 2), left(4, 2, 1)))
    three.says(CHUNK, chunk(83, (4, 3), left(2, 1, 1)), chunk(95, (5, 6), left(0, 0, 1)))
    assert [alert["candid"] for alert in broker.get_alerts(time=58299.5)] == [1, 2, 3, 4, 5, 6]
    assert told(speaker) == ["alerts", "80", "chunk", "83", "chunk"]
    speaker.asked.clear()
    three.says(CHUNK, chunk(83, (4, 3), left(2, 1, 1)), chunk(95, (5, 6), left(0, 0, 1)))
    assert broker.query_alerts(time=58299.5)["candid"].tolist() == [1, 2, 3, 4, 5, 6]
    speaker.asked.clear()
    with pytest.warns(Warning, match="row_limit=3"):
        three.says(CHUNK, chunk(83, (4, 3), left(2, 1, 1)))
        assert len(broker.get_alerts(time=58299.5, row_limit=3)) == 3
    assert told(speaker) == ["alerts", "80", "chunk"]


def test_an_alert_that_a_large_search_sends_twice_is_one_row(broker, speaker, three):
    for verb in (broker.query_alerts, broker.get_alerts):
        speaker.says(f"GET {V3}/alerts/time_range", chunk(80, (1, 2), left(2, 1, 1)))
        three.says(CHUNK, chunk(83, (2, 3), left(0, 0, 1)))
        assert [alert["candid"] for alert in verb(time=58299.5)] == [1, 2, 3]


@pytest.mark.parametrize("status", [500, 503])
def test_what_arrived_of_a_large_search_is_kept(broker, speaker, three, status):
    # A chunk whose reply got lost is not sent again for ten minutes: another question would skip it without a word.
    speaker.says(f"GET {V3}/alerts/time_range", chunk(80, (1, 2), left(4, 2, 1)))
    three.replies[CHUNK] = [(status, {"content-type": "text/plain"}, b"Internal Server Error")]
    broker._settings["retries"] = 3
    with pytest.warns(Warning, match="1 of 1 requests"):
        table = broker.query_alerts(time=58299.5)
    assert table["candid"].tolist() == [1, 2] and table.failures["status"][0] == str(status)
    assert TOKEN not in str(table.meta) and told(three).count("chunk") == 1


def test_ctrl_c_keeps_what_arrived_and_says_so(broker, speaker, three, monkeypatch):
    from astroquery_brokers.ampel.chunks import Exchange

    def interrupted(self, **options):
        raise KeyboardInterrupt

    speaker.says(f"GET {V3}/alerts/time_range", chunk(80, (1, 2), left(4, 2, 1)))
    monkeypatch.setattr(Exchange, "take", interrupted)
    with pytest.warns(Warning, match="Interrupted"):
        table = broker.query_alerts(time=58299.5)
    assert table["candid"].tolist() == [1, 2]
    assert table.failures["error"].tolist() == ["InterruptedError"] and "Interrupted" in table.failures["reason"][0]
