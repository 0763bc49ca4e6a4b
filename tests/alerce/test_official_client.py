# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's own client, pointed at the sandbox, and this package give the same values."""

import json
import os
import subprocess
import sys

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
def official(synthetic, showpiece, tmp_path_factory):
    """What the official client 2.3.1 returns, by verb."""
    root = synthetic.urls["alerce.ztf_url"].removesuffix("/ztf/v1")
    objects = "/ztf/v1/objects"
    config = {
        "multisurvey": {"URL_MS": root + "/", "ROUTES_MS": dict.fromkeys(
            ("objects", "single_object", "detections", "forced_photometry", "non_detections", "lightcurve",
             "probabilities"), "none")},
        "ztf": {"ZTF_API_URL": root, "ZTF_ROUTES": {
            "objects": objects, "single_object": objects + "/%s", "detections": objects + "/%s/detections",
            "non_detections": objects + "/%s/non_detections", "lightcurve": objects + "/%s/lightcurve",
            "magstats": objects + "/%s/magstats", "probabilities": objects + "/%s/probabilities",
            "features": objects + "/%s/features", "single_feature": objects + "/%s/features/%s",
            "classifiers": "/ztf/v1/classifiers", "classifier_classes": "/ztf/v1/classifiers/%s/%s/classes",
            "forced_photometry": "/v2/lightcurve/forced-photometry/%s"}},
        "stamps": {"STAMP_URL": root, "AVRO_ROUTES": {"get_stamp": "/", "get_avro": "/"}},
        "stamps_ztf": {"AVRO_URL": root, "AVRO_ROUTES": {"get_stamp": "/", "get_avro": "/"}},
    }
    path = tmp_path_factory.mktemp("official") / "config.json"
    path.write_text(json.dumps(config))
    environment = {**os.environ, "ALERCE_CONFIG_PATH": str(path), "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, "-c", SCRIPT, showpiece], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
