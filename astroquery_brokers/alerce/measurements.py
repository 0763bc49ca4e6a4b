# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's native measurements as canonical light curves, and whether they are all there."""

from dataclasses import replace

import numpy as np

from ..exceptions import BrokerError
from ..measurements import either, measured, native_columns
from ..tables.lightcurve import band_names, flux_from_magnitude, light_curve, magnitude_from_flux, tai_mjd
from .endpoints import LSST_COUNT, LSST_OBJECTS

__all__ = ["check_counts", "count_requests", "lsst_light_curve", "ztf_light_curve"]

# Native names of what the canonical light curve needs; the two services name the same things differently.
_DETECTION = {"mag": "magpsf", "mag_err": "sigmapsf", "total_mag": "magpsf_corr",
              "total_mag_err": ("sigmapsf_corr", "sigmapsf_corr_ext")}
_FORCED = {"mag": "mag", "mag_err": "e_mag", "total_mag": "mag_corr",
           "total_mag_err": ("e_mag_corr", "e_mag_corr_ext")}


def ztf_light_curve(broker, plan, answers):
    """ALeRCE's three native tables of ZTF as canonical measurements."""
    pieces = []
    for name, kind, names in (("ztf_detections", "detection", _DETECTION), ("ztf_forced_photometry", "forced", _FORCED),
                              ("ztf_non_detections", "upper_limit", None)):
        get, piece = _piece(broker, answers, name, kind)
        if get is None:
            continue
        dictionary = broker._dictionary(name)
        piece.update(survey="ztf", mjd=tai_mjd(get("mjd"), dictionary["mjd"].time["scale"]), mjd_is_start=True,
                     band=band_names(get("fid"), dictionary["fid"].band), limiting_mag=get("diffmaglim"))
        if names is not None:
            piece.update(_photometry(get, names), ra=get("ra"), dec=get("dec"))
        if kind == "detection":
            piece.update(measurement_id=get("candid"), quality=either(get("drb"), get("rb")))
        pieces.append(piece)
    return light_curve(pieces, plan.items)


def lsst_light_curve(broker, plan, answers):
    """ALeRCE's two native tables of LSST as canonical measurements."""
    pieces = []
    for name, kind in (("lsst_detections", "detection"), ("lsst_forced_photometry", "forced")):
        get, piece = _piece(broker, answers, name, kind)
        if get is None:
            continue
        dictionary = broker._dictionary(name)
        mag, mag_err = magnitude_from_flux(get("psfFlux"), get("psfFluxErr"))
        piece.update(survey="lsst", mjd=tai_mjd(get("mjd"), dictionary["mjd"].time["scale"]), mjd_is_start=False,
                     band=band_names(get("band"), dictionary["band"].band), measurement_id=get("measurement_id"),
                     flux=get("psfFlux"), flux_err=get("psfFluxErr"), total_flux=get("scienceFlux"),
                     total_flux_err=get("scienceFluxErr"), mag=mag, mag_err=mag_err, ra=get("ra"), dec=get("dec"))
        if kind == "detection":
            piece.update(quality=get("reliability"))
        pieces.append(piece)
    return light_curve(pieces, plan.items)


def _piece(broker, answers, name, kind):
    """A function that gets native columns by name, and what all kinds have; None where there are no rows."""
    decoded = native_columns(broker, answers, name)
    return (None, {}) if decoded is None else (decoded.masked, measured(broker, decoded, name, kind))


def _photometry(native, names):
    def get(name):
        return np.ma.masked_invalid(native(name))

    flux, flux_err = flux_from_magnitude(get(names["mag"]), get(names["mag_err"]), get("isdiffpos"))
    total_err = either(*map(get, names["total_mag_err"]))
    total_flux, total_flux_err = flux_from_magnitude(get(names["total_mag"]), total_err)
    return {"mag": get(names["mag"]), "mag_err": get(names["mag_err"]), "flux": flux, "flux_err": flux_err,
            "total_flux": total_flux, "total_flux_err": total_flux_err}


def count_requests(broker, ids):
    """What tells how many points of forced photometry LSST objects should have.

    That is the object itself for a single one. Of many only those with a class are counted: all come in one reply, so
    that one that is cut shows by them.
    """
    if len(ids) == 1:
        requests = [broker._request_of(LSST_COUNT, ids)]
    else:
        size = LSST_OBJECTS.batch
        requests = [broker._request_of(LSST_OBJECTS, ids[start:start + size], [("order_by", "oid")])
                    for start in range(0, len(ids), size)]
    return [replace(request, auxiliary=True) for request in requests]


def check_counts(broker, plan, answers, *, build):
    """What ``build`` makes, after a look at whether the forced photometry of each object is complete."""
    expected = {}
    for part in (part for answer in answers if answer.request.auxiliary
                 for parts in answer.tables.values() for part in parts if part.length):
        counts = part.masked("n_forced")
        expected.update(zip(part.masked("oid").compressed().tolist(), counts.filled(0).tolist()))
    for answer in (answer for answer in answers if not answer.request.auxiliary):
        parts = [part for part in answer.tables.get("lsst_forced_photometry", ()) if part.length]
        found = np.concatenate([part.masked("oid").data for part in parts]) if parts else np.array([], dtype="int64")
        there = dict(zip(*(array.tolist() for array in np.unique(found, return_counts=True))))
        short = [oid for oid in map(int, answer.request.items) if there.get(oid, 0) < expected.get(oid, 0)]
        if short and answer.error is None:
            oid, more = short[0], f" (and of {len(short) - 1} other objects)" if len(short) > 1 else ""
            answer.more, answer.error = True, BrokerError(
                f"{broker.broker} sent {there.get(oid, 0)} of the {expected[oid]} points of forced photometry that it "
                f"counts for {oid}{more}. Its service cuts them at times; TAP has them too.", broker=broker.broker)
    return build(broker, plan, answers)
