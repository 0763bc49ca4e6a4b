# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts of synthetic alerts, made on request from the alert's own numbers; the same alert has the same pictures.

A source stands where the alert is, with the seeing of the night; what the template has is a star for a variable and a
galaxy for the host of a transient. The layout of the files is that of real packets of 2020 (ZTF) and 2026 (Rubin).
"""

import math

import numpy as np

from . import images

__all__ = ["KINDS", "lsst_cutouts", "ztf_cutouts"]

KINDS = ("Science", "Template", "Difference")
_ZTF_SIZE, _ZTF_PIXEL, _ZTF_ZERO, _ZTF_SKY = 63, 1.01, 26.2, 232.0
_ZTF_FILES = {"Science": "_targ_sci", "Template": "_ref", "Difference": "_targ_scimref"}
# The cards of real ZTF cutouts: SIMPLE is not where the standard wants it.
_ZTF_CARDS = {"SIMPLE": "=  T", "BUNIT": "DN"}
_LSST_PIXEL = 0.2
_STARS = ("RRL", "CEP", "LPV", "EA", "CV/Nova", "QSO")


def _seed(*values):
    return np.random.default_rng([abs(int(value)) for value in values])


def _profile(shape, x, y, width, ratio=1.0, angle=0.0, galaxy=False):
    """A picture of flux 1 around a place (from 0): a star, or a galaxy of exponential profile."""
    row, column = np.mgrid[:shape[0], :shape[1]]
    dx, dy = column - x, row - y
    along = dx * math.cos(angle) + dy * math.sin(angle)
    across = (dy * math.cos(angle) - dx * math.sin(angle)) / ratio
    square = (along ** 2 + across ** 2) / width ** 2
    if galaxy:
        return np.exp(-np.sqrt(square + 1)) / (2 * np.pi * 2 * math.exp(-1) * width ** 2 * ratio)
    return np.exp(-square / 2) / (2 * np.pi * width ** 2 * ratio)


def _host(label):
    """What the template shows: "star", "galaxy" or None."""
    return "star" if label in _STARS else None if label in ("asteroid", "bogus") else "galaxy"


def _difference(shape, place, width, flux, label, rng):
    """The change: a source; of a bogus alert, a hot pixel beside a hole."""
    if label != "bogus":
        return flux * _profile(shape, *place, width)
    picture = flux * (_profile(shape, place[0] - 1, place[1], 0.45) - _profile(shape, place[0] + 2, place[1], 0.9) / 2)
    return picture * rng.uniform(0.8, 1.2)


def ztf_cutouts(alert, label, nearest):
    """The three files of a ZTF alert, as in its packet.

    Parameters
    ----------
    alert : dict
        A row of the table ``detections``.
    label : str or None
        True class.
    nearest : float
        Magnitude of the nearest source in the template.

    Returns
    -------
    dict
        ``{"Science": (file name, gzipped FITS), ...}``
    """
    rng, night, shape = _seed(alert["candid"]), _seed(alert["nid"], 1), (_ZTF_SIZE, _ZTF_SIZE)
    width = night.uniform(1.7, 3.4) / _ZTF_PIXEL / 2.355
    middle = _ZTF_SIZE // 2
    place = middle + rng.uniform(-0.5, 0.5), middle + rng.uniform(-0.5, 0.5)
    flux = alert["isdiffpos"] * 10 ** (0.4 * (_ZTF_ZERO - alert["magpsf"]))
    noise = 10 ** (0.4 * (_ZTF_ZERO - alert["diffmaglim"])) / 5 / math.sqrt(4 * math.pi * width ** 2)
    who = _seed(*alert["oid"].encode())
    angle, ratio, size, tilt = who.uniform(0, 6.28), who.uniform(0.35, 0.95), who.uniform(1.2, 3.0), who.uniform(0, 3.1)
    near = (place[0] + alert["distnr"] * math.cos(angle), place[1] + alert["distnr"] * math.sin(angle))
    light = 10 ** (0.4 * (_ZTF_ZERO - nearest))
    kind = _host(label)

    def still(width):
        if kind is None:
            return np.zeros(shape)
        if kind == "star":
            return light * _profile(shape, *near, width)
        return light * _profile(shape, *near, math.hypot(size, width), ratio, tilt, galaxy=True)

    change = _difference(shape, place, width, flux, label, rng) + noise * rng.normal(0, 1, shape)
    template = still(1.0) + 0.25 * noise * _seed(*alert["oid"].encode(), alert["fid"]).normal(0, 1, shape)
    pictures = {"Science": _ZTF_SKY + still(width) + change, "Template": _ZTF_SKY + template, "Difference": change}
    edge = int(rng.integers(1, 24)) if rng.uniform(0, 1) < 0.05 else 0
    files = {}
    for name, picture in pictures.items():
        if edge:
            picture[:, -edge:] = np.nan  # beyond the detector
        file = f"candid{alert['candid']}_pid{alert['pid']}{_ZTF_FILES[name]}.fits"
        files[name] = file + ".gz", images.gzipped(images.fits((_ZTF_CARDS, picture.astype(np.float32))), file)
    return files


def _wcs(ra, dec, x, y, angle, named):
    """Cards of the position; x and y count from 1. Packets of early 2026 do not name the axes."""
    scale = _LSST_PIXEL / 3600
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    cards = {"WCSAXES": 2, "CRPIX1": x, "CRPIX2": y, "PC1_1": -cosine, "PC1_2": sine, "PC2_1": sine, "PC2_2": cosine,
             "CDELT1": 1.0, "CDELT2": 1.0}
    if named:
        cards.update(CUNIT1="deg", CUNIT2="deg", CTYPE1="RA---TAN", CTYPE2="DEC--TAN")
    return {**cards, "CRVAL1": ra, "CRVAL2": dec, "LATPOLE": 90.0, "MJDREF": 0.0}


NAMED_AXES_SINCE = 60800.0


def lsst_cutouts(source, label):
    """The three files of a Rubin alert, as in its packet: flux, variance and PSF, not compressed.

    Parameters
    ----------
    source : dict
        A row of the table ``lsst_detections``.
    label : str or None
        True class.

    Returns
    -------
    dict
        ``{"Science": FITS, ...}``
    """
    rng, night, who = _seed(source["measurement_id"]), _seed(source["visit"], 1), _seed(source["oid"], 2)
    side = 30 + int(who.integers(0, 20))
    angle, away, turn = who.uniform(0, 6.28), who.uniform(0.1, 1.2), who.uniform(-0.5, 0.5)
    ratio, size, tilt = who.uniform(0.35, 0.95), who.uniform(0.4, 1.0) / _LSST_PIXEL, who.uniform(0, 3.1)
    flux, error = source["psfFlux"] or 0.0, source["psfFluxErr"] or 100.0
    rotation, seeing = night.uniform(0, 6.28), night.uniform(0.65, 1.2) / _LSST_PIXEL / 2.355
    files, change, places = {}, None, side / 2 + rng.uniform(-0.5, 0.5, (2, 2))
    for name in ("Difference", "Science", "Template"):
        own = name == "Template"  # of another visit: other seeing, another rotation
        width = 0.75 / _LSST_PIXEL / 2.355 if own else seeing
        theta = rotation + turn if own else rotation
        x, y = places[int(own)]
        noise = error / math.sqrt(4 * math.pi * seeing ** 2) * (0.25 if own else 1.0)
        east, north = away * math.cos(angle) / _LSST_PIXEL, away * math.sin(angle) / _LSST_PIXEL
        if _host(label) == "star":
            east = north = 0.0
        near = (x - 1 - east * math.cos(theta) + north * math.sin(theta),
                y - 1 + east * math.sin(theta) + north * math.cos(theta))
        still = np.zeros((side, side))
        if _host(label) is not None:
            galaxy = _host(label) == "galaxy"
            still = source["templateFlux"] * _profile(
                still.shape, *near, math.hypot(size, width) if galaxy else width, ratio if galaxy else 1.0,
                tilt + theta, galaxy=galaxy)
        if change is None:
            change = _difference(still.shape, (x - 1, y - 1), width, flux, label, rng)
            change = change + noise * rng.normal(0, 1, still.shape)
        picture = {"Difference": change, "Science": still + change,
                   "Template": still + noise * rng.normal(0, 1, still.shape)}[name]
        middle = 24 if own else 20
        psf = _profile((2 * middle + 1, 2 * middle + 1), middle, middle, width)
        cards = {"EXTEND": True, "CUTMINX": int(source["x"] or 0), "CUTMINY": int(source["y"] or 0),
                 "ROTPA": math.degrees(theta) % 360, "BUNIT": "nJy",
                 **_wcs(source["ra"], source["dec"], float(x), float(y), theta, source["mjd"] >= NAMED_AXES_SINCE)}
        variance = np.full(still.shape, noise ** 2) + 0.01 * np.abs(picture)
        files[name] = images.fits((cards, picture.astype(np.float32)),
                                  ({"UTYPE": "VarianceUncertainty", "EXTNAME": "UNCERT"},
                                   variance.astype(np.float32)),
                                  ({"EXTNAME": "PSFIMAGE"}, psf / psf.sum()))
    return {name: files[name] for name in KINDS}
