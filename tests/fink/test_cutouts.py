# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's images and searches from the sandbox."""

import numpy as np
import pytest

from astroquery_brokers import Fink
from astroquery_brokers.exceptions import CandidError, InvalidArgumentError, RejectedQueryError


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_fits_and_arrays_have_the_same_pixels(box, ztf_ids, lsst_ids, survey):
    oid = {"ztf": ztf_ids, "lsst": lsst_ids}[survey][0]
    hdus, arrays = Fink.get_cutouts(oid), Fink.get_cutouts(oid, format="numpy")
    assert [hdu.name for hdu in hdus] == ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
    for hdu, array in zip(hdus, arrays):
        assert np.array_equal(hdu.data, array, equal_nan=True) and array.dtype == np.float32
        assert hdu.header["OBJECT"] == oid
    pictures = Fink.get_cutouts(oid, format="png", stretch="linear", pmin=1, pmax=99)
    assert len(pictures) == 3 and all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_the_latest_alert_is_the_default(box, ztf_ids, lsst_ids):
    detections = Fink.query_detections(ztf_ids[0], columns="candid")
    assert Fink.get_cutouts(ztf_ids[0])[0].header["CANDID"] == detections["i:candid"][-1]
    first = Fink.get_cutouts(ztf_ids[0], detections["i:candid"][0])
    assert first[0].header["CANDID"] == detections["i:candid"][0]
    sources = Fink.query_detections(lsst_ids[0], columns="diaSourceId")
    assert Fink.get_cutouts(lsst_ids[0])[0].header["CANDID"] == sources["r:diaSourceId"][-1]


def test_one_kind_of_many_objects(box, ztf_ids):
    many = Fink.get_cutouts(ztf_ids[:3], kind="difference", format="numpy")
    assert len(many) == 3 and all(len(images) == 1 and images[0].shape == (63, 63) for images in many)
    with pytest.raises(CandidError, match="ZTF17zzzzzzz"):
        Fink.get_cutouts("ZTF17zzzzzzz")
    with pytest.raises(InvalidArgumentError, match="object_id and candid together"):
        Fink.get_cutouts(candid=1, survey="ztf")


def test_alerts_of_a_class_are_the_newest_first(box):
    alerts = Fink.query_alerts(class_name="SN candidate", row_limit=-1)
    assert set(alerts["v:classification"]) == {"SN candidate"} and (np.diff(alerts["i:jd"]) <= 0).all()
    objects = Fink.query_objects(class_name="SN candidate", row_limit=-1)
    assert set(objects["i:objectId"]) == set(alerts["i:objectId"]) and len(objects) < len(alerts)
    for row in objects:
        assert row["i:jd"] == alerts["i:jd"][alerts["i:objectId"] == row["i:objectId"]].max()
    rising = Fink.query_alerts(class_name="SN candidate", trend="rising", columns="magpsf", row_limit=-1)
    assert 0 < len(rising) < len(alerts) and (rising["d:mag_rate"] < 0).all()


def test_alerts_with_a_tag(box):
    tagged = Fink.query_alerts(tag="in_tns", row_limit=-1)
    assert not np.ma.getmaskarray(tagged["f:xm_tns_fullname"]).any()
    day = np.median(tagged["r:midpointMjdTai"].compressed())
    later = Fink.query_alerts(tag="in_tns", startdate=float(day), row_limit=-1)
    assert len(later) == (tagged["r:midpointMjdTai"] >= day).sum()
    with pytest.raises(RejectedQueryError, match="nope is not a valid tag"):
        Fink.query_alerts(tag="nope")


def test_anomalies_tracklets_and_lists(box):
    assert (Fink.query_anomalies(row_limit=-1)["d:anomaly_score"] < 0).all()
    glints = Fink.query_alerts(class_name="Tracklet", row_limit=-1)
    name = glints["d:tracklet"][0]
    assert set(Fink.query_tracklets(tracklet_id=name)["d:tracklet"]) == {name}
    night = f"{name[5:9]}-{name[9:11]}-{name[11:13]}"
    assert name in set(Fink.query_tracklets(night)["d:tracklet"])
    assert {"Fink", "TNS", "SIMBAD"} == set(Fink.list_classes()["source"])
    assert not Fink.list_tags()["api"].all() and len(Fink.list_blocks()) == 15
    schema = Fink.query_schema("lsst_forced_photometry")
    assert schema["in_dictionary"][schema["in_schema"]].all()
    schema = Fink.query_schema("ssoft_hg")
    assert len(schema) > 30 and schema["in_dictionary"][schema["in_schema"]].all()
