# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What VOTable has no place for, as JSON in one INFO: table ``meta`` and the rest of each column's ``meta``."""

import json
import warnings

import numpy as np
from astropy.utils.exceptions import AstropyUserWarning

__all__ = ["NAME", "dump", "load", "storable"]

NAME = "astroquery_brokers.meta"
_PAIRS = "__pairs__"


def storable(mapping, owner):
    """The entries of a mapping that JSON can hold; a warning names the others.

    Parameters
    ----------
    mapping : dict
    owner : str
        Whose it is, for the warning.
    """
    kept = {}
    for key, value in mapping.items():
        try:
            if not isinstance(key, str):
                raise TypeError("the key is not text")
            kept[key] = _encode(value)
        except (TypeError, ValueError, RecursionError) as error:
            warnings.warn(f"meta[{key!r}] of {owner} is not written to the VOTable: {error}. What is in meta must be "
                          "made of text, numbers, booleans, None, lists and dicts.", AstropyUserWarning, stacklevel=2)
    return kept


def dump(meta, columns):
    """Text for the INFO's value: pure ASCII on one line."""
    return json.dumps({"version": 1, "meta": meta, "columns": columns})


def load(text):
    """``meta`` and the columns' extras from the INFO's value; `ValueError` if it is not ours."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("version") != 1:
        raise ValueError("unknown version")
    meta, columns = _decode(document.get("meta", {})), _decode(document.get("columns", {}))
    if not isinstance(meta, dict) or not isinstance(columns, dict):
        raise ValueError("meta and columns must be objects")
    return meta, {name: extra for name, extra in columns.items() if isinstance(extra, dict)}


def _encode(value):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic) and isinstance(value.item(), (bool, int, float, str)):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [_encode(item) for item in value]
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value) and _PAIRS not in value:
            return {key: _encode(item) for key, item in value.items()}
        return {_PAIRS: [[_encode(key), _encode(item)] for key, item in value.items()]}
    raise TypeError(f"it holds a {type(value).__name__}")


def _decode(value):
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {_PAIRS}:
            return {_hashable(key): _decode(item) for key, item in value[_PAIRS]}
        return {key: _decode(item) for key, item in value.items()}
    return value


def _hashable(key):
    return tuple(map(_hashable, key)) if isinstance(key, list) else key
