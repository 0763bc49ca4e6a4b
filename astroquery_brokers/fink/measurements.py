# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's native measurements as canonical light curves."""

import numpy as np

from ..measurements import either, measured, native_columns
from ..results import native_table
from ..tables.lightcurve import band_names, flux_from_magnitude, light_curve, magnitude_from_flux, tai_mjd

__all__ = ["JD_OF_MJD", "LIGHT_CURVE_COLUMNS", "LIMIT_TAGS", "lsst_light_curve", "upper_limits", "ztf_light_curve"]

JD_OF_MJD = 2400000.5
#: Spellings of ``d:tag`` for upper limits: that of the data, and that of Fink's schema.
LIMIT_TAGS = ("upperlim", "upper")
_KINDS = {"detection": ("valid",), "bad_quality": ("badquality",), "upper_limit": LIMIT_TAGS}
# The nearest source of the reference image is the object itself within this many pixels, as ALeRCE has it too.
_SAME_SOURCE = 1.4

#: What the canonical light curve is made of.
LIGHT_CURVE_COLUMNS = {
    "ztf_alerts": ("i:objectId", "i:candid", "i:jd", "i:fid", "i:magpsf", "i:sigmapsf", "i:isdiffpos", "i:diffmaglim",
                   "i:magnr", "i:sigmagnr", "i:distnr", "i:ra", "i:dec", "i:rb", "i:drb"),
    "lsst_sources": ("r:diaObjectId", "r:diaSourceId", "r:midpointMjdTai", "r:band", "r:psfFlux", "r:psfFluxErr",
                     "r:scienceFlux", "r:scienceFluxErr", "r:ra", "r:dec", "r:reliability"),
    "lsst_forced_photometry": ("r:diaObjectId", "r:diaForcedSourceId", "r:midpointMjdTai", "r:band", "r:psfFlux",
                               "r:psfFluxErr", "r:scienceFlux", "r:scienceFluxErr", "r:ra", "r:dec")}


def _tagged(decoded, kind):
    """The rows of one kind; without tags all rows are alerts."""
    tags = decoded.masked("d:tag").filled("valid") if "d:tag" in decoded.columns else np.full(decoded.length, "valid")
    return decoded.take(np.flatnonzero(np.isin(tags, _KINDS[kind])))


def upper_limits(broker, plan, answers):
    """The table of upper limits alone; the other rows came with them."""
    for answer in answers:
        answer.tables = {name: [_tagged(part, "upper_limit") for part in parts]
                         for name, parts in answer.tables.items()}
    return native_table(broker, plan, answers)


def ztf_light_curve(broker, plan, answers):
    """Alerts, measurements of bad quality and upper limits as canonical measurements."""
    whole, pieces = native_columns(broker, answers, "ztf_alerts"), []
    dictionary = broker._dictionary("ztf_alerts")
    for kind in _KINDS if whole is not None else ():
        decoded = _tagged(whole, kind)
        if not decoded.length:
            continue
        get = decoded.masked
        piece = measured(broker, decoded, "ztf_alerts", kind)
        piece.update(survey="ztf", mjd=tai_mjd(get("i:jd") - JD_OF_MJD, "utc"), mjd_is_start=True,
                     band=band_names(get("i:fid"), dictionary["i:fid"].band), limiting_mag=get("i:diffmaglim"))
        if kind != "upper_limit":
            piece.update(_photometry(get))
        if kind == "detection":
            piece.update(measurement_id=get("i:candid"), ra=get("i:ra"), dec=get("i:dec"),
                         quality=either(get("i:drb"), get("i:rb")))
        pieces.append(piece)
    return light_curve(pieces, plan.items)


def _photometry(native):
    """Fluxes of magnitudes; the total flux is that of the reference source and the difference, with its sign."""
    def get(name):
        return np.ma.masked_invalid(native(name))

    positive = native("i:isdiffpos")
    sign = np.ma.array(np.where(np.isin(positive.data, ("t", "1")), 1, -1), mask=np.ma.getmaskarray(positive))
    flux, flux_err = flux_from_magnitude(get("i:magpsf"), get("i:sigmapsf"), sign)
    reference, reference_err = flux_from_magnitude(get("i:magnr"), get("i:sigmagnr"))
    near = np.ma.masked_where(~np.ma.filled(get("i:distnr") < _SAME_SOURCE, False), reference + flux)
    total_flux = np.ma.masked_less_equal(near, 0)
    variance = flux_err ** 2 - reference_err ** 2
    total_flux_err = either(np.ma.sqrt(np.ma.masked_less_equal(variance, 0)), flux_err)
    total_flux_err = np.ma.masked_where(np.ma.getmaskarray(total_flux), total_flux_err)
    return {"mag": get("i:magpsf"), "mag_err": get("i:sigmapsf"), "flux": flux, "flux_err": flux_err,
            "total_flux": total_flux, "total_flux_err": total_flux_err}


def lsst_light_curve(broker, plan, answers):
    """Sources and forced photometry as canonical measurements."""
    pieces = []
    for name, kind, own_id in (("lsst_sources", "detection", "r:diaSourceId"),
                               ("lsst_forced_photometry", "forced", "r:diaForcedSourceId")):
        decoded, dictionary = native_columns(broker, answers, name), broker._dictionary(name)
        if decoded is None:
            continue
        get = decoded.masked
        mag, mag_err = magnitude_from_flux(get("r:psfFlux"), get("r:psfFluxErr"))
        piece = measured(broker, decoded, name, kind)
        piece.update(survey="lsst", mjd=tai_mjd(get("r:midpointMjdTai"), "tai"), mjd_is_start=False,
                     band=band_names(get("r:band"), dictionary["r:band"].band), measurement_id=get(own_id),
                     flux=get("r:psfFlux"), flux_err=get("r:psfFluxErr"), total_flux=get("r:scienceFlux"),
                     total_flux_err=get("r:scienceFluxErr"), mag=mag, mag_err=mag_err, ra=get("r:ra"),
                     dec=get("r:dec"))
        if kind == "detection":
            piece.update(quality=get("r:reliability"))
        pieces.append(piece)
    return light_curve(pieces, plan.items)
