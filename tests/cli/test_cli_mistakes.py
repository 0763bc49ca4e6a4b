# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A typo in any argument of any command: one line that names the fix, status 2, and nothing is sent."""

import pytest

from astroquery_brokers.cli.brokers import Broker
from astroquery_brokers.cli.parser import parser_for

_BROKER = Broker("alerce")
_, _COMMANDS = parser_for(_BROKER)
_WORDS = {"cone": ["185", "15", "10arcmin"], "objects": [], "classes": ["stamp_classifier", "1.0"], "classifiers": [],
          "feature": ["g-r_max", "ZTF20aaelulu"],
          "catalogs": ["185", "15", "10arcmin"], "tap": ["SELECT TOP 1 oid FROM ztf.object"],
          "cache": ["info"], "completion": ["bash"],
          **dict.fromkeys(("columns", "capabilities", "surveys", "config", "sandbox", "demo"), ())}

# What breaks an option, and a part of the message.
_BROKEN = {"--broker": ("alercee", "mean alerce?"), "--set": ("timeot=5", "mean timeout?"),
           "--from": ("no.txt", "--from"),
           "--column": ("oidd", "--from FILE"), "--output": ("no/such.vot", "make it first"),
           "--sort": ("ooid", "is not a column"), "--columns": ("ooid", "is not a column"),
           "--plot": ("x.pgn", "mean png?"), "--alerts": ("no", "no such folder"), "--outdir": (__file__, "folder"),
           "--format": ("votabel", "mean votable?"), "--cache": ("of", "mean off?"),
           "--frame": ("galctic", "mean galactic?"),
           "--survey": ("zft", "mean ztf?"), "--order-mode": ("ACS", "mean ASC?"), "--route": ("tpa", "mean tap?"),
           "--fid": ("3", "Allowed: 0, 1, 2, 12"),
           "--upload": ("ids.vot", "mine=ids.vot"),
           "--service": ("avr", "mean avro?"), "--catalog": ("GAIADR3", "mean 'GAIADR2'?"),
           "packets --format": ("avor", "mean avro?"),
           "--port": ("80000", "65535"), "--order-by": ("ndett", "mean 'ndet'?")}
_BROKEN_BY_METAVAR = {"N": ("many", "whole number"), "N,M": ("1,many", "whole number"),
                      "X": ("half", "such as 0.5"), "TEXT": (" ", "empty"),
                      "MIN..MAX": ("ten..20", "whole number"), "FROM..TO": ("yesterday", "2024-05-01"),
                      "ANGLE": ("10arcmn", "arcmin")}


def _options():
    for name, command in _COMMANDS.items():
        for action in command._actions:
            if action.option_strings and action.nargs != 0:
                option = max(action.option_strings, key=len)
                broken = _BROKEN.get(f"{name} {option}") or _BROKEN.get(option)
                yield name, option, *(broken or _BROKEN_BY_METAVAR[action.metavar])


def words(name):
    return _WORDS.get(name, ["ZTF20aaelulu"])


def refused(ran, box, before, fix):
    assert ran.status == 2
    assert ran.output == b""
    line, = ran.errors.splitlines()
    assert line.startswith("astroquery-brokers: error: ")
    assert fix in line
    assert len(box.requests) == before


@pytest.mark.parametrize("name, option, value, fix", list(_options()))
def test_a_broken_value(run, box, tmp_path, monkeypatch, name, option, value, fix):
    monkeypatch.chdir(tmp_path)
    before = len(box.requests)
    refused(run(name, *words(name), option, value), box, before, fix)


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_misspelt_options(run, box, name):
    before = len(box.requests)
    for option in _COMMANDS[name].option_strings:
        if option.startswith("--"):
            wrong = option[:3] + option[4:] if len(option) > 6 else option + "x"
            refused(run(name, *words(name), wrong), box, before, f"there is no option {wrong}. Did you mean --")


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_a_misspelt_command(run, box, name):
    before = len(box.requests)
    wrong = name[:-2] + name[-1] + name[-2] + "x" * (len(name) > 3)
    refused(run(wrong), box, before, "Did you mean ")


@pytest.mark.parametrize("line, fix", [
    ("", "demo"), ("cone", "185.0 15.0 10arcmin"), ("cone 10arcmin", "position is missing"),
    ("cone 185 15", "the radius comes last"), ("cone 185 15 10", "10arcmin"), ("cone 185 15 10 arcmni", "arcmin"),
    ("cone 185 95 10arcmin", "-90 to 90"), ("cone 185 -95 10arcmin", "-90 to 90"), ("cone M31 10arcmin", "12h22m55s"),
    ("cone 185 15 200deg", "180deg"), ("cone --frame galactic x y 1deg", "120.5"), ("cone -5arcmin", "greater than 0"),
    ("object", "--from FILE"), ("object ZTF20", "ZTF20aaelulu"), ("object 12345678901", "ZTF20aaelulu"),
    ("magstats 123456789012345678", "no statistics per band of LSST"),
    ("object ZTF20aaelulu --format", "--format: expected one argument"), ("lightcurve", "--from FILE"),
    ("feature", "NAME"), ("feature g-r_max", "--from FILE"), ("classes", "CLASSIFIER_NAME"), ("classes a", "VERSION"),
    ("classes a b c", "'c' is one argument too many"), ("columns detektions", "mean detections?"),
    ("columns ztf_detection", "mean ztf_detections?"), ("cache", "ACTION"), ("cache clera", "mean clear?"),
    ("completion", "SHELL"), ("completion bsh", "mean bash?"), ("objects --ndet 20..10", "reversed"),
    ("objects --probability 2", "0 to 1"), ("objects --page 0", "--page 0 must be an integer from 1"),
    ("objects --row-limit 0", "--row-limit 0 asks for nothing; -1"), ("objects --firstmjd 2460000.5", "is it a JD?"),
    ("objects --ra 10", "--ra and --dec"), ("objects --ndet ..", "MIN..MAX"),
    ("--format csv object x", "after the command"),
    ("--sandbx cone 1 2 3deg", "mean --sandbox?"), ("--broker", "--broker: expected one argument"),
    ("--set ztf_url=nowhere object ZTF20aaelulu", "https://host/path"),
    ("--set timeout=-1 object ZTF20aaelulu", "greater than 0"), ("--set timeout object x", "ITEM=VALUE"),
    ("object ZTF20aaelulu -o x.foo", "--format"), ("object ZTF20aaelulu -o .", "name of a file"),
    ("object - --from x", "give one of them"), ("cone - 5deg --from x", "give one of them"),
    ("cone 1 2 5deg --from x", "give one of them")])
def test_other_mistakes(run, box, tmp_path, monkeypatch, line, fix):
    monkeypatch.chdir(tmp_path)
    before = len(box.requests)
    refused(run(*line.split()), box, before, fix)
