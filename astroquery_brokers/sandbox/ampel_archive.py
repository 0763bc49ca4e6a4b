# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The ZTF alerts of the store as AMPEL's archive holds them: which ones a query selects, and what it writes of each.

An alert is known by its place in the list of all alerts, in order of time. Of old ones the archive has only what its
database holds, which is less than the packet.
"""

import operator
import struct
from functools import cached_property

import numpy as np

from . import ztf_packets
from .alerts import Alerts
from .catalogs import distances

__all__ = ["Archive", "COLUMNS", "CUTOUTS", "DEEPEST", "QueryError"]

DEEPEST = 65536  # nside of the index
_JD_OF_MJD = 2400000.5
_AT_ONCE = 500
CUTOUTS = ("cutoutScience", "cutoutTemplate", "cutoutDifference")
_LIMIT = ("jd", "fid", "pid", "diffmaglim", "programid", "nid", "rcid", "field", "rbversion")
_NOT_IN_DATABASE = ("pdiffimfilename", "programpi")
_TYPES = ztf_packets.types()
_HISTORY = ztf_packets.types(previous=True)
_SINGLES = {name for name, kind in {**_TYPES, **_HISTORY}.items() if kind == "float"}
# Columns of the table of candidates, with their types.
COLUMNS = {**{name: kind for name, kind in _TYPES.items() if name not in _NOT_IN_DATABASE},
           "candidate_id": "long", "alert_id": "long", "_hpx": "long"}


def _single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def _complete(part):
    """A part of a packet without nulls, and with single precision where the packet has it."""
    return {name: _single(value) if name in _SINGLES else value for name, value in part.items() if value is not None}


def _written(part):
    """A part of a packet as the database gives it back: no nulls, no names of files."""
    return {name: value for name, value in _complete(part).items() if name not in _NOT_IN_DATABASE}


def _earlier(point):
    """A point of the history as the database gives it back; an upper limit is short."""
    if point.get("candid") is None:
        point = {name: point.get(name) for name in _LIMIT}
    return _written(point)


class QueryError(ValueError):
    """A query that the database cannot do."""


_OPERATORS = {"$eq": operator.eq, "$ne": operator.ne, "$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt,
              "$lte": operator.le, "$in": lambda value, several: value in several,
              "$nin": lambda value, several: value not in several}


_SQL_TYPES = {bool: "boolean", int: "integer", float: "double precision"}


def _comparable(column, value):
    """A value as the database compares it with a column."""
    if isinstance(value, (list, dict)):
        raise QueryError(f"(psycopg2.errors.SyntaxError) {value!r} is no value\n\n[SQL: INSERT INTO read_queue ...]")
    text, kind = COLUMNS[column] == "string", _SQL_TYPES.get(type(value))
    if kind == "boolean" or (text and kind):
        raise QueryError(
            f"(psycopg2.errors.UndefinedFunction) operator does not exist: {'text' if text else 'integer'} = {kind}\n"
            f"LINE 4: ...candidate.{column} IN ('t', 1...\n{'^':>60}\nHINT:  No operator matches the given name and "
            "argument types. You might need to add explicit type casts.\n\n[SQL: INSERT INTO read_queue ...]\n"
            "(Background on this error at: https://sqlalche.me/e/20/f405)")
    if text or kind:
        return value
    try:
        return float(value) if COLUMNS[column] in ("float", "double") else int(value)
    except (TypeError, ValueError):
        raise QueryError(f'(psycopg2.errors.InvalidTextRepresentation) invalid input syntax for type integer: "{value}"'
                         "\n\n[SQL: INSERT INTO read_queue ...]") from None


def _test(column, name, value):
    """Whether a candidate meets one term, as a function of it."""
    compare, several = _OPERATORS[name], name in ("$in", "$nin")
    if value is None:
        return lambda candidate: {"$eq": column not in candidate, "$ne": column in candidate}.get(name, False)
    if several and not isinstance(value, list):
        raise QueryError(f"(sqlalchemy.exc.ArgumentError) IN expression list expected, got {value!r}")
    value = [_comparable(column, item) for item in value] if several else _comparable(column, value)
    return lambda candidate: column in candidate and bool(compare(candidate[column], value))


class Archive:
    """The alerts.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`

    Attributes
    ----------
    candid, jd, ra, dec, oid : array
        Of all alerts, in order of time.
    ingested : array of int
        Their places in the order in which the archive got them, which is no order of anything.
    """

    def __init__(self, store):
        self._store, self._alerts = store, Alerts(store)
        rows = store.rows("SELECT candid, mjd, ra, dec, oid FROM detections WHERE has_stamp ORDER BY mjd, candid")
        candid, mjd, ra, dec, oid = zip(*rows) if rows else ((), (), (), (), ())
        self.candid = np.array(candid, dtype=np.int64)
        self.jd, self.ra, self.dec = np.array(mjd) + _JD_OF_MJD, np.array(ra, dtype=float), np.array(dec, dtype=float)
        self.oid = np.array(oid, dtype=object)
        self.ingested = np.random.default_rng(20180601).permutation(len(rows))
        self._place = {number: place for place, number in enumerate(candid)}
        self._files = {row[0] for row in store.rows("SELECT candid FROM packets WHERE survey = 'ztf'")}
        self._objects = {}
        for place, name in enumerate(oid):
            self._objects.setdefault(name, []).append(place)

    @cached_property
    def _pixel(self):
        """HEALPix pixels at the deepest level, nested."""
        import astropy.units as u
        from astropy_healpix import lonlat_to_healpix

        return lonlat_to_healpix(self.ra * u.deg, self.dec * u.deg, DEEPEST, order="nested")

    # ---- which alerts

    def place(self, candid):
        """Place of an alert, or None."""
        return self._place.get(candid)

    def between(self, start=None, end=None):
        """Places of the alerts from a time (JD, included) to another (not included)."""
        first = 0 if start is None else np.searchsorted(self.jd, start, "left")
        last = len(self.jd) if end is None else np.searchsorted(self.jd, end, "left")
        return np.arange(first, max(first, last))

    def of_objects(self, names):
        """Places of the alerts of some objects, in order of time."""
        return np.array(sorted(place for name in set(names) for place in self._objects.get(name, ())), dtype=int)

    def within(self, places, ra, dec, radius):
        """Those of some places that are nearer to a position than a radius (deg)."""
        return places[distances(self.ra[places], self.dec[places], ra, dec) < radius * 3600]

    def in_pixels(self, places, regions):
        """Those of some places that are in one of the pixels: lists of them by nside, nested."""
        inside = np.zeros(len(places), dtype=bool)
        for nside, pixels in regions.items():
            inside |= np.isin(self._pixel[places] // (DEEPEST // nside) ** 2, np.array(pixels, dtype=np.int64))
        return places[inside]

    def passing(self, places, terms):
        """Those of some places whose candidates meet terms: a dictionary of operators and values by column.

        A column without a value meets none.

        Raises
        ------
        QueryError
            If a value is of another type than the column, in the words of the database.
        """
        tests = [_test(column, name, value) for column, by in (terms or {}).items() for name, value in by.items()]
        if not tests or not len(places):
            return places
        rows = self.rebuilt(places)
        met = [all(test(self._internal(place, row["candidate"])) for test in tests)
               for place, row in zip(places, rows)]
        return places[np.array(met)]

    def _internal(self, place, candidate):
        number = int(self.ingested[place]) + 1
        return {**candidate, "candidate_id": number, "alert_id": number}

    # ---- what is written of them

    def _synthetic(self, places, with_history):
        """Candidate, history and version of the schema of alerts that the store made up, by number."""
        found, objects = {}, {}
        numbers = [int(self.candid[place]) for place in places]
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first:first + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            for row in self._store.dicts(f"SELECT * FROM detections WHERE candid IN ({marks})", some):
                known = objects.get(row["oid"])
                if known is None:
                    known, = self._store.dicts("SELECT * FROM objects WHERE oid = ?", (row["oid"],))
                    objects[row["oid"]] = known
                earlier = ztf_packets.history(self._store, row, known) if with_history else ()
                found[row["candid"]] = ztf_packets.candidate(self._store, row, known), earlier, ztf_packets.version(row)
        return found

    def _recorded(self, places, with_history):
        """The same of alerts that are in files."""
        found = {}
        for place in places:
            record = self._alerts.record(int(self.candid[place]))
            earlier = record.get("prv_candidates") or () if with_history else ()
            found[record["candid"]] = record["candidate"], earlier, record.get("schemavsn", "3.3")
        return found

    def _found(self, places, with_history):
        """Candidate, history and version of the schema of the alerts at some places, by number."""
        in_file = [int(self.candid[place]) in self._files for place in places]
        return {**self._recorded([place for place, real in zip(places, in_file) if real], with_history),
                **self._synthetic([place for place, real in zip(places, in_file) if not real], with_history)}

    def rebuilt(self, places, with_history=False):
        """The alerts at some places as the database gives them back, in that order: a list of dict."""
        found, alerts = self._found(places, with_history), []
        for place in places:
            number = int(self.candid[place])
            candidate, earlier, version = found[number]
            alerts.append({"candid": number, "objectId": self.oid[place], "publisher": "Ampel",
                           "candidate": _written(candidate), "prv_candidates": [_earlier(point) for point in earlier],
                           "schemavsn": version})
        return alerts

    def stored(self, place, days):
        """The packet of an alert with what belongs to it, or None if only the database has it.

        Parameters
        ----------
        place : int
        days : float
            How long before the newest alert packets are kept.
        """
        number = int(self.candid[place])
        if number not in self._files and self.jd[place] < self.jd[-1] - days:
            return None
        return self._alerts.record(number)

    def packet(self, place, days):
        """An alert with all that the archive has of it; the stamps are bytes."""
        record = self.stored(place, days)
        if record is None:
            return self.rebuilt([place], with_history=True)[0]
        parts = {"candid": record["candid"], "objectId": record["objectId"],
                 **{name: record.get(name) for name in CUTOUTS}, "publisher": record.get("publisher"),
                 "candidate": _complete(record["candidate"]), "prv_candidates": record.get("prv_candidates"),
                 "schemavsn": record.get("schemavsn"), "fp_hists": record.get("fp_hists")}
        for name in ("prv_candidates", "fp_hists"):
            parts[name] = parts[name] and [_complete(point) for point in parts[name]]
        return {name: value for name, value in parts.items() if value is not None}

    def merged(self, places, upper_limits=True):
        """All points of the alerts at some places as one packet, the newest first; None if there are no alerts.

        There is one point for each time: that of an alert goes before one of a history, that before an upper limit.
        """
        found, points = self._found(places, with_history=True), {}
        for place in places:
            candidate, earlier, _ = found[int(self.candid[place])]
            for point in earlier:
                rank = 0 if point.get("candid") is None else 1
                if (rank or upper_limits) and points.get(point["jd"], (-1,))[0] < rank:
                    points[point["jd"]] = rank, point
            points[candidate["jd"]] = 2, candidate
        if not points:
            return None
        # Most points are in the histories of many alerts; each is written once.
        newest, *others = (_written(point) if rank == 2 else _earlier(point)
                           for rank, point in (points[jd] for jd in sorted(points, reverse=True)))
        return {"candid": newest["candid"], "objectId": self.oid[places[0]], "publisher": "Ampel", "candidate": newest,
                "prv_candidates": [{name: point[name] for name in _HISTORY if name in point} for point in others],
                "schemavsn": "3.3"}
