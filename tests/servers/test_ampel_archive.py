# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The sandbox and the published code of AMPEL's archive, with the same alerts, say the same to the same questions.

The archive is where ASTROQUERY_BROKERS_AMPEL_ARCHIVE_URL says, ASTROQUERY_BROKERS_AMPEL_TOKEN is its token, of the role
``reader``; `tests.servers.ampel_load` has given it the alerts. Without them the file is not collected.
"""

import os
import time

import pytest
import requests

from astroquery_brokers.sandbox.client import Box

from .ampel_load import OBJECTS, SEED

URL = os.environ["ASTROQUERY_BROKERS_AMPEL_ARCHIVE_URL"]
EVER, SPAN = {"$gt": 2458000, "$lt": 2470000}, {"jd_start": 2458000, "jd_end": 2470000}
SKY = [{"nside": 1, "pixels": list(range(12))}]
# What is random, and what tells of the time or of the database.
_ANY = ("resume_token", "started_at", "finished_at", "chunk", "topic")


class Pair:
    """Both archives: ``ask`` gives what they say, the real one first."""

    def __init__(self, box):
        self.addresses = (URL, box.urls["ampel.archive_url"])
        self.tokens = (os.environ["ASTROQUERY_BROKERS_AMPEL_TOKEN"], box.tokens["ampel.archive_token"])
        self.candids = sorted(map(int, box.truth.detections["candid"][box.truth.detections["has_stamp"]]))
        self.showpiece = str(box.truth.objects["oid"][box.truth.objects["ndet"].argmax()])
        self.session = requests.Session()

    def ask(self, method, path, *, header="token", **keywords):
        """Two responses; ``path`` may be a pair."""
        paths = (path, path) if isinstance(path, str) else path
        replies = []
        for address, token, where in zip(self.addresses, self.tokens, paths):
            # A connection that is kept may be closed by a server that waits too long.
            headers = {"Connection": "close"}
            if header is not None:
                headers["Authorization"] = f"Bearer {token}" if header == "token" else header
            replies.append(self.session.request(method, address + where, headers=headers, timeout=60,
                                                allow_redirects=False, **keywords))
        return replies

    def streams(self, query):
        """Paths of two streams that are ready, or have failed."""
        paths = [f"/stream/{reply.json()['resume_token']}" for reply in self.ask("POST", "/streams/from_query",
                                                                                 json=query)]
        while 423 in [reply.status_code for reply in self.ask("GET", paths, header=None)]:
            time.sleep(0.02)
        return paths


@pytest.fixture(scope="module")
def pair():
    box = Box(n_objects=OBJECTS, seed=SEED)
    box.settings = {"ampel.packets_kept": 10 ** 6}
    found = Pair(box)
    yield found
    found.session.close()
    box.stop()


def _content(value, name=""):
    if isinstance(value, dict):
        return {key: _content(item, key) for key, item in value.items()}
    if isinstance(value, list):
        items = [_content(item) for item in value]
        is_alerts = items and isinstance(items[0], dict) and "candid" in items[0] and name != "prv_candidates"
        return sorted(items, key=lambda alert: alert["candid"]) if is_alerts else items
    if name in _ANY:
        return type(value)
    return value.partition("\n")[0] if name == "msg" else value  # SQL follows


def _same(replies):
    real, ours = replies
    assert ours.status_code == real.status_code
    for name in ("content-type", "www-authenticate"):
        assert ours.headers.get(name) == real.headers.get(name)
    if "json" in real.headers.get("content-type", "") and real.content:
        theirs, mine = _content(real.json()), _content(ours.json())
        assert mine == theirs
        if isinstance(theirs, dict):
            assert list(mine) == list(theirs)
    elif real.content:
        assert ours.text == real.text
    return replies


def test_alerts_and_cutouts(pair):
    for candid in pair.candids[::40]:
        for path in (f"/alert/{candid}", f"/alert/{candid}/cutouts"):
            assert _same(pair.ask("GET", path, header=None))[0].status_code == 200


@pytest.mark.parametrize("path", [
    "/alert/1", "/alert/abc", "/alert/-5", "/alert/99999999999999999999999", "/alert/1/cutouts", "/nowhere",
    "/stream/y", "/stream/y/chunk", "/topic/nonesuch", "/alerts/sample", "/topics", "/object/ZTF99/photopoints",
    "/object/ZTF99/alerts"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_paths(pair, method, path):
    _same(pair.ask(method, path))


@pytest.mark.parametrize("params", [
    {}, {"with_history": "true"}, {"upper_limits": 0}, {"jd_start": 2460420.5, "jd_end": 2460480.5}, {"limit": 0},
    {"limit": -1}, {"start": -1}, {"limit": 1, "start": -1}, {"with_history": "maybe", "limit": "x", "programid": "q"},
    {"programid": 1}, {"programid": 2}, {"programid": 2, "jd_start": "x"}])
def test_objects(pair, params):
    for path in ("alerts", "photopoints"):
        _same(pair.ask("GET", f"/object/{pair.showpiece}/{path}", params=params))


@pytest.mark.parametrize("header", [None, "Basic eDp5", "Bearer", "Bearer garbage", f"bearer {'0' * 32}", "garbage"])
def test_tokens(pair, header):
    _same(pair.ask("GET", f"/object/{pair.showpiece}/alerts", header=header, params={"limit": "x"}))


@pytest.mark.parametrize("place", [
    {"ra": 185, "dec": 15, "radius": 0.05}, {"ra": -175, "dec": 15, "radius": 0.1}, {"ra": 545, "dec": 15, "radius": 1},
    {"ra": 185, "dec": 15, "radius": 0}, {"ra": 185, "dec": 15, "radius": -1}, {"ra": 185, "dec": 95, "radius": 1},
    {"ra": 185, "dec": 15, "radius": 170}, {"ra": 185, "dec": 15, "radius": 180}, {"ra": "nan", "dec": 15, "radius": 1},
    {"ra": 185, "dec": "nan", "radius": 1}, {"ra": "inf", "dec": 15, "radius": 1}, {"ra": "x", "dec": 15},
    {"ra": 0, "dec": 90, "radius": 2}, {"ra": 185, "dec": 15, "radius": 1, "latest": "true"}])
def test_cones(pair, place):
    _same(pair.ask("GET", "/alerts/cone_search", params={**place, **SPAN, "chunk_size": 5000}))
    _same(pair.ask("GET", "/objects/cone_search", params={**place, **SPAN}))


@pytest.mark.parametrize("params", [
    {**SPAN, "chunk_size": 50}, {**SPAN, "chunk_size": 20000}, {**SPAN, "chunk_size": 0}, {"jd_start": 1},
    {"jd_start": 5, "jd_end": 1}, {"jd_start": "inf", "jd_end": 1}])
def test_times(pair, params):
    _same(pair.ask("GET", "/alerts/time_range", params=params))


def test_names_of_streams(pair):
    """A search with a resume token starts a stream of that name; a second one of that name breaks."""
    tokens = [f"/alerts/time_range?resume_token={number}-{time.time_ns()}" for number in range(2)]
    first = _same(pair.ask("GET", tokens, params=SPAN))
    second = _same(pair.ask("GET", tokens, params=SPAN))
    assert [reply.status_code for reply in first + second] == [200, 200, 500, 500]


@pytest.mark.parametrize("nside, pixels", [
    (64, [1, 2]), (1, [0, 1, 2, 3, 4, 5]), (1, [99]), (1, [-1]), (8192, [5]), (3, [1]), (65536, [1]), ("x", [1]),
    (1, []), (1, ["x"])])
def test_pixels(pair, nside, pixels):
    _same(pair.ask("GET", "/alerts/healpix", params={"nside": nside, "ipix": pixels, **SPAN, "chunk_size": 5000}))


BODIES = [
    {"regions": [], "jd": EVER}, {"regions": [{"nside": 1, "pixels": []}], "jd": EVER},
    {"regions": [{"nside": 1, "pixels": [4]}, {"nside": 1, "pixels": [5]}], "jd": EVER},
    {"regions": [{"nside": 1, "pixels": [4, 4]}], "jd": EVER}, {"nside": 1, "pixels": [4], "jd": EVER},
    {"nside": 64, "pixels": list(range(0, 49152, 3)), "jd": EVER}, {"nside": 1, "pixels": [], "jd": EVER},
    *({"regions": [{"nside": nside, "pixels": [1]}], "jd": EVER} for nside in (0, 65535, 131072)),
    {"regions": [{"nside": 1, "pixels": [1.5]}], "jd": EVER}, {"regions": "x", "jd": EVER}, {}, [], "x", None,
    {"regions": SKY, "jd": {"$gt": 1}}, {"nside": 64, "pixels": [1], "jd": {"gt": 1, "lt": 2}},
    {"nside": 1, "pixels": [4], "jd": EVER, "programid": 1}, {"nside": 1, "pixels": [4], "jd": EVER, "chunk_size": 0},
    {"nside": 1, "pixels": [4], "jd": EVER, "latest": True}, {"regions": SKY, "jd": EVER, "with_history": "true"}]
FILTERS = [
    {"rb": {"$gt": 0.9}}, {"drb": {"$lt": 0.999}}, {"drb": None}, {"fid": "1"}, {"fid": "g"}, {"fid": 1.5},
    {"fid": {"$in": 1}}, {"fid": {"$in": []}}, {"fid": {"$in": [1, 3]}}, {"isdiffpos": 1}, {"isdiffpos": ["t"]},
    {"isdiffpos": {"$in": ["t", "1"]}}, {"nope": 1}, {"fid": {"$near": 1}}, {"fid": None}, {"fid": True}, {},
    {"ndethist": {"$gt": 10}, "magpsf": {"$lt": 18.5}}, {"programpi": "Kulkarni"}, {"rbversion": {"$ne": "t17_f5_c3"}}]


@pytest.mark.parametrize("body", BODIES + [{"regions": SKY, "jd": EVER, "candidate": terms} for terms in FILTERS])
def test_maps(pair, body):
    _same(pair.ask("POST", "/alerts/healpix/skymap", json=body))
    _same(pair.ask("POST", "/alerts/healpix/skymap/count", json=body))


@pytest.mark.parametrize("data", ["", "{x", "[1"])
def test_bodies_that_are_none(pair, data):
    _same(pair.ask("POST", "/alerts/healpix/skymap", data=data))


def test_topics(pair):
    candids = pair.candids[::60]
    made = pair.ask("POST", "/topics/", json={"description": "some", "candids": [*candids, 7]})
    assert [reply.status_code for reply in made] == [201, 201]
    _same(pair.ask("GET", [f"/topic/{reply.json()}" for reply in made], header=None))
    for wrong in ({"description": "x", "candids": [1, 2]}, {"description": "x", "candids": []}, {"description": "x"}):
        _same(pair.ask("POST", "/topics/", json=wrong))
    for part in ({}, {"start": 1}, {"stop": 2}, {"step": 2}, {"chunk_size": 99}, {"step": 0}, {"start": -1}, {"x": 1}):
        described = []
        for place, reply in enumerate(made):
            described.append(pair.ask("POST", "/streams/from_topic", json={"topic": reply.json(), **part})[place])
        _same(described)
        if described[0].status_code == 201:
            paths = [f"/stream/{reply.json()['resume_token']}" for reply in described]
            _same(pair.ask("GET", paths))
            _same(pair.ask("GET", [f"{path}/chunk" for path in paths]))


@pytest.mark.parametrize("query", [
    {"jd": {}}, {"jd": {"$gt": 2458500}, "chunk_size": 100}, {"cone": {"ra": 185, "dec": 15, "radius": 0.1}},
    {"objectId": "ZTF99"}, {"objectId": []}, {"regions": SKY[:1], "jd": EVER, "latest": True},
    {"regions": [{"nside": 1, "pixels": [4]}, {"nside": 1, "pixels": [5]}], "jd": EVER}, {"regions": [], "jd": EVER},
    {"jd": {"$gt": 2458500}, "candidate": {"drb": {"$gt": 0.99}, "fid": 1}, "chunk_size": 40},
    {"jd": {"$gt": 1}, "candidate": {"isdiffpos": {"$in": ["t", 1]}}}, {"jd": {}, "chunk_size": 0},
    {"jd": {"$gt": 1}, "candidate": {"fid": "g"}}])
def test_streams(pair, query):
    paths = pair.streams(query)
    chunk = [f"{path}/chunk" for path in paths]
    _same(pair.ask("GET", paths, header=None))
    taken = _same(pair.ask("GET", chunk, header=None))
    _same(pair.ask("GET", chunk, header=None, params={"with_history": "false"}))
    if "chunk" in taken[0].json():
        each = [f"{path}/{reply.json()['chunk']}" for path, reply in zip(chunk, taken)]
        for end in ("release", "acknowledge", "acknowledge"):
            _same(pair.ask("POST", [f"{path}/{end}" for path in each], header=None))
    _same(pair.ask("POST", [f"{path}/x/acknowledge" for path in chunk], header=None))
    _same(pair.ask("GET", paths, header=None))


@pytest.mark.parametrize("query", [
    {}, {"cone": {"ra": 185, "dec": 15, "radius": 10}}, {"nside": 1, "pixels": [4], "jd": EVER},
    {"jd": {"$gt": 1}, "candidate": {"nope": 1}}, {"jd": {}, "chunk_size": 10001}, {"jd": {"$gt": "x"}},
    {"jd": {}, "programid": 1}])
def test_refused_queries(pair, query):
    _same(pair.ask("POST", "/streams/from_query", json=query))
