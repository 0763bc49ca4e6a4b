# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Recorded replies of the real service: every value comes through, or is masked where the dictionary says so."""

import json
from collections import Counter

import numpy as np
import pytest

from astroquery_brokers.alerce import endpoints
from astroquery_brokers.columns import load_dictionary
from astroquery_brokers.tables import decode_rows, to_table

# File, the endpoint that gave it, which of its tables, and how many values of each column are masked though sent.
RECORDED = [
    ("alerce_ztf_rest_lightcurve_ZTF20aaelulu.json", endpoints.LIGHT_CURVE, 0,
     {"sigmapsf_corr": 30, "parent_candid": 1}),
    ("alerce_ztf_rest_lightcurve_ZTF20aaelulu.json", endpoints.LIGHT_CURVE, 1, {}),
    ("alerce_ztf_rest_detections_uncorrected.json", endpoints.DETECTIONS, 0, {}),
    ("alerce_ztf_objects.json", endpoints.OBJECTS, 0, {}),
    ("alerce_ztf_rest_objects_page.json", endpoints.OBJECTS, 0, {}),
    ("alerce_ztf_rest_objects_empty.json", endpoints.OBJECTS, 0, {}),
    ("alerce_ztf_object.json", endpoints.OBJECT, 0, {}),
    ("alerce_ztf_magstats.json", endpoints.MAGSTATS, 0, {}),
    ("alerce_ztf_probabilities_first54.json", endpoints.PROBABILITIES, 0, {}),
    ("alerce_ztf_rest_classifiers.json", endpoints.CLASSIFIERS, 0, {}),
    ("alerce_ztf_v2_forced_photometry_ZTF18aaueixg.json", endpoints.FORCED_PHOTOMETRY, 0,
     {"e_mag_corr": 6, "ssdistnr": 15, "ssmagnr": 15, "ssnamenr": 15, "sgmag2": 15, "sgmag3": 15, "srmag3": 15}),
    ("alerce_lsst_objects.json", endpoints.LSST_OBJECTS, 0, {}),
    ("alerce_lsst_object.json", endpoints.LSST_OBJECT, 0, {}),
    ("alerce_lsst_detections.json", endpoints.LSST_DETECTIONS, 0, {"parentDiaSourceId": 16, "ssObjectId": 16}),
    ("alerce_lsst_forced_photometry.json", endpoints.LSST_FORCED_PHOTOMETRY, 0, {}),
    ("alerce_lsst_probabilities.json", endpoints.LSST_PROBABILITIES, 0, {}),
]


@pytest.fixture(params=RECORDED, ids=lambda recorded: f"{recorded[0]}-{recorded[2]}")
def recorded(request, shared_data):
    """Rows as recorded, the table made of them, its dictionary, and what is masked though it was sent."""
    file, endpoint, number, hidden = request.param
    payload = json.loads((shared_data / "alerce" / file).read_text())
    if endpoint is endpoints.FORCED_PHOTOMETRY:
        payload = payload["forced_photometry"]
    if endpoint is endpoints.LSST_OBJECTS:
        payload = {"items": payload}
    rows = endpoint.parse(payload, broker="ALeRCE", url="")[number]
    dictionary = load_dictionary("astroquery_brokers.alerce", endpoint.tables[number])
    return rows, to_table(decode_rows(rows, dictionary), dictionary), dictionary, hidden


def test_every_value_equals_the_reply_or_is_a_documented_null(recorded):
    rows, table, dictionary, hidden = recorded
    assert len(table) == len(rows)
    masked = Counter()
    for number, row in enumerate(rows):
        for key, sent in row.items():
            value = table[key][number]
            if np.ma.is_masked(value):
                assert sent is None or sent in dictionary[key].nulls, (key, sent)
                masked[key] += sent is not None
            elif isinstance(sent, list):
                assert list(value) == sent
            else:
                assert sent is not None and type(sent)(value) == sent, (key, sent, value)
    assert {key: count for key, count in masked.items() if count} == hidden


def test_what_was_not_sent_is_masked(recorded):
    rows, table, *_ = recorded
    for name in table.colnames:
        absent = [number for number, row in enumerate(rows) if row.get(name) is None]
        assert np.ma.getmaskarray(table[name])[absent].all(), name


def test_dtypes_are_those_of_the_dictionary(recorded):
    _, table, dictionary, _ = recorded
    for column in table.itercols():
        known = dictionary[column.name]
        assert column.dtype == object if known.array else column.dtype.kind == np.dtype(known.dtype).kind
        assert column.dtype.kind == "U" or known.array or column.dtype == known.dtype


def test_ids_are_exact(shared_data):
    text = (shared_data / "alerce" / "alerce_ztf_rest_lightcurve_ZTF20aaelulu.json").read_text()
    rows = json.loads(text)["detections"]
    dictionary = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    table = to_table(decode_rows(rows, dictionary), dictionary)
    assert table["candid"].dtype == table["parent_candid"].dtype == np.int64
    assert [str(candid) for candid in table["candid"]] == [row["candid"] for row in rows]
    assert table["candid"][0] == 1101542291015015004


def test_documented_columns_that_are_not_sent_are_there_and_masked(shared_data):
    rows = json.loads((shared_data / "alerce" / "alerce_ztf_magstats.json").read_text())
    dictionary = load_dictionary("astroquery_brokers.alerce", "ztf_magstats")
    table = to_table(decode_rows(rows, dictionary), dictionary)
    for name in ("dmdt_first", "dm_first", "magmean_corr", "saturation_rate"):
        assert table[name].mask.all()
