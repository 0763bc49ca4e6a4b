# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink LSST, by identifier: ``sources`` (detections), ``objects`` (summaries), ``fp`` (forced photometry).

Identifiers must be text, a number breaks the server. Keys begin with the last three digits of the identifier, so
that a part of an identifier finds nothing.
"""

import json

from ..fink_lsst_alerts import (
    FINK_TYPES, ROOT_TYPES, SOURCE_TYPES, LsstRows, fink_column, root_column, source_column)
from ..fink_lsst_objects import (
    DIA_TYPES, FORCED_TYPES, OBJECT_TYPES, DiaRows, ForcedRows, dia_column, forced_column, object_column)
from .fink_tables import Table, requested, send
from .fink_wire import listed
from .wire import is_number

__all__ = ["FORCED", "OBJECTS", "SOURCES", "Objects", "newest_first", "prefixed"]

_MOST = 10000  # rows that an identifier can bring


def prefixed(family, types):
    """Types by names with a prefix."""
    return {f"{family}:{name}": kind for name, kind in types.items()}


def _source(name, rows):
    family, bare = name.split(":", 1)
    if family == "f":
        return fink_column(bare, rows)
    return root_column(bare, rows) if bare in ROOT_TYPES else source_column(bare, rows)


def _object(name, rows):
    family, bare = name.split(":", 1)
    if family == "f":
        return object_column(bare, rows.last, rows["nDiaSources"])
    return root_column(bare, rows.last) if bare in ROOT_TYPES else dia_column(bare, rows)


SOURCES = Table({**prefixed("r", ROOT_TYPES), **prefixed("r", SOURCE_TYPES), **prefixed("f", FINK_TYPES)}, _source,
                fixed=True)
OBJECTS = Table({**prefixed("r", ROOT_TYPES), **prefixed("r", DIA_TYPES), **prefixed("f", OBJECT_TYPES)}, _object,
                fixed=True)
FORCED = Table(prefixed("r", FORCED_TYPES), lambda name, rows: forced_column(name[2:], rows), fixed=True)


def newest_first(frame):
    """The rows in order of time, the newest first, where the time is there."""
    return frame.sort_values("r:midpointMjdTai", ascending=False) if "r:midpointMjdTai" in frame else frame


def _identifiers(arguments):
    """The identifiers that exist in the form of the database, as a JSON list."""
    return json.dumps([int(name) for name in listed(arguments["diaObjectId"]) if is_number(name)])


class Objects:
    """The endpoints.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self.store = store

    def sources(self, arguments):
        rows = LsstRows(self.store, "oid IN (SELECT value FROM json_each(?))", parameters=(_identifiers(arguments),))
        if "midpointMjdTai" in arguments and "," not in arguments["diaObjectId"]:
            wanted = str(arguments["midpointMjdTai"])
            rows = rows.take([place for place, mjd in enumerate(rows.columns["mjd"])
                              if str(round(mjd, 10)).startswith(wanted)])
        frame = SOURCES.frame(rows, requested(arguments))
        return send(newest_first(frame), arguments)

    def objects(self, arguments):
        return send(OBJECTS.frame(DiaRows(self.store, _identifiers(arguments)), requested(arguments)), arguments)

    def forced(self, arguments):
        rows = ForcedRows(self.store, _identifiers(arguments))
        return send(newest_first(FORCED.frame(rows, requested(arguments))), arguments)
