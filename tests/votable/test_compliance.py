# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What other programs say about the documents: STILTS, xmllint, pyvo, astropy's vocabularies."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from astropy.io.votable import parse, validate
from astropy.io.votable.dataorigin import DATAORIGIN_INFO, DATAORIGIN_QUERY_INFO, extract_data_origin
from astropy.io.votable.ucd import check_ucd
from astropy.table import MaskedColumn

import astroquery_brokers
from astroquery_brokers import votable
from astroquery_brokers.columns import load_dictionary
from astroquery_brokers.columns.bands import BANDS
from astroquery_brokers.tables import BrokerTable
from astroquery_brokers.votable import origin

from .samples import assert_same, full_table

needs_stilts = pytest.mark.skipif(not shutil.which("stilts"), reason="stilts is not installed (Debian package stilts)")
needs_xmllint = pytest.mark.skipif(not shutil.which("xmllint"), reason="xmllint is not installed (libxml2-utils)")
CASES = [(rows, serialization) for rows in (0, 1, 5) for serialization in ("tabledata", "binary2")]


def stilts(*arguments):
    # For half a second of work the compiler of the virtual machine costs more than it saves.
    done = subprocess.run(["stilts", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *arguments], capture_output=True,
                          text=True, encoding="utf-8", timeout=90, check=True)
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    folder = tmp_path_factory.mktemp("votables")
    paths = {}
    for rows, serialization in CASES:
        paths[rows, serialization] = folder / f"{rows}{serialization}.vot"
        votable.write(full_table(rows, truncated=rows == 5), paths[rows, serialization], serialization=serialization)
    return paths


@needs_stilts
@pytest.mark.parametrize("case", CASES, ids=str)
def test_votlint_says_nothing(documents, case):
    assert stilts("votlint", str(documents[case])) == ("", "")


def _dictionaries():
    root = Path(astroquery_brokers.__file__).parent
    for path in sorted(root.glob("**/columns/*.yaml")):
        yield ".".join(path.relative_to(root.parent).parent.parent.parts), path.stem


def _filled(entry, rows):
    """A column of a dictionary: the first row missing, the others with what its type can hold."""
    values = {"bool": [False, True, False], "float32": [0, 1e38, -1e-40], "float64": [0, np.pi, -5e-324],
              "str": ["", "<é> & \"x\"", "a"]}
    if entry.array:
        cells = np.empty(3, dtype=object)
        cells[:] = [None, ["SNIa", "é"], []]
    elif entry.dtype.startswith("int"):
        limits = np.iinfo(entry.dtype)
        cells = np.array([0, limits.max, limits.min], dtype=entry.dtype)
    else:
        cells = np.array(values[entry.dtype], dtype=entry.dtype)
    return MaskedColumn(cells[:rows], mask=[True, False, False][:rows], unit=entry.unit,
                        description=entry.description, meta=entry.meta)


@needs_stilts
@needs_xmllint
@pytest.mark.parametrize("rows", [0, 3])
@pytest.mark.parametrize("package, name", list(_dictionaries()))
def test_every_dictionary_lints_clean_and_comes_back(tmp_path, package, name, rows):
    table = BrokerTable(meta={"name": name})
    for entry in load_dictionary(package, name).columns:
        table[entry.name] = _filled(entry, rows)
    for serialization in ("tabledata", "binary2") if rows else ("tabledata",):  # empty ones are the same
        path = tmp_path / f"{serialization}.vot"
        votable.write(table, path, serialization=serialization)
        assert stilts("votlint", str(path)) == ("", "")
        assert is_valid(path)
        assert_same(votable.read(path), table)


def is_valid(path):
    report = io.StringIO()
    done = validate(str(path), output=report, xmllint=True)
    assert "xmllint passed" in report.getvalue() or "0 violations" in report.getvalue(), report.getvalue()
    return done


@needs_xmllint
@pytest.mark.parametrize("version", ["1.4", "1.5"])
@pytest.mark.parametrize("rows, serialization", CASES)
def test_schemais_valid(tmp_path, rows, serialization, version):
    votable.write(full_table(rows), tmp_path / "x.vot", serialization=serialization, version=version)
    assert is_valid(tmp_path / "x.vot")


@needs_stilts
@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
def test_stilts_binds_systems_to_the_right_columns(documents, serialization):
    text, _ = stilts("tpipe", f"in={documents[5, serialization]}", "omode=out", "ofmt=csv",
                     "cmd=meta Name Units UCD CoosysSystem TimesysTimescale TimesysRefposition TimesysTimeorigin")
    found = {row["Name"]: row for row in csv.DictReader(io.StringIO(text))}
    table = full_table()
    assert list(found) == table.colnames
    systems = ("CoosysSystem", "TimesysTimescale", "TimesysRefposition", "TimesysTimeorigin")
    bound = {name: tuple(row[key] for key in systems) for name, row in found.items() if any(map(row.get, systems))}
    assert bound == {"mjd": ("", "TAI", "TOPOCENTER", "MJD-origin"), "jd": ("", "UTC", "TOPOCENTER", "JD-origin"),
                     "ra": ("ICRS", "", "", ""), "dec": ("ICRS", "", "", "")}
    for name in table.colnames:
        assert found[name]["Units"] == str(table[name].unit or "")
        assert found[name]["UCD"] == table[name].meta.get("ucd", "")


@needs_stilts
@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
def test_stilts_reads_the_same_values(documents, serialization):
    text, _ = stilts("tpipe", f"in={documents[5, serialization]}", "omode=out", "ofmt=csv",
                     "cmd=keepcols 'candid mjd band isdiffpos letter note'")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["candid"] for row in rows] == ["9223372036854775807", "-9223372036854775807", "313853496686280764",
                                               "0", ""]
    assert float(rows[0]["mjd"]) == 61217.42118006405
    assert [row["band"] for row in rows] == ["ztfg", "ztfr", "ztfg", "ztfi", ""]
    assert [row["isdiffpos"] for row in rows] == ["true", "false", "", "true", ""]
    assert [row["letter"] for row in rows] == ["a", "b", "", "d", "e"]
    assert [row["note"] for row in rows][:2] == ["naïve ☃ 𝒳", "<&>\"']]>"]


def test_names_follow_the_data_origin_note():
    # astropy before 8 has older names for two of them.
    assert set(origin._QUERY) <= set(DATAORIGIN_QUERY_INFO)
    assert set(origin._DATASET) - {"data_ivoid", "journal"} <= set(DATAORIGIN_INFO)


def test_origin_is_told(documents):
    found = extract_data_origin(parse(documents[1, "tabledata"]))
    assert found.query.publisher == "ALeRCE"
    assert found.query.request_date == "2026-08-11T00:00:00"
    assert found.query.request == "https://example.org/a?b=1&c=2 (the first of 2)"
    assert found.query.query == 'query_detections {"object_id": ["ZTF18abbuksn"]}'
    assert found.query.server_software == "astroquery_brokers/0.1 astropy/8.0"
    assert found.query.contact == "someone@example.org"
    assert found.origin[0].citation == ["2021AJ....161..242F"]


def test_several_sources_in_one_table():
    table = full_table()
    table.meta["provenance"].append({"broker": "Fink", "retrieved": "2026-09-01T00:00:00", "verb": "query_detections",
                                     "parameters": {"object_id": ["Z" * 2000]}, "citation": ["a", "b"]})
    table.meta["provenance"].append({"broker": "Fink", "retrieved": "2026-01-01T00:00:00"})
    document = votable.to_votable(table)
    infos = {info.name: info.value for info in document.infos}
    assert infos["publisher"] == "ALeRCE; Fink"
    assert infos["request_date"] == "2026-09-01T00:00:00"
    assert len(infos["query"]) < 1200
    assert [info.value for info in document.resources[0].infos if info.name == "citation"] == [
        "2021AJ....161..242F", "a", "b"]


def test_a_column_may_be_called_like_an_info(tmp_path):
    table = full_table()
    table.rename_columns(["letter", "note"], ["query", "object"])
    table["citation"] = 1
    document = votable.to_votable(table)
    given = [element.ID for resource in document.resources
             for element in [*document.infos, *resource.infos, *resource.coordinate_systems, *resource.time_systems,
                             *resource.tables[0].params, *resource.tables[0].groups,
                             *resource.iter_fields_and_params()] if element.ID]
    assert len(set(given)) == len({id(element) for element in given})


@pytest.mark.parametrize("truncated, status", [(False, "OK"), (True, "OVERFLOW")])
def test_query_status(truncated, status):
    document = votable.to_votable(full_table(truncated=truncated))
    assert [info.value for info in document.resources[0].infos if info.name == "QUERY_STATUS"] == [status]


def test_pyvo_warns_of_overflow(documents):
    from pyvo.dal import DALResults
    from pyvo.dal.exceptions import DALOverflowWarning

    with pytest.warns(DALOverflowWarning):
        DALResults(parse(documents[5, "tabledata"]))
    assert len(DALResults(parse(documents[1, "tabledata"]))) == 1


def test_photometric_calibration_of_each_band():
    element = votable.to_votable(full_table()).get_first_table()
    assert [group.name for group in element.groups] == ["photcal_ztfg", "photcal_ztfr", "photcal_ztfi"]
    group = element.groups[1]
    parameters = {entry.utype.partition(":")[2]: (entry.value, str(entry.unit or "")) for entry in group.entries[:5]}
    assert parameters == {"PhotometryFilter.bandName": ("ztfr", ""),
                          "PhotometryFilter.identifier": ("Palomar/ZTF.r", ""),
                          "PhotCal.magnitudeSystem.type": ("AB", ""),
                          "PhotCal.zeroPoint.flux.value": (3631.0, "Jy"),
                          "PhotCal.zeroPoint.referenceMagnitude.value": (0.0, "mag")}
    assert [entry.get_ref().name for entry in group.entries[5:]] == ["i:magpsf", "flux"]
    assert not votable.to_votable(full_table()["oid", "flux"]).get_first_table().groups
    table = full_table()
    table["flux"].meta["ucd"] += ";arith.zp"
    group = votable.to_votable(table).get_first_table().groups[1]
    assert [entry.get_ref().name for entry in group.entries[5:]] == ["i:magpsf"]


def test_bands_have_the_identifiers_of_the_filter_service():
    assert {name: band.identifier for name, band in BANDS.items()} == {
        **{f"ztf{letter}": f"Palomar/ZTF.{letter}" for letter in "gri"},
        **{f"lsst{letter}": f"LSST/LSST.{letter}" for letter in "ugrizy"}}


def test_the_object_is_a_param_if_there_is_only_one():
    table = full_table()
    param, = votable.to_votable(table).get_first_table().params
    assert (param.name, param.value, param.ucd) == ("object", "ZTF18abbuksn", "meta.id;meta.main")
    table["oid"][0] = "ZTF18aaaaaaa"
    assert not votable.to_votable(table).get_first_table().params


def test_all_ucds_of_groups_and_params_are_words():
    document = votable.to_votable(full_table())
    for element in document.iter_fields_and_params():
        if element.ucd:
            assert check_ucd(element.ucd, check_controlled_vocabulary=True), element.ucd
