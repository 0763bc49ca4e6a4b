# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables to files and back, in every format that the command line offers."""

import gzip
import io
import os
import re
import zlib
from pathlib import Path

from ..arguments import suggest
from ..exceptions import InvalidArgumentError
from ..output import destination

__all__ = ["FORMATS", "read_table", "write_table"]

FORMATS = ("votable", "fits", "parquet", "csv", "ecsv", "table")
_ENDINGS = {".vot": "votable", ".votable": "votable", ".xml": "votable", ".fits": "fits", ".fit": "fits",
            ".parquet": "parquet", ".vopq": "parquet", ".csv": "csv", ".ecsv": "ecsv", ".txt": "table"}

_START = 4096
_VOPARQUET = b"IVOA.VOTable-Parquet.content"


def write_table(table, output, format=None, *, overwrite=True):
    """Write a table.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`
    output : str, path-like or binary file object
        A file that exists stays whole until the new one is, see `~astroquery_brokers.output.replacing`. A name that
        ends in ``.gz`` is compressed.
    format : {"votable", "fits", "parquet", "csv", "ecsv", "table"}, optional
        By default what the ending of the name says.
    overwrite : bool
        Whether to replace a file that exists.

    Raises
    ------
    InvalidArgumentError
        If the format is not known, or cannot hold what is in the table.
    FileExistsError
        If the file exists and ``overwrite`` is False.
    OSError
        If the file cannot be written, or is read-only.

    Notes
    -----
    `read_table` gives back the same values, masks, dtypes, units, descriptions and ``meta``, but for this:

    =========== ======================================================================================================
    votable     empty text comes back masked; more in `astroquery_brokers.votable.write`
    fits        blanks at the end of text are lost; float16 comes back as float32
    parquet     see `astroquery_brokers.votable.write`
    ecsv        empty text comes back masked; blanks at the ends of text are lost; line breaks become line feeds
    csv         names and values only. Types are guessed: text that is all numbers comes back as numbers, unless one
                begins with 0; 32-bit numbers as 64-bit; a column without values as text; empty text is masked; arrays
                as lists, with None where masked. Times become MJD, positions two columns of degrees
    table       for people: digits are left out, and `read_table` refuses it
    =========== ======================================================================================================

    Text with a NUL character is refused for CSV and ECSV.

    Examples
    --------
    >>> import io
    >>> from astroquery_brokers import BrokerTable
    >>> from astroquery_brokers.tables.files import write_table
    >>> stream = io.BytesIO()
    >>> write_table(BrokerTable({"oid": ["ZTF24abuwikp"], "ndet": [152]}), stream, "csv")
    >>> stream.getvalue()
    b'oid,ndet\\nZTF24abuwikp,152\\n'
    """
    if hasattr(output, "write"):
        if format is None:
            raise InvalidArgumentError("A file object has no ending that tells the format. Pass format=, one of "
                                       f"{', '.join(FORMATS)}.")
        format = _known(format)
    else:
        format = _by_ending(Path(output)) if format is None else _known(format)
    with destination(output, overwrite=overwrite) as stream:
        _WRITERS[format](table, stream)


def read_table(source, format=None):
    """Read a table of any of these formats but "table".

    Parameters
    ----------
    source : str, path-like or binary file object
        A file on this machine, compressed by gzip or not; or a stream, which may be a pipe.
    format : {"votable", "fits", "parquet", "csv", "ecsv"}, optional
        By default found in the content.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        The columns of the file, with the units that it gives.

    Raises
    ------
    InvalidArgumentError
        If the content is in no known format, or broken; the message says what was found.

    Examples
    --------
    >>> import io
    >>> from astroquery_brokers.tables.files import read_table
    >>> read_table(io.BytesIO(b"oid,ndet\\nZTF24abuwikp,152\\n"))
    1 row, 2 columns
    oid          ndet
    ------------ ----
    ZTF24abuwikp  152
    """
    if format is not None and _known(format) == "table":
        raise InvalidArgumentError('format="table" is for people and cannot be read back: it leaves out columns and '
                                   f"digits. Write one of {', '.join(_READERS)}.")
    if not hasattr(source, "read"):
        name = os.path.expanduser(os.fspath(source))
        with open(name, "rb") as stream:
            return _read(stream, name, format)
    name, content = getattr(source, "name", "the stream"), source.read()  # pipes cannot seek
    if isinstance(content, str):
        raise InvalidArgumentError(f"{name} is open as text. Open it as bytes (mode 'rb').")
    return _read(io.BytesIO(content), name, format)


def _read(stream, name, format):
    """Read a stream that can seek."""
    start = stream.read(_START)
    stream.seek(0)
    if start.startswith(b"\x1f\x8b"):
        try:
            stream = io.BytesIO(gzip.decompress(stream.read()))
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidArgumentError(f"{name} is compressed by gzip, but damaged: {error}") from error
        start = stream.getvalue()[:_START]
    format = _sniff(start, name) if format is None else _known(format)
    try:
        return _READERS[format](stream)
    except ImportError:
        raise
    except Exception as error:  # readers raise errors of every class
        raise InvalidArgumentError(f"{name} looks like {format}, but cannot be read: {error}") from error


def _known(format):
    name = format.lower() if isinstance(format, str) else format
    if name not in FORMATS:
        raise InvalidArgumentError(f"format={format!r} is not known. {suggest(format, FORMATS)}")
    return name


def _by_ending(path):
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    if not endings or endings[-1] not in _ENDINGS:
        raise InvalidArgumentError(f"The ending of {path.name!r} does not tell the format. Pass format=, one of "
                                   f"{', '.join(FORMATS)}, or end the name in one of {', '.join(_ENDINGS)}.")
    return _ENDINGS[endings[-1]]


def _sniff(start, name):
    """The format of a file that starts so."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = start.lower()
    if start.startswith(b"SIMPLE  ="):
        return "fits"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"# %ECSV"):
        return "ecsv"
    is_markup, is_html = lower.startswith(b"<"), b"<html" in lower or b"<!doctype html" in lower
    if is_markup and (b"<votable" in lower or (lower.startswith(b"<?xml") and not is_html)):
        return "votable"
    found = ("nothing" if not start else "an HTML page" if is_markup and is_html else
             "JSON" if start[:1] in b"[{" else "binary data of another kind" if b"\0" in start else
             'a table for people (format "table"), which lacks digits' if _is_rendered(start) else None)
    if found:
        raise InvalidArgumentError(f"{name} holds {found}. A table is expected: {', '.join(_READERS)}.")
    return "csv"


def _is_rendered(start):
    """Whether it is what `~astroquery_brokers.tables.display.render` makes: a summary, and a line below the heading."""
    return re.match(rb".*\d rows?, \d+ columns?", start) and re.search(rb"\n-[ -]*\r?\n", start)


def _write_votable(table, stream):
    from ..votable import write
    write(table, stream)


def _write_parquet(table, stream):
    from ..votable import write
    write(table, stream, serialization="parquet")


def _write_fits(table, stream):
    from .fits import write_fits
    write_fits(table, stream)


def _write_csv(table, stream):
    from .text import write_csv
    write_csv(table, stream)


def _write_ecsv(table, stream):
    from .text import write_ecsv
    write_ecsv(table, stream)


def _write_table(table, stream):
    from .display import render
    width = None if getattr(stream, "isatty", bool)() else -1
    stream.write(f"{render(table, width=width, height=-1)}\n".encode())


def _read_votable(stream):
    from ..votable import read
    return read(stream)


def _read_parquet(stream):
    from astropy.table import Table

    from .broker_table import BrokerTable
    try:
        from pyarrow.parquet import read_schema
    except ImportError:
        return _read_votable(stream)  # which says what to install
    plain = _VOPARQUET not in (read_schema(stream).metadata or {})
    stream.seek(0)
    return BrokerTable(Table.read(stream, format="parquet"), copy=False) if plain else _read_votable(stream)


def _read_fits(stream):
    from .fits import read_fits
    return read_fits(stream)


def _read_csv(stream):
    from .text import read_csv
    return read_csv(stream)


def _read_ecsv(stream):
    from .text import read_ecsv
    return read_ecsv(stream)


_WRITERS = {"votable": _write_votable, "fits": _write_fits, "parquet": _write_parquet, "csv": _write_csv,
            "ecsv": _write_ecsv, "table": _write_table}
_READERS = {"votable": _read_votable, "fits": _read_fits, "parquet": _read_parquet, "csv": _read_csv,
            "ecsv": _read_ecsv}
