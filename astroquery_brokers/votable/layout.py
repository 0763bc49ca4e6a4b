# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the cells of a FIELD are: their type, shape and null value, as the readers need them."""

from dataclasses import dataclass

import numpy as np

from ..exceptions import VOTableError

__all__ = ["Cell", "Unusual", "cell_of", "concatenated", "text_array"]

_DTYPES = {"boolean": "?", "bit": "?", "unsignedByte": "u1", "short": "i2", "int": "i4", "long": "i8", "float": "f4",
           "double": "f8", "floatComplex": "c8", "doubleComplex": "c16"}
_TEXT = ("char", "unicodeChar")
_SPARSE = 2**24  # characters: from here on padding may cost more than objects


class Unusual(Exception):
    """What this engine leaves to astropy."""


@dataclass(frozen=True)
class Cell:
    """The cells of one column.

    Attributes
    ----------
    name : str
    datatype : str
        VOTable's name.
    dtype : `~numpy.dtype` or None
        Of one element; None for text.
    shape : tuple
        Of an array; ``(None,)`` if the lengths differ. Of text, ``(None,)`` or the number of characters.
    null : int or None
        Which number stands for a missing one.
    """

    name: str
    datatype: str
    dtype: np.dtype | None
    shape: tuple
    null: int | None = None

    @property
    def is_text(self):
        return self.dtype is None

    @property
    def is_bits(self):
        """Whether the values are packed bits."""
        return self.datatype == "bit" and bool(self.shape)

    @property
    def is_variable(self):
        return self.shape == (None,)


def cell_of(field):
    """The cells of a FIELD.

    Raises
    ------
    Unusual
        If it is of a kind that hardly exists.
    """
    is_text = field.datatype in _TEXT
    if not is_text and field.datatype not in _DTYPES:
        raise VOTableError(f"Column {field.name!r} has the datatype {field.datatype!r}, which VOTable does not have.")
    size = (field.arraysize or "").strip()
    sizes = size.split("x")
    if not size:
        shape = (1,) if is_text else ()
    elif len(sizes) == 1 and size.endswith("*"):
        shape = (None,)
    elif all(part.isascii() and part.isdigit() and int(part) for part in sizes) and not (is_text and len(sizes) > 1):
        shape = tuple(int(part) for part in reversed(sizes))
    else:
        raise Unusual(f"column {field.name!r} has arraysize={size!r}")
    if field.datatype == "bit" and shape == (None,):
        raise Unusual(f"column {field.name!r} has bits of any number")
    dtype = None if is_text else np.dtype(_DTYPES[field.datatype])
    null = field.values.null
    return Cell(field.name, field.datatype, dtype, shape,
                int(null) if null is not None and dtype is not None and dtype.kind in "iu" else None)


def text_array(texts):
    """A list of `str` as an array: of dtype ``U``, or of objects where one is so long that padding would be waste."""
    longest = max(map(len, texts), default=0)
    if longest * len(texts) > _SPARSE and longest * len(texts) > 8 * sum(map(len, texts)):
        values = np.empty(len(texts), dtype=object)
        values[:] = texts
        return values
    return np.array(texts, dtype=f"U{max(longest, 1)}")


def concatenated(cell, parts):
    """The parts of a column in one array; the list is emptied."""
    if not parts:
        if cell.is_text:
            return np.empty(0, dtype="U1")
        return np.empty(0, dtype=object) if cell.is_variable else np.empty((0, *cell.shape), dtype=cell.dtype)
    if cell.is_text and all(part.dtype.kind == "U" for part in parts):
        widths = [part.dtype.itemsize // 4 for part in parts]
        rows = [len(part) for part in parts]
        padded = max(widths) * sum(rows)
        if padded > _SPARSE and padded > 8 * sum(width * count for width, count in zip(widths, rows)):
            parts[:] = [part.astype(object) for part in parts]
    if cell.is_text and any(part.dtype.kind == "O" for part in parts):
        parts[:] = [part.astype(object) for part in parts]
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    parts.clear()
    return whole
