# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's own client, pointed at the sandbox, and this package give the same values."""

import numpy as np
import pytest

from astroquery_brokers.alerce import Alerce

pytestmark = pytest.mark.usefixtures("box")
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
from alerce.core import Alerce
client, oid = Alerce(), sys.argv[1]
of_object = ["query_object", "query_detections", "query_non_detections", "query_forced_photometry", "query_magstats",
             "query_probabilities", "query_features"]
replies = {verb: getattr(client, verb)(oid, format="json", survey="ztf") for verb in of_object}
replies["query_objects"] = client.query_objects(format="json", survey="ztf", classifier="lc_classifier",
                                                class_name="SNIa", page_size=20, order_by="oid", order_mode="ASC")
replies["query_lightcurve"] = client.query_lightcurve(oid, format="json", survey="ztf")
replies["query_classifiers"] = client.query_classifiers(format="json", survey="ztf")
replies["query_classes"] = client.query_classes("lc_classifier_top", "hierarchical_random_forest_1.0.0",
                                                format="json", survey="ztf")
print(json.dumps(replies))
"""


@pytest.fixture(scope="module")
def official(official_client, showpiece):
    """What the official client 2.3.1 returns, by verb."""
    return official_client(SCRIPT, showpiece)


def assert_same(table, rows):
    assert len(table) == len(rows) > 0
    known = set(table.colnames)
    for number, row in enumerate(rows):
        for key, sent in row.items():
            if key == "extra_fields":
                continue
            assert key in known, key
            value = table[key][number]
            if np.ma.is_masked(value):
                nulls = Alerce._dictionary(SHORT[table.meta["tables"][0]["name"]])[key].nulls
                assert sent is None or sent != sent or sent in nulls
            elif isinstance(sent, list):
                assert list(value) == sent
            else:
                assert type(sent)(value) == sent, (key, sent, value)


SHORT = {f"alerce_{name}": name for name in (
    "ztf_objects", "ztf_detections", "ztf_non_detections", "ztf_forced_photometry", "ztf_magstats",
    "ztf_probabilities", "ztf_features", "ztf_classifiers", "ztf_classes")}


@pytest.mark.parametrize("verb", ["query_detections", "query_non_detections", "query_forced_photometry",
                                  "query_magstats", "query_probabilities", "query_features"])
def test_measurements_and_what_was_derived(official, showpiece, verb):
    assert_same(getattr(Alerce, verb)(oid=showpiece), official[verb])


def test_objects(official, showpiece):
    assert_same(Alerce.query_object(oid=showpiece), [official["query_object"]])
    assert_same(Alerce.query_objects(classifier="lc_classifier", class_name="SNIa", page=1, page_size=20),
                official["query_objects"]["items"])


def test_light_curve(official, showpiece):
    reply = official["query_lightcurve"]
    curve = Alerce.query_lightcurve(showpiece)
    detections = curve[curve["kind"] == "detection"]
    assert sorted(map(str, detections["measurement_id"])) == sorted(row["candid"] for row in reply["detections"])
    assert (curve["kind"] == "upper_limit").sum() == len(reply["non_detections"])


def test_classifiers(official):
    assert_same(Alerce.query_classifiers(), official["query_classifiers"])
    assert_same(Alerce.query_classes("lc_classifier_top", "hierarchical_random_forest_1.0.0"),
                official["query_classes"])
