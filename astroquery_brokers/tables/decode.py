# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows of a JSON reply to typed, masked columns, by the dictionary and column by column."""

import json
import math
import re
import warnings
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from astropy.table import MaskedColumn

from ..columns import Column
from ..exceptions import ReplyParseError, UnknownColumnWarning
from .broker_table import BrokerTable

__all__ = ["Decoded", "concatenate", "decode_rows", "to_column", "to_table"]

_FILL = {"bool": False, "int16": 0, "int32": 0, "int64": 0, "float32": np.nan, "float64": np.nan, "str": ""}
_TRUTH = {True: True, False: False, "true": True, "false": False, "t": True, "f": False, "1": True, "0": False}
_reported = set()


@dataclass
class Decoded:
    """Columns of one reply: typed ones as (values, mask or None), those of unknown type as they were sent.

    Attributes
    ----------
    length : int
        Number of rows.
    columns : dict of str to tuple
        Values, of shape ``(length,)``, and mask by name.
    unknown : dict of str to list
        Columns that the dictionary does not have.

    Examples
    --------
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tables import Decoded
    >>> decoded = Decoded(2)
    >>> decoded.add(load_dictionary("astroquery_brokers.alerce", "ztf_detections")["oid"], "ZTF20aaelulu")
    >>> decoded.masked("oid").tolist()
    ['ZTF20aaelulu', 'ZTF20aaelulu']
    """

    length: int
    columns: dict = field(default_factory=dict)
    unknown: dict = field(default_factory=dict)

    def add(self, column, values):
        """Add a column whose value is the same in every row, or an array of values.

        Parameters
        ----------
        column : `~astroquery_brokers.columns.Column`
            What it is.
        values : object
            One value, or as many as there are rows.
        """
        if np.ndim(values) == 0:
            values = np.full(self.length, values, dtype=None if column.dtype == "str" else column.dtype)
        self.columns[column.name] = (np.asarray(values), None)

    def masked(self, name):
        """A column; wholly masked where the reply had none.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        `numpy.ma.MaskedArray`
            Of shape ``(length,)``, in the column's unit (no unit for text).
        """
        if name not in self.columns:
            return np.ma.array(np.full(self.length, np.nan), mask=True)
        values, mask = self.columns[name]
        return np.ma.array(values, mask=False if mask is None else mask)

    def take(self, order):
        """The rows in another order, or some of them.

        Parameters
        ----------
        order : array of int
            Indices of rows, of shape ``(n,)``.

        Returns
        -------
        Decoded
        """
        columns = {name: (values[order], None if mask is None else mask[order])
                   for name, (values, mask) in self.columns.items()}
        unknown = {name: [values[row] for row in order] for name, values in self.unknown.items()}
        return Decoded(len(order), columns, unknown)


def decode_rows(rows, dictionary):
    """Type the rows of a reply.

    Parameters
    ----------
    rows : list of dict
        As decoded from JSON.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What the columns are.

    Returns
    -------
    Decoded
        Every column of the dictionary that the rows have, and the unknown ones as they were sent.

    Raises
    ------
    ReplyParseError
        If a value is not of the type that the dictionary names.

    Examples
    --------
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tables import decode_rows
    >>> detections = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    >>> decoded = decode_rows([{"candid": "1234567890123456789", "magpsf": 18.5}], detections)
    >>> decoded.masked("candid").tolist()
    [1234567890123456789]
    """
    decoded = Decoded(len(rows))
    keys = set(chain.from_iterable(rows))
    for column in dictionary.columns:
        if column.wire in keys:
            decoded.columns[column.name] = _typed([row.get(column.wire) for row in rows], column, dictionary.name)
            keys.discard(column.wire)
    _mask_pairs(decoded, dictionary)
    for key in sorted(keys):
        decoded.unknown[key] = [row.get(key) for row in rows]
        _report(dictionary.name, key)
    return decoded


def concatenate(parts, dictionary):
    """Put the columns of several replies one below the other; missing ones are masked.

    Parameters
    ----------
    parts : list of Decoded
        The replies; at least one.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What their columns are.

    Returns
    -------
    Decoded

    Examples
    --------
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tables import concatenate, decode_rows
    >>> detections = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    >>> parts = [decode_rows(rows, detections) for rows in ([{"fid": 1, "rb": 0.9}], [{"fid": 2}])]
    >>> concatenate(parts, detections).masked("rb").mask.tolist()
    [False, True]
    """
    parts = [part for part in parts if part.length] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    total = Decoded(sum(part.length for part in parts))
    for name in dict.fromkeys(chain.from_iterable(part.unknown for part in parts)):
        total.unknown[name] = list(chain.from_iterable(part.unknown.get(name, [None] * part.length) for part in parts))
    for name in dict.fromkeys(chain.from_iterable(part.columns for part in parts)):
        total.columns[name] = _join(parts, dictionary[name])
    return total


def to_table(decoded, dictionary):
    """The columns as a table with all their metadata.

    Parameters
    ----------
    decoded : Decoded
        The columns.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What they are.

    Returns
    -------
    `~astroquery_brokers.tables.BrokerTable`
        All columns of the dictionary but absent optional ones, masked where the service sent none.

    Raises
    ------
    ReplyParseError
        If values cannot be of the type of their column.

    Examples
    --------
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tables import decode_rows, to_table
    >>> detections = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    >>> table = to_table(decode_rows([{"mjd": 60310.5, "magpsf": None}], detections), detections)
    >>> table["mjd"].unit, table["magpsf"].tolist()
    (Unit("d"), [None])
    """
    known = [column for column in dictionary.columns if not column.optional or column.name in decoded.columns]
    columns = []
    for column in known:
        values, mask = decoded.columns.get(column.name) or _absent(column, decoded.length)
        columns.append(to_column(column, values, mask))
    for name, sent in decoded.unknown.items():
        column = Column(name=name, dtype=_guess(sent), description="Not in the dictionary")
        columns.append(to_column(column, *_typed(sent, column, dictionary.name)))
    table = BrokerTable(columns, copy=False)
    table.meta["tables"] = [{"name": dictionary.name, "description": dictionary.description}]
    return table


def to_column(column, values, mask=None):
    """A table's column with the metadata of its dictionary entry."""
    result = MaskedColumn(values, name=column.name, unit=column.unit, description=column.description or None,
                          mask=False if mask is None else mask, meta=column.meta, copy=False)
    if not column.array:
        # For integers not 0: FITS would take every 0 for missing.
        result.fill_value = np.iinfo(result.dtype).min if result.dtype.kind == "i" else _FILL[column.dtype]
    return result


def _absent(column, length):
    dtype = object if column.array else "U1" if column.dtype == "str" else column.dtype
    fill = "" if column.array else _FILL[column.dtype]
    return np.full(length, fill, dtype=dtype), np.ones(length, dtype=bool)


def _join(parts, column):
    pieces = [part.columns.get(column.name) or _absent(column, part.length) for part in parts]
    mask = None
    if any(piece_mask is not None for _, piece_mask in pieces):
        mask = np.concatenate([np.zeros(len(piece), dtype=bool) if piece_mask is None else piece_mask
                               for piece, piece_mask in pieces])
    return np.concatenate([values for values, _ in pieces]), mask


def _report(table, key):
    if (table, key) not in _reported:
        _reported.add((table, key))
        warnings.warn(f"The reply for {table!r} has a column {key!r} that its dictionary does not know; it is kept.",
                      UnknownColumnWarning, stacklevel=2)


def _guess(values):
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {bool}:
        return "bool"
    if kinds == {int} and all(-2**63 <= value < 2**63 for value in values if value is not None):
        return "int64"
    if kinds and kinds <= {int, float} and all(abs(value) <= 2**53 for value in values if type(value) is int):
        return "float64"
    return "str"


def _typed(values, column, table):
    """Values from the wire as (array, mask or None)."""
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
    for null in column.nulls:
        if not isinstance(null, str) and data.dtype.kind in "if":
            hit = np.isnan(data) if math.isnan(null) and data.dtype.kind == "f" else data == null
            mask = hit if mask is None else mask | hit
    if mask is None or not mask.any():
        return None
    if not column.array:
        data[mask] = _FILL[column.dtype]
    return mask


def _mask_pairs(decoded, dictionary):
    """Mask what is 0 where another column is 0 too, for columns of which that means "missing"."""
    hits = {}
    for column in dictionary.columns:
        if column.null_with and {column.name, column.null_with} <= decoded.columns.keys():
            hits[column.name] = (decoded.masked(column.name) == 0).filled(False) & (
                decoded.masked(column.null_with) == 0).filled(False)
    for name, hit in hits.items():
        if hit.any():
            values, mask = decoded.columns[name]
            values[hit] = _FILL[dictionary[name].dtype]
            decoded.columns[name] = values, hit if mask is None else mask | hit


def _floats(values, kinds):
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
