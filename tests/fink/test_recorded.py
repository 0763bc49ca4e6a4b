# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Recorded replies of the real service: every value comes through, or is masked where the dictionary says so."""

import json
from collections import Counter

import numpy as np
import pytest

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.columns import load_dictionary
from astroquery_brokers.exceptions import RejectedQueryError
from astroquery_brokers.tables import decode_rows, to_table

RUBIN = "170587117485817955"
# File and the dictionary of its table.
RECORDED = [
    ("fink_lsst_sources.json", "lsst_sources"), ("fink_lsst_objects.json", "lsst_objects"),
    ("fink_lsst_fp.json", "lsst_forced_photometry"), ("fink_lsst_conesearch.json", "lsst_cone"),
    ("fink_lsst_tags_extragalactic_new_candidate.json", "lsst_tags"), ("fink_ztf_latests.json", "ztf_latests"),
    ("fink_ztf_latests_sn_candidate_2026.json", "ztf_latests"), ("fink_ztf_objects_5oids.json", "ztf_alerts"),
    ("fink_ztf_objects_withupperlim_last2.json", "ztf_alerts"), ("fink_ztf_resolver_simbad.json",
                                                                 "ztf_resolver_simbad"),
    ("fink_ztf_resolver_ssodnet.json", "ztf_resolver_ssodnet"), ("fink_ztf_resolver_tns.json", "ztf_resolver_tns"),
    ("fink_ztf_sso_3.json", "ztf_sso"), ("fink_ztf_statistics_day.json", "ztf_statistics")]


@pytest.fixture(params=RECORDED, ids=lambda recorded: recorded[0])
def recorded(request, shared_data):
    """Rows as recorded, the table made of them, and its dictionary."""
    file, name = request.param
    rows = json.loads((shared_data / "fink" / file).read_bytes())
    dictionary = load_dictionary("astroquery_brokers.fink", name)
    return rows, to_table(decode_rows(rows, dictionary), dictionary), dictionary


def same(sent, value):
    """Whether a value is what was sent; numbers are sent as text here and there."""
    if isinstance(sent, str) and not isinstance(value, str):
        return float(sent) == value if not isinstance(value, (bool, np.bool_)) else sent.lower() == str(value).lower()
    return type(sent)(value) == sent


def test_every_value_equals_the_reply_or_is_a_documented_null(recorded):
    rows, table, dictionary = recorded
    assert len(table) == len(rows) > 0
    masked = Counter()
    for place, row in enumerate(rows):
        for key, sent in row.items():
            value = table[key][place]
            column = dictionary[key] if key in dictionary else dictionary.of_family(key)
            if np.ma.is_masked(value):
                number = isinstance(sent, str) and sent.replace("-", "").isdigit() and int(sent)
                assert sent is None or sent in column.nulls or number in column.nulls, (key, sent)
                masked[key] += sent is not None
            else:
                assert sent is not None and same(sent, value), (key, sent, value)
    # Identifiers and times are there in every row of an alert.
    assert not {"i:objectId", "i:jd", "r:diaSourceId", "r:midpointMjdTai", "r:psfFlux"} & set(masked)


def test_ids_keep_their_digits(recorded, shared_data):
    rows, table, dictionary = recorded
    for column in dictionary.columns:
        if column.dtype == "int64" and column.name in table.colnames:
            assert table[column.name].dtype == np.int64
            for row, value in zip(rows, table[column.name].tolist()):
                assert value is None or value == int(row[column.name])


@pytest.fixture
def both(speaker, broker, says, shared_data):
    """Fink and ALeRCE with what they said about the same Rubin object."""
    def bytes_of(path):
        return (shared_data / path).read_bytes()

    for endpoint, file in (("sources", "sources"), ("fp", "fp"), ("objects", "objects"), ("conesearch", "conesearch")):
        says(endpoint, bytes_of(f"fink/fink_lsst_{file}.json"), kind="application/json")
    detections, forced = (json.loads(bytes_of(f"alerce/alerce_lsst_{name}.json"))
                          for name in ("detections", "forced_photometry"))
    says_alerce = {"/lightcurve_api/detections": detections, "/lightcurve_api/forced-photometry": forced,
                   "/lightcurve_api/lightcurve": {"detections": detections, "non_detections": [],
                                                  "forced_photometry": forced},
                   "/object_api/object": {**json.loads(bytes_of("alerce/alerce_lsst_object.json")), "n_forced": 10}}
    for path, payload in says_alerce.items():
        speaker.replies[path] = 200, "application/json", json.dumps(payload).encode()
    return broker, AlerceClass(retries=0, lsst_url=speaker.url)


def test_the_recorded_object_is_the_same_through_both_brokers(both):
    fink, alerce = both
    ours = fink.query_detections(RUBIN, output_format="json")
    theirs = alerce.query_detections(RUBIN)
    assert len(ours) == len(theirs) == 16
    assert ours["r:diaSourceId"].tolist() == theirs["measurement_id"].tolist()
    assert set(ours["r:diaObjectId"]) == set(theirs["oid"]) == {int(RUBIN)}
    for name, other, tolerance in (("r:psfFlux", "psfFlux", 0), ("r:psfFluxErr", "psfFluxErr", 0),
                                   ("r:scienceFlux", "scienceFlux", 0), ("r:reliability", "reliability", 1e-10),
                                   ("r:ra", "ra", 1e-10), ("r:dec", "dec", 1e-10),
                                   ("r:midpointMjdTai", "mjd", 6e-11)):
        assert np.allclose(ours[name], theirs[other], rtol=1e-15, atol=tolerance), name
    assert ours["r:band"].tolist() == theirs["band_name"].tolist()
    assert ours["r:visit"].tolist() == theirs["visit"].tolist()


def test_the_canonical_light_curves_are_the_same(both):
    fink, alerce = both
    ours, theirs = fink.query_lightcurve(RUBIN, output_format="json"), alerce.query_lightcurve(RUBIN)
    one, other = (curve[curve["kind"] == "detection"] for curve in (ours, theirs))
    for name in set(one.colnames) - {"broker", "origin"}:
        mask = np.ma.getmaskarray(one[name])
        assert np.array_equal(mask, np.ma.getmaskarray(other[name])), name
        values, others = np.ma.getdata(one[name])[~mask], np.ma.getdata(other[name])[~mask]
        assert np.allclose(values, others, rtol=1e-15, atol=1e-10) if values.dtype.kind == "f" else (
            values == others).all(), name
    # Fink keeps more points of forced photometry; those that both have are the same.
    one, other = (curve[curve["kind"] == "forced"] for curve in (ours, theirs))
    assert (len(one), len(other)) == (20, 10)
    shared = one[np.isin(one["measurement_id"], other["measurement_id"])]
    assert len(shared) == 10 and np.array_equal(shared["flux"], other["flux"])


@pytest.mark.parametrize("file, said", [("fink_lsst_error_unknown_tag.txt", "nope is not a valid tag.*in_tns"),
                                        ("fink_lsst_error_tag_no_api.txt", "only available from the Livestream")])
def test_recorded_refusals_are_errors_in_words(broker, says, shared_data, file, said):
    says("tags", (shared_data / "fink" / file).read_text(), status=400)
    with pytest.raises(RejectedQueryError, match=said):
        broker.query_alerts(tag="nope")
