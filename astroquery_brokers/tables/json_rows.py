# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The bytes of a JSON list of rows to typed columns, piece by piece.

A piece of some hundred rows fits into the processor's cache, and the Python objects of one piece are all that is in
memory beside the reply and the columns. With msgspec (extra ``fast``) a row is no dictionary but a struct with a slot
for each column, whose values have the column's type from the start. What msgspec does not take (NaN, digits in a column
of numbers, a column of two types) is left to Python's json, so that the columns are the same with it and without. A key
that the dictionary does not have gets a slot too, once it was seen.
"""

import json
import math
import operator
import re

import numpy as np

from ..exceptions import ReplyParseError
from .convert import FILL, typed
from .decode import Decoded, concatenate, decode_rows, mask_pairs

try:
    import msgspec
except ImportError:
    msgspec = None

__all__ = ["decode_json_rows"]

_PIECE = 1 << 18
_FEW = 50
_MOST_EXTRAS = 100
_BETWEEN_ROWS = re.compile(rb"\}\s*,\s*\{")
_NAN = math.nan
_decoders = {}


def decode_json_rows(content, dictionary):
    """Type the rows of a reply that is a JSON list of objects.

    Parameters
    ----------
    content : bytes
        The reply's body.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What the columns are.

    Returns
    -------
    `~astroquery_brokers.tables.Decoded`
        The same as `~astroquery_brokers.tables.decode_rows` gives of the decoded list.

    Raises
    ------
    ValueError
        If the body is not JSON.
    TypeError
        If it is JSON, but not a list of objects.
    ReplyParseError
        If a value is not of the type that the dictionary names.

    Examples
    --------
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tables import decode_json_rows
    >>> detections = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    >>> decoded = decode_json_rows(b'[{"candid": "1234567890123456789", "magpsf": 18.5}]', detections)
    >>> decoded.masked("candid").tolist()
    [1234567890123456789]
    """
    try:
        parts = [_decode(piece, dictionary) for piece in _pieces(content)]
    except (ReplyParseError, TypeError, ValueError, RecursionError):
        # Perhaps it was cut within a text or an inner list.
        parts = [decode_rows(_checked(json.loads(content)), dictionary)]
    decoded = concatenate(parts, dictionary)
    decoded.unknown = dict(sorted(decoded.unknown.items()))
    return decoded


def _pieces(content):
    """Lists of some rows each, cut where a row seems to end.

    Where that is inside of a text or of an inner list, the piece before is no complete JSON.
    """
    begin, end = content.find(b"[") + 1, content.rfind(b"]")
    if len(content) < 2 * _PIECE or content[:begin].strip() != b"[" or content[end + 1:].strip():
        yield content
        return
    while begin < end:
        cut = _BETWEEN_ROWS.search(content, begin + _PIECE, end)
        stop = end if cut is None else cut.start() + 1
        yield b"[%b]" % content[begin:stop]
        begin = end if cut is None else cut.end() - 1


def _checked(rows):
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TypeError("not a list of objects")
    return rows


def _decode(piece, dictionary):
    """The columns of one piece."""
    if msgspec is not None:
        decoder, ways, extras = _decoder(dictionary)
        try:
            rows = decoder.decode(piece)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        else:
            return _columns(rows, ways, extras, dictionary)
    decoded = decode_rows(_checked(json.loads(piece)), dictionary)
    if msgspec is not None:
        _expect(decoded.unknown, dictionary)
    return decoded


def _decoder(dictionary):
    """What reads a list of rows; (type, value of what is absent, conversion) of each column; further keys."""
    known, *made = _decoders.get(id(dictionary), (None,))
    return made if known is dictionary else _make(dictionary, ())


def _expect(keys, dictionary):
    """Let the next pieces have these keys too, which the dictionary does not know."""
    extras = _decoder(dictionary)[2]
    wanted = tuple(dict.fromkeys((*extras, *keys)))
    if len(extras) < len(wanted) <= _MOST_EXTRAS:
        _make(dictionary, wanted)


def _make(dictionary, extras):
    ways = [_way(column) for column in dictionary.columns]
    fields = [(f"f{place}", kind, absent) for place, (kind, absent, _) in enumerate(ways)]
    fields += [(f"x{place}", object, msgspec.UNSET) for place in range(len(extras))]
    names = {f"f{place}": column.wire for place, column in enumerate(dictionary.columns)}
    names.update((f"x{place}", key) for place, key in enumerate(extras))
    # What comes out of JSON has no cycles that the garbage collector should look for.
    row = msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, gc=False)
    made = msgspec.json.Decoder(list[row]), ways, extras
    _decoders[id(dictionary)] = dictionary, *made
    return made


def _way(column):
    if column.array or column.rounded or any(isinstance(null, str) for null in column.nulls):
        return object, msgspec.UNSET, _objects
    if "float" in column.dtype:
        return float | None, _NAN, _floats
    kinds, convert = {"bool": (bool | str, _booleans), "str": (str, _texts)}.get(column.dtype, (int | str, _integers))
    return kinds | None | msgspec.UnsetType, msgspec.UNSET, convert


def _columns(rows, ways, extras, dictionary):
    """Structs to columns."""
    decoded = Decoded(len(rows))
    slots = zip(*map(msgspec.structs.astuple, rows))
    for column, way, values in zip(dictionary.columns, ways, slots):
        _, absent, convert = way
        first = values[0]
        if (first is None or first is absent) and values.count(first) == len(values):
            if first is None:
                decoded.columns[column.name] = _nothing(column, len(values), dictionary)
            continue
        try:
            data, missing = convert(values, column)
        except (TypeError, ValueError, OverflowError):
            # One by one, which also finds the value to complain of.
            decoded.columns[column.name] = typed(_plain(values), column, dictionary.name)
        else:
            decoded.columns[column.name] = data, _mask(data, missing, column)
    for key, values in zip(extras, slots):
        if values.count(msgspec.UNSET) < len(values):
            decoded.add_unknown(key, _plain(values), dictionary)
    mask_pairs(decoded, dictionary)
    return decoded


def _nothing(column, length, dictionary):
    return tuple(np.repeat(part, length) for part in typed([None], column, dictionary.name))


def _plain(values):
    return [None if value is msgspec.UNSET else value for value in values]


def _mask(data, missing, column):
    """The mask of what is missing and of what stands for it; None where everything is there."""
    for null in column.nulls:
        hit = data == null
        missing = hit if missing is None else missing | hit
    if missing is None or not missing.any():
        return None
    data[missing] = FILL[column.dtype]
    return missing


def _objects(values, column):
    raise TypeError("of any type")


def _floats(values, column):
    try:
        data = np.fromiter(values, "float64", len(values))
    except TypeError:
        data = np.array(values, dtype="float64")
    # The sum of squares is NaN if one of them is, and quickly had.
    return data, np.isnan(data) if math.isnan(data @ data) else None


def _integers(values, column):
    if isinstance(values[0], str):
        if "".join(values).encode().translate(None, b"0123456789"):
            raise ValueError("not all digits")
        return np.fromiter(map(int, values), column.dtype, len(values)), None
    try:
        return np.fromiter(map(operator.index, values), column.dtype, len(values)), None
    except TypeError:
        missing = np.array([type(value) is not int for value in values])
        if missing.sum() != values.count(None) + values.count(msgspec.UNSET):
            raise
        return np.array([value if type(value) is int else 0 for value in values], dtype=column.dtype), missing


def _booleans(values, column):
    if not {True, False}.issuperset(values):
        raise TypeError("not all booleans")
    return np.fromiter(values, bool, len(values)), None


def _texts(values, column):
    different = list(set(values))
    absent = np.array([not isinstance(value, str) for value in different])
    if len(different) > _FEW:
        if absent.any():
            raise TypeError("not all texts")
        return np.array(values, dtype=str), None
    places = {value: place for place, value in enumerate(different)}
    places = np.fromiter(map(places.__getitem__, values), np.intp, len(values))
    texts = np.array(["" if missing else value for value, missing in zip(different, absent)], dtype=str)
    return texts[places], absent[places] if absent.any() else None
