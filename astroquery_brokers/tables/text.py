# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables as CSV and ECSV."""

import csv
import io
import json
import re

import numpy as np
from astropy.table import MaskedColumn

from ..exceptions import InvalidArgumentError

__all__ = ["csv_text", "read_csv", "read_ecsv", "write_csv", "write_ecsv"]

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")


def csv_text(table):
    """A table as CSV: exact numbers, nothing where masked, lists in cells as JSON.

    Parameters
    ----------
    table : `~astropy.table.Table`

    Returns
    -------
    str
        Lines end in a line feed.
    """
    from ..votable.mixins import without_mixins
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.colnames if table.colnames else [])
    writer.writerows(zip(*map(_csv_cells, without_mixins(table).itercols())))
    return text.getvalue()


def write_csv(table, stream):
    """Write CSV in UTF-8 to a binary stream."""
    stream.write(csv_text(table).encode())


def read_csv(stream):
    """Read a table from comma or tab separated text; numbers, truth values and lists are recognised.

    Parameters
    ----------
    stream : binary file object

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
    """
    from .broker_table import BrokerTable
    text = stream.read().decode("utf-8-sig")
    delimiter = "\t" if "\t" in text.split("\n", 1)[0] else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names, *records = [row for row in rows if row]
    if len(set(names)) != len(names):
        raise InvalidArgumentError("two columns have the same name.")
    for record in records:
        if len(record) != len(names):
            raise InvalidArgumentError(f"the header has {len(names)} columns, but a row has {len(record)}: "
                                       f"{','.join(record):.60}")
    cells = list(zip(*records)) if records else [()] * len(names)
    return BrokerTable([_typed(name, column) for name, column in zip(names, cells)], copy=False)


def write_ecsv(table, stream):
    """Write ECSV in UTF-8 to a binary stream."""
    text = io.StringIO()
    table = table.copy()
    for name in table.colnames:
        table[name].info.format = None
        if getattr(table[name], "dtype", None) == object:
            table[name] = _listed(table[name])
    table.write(text, format="ascii.ecsv")
    stream.write(text.getvalue().encode())


def read_ecsv(stream):
    """Read ECSV from a binary stream."""
    from .broker_table import BrokerTable
    return BrokerTable.read(stream.read().decode("utf-8-sig"), format="ascii.ecsv")


def _csv_cells(column):
    """The cells of a column for the CSV writer, which writes None as nothing."""
    mask = np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if values.ndim > 1 or values.dtype == object:
        hidden = mask.reshape(len(mask), -1).all(axis=1) if values.ndim > 1 else mask
        cells = [None if masked or value is None else _json(value) for value, masked in zip(values, hidden)]
        return cells
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    # Floats that are shorter than Python's would get digits that they do not have.
    cells = values.astype(str).astype(object) if values.dtype.name in ("float16", "float32") else values.astype(object)
    cells[mask] = None
    return cells.tolist()


def _json(value):
    if isinstance(value, (list, tuple, dict, np.ndarray)):
        return json.dumps(value.tolist() if isinstance(value, np.ndarray) else value, ensure_ascii=False)
    return value


def _listed(column):
    """A column of arrays as one of lists, which ECSV can hold."""
    values = np.full(len(column), None, dtype=object)
    mask = np.ma.getmaskarray(column)
    for row, value in enumerate(np.ma.getdata(column)):
        values[row] = None if mask[row] else value.tolist() if isinstance(value, np.ndarray) else value
    return MaskedColumn(values, mask=mask, name=column.info.name, unit=column.info.unit, meta=column.info.meta,
                        description=column.info.description)


def _typed(name, cells):
    """A column of the type that all its cells have."""
    mask = np.array([cell == "" for cell in cells], dtype=bool)
    present = [cell for cell in cells if cell]
    kind, convert = _kind(present)
    values = np.zeros(len(cells), dtype=kind) if kind is not str else np.array(cells, dtype=str)
    if convert is not None:
        values[~mask] = convert(present)
    return MaskedColumn(values, mask=mask, name=name)


def _kind(cells):
    """The dtype of cells that are not empty, and what converts a list of them."""
    if not cells:
        return str, None
    if set(cells) <= {"True", "False"}:
        return bool, lambda cells: [cell == "True" for cell in cells]
    if all(map(_INTEGER.fullmatch, cells)) and all(-2**63 <= int(cell) < 2**63 for cell in cells):
        return np.int64, lambda cells: list(map(int, cells))
    try:
        if not any(cell.strip() != cell or "_" in cell or cell.lstrip("+-").isdigit() for cell in cells):
            floats = list(map(float, cells))
            return np.float64, lambda cells: floats
    except ValueError:
        pass
    if all(cell.startswith("[") for cell in cells):
        try:
            lists = np.fromiter(map(json.loads, cells), dtype=object, count=len(cells))
            return object, lambda cells: lists
        except ValueError:
            pass
    return str, None
