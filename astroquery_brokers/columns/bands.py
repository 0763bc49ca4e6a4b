# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bands: what the names in a light curve's ``band`` column stand for."""

from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["AB_ZERO_POINT_JY", "BANDS", "Band"]

AB_ZERO_POINT_JY = 3631.0  # by definition of the AB system (Oke & Gunn 1983)


@dataclass(frozen=True)
class Band:
    """A survey's filter.

    Attributes
    ----------
    name : str
        The name that sncosmo uses, which is ours too.
    survey : str
        ``"ztf"`` or ``"lsst"``.
    letter : str
        What astronomers call the filter.
    identifier : str
        Of the SVO Filter Profile Service.
    colour, marker : str
        How it is plotted. No two bands have the same marker: some of these colours are alike to a colour-blind eye.

    Examples
    --------
    >>> from astroquery_brokers.columns.bands import BANDS, Band
    >>> BANDS["ztfg"].label, BANDS["ztfg"].identifier
    ('ZTF g', 'Palomar/ZTF.g')
    >>> Band("ps1g", "ps1", "g", "PAN-STARRS/PS1.g", "#009E73", "o").label
    'PS1 g'
    """

    name: str
    survey: str
    letter: str
    identifier: str
    colour: str
    marker: str

    @property
    def label(self):
        """Survey and filter for a legend, e.g. ``"ZTF g"``."""
        return f"{self.survey.upper()} {self.letter}"


# ZTF: bluish green and vermilion of Okabe & Ito, indigo of Tol. LSST: the palette of Rubin's technote RTN-045.
_ZTF = {"g": ("#009E73", "o"), "r": ("#D55E00", "s"), "i": ("#332288", "D")}
_LSST = {"u": ("#0C71FF", "<"), "g": ("#49BE61", "^"), "r": ("#C61C00", "P"), "i": ("#FFC200", "d"),
         "z": ("#F341A2", "*"), "y": ("#5D0000", ">")}

BANDS = MappingProxyType({
    **{f"ztf{letter}": Band(f"ztf{letter}", "ztf", letter, f"Palomar/ZTF.{letter}", *look)
       for letter, look in _ZTF.items()},
    **{f"lsst{letter}": Band(f"lsst{letter}", "lsst", letter, f"LSST/LSST.{letter}", *look)
       for letter, look in _LSST.items()}})
