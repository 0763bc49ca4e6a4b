# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a broker can be asked, as tables made without a request."""

import numpy as np

from .arguments import check_choice
from .tables import BrokerTable
from .transport import redact

__all__ = ["Listings"]


class Listings:
    """Surveys, verbs and columns of a broker (mixin).

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.listings import Listings
    >>> isinstance(Alerce, Listings)
    True
    >>> verbs = Alerce.capabilities()
    >>> verbs["survey"][verbs["verb"] == "query_magstats"].tolist()
    ['ztf']
    """

    def list_surveys(self):
        """Surveys that the broker serves.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns ``survey``, ``description``, ``example`` (an object id).

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> Alerce.list_surveys()["survey"].tolist()
        ['ztf', 'lsst']
        """
        rows = [(survey.name, survey.description, survey.example) for survey in self.surveys.values()]
        return listing(f"Surveys that {self.broker} serves", rows, "survey*", "description*", "example*")

    def list_columns(self, table=None):
        """Columns of the broker's tables, with their meaning.

        Parameters
        ----------
        table : str, optional
            Name of a table or of a verb, e.g. ``"ztf_detections"`` or ``"query_detections"``; all of them by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns ``table``, ``column``, ``dtype``, ``unit``, ``ucd``, ``time_scale`` (of epochs), ``nulls`` (values
            on the wire that are masked, beside null), ``description``, ``returned`` (whether the service still
            sends it).

        Raises
        ------
        InvalidArgumentError
            If there is no such table or verb.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> columns = Alerce.list_columns("query_classes")
        >>> "column" in columns.colnames, len(columns) > 0
        (True, True)
        """
        by_verb = {verb.name: verb.tables for verb in self._verbs() if verb.tables}
        every = list(dict.fromkeys(name for names in by_verb.values() for name in names))
        if table is not None:
            check_choice(table, {*every, *by_verb}, "table")
        names = every if table is None else by_verb.get(table, [table])
        rows = [(name, column.name, column.dtype, column.unit or "", column.ucd, (column.time or {}).get("scale", ""),
                 column.null_rule, column.description, column.returned)
                for name in names for column in self._dictionary(name).columns]
        return listing(f"Columns of {self.broker}'s tables", rows, "table*", "column*", "dtype", "unit*", "ucd",
                       "time_scale", "nulls", "description*", "returned")

    def capabilities(self):
        """Verbs, with the surveys that they serve, what they ask and their limits.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns ``verb``, ``survey`` (empty: all of them), ``objects_per_request`` (or positions),
            ``rows_per_request`` (masked: everything at once), ``url`` (without ``https://``), ``description``,
            ``method``, ``tables``, ``cached_for`` (s).
        """
        rows = [(verb.name, endpoint.survey, 1 if "coordinates" in verb.signature.parameters else endpoint.batch,
                 endpoint.rows_per_request,
                 redact(self._setting(endpoint.base)).removeprefix("https://") + endpoint.path, verb.summary,
                 endpoint.method, " ".join(endpoint.tables), self._policy(endpoint).lifetime)
                for verb in self._verbs() for endpoint in verb.endpoints]
        table = listing(f"What {self.broker} can be asked", rows, "verb*", "survey*", "objects_per_request",
                        "rows_per_request", "url*", "description*", "method", "tables", "cached_for")
        table["cached_for"].unit = "s"
        return table

    @classmethod
    def _verbs(cls):
        members = (getattr(cls, name) for name in dir(cls))
        return [member.verb for member in members if hasattr(member, "verb")]


def listing(description, rows, *names):
    """A table about the broker, None masked; the columns that people read first are named with an asterisk."""
    rows = [[np.ma.masked if value is None else value for value in row] for row in rows]
    table = BrokerTable(rows=rows, names=[name.rstrip("*") for name in names])
    table.meta["tables"] = [{"name": "", "description": description}]
    for name in names:
        if name.endswith("*"):
            table[name.rstrip("*")].meta["principal"] = True
    return table
