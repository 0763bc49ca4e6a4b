# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables that come as CSV, Parquet or VOTable, as columns that `decode_columns` can type."""

import csv
import io
from itertools import chain, islice

import numpy as np

from ..exceptions import VOTableError
from ..extras import needs
from .decode import concatenate, decode_columns

__all__ = ["WIRE_FORMATS", "decode_csv", "read_columns", "unnested"]

_CELLS = 100_000


def read_columns(content, format):
    """The columns of a table, as they were sent.

    Parameters
    ----------
    content : bytes
        The table.
    format : {"csv", "parquet", "votable"}
        What it is.

    Returns
    -------
    length : int
        Number of rows.
    columns : dict of str to tuple
        Array and mask (or None) by name, as `~astroquery_brokers.tables.decode.decode_columns` takes them.

    Raises
    ------
    ValueError
        If it is no such table.
    ImportError
        If it is Parquet and pyarrow is not installed.

    Examples
    --------
    >>> from astroquery_brokers.tables.wire import read_columns
    >>> length, columns = read_columns(b"i:objectId,i:fid\\nZTF20aaelulu,1\\nZTF18abbuksn,\\n", "csv")
    >>> length, columns["i:fid"][0].tolist()
    (2, ['1', ''])
    """
    return _READERS[format](content)


def unnested(length, columns):
    """The columns of a table with lists in its cells, with a row for each element of the lists.

    Parameters
    ----------
    length : int
        Number of rows.
    columns : dict of str to tuple
        Array and mask (or None) by name, as `read_columns` gives them. Arrays of dtype object hold lists; those of one
        row have the same length, or are None (which is missing for each element).

    Returns
    -------
    length : int
        Number of elements.
    columns : dict of str to tuple or list
        What was no list is repeated for each element; what was in lists is one list.

    Raises
    ------
    ValueError
        If the lists of a row differ in length.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.tables.wire import unnested
    >>> lists = np.empty(2, dtype=object)
    >>> lists[:] = [[1.5, 2.5], [3.5]]
    >>> length, columns = unnested(2, {"name": (np.array(["Eros", "Ceres"]), None), "mag": (lists, None)})
    >>> length, columns["name"][0].tolist(), columns["mag"]
    (3, ['Eros', 'Eros', 'Ceres'], [1.5, 2.5, 3.5])
    """
    nested = {name: values for name, (values, _) in columns.items() if values.dtype == object}
    counts = {name: np.array([-1 if value is None else len(value) for value in values], dtype=int)
              for name, values in nested.items()}
    most = np.max([np.zeros(length, dtype=int), *counts.values()], axis=0)
    flat = {}
    for name, (values, mask) in columns.items():
        if name not in nested:
            flat[name] = np.repeat(values, most), None if mask is None else np.repeat(mask, most)
            continue
        if ((counts[name] != most) & (counts[name] >= 0)).any():
            raise ValueError(f"the lists of {name} are not as long as others of the same row")
        flat[name] = list(chain.from_iterable([None] * most[row] if value is None else value
                                              for row, value in enumerate(values)))
    return int(most.sum()), flat


def decode_csv(content, dictionary):
    """The typed columns of a CSV table, which is read in pieces: its texts are never all in memory.

    Parameters
    ----------
    content : bytes
        The table.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What the columns are.

    Returns
    -------
    `~astroquery_brokers.tables.Decoded`
        The same as `~astroquery_brokers.tables.decode_columns` gives of all of it.

    Raises
    ------
    ValueError
        If it is no such table.
    ReplyParseError
        If a value is not of the type that the dictionary names.

    Examples
    --------
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tables.wire import decode_csv
    >>> alerts = load_dictionary("astroquery_brokers.fink", "ztf_alerts")
    >>> decode_csv(b"i:objectId,i:fid\\nZTF20aaelulu,1\\n", alerts).masked("i:fid").tolist()
    [1]
    """
    parts = [decode_columns(*piece, dictionary) for piece in _csv_pieces(content, _CELLS)]
    return concatenate(parts, dictionary, consume=True)


def _csv(content):
    """All of a table at once."""
    return next(_csv_pieces(content, None))


def _csv_pieces(content, cells):
    """Texts of some cells at a time; a line with nothing in it is what pandas writes of a table without rows."""
    if not content.endswith(b"\n"):
        raise ValueError("its last line has no end")
    lines = filter(None, csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")))
    names = next(lines, [])
    if len(set(names)) < len(names) or names and content.lstrip()[:1] in (b"<", b"{", b"["):
        raise ValueError("it is no CSV")
    rows = cells and max(1, cells // max(1, len(names)))
    piece = list(islice(lines, rows))
    while True:
        columns = zip(*piece, strict=True) if piece else [()] * len(names)
        yield len(piece), {name: (np.array(values, dtype=str), None)
                           for name, values in zip(names, columns, strict=True)}
        piece = list(islice(lines, rows))
        if not piece:
            return


def _parquet(content):
    """Arrow's columns, without the index that pandas keeps beside them."""
    parquet = needs("pyarrow.parquet", "The format parquet", "parquet")
    if not content.startswith(b"PAR1") or not content.endswith(b"PAR1"):
        raise ValueError("it is no Parquet file")
    import pyarrow

    try:
        table = parquet.read_table(io.BytesIO(content))
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"it is a broken Parquet file ({error})") from error
    names = [name for name in table.column_names if not name.startswith("__index_level_")]
    return table.num_rows, {name: _arrow(table[name], pyarrow) for name in names}


def _arrow(column, pyarrow):
    kind, missing = column.type, None
    if column.null_count:
        missing = column.is_null().to_numpy(zero_copy_only=False)
    if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind) or pyarrow.types.is_boolean(kind):
        filled = column if missing is None else column.fill_null(pyarrow.scalar(0, type=pyarrow.int64()).cast(kind))
        return filled.to_numpy(zero_copy_only=False), missing
    if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind) or pyarrow.types.is_null(kind):
        texts = [value or "" for value in column.to_pylist()]
        return np.array(texts, dtype=str), missing
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    return values, missing


def _votable(content):
    """The first table, under the names that its fields have (not their IDs, which are changed)."""
    from ..votable import read

    if b"<FIELD" not in content and b"</VOTABLE>" in content:
        return 0, {}  # how astropy writes a table without columns, which has no rows either
    try:
        table = read(io.BytesIO(content))
    except VOTableError as error:
        raise ValueError(f"it cannot be read ({error})") from error
    columns = {}
    for column in table.itercols():
        mask = np.ma.getmaskarray(column)
        values = np.ma.getdata(column)
        if values.dtype.kind in "SO":
            values = np.array([str(value) for value in values], dtype=str)
        columns[column.name] = np.asarray(values), mask if mask.any() else None
    return len(table), columns


_READERS = {"csv": _csv, "parquet": _parquet, "votable": _votable}

#: Formats of a table that a reply can have; JSON is decoded by itself.
WIRE_FORMATS = ("json", *_READERS)
