# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the cells of a FIELD are: their type, shape and null value, as the readers need them."""

from dataclasses import dataclass

import numpy as np

from ..exceptions import VOTableError

__all__ = ["Cell", "ColumnPile", "Pile", "TEXT", "Unusual", "cell_of", "element_size", "nothing",
           "text_array"]

_DTYPES = {"boolean": "?", "bit": "?", "unsignedByte": "u1", "short": "i2", "int": "i4", "long": "i8", "float": "f4",
           "double": "f8", "floatComplex": "c8", "doubleComplex": "c16"}
TEXT = ("char", "unicodeChar")
_OBJECT = 120  # bytes that an array or text takes beside what is in it
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
    null : int, float or None
        Which number stands for a missing one.
    """

    name: str
    datatype: str
    dtype: np.dtype | None
    shape: tuple
    null: int | float | None = None

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
    is_text = field.datatype in TEXT
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
    return Cell(field.name, field.datatype, dtype, shape, _null(field.values.null, dtype))


def element_size(datatype):
    """Bytes that an element of an array of a datatype of VOTable takes in numpy."""
    return np.dtype(_DTYPES.get(datatype, "U1")).itemsize


def _null(null, dtype):
    if null is None or dtype is None or dtype.kind not in "iuf":
        return None
    null = float(null) if dtype.kind == "f" else int(null)
    return None if null != null else null  # NaN is a value


def text_array(texts):
    """A list of `str` as an array: of dtype ``U``, or of objects where one is so long that padding would be waste."""
    longest = max(map(len, texts), default=0)
    if longest * len(texts) > _SPARSE and longest * len(texts) > 8 * sum(map(len, texts)):
        values = np.empty(len(texts), dtype=object)
        values[:] = texts
        return values
    return np.array(texts, dtype=f"U{max(longest, 1)}")


def nothing(cell):
    """A column without rows."""
    if cell.is_text:
        return np.empty(0, dtype="U1")
    return np.empty(0, dtype=object) if cell.is_variable else np.empty((0, *cell.shape), dtype=cell.dtype)


class ColumnPile:
    """Values and mask of a column that comes in pieces."""

    def __init__(self, cell):
        self._shape = () if cell.is_text or cell.is_variable else cell.shape
        self._values, self._mask = Pile(nothing(cell)), Pile(np.empty((0, *self._shape), dtype=bool))

    def add(self, values, mask):
        """Put rows at the end; a mask may be one for each cell. Returns how many bytes they take."""
        mask = mask if mask.ndim > 1 else mask.reshape(-1, *[1] * len(self._shape))
        self._values.add(values)
        self._mask.add(np.broadcast_to(mask, (len(values), *self._shape)))
        return values.nbytes + len(values) * (1 + _OBJECT * (values.dtype.kind == "O"))

    def whole(self):
        """Values and mask."""
        return self._values.whole(), self._mask.whole()


class Pile:
    """An array that grows in its place: pieces that are put together in the end take the memory twice.

    Parameters
    ----------
    first : `~numpy.ndarray`
        Without rows, of the type and shape of all to come; text may get longer.
    """

    def __init__(self, first):
        self._values = first
        self._rows = 0

    def add(self, piece):
        """Put rows at the end."""
        rows = self._rows + len(piece)
        if piece.dtype != self._values.dtype:
            self._values = self._values[:self._rows].astype(self._common(piece, rows))
        if rows > len(self._values):
            self._resize(max(rows, int(1.1 * len(self._values))))
        self._values[self._rows:rows] = piece
        self._rows = rows

    def whole(self):
        """All rows."""
        self._resize(self._rows)
        return self._values

    def _resize(self, rows):
        self._values.resize((rows, *self._values.shape[1:]), refcheck=False)

    def _common(self, piece, rows):
        """The type for what is there and the piece: objects if most of an array of text would be padding."""
        if "O" in (piece.dtype.kind, self._values.dtype.kind):
            return np.dtype(object)
        common = np.promote_types(self._values.dtype, piece.dtype)
        padded = rows * common.itemsize // 4
        used = (self._rows * self._values.itemsize + piece.nbytes) // 4
        return np.dtype(object) if padded > _SPARSE and padded > 8 * used else common
