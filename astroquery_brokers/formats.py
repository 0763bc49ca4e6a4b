# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a verb returns instead of a table, when ``format=`` asks for it."""

from .exceptions import FormatValidationError, InvalidArgumentError
from .arguments import suggest

__all__ = ["check_columns", "check_format", "convert"]

_FORMATS = (None, "votable", "pandas", "json", "csv")


def check_format(name):
    """Refuse a format that does not exist, before anything is sent.

    Parameters
    ----------
    name : {None, "votable", "pandas", "json", "csv"}
        What was passed, in capitals or not.

    Raises
    ------
    FormatValidationError
        If it is something else.

    Examples
    --------
    >>> from astroquery_brokers.formats import check_format
    >>> check_format("pandsa")
    Traceback (most recent call last):
    ...
    astroquery_brokers.exceptions.FormatValidationError: format='pandsa' is not known. Did you mean 'pandas'? ...
    """
    if (name.lower() if isinstance(name, str) else name) not in _FORMATS:
        raise FormatValidationError(f"format={name!r} is not known. {suggest(name, _FORMATS)}")


def check_columns(columns, *, index=None, sort=None):
    """Refuse to sort or index by what is no column, or one of lists, before anything is sent.

    Parameters
    ----------
    columns : list of `~astroquery_brokers.columns.Column`
        Those that the result will have.
    index, sort : str, optional
        Names that were passed.

    Raises
    ------
    InvalidArgumentError
        If there is no such column.

    Examples
    --------
    >>> from astroquery_brokers.columns import Column
    >>> from astroquery_brokers.formats import check_columns
    >>> check_columns([Column("oid", "str"), Column("mjd", "float64")], sort="mjd")
    """
    names = [column.name for column in columns if not column.array]
    for option, column in (("index", index), ("sort", sort)):
        if column is not None and column not in names:
            raise InvalidArgumentError(f"{option}={column!r} is not a column. {suggest(column, names)}")


def convert(table, name, *, index=None, sort=None, wrap=None):
    """A table in the format of that name, sorted and indexed.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`, or a dict of them
        What to convert.
    name : {None, "votable", "pandas", "json", "csv"}
        Name of the format, in capitals or not.
    index, sort : str, optional
        Names of columns.
    wrap : callable, optional
        Puts the records of "json" in another form.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`, `pandas.DataFrame`, list of dict (or as wrapped), or str
        With the columns of the table.

    Examples
    --------
    >>> from astroquery_brokers import BrokerTable
    >>> from astroquery_brokers.formats import convert
    >>> table = BrokerTable({"oid": ["ZTF20aaelulu"], "ndet": [41]})
    >>> convert(table, "json")
    [{'oid': 'ZTF20aaelulu', 'ndet': 41}]
    """
    name = name.lower() if isinstance(name, str) else name
    if isinstance(table, dict):
        return table if name in (None, "votable") else {key: convert(one, name) for key, one in table.items()}
    if sort is not None:
        table.sort(sort)
    if name == "pandas":
        frame = table.to_pandas()
        return frame if index is None else frame.set_index(index)
    if name == "json":
        records = _records(table)
        return records if wrap is None else wrap(records, table)
    if name == "csv":
        from .tables.text import csv_text
        return csv_text(table)
    if index is not None:
        table.add_index(index)
    return table


def _records(table):
    """The rows as dicts of plain Python values; None where masked."""
    columns = [[value if not hasattr(value, "tolist") else value.tolist() for value in column.tolist()]
               for column in table.itercols()]
    return [dict(zip(table.colnames, row)) for row in zip(*columns)]
