# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The canonical light curves of the same ZTF objects are the same table on every broker, where they have the same data.

What differs, by rule:

* forced photometry of ZTF is at ALeRCE only, measurements of bad quality at Fink only;
* ``total_flux`` is rounded at ALeRCE, which sends corrected magnitudes, and AMPEL has none;
* AMPEL sends magnitudes as 32-bit numbers, and detections without an alert of their own without ``drb``.
"""

import numpy as np
import pytest

from astroquery_brokers import Alerce, Ampel, Fink

KINDS = ("detection", "upper_limit")
ONLY_AT = {"ALeRCE": {"forced"}, "Fink": {"bad_quality"}, "AMPEL": set()}
# Relative differences that are allowed: of all numbers, and of some.
EXACT = {"Fink": 1e-13, "AMPEL": 2e-6}
ROUNDED = {"total_flux": 1e-5, "total_flux_err": 1e-3}
# What has no counterpart: where a row was, and what AMPEL has not.
OWN = {"Fink": {"broker", "origin", "origin_row"},
       "AMPEL": {"broker", "origin", "origin_row", "total_flux", "total_flux_err", "quality"}}


@pytest.fixture
def curves(box):
    """Light curves of a dozen of the objects with most detections, by broker."""
    objects = box.truth.objects
    ids = [str(oid) for oid in objects["oid"][np.argsort(objects["ndet"])[::-1]][:36:3]]
    return {broker.broker: broker.query_lightcurve(ids) for broker in (Alerce, Fink, Ampel)}


def test_kinds_are_the_same_but_for_what_only_one_has(curves):
    for name, curve in curves.items():
        assert set(curve["kind"]) == {*KINDS, *ONLY_AT[name]}
        assert set(curve["broker"]) == {name}
    assert np.ma.getmaskarray(curves["AMPEL"]["total_flux"]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("other", ["Fink", "AMPEL"])
def test_rows_are_the_same(curves, other, kind):
    ours, theirs = (curves[name][curves[name]["kind"] == kind] for name in ("ALeRCE", other))
    assert ours.colnames == theirs.colnames and len(ours) == len(theirs) > 30
    for name in set(ours.colnames) - OWN[other]:
        one, two = ours[name], theirs[name]
        assert (one.unit, one.dtype.kind, one.description) == (two.unit, two.dtype.kind, two.description), name
        mask = np.ma.getmaskarray(one)
        assert np.array_equal(mask, np.ma.getmaskarray(two)), name
        values, others = np.ma.getdata(one)[~mask], np.ma.getdata(two)[~mask]
        if name == "mjd":
            assert np.allclose(values, others, rtol=0, atol=1e-9)
        elif values.dtype.kind == "f":
            assert np.allclose(values, others, rtol=ROUNDED.get(name, EXACT[other]), atol=0), name
        else:
            assert np.array_equal(values, others), name
