# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Every command gives what its verb gives."""

import json
import warnings

import numpy as np
import pytest
from astroquery.exceptions import MaxResultsWarning

from astroquery_brokers import Alerce
from astroquery_brokers.tables.files import read_table


def same(path, expected):
    table = read_table(path)
    assert table.colnames == expected.colnames and len(table) == len(expected) > 0
    for name in table.colnames:
        got, want = table[name], expected[name]
        assert got.dtype.kind == want.dtype.kind, name
        if got.dtype.kind in "SU":  # empty text comes back masked
            got, want = np.ma.MaskedArray(got).filled(""), np.ma.MaskedArray(want).filled("")
        assert np.array_equal(np.ma.getmaskarray(got), np.ma.getmaskarray(want)), name
        assert [list(one) if np.ndim(one) else str(one) for one in got] == \
            [list(one) if np.ndim(one) else str(one) for one in want], name


@pytest.mark.parametrize("line, ask", [
    ("cone 185.0 15.0 10arcmin", lambda one: Alerce.query_region("185.0 15.0", "10 arcmin")),
    ("cone 185.0 15.0 10 arcmin --row-limit 2 --ndet 2..500",
     lambda one: Alerce.query_region("185.0 15.0", "10 arcmin", row_limit=2, ndet=(2, 500))),
    ("cone {one} 30arcmin", lambda one: Alerce.query_region(one, "30 arcmin")),
    ("object {one}", lambda one: Alerce.query_object(one)),
    ("objects --ndet 20.. --row-limit 7 --order-by ndet --order-mode DESC",
     lambda one: Alerce.query_objects(ndet=20, row_limit=7, order_by="ndet", order_mode="DESC")),
    ("objects --firstmjd 2019-01-01..2020-01-01 --sort lastmjd",
     lambda one: Alerce.query_objects(firstmjd=(58484, 58849), sort="lastmjd")),
    ("objects {one}", lambda one: Alerce.query_objects(one)),
    ("lightcurve {one}", lambda one: Alerce.query_lightcurve(one)),
    ("detections {one}", lambda one: Alerce.query_detections(one)),
    ("non-detections {one}", lambda one: Alerce.query_non_detections(one)),
    ("forced-photometry {one}", lambda one: Alerce.query_forced_photometry(one)),
    ("probabilities {one} --classifier stamp_classifier",
     lambda one: Alerce.query_probabilities(one, classifier="stamp_classifier")),
    ("features {one} --fid 0", lambda one: Alerce.query_features(one, fid=0)),
    ("feature Multiband_period {one}", lambda one: Alerce.query_feature(one, "Multiband_period")),
    ("magstats {one}", lambda one: Alerce.query_magstats(one)),
    ("classifiers", lambda one: Alerce.query_classifiers()),
    ("columns detections", lambda one: Alerce.list_columns("query_detections")),
    ("capabilities", lambda one: Alerce.capabilities()),
    ("surveys", lambda one: Alerce.list_surveys())])
def test_commands(run, box, showpiece, tmp_path, line, ask):
    path = tmp_path / "table.ecsv"
    ran = run(*line.format(one=showpiece).split(), "-o", path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MaxResultsWarning)
        expected = ask(showpiece)
    assert (ran.status, ran.output) == (0, b"")
    assert ran.errors.endswith(f"astroquery-brokers: wrote {len(expected)} row{'s' * (len(expected) != 1)}, "
                               f"{len(expected.colnames)} columns to {path}\n")
    same(path, expected)


def test_classes(run, box):
    first = Alerce.query_classifiers()[0]
    ran = run("classes", first["classifier_name"], first["classifier_version"], "--format", "csv", "--columns", "name")
    assert ran.lines == ["name", *first["classes"]]


@pytest.mark.parametrize("line", ["185 15 10arcmin", "'185 15' 10 arcmin", "12h20m00s +15d00m00s 0.1666666666666667deg",
                                  "12:20:00 +15:00:00 600arcsec", "185,15 10'", "J122000+150000 10arcmin",
                                  "--frame galactic 270.25981925 75.83720819 10arcmin", "--frame fk5 185 15 0d10m"])
def test_forms_of_positions(run, box, line):
    words = [word.strip("'") if " " in word else word for word in
             (["185 15", "10 arcmin"] if line.startswith("'") else line.split())]
    ran = run("cone", *words, "--format", "csv", "--columns", "oid")
    assert (ran.status, ran.errors) == (0, "")
    assert ran.lines[1:] == list(Alerce.query_region("185 15", "10 arcmin")["oid"])


def test_negative_declinations_need_no_quotes(run, box):
    for words in (["10.5", "-20.25"], ["10.5 -20.25"], ["00h42m00s", "-20d15m00s"], ["00:42:00", "-20:15:00"]):
        payload = json.loads(run("cone", *words, "1deg", "--payload").text)
        assert float(payload["params"]["ra"]) == pytest.approx(10.5, abs=1e-9)
        assert float(payload["params"]["dec"]) == pytest.approx(-20.25, abs=1e-9)
    payload = json.loads(run("objects", "--ra", "0", "--dec", "-.5e1", "--radius", "3", "--payload").text)
    assert [float(payload["params"][name]) for name in ("dec", "radius")] == [-5.0, 3.0]


def test_the_payload_is_shown_and_not_sent(run, box, showpiece):
    before = len(box.requests)
    ran = run("--set", "ztf_url=https://u:pw@broker.example/v1", "object", showpiece, "--payload", "--no-progress")
    assert json.loads(ran.text)["url"].endswith(f"@broker.example/v1/objects/{showpiece}")
    assert (ran.status, ran.errors, len(box.requests)) == (0, "", before)


def test_common_options_stand_before_and_after(run, box, showpiece):
    for words in (["--set", "timeout=5", "-v", "object", showpiece, "--set", "retries=0"],
                  ["object", "--set", "timeout=5", showpiece, "--verbose", "--set", "retries=0", "--broker", "alerce"],
                  ["--broker=alerce", "--no-progress", "--set=timeout=5", "object", showpiece, "-v", "--progress"]):
        ran = run(*words, "--cache", "off", "--format", "csv", "--columns", "oid")
        assert ran.lines == ["oid", showpiece]
        assert f"{box.urls['alerce.ztf_url']}/objects/{showpiece}: HTTP 200, " in ran.errors
    lines = run("--set", "timeout=5", "config", "--set", "retries=0").lines
    assert "timeout = 5.0" in lines and "retries = 0" in lines


def test_the_cache_is_used_as_asked(run, box, showpiece):
    words = ("magstats", showpiece, "--format", "csv", "-v")
    for how, asked in (("refresh", 1), ("use", 0), ("only", 0), ("off", 1)):
        before = len(box.requests)
        ran = run(*words, "--cache", how)
        assert (ran.status, len(box.requests) - before) == (0, asked)
        assert ran.errors.endswith("from the cache\n") == (asked == 0)
    assert run("cache", "info").lines[1] != "entries = 0"
    assert run("cache", "clear").text.endswith(" replies of ALeRCE\n")
    assert run("cache", "info").lines[1] == "entries = 0"
    ran = run(*words, "--cache", "only")
    assert (ran.status, ran.output) == (3, b"")
    assert "--cache only forbids to ask. Ask once with --cache use." in ran.errors


def test_a_cut_result_says_so_in_words_of_the_shell(run, box):
    ran = run("objects", "--row-limit", "2", "--format", "csv", "--columns", "ndet,oid")
    assert ran.status == 0 and len(ran.lines) == 3 and ran.lines[0] == "ndet,oid"
    assert ran.errors == ("astroquery-brokers: warning: The result was cut at --row-limit 2; there are more rows. Pass "
                          "--row-limit -1 for all of them, or change the setting row_limit (--set row_limit=VALUE).\n")


@pytest.mark.parametrize("ending, start", [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_figures(run, box, showpiece, tmp_path, ending, start):
    path = tmp_path / f"curve.{ending}"
    ran = run("lightcurve", showpiece, "--plot", path, "--format", "csv", "--columns", "mjd")
    assert ran.status == 0 and len(ran.lines) == len(Alerce.query_lightcurve(showpiece)) + 1
    assert ran.errors == f"astroquery-brokers: wrote {path}\n"
    assert path.read_bytes().startswith(start)
