# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where the cells are in TABLEDATA: the tags of many rows, found and checked at once."""

import numpy as np

from ..exceptions import VOTableError
from .layout import Unusual
from .pack import spread

__all__ = ["cell_places", "without_blanks"]

_BLANKS = b" \t\r\n"
_IS_BLANK = np.isin(np.arange(256), list(_BLANKS))
_STEPS = 32  # blanks in a row that are passed over one by one
_KINDS = (b"<TD>", b"</TD>", b"<TD/>", b"<TR>", b"</TR>")
_CELL, _CELL_END, _EMPTY, _ROW, _ROW_END = range(1, 6)
_LENGTHS = np.array([0, *map(len, _KINDS)])
_FOLLOWS = np.zeros((8, 8), dtype=bool)
for _kind, _next in ((_ROW, _CELL), (_ROW, _EMPTY), (_CELL, _CELL_END), (_CELL_END, _CELL), (_CELL_END, _EMPTY),
                     (_CELL_END, _ROW_END), (_EMPTY, _CELL), (_EMPTY, _EMPTY), (_EMPTY, _ROW_END), (_ROW_END, _ROW)):
    _FOLLOWS[_kind, _next] = True


def cell_places(buffer, columns, first):
    """Where each cell begins and ends, without the blanks around what is in it.

    Parameters
    ----------
    buffer : `~numpy.ndarray`
        Whole TR elements, as bytes (uint8), with 8 blanks or more before and after them.
    columns : int
        How many cells a row has.
    first : int
        Number of the first row, for messages.

    Returns
    -------
    starts, ends : `~numpy.ndarray`
        Of shape (rows, columns).

    Raises
    ------
    VOTableError
        If a row has another number of cells.
    Unusual
        If there is anything but plain TR and TD elements.
    """
    tags = np.flatnonzero(buffer == ord("<"))
    kinds = _kinds(buffer, tags)
    # The blanks before the first tag and after the last are as those between two rows.
    tags = np.concatenate([[0], tags, [len(buffer)]])
    kinds = np.concatenate([[_ROW_END], kinds, [_ROW]]).astype(np.uint8)
    if not (kinds.all() and _FOLLOWS.reshape(-1)[kinds[:-1] * np.uint8(8) + kinds[1:]].all()):
        raise Unusual("rows that are not just TR and TD")
    ends = tags + _LENGTHS[kinds]
    ends[0] = 0
    outside = np.flatnonzero(kinds[:-1] != _CELL)
    starts, stops = without_blanks(buffer, ends[outside], tags[outside + 1])
    if (starts < stops).any():
        raise Unusual("text between the cells")
    cells = np.flatnonzero((kinds == _CELL) | (kinds == _EMPTY))
    _check_rows(cells, np.flatnonzero(kinds == _ROW), columns, first)
    starts, stops = ends[cells], np.where(kinds[cells] == _CELL, tags[cells + 1], ends[cells])
    return [part.reshape(-1, columns) for part in without_blanks(buffer, starts, stops)]


def without_blanks(buffer, starts, ends):
    """The places without the blanks at their ends."""
    starts, ends = starts.copy(), ends.copy()
    for begins, step in ((True, 1), (False, -1)):
        moving = starts if begins else ends
        left = np.flatnonzero(starts < ends)
        for _ in range(_STEPS):
            left = left[_IS_BLANK[buffer[moving[left] - (not begins)]] & (starts[left] < ends[left])]
            if not left.size:
                break
            moving[left] += step
        for row in left.tolist():  # some have very many
            text = buffer[starts[row]:ends[row]].tobytes()
            moving[row] += step * (len(text) - len(text.lstrip(_BLANKS) if begins else text.rstrip(_BLANKS)))
    return starts, ends


def _kinds(buffer, tags):
    """Which of the plain tags each is, or 0."""
    words = spread(buffer, 8)[tags].view("<u8")
    kinds = np.zeros(len(tags), dtype=np.uint8)
    for number, tag in enumerate(_KINDS, 1):
        bits = np.uint64(256**len(tag) - 1)
        kinds += (words & bits == np.uint64(int.from_bytes(tag, "little"))) * np.uint8(number)
    return kinds


def _check_rows(cells, rows, columns, first):
    counts = np.diff(np.searchsorted(cells, rows))
    wrong = np.flatnonzero(counts != columns)
    if wrong.size:
        raise VOTableError(f"Row {first + wrong[0]} has {counts[wrong[0]]} cells; there are {columns} fields.")
