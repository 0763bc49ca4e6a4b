# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables that follow from the detections: objects and magstats. Arrays in, arrays out."""

import numpy as np

from .draws import short

__all__ = ["magstats", "objects"]


def _groups(keys):
    """Starts and lengths of the runs of equal values in sorted keys."""
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, int)
    return starts, np.diff(np.append(starts, len(keys)))


def _std(values, starts, counts):
    mean = np.add.reduceat(values, starts) / counts
    return np.sqrt(np.add.reduceat((values - np.repeat(mean, counts)) ** 2, starts) / counts)


def magstats(index, detections, stellar, step_id):
    """Statistics per object and band.

    Parameters
    ----------
    index : array of int
        The object of each detection; detections are sorted by it and by time.
    detections : dict of arrays
        Columns ``fid``, ``mjd``, ``magpsf``, ``corrected``, ``dubious``.
    stellar, step_id : array
        Values per object.

    Returns
    -------
    dict
        Columns of the table ``magstats``, with ``index`` in place of ``oid``.
    """
    fid = detections["fid"]
    order = np.lexsort((detections["mjd"], fid, index))
    starts, counts = _groups(index[order] * 16 + fid[order])
    mag, mjd = detections["magpsf"][order], detections["mjd"][order]
    by_mag = mag[np.lexsort((mag, fid[order], index[order]))]
    ends = starts + counts - 1
    owner = index[order][starts]
    return {
        "index": owner, "fid": fid[order][starts], "stellar": stellar[owner],
        "corrected": detections["corrected"][order][starts], "ndet": counts,
        "ndubious": np.add.reduceat(detections["dubious"][order].astype(int), starts),
        "magmean": short(np.add.reduceat(mag, starts) / counts),
        "magmedian": short((by_mag[starts + (counts - 1) // 2] + by_mag[starts + counts // 2]) / 2),
        "magmax": by_mag[ends], "magmin": by_mag[starts],
        "magsigma": np.where(counts > 1, short(_std(mag, starts, counts)), np.nan),
        "maglast": mag[ends], "magfirst": mag[starts],
        "firstmjd": short(mjd[starts]), "lastmjd": short(mjd[ends]), "step_id_corr": step_id[owner]}


def _color(index, count, detections, column, reduce):
    """g minus r of a summary of a column per object, NaN where a band has none."""
    result = {}
    for fid in (1, 2):
        use = (detections["fid"] == fid) & np.isfinite(detections[column]) & (detections[column] < 99)
        values = np.full(count, np.nan)
        if use.any():
            starts, counts = _groups(index[use])
            values[index[use][starts]] = reduce(detections[column][use], starts, counts)
        result[fid] = values
    return short(result[1] - result[2])


def _minimum(values, starts, counts):
    return np.minimum.reduceat(values, starts)


def _mean(values, starts, counts):
    return np.add.reduceat(values, starts) / counts


def objects(index, detections, new_style):
    """Summaries per object.

    Parameters
    ----------
    index : array of int
        The object of each detection, 0 to n - 1, each at least once; detections are sorted by it and by time.
    detections : dict of arrays
        Columns ``fid``, ``mjd``, ``magpsf``, ``magpsf_corr``, ``ra``, ``dec``, ``corrected``.
    new_style : array of bool
        Objects whose position scatter is in arcsec and never null; else it is in degrees, null for one detection.

    Returns
    -------
    dict
        The columns of the table ``objects`` that follow from detections.
    """
    starts, counts = _groups(index)
    ends = starts + counts - 1
    mjd, dec = detections["mjd"], detections["dec"]
    # Relative to the first position, so that objects at ra = 0 have no mean of 180.
    offset = (detections["ra"] - np.repeat(detections["ra"][starts], counts) + 180) % 360 - 180
    floor = np.where(new_style, 0.085, np.nan)
    scale = np.where(new_style, 3600.0, 1.0)
    sigma = {"sigmara": _std(offset * np.cos(np.radians(dec)), starts, counts), "sigmadec": _std(dec, starts, counts)}
    result = {name: np.where(counts > 1, np.round(value * scale, 9), floor) for name, value in sigma.items()}
    for name, column, reduce in (("g_r_max", "magpsf", _minimum), ("g_r_max_corr", "magpsf_corr", _minimum),
                                 ("g_r_mean", "magpsf", _mean), ("g_r_mean_corr", "magpsf_corr", _mean)):
        result[name] = _color(index, len(starts), detections, column, reduce)
    return {**result, "ndet": counts, "firstmjd": mjd[starts], "lastmjd": mjd[ends],
            "deltajd": np.round(mjd[ends] - mjd[starts], 7), "corrected": detections["corrected"][starts],
            "meanra": np.round((detections["ra"][starts] + _mean(offset, starts, counts)) % 360, 9) % 360,
            "meandec": np.round(_mean(dec, starts, counts), 9)}
