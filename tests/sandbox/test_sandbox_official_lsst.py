# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The official ALeRCE client against the sandbox: Rubin, cutouts, packets and catsHTM."""

import base64
import io

import fastavro
import numpy as np
import pytest

PROGRAM = """
import base64, json, sys, warnings
warnings.simplefilter("ignore")
from alerce.core import Alerce

oid, ztf, candid, catshtm = sys.argv[1:]
out, client = {}, Alerce()
client.load_config_from_object({"CATSHTM_API_URL": catshtm})
out["objects"] = client.query_objects(survey="lsst", format="json", classifier="stamp_classifier_rubin_beta",
                                      class_name="SN", n_det=[5, 100], page_size=5, order_by="oid")
out["frame"] = client.query_objects(survey="lsst", format="pandas", ra=185, dec=15, radius=600, page_size=50,
                                    classifier="stamp_classifier_rubin_beta", index="oid").index.tolist()
out["object"] = client.query_object(oid, survey="lsst", return_survey_extra=True)
for name in ("lightcurve", "detections", "non_detections", "forced_photometry", "probabilities"):
    out[name] = getattr(client, "query_" + name)(oid, survey="lsst", format="json")
out["table"] = [int(value) for value in client.query_detections(oid, survey="lsst", format="votable")["measurement_id"]]
stamps = client.get_stamps(int(oid), survey="lsst", include_variance_and_psf=True)
out["stamps"] = {name: [list(hdu.data.shape) for hdu in hdus] for name, hdus in stamps.items()}
out["ztf_stamps"] = [[hdu.header["STAMP_TYPE"], list(hdu.data.shape), float(hdu.data[31, 31])]
                     for hdu in client.get_stamps(ztf, int(candid), survey="ztf")]
out["first"] = [list(data.shape) for data in client.get_stamps(ztf, survey="ztf", format="numpy")]
out["avro"] = base64.b64encode(client.get_avro(ztf, int(candid), survey="ztf")).decode()
cone = client.catshtm_conesearch(185, 15, 60, "all", format="votable")
out["cone"] = {name: [len(table), str(table["Dec" if "Dec" in table.colnames else "dec"].unit)]
               for name, table in cone.items()}
out["one"] = client.catshtm_conesearch(185, 15, 60, "GAIA/DR2", format="pandas")["RA"].tolist()
out["none"] = client.catshtm_conesearch(100, 85.3, 1, "WISE") is None
out["match"] = client.catshtm_crossmatch(185, 15, 60, "GAIA/DR2", format="votable")["distance"].tolist()
out["matches"] = sorted(client.catshtm_crossmatch(185, 15, 60, "all"))
out["redshift"] = client.catshtm_redshift(185, 15, 60)
for name, call in (("missing", lambda: client.query_object(1, survey="lsst")),
                   ("unknown", lambda: client.query_probabilities(1, survey="lsst")),
                   ("page", lambda: client.catshtm_conesearch(1, 1, 1, "nothing"))):
    try:
        call()
    except Exception as error:
        out[name] = [type(error).__name__, error.code]
json.dump(out, sys.stdout)
"""


@pytest.fixture(scope="module")
def alert(synthetic, showpiece):
    rows = synthetic.truth.detections
    rows = rows[(rows["oid"] == showpiece) & rows["has_stamp"]]
    return rows[rows["magpsf"].argmin()]


@pytest.fixture(scope="module")
def answers(official_client, synthetic, rubin_showpiece, alert):
    return official_client(PROGRAM, rubin_showpiece, alert["oid"], alert["candid"],
                           synthetic.urls["alerce.catshtm_url"])


def test_objects(answers, rubin_showpiece):
    items = answers["objects"]
    assert len(items) == 5 and [item["oid"] for item in items] == sorted((item["oid"] for item in items), reverse=True)
    assert all(item["class_name"] == "SN" and 5 <= item["n_det"] <= 100 for item in items)
    assert int(rubin_showpiece) in answers["frame"] and len(answers["frame"]) >= 8
    assert answers["object"]["oid"] == int(rubin_showpiece) and answers["object"]["nDiaSources"] > 50


def test_light_curve(answers, synthetic, rubin_showpiece):
    truth = synthetic.truth.lsst_detections
    numbers = sorted(int(text) for text in truth["measurement_id"][truth["oid"] == rubin_showpiece])
    assert sorted(row["measurement_id"] for row in answers["detections"]) == numbers == sorted(answers["table"])
    assert {row["band_name"] for row in answers["detections"]} == set("ugrizy")
    assert answers["non_detections"] == answers["lightcurve"]["non_detections"] == []
    assert answers["forced_photometry"] == answers["lightcurve"]["forced_photometry"]
    assert len(answers["forced_photometry"]) == 10
    assert len(answers["probabilities"]) == 10


def test_cutouts(answers, alert):
    assert set(answers["stamps"]) == {"cutoutScience", "cutoutTemplate", "cutoutDifference"}
    assert all(len(shapes) == 3 and shapes[0] == shapes[1] for shapes in answers["stamps"].values())
    assert [(kind, shape) for kind, shape, _ in answers["ztf_stamps"]] == [
        (kind, [63, 63]) for kind in ("science", "template", "difference")]
    assert answers["first"] == [[63, 63]] * 3
    packet, = fastavro.reader(io.BytesIO(base64.b64decode(answers["avro"])))
    assert packet["candid"] == int(alert["candid"]) and packet["objectId"] == alert["oid"]
    assert packet["candidate"]["magpsf"] == np.float32(alert["magpsf"])


def test_catalogs(answers):
    assert {"2MASS", "GAIA/DR2", "NEDz", "SDSS/DR10", "WISE"} <= set(answers["cone"])
    assert all(unit == "deg" for _, unit in answers["cone"].values())
    assert len(answers["one"]) == answers["cone"]["GAIA/DR2"][0]
    assert answers["none"] is True and 0 < answers["match"][0] < 60
    assert answers["matches"] == sorted(answers["cone"])
    assert 0 < answers["redshift"] < 3.5


def test_errors(answers):
    assert (answers["missing"], answers["unknown"], answers["page"]) == (
        ["APIError", 500], ["ObjectNotFoundError", 404], ["APIError", 500])
