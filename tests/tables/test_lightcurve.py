# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The canonical light curve: numbers worked out by hand, order and repetitions."""

import math

import numpy as np
import pytest

from astroquery_brokers.alerce import Alerce
from astroquery_brokers.tables.lightcurve import band_names, flux_from_magnitude, light_curve, tai_mjd


def test_fluxes_of_magnitudes():
    mag, error = np.ma.array([31.4, 23.9, 18.9, 20.0], mask=[0, 0, 0, 1]), np.ma.array([0.1, 0.1, 0.0, 0.1])
    flux, flux_err = flux_from_magnitude(mag, error, np.array([1, -1, 1, 1]))
    assert np.asarray(flux[:3]) == pytest.approx([1.0, -1000.0, 100000.0])
    assert np.asarray(flux_err[:3]) == pytest.approx([0.1 * math.log(10) / 2.5, 100 * math.log(10) / 2.5, 0])
    assert flux.mask[3] and flux_err.mask[3]


def test_utc_becomes_tai():
    seconds = (tai_mjd([58849.0, 57000.0], "utc") - [58849.0, 57000.0]) * 86400
    assert np.asarray(seconds) == pytest.approx([37, 35], abs=1e-4)
    assert list(tai_mjd([58849.0], "tai")) == [58849.0]


def test_bands_have_names_and_unknown_ones_are_masked():
    assert band_names(np.ma.array([1, 2, 9, 1], mask=[0, 0, 0, 1]), {1: "ztfg", 2: "ztfr"}).tolist() == [
        "ztfg", "ztfr", None, None]


def piece(kind, ids, mjd, **columns):
    return {"object_id": np.array(["a"] * len(mjd)), "kind": kind, "measurement_id": ids, "mjd": np.array(mjd),
            "band": np.array(["ztfg"] * len(mjd)), **columns}


def test_repetitions_are_dropped_and_the_rest_is_sorted():
    curve = light_curve([
        piece("detection", np.array([3, 1, 3]), [60003.0, 60001.0, 60003.0], mag=np.array([18.0, 19.0, 17.0])),
        piece("forced", np.ma.masked_all(3, dtype="int64"), [60002.0, 60002.0, 60001.0]),
        piece("upper_limit", np.ma.masked_all(1, dtype="int64"), [60000.0])], ["a"])
    assert list(zip(curve["kind"], curve["mjd"])) == [
        ("upper_limit", 60000.0), ("detection", 60001.0), ("forced", 60001.0), ("forced", 60002.0),
        ("detection", 60003.0)]
    assert list(curve["mag"].compressed()) == [19.0, 18.0]


def test_objects_come_in_the_order_asked():
    later = {**piece("detection", np.array([1]), [60001.0]), "object_id": np.array(["b"])}
    curve = light_curve([later, piece("detection", np.array([1]), [60002.0])], ["b", "a"])
    assert list(curve["object_id"]) == ["b", "a"]


def test_signs_errors_totals_and_quality_of_alerce(box):
    """A variable star, with differences of both signs, against its native columns."""
    truth = box.truth.detections
    counts = {oid: set(truth["isdiffpos"][truth["oid"] == oid]) for oid in box.truth.objects["oid"][:100]}
    variable = next(str(oid) for oid, signs in counts.items() if signs == {1, -1})
    native = Alerce.query_detections(variable)
    curve = Alerce.query_lightcurve(variable)
    curve = curve[curve["kind"] == "detection"]
    native = native[curve["origin_row"]]
    flux = native["isdiffpos"] * 10 ** ((31.4 - native["magpsf"]) / 2.5)
    assert (flux < 0).any() and np.allclose(curve["flux"], flux, rtol=1e-12)
    assert np.allclose(curve["flux_err"], abs(flux) * native["sigmapsf"] * 0.9210340371976183, rtol=1e-12)
    total = 10 ** ((31.4 - native["magpsf_corr"]) / 2.5)
    error = np.where(native["sigmapsf_corr"].mask, native["sigmapsf_corr_ext"], native["sigmapsf_corr"])
    assert np.ma.allclose(curve["total_flux"], total, rtol=1e-12)
    assert np.ma.allclose(curve["total_flux_err"], total * error * 0.9210340371976183, rtol=1e-12)
    assert np.array_equal(curve["total_flux"].mask, native["magpsf_corr"].mask)
    quality = np.where(native["drb"].mask, native["rb"], native["drb"])
    assert np.array_equal(curve["quality"], quality)
