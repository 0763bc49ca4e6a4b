# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Documents to bytes."""

import os
import warnings
from pathlib import Path

from astropy.io.votable.exceptions import VOWarning

from ..exceptions import InvalidArgumentError
from .document import to_votable

__all__ = ["SERIALIZATIONS", "write"]

SERIALIZATIONS = ("tabledata", "binary2")


def write(table, output, *, serialization=None, version="1.4", overwrite=False):
    """Write a table as VOTable, with all its metadata.

    Parameters
    ----------
    table : `~astropy.table.Table`
        A `~astroquery_brokers.tables.BrokerTable` or any other table.
    output : str, path-like or file object
        A name that ends in ``.gz`` is compressed. File objects are binary; an open one is not closed.
    serialization : {None, "tabledata", "binary2"}
        XML cells or packed rows; None is ``"tabledata"``.
    version : {"1.4", "1.5"}
        Of the VOTable standard.
    overwrite : bool
        Whether to replace a file that exists.

    Raises
    ------
    InvalidArgumentError
        If a column or an argument cannot be written; nothing was written.
    FileExistsError
        If the file exists and ``overwrite`` is False.

    Notes
    -----
    * Masked cells are empty cells in TABLEDATA and flagged in BINARY2. NaN that is not masked is written as NaN, which
      VOTable takes for "missing" too: both come back masked.
    * Empty text is missing text.
    * Blanks at the ends of text do not come back from TABLEDATA; they do from BINARY2.
    * Integer types that VOTable lacks come back as the next larger one, float16 as float32.
    * A unit that VOUnits do not have is written as it is, with a warning.
    """
    serialization = serialization or "tabledata"
    if serialization == "parquet":
        raise InvalidArgumentError("serialization='parquet' cannot be written yet; choose 'tabledata' or 'binary2', or "
                                   "write Parquet without the VOTable header with table.write(..., format='parquet').")
    if serialization not in SERIALIZATIONS:
        raise InvalidArgumentError(f"serialization={serialization!r} is none of {', '.join(SERIALIZATIONS)}.")
    if hasattr(output, "write"):
        _serialise(to_votable(table, version=version), output, serialization)
        return
    path = Path(os.fspath(output)).expanduser()
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists. Give overwrite=True to replace it.")
    document = to_votable(table, version=version)
    # A file that is there is whole, and stays there if writing fails.
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(partial, "wb") as stream:
            _serialise(document, stream, serialization, compressed=path.suffix == ".gz")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _serialise(document, stream, serialization, *, compressed=False):
    with warnings.catch_warnings():
        # What there is to warn of was said when the document was made, with the name of the column.
        warnings.simplefilter("ignore", VOWarning)
        document.to_xml(stream, tabledata_format=serialization, compressed=compressed)
