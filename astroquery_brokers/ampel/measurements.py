# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL's native measurements: put together from alerts and histories, and as canonical light curves."""

import numpy as np

from ..endpoints import Request
from ..tables import concatenate, to_table
from ..tables.lightcurve import band_names, flux_from_magnitude, light_curve, tai_mjd
from ..verbs import Plan
from .endpoints import FORCED_PHOTOMETRY

__all__ = ["detections_table", "forced_requests", "light_curve_table", "native_measurements"]

_MJD = 2400000.5
_HISTORY = 30.0  # days


def native_measurements(broker, answers, name, objects):
    """The rows of all answers, object by object in the order asked and by time, each measurement once.

    The first answer that has a measurement counts: that of the alert, which has more columns than the history.
    """
    dictionary = broker._dictionary(name)
    parts = [part for answer in answers for part in answer.tables.get(name, ())]
    decoded = concatenate(parts, dictionary)
    if not decoded.length:
        return decoded
    names, owner = np.unique(decoded.masked("objectId").data, return_inverse=True)
    rank = {item: place for place, item in enumerate(objects)}
    owner = np.array([rank.get(str(name), len(rank)) for name in names], dtype=int)[owner]
    jd = decoded.masked("jd").data
    if "candid" in dictionary:
        keys = (owner, decoded.masked("candid").data)
    else:
        keys = (owner, jd, decoded.masked("fid").filled(0), decoded.masked("pid").filled(0))
    first = np.unique(np.rec.fromarrays(keys), return_index=True)[1]
    return decoded.take(first[np.lexsort((keys[1][first], jd[first], owner[first]))])


def detections_table(broker, plan, answers):
    """Detections of alerts and of their histories."""
    decoded = native_measurements(broker, answers, "ztf_detections", plan.items)
    return to_table(decoded, broker._dictionary("ztf_detections"))


def light_curve_table(broker, plan, answers):
    """Detections and upper limits as canonical measurements."""
    pieces = []
    for name, kind in (("ztf_detections", "detection"), ("ztf_non_detections", "upper_limit")):
        dictionary = broker._dictionary(name)
        decoded = native_measurements(broker, answers, name, plan.items)
        if not decoded.length:
            continue
        get, time = decoded.masked, dictionary["jd"].time
        objects = get("objectId").data
        starts = np.flatnonzero(np.concatenate([[True], objects[1:] != objects[:-1]]))
        rows = np.arange(len(objects)) - np.repeat(starts, np.diff([*starts, len(objects)]))
        piece = {"object_id": objects, "survey": "ztf", "broker": broker.broker, "kind": kind, "origin": name,
                 "origin_row": rows, "mjd": tai_mjd(get("jd") - _MJD, time["scale"]), "mjd_is_start": True,
                 "band": band_names(get("fid"), dictionary["fid"].band), "limiting_mag": get("diffmaglim")}
        if kind == "detection":
            piece.update(_photometry(get), measurement_id=get("candid"), ra=get("ra"), dec=get("dec"))
        pieces.append(piece)
    return light_curve(pieces, plan.items)


def _photometry(get):
    """Magnitudes and fluxes of detections, and how real they are."""
    positive = np.isin(get("isdiffpos").data, ("t", "1"))
    mag, mag_err, drb, rb = (np.ma.masked_invalid(get(name)) for name in ("magpsf", "sigmapsf", "drb", "rb"))
    flux, flux_err = flux_from_magnitude(mag, mag_err, np.where(positive, 1, -1))
    missing = np.ma.getmaskarray(drb)
    quality = np.ma.array(np.where(missing, rb.data, drb.data), mask=missing & np.ma.getmaskarray(rb))
    return {"mag": mag, "mag_err": mag_err, "flux": flux, "flux_err": flux_err, "quality": quality}


def forced_requests(alerts, objects, build):
    """The plan for the packets whose histories cover the time of the objects."""
    requests = []
    owner, jd, candid = (np.asarray(alerts[name]) for name in ("objectId", "jd", "candid"))
    for item in objects:
        of_item = np.flatnonzero(owner == item)
        of_item = of_item[np.argsort(jd[of_item])]
        left = jd[of_item]
        while left.size:
            requests.append(Request(FORCED_PHOTOMETRY, path={"candid": int(candid[of_item[left.size - 1]])},
                                    items=(item,)))
            left = left[:np.searchsorted(left, left[-1] - _HISTORY)]
    return Plan(requests, asked=f"forced photometry of {', '.join(objects[:3])}", survey="ztf", items=tuple(objects),
                build=build)
