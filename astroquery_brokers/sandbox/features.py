# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Features of the light curves: a few tens per object, from its magnitudes per band and at random.

A null (no match in a catalogue) is None, "cannot be computed" is NaN, as in ALeRCE's replies; the store keeps the NaN
as the text ``NaN``, for SQLite has none.
"""

import numpy as np

__all__ = ["features"]

VERSIONS = ("lc_classifier_1.2.1-P", "27.5.6")
_RANDOM = ("MHPS_ratio", "Eta_e", "GP_DRW_tau", "Harmonics_mag_1", "IAR_phi", "Psi_CS", "SPM_A", "SPM_tau_rise",
           "SPM_chi", "StetsonK", "MaxSlope", "LinearTrend")


def _band(rng, stats, known):
    """Features of one band: {name: (objects, values)}."""
    where, few = stats["index"], stats["ndet"] < 3
    spread = np.where(few, np.nan, stats["magsigma"])
    result = {"Amplitude": np.where(few, np.nan, (stats["magmax"] - stats["magmin"]) / 2), "Mean": stats["magmean"],
              "Std": spread, "Meanvariance": spread / stats["magmean"], "n_det": stats["ndet"].astype(float),
              "first_mag": stats["magfirst"], "delta_mag_fid": stats["magmax"] - stats["magmin"],
              "positive_fraction": known["positive_fraction"][where]}
    for name in _RANDOM:
        result[name] = np.where(few, np.nan, rng.normal(0, 1, len(where)) * 3)
    return {name: (where, value) for name, value in result.items()}


def _whole(rng, known):
    """Features of all bands together, or of none: {(name, fid): values}."""
    count = len(known["ndet"])
    many = known["ndet"] >= 5
    no_match = rng.uniform(0, 1, count) < 0.4
    result = {("gal_b", 0): rng.uniform(-90, 90, count), ("gal_l", 0): rng.uniform(0, 360, count),
              ("rb", 0): known["rb"], ("g-r_max", 12): known["g_r_max"], ("g-r_mean", 12): known["g_r_mean"],
              ("Multiband_period", 12): np.where(many, 10 ** rng.uniform(-1, 2.5, count), np.nan),
              ("PPE", 12): np.where(many, rng.uniform(0, 0.2, count), np.nan)}
    for rate in ("1/4", "1/3", "1/2", "2"):
        result[f"Power_rate_{rate}", 12] = np.where(many, rng.uniform(0, 1, count), np.nan)
    for name in ("sgscore1", "W1-W2", "W2-W3", "g-W2", "r-W3"):
        result[name, 0] = np.where(no_match, None, np.round(rng.uniform(0, 1, count), 6).astype(object))
    return result


def features(rng, oid, known, stats):
    """Columns of the table ``features``.

    Parameters
    ----------
    rng : `numpy.random.Generator`
    oid : array of object
    known : dict of arrays
        Per object: ``ndet``, ``rb``, ``positive_fraction``, ``g_r_max``, ``g_r_mean``.
    stats : dict of arrays
        The table ``magstats``, with ``index``.
    """
    parts = []
    for number, version in enumerate(VERSIONS):
        # The second version knows about half of the objects.
        chosen = np.full(len(oid), True) if number == 0 else rng.uniform(0, 1, len(oid)) < 0.5
        blocks = [(name, fid, np.arange(len(oid)), value) for (name, fid), value in _whole(rng, known).items()]
        for fid in (1, 2):
            band = {name: column[stats["fid"] == fid] for name, column in stats.items()}
            blocks += [(name, fid, where, value) for name, (where, value) in _band(rng, band, known).items()]
        for name, fid, where, value in blocks:
            use = chosen[where]
            parts.append((where[use], name, _storable(value[use]), fid, version))
    index = np.concatenate([part[0] for part in parts])
    order = np.argsort(index, kind="stable")
    sizes = [len(part[0]) for part in parts]

    def column(number):
        return np.repeat(np.array([part[number] for part in parts], dtype=object), sizes)[order]

    return {"oid": oid[index[order]], "name": column(1), "value": np.concatenate([part[2] for part in parts])[order],
            "fid": column(3), "version": column(4)}


def _storable(values):
    if values.dtype == object:
        return values
    return np.where(np.isnan(values), "NaN", values.astype(object))
