# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of positions and angles."""

import numbers
import re
from dataclasses import dataclass

import numpy as np
from astropy import units as u
from astropy.coordinates import Angle, BaseCoordinateFrame, ConvertError, SkyCoord

from ..exceptions import InvalidArgumentError

__all__ = ["Positions", "check_degrees", "check_positions", "check_radius"]

_FORMS = "a SkyCoord, or a string such as '185.73 15.82' (degrees) or '12h22m55s +15d49m25s'"


@dataclass(frozen=True)
class Positions:
    """ICRS positions and whether a single one was asked for.

    Attributes
    ----------
    ra, dec : `numpy.ndarray`
        Degrees, of shape ``(n,)``.
    scalar : bool
        Whether a single position was asked for; ``n`` is 1 then.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.arguments import Positions
    >>> positions = Positions(np.array([185.0]), np.array([15.0]), scalar=True)
    >>> str(positions)
    '185.000000 +15.000000'
    """

    ra: np.ndarray
    dec: np.ndarray
    scalar: bool

    def __str__(self):
        return f"{self.ra[0]:.6f} {self.dec[0]:+.6f}" if len(self.ra) == 1 else f"{len(self.ra)} positions"

    @property
    def coords(self):
        """As `~astropy.coordinates.SkyCoord` of shape ``(n,)``."""
        return SkyCoord(self.ra, self.dec, unit="deg")


def check_positions(coordinates):
    """Positions in ICRS.

    Parameters
    ----------
    coordinates : `~astropy.coordinates.SkyCoord`, coordinate frame, or str
        Scalar or of any shape, in any frame; a text is one position, e.g. ``"185.0 15.0"`` (degrees).

    Returns
    -------
    Positions
        In degrees, flattened.

    Raises
    ------
    InvalidArgumentError
        If it is no position, or one that is empty, masked or not finite.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_positions
    >>> print(check_positions("12h20m00s +15d00m00s"))
    185.000000 +15.000000
    """
    if isinstance(coordinates, str):
        coordinates = _parse_position(coordinates)
    elif isinstance(coordinates, BaseCoordinateFrame):
        coordinates = SkyCoord(coordinates)
    elif not isinstance(coordinates, SkyCoord):
        raise InvalidArgumentError(f"coordinates={coordinates!r:.80} is not a position; give {_FORMS}. "
                                   "SkyCoord(list_of_coordinates) joins several.")
    try:
        icrs = coordinates.icrs
    except (ConvertError, AttributeError, ValueError, u.UnitsError) as error:
        raise InvalidArgumentError(f"coordinates cannot be converted to ICRS: {error} Give {_FORMS}.") from error
    if any(np.any(getattr(axis, "mask", False)) for axis in (icrs.ra, icrs.dec)):
        raise InvalidArgumentError("coordinates has masked positions; leave them out.")
    ra, dec = (np.atleast_1d(np.asarray(axis.deg)).ravel() for axis in (icrs.ra, icrs.dec))
    if not ra.size:
        raise InvalidArgumentError("coordinates is empty; give at least one position.")
    bad = ~(np.isfinite(ra) & np.isfinite(dec))
    if bad.any():
        raise InvalidArgumentError(f"coordinates[{int(np.argmax(bad))}] is not a finite position.")
    return Positions(ra, dec, coordinates.isscalar)


def _parse_position(text):
    words = text.replace(",", " ").split()
    try:
        numbers_ = [float(word) for word in words]
    except ValueError:
        numbers_ = []
    if len(numbers_) == 2:
        try:
            check_degrees(*numbers_)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"{text!r} is not a position: {str(error).replace('=', ' ')}") from None
        return SkyCoord(*numbers_, unit="deg")
    if not numbers_ or len(numbers_) == 6:
        unit = {} if re.search("[hd]", text) else {"unit": (u.hourangle, u.deg)}
        try:
            return SkyCoord(text, **unit)
        except (ValueError, u.UnitsError):
            pass
    raise InvalidArgumentError(f"{text!r} is not a position; give {_FORMS}. Names are not resolved here: "
                               "SkyCoord.from_name does that.")


def check_degrees(ra, dec):
    """Right ascension and declination as numbers.

    Parameters
    ----------
    ra : float or `~astropy.units.Quantity`
        Right ascension, 0 to 360; a number is in degrees.
    dec : float or `~astropy.units.Quantity`
        Declination, -90 to 90; a number is in degrees.

    Returns
    -------
    ra, dec : float
        In degrees.

    Raises
    ------
    InvalidArgumentError
        If one is no number, or out of range.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_degrees
    >>> check_degrees(185, 15)
    (185.0, 15.0)
    """
    ra, dec = (value.to_value(u.deg) if isinstance(value, u.Quantity) and value.isscalar else value
               for value in (ra, dec))
    for value, name, low, high in ((ra, "ra", 0, 360), (dec, "dec", -90, 90)):
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise InvalidArgumentError(f"{name}={value!r:.60} is not a number of degrees from {low} to {high}.")
        if not low <= value <= high:
            raise InvalidArgumentError(f"{name}={value!r} is out of range; degrees from {low} to {high}.")
    return float(ra), float(dec)


def check_radius(radius):
    """A single, positive angle.

    Parameters
    ----------
    radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
        One angle with its unit, at most 180 deg. A bare number is refused: nobody can tell whether degrees or arcsec
        are meant.

    Returns
    -------
    `~astropy.coordinates.Angle`
        In the unit in which it was given (arcsec, deg, ...).

    Raises
    ------
    InvalidArgumentError
        If it is no such angle.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_radius
    >>> check_radius("10 arcmin")
    <Angle 10. arcmin>
    """
    if isinstance(radius, numbers.Number):
        raise InvalidArgumentError(f"radius={radius!r} has no unit; write {radius!r} * u.arcsec, "
                                   f"or '{radius} arcsec' (or arcmin, deg).")
    try:
        angle = Angle(radius)
    except (ValueError, TypeError, u.UnitsError) as error:
        raise InvalidArgumentError(f"radius={radius!r} is not an angle; write 5 * u.arcsec or '5 arcsec'.") from error
    if not angle.isscalar:
        raise InvalidArgumentError("radius must be a single angle.")
    if not 0 < angle.deg <= 180:
        raise InvalidArgumentError(f"radius={radius!s} must be greater than 0 and at most 180 deg.")
    return angle
