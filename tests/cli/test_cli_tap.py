# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Queries in ADQL on the command line."""

import io
import json

import pytest

from astroquery_brokers import Alerce
from astroquery_brokers.tables.files import read_table

QUERY = "SELECT TOP 5 oid, ndet, firstmjd FROM ztf.object WHERE ndet > 20 ORDER BY oid"

pytestmark = pytest.mark.usefixtures("box")


@pytest.mark.parametrize("more", [(), ("--async",)])
def test_a_query_gives_the_table_of_the_verb(run, tmp_path, more):
    expected = Alerce.query_tap(QUERY)
    ran = run("tap", QUERY, *more, "-o", tmp_path / "x.vot")
    assert ran.status == 0, ran.errors
    found = read_table(tmp_path / "x.vot")
    assert [found[name].tolist() for name in found.colnames] == [expected[name].tolist() for name in expected.colnames]
    assert (len(found), found["firstmjd"].unit) == (5, "d") and "wrote 5 rows, 3 columns" in ran.errors


def test_a_query_from_standard_input(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(QUERY))
    ran = run("tap", "-", "--format", "csv")
    assert ran.status == 0 and ran.lines[0] == "oid,ndet,firstmjd" and len(ran.lines) == 6


def test_tables_go_along(run, tmp_path):
    (tmp_path / "ids.csv").write_text("objectid,mark\nZTF24abuwikp,7\nZTF19ackzozm,8\n")
    ran = run("tap", "--upload", f"mine={tmp_path / 'ids.csv'}", "--format", "csv", "SELECT o.oid, u.mark FROM "
              "ztf.object AS o JOIN tap_upload.mine AS u ON o.oid = u.objectid ORDER BY u.mark")
    assert ran.status == 0 and ran.lines[1:] == ["ZTF24abuwikp,7", "ZTF19ackzozm,8"]


def test_maxrec_cuts_and_says_so(run):
    ran = run("tap", "SELECT oid FROM ztf.object", "--maxrec", "3", "--format", "csv")
    assert ran.status == 0 and len(ran.lines) == 4 and "maxrec=3" in ran.errors
    assert len(run("tap", "SELECT oid FROM ztf.object", "--maxrec", "-1", "--format", "csv").lines) == 301


def test_list_and_payload(run):
    lines = run("tap", "--list", "--format", "csv").lines
    assert lines[0].startswith("table,") and any(line.startswith("ztf.object,") for line in lines)
    sent = json.loads(run("tap", QUERY, "--payload").text)
    assert sent["params"]["QUERY"] == QUERY and sent["params"]["MAXREC"] == "10000"


@pytest.mark.parametrize("words, status, said", [
    (("SELECT oid FROM ztf.object WHERE ndet = -5",), 1, ""), (("SELECT nosuch FROM ztf.object",), 2, "nosuch"),
    ((), 2, "--list"), (("--list", QUERY), 2, "--list"), (("DROP TABLE ztf.object",), 2, "SELECT"),
    ((QUERY, "--upload", "ids.vot"), 2, "mine=ids.vot"), ((QUERY, "--upload", "mine=no.vot"), 2, "no.vot"),
    ((QUERY, "--set", "tap_url=http://127.0.0.1:9/tap", "--set", "retries=0", "--cache", "off"), 3, "")])
def test_exit_status(run, words, status, said):
    ran = run("tap", *words)
    assert (ran.status, said in ran.errors) == (status, True), ran.errors
