# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tokens: where they are found, when they are refused, and that they and the keys of streams are left nowhere."""

import base64
import gzip
import json
import logging
import os
import pickle
import subprocess
import sys
import time

import keyring
import pytest
from keyring.backend import KeyringBackend

from astroquery_brokers.ampel import AmpelClass, conf
from astroquery_brokers.ampel.auth import expiry
from astroquery_brokers.exceptions import AuthenticationError, BrokerError, InvalidArgumentError
from astroquery_brokers.transport import redact

from .conftest import UUID, Speaker

V3 = "/api/ztf/archive/v3"
OTHER = "11111111-2222-4333-8444-555555555555"
KEY = "aQr7jqFQBqN_5imcF9nsG1gBN2aQCqAyGd-fnEwLQSg"
ALERTS = [{"candid": 5, "objectId": "ZTF18abcecyc", "candidate": {"candid": 5, "jd": 2458349.5, "ra": 1.0, "dec": 2.0}}]
CHUNK = {"resume_token": KEY, "chunk": 8, "alerts": ALERTS, "remaining": {"items": 1, "chunks": 1},
         "pending": {"items": 1, "chunks": 1}}
LAST = {"resume_token": KEY, "chunk": 9, "alerts": ALERTS, "remaining": {"items": 0, "chunks": 0},
        "pending": {"items": 1, "chunks": 1}}


def jwt(seconds):
    """A dashboard token that expires so many seconds from now."""
    def part(content):
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'name': 'ada', 'exp': time.time() + seconds})}.c2lnbmVk"


@pytest.fixture
def asked(speaker, broker):
    """The speaker, which answers the question for the alerts of an object and for a stock."""
    speaker.says(f"GET {V3}/object/ZTF18abcecyc/alerts", ALERTS)
    speaker.says("GET /api/live/stock/ztf/ZTF21aaqhhfu", {
        "_id": 119032484, "channel": ["RCF_2020B", "HU_TNS_MSIP"], "created": {
            "HU_TNS_MSIP": "2021-03-20T08:14:13", "RCF_2020B": "2021-03-21T08:14:13", "any": "2021-03-20T08:14:13"}})
    broker._settings.pop("archive_token")
    return speaker


def sent_token(speaker):
    return speaker.asked[-1][2].get("Authorization")


def test_argument_before_configuration_before_environment(broker, asked, monkeypatch):
    with pytest.raises(AuthenticationError, match="AMPEL_ARCHIVE_TOKEN.*dashboard|dashboard.*AMPEL_ARCHIVE_TOKEN"):
        broker.query_alerts("ZTF18abcecyc")
    assert not asked.asked
    monkeypatch.setenv("AMPEL_ARCHIVE_TOKEN", OTHER)
    broker.query_alerts("ZTF18abcecyc")
    assert sent_token(asked) == f"Bearer {OTHER}"
    with conf.set_temp("archive_token", OTHER.replace("1", "a")):
        broker.query_alerts("ZTF18abcecyc")
        assert sent_token(asked) == f"Bearer {OTHER.replace('1', 'a')}"
        own = AmpelClass(archive_token=UUID, archive_url=broker._setting("archive_url"))
        own.query_alerts("ZTF18abcecyc", cache=False)
        assert sent_token(asked) == f"Bearer {UUID}"


def test_a_pickled_broker_has_no_token_and_finds_another(broker, asked, monkeypatch):
    own = AmpelClass(archive_token=UUID, archive_url=broker._setting("archive_url"))
    again = pickle.loads(pickle.dumps(own))
    with pytest.raises(AuthenticationError, match="AMPEL_ARCHIVE_TOKEN"):
        again.query_alerts("ZTF18abcecyc", cache=False)
    monkeypatch.setenv("AMPEL_ARCHIVE_TOKEN", OTHER)
    again.query_alerts("ZTF18abcecyc", cache=False)
    assert sent_token(asked) == f"Bearer {OTHER}"


class Memory(KeyringBackend):
    priority = 1

    def __init__(self):
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password


@pytest.fixture
def memory():
    """A keyring in memory."""
    before, made = keyring.get_keyring(), Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_login_asks_once_and_then_the_keyring(broker, asked, memory, monkeypatch):
    typed = [UUID]
    monkeypatch.setattr("getpass.getpass", lambda prompt: typed.pop())
    assert broker.login("archive", store_token=True) and broker.authenticated()
    broker.query_alerts("ZTF18abcecyc")
    assert sent_token(asked) == f"Bearer {UUID}" and list(memory.kept.values()) == [UUID]
    again = AmpelClass(archive_url=broker._setting("archive_url"))
    assert again.login() and not typed
    again.query_alerts("ZTF18abcecyc", cache=False)
    assert sent_token(asked) == f"Bearer {UUID}"
    memory.kept.clear()
    typed.append(jwt(-5))
    with pytest.raises(AuthenticationError, match="expired"):
        broker.login("live")


@pytest.mark.parametrize("settings, message", [
    (dict(archive_token=jwt(60)), "archive_token must be an archive token.*dashboard token.*for the live database"),
    (dict(live_token=UUID), "live_token must be a dashboard token.*archive token.*for the archive"),
    (dict(archive_token="garbage"), "another form"), (dict(live_token="a.b.c"), "another form")])
def test_the_two_kinds_are_told_apart_by_their_form(settings, message):
    with pytest.raises(InvalidArgumentError, match=message) as caught:
        AmpelClass(**settings)
    assert not any(value in str(caught.value) for value in settings.values())


def test_an_expired_token_is_told_before_anything_is_sent(broker, asked, monkeypatch):
    monkeypatch.setenv("AMPEL_LIVE_TOKEN", jwt(-60))
    with pytest.raises(AuthenticationError, match="expired at 20.*24 hours"):
        broker.query_stock("ZTF21aaqhhfu")
    assert not asked.asked
    monkeypatch.setenv("AMPEL_LIVE_TOKEN", token := jwt(60))
    records = broker.query_stock("ZTF21aaqhhfu")
    assert sent_token(asked) == f"Bearer {token}"
    assert records["stock"].tolist() == [119032484] * 3 and records["updated"].mask.all()
    assert dict(zip(records["channel"].tolist(), records["created"].tolist())) == {
        "RCF_2020B": "2021-03-21T08:14:13", "HU_TNS_MSIP": "2021-03-20T08:14:13", "any": "2021-03-20T08:14:13"}
    assert broker.query_stock(119032484)["objectId"].tolist() == ["ZTF21aaqhhfu"] * 3


@pytest.mark.parametrize("token", ["", "eyJ.x.y", "eyJh.bm90IGpzb24.c", jwt(60).replace(".", "", 1), "eyJh.e30.c"],
                         ids=["empty", "no base64", "no JSON", "two parts", "no time"])
def test_a_token_that_does_not_say_when_it_expires(token):
    assert expiry(token) is None


def test_what_needs_no_token_sends_none_and_what_needs_the_other_not_this(broker, asked, recorded):
    broker._settings["archive_token"] = AmpelClass(archive_token=UUID)._settings["archive_token"]
    recorded("v3_alert_schema30")
    recorded("v3_cutouts_full")
    broker.get_alerts(candid=595147624915010001)
    broker.get_cutouts(candid=595147624915010001)
    assert all("Authorization" not in headers for _, _, headers, _ in asked.asked)
    with pytest.raises(AuthenticationError, match="dashboard token"):
        broker.query_stock("ZTF21aaqhhfu")


def test_another_host_never_sees_it(broker, asked, speaker):
    broker._settings["archive_token"] = AmpelClass(archive_token=UUID)._settings["archive_token"]
    elsewhere = Speaker()
    try:
        elsewhere.says(f"GET {V3}/object/ZTF18abcecyc/alerts", ALERTS)
        location = elsewhere.url.replace("127.0.0.1", "localhost") + f"{V3}/object/ZTF18abcecyc/alerts"
        speaker.replies[f"GET {V3}/object/ZTF18abcecyc/alerts"] = [(307, {"Location": location}, b"")]
        assert len(broker.query_alerts("ZTF18abcecyc")) == 1
        assert sent_token(speaker) == f"Bearer {UUID}" and len(elsewhere.asked) == 1
        assert "Authorization" not in elsewhere.asked[0][2] and UUID not in str(elsewhere.asked)
    finally:
        elsewhere.stop()


def test_it_is_not_sent_unencrypted(broker):
    broker._settings["archive_url"] = "http://archive.example/v3"
    with pytest.raises(InvalidArgumentError, match="https only"):
        broker.query_alerts("ZTF18abcecyc")


def things(broker, speaker):
    """All that a session leaves behind: results, errors, streams."""
    speaker.says(f"GET {V3}/alerts/time_range", CHUNK)
    speaker.says(f"GET {V3}/stream/{KEY}", {name: CHUNK[name] for name in ("remaining", "pending")})
    speaker.says(f"GET {V3}/stream/{KEY}/chunk", LAST)
    speaker.says(f"POST {V3}/streams/from_query", {"resume_token": KEY, "chunk_size": 1})
    for number in (8, 9):
        speaker.says(f"POST {V3}/stream/{KEY}/chunk/{number}/acknowledge", None)
    yield broker.query_alerts("ZTF18abcecyc")
    yield broker.query_alerts(time=58299.5)
    yield broker.get_alerts(time=58299.5)
    yield broker.get_alerts(time=58299.5, get_query_payload=True)
    yield broker.query_alerts_async(time=58299.5)
    stream = broker.start_stream(time=58299.5, folder="alerts")
    next(iter(stream))
    yield stream
    for question, said in ((f"GET {V3}/stream/{KEY}/chunk", (500, {}, KEY.encode())),
                           (f"GET {V3}/alerts/time_range", (422, {}, json.dumps({"detail": UUID + KEY}).encode())),
                           (f"GET {V3}/object/ZTF18abcecyc/alerts", (200, {}, json.dumps({"resume_token": KEY})
                                                                     .encode())),
                           (f"GET {V3}/alerts/time_range", (200, {}, b'{"resume_token": "' + KEY.encode() + b'", '))):
        speaker.replies[question] = [said]
        for ask in (lambda: list(stream), lambda: broker.query_alerts(time=58299.5),
                    lambda: broker.query_alerts("ZTF18abcecyc", cache=False)):
            try:
                ask()
            except BrokerError as error:
                yield error
                if error.response is not None:
                    yield error.response.content, vars(error.response), error.response.url
                yield from (one for one in (error.__cause__, error.__context__) if one is not None)


@pytest.mark.filterwarnings("ignore::astroquery_brokers.exceptions.PartialResultWarning")
def test_nothing_is_left_anywhere(broker, asked, speaker, tmp_path, monkeypatch, caplog, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMPEL_ARCHIVE_TOKEN", UUID)
    caplog.set_level(logging.DEBUG)
    secrets = (UUID, KEY)
    for number, thing in enumerate(things(broker, speaker)):
        shown = [repr(thing), str(thing), repr(getattr(thing, "meta", "")), repr(getattr(thing, "__dict__", ""))]
        if not isinstance(thing, Exception) and hasattr(thing, "write"):
            thing.write(tmp_path / f"{number}.vot", format="votable")
        response = getattr(thing, "response", None) or (thing if hasattr(thing, "headers") else None)
        if response is not None and not isinstance(thing, Exception):
            shown += [response.url, response.request.url, response.text, repr(response.request.headers)]
        try:
            shown.append(pickle.dumps(thing).decode("latin-1"))
        except TypeError:
            pass
        for text in shown:
            assert not [secret for secret in secrets if secret in text], (number, thing)
    print(broker, broker._settings, broker.__dict__)
    pickled = pickle.dumps(broker)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 3 and any("chunk-9" in path.name for path in files)
    contents = [pickled, caplog.text.encode(), *capfd.readouterr()]
    contents += [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files]
    for content in contents:
        content = content.encode() if isinstance(content, str) else content
        assert not [secret for secret in secrets if secret.encode() in content]
    assert "urllib3" in caplog.text and "/stream/REDACTED/chunk" in caplog.text


def test_a_whole_program_leaves_nothing_in_its_home(asked, speaker, tmp_path):
    speaker.says(f"GET {V3}/alerts/time_range", {**LAST, "chunk": 8})
    program = """
import logging, pickle, sys
logging.basicConfig(level=logging.DEBUG)
from astroquery_brokers.ampel import Ampel, conf
conf.archive_url = sys.argv[1]
table = Ampel.query_alerts("ZTF18abcecyc")
more = Ampel.query_alerts(time=58299.5)
table.write("table.ecsv")
more.write("more.vot", format="votable")
pickle.dump((table, more, Ampel), open("all.pickle", "wb"))
print(table.meta, Ampel.__dict__, conf.archive_url)
"""
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "AMPEL_ARCHIVE_TOKEN": UUID,
            "XDG_CONFIG_HOME": str(tmp_path / "config")}
    for folder in ("cache", "config"):
        (tmp_path / folder / "astropy").mkdir(parents=True)
    done = subprocess.run([sys.executable, "-c", program, speaker.url + V3], capture_output=True, cwd=tmp_path,
                          env=home, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"table.ecsv", "more.vot", "all.pickle"} < {path.name for path in found}
    assert any("astroquery_brokers" in str(path.parent) and "cache" in str(path.parent) for path in found)
    for secret in (UUID.encode(), KEY.encode()):
        assert secret not in done.stdout + done.stderr
        assert [path for path in found if secret in path.read_bytes()] == []


def test_members_with_secret_names_are_not_shown():
    assert redact('{"resume_token": "abc-_def", "candid": 5}') == '{"resume_token": "REDACTED", "candid": 5}'
    assert redact("{'resume_token':'abc', 'objectId': 'ZTF'}") == "{'resume_token':'REDACTED', 'objectId': 'ZTF'}"
    assert redact('{"resume_token": "abc') == '{"resume_token": "REDACTED'
