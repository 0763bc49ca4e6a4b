# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ADQL to the sandbox: what is refused before it is sent, limits, trouble, the cache, and the same numbers as by REST.

What is the same on every TAP service is in tests/servers/test_client_tap.py.
"""

import json
import re
import threading
import time

import numpy as np
import pytest
from astropy.table import Table
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning

from astroquery_brokers.alerce import Alerce, AlerceClass
from astroquery_brokers.exceptions import (BrokerConnectionError, BrokerError, BrokerTimeoutError,
                                           InvalidArgumentError, NotCachedError, RejectedQueryError, ReplyParseError)
from astroquery_brokers.tap.adql import by_upload

IDS = "SELECT oid, ndet FROM ztf.object WHERE ndet > 20"
ERROR = ('<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE '
         'type="results"><INFO name="QUERY_STATUS" value="ERROR">{}</INFO></RESOURCE></VOTABLE>')


@pytest.fixture
def asked(box):
    """The TAP requests since the fixture was made."""
    start = len(box.requests)
    return lambda: [(request["method"], request["path"].removeprefix("/tap"), request["status"])
                    for request in box.requests[start:] if request["path"].startswith("/tap")]


# before anything is sent

@pytest.mark.parametrize("adql, message", [
    ("", "is not a query"), (b"SELECT 1", "is not a query"), (7, "is not a query"), ("   ", "is not a query"),
    ("DROP TABLE ztf.object", "begins with 'DROP'"), ("INSERT INTO ztf.object VALUES (1)", "begins with 'INSERT'"),
    ("oid FROM ztf.object", "begins with 'oid'"), ("-- SELECT", "begins with 'nothing'"), ("(((", "begins with"),
    ("WITH x AS (1)", "begins with 'WITH'"), ("SELECTED oid", "begins with 'SELECTED'"),
    ("SELECT oid FROM ztf.object; DROP TABLE ztf.object", "semicolon"), ("SELECT 1; SELECT 2;", "semicolon"),
    ("SELECT oid FROM ztf.object WHERE oid = 'it's'", "quotation mark"),
    ('SELECT "value FROM ztf.feature', "quotation mark"),
    ("SELECT COUNT(* FROM ztf.object", "parentheses"), ("SELECT 1) FROM (ztf.object", "parentheses"),
    ("SELECT oid FROM ztf.object LIMIT 5", "SELECT TOP 5"),
])
def test_what_is_not_one_select(alerce, asked, adql, message):
    for ask in (alerce.query_tap, alerce.submit_tap_job, alerce.send_query, alerce.query_tap_async):
        with pytest.raises(InvalidArgumentError, match=re.escape(message)):
            ask(adql)
    assert asked() == []


@pytest.mark.parametrize("uploads, message", [
    ([Table()], "is a dict"), ({"mine": Table()}, "has no rows"), ({"mine": Table({"a": np.zeros(0)})}, "has no rows"),
    ({"my-ids": Table({"a": [1]})}, "cannot be the name"), ({"1a": Table({"a": [1]})}, "cannot be the name"),
    ({"a": Table({"x": [1]}), "A": Table({"x": [1]})}, "upper and lower case"),
    ({"mine": Table({"oid": ["ZTF20aaelulu"]})}, r"rename_column('oid', 'objectid')"),
    ({"mine": Table({"CTID": [1]})}, "rename_column('CTID', 'my_CTID')"),
    ({"mine": Table({"good": [True]})}, "astype(int)"), ({"mine": Table({"a b": [1]})}, "cannot be written in ADQL"),
    ({"mine": Table({"a": [[1, 2]]})}, "of arrays"), ({"mine": Table({"a": [1], "A": [2]})}, "case only"),
    ({"mine": Table({"t": Time([60000.0], format="mjd")})}, "of Time"), ({"mine": 7}, "is not a table"),
    ({"mine": Table({"a": [1j]})}, "not taken"), ({"mine": Table({"a": [None]}, dtype=[object])}, "not taken"),
])
def test_tables_that_cannot_go_along(alerce, asked, uploads, message):
    with pytest.raises(InvalidArgumentError, match=re.escape(message)):
        alerce.query_tap("SELECT * FROM tap_upload.mine", uploads=uploads)
    assert asked() == []


def test_other_wrong_arguments(alerce, asked):
    for arguments, message in (({"maxrec": 0}, "asks for nothing"), ({"maxrec": -2}, "maxrec"),
                               ({"maxrec": 1.5}, "maxrec"), ({"async_job": "yes"}, "async_job"),
                               ({"cache": "x"}, "cache"), ({"format": "x"}, "format"),
                               ({"limit": 3}, "has no argument 'limit'")):
        with pytest.raises(InvalidArgumentError, match=message):
            alerce.query_tap(IDS, **arguments)
    for url in ("", 7, "https://tap.example/tap/async/1", "ftp://x/y"):
        with pytest.raises(InvalidArgumentError):
            alerce.get_tap_job(url)
    assert asked() == []


# what is sent

def test_what_would_be_sent(alerce, box, asked):
    mine = {"mine": Table({"objectid": ["ZTF20aaelulu"]})}
    payload = alerce.query_tap(" SELECT TOP 3 oid FROM ztf.object;", uploads=mine, get_query_payload=True)
    assert payload == {"method": "POST", "url": f"{box.urls['alerce.tap_url']}/sync", "params": {
        "REQUEST": "doQuery", "LANG": "ADQL", "QUERY": "SELECT TOP 3 oid FROM ztf.object", "MAXREC": "10000",
        "UPLOAD": "mine,param:mine"}}
    for given_, sent in ((None, "10000"), (7, "7"), (-1, "20000000")):
        for async_job, path in ((False, "/sync"), (True, "/async")):
            payload = alerce.query_tap(IDS, maxrec=given_, async_job=async_job, get_query_payload=True)
            assert payload["params"]["MAXREC"] == sent and payload["url"].endswith(path)
    payload = alerce.query_tap("SELECT DISTINCT TOP 12345 oid FROM x.y", get_query_payload=True)
    assert payload["params"]["MAXREC"] == "12345"
    assert AlerceClass(row_limit=-1).query_tap(IDS, get_query_payload=True)["params"]["MAXREC"] == "20000000"
    assert asked() == []


def test_the_twin_and_its_table(alerce, box):
    response = alerce.query_tap_async(IDS, maxrec=5)
    assert b"VOTABLE" in response.content and response.status_code == 200
    assert response.request.headers["User-Agent"].startswith("astroquery_brokers/")
    with pytest.warns(MaxResultsWarning):
        table = alerce._parse_result(response)
    with pytest.warns(MaxResultsWarning):
        assert table.colnames == ["oid", "ndet"] and (table == alerce.query_tap(IDS, maxrec=5)).all()
    assert len(table) == 5 and table.meta["coverage"][0]["truncated"]


def test_formats_and_the_official_name(alerce):
    table = alerce.query_tap(IDS, maxrec=-1, sort="oid")
    records = alerce.send_query(IDS, format="json", sort="oid")
    assert records == [dict(zip(("oid", "ndet"), row)) for row in table.iterrows()]
    frame = alerce.send_query(IDS, "pandas", "oid", "ndet")
    assert frame.index.name == "oid" and frame["ndet"].tolist() == sorted(table["ndet"])
    assert alerce.query_tap(IDS, format="csv").splitlines()[0] == "oid,ndet"


def test_never_more_rows_than_asked(alerce, box):
    """DaCHS gives one more than MAXREC where TOP is more, and says so."""
    rows = "".join(f"<TR><TD>{number}</TD></TR>" for number in range(4))
    box.faults = [{"path": "/tap/sync", "content_type": "application/x-votable+xml", "body": (
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">'
        '<INFO name="QUERY_STATUS" value="OK"/><TABLE><FIELD name="n" datatype="int"/><DATA><TABLEDATA>'
        f'{rows}</TABLEDATA></DATA></TABLE><INFO name="QUERY_STATUS" value="OVERFLOW"/></RESOURCE></VOTABLE>')}]
    with pytest.warns(MaxResultsWarning, match="maxrec=3"):
        table = alerce.query_tap("SELECT TOP 9 ndet AS n FROM ztf.object", maxrec=3)
    assert table["n"].tolist() == [0, 1, 2] and table.meta["coverage"][0]["truncated"]


# trouble

def test_a_query_error_is_not_repeated_and_not_kept(alerce, asked):
    for _ in range(2):
        with pytest.raises(RejectedQueryError, match="nosuch"):
            alerce.query_tap("SELECT nosuch FROM ztf.object")
    assert asked() == [("POST", "/sync", 500)] * 2


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 502}, {"status": 504}, {"reset": True},
                                   {"truncate": 400}, {"reset": "body"}])
def test_what_may_pass_is_repeated(alerce, box, asked, fault):
    box.faults = [{"path": "/tap/sync", "times": 1, **fault}]
    table = alerce.query_tap(IDS, cache=False)
    assert len(table) > 10 and len(asked()) == 2


def test_time_limits(box, tmp_path, asked):
    hasty = AlerceClass(tap_timeout=0.4)
    box.faults = [{"path": "/tap/sync", "delay": 5}]
    began = time.monotonic()
    with pytest.raises(BrokerTimeoutError, match="1 try"):
        hasty.query_tap(IDS, cache=False)
    # what took too long would do so again
    assert time.monotonic() - began < 3 and len(asked()) == 1
    for said in ("Field query: Query timed out (took too long). Unfortunately, ...", "canceled: statement timeout"):
        box.faults = [{"path": "/tap/sync", "status": 500, "body": ERROR.format(said), "content_type": "text/xml"}]
        with pytest.raises(BrokerTimeoutError, match="async_job=True"):
            Alerce.query_tap(IDS, cache=False)


@pytest.mark.parametrize("fault, kind, message", [
    ({"body": "<html>Sign in</html>", "content_type": "text/html"}, ReplyParseError, "no VOTable"),
    ({"status": 500, "body": "<html>oops</html>", "content_type": "text/html"}, BrokerError, "HTTP 500"),
    ({"body": ERROR.format("It is &lt;wrong&gt;."), "content_type": "text/xml"}, RejectedQueryError, "It is <wrong>"),
    ({"status": 413, "body": "too large", "content_type": "text/plain"}, RejectedQueryError, "async_job=True"),
    ({"body": "<!DOCTYPE a [<!ENTITY b 'c'>]><VOTABLE><INFO name='QUERY_STATUS' value='ERROR'>&b;</INFO></VOTABLE>",
      "content_type": "text/xml"}, ReplyParseError, "DOCTYPE"),
    ({"body": '{"columns": 3}', "content_type": "application/json"}, ReplyParseError, "unknown form"),
    ({"body": "", "content_type": "text/xml"}, ReplyParseError, "no VOTable"),
])
def test_other_replies_are_typed_errors_and_never_kept(alerce, box, fault, kind, message):
    box.faults = [{"path": "/tap/sync", **fault}]
    with pytest.raises(kind, match=message):
        alerce.query_tap(IDS)
    box.faults = []
    with pytest.raises(NotCachedError):
        alerce.query_tap(IDS, cache="only")


def test_a_service_that_is_not_there(alerce):
    gone = AlerceClass(tap_url="http://127.0.0.1:9/tap", retries=0)
    for ask in (gone.query_tap, gone.submit_tap_job):
        with pytest.raises(BrokerConnectionError):
            ask(IDS)


# the cache, politeness

def test_the_cache(alerce, asked):
    mine = {"mine": Table({"objectid": ["ZTF20aaelulu", "ZTF19aaaaaaa"], "n": [1, 2]})}
    join = "SELECT * FROM tap_upload.mine"
    for arguments in ({"adql": IDS}, {"adql": join, "uploads": mine}):
        first = alerce.query_tap(**arguments)
        again = alerce.query_tap(**arguments, cache="only")
        assert (first == again).all() and again.meta["provenance"][0]["from_cache"] == 1
    assert len(asked()) == 2
    other = {"mine": Table({"objectid": ["ZTF20aaelulu", "ZTF19aaaaaaa"], "n": [1, 3]})}
    assert alerce.query_tap(join, uploads=other)["n"].tolist() == [1, 3]
    alerce.query_tap(IDS, maxrec=-1)
    alerce.query_tap(IDS, cache=False)
    alerce.query_tap(IDS, cache="refresh")
    assert len(asked()) == 6
    with pytest.raises(NotCachedError):
        alerce.query_tap(IDS, cache="only", async_job=True)


def test_one_query_at_a_time(alerce, box):
    box.faults = [{"path": "/tap/sync", "delay": 0.2}]
    began = time.monotonic()
    threads = [threading.Thread(target=alerce.query_tap, args=(IDS,), kwargs={"cache": False}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 0.8


# jobs

def test_the_network_may_be_gone_while_a_job_runs(alerce, box, asked):
    patient = AlerceClass(retries=0)
    seen = []

    def told(phase, seconds):
        seen.append(phase)
    # creation, description, start; then trouble
    job = patient.submit_tap_job("SELECT TOP 3 oid FROM ztf.object")
    box.faults = [{"path": "/tap/async/", "method": "GET", "reset": True, "times": 3}]
    with pytest.raises(BrokerConnectionError):
        job.phase
    job.start = lambda: None
    assert job.wait(progress=told) == "COMPLETED" and seen == ["unknown", "unknown", "COMPLETED"]
    job.delete()


def test_addresses_of_jobs_stay_with_the_service_that_was_asked(box):
    service = AlerceClass(tap_url="https://tap.example/tap")._tap_service()
    inside = "http://10.0.0.3:8080/__system__/tap/run/async/abc"
    assert service.own(inside, "/async/abc") == "https://tap.example/tap/async/abc"
    ours = "https://tap.example/__system__/tap/run/async/abc"
    assert service.own(ours, "/async/abc") == ours
    # not without encryption where that was asked for
    assert service.own(ours.replace("https", "http"), "/async/abc") == "https://tap.example/tap/async/abc"


def test_a_job_that_has_gone_is_asked_anew(alerce, box, asked, tmp_path):
    from astroquery_brokers.tap.jobs import Ledger

    call = alerce._tap_service().query_call([("REQUEST", "doQuery"), ("LANG", "ADQL"), ("QUERY", IDS),
                                             ("MAXREC", "10000")], {}, "/async")
    ledger = Ledger(tmp_path)
    for left in ("nosuch", None):
        ledger.note(call, f"{box.urls['alerce.tap_url']}/async/nosuch")
        assert ledger.find(call).endswith("/nosuch")
        if left is None:
            next(tmp_path.glob("tap_jobs/*.json")).write_text("{broken")
        assert len(alerce.query_tap(IDS, async_job=True)) > 10
        assert ledger.find(call) is None
    failed = alerce.submit_tap_job("SELECT nosuch FROM ztf.object")
    assert failed.wait() == "ERROR"
    ledger.note(call, failed.url)
    assert len(alerce.query_tap(IDS, async_job=True)) > 10
    failed.delete()


@pytest.mark.parametrize("cache, made", [(None, 0), (True, 0), (False, 1), ("refresh", 1)])
def test_a_job_that_was_left_is_taken_up_unless_a_new_answer_is_wanted(alerce, asked, tmp_path, cache, made):
    from astroquery_brokers.tap.jobs import Ledger

    call = alerce._tap_service().query_call([("REQUEST", "doQuery"), ("LANG", "ADQL"), ("QUERY", IDS),
                                             ("MAXREC", "10000")], {}, "/async")
    left = alerce.submit_tap_job(IDS)
    Ledger(tmp_path).note(call, left.url)
    before = len(asked())
    assert len(alerce.query_tap(IDS, async_job=True, cache=cache)) > 10
    methods = [(method, path) for method, path, _ in asked()[before:]]
    assert methods.count(("POST", "/async")) == made and [method for method, _ in methods].count("DELETE") == 1


def test_a_job_that_was_ended_by_hand_is_asked_anew(alerce, asked, tmp_path):
    from astroquery_brokers.tap.jobs import Ledger

    parameters = [("REQUEST", "doQuery"), ("LANG", "ADQL"), ("QUERY", IDS), ("MAXREC", "10000")]
    service = alerce._tap_service()
    job = alerce.get_tap_job(service.create_job(parameters, {}))
    job.abort()
    assert job.phase == "ABORTED"
    Ledger(tmp_path).note(service.query_call(parameters, {}, "/async"), job.url)
    assert len(alerce.query_tap(IDS, async_job=True)) > 10
    assert [request[:2] for request in asked()].count(("POST", "/async")) == 2
    job.delete()


def test_jobs_are_forgotten_when_the_service_has_forgotten_them(tmp_path):
    from astroquery_brokers.tap.jobs import Ledger
    from astroquery_brokers.transport import Call

    ledger, call = Ledger(tmp_path), Call("POST", "https://tap.example/tap/async", data=[("QUERY", IDS)])
    ledger.note(call, "https://tap.example/tap/async/x")
    note, = tmp_path.glob("tap_jobs/*.json")
    made = json.loads(note.read_text())["made"]
    for age, known in ((47, True), (49, False), (-1, False)):  # hours
        note.write_text(json.dumps({"url": "https://tap.example/tap/async/x", "made": made - age * 3600}))
        assert (ledger.find(call) is not None) is known
    assert note.stat().st_mode & 0o077 == 0


def test_descriptions_of_jobs_are_read_with_care(alerce, box):
    box.faults = [{"path": "/tap/async/x", "body": "<!DOCTYPE a><uws/>", "content_type": "text/xml"}]
    with pytest.raises(ReplyParseError, match="DOCTYPE"):
        alerce.get_tap_job("x").phase
    box.faults = [{"path": "/tap/async/x", "body": "<html>hello", "content_type": "text/html"}]
    with pytest.raises(ReplyParseError):
        alerce.get_tap_job("x").phase


# the same numbers as by the other way

def same(rest, tap, keys):
    """The columns of both have the same values, row for row, but for those that REST no longer sends."""
    columns = Alerce.list_columns(rest.meta["tables"][0]["name"].removeprefix("alerce_"))
    gone = {row["column"] for row in columns if not row["returned"]}
    rest, tap = rest.copy(), tap.copy()
    rest.sort(keys)
    tap.sort(keys)
    names = [name for name in rest.colnames if name in tap.colnames and name not in gone]
    assert len(rest) == len(tap) and len(names) > len(keys)
    for name in names:
        one, other = rest[name], tap[name]
        assert one.dtype.kind == other.dtype.kind, name
        assert np.ma.getmaskarray(one).tolist() == np.ma.getmaskarray(other).tolist(), name
        if one.dtype.kind == "f":
            # the service keeps magnitudes in 32 bits
            np.testing.assert_allclose(np.ma.filled(one, 0), np.ma.filled(other, 0), rtol=1e-6, err_msg=name)
        else:
            assert one.tolist() == other.tolist(), name
        assert (one.unit, one.meta) == (other.unit, other.meta), name
    return names


@pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")
@pytest.mark.parametrize("verb, table, keys", [
    ("query_detections", "ztf.detection", ["oid", "candid"]),
    ("query_non_detections", "ztf.non_detection", ["oid", "mjd", "fid"]),
    ("query_forced_photometry", "ztf.forced_photometry", ["oid", "pid"]),
    ("query_probabilities", "ztf.probability", ["oid", "classifier_name", "classifier_version", "class_name"]),
    ("query_magstats", "ztf.magstat", ["oid", "fid"]),
    ("query_features", "ztf.feature", ["oid", "name", "fid", "version"]),
])
def test_the_same_rows_as_by_rest(alerce, box, verb, table, keys):
    ids = box.truth.objects["oid"].tolist()
    rest = getattr(alerce, verb)(ids)
    tap = alerce.query_tap(by_upload(table, "oid"), maxrec=-1, uploads={"ids": Table({"objectid": ids})})
    assert len(same(rest, tap, keys)) >= 4


def test_the_same_objects_as_by_rest(alerce, box):
    ids = box.truth.objects["oid"].tolist()
    names = same(alerce.query_objects(ids), alerce.query_tap("SELECT * FROM ztf.object", maxrec=-1), ["oid"])
    assert {"ndet", "meanra", "firstmjd", "stellar", "corrected", "g_r_mean"} <= set(names)
