# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The column dictionaries are valid, and they describe what the brokers were seen to send."""

import csv
import json
from functools import lru_cache
from pathlib import Path

import pytest
import yaml
from astropy import units as u
from astropy.io.votable.ucd import check_ucd

import astroquery_brokers
from astroquery_brokers.columns import load_dictionary

PACKAGE = Path(astroquery_brokers.__file__).parent
PATHS = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("columns/*.yaml"))}

TABLE_KEYS = {"survey", "source", "main_id", "takes"}
COLUMN_KEYS = {"wire", "nulls", "time", "frame", "no_unit", "added", "optional", "returned", "band", "principal",
               "array", "rounded", "null_with", "family"}
DATATYPES = {"boolean", "short", "int", "long", "float", "double", "text"}
INTEGER_BITS = {"short": 16, "int": 32, "long": 64}
PHYSICAL_WORDS = ("phot.", "pos.", "phys.", "time.", "em.wl", "em.freq", "em.energy", "instr.skyLevel",
                  "instr.det.noise")
TIME_WORDS = {"scale": {"utc", "tai", "tt", "tdb", "tcb", "tcg"}, "origin": {"mjd", "jd"},
              "refposition": {"TOPOCENTER", "GEOCENTER", "HELIOCENTER", "BARYCENTER"},
              "instant": {"start", "middle", "none"}}
FILLS = {100.0, -999.0, -99999.0}

# The recorded replies of each ALeRCE table: file, and the key that holds the rows if the reply is not the rows.
RECORDINGS = {
    "ztf_objects": [("alerce_ztf_objects.json", "items"), ("alerce_ztf_rest_objects_page.json", "items"),
                    ("alerce_ztf_object.json", None)],
    "ztf_detections": [("alerce_ztf_rest_lightcurve_ZTF20aaelulu.json", "detections"),
                       ("alerce_ztf_rest_detections_uncorrected.json", None),
                       ("csv/ZTF18abbuive_20240325_detections.csv", None),
                       ("csv/ZTF19aawgxdn_20231025_detections.csv", None)],
    "ztf_non_detections": [("alerce_ztf_rest_lightcurve_ZTF20aaelulu.json", "non_detections"),
                           ("csv/ZTF18abbuive_20240325_non_detections.csv", None),
                           ("csv/ZTF19aawgxdn_20231025_non_detections.csv", None)],
    "ztf_forced_photometry": [("alerce_ztf_v2_forced_photometry_ZTF18aaueixg.json", "forced_photometry"),
                              ("csv/ZTF24aaecooj_20240605_forced_photometry.csv", None)],
    "ztf_magstats": [("alerce_ztf_magstats.json", None)],
    "ztf_probabilities": [("alerce_ztf_probabilities_first54.json", None)],
    "ztf_features": [("alerce_ztf_rest_lightcurve_ZTF20aaelulu.json", "features")],
    "ztf_classifiers": [("alerce_ztf_rest_classifiers.json", None)],
    "lsst_objects": [("alerce_lsst_objects.json", None)],
    "lsst_object": [("alerce_lsst_object.json", None)],
    "lsst_detections": [("alerce_lsst_detections.json", None)],
    "lsst_forced_photometry": [("alerce_lsst_forced_photometry.json", None)],
    "lsst_probabilities": [("alerce_lsst_probabilities.json", None)],
}
# Values beside the known fills that mean "missing".
NULLS = {("parent_candid", 0), ("mjd", 0), ("band", 0)} | {
    (name, null) for name in ("parentDiaSourceId", "diaObjectId", "ssObjectId") for null in (0, -1)}


@lru_cache(maxsize=None)
def load(name):
    return yaml.load(PATHS[name].read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def columns_of(name):
    """The columns of a table, with those that it takes from others: its own take the place of what it takes."""
    table, = load(name)["tables"]
    columns = {}
    for part in ours(table).get("takes", ()):
        there = {column["name"]: column for column in columns_of(f"{name.rpartition('/')[0]}/{part['from']}.yaml")}
        for key in part.get("columns", there):
            if key not in part.get("except", ()) and key not in columns:
                columns[key] = there[key]
    return list((columns | {column["name"]: column for column in table["columns"]}).values())


def ours(column):
    return column.get("brokers", {})


def without_ours(node):
    """A document as plain Felis, without our own keys."""
    if isinstance(node, dict):
        return {key: without_ours(value) for key, value in node.items() if key != "brokers"}
    return [without_ours(value) for value in node] if isinstance(node, list) else node


def rows_of(path, key):
    """Rows of a recorded reply; in CSV an empty cell is an absent key."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        return list(csv.DictReader(text.splitlines()))
    reply = json.loads(text)
    rows = reply if key is None else reply[key]
    return [rows] if isinstance(rows, dict) else rows


@pytest.fixture(params=PATHS)
def columns(request):
    return columns_of(request.param)


@pytest.fixture(params=RECORDINGS)
def recorded(request, shared_data):
    """Columns of an ALeRCE table by every key they may have in a reply, and the recorded files' rows."""
    known = {}
    for column in columns_of(f"alerce/columns/{request.param}.yaml"):
        if not ours(column).get("added"):
            wire = ours(column).get("wire", column["name"])
            known[wire.rpartition(".")[2]] = column
    files = [(file, rows_of(shared_data / "alerce" / file, key)) for file, key in RECORDINGS[request.param]]
    return known, files


def test_all_alerce_tables_are_there():
    names = {name.removeprefix("alerce/columns/").removesuffix(".yaml") for name in PATHS}
    assert names >= {*RECORDINGS, "ztf_classes", "lsst_classifiers", "lsst_classes"}
    assert "columns/lightcurve.yaml" in PATHS


@pytest.mark.parametrize("name", PATHS)
def test_names_and_ids_are_unique(name):
    document = load(name)
    table, = document["tables"]
    names = [column["name"] for column in table["columns"]]
    assert len(set(names)) == len(names)
    ids = [document["@id"], table["@id"], *(column["@id"] for column in table["columns"])]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", PATHS)
def test_felis_accepts_the_document(name):
    datamodel = pytest.importorskip("felis.datamodel", reason="lsst-felis is not installed")
    schema = datamodel.Schema.model_validate(without_ours(load(name)), context={"check_description": True})
    assert [column.name for column in schema.tables[0].columns] == [
        column["name"] for column in load(name)["tables"][0]["columns"]]


@pytest.mark.parametrize("name", PATHS)
def test_the_dictionary_has_the_columns_of_the_document(name):
    package = ".".join([astroquery_brokers.__name__, *name.split("/")[:-2]])
    dictionary = load_dictionary(package, Path(name).stem)
    assert [(column.name, column.unit, column.ucd) for column in dictionary.columns] == [
        (column["name"], column.get("ivoa:unit"), column["ivoa:ucd"]) for column in columns_of(name)]


@pytest.mark.parametrize("name", PATHS)
def test_our_own_keys_are_the_agreed_ones(name):
    table, = load(name)["tables"]
    assert set(table.get("brokers", {})) <= TABLE_KEYS
    for column in table["columns"]:
        assert set(ours(column)) <= COLUMN_KEYS, column["name"]
        assert column["datatype"] in DATATYPES, column["name"]


def test_descriptions_and_ucds_are_there_and_valid(columns):
    for column in columns:
        assert column["description"].strip(), column["name"]
        assert check_ucd(column["ivoa:ucd"], check_controlled_vocabulary=True), (column["name"], column["ivoa:ucd"])


def test_units_are_vounits(columns):
    for column in columns:
        unit = column.get("ivoa:unit")
        if unit is not None:
            assert column["datatype"] in {"float", "double", "short", "int", "long"}, column["name"]
            assert not set("^/ ") & set(unit), (column["name"], unit)
            assert u.Unit(unit, format="vounit", parse_strict="raise").to_string("vounit")


def test_physical_columns_have_a_unit_or_say_why_not(columns):
    for column in columns:
        words = column["ivoa:ucd"].split(";")
        measured = column["datatype"] in {"float", "double"} and any(word.startswith(PHYSICAL_WORDS) for word in words)
        if measured:
            assert ("ivoa:unit" in column) != ("no_unit" in ours(column)), column["name"]
        assert not ("ivoa:unit" in column and "no_unit" in ours(column)), column["name"]


def test_every_epoch_has_a_time_system_and_nothing_else_has_one(columns):
    for column in columns:
        epoch = column.get("ivoa:unit") == "d" and column["ivoa:ucd"].startswith("time.epoch")
        assert epoch == ("time" in ours(column)), column["name"]
        if epoch:
            assert set(ours(column)["time"]) == set(TIME_WORDS), column["name"]
            for key, value in ours(column)["time"].items():
                assert value in TIME_WORDS[key], (column["name"], key, value)


@pytest.mark.parametrize("name", PATHS)
def test_main_columns_can_be_found_by_ucd(name):
    table, = load(name)["tables"]
    by_ucd = {}
    for column in columns_of(name):
        by_ucd.setdefault(column["ivoa:ucd"], []).append(column)
    main_id = table.get("brokers", {}).get("main_id")
    assert [column["name"] for column in by_ucd.get("meta.id;meta.main", [])] == ([main_id] if main_id else [])
    assert len(by_ucd.get("time.epoch", [])) <= 1
    positions = [column for column in columns_of(name) if column["ivoa:ucd"].startswith("pos.eq.")]
    assert all(ours(column).get("frame") == "ICRS" for column in positions)
    for ucd in ("pos.eq.ra;meta.main", "pos.eq.dec;meta.main"):
        assert len(by_ucd.get(ucd, [])) == (1 if positions else 0), ucd


@pytest.mark.parametrize("name", [f"alerce/columns/{table}.yaml" for table in (
    *RECORDINGS, "ztf_classes", "lsst_classifiers", "lsst_classes")])
def test_some_columns_are_for_reading_first(name):
    every = columns_of(name)
    principal = [column for column in every if ours(column).get("principal")]
    assert min(len(every), 3) <= len(principal) <= 12
    assert all(ours(column).get("returned", True) for column in principal)


def test_every_recorded_key_is_known(recorded):
    known, files = recorded
    for file, rows in files:
        assert {key for row in rows for key in row} <= set(known), file


def test_every_column_was_recorded_or_says_that_it_is_not_returned(recorded):
    known, files = recorded
    seen = {key for _, rows in files for row in rows for key in row}
    assert {key for key, column in known.items()
            if ours(column).get("returned", True) and not ours(column).get("optional")} <= seen


def test_recorded_values_fit_their_datatype_exactly(recorded):
    known, files = recorded
    for file, rows in files:
        if file.endswith(".csv"):
            continue
        for row in rows:
            for key, value in row.items():
                assert value is None or fits(value, known[key]), (file, key, value)


def fits(value, column):
    """Whether a value as it was sent is kept by the column's datatype."""
    datatype = column["datatype"]
    if ours(column).get("array"):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if datatype == "text":
        return isinstance(value, str)
    if datatype == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if datatype == "double":
        return isinstance(value, (int, float)) and float(value) == value
    bits = INTEGER_BITS[datatype]
    if isinstance(value, str):
        value = int(value) if value.isdecimal() else 0.5
    return value == int(value) and -2**(bits - 1) <= value < 2**(bits - 1)


def test_no_recorded_fill_value_passes_for_a_number(recorded):
    known, files = recorded
    for file, rows in files:
        for row in rows:
            for key, value in row.items():
                if known[key]["datatype"] == "double" and value not in (None, "") and float(value) in FILLS:
                    assert float(value) in ours(known[key]).get("nulls", ()), (file, key, value)


def test_no_null_rule_hides_a_recorded_measurement(recorded):
    """A null rule outside the known fills needs a reason: the 0 of what is absent."""
    known, _ = recorded
    for key, column in known.items():
        for null in ours(column).get("nulls", ()):
            assert null in FILLS or null == "null" or null != null or (key, null) in NULLS, key


def test_two_columns_that_are_missing_together_name_each_other(columns):
    by_name = {column["name"]: column for column in columns}
    for column in columns:
        if "null_with" in ours(column):
            assert ours(by_name[ours(column)["null_with"]])["null_with"] == column["name"]


def test_zero_as_parent_means_an_alert_of_its_own(shared_data):
    files = [shared_data / "alerce" / file for file, _ in RECORDINGS["ztf_detections"] if file.endswith(".csv")]
    rows = [row for file in files for row in rows_of(file, None) if row["parent_candid"] == "0"]
    assert len(rows) == 5
    assert {row["has_stamp"] for row in rows} == {"true"}


def test_canonical_light_curve_has_the_columns_of_the_design():
    every = {column["name"]: column for column in columns_of("columns/lightcurve.yaml")}
    assert list(every) == ["object_id", "survey", "broker", "measurement_id", "mjd", "mjd_is_start", "band", "kind",
                           "flux", "flux_err", "total_flux", "total_flux_err", "mag", "mag_err", "limiting_mag",
                           "ra", "dec", "quality", "origin", "origin_row"]
    assert {name: column["ivoa:unit"] for name, column in every.items() if "ivoa:unit" in column} == {
        "mjd": "d", "flux": "nJy", "flux_err": "nJy", "total_flux": "nJy", "total_flux_err": "nJy", "mag": "mag",
        "mag_err": "mag", "limiting_mag": "mag", "ra": "deg", "dec": "deg"}
    assert every["measurement_id"]["datatype"] == "long"
    assert ours(every["mjd"])["time"] == {"scale": "tai", "origin": "mjd", "refposition": "TOPOCENTER",
                                          "instant": "none"}
