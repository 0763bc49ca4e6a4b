# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Real alert packets, asked through the sandbox, are the light curve that ALeRCE recorded of them."""

import json

import numpy as np
import pytest

from astroquery_brokers.alerce import Alerce


def test_the_58_detections_of_ztf20aaelulu(packets, shared_data):
    recorded = json.loads((shared_data / "alerce" / "alerce_ztf_rest_lightcurve_ZTF20aaelulu.json").read_text())
    recorded = {int(row["candid"]): row for row in recorded["detections"]}
    table = Alerce.query_detections("ZTF20aaelulu")
    assert len(table) == len(recorded) == 58
    assert set(table["candid"]) == set(recorded)
    for row in table:
        expected = recorded[int(row["candid"])]
        assert row["mjd"] == expected["mjd"] and row["isdiffpos"] == expected["isdiffpos"]
        assert row["magpsf"] == pytest.approx(expected["magpsf"], abs=1e-6)


def test_a_cone_around_it_finds_it_and_its_light_curve_is_whole(packets):
    found = Alerce.query_region("ZTF20aaelulu", "2 arcsec")
    assert list(found["oid"]) == ["ZTF20aaelulu"] and found["ndet"][0] == 58
    curve = Alerce.query_lightcurve("ZTF20aaelulu")
    assert (curve["kind"] == "detection").sum() == 58
    assert np.isfinite(curve["flux"].compressed()).all()


def test_every_packet_has_an_object(packets):
    objects = Alerce.query_objects(row_limit=-1)
    assert set(objects["oid"]) == set(packets.truth.objects["oid"])
    ids = [str(oid) for oid in objects["oid"]]
    detections = Alerce.query_detections(ids)
    assert detections.meta["coverage"][0]["found"] == len(ids)
    assert set(map(str, detections["candid"])) == set(map(str, packets.truth.detections["candid"]))
