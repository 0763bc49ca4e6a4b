# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Documents back to tables: which way each kind is read."""

import io
import math
import os
import warnings
from functools import partial

import numpy as np
from astropy.io.votable import parse
from astroquery.exceptions import MaxResultsWarning

from ..exceptions import InvalidArgumentError, PartialResultWarning, VOTableError
from .assemble import assemble, reported_error
from .cells import MarkupReader
from .layout import TEXT, Unusual, cell_of, nothing, text_array
from .origin import query_status
from .parquet import read_parquet
from .scan import check, split
from .source import MAGIC_PARQUET, Decompressed, rewindable
from .unpack import BinaryReader

__all__ = ["MAX_BYTES", "read", "read_quietly"]

MAX_BYTES = 2**32


def read(source, *, max_bytes=MAX_BYTES):
    """Read a VOTable.

    Parameters
    ----------
    source : str, path-like or file object
        A file on this machine, compressed (gzip, bzip2, xz) or not; or a binary file object. VOParquet is recognised.
    max_bytes : int, optional
        How many bytes the document and the table may have (default 4 GiB). A larger one is an error before it fills
        the memory.

    Returns
    -------
    `~astroquery_brokers.tables.BrokerTable`
        The first table of the document. What `write` wrote comes back: values, masks, types, units, UCDs,
        descriptions, systems and ``meta``. Other documents give what they say in the same form; their INFO elements
        are in ``meta["infos"]``, their PARAM elements in ``meta["params"]``, limits, options and links of columns in
        the columns' ``meta``.

    Warns
    -----
    MaxResultsWarning
        If the document says that the result was cut (``QUERY_STATUS`` is ``OVERFLOW``).
    PartialResultWarning
        If it says that the query failed (``ERROR``).

    Raises
    ------
    InvalidArgumentError
        If it is neither a path nor a binary file object.
    VOTableError
        If it is not a VOTable with a table, or broken, cut or larger than ``max_bytes``; if it has a DOCTYPE or
        entities, or its data are in another file. Nothing but the source is ever read.

    Notes
    -----
    Empty and flagged cells are masked, and so is empty text. NaN that is written as such stays NaN.

    Examples
    --------
    >>> import io
    >>> from astropy.table import Table
    >>> from astroquery_brokers import votable
    >>> stream = io.BytesIO()
    >>> votable.write(Table({"candid": [313853496686280764]}), stream, compress=True)
    >>> _ = stream.seek(0)
    >>> votable.read(stream)["candid"][0]
    np.int64(313853496686280764)
    """
    name = getattr(source, "name", "the stream") if hasattr(source, "read") else source
    table = read_quietly(source, max_bytes=max_bytes)
    status, message = query_status(table.meta)
    if status == "OVERFLOW":
        warnings.warn(f"{name} has only a part of the rows: the query's result was cut (OVERFLOW). {message}".rstrip(),
                      MaxResultsWarning, stacklevel=2)
    elif status == "ERROR":
        warnings.warn(f"{name} says that the query failed (ERROR): {message or 'no reason is given'}. Its rows may be "
                      "incomplete or wrong.", PartialResultWarning, stacklevel=2)
    return table


def read_quietly(source, *, max_bytes=MAX_BYTES):
    """As `read`, without a warning about what the document says of the query."""
    if isinstance(source, io.TextIOBase):
        raise InvalidArgumentError("The file object is one for text; open it with mode 'rb'.")
    if hasattr(source, "read"):
        return _read(source, getattr(source, "name", "the stream"), max_bytes)
    if not isinstance(source, (str, os.PathLike)):
        raise InvalidArgumentError("A VOTable is read from a path or a binary file object, not from "
                                   f"{type(source).__name__}. Wrap bytes as io.BytesIO(content).")
    path = os.path.expanduser(os.fspath(source))
    # Opened here, as astropy would download a name that looks like an address.
    with open(path, "rb") as stream:
        return _read(stream, path, max_bytes)


def _read(stream, name, limit):
    try:
        with rewindable(stream, limit) as source:
            document = Decompressed(source, limit)
            if document.head.startswith(MAGIC_PARQUET):
                return _read_parquet(source, limit)
            try:
                return _read_fast(document, limit)
            except Unusual:
                document.rewind()
                check(document, limit)
                document.rewind()
                return _read_by_astropy(document)
    except MemoryError as error:
        raise VOTableError(f"{name} needs more memory than there is. Give max_bytes to find out sooner.") from error
    except VOTableError as error:
        raise VOTableError(f"{name} cannot be read as a VOTable. {error}") from error.__cause__


def _read_fast(document, limit):
    read_as = []
    rest, columns, said = split(document, limit, partial(_reader, limit, read_as))
    votable, element = _parse(rest)
    cells = [cell_of(field) for field in element.fields]
    if columns is None:
        columns = [(nothing(cell), np.zeros(0, dtype=bool)) for cell in cells]
    elif cells != read_as:
        raise Unusual("the first table of the first resource is not the first in the document")
    found = len(columns[0][0]) if columns else 0
    if said is not None and found < said:
        raise VOTableError(f"It is cut: the table has {found} rows and says that it has {said}.")
    return assemble(votable, element, columns)


def _reader(limit, cells, kind, head):
    cells.extend(map(cell_of, _parse(head)[1].fields))
    if not cells:
        raise VOTableError("Its table has no fields.")
    if kind == "TABLEDATA":
        return MarkupReader(cells, limit)
    if kind not in ("BINARY", "BINARY2"):
        raise VOTableError(f"It has a STREAM in an element {kind!r}.")
    return BinaryReader(cells, kind == "BINARY2", limit)


def _read_by_astropy(document):
    votable, element = _parse(document.read(), table_number=None)
    if not element.fields:
        raise VOTableError("Its table has no fields.")
    try:
        if not len(element.array):
            element.create_arrays(0)
        columns = [_cells(field, element.array[field.ID]) for field in element.fields]
    except Exception as error:  # astropy raises almost anything
        raise VOTableError(f"{type(error).__name__}: {error}") from error
    return assemble(votable, element, columns)


def _read_parquet(stream, limit):
    header, columns = read_parquet(stream, limit)
    try:
        rest, _, _ = split(io.BytesIO(header), limit, partial(_reader, limit, []))
    except Unusual as error:
        raise VOTableError(f"Its VOTable header is not read: {error}.") from error
    votable, element = _parse(rest)
    if len(columns) != len(element.fields):
        raise VOTableError(f"It has {len(columns)} columns, but its VOTable header has {len(element.fields)}.")
    return assemble(votable, element, [_shaped(field, *column) for field, column in zip(element.fields, columns)])


def _parse(content, **keywords):
    """The tree of a document and its first table, by astropy; without keywords, of one without rows."""
    try:
        with warnings.catch_warnings(action="ignore"):
            # For a table that it reads, astropy sets aside the memory of 512 rows.
            document = parse(io.BytesIO(content), verify="ignore", **keywords or {"table_number": -1})
    except Exception as error:  # astropy raises almost anything
        raise VOTableError(f"{type(error).__name__}: {error}") from error
    element = next(document.iter_tables(), None)
    if element is None:
        raise VOTableError(f"It has no table{reported_error(document)}.")
    return document, element


def _shaped(field, values, mask):
    """A column of Parquet as its FIELD says: lists of one length are a fixed array."""
    try:
        cell = cell_of(field)
        kinds = set(map(type, values.tolist())) if values.dtype.kind == "O" else {values.dtype.kind}
        if not kinds <= ({str, "U"} if cell.is_text else {np.ndarray, type(None)} if cell.shape else set("biuf")):
            raise ValueError("it has another type than the header says")
        if cell.is_text or not cell.shape or cell.is_variable:
            return values, mask
        stacked = np.zeros((len(values), math.prod(cell.shape)), dtype=cell.dtype)
        if cell.dtype.kind == "f":
            stacked[mask] = np.nan
        if not mask.all():
            stacked[~mask] = np.stack(values[~mask])
        return stacked.reshape(-1, *cell.shape), mask
    except (Unusual, ValueError, TypeError) as error:
        raise VOTableError(f"Column {field.name!r} cannot be read from Parquet: {error}.") from error


def _cells(field, cells):
    """Values and mask of one column that astropy read."""
    if field.datatype not in TEXT:
        return np.array(cells.data), np.array(np.ma.getmaskarray(cells))
    texts = text_array([text if isinstance(text, str) else "" for text in cells.data.tolist()])
    return texts, texts == ""
