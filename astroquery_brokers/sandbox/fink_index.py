# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What Fink's tables by sky pixel do: scan the pixels of a region, a limited number of rows in each."""

import numpy as np

__all__ = ["SkyIndex", "directions"]

_MARGIN = np.radians(5 / 3600)


def directions(ra, dec):
    """Unit vectors of positions in degrees, shape (n, 3)."""
    ra, dec = np.radians(np.asarray(ra, dtype=float)), np.radians(np.asarray(dec, dtype=float))
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


class SkyIndex:
    """Entries of a table whose keys begin with a HEALPix pixel (ring order) and the time of the first detection.

    Parameters
    ----------
    nside : int
    ra, dec, start : array
        Position (degrees) and time of the first detection of each entry.
    owner : array of int
        Number of the object of each entry.
    """

    def __init__(self, nside, ra, dec, start, owner):
        from astropy_healpix import HEALPix

        self.nside = nside
        self.ra, self.dec, self.start, self.owner = ra, dec, start, owner
        self.direction = directions(ra, dec)
        lon, lat = np.radians(ra), np.radians(dec)
        self.pixel = HEALPix(nside, order="ring").lonlat_to_healpix(*_angles(lon, lat)) if len(ra) else np.zeros(0, int)
        self._order = np.lexsort((owner, start, self.pixel))

    def _first(self, use, count):
        """The first entries in each pixel among some, by their keys."""
        order = self._order[use[self._order]]
        pixel = self.pixel[order]
        new = np.concatenate([[True], pixel[1:] != pixel[:-1]]) if len(order) else np.zeros(0, bool)
        starts = np.flatnonzero(new)
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
        return order[rank < count]

    def _between(self, low, high):
        return (self.start >= low) & (self.start < high) if low is not None else np.ones(len(self.start), bool)

    def cone(self, ra, dec, radius, count, low=None, high=None):
        """Entries of the objects that a cone may have, as far as they are among the first of their pixels.

        Parameters
        ----------
        ra, dec, radius : float
            Degrees.
        count : int
            Rows read in each pixel, whatever is in the cone.
        low, high : float, optional
            Range of the first detection.

        Returns
        -------
        array of int
            Places of the entries.
        """
        distance = 2 * np.arcsin(np.clip(np.linalg.norm(
            self.direction - directions([ra], [dec]), axis=1) / 2, 0, 1))
        near = distance <= np.radians(radius) + _MARGIN
        use = np.isin(self.pixel, np.unique(self.pixel[near])) & self._between(low, high)
        found = self._first(use, count)
        return np.sort(found[np.isin(self.owner[found], self.owner[near])])


def _angles(lon, lat):
    from astropy import units

    return lon * units.rad, lat * units.rad
