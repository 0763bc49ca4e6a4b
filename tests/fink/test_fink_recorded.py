# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Every value of the recorded replies of Fink is in the tables, or is masked because it is a word for "missing"."""

import csv
import json

import numpy as np
import pytest
from astropy import units as u

from astroquery_brokers.columns import load_dictionary
from astroquery_brokers.tables import decode_json_rows, decode_rows, to_table

RECORDINGS = {
    "fink_lsst_conesearch": "lsst_cone", "fink_lsst_fp": "lsst_forced_photometry", "fink_lsst_objects": "lsst_objects",
    "fink_lsst_sources": "lsst_sources", "fink_lsst_tags_extragalactic_new_candidate": "lsst_tags",
    "fink_ztf_latests": "ztf_latests", "fink_ztf_latests_sn_candidate_2026": "ztf_latests",
    "fink_ztf_objects_5oids": "ztf_alerts", "fink_ztf_objects_withupperlim_last2": "ztf_alerts",
    "fink_ztf_resolver_simbad": "ztf_resolver_simbad", "fink_ztf_resolver_ssodnet": "ztf_resolver_ssodnet",
    "fink_ztf_resolver_tns": "ztf_resolver_tns", "fink_ztf_sso_3": "ztf_sso",
    "fink_ztf_statistics_day": "ztf_statistics"}
# The service's words for "missing", by the columns for which they are.
MISSING = {
    "Fail": {"f:main_label_crossmatch", "f:xm_simbad_otype", "f:xm_gaiadr3_DR3Name"},
    "Unknown": {"d:cdsxmatch", "d:gcvs", "d:vsx", "d:x3hsp", "d:x4lac", "d:spicy_class"},
    "None": {f"d:mangrove_{name}" for name in ("2MASS_name", "HyperLEDA_name", "ang_dist", "lum_dist")},
    "null": {"i:ssnamenr"},
    "": {"d:tns", "d:tracklet"},
    "[]": {"d:lc_features_r"},
    "\0": {"d:from_upper"}, "\uFFFD": {"d:from_upper"},
    0: {"r:parentDiaSourceId", "r:ssObjectId"},
    -1: {"f:clf_earlySNIa_score", "f:clf_cats_class", "d:slsn_score", "d:spicy_id", "i:candid",
         *(f"d:blazar_stats_{name}" for name in ("m0", "m1", "m2", "instantness_low", "instantness_high",
                                                 "robustness_low", "robustness_high"))},
}


@pytest.fixture(scope="module")
def replies(shared_data):
    return {name: (shared_data / "fink" / f"{name}.json").read_bytes() for name in RECORDINGS}


def dictionary_of(name):
    return load_dictionary("astroquery_brokers.fink", RECORDINGS[name])


def read(content, name):
    return to_table(decode_json_rows(content, dictionary_of(name)), dictionary_of(name))


def same(value, sent):
    """Whether a value of a table is what was sent, in Python's own types."""
    if isinstance(value, (np.bool_, bool)):
        return sent is bool(value)
    if isinstance(value, np.integer):
        return int(sent) == int(value) and not isinstance(sent, float)
    if isinstance(value, np.floating):
        return float(sent) == float(value)
    return isinstance(sent, str) and sent == value


def means_missing(sent, key):
    if sent is None or (sent == "nan" and isinstance(sent, str)):
        return True
    if sent == -999 and key.startswith("i:"):
        return True
    return not isinstance(sent, bool) and key in MISSING.get(sent, ())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", RECORDINGS)
def test_every_value_is_there_or_means_missing(replies, name):
    rows = json.loads(replies[name])
    table = read(replies[name], name)
    assert len(table) == len(rows)
    for key in sorted({key for row in rows for key in row}):
        for row, value, masked in zip(rows, table[key], np.ma.getmaskarray(table[key])):
            sent = row.get(key)
            assert bool(masked) == means_missing(sent, key), (key, sent)
            assert masked or same(value, sent), (key, sent, value)


@pytest.mark.parametrize("name", RECORDINGS)
def test_rows_as_dictionaries_give_the_same_table(replies, name):
    piecewise, rows = read(replies[name], name), decode_rows(json.loads(replies[name]), dictionary_of(name))
    table = to_table(rows, dictionary_of(name))
    assert table.colnames == piecewise.colnames
    for key in table.colnames:
        assert table[key].dtype == piecewise[key].dtype
        assert table[key].tolist() == piecewise[key].tolist(), key


def test_types_units_and_times_of_what_is_used_most(replies):
    table = read(replies["fink_ztf_objects_5oids"], "fink_ztf_objects_5oids")
    assert table["i:candid"].dtype == table["i:objectidps1"].dtype == np.int64
    assert table["i:objectidps1"][0] == 108621928227075212
    assert (str(table["i:distnr"].unit), str(table["i:distpsnr1"].unit)) == ("pix", "arcsec")
    assert (table["i:jd"].meta["time"]["scale"], table["i:jd"].meta["time"]["instant"]) == ("utc", "start")
    table = read(replies["fink_lsst_sources"], "fink_lsst_sources")
    assert table["r:diaSourceId"].dtype == np.int64
    assert (table["r:midpointMjdTai"].meta["time"]["scale"], str(table["r:psfFlux"].unit)) == ("tai", "nJy")


def test_numbers_sent_as_text_are_numbers(replies):
    limits = read(replies["fink_ztf_objects_withupperlim_last2"], "fink_ztf_objects_withupperlim_last2")
    assert limits["i:diffmaglim"].tolist() == [20.2386, 20.4839]
    assert limits["i:fid"].tolist() == [1, 2]
    night = read(replies["fink_ztf_statistics_day"], "fink_ztf_statistics_day")
    assert (night["basic:raw"][0], night["class:SN candidate"][0], night["class:Galaxy"][0]) == (346644, 1003, 0)
    assert night["class:SN candidate"].description.startswith("Number of alerts of a class")


def test_ephemerides_are_in_degrees():
    dictionary = load_dictionary("astroquery_brokers.fink", "ztf_sso")
    rows = [{"i:objectId": "ZTF26aagitnh", "RA": 90.4852, "DEC": 36.537}]
    table = to_table(decode_rows(rows, dictionary), dictionary)
    assert (table["RA"][0], table["DEC"][0], str(table["RA"].unit)) == (90.4852, 36.537, "deg")


def test_fink_and_alerce_have_the_same_detections_of_an_lsst_object(replies, shared_data):
    ours = read(replies["fink_lsst_sources"], "fink_lsst_sources")
    dictionary = load_dictionary("astroquery_brokers.alerce", "lsst_detections")
    content = (shared_data / "alerce" / "alerce_lsst_detections.json").read_bytes()
    theirs = to_table(decode_json_rows(content, dictionary), dictionary)
    ours.sort("r:diaSourceId")
    theirs.sort("measurement_id")
    assert ours["r:diaSourceId"].tolist() == theirs["measurement_id"].tolist() and len(ours) == 16
    assert set(ours["r:diaObjectId"]) == set(theirs["oid"]) == {170587117485817955}
    for fink, alerce in (("r:band", "band_name"), *((f"r:{name}", name) for name in (
            "psfFlux", "psfFluxErr", "scienceFlux", "scienceFluxErr", "templateFlux", "templateFluxErr", "visit",
            "detector"))):
        if ours[fink].dtype.kind == "f":  # 32-bit quantities, which each service prints in its own way
            assert np.array_equal(ours[fink].astype("f4"), theirs[alerce].astype("f4")), fink
        else:
            assert ours[fink].tolist() == theirs[alerce].tolist(), fink
    days = np.abs(np.asarray(ours["r:midpointMjdTai"]) - np.asarray(theirs["mjd"]))
    assert days.max() * 86400 < 5e-6


@pytest.mark.filterwarnings("error")
def test_a_class_that_nobody_knew_is_counted_too():
    dictionary = load_dictionary("astroquery_brokers.fink", "ztf_statistics")
    rows = [{"key:key": "ztf_20300101", "class:New kind": "12"}, {"key:key": "ztf_20300102", "class:New kind": None}]
    for decoded in (decode_rows(rows, dictionary), decode_json_rows(json.dumps(rows).encode(), dictionary)):
        table = to_table(decoded, dictionary)
        assert table["class:New kind"].dtype == np.int32
        assert table["class:New kind"].tolist() == [12, None]
        assert "class:<label>" not in table.colnames


@pytest.mark.parametrize("flavor, number", [("shg1g2", 59), ("socca", 62), ("hg1g2", 45), ("hg", 41)])
def test_the_table_of_solar_system_objects_has_the_columns_of_its_schema(flavor, number):
    assert len(load_dictionary("astroquery_brokers.fink", f"ssoft_{flavor}").columns) == number


def rubin_columns(shared_data):
    with (shared_data / "lsst" / "schema" / "apdb_columns_units_ucds.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("table, name", [("DiaSource", "lsst_sources"), ("DiaObject", "lsst_objects"),
                                         ("DiaForcedSource", "lsst_forced_photometry"), ("SSSource", "lsst_sso")])
def test_units_are_those_of_the_schema_of_rubin(shared_data, table, name):
    dictionary = load_dictionary("astroquery_brokers.fink", name)
    compared = 0
    for row in rubin_columns(shared_data):
        key = f"r:{row['column']}"
        if row["table"] == table and key in dictionary:
            # The schema leaves out the unit of its dates.
            unit = "d" if dictionary[key].time is not None else row["unit"]
            compared += 1
            assert u.Unit(dictionary[key].unit or "") == u.Unit(unit), key
    assert compared >= {"DiaSource": 98, "DiaObject": 82, "DiaForcedSource": 14, "SSSource": 38}[table]


# Where we say something else than the schema of Rubin: its UCD, ours (or how it begins), and why.
OTHER_UCDS = [
    ("phot.count", "phot.flux.density", "fluxes are in nJy, they are no counts"),
    ("stat.error;phot.count", "stat.error;phot.flux.density", "the same for their errors"),
    ("meta.id;src", "meta.id", "the main identifier is marked, others are of detections"),
    ("meta.id;obs.image", "meta.id", "detectors are no images"),
    ("meta.id;instr.filter", "instr.bandpass", "the band itself"),
    ("time.interval", "time.duration", "a duration"),
    ("pos.phaseAng", "pos.angDistance", "elongation is no phase angle"),
    ("pos.eq.ra;meta.modelled;pos.ephem", "pos.eq.ra;pos.ephem", "computed is what an ephemeris is"),
    ("pos.eq.dec;meta.modelled;pos.ephem", "pos.eq.dec;pos.ephem", "computed is what an ephemeris is"),
    ("pos.eq.ra;stat.fit.omc", "pos.angDistance;stat.fit.omc", "an offset is no position"),
    ("pos.eq.dec;stat.fit.omc", "pos.angDistance;stat.fit.omc", "an offset is no position"),
]


def test_ucds_are_those_of_the_schema_of_rubin_or_say_more(shared_data):
    tables = {"DiaSource": "lsst_sources", "DiaObject": "lsst_objects", "DiaForcedSource": "lsst_forced_photometry",
              "SSSource": "lsst_sso"}
    compared = 0
    for row in rubin_columns(shared_data):
        if row["table"] in tables and row["ucd"]:
            dictionary, key = load_dictionary("astroquery_brokers.fink", tables[row["table"]]), f"r:{row['column']}"
            if key in dictionary:
                compared += 1
                ours = dictionary[key].ucd
                assert f"{ours};".startswith(f"{row['ucd']};") or any(
                    row["ucd"] == theirs and ours.startswith(other) for theirs, other, _ in OTHER_UCDS), key
    assert compared > 100
