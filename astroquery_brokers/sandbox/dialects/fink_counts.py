# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's statistics of the nights (``/api/v1/statistics``) of both surveys: counts, as text."""

from collections import Counter
from functools import cached_property

import numpy as np

from ..fink_lsst_alerts import LsstRows, fink_column, source_column
from ..fink_ztf_alerts import ZtfRows
from ..fink_ztf_science import science_column
from ..lsst_sky import BANDS
from .fink_tables import send
from .fink_wire import is_true
from .fink_ztf_objects import classification

__all__ = ["LsstStatistics", "ZtfStatistics"]


_VERSIONS = ("fink_broker_version", "fink_science_version", "lsst_schema_version")


def _nights(mjd):
    days = (np.datetime64("1858-11-17") + np.floor(mjd).astype(np.int64)).astype(str)
    return np.array([day.replace("-", "") for day in days.tolist()])


def _by_night(nights, columns):
    """Each night with the values of its columns, as lists."""
    order = np.argsort(nights, kind="stable")
    names, starts = np.unique(nights[order], return_index=True)
    parts = [np.split(column[order], starts[1:]) for column in columns.values()]
    for name, *values in zip(names.tolist(), *parts):
        yield name, {key: part.tolist() for key, part in zip(columns, values)}


class ZtfStatistics:
    """The statistics of ZTF.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self.store = store

    @cached_property
    def _table(self):
        """One dictionary for each night: counts are text, but a label that the night has not is the number 0."""
        rows = ZtfRows(self.store)
        columns = {"exposure": rows["pid"] // 10 ** 4, "field": rows["rfid"] // 10 ** 6, "fid": rows["fid"],
                   "label": classification(rows), "type": science_column("cdsxmatch", rows)}
        table, known = [], set()
        for night, part in _by_night(_nights(rows["mjd"]), columns):
            count, bands, found = len(part["fid"]), Counter(part["fid"]), Counter(part["label"])
            known |= set(found)
            table.append({
                "basic:exposures": str(len(set(part["exposure"]))), "basic:fields": str(len(set(part["field"]))),
                "basic:n_g": str(bands[1]), "basic:n_r": str(bands[2]), "basic:raw": str(int(1.4 * count) + 1),
                "basic:sci": str(count),
                **{f"class:{name}": str(found[name]) if name in found else 0 for name in sorted(known)},
                "class:simbad_gal": str(part["type"].count("Galaxy")),
                "class:simbad_tot": str(count - part["type"].count("Unknown")), "key:key": f"ztf_{night}",
                "key:time": str(1572566400000 + 1000 * int(night))})
        return table

    def __call__(self, arguments):
        from pandas import DataFrame

        names = sorted({name for row in self._table for name in row})
        if is_true(arguments.get("schema")):
            return send(DataFrame({"schema": names}), arguments)
        rows = [row for row in self._table if row["key:key"].startswith(f"ztf_{arguments['date']}")]
        text = arguments.get("columns", "*")
        # Blanks stay, names of classes have them.
        wanted = names if text == "*" else {*text.split(","), "key:key", "key:time"}
        return send(DataFrame(rows, columns=[name for name in names if name in wanted and any(
            name in row for row in rows)] if rows else None), arguments)


class LsstStatistics:
    """The statistics of Rubin.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self.store = store

    @cached_property
    def _table(self):
        both = [(LsstRows(self.store, sid=sid), sid == 2) for sid in (1, 2)]
        names = ("xm_tns_fullname", "xm_simbad_otype", *_VERSIONS)
        columns = {name: np.concatenate([fink_column(name, rows) for rows, _ in both]) for name in names}
        columns.update({name: np.concatenate([rows[name] for rows, _ in both]) for name in ("oid", "visit", "nth")})
        columns["band"] = np.concatenate([source_column("band", rows) for rows, _ in both])
        columns["solar"] = np.concatenate([np.full(rows.size, solar) for rows, solar in both])
        nights = _nights(np.concatenate([rows["mjd"] for rows, _ in both]) - 0.5)
        return [self._night(*night) for night in _by_night(nights, columns)]

    @staticmethod
    def _night(night, part):
        alerts = len(part["oid"])
        counts = {"alerts": alerts, **{f"alerts_{band}": part["band"].count(band) for band in BANDS},
                  "objects": len(set(part["oid"])), "is_sso": sum(part["solar"]), "is_first": part["nth"].count(1),
                  "in_tns": alerts - part["xm_tns_fullname"].count(None), "visits": len(set(part["visit"])),
                  "is_cataloged": sum(value not in (None, "Fail") for value in part["xm_simbad_otype"]),
                  # No one filters these.
                  **dict.fromkeys(("glint_trail", "isDipole", "pixelFlags_cr", "pixelFlags_saturated",
                                   "pixelFlags_streak"), alerts),
                  **{name: part[name][0] or "nan" for name in _VERSIONS}}
        return {**{f"f:{name}": str(value) for name, value in sorted(counts.items())}, "f:night": night}

    def __call__(self, arguments):
        from pandas import DataFrame

        rows = [row for row in self._table if row["f:night"].startswith(arguments["date"])]
        text = arguments.get("columns", "*")
        wanted = text.split(",")
        return send(DataFrame([{name: value for name, value in row.items() if text == "*" or name in wanted}
                               for row in rows]), arguments)
