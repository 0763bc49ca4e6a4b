# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cells of TABLEDATA to numbers, booleans, text and arrays, a column at a time."""

import math
import warnings
from dataclasses import replace
from itertools import chain

import numpy as np
from astropy.utils.exceptions import AstropyUserWarning

from ..exceptions import VOTableError
from .layout import text_array

__all__ = ["BITS", "TRUTH", "to_column"]

TRUTH = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False, "?": None, "\0": None, "": None}
BITS = {"1": True, "0": False, "": None}
_BLANKS = " \t\n\r"


def to_column(cell, texts, rows):
    """Values and mask of some rows of a column.

    Parameters
    ----------
    cell : `~astroquery_brokers.votable.layout.Cell`
    texts : sequence of str
        Content of the TD elements.
    rows : `~numpy.ndarray`
        Number of each row, for messages.

    Returns
    -------
    values, mask : `~numpy.ndarray`
        Empty cells are masked; NaN that was written as such is not.
    """
    if cell.is_text:
        texts = [text.strip(_BLANKS) for text in texts]
        return text_array(texts), _missing(texts)
    if cell.dtype.kind == "c":
        return _complex(cell, texts, rows)
    if cell.shape:
        return _arrays(cell, texts, rows)
    return _SCALARS[cell.dtype.kind](cell, texts, rows)


def _missing(texts):
    return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) == 0


def _floats(cell, texts, rows):
    mask = _missing(texts)
    if mask.any():
        texts = [text or "nan" for text in texts]
    try:
        values = np.fromiter(map(float, texts), dtype=np.float64, count=len(texts))
    except ValueError:
        values, strange = _lenient(texts)
        mask |= strange
        if not all(texts[row].strip() in ("", "null") for row in np.flatnonzero(strange).tolist()):
            row = int(np.flatnonzero(strange)[0])
            warnings.warn(f"Column {cell.name!r} has text instead of numbers, which is taken for missing: "
                          f"{texts[row]!r:.40} in row {rows[row]}.", AstropyUserWarning, stacklevel=2)
    with np.errstate(over="ignore"):
        values = values.astype(cell.dtype, copy=False)
    return values, mask if cell.null is None else mask | (values == cell.null)


def _lenient(texts):
    """Floats where some services write other words for missing ones."""
    values, strange = np.full(len(texts), np.nan), np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts):
        try:
            values[row] = float(text)
        except ValueError:
            strange[row] = True
    return values, strange


def _no_integer(cell, texts, rows):
    """The error that names the first text that is none."""
    allowed = np.iinfo(cell.dtype)
    for text, row in zip(texts, rows):
        try:
            if allowed.min <= _integer(text) <= allowed.max:
                continue
        except ValueError:
            if text.strip().lower() in ("", "nan"):
                continue
        return VOTableError(f"Column {cell.name!r}, row {row}: {text.strip()!r:.60} is no integer from "
                            f"{allowed.min} to {allowed.max}, as datatype {cell.datatype!r} has them.")


def _integers(cell, texts, rows):
    mask = _missing(texts)
    if mask.any():
        texts = [text or "0" for text in texts]
    try:
        try:
            values = np.fromiter(map(int, texts), dtype=cell.dtype, count=len(texts))
        except ValueError:
            nan = np.array([text.strip().lower() in ("", "nan") for text in texts], dtype=bool)
            numbers = (0 if hidden else _integer(text) for hidden, text in zip(nan.tolist(), texts))
            values = np.fromiter(numbers, dtype=cell.dtype, count=len(texts))
            mask |= nan
    except (ValueError, OverflowError):
        raise _no_integer(cell, texts, rows) from None
    if cell.null is not None:
        mask |= values == cell.null
    return values, mask


def _integer(text):
    text = text.strip().lower()
    return int(text[2:], 16) if text.startswith("0x") else int(text)


def _booleans(cell, texts, rows):
    words = BITS if cell.datatype == "bit" else TRUTH
    try:
        truth = [words[text] for text in map(str.lower, texts)]
    except KeyError:
        try:
            truth = [words[text.strip(_BLANKS).lower()] for text in texts]
        except KeyError as error:
            raise VOTableError(f"Column {cell.name!r} ({cell.datatype}) has {error} in the rows from {rows[0]} on, "
                               "which stands for no boolean.") from error
    return (np.fromiter((value is True for value in truth), dtype=bool, count=len(truth)),
            np.fromiter((value is None for value in truth), dtype=bool, count=len(truth)))


_SCALARS = {"f": _floats, "i": _integers, "u": _integers, "b": _booleans}


def _arrays(cell, texts, rows):
    lists = [text.replace(",", " ").split() for text in texts]
    if cell.is_bits:
        lists = [list("".join(items)) for items in lists]
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    mask = lengths == 0
    scalar = replace(cell, shape=())
    if cell.is_variable:
        flat, hidden = to_column(scalar, list(chain.from_iterable(lists)), np.repeat(rows, lengths))
        flat = np.ma.array(flat, mask=hidden) if hidden.any() else flat
        return np.fromiter(np.split(flat, np.cumsum(lengths)[:-1]), dtype=object, count=len(lists)), mask
    size = math.prod(cell.shape)
    wrong = np.flatnonzero((lengths != size) & ~mask)
    if wrong.size:
        raise VOTableError(f"Column {cell.name!r}, row {rows[wrong[0]]}: {lengths[wrong[0]]} elements; the field says "
                           f"{size}.")
    shown, shape = ~mask, (len(lists), *cell.shape)
    flat, hidden = to_column(scalar, list(chain.from_iterable(lists)), np.repeat(rows, lengths))
    values = np.full(shape, np.nan if cell.dtype.kind == "f" else 0, dtype=cell.dtype)
    values[shown] = flat.reshape(-1, *cell.shape)
    if hidden.any():
        mask = np.broadcast_to(mask.reshape(-1, *[1] * len(cell.shape)), shape).copy()
        mask[shown] = hidden.reshape(-1, *cell.shape)
    return values, mask


def _complex(cell, texts, rows):
    """As arrays of twice as many floats."""
    texts = ["" if text.strip().lower() == "nan" else text for text in texts] if not cell.shape else texts
    shape = (None,) if cell.is_variable else (*cell.shape, 2)
    parts = replace(cell, dtype=np.dtype("f4" if cell.dtype.itemsize == 8 else "f8"), shape=shape)
    values, mask = _arrays(parts, texts, rows)
    if cell.is_variable:
        if any(len(row) % 2 or np.ma.isMA(row) for row in values):
            raise VOTableError(f"Column {cell.name!r} has something else than pairs of numbers.")
        return np.fromiter((row.view(cell.dtype) for row in values), dtype=object, count=len(values)), mask
    if mask.ndim > 1:
        missing = mask.reshape(len(mask), -1)
        if (missing.any(axis=1) != missing.all(axis=1)).any():
            raise VOTableError(f"Column {cell.name!r} has something else than numbers.")
        mask = missing.all(axis=1)
    return np.ascontiguousarray(values).view(cell.dtype)[..., 0], mask
