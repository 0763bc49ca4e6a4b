# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The official ALeRCE client, which knows nothing of this project, works against the sandbox."""

import pytest

PROGRAM = """
import json, sys
from alerce.core import Alerce

oid, out, client = sys.argv[1], {}, Alerce()
out["objects"] = client.query_objects(survey="ztf", format="json", classifier="stamp_classifier", class_name="SN",
                                      probability=0.5, page_size=5, order_by="oid")
out["frame"] = client.query_objects(survey="ztf", format="pandas", ra=185, dec=15, radius=600, page_size=50,
                                    index="oid").index.tolist()
out["object"] = client.query_object(oid, survey="ztf")
for name in ("lightcurve", "detections", "non_detections", "forced_photometry", "magstats", "probabilities",
             "features"):
    out[name] = getattr(client, "query_" + name)(oid, survey="ztf", format="json")
out["feature"] = client.query_feature(oid, "gal_b", survey="ztf", format="json")
out["classifiers"] = client.query_classifiers(survey="ztf", format="json")
out["classes"] = client.query_classes("stamp_classifier", "stamp_classifier_1.0.4", survey="ztf", format="json")
out["table"] = [str(value) for value in client.query_detections(oid, survey="ztf", format="votable")["candid"]]
try:
    client.query_object("ZTF99zzzzzzz", survey="ztf")
except Exception as error:
    out["missing"] = type(error).__name__
try:
    client.query_objects(survey="ztf", order_by="ndethist")
except Exception as error:
    out["refused"] = type(error).__name__
json.dump(out, sys.stdout)
"""


@pytest.fixture(scope="module")
def answers(official_client, showpiece):
    return official_client(PROGRAM, showpiece)


def test_objects(answers, showpiece):
    items = answers["objects"]["items"]
    assert len(items) == 5 and [item["oid"] for item in items] == sorted(item["oid"] for item in items)
    assert all(item["class"] == "SN" and item["probability"] >= 0.5 for item in items)
    assert showpiece in answers["frame"] and len(answers["frame"]) >= 10
    assert answers["object"]["oid"] == showpiece


def test_light_curves(answers, synthetic, showpiece):
    truth = synthetic.truth.detections
    candids = sorted(truth["candid"][truth["oid"] == showpiece])
    assert sorted(row["candid"] for row in answers["detections"]) == candids == sorted(answers["table"])
    assert len(answers["lightcurve"]["detections"]) == len(candids)
    assert answers["non_detections"] == answers["lightcurve"]["non_detections"]
    forced = synthetic.truth.forced_photometry
    assert len(answers["forced_photometry"]) == (forced["oid"] == showpiece).sum()
    assert "procstatus" in answers["forced_photometry"][0]


def test_derived(answers):
    assert [row["fid"] for row in answers["magstats"]] == [1, 2]
    assert answers["probabilities"] and answers["features"]
    assert {row["name"] for row in answers["feature"]} == {"gal_b"}
    assert len(answers["classifiers"]) == 15
    assert answers["classes"][0] == {"name": "SN"}


def test_errors(answers):
    assert (answers["missing"], answers["refused"]) == ("ObjectNotFoundError", "ParseError")
