# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rubin tables that follow from the measurements: objects and DIA objects. Arrays in, arrays out."""

import numpy as np

from .draws import short
from .lsst_sky import BANDS

__all__ = ["DIA_COLUMNS", "dia_objects", "objects"]

_PER_BAND = ("psfFluxMean", "psfFluxMeanErr", "psfFluxSigma", "psfFluxNdata", "fpFluxMean", "fpFluxMeanErr",
             "scienceFluxMean", "scienceFluxMeanErr", "psfFluxMin", "psfFluxMax", "psfFluxMaxSlope", "psfFluxErrMean")
DIA_COLUMNS = ("oid", "validityStartMjdTai", "ra", "dec", "raErr", "decErr", "ra_dec_Cov",
               *(f"{band}_{name}" for band in "ugrizy" for name in _PER_BAND),
               "firstDiaSourceMjdTai", "lastDiaSourceMjdTai", "nDiaSources")


def _spread(values, index, count, size):
    mean = np.bincount(index, values, size) / count
    return mean, np.sqrt(np.bincount(index, (values - mean[index]) ** 2, size) / count)


def _dates(mjd):
    days = (np.datetime64("1858-11-17") + np.floor(mjd).astype(np.int64)).astype(str)
    return np.char.add(days, "T00:00:00").astype(object)


def objects(detections, forced, oid, solar):
    """Columns of the table ``lsst_objects`` that follow from measurements.

    Parameters
    ----------
    detections, forced : dict of arrays
        Measurements, with the number of their object as ``index``; detections are sorted by it and by time.
    oid : array of int
        Number of each object.
    solar : array of bool
        Objects of the solar system: their mean position is 0, 0.
    """
    index, size = detections["index"], len(oid)
    n_det = np.bincount(index, minlength=size)
    last = np.cumsum(n_det) - 1
    first = last - n_det + 1
    mjd, dec = detections["mjd"], detections["dec"]
    # Relative to the first position, so that objects at ra = 0 have no mean of 180.
    start = detections["ra"][first]
    offset = (detections["ra"] - start[index] + 180) % 360 - 180
    shift, sigmara = _spread(offset, index, n_det, size)
    meandec, sigmadec = _spread(dec, index, n_det, size)
    few = (n_det < 2) | solar
    created = _dates(mjd[first])
    return {"oid": oid, "sid": 1 + solar, "tid": np.ones(size, dtype=int),
            "meanra": np.where(solar, 0.0, (start + shift) % 360), "meandec": np.where(solar, 0.0, meandec),
            "sigmara": np.where(few, np.nan, sigmara * np.cos(np.radians(meandec))),
            "sigmadec": np.where(few, np.nan, sigmadec), "firstmjd": mjd[first], "lastmjd": mjd[last],
            "deltamjd": mjd[last] - mjd[first], "n_det": n_det,
            "n_forced": np.bincount(forced["index"], minlength=size),
            "n_non_det": np.zeros(size, dtype=int), "created_date": created,
            "updated_date": np.where(n_det > 1, _dates(mjd[last] + 1), None)}


def _weighted(key, flux, error, size):
    """Weighted mean and its error per key, NaN where there is nothing."""
    good = np.isfinite(flux)
    weight = np.bincount(key[good], error[good] ** -2.0, size)
    weight[weight == 0] = np.nan
    with np.errstate(all="ignore"):
        return np.bincount(key[good], flux[good] * error[good] ** -2.0, size) / weight, weight ** -0.5


def _extreme(function, key, values, size):
    result = np.full(size, np.nan)
    getattr(function, "at")(result, key, values)
    return result


def dia_objects(detections, forced, known):
    """Columns of the table ``lsst_dia_objects``: statistics of the objects that are not of the solar system.

    Parameters
    ----------
    detections, forced : dict of arrays
        As for `objects`.
    known : dict of arrays
        The result of `objects`.
    """
    size = len(known["oid"]) * 6
    use = np.isfinite(detections["psfFlux"])
    index, mjd, flux, error = (detections[name][use] for name in ("index", "mjd", "psfFlux", "psfFluxErr"))
    key = index * 6 + detections["band"][use] - 1
    count = np.bincount(key, minlength=size)
    with np.errstate(all="ignore"):
        _, sigma = _spread(flux, key, count, size)
        table = {"psfFluxErrMean": np.bincount(key, error, size) / count}
    table["psfFluxMean"], table["psfFluxMeanErr"] = _weighted(key, flux, error, size)
    table["psfFluxSigma"], table["psfFluxNdata"] = np.where(count > 1, sigma, np.nan), count
    table["psfFluxMin"], table["psfFluxMax"] = (
        _extreme(function, key, flux, size) for function in (np.fmin, np.fmax))
    order = np.lexsort((mjd, key))
    same = key[order][1:] == key[order][:-1]
    slope = (np.diff(flux[order]) / np.maximum(np.diff(mjd[order]), 1e-6))[same]
    table["psfFluxMaxSlope"] = _extreme(np.fmax, key[order][1:][same], np.abs(slope), size)
    key = forced["index"] * 6 + forced["band"] - 1
    table["fpFluxMean"], table["fpFluxMeanErr"] = _weighted(key, forced["psfFlux"], forced["psfFluxErr"], size)
    table["scienceFluxMean"], table["scienceFluxMeanErr"] = _weighted(
        key, forced["scienceFlux"], forced["scienceFluxErr"], size)
    error = short(known["sigmara"] / np.sqrt(known["n_det"]))
    result = {"oid": known["oid"], "validityStartMjdTai": known["lastmjd"], "ra": known["meanra"],
              "dec": known["meandec"], "raErr": error, "decErr": error, "ra_dec_Cov": short(error ** 2 / 10),
              "firstDiaSourceMjdTai": known["firstmjd"], "lastDiaSourceMjdTai": known["lastmjd"],
              "nDiaSources": known["n_det"]}
    for place, band in enumerate(BANDS):
        result.update((f"{band}_{name}", column[place::6] if name == "psfFluxNdata" else short(column[place::6]))
                      for name, column in table.items())
    return {name: column[known["sid"] == 1] for name, column in result.items()}
