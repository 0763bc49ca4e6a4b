# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alert packets on the command line."""

import base64
import io
import json
import math
import sys

import pytest

from astroquery_brokers import Alerce, Ampel

fastavro = pytest.importorskip("fastavro")
IDS = ("ZTF24abuwikp", "ZTF19ackzozm")

pytestmark = pytest.mark.usefixtures("box")


@pytest.fixture(scope="module")
def candids(synthetic):
    detections = synthetic.truth.detections
    return detections["candid"][(detections["oid"] == IDS[1]) & detections["has_stamp"]][:2].tolist()


def refused(ran, *said):
    assert ran.status == 2 and not ran.output and all(text in ran.errors for text in said), ran.errors
    assert len(ran.errors.splitlines()) == 1


def assert_same(found, packet):
    """What came out of JSON is the packet: images in base64, null for NaN, every digit of the ids."""
    if isinstance(packet, dict):
        assert list(found) == list(packet)
        for key in packet:
            assert_same(found[key], packet[key])
    elif isinstance(packet, list):
        assert len(found) == len(packet)
        for one, other in zip(found, packet):
            assert_same(one, other)
    elif isinstance(packet, bytes):
        assert base64.b64decode(found, validate=True) == packet
    elif isinstance(packet, float) and not math.isfinite(packet):
        assert found is None
    else:
        assert found == packet and type(found) is type(packet)


def test_packets_as_json_into_a_file_and_on_a_pipe(run, tmp_path, candids):
    expected = Alerce.get_alerts(IDS[1])
    ran = run("packets", IDS[1], "-o", tmp_path / "alerts.json")
    assert (ran.status, ran.output) == (0, b"")
    assert ran.errors.endswith(f"wrote {len(expected)} alerts to {tmp_path / 'alerts.json'}\n")
    assert_same(json.loads((tmp_path / "alerts.json").read_text()), list(expected))
    found = json.loads(run("packets", "--candid", ",".join(map(str, candids))).text)
    assert [one["candid"] for one in found] == [int(one) for one in candids] and len(found) == 2


def test_packets_as_they_were_sent_out(run, tmp_path, candids):
    expected = Alerce.get_avro(candid=int(candids[0]))
    for where in (("-o", tmp_path / "one.avro"), ("--format", "avro"), ("--format", "avro", "-o", tmp_path / "b.bin")):
        ran = run("packets", "--candid", candids[0], *where)
        assert ran.status == 0, ran.errors
        written = ran.output if len(where) == 2 and where[0] == "--format" else where[-1].read_bytes()
        assert written == expected
    ran = run("packets", IDS[1], "-o", tmp_path / "many.avro")
    refused(ran, "a file in Avro has one alert", "--outdir DIR")
    assert not (tmp_path / "many.avro").exists()


@pytest.mark.parametrize("format", ["json", "avro"])
def test_many_packets_are_a_file_each(run, tmp_path, format):
    ran = run("packets", IDS[1], "--outdir", tmp_path / "new", "--format", format)
    raw = Alerce.get_alerts(IDS[1], raw=True)
    assert ran.status == 0 and f"wrote {len(raw)} files" in ran.errors
    packets = [next(fastavro.reader(io.BytesIO(one))) for one in raw]
    names = [f"{IDS[1]}_{packet['candid']}.{format}" for packet in packets]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(names)
    for name, one, packet in zip(names, raw, packets):
        content = (tmp_path / "new" / name).read_bytes()
        assert content == one if format == "avro" else json.loads(content)["candid"] == packet["candid"]


def test_what_arrived_is_written_and_the_status_tells_of_the_rest(run, box, tmp_path, candids):
    box.faults = [{"path": f"*get_avro*{candids[0]}*", "status": 500}]
    ran = run("packets", "--candid", ",".join(map(str, candids)), "-o", tmp_path / "x.json", "--cache", "off")
    assert ran.status == 3 and "1 of 2 requests" in ran.errors
    assert [one["candid"] for one in json.loads((tmp_path / "x.json").read_text())] == [int(candids[1])]


@pytest.mark.parametrize("words", [("ZTF99aaaaaaa",), ("ZTF24abuwikp", "--candid", "12345")])
def test_no_packets(run, tmp_path, words):
    ran = run("packets", *words, "-o", tmp_path / "x.json")
    assert ran.status == 1 and not list(tmp_path.iterdir()) and len(ran.errors.splitlines()) == 1


@pytest.mark.parametrize("words, said", [
    ((), "object_id"), ((IDS[0], "-o", "{0}/x.json", "--outdir", "{0}/d"), "both"), ((IDS[0], "-o", "{0}"), "folder"),
    ((IDS[0], "--outdir", "{0}/file"), "is not a folder"), ((IDS[0], "--format", "avor"), "Did you mean avro"),
    (("170587117485817955",), "no packets of lsst"), ((IDS[0], "--raw"), "no option --raw"),
    (("--broker", "ampel", IDS[0], "-o", "{0}/x.avro"), "AMPEL does not give packets as Avro")])
def test_wrong_questions_for_packets_are_refused(run, box, tmp_path, words, said):
    (tmp_path / "file").touch()
    before = len(box.requests)
    refused(run("packets", *(word.format(tmp_path) for word in words)), said)
    assert len(box.requests) == before and [path.name for path in tmp_path.iterdir()] == ["file"]


def test_packets_in_avro_do_not_go_to_a_terminal(run, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    refused(run("packets", IDS[0], "--format", "avro"), "binary", "-o FILE")


def test_what_would_be_asked_is_printed(run):
    asked = json.loads(run("packets", "--candid", "15", "--payload").text)
    assert asked["url"].endswith("/get_avro") and asked["params"]["candid"] == "15"


def test_packets_of_another_broker(run, candids):
    found = json.loads(run("--broker", "ampel", "packets", "--candid", candids[0]).text)
    assert_same(found, list(Ampel.get_alerts(candid=int(candids[0]))))
