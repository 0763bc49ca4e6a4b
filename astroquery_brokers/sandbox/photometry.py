# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Magnitudes of ALeRCE's ZTF tables from what is in ZTF alert packets, for arrays.

Fluxes are in units of the flux of magnitude 0. The corrected magnitude is that of the reference source plus the
signed difference (Förster et al. 2021, AJ 161, 242, appendix A). ALeRCE writes 100 where a magnitude or an error
cannot be had.
"""

import numpy as np

__all__ = ["UNUSABLE", "correct", "forced_magnitudes", "dubious"]

UNUSABLE = 100.0
MATCH_RADIUS = 1.4


def correct(mag, sigma, isdiffpos, distnr, magnr, sigmagnr):
    """Corrected magnitudes.

    Parameters
    ----------
    mag, sigma : array
        Difference magnitude and its error.
    isdiffpos : array
        Sign of the difference, 1 or -1.
    distnr, magnr, sigmagnr : array
        Distance and magnitude of the nearest reference source; NaN for none.

    Returns
    -------
    dict
        ``corrected`` (bool), ``mag``, ``sigma`` and ``sigma_ext`` (for an extended source). NaN where not corrected.
    """
    corrected = distnr < MATCH_RADIUS
    with np.errstate(all="ignore"):
        reference, difference = 10 ** (-0.4 * magnr), 10 ** (-0.4 * mag)
        total = reference + isdiffpos * difference
        variance = (difference * sigma) ** 2 - (reference * sigmagnr) ** 2
        result = {"mag": np.where(total > 0, -2.5 * np.log10(total), UNUSABLE),
                  "sigma": np.where((total > 0) & (variance > 0), np.sqrt(variance) / total, UNUSABLE),
                  "sigma_ext": np.where(total > 0, difference * sigma / total, UNUSABLE)}
    result = {name: np.where(corrected, value, np.nan) for name, value in result.items()}
    return {"corrected": corrected, **result}


def forced_magnitudes(flux, uncertainty, magzpsci):
    """Magnitude, error and sign of forced photometry: of the absolute flux, 100 where there is no flux (-99999)."""
    usable = (flux > -99998) & (flux != 0) & (magzpsci > 0)
    with np.errstate(all="ignore"):
        mag = np.where(usable, magzpsci - 2.5 * np.log10(np.abs(flux)), UNUSABLE)
        e_mag = np.where(usable, 1.0857 * uncertainty / np.abs(flux), UNUSABLE)
    return mag, e_mag, np.where(usable & (flux > 0), 1, -1)


def dubious(corrected, first_corrected, isdiffpos):
    """Flag of a correction that disagrees with the first one in its band or with the sign of the difference."""
    return (~corrected & (isdiffpos == -1)) | (corrected != first_corrected)
