# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Results on terminals, on pipes and in files."""

import io
import os
import pty
import shutil
import subprocess
import sys

import numpy as np
import pytest

from astroquery_brokers import Alerce
from astroquery_brokers.cli import main
from astroquery_brokers.tables.files import FORMATS, read_table

CONE = ("cone", "185.0", "15.0", "10arcmin")


@pytest.fixture
def cone(box):
    """What the questions of this module give."""
    return Alerce.query_region("185 15", "10 arcmin")


def check_equal(table, expected):
    """The same names, values, masks and dtypes."""
    assert table.colnames == expected.colnames and len(table) == len(expected) > 0
    for name in table.colnames:
        mask = np.ma.getmaskarray(expected[name])
        assert np.array_equal(np.ma.getmaskarray(table[name]), mask), name
        assert table[name].dtype.kind == expected[name].dtype.kind, name
        if table[name].dtype.kind != "U":
            assert table[name].dtype == expected[name].dtype, name
        assert np.array_equal(np.asarray(table[name])[~mask], np.asarray(expected[name])[~mask]), name


@pytest.mark.parametrize("format", [name for name in FORMATS if name not in ("csv", "table")])
def test_every_format_reads_back_equal(run, cone, tmp_path, format):
    ending = {"votable": "vot"}.get(format, format)
    for words in (["-o", tmp_path / f"t.{ending}"], ["-o", tmp_path / "t.dat", "--format", format]):
        path = words[1]
        path.write_text("old")
        ran = run(*CONE, *words)
        assert (ran.status, ran.output) == (0, b"")
        assert ran.errors == f"astroquery-brokers: wrote {len(cone)} rows, {len(cone.colnames)} columns to {path}\n"
        check_equal(read_table(path), cone)
        assert [item for item in os.listdir(tmp_path) if item.endswith(".part")] == []
    assert any(np.ma.getmaskarray(cone[name]).any() for name in cone.colnames)
    piped = run(*CONE, "--format", format)
    assert (piped.status, piped.errors) == (0, "")
    check_equal(read_table(io.BytesIO(piped.output)), cone)


def test_csv(run, cone):
    ran = run(*CONE, "--format", "csv")
    assert ran.lines[0].split(",") == cone.colnames
    table = read_table(io.BytesIO(ran.output))
    assert list(table["oid"]) == list(cone["oid"])
    assert np.array_equal(table["separation"], np.asarray(cone["separation"]))
    assert table["class"].mask.all()


def test_a_pipe_gets_a_votable(run, cone):
    ran = run(*CONE)
    assert ran.output.startswith(b"<?xml")
    check_equal(read_table(io.BytesIO(ran.output)), cone)


def test_a_readable_table_on_a_pipe_is_complete(run, box):
    everything = run("objects", "--row-limit", "-1", "--format", "table")
    count = len(Alerce.query_objects(row_limit=-1))
    assert sum(line.startswith("ZTF") for line in everything.lines) == count > 100
    assert "..." not in everything.text and "+ " not in everything.text


def test_columns_come_as_asked(run, cone):
    ran = run(*CONE, "--columns", "ndet,oid", "--sort", "ndet", "--format", "csv")
    assert ran.lines[0] == "ndet,oid"
    numbers = [int(line.partition(",")[0]) for line in ran.lines[1:]]
    assert numbers == sorted(cone["ndet"].tolist())


def on_terminal(start, *words):
    """What a terminal with 60 columns shows, and the exit status."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = start(*words, stdout=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return shown.decode().replace("\r\n", "\n"), process.wait(60), process.stderr.read().decode()


def test_a_terminal_gets_a_readable_table(start, cone, at_box):
    shown, status, errors = on_terminal(start, *at_box, *CONE)
    assert (status, errors) == (0, "")
    lines = shown.splitlines()
    assert lines[0].startswith(f"ALeRCE ZTF query_region: {len(cone)} rows")
    assert max(map(len, lines)) <= 60 and len(lines) <= 20
    assert all(oid in shown for oid in cone["oid"])
    assert "pprint_all" not in shown


def test_a_terminal_is_spared_binary_files(start, at_box, box):
    before = len(box.requests)
    shown, status, errors = on_terminal(start, *at_box, *CONE, "--format", "fits")
    assert (shown, status) == ("", 2)
    assert "--format fits is binary and not for a terminal; give -o FILE, or a pipe." in errors
    assert len(box.requests) == before


def test_a_closed_pipe_is_silent(start, at_box, box):
    process = start(*at_box, "objects", "--row-limit", "-1")
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 141


def test_stilts_reads_the_pipe(start, at_box, cone):
    if shutil.which("stilts") is None:
        pytest.skip("stilts is not installed")
    process = start(*at_box, *CONE)
    done = subprocess.run(["stilts", "tpipe", "in=-", "ifmt=votable", "ofmt=csv", "cmd=keepcols oid"],
                          stdin=process.stdout, capture_output=True, text=True, timeout=100)
    assert done.stdout.split() == ["oid", *cone["oid"]], done.stderr
    assert process.wait(60) == 0


def test_messages_cannot_steer_the_terminal(run, box, showpiece):
    box.faults = [dict(path="*/detections", status=500, body="\x1b[2J\x07 down")]
    ran = run("detections", showpiece, "--cache", "off")
    assert ran.status == 3 and "down" in ran.errors
    assert all(one.isprintable() for one in ran.errors.rstrip("\n"))


def test_a_terminal_with_few_characters(run, box, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    stream.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "40")
    assert main(list(CONE)) == 0
    assert b"ZTF24abuwikp" in stream.buffer.getvalue()
