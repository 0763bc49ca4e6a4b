# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Forms of replies that the service documents or once had, but the sandbox's sky does not lead to."""

import json

import numpy as np
import pytest
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers.alerce import Alerce

OID = "ZTF20aaelulu"
FORCED = {"candid": f"{OID}3305451055515", "pid": 3305451055515, "oid": OID, "mjd": 59000.25, "fid": 2, "ra": 187.0,
          "dec": 6.5, "mag": 20.0, "e_mag": 0.1, "isdiffpos": 1,
          "extra_fields": {"mag": 99.0, "e_mag": None, "field": 473, "diffmaglim": 20.5}}
DETECTION = {"candid": "1234567890123456789", "mjd": 59000.5, "fid": 1, "magpsf": 18.0, "sigmapsf": 0.1,
             "isdiffpos": -1, "ra": 187.0, "dec": 6.5, "rb": 0.5, "drb": 0.75}


def say(speaker, route, payload):
    speaker.replies[route] = 200, "application/json", json.dumps(payload).encode()


def test_of_a_value_that_comes_twice_the_outer_one_counts(broker, speaker):
    say(speaker, f"/forced-photometry/{OID}", [FORCED])
    row, = broker.query_forced_photometry(OID)
    assert (row["mag"], row["e_mag"], row["field"], row["diffmaglim"]) == (20.0, 0.1, 473, 20.5)


def test_a_light_curve_worked_out_by_hand(broker, speaker):
    say(speaker, f"/objects/{OID}/lightcurve", {
        "detections": [DETECTION, {**DETECTION, "candid": "1234567890123456790", "mjd": 59001.5, "magpsf": float("inf"),
                                   "drb": None}],
        "non_detections": [{"mjd": 58999.5, "fid": 3, "diffmaglim": 19.5}]})
    say(speaker, f"/forced-photometry/{OID}", [FORCED])
    curve = broker.query_lightcurve(OID)
    assert curve["kind"].tolist() == ["upper_limit", "forced", "detection", "detection"]
    # ZTF gives the start of an exposure, in UTC.
    assert curve["mjd_is_start"].tolist() == [True] * 4
    np.testing.assert_allclose((curve["mjd"] - [58999.5, 59000.25, 59000.5, 59001.5]) * 86400, 37, atol=1e-4)
    assert curve["band"].tolist() == ["ztfi", "ztfr", "ztfg", "ztfg"]
    assert curve["measurement_id"].tolist() == [None, None, 1234567890123456789, 1234567890123456790]
    np.testing.assert_allclose(curve["flux"][1:3].tolist(), [10 ** 4.56, -10 ** 5.36])
    # A magnitude that is no number is none.
    assert curve["flux"].mask.tolist() == curve["mag"].mask.tolist() == [True, False, False, True]
    assert curve["quality"].tolist() == [None, None, 0.75, 0.5]
    assert curve["limiting_mag"].tolist() == [19.5, 20.5, None, None]


def test_nothing_is_left_of_a_light_curve_that_anonymous_callers_do_not_get(broker, speaker):
    speaker.replies[f"/objects/{OID}/lightcurve"] = 200, "application/json", b"null"
    say(speaker, f"/forced-photometry/{OID}", [])
    with pytest.warns(NoResultsWarning):
        curve = broker.query_lightcurve(OID)
    assert len(curve) == 0 and not len(curve.failures)


@pytest.mark.parametrize("key", ["classifier_version", "classfier_version"])
def test_a_key_that_was_once_misspelt_is_read(broker, speaker, key):
    say(speaker, "/object_api/list_objects", {"has_next": False, "items": [
        {"oid": 2**60 + 1, "class_name": "SN", "classifier_name": "x", key: "2.0.2", "ranking": 1}]})
    table = broker.query_objects(survey="lsst", classifier="x", route="rest")
    assert table["classifier_version"].tolist() == ["2.0.2"] and "classfier_version" not in table.colnames
    assert table["oid"].tolist() == [2**60 + 1]


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_the_radius_of_the_official_client_is_30_arcsec_by_default(survey):
    asked = Alerce.query_objects(ra=10.5, dec=-3.0, survey=survey, route="rest", get_query_payload=True)
    assert (asked["params"]["ra"], asked["params"]["dec"], asked["params"]["radius"]) == ("10.5", "-3.0", "30.0")


@pytest.mark.parametrize("name", [".", "..", "Power_rate_1/4"])
def test_a_feature_whose_name_is_no_part_of_an_address_is_picked_from_all(broker, speaker, name):
    rows = [{"name": one, "value": 0.5, "fid": 1, "version": "1"} for one in (name, "Mean", "Power_rate_1")]
    say(speaker, f"/objects/{OID}/features", rows)
    assert broker.query_feature(OID, name)["name"].tolist() == [name]
    assert speaker.asked == [f"/objects/{OID}/features"]
