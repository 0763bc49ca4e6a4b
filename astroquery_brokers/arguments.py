# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of what users pass, the same on every broker: what passes is ready to be sent, what does not is explained."""

import difflib
import math
import numbers
import re
from dataclasses import dataclass

import numpy as np
from astropy import units as u
from astropy.coordinates import Angle, BaseCoordinateFrame, ConvertError, SkyCoord
from astropy.time import ScaleValueError, Time

from .exceptions import InvalidArgumentError

__all__ = ["Positions", "Survey", "check_choice", "check_degrees", "check_fraction", "check_integer",
           "check_object_ids", "check_positions", "check_radius", "check_range", "check_survey", "check_text",
           "check_time_range", "suggest"]

_FORMS = "a SkyCoord, or a string such as '185.73 15.82' (degrees) or '12h22m55s +15d49m25s'"


@dataclass(frozen=True)
class Survey:
    """A survey that a broker serves, and the form of its object ids."""

    name: str
    description: str
    pattern: str
    example: str

    def matches(self, object_id):
        """Whether a text has the form of this survey's object ids."""
        return re.fullmatch(self.pattern, object_id, flags=re.ASCII) is not None


@dataclass(frozen=True)
class Positions:
    """ICRS positions and whether a single one was asked for."""

    ra: np.ndarray
    dec: np.ndarray
    scalar: bool

    def __str__(self):
        return f"{self.ra[0]:.6f} {self.dec[0]:+.6f}" if len(self.ra) == 1 else f"{len(self.ra)} positions"

    @property
    def coords(self):
        """As `~astropy.coordinates.SkyCoord`, always with one dimension."""
        return SkyCoord(self.ra, self.dec, unit="deg")


def suggest(word, allowed):
    """A sentence naming what is allowed, with the nearest one first."""
    allowed = sorted(map(str, allowed))
    near = difflib.get_close_matches(str(word), allowed, n=1)
    return (f"Did you mean {near[0]!r}? " if near else "") + f"Allowed: {', '.join(allowed)}."


def check_choice(value, allowed, name):
    """One of a few words."""
    if value not in allowed:
        raise InvalidArgumentError(f"{name}={value!r} is not known. {suggest(value, allowed)}")
    return value


def check_survey(survey, surveys):
    """A survey of the broker, by name."""
    if not isinstance(survey, str) or survey.lower() not in surveys:
        raise InvalidArgumentError(f"survey={survey!r} is not served here. {suggest(survey, surveys)}")
    return survey.lower()


def check_object_ids(value, surveys, survey=None):
    """Object ids as texts without repetition, and whether a single one was asked.

    Parameters
    ----------
    value : str, int, or sequence of them
    surveys : dict of str to Survey
        What the broker serves.
    survey : str, optional
        Only ids of this survey are taken.

    Returns
    -------
    ids : list of str
        In the order asked.
    scalar : bool
    """
    scalar = isinstance(value, (str, bytes, numbers.Integral))
    if value is None or isinstance(value, (float, bool, dict)):
        raise InvalidArgumentError(f"object_id={value!r} is not an object id or a sequence of them.")
    if not scalar and not np.iterable(value):
        raise InvalidArgumentError(f"object_id={value!r} is not an object id or a sequence of them.")
    ids = [value] if scalar else list(value)
    if not ids:
        raise InvalidArgumentError("object_id is empty; give at least one object id.")
    wanted = surveys if survey is None else {survey: surveys[check_survey(survey, surveys)]}
    texts = [_object_id(item, wanted) for item in ids]
    return list(dict.fromkeys(texts)), scalar


def _object_id(item, surveys):
    if np.ma.is_masked(item):
        raise InvalidArgumentError("object_id holds a masked value; leave it out.")
    if isinstance(item, (float, np.floating)):
        raise InvalidArgumentError(
            f"object_id {item!r} is a float, which cannot hold a 64-bit id; pass it as an int or a text.")
    text = item.decode() if isinstance(item, bytes) else str(item)
    text = text.strip()
    if not any(survey.matches(text) for survey in surveys.values()):
        forms = "; ".join(f"{survey.name}: like {survey.example}" for survey in surveys.values())
        raise InvalidArgumentError(f"{text[:60]!r} is not an object id of {'/'.join(surveys)} ({forms}).")
    return text


def check_positions(coordinates):
    """Positions in ICRS.

    Parameters
    ----------
    coordinates : `~astropy.coordinates.SkyCoord`, coordinate frame, or str
        Scalar or array.

    Returns
    -------
    Positions
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
        check_degrees(*numbers_)
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
    """Right ascension in [0, 360] and declination in [-90, 90], in degrees."""
    ra, dec = (value.to_value(u.deg) if isinstance(value, u.Quantity) and value.isscalar else value
               for value in (ra, dec))
    for value, name, low, high in ((ra, "ra", 0, 360), (dec, "dec", -90, 90)):
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not low <= value <= high:
            raise InvalidArgumentError(f"{name}={value!r} is out of range; degrees from {low} to {high}.")
    return float(ra), float(dec)


def check_radius(radius):
    """A single, positive angle.

    Parameters
    ----------
    radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
        A bare number is refused: nobody can tell whether degrees or arcsec are meant.

    Returns
    -------
    `~astropy.coordinates.Angle`
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


def check_integer(value, name, *, low=1, high=2**31 - 1):
    """An integer in a range."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not low <= value <= high:
        raise InvalidArgumentError(f"{name}={value!r} must be an integer from {low} to {high}.")
    return int(value)


def check_text(value, name):
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidArgumentError(f"{name}={value!r} must be a text that is not empty.")
    return value


def check_fraction(value, name):
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value <= 1:
        raise InvalidArgumentError(f"{name}={value!r} must be a number from 0 to 1.")
    return float(value)


def check_range(value, name, *, convert):
    """A minimum, or a pair (minimum, maximum) of which either may be None.

    Returns
    -------
    tuple
        ``(low, high)``, each a number or None.
    """
    if isinstance(value, str) or not np.iterable(value):
        pair = (value, None)
    else:
        pair = tuple(value)
    if len(pair) not in (1, 2) or all(item is None for item in pair):
        raise InvalidArgumentError(f"{name}={value!r} must be a minimum or a pair (minimum, maximum).")
    low, high = (None if item is None else convert(item, name) for item in (*pair, None)[:2])
    if low is not None and high is not None and low > high:
        raise InvalidArgumentError(f"{name}={value!r} is reversed: the minimum comes first.")
    return low, high


def check_time_range(value, name, *, scale):
    """A range of times as MJD in a scale; see `check_range`.

    Parameters
    ----------
    value : `~astropy.time.Time`, `~astropy.units.Quantity` or float, or a pair of them
        Numbers are MJD.
    scale : str
        The time scale that the service wants.
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
