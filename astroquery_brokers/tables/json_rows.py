# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The bytes of a JSON list of rows to typed columns, piece by piece.

A piece of some hundred rows fits into the processor's cache, and the Python objects of one piece are all that is in
memory beside the reply and the columns. With msgspec (extra ``fast``) a row is no dictionary but a struct with a slot
for each column, whose values have the column's type from the start. What msgspec does not take (NaN, digits in a column
of numbers, a column of two types) is left to Python's json, so that the columns are the same with it and without. A key
gets its slot once it was seen, whether the dictionary has it or not.
"""

import gc
import json
import math
import re
import struct
from contextlib import contextmanager
from itertools import chain

import numpy as np

from ..exceptions import ReplyParseError
from .convert import FILL, typed
from .decode import Decoded, concatenate, decode_rows, mask_pairs

try:
    import msgspec
except ImportError:
    msgspec = None

__all__ = ["decode_json_rows"]

_PIECE = 1 << 19
_FEW = 50
_LARGEST = np.iinfo("int64").max
_MOST_UNKNOWN = 100
_BETWEEN_ROWS = re.compile(rb"\}\s*,\s*\{")
_NAN = math.nan
_CODES = {"float64": "d", "float32": "d", "int64": "q", "int32": "i", "int16": "h"}
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
        with _without_collection(len(content) > 2 * _PIECE):
            parts = [_decode(piece, dictionary) for piece in _pieces(content)]
    except (ReplyParseError, TypeError, ValueError, RecursionError):
        # Perhaps it was cut within a text or an inner list.
        parts = [decode_rows(_checked(json.loads(content)), dictionary)]
    decoded = concatenate(parts, dictionary)
    decoded.unknown = dict(sorted(decoded.unknown.items()))
    return decoded


@contextmanager
def _without_collection(is_large):
    """Rows come and go by the hundred thousand, and none is in a cycle: looking for these takes a fifth of the time."""
    pauses = is_large and gc.isenabled()
    if pauses:
        gc.disable()
    try:
        yield
    finally:
        if pauses:
            gc.enable()


def _pieces(content):
    """Lists of some rows each, cut where a row seems to end.

    Where that is inside of a text or of an inner list, the piece before is no complete JSON.
    """
    begin, end = content.find(b"[") + 1, content.rfind(b"]")
    if len(content) < 2 * _PIECE or content[:begin].strip() != b"[" or content[end + 1:].strip():
        yield content
        return
    letters = memoryview(content)
    while begin < end:
        cut = _BETWEEN_ROWS.search(content, begin + _PIECE, end)
        stop = end if cut is None else cut.start() + 1
        yield b"[%b]" % letters[begin:stop]
        begin = end if cut is None else cut.end() - 1


def _checked(rows):
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TypeError("not a list of objects")
    return rows


def _decode(piece, dictionary):
    """The columns of one piece."""
    if msgspec is not None:
        decoder, keys = _decoder(dictionary)
        try:
            rows = decoder.decode(piece)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        else:
            return _columns(rows, keys, dictionary)
    rows = _checked(json.loads(piece))
    if msgspec is not None:
        _expect(rows, dictionary)
    return decode_rows(rows, dictionary)


def _decoder(dictionary):
    """What reads a list of rows; their keys: (column or None, value of what is absent, conversion) of each."""
    known, *made = _decoders.get(id(dictionary), (None,))
    return made if known is dictionary else _make(dictionary, ())


def _expect(rows, dictionary):
    """Let the next pieces have the keys of these rows too."""
    keys = _decoder(dictionary)[1]
    wanted = tuple(dict.fromkeys(chain(keys, *rows)))
    known = {column.wire for column in dictionary.columns}
    if len(keys) < len(wanted) <= len(known.union(wanted)) < len(known) + _MOST_UNKNOWN:
        _make(dictionary, wanted)


def _make(dictionary, keys):
    columns = {column.wire: column for column in dictionary.columns}
    keys = {key: (columns.get(key), *_way(columns.get(key))) for key in keys}
    fields = [(f"f{place}", kind, absent) for place, (_, kind, absent, _) in enumerate(keys.values())]
    names = {f"f{place}": key for place, key in enumerate(keys)}
    # What comes out of JSON has no cycles that the garbage collector should look for.
    row = msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=True, gc=False)
    made = msgspec.json.Decoder(list[row]), keys
    _decoders[id(dictionary)] = dictionary, *made
    return made


def _way(column):
    """What the values of a column are, what stands for an absent one, and the conversion."""
    if column is None or column.array or column.rounded or any(isinstance(null, str) for null in column.nulls):
        return object, msgspec.UNSET, _objects
    if "float" in column.dtype:
        return float | None, _NAN, _floats
    kinds, convert = {"bool": (bool | str, _booleans), "str": (str, _texts)}.get(column.dtype, (int | str, _integers))
    return kinds | None | msgspec.UnsetType, msgspec.UNSET, convert


def _columns(rows, keys, dictionary):
    """Structs to columns."""
    decoded = Decoded(len(rows))
    for (key, (column, _, absent, convert)), values in zip(keys.items(), zip(*map(msgspec.structs.astuple, rows))):
        first = values[0]
        is_empty = (first is None or first is absent) and values.count(first) == len(values)
        if is_empty and first is absent:
            continue
        if column is None:
            decoded.add_unknown(key, _plain(values), dictionary)
            continue
        if is_empty:
            decoded.columns[column.name] = _nothing(column, len(values), dictionary)
            continue
        try:
            data, missing = convert(values, column)
        except (TypeError, ValueError, OverflowError, struct.error):
            # One by one, which also finds the value to complain of.
            decoded.columns[column.name] = typed(_plain(values), column, dictionary.name)
        else:
            decoded.columns[column.name] = data, _mask(data, missing, column)
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


def _packed(values, dtype):
    """Python numbers as an array: packing is twice as fast as `numpy.fromiter`, and takes no text for a number."""
    code = _CODES[dtype]
    data = np.empty(len(values), dtype="float64" if code == "d" else dtype)
    struct.pack_into(f"={len(values)}{code}", data, 0, *values)
    return data


def _floats(values, column):
    try:
        data = _packed(values, column.dtype)
    except struct.error:
        data = np.array(values, dtype="float64")
    # The sum of squares is NaN if one of them is, and quickly had.
    return data, np.isnan(data) if math.isnan(data @ data) else None


def _integers(values, column):
    if isinstance(values[0], str):
        whole = _of_digits(values)
        data = whole.astype(column.dtype, copy=False)
        if not np.array_equal(data, whole):
            raise OverflowError("too large")
        return data, None
    try:
        return _packed(values, column.dtype), None
    except struct.error:
        absent = values.count(None) + values.count(msgspec.UNSET)
        if not absent:
            raise
    data = _packed([value or 0 for value in values], column.dtype)
    missing = data == 0
    if np.count_nonzero(missing) > absent:
        missing = np.array([type(value) is not int for value in values])
        if np.count_nonzero(missing) > absent:
            raise ValueError("not all integers")
    return data, missing


def _of_digits(values):
    """Texts of digits as int64, which numpy reads three times as fast as `int`."""
    if "".join(values).encode().translate(None, b"0123456789"):
        raise ValueError("not all digits")
    data = np.fromstring(" ".join(values), dtype="int64", sep=" ")
    if len(data) < len(values) or data.max() == _LARGEST:  # there were empty ones, or too large ones
        data = np.array([int(value) for value in values], dtype="int64")
    return data


def _booleans(values, column):
    return np.frombuffer(bytearray(values), dtype=bool), None


def _texts(values, column):
    different = list(set(values))
    if len(different) == 1:
        return np.full(len(values), *different), None
    absent = np.array([not isinstance(value, str) for value in different])
    if len(different) > _FEW:
        if absent.any():
            raise TypeError("not all texts")
        return np.array(values, dtype=str), None
    places = {value: place for place, value in enumerate(different)}
    places = np.fromiter(map(places.__getitem__, values), np.intp, len(values))
    texts = np.array(["" if missing else value for value, missing in zip(different, absent)], dtype=str)
    return texts[places], absent[places] if absent.any() else None
