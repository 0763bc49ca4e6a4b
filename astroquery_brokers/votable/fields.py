# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a column becomes in a VOTable: the attributes of its FIELD, plain values and a mask."""

from dataclasses import dataclass, field

import numpy as np

from ..exceptions import InvalidArgumentError
from . import units
from .layout import TEXT
from .sidecar import storable
from .texts import NOT_XML, check_text, from_bytes, objects_as_text, plain_text

__all__ = ["PlainColumn", "plain_columns"]

# Unsigned and small types that VOTable lacks are widened.
_DATATYPES = {"bool": ("boolean", "bool"), "int8": ("short", "int16"), "uint8": ("unsignedByte", "uint8"),
              "int16": ("short", "int16"), "uint16": ("int", "int32"), "int32": ("int", "int32"),
              "uint32": ("long", "int64"), "int64": ("long", "int64"), "uint64": ("long", "int64"),
              "float16": ("float", "float32"), "float32": ("float", "float32"), "float64": ("double", "float64"),
              "complex64": ("floatComplex", "complex64"), "complex128": ("doubleComplex", "complex128")}
_KINDS = {"i": "i", "u": "i", "f": "f", "c": "c", "b": "b"}
_SOME_MASKED = ("it has arrays with some elements masked, which a VOTable can say of floats only, not of {}. Convert "
                "it to float64.")
_TOO_LARGE = "it has numbers above 2**63 - 1, the largest integer of VOTable. Convert it to str."
_RESERVED = "votable:"
_IN_FIELD = {"ucd": str, "utype": str, "xtype": str, "time": dict, "frame": str}


@dataclass
class PlainColumn:
    """One column, ready to be written in any serialisation.

    Attributes
    ----------
    name : str
    data : `~numpy.ndarray`
        As in the table; of text, dtype ``U`` or `str` objects; of arrays of different lengths, objects.
    mask : `~numpy.ndarray` or None
        Of bool, one per row.
    datatype : str
        VOTable's name.
    dtype : `~numpy.dtype`
        Of the numbers that are written; object for text.
    shape : tuple
        Of each cell; ``(None,)`` where the cells are arrays of different lengths.
    time, frame : dict, str or None
        The system that the values refer to.
    format : str or None
        How astropy shows the values.
    extra : dict
        What is restored on reading and has no place in a FIELD.
    """

    name: str
    data: np.ndarray
    mask: np.ndarray | None
    datatype: str
    dtype: np.dtype
    shape: tuple = ()
    unit: str | None = None
    description: str | None = None
    ucd: str | None = None
    utype: str | None = None
    xtype: str | None = None
    time: dict | None = None
    frame: str | None = None
    format: str | None = None
    extra: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.data)

    @property
    def is_text(self):
        """Whether the values are text, of any length."""
        return self.datatype in TEXT

    @property
    def is_ragged(self):
        """Whether the values are arrays of different lengths."""
        return self.shape == (None,)

    @property
    def arraysize(self):
        """As a FIELD has it: the last axis of numpy is VOTable's first."""
        if self.is_text or self.is_ragged:
            return "*"
        return "x".join(str(size) for size in reversed(self.shape)) or None

    @property
    def nbytes(self):
        """About how many bytes the values take."""
        if self.data.dtype.kind != "O":
            return self.data.nbytes
        return 8 * len(self) + (4 if self.is_text else self.dtype.itemsize) * sum(
            map(len, self.values.tolist()))

    @property
    def values(self):
        """All values as `rows` gives them."""
        return self.rows()[0]

    def rows(self, part=slice(None)):
        """Some rows of the column, with nothing left under the mask.

        Parameters
        ----------
        part : slice

        Returns
        -------
        values : `~numpy.ndarray`
            Numbers or booleans of type `dtype`, text of dtype ``U`` or object, or arrays (object). Under the mask NaN,
            0, False, "" or an array without elements.
        mask : `~numpy.ndarray`
            Of bool, one per row.
        """
        values = self.data[part]
        mask = np.zeros(len(values), dtype=bool) if self.mask is None else self.mask[part]
        if self.is_text:
            if mask.any():
                values = np.where(mask, "", values) if values.dtype.kind == "U" else values.copy()
                values[mask] = ""
        elif self.is_ragged:
            nothing = np.empty(1, dtype=object)
            nothing[0] = np.empty(0, dtype=self.dtype)
            values = np.where(mask, nothing, values)
        else:
            hidden = np.ma.getmaskarray(values) if self.mask is not None else mask
            values = np.array(values.data if isinstance(values, np.ma.MaskedArray) else values, dtype=self.dtype)
            values[hidden] = np.nan if values.dtype.kind in "fc" else 0
        return values, mask

    def constant(self):
        """The value that all rows have, or None."""
        if not len(self) or self.shape or self.mask is not None and self.mask.any():
            return None
        first = self.data[0]
        return None if (self.data != first).any() else first


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


def _plain(column):
    info = column.info
    name = info.name
    if name != plain_text(name) or not name:
        raise InvalidArgumentError(f"Column name {name!r} cannot be written to a VOTable: leading, trailing or double "
                                   "blanks, line breaks and control characters are not kept. Rename the column.")
    meta = dict(info.meta or {})
    data, mask, datatype, dtype, shape, cells = _values(name, column)
    said = {key: meta.pop(key) for key, kind in _IN_FIELD.items()
            if isinstance(meta.get(key), kind) and meta[key] != ""}
    for key, text in {**said, **meta}.items():
        if isinstance(text, str) and key in said and NOT_XML.search(text) or str(key).startswith(_RESERVED):
            raise InvalidArgumentError(f"Column {name!r}: meta[{key!r}] = {text!r:.60} cannot be written to a VOTable: "
                                       f"control characters are not XML, and keys with {_RESERVED!r} are taken.")
    extra = storable(meta, f"column {name!r}")
    if cells:
        extra["votable:cells"] = cells
    description = info.description
    if description and description != plain_text(description):
        extra["votable:description"] = description
    unit = units.to_text(name, info.unit)
    own_unit = units.kept_beside(unit, info.unit)
    if own_unit:
        extra["votable:unit"] = own_unit
    return PlainColumn(name, data, mask, datatype, np.dtype(dtype), shape, unit=unit,
                       description=plain_text(description) if description else None, format=info.format, extra=extra,
                       **said)


def _values(name, column):
    """Values, mask, VOTable's datatype, numpy's, the shape of a cell, and "json" if each is a list written as JSON."""
    data = np.asarray(column)
    hidden = np.ma.getmask(column) if hasattr(column, "mask") else np.ma.nomask
    if data.dtype.kind in "USO":
        return _objects(name, data, hidden)
    if data.dtype.name not in _DATATYPES:
        raise InvalidArgumentError(f"Column {name!r} has dtype {data.dtype}, which VOTable does not have. Convert it, "
                                   "dates to astropy Time, others to int64 or float64.")
    if 0 in data.shape[1:]:
        raise InvalidArgumentError(f"Column {name!r} has arrays of shape {data.shape[1:]}, without elements, in its "
                                   "cells, which a VOTable cannot hold. Remove it.")
    datatype, dtype = _DATATYPES[data.dtype.name]
    if data.dtype == np.uint64 and (np.ma.array(data, mask=hidden).compressed() > np.iinfo(np.int64).max).any():
        raise InvalidArgumentError(f"Column {name!r} (uint64): " + _TOO_LARGE)
    if hidden is np.ma.nomask or not hidden.any():
        return data, None, datatype, dtype, data.shape[1:], None
    mask = hidden.reshape(len(data), -1).all(axis=1)
    if data.ndim > 1 and data.dtype.kind not in "fc" and (hidden.reshape(len(data), -1).any(axis=1) != mask).any():
        raise InvalidArgumentError(f"Column {name!r}: " + _SOME_MASKED.format(data.dtype))
    return np.ma.array(data, mask=hidden, copy=False), mask, datatype, dtype, data.shape[1:], None


def _objects(name, data, hidden):
    if data.ndim != 1:
        raise InvalidArgumentError(f"Column {name!r} has an array of text or objects of shape {data.shape[1:]} in each "
                                   "cell, which cannot be written to a VOTable. Make one column of each element.")
    mask = np.zeros(len(data), dtype=bool) if hidden is np.ma.nomask else np.array(hidden)
    if data.dtype.kind == "O":
        ragged = _ragged(name, data, mask)
        if ragged:
            data, *kind = ragged
            return data, mask, *kind, (None,), None
        data, cells = objects_as_text(name, data, mask)
    else:
        cells = None
        if data.dtype.kind == "S":
            data = _decoded(name, data, mask)
    datatype = check_text(name, data, mask)
    return data, mask if mask.any() else None, datatype, object, (), cells


def _decoded(name, data, mask):
    data = np.where(mask, b"", data)
    try:
        return np.char.decode(data, "utf-8")
    except UnicodeDecodeError:
        return np.array([from_bytes(name, row, value) for row, value in enumerate(data.tolist())])


def _ragged(name, data, mask):
    """Cells, VOTable's and numpy's type, if all cells are arrays with one axis of numbers of one kind."""
    cells = data.tolist()
    mask |= np.fromiter((cell is None for cell in cells), dtype=bool, count=len(data))
    shown = np.flatnonzero(~mask).tolist()
    types = set()
    for row in shown:
        if not isinstance(cells[row], np.ndarray) or cells[row].ndim != 1:
            return None
        types.add(cells[row].dtype)
    if len({_KINDS.get(dtype.kind) for dtype in types}) != 1 or np.result_type(*types).name not in _DATATYPES:
        return None
    datatype, dtype = _DATATYPES[np.result_type(*types).name]
    if all(type(cells[row]) is np.ndarray for row in shown) and types == {np.dtype(dtype)}:
        return data, datatype, dtype
    plain = np.empty(len(data), dtype=object)
    for row in shown:
        plain[row] = _plain_cell(name, row, cells[row], dtype)
    return plain, datatype, dtype


def _plain_cell(name, row, cell, dtype):
    """An array of one cell as `dtype`; missing elements are NaN."""
    if np.ma.getmaskarray(cell).any():
        if cell.dtype.kind not in "fc":
            raise InvalidArgumentError(f"Column {name!r}, row {row}: " + _SOME_MASKED.format(cell.dtype))
        cell = cell.filled(np.nan)
    values = np.asarray(cell)
    if values.dtype == np.uint64 and values.size and values.max() > np.iinfo(np.int64).max:
        raise InvalidArgumentError(f"Column {name!r}, row {row}: " + _TOO_LARGE)
    return values.astype(dtype)
