# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a verb returns instead of a table, when ``format=`` asks for it."""

import io
import json

from .exceptions import FormatValidationError, InvalidArgumentError
from .arguments import suggest

__all__ = ["check_columns", "check_format", "convert"]

_FORMATS = (None, "votable", "pandas", "json", "csv")


def check_format(name):
    """Refuse a format that does not exist, before anything is sent."""
    if (name.lower() if isinstance(name, str) else name) not in _FORMATS:
        raise FormatValidationError(f"format={name!r} is not known. {suggest(name, _FORMATS)}")


def check_columns(columns, *, index=None, sort=None):
    """Refuse to sort or index by what is no column, or one of lists, before anything is sent.

    Parameters
    ----------
    columns : list of `~astroquery_brokers.columns.Column`
        Those that the result will have.
    """
    names = [column.name for column in columns if not column.array]
    for option, column in (("index", index), ("sort", sort)):
        if column is not None and column not in names:
            raise InvalidArgumentError(f"{option}={column!r} is not a column. {suggest(column, names)}")


def convert(table, name, *, index=None, sort=None, wrap=None):
    """A table in the format of that name, sorted and indexed.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`
    name : None, "votable", "pandas", "json" or "csv"
    index, sort : str, optional
        Columns.
    wrap : callable, optional
        Puts the records of "json" in another form.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`, `pandas.DataFrame`, list of dict (or as wrapped), or str
    """
    if sort is not None:
        table.sort(sort)
    name = name.lower() if isinstance(name, str) else name
    if name == "pandas":
        frame = table.to_pandas()
        return frame if index is None else frame.set_index(index)
    if name == "json":
        records = _records(table)
        return records if wrap is None else wrap(records, table)
    if name == "csv":
        text = io.StringIO()
        table = table.copy()
        for name in [name for name in table.colnames if table[name].dtype == object]:
            table[name] = [json.dumps(list(cell)) for cell in table[name]]
        table.write(text, format="ascii.csv")
        return text.getvalue().replace("\r\n", "\n")
    if index is not None:
        table.add_index(index)
    return table


def _records(table):
    """The rows as dicts of plain Python values; None where masked."""
    columns = [[value if not hasattr(value, "tolist") else value.tolist() for value in column.tolist()]
               for column in table.itercols()]
    return [dict(zip(table.colnames, row)) for row in zip(*columns)]
