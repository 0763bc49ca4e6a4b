# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What must not be lost, said or left behind, whatever the command line meets."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from astroquery_brokers.alerce import conf
from astroquery_brokers.cli import main

IDS = ("ZTF24abuwikp", "ZTF20aaelulu")


def refused(ran, *told):
    assert (ran.status, ran.output) == (2, b"")
    line, = ran.errors.splitlines()
    assert line.startswith("astroquery-brokers: error: ")
    for text in told:
        assert text in line
    return line


@pytest.fixture
def stdin(monkeypatch):
    """Give standard input some bytes."""
    def give(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    return give


@pytest.mark.parametrize("text", ["{0}\n{1}\n", "{0} # the first\n#\n{1}\t# the second\n", "# two\noid\n{0}\n{1} #\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_no_id_is_lost(run, box, tmp_path, stdin, text, packed):
    content = text.format(*IDS).encode()
    content = gzip.compress(content) if packed else content
    (tmp_path / "ids").write_bytes(content)
    stdin(content)
    for source in (tmp_path / "ids", "-"):
        ran = run("detections", "--from", source, "--payload")
        assert (ran.status, ran.errors) == (0, "")
        assert [one["url"].split("/")[-2] for one in json.loads(ran.text)] == list(IDS)


@pytest.mark.parametrize("text", ["185 15\n185.1 15.1\n", "ra,dec\n185,15\n185.1,15.1\n",
                                  "185 15 # M 1\n185.1 15.1 # M 2\n"])
def test_positions_compressed_and_with_notes(run, box, stdin, text):
    stdin(gzip.compress(text.encode()))
    sent = json.loads(run("cone", "-", "1arcmin", "--payload").text)
    assert [one["params"]["ra"] for one in sent] == ["185.0", "185.1"]


@pytest.mark.parametrize("words, content, told", [
    ("object -", f"{IDS[0]},5\n{IDS[1]},6\n", [repr(IDS[0]), "put a line of names first"]),
    ("object -", "# nothing\n", ["standard input holds nothing but comments"]),
    ("cone - 1arcmin", "# nothing\n \n", ["standard input holds nothing but comments"]),
    ("cone - 1arcmin", "185 15\n400 15\n", ["standard input: '400 15'", "0 to 360"]),
    ("cone - 1arcmin", "-3 15\n", ["'-3 15'", "0 to 360"]),
    ("cone - 1arcmin", "185 15\n185 nan\n", ["'185 nan'", "-90 to 90"]),
    ("cone - 1arcmin --frame galactic", "-3 15\n185 inf\n", ["'185 inf'"]),
    ("cone - 1arcmin", "ra,dec\n185,15\n,\n400,15\n", ["the columns ra and dec", "row 3 has 400 and 15"]),
    ("cone - 1arcmin", "ra,dec\n185,15\n185,inf\n", ["row 2 has 185 and inf"])])
def test_what_a_file_holds_is_not_guessed(run, box, stdin, words, content, told):
    stdin(content.encode())
    refused(run(*words.split()), *told)


def test_a_longitude_may_be_negative(run, box, stdin):
    stdin(b"-89.7 75.8\n")
    ran = run("cone", "-", "1arcmin", "--frame", "galactic", "--payload")
    assert (ran.status, ran.errors) == (0, "")


def test_only_the_first_table_of_a_file_is_read(run, box, stdin):
    table = ('<TABLE><FIELD name="oid" datatype="char" arraysize="*"/><DATA><TABLEDATA><TR><TD>{}</TD></TR></TABLEDATA>'
             '</DATA></TABLE>')
    tables = "".join(map(table.format, IDS))
    stdin(f'<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE>{tables}</RESOURCE></VOTABLE>'
          .encode())
    ran = run("object", "-", "--payload")
    assert ran.errors == "astroquery-brokers: warning: standard input holds 2 tables; only the first is read.\n"
    assert ran.status == 0 and IDS[0] in ran.text and IDS[1] not in ran.text


def test_damaged_compression(run, box, stdin):
    stdin(gzip.compress("\n".join(IDS).encode())[:-9])
    refused(run("object", "-"), "standard input is compressed by gzip, but damaged")


def test_a_figure_that_cannot_be_drawn_takes_nothing_along(run, box, showpiece, tmp_path, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    (tmp_path / "figure.png").write_bytes(b"of yesterday")
    monkeypatch.setenv("PATH", str(tmp_path))  # where there is no TeX
    with matplotlib.rc_context({"text.usetex": True}):
        ran = run("lightcurve", showpiece, "-o", tmp_path / "curve.csv", "--plot", tmp_path / "figure.png")
    assert ran.status == 2 and "figure.png: the figure cannot be drawn: " in ran.errors.splitlines()[-1]
    assert (tmp_path / "curve.csv").read_text().count(showpiece) > 10
    assert (tmp_path / "figure.png").read_bytes() == b"of yesterday"


def test_a_figure_and_a_table_do_not_share_a_file(run, box, showpiece, tmp_path):
    pytest.importorskip("matplotlib")
    before = len(box.requests)
    other = os.path.join(tmp_path, ".", "x.svg")
    refused(run("lightcurve", showpiece, "--format", "csv", "-o", other, "--plot", tmp_path / "x.svg"), "both name")
    refused(run("lightcurve", showpiece, "--plot", tmp_path / "x.pgf"), "Allowed: png, pdf, svg")
    refused(run("lightcurve", showpiece, "-o", tmp_path / f"{'x' * 260}.csv"), "the name is too long")
    assert len(box.requests) == before and not list(tmp_path.iterdir())


def test_a_file_that_is_read_only_stays(run, box, showpiece, tmp_path):
    before, path = len(box.requests), tmp_path / "precious.csv"
    path.write_bytes(b"oid")
    path.chmod(0o444)
    refused(run("lightcurve", showpiece, "-o", path), "precious.csv is read-only")
    assert len(box.requests) == before and path.read_bytes() == b"oid"


def test_a_pipe_stays_a_pipe(run, box, showpiece, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    ran = run("object", showpiece, "--format", "csv", "--columns", "oid", "-o", tmp_path / "pipe")
    assert ran.status == 0 and os.read(reader, 1000).decode() == f"oid\n{showpiece}\n"
    os.close(reader)
    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]


@pytest.mark.parametrize("module, extra, words", [
    ("matplotlib", "plot", "demo --outdir {0}/demo"), ("pyarrow", "parquet", "object {1} --format parquet"),
    ("pyarrow", "parquet", "object {1} -o {0}/x.vopq"), ("pyarrow", "parquet", "object {1} -o {0}/x.parquet.gz"),
    ("matplotlib", "plot", "lightcurve {1} --plot {0}/x.png")])
def test_what_is_not_installed_is_named_before_anything_is_asked(run, box, tmp_path, monkeypatch, module, extra, words):
    monkeypatch.setitem(sys.modules, module, None)
    before = len(box.requests)
    refused(run(*words.format(tmp_path, IDS[0]).split()), f"needs {module}: ", f'"astroquery_brokers[{extra}]"')
    assert len(box.requests) == before and not list(tmp_path.iterdir())


SECRET = "s3cr3t"


def test_passwords_are_not_told(run):
    ran = run("--set", f"ztf_url=http://me:{SECRET}@broker.example/v1", "object", IDS[0], "--payload")
    assert json.loads(ran.text)["url"] == f"http://REDACTED@broker.example/v1/objects/{IDS[0]}"
    for value in (f"me:{SECRET}@host", f"http://me:pa/{SECRET}@host/x"):
        with conf.set_temp("ztf_url", value):
            assert SECRET not in run("config").text


@pytest.mark.parametrize("setting", [
    f"ztf_url=http://me:{SECRET}@[bad/x", f"ztf_url=me:{SECRET}@host", f"ztf_url=http://me:pa/{SECRET}@host/x",
    f"ztf_url=http://{SECRET}:x@host:port", "ztf_url=", f"timeout=http://me:{SECRET}@host", f"http://me:{SECRET}@host",
    f"http://me:{SECRET}@host?x=1"])
def test_wrong_settings_are_not_told_with_passwords(run, setting):
    assert SECRET not in refused(run("--set", setting, "object", IDS[0]), "--set: ")


PROGRAM = f"{sys.executable} -m astroquery_brokers.cli"


@pytest.mark.parametrize("words, status, output", [
    ("surveys --format csv <&-", 0, b"survey,"), ("surveys --format csv >&-", 0, b""), ("obejct 2>&-", 2, b"")])
def test_standard_streams_may_be_closed(words, status, output):
    done = subprocess.run(f"{PROGRAM} {words}", shell=True, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, b"")
    assert done.stdout.startswith(output) and bool(done.stdout) == bool(output)


def test_nobody_listens_to_messages(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", buffering=1) as deaf:
        monkeypatch.setattr(sys, "stderr", deaf)
        assert main(["obejct"]) == 2
        assert main(["obejct"]) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device /dev/full")
def test_standard_output_is_full(start):
    with open("/dev/full", "wb") as full:
        process = start("surveys", stdout=full)
        assert process.wait(30) == 2
    assert process.stderr.read() == (b"astroquery-brokers: error: standard output cannot be written: No space left on "
                                     b"device.\n")


def test_a_terminal_without_the_characters(run, monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    with conf.set_temp("survey", "ztf…"):
        assert main(["config"]) == 0
    assert b"survey = ztf?\n" in out.buffer.getvalue()


def test_a_signal_leaves_nothing_behind(start, tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = start("--sandbox", "object", "-", stdin=subprocess.PIPE, env=environment)
    give_up = time.monotonic() + 30
    while not list(tmp_path.glob("*/*")) and time.monotonic() < give_up:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 128 + signal.SIGTERM
    assert process.stderr.read() == b"astroquery-brokers: interrupted\n"
    assert not list(tmp_path.iterdir())


def test_the_place_of_an_option_is_told_for_the_command_that_was_given(run):
    refused(run("--sandbox", "--alerts", "folder", "object", IDS[0]), "as in: astroquery-brokers object --alerts")
