# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ids and positions from files and standard input."""

import io
import json
import sys

import pytest
from astropy.table import Table

from astroquery_brokers import Alerce
from astroquery_brokers.tables.files import write_table


@pytest.fixture
def cone(box):
    """A few objects."""
    return Alerce.query_region("185 15", "10 arcmin")


@pytest.fixture
def stdin(monkeypatch):
    """Give standard input some bytes."""
    def give(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    return give


def ids(ran):
    assert (ran.status, ran.errors) == (0, "")
    return ran.lines[1:]


SHOW = ("--format", "csv", "--columns", "oid")


@pytest.mark.parametrize("name", ["t.vot", "t.fits", "t.parquet", "t.csv", "t.ecsv", "t.vot.gz"])
def test_ids_from_a_table_of_any_format(run, cone, tmp_path, name):
    write_table(cone, tmp_path / name)
    assert ids(run("object", "--from", tmp_path / name, *SHOW)) == list(cone["oid"])


@pytest.mark.parametrize("text", ["{0}\n{1}\n", "# ids\n\n{0}\n  {1}  \n", "oid\n{0}\n{1}", "{0}\r\n{1}\r\n",
                                  "ra,oid\n1.5,{0}\n2.5,{1}\n", "\ufeffobjectId,x\n{0},\n{1},3\n", "name\n{0}\n{1}\n"])
def test_ids_from_text(run, cone, tmp_path, text):
    path = tmp_path / "ids.txt"
    path.write_bytes(text.format(*cone["oid"][:2]).encode())
    column = ["--column", "name"] if text.startswith("name") else []
    assert ids(run("object", "--from", path, *column, *SHOW)) == list(cone["oid"][:2])


def test_ids_from_standard_input_and_the_command_line(run, cone, stdin):
    for words in (["-"], ["--from", "-"]):
        stdin("\n".join(cone["oid"][1:3]).encode())
        assert ids(run("object", *words, *SHOW)) == list(cone["oid"][1:3])
    stdin(cone["oid"][1].encode())
    assert ids(run("object", cone["oid"][0], "-", *SHOW)) == list(cone["oid"][:2])


def test_64_bit_ids_stay_exact(run, box, tmp_path):
    path = tmp_path / "ids.fits"
    Table({"diaObjectId": [2**62 + 1]}).write(path)
    ran = run("object", "--from", path, "--payload")
    assert ran.status == 0 and json.loads(ran.output)["params"]["oid"] == str(2**62 + 1)
    ran = run("object", "--from", path)
    assert ran.status == 1 and f"no object {2**62 + 1}." in ran.errors
    Table({"diaObjectId": [1.5e18]}).write(path, overwrite=True)
    assert "cannot be ids" in run("object", "--from", path).errors


def test_cones_from_a_table_tell_which_position_is_meant(run, cone, tmp_path):
    write_table(cone, tmp_path / "t.vot")
    ran = run("cone", "--from", tmp_path / "t.vot", "2arcsec", "--format", "csv", "--columns", "query_index,oid")
    assert ids(ran) == [f"{index},{oid}" for index, oid in enumerate(cone["oid"])]


@pytest.mark.parametrize("text, options", [
    ("185 15\n185.1 15.1\n", []), ("# two\n185,15\n185.1,15.1\n", []),
    ("12h20m00s +15d00m00s\n12h20m24s +15d06m00s\n", []), ("12:20:00 15:00:00\n12:20:24 15:06:00\n", []),
    ("name,RA,DEC\na,185,15\nb,185.1,15.1\n", []), ("a,b,c\n185,x,15\n185.1,y,15.1\n", ["--column", "a,c"]),
    ("name,ra,dec\na,12:20:00,15:00:00\nb,12:20:24,15:06:00\n", []),
    ("270.259819251 75.837208190\n270.400115648 75.971961177\n", ["--frame", "galactic"])])
def test_positions_from_text(run, box, tmp_path, stdin, text, options):
    words = ("1arcmin", "--payload", *options)
    (tmp_path / "t.txt").write_text(text)
    sent = json.loads(run("cone", "--from", tmp_path / "t.txt", *words).text)
    stdin(text.encode())
    assert json.loads(run("cone", "-", *words).text) == sent
    for one, (ra, dec) in zip(sent, [(185, 15), (185.1, 15.1)], strict=True):
        assert float(one["params"]["ra"]) == pytest.approx(ra, abs=1e-5)
        assert float(one["params"]["dec"]) == pytest.approx(dec, abs=1e-5)


def test_masked_positions_are_left_out(run, box, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("ra,dec\n185,15\n,16\n187,17\n")
    sent = json.loads(run("cone", "--from", path, "1arcmin", "--payload").text)
    assert [one["params"]["ra"] for one in sent] == ["185.0", "187.0"]


@pytest.mark.parametrize("content, words, fix", [
    (b"", "object -", "standard input is empty"),
    (b"a,b\n1,2\n", "object -", "--column NAME. Columns: a, b."),
    (b"oid,b\nx,2\n", "object - --column ooid", "Did you mean 'oid'?"),
    (b"oid\nZTF20aaelulu\n", "object - --column ooid", "Did you mean 'oid'?"),
    (b"a,b\n1,2\n", "cone - 1arcmin", "--column RA,DEC. Columns: a, b."),
    (b"ra,dec\n1,2\n", "cone - 1arcmin --column ra", "must name two columns"),
    (b"ra,dec\n1,2\n", "cone - 1arcmin --column ra,dc", "Did you mean 'dec'?"),
    (b"ra,dec\nhere,there\n", "cone - 1arcmin", "do not hold positions"),
    (b"ra,dec\n1,100\n", "cone - 1arcmin", "do not hold positions"),
    (b"185 15\n185 95\n", "cone - 1arcmin", "-90 to 90"),
    (b"<html><body>no</body></html>", "object -", "an HTML page"),
    (b"\x89PNG\r\n\x00\xff", "object -", "binary data"),
    (b"ZTF20aaelulu\nnonsense\n", "object -", "'nonsense' is not an object id")])
def test_mistakes(run, box, stdin, content, words, fix):
    before = len(box.requests)
    stdin(content)
    ran = run(*words.split())
    assert ran.status == 2 and ran.output == b"" and len(ran.errors.splitlines()) == 1
    assert fix in ran.errors and len(box.requests) == before
