# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""TABLEDATA to columns: cells that are found for many rows at once and converted for many at once.

Rows of plain TR and TD elements, as programs write them, are read; all others are left to astropy.
"""

import math

import numpy as np

from ..exceptions import VOTableError
from .layout import ColumnPile, Unusual
from .pieces import Piece

__all__ = ["MarkupReader"]

_PIECE = 2**21  # bytes that are taken at once
_NO_CHARACTERS = ("\ufffe", "\uffff")


class MarkupReader:
    """Takes the content of a TABLEDATA element piece by piece and gives columns.

    Parameters
    ----------
    cells : list of `~astroquery_brokers.votable.layout.Cell`
    limit : int
        How many bytes the columns may take.
    """

    def __init__(self, cells, limit):
        self._cells = cells
        self._limit = limit
        self._size = 0
        self._rows = 0
        self._pending = bytearray()
        self._piles = [ColumnPile(cell) for cell in cells]
        self._row_size = sum(math.prod(cell.shape) * cell.dtype.itemsize for cell in cells
                             if not cell.is_text and not cell.is_variable)

    def feed(self, content):
        """Take more of the document, in UTF-8."""
        self._pending += content
        if len(self._pending) < _PIECE:
            return
        end = self._pending.rfind(b"</TR>", max(0, len(self._pending) - len(content) - 8))
        if end >= 0:
            with memoryview(self._pending) as pending:
                content = bytes(pending[:end + 5])
            self._take(content)
            del self._pending[:end + 5]

    def close(self):
        """Values and mask of each column."""
        self._take(bytes(self._pending))
        return [pile.whole() for pile in self._piles]

    def _take(self, content):
        piece = Piece(_checked(content), len(self._cells), self._rows)
        self._check(self._size + len(piece) * self._row_size)  # a cell of many elements may have no text
        for pile, (values, mask) in zip(self._piles, piece.columns(self._cells)):
            self._size += pile.add(values, mask)
            self._check(self._size)
        self._rows += len(piece)

    def _check(self, size):
        if size > self._limit:
            raise VOTableError(f"The table takes more than {self._limit} bytes, the limit that max_bytes sets.")


def _checked(content):
    """The bytes of the characters that an XML parser would give."""
    codes = np.frombuffer(content, dtype=np.uint8)
    if np.count_nonzero(codes < 32) != sum(np.count_nonzero(codes == blank) for blank in b"\t\n\r"):
        raise VOTableError("The data have control characters that XML does not allow.")
    if not content.isascii():
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise VOTableError(f"The data are not UTF-8 ({error}).") from error
        if any(character in text for character in _NO_CHARACTERS):
            raise VOTableError("The data have characters that XML does not allow.")
    if b"]]" in content and b"]]>" in content:
        raise Unusual("a CDATA section or its end")
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content
