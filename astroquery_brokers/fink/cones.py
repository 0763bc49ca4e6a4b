# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Objects around positions: what Fink's cone searches can be asked, and what is left to do afterwards."""

from dataclasses import dataclass

import numpy as np
from astropy import units as u
from astropy.time import Time

from ..arguments import check_choice, check_time_range
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..regions import region_plan
from .endpoints import CONE, LSST_CONE, MOST_IN_PIXEL
from .measurements import JD_OF_MJD
from .selection import select, shaped

__all__ = ["CONES", "Period", "cones", "newest_of_each", "period"]

_WIDEST = 5  # deg


@dataclass(frozen=True)
class Cone:
    """A survey's cone search: its endpoint, and the columns with an object's first and last detection.

    ``first`` and ``last`` are in the time scale ``scale``, in days since ``origin`` (MJD). A server that drops what was
    seen after the end of a period tests the last detection; ``bounds_last`` says so.
    """

    endpoint: object
    needed: tuple
    first: str
    last: str
    scale: str
    origin: float


CONES = {
    "ztf": Cone(CONE, ("i:objectId", "i:jd", "i:ra", "i:dec"), "i:jdstarthist", "i:jd", "utc", JD_OF_MJD),
    "lsst": Cone(LSST_CONE, ("r:diaObjectId", "r:midpointMjdTai", "r:ra", "r:dec"), "f:firstDiaSourceMjdTaiFink",
                 "r:midpointMjdTai", "tai", 0.0)}


@dataclass(frozen=True)
class Period:
    """Ranges (low, high) of the first and of the last detection, MJD in the survey's time scale, or None."""

    first: tuple = (None, None)
    last: tuple = (None, None)

    @property
    def words(self):
        """For messages."""
        return ", ".join(f"{name}={pair}" for name, pair in (("firstmjd", self.first), ("lastmjd", self.last))
                         if pair != (None, None))


def instant(value, name, scale):
    """A time as MJD in a scale; ISO text is UTC."""
    if isinstance(value, str):
        try:
            value = Time(value, scale="utc")
        except ValueError:
            raise InvalidArgumentError(f"{name}={value!r} is not a time; write it as '2024-01-31' or "
                                       "'2024-01-31 12:00:00' (UTC), or give an astropy Time.") from None
    return check_time_range((value,), name, scale=scale)[0]


def period(survey, *, firstmjd=None, lastmjd=None, startdate=None, stopdate=None, window=None, kind=None):
    """What the arguments about time mean, Fink's own among them."""
    scale = CONES[survey].scale
    ranges = [(None, None) if value is None else check_time_range(value, name, scale=scale)
              for name, value in (("firstmjd", firstmjd), ("lastmjd", lastmjd))]
    if kind is not None:
        check_choice(kind, ("within", "across"), "kind")
    if startdate is None and (stopdate, window, kind) == (None, None, None):
        return Period(*ranges)
    if startdate is None:
        raise InvalidArgumentError("stopdate=, window= and kind= go with startdate=; Fink ignores them without it.")
    if ranges != [(None, None)] * 2:
        raise InvalidArgumentError("firstmjd= and lastmjd= say the same as startdate=, stopdate=, window= and kind=; "
                                   "use one or the other.")
    start, stop = instant(startdate, "startdate", scale), None
    if window is not None:
        if stopdate is not None:
            raise InvalidArgumentError("window= and stopdate= say the same; give one.")
        stop = start + u.Quantity(window, u.day).value
    elif stopdate is not None:
        stop = instant(stopdate, "stopdate", scale)
    if stop is not None and stop < start:
        raise InvalidArgumentError(f"startdate={startdate!r} is after the end of the period.")
    if kind == "across":
        return Period((None, stop), (start, None))
    if kind == "within" or survey == "lsst":
        return Period((start, None), (None, stop))
    return Period((start, stop))


def cones(broker, positions, radius, *, survey, columns, when, row_limit, output_format):
    """The plan for objects around positions, one request for each."""
    if radius.deg > _WIDEST:
        raise InvalidArgumentError(f"radius={radius} is more than the 5 deg that Fink allows. {CONE.beyond}")
    cone = CONES[survey]
    dictionary = broker._dictionary(cone.endpoint.tables[0])
    bounded = [name for name, pair in ((cone.first, when.first), (cone.last, when.last)) if pair != (None, None)]
    pairs, names = select(dictionary, columns, (*cone.needed, *bounded))
    body = {"n": MOST_IN_PIXEL, **_bounds(cone, survey, when), **dict(pairs)}
    ranges = {name: tuple(None if limit is None else limit + cone.origin for limit in pair)
              for name, pair in ((cone.first, when.first), (cone.last, when.last)) if pair != (None, None)}
    requests = [Request(cone.endpoint, items=(index,), ranges=ranges,
                        json={"ra": float(ra), "dec": float(dec), "radius": radius.arcsec, **body})
                for index, (ra, dec) in enumerate(zip(positions.ra, positions.dec))]
    plan = region_plan(requests, positions, radius, conditions=when.words, survey=survey, row_limit=row_limit)
    plan.columns = names
    return shaped(plan, output_format)


def _bounds(cone, survey, when):
    """What the server can be told about time, as long as it drops nothing that is wanted.

    The server takes numbers as UTC and compares Rubin's with TAI as they are: a number in TAI is what it should get.
    A second more keeps what lies on the bounds, which are applied once more to what comes back.
    """
    start, second = when.first[0], 1 / 86400
    stop = when.first[1] if survey == "ztf" else when.last[1]
    if start is None:
        return {}
    bounds = {"startdate": start - second}
    if stop is not None:
        bounds["stopdate"] = stop + second
    return bounds


def newest_of_each(table, main_id, time):
    """The newest row of each object, in the order in which the objects come first."""
    ids, first, inverse = np.unique(np.asarray(table[main_id]), return_index=True, return_inverse=True)
    order = np.lexsort((np.ma.filled(table[time], -np.inf), inverse))
    last = order[np.cumsum(np.bincount(inverse, minlength=len(ids))) - 1] if len(table) else order
    return table[last[np.argsort(first)]]
