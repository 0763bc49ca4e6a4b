# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Our TAP client against the sandbox's service and, where there is one, a real one (DaCHS): the same answers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import (BrokerError, BrokerTimeoutError, InvalidArgumentError, ObjectNotFoundError,
                                           RejectedQueryError)
from astroquery_brokers.tap import literal

SLOW = ("SELECT SUM(a.magpsf * b.magpsf + c.magpsf) AS n FROM ztf.detection AS a, ztf.detection AS b, "
        "ztf.detection AS c")


@pytest.fixture
def alerce(tap_url, tmp_path):
    """ALeRCE with that service, and a cache of its own."""
    broker = AlerceClass(tap_url=tap_url)
    broker.cache_location = tmp_path
    tmp_path.chmod(0o700)
    return broker


@pytest.fixture(scope="module")
def objects(everything):
    return everything("ztf.object", "oid, ndet, firstmjd, meanra, meandec")


# what comes back

def test_a_known_table_has_types_units_and_meaning(alerce, objects):
    table = alerce.query_tap("SELECT * FROM ztf.object", maxrec=-1)
    assert len(table) == len(objects)
    assert (table["firstmjd"].unit, table["firstmjd"].meta["time"]["scale"]) == ("d", "utc")
    assert table["meanra"].meta["ucd"] == "pos.eq.ra;meta.main" and len(table.coords) == len(table)
    assert (table["ndet"].dtype, table["g_r_mean"].dtype) == (np.int32, np.float64)
    # not in the dictionary: as the service has it
    assert table["diffpos"].dtype == bool
    assert table.meta["coverage"][0]["truncated"] is False
    assert table.meta["provenance"][0]["parameters"] == {"adql": "SELECT * FROM ztf.object", "maxrec": -1}


def test_floats_are_the_numbers_that_were_meant(alerce, tap):
    ours = alerce.query_tap("SELECT oid, candid, magpsf FROM ztf.detection", maxrec=-1)
    theirs = tap.search("SELECT oid, candid, magpsf FROM ztf.detection", maxrec=1_000_000).to_table()
    assert theirs["magpsf"].dtype == np.float32 and ours["candid"].tolist() == theirs["candid"].tolist()
    assert (ours["magpsf"].astype("float32") == theirs["magpsf"]).all()
    assert ours["magpsf"].tolist() == [float(str(np.float32(value))) for value in theirs["magpsf"].tolist()]


def test_names_under_which_columns_are_known(alerce, objects):
    table = alerce.query_tap("SELECT TOP 3 o.ndet AS n, o.firstmjd, o.ndet + 1 AS more, p.probability AS prob "
                             "FROM ztf.object AS o JOIN ztf.probability AS p ON o.oid = p.oid")
    assert table.colnames == ["n", "firstmjd", "more", "prob"]
    assert table["n"].description == alerce.query_tap("SELECT TOP 1 ndet FROM ztf.object")["ndet"].description
    assert table["prob"].dtype == np.float64 and "ucd" not in table["more"].meta


def test_rubin_tables(alerce, everything):
    truth = everything("alerce_tap.detection", "oid, sid, measurement_id, mjd")
    table = alerce.query_tap("SELECT d.oid, d.measurement_id, d.mjd, l.psfflux FROM alerce_tap.detection AS d JOIN "
                             "alerce_tap.lsst_detection AS l ON d.oid = l.oid AND d.sid = l.sid AND "
                             "d.measurement_id = l.measurement_id WHERE d.sid = 1", maxrec=-1)
    rubin = truth[truth["sid"] == 1]
    assert sorted(table["measurement_id"].tolist()) == sorted(rubin["measurement_id"].tolist())
    assert table["oid"].dtype == np.int64 and max(table["oid"].tolist()) > 2**53
    assert (table["mjd"].meta["time"]["scale"], table["psfflux"].unit) == ("tai", "nJy")
    # of which survey a row is, and so its time scale, is not certain here
    everyone = alerce.query_tap("SELECT oid, mjd FROM alerce_tap.detection", maxrec=-1)
    assert "time" not in everyone["mjd"].meta and everyone["mjd"].unit == "d"


def test_nulls_are_masked(alerce, everything):
    truth = everything("ztf.object", "oid, stellar, g_r_mean")
    table = alerce.query_tap("SELECT oid, stellar, g_r_mean FROM ztf.object", maxrec=-1)
    for name in ("stellar", "g_r_mean"):
        hidden = np.ma.getmaskarray(np.ma.masked_invalid(truth[name]) if name == "g_r_mean" else truth[name])
        assert np.ma.getmaskarray(table[name]).tolist() == hidden.tolist()
    assert np.ma.getmaskarray(table["g_r_mean"]).any()


def test_lists_of_text(alerce):
    table = alerce.query_tap("SELECT * FROM ztf.taxonomy WHERE classifier_version = 'stamp_classifier_1.0.4'")
    assert table["classes"][0].tolist() == ["SN", "AGN", "VS", "asteroid", "bogus"]
    assert table["classifier_name"].tolist() == ["stamp_classifier"]


def test_unqualified_names_are_explained(alerce):
    query = "SELECT oid FROM ztf.object WHERE oid IN (SELECT oid FROM ztf.detection, ztf.magstat)"
    with pytest.raises(RejectedQueryError, match=r"oid.*(needs to be qualified|is ambiguous).*o\.oid IN"):
        alerce.query_tap(query)


def test_doubled_and_quoted_names(alerce):
    table = alerce.query_tap("SELECT TOP 2 d.*, l.* FROM alerce_tap.detection AS d JOIN alerce_tap.lsst_detection AS l "
                             "ON d.oid = l.oid AND d.sid = l.sid AND d.measurement_id = l.measurement_id")
    assert table["oid_"].tolist() == table["oid"].tolist() and table["oid_"].dtype == np.int64
    found = alerce.query_tap("SELECT TOP 3 \"value\", OID FROM ztf.feature")
    assert {name.lower() for name in found.colnames} == {"value", "oid"}
    counted = alerce.query_tap("SELECT COUNT(*) AS n, MIN(ndet) AS low FROM ztf.object")
    assert counted["n"][0] > 100 and counted.colnames == ["n", "low"]


def test_ids_may_be_written_as_text(alerce, everything):
    oid = int(everything("alerce_tap.detection", "oid, sid, measurement_id, mjd")["oid"][0])
    for written in (str(oid), f"'{oid}'"):
        assert set(alerce.query_tap(f"SELECT oid FROM alerce_tap.detection WHERE oid = {written}")["oid"]) == {oid}


# verbs by TAP

@pytest.mark.parametrize("verb, table, key", [
    ("query_objects", "ztf.object", "ndet"), ("query_detections", "ztf.detection", "candid"),
    ("query_non_detections", "ztf.non_detection", "mjd"), ("query_forced_photometry", "ztf.forced_photometry", "pid"),
    ("query_magstats", "ztf.magstat", "fid"), ("query_probabilities", "ztf.probability", "class_name"),
    ("query_features", "ztf.feature", "name"), ("query_detections", "alerce_tap.detection", "measurement_id"),
    ("query_forced_photometry", "alerce_tap.forced_photometry", "measurement_id"),
    ("query_probabilities", "alerce_tap.probability", "ranking"),
])
@pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")
def test_verbs_by_tap(alerce, everything, verb, table, key):
    rubin = table.startswith("alerce_tap")
    truth = everything(table, f"oid, {key}" + (", sid" if rubin else ""))
    truth = truth[truth["sid"] > 0] if rubin else truth
    ids = list(dict.fromkeys(truth["oid"].tolist()))[:50]
    found = getattr(alerce, verb)(ids, route="tap")
    expected = sorted((row["oid"], row[key]) for row in truth if row["oid"] in ids)
    assert sorted(zip(found["oid"].tolist(), found[key].tolist())) == expected
    assert list(dict.fromkeys(found["oid"].tolist())) == ids


@pytest.mark.parametrize("table, kinds", [("ztf.object", {"detection", "upper_limit", "forced"}),
                                          ("alerce_tap.lsst_detection", {"detection", "forced"})])
def test_light_curves_by_tap(alerce, everything, table, kinds):
    ids = list(dict.fromkeys(everything(table, "oid, sid" if "lsst" in table else "oid")["oid"].tolist()))[:20]
    curve = alerce.query_lightcurve(ids, route="tap")
    assert set(curve["kind"]) - {"bad_quality"} == kinds and set(curve["object_id"]) == set(map(str, ids))


# limits

def test_more_rows_than_maxrec_are_cut_and_said(alerce):
    for query in ("SELECT oid FROM ztf.object", "SELECT TOP 20 oid FROM ztf.object"):
        with pytest.warns(MaxResultsWarning, match="maxrec=10; there are more rows. Pass maxrec=-1"):
            table = alerce.query_tap(query, maxrec=10)
        assert len(table) == 10 and table.meta["coverage"][0]["truncated"] is True


def test_top_is_no_overflow_and_goes_before_the_default(alerce):
    broker = AlerceClass(tap_url=alerce._setting("tap_url"), row_limit=5)
    assert len(broker.query_tap("SELECT TOP 12 oid FROM ztf.object")) == 12
    with pytest.warns(MaxResultsWarning, match="maxrec=5"):
        assert len(broker.query_tap("SELECT oid FROM ztf.object")) == 5


def test_no_rows(alerce):
    with pytest.warns(NoResultsWarning):
        table = alerce.query_tap("SELECT oid, meanra FROM ztf.object WHERE oid = 'ZTF00zzzzzzz'")
    assert len(table) == 0 and table["meanra"].unit == "deg"


# errors, with what helps

@pytest.mark.parametrize("query, said, advice", [
    ("SELECT nosuch FROM ztf.object", "nosuch", "list_columns"),
    ("SELECT oid FROM object", "Could not locate table", "Write the schema too"),
    ("SELECT oid FROM ztf.objekt", "Could not locate table", "list_tables"),
    ("SELECT oid, value FROM ztf.feature", "Could not parse", "double quotes"),
    ("SELECT oid FROM ztf.object WHERE stellar = 1", "boolean", "stellar = 'True'"),
    ("SELECT oid FROM ztf.object WHERE stellar = True", "Could not parse|BOOLEAN", "stellar = 'True'"),
    ("SELECT oid FROM ztf.object WHERE stellar", "Could not parse", "stellar = 'True'"),
    ("SELECT oid FROM ztf.object WHERE ndet >", "Could not parse", "Change the query"),
])
@pytest.mark.parametrize("async_job", [False, True])
def test_refused_queries(alerce, query, said, advice, async_job):
    with pytest.raises(RejectedQueryError, match=said) as caught:
        alerce.query_tap(query, async_job=async_job)
    assert advice in str(caught.value)
    assert caught.value.broker == "ALeRCE" and caught.value.status_code in ((None,) if async_job else (500,))


@pytest.mark.parametrize("query, advice", [
    ("SELECT SUM(CASE WHEN ndet > 0 THEN 10000 ELSE 0 END) AS s FROM ztf.object", r"COUNT\(\*\)"),
    ("SELECT TOP 1 oid_catalog FROM alerce_tap.gaiadr3_source", r"column \|\| ''"),
    ("SELECT TOP 1 CAST(ndet AS VARCHAR) AS s FROM ztf.object", r"column \|\| ''"),
])
def test_faults_of_the_real_service_are_explained(alerce, query, advice):
    with pytest.raises(RejectedQueryError, match=advice):
        alerce.query_tap(query)
    assert len(alerce.query_tap("SELECT TOP 1 ndet || '' AS s FROM ztf.object")) == 1


HOSTILE = ["'", "''", "SN'--", "-- SN", "' OR '1'='1", "'; DROP TABLE ztf.object; --", "/* SN */", "*/", '"',
           "{0}", "$$", "\u2018SN\u2019", "\uff07", "\u02bc", "U&'+0027'", "'||(SELECT 1)||'", "x" * 5000 + "'",
           "SN" + "'" * 99, "SN -- '--'", "\U0001f4a5'"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_a_text_is_one_literal_to_the_server(alerce, text):
    """It equals itself as an upload brings it, and nothing else."""
    others = ["SN", text + "x", "x" + text, text[:-1], text.replace("'", "''") + "'"]
    mine = Table({"n": range(6), "word": [text, *others]})
    found = alerce.query_tap(f"SELECT n FROM tap_upload.mine WHERE word = {literal(text)}", uploads={"mine": mine})
    assert found["n"].tolist() == [0]


@pytest.mark.parametrize("text", ["\\", "SN\\' OR 1=1 --", "100%", "SN\nSN", "SN\rSN", "SN\tSN"], ids=ascii)
def test_a_text_that_dachs_reads_otherwise_is_no_literal(alerce, tap_url, synthetic, text):
    with pytest.raises(InvalidArgumentError, match="without backslash, % and control"):
        literal(text)
    if tap_url.startswith(synthetic.url):
        return
    # It refuses the text, or compares with another one.
    mine = Table({"n": [1], "word": [text]})
    query = "SELECT n FROM tap_upload.mine WHERE word = '{}'".format(text.replace("'", "''"))
    with warnings.catch_warnings(action="ignore"), contextlib.suppress(RejectedQueryError):
        assert len(alerce.query_tap(query, uploads={"mine": mine})) == 0


# uploads

def test_ids_by_upload(alerce, objects):
    chosen = objects["oid"][::3].tolist()
    mine = Table({"objectid": [*chosen, "ZTF00zzzzzzz"], "mark": np.arange(len(chosen) + 1)})
    for async_job in (False, True):
        table = alerce.query_tap("SELECT o.*, u.mark FROM ztf.object AS o JOIN tap_upload.mine AS u ON "
                                 "o.oid = u.objectid", uploads={"mine": mine}, maxrec=-1, async_job=async_job)
        assert sorted(zip(table["oid"].tolist(), table["mark"].tolist())) == sorted(zip(chosen, range(len(chosen))))
        assert table["meanra"].meta["ucd"] == "pos.eq.ra;meta.main" and table["firstmjd"].unit == "d"


def test_numbers_nulls_and_letters_by_upload(alerce):
    mine = Table({"a": np.ma.array([1, 2**60 + 1], mask=[True, False]), "b": ["x", "\u00e9<&"], "c": [np.nan, 1.5],
                  "d": np.array([3, 4], dtype="int16")})
    table = alerce.query_tap("SELECT * FROM tap_upload.mine ORDER BY d", uploads={"mine": mine})
    found = {name: table[name].tolist() for name in "abcd"}
    assert found == {"a": [None, 2**60 + 1], "b": ["x", "\u00e9<&"], "c": [None, 1.5], "d": [3, 4]}


# jobs

def test_a_job_and_its_life(alerce, tap, objects):
    job = alerce.submit_tap_job("SELECT oid, meanra FROM ztf.object WHERE ndet > 5", maxrec=-1)
    same = alerce.get_tap_job(job.url.rpartition("/")[2])
    assert job.wait() == same.phase == "COMPLETED" and same.query == "SELECT oid, meanra FROM ztf.object WHERE ndet > 5"
    table = same.get_result()
    assert sorted(table["oid"]) == sorted(objects["oid"][objects["ndet"] > 5]) and table["meanra"].unit == "deg"
    assert table.meta["provenance"][0]["parameters"] == {"url": same.url}
    job.abort()  # too late, and no harm
    assert job.phase == "COMPLETED"
    job.delete()
    job.delete()
    with pytest.raises(ObjectNotFoundError, match="no job"):
        same.phase


def test_a_job_that_is_stopped(alerce):
    job = alerce.submit_tap_job(SLOW)
    with pytest.raises(BrokerTimeoutError, match="get_tap_job"):
        job.wait(timeout=0.3)
    job.abort()
    assert job.wait(timeout=20) == "ABORTED"
    with pytest.raises(BrokerError, match="ended as ABORTED"):
        job.get_result()
    job.delete()


def test_jobs_leave_nothing_behind(alerce, tmp_path):
    with pytest.warns(MaxResultsWarning):
        table = alerce.query_tap("SELECT oid FROM ztf.object", async_job=True, maxrec=4)
    assert len(table) == 4
    address = table.meta["provenance"][0]["urls"][0].removesuffix("/results/result")
    with pytest.raises(ObjectNotFoundError):
        alerce.get_tap_job(address).phase
    assert not list(tmp_path.glob("tap_jobs/*"))


PROGRAM = """
    import os, signal, sys
    from astroquery_brokers.alerce import AlerceClass

    def told(phase, seconds):
        print(*(path.read_text() for path in broker.cache_location.glob("tap_jobs/*.json")), flush=True)
        if sys.argv[3] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if sys.argv[3] == "stopped":
            os.kill(os.getpid(), signal.SIGINT)

    broker = AlerceClass(tap_url=sys.argv[1])
    broker.cache_location = sys.argv[2]
    table = broker.query_tap("SELECT oid FROM ztf.object WHERE ndet > 4", maxrec=-1, async_job=True, progress=told)
    print(len(table), table.meta["provenance"][0]["urls"][0])
"""


def run(url, folder, what):
    return subprocess.run([sys.executable, "-c", textwrap.dedent(PROGRAM), url, str(folder), what], text=True,
                          capture_output=True, timeout=100, env={**os.environ, "PYTHONWARNINGS": "ignore"})


def address_in(done):
    """What the process had noted when it was asked first."""
    return json.loads(done.stdout.splitlines()[0])["url"]


def test_another_process_gets_the_result_of_the_job_of_one_that_was_killed(alerce, tap_url, tmp_path, objects):
    killed = run(tap_url, tmp_path, "killed")
    assert killed.returncode == -signal.SIGKILL
    left = alerce.get_tap_job(address_in(killed))
    assert left.query == "SELECT oid FROM ztf.object WHERE ndet > 4"
    done = run(tap_url, tmp_path, "not")
    assert done.returncode == 0, done.stderr
    number, url = done.stdout.splitlines()[-1].split()
    assert int(number) == (objects["ndet"] > 4).sum() and url == f"{left.url}/results/result"
    # it is gone, and the next one is a new one
    with pytest.raises(ObjectNotFoundError):
        left.phase
    again = run(tap_url, tmp_path, "not").stdout.splitlines()[-1].split()
    assert again[0] == number and again[1] != url


def test_ctrl_c_deletes_the_job(alerce, tap_url, tmp_path):
    stopped = run(tap_url, tmp_path, "stopped")
    assert "KeyboardInterrupt" in stopped.stderr
    with pytest.raises(ObjectNotFoundError):
        alerce.get_tap_job(address_in(stopped)).phase
    assert not list(tmp_path.glob("tap_jobs/*"))


# what there is

def test_tables_and_columns(alerce, tap):
    tables = alerce.list_tables()
    assert set(tables["table"]) == set(tap.tables.keys())
    known = dict(zip(tables["table"], tables["columns_like"]))
    assert (known["ztf.object"], known["alerce_tap.lsst_detection"]) == ("ztf_objects", "lsst_detections")
    columns = alerce.list_columns("ztf.Object")
    rows = {row["column"]: row for row in columns}
    assert set(rows) == {column.name for column in tap.tables["ztf.object"].columns}
    assert (rows["meanra"]["unit"], rows["meanra"]["dtype"], rows["oid"]["indexed"]) == ("deg", "float64", True)
    with pytest.raises(InvalidArgumentError, match="Did you mean 'ztf.object'"):
        alerce.list_columns("ztf.objekt")


# LSST objects by criteria, and of the solar system

@pytest.fixture(scope="module")
def classified(everything):
    """Classes of LSST objects, joined by hand."""
    names = {(row["classifier_id"], row["class_id"]): str(row["class_name"])
             for row in everything("alerce_tap.taxonomy", "classifier_id, class_id, class_name")}
    classifiers = {row["classifier_id"]: (str(row["classifier_name"]), str(row["classifier_version"]))
                   for row in everything("alerce_tap.classifier", "classifier_id, classifier_name, classifier_version")}
    objects = {row["oid"]: row for row in everything("alerce_tap.object", "oid, sid, firstmjd, lastmjd, n_det")
               if row["sid"] == 1}
    return [(objects[row["oid"]], *classifiers[row["classifier_id"]], names[row["classifier_id"], row["class_id"]], row)
            for row in everything("alerce_tap.probability", "oid, sid, classifier_id, class_id, ranking, probability")
            if row["sid"] == 1 and row["oid"] in objects]


@pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")
def test_lsst_objects_by_class_and_dates(alerce, classified):
    first = [row[0]["firstmjd"] for row in classified]
    low, high = (float(np.quantile(first, part)) for part in (0.2, 0.8))
    best = [row for row in classified if row[4]["ranking"] == 1]
    for classifier, class_name in sorted({(row[1], row[3]) for row in best}):
        found = alerce.query_objects(survey="lsst", classifier=classifier, class_name=class_name, row_limit=-1,
                                     firstmjd=(low, high), probability=0.3, ndet=(2, None), route="tap")
        expected = {(int(row[0]["oid"]), row[2], np.float32(row[4]["probability"])) for row in best
                    if (row[1], row[3]) == (classifier, class_name) and low <= row[0]["firstmjd"] <= high
                    and row[4]["probability"] >= 0.3 and row[0]["n_det"] >= 2}
        assert {(row["oid"], row["classifier_version"], np.float32(row["probability"])) for row in found} == expected
    every = alerce.query_objects(survey="lsst", firstmjd=0.0, row_limit=-1)
    assert every.meta["provenance"][0]["route"] == "tap" and len(every) == len(best) > 10
    assert every["oid"].tolist() == sorted(every["oid"].tolist()) and set(every["ranking"]) == {1}


def test_any_lsst_object_by_its_number(alerce, everything):
    truth = everything("alerce_tap.object", "oid, sid, firstmjd, n_det, created_date")
    truth = truth[truth["sid"] > 0]
    assert set(truth["sid"]) == {1, 2}
    found = alerce.query_object(truth["oid"].tolist(), route="tap")
    for name in ("oid", "sid", "firstmjd", "n_det"):
        assert found[name].tolist() == truth[name].tolist()
    assert found["created_date"].tolist() == [f"{day}T00:00:00" for day in truth["created_date"].tolist()]
    with pytest.raises(ObjectNotFoundError):
        alerce.query_object(170000000000000001, route="tap")


@pytest.mark.parametrize("survey, table, where", [("ztf", "ztf.object", ""), ("lsst", "alerce_tap.object", "sid = 1")])
def test_cones_by_tap(alerce, everything, survey, table, where):
    truth = everything(table, "oid, sid, meanra, meandec" if where else "oid, meanra, meandec")
    truth = truth[truth["sid"] == 1] if where else truth
    sky = SkyCoord(truth["meanra"], truth["meandec"], unit="deg")
    centres = sky[[0, len(sky) // 2, len(sky) - 1]].directional_offset_by(30 * u.deg, 2 * u.arcmin)
    found = alerce.query_region(centres, 0.3 * u.deg, survey=survey, route="tap", cache=False)
    classified = {row["oid"] for row in everything("alerce_tap.probability", "oid, sid, ranking") if row["sid"] == 1}
    for number, centre in enumerate(centres):
        near = truth["oid"][sky.separation(centre) <= 0.3 * u.deg].tolist()
        expected = sorted(near if survey == "ztf" else classified.intersection(near))
        assert sorted(set(found["oid"][found["query_index"] == number].tolist())) == expected and near
    assert found["separation"].max() <= 1080 and found.meta["provenance"][0]["route"] == "tap"
