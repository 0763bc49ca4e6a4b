# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts and packets, old service and new: the layers of gzip, the layout of the files, what is in the pictures."""

import gzip
import io
import struct
import zlib

import fastavro
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

KINDS = ("science", "template", "difference")


@pytest.fixture()
def avro(synthetic, session):
    """Ask the old service: path and parameters, gives the response."""
    def ask(path, **params):
        return session.get(synthetic.urls["alerce.avro_url"] + path, params=params, timeout=30)
    return ask


@pytest.fixture()
def stamps(synthetic, session):
    """Ask the new service: path and parameters, gives the response."""
    def ask(path="/stamp", **params):
        return session.get(synthetic.urls["alerce.stamps_url"] + path, params=params, timeout=30)
    return ask


@pytest.fixture(scope="module")
def alert(synthetic, showpiece):
    """The brightest ZTF alert with cutouts of the showpiece."""
    rows = synthetic.truth.detections
    rows = rows[(rows["oid"] == showpiece) & rows["has_stamp"]]
    return rows[rows["magpsf"].argmin()]


@pytest.fixture(scope="module")
def source(synthetic, rubin_showpiece):
    """The brightest Rubin detection with cutouts of the showpiece."""
    rows = synthetic.truth.lsst_detections
    rows = rows[(rows["oid"] == rubin_showpiece) & rows["has_stamp"]]
    return rows[rows["psfFlux"].argmax()]


def _lsst(stamps, source, kind, file_format="fits", **params):
    return stamps(oid=source["oid"], measurement_id=source["measurement_id"], survey_id="lsst",
                  stamp_type=f"cutout{kind.title()}", file_format=file_format, **params)


def _picture(data):
    with fits.open(io.BytesIO(data), ignore_missing_simple=True) as hdus:
        return hdus[0].data.copy(), hdus[0].header.copy(), len(hdus)


def test_ztf_files(avro, alert, shared_data):
    """The layout, header and file names of a real packet."""
    path = next((shared_data / "ztf" / "packets").glob("ZTF20aaelulu*.avro"))
    with open(path, "rb") as stream:
        real = next(fastavro.reader(stream))
    for kind in KINDS:
        reply = avro("/get_stamp", oid=alert["oid"], candid=alert["candid"], type=kind, format="fits")
        assert reply.headers["content-type"] == "application/fits+gzip" and "content-encoding" not in reply.headers
        assert reply.headers["content-disposition"] == (
            f"attachment; filename={alert['oid']}_{alert['candid']}_{kind}.fits.gz")
        ours, theirs = gzip.decompress(reply.content), gzip.decompress(real[f"cutout{kind.title()}"]["stampData"])
        cards = len(theirs) - len(theirs[theirs.index(b"END" + b" " * 70):])
        assert ours[:cards] == theirs[:cards] and len(ours) == len(theirs)
        name = real[f"cutout{kind.title()}"]["fileName"].removesuffix(".gz").split("_", 2)[-1]
        assert name.encode() + b"\0" in reply.content[:120]
    bare = avro("/get_stamp", candid=alert["candid"], type="science", format="fits")
    assert bare.headers["content-disposition"] == f"attachment; filename={alert['candid']}_science.fits.gz"


def test_ztf_pictures_show_the_source(avro, alert):
    pictures = {kind: _picture(gzip.decompress(avro("/get_stamp", candid=alert["candid"], type=kind,
                                                    format="fits").content))[0] for kind in KINDS}
    for picture in pictures.values():
        assert picture.shape == (63, 63) and picture.dtype.newbyteorder("=") == np.float32
    where = np.unravel_index(np.nanargmax(pictures["difference"]), (63, 63))
    assert np.abs(np.array(where) - 31).max() <= 1
    # Sky and noise away from the source; the difference has the flux of the alert.
    assert np.median(pictures["science"]) == pytest.approx(232, abs=3)
    flux = 10 ** (0.4 * (26.2 - alert["magpsf"]))
    assert pictures["difference"].sum() == pytest.approx(flux, rel=0.1)
    assert pictures["template"].max() > 5 * np.std(pictures["template"][:12]) + 232


def test_negative_and_edge(synthetic, avro):
    rows = synthetic.truth.detections
    negative = rows[(rows["isdiffpos"] < 0) & rows["has_stamp"]]
    negative = negative[negative["magpsf"].argmin()]
    picture = _picture(gzip.decompress(avro("/get_stamp", candid=negative["candid"], type="difference",
                                            format="fits").content))[0]
    assert -np.nanmin(picture) > 3 * np.nanmax(picture)
    empty = 0
    for candid in rows["candid"][rows["has_stamp"]][:60]:
        files = [gzip.decompress(avro("/get_stamp", candid=candid, type=kind, format="fits").content)
                 for kind in KINDS[::2]]
        masks = [np.isnan(_picture(data)[0]) for data in files]
        assert (masks[0] == masks[1]).all()
        empty += masks[0].any()
    assert 0 < empty < 15


def test_same_again(avro, alert):
    one, two = (avro("/get_avro", candid=alert["candid"]).content for _ in range(2))
    assert one == two


def test_png(avro, stamps, alert, source):
    replies = [avro("/get_stamp", candid=alert["candid"], type=kind, format="png") for kind in KINDS]
    replies += [_lsst(stamps, source, kind, "png") for kind in KINDS]
    for reply in replies:
        assert reply.headers["content-type"] == "image/png"
        assert reply.content[:8] == b"\x89PNG\r\n\x1a\n"
        width, height, depth, color = struct.unpack(">IIBB", reply.content[16:26])
        start = reply.content.index(b"IDAT")
        size, = struct.unpack(">I", reply.content[start - 4:start])
        lines = zlib.decompress(reply.content[start + 4:start + 4 + size])
        assert (len(lines), depth, color) == (height * (width + 1), 8, 0)
        assert {0, 255} <= set(lines) and len(set(lines)) > 40


def test_ztf_packet(avro, synthetic, alert):
    reply = avro("/get_avro", candid=alert["candid"], oid=alert["oid"])
    assert reply.headers["content-type"] == "app/avro+binary"
    assert reply.headers["content-disposition"] == f"attachment; filename={alert['candid']}.avro"
    packet, = fastavro.reader(io.BytesIO(reply.content))
    assert (packet["objectId"], packet["candid"]) == (alert["oid"], int(alert["candid"]))
    candidate = packet["candidate"]
    assert candidate["jd"] == alert["mjd"] + 2400000.5 and candidate["magpsf"] == np.float32(alert["magpsf"])
    truth = synthetic.truth
    span = {}
    for name in ("detections", "upper_limits", "forced_photometry"):
        rows = getattr(truth, name)
        age = alert["mjd"] - rows["mjd"]
        span[name] = rows[(rows["oid"] == alert["oid"]) & (age > 0) & (age <= 30)]
    previous = packet["prv_candidates"]
    assert {item["candid"] for item in previous} - {None} == set(map(int, span["detections"]["candid"]))
    assert sum(item["candid"] is None for item in previous) == len(span["upper_limits"])
    assert [item["jd"] for item in previous] == sorted(item["jd"] for item in previous)
    assert {item["pid"] for item in packet["fp_hists"]} == set(span["forced_photometry"]["pid"])
    stamp = avro("/get_stamp", candid=alert["candid"], type="science", format="fits").content
    assert packet["cutoutScience"]["stampData"] == stamp


def test_packet_has_the_fields_of_a_real_one(avro, alert, shared_data):
    path = next((shared_data / "ztf" / "packets").glob("ZTF17aaarzyp*v4.02.avro"))
    with open(path, "rb") as stream:
        reader = fastavro.reader(stream)
        schema = reader.writer_schema
    ours = fastavro.reader(io.BytesIO(avro("/get_avro", candid=alert["candid"]).content)).writer_schema

    def fields(record):
        return {field["name"]: field["type"] for field in record["fields"]}

    def part(record, name):
        found = fields(record)[name]
        found = found[1]["items"] if isinstance(found, list) else found
        return {key: str(kind) for key, kind in fields(found).items()}

    assert set(fields(ours)) == set(fields(schema))
    for name in ("candidate", "prv_candidates", "fp_hists"):
        assert part(ours, name) == part(schema, name)


def test_packet_as_json(avro, stamps, alert):
    ours = avro("/get_avro_info", candid=alert["candid"]).json()
    assert ours["candid"] == int(alert["candid"]) and ours["candidate"]["candid"] == alert["candid"]
    assert not any(name.startswith("cutout") for name in ours) and ours["prv_candidates"]
    new = stamps("/avro", oid=alert["oid"], measurement_id=alert["candid"], survey_id="ztf").json()
    assert new == ours


@pytest.mark.parametrize("path, params, errors", [
    ("/get_stamp", {"candid": "1", "type": "science"}, "format"), ("/get_avro", {}, "candid"),
    ("/get_stamp", {"candid": "1", "type": "x", "format": "fits"}, "type"),
    ("/get_avro_info", {"candid": "1", "survey_id": "x"}, "survey_id")])
def test_old_refusals(avro, path, params, errors):
    reply = avro(path, **params)
    assert reply.status_code == 400
    assert reply.json()["message"] == "Input payload validation failed" and list(reply.json()["errors"]) == [errors]


def test_old_misses(avro, synthetic, session):
    rows = synthetic.truth.detections
    history = rows["candid"][~rows["has_stamp"]][0]
    for candid in ("1", "x", history):
        for path, params in (("/get_stamp", {"type": "science", "format": "fits"}), ("/get_avro", {}),
                             ("/get_avro_info", {})):
            reply = avro(path, candid=candid, **params)
            assert reply.status_code == 404 and reply.json()["message"].startswith("AVRO not found")
    assert avro("/get_avro", candid="1", survey_id="atlas").json() is None
    assert avro("/nowhere").headers["content-type"].startswith("text/html")
    forbidden = session.get(synthetic.urls["alerce.avro_url"] + "/get_avro?candid=1", timeout=30,
                            headers={"Authorization": "bearer nothing"})
    assert (forbidden.status_code, forbidden.json()) == (403, "Forbidden")


def test_layers_of_gzip(stamps, avro, alert, source):
    """LSST: one if compressed, none if not. ZTF: two and one."""
    plain = _lsst(stamps, source, "science", is_compressed=False)
    packed = _lsst(stamps, source, "science")
    assert plain.content[:6] == b"SIMPLE" and plain.headers["content-type"] == "application/fits"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["content-type"] == "application/gzip" and "content-disposition" not in packed.headers
    ztf = {"oid": alert["oid"], "measurement_id": alert["candid"], "survey_id": "ztf", "file_format": "fits",
           "stamp_type": "cutoutTemplate"}
    once = stamps(**ztf, is_compressed="false")
    assert once.headers["content-type"] == "application/fits"
    assert gzip.decompress(stamps(**ztf).content) == once.content
    assert once.content == avro("/get_stamp", candid=alert["candid"], type="template", format="fits").content


def test_lsst_files(stamps, synthetic, source):
    """Flux, variance and PSF; a position that tells where the source is, not the same in all three."""
    angles = {}
    for kind in KINDS:
        with fits.open(io.BytesIO(_lsst(stamps, source, kind, is_compressed=False).content)) as hdus:
            hdus.verify("exception")
            assert [hdu.name for hdu in hdus] == ["PRIMARY", "UNCERT", "PSFIMAGE"]
            assert hdus[0].data.shape == hdus[1].data.shape and 30 <= len(hdus[0].data) <= 75
            assert hdus[2].data.shape == ((49, 49) if kind == "template" else (41, 41))
            assert hdus[2].data.sum() == pytest.approx(1) and hdus[2].data.dtype.newbyteorder("=") == np.float64
            assert (hdus[1].data > 0).all() and hdus[0].header["BUNIT"] == "nJy"
            header, picture = hdus[0].header, hdus[0].data
        angles[kind] = header["ROTPA"]
        place = header["CRPIX1"] - 1, header["CRPIX2"] - 1
        assert (header["CRVAL1"], header["CRVAL2"]) == (source["ra"], source["dec"])
        if kind == "difference":
            row, column = np.unravel_index(picture.argmax(), picture.shape)
            assert (column, row) == pytest.approx(place, abs=1)
            assert picture.sum() == pytest.approx(source["psfFlux"], rel=0.05)
    assert angles["science"] == angles["difference"] != angles["template"]


def test_lsst_axes_have_names_since_some_day(stamps, synthetic):
    rows = synthetic.truth.lsst_detections
    rows = rows[rows["has_stamp"] & (rows["sid"] == 1)]
    for row, named in ((rows[rows["mjd"].argmin()], False), (rows[rows["mjd"].argmax()], True)):
        header = _picture(_lsst(stamps, row, "science", is_compressed=False).content)[1]
        assert ("CTYPE1" in header) is named
        if named:
            sky = WCS(header).celestial
            assert sky.world_to_pixel_values(row["ra"], row["dec"]) == pytest.approx(
                (header["CRPIX1"] - 1, header["CRPIX2"] - 1))
            assert sky.proj_plane_pixel_scales()[0].to_value("arcsec") == pytest.approx(0.2)


def test_new_failures(stamps, source, synthetic):
    rows = synthetic.truth.lsst_detections
    without = rows[~rows["has_stamp"]][0]
    ok = {"oid": source["oid"], "measurement_id": source["measurement_id"], "stamp_type": "cutoutScience",
          "file_format": "fits", "survey_id": "lsst"}
    for change in ({"stamp_type": "science"}, {"file_format": "jpg"}, {"measurement_id": 1}, {"measurement_id": "x"},
                   {"oid": 1}, {"oid": without["oid"], "measurement_id": without["measurement_id"]}):
        reply = stamps(**{**ok, **change})
        assert (reply.status_code, reply.text) == (500, "Internal Server Error")
    assert stamps(**{**ok, "survey_id": "atlas"}).status_code == 400
    del ok["oid"]
    assert stamps(**ok).json()["detail"][0]["loc"] == ["query", "oid"]
    reply = stamps("/avro", oid=source["oid"], measurement_id=source["measurement_id"], survey_id="lsst")
    assert (reply.status_code, reply.text) == (500, "Internal Server Error")
    assert (stamps("/get_avro").status_code, stamps("/get_avro").json()) == (404, {"detail": "Not Found"})


def test_real_ztf_packets(real, session, shared_data):
    """The bytes of the files themselves; of a file with several alerts, the one that was asked for."""
    url = real.urls["alerce.avro_url"]
    for path in sorted((shared_data / "ztf" / "packets").glob("*.avro"))[:5]:
        with open(path, "rb") as stream:
            record = next(fastavro.reader(stream))
        candid = str(record["candid"])
        assert session.get(f"{url}/get_avro", params={"candid": candid}, timeout=30).content == path.read_bytes()
        for kind in KINDS:
            stamp = session.get(f"{url}/get_stamp", params={"candid": candid, "type": kind, "format": "fits"},
                                timeout=30).content
            assert stamp == record[f"cutout{kind.title()}"]["stampData"]
            assert _picture(gzip.decompress(stamp))[0].shape == (63, 63)
        assert session.get(f"{url}/get_stamp", params={"candid": candid, "type": kind, "format": "png"},
                           timeout=30).headers["content-type"] == "image/png"
    with open(shared_data / "ztf" / "objects" / "ZTF20aaelulu_v3.3.avro", "rb") as stream:
        records = list(fastavro.reader(stream))
    record = records[7]
    reply = session.get(f"{url}/get_avro", params={"candid": record["candid"]}, timeout=30)
    again, = fastavro.reader(io.BytesIO(reply.content))
    assert again == record
    # These files have no cutouts.
    params = {"candid": record["candid"], "type": "science", "format": "fits"}
    assert session.get(f"{url}/get_stamp", params=params, timeout=30).status_code == 404
