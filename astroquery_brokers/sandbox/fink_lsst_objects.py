# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rubin objects and forced photometry as Fink stores them, and the labels that an object has from its last alert."""

from functools import cached_property

import numpy as np

from .fink_lsst_alerts import LsstRows, exact, fink_column, root_column
from .fink_rows import Rows
from .lsst_sky import BANDS
from .lsst_summaries import DIA_COLUMNS

__all__ = ["DIA_TYPES", "FORCED_TYPES", "OBJECT_TYPES", "DiaRows", "ForcedRows", "dia_column", "forced_column",
           "object_column"]

# Rubin does not fill these.
_EMPTY = ("firstDiaSourceMjdTai", "lastDiaSourceMjdTai", *(f"{band}_fpFlux{part}" for band in BANDS
                                                           for part in ("Mean", "MeanErr")))
_DOUBLES = ("ra", "dec", "validityStartMjdTai", *_EMPTY[:2])
DIA_TYPES = {
    "diaObjectId": "long", **{name: "int" if name.endswith("Ndata") or name == "nDiaSources" else
                              "double" if name in _DOUBLES else "float" for name in DIA_COLUMNS if name != "oid"}}
OBJECT_TYPES = {"is_sso": "boolean", "is_first": "boolean", "is_cataloged": "boolean", "main_label_classifier": "int",
                "main_label_crossmatch": "string", "firstDiaSourceMjdTaiFink": "double"}
FORCED_TYPES = {
    "diaForcedSourceId": "long", "diaObjectId": "long", "ra": "double", "dec": "double", "visit": "long",
    "detector": "int", "psfFlux": "float", "psfFluxErr": "float", "scienceFlux": "float", "scienceFluxErr": "float",
    "band": "string", "midpointMjdTai": "double", "timeProcessedMjdTai": "double", "timeWithdrawnMjdTai": "double",
    "salt": "string"}


class DiaRows(Rows):
    """Objects by number, in the order in which the database has them: by the last three digits, then by the number.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    numbers : str
        JSON list.
    """

    survey, key, integers = "lsst", "oid", frozenset(("oid",))

    def __init__(self, store, numbers):
        super().__init__(store, "SELECT * FROM lsst_dia_objects WHERE oid IN (SELECT value FROM json_each(?)) "
                         "ORDER BY oid % 1000, oid", (numbers,))

    @cached_property
    def last(self):
        """The last detections of the objects, in the same order."""
        rows = LsstRows(self.store, "oid IN (SELECT value FROM json_each(?))", "d.mjd = o.lastmjd",
                        (str(list(self.columns["oid"])),))
        place = {oid: number for number, oid in enumerate(rows.columns["oid"])}
        return rows.take([place[oid] for oid in self.columns["oid"]])


class ForcedRows(Rows):
    """Forced measurements of objects.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    numbers : str
        JSON list.
    """

    survey, key, integers = "lsst", "measurement_id", frozenset(("oid", "measurement_id", "visit"))

    def __init__(self, store, numbers):
        super().__init__(store, "SELECT * FROM lsst_forced_photometry WHERE sid = 1 AND oid IN (SELECT value FROM "
                         "json_each(?)) ORDER BY oid, mjd", (numbers,))


def dia_column(name, rows):
    """A column of the table of objects, without the prefix."""
    if name in _EMPTY:
        return np.full(rows.size, np.nan)
    if name == "diaObjectId":
        return rows["oid"]
    # No measurement in a band is a zero.
    values = rows.columns[name]
    return np.array([value or 0 for value in values], dtype=float) if name.endswith("Ndata") else rows[name]


def object_column(name, rows, count=None):
    """A column ``f:`` of objects for detections; without ``count``, of the objects when they were detected."""
    if name == "is_sso":
        return np.full(rows.size, False, dtype=object)
    if name == "is_first":
        return ((rows["nth"] if count is None else count) == 1).astype(object)
    if name == "main_label_classifier":
        return fink_column("clf_cats_class", rows)
    if name == "main_label_crossmatch":
        return fink_column("xm_simbad_otype", rows)
    if name == "firstDiaSourceMjdTaiFink":
        return rows["firstmjd"]
    known = [fink_column(column, rows) for column in ("xm_simbad_otype", "xm_gaiadr3_DR3Name")]
    return np.array([any(value not in (None, "Fail") for value in pair) for pair in zip(*known)] + [None],
                    dtype=object)[:-1]


def forced_column(name, rows):
    """A column of the table of forced photometry, without the prefix."""
    if name == "salt":
        return root_column("salt", rows)
    if name == "band":
        return np.array([BANDS[number - 1] if number else None for number in rows.columns["band"]] + [None],
                        dtype=object)[:-1]
    if name == "timeWithdrawnMjdTai":
        return np.full(rows.size, np.nan)
    source = {"diaForcedSourceId": "measurement_id", "diaObjectId": "oid", "midpointMjdTai": "mjd"}.get(name, name)
    return exact(rows.columns[source]) if FORCED_TYPES[name] in ("long", "int") else rows[source]
