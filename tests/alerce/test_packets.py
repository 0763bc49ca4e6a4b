# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Real alert packets through the sandbox: the light curve that ALeRCE recorded of them, and the packets themselves."""

import io
import json
import sys
from functools import partial

import fastavro
import numpy as np
import pytest

from astroquery_brokers.alerce import Alerce
from astroquery_brokers.exceptions import (BrokerError, CandidError, InvalidArgumentError, ObjectNotFoundError,
                                           PartialResultWarning, ReplyParseError)


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


# -- the packets themselves ----------------------------------------------------------------------------------------


def files_of(shared_data, oid):
    """Packets of an object as published, by candid."""
    paths = (shared_data / "ztf" / "packets").glob(f"{oid}_*.avro")
    return {int(path.name.split("_")[1]): path.read_bytes() for path in paths}


def test_packets_are_those_that_were_published(packets, shared_data):
    published = files_of(shared_data, "ZTF20aajcdad")
    alerts = Alerce.get_alerts("ZTF20aajcdad")
    assert [alert["candid"] for alert in alerts] == sorted(published) and len(alerts) == 2
    for alert in alerts:
        expected = next(fastavro.reader(io.BytesIO(published[alert["candid"]])))
        assert alert == expected
    raw = Alerce.get_alerts("ZTF20aajcdad", raw=True)
    assert [next(fastavro.reader(io.BytesIO(data))) for data in raw] == alerts
    assert next(fastavro.reader(io.BytesIO(Alerce.get_avro("ZTF20aajcdad")))) == alerts[0]
    assert Alerce.get_avro(candid=alerts[1]["candid"]) == raw[1]
    assert alerts.meta["coverage"][0]["found"] == 1 and alerts.meta["provenance"][0]["requests"] == 2


def test_packets_of_many_objects_with_one_that_fails(packets, shared_data):
    ids = ["ZTF17aaarzyp", "ZTF99aaaaaaa", "ZTF20aajcdad"]
    bad = max(files_of(shared_data, "ZTF20aajcdad"))
    packets.faults = [{"path": f"*get_avro*{bad}*", "body": "<html>oops</html>", "content_type": "text/html"}]
    with pytest.warns(PartialResultWarning, match="1 of 3 requests"):
        alerts = Alerce.get_alerts(ids, cache=False)
    packets.faults = []
    assert [alert["objectId"] for alert in alerts] == ["ZTF17aaarzyp", "ZTF20aajcdad"]
    assert list(alerts.failures["item"]) == ["ZTF20aajcdad"] and "oops" in alerts.failures["reason"][0]
    coverage, = alerts.meta["coverage"]
    assert (coverage["found"], coverage["partial"], coverage["missing"]) == (2, 1, ["ZTF99aaaaaaa"])


@pytest.mark.parametrize("body, words", [
    (b"null", "not an Avro file"), (b"<html></html>", "not an Avro file"), (b"Obj\x01\x00\x00", "broken Avro file")])
def test_what_is_no_packet_is_never_returned(broker, speaker, body, words):
    speaker.replies["/get_avro"] = 200, "app/avro+binary", body
    with pytest.raises(ReplyParseError, match=words):
        broker.get_alerts(candid=1)
    if body[:3] != b"Obj":
        with pytest.raises(ReplyParseError, match=words):
            broker.get_avro(candid=1)


def test_a_cut_packet_is_never_returned(broker, speaker, shared_data):
    candid, data = next(iter(files_of(shared_data, "ZTF17aaarzyp").items()))
    speaker.replies["/get_avro"] = 200, "app/avro+binary", data[:len(data) // 2]
    with pytest.raises(ReplyParseError, match="broken Avro file"):
        broker.get_alerts(candid=candid)
    speaker.replies["/get_avro"] = 200, "app/avro+binary", data
    assert broker.get_alerts(candid=candid)[0]["candid"] == candid


def test_an_error_page_is_never_a_packet(packets, broker, speaker, shared_data):
    with pytest.raises(ObjectNotFoundError, match="404"):
        Alerce.get_avro(candid=12345)
    page = (shared_data / "alerce" / "alerce_error_500_body.html").read_bytes()
    for status in (200, 500):
        speaker.replies["/get_avro"] = status, "text/html", page
        with pytest.raises(BrokerError, match="Internal Server Error|not an Avro file"):
            broker.get_avro(candid=1)


@pytest.mark.parametrize("arguments, words", [
    ({"object_id": 170587117485817955}, "no packets of lsst"), ({}, "object_id"),
    ({"object_id": 170587117485817955, "candid": 1}, "no packets of lsst")])
def test_packets_that_cannot_be_had_are_refused(arguments, words):
    with pytest.raises(InvalidArgumentError, match=words):
        Alerce.get_alerts(**arguments)


def test_arguments_of_get_avro(packets):
    with pytest.raises(InvalidArgumentError, match="newer service"):
        Alerce.get_avro("ZTF20aaelulu", use_multisurvey_api=True)
    with pytest.raises(InvalidArgumentError, match="one packet"):
        Alerce.get_avro(["ZTF20aaelulu", "ZTF20aajcdad"])
    with pytest.raises(CandidError):
        Alerce.get_avro("ZTF99aaaaaaa")


# -- packets of another alert, and cut ones --------------------------------------------------------------------------


def test_the_packet_of_another_alert_is_refused(broker, speaker, shared_data):
    candid, data = next(iter(files_of(shared_data, "ZTF17aaarzyp").items()))
    speaker.replies["/get_avro"] = 200, "app/avro+binary", data
    for ask in (broker.get_alerts, broker.get_avro):
        for raw in ({}, {"raw": True}) if ask == broker.get_alerts else ({},):
            with pytest.raises(ReplyParseError, match=f"candid 12345 was asked, and the packet is of {candid}"):
                ask(candid=12345, **raw)
            with pytest.raises(ReplyParseError, match="ZTF20aajcdad was asked, and the packet is of ZTF17aaarzyp"):
                ask("ZTF20aajcdad", candid=candid, **raw)
            assert ask("ZTF17aaarzyp", candid=candid, **raw)


@pytest.mark.parametrize("length", [4, 5, 3000, -1, -16, -17])
def test_a_cut_packet_is_never_returned_as_bytes(broker, speaker, shared_data, length, monkeypatch):
    candid, data = next(iter(files_of(shared_data, "ZTF17aaarzyp").items()))
    for there in (True, False):
        if not there:
            monkeypatch.setitem(sys.modules, "fastavro", None)
        speaker.replies["/get_avro"] = 200, "app/avro+binary", data[:length]
        for ask in (broker.get_avro, partial(broker.get_alerts, raw=True)):
            with pytest.raises(ReplyParseError, match="broken Avro file"):
                ask(candid=candid)
        speaker.replies["/get_avro"] = 200, "app/avro+binary", data
        assert broker.get_avro(candid=candid, cache=False) == data
