# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Plain TABLEDATA rows by the CSV reader of pyarrow: numbers without a Python object per cell, three times as fast."""

import re
from functools import lru_cache
from itertools import chain

import numpy as np

from .texts import CONTROL, NOT_XML

__all__ = ["columns_by_arrow"]

_START, _END, _BETWEEN = b"<TR><TD>", b"</TD></TR>", b"</TD><TD>"
_BLANKS = b" \t\r\n"
_BETWEEN_TAGS = re.compile(rb">[ \t\r\n]+<")
_OTHER_NUMBERS = re.compile(rb"[>\s+-]0[xX]|[nN][aA][nN]\(")  # pyarrow takes them, and wraps the first around
_SEPARATOR = b"\x1f"


def columns_by_arrow(cells, content):
    """The columns of some rows, or None if pyarrow is not there, or the rows are not as plain as they have to be.

    Parameters
    ----------
    cells : list of `~astroquery_brokers.votable.layout.Cell`
    content : bytes
        Whole TR elements.

    Returns
    -------
    list or None
        Of numbers (values, mask), of all else the content of the cells as a list of `str`.
    """
    pyarrow, csv = _modules()
    lines = _lines(content) if csv else None
    if lines is None:
        return None
    names = [str(number) for number in range(len(cells))]
    types = {name: _type(pyarrow, cell) for name, cell in zip(names, cells)}
    try:
        table = csv.read_csv(
            pyarrow.BufferReader(lines), csv.ReadOptions(column_names=names, block_size=len(lines) + 1),
            csv.ParseOptions(delimiter=_SEPARATOR.decode(), quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False))
    except pyarrow.ArrowException:
        return None  # the other way finds out what is wrong, if anything is
    if table.num_rows != lines.count(b"\n") + 1:
        return None
    columns = [_column(cell, column) for cell, column in zip(cells, table.itercolumns())]
    texts = "".join(chain.from_iterable(column for column in columns if isinstance(column, list)))
    return None if not (texts.isascii() and texts.isprintable()) and NOT_XML.search(texts) else columns


@lru_cache(maxsize=None)
def _modules():
    try:
        import pyarrow
        from pyarrow import csv
    except ImportError:
        return None, None
    return pyarrow, csv


def _lines(content):
    """Rows as lines, cells with a separator between; None if there is anything else."""
    content = content.strip(_BLANKS)
    if b"<TD/>" in content:
        content = content.replace(b"<TD/>", b"<TD></TD>")
    row_break = _END + b"\n" + _START
    if b"\r" in content or b"]]>" in content or len(content.translate(None, CONTROL)) != len(content):
        return None
    if any(word in content for word in (b"0x", b"0X", b"(")) and _OTHER_NUMBERS.search(content):
        return None
    if content.count(b"\n") != content.count(row_break):
        row_break = _END + _START
        content = _BETWEEN_TAGS.sub(b"><", content)
        if b"\n" in content:
            return None
    if not (content.startswith(_START) and content.endswith(_END)):
        return None
    lines = content[len(_START):-len(_END)].replace(row_break, b"\n").replace(_BETWEEN, _SEPARATOR)
    return None if b"<" in lines else lines


def _type(pyarrow, cell):
    if cell.is_text or cell.shape or cell.dtype.kind not in "fiu":
        return pyarrow.string()
    return pyarrow.float64() if cell.dtype.kind == "f" else pyarrow.from_numpy_dtype(cell.dtype)


def _column(cell, column):
    if cell.is_text or cell.shape or cell.dtype.kind not in "fiu":
        return column.to_pylist()
    mask = column.is_null().to_numpy()
    if column.null_count:
        column = column.fill_null(np.nan if cell.dtype.kind == "f" else 0)
    with np.errstate(over="ignore"):
        values = column.to_numpy().astype(cell.dtype, copy=False)
    return values, mask if cell.null is None else mask | (values == cell.null)
