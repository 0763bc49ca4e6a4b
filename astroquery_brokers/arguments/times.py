# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of times."""

import math
import numbers

from astropy import units as u
from astropy.time import ScaleValueError, Time

from ..exceptions import InvalidArgumentError
from .values import check_range

__all__ = ["check_time_range"]


def check_time_range(value, name, *, scale):
    """A range of times as MJD in a scale; see `check_range`.

    Parameters
    ----------
    value : `~astropy.time.Time`, `~astropy.units.Quantity`, float, or a pair of them
        The first time, or the first and the last one. Numbers are MJD (d) in ``scale``.
    name : str
        Name of the argument, for the message.
    scale : str
        The time scale that the service wants, e.g. ``"utc"``.

    Returns
    -------
    tuple
        ``(low, high)``, each an MJD (float, d) or None.

    Raises
    ------
    InvalidArgumentError
        If a value is no time, is not between MJD 0 and 200000, or the range is reversed.

    Examples
    --------
    >>> from astropy.time import Time
    >>> from astroquery_brokers.arguments import check_time_range
    >>> check_time_range(Time("2024-01-01", scale="utc"), "firstmjd", scale="utc")
    (60310.0, None)
    """
    if isinstance(value, (Time, u.Quantity)) and value.isscalar:
        value = (value,)

    def convert(item, name):
        mjd = item
        try:
            if isinstance(item, Time):
                mjd = getattr(item, scale).mjd
            elif isinstance(item, u.Quantity):
                mjd = item.to_value(u.day)
        except (ScaleValueError, u.UnitsError) as error:
            raise InvalidArgumentError(f"{name}={item!r} cannot be an MJD in {scale.upper()}: {error}") from error
        if isinstance(mjd, bool) or not isinstance(mjd, numbers.Real) or not math.isfinite(mjd):
            raise InvalidArgumentError(f"{name}={item!r} is not a time; give an astropy Time or an MJD.")
        if not 0 <= mjd < 200000:
            raise InvalidArgumentError(f"{name}={mjd!r} is not an MJD (is it a JD?); MJD = JD - 2400000.5.")
        return float(mjd)
    return check_range(value, name, convert=convert)
