# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The sandbox's TAP service has what the sandbox's store has, in the tables of ALeRCE's service."""

import csv
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import requests

from astroquery_brokers.sandbox.dialects.alerce_tap_schema import TABLES


@pytest.fixture(scope="module")
def tap(synthetic, open_tap):
    return open_tap(f"{synthetic.url}/tap")


@pytest.fixture(scope="module")
def whole(tap):
    def fetch(name):
        return tap.search(f"SELECT * FROM {name}", maxrec=1_000_000).to_table()
    return fetch


def listed(column, dtype=None):
    """Values with None for nulls; numbers in the precision that the service has."""
    values = np.ma.asarray(column)
    if values.dtype.kind in "OU":
        return [None if value in (None, "") else str(value) for value in values.tolist()]
    if values.dtype.kind == "f":
        values = np.ma.masked_invalid(values)
    return (values.astype(dtype) if dtype else values).tolist()


PAIRS = {"ztf.object": ("objects", "oid"), "ztf.detection": ("detections", "candid"),
         "ztf.non_detection": ("upper_limits", "oid mjd fid"),
         "ztf.forced_photometry": ("forced_photometry", "oid pid"),
         "alerce_tap.lsst_detection": ("lsst_detections", "measurement_id"),
         "alerce_tap.lsst_forced_photometry": ("lsst_forced_photometry", "measurement_id")}
# What is told otherwise, or is not in the store's table.
OTHER = {"diffpos", "reference_change", "has_stamp", "e_ra", "e_dec", "created_date", "timewithdrawnmjdtai",
         "parentdiasourceid", "diaobjectid", "ssobjectid"}


@pytest.mark.parametrize("name", PAIRS)
def test_values_are_the_stores(whole, synthetic, name):
    stored, key = PAIRS[name]
    served, truth = whole(name), getattr(synthetic.truth, stored).copy()
    for column in truth.colnames:
        truth.rename_column(column, column.lower())
    keys = key.split()
    for table in (served, truth):
        for column in keys:
            if column in ("candid", "pid", "measurement_id"):
                table[column] = table[column].astype(np.int64)
    orders = [np.lexsort([np.asarray(table[column]).astype(str) if table[column].dtype.kind in "OU" else
                          np.asarray(table[column]) for column in keys]) for table in (served, truth)]
    served, truth = served[orders[0]], truth[orders[1]]
    assert len(served) == len(truth) > 100
    compared = [column for column in served.colnames if column not in OTHER]
    for column in compared:
        theirs = truth[column]
        dtype = None if served[column].dtype.kind in "OUb" else served[column].dtype
        if dtype is not None and theirs.dtype.kind in "OU":
            texts = theirs.tolist()
            theirs = np.ma.array([text or 0 for text in texts], mask=[not text for text in texts], dtype=dtype)
        assert listed(served[column], dtype) == listed(theirs, dtype), column
    assert len(compared) >= 4


def test_numbers_of_ztf_names(tap):
    """As ALeRCE's own rows decode: ZTF26aaffbyw is 36029005848402626."""
    from astroquery_brokers.sandbox.dialects.alerce_tap import _number
    assert (_number("ZTF26aaffbyw"), _number("ZTF19aawzdgy")) == (36029005848402626, 36028949633852392)
    rows = tap.search("SELECT z.oid AS name, z.meanra, o.oid FROM ztf.object AS z JOIN alerce_tap.object AS o "
                      "ON z.meanra = o.meanra AND z.meandec = o.meandec WHERE o.sid = 0", maxrec=1000).to_table()
    assert [_number(str(name)) for name in rows["name"]] == rows["oid"].tolist() and len(rows) == 300


def test_other_tables(whole, synthetic):
    classes = whole("ztf.taxonomy")
    assert json.loads(classes["classes"][0]) == ["SNIa", "SNIbc", "SNII", "SLSN"]
    surveys, bands = whole("alerce_tap.sid_lut"), whole("alerce_tap.band")
    assert [str(name) for name in surveys["survey_name"]] == ["ZTF", "LSST DIA Object", "LSST SS Object"]
    assert dict(zip(map(str, bands["band_name"]), bands["band"].tolist())) == {
        "u": 6, "g": 1, "r": 2, "i": 3, "z": 4, "y": 5}
    assert set(whole("alerce_tap.probability")["classifier_version"].tolist()) == {201, 202}
    stars = whole("alerce_tap.object")
    assert set(stars["sid"].tolist()) == {0, 1, 2}
    assert (stars["sid"] > 0).sum() == len(synthetic.truth.lsst_objects)


@pytest.mark.parametrize("table", ["object", "detection", "forced_photometry", "lsst_detection",
                                   "lsst_forced_photometry", "lsst_dia_object", "probability", "xmatch",
                                   "allwise", "gaiadr3_source"])
def test_columns_are_the_services(shared_data, tap, table):
    """Names, order, types, units and indexes as ALeRCE's TAP_SCHEMA prints them."""
    with open(shared_data / "alerce" / "tap_schema_columns.csv", newline="") as stream:
        real = [row for row in csv.DictReader(stream) if row["table_name"] == f"alerce_tap.{table}"]
    mine = tap.search("SELECT column_name, datatype, unit, indexed FROM tap_schema.columns WHERE "
                      f"table_name = 'alerce_tap.{table}' ORDER BY column_index").to_table()
    assert [(str(row["column_name"]), str(row["datatype"]), listed(mine["unit"])[number] or "", row["indexed"])
            for number, row in enumerate(mine)] == [
                (row["column_name"], row["datatype"], row["unit"], int(row["indexed"])) for row in real]


def test_examples(tap):
    assert [len(tap.search(example["QUERY"])) > 0 for example in tap.examples] == [True, True]


def test_log_and_faults(synthetic):
    """TAP is a service of the sandbox as others are."""
    before = len(synthetic.requests)
    synthetic.faults = [{"path": "/tap/sync", "status": 503, "times": 1}]
    question = {"LANG": "ADQL", "QUERY": "SELECT TOP 1 oid FROM ztf.object", "FORMAT": "csv"}
    try:
        replies = [requests.get(f"{synthetic.url}/tap/sync", question, timeout=30) for _ in range(2)]
    finally:
        synthetic.faults = []
    assert [reply.status_code for reply in replies] == [503, 200]
    assert [(entry["path"], entry["status"]) for entry in synthetic.requests[before:]] == [
        ("/tap/sync", 503), ("/tap/sync", 200)]


def test_a_sandbox_without_tap_loads_no_database():
    code = ("import sys; from astroquery_brokers.sandbox.server import SERVICES; assert '/tap' in SERVICES; "
            "print([name for name in ('duckdb', 'sqlglot', 'astropy') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_end_is_quiet(tmp_path):
    """Queries that still run do not keep the server from ending."""
    command = [sys.executable, "-m", "astroquery_brokers.sandbox", "--n-objects", "40"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "TMPDIR": str(tmp_path)})
    try:
        url = json.loads(process.stdout.readline())["url"]
        slow = "SELECT SUM(a.mjd * b.mjd + c.mjd) AS x FROM ztf.detection AS a, ztf.detection AS b, ztf.detection AS c"
        for query in (slow, "SELECT COUNT(*) AS n FROM ztf.object"):
            reply = requests.post(f"{url}/tap/async", {"LANG": "ADQL", "PHASE": "RUN", "QUERY": query}, timeout=30)
        for _ in range(50):
            if "COMPLETED" in requests.get(reply.url, params={"WAIT": 1}, timeout=30).text:
                break
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=15)
    finally:
        process.kill()
    assert (process.returncode, errors.decode()) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_no_table_is_forgotten(tap):
    assert set(TABLES) <= set(tap.tables.keys())
