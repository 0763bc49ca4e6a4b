# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cells as text for people: sensible digits, one line, nothing that a terminal would obey."""

import math
import unicodedata
from itertools import islice

import numpy as np
from astropy.table import Table
from astropy.table.column import BaseColumn

__all__ = ["MASKED", "cell_texts", "counted", "cut", "printable", "text_width"]

MASKED = "--"
_DECIMALS = {"deg": 6, "arcsec": 2, "mag": 3}
_SIGNIFICANT = 4
_LIST_SHOWN = 20


def cell_texts(column):
    """The cells of a column as text.

    Parameters
    ----------
    column : `~astropy.table.Column` or mixin column
        Of the rows to show only.

    Returns
    -------
    list of str
        ``--`` where masked. A format that the user has given the column is used; else the digits follow from its unit
        and its UCD.
    """
    if column.info.format is None and isinstance(column, BaseColumn) and column.dtype.kind in "biufcSUO":
        ucd = (column.info.meta or {}).get("ucd")
        number = _number_format(column.info.unit, ucd if isinstance(ucd, str) else "")
        values, mask = column.data, np.ma.getmaskarray(column.data)
        return [MASKED if np.all(hidden) and np.size(hidden) else _cell(value, number)
                for value, hidden in zip(np.ma.getdata(values), mask)]
    try:
        lines = Table([column], names=["cells"], copy=False).pformat(max_lines=-1, max_width=-1, show_name=False,
                                                                     show_unit=False, show_dtype=False)
    except Exception:  # whatever a class of columns or a format of the user's raises: something can be shown
        lines = []
    if len(lines) != len(column):
        lines = [_text(cell) for cell in column]
    return [printable(line.strip()) for line in lines]


def printable(text):
    """Text on one line, with what controls a terminal written out."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def text_width(text):
    """The width of printable text on a terminal, where some letters take two places and others none."""
    if text.isascii():
        return len(text)
    return sum(map(_letter_width, text))


def cut(text, width):
    """Text of at most this width; ``…`` ends it if it was longer."""
    if text_width(text) <= width:
        return text
    kept, left = [], width - 1
    for letter in text:
        left -= _letter_width(letter)
        if left < 0:
            break
        kept.append(letter)
    return "".join(kept) + "…" * (width > 0)


def _letter_width(letter):
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _number_format(unit, ucd):
    """How to write the numbers of a column: the one place that decides about digits."""
    words = ucd.split(";")
    if words[0] in ("stat.probability", "stat.likelihood"):
        return _fixed(3)
    if str(unit) == "d" and words[0].startswith("time.epoch"):
        return _fixed(5)
    if str(unit) in _DECIMALS:
        return _fixed(_DECIMALS[str(unit)])
    # Of a number that nothing is known about, which may be a date, show more.
    return _significant(_SIGNIFICANT) if unit or ucd else "{:.10g}".format


def _fixed(decimals):
    significant = _significant(_SIGNIFICANT)
    return lambda value: f"{value:.{decimals}f}" if abs(value) < 1e9 else significant(value)


def _significant(digits):
    def write(value):
        size = abs(value)
        if size == 0 or not math.isfinite(size):
            return f"{value:g}"
        if 1e-4 <= size < 1e9:
            return f"{value:.{max(0, digits - 1 - math.floor(math.log10(size)))}f}"
        return f"{value:.{digits - 1}e}"
    return write


def _cell(value, number):
    if isinstance(value, (float, np.floating)):
        return number(float(value))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return _cell(value[()], number)
    if isinstance(value, (list, tuple, np.ndarray)):
        first = [_cell(item, number) for item in islice(value, _LIST_SHOWN)]
        return f"[{', '.join(first)}{', …' if len(value) > len(first) else ''}]"
    return printable(_text(value))


def _text(value):
    try:
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    except Exception:  # an object of any class
        return f"<{type(value).__name__}>"


def counted(number, noun):
    """A number of things in words: "1 row", "2 rows"."""
    return f"{number} {noun}{'s' * (number != 1)}"
