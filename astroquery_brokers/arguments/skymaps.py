# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of regions of the sky: HEALPix pixels, coverage maps, probability maps."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from astropy.table import Table

from ..exceptions import InvalidArgumentError
from ..extras import needs

__all__ = ["check_pixels", "check_skymap"]

_DEEPEST = 16  # nside 65536
_WHAT = "A sky map"


def check_pixels(pixels, nside=None):
    """HEALPix pixels in nested order, in ICRS.

    Parameters
    ----------
    pixels : int, sequence of int, dict of int to them, or sequence of (int, sequence of int)
        Numbers of pixels of one ``nside`` (no unit); or by ``nside``, as a dict or as pairs.
    nside : int, optional
        Resolution (no unit), a power of two up to 65536; only where ``pixels`` does not have it.

    Returns
    -------
    dict of int to list of int
        Numbers by ``nside`` (no unit), each once and in ascending order.

    Raises
    ------
    InvalidArgumentError
        If there is no pixel (for some services that is the whole sky), or no such pixel or resolution.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_pixels
    >>> check_pixels([25943, 25942, 25942], 64)
    {64: [25942, 25943]}
    >>> check_pixels([(64, [25942]), (64, [25943])])
    {64: [25942, 25943]}
    """
    pairs = pixels.items() if isinstance(pixels, Mapping) else [(nside, pixels)] if nside is not None else pixels
    found = {}
    try:
        for resolution, numbers in pairs:
            found.setdefault(_integer(resolution), []).extend(map(_integer, np.atleast_1d(numbers).tolist()))
    except TypeError as error:
        raise InvalidArgumentError(f"pixels={pixels!r:.80} cannot be read: give numbers of pixels and nside=, or a "
                                   "dict of them by nside.") from error
    if nside is not None and isinstance(pixels, Mapping):
        raise InvalidArgumentError("nside= goes with a list of pixels; the dict has its own.")
    found = {resolution: sorted(set(numbers)) for resolution, numbers in sorted(found.items()) if numbers}
    if not found:
        raise InvalidArgumentError("pixels is empty, which the service would take for the whole sky.")
    for resolution, numbers in found.items():
        if resolution & (resolution - 1) or not 1 <= resolution <= 2**_DEEPEST:
            raise InvalidArgumentError(f"nside={resolution} must be a power of two from 1 to {2**_DEEPEST}.")
        if numbers[0] < 0 or numbers[-1] >= 12 * resolution**2:
            bad = numbers[0] if numbers[0] < 0 else numbers[-1]
            raise InvalidArgumentError(f"pixels has {bad}; those of nside={resolution} are 0 to "
                                       f"{12 * resolution**2 - 1}.")
    return found


def check_skymap(skymap, *, level=None, ordering=None):
    """The pixels of a coverage map, or of the credible region of a probability map.

    Parameters
    ----------
    skymap : `mocpy.MOC`, str, path-like, `~astropy.table.Table`, or `numpy.ndarray` of shape ``(n,)``
        A coverage map; a FITS file with one, or with a HEALPix probability map of one resolution or many, as those of
        gravitational-wave alerts are; such a map as a table, or as probabilities (no unit) of all pixels of a sky.
    level : float, optional
        Probability of the credible region, 0 to 1, the smallest one of pixels of the map; 0.9 by default. Not for
        coverage maps.
    ordering : {"nested", "ring"}, optional
        Order of the pixels of an array; files and tables say it themselves.

    Returns
    -------
    dict of int to list of int
        Numbers of pixels by ``nside`` (no unit), in nested order, in ICRS.

    Raises
    ------
    InvalidArgumentError
        If the map is empty, or is none.
    ImportError
        If mocpy or astropy-healpix is not installed.

    Notes
    -----
    MOC (https://ivoa.net/documents/MOC) and HEALPix (Górski et al. 2005). Cells smaller than those of nside 65536 count
    as a whole one of these.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.arguments import check_skymap
    >>> check_skymap(np.array([0.1, 0.5, 0.35, 0.05] + [0.0] * 8), level=0.8, ordering="nested")
    {1: [1, 2]}
    """
    mocpy = needs("mocpy", _WHAT, "skymap")
    if isinstance(skymap, (str, os.PathLike)):
        skymap = _opened(Path(skymap), mocpy)
    if isinstance(skymap, mocpy.MOC):
        if level is not None or ordering is not None:
            raise InvalidArgumentError("level= and ordering= go with a probability map; a coverage map has neither.")
        return _cells(skymap)
    if level is not None and not (isinstance(level, (int, float)) and 0 < level <= 1):
        raise InvalidArgumentError(f"level={level!r} must be a probability above 0 and up to 1.")
    level = 0.9 if level is None else level
    if isinstance(skymap, Table):
        depth, pixels, probability, density = _of_table(skymap)
    elif isinstance(skymap, np.ndarray) and skymap.ndim == 1 and skymap.size:
        depth, pixels, probability, density = _of_array(skymap, ordering)
    else:
        raise InvalidArgumentError(f"skymap={skymap!r:.80} is no sky map; give a mocpy.MOC, the name of a FITS file, a "
                                   "table of a multi-order map, or an array of probabilities.")
    order = np.argsort(-density, kind="stable")
    total = np.cumsum(probability[order])
    if not total[-1] > 0:
        raise InvalidArgumentError("The sky map has no pixel with a probability above 0.")
    # The sums are rounded: what is within that of the level has reached it.
    inside = order[:np.searchsorted(total, level * total[-1] * (1 - 1e-12)) + 1]
    inside = inside[probability[inside] > 0]
    return _cells(mocpy.MOC.from_healpix_cells(pixels[inside].astype("uint64"), depth[inside].astype("uint8"),
                                               int(depth[inside].max())))


def _integer(value):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{value!r} is not an integer")
    return int(value)


def _opened(path, mocpy):
    """The map in a FITS file: a MOC, or a table."""
    if not path.is_file():
        raise InvalidArgumentError(f"skymap={str(path)!r}: there is no such file.")
    try:
        table = Table.read(path, format="fits")
        if {name.upper() for name in table.colnames} & {"PROBDENSITY", "PROB", "PROBABILITY"}:
            return table
        return mocpy.MOC.load(str(path), format="fits")
    except Exception as error:  # whatever a broken file makes the readers raise
        raise InvalidArgumentError(f"skymap={str(path)!r} is no FITS file with a sky map: {error}") from error


def _of_table(table):
    """Depths, pixels, probabilities and their densities of a map in a table."""
    healpix = needs("astropy_healpix", _WHAT, "skymap")
    names, meta = ({key.upper(): value for key, value in pairs} for pairs in (
        zip(table.colnames, table.colnames), table.meta.items()))
    frame = str(meta.get("COORDSYS", "C")).upper()
    if frame[:1] not in ("C", "I"):
        raise InvalidArgumentError(f"The sky map is not in equatorial coordinates (COORDSYS={frame}); convert it.")
    if "UNIQ" in names and "PROBDENSITY" in names:
        depth, pixels = healpix.uniq_to_level_ipix(np.asarray(table[names["UNIQ"]]))
        density = np.asarray(table[names["PROBDENSITY"]], dtype=float)
        density = np.where(np.isfinite(density) & (density > 0), density, 0.0)
        return depth, pixels, density * np.pi / 3 / 4.0**depth, density
    name = next((names[name] for name in ("PROB", "PROBABILITY") if name in names), None)
    if name is None:
        raise InvalidArgumentError("The sky map has no column PROB, PROBABILITY, or UNIQ and PROBDENSITY; it has "
                                   f"{', '.join(table.colnames)}.")
    ordering = str(meta.get("ORDERING", "")).lower()
    return _of_array(np.asarray(table[name]).ravel(), "nested" if ordering.startswith("nest") else ordering)


def _of_array(values, ordering):
    """The same of probabilities of all pixels of a sky."""
    healpix = needs("astropy_healpix", _WHAT, "skymap")
    if ordering not in ("nested", "ring"):
        raise InvalidArgumentError(f"ordering={ordering!r} is not known. Allowed: nested, ring.")
    nside = round((values.size / 12)**0.5)
    if 12 * nside**2 != values.size or nside & (nside - 1):
        raise InvalidArgumentError(f"A sky map of {values.size} pixels is none: there are 12, 48, 192, ... of them.")
    pixels = np.arange(values.size)
    if ordering == "ring":
        pixels = healpix.HEALPix(nside).ring_to_nested(pixels)
    values = np.asarray(values, dtype=float)
    values = np.where(np.isfinite(values) & (values > 0), values, 0.0)
    return np.full(values.size, nside.bit_length() - 1), pixels, values, values


def _cells(moc):
    """The cells of a MOC by nside."""
    if moc.max_order > _DEEPEST:
        moc = moc.degrade_to_order(_DEEPEST)
    cells = {2**int(depth): list(map(int, pixels)) for depth, pixels in moc.serialize("json").items() if pixels}
    if not cells:
        raise InvalidArgumentError("The sky map is empty, which the service would take for the whole sky.")
    return cells
