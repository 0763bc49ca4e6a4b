# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Streams and topics of the archive: the life of a chunk, locked and failed streams, thousands of alerts."""

import time

import pytest

EVER = {"jd": {"$gt": 2458000}}


def _read(ampel, token, **params):
    return ampel.get(f"/stream/{token}/chunk", token=None, **params).json()


def _acknowledge(ampel, token, chunk):
    return ampel.post(f"/stream/{token}/chunk/{chunk}/acknowledge", token=None)


def _counts(answer):
    return tuple(answer[name][unit] for name in ("remaining", "pending") for unit in ("items", "chunks"))


@pytest.fixture
def some(ampel_alerts):
    """A query for 25 alerts, and their candids in order of time."""
    first, after = (float(ampel_alerts["jd"][place]) for place in (4000, 4025))
    return {"jd": {"$gt": first, "$lt": after}, "chunk_size": 10}, list(map(int, ampel_alerts["candid"][4000:4025]))


def test_life_of_a_chunk(ampel, some):
    query, candids = some
    token = ampel.stream(query)
    described = ampel.get(f"/stream/{token}", token=None).json()
    assert list(described) == ["resume_token", "chunk_size", "remaining", "pending", "started_at", "finished_at"]
    assert described["chunk_size"] == 10 and _counts(described) == (25, 3, 0, 0)
    chunks = [_read(ampel, token, with_history=False) for _ in range(3)]
    assert [_counts(chunk) for chunk in chunks] == [(15, 2, 10, 1), (5, 1, 20, 2), (0, 0, 25, 3)]
    found = [[alert["candid"] for alert in chunk["alerts"]] for chunk in chunks]
    assert [sorted(part) for part in found] == [sorted(candids[:10]), sorted(candids[10:20]), sorted(candids[20:])]
    assert found[0] != candids[:10]
    numbers = [chunk["chunk"] for chunk in chunks]
    assert numbers == sorted(numbers) and numbers[0] > 0
    beyond = _read(ampel, token)
    assert beyond["alerts"] == [] and "chunk" not in beyond and _counts(beyond) == (0, 0, 25, 3)
    for number in (numbers[1], numbers[1], 10 ** 6):  # again, and one that never was
        reply = _acknowledge(ampel, token, number)
        assert (reply.status_code, reply.text) == (200, "null")
    assert _counts(ampel.get(f"/stream/{token}", token=None).json()) == (0, 0, 15, 2)


def test_history_comes_unless_refused(ampel, some):
    token = ampel.stream(some[0])
    assert any(alert["prv_candidates"] for alert in _read(ampel, token)["alerts"])
    assert not any(alert["prv_candidates"] for alert in _read(ampel, token, with_history="no")["alerts"])


def test_chunks_come_back_if_they_are_not_acknowledged(ampel, some):
    token = ampel.stream(some[0])
    ampel.box.settings = {"ampel.reservation": 0.3}
    first, second = _read(ampel, token), _read(ampel, token)
    _acknowledge(ampel, token, second["chunk"])
    time.sleep(0.35)
    assert _counts(ampel.get(f"/stream/{token}", token=None).json()) == (15, 2, 0, 0)
    again = _read(ampel, token)
    assert again["chunk"] == first["chunk"] and again["alerts"] == first["alerts"]


def test_readers_get_different_chunks(ampel, some):
    token = ampel.stream({**some[0], "chunk_size": 1})
    numbers = [_read(ampel, token)["alerts"][0]["candid"] for _ in range(25)]
    assert numbers == some[1]


def test_a_search_goes_on_as_a_stream(ampel, some):
    jd = some[0]["jd"]
    page = ampel.get("/alerts/time_range", jd_start=jd["$gt"], jd_end=jd["$lt"], chunk_size=10).json()
    token = page["resume_token"]
    body = {"regions": [], **some[0], "resume_token": token}
    second = ampel.post("/alerts/healpix/skymap", body).json()
    assert second["resume_token"] == token and _counts(second) == (5, 1, 20, 2)
    assert ampel.post("/alerts/healpix/skymap", {**body, "resume_token": "nonesuch"}).status_code == 500
    name = f"/alerts/time_range?resume_token=named{time.time_ns()}"
    replies = [ampel.get(name, jd_start=jd["$gt"], jd_end=jd["$lt"]) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 500]  # it starts a stream of that name, once
    _acknowledge(ampel, token, page["chunk"])
    assert _counts(_read(ampel, token)) == (0, 0, 15, 2)


def test_a_new_stream_is_locked(ampel, some):
    ampel.box.settings = {"ampel.filling": 0.3}
    token = ampel.post("/streams/from_query", some[0]).json()["resume_token"]
    for reply in (ampel.get(f"/stream/{token}"), ampel.get(f"/stream/{token}/chunk"), _acknowledge(ampel, token, "x")):
        assert reply.status_code == 423
        assert reply.json() == {"detail": {"msg": "queue-populating query has not yet finished"}}
    time.sleep(0.35)
    assert ampel.get(f"/stream/{token}").status_code == 200
    assert _acknowledge(ampel, token, "x").status_code == 422


@pytest.mark.parametrize("query, words", [
    ({"candidate": {"isdiffpos": {"$in": ["t", 1]}}}, "(psycopg2.errors.UndefinedFunction) operator does not exist"),
    ({"candidate": {"fid": "green"}}, "(psycopg2.errors.InvalidTextRepresentation)"),
    ({"chunk_size": 0}, "(psycopg2.errors.DivisionByZero) division by zero")])
def test_a_stream_fails_for_good(ampel, query, words):
    token = ampel.stream({**EVER, **query})
    for path in (f"/stream/{token}", f"/stream/{token}/chunk"):
        reply = ampel.get(path)
        assert reply.status_code == 424 and reply.json()["detail"]["msg"].startswith(words)
        assert "[SQL: " in reply.json()["detail"]["msg"]


def test_cones_and_empty_times(ampel):
    cone = {"ra": 185, "dec": 15, "radius": 0.05}
    page = ampel.get("/alerts/cone_search", **cone, jd_start=0, jd_end=3e6, chunk_size=1).json()
    for query in ({"cone": cone}, {"cone": cone, "jd": {}}):
        assert _counts(ampel.get(f"/stream/{ampel.stream(query)}").json())[0] == _counts(page)[0] + 1 > 100
    assert _counts(ampel.get(f"/stream/{ampel.stream({'jd': {'$lt': 2400000}})}").json()) == (0, 0, 0, 0)


def test_streams_of_objects(ampel, ampel_alerts, showpiece):
    other = next(name for name in ampel_alerts["oid"] if name != showpiece)
    for wanted in (showpiece, [showpiece, str(other)]):
        token = ampel.stream({"objectId": wanted, "chunk_size": 10000})
        names = wanted if isinstance(wanted, list) else [wanted]
        alerts = _read(ampel, token, with_history=False)["alerts"]
        assert len(alerts) == sum(name in names for name in ampel_alerts["oid"])
        assert {alert["objectId"] for alert in alerts} == set(names)


@pytest.mark.parametrize("query", [
    {"nside": 64, "pixels": [1], "jd": {"$gt": 1, "$lt": 2}}, {"cone": {"ra": 1, "dec": 1, "radius": 10}},
    {"cone": {"ra": 1, "dec": 1, "radius": 0}}, {**EVER, "programid": 1}, {**EVER, "chunk_size": 10001}])
def test_refused_queries(ampel, query):
    assert ampel.post("/streams/from_query", query).status_code == 422


def test_topics(ampel, some):
    candids = [int(number) for number in some[1]]
    made = ampel.post("/topics/", {"description": "some", "candids": [*candids, 7, candids[0]]})
    assert made.status_code == 201
    name = made.json()
    assert ampel.get(f"/topic/{name}", token=None).json() == {"topic": name, "description": "some", "size": 25}
    stream = ampel.post("/streams/from_topic", {"topic": name, "start": 3, "stop": 20, "step": 2}, token=None)
    assert stream.status_code == 201 and stream.json()["finished_at"] is None
    token = stream.json()["resume_token"]
    assert "finished_at" not in ampel.get(f"/stream/{token}", token=None).json()
    alerts = _read(ampel, token, with_history=False)["alerts"]
    assert sorted(alert["candid"] for alert in alerts) == sorted(candids[3:20:2])
    nameless = ampel.post("/topics/", {"description": "", "candids": candids}).json()
    assert ampel.get(f"/topic/{nameless}").status_code == 500
    assert ampel.post("/streams/from_topic", {"topic": name, "chunk_size": 99}).status_code == 422
    assert ampel.post("/topics/", {"description": "x", "candids": candids}, token=None).status_code == 403


def test_release_is_broken(ampel, some):
    token = ampel.stream(some[0])
    number = _read(ampel, token)["chunk"]
    assert ampel.post(f"/stream/{token}/chunk/{number}/release", token=None).status_code == 500


def test_settings_are_checked(synthetic):
    with pytest.raises(ValueError, match="no setting 'reservation'"):
        synthetic.settings = {"reservation": 1}
    with pytest.raises(ValueError, match="ampel.filling must be a number"):
        synthetic.settings = {"ampel.filling": -1}
    assert synthetic.settings["ampel.reservation"] == 600


def test_the_server_does_not_grow_with_a_stream(ampel, ampel_alerts):
    rows = ampel_alerts[ampel_alerts["jd"] > 2459500]
    token = ampel.stream({"jd": {"$gt": 2459500}, "chunk_size": 500})
    seen, memory = [], []
    while "chunk" in (chunk := _read(ampel, token, with_history=False)):
        seen += [alert["candid"] for alert in chunk["alerts"]]
        _acknowledge(ampel, token, chunk["chunk"])
        memory.append(_resident(ampel.box._process.pid))
    assert sorted(map(str, seen)) == sorted(rows["candid"]) and len(memory) > 10
    assert memory[-1] - memory[2] < 20 * 2 ** 20


def _resident(pid):
    """Memory of a process in bytes."""
    with open(f"/proc/{pid}/statm") as stream:
        return int(stream.read().split()[1]) * 4096
