# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink LSST, searches over the whole sky: ``conesearch`` and ``tags``.

Times of users are UTC, those of the data are TAI, and no one corrects the difference.
"""

import json
from functools import cached_property

import numpy as np

from ..fink_index import SkyIndex
from ..fink_lsst_alerts import LsstRows
from ..fink_lsst_objects import DIA_TYPES, OBJECT_TYPES, DiaRows, dia_column, object_column
from ..fink_tags import TAGS, selected
from . import fink_cones as cones
from .fink_lsst_objects import SOURCES, newest_first, prefixed
from .fink_tables import Table, requested, send
from .fink_wire import Refusal, refused
from .wire import FlaskJSON

__all__ = ["Searches"]

_START = 58788.0  # 2019-11-01
_HOST = "https://api.lsst.fink-portal.org/api/v1/tags"


def _pixel_column(name, rows):
    family, bare = name.split(":", 1)
    if name in SOURCES.types:
        return SOURCES.make(name, rows)
    if name == "f:pixel1024":
        index = SkyIndex(1024, rows["ra"], rows["dec"], rows["firstmjd"], rows["oid"])
        return index.pixel.astype(float)
    if family == "f":
        return object_column(bare, rows)
    known = DiaRows(rows.store, json.dumps(sorted(set(rows.columns["oid"]))))
    place = {oid: number for number, oid in enumerate(known.columns["oid"])}
    values = np.array([*dia_column(bare, known), np.nan], dtype=float)
    return values[[place.get(oid, -1) for oid in rows.columns["oid"]]]


PIXELS = Table({**prefixed("r", DIA_TYPES), **SOURCES.types, **prefixed("f", OBJECT_TYPES), "f:pixel1024": "int"},
               _pixel_column)


class Searches:
    """The endpoints.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self.store = store

    @cached_property
    def _all(self):
        rows = LsstRows(self.store)
        return rows.take(np.argsort(rows["mjd"], kind="stable").tolist())

    @cached_property
    def _tagged(self):
        """Places of the detections of each tag, in order of time."""
        return {tag: np.flatnonzero(selected(tag, self._all)) for tag, (_, there) in TAGS.items() if there}

    @cached_property
    def pixels(self):
        """The detections by sky pixel: the index, and the number of each."""
        rows = self._all
        return SkyIndex(1024, rows["ra"], rows["dec"], rows["firstmjd"], rows["oid"]), rows.alert

    def rows(self, numbers):
        """The rows of some detections."""
        known = self.pixels
        owners = known[0].owner[np.isin(known[1], numbers)]
        return LsstRows(self.store, "oid IN (SELECT value FROM json_each(?))",
                        "d.measurement_id IN (SELECT value FROM json_each(?))",
                        (json.dumps(sorted(set(owners.tolist()))), json.dumps(numbers.tolist())))

    def conesearch(self, arguments):
        columns = cones.with_columns(requested(arguments), "r:ra", "r:dec", "r:midpointMjdTai")
        count = int(arguments.get("n", 1000))
        center, radius = cones.position(arguments)
        first = "f:firstDiaSourceMjdTaiFink"
        if ("startdate" in arguments or "stopdate" in arguments) and columns is not None and first not in ",".join(
                columns):
            raise refused(f"You need to specify {first} in the columns to filter on dates.\n")
        index, numbers = self.pixels
        found = index.cone(center.ra.deg, center.dec.deg, radius, count)
        frame = cones.latest_only(PIXELS.frame(self.rows(numbers[found]), columns), "r:diaObjectId", "r:midpointMjdTai")
        if not frame.empty:
            frame = self._dated(frame, arguments, first)
        return send(cones.separated(frame, center, radius, "r:ra", "r:dec"), arguments)

    @staticmethod
    def _dated(frame, arguments, first):
        if "startdate" in arguments:
            start = cones.instant(arguments["startdate"]).mjd
            frame = frame[frame[first] >= start]
            if "window" in arguments:
                frame = frame[frame["r:midpointMjdTai"] <= start + float(arguments["window"])]
        if "stopdate" in arguments:
            frame = frame[frame["r:midpointMjdTai"] <= cones.instant(arguments["stopdate"]).mjd]
        return frame

    @staticmethod
    def list_tags():
        return FlaskJSON({tag: {"description": text, "API support": there} for tag, (text, there) in TAGS.items()})

    def tags(self, arguments):
        from astropy.time import Time

        tag = arguments["tag"]
        if tag not in TAGS:
            raise Refusal(f"\n        {tag} is not a valid tag. Here is the list of tags:\n        {list(TAGS)}\n"
                          f"        And you can always retrieve available tags at {_HOST}\n        ")
        if not TAGS[tag][1]:
            raise Refusal(f"\n        {tag} is only available from the Livestream service (no API support defined).\n"
                          f"        And you can always retrieve available tags and their API support at {_HOST}\n"
                          "        ")
        count = int(arguments.get("n", 10))
        start = Time(arguments["startdate"]).mjd if "startdate" in arguments else _START
        stop = Time(arguments["stopdate"]).mjd if "stopdate" in arguments else np.inf
        places = self._tagged[tag]
        mjd = self._all["mjd"][places]
        places = places[(mjd >= start) & (mjd < stop)]
        rows = self._all.take(places[len(places) - min(count, len(places)):].tolist())
        return send(newest_first(SOURCES.frame(rows, requested(arguments))), arguments)
