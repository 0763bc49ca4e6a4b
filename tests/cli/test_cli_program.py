# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The program itself: help, start-up, completion, settings, the sandbox."""

import signal
import subprocess
import sys

import pytest

from astroquery_brokers import Alerce, __version__
from astroquery_brokers.alerce import conf
from astroquery_brokers.cli.brokers import Broker, broker_names
from astroquery_brokers.cli.parser import parser_for

_, COMMANDS = parser_for(Broker("alerce"))


def test_the_commands_are_these():
    assert set(COMMANDS) >= {
        "cone", "object", "objects", "lightcurve", "detections", "non-detections", "forced-photometry", "probabilities",
        "features", "columns", "capabilities", "surveys", "sandbox", "cache", "config", "demo", "completion"}


def test_help_of_the_program(run):
    ran = run("--help")
    assert (ran.status, ran.errors) == (0, "")
    assert all(f"\n    {name} " in ran.text for name in COMMANDS)
    assert "examples:\n" in ran.text
    assert run("-h").output == ran.output


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_of_each_command(run, name):
    ran = run(name, "--help")
    assert (ran.status, ran.errors) == (0, "")
    assert ran.lines[0].startswith(f"usage: astroquery-brokers {name} [options]")
    assert f"examples:\n  astroquery-brokers {name}" in ran.text or f" {name}\n" in ran.text.partition("examples:")[2]
    assert "None" not in ran.text.replace("may be None", "")


def test_examples_of_the_help_are_understood(run, box, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    oid = Alerce.query_objects(row_limit=-1)[0]["oid"]
    (tmp_path / "ids.txt").write_text(f"{oid}\n")
    (tmp_path / "mytargets.vot").write_bytes(b"RA,DEC\n185,15\n")
    for name in Broker("alerce").verbs:
        lines = [line for line in run(name, "--help").lines if line.startswith("  astroquery-")]
        for _, *words in (line.partition("|")[0].split() for line in lines):
            words = [word.strip("'") for word in words if word != "--sandbox"]
            words = [oid if word == "ZTF20aaelulu" else word for word in words]
            ran = run(*words, "--payload")
            assert (ran.status, ran.errors) == (0, ""), words


def test_version(run):
    assert run("--version").text == f"astroquery-brokers {__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["cone", "--help"], ["obejct"], ["objects", "--ndet", "x"]])
def test_help_and_typos_need_no_astropy(words):
    code = ("import sys; from astroquery_brokers.cli import main; main(sys.argv[1:]); "
            "print('LOADED', *{name.partition('.')[0] for name in sys.modules})")
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.partition("LOADED")[2].split())
    assert loaded and not {"numpy", "astropy", "astroquery", "requests", "yaml", "matplotlib", "shtab"} & loaded
    assert "astroquery_brokers" in loaded


def test_a_new_broker_needs_no_more_than_its_description(tmp_path, monkeypatch):
    from astroquery_brokers.cli import brokers

    for name in ("alerce", "newone"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "verbs.json").write_text(
            (brokers._ROOT / "alerce" / "verbs.json").read_text().replace("ALeRCE", name.title()).replace(
                "query_magstats", "query_alert_statistics"))
    monkeypatch.setattr(brokers, "_ROOT", tmp_path)
    assert broker_names() == ["alerce", "newone"]
    parser, commands = parser_for(Broker("newone"))
    assert "alert-statistics" in commands and "commands (Newone):" in parser.format_help()


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion(run, shell):
    pytest.importorskip("shtab")
    ran = run("completion", shell)
    assert (ran.status, ran.errors) == (0, "")
    for word in ("forced-photometry", "row-limit", "parquet", "refresh", "galactic"):
        assert word in ran.text


@pytest.mark.parametrize("words, offered", [
    ("co", {"cone", "columns", "config", "completion"}), ("cone --fo", {"--format"}),
    ("cone --format v", {"votable"}), ("cache ", {"info", "clear"}), ("columns det", {"detections"})])
def test_bash_completes(run, words, offered):
    pytest.importorskip("shtab")
    script = run("completion", "bash").text
    script += ("\nCOMP_WORDS=(astroquery-brokers " + (words if not words.endswith(" ") else words + "''") + ")\n"
               "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_shtab_astroquery_brokers\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30)
    assert {word.strip() for word in done.stdout.split()} >= offered, done.stderr


def test_config_tells_the_settings_and_where_they_are(run):
    ran = run("config")
    assert "astroquery_brokers.cfg" in ran.lines[0] and ran.lines[1] == "[alerce]"
    for name in conf:
        assert f"{name} = {getattr(conf, name)}" in ran.lines
    with conf.set_temp("timeout", 7.0):
        lines = run("config").lines
    assert lines[lines.index("timeout = 7.0") - 1].endswith("Default: 60.0")
    assert "row_limit = 5" in run("config", "--set", "row_limit=5").lines


def test_what_config_prints_is_a_configuration_file(run, tmp_path):
    from configparser import ConfigParser

    parser = ConfigParser(interpolation=None)
    parser.read_string(run("config").text)
    assert parser["alerce"]["max_wait"] == "600.0"


def test_a_sandbox_for_one_command_leaves_the_cache_alone(run):
    before = run("cache", "info").lines[1:3]
    ran = run("cone", "185", "15", "10arcmin", "--sandbox", "--format", "csv", "--columns", "oid")
    assert ran.status == 0 and len(ran.lines) > 5
    assert run("cache", "info").lines[1:3] == before


def test_real_alerts_for_one_command(run, shared_data):
    ran = run("objects", "--alerts", shared_data / "ztf", "--format", "csv", "--columns", "oid")
    assert ran.status == 0 and all(line.startswith("ZTF") for line in ran.lines[1:]) and len(ran.lines) > 1


def test_the_sandbox_tells_how_to_ask_it(start, run):
    process = start("sandbox", "--port", "0", "--n-objects", "5", "--seed", "3")
    told = []
    for line in process.stdout:
        told.append(line.decode())
        if "Ctrl-C" in told[-1]:
            break
    command = next(line for line in told if line.strip().startswith("astroquery-brokers --set"))
    options = command.split()[1:-2]
    ran = run(*options, "objects", "--format", "csv", "--columns", "oid", "--cache", "off")
    assert ran.status == 0 and len(ran.lines) == 6
    port = told[0].split(":")[2].partition("/")[0]
    taken = run("sandbox", "--port", port)
    assert (taken.status, taken.errors) == (
        2, f"astroquery-brokers: error: --port {port} is in use; choose another, or 0 for a free one.\n")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
