# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a newcomer stumbles over: typos in names, bare dates, lists of ids, the cache of a sandbox, examples."""

import shlex
import shutil
import sys

import numpy as np
import pytest
from astropy.time import Time

from astroquery_brokers import Alerce, sandbox
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.cli.brokers import Broker
from astroquery_brokers.cli.messages import in_shell_words
from astroquery_brokers.cli.parser import parser_for
from astroquery_brokers.cli.values import KINDS

CSV = ("--format", "csv", "--columns", "oid")
CONE = ("cone", "185", "15", "10arcmin")
_, COMMANDS = parser_for(Broker("alerce"))


# -- nothing came ---------------------------------------------------------------------------------------------------

def test_what_matched_nothing_is_named(run, box):
    ran = run(*CONE, "--classifier-version", "none", "--ndet", "2..3", *CSV)
    warning, hint = ran.errors.splitlines()
    assert (ran.status, ran.lines) == (1, ["oid"])
    assert warning.endswith("of 185.000000 +15.000000, --classifier-version none, --ndet 2..3.")
    assert hint == ("astroquery-brokers: the classifiers, with their versions and classes: astroquery-brokers "
                    "classifiers --survey ztf")
    assert "objects with --class-name SN, --ndet 99999." in run(
        "objects", "--class-name", "SN", "--ndet", "99999", *CSV).errors


@pytest.mark.parametrize("words, said", [
    ((*CONE, "--classifier", "stamp_clasifier"),
     "error: --classifier 'stamp_clasifier' is not known to ALeRCE. Did you mean 'stamp_classifier'? Allowed: LC_"),
    ((*CONE, "--class-name", "SNN"), "error: --class-name 'SNN' is not known to ALeRCE. Did you mean 'SN'? Allowed: "),
    ((*CONE, "--classifier", "stamp_classifier", "--class-name", "SNIa"),
     "error: --class-name 'SNIa' is not known to ALeRCE as a class of stamp_classifier. Did you mean 'SN'?")])
def test_unknown_classifiers_and_classes_are_mistakes(run, box, tmp_path, words, said):
    ran = run(*words, "-o", tmp_path / "t.vot")
    assert (ran.status, ran.output, list(tmp_path.iterdir())) == (2, b"", [])
    assert said in ran.errors and "with --class" not in ran.errors


def test_unknown_features_tell_where_the_names_are(run, box, showpiece):
    ran = run("feature", "no_such_feature", showpiece, *CSV)
    assert ran.status == 1 and ran.errors.endswith("with their versions: astroquery-brokers features ID\n")


@pytest.mark.parametrize("words, named", [
    (["object", "ZTF20zzzzzzz"], "no object ZTF20zzzzzzz"),
    (["cone", "ZTF20zzzzzzz", "3arcsec"], "no object ZTF20zzzzzzz"),
    (["object", "170587117485817955"], "no object 170587117485817955"),
    (["object", "ZTF20zzzzzzz", "ZTF20zzzzzzy"], "none of the objects ZTF20zzzzzzz, ZTF20zzzzzzy")])
def test_an_absent_object_is_an_empty_table(run, box, words, named):
    ran = run(*words, *CSV)
    assert (ran.status, ran.lines) == (1, ["oid"])
    assert ran.errors == f"astroquery-brokers: warning: ALeRCE has {named}.\n"


# -- what is asked --------------------------------------------------------------------------------------------------

def test_a_date_as_the_last_one_is_the_whole_day(run, box):
    read = KINDS["time range"][0]
    low, high = read("2024-05-01..2024-05-01")
    assert low.mjd == 60431 and 60432 - 1e-10 < high.mjd < 60432
    assert read("..2024-05-01T12:00")[1].mjd == 60431.5 and read("2024-05-01").mjd == 60431
    day = Time(Alerce.query_region("185 15", "10 arcsec")["firstmjd"][0], format="mjd").strftime("%Y-%m-%d")
    assert run("cone", "185", "15", "10arcsec", "--firstmjd", f"{day}..{day}", *CSV).lines == ["oid", "ZTF24abuwikp"]


@pytest.mark.parametrize("sort", [["--sort", "-ndet"], ["--sort=-ndet"]])
def test_sorting_with_the_largest_first(run, box, sort):
    numbers = list(map(int, run(*CONE, *sort, "--format", "csv", "--columns", "ndet").lines[1:]))
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) > 5


def test_what_is_masked_comes_last(run, box):
    words = ("objects", "--row-limit", "-1", "--sort", "-class", "--format", "csv", "--columns", "class")
    classes = [line.strip('"') for line in run(*words).lines[1:]]
    known = [name for name in classes if name]
    assert known == sorted(known, reverse=True) == classes[:len(known)] and 1 < len(known) < len(classes)


def test_too_many_objects_for_a_figure_are_refused_before_they_are_asked_for(run, box, tmp_path):
    ids, before = [f"ZTF20aaaaa{letter}{other}" for letter in "abcdef" for other in "abcde"], len(box.requests)
    ran = run("lightcurve", *ids, "--plot", tmp_path / "t.png")
    assert ran.status == 2 and "--plot draws at most 25 objects, and these are 30" in ran.errors
    assert len(box.requests) == before


@pytest.mark.parametrize("text", ["{0} {1}\n", "{0}, {1}\n{2}\n", "# ids\n{0};{1} {2}"])
def test_ids_in_one_line(run, box, tmp_path, text):
    ids = list(Alerce.query_region("185 15", "10 arcmin")["oid"][:3])
    path = tmp_path / "ids.txt"
    path.write_text(text.format(*ids))
    assert run("object", "--from", path, *CSV).lines[1:] == ids[:3 if "{2}" in text else 2]


def test_the_readable_table_is_not_read(run, box, tmp_path):
    path = tmp_path / "t.txt"
    assert run(*CONE, "-o", path).status == 0
    for words in (["object"], ["cone", "1arcsec"]):
        ran = run(*words, "--from", path)
        assert ran.status == 2 and 'holds a table for people (format "table")' in ran.errors


# -- words ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("words, said, unsaid", [
    (["cone", "185", "95", "1deg"], "'185 95' is not a position: dec 95.0 is out of range", "--dec"),
    (["objects", "--ra", "1", "--dec", "95"], "--dec 95.0 is out of range", "dec="),
    (["objects", "--ra", "1"], "--ra, --dec and --radius make a cone together; give --ra and --dec (degrees).", " dec"),
    (["objects", "--survey", "lsst", "--class-name", "SN"], "see the command classifiers --survey lsst.", "query_"),
    (["objects", "--survey", "lsst", "--count"], "--count: the service does not count", "True")])
def test_messages_name_what_the_shell_has(run, box, words, said, unsaid):
    ran = run(*words)
    assert ran.status == 2 and said in ran.errors and unsaid not in ran.errors


def test_addresses_are_left_alone():
    assert in_shell_words("GET https://host/query_x?ra=1&dec=2") == "GET https://host/query_x?ra=1&dec=2"


def test_the_help_has_no_python_and_no_placeholders(run):
    for name, command in COMMANDS.items():
        text = " ".join(command.format_help().split())
        examples = text.partition("examples: ")[2]
        for python in ("(minimum", "None", 'meta["', "SkyCoord", "query_", "`", "_name needs"):
            assert python not in text, (name, python)
        for action in command._actions:
            if not action.option_strings:
                assert not set(examples.split()) & {str(action.dest).upper(), action.metavar}, name
    text = " ".join(run("objects", "--help").text.split())
    assert "Number of detections: MIN, MIN..MAX or ..MAX; both inclusive." in text
    assert '--class-name TEXT E.g. "SN"; see the command classifiers.' in text
    assert "as TO, a date means the end of that day" in text


def test_the_examples_for_a_sandbox_work_there(run):
    lines = [line for command in COMMANDS.values() for line in command.epilog.splitlines() if "--sandbox" in line]
    assert lines
    for line in lines:
        ran = run(*shlex.split(line)[1:])
        assert (ran.status, ran.errors) == (0, ""), line


def test_examples_of_classes_and_features(run, box, showpiece):
    for command in ("classes", "feature"):
        line = COMMANDS[command].epilog.splitlines()[1].replace(Broker("alerce").example, showpiece)
        assert run(*shlex.split(line)[1:]).status == 0, line


# -- the sandbox and the demonstration ------------------------------------------------------------------------------

def test_a_sandbox_names_an_object_that_it_has(start):
    process = start("sandbox", "--n-objects", "5", "--seed", "3")
    line = next(line.decode() for line in process.stdout if b"--set" in line)
    broker = AlerceClass(**dict(word.split("=", 1) for word in line.split() if "_url=" in word))
    with sandbox.running(n_objects=5, seed=3) as box:
        assert line.split()[-1] in box.truth.objects["oid"]
    assert len(broker.query_object(line.split()[-1], cache=False)) == 1


def test_a_sandbox_has_a_cache_of_its_own(run):
    users = Alerce.cache_location
    with sandbox.running(n_objects=3) as box:
        assert Alerce.cache_location != users and AlerceClass().cache_location == Alerce.cache_location
        Alerce.query_objects(row_limit=3)
        asked = len(box.requests)
        assert Alerce.query_objects(row_limit=3).meta["provenance"][0]["from_cache"] == 1
        assert len(box.requests) == asked
        Alerce.clear_cache()
        place = Alerce.cache_location
    assert Alerce.cache_location == users and not place.exists()
    for action in ("clear", "info"):
        ran = run("--sandbox", "cache", action)
        assert ran.status == 2 and ran.output == b"" and "--sandbox has no stored replies" in ran.errors


def test_the_demonstration_keeps_to_the_width_of_the_terminal(run, tmp_path, monkeypatch):
    for width in ("70", "200"):
        monkeypatch.setenv("COLUMNS", width)
        ran = run("demo", "--outdir", tmp_path)
        assert ran.status == 0
        assert max(len(line) for line in ran.lines if not line.startswith("Wrote")) <= min(int(width), 98)


def test_a_folder_that_cannot_be_made(run):
    assert run("demo", "--outdir", "/proc/x").errors == (
        "astroquery-brokers: error: --outdir /proc/x cannot be made (No such file or directory); name another "
        "folder.\n")


def test_warnings_of_the_log_say_who_warns(run, tmp_path, shared_data):
    shutil.copy(next((shared_data / "ztf").rglob("*.avro")), tmp_path)
    (tmp_path / "broken.avro").write_bytes(b"nothing")
    ran = run("objects", "--alerts", tmp_path, *CSV)
    line, = ran.errors.splitlines()
    assert line.startswith("astroquery-brokers: warning: ") and "broken.avro" in line and ran.status == 0


# -- the listing ----------------------------------------------------------------------------------------------------

def test_capabilities_say_how_much_one_request_asks_for():
    table = AlerceClass(ztf_url="https://api.alerce.online/ztf/v1").capabilities()
    of = {name: table[table["verb"] == name] for name in ("query_region", "query_objects", "query_object")}
    assert of["query_region"]["objects_per_request"].tolist() == [1, 1]
    assert of["query_objects"]["objects_per_request"].tolist() == [100, 100]
    assert of["query_region"]["rows_per_request"].tolist() == [1000, 1000]
    assert np.ma.getmaskarray(of["query_object"]["rows_per_request"]).all()
    assert of["query_object"]["url"][0] == "api.alerce.online/ztf/v1/objects/{object_id}"


def test_the_hint_of_a_table_is_for_the_shell(run, box, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    last = run(*CONE).lines[-1]
    assert last.startswith("+ ") and last.endswith("; --format table shows all") and len(last) == 80
