# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables as FITS and back, with masks, metadata and text in any language."""

import io
import json
import math
import warnings

import numpy as np
from astropy import units as u
from astropy.table import MaskedColumn

from ..exceptions import InvalidArgumentError
from ..votable import sidecar
from ..votable.mixins import without_mixins

__all__ = ["read_fits", "write_fits"]

_KEYWORD = "BROKERS"
_FORMATS = {"bool": "L", "uint8": "B", "int16": "I", "int32": "J", "int64": "K", "uint16": "I", "uint32": "J",
            "uint64": "K", "float32": "E", "float64": "D", "complex64": "C", "complex128": "M"}
_ZEROS = {"uint16": 2**15, "uint32": 2**31, "uint64": 2**63}
# What FITS has no type for.
_WIDER = {"int8": "int16", "float16": "float32"}


def write_fits(table, stream):
    """Write a table as the first extension of a FITS file.

    Parameters
    ----------
    table : `~astropy.table.Table`
    stream : binary file object

    Notes
    -----
    Missing integers are TNULL, a number that the column does not have; missing floats NaN; missing text is empty. Where
    that would not tell them from what is there, and for truth values, a column of truth values with ``.mask`` at the
    end of its name follows. Descriptions are TCOMM, UCDs TUCD. What FITS has no place for (``meta``, that of the
    columns, dtypes, units of others) is JSON in the card BROKERS.
    """
    from astropy.io import fits
    columns, extras, cards, taken = [], {}, [], set()
    for column in without_mixins(table).itercols():
        extra, cells, mask = _encoded(column)
        extras[column.info.name] = {**extra, "number": len(columns)}
        name = _file_name(column.info.name, taken)
        columns.append(_fits_column(fits, name, cells, unit=_unit(column.info.unit), null=extra.get("null")))
        for keyword, text in (("TCOMM", column.info.description), ("TUCD", (column.info.meta or {}).get("ucd"))):
            if isinstance(text, str) and text.isascii() and text.isprintable():
                cards.append((f"{keyword}{len(columns)}", text))
        if mask is not None:
            columns.append(_fits_column(fits, _file_name(f"{name}.mask", taken), mask))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fits.verify.VerifyWarning)
        hdu = fits.BinTableHDU.from_columns(columns, nrows=len(table))
        hdu.header.extend(cards)
        text = sidecar.dump(sidecar.storable(table.meta, "the table"), extras)
        # Both have a meaning of their own where a card is continued.
        hdu.header[_KEYWORD] = text.replace("'", r"\u0027").replace("&", r"\u0026")
        content = io.BytesIO()
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(content)
    stream.write(content.getbuffer())


def read_fits(stream):
    """Read the first table of a FITS file.

    Parameters
    ----------
    stream : binary file object
        That can seek.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        What `write_fits` wrote; of other files what astropy reads.
    """
    from astropy.io import fits
    from astropy.table import Table

    from .broker_table import BrokerTable
    with fits.open(stream, memmap=False, character_as_bytes=True) as document:
        hdu = next((hdu for hdu in document if isinstance(hdu, (fits.BinTableHDU, fits.TableHDU))), None)
        if hdu is None:
            raise InvalidArgumentError("the FITS file has no table.")
        if _KEYWORD not in hdu.header:
            table = BrokerTable(Table.read(hdu, format="fits"), copy=False)
            table.convert_bytestring_to_unicode()
            return table
        meta, extras = sidecar.load(hdu.header[_KEYWORD])
        table = BrokerTable([_decoded(hdu, name, extra) for name, extra in extras.items()], copy=False)
    table.meta.update(meta)
    return table


def _file_name(name, taken):
    """A name as FITS takes it, which no other column has; FITS does not tell A from a."""
    if not (name.isascii() and name.isprintable() and name == name.strip()):
        name = f"column{len(taken) + 1}"
    new, number = name, 2
    while new.lower() in taken:
        new, number = f"{name}_{number}", number + 1
    taken.add(new.lower())
    return new


def _fits_column(fits, name, values, *, unit=None, null=None):
    shape, text = values.shape[1:], values.dtype.kind == "S"
    letters = (values.dtype.itemsize,) if text else ()
    dim = f"({','.join(map(str, (*letters, *shape[::-1])))})" if shape else None
    code = "A" if text else _FORMATS[values.dtype.name]
    return fits.Column(name=name, format=f"{math.prod((*letters, *shape))}{code}", array=values, dim=dim, unit=unit,
                       null=null, bzero=_ZEROS.get(values.dtype.name))


def _encoded(column):
    """What tells how to decode a column, its cells as FITS has them, and its mask if the cells do not tell it."""
    info = column.info
    mask = np.array(np.ma.getmaskarray(column))
    cells = _plain(info.name, np.ma.getdata(column), mask)
    dtype = cells.dtype if column.dtype == np.float16 else column.dtype
    extra = {"dtype": dtype.str.lstrip("<>|="), "masked": bool(mask.any()),
             "description": info.description, "unit": None if info.unit is None else str(info.unit),
             "meta": sidecar.storable(dict(info.meta or {}), f"column {info.name!r}")}
    if mask.any():
        extra["null"], told = _mark(cells, mask)
        if not told:
            extra["mask"] = True
            return {**extra, "null": None}, cells, mask
    return extra, cells, None


def _plain(name, values, mask):
    """A copy of the values, of a type that FITS has; None among objects is masked."""
    if values.dtype == object:
        mask |= np.array([value is None for value in values], dtype=bool)
        cells = np.array([b"" if hidden else _json(name, value) for value, hidden in zip(values, mask)], dtype=bytes)
    elif values.dtype.kind == "U":
        cells = _utf8(values)
    elif values.dtype.kind == "S":
        cells = values.copy()
    else:
        dtype = _WIDER.get(values.dtype.name, values.dtype.name)
        if dtype not in _FORMATS:
            raise InvalidArgumentError(f"Column {name!r} has dtype {values.dtype}, which FITS does not have. Convert "
                                       "it, dates to astropy Time, others to int64 or float64.")
        return values.astype(dtype)
    return cells.astype("S1") if cells.dtype.itemsize == 0 else cells


def _utf8(values):
    try:
        return values.astype("S")  # much faster
    except UnicodeEncodeError:
        return np.char.encode(values, "utf-8")


def _text(cells):
    try:
        return cells.astype("U")
    except UnicodeDecodeError:
        return np.char.decode(cells, "utf-8")


def _json(name, value):
    try:
        return json.dumps(value.tolist() if isinstance(value, np.ndarray) else value).encode()
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"Column {name!r} (dtype object) holds what FITS cannot: {error}. Cells may hold "
                                   "text, numbers, truth values and lists of them.") from error


def _mark(cells, mask):
    """Mark what is missing in the cells themselves; TNULL, and whether the marks tell the mask."""
    kind, present = cells.dtype.kind, cells[~mask]
    if kind == "S":
        cells[mask] = b""
        return None, bool((np.char.rstrip(present) != b"").all())
    if kind == "f":
        cells[mask] = np.nan
        return None, not np.isnan(present).any()
    null = _unused(present) if cells.dtype.name in ("uint8", "int16", "int32", "int64") else None
    cells[mask] = 0 if null is None else null
    return null, null is not None


def _unused(values):
    """An integer that is none of the values, the least possible first; None if all are used."""
    limits = np.iinfo(values.dtype)
    for number in (limits.min, limits.max):
        if not (values == number).any():
            return int(number)
    used = set(np.unique(values).tolist())
    return next((number for number in range(limits.max, limits.min, -1) if number not in used), None)


def _unit(unit):
    """A unit as FITS writes it; None if it cannot."""
    if unit is None:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            text = u.Unit(unit).to_string("fits")
            return text if u.Unit(text, format="fits") == u.Unit(unit) else None
    except (ValueError, TypeError):
        return None


def _decoded(hdu, name, extra):
    """The column that `_encoded` was given."""
    cells = np.array(hdu.data.field(extra["number"]))
    mask = np.zeros(cells.shape, dtype=bool)
    if extra.get("mask"):
        mask = np.array(hdu.data.field(extra["number"] + 1), dtype=bool)
    elif extra["masked"]:
        kind = cells.dtype.kind
        mask = np.isnan(cells) if kind == "f" else cells == (b"" if kind == "S" else extra["null"])
    if extra["dtype"] == "O":
        values = np.fromiter((None if hidden else json.loads(text) for text, hidden in zip(cells, mask)), dtype=object,
                             count=len(cells))
    elif extra["dtype"][0] == "U":
        values = _text(cells).astype(extra["dtype"])
    else:
        values = cells.astype(extra["dtype"])
    with warnings.catch_warnings(action="ignore"):
        unit = None if extra["unit"] is None else u.Unit(extra["unit"], parse_strict="silent")
    return MaskedColumn(values, mask=mask, name=name, unit=unit, description=extra["description"], meta=extra["meta"])
