# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Some rows of TABLEDATA as columns: what is plain all at once, the rest as text."""

import re

import numpy as np

from ..exceptions import VOTableError
from .convert import BITS, TRUTH, to_column
from .digits import BEFORE, to_floats, to_integers
from .pack import spread
from .places import cell_places
from .texts import NOT_XML

__all__ = ["Piece"]

_WIDE = 256  # bytes of a text up to which a column is taken as a matrix of bytes
_AROUND = b" " * _WIDE
_REFERENCE = re.compile(r"&(?:#0*([0-9]{1,7})|#x0*([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));|&")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_APART = "\0"  # no document has it
assert _WIDE >= BEFORE


class Piece:
    """Some rows.

    Parameters
    ----------
    content : bytes
        TR elements, checked to be characters that XML allows.
    columns : int
        How many cells a row has.
    first : int
        Number of the first row, for messages.

    Raises
    ------
    VOTableError
        If a row has another number of cells.
    Unusual
        If there is anything but plain TR and TD elements.
    """

    def __init__(self, content, columns, first):
        self._content = _AROUND + content + _AROUND
        self._buffer = np.frombuffer(self._content, dtype=np.uint8)
        self._has_references = b"&" in content
        self._starts, self._ends = cell_places(self._buffer, columns, first)
        self._rows = np.arange(first, first + len(self._starts))

    def __len__(self):
        return len(self._rows)

    def columns(self, cells):
        """Values and mask of each column.

        Parameters
        ----------
        cells : list of `~astroquery_brokers.votable.layout.Cell`

        Yields
        ------
        values, mask : `~numpy.ndarray`
            As from `~astroquery_brokers.votable.convert.to_column`.
        """
        numbers = {**self._numbers(cells, "f", to_floats), **self._numbers(cells, "iu", to_integers)}
        for place, cell in enumerate(cells):
            if cell.is_text:
                yield self._texts(place, cell)
            elif place in numbers:
                yield self._completed(place, cell, *numbers[place])
            elif cell.dtype.kind == "b" and not cell.shape:
                yield self._completed(place, cell, *self._booleans(place, cell))
            else:
                yield to_column(cell, self._read(place), self._rows)

    def _numbers(self, cells, kinds, convert):
        """Values, which of them are missing, and which of them are good, of all columns of a kind."""
        places = [place for place, cell in enumerate(cells)
                  if not cell.is_text and not cell.shape and cell.dtype.kind in kinds]
        if not places:
            return {}
        starts, ends = self._starts[:, places], self._ends[:, places]
        values, good = convert(self._buffer, starts.reshape(-1), ends.reshape(-1))
        missing = starts == ends
        values[missing.reshape(-1)] = np.nan if kinds == "f" else 0
        return dict(zip(places, zip(values.reshape(starts.shape).T, missing.T, good.reshape(starts.shape).T)))

    def _booleans(self, place, cell):
        words = _letters(BITS if cell.datatype == "bit" else TRUTH)[self._buffer[self._starts[:, place]]]
        length = self._ends[:, place] - self._starts[:, place]
        return words == _YES, (length == 0) | (length == 1) & (words == _NULL), (length == 1) & (words != _UNKNOWN)

    def _completed(self, place, cell, values, missing, good):
        """Values and mask, those that are not good from their text."""
        with np.errstate(over="ignore"):
            found = values.astype(cell.dtype)
        if cell.dtype.kind in "iu":
            good = good & (found == values)
        rest = np.flatnonzero(~(good | missing))
        mask = missing.copy()
        if rest.size:
            found[rest], mask[rest] = to_column(cell, self._read(place, rest), self._rows[rest])
        return found, mask if cell.null is None else mask | (found == cell.null)

    def _texts(self, place, cell):
        starts, length = self._starts[:, place], self._ends[:, place] - self._starts[:, place]
        width = int(length.max(initial=1))
        if width <= _WIDE:
            matrix = spread(self._buffer, width)[starts].view(np.uint8).reshape(-1, width)
            matrix *= np.arange(width) < length[:, np.newaxis]
            if matrix.max(initial=0) < 128 and not (self._has_references and (matrix == ord("&")).any()):
                return matrix.view(f"S{width}").reshape(-1).astype(f"U{width}"), length == 0
        return to_column(cell, self._read(place), self._rows)

    def _read(self, place, rows=slice(None)):
        """Text of the cells of a column."""
        starts, ends = self._starts[rows, place].tolist(), self._ends[rows, place].tolist()
        pieces = [self._content[start:end] for start, end in zip(starts, ends)]
        if not pieces:
            return []
        text = _APART.encode().join(pieces).decode()
        return (_REFERENCE.sub(_character, text) if "&" in text else text).split(_APART)


def _character(match):
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else 0
    if number > 0x10ffff or NOT_XML.match(chr(number)):
        raise VOTableError(f"The data have {match.group()!r}, which stands for nothing that XML allows.")
    return chr(number)


_YES, _NO, _NULL, _UNKNOWN = range(4)


def _letters(words):
    """What each byte stands for as a cell of its own."""
    meanings = np.full(256, _UNKNOWN, dtype=np.uint8)
    for word, meaning in words.items():
        if len(word) == 1:
            meanings[[ord(word), ord(word.upper())]] = {True: _YES, False: _NO, None: _NULL}[meaning]
    return meanings
