# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which alerts are meant: the arguments of a search, and the two forms in which the archive takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..arguments import (check_choice, check_pixels, check_positions, check_radius, check_skymap, check_time_range,
                         suggest)
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from .endpoints import CONE, HEALPIX, SKYMAP, START, TIME_RANGE

__all__ = ["LARGEST_CONE", "SELECTION", "Selection", "check_candids", "check_filters", "check_programid",
           "check_selection", "check_window"]

# The archive wants both ends: 2017-01-01, before ZTF, and 2100-01-01.
_EVER = (2457754.5, 2488069.5)
_MJD = 2400000.5
#: Radius (deg) below which a stream can be started for a cone.
LARGEST_CONE = 10.0
_SHORT = 50  # pixels that fit into an address
_WHOLE_SKY = {1: list(range(12))}
_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin")
_NO_FILTERS = {"objectId", "programpi", "pdiffimfilename"}

SELECTION = {"selection": """
    coordinates : `~astropy.coordinates.SkyCoord` or str, optional
        Centre of a cone, in any frame (scalar).
    radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str, optional
        Its radius with the unit, e.g. ``"2 arcmin"``.
    time : `~astropy.time.Time`, `~astropy.units.Quantity`, float, or a pair of them, optional
        Start of the exposures: from, or (from, to), the latter exclusive; numbers are MJD (d, UTC). All by default.
    pixels : int, sequence of int, or dict of int to them, optional
        HEALPix pixels in nested order (ICRS), of ``nside``; or by nside.
    nside : int, optional
        Resolution of ``pixels`` (no unit), a power of two up to 65536.
    skymap : `mocpy.MOC`, str, path-like, `~astropy.table.Table` or `numpy.ndarray`, optional
        A coverage map, or a HEALPix map of probabilities (0 to 1, of shape ``(n,)``), or the FITS file of one; see
        `~astroquery_brokers.arguments.check_skymap`.
    level : float, optional
        Probability of the credible region of a probability map, 0 to 1; 0.9 by default.
    ordering : {"nested", "ring"}, optional
        Order of a probability map that is an array.
    filters : dict, optional
        Conditions by column of `query_detections`: a value, a pair ``(lowest, highest)`` of which either may be None, a
        list of values, or a dict of the archive's operators, e.g. ``{"drb": (0.9, None), "fid": 1}``. A column that is
        missing never fits.
    """, "reading": """
    programid : int, optional
        Number of ZTF's programme: 1 public, 2 partnership, 3 Caltech; all that the token may see by default, which is 1
        for most.
    """}


@dataclass(frozen=True)
class Selection:
    """Alerts that have all of this in common.

    Attributes
    ----------
    jd : tuple of float
        First and last start of exposure (JD, d, UTC), the last exclusive.
    cone : tuple of float or None
        Right ascension, declination, radius (deg).
    regions : dict of int to list of int or None
        Numbers of pixels by nside.
    objects : tuple of str
        Names; empty: all.
    filters : dict
        Conditions as the archive takes them.
    programid : int or None
        Programme.
    """

    jd: tuple = _EVER
    cone: tuple | None = None
    regions: dict | None = None
    objects: tuple = ()
    filters: dict = field(default_factory=dict)
    programid: int | None = None

    @property
    def streams(self):
        """Whether the archive can make a stream of it."""
        return self.cone is None or self.cone[2] < LARGEST_CONE

    @property
    def _programme(self):
        return () if self.programid is None else (("programid", str(self.programid)),)

    @property
    def _window(self):
        return {"$gt": self.jd[0], "$lt": self.jd[1]}

    @property
    def _cells(self):
        return [{"nside": nside, "pixels": pixels} for nside, pixels in self.regions.items()]

    def search(self, *, chunk_size, with_history, **more):
        """The request for the first of its alerts; that which starts a stream, where there is no other."""
        once = {"chunk_size": chunk_size, "with_history": with_history}
        params = (("jd_start", repr(self.jd[0])), ("jd_end", repr(self.jd[1])), ("chunk_size", str(chunk_size)),
                  ("with_history", str(with_history).lower()), *self._programme)
        if self.regions is not None:
            (nside, pixels), *others = self.regions.items()
            if not others and not self.filters and nside <= 8192 and len(pixels) <= _SHORT:
                cells = (("nside", str(nside)), *(("ipix", str(pixel)) for pixel in pixels))
                return Request(HEALPIX, params=(*cells, *params), **more)
            body = {"regions": self._cells, "jd": self._window, **self._conditions, **once}
            return Request(SKYMAP, json=body, params=self._programme, **more)
        if self.objects or self.filters:
            return self.start(chunk_size=chunk_size, **more)
        if self.cone is not None:
            place = tuple((name, repr(value)) for name, value in zip(("ra", "dec", "radius"), self.cone))
            return Request(CONE, params=(*place, *params), **more)
        return Request(TIME_RANGE, params=params, **more)

    def start(self, *, chunk_size, **more):
        """The request that starts a stream of them."""
        body = {"jd": self._window, **self._conditions, "chunk_size": chunk_size}
        if self.objects:
            body["objectId"] = list(self.objects)
        elif self.regions is not None:
            body["regions"] = self._cells
        elif self.cone is not None:
            body["cone"] = dict(zip(("ra", "dec", "radius"), self.cone))
        return Request(START, json=body, params=self._programme, **more)

    def count(self):
        """The body that asks for their number; None where there is no such question."""
        if self.objects or self.cone is not None:
            return None
        cells = self._cells if self.regions is not None else [{"nside": nside, "pixels": pixels}
                                                              for nside, pixels in _WHOLE_SKY.items()]
        return {"regions": cells, "jd": self._window, **self._conditions}

    @property
    def _conditions(self):
        return {"candidate": self.filters} if self.filters else {}


def check_selection(broker, *, object_id=None, coordinates=None, radius=None, time=None, pixels=None, nside=None,
                    skymap=None, level=None, ordering=None, filters=None, programid=None):
    """The selection that the arguments of a verb stand for; `InvalidArgumentError` where they are none."""
    given = {"coordinates": coordinates, "pixels": pixels, "skymap": skymap, "object_id": object_id}
    given = [name for name, value in given.items() if value is not None]
    if len(given) > 1:
        raise InvalidArgumentError(f"{' and '.join(given)} are several selections of alerts; give one of them.")
    if not given and time is None and filters is None:
        raise InvalidArgumentError("Say which alerts: object_id, candid, coordinates and radius, pixels, skymap, time.")
    wants = {"radius": "coordinates", "nside": "pixels", "level": "skymap", "ordering": "skymap"}
    options = {"radius": radius, "nside": nside, "level": level, "ordering": ordering}
    for name, value in options.items():
        if value is not None and wants[name] not in given:
            raise InvalidArgumentError(f"{name}= goes with {wants[name]}=.")
    found = {"jd": check_window(time), "filters": check_filters(broker, filters),
             "programid": check_programid(programid)}
    if coordinates is not None:
        positions, radius = check_positions(coordinates), check_radius(radius)
        if not positions.scalar:
            raise InvalidArgumentError("coordinates must be one position here; query_region takes many.")
        found["cone"] = (float(positions.ra[0]), float(positions.dec[0]), float(radius.deg))
    elif pixels is not None:
        found["regions"] = check_pixels(pixels, nside)
    elif skymap is not None:
        found["regions"] = check_skymap(skymap, level=level, ordering=ordering)
    elif object_id is not None:
        found["objects"] = tuple(broker._objects(object_id, None)[0])
    selection = Selection(**found)
    if filters and not selection.streams:
        raise InvalidArgumentError(f"filters= goes with cones of less than {LARGEST_CONE:g} deg.")
    return selection


def check_candids(candid):
    """Ids of alerts as integers, each once."""
    given = [candid] if isinstance(candid, (str, int, np.integer)) or not np.iterable(candid) else list(candid)
    found = []
    for one in given:
        text = str(one).strip()
        if isinstance(one, (bool, float, np.floating)) or not text.isdecimal() or not 0 < int(text) < 2**63:
            raise InvalidArgumentError(f"candid={one!r} is not the id of an alert: an integer of 64 bits, or its "
                                       "digits.")
        found.append(int(text))
    if not found:
        raise InvalidArgumentError("candid is empty; give at least one id of an alert.")
    return list(dict.fromkeys(found))


def check_window(time):
    """First and last JD (UTC)."""
    if time is None:
        return _EVER
    low, high = check_time_range(time, "time", scale="utc")
    return tuple(ever if value is None else value + _MJD for value, ever in zip((low, high), _EVER))


def check_programid(programid):
    """A programme of ZTF, or None."""
    return programid if programid is None else check_choice(programid, (1, 2, 3), "programid")


def check_filters(broker, filters):
    """Conditions as the archive takes them; of the wrong type they would make it fail later."""
    if filters is None:
        return {}
    if not isinstance(filters, Mapping):
        raise InvalidArgumentError(f"filters={filters!r:.80} must be a dict, e.g. {{'drb': (0.9, None), 'fid': 1}}.")
    columns = {column.name: column for column in broker._dictionary("ztf_detections").columns
               if column.name not in _NO_FILTERS}
    found = {}
    for name, wanted in filters.items():
        if name not in columns:
            raise InvalidArgumentError(f"filters has {name!r}, which is no column of alerts. {suggest(name, columns)}")
        found[name] = _condition(columns[name], wanted)
    return found


def _condition(column, wanted):
    def value(one):
        number = isinstance(one, (int, float, np.number)) and not isinstance(one, bool)
        if number == (column.dtype == "str") or column.dtype.startswith("int") and int(one) != one:
            raise InvalidArgumentError(f"filters: {column.name} is {column.dtype}, and {one!r} is not.")
        return one.item() if isinstance(one, np.generic) else one

    if isinstance(wanted, Mapping):
        for operator in wanted:
            check_choice(operator, _OPERATORS, f"filters: operator of {column.name}")
        return {operator: [*map(value, one)] if operator in ("$in", "$nin") else value(one)
                for operator, one in wanted.items()}
    if isinstance(wanted, tuple):
        if len(wanted) != 2 or wanted == (None, None):
            raise InvalidArgumentError(f"filters: {column.name} must be a value, a pair (lowest, highest), or a list.")
        return {operator: value(one) for operator, one in zip(("$gte", "$lte"), wanted) if one is not None}
    if isinstance(wanted, (list, set, frozenset, np.ndarray)):
        return {"$in": [*map(value, list(wanted))]}
    return value(wanted)
