# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The same questions to the sandbox's TAP service and to DaCHS, the software that ALeRCE runs."""

import time
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import pyvo
import requests
from astropy.table import Table

from .common import filled, ids


# sync, formats, limits, errors

def test_types_and_values(objects):
    assert [objects[name].dtype.kind + str(objects[name].dtype.itemsize) for name in objects.colnames[1:]] == [
        "f8", "f8", "i4", "f8", "f8", "b1", "b1", "f4"]
    assert len(set(objects["oid"])) == len(objects) >= 300


def test_exact_ids(ask, everything):
    numbers = everything("alerce_tap.object", "oid, sid")
    assert numbers["oid"].dtype == np.int64 and (numbers["oid"] > 2 ** 53).any()
    one = int(numbers["oid"][numbers["sid"] == 1].max())
    for written in (str(one), f"'{one}'"):
        found = ask(f"SELECT oid, sid FROM alerce_tap.object WHERE oid = {written} AND sid = 1")
        assert found["oid"].tolist() == [one] and found["sid"].dtype == np.int16


@pytest.mark.parametrize("maxrec", [1, 7])
def test_overflow(tap, maxrec):
    with warnings.catch_warnings(action="ignore"):
        result = tap.search("SELECT oid FROM ztf.object", maxrec=maxrec)
    assert len(result) == maxrec and result.query_status == "OVERFLOW"
    assert tap.search(f"SELECT TOP {maxrec} oid FROM ztf.object", maxrec=100).query_status == "OK"


def test_top_beyond_maxrec(tap):
    """DaCHS gives one row more than it was asked for."""
    with warnings.catch_warnings(action="ignore"):
        result = tap.search("SELECT TOP 20 oid FROM ztf.object", maxrec=10)
    assert len(result) in (10, 11) and result.query_status == "OVERFLOW"


def test_no_rows(ask, post):
    none = ask("SELECT TOP 0 oid, ndet, meanra FROM ztf.object")
    assert none.colnames == ["oid", "ndet", "meanra"] and len(none) == 0 and none["ndet"].dtype == np.int32
    reply = post(QUERY="SELECT oid FROM ztf.object", MAXREC="0", FORMAT="votable/td")
    assert reply.status_code == 200 and "OVERFLOW" in reply.text and "<TR>" not in reply.text


@pytest.mark.parametrize("name, media", [
    ("csv", "text/csv;header=present"), ("json", "application/json"), ("votable", "application/x-votable+xml"),
    ("votable/td", "application/x-votable+xml;serialization=TABLEDATA"), ("tsv", "text/tab-separated-values"),
    ("text/csv", "text/csv")])
@pytest.mark.parametrize("parameter", ["FORMAT", "RESPONSEFORMAT"])
def test_formats(post, parameter, name, media):
    reply = post(QUERY="SELECT TOP 3 oid, ndet FROM ztf.object", **{parameter: name})
    assert (reply.status_code, reply.headers["content-type"]) == (200, media)
    assert reply.content


def test_csv_and_json(post, objects):
    query = "SELECT oid, ndet, meanra, stellar FROM ztf.object WHERE ndet > 5 ORDER BY oid"
    expected = objects[objects["ndet"] > 5]
    expected.sort("oid")
    rows = [line.split(",") for line in post(QUERY=query, FORMAT="csv").text.split("\r\n")[1:] if line]
    data = post(QUERY=query, FORMAT="json").json()["data"]
    assert len(rows) == len(data) == len(expected) > 3
    for row, item, wanted in zip(rows, data, expected):
        stellar = None if wanted["stellar"] is np.ma.masked else bool(wanted["stellar"])
        assert item == [str(wanted["oid"]), int(wanted["ndet"]), float(wanted["meanra"]), stellar]
        assert row[:2] == [str(wanted["oid"]), str(wanted["ndet"])] and float(row[2]) == wanted["meanra"]
        assert row[3] == ("" if stellar is None else str(stellar))
    assert post(QUERY=query, FORMAT="json", MAXREC="2").json()["queryStatus"] == "OVERFLOW"
    header, bare = post(QUERY=query, FORMAT="csv").text, post(QUERY=query, FORMAT="text/csv").text
    assert header == f"oid,ndet,meanra,stellar\r\n{bare}"


@pytest.mark.parametrize("parameters, message", [
    ({"QUERY": "SELECT nosuch FROM ztf.object"}, "Field query: No such field known: column 'nosuch'"),
    ({"QUERY": "SELECT oid FROM ztf.nosuch", "FORMAT": "json"}, "Field query: Could not locate table 'ztf.nosuch'"),
    ({"QUERY": "SELECT oid FROM object"}, "Field query: Could not locate table '"),
    ({"QUERY": "SELECT oid FRO ztf.object"}, "Field query: Could not parse your query: "),
    ({"QUERY": "SELECT oid, value FROM ztf.feature"}, "Field query: Could not parse your query: Expected "),
    ({"QUERY": "SELECT oid FROM ztf.object LIMIT 5"}, "Field query: Could not parse your query: "),
    ({"QUERY": "SELECT oid FROM ztf.object; SELECT oid FROM ztf.object"}, "Field query: Could not parse your query: "),
    ({"QUERY": "DROP TABLE ztf.object"}, "Field query: Could not parse your query: "),
    ({"QUERY": "SELECT 1 / 0 AS x FROM ztf.object"}, "Field query: division by zero"),
    ({"QUERY": "SELECT SQRT(-1) AS x FROM ztf.object"}, "Field query: cannot take square root of a negative number"),
    ({"QUERY": "SELECT oid FROM ztf.object WHERE oid = 5"}, "Field query: operator does not exist: "),
    ({"QUERY": "SELECT oid FROM ztf.object WHERE stellar = 1"}, "Field query: operator does not exist: boolean = int"),
    ({"QUERY": "SELECT oid FROM ztf.object WHERE stellar"}, "Field query: Could not parse your query: Expected "),
    ({}, "Field query: Required parameter 'query' missing."),
    ({"QUERY": "SELECT oid FROM ztf.object", "LANG": "PQL"}, "This service does not support the query language PQL"),
    ({"QUERY": "SELECT oid FROM ztf.object", "MAXREC": "x"}, "Field maxrec: 'x' is not a valid literal for maxrec"),
    ({"QUERY": "SELECT oid FROM ztf.object", "FORMAT": "nosuch"}, "Cannot serialize in 'nosuch'."),
    ({"QUERY": "SELECT oid FROM ztf.object", "REQUEST": "other"}, "This service only supports REQUEST=doQuery"),
])
def test_errors(post, parameters, message):
    reply = post(**parameters)
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/xml")
    infos = ET.fromstring(reply.content).iter("{http://www.ivoa.net/xml/VOTable/v1.3}INFO")
    status = next(info for info in infos if info.get("name") == "QUERY_STATUS")
    assert status.get("value") == "ERROR" and status.text.startswith(message)


# uploads

@pytest.mark.parametrize("mode", ["search", "run_async"])
def test_ids_by_upload(tap, objects, mode):
    chosen = objects["oid"][::3]
    mine = Table({"objectid": [*map(str, chosen), "ZTF00nosuchx"], "mark": np.arange(len(chosen) + 1)})
    query = "SELECT o.*, u.mark FROM ztf.object AS o JOIN tap_upload.mylist AS u ON o.oid = u.objectid"
    result = getattr(tap, mode)(query, uploads={"mylist": mine}, maxrec=10_000).to_table()
    assert sorted(zip(map(str, result["oid"]), result["mark"])) == sorted(zip(map(str, chosen), range(len(chosen))))


def test_numbers_by_upload(ask, everything):
    numbers = everything("alerce_tap.object", "oid, sid")["oid"][::4]
    mine = Table({"number": numbers})
    found = ask("SELECT o.oid FROM alerce_tap.object AS o JOIN tap_upload.n AS u ON o.oid = u.number",
                uploads={"n": mine})
    assert sorted(found["oid"].tolist()) == sorted(numbers.tolist())


def test_positions_by_upload(ask, objects):
    mine = Table({"idx": np.arange(50), "ra_in": objects["meanra"][:50].data, "dec_in": objects["meandec"][:50].data})
    found = ask("SELECT u.idx, o.oid FROM tap_upload.t1 AS u JOIN ztf.object AS o ON 1 = CONTAINS("
                "POINT('ICRS', o.meanra, o.meandec), CIRCLE('ICRS', u.ra_in, u.dec_in, 0.00001))",
                uploads={"t1": mine})
    assert sorted(zip(found["idx"], map(str, found["oid"]))) == sorted(zip(range(50), map(str, objects["oid"][:50])))


def test_an_upload_has_no_column_oid(tap, objects):
    """It is renamed, as the name is PostgreSQL's own."""
    mine = Table({"oid": [str(objects["oid"][0])]})
    query = "SELECT o.oid FROM ztf.object AS o JOIN tap_upload.mine AS u ON o.oid = u.oid"
    with pytest.raises(pyvo.dal.DALQueryError, match="oid"):
        tap.search(query, uploads={"mine": mine})


def test_nulls_by_upload(ask):
    mine = Table({"a": np.ma.array([1, 2 ** 60 + 1], mask=[True, False]), "b": ["x", "\u00e9"], "c": [np.nan, 1.5]})
    found = ask("SELECT * FROM tap_upload.mine ORDER BY c", uploads={"mine": mine})
    assert found["a"].tolist() == [2 ** 60 + 1, None] and [str(text) for text in found["b"]] == ["\u00e9", "x"]
    assert filled(found["c"])[0] == 1.5 and np.isnan(filled(found["c"])[1])


# asynchronous

def test_life_of_a_job(tap, session, objects):
    job = tap.submit_job("SELECT oid FROM ztf.object WHERE ndet > 5", maxrec=10_000)
    assert job.phase == "PENDING" and job.query == "SELECT oid FROM ztf.object WHERE ndet > 5"
    job.execution_duration = 30
    assert job.execution_duration.to_value("s") == 30
    job.run()
    # as another process would
    again = pyvo.dal.AsyncTAPJob(job.url, session=session)
    again.wait(timeout=60)
    assert again.phase == "COMPLETED" and again.result_uri.endswith("/results/result")
    assert ids(again.fetch_result().to_table()) == ids(objects[objects["ndet"] > 5])
    assert job.job_id in [item.jobid for item in tap.get_job_list()]
    again.delete()
    with pytest.raises(pyvo.dal.DALServiceError, match="404"):
        job.phase


def test_failing_job(tap):
    job = tap.submit_job("SELECT nosuch FROM ztf.object")
    job.run()
    job.wait(timeout=60)
    assert job.phase == "ERROR"
    with pytest.raises(pyvo.dal.DALQueryError, match="nosuch"):
        job.raise_if_error()
    job.delete()


def test_aborted_jobs(tap):
    waiting = tap.submit_job("SELECT oid FROM ztf.object")
    waiting.abort()
    assert waiting.phase == "ABORTED"
    waiting.delete()
    slow = tap.submit_job("SELECT SUM(a.magpsf * b.magpsf + c.magpsf) AS n FROM ztf.detection AS a, "
                          "ztf.detection AS b, ztf.detection AS c")
    slow.run()
    for _ in range(200):
        if slow.phase == "EXECUTING":
            break
        time.sleep(0.05)
    slow.abort()
    for _ in range(200):
        if slow.phase == "ABORTED":
            break
        time.sleep(0.05)
    assert slow.phase == "ABORTED"
    slow.delete()


def test_job_pages(post, tap_url):
    created = post("/async", QUERY="SELECT oid FROM ztf.object", MAXREC="5")
    assert created.status_code == 303
    job = created.headers["location"]

    def text(path):
        return requests.get(job + path, timeout=30).text
    assert (text("/phase"), text("/owner"), text("/error")) == ("PENDING", "NULL", "")
    assert len(text("/destruction")) == len(text("/quote")) == len("2026-01-01T00:00:00Z")
    changed = requests.post(f"{job}/parameters", {"MAXREC": "3"}, timeout=30, allow_redirects=False)
    assert changed.status_code == 303 and changed.headers["location"] == job
    values = {item.get("id"): item.text for item in ET.fromstring(text("/parameters"))}
    assert values["maxrec"] == "3" and values["query"] == "SELECT oid FROM ztf.object"
    assert requests.post(f"{job}/phase", {"PHASE": "RUN"}, timeout=30, allow_redirects=False).status_code == 303
    for _ in range(60):
        if "COMPLETED" in requests.get(job, params={"WAIT": "1"}, timeout=30).text:
            break
        time.sleep(0.1)
    assert text("/phase") == "COMPLETED" and "OVERFLOW" in text("/results/result")
    late = requests.post(f"{job}/parameters", {"MAXREC": "1"}, timeout=30, allow_redirects=False)
    assert "Parameters cannot be changed in phase COMPLETED" in late.text
    assert requests.delete(job, timeout=30, allow_redirects=False).status_code == 303
    assert requests.get(job, timeout=30).status_code == 404
    assert requests.get(f"{tap_url}/async/nosuch", timeout=30).status_code == 404


# what the service says about itself

def test_tables(tap):
    tables = tap.tables
    names = [f"ztf.{name}" for name in ("object", "detection", "non_detection", "forced_photometry", "magstat",
                                        "probability", "feature", "feature_version", "taxonomy", "ss_ztf", "ps1_ztf",
                                        "gaia_ztf", "reference", "dataquality", "xmatch", "allwise")]
    names += [f"alerce_tap.{name}" for name in ("object", "detection", "lsst_detection", "forced_photometry",
                                                "lsst_forced_photometry", "lsst_dia_object", "probability",
                                                "classifier", "taxonomy", "sid_lut", "band")]
    assert set(names) | {"tap_schema.tables", "tap_schema.columns"} <= set(tables.keys())
    column = {column.name: column for column in tables["alerce_tap.object"].columns}
    assert (column["oid"].datatype.content, column["sid"].datatype.content) == ("long", "short")
    assert (column["meanra"].unit, column["firstmjd"].unit) == ("deg", "d")
    assert '"value"' in [column.name for column in tables["ztf.feature"].columns]


def test_tap_schema(ask):
    found = ask("SELECT table_name, schema_name, table_type FROM tap_schema.tables WHERE schema_name = 'ztf'")
    assert {f"ztf.{name}" for name in ("object", "detection", "probability")} <= {str(n) for n in found["table_name"]}
    columns = ask("SELECT column_name, datatype, unit, \"size\" FROM tap_schema.columns WHERE "
                  "table_name = 'alerce_tap.lsst_dia_object'")
    assert len(columns) == 83
    kinds = {str(name): str(kind) for name, kind in columns["column_name", "datatype"].iterrows()}
    names = ("oid", "g_psffluxmean", "u_psffluxndata", "ra")
    assert [kinds[name] for name in names] == ["long", "float", "int", "double"]
    assert len(ask("SELECT * FROM tap_schema.schemas")) == 3


@pytest.mark.parametrize("name", ["object", "detection", "forced_photometry", "magstat", "probability", "feature",
                                  "non_detection", "taxonomy", "dataquality", "ps1_ztf"])
def test_columns_of_ztf(ask, tap, name):
    """Names and types of the sandbox are those that the real service was set up with."""
    columns = ask(f"SELECT column_name, datatype FROM tap_schema.columns WHERE table_name = 'ztf.{name}'")
    from astroquery_brokers.sandbox.dialects.alerce_tap_schema import TABLES
    expected = {column.delimited: column.votable_datatype for column in TABLES[f"ztf.{name}"][1]}
    assert {str(row["column_name"]): str(row["datatype"]) for row in columns} == expected


def test_capabilities(tap, tap_url):
    assert tap.maxrec > 0 and tap.hardlimit >= tap.maxrec and "inline" in str(tap.upload_methods)
    assert requests.get(f"{tap_url}/availability", timeout=30).text.count("available>true</") == 1
