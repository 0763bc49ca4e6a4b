# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Results that are no single table, with the same account of what was asked and what failed."""

from .tables import BrokerTable

__all__ = ["ResultList", "TableDict"]


class ResultList(list):
    """A list of results in the order asked; what failed is not in it but in ``failures``.

    Parameters
    ----------
    results : iterable, optional
        The results.

    Attributes
    ----------
    meta : dict
        ``provenance``, ``coverage`` and ``failures``, as a `~astroquery_brokers.BrokerTable` has them.

    Examples
    --------
    >>> from astroquery_brokers.bundles import ResultList
    >>> results = ResultList(["one"])
    >>> len(results), len(results.failures)
    (1, 0)
    """

    def __init__(self, results=()):
        super().__init__(results)
        self.meta = {}

    failures = BrokerTable.failures


class TableDict(dict):
    """Tables by name.

    Parameters
    ----------
    tables : dict, optional
        The tables.

    Attributes
    ----------
    meta : dict
        ``provenance``, ``coverage`` and ``failures``, as a `~astroquery_brokers.BrokerTable` has them.

    Examples
    --------
    >>> from astroquery_brokers import BrokerTable
    >>> from astroquery_brokers.bundles import TableDict
    >>> TableDict({"GAIA/DR2": BrokerTable({"RA": [185.0]})})
    TableDict with 1 table:
      'GAIA/DR2': 1 row, 1 column
    """

    def __init__(self, tables=()):
        super().__init__(tables)
        self.meta = {}

    failures = BrokerTable.failures

    def __repr__(self):
        from .tables.cells import counted

        lines = [f"  {name!r}: {counted(len(table), 'row')}, {counted(len(table.columns), 'column')}"
                 for name, table in self.items()]
        return "\n".join([f"TableDict with {counted(len(self), 'table')}{':' if self else ''}", *lines])
