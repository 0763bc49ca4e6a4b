# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""VOParquet: a Parquet file whose key-value metadata hold the VOTable header, as astropy and TOPCAT read it."""

import math

import numpy as np

from ..exceptions import InvalidArgumentError, VOTableError
from ..extras import needs
from .document import header
from .layout import Pile, text_array
from .texts import longest

__all__ = ["read_parquet", "write_parquet"]

_CONTENT, _VERSION = b"IVOA.VOTable-Parquet.content", b"IVOA.VOTable-Parquet.version"
_ROWS = 2**16  # in a row group
_BATCH = 2**14  # rows that are decoded at once


def write_parquet(document, columns, stream):
    """Write columns as a Parquet file.

    Parameters
    ----------
    document : `~astropy.io.votable.tree.VOTableFile`
        Without data.
    columns : list of `~astroquery_brokers.votable.fields.PlainColumn`
        In the order of the document's fields.
    stream : binary file object
    """
    pyarrow = _pyarrow()
    from pyarrow.parquet import ParquetWriter
    # astropy needs to be told how long the longest text is, in two places.
    lengths = {}
    for field, column in zip(next(document.iter_tables()).fields, columns):
        if column.is_text:
            field.arraysize = lengths[f"table::len::{column.name}"] = str(longest(column.data))
    schema = pyarrow.schema([pyarrow.field(column.name, _type(pyarrow, column)) for column in columns],
                            metadata={_VERSION: b"1.0", _CONTENT: header(document), **lengths})
    rows = len(columns[0])
    with ParquetWriter(stream, schema) as writer:
        for start in range(0, rows, _ROWS):
            stop = min(start + _ROWS, rows)
            arrays = [_array(pyarrow, column, field.type, slice(start, stop))
                      for column, field in zip(columns, schema)]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))


def read_parquet(stream, limit):
    """Read a Parquet file with a VOTable header.

    Parameters
    ----------
    stream : binary file object
        That can seek.
    limit : int
        How many bytes the columns may take.

    Returns
    -------
    header : bytes
        The VOTable document without data.
    columns : list of (`~numpy.ndarray`, `~numpy.ndarray`)
        Values and mask.
    """
    pyarrow = _pyarrow()
    from pyarrow.parquet import ParquetFile
    try:
        file = ParquetFile(stream)
        found = (file.metadata.metadata or {}).get(_CONTENT)
        if found is None:
            raise VOTableError("It is a Parquet file without a VOTable header. Read it with "
                               "Table.read(..., format='parquet').")
        schema, size = file.schema_arrow, 0
        nothing = pyarrow.record_batch([pyarrow.array([], type=field.type) for field in schema], schema=schema)
        piles = [[Pile(np.array(part)) for part in _values(column)] for column in nothing.columns]
        for batch in file.iter_batches(batch_size=_BATCH):
            size += batch.nbytes
            if size > limit:
                raise VOTableError(f"It holds more than {limit} bytes of data, the limit that max_bytes sets.")
            for column, pile in zip(batch.columns, piles):
                for whole, part in zip(pile, _values(column)):
                    whole.add(part)
    except (pyarrow.ArrowException, OSError, ValueError, TypeError) as error:
        if isinstance(error, VOTableError):
            raise
        raise VOTableError(f"It cannot be read as Parquet: {error}") from error
    return found, [(values.whole(), mask.whole()) for values, mask in piles]


def _pyarrow():
    return needs("pyarrow", "Parquet", "parquet")


def _type(pyarrow, column):
    if column.is_text:
        return pyarrow.string()
    if column.dtype.kind == "c":
        raise InvalidArgumentError(f"Column {column.name!r} has complex numbers, which Parquet does not have. Write "
                                   "their parts as two columns.")
    kind = pyarrow.from_numpy_dtype(column.dtype)
    if not column.shape:
        return kind
    # astropy reads lists of a fixed size as arrays, but not where one is missing.
    if column.is_ragged or column.mask is not None:
        return pyarrow.list_(kind)
    return pyarrow.list_(kind, math.prod(column.shape))


def _array(pyarrow, column, kind, part):
    values, mask = column.rows(part)
    if not column.shape:
        return pyarrow.array(values, type=kind, mask=mask, from_pandas=False)
    if column.is_ragged:
        lengths = np.fromiter(map(len, values.tolist()), dtype=np.int64, count=len(values))
        flat = np.concatenate([*values, np.empty(0, column.dtype)])
    else:
        if column.mask is None:
            return pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(values.reshape(-1)), type=kind)
        lengths = np.where(mask, 0, math.prod(column.shape))
        flat = values[~mask].reshape(-1)
    offsets = pyarrow.array(np.concatenate([[0], np.cumsum(lengths)]), type=pyarrow.int32(),
                            mask=np.append(mask, False))
    return pyarrow.ListArray.from_arrays(offsets, pyarrow.array(flat, type=kind.value_type), type=kind)


def _values(column):
    """Values and mask of an Arrow array; the cells of lists are arrays."""
    import pyarrow.types as types
    mask = column.is_null().to_numpy(zero_copy_only=False)
    kind = column.type
    if types.is_string(kind) or types.is_large_string(kind):
        return text_array(column.fill_null("").to_pylist()), mask
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        cells = (None if cell is None else np.asarray(cell) for cell in column.to_numpy(zero_copy_only=False))
        return np.fromiter(cells, dtype=object, count=len(column)), mask
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        raise TypeError(f"the type {kind} is none that a VOTable has")
    if column.null_count:
        column = column.fill_null(False if types.is_boolean(kind) else np.nan if types.is_floating(kind) else 0)
    return column.to_numpy(zero_copy_only=False), mask
