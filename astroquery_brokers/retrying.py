# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Asking once more for what failed of a query, and for nothing else."""

import re

import numpy as np
from astropy.table import vstack
from astropy.time import Time

from .exceptions import InvalidArgumentError
from .tables import BrokerTable

__all__ = ["Retrying"]

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+")


class Retrying:
    """``retry()`` (mixin).

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.retrying import Retrying
    >>> isinstance(Alerce, Retrying)
    True
    """

    def retry(self, table, *, cache=None, progress=None):
        """Ask again for those objects or positions of a query that failed.

        Parameters
        ----------
        table : `~astroquery_brokers.BrokerTable`
            What a query returned, with rows in ``failures``.
        cache : bool, str or None, optional
            As for all verbs. What arrived the first time of an object of which another part failed is in the cache.
        progress : bool, callable or None, optional
            As for all verbs.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            The columns of ``table`` with their units, its rows and those that are new, in the order asked; ``coverage``
            and ``failures`` as they are now. The table itself where nothing had failed.

        Raises
        ------
        BrokerError
            If everything failed again; ``table`` is what it was.
        InvalidArgumentError
            If the table does not say what was asked of this broker, or not all of it (sky maps, long lists of pixels,
            filters with pairs).

        Examples
        --------
        >>> from astroquery_brokers import Alerce, sandbox
        >>> ids = ["ZTF24abuwikp", "ZTF19ackzozm"]
        >>> with sandbox.running() as box:  # doctest: +IGNORE_WARNINGS
        ...     box.faults = [{"path": "ZTF24abuwikp", "status": 503}]
        ...     table = Alerce.query_detections(ids, cache=False)
        ...     box.faults = []
        ...     whole = Alerce.retry(table)
        >>> len(table.failures), len(whole.failures), len(table) < len(whole)
        (1, 0, True)
        >>> whole["oid"][0]
        np.str_('ZTF24abuwikp')
        """
        failures = getattr(table, "meta", {}).get("failures")
        if isinstance(table, BrokerTable) and failures == []:
            return table
        verb, parameters = self._asked_for(table)
        options = {"cache": cache, "progress": progress}
        items = list(dict.fromkeys(item for failure in failures for item in failure["items"]))
        replaced = {"object_id", "coordinates"} if items else set()
        lacking = set(table.meta["provenance"][0].get("abridged", ())) - replaced
        if lacking:
            raise InvalidArgumentError(f"retry() cannot ask for the same again: the table does not hold all of "
                                       f"{' and '.join(sorted(lacking))}. Ask with {verb} itself.")
        if not items or isinstance(parameters.get("coordinates"), str):
            return getattr(self, verb)(**parameters, **options)
        if "coordinates" in parameters:
            parameters["coordinates"] = _positions(failures, items)
        else:
            parameters["object_id"] = items
        new = getattr(self, verb)(**parameters, **options)
        if "query_index" in new.colnames:
            new["query_index"][:] = np.array(items)[np.asarray(new["query_index"])]
            for failure in new.meta["failures"]:
                failure["items"] = [items[place] for place in failure["items"]]
                failure["item"] = " ".join(map(str, failure["items"]))
        return _merged(table, new, items, self._key_of(verb, new))

    def _asked_for(self, table):
        """The verb that made a table, and its parameters."""
        provenance = getattr(table, "meta", {}).get("provenance") or []
        asked = [(one.get("verb"), {name: value for name, value in one.get("parameters", {}).items()
                                    if name not in ("object_id", "coordinates")}) for one in provenance]
        known = all(one.get("broker") == self.broker for one in provenance)
        if not (isinstance(table, BrokerTable) and asked and known and all(one == asked[0] for one in asked)):
            raise InvalidArgumentError(f"retry() takes a table that one query of {self.broker} returned; this one does "
                                       "not say so. Ask for what is in its `failures` with the verb itself.")
        parameters = {name: _as_given(value) for name, value in provenance[0]["parameters"].items()}
        return asked[0][0], parameters

    def _key_of(self, verb, table):
        """Name of the column that tells which rows are whose."""
        if "query_index" in table.colnames:
            return "query_index"
        verb = getattr(type(self), verb).verb
        survey = table.meta["provenance"][0].get("survey")
        names = [self._dictionary(name).main_id for name in verb.tables_of(survey)]
        return next(name for name in names if name in table.colnames)


def _as_given(value):
    """A parameter as the verb takes it; dates were written down in UTC."""
    if isinstance(value, list):
        return [_as_given(item) for item in value]
    return Time(value, scale="utc") if isinstance(value, str) and _INSTANT.fullmatch(value) else value


def _positions(failures, items):
    from astropy.coordinates import SkyCoord

    where = {item: position for failure in failures for item, position in zip(failure["items"], failure["positions"])}
    return SkyCoord([where[item] for item in items], unit="deg")


def _merged(table, new, items, key):
    """Old and new rows in the order asked, with one account of both."""
    old, kind = table.meta["coverage"][-1], int if key == "query_index" else str
    before, now = ([kind(value) for value in one[key]] for one in (table, new))
    lost = {item for failure in new.meta["failures"] for item in failure["items"]}
    kept_for = lost - set(now)
    keep = np.array([value not in set(items) - kept_for for value in before], dtype=bool)
    merged = vstack([table[keep], new], metadata_conflicts="silent")
    order = old.get("items") or range(old["asked"])
    rank = {item: place for place, item in enumerate(order)}
    merged = merged[np.argsort([rank[kind(value)] for value in merged[key]], kind="stable")]
    found = set(now) | (kept_for & set(before))
    again = set(items)
    merged.meta.update({
        "tables": table.meta["tables"], "failures": new.meta["failures"],
        "provenance": [*table.meta["provenance"], *new.meta["provenance"]],
        "coverage": [{**old, "found": old["found"] - old["partial"] + len(found), "partial": len(lost & found),
                      "empty": old["empty"] + len(again - found - lost), "failed": len(lost - found),
                      "truncated": old["truncated"] or new.meta["coverage"][0]["truncated"],
                      "missing": [*old["missing"], *(item for item in items if item not in found | lost)]}]})
    return merged
