# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The bodies of the solar system that the synthetic sky has: real names and numbers, made-up places.

Each asteroid of the ZTF sky is an alert or two of one of these bodies; each moving Rubin object is one.
"""

import zlib

import numpy as np

from .draws import short, uniform

__all__ = ["BODIES", "Body", "ephemerides", "named", "rubin_body", "ztf_name"]


class Body:
    """A body: number and name, its names in ZTF's packets, its packed designation, and whether it is a comet."""

    def __init__(self, number, name, ztf, packed, *, comet=False):
        self.number, self.name, self.ztf, self.packed, self.comet = number, name, ztf, packed, comet

    def names(self):
        """All that finds it, in small letters without blanks and underscores."""
        known = (self.name, str(self.number), *self.ztf, self.packed, unpacked(self.packed))
        return {_plain(name) for name in known}


# The last two have no alerts: a known body that was never seen is an empty answer.
BODIES = (Body(8467, "Benoitcarry", ("8467", "1981EV24"), "J81E24V"), Body(1620, "Geographos", ("1620",), "J51R00A"),
          Body(433, "Eros", ("433",), "I98D00Q"),
          Body(624188, "2002 MA6", ("624188", "2002MA06", "2002MA6"), "K02M06A"),
          Body(None, "10P/Tempel", ("10P",), "J73N10P", comet=True),
          Body(None, "C/2020 V2", ("C/2020V2",), "CK20V020", comet=True))
_OBSERVED = BODIES[:4]
_CENTURIES = {"I": 18, "J": 19, "K": 20}


def _plain(name):
    return name.lower().replace(" ", "").replace("_", "")


def unpacked(packed):
    """A packed provisional designation of seven letters as it is written out: ``K02M06A`` is ``2002 MA6``."""
    if packed[0] not in _CENTURIES:
        return packed
    return f"{_CENTURIES[packed[0]]}{packed[1:3]} {packed[3]}{packed[6]}{int(packed[4:6]) or ''}"


def named(name):
    """The body of a name, number or designation, in any spelling; None if no one knows it."""
    plain = _plain(name)
    return next((body for body in BODIES if plain in body.names() or plain == _plain(body.name.split("/")[0])), None)


def ztf_name(oid):
    """The name, in ZTF's packets, of the body that an asteroid's object is; by the object's name."""
    names = [name for body in _OBSERVED for name in body.ztf]
    return names[zlib.crc32(oid.encode()) % len(names)]


def rubin_body(oid):
    """The body that a moving Rubin object is."""
    return _OBSERVED[int(oid) // 2 % len(_OBSERVED)]


def ephemerides(alerts, jd, ra, dec, *, comet=False):
    """What the service of ephemerides adds, with its names of columns: believable numbers, no orbits.

    Parameters
    ----------
    alerts : array of int
        Identifiers.
    jd, ra, dec : array
        Time and measured position.
    comet : bool
        Comets have no colours.
    """
    def drawn(word, low, high):
        return short(low + (high - low) * uniform(alerts, word))

    far = drawn("range", 0.8, 2.5)
    table = {
        "index": np.arange(len(jd)), "Date": np.asarray(jd, dtype=float), "IAU_code": None,
        "LAST": drawn("last", 0, 24), "RA": np.asarray(ra, dtype=float), "DEC": np.asarray(dec, dtype=float),
        "HA": drawn("ha", -6, 6), "Az": drawn("az", 0, 360), "H": drawn("h", 20, 80), "Dobs": far,
        "Dhelio": short(far + 0.4), "VMag": drawn("vmag", 15, 20), "SDSS:g": drawn("vmag", 15.2, 20.2),
        "SDSS:r": drawn("vmag", 14.8, 19.8), "Phase": drawn("phase", 1, 28), "Elong.": drawn("elong", 60, 178),
        "AM": drawn("am", 1, 2.5), "dRAcosDEC": drawn("dra", -1, 1), "dDEC": drawn("ddec", -0.5, 0.5),
        "RV": drawn("rv", -20, 20), "Longitude": drawn("lon", 0, 360), "Latitude": drawn("lat", -90, 90)}
    return {name: values for name, values in table.items() if not comet or not name.startswith("SDSS")}
