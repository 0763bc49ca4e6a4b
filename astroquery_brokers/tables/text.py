# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables as CSV and ECSV."""

import csv
import io
import json
import re

import numpy as np
from astropy.table import MaskedColumn, Table
from astropy.table.column import BaseColumn

from ..exceptions import InvalidArgumentError

__all__ = ["csv_text", "read_csv", "read_ecsv", "write_csv", "write_ecsv"]

_OTHER_FORMAT = re.compile(r"\s*([\[{<#]|SIMPLE  =|PAR1)")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")


def csv_text(table):
    """A table as CSV: exact numbers, nothing where masked, lists in cells as JSON (with null where masked).

    Parameters
    ----------
    table : `~astropy.table.Table`

    Returns
    -------
    str
        Lines end in a line feed.
    """
    from ..votable.mixins import without_mixins
    table = without_mixins(table)
    text = io.StringIO()
    # Quotes around what a file in another format would begin with.
    quoting = csv.QUOTE_ALL if _OTHER_FORMAT.match("".join(table.colnames[:1])) else csv.QUOTE_MINIMAL
    csv.writer(text, lineterminator="\n", quoting=quoting).writerow(table.colnames)
    csv.writer(text, lineterminator="\n").writerows(zip(*map(_csv_cells, table.itercols())))
    return text.getvalue()


def write_csv(table, stream):
    """Write CSV in UTF-8 to a binary stream."""
    stream.write(_encoded(csv_text(table), "CSV"))


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
    text = io.StringIO(newline="")
    if not all(isinstance(column, BaseColumn) for column in table.itercols()):
        table.write(text, format="ascii.ecsv", delimiter=",")
    else:
        # astropy would take a minute for what takes csv a second.
        Table(table[:0]).write(text, format="ascii.ecsv", delimiter=",")
        cells = (_csv_cells(column, encode=json.dumps) for column in table.itercols())
        # Text is quoted, as a line that begins with # would be a comment.
        csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).writerows(zip(*cells))
    stream.write(_encoded(text.getvalue(), "ECSV"))


def read_ecsv(stream):
    """Read ECSV from a binary stream."""
    from .broker_table import BrokerTable
    text = stream.read().decode("utf-8-sig")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    if len(lines) != 1:
        return BrokerTable.read(text, format="ascii.ecsv")
    # astropy cannot read a column of arrays without rows: give it one of missing cells, and take that away.
    delimiter = "," if re.search(r"(?m)^# delimiter: ','", text) else " "
    row = delimiter.join('""' for _ in next(csv.reader(lines, delimiter=delimiter)))
    return BrokerTable.read(f"{text.rstrip()}\n{row}\n", format="ascii.ecsv")[:0]


def _encoded(text, format):
    if "\0" in text:
        raise InvalidArgumentError(f"A cell or a name holds a NUL character, which {format} does not have. Write "
                                   "another format, or replace the character.")
    return text.encode()


def _csv_cells(column, encode=None):
    """The cells of a column for the CSV writer, which writes None as nothing; objects by ``encode``."""
    mask, values = np.ma.getmaskarray(column), np.ma.getdata(column)
    if values.ndim > 1 or values.dtype == object:
        hidden = mask.reshape(len(mask), -1).all(axis=1) if values.ndim > 1 and mask.size else mask
        # None where an element is masked.
        values = np.ma.MaskedArray(values, mask).tolist() if values.ndim > 1 else values
        return [None if masked or value is None else _json(value, encode) for value, masked in zip(values, hidden)]
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    # Floats that are shorter than Python's would get digits that they do not have.
    cells = values.astype(str).astype(object) if values.dtype.name in ("float16", "float32") else values.astype(object)
    cells[mask] = None
    return cells.tolist()


def _json(value, encode):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if encode is None and isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False)
    return value if encode is None else encode(value)


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
