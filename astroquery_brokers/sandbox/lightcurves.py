# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves of the synthetic sky: what each class does in g, r and i, as flux. No noise here.

The shapes are simple on purpose (rise and decline times, plateaus, periods, random walks): believable to an eye, not
a model of nature. Fluxes have the zero point 25; the flux of a variable is that of the difference from its mean.
"""

import numpy as np

__all__ = ["CLASSES", "TRANSIENTS", "difference_flux", "flux", "magnitude"]

# Class: (share of the sky, brightest and faintest magnitude, days between nights, nights)
CLASSES = {
    "SNIa": (0.20, (16.5, 19.3), 3.5, 60), "SNII": (0.10, (17.0, 19.3), 4.0, 60), "SLSN": (0.04, (17.5, 19.3), 4.0, 70),
    "AGN": (0.12, (16.5, 18.5), 7.0, 55), "QSO": (0.10, (17.0, 19.0), 8.0, 55), "RRL": (0.11, (15.5, 18.0), 5.0, 45),
    "CEP": (0.05, (14.5, 17.0), 5.0, 45), "LPV": (0.06, (13.5, 16.5), 8.0, 55), "EA": (0.06, (14.0, 17.0), 4.0, 60),
    "CV/Nova": (0.06, (19.3, 20.3), 4.0, 60), "asteroid": (0.06, (17.5, 20.0), 1.0, 1),
    "bogus": (0.04, (17.5, 20.0), 4.0, 4),
}
TRANSIENTS = ("SNIa", "SNII", "SLSN")
COLORS = {"SNIa": -0.05, "SNII": 0.1, "SLSN": -0.1, "AGN": 0.4, "QSO": 0.2, "RRL": 0.3, "CEP": 0.6, "LPV": 1.6,
          "EA": 0.5, "CV/Nova": 0.1, "asteroid": 0.5, "bogus": 0.0}


def flux(magnitude):
    """Flux of a magnitude."""
    return 10 ** (0.4 * (25 - magnitude))


def magnitude(flux):
    """Magnitude of a positive flux."""
    return 25 - 2.5 * np.log10(flux)


def _sn_ia(phase, fid):
    rise = np.clip((phase + 18) / 18, 0, 1) ** 2
    tau = np.choose(fid - 1, [13.0, 19.0, 22.0])
    bump = np.choose(fid - 1, [0.0, 0.12, 0.3]) * np.exp(-((phase - 26) / 9) ** 2)
    late = np.maximum(phase, 0)
    return np.where(phase < 0, rise, 0.85 * np.exp(-late / tau) + 0.15 * np.exp(-late / 60) + bump)


def _sn_ii(phase, fid):
    late = np.maximum(phase, 0)
    drop = 1 + np.exp(np.clip((late - 100) / 5, -50, 50))
    plateau = np.exp(-late / np.choose(fid - 1, [45.0, 250.0, 400.0])) / drop
    return np.where(phase < 0, np.clip((phase + 8) / 8, 0, 1), plateau + 0.03 * np.exp(-late / 100))


def _slsn(phase, fid):
    tau = np.choose(fid - 1, [45.0, 70.0, 85.0])
    return np.where(phase < 0, np.exp(-(phase / 22) ** 2) * (phase > -70), np.exp(-np.maximum(phase, 0) / tau))


def _random_walk(time, seed, longest):
    # A sum of waves whose amplitude grows with the period has the red spectrum of a random walk.
    total = np.zeros_like(time)
    for number, period in enumerate(np.geomspace(15, longest, 7)):
        wave = np.modf(seed * (number + 1) * 7.31)[0]
        total += np.sqrt(period / longest) * np.sin(2 * np.pi * (time / (period * (0.8 + 0.4 * wave)) + wave))
    return total


def _saw(phase):
    return 0.6 * (np.sin(2 * np.pi * phase) + np.sin(4 * np.pi * phase) / 2 + np.sin(6 * np.pi * phase) / 3)


def _eclipses(phase):
    return np.exp(-((phase - 0.5) / 0.05) ** 2) + 0.4 * np.exp(-(np.minimum(phase, 1 - phase) / 0.05) ** 2)


def _variation(name, time, shape, fid):
    """Change of magnitude of a variable; ``shape`` is a number from 0 to 1 which makes each object different."""
    band = np.choose(fid - 1, [1.2, 1.0, 0.85])
    if name in ("AGN", "QSO"):
        return (0.18 + 0.15 * shape) * band * _random_walk(time, shape, 900.0 if name == "AGN" else 1800.0)
    period = {"RRL": 0.35 + 0.4 * shape, "CEP": 3 * 15 ** shape, "LPV": 120 + 350 * shape, "EA": 0.6 + 4 * shape,
              "CV/Nova": 45 + 60 * shape}[name]
    phase = np.modf(time / period + shape)[0] % 1
    if name == "CV/Nova":
        return -(2.0 + 2.0 * shape) * np.exp(-phase * period / 6.0)
    if name == "EA":
        return (0.5 + 0.5 * shape) * _eclipses(phase)
    if name == "LPV":
        return 1.1 * band * np.sin(2 * np.pi * phase)
    return 0.4 * band * _saw(phase)


def difference_flux(name, time, peak, mag, shape, fid):
    """Noiseless flux of one class in the difference images.

    Parameters
    ----------
    name : str
        The class.
    time : array
        MJD.
    peak : array
        MJD of the maximum (transients), or of the event.
    mag : array
        Magnitude in r: of the maximum (transients, single events), or of the mean (variables).
    shape : array
        Individual number of the object from 0 to 1.
    fid : array of int
        Band.

    Returns
    -------
    array
    """
    color = COLORS[name]
    scale = flux(mag + np.choose(fid - 1, [color, 0.0, -0.4 * color]))
    if name in TRANSIENTS:
        phase = (time - peak) / (0.85 + 0.3 * shape)
        return scale * {"SNIa": _sn_ia, "SNII": _sn_ii, "SLSN": _slsn}[name](phase, fid)
    if name in ("asteroid", "bogus"):
        return scale
    return scale * (10 ** (-0.4 * _variation(name, time - 58000, shape, fid)) - 1)
