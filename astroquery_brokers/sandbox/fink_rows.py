# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows of the store as columns, for what Fink makes of them."""

from functools import cached_property

import numpy as np

from .alerts import Alerts
from .draws import numbers

__all__ = ["Rows"]


class Rows:
    """The rows of a query, as columns.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    sql : str
    parameters : tuple
    """

    survey = key = None
    texts = integers = frozenset()

    def __init__(self, store, sql, parameters=()):
        cursor = store.connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        found = cursor.fetchall()
        self._fill(store, dict(zip(names, zip(*found))) if found else {name: () for name in names})

    def _fill(self, store, columns):
        self.store, self.columns = store, columns
        self.size = len(next(iter(columns.values())))

    @classmethod
    def of(cls, store, columns):
        """Rows with these columns."""
        rows = object.__new__(cls)
        rows._fill(store, columns)
        return rows

    def take(self, places):
        """Some of the rows, in the order of their places."""
        places = list(places)
        return self.of(self.store, {name: [values[place] for place in places] for name, values in self.columns.items()})

    def __getitem__(self, name):
        """A column: text is an array of object, identifiers are integers, everything else is an array of float."""
        values = self.columns[name]
        if name in self.texts:
            return np.array([*values, None], dtype=object)[:-1]
        if name in self.integers:
            return np.array([value or 0 for value in values], dtype=np.int64)
        return np.array(values, dtype=float)

    @property
    def keys(self):
        """The keys of the rows in the database: the object, and the time where there is one."""
        times = self.columns.get("mjd", ("",) * self.size)
        return [f"{oid}_{mjd}" for oid, mjd in zip(self.columns["oid"], times)]

    @cached_property
    def alert(self):
        """Identifiers of the alerts."""
        return self[self.key]

    @cached_property
    def object(self):
        """Integers that stand for the objects."""
        return numbers(self.columns["oid"]) if self.size else np.zeros(0, dtype=np.int64)

    @cached_property
    def label(self):
        """True classes, empty text for real packets."""
        return np.array([value or "" for value in self.columns["true_class"]], dtype="U16")

    @cached_property
    def records(self):
        """The packets of the files by place, where there are files; else an empty dictionary."""
        if not self.store.rows("SELECT 1 FROM packets WHERE survey = ? LIMIT 1", (self.survey,)):
            return {}
        alerts = Alerts(self.store)
        found = {place: alerts.record(number, self.survey) for place, number in enumerate(self.alert.tolist())
                 if self.columns["true_class"][place] is None}
        return {place: record for place, record in found.items() if record is not None}
