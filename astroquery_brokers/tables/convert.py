# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Values from the wire to typed arrays with masks, by what the dictionary says of their column."""

import json
import math
import re

import numpy as np

from ..exceptions import ReplyParseError

__all__ = ["FILL", "guess", "typed"]

#: What stands under a mask, by dtype.
FILL = {"bool": False, "int16": 0, "int32": 0, "int64": 0, "float32": np.nan, "float64": np.nan, "str": ""}
_TRUTH = {True: True, False: False, "true": True, "false": False, "True": True, "False": False, "t": True, "f": False,
          "1": True, "0": False}
_TRUE, _FALSE = ([word for word, value in _TRUTH.items() if value is which and isinstance(word, str)]
                 for which in (True, False))


def guess(values):
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {bool}:
        return "bool"
    if kinds == {int} and all(-2**63 <= value < 2**63 for value in values if value is not None):
        return "int64"
    if kinds and kinds <= {int, float} and all(abs(value) <= 2**53 for value in values if type(value) is int):
        return "float64"
    return "str"


def typed(values, column, table):
    """Values from the wire as (array, mask or None).

    ``values`` is a list of Python values, or an array with its mask (or None), as formats other than JSON have them.
    ``table`` is the name for the message of the `ReplyParseError` that tells of a value of another type.
    """
    if not isinstance(values, list):
        values, mask = values
        values = np.asarray(values)
        fast = _from_texts if values.dtype.kind == "U" else _from_numbers
        try:
            found = None if column.array or column.rounded else fast(values, mask, column)
        except (TypeError, ValueError, OverflowError):
            found = None  # one by one, which also finds the value to complain of
        if found is not None:
            return found
        values = np.ma.array(values, mask=False if mask is None else mask).tolist()
        if column.dtype != "str":
            values = [None if value == "" else value for value in values]
    return _one_by_one(values, column, table)


def _from_texts(values, mask, column):
    """An array of texts; those that are empty, or are words for it, are missing."""
    missing = (values == "") if mask is None else (values == "") | mask
    words = [null for null in column.nulls if isinstance(null, str)]
    if words:
        missing |= np.isin(values, words)
    if column.dtype == "str":
        data = np.where(missing, "", values)
    elif column.dtype == "bool":
        data = np.isin(values, _TRUE)
        if not (data | missing | np.isin(values, _FALSE)).all():
            return None
    else:
        data = np.where(missing, "0", values).astype(column.dtype.replace("float32", "float64"))
    return data, _masked(data, missing, column)


def _from_numbers(values, mask, column):
    """An array of numbers or booleans."""
    kinds = {"float64": "fiu", "float32": "fiu", "bool": "b", "str": ""}.get(column.dtype, "iu")
    if values.dtype.kind not in kinds or (values.dtype.kind in "iu" and "float" in column.dtype
                                          and values.size and np.abs(values).max() > 2**53):
        return None
    dtype = column.dtype.replace("float32", "float64")
    data = values.astype(dtype)
    if values.dtype.kind in "iu" and "int" in dtype and not np.array_equal(data, values):
        return None
    missing = np.zeros(len(data), dtype=bool) if mask is None else np.array(mask, dtype=bool)
    return data, _masked(data, missing | np.isnan(data) if data.dtype.kind == "f" else missing, column)


def _masked(data, missing, column):
    """The mask of what is missing, and of numbers that stand for it; None where all is there."""
    for null in column.nulls:
        if not isinstance(null, str) and data.dtype.kind in "if" and not math.isnan(null):
            missing = missing | (data == null)
    if not missing.any():
        return None
    data[missing] = FILL[column.dtype]
    return missing


def _one_by_one(values, column, table):
    """Python values as (array, mask or None)."""
    kinds = set(map(type, values))
    text_nulls = {null for null in column.nulls if isinstance(null, str)}
    if text_nulls and str in kinds:
        values = [None if isinstance(value, str) and value in text_nulls else value for value in values]
        kinds = set(map(type, values))
    try:
        if column.array:
            data = np.empty(len(values), dtype=object)
            data[:] = ["" if value is None else np.array(value, dtype=str) for value in values]
        else:
            data = (_integers(column.dtype, rounded=True) if column.rounded else _CONVERT[column.dtype])(values, kinds)
    except (TypeError, ValueError, OverflowError, KeyError) as error:
        raise ReplyParseError(
            f"Column {column.name!r} of {table!r} should be {column.dtype}, but the reply holds something else "
            f"({_example(values, column)}). The service may have changed: please report it.") from error
    return data, _mask(values, data, kinds, column)


def _mask(values, data, kinds, column):
    mask = None
    if type(None) in kinds:
        mask = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    if data.dtype.kind == "f" and np.isnan(data).any():
        mask = np.isnan(data)
    for null in column.nulls:
        if not isinstance(null, str) and data.dtype.kind in "if":
            hit = data == null
            mask = hit if mask is None else mask | hit
    if mask is None or not mask.any():
        return None
    if not column.array:
        data[mask] = FILL[column.dtype]
    return mask


def _floats(values, kinds):
    if list in kinds:  # numpy would make a second axis of it
        raise TypeError("not a number")
    if str in kinds:
        values = [float(value) if isinstance(value, str) else value for value in values]
    return np.array(values, dtype="float64")


def _integers(dtype, rounded=False):
    def convert(values, kinds):
        if float in kinds or str in kinds:
            values = [_exact(value, rounded) for value in values]
        if not kinds <= {int, float, str, bool, type(None)}:
            raise TypeError("not an integer")
        return np.array([0 if value is None else value for value in values], dtype=dtype)
    return convert


def _exact(value, rounded):
    """A number or digits as an integer, unless digits may have been lost on the way."""
    if isinstance(value, float):
        if not value.is_integer() or (abs(value) > 2**53 and not rounded):
            raise ValueError("not an exact integer")
        return int(value)
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value):
        raise ValueError("not an integer")
    return int(value) if isinstance(value, str) else value


def _booleans(values, kinds):
    return np.array([False if value is None else _TRUTH[value] for value in values], dtype=bool)


def _texts(values, kinds):
    if not kinds <= {str, type(None)}:
        values = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return np.array(["" if value is None else value for value in values], dtype=str)


_CONVERT = {"bool": _booleans, "int16": _integers("int16"), "int32": _integers("int32"),
            "int64": _integers("int64"), "float32": _floats, "float64": _floats, "str": _texts}


def _example(values, column):
    for value in values:
        try:
            if value is not None:
                _CONVERT[column.dtype]([value], {type(value)})
        except (TypeError, ValueError, OverflowError, KeyError):
            return f"for example {value!r:.60}"
    return f"{len(values)} values"
