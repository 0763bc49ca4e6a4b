# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink ZTF, searches over the whole sky: ``conesearch``, ``latests``, ``anomaly``, ``tracklet``.

They search tables that are made of all alerts at the first question.
"""

import json
from functools import cached_property

import numpy as np

from ..fink_index import SkyIndex
from ..fink_labels import TNS
from ..fink_ztf_alerts import JD_OF_MJD, ZtfRows, packet_column
from ..fink_ztf_science import is_blazar, science_column
from . import fink_cones as cones
from .fink_tables import Table, requested, send
from .fink_wire import Refusal, refused
from .fink_ztf_objects import ALERTS, INDEX, added, classification, newest_first, with_colors

__all__ = ["Searches"]

_START = 2458788.5  # 2019-11-01
_CROSSMATCH = ("i:objectId", "i:candid", "i:magpsf", "i:sigmapsf", "i:jd", "i:jdstarthist", "d:cdsxmatch", "i:drb",
               "i:ra", "i:dec", "i:fid", "i:distnr", "d:nalerthist")
_LATEST_TRENDS = ("rising", "fading", "low_state", "new_low_state")
_LOW = "(CTA) Blazar low state"


def _stored(name, rows):
    return classification(rows) if name == "d:classification" else ALERTS.make(name, rows)


PIXELS = Table({**{name: ALERTS.types[name] for name in _CROSSMATCH}, "d:classification": "string"}, _stored)


def _latest_of_keys(rows):
    """Alerts as a table keeps them whose keys are first detection and object: a later one replaces the earlier."""
    start = packet_column("jdstarthist", rows)
    last = {key: place for place, key in enumerate(zip(rows.columns["oid"], start.tolist()))}
    return np.array(sorted(last.values()), dtype=int), start


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
        """Object, number, time and label of every alert, the latest last."""
        rows = ZtfRows(self.store)
        order = np.argsort(rows["mjd"], kind="stable")
        values = {"candid": rows.alert, "jd": rows["mjd"] + JD_OF_MJD, "oid": rows["oid"],
                  "label": classification(rows), **{name: science_column(name, rows) for name in (
                      "tns", "anomaly_score", "slsn_score", "tracklet", "blazar_stats_m0", "blazar_stats_m1")},
                  "blazar": is_blazar(rows)}
        return {name: column[order] for name, column in values.items()}

    @cached_property
    def pixels(self):
        """The alerts by sky pixel: the index, and object and number of each entry."""
        rows = ZtfRows(self.store)
        places, start = _latest_of_keys(rows)
        _, owner = np.unique(rows["oid"].astype(str), return_inverse=True)
        index = SkyIndex(128, rows["ra"][places], rows["dec"][places], start[places], owner[places])
        return index, rows["oid"][places], rows.alert[places]

    def rows(self, oids, candids):
        """The rows of some alerts."""
        return ZtfRows(self.store, "oid IN (SELECT value FROM json_each(?))",
                       "d.candid IN (SELECT value FROM json_each(?))",
                       (json.dumps(sorted(set(oids.tolist()))), json.dumps(candids.tolist())))

    def conesearch(self, arguments):
        columns = cones.with_columns(requested(arguments), "i:ra", "i:dec")
        low = high = None
        if "startdate" in arguments:
            low = cones.instant(arguments["startdate"]).jd
            high = np.inf
        if "stopdate" in arguments:
            high = cones.instant(arguments["stopdate"]).jd
        elif "window" in arguments and low is not None:
            high = low + float(arguments["window"])
        count = int(arguments.get("n", 1000))
        center, radius = cones.position(arguments)
        index, oids, candids = self.pixels
        found = index.cone(center.ra.deg, center.dec.deg, radius, count, low, high)
        frame = PIXELS.frame(self.rows(oids[found], candids[found]), columns)
        frame = cones.latest_only(frame, "i:objectId", "i:jd")
        return send(cones.separated(frame, center, radius, "i:ra", "i:dec"), arguments)

    def _newest(self, use, arguments, names=("startdate", "stopdate"), more=0):
        """The newest alerts among some, within the dates, which must be what astropy takes for times."""
        from astropy.time import Time

        count = int(arguments.get("n", 10))
        start = Time(arguments[names[0]]).jd if names[0] in arguments else _START
        stop = Time(arguments[names[1]]).jd + more if names[1] in arguments else np.inf
        places = np.flatnonzero(use & (self._all["jd"] >= start) & (self._all["jd"] < stop))
        places = places[len(places) - min(count, len(places)):]
        return self.rows(self._all["oid"][places], self._all["candid"][places])

    def _of_class(self, name):
        """Which alerts a class has, and whether only the latest of each object counts."""
        known = self._all
        if name.startswith("(TNS)") and name.split("(TNS) ")[1] in TNS:
            return known["tns"] == name.split("(TNS) ")[1], False
        if name == _LOW:
            return known["blazar"] & (known["blazar_stats_m1"] > 0) & (known["blazar_stats_m1"] < 1), True
        if name == "(CTA) Blazar high state":
            return known["blazar"] & (known["blazar_stats_m1"] >= 1), True
        if name == "SLSN candidate":
            return known["slsn_score"] > 0.5, True
        return known["label"] == (name.split("(SIMBAD) ")[1] if name.startswith("(SIMBAD)") else name), False

    def latests(self, arguments):
        trend = arguments.get("trend")
        if "trend" in arguments and trend not in _LATEST_TRENDS:
            raise Refusal(f"\n        {trend} is not a valid trend.\n        Trend must be among: rising, fading, "
                          "low_state, new_low_state\n        ")
        if trend in _LATEST_TRENDS[2:] and arguments["class"] != _LOW:
            raise Refusal(f"\n        {trend} trend is only implemented for the `{_LOW}` class.\n        "
                          f"{arguments['class']} class can accept trend among: rising, fading.\n        ")
        use, grouped = self._of_class(arguments["class"])
        rows, columns = self._newest(use, arguments), requested(arguments)
        frame = INDEX.frame(rows, columns)
        if columns is None:
            frame = added(frame, rows)
            # Any value switches it on.
            frame = with_colors(frame) if "color" in arguments and not frame.empty else frame
        frame = newest_first(cones.latest_only(frame, "i:objectId", "i:jd") if grouped else frame)
        if len(frame):
            if trend in ("rising", "fading"):
                frame = frame[frame["d:mag_rate"] < 0] if trend == "rising" else frame[frame["d:mag_rate"] > 0]
            elif trend == "new_low_state" and "d:blazar_stats_m0" in frame:
                frame = frame[frame["d:blazar_stats_m0"] >= 1]
        return send(frame, arguments)

    def anomaly(self, arguments):
        # The last day counts as a whole.
        with np.errstate(invalid="ignore"):
            use = self._all["anomaly_score"] < -0.03
        rows = self._newest(use, arguments, ("start_date", "stop_date"), more=1)
        columns = requested(arguments)
        frame = ALERTS.frame(rows, columns)
        return send(newest_first(added(frame, rows) if columns is None else frame), arguments)

    def tracklet(self, arguments):
        if "id" in arguments:
            key = arguments["id"]
        elif "date" in arguments:
            key = "TRCK_" + arguments["date"].replace("-", "").replace(":", "").replace(" ", "_")
        else:
            raise refused("You need to specify a date at the format YYYY-MM-DD hh:mm:ss\n")
        names = self._all["tracklet"].tolist()
        use = np.array([bool(name) and name.startswith(key) for name in names], dtype=bool)
        rows, columns = self.rows(self._all["oid"][use], self._all["candid"][use]), requested(arguments)
        frame = INDEX.frame(rows, columns)
        return send(newest_first(added(frame, rows) if columns is None else frame), arguments)
