# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a column becomes in a VOTable: the attributes of its FIELD, plain values and a mask."""

import json
import re
import warnings
from dataclasses import dataclass, field

import numpy as np
from astropy import units as u
from astropy.utils.exceptions import AstropyUserWarning

from ..exceptions import InvalidArgumentError
from .sidecar import storable

__all__ = ["PlainColumn", "plain_columns", "plain_text"]

# Unsigned and small types that VOTable lacks are widened.
_DATATYPES = {"bool": ("boolean", "bool"), "int8": ("short", "int16"), "uint8": ("unsignedByte", "uint8"),
              "int16": ("short", "int16"), "uint16": ("int", "int32"), "int32": ("int", "int32"),
              "uint32": ("long", "int64"), "int64": ("long", "int64"), "uint64": ("long", "int64"),
              "float16": ("float", "float32"), "float32": ("float", "float32"), "float64": ("double", "float64")}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_FIELD = ("ucd", "utype", "xtype", "time", "frame")


@dataclass
class PlainColumn:
    """One column, ready to be written in any serialisation.

    Attributes
    ----------
    name : str
    values : `~numpy.ndarray`
        Numbers, booleans, or `str` objects (dtype object); under the mask NaN, 0, False or "".
    mask : `~numpy.ndarray`
        Of bool.
    datatype : str
        VOTable's name.
    time, frame : dict, str or None
        The system that the values refer to.
    extra : dict
        What is restored on reading and has no place in a FIELD.
    """

    name: str
    values: np.ndarray
    mask: np.ndarray
    datatype: str
    unit: str | None = None
    description: str | None = None
    ucd: str | None = None
    utype: str | None = None
    xtype: str | None = None
    time: dict | None = None
    frame: str | None = None
    extra: dict = field(default_factory=dict)

    @property
    def is_text(self):
        """Whether the values are text, of any length."""
        return self.datatype in ("char", "unicodeChar")

    def constant(self):
        """The value that all rows have, or None."""
        if not len(self.values) or self.mask.any() or (self.values != self.values[0]).any():
            return None
        return self.values[0]


def plain_columns(table):
    """Every column of a table as a `PlainColumn`.

    Raises
    ------
    InvalidArgumentError
        If a column cannot be written; the message says which and what to do.
    """
    from .mixins import without_mixins
    table = without_mixins(table)
    return [_plain(column) for column in table.itercols()]


def plain_text(text):
    """Text without the characters that XML cannot hold, on one line."""
    return " ".join(_NOT_XML.sub("\ufffd", str(text)).split())


def _plain(column):
    info = column.info
    name = info.name
    if name != plain_text(name) or not name:
        raise InvalidArgumentError(f"Column name {name!r} cannot be written to a VOTable: leading, trailing or double "
                                   "blanks, line breaks and control characters are not kept. Rename the column.")
    if column.ndim != 1:
        raise InvalidArgumentError(f"Column {name!r} has an array of shape {column.shape[1:]} in each cell, which this "
                                   "version cannot write to a VOTable. Make one column of each element.")
    mask = np.array(np.ma.getmaskarray(column)) if hasattr(column, "mask") else np.zeros(len(column), dtype=bool)
    meta = dict(info.meta or {})
    values, datatype, cells = _values(name, column, mask)
    extra = storable({key: value for key, value in meta.items() if key not in _IN_FIELD}, f"column {name!r}")
    if cells:
        extra["votable:cells"] = cells
    description = info.description
    if description and description != plain_text(description):
        extra["votable:description"] = description
    return PlainColumn(name, values, mask, datatype, unit=_unit(name, info.unit), ucd=meta.get("ucd"),
                       description=plain_text(description) if description else None, utype=meta.get("utype"),
                       xtype=meta.get("xtype"), time=meta.get("time"), frame=meta.get("frame"), extra=extra)


def _values(name, column, mask):
    """Values, VOTable's datatype, and "json" if each cell is a list written as JSON."""
    data = np.asarray(column)
    if data.dtype.kind in "USO":
        return _text(name, data, mask)
    if data.dtype.name not in _DATATYPES:
        raise InvalidArgumentError(f"Column {name!r} has dtype {data.dtype}, which VOTable does not have. Convert it, "
                                   "dates to astropy Time, others to int64 or float64.")
    datatype, dtype = _DATATYPES[data.dtype.name]
    if data.dtype == np.uint64 and (data[~mask] > np.iinfo(np.int64).max).any():
        raise InvalidArgumentError(f"Column {name!r} (uint64) has numbers above 2**63 - 1, the largest integer of "
                                   "VOTable. Convert it to str.")
    values = data.astype(dtype)
    values[mask] = np.nan if values.dtype.kind == "f" else 0
    return values, datatype, None


def _text(name, data, mask):
    cells = None
    values = np.full(len(data), "", dtype=object)
    # A column of objects that are all missing comes back as objects.
    if data.dtype.kind == "O" and all(isinstance(value, (list, tuple, np.ndarray)) for value in _shown(data, mask)):
        cells = "json"
    for row, value in enumerate(data.tolist()):
        if mask[row] or value is None:
            mask[row] = True
        else:
            values[row] = _cell(name, row, value, cells)
    ascii_only = all(value.isascii() for value in values)
    return values, "char" if ascii_only else "unicodeChar", cells


def _shown(data, mask):
    return (value for value, hidden in zip(data, mask) if not hidden and value is not None)


def _cell(name, row, value, cells):
    if cells == "json" and isinstance(value, (list, tuple, np.ndarray)):
        try:
            value = value.tolist() if isinstance(value, np.ndarray) else value
            text = json.dumps(value, ensure_ascii=False)
            return json.dumps(value) if _NOT_XML.search(text) else text
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(f"Column {name!r}, row {row}: a list in a cell may hold text, numbers and "
                                       f"booleans only ({error}).") from error
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str) and cells is None:
        wrong = _NOT_XML.search(value)
        if wrong:
            raise InvalidArgumentError(f"Column {name!r}, row {row}: the character {wrong.group()!r} cannot be written "
                                       "to a VOTable, as XML does not allow it. Replace it.")
        return str(value)
    raise InvalidArgumentError(f"Column {name!r} (dtype object), row {row}: a {type(value).__name__} among other "
                               "things. Such a column can hold text, or lists of text, numbers and booleans; make "
                               "a masked column of a number type of anything else.")


def _unit(name, unit):
    if unit is None or str(unit) == "":
        return None
    try:
        text = unit.to_string("vounit") if hasattr(unit, "to_string") else str(unit)
        with warnings.catch_warnings(action="ignore"):
            u.Unit(text, format="vounit", parse_strict="raise")
        if not isinstance(unit, u.UnrecognizedUnit):
            return text
    except (ValueError, TypeError):
        text = str(unit)
    warnings.warn(f"column {name!r}: the unit {text!r} is not a VOUnit; it is written as it is, and other programs may "
                  "not understand it", AstropyUserWarning, stacklevel=2)
    return plain_text(text)
