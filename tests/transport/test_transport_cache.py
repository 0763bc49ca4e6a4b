# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Replies on disk: the right one, in time, for the right person, whatever happens to the file."""

import gzip
import itertools
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import datetime, timezone

import astroquery
import pytest
import requests

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import BrokerError, InvalidArgumentError, NotCachedError
from astroquery_brokers.transport import Call, Credential, Transport, fetch_many
from astroquery_brokers.transport import cache as cache_module
from astroquery_brokers.transport.cache import Cache

TOKEN = "s3cr3t-t0ken"


@pytest.fixture
def numbered(serve, raw):
    """A server that counts: each reply has another body."""
    return serve(*(raw.reply(body=b"[%d]" % number) for number in range(100)))


@pytest.fixture
def ask(transport, policy):
    """Ask and store, as the query layer does."""
    def ask(call, cache=True):
        response = transport.send(call, policy=policy, cache=cache)
        transport.store(call, response)
        return response
    return ask


def made(body=b"[1]", **headers):
    """A reply that came from nowhere."""
    response = requests.Response()
    response.status_code, response.reason, response.url = 200, "OK", "http://broker.org/x"
    response._content, response.may_be_cached = body, True
    response.headers.update(headers)
    response.request = requests.Request("GET", response.url).prepare()
    return response


CALL = Call("GET", "http://broker.org/x", lifetime=60)


def test_hit_and_miss(numbered, ask):
    call = Call("GET", numbered.url, params={"oid": "ZTF1"}, lifetime=60)
    first, second = ask(call), ask(call)
    assert (first.content, first.from_cache, first.cached_at, first.tries) == (b"[0]", False, None, 1)
    assert (second.content, second.from_cache, second.tries, second.status_code) == (b"[0]", True, 0, 200)
    assert 0 <= (datetime.now(timezone.utc) - second.cached_at).total_seconds() < 5
    assert (second.url, second.reason, second.ok) == (first.url, first.reason, True)
    assert second.headers == first.headers
    assert second.json() == [0]
    assert ask(replace(call, params={"oid": "ZTF2"})).content == b"[1]"
    assert len(numbered.requests) == 2


def test_modes(numbered, ask):
    call = Call("GET", numbered.url, lifetime=60)
    with pytest.raises(NotCachedError, match=r"no valid reply to GET http.*cache=True"):
        ask(call, "only")
    assert numbered.requests == []
    assert ask(call, False).content == b"[0]"
    with pytest.raises(NotCachedError):
        ask(call, "only")
    assert [ask(call, mode).content for mode in (True, "only", False, True, "refresh", True, "only")] == [
        b"[1]", b"[1]", b"[2]", b"[1]", b"[3]", b"[3]", b"[3]"]
    with pytest.raises(InvalidArgumentError, match="Allowed: None, True"):
        ask(call, "maybe")


def test_none_is_as_astroquery_says(numbered, ask):
    call = Call("GET", numbered.url, lifetime=60)
    with astroquery.cache_conf.set_temp("cache_active", False):
        assert [ask(call, None).content for _ in range(2)] == [b"[0]", b"[1]"]
    assert [ask(call, None).content for _ in range(2)] == [b"[2]", b"[2]"]


def test_nothing_is_kept_unless_told(numbered, transport, policy, tmp_path):
    call = Call("GET", numbered.url, lifetime=60)
    assert [transport.send(call, policy=policy, cache=True).content for _ in range(2)] == [b"[0]", b"[1]"]
    assert not (tmp_path / "cache").exists()
    for lifetime in (None, 0):
        forever = replace(call, lifetime=lifetime)
        response = transport.send(forever, policy=policy, cache=True)
        transport.store(forever, response)
    assert not (tmp_path / "cache").exists()
    assert transport.cache_info() == {"location": str(tmp_path / "cache"), "entries": 0, "bytes": 0, "oldest": None}


def test_failures_are_not_kept(serve, raw, ask):
    server = serve(raw.reply(404), raw.reply(500), raw.reply())
    call = Call("GET", server.url, lifetime=60)
    assert [ask(call).status_code for _ in range(4)] == [404, 500, 200, 200]
    assert len(server.requests) == 3


def test_lifetime(numbered, ask, monkeypatch):
    now = time.time()
    call = Call("GET", numbered.url, lifetime=60)
    assert ask(call).content == b"[0]"
    monkeypatch.setattr(cache_module.time, "time", lambda: now + 50)
    assert ask(call).content == b"[0]"
    assert ask(replace(call, lifetime=40)).content == b"[1]"
    assert ask(call).content == b"[1]"
    monkeypatch.setattr(cache_module.time, "time", lambda: now + 120)
    with pytest.raises(NotCachedError):
        ask(call, "only")
    assert ask(call).content == b"[2]"


def test_what_makes_a_question_the_same(tmp_path):
    cache = Cache(tmp_path)
    base = Call("GET", "http://broker.org/x", params=[("b", 2), ("a", 1), ("b", 1)], lifetime=60)
    cache.save(base, made(b"base"))
    same = [replace(base, params=[("a", "1"), ("b", "2"), ("b", "1")]), replace(base, method="get"),
            replace(base, lifetime=10)]
    assert [cache.load(call).content for call in same] == [b"base"] * 3
    body = replace(base, json={"a": {"c": 1, "b": 2}})
    others = [body, replace(base, params=[("a", 1), ("b", 1), ("b", 2)]), replace(base, method="POST"),
              replace(base, url="http://broker.org/y"), replace(base, data={"b": 2, "a": 1}),
              replace(base, data=b"x"), replace(base, data="x"), replace(base, headers={"Accept": "text/csv"}),
              replace(base, credential=Credential(TOKEN)), replace(base, credential=Credential("other"))]
    assert [cache.load(call) for call in others] == [None] * len(others)
    for number, call in enumerate(others):
        cache.save(call, made(b"%d" % number))
    assert [cache.load(call).content for call in others] == [b"%d" % number for number in range(len(others))]
    assert cache.load(replace(base, json={"a": {"b": 2, "c": 1}})).content == b"0"
    assert cache.load(base).content == b"base"


@pytest.mark.parametrize("body", [b"", bytes(range(256)) * 999, "\u00e9".encode("latin-1"), b'{"a":1}\r\n\x00'],
                         ids=["empty", "all bytes", "latin", "json"])
def test_bytes_are_exact(serve, raw, ask, body):
    server = serve(raw.reply(body=gzip.compress(body), headers=[("Content-Encoding", "gzip"),
                                                                ("Content-Type", "text/html; charset=latin-1")]))
    call = Call("GET", server.url, lifetime=60)
    first, second = ask(call), ask(call)
    assert (first.content, second.content, second.from_cache) == (body, body, True)
    assert (second.encoding, second.text) == (first.encoding, first.text)
    assert list(second.iter_content(1000)) == list(first.iter_content(1000))


def all_bytes(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_credentials(serve, raw, transport, ask, tmp_path):
    server = serve(*(raw.reply(body=b"[%d]" % number, headers=[("Set-Cookie", "id=secret-cookie"), ("X", TOKEN)])
                     for number in range(9)))
    call = Call("POST", f"{server.url}/x?access_token=also-secret", data="q", lifetime=60)
    mine = replace(call, credential=Credential(TOKEN))
    assert [ask(mine).content, ask(call).content, ask(mine).content, ask(call).content] == [
        b"[0]", b"[1]", b"[0]", b"[1]"]
    assert ask(replace(call, credential=Credential("another"))).content == b"[2]"
    assert [request.headers["Authorization"] for request in server.requests] == [
        f"Bearer {TOKEN}", None, "Bearer another"]
    assert transport.cache_info()["entries"] == 3
    stored = all_bytes(tmp_path / "cache").replace(b"X\", \"" + TOKEN.encode(), b"", 1)
    for secret in (b"also-secret", b"secret-cookie", b"Bearer", b"Authorization", b"another"):
        assert secret not in stored
    assert ask(mine).headers["X"] == "REDACTED"


def test_token_is_in_no_file(serve, raw, ask, transport, tmp_path):
    server = serve(raw.reply(), raw.reply(body=f'["{TOKEN}"]'.encode()))
    call = Call("GET", server.url, params={"q": TOKEN}, credential=Credential(TOKEN), lifetime=60)
    ask(call)
    ask(replace(call, url=f"{server.url}/echo"))
    assert transport.cache_info()["entries"] == 1
    assert TOKEN.encode() not in all_bytes(tmp_path / "cache")


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_private(tmp_path):
    mask = os.umask(0o022)
    try:
        for folder in (tmp_path / "new" / "deep", tmp_path / "empty", tmp_path / "used"):
            if folder.name != "deep":
                folder.mkdir(0o755)
            if folder.name == "used":
                (folder / "notes.txt").touch()
            Cache(folder).save(CALL, made())
            assert stat.S_IMODE((folder / "replies.sqlite").stat().st_mode) == 0o600
            assert stat.S_IMODE(folder.stat().st_mode) == (0o755 if folder.name == "used" else 0o700)
    finally:
        os.umask(mask)


def test_clear_and_info(tmp_path):
    folder = tmp_path / "cache"
    transport = Transport("Broker", user_agent="x", cache_location=lambda: folder)
    for number in range(5):
        transport.store(replace(CALL, params={"n": number}), made(bytes(10_000)))
    info = transport.cache_info()
    assert (info["location"], info["entries"]) == (str(folder), 5)
    assert 50_000 < info["bytes"] == sum(path.stat().st_size for path in folder.iterdir()) < 100_000
    assert abs((datetime.now(timezone.utc) - info["oldest"]).total_seconds()) < 5
    transport.clear_cache()
    assert list(folder.iterdir()) == []
    transport.clear_cache()
    assert transport.cache_info()["entries"] == 0
    transport.store(CALL, made())
    assert transport.cache_info()["entries"] == 1


def foreign(path, statement="CREATE TABLE replies (a)", version=0):
    path.unlink()
    database = sqlite3.connect(path)
    database.execute(statement)
    database.execute(f"PRAGMA user_version = {version}")
    database.close()


def change(path, statement, *values):
    database = sqlite3.connect(path)
    with database:
        database.execute(statement, values)
    database.close()


def flip(path):
    content = bytearray(path.read_bytes())
    place = content.index(b"needle")
    content[place] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "noise": lambda path: path.write_bytes(os.urandom(20_000)),
    "text": lambda path: path.write_text("hello"),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "holes": lambda path: path.write_bytes(path.read_bytes()[:4096] + bytes(len(path.read_bytes()) - 4096)),
    "one bit": flip,
    "gone": lambda path: path.unlink(),
    "folder gone": lambda path: shutil.rmtree(path.parent),
    "pickle": lambda path: path.write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR."),
    "foreign": foreign,
    "foreign, same version": lambda path: foreign(path, version=cache_module._VERSION),
    "view": lambda path: foreign(path, "CREATE VIEW replies AS SELECT 1", cache_module._VERSION),
    "meta": lambda path: change(path, "UPDATE replies SET meta = '[]'"),
    "types": lambda path: change(path, "UPDATE replies SET stored = 'x', body = 7, digest = 'y'"),
    "table dropped": lambda path: change(path, "DROP TABLE replies"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_a_miss(tmp_path, damage):
    cache = Cache(tmp_path / "cache")
    cache.save(CALL, made(b"needle" + bytes(20_000)))
    damage(cache.path)
    assert cache.load(CALL) is None
    cache.save(CALL, made(b"new"))
    assert cache.load(CALL).content == b"new"
    assert cache.info()["entries"] == 1
    damaged_again = Cache(tmp_path / "cache")
    damaged_again.save(CALL, made(b"needle" + bytes(20_000)))
    damage(cache.path)
    cache.save(CALL, made(b"newer"))
    assert cache.load(CALL).content == b"newer"


def test_entry_with_right_digest_and_wrong_meta(tmp_path):
    cache = Cache(tmp_path)
    for meta in ("[]", "{}", "nonsense", json.dumps({"method": 1, "url": 2, "status": [], "reason": 3,
                                                     "encoding": 4, "headers": 5})):
        cache.save(CALL, made())
        key = cache_module._key(CALL)
        change(cache.path, "UPDATE replies SET meta = ?, digest = ?", meta, cache_module._digest(key, meta, b"[1]"))
        assert cache.load(CALL) is None
        assert cache.info()["entries"] == 0


def test_cache_that_cannot_be_used(numbered, policy, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "replies.sqlite").mkdir(parents=True)

    def fail():
        raise RuntimeError("no home")

    for location in (tmp_path / "file", tmp_path / "folder", fail):
        transport = Transport("Broker", user_agent="x", cache_location=location)
        call = Call("GET", numbered.url, lifetime=60)
        response = transport.send(call, policy=policy, cache=True)
        transport.store(call, response)
        assert response.ok and not response.from_cache
        transport.session.close()


def no_home():
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize("location", ["file", "folder", "file/below", no_home])
@pytest.mark.parametrize("verb", ["clear_cache", "cache_info"])
def test_a_location_that_is_no_folder_is_told(tmp_path, location, verb):
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "replies.sqlite").mkdir(parents=True)
    location = location if callable(location) else tmp_path / location
    transport = Transport("Broker", user_agent="x", cache_location=location)
    with pytest.raises(InvalidArgumentError, match="The cache cannot be used: .*Set `cache_location` to a folder"):
        getattr(transport, verb)()
    assert (tmp_path / "file").is_file() and (tmp_path / "folder" / "replies.sqlite").is_dir()


def test_a_broker_tells_it_too(tmp_path):
    (tmp_path / "file").touch()
    broker = AlerceClass()
    broker.cache_location = tmp_path / "file"
    with pytest.raises(InvalidArgumentError, match="file.*Set `cache_location` to a folder"):
        broker.clear_cache()


def test_locked_file_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "_BUSY", 0.05)
    cache = Cache(tmp_path)
    cache.save(CALL, made(b"old"))
    other = sqlite3.connect(cache.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    assert cache.load(CALL) is None
    cache.save(CALL, made(b"new"))
    assert time.monotonic() - start < 1
    other.execute("ROLLBACK")
    other.close()
    assert cache.load(CALL).content == b"old"


def test_size_is_bounded(tmp_path):
    cache = Cache(tmp_path, max_bytes=2_000_000)
    for number in range(60):
        cache.save(replace(CALL, params={"n": number}), made(os.urandom(100_000)))
        assert cache.info()["bytes"] < 2_300_000
    kept = [cache.load(replace(CALL, params={"n": number})) is not None for number in range(60)]
    assert kept[0] is False and kept[59] is True and kept == sorted(kept)
    assert 10 <= sum(kept) <= 20
    cache.save(CALL, made(bytes(250_001)))
    assert cache.load(CALL) is None


def test_many_threads(tmp_path):
    cache = Cache(tmp_path)

    def work(number):
        call = replace(CALL, params={"n": number % 5})
        cache.save(call, made(b"%d" % (number % 5) * 5000))
        return cache.load(call).content == b"%d" % (number % 5) * 5000

    assert all(outcome.value for outcome in fetch_many(work, range(400), workers=8))
    assert cache.info()["entries"] == 5


def test_threads_with_the_same_question(numbered, ask):
    call = Call("GET", numbered.url, lifetime=60)
    bodies = {outcome.value.content for outcome in fetch_many(lambda _: ask(call), range(80), workers=8)}
    assert len(bodies) <= 8 and len(numbered.requests) <= 8
    assert ask(call, "only").content in bodies


WORK = """
import sys
sys.path[:0] = {path!r}
from test_transport_cache import CALL, Cache, made, replace
cache, wrong = Cache({folder!r}), 0
for number in range(200):
    call = replace(CALL, params={{"n": number % 7}})
    body = b"%d" % (number % 7) * 3000
    cache.save(call, made(body))
    found = cache.load(call)
    wrong += found is None or found.content != body
    if number == 100 and {clears}:
        cache.clear()
print(wrong)
"""


@pytest.mark.parametrize("number, clears", [(8, False), (3, True)])
def test_many_processes(tmp_path, number, clears):
    path = [os.path.dirname(__file__), *sys.path]
    code = WORK.format(path=path, folder=str(tmp_path), clears=clears)
    processes = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
                 for _ in range(number)]
    wrong = [int(process.communicate()[0]) for process in processes]
    assert [process.returncode for process in processes] == [0] * number
    assert sum(wrong) <= (number * number if clears else 0)
    assert Cache(tmp_path).info()["entries"] == 7


def test_fork_gets_its_own_session(transport, monkeypatch):
    before = transport.session
    assert transport.session is before
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert transport.session is not before
    before.close()


def test_damage_while_threads_work(tmp_path):
    cache, stop = Cache(tmp_path), threading.Event()

    def vandal():
        for number in itertools.count():
            if stop.wait(0.01):
                return
            cache.path.write_bytes(os.urandom(9000)) if number % 2 else cache.path.unlink(missing_ok=True)

    thread = threading.Thread(target=vandal)
    thread.start()

    def work(number):
        cache.save(CALL, made(b"x" * 9000))
        found = cache.load(CALL)
        return found is None or found.content == b"x" * 9000

    try:
        outcomes = fetch_many(work, range(200), workers=4)
    finally:
        stop.set()
        thread.join()
    assert all(outcome.value is True for outcome in outcomes), [outcome.error for outcome in outcomes]


def test_offline_errors_are_broker_errors():
    assert issubclass(NotCachedError, BrokerError)
