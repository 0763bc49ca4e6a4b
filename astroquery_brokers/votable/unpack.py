# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""BINARY and BINARY2 to columns: base64 in pieces, rows in numpy.

Where a row begins is known only from the lengths in the rows before it. Finding the beginnings is the one loop over
rows, and only of tables with columns of variable length; all else is done for a whole piece at once.
"""

import binascii
import math
import struct

import numpy as np

from ..exceptions import VOTableError
from .layout import ColumnPile, text_array
from .pack import FALSE, LENGTH, TRUE, mask_bytes, spread

__all__ = ["BinaryReader"]

_PIECE = 2**22  # bytes that are decoded at once
_BLANKS = b" \t\r\n"
_SPARSE = 2**24
_VALUE, _NULL, _GOOD = (np.zeros(256, dtype=bool) for _ in range(3))
_VALUE[list(b"Tt1")] = True
_NULL[list(b"\0 ?")] = True
_GOOD[list(b"TtFf01\0 ?")] = True
_length_at = struct.Struct(">I").unpack_from
assert _VALUE[TRUE] and not _VALUE[FALSE]


class BinaryReader:
    """Takes the text of a STREAM piece by piece and gives columns.

    Parameters
    ----------
    cells : list of `~astroquery_brokers.votable.layout.Cell`
    flags : bool
        Whether each row begins with flags for null, as in BINARY2.
    limit : int
        How many bytes the columns may take.
    """

    def __init__(self, cells, flags, limit):
        self._cells = cells
        self._limit = limit
        self._flags = mask_bytes(len(cells)) if flags else 0
        self._segments = _segments(cells, self._flags)
        self._text = b""
        self._padded = False
        self._data = bytearray()
        self._need = 0
        self._rows = 0
        self._size = 0
        self._piles = [ColumnPile(cell) for cell in cells]

    def feed(self, text):
        """Take more base64."""
        text = self._text + bytes(text).translate(None, _BLANKS)
        whole = len(text) // 4 * 4
        self._text = text[whole:]
        self._decode(text[:whole])
        if len(self._data) >= max(_PIECE, self._need):
            self._unpack()

    def close(self):
        """Values and mask of each column."""
        if self._text:
            raise VOTableError("The base64 of the data is cut.")
        self._unpack()
        if self._data:
            raise VOTableError(f"The data are cut in row {self._rows}, or not of the types that the fields say.")
        return [pile.whole() for pile in self._piles]

    def _decode(self, text):
        if text and self._padded:
            raise VOTableError("The base64 of the data goes on after its end.")
        try:
            self._data += binascii.a2b_base64(text, strict_mode=True)
        except ValueError as error:
            raise VOTableError(f"The data are not base64: {error}.") from error
        self._padded = text.endswith(b"=")

    def _unpack(self):
        starts, end = self._row_starts()
        if not len(starts):
            return
        data = self._data[:end]
        del self._data[:end]
        self._rows += len(starts)
        columns = iter(self._piles)
        flags = None
        places = starts
        for number, (dtype, unit, members) in enumerate(self._segments):
            packed = spread(data, dtype.itemsize)[places].view(dtype)
            places = places + dtype.itemsize
            if number == 0 and self._flags:
                flags = iter(np.unpackbits(packed["flags"], axis=1).astype(bool).T)
            for cell, name in members:
                hidden = next(flags).copy() if flags else np.zeros(len(starts), dtype=bool)
                if name == "length":
                    counts = packed["length"].astype(np.int64)
                    values = _variable(cell, data, places, counts)
                    places = places + counts * unit
                    hidden |= counts == 0
                else:
                    values, hidden = _fixed(cell, packed[name], hidden)
                self._keep(next(columns), values, hidden)

    def _keep(self, pile, values, mask):
        self._size += pile.add(values, mask)
        if self._size > self._limit:
            raise VOTableError(f"The table takes more than {self._limit} bytes, the limit that max_bytes sets.")

    def _row_starts(self):
        """Where the rows begin that are there as a whole, and where the last of them ends."""
        end = len(self._data)
        if all(unit is None for _, unit, _ in self._segments):
            width = self._segments[0][0].itemsize
            rows = end // width
            return np.arange(rows) * width, rows * width
        steps = [(dtype.itemsize, dtype.itemsize - LENGTH.itemsize, unit) for dtype, unit, _ in self._segments if unit]
        tail = self._segments[-1][0].itemsize if self._segments[-1][1] is None else 0
        starts, start, place = [], 0, 0
        data, append = self._data, starts.append
        try:
            while True:
                for width, offset, unit in steps:
                    place += width + _length_at(data, place + offset)[0] * unit
                place += tail
                if place > end:
                    break
                append(start)
                start = place
        except struct.error:
            pass
        if place - start > self._limit:
            raise VOTableError(f"Row {self._rows + len(starts)} says that it has {place - start} bytes, more than the "
                               f"limit of {self._limit}.")
        self._need = place - start
        return np.array(starts, dtype=np.int64), start


def _segments(cells, flags):
    """Runs of fields of fixed size, as (packed dtype, bytes per element of what follows or None, [(cell, field)])."""
    segments, fields, members = [], [("flags", "u1", (flags,))] if flags else [], []
    for number, cell in enumerate(cells):
        if cell.is_variable:
            members.append((cell, "length"))
            segments.append((np.dtype([*fields, ("length", LENGTH)]), _element_size(cell), members))
            fields, members = [], []
            continue
        kind = f"S{cell.shape[0] * _element_size(cell)}" if cell.is_text else _wire_type(cell)
        shape = ((math.prod(cell.shape) + 7) // 8,) if cell.is_bits else () if cell.is_text else cell.shape
        fields.append((f"f{number}", kind, shape))
        members.append((cell, f"f{number}"))
    if fields:
        segments.append((np.dtype(fields), None, members))
    return segments


def _element_size(cell):
    if cell.is_text:
        return 2 if cell.datatype == "unicodeChar" else 1
    return cell.dtype.itemsize


def _wire_type(cell):
    return np.dtype("u1") if cell.dtype.kind == "b" else cell.dtype.newbyteorder(">")


def _fixed(cell, raw, hidden):
    if cell.is_text:
        values = _padded_text(cell, np.ascontiguousarray(raw).view(np.uint8).reshape(len(raw), -1))
        return values, hidden | (values == "")
    if cell.is_bits:
        bits = np.unpackbits(np.ascontiguousarray(raw), axis=1, count=math.prod(cell.shape))
        return bits.astype(bool).reshape(len(raw), *cell.shape), hidden
    values, null = _elements(cell, raw)
    if null.any():
        hidden = hidden.reshape(-1, *[1] * (values.ndim - 1)) | null
    return values, hidden


def _elements(cell, raw):
    """Numbers or booleans, and which of them are null by themselves."""
    if cell.dtype.kind != "b":
        values = raw.astype(cell.dtype)
        return values, values == cell.null if cell.null is not None else np.zeros(1, dtype=bool)
    if cell.datatype == "bit":
        return raw != 0, np.zeros(1, dtype=bool)
    if not _GOOD[raw].all():
        raise VOTableError(f"Column {cell.name!r} has bytes that stand for no boolean.")
    return _VALUE[raw], _NULL[raw]


def _variable(cell, data, places, counts):
    """What is in cells of variable length: text, or arrays."""
    size = _element_size(cell)
    longest = int(counts.max())
    if not cell.is_text:
        return _arrays(cell, data, places, counts)
    if longest * len(counts) > _SPARSE and longest * len(counts) > 8 * int(counts.sum()):
        encoding = "utf-16-be" if size == 2 else "utf-8"
        pieces = zip(places.tolist(), (places + counts * size).tolist())
        return text_array([_decoded(cell, bytes(data[start:stop]), encoding) for start, stop in pieces])
    width = max(longest, 1) * size
    matrix = spread(data + bytes(width), width)[places].view(np.uint8).reshape(len(counts), width)
    matrix[np.arange(width) >= counts[:, np.newaxis] * size] = 0
    return _characters(cell, matrix)


def _padded_text(cell, matrix):
    """Text of fixed size ends at the first NUL."""
    units = matrix.view(">u2") if cell.datatype == "unicodeChar" else matrix
    units = units.copy()
    units[np.logical_or.accumulate(units == 0, axis=1)] = 0
    return _characters(cell, units.view(np.uint8).reshape(len(matrix), -1))


def _characters(cell, matrix):
    """Rows of bytes, zero at the end, as text."""
    if cell.datatype == "char":
        texts = matrix.view(f"S{matrix.shape[1]}").reshape(-1)
        if matrix.max(initial=0) < 128:
            return texts.astype(f"U{matrix.shape[1]}")
        return text_array([_decoded(cell, text, "utf-8") for text in texts.tolist()])
    units = matrix.view(">u2")
    if ((units >= 0xd800) & (units < 0xe000)).any():
        return text_array([_decoded(cell, row.tobytes(), "utf-16-be").rstrip("\0") for row in matrix])
    return units.astype(np.uint32).view(f"U{units.shape[1]}").reshape(-1)


def _decoded(cell, content, encoding):
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise VOTableError(f"Column {cell.name!r} has bytes that are no text ({error}).") from error


def _arrays(cell, data, places, counts):
    wire = _wire_type(cell)
    values = np.empty(len(counts), dtype=object)
    for row, (place, count) in enumerate(zip(places.tolist(), counts.tolist())):
        elements, null = _elements(cell, np.frombuffer(data, dtype=wire, count=count, offset=place))
        values[row] = np.ma.array(elements, mask=null) if null.any() else elements
    return values
