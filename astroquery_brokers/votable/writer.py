# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables to documents: the header from astropy's tree, the data by chunks of rows."""

import binascii
import io
import os

from ..exceptions import InvalidArgumentError
from . import markup, pack
from .document import describe, header
from ..output import destination
from .parquet import write_parquet

__all__ = ["BINARY_ABOVE", "SERIALIZATIONS", "write"]

SERIALIZATIONS = ("tabledata", "binary2", "parquet")
BINARY_ABOVE = 200_000  # cells: TABLEDATA takes a tenth of a second for so many
_CHUNK = {"tabledata": 2**20, "binary2": 2**22}  # bytes of the table's columns
_LINE = 3 * 2**14  # bytes per line of base64


def write(table, output, *, serialization=None, version="1.4", overwrite=False, compress=None):
    """Write a table as VOTable, with all its metadata.

    Parameters
    ----------
    table : `~astropy.table.Table`
        A `~astroquery_brokers.tables.BrokerTable` or any other table.
    output : str, path-like or file object
        A file appears under its name when it is whole. File objects are binary; an open one is not closed.
    serialization : {None, "tabledata", "binary2", "parquet"}
        XML cells, packed rows, or a Parquet file with the VOTable header in its metadata ("VOParquet"). None is
        ``"parquet"`` if the name ends in ``.parquet``, else ``"tabledata"`` up to 200,000 cells and ``"binary2"``
        above.
    version : {"1.4", "1.5"}
        Of the VOTable standard.
    overwrite : bool
        Whether to replace a file that exists.
    compress : bool, optional
        Whether to compress with gzip; None: if the name ends in ``.gz``. VOParquet is compressed in any case.

    Raises
    ------
    InvalidArgumentError
        If a column or an argument cannot be written; nothing was written.
    FileExistsError
        If the file exists and ``overwrite`` is False.
    OSError
        If the file cannot be written.

    Notes
    -----
    * Masked cells are empty cells in TABLEDATA, flagged in BINARY2 and nulls in Parquet.
    * Empty text is missing text, and an array without elements is a missing array (in Parquet they are not).
    * Blanks at the ends of text do not come back from TABLEDATA; they do from the others.
    * Integer types that VOTable lacks come back as the next larger one, float16 as float32.
    * A unit that VOUnits do not have is written as it is, with a warning.

    Examples
    --------
    >>> import io
    >>> from astropy.table import Table
    >>> from astroquery_brokers import votable
    >>> stream = io.BytesIO()
    >>> votable.write(Table({"flux": [1.5, 2.5]}, units={"flux": "nJy"}), stream)
    >>> _ = stream.seek(0)
    >>> votable.read(stream)["flux"].unit
    Unit("nJy")
    """
    if serialization is not None and serialization not in SERIALIZATIONS:
        raise InvalidArgumentError(f"serialization={serialization!r} is none of {', '.join(SERIALIZATIONS)}.")
    if isinstance(output, io.TextIOBase):
        raise InvalidArgumentError("The file object is one for text; open it with mode 'wb'.")
    if serialization is None and not hasattr(output, "write") and os.fspath(output).lower().endswith(".parquet"):
        serialization = "parquet"
    if serialization == "parquet" and compress:
        raise InvalidArgumentError("compress=True is not for serialization='parquet', which is compressed already.")
    document, columns = describe(table, version=version)
    rows = len(columns[0])
    if serialization is None:
        serialization = "binary2" if rows * len(columns) > BINARY_ABOVE else "tabledata"
    with destination(output, overwrite=overwrite, compress=False if serialization == "parquet" else compress) as stream:
        if serialization == "parquet":
            write_parquet(document, columns, stream)
        else:
            _write_xml(document, columns, stream, serialization)


def _write_xml(document, columns, stream, serialization):
    before, end, after = header(document).rpartition(b"  </TABLE>\n")
    stream.write(before)
    if len(columns[0]):
        write_data = _write_binary2 if serialization == "binary2" else _write_tabledata
        write_data(columns, _parts(columns, _CHUNK[serialization]), stream)
    stream.write(end + after)


def _parts(columns, size):
    """Slices of rows that have about so many bytes."""
    rows = len(columns[0])
    per_row = sum(column.nbytes for column in columns) / rows
    step = max(1, int(size / per_row))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _write_tabledata(columns, parts, stream):
    stream.write(b"   <DATA>\n<TABLEDATA>\n")
    for part in parts:
        stream.write(markup.encode(columns, part))
    stream.write(b"</TABLEDATA>\n   </DATA>\n")


def _write_binary2(columns, parts, stream):
    stream.write(b'   <DATA>\n    <BINARY2>\n     <STREAM encoding="base64">\n')
    rest = b""
    for part in parts:
        rest += pack.encode(columns, part)
        whole = len(rest) // _LINE * _LINE
        stream.writelines(binascii.b2a_base64(rest[start:start + _LINE]) for start in range(0, whole, _LINE))
        rest = rest[whole:]
    stream.write(binascii.b2a_base64(rest) if rest else b"")
    stream.write(b"     </STREAM>\n    </BINARY2>\n   </DATA>\n")
