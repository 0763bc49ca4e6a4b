# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Real Rubin alert packets."""

import gzip
import io
import shutil

import fastavro
import numpy as np
import pytest
from astropy.io import fits

from astroquery_brokers.sandbox.client import Box


@pytest.fixture(scope="module")
def alerts(shared_data):
    with open(shared_data / "fink" / "lsst_data_transfer_part-2-918301.avro", "rb") as stream:
        return list(fastavro.reader(stream))


@pytest.fixture(scope="module")
def rubin(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rubin")
    shutil.copy(shared_data / "fink" / "lsst_data_transfer_part-2-918301.avro", folder)
    box = Box(alerts=folder)
    yield box
    box.stop()


@pytest.fixture()
def ask(rubin, session):
    def ask(path, **params):
        reply = session.get(rubin.urls["alerce.lsst_url"] + path, params=params, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply
    return ask


def test_measurements(ask, alerts):
    """Detections and forced photometry of the packets, without repetitions, value by value."""
    for alert in alerts:
        source = alert["diaSource"]
        oid = source["diaObjectId"] or source["ssObjectId"]
        rows = {row["measurement_id"]: row for row in ask("/lightcurve_api/detections", survey_id="lsst",
                                                          oid=oid).json()}
        known = {item["diaSourceId"]: item for item in [source, *(alert["prvDiaSources"] or ())]}
        assert set(rows) == set(known)
        for number, row in rows.items():
            assert (row["mjd"], row["ra"], row["dec"]) == tuple(
                known[number][name] for name in ("midpointMjdTai", "ra", "dec"))
            assert np.float32(row["psfFlux"]) == np.float32(known[number]["psfFlux"] or 0)
            assert row["band_map"][str(row["band"])] == known[number]["band"]
            assert row["has_stamp"] is (number == source["diaSourceId"])
            for name in ("visit", "detector", "psfNdata", "trailRa", "isNegative", "pixelFlags_edge", "psfLnL"):
                assert row[name] == known[number][name], name
        forced = alert["prvDiaForcedSources"] or ()
        assert len(ask("/lightcurve_api/forced-photometry", survey_id="lsst", oid=[oid, oid]).json()) == len(forced)


def test_objects(ask, alerts, rubin):
    items = ask("/object_api/list_objects", survey="lsst", page_size=50).json()["items"]
    dia = {alert["diaSource"]["diaObjectId"]: alert for alert in alerts if alert["diaSource"]["diaObjectId"]}
    assert {item["oid"] for item in items} == set(dia)
    assert {item["classifier_version"] for item in items} == {"sandbox"}
    for oid, alert in dia.items():
        row = ask("/object_api/object", survey_id="lsst", oid=oid, return_survey_extra=True).json()
        assert row["n_forced"] == len(alert["prvDiaForcedSources"])
        for name in ("ra", "dec", "validityStartMjdTai", "i_psfFluxNdata", "nDiaSources"):
            assert row[name] == alert["diaObject"][name], name
    assert (rubin.truth.lsst_objects["sid"] == 2).sum() == 2
    assert len(rubin.truth.objects) == 0


def test_cutouts_are_those_of_the_packet(ask, alerts):
    for alert in alerts:
        source = alert["diaSource"]
        for kind in ("Science", "Template", "Difference"):
            data = gzip.decompress(ask(
                "/stamps_api/stamp", oid=source["diaObjectId"] or source["ssObjectId"], survey_id="lsst",
                measurement_id=source["diaSourceId"], stamp_type=f"cutout{kind}", file_format="fits").content)
            assert data == alert[f"cutout{kind}"]
            with fits.open(io.BytesIO(data)) as hdus:
                assert len(hdus) == 3 and hdus[0].data.shape == (30, 30)
