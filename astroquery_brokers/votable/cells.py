# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""TABLEDATA to columns: rows as programs write them are split as text, all others are left to astropy."""

import re

import numpy as np

from ..exceptions import VOTableError
from .arrow import columns_by_arrow
from .convert import to_column
from .layout import ColumnPile, Unusual
from .texts import CONTROL, NOT_XML

__all__ = ["MarkupReader"]

_PIECE = 2**20  # bytes that are split at once
_NO_CHARACTERS = ("\ufffe", "\uffff")
_BLANKS = " \t\r\n"
_BETWEEN_TAGS = re.compile(f">[{_BLANKS}]+<")
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));|&")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_APART = "\0"  # no document has it
_START, _END, _BETWEEN = "<TR><TD>", "</TD></TR>", "</TD><TD>"


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
        # Not for the first rows: importing pyarrow takes as long as reading a small table.
        columns = columns_by_arrow(self._cells, content) if self._rows else None
        if columns is None:
            columns = self._split(content)
        has_references = b"&" in content
        rows = 0
        for cell, column, pile in zip(self._cells, columns, self._piles):
            if not isinstance(column[0], np.ndarray):
                column = to_column(cell, _dereferenced(column) if has_references else column, self._rows)
            values, mask = column
            self._size += pile.add(values, mask)
            if self._size > self._limit:
                raise VOTableError(f"The table takes more than {self._limit} bytes, the limit that max_bytes sets.")
            rows = len(values)
        self._rows += rows

    def _split(self, content):
        """The content of the cells, column by column."""
        rows = _split(_text(content))
        for number, row in enumerate(rows):
            if len(row) != len(self._cells):
                raise VOTableError(f"Row {self._rows + number} has {len(row)} cells; there are {len(self._cells)} "
                                   "fields.")
        return zip(*rows)


def _text(content):
    """The characters that an XML parser would give."""
    if len(content.translate(None, CONTROL)) != len(content):
        raise VOTableError("The data have control characters that XML does not allow.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VOTableError(f"The data are not UTF-8 ({error}).") from error
    if not text.isascii() and any(character in text for character in _NO_CHARACTERS):
        raise VOTableError("The data have characters that XML does not allow.")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "]]>" in text:
        raise Unusual("a CDATA section or its end")
    return text


def _split(text):
    """Rows of cells; `Unusual` if there is anything but plain TR and TD elements."""
    text = text.strip(_BLANKS)
    if not text:
        return []
    if "<TD/>" in text:
        text = text.replace("<TD/>", "<TD></TD>")
    rows = _plain_rows(text, f"{_END}\n{_START}") or _plain_rows(_BETWEEN_TAGS.sub("><", text), f"{_END}{_START}")
    if rows is None:
        raise Unusual("rows that are not just TR and TD")
    return rows


def _plain_rows(text, between):
    if not (text.startswith(_START) and text.endswith(_END)):
        return None
    rows = [row.split(_BETWEEN) for row in text[len(_START):-len(_END)].split(between)]
    # Any other tag, comment or section would be in a cell, and would count.
    tags = 2 * (len(rows) + sum(map(len, rows)))
    return rows if text.count("<") == tags else None


def _dereferenced(texts):
    """Cells with their entities and character references resolved."""
    joined = _APART.join(texts)
    if "&" not in joined:
        return texts
    return _REFERENCE.sub(_character, joined).split(_APART)


def _character(match):
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else 0
    if number > 0x10ffff or NOT_XML.match(chr(number)):
        raise VOTableError(f"The data have {match.group()!r}, which stands for nothing that XML allows.")
    return chr(number)
