# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The same question by REST and by TAP: the same table, for all objects of the synthetic sky."""

import numpy as np
import pytest
from astropy.utils.exceptions import AstropyUserWarning
from astroquery.exceptions import MaxResultsWarning

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import BrokerConnectionError, InvalidArgumentError

# Columns that TAP lacks.
LACKING = {"tid", "sid", "aid", "candid", "phase", "class", "classifier", "probability", "band_name", "survey_id"}
# Columns that REST no longer sends.
GONE = {"drbversion", "saturation_rate", "dmdt_first", "dm_first", "sigmadm_first", "dt_first", "magmean_corr",
        "magmedian_corr", "magmax_corr", "magmin_corr", "magsigma_corr", "maglast_corr", "magfirst_corr"}

pytestmark = pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")


@pytest.fixture
def alerce(box, tmp_path):
    """ALeRCE with a cache of its own."""
    broker = AlerceClass()
    broker.cache_location = tmp_path
    return broker


@pytest.fixture
def asked(box):
    """Paths of the requests since the fixture was made."""
    start = len(box.requests)
    return lambda: [request["path"] for request in box.requests[start:]]


def compare(rest, tap, keys):
    """The columns that both have are the same, row for row; magnitudes of TAP have 32 bits."""
    assert rest.colnames == tap.colnames and len(rest) == len(tap)
    if keys:
        rest, tap = rest.copy(), tap.copy()
        rest.sort(keys)
        tap.sort(keys)
    for name in rest.colnames:
        one, other = rest[name], tap[name]
        assert (one.dtype.kind, one.unit, one.meta) == (other.dtype.kind, other.unit, other.meta), name
        lost = np.ma.getmaskarray(other) & ~np.ma.getmaskarray(one)
        if name in LACKING and np.ma.getmaskarray(other).all():
            continue
        assert not lost.any(), name
        if name in GONE and np.ma.getmaskarray(one).all():
            continue
        assert (np.ma.getmaskarray(one) == np.ma.getmaskarray(other)).all(), name
        if one.dtype.kind == "f":
            np.testing.assert_allclose(np.ma.filled(one, 0), np.ma.filled(other, 0), rtol=3e-6, err_msg=name)
        elif name != "origin_row":
            assert one.tolist() == other.tolist(), name


@pytest.mark.parametrize("verb, survey, keys, requests", [
    ("query_objects", "ztf", None, 1),
    ("query_detections", "ztf", ["oid", "candid"], 1),
    ("query_non_detections", "ztf", ["oid", "mjd", "fid"], 1),
    ("query_forced_photometry", "ztf", ["oid", "pid"], 1),
    ("query_magstats", "ztf", ["oid", "fid"], 1),
    ("query_features", "ztf", ["oid", "name", "fid", "version"], 1),
    ("query_probabilities", "ztf", ["oid", "classifier_name", "classifier_version", "class_name"], 1),
    ("query_lightcurve", "ztf", None, 3),
    ("query_detections", "lsst", ["oid", "measurement_id"], 1),
    ("query_forced_photometry", "lsst", ["oid", "measurement_id"], 1),
    ("query_probabilities", "lsst", ["oid", "classifier_name", "classifier_version", "class_name"], 1),
    ("query_lightcurve", "lsst", None, 2),
])
def test_the_same_table_by_both_routes(alerce, box, asked, verb, survey, keys, requests):
    objects = box.truth.objects if survey == "ztf" else box.truth.lsst_objects
    ids = objects["oid"].tolist()
    tap = getattr(alerce, verb)(ids, route="tap")
    assert asked() == ["/tap/sync"] * requests
    rest = getattr(alerce, verb)(ids, route="rest")
    compare(rest, tap, keys)
    assert tap.meta["coverage"] == rest.meta["coverage"]
    assert tap.meta["provenance"][0]["parameters"]["route"] == "tap"


def test_objects_come_in_the_order_in_which_they_are_asked(alerce, box):
    ids = box.truth.objects["oid"][::-7].tolist()
    table = alerce.query_objects([*ids, "ZTF00zzzzzzz"], route="tap")
    assert table["oid"].tolist() == ids
    assert table.meta["coverage"][0]["missing"] == ["ZTF00zzzzzzz"]
    with pytest.warns(MaxResultsWarning):
        assert alerce.query_objects(ids, route="tap", row_limit=3)["oid"].tolist() == ids[:3]


def many(box):
    """More ids than REST is asked for by default."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return box.truth.objects["oid"].tolist() + [f"ZTF99{a}{b}zzzzz" for a in letters for b in letters] + [
        f"ZTF98{a}zzzzzz" for a in letters]


def test_many_objects_go_by_tap_and_few_do_not(alerce, box, asked):
    ids = many(box)
    assert len(ids) > 1000
    table = alerce.query_objects(ids)
    assert asked() == ["/tap/sync"] and len(table) == 300
    alerce.query_objects(ids[:150])
    assert set(asked()[1:]) == {"/ztf/v1/objects/"}
    alerce.query_objects(ids[:1001], classifier="stamp_classifier")
    assert asked().count("/tap/sync") == 1


@pytest.mark.parametrize("fault", [{"status": 500, "body": "<html>oops</html>", "content_type": "text/html"},
                                   {"body": "<html>Sign in</html>", "content_type": "text/html"}])
def test_rest_is_asked_if_tap_fails(alerce, box, asked, fault):
    ids = many(box)
    box.faults = [{"path": "/tap/sync", **fault}]
    with pytest.warns(AstropyUserWarning, match="TAP service did not answer, and its other services are asked"):
        table = alerce.query_objects(ids)
    assert asked()[0] == "/tap/sync" and set(asked()[1:]) == {"/ztf/v1/objects/"}
    compare(alerce.query_objects(ids, route="rest"), table, None)
    assert table.meta["coverage"][0]["found"] == 300 and not len(table.failures)
    # whoever asks for TAP wants to know
    box.faults = [{"path": "/tap/sync", "reset": True}]
    with pytest.raises(BrokerConnectionError):
        AlerceClass(retries=0).query_objects(ids, route="tap", cache=False)


@pytest.mark.parametrize("arguments, message", [
    ({"route": "sql"}, "Allowed: rest, tap"), ({"route": "tap", "ndet": 3}, "ndet"),
    ({"route": "tap", "page": 1}, "page"), ({"route": "tap", "class_name": "SN"}, "class"),
    ({"route": "tap", "order_by": "ndet"}, "order")])
def test_what_tap_is_not_asked(alerce, asked, showpiece, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        alerce.query_objects(showpiece, **arguments)
    with pytest.raises(InvalidArgumentError, match="there are none"):
        alerce.query_objects(ndet=3, route="tap")
    with pytest.raises(InvalidArgumentError, match="lsst_objects"):
        alerce.query_objects(170587117485817955, route="tap")
    assert asked() == []
