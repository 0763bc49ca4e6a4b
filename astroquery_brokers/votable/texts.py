# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Columns of text: which can be written, as which of VOTable's two kinds, and their characters as numbers."""

import json
import re

import numpy as np

from ..exceptions import InvalidArgumentError

__all__ = ["NOT_XML", "characters", "check_text", "from_bytes", "longest", "objects_as_text", "plain_text"]

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROWS = 2**16
_LISTS = (list, tuple, np.ndarray)


def plain_text(text):
    """Text without the characters that XML cannot hold, on one line."""
    return " ".join(NOT_XML.sub("\ufffd", str(text)).split())


def characters(texts):
    """The characters of an array of text.

    Parameters
    ----------
    texts : `~numpy.ndarray`
        Of dtype ``U`` or of `str` objects, one dimension.

    Returns
    -------
    flat : `~numpy.ndarray`
        Code points of all texts, one after the other (uint32).
    lengths : `~numpy.ndarray`
        Of each text (int64).
    """
    if texts.dtype.kind == "O":
        items = texts.tolist()
        flat = np.frombuffer("".join(items).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        return flat, np.fromiter(map(len, items), dtype=np.int64, count=len(items))
    width = texts.dtype.itemsize // 4
    flat = np.ascontiguousarray(texts, dtype=f"<U{width}" if width else "<U1").view("<u4")
    return flat[flat != 0], np.strings.str_len(texts).astype(np.int64)


def longest(texts):
    """How many characters the longest of an array of text has, at least 1."""
    return int(max([1, *(np.strings.str_len(texts) if texts.dtype.kind == "U" else map(len, texts.tolist()))]))


def check_text(name, texts, mask):
    """VOTable's datatype of an array of text.

    Parameters
    ----------
    name : str
        Of the column.
    texts : `~numpy.ndarray`
        Of dtype ``U`` or of `str` objects.
    mask : `~numpy.ndarray`
        Of bool: what is not looked at.

    Raises
    ------
    InvalidArgumentError
        If XML cannot hold a character; the message names the row.
    """
    highest = 0
    for start in range(0, len(texts), _ROWS):
        rows = slice(start, start + _ROWS)
        part = np.where(mask[rows], "", texts[rows]) if mask[rows].any() else texts[rows]
        flat, lengths = characters(part)
        if not flat.size:
            continue
        highest = max(highest, int(flat.max()))
        wrong = lengths.sum() != flat.size or (flat.min() < 32 or highest > 0xd7ff) and NOT_XML.search(
            flat.tobytes().decode("utf-32-le", "surrogatepass"))
        if wrong:
            _refuse(name, start, part)
    return "char" if highest < 128 else "unicodeChar"


def objects_as_text(name, data, mask):
    """A column of objects as text; missing cells are masked.

    Parameters
    ----------
    name : str
        Of the column.
    data : `~numpy.ndarray`
        Of objects: text, or lists, which become JSON.
    mask : `~numpy.ndarray`
        Of bool; gets True where a cell is None.

    Returns
    -------
    texts : `~numpy.ndarray`
        Of `str` objects.
    cells : None or "json"
        Whether each cell is JSON.
    """
    cells = data.tolist() if data.dtype.kind == "O" else data.astype(object).tolist()
    mask |= np.fromiter((cell is None for cell in cells), dtype=bool, count=len(cells))
    shown = np.flatnonzero(~mask).tolist()
    kinds = {type(cells[row]) for row in shown}
    # A column of objects that are all missing comes back as objects.
    is_json = all(issubclass(kind, _LISTS) for kind in kinds)
    texts = np.full(len(cells), "", dtype=object)
    for row in shown:
        texts[row] = _json(name, row, cells[row]) if is_json else _text(name, row, cells[row])
    return texts, "json" if is_json else None


def _json(name, row, value):
    try:
        value = value.tolist() if isinstance(value, np.ndarray) else value
        text = json.dumps(value, ensure_ascii=False)
        return json.dumps(value) if NOT_XML.search(text) else text
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"Column {name!r}, row {row}: a list in a cell may hold text, numbers and "
                                   f"booleans only ({error}).") from error


def _text(name, row, value):
    if isinstance(value, bytes):
        return from_bytes(name, row, value)
    if isinstance(value, str):
        return str(value)
    raise InvalidArgumentError(f"Column {name!r} (dtype object), row {row}: a value of type {type(value).__name__} "
                               "among others. Such a column can hold text, or lists of text, numbers and booleans; "
                               "make a masked column of a number type of anything else.")


def from_bytes(name, row, value):
    """Bytes of one cell as text; `InvalidArgumentError` if they are not UTF-8."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidArgumentError(f"Column {name!r}, row {row}: {value!r:.60} is not UTF-8, and bytes that are no "
                                   "text cannot be written to a VOTable. Decode it, or make it an array of uint8."
                                   ) from error


def _refuse(name, start, texts):
    for row, text in enumerate(texts.tolist(), start):
        wrong = NOT_XML.search(text)
        if wrong:
            raise InvalidArgumentError(f"Column {name!r}, row {row}: the character {wrong.group()!r} cannot be written "
                                       "to a VOTable, as XML does not allow it. Replace it.")
