# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The canonical light curve: one row per measurement, the same columns on every broker."""

import numpy as np
from astropy.time import Time

from ..columns import load_dictionary
from .decode import Decoded, to_table

__all__ = ["band_names", "flux_from_magnitude", "light_curve", "magnitude_from_flux", "tai_mjd"]

#: AB magnitude of 1 nJy (3631 Jy is magnitude 0), as Rubin and the ZTF documentation round it.
ZERO_POINT = 31.4


def flux_from_magnitude(mag, mag_err, sign=1):
    """AB magnitudes as fluxes.

    Parameters
    ----------
    mag, mag_err : `numpy.ma.MaskedArray`
        Magnitude of the absolute flux, and its 1-sigma error (mag), of shape ``(n,)``.
    sign : array of int or int, optional
        1 or -1, for difference fluxes; scalar, or of the same shape.

    Returns
    -------
    flux, flux_err : `numpy.ma.MaskedArray`
        In nJy, of shape ``(n,)``: ``sign * 10**((31.4 - mag) / 2.5)`` and ``|flux| * mag_err * ln(10) / 2.5``.

    Notes
    -----
    31.4 is the AB magnitude of 1 nJy (Oke & Gunn 1983), rounded as the Rubin data products do it
    (exactly: 31.40006); the difference is 6e-5 mag.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.tables.lightcurve import flux_from_magnitude
    >>> flux, flux_err = flux_from_magnitude(np.ma.array([18.9]), np.ma.array([0.1]), sign=-1)
    >>> flux.round(3).tolist(), flux_err.round(3).tolist()
    ([-100000.0], [9210.34])
    """
    flux = sign * np.ma.power(10.0, (ZERO_POINT - mag) / 2.5)
    return flux, abs(flux) * mag_err * (np.log(10) / 2.5)


def magnitude_from_flux(flux, flux_err):
    """Fluxes as AB magnitudes of their absolute values.

    Parameters
    ----------
    flux, flux_err : `numpy.ma.MaskedArray`
        Flux and its 1-sigma error (nJy), of shape ``(n,)``.

    Returns
    -------
    mag, mag_err : `numpy.ma.MaskedArray`
        In mag, of shape ``(n,)``: ``31.4 - 2.5 * log10(|flux|)`` and ``2.5 / ln(10) * flux_err / |flux|``; masked
        where the flux is 0.

    Notes
    -----
    The inverse of `flux_from_magnitude` (Oke & Gunn 1983).

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.tables.lightcurve import magnitude_from_flux
    >>> mag, mag_err = magnitude_from_flux(np.ma.array([-100000.0, 0.0]), np.ma.array([9210.34, 1.0]))
    >>> mag.round(3).tolist(), mag_err.round(3).tolist()
    ([18.9, None], [0.1, None])
    """
    size = np.ma.masked_equal(np.ma.abs(np.ma.masked_invalid(flux)), 0)
    return ZERO_POINT - 2.5 * np.ma.log10(size), (2.5 / np.log(10)) * flux_err / size


def tai_mjd(mjd, scale):
    """MJD of a time scale as MJD in TAI.

    Parameters
    ----------
    mjd : `numpy.ma.MaskedArray`
        Epochs (d), of shape ``(n,)``.
    scale : str
        Their scale, e.g. ``"utc"``.

    Returns
    -------
    `numpy.ma.MaskedArray`
        Epochs (d), of the same shape and mask.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.tables.lightcurve import tai_mjd
    >>> ((tai_mjd(np.ma.array([60310.0]), "utc") - 60310.0) * 86400).round(3).tolist()
    [37.0]
    """
    mjd = np.ma.asarray(mjd)
    if scale == "tai" or not mjd.size:
        return mjd
    values = getattr(Time(mjd.filled(51544.0), format="mjd", scale=scale), "tai").mjd
    return np.ma.array(values, mask=np.ma.getmaskarray(mjd))


def band_names(codes, names):
    """Filter codes as names, masked where a code has none.

    Parameters
    ----------
    codes : `numpy.ma.MaskedArray`
        Codes (no unit), of shape ``(n,)``: integers, or letters.
    names : dict of int or str to str
        What the codes stand for.

    Returns
    -------
    `numpy.ma.MaskedArray` of str
        Names (no unit), of the same shape.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.tables.lightcurve import band_names
    >>> band_names(np.ma.array([1, 2, 9]), {1: "ztfg", 2: "ztfr"}).tolist()
    ['ztfg', 'ztfr', None]
    """
    codes = np.ma.asarray(codes)
    keys, inverse = np.unique(codes.filled("" if codes.dtype.kind == "U" else -1), return_inverse=True)
    known = np.array([names.get(key, "") for key in keys.tolist()], dtype=str)
    values = known[inverse] if keys.size else np.array([], dtype="U1")
    return np.ma.array(values, mask=np.ma.getmaskarray(codes) | (values == ""))


def light_curve(pieces, objects):
    """Put measurements of all kinds together.

    Parameters
    ----------
    pieces : list of dict
        Each with canonical column names and arrays of one length (or a scalar for the same value everywhere);
        ``object_id`` and ``kind`` are needed, columns that are not there are masked.
    objects : sequence of str
        Ids in the order of the result.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        ``object_id``, ``mjd`` (d, TAI), ``band``, ``kind``, ``flux`` (nJy), ... : object by object, sorted by time,
        without repetitions of (kind, measurement_id) or, where there is no id, of (kind, band, mjd).

    Raises
    ------
    ReplyParseError
        If values cannot be of the type of their column.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.tables.lightcurve import light_curve
    >>> piece = {"object_id": np.array(["ZTF20aaelulu"] * 2), "kind": "detection", "survey": "ztf", "band": "ztfg",
    ...          "mjd": np.array([60311.5, 60310.5]), "mag": np.array([17.5, 18.0])}
    >>> lightcurve = light_curve([piece], ["ZTF20aaelulu"])
    >>> lightcurve["mjd"].tolist(), lightcurve["mag"].unit
    ([60310.5, 60311.5], Unit("mag"))
    """
    dictionary = load_dictionary("astroquery_brokers", "lightcurve")
    columns = {column.name: _stack(pieces, column) for column in dictionary.columns}
    rank = {item: number for number, item in enumerate(objects)}
    ids, inverse = np.unique(columns["object_id"].data, return_inverse=True)
    ranks = np.array([rank[item] for item in ids], dtype=int)[inverse] if ids.size else inverse
    order = _first_of_each(columns, ranks)
    order = order[np.lexsort((order, columns["mjd"].filled(np.inf)[order], ranks[order]))]
    decoded = Decoded(len(order), {name: (values.data[order], np.ma.getmaskarray(values)[order])
                                   for name, values in columns.items()})
    return to_table(decoded, dictionary)


def _stack(pieces, column):
    arrays = [np.ma.array([], dtype="U1" if column.dtype == "str" else column.dtype)]
    for piece in pieces:
        length = len(piece["object_id"])
        values = piece.get(column.name)
        if values is None:
            values = np.ma.masked_all(length, dtype="U1" if column.dtype == "str" else column.dtype)
            values.data[:] = np.zeros((), dtype=values.dtype)
        elif np.ndim(values) == 0:
            values = np.full(length, values)
        arrays.append(np.ma.asarray(values, dtype=column.dtype))
    return np.ma.concatenate(arrays)


def _first_of_each(columns, ranks):
    """Indices of the rows without repetitions."""
    has_id = ~np.ma.getmaskarray(columns["measurement_id"])
    kind = np.unique(columns["kind"].data, return_inverse=True)[1]
    band = np.where(has_id, 0, np.unique(columns["band"].filled(""), return_inverse=True)[1])
    number = np.where(has_id, columns["measurement_id"].filled(0), 0)
    mjd = np.where(has_id, 0.0, columns["mjd"].filled(0.0))
    keys = (mjd, band, number, has_id, kind, ranks)
    order = np.lexsort(keys)
    new = np.ones(len(order), dtype=bool)
    if len(order) > 1:
        new[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    return np.sort(order[new])
