# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Images of alerts: exact pixels, layers of gzip, one and many, and what is no image."""

import gzip
import io
import json
import shutil

import fastavro
import matplotlib
import numpy as np
import pytest
import requests
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astroquery.exceptions import NoResultsWarning
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from astroquery_brokers import cutouts as shared
from astroquery_brokers import sandbox
from astroquery_brokers.alerce import Alerce
from astroquery_brokers.exceptions import (BrokerError, CandidError, FormatValidationError, InvalidArgumentError,
                                           ObjectNotFoundError, PartialResultWarning, ReplyParseError)

NAMES = ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
PACKETS = {"ZTF17aaaaaas": "ZTF17aaaaaas_1127174604415015005_v3.3.avro",
           "ZTF17aaarzyp": "ZTF17aaarzyp_2982177112815010003_v4.02.avro"}


def packet(shared_data, oid):
    with open(shared_data / "ztf" / "packets" / PACKETS[oid], "rb") as stream:
        return next(fastavro.reader(stream))


def image(data):
    file = io.BytesIO()
    fits.PrimaryHDU(data).writeto(file)
    return file.getvalue()


def stamps(box, survey, count):
    """Some detections with stamps, of different objects."""
    rows = getattr(box.truth, "detections" if survey == "ztf" else "lsst_detections")
    rows = rows[np.asarray(rows["has_stamp"], bool)]
    return rows[np.sort(np.unique(rows["oid"], return_index=True)[1])][:count]


@pytest.mark.parametrize("oid", PACKETS)
@pytest.mark.parametrize("service", ["avro", "stamps"])
def test_real_images_are_those_of_the_packet(packets, shared_data, oid, service):
    sent = packet(shared_data, oid)
    hdus = Alerce.get_cutouts(oid, service=service)
    assert [hdu.name for hdu in hdus] == NAMES
    for hdu in hdus:
        inner = gzip.decompress(sent[f"cutout{hdu.name.title()}"]["stampData"])
        with fits.open(io.BytesIO(inner), ignore_missing_simple=True) as expected:
            np.testing.assert_array_equal(hdu.data, expected[0].data)
        assert hdu.data.shape == (63, 63) and hdu.header["OBJECT"] == oid
        assert hdu.header["CANDID"] == sent["candid"] and hdu.header["SURVEY"] == "ZTF"
        assert hdu.header["MJD-OBS"] == sent["candidate"]["jd"] - 2400000.5 and hdu.header["TIMESYS"] == "UTC"
    hdus.writeto(file := io.BytesIO(), checksum=True)
    with fits.open(io.BytesIO(file.getvalue()), checksum=True) as again:
        assert [hdu.name for hdu in again] == NAMES


def test_real_images_of_rubin_are_those_of_the_packet(shared_data, tmp_path):
    file = shutil.copy(shared_data / "fink" / "lsst_data_transfer_part-2-918301.avro", tmp_path)
    with open(file, "rb") as stream:
        sent = list(fastavro.reader(stream))
    with sandbox.running(alerts=tmp_path):
        for alert in sent:
            # An alert of the solar system has no object of its own.
            oid = (alert["diaObject"] or {}).get("diaObjectId") or alert["diaSource"]["ssObjectId"]
            hdus = Alerce.get_cutouts(oid, alert["diaSource"]["diaSourceId"], include_variance_and_psf=True)
            assert len(hdus) == 9
            for kind in ("Science", "Template", "Difference"):
                with fits.open(io.BytesIO(shared.unzip(alert[f"cutout{kind}"]))) as expected:
                    for suffix, hdu in zip(("", "_VARIANCE", "_PSF"), expected, strict=True):
                        np.testing.assert_array_equal(hdus[kind + suffix].data, hdu.data)
                wcs = WCS(hdus[kind].header)
                x, y = wcs.world_to_pixel(SkyCoord(alert["diaSource"]["ra"], alert["diaSource"]["dec"], unit="deg"))
                assert np.hypot(x - wcs.wcs.crpix[0] + 1, y - wcs.wcs.crpix[1] + 1) < 1


def test_a_rubin_alert_has_planes_and_a_place_on_the_sky(box, rubin_showpiece):
    rows = box.truth.lsst_detections
    first = rows[(rows["oid"] == rubin_showpiece) & rows["has_stamp"]]
    first = first[first["mjd"].argmin()]
    hdus = Alerce.get_cutouts(rubin_showpiece, include_variance_and_psf=True)
    assert [hdu.name for hdu in hdus] == NAMES + [f"{name}_{plane}" for name in NAMES for plane in ("VARIANCE", "PSF")]
    assert hdus[0].header["CANDID"] == int(first["measurement_id"]) and hdus[0].header["TIMESYS"] == "TAI"
    there = SkyCoord(first["ra"], first["dec"], unit="deg")
    for hdu in hdus[:3]:
        wcs = WCS(hdu.header)
        assert wcs.celestial.naxis == 2 and there.contained_by(wcs, hdu.data)
    named = Alerce.get_stamps(oid=int(rubin_showpiece), measurement_id=first["measurement_id"])
    np.testing.assert_array_equal(named["difference"].data, hdus["difference"].data)
    assert "MJD-OBS" not in named[0].header


def test_a_projection_without_a_name_is_a_tangential_one():
    header = fits.Header({"CRPIX1": 16.0, "CRPIX2": 16.0, "CRVAL1": 10.0, "CRVAL2": 20.0, "PC1_1": -5e-5,
                          "PC2_2": 5e-5})
    served = fits.HDUList([fits.PrimaryHDU(np.zeros((30, 30)), header)])
    joined = shared.join_cutouts(dict.fromkeys(shared.KINDS, served), object_id="1")
    assert all(WCS(hdu.header).has_celestial for hdu in joined)
    assert "CTYPE1" not in served[0].header


def test_arrays_on_request(box):
    row, = stamps(box, "ztf", 1)
    arrays = Alerce.get_stamps(str(row["oid"]), int(row["candid"]), format="numpy")
    hdus = Alerce.get_cutouts(candid=row["candid"])
    for array, hdu in zip(arrays, hdus, strict=True):
        np.testing.assert_array_equal(array, hdu.data)
    assert "OBJECT" not in hdus[0].header


def test_many_objects_come_in_the_order_asked(box):
    ids = [str(oid) for oid in stamps(box, "ztf", 4)["oid"]][::-1]
    many = Alerce.get_cutouts(ids)
    assert [hdus[0].header["OBJECT"] for hdus in many] == ids
    assert many.meta["coverage"][0]["found"] == 4 and not len(many.failures)


def test_many_alerts_of_one_object_are_asked_for_without_a_search(box, showpiece):
    rows = box.truth.detections
    rows = rows[(rows["oid"] == showpiece) & rows["has_stamp"]]
    before = len(box.requests)
    many = Alerce.get_cutouts(showpiece, candid=rows["candid"][:3])
    assert [hdus[0].header["CANDID"] for hdus in many] == list(map(int, rows["candid"][:3]))
    assert len(box.requests) == before + 9
    pairs = stamps(box, "ztf", 2)
    both = Alerce.get_cutouts(pairs["oid"], pairs["candid"])
    assert [hdus[0].header["OBJECT"] for hdus in both] == list(pairs["oid"])


def test_of_many_the_one_that_fails_is_accounted_for(box):
    rows = stamps(box, "ztf", 3)
    ids = list(map(str, rows["oid"]))
    candid = Alerce.get_cutouts(ids[1], cache=False)[0].header["CANDID"]
    box.faults = [{"path": f"*candid={candid}&type=template*", "body": "<html>busy</html>",
                   "content_type": "text/html"}]
    with pytest.warns(PartialResultWarning, match="1 of 9 requests"):
        many = Alerce.get_cutouts(ids, cache=False)
    assert [hdus[0].header["OBJECT"] for hdus in many] == [ids[0], ids[2]]
    failure, = many.failures
    assert failure["item"] == ids[1] and failure["error"] == "ReplyParseError" and "<html>busy" in failure["reason"]
    assert many.meta["coverage"][0]["partial"] == 1
    with pytest.raises(ReplyParseError, match="busy"):
        Alerce.get_cutouts(ids, cache=False, raise_on_failure=True)
    with pytest.raises(ReplyParseError, match="busy"):
        Alerce.get_cutouts(ids[1], cache=False)


def test_a_failed_search_for_detections_is_accounted_for(box):
    ids = [str(oid) for oid in stamps(box, "ztf", 3)["oid"]]
    box.faults = [{"path": f"*/objects/{ids[0]}/detections*", "status": 404, "content_type": "text/html"}]
    with pytest.warns(PartialResultWarning, match="no such address"):
        many = Alerce.get_cutouts(ids, cache=False)
    assert [hdus[0].header["OBJECT"] for hdus in many] == ids[1:]
    assert list(many.failures["item"]) == [ids[0]]


def test_an_object_without_stamps(box):
    with pytest.raises(CandidError, match="ZTF99aaaaaaa"):
        Alerce.get_cutouts("ZTF99aaaaaaa")
    known = str(stamps(box, "ztf", 1)["oid"][0])
    with pytest.warns(NoResultsWarning, match="ZTF99aaaaaaa"):
        many = Alerce.get_cutouts(["ZTF99aaaaaaa", known])
    assert len(many) == 1 and many.meta["coverage"][0]["missing"] == ["ZTF99aaaaaaa"]


def test_an_alert_that_is_not_there(box, rubin_showpiece):
    with pytest.raises(ObjectNotFoundError, match="404"):
        Alerce.get_cutouts(candid=12345)
    with pytest.raises(BrokerError, match="no such alert"):
        Alerce.get_cutouts(rubin_showpiece, 12345)


@pytest.mark.parametrize("arguments, words", [
    ({}, "object_id"), ({"object_id": "ZTF20aaelulu", "candid": 1.5}, "candid=1.5"),
    ({"candid": "x"}, "candid='x'"), ({"candid": 1, "measurement_id": 1}, "two names"),
    ({"candid": []}, "empty"), ({"candid": 2**63}, "64 bits"), ({"candid": 1, "survey": "lsst"}, "together"),
    ({"object_id": ["ZTF20aaelulu"] * 2, "candid": [1, 2, 3]}, "2 object ids"),
    ({"object_id": ["ZTF20aaelulu", 170587117485817955], "candid": [1, 2]}, "several surveys"),
    ({"object_id": 170587117485817955, "candid": 1, "service": "avro"}, "ZTF"),
    ({"candid": 1, "service": "stamps"}, "together"), ({"candid": 1, "service": "old"}, "avro, stamps")])
def test_what_is_refused_before_anything_is_sent(box, arguments, words):
    before = len(box.requests)
    with pytest.raises(InvalidArgumentError, match=words):
        Alerce.get_cutouts(**arguments)
    assert len(box.requests) == before


def test_another_format_is_refused():
    with pytest.raises(FormatValidationError, match="HDUList"):
        Alerce.get_stamps("ZTF20aaelulu", format="png")


GOOD = gzip.compress(image(np.ones((5, 5), dtype="float32")))
BROKEN = {
    "html": (b"<html>Bad gateway</html>", "Bad gateway"),
    "cut gzip": (GOOD[:-20], "ends too early"),
    "broken gzip": (GOOD[:10] + b"\xff" * 40, "gzip is broken"),
    "bomb": (gzip.compress(bytes(1 << 27)), "more than 67108864 bytes"),
    "nested bomb": (gzip.compress(gzip.compress(gzip.compress(bytes(1 << 27)))), "more than 67108864 bytes"),
    "layers": (gzip.compress(gzip.compress(gzip.compress(gzip.compress(GOOD)))), "more than 4 layers"),
    "cut fits": (image(np.ones((99, 99)))[:5760], "not an image that fits|broken FITS"),
    "no image": (b"SIMPLE  =                    T", "broken FITS"),
    "huge": (image(np.ones((5, 5))).replace(b"NAXIS1  =                    5", b"NAXIS1  =           5000000000"),
             "not an image that fits"),
    "cube": (image(np.ones((2, 2, 2))), "not an image"),
    "empty": (b"", "not a FITS file")}


@pytest.mark.filterwarnings("ignore:File may have been truncated")
@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_image_is_never_returned(broker, speaker, kind):
    body, words = BROKEN[kind]
    speaker.replies["/get_stamp"] = 200, "application/fits+gzip", body
    with pytest.raises(ReplyParseError, match=words):
        broker.get_cutouts("ZTF20aaelulu", 1)
    speaker.replies["/get_stamp"] = 200, "application/fits+gzip", GOOD
    # Nothing broken was kept.
    assert broker.get_cutouts("ZTF20aaelulu", 1)[2].data.sum() == 25


@pytest.mark.parametrize("layers", range(5))
def test_layers_of_gzip_are_peeled(broker, speaker, layers):
    body = image(np.arange(20, dtype="int16").reshape(4, 5))
    for _ in range(layers):
        body = gzip.compress(body)
    speaker.replies["/get_stamp"] = 200, "application/octet-stream", body
    hdus = broker.get_cutouts("ZTF20aaelulu", 1, cache=False)
    np.testing.assert_array_equal(hdus[1].data, np.arange(20).reshape(4, 5))


@given(st.binary(max_size=500), st.integers(0, 4), st.data())
def test_gzip_is_peeled_whole_or_refused(content, layers, data):
    packed = content
    for _ in range(layers):
        packed = gzip.compress(packed, mtime=0)
    assume(not content.startswith(b"\x1f\x8b"))
    assert shared.unzip(packed) == content
    cut = data.draw(st.integers(3, len(packed) - 1)) if layers else 0
    if layers:
        with pytest.raises(ValueError):
            shared.unzip(packed[:cut])


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_is_an_image_or_refused(data):
    content = bytearray(image(np.ones((5, 5), dtype="float32")))
    for place in data.draw(st.lists(st.integers(0, 800), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    content = bytes(content[:data.draw(st.integers(0, len(content)))])
    try:
        hdus = shared.read_cutout(content)
    except ValueError:
        return
    assert hdus[0].data.ndim == 2 and hdus[0].data.nbytes <= 8 * len(content)


def test_the_cache_serves_images(box):
    row, = stamps(box, "ztf", 1)
    first = Alerce.get_cutouts(candid=row["candid"], cache="refresh")
    before = len(box.requests)
    again = Alerce.get_cutouts(candid=row["candid"], cache="only")
    assert len(box.requests) == before
    np.testing.assert_array_equal(again[0].data, first[0].data)


def test_raw_replies_and_payloads(box):
    row, = stamps(box, "ztf", 1)
    payloads = Alerce.get_cutouts(candid=row["candid"], get_query_payload=True)
    assert [payload["params"]["type"] for payload in payloads] == list(shared.KINDS)
    replies = Alerce.get_cutouts_async(candid=row["candid"])
    assert all(reply.content.startswith(b"\x1f\x8b") for reply in replies)
    parsed = Alerce._parse_result(replies)
    np.testing.assert_array_equal(parsed[0].data, Alerce.get_cutouts(candid=row["candid"])[0].data)


def test_addresses(box, rubin_showpiece):
    row, = stamps(box, "ztf", 1)
    with pytest.warns(NoResultsWarning, match="ZTF99aaaaaaa"):
        table = Alerce.get_cutouts_list([str(row["oid"]), "ZTF99aaaaaaa"])
    assert list(table["cutout"]) == list(shared.KINDS)
    assert table.meta["coverage"][0] | {"truncated": False} == {
        "asked": 2, "found": 1, "partial": 0, "empty": 1, "failed": 0, "truncated": False,
        "missing": ["ZTF99aaaaaaa"]}
    hdus = Alerce.get_cutouts(str(row["oid"]))
    for url, hdu in zip(table["url"], hdus, strict=True):
        np.testing.assert_array_equal(shared.read_cutout(requests.get(url, timeout=30).content)[0].data, hdu.data)
    table = Alerce.get_cutouts_list(rubin_showpiece, file_format="png")
    assert requests.get(table["url"][2], timeout=30).headers["Content-Type"] == "image/png"
    masked = Alerce.get_cutouts_list(candid=[1, 2])
    assert masked["object_id"].mask.all() and len(masked) == 6


@pytest.fixture
def pyplot():
    matplotlib.use("agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def shown(ax, value):
    """Where in the axes, from the middle and as a part of half their width, a panel shows the value of a pixel."""
    picture, = ax.images
    place = np.argwhere(picture.get_array() == value)[0][::-1]
    x, y = (picture.get_transform() - ax.transAxes).transform(place)
    return 2 * x - 1, 2 * y - 1


def test_the_picture_of_a_rubin_alert_has_north_up(box, pyplot):
    header = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 16.0, "CRPIX2": 16.0, "CRVAL1": 10.0,
                          "CRVAL2": 20.0, "PC1_1": 0.0, "PC1_2": 5e-5, "PC2_1": 5e-5, "PC2_2": 0.0, "BUNIT": "nJy"})
    data = np.random.default_rng(1).normal(size=(31, 31))
    wcs, centre = WCS(header), SkyCoord(10, 20, unit="deg")
    north, east = (np.round(wcs.world_to_pixel(centre.directional_offset_by(angle * u.deg, 2 * u.arcsec))).astype(int)
                   for angle in (0, 90))
    data[north[1], north[0]], data[east[1], east[0]] = 50, 40
    served = fits.HDUList([fits.PrimaryHDU(data, header)])
    figure = shared.plot_cutouts(shared.join_cutouts(dict.fromkeys(shared.KINDS, served), object_id="1"))
    figure.canvas.draw()
    for ax in figure.axes[:3]:
        x, y = shown(ax, 50)
        assert abs(x) < 0.1 and y > 0.5
        x, y = shown(ax, 40)
        assert x < -0.5 and abs(y) < 0.1
        assert "N up" in ax.get_xlabel()
    assert [ax.get_xlabel() for ax in figure.axes[3:]] == ["nJy"] * 3


def test_the_picture_of_a_real_alert_shows_the_source(packets, pyplot):
    figure = Alerce.plot_cutouts("ZTF17aaarzyp")
    figure.canvas.draw()
    assert [ax.get_title() for ax in figure.axes[:3]] == ["Science", "Template", "Difference"]
    assert "ZTF17aaarzyp" in figure.get_suptitle() and "2982177112815010003" in figure.get_suptitle()
    for ax in (figure.axes[0], figure.axes[2]):
        picture, = ax.images
        assert np.hypot(*shown(ax, picture.get_array().max())) < 0.1
    # A difference of 0 is in the middle of its map.
    assert figure.axes[2].images[0].norm(0.0) == pytest.approx(0.5)
    # The first row is at the top, as ZTF's pages show it.
    assert shown(figure.axes[0], figure.axes[0].images[0].get_array()[0, 0])[1] > 0.9


def test_pictures_of_several_alerts(box, pyplot):
    ids = [str(oid) for oid in stamps(box, "ztf", 2)["oid"]]
    figure = Alerce.plot_stamps(ids, stretch="linear", north_up=False, title="Two")
    assert len([ax for ax in figure.axes if ax.images]) == 6 and figure.get_suptitle() == "Two"
    assert ids[1] in figure.axes[3].get_ylabel()
    assert Alerce.plot_stamps(oid=ids[0]).get_suptitle().startswith(ids[0])


def test_pictures_that_cannot_be_drawn(pyplot):
    with pytest.raises(InvalidArgumentError, match="no cutouts"):
        shared.plot_cutouts([])
    flat = fits.HDUList([fits.PrimaryHDU(np.full((4, 4), np.nan))])
    hdus = shared.join_cutouts({"science": flat}, object_id="1")
    with pytest.raises(InvalidArgumentError, match="asinh, linear"):
        shared.plot_cutouts(hdus, stretch="log")
    shared.plot_cutouts(hdus).canvas.draw()


@pytest.mark.parametrize("options, said", [({"stretch": "log"}, "asinh, linear"), ({"cmap": "virids"}, "viridis"),
                                           ({"strech": "asinh"}, "Did you mean 'stretch'")])
def test_wrong_options_of_pictures_are_refused_before_anything_is_sent(box, pyplot, options, said):
    before = len(box.requests)
    with pytest.raises(InvalidArgumentError, match=said):
        Alerce.plot_cutouts("ZTF20aaelulu", **options)
    assert len(box.requests) == before


def test_the_first_alert_is_the_first_in_time_whatever_its_number(broker, speaker):
    body = [dict(oid="ZTF20aaelulu", candid=candid, mjd=mjd, has_stamp=there)
            for candid, mjd, there in (("17", 60002.0, True), ("23", 60001.0, True), ("29", 60001.0, True),
                                       ("11", 60000.0, False))]
    speaker.replies["/objects/ZTF20aaelulu/detections"] = 200, "application/json", json.dumps(body).encode()
    assert set(broker.get_cutouts_list("ZTF20aaelulu")["candid"]) == {23}
    payload = broker.get_cutouts_list("ZTF20aaelulu", candid=[17, 17, 11])
    assert payload["candid"].tolist() == [17] * 3 + [11] * 3
