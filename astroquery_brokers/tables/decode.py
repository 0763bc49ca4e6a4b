# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Replies to typed, masked columns, by the dictionary and column by column."""

import warnings
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from astropy.table import MaskedColumn

from ..columns import Column
from ..exceptions import UnknownColumnWarning
from .broker_table import BrokerTable
from .convert import FILL, guess, typed

__all__ = ["Decoded", "concatenate", "decode_columns", "decode_rows", "to_column", "to_table"]

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

    def __len__(self):
        return self.length

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

    def add_unknown(self, key, values, dictionary):
        """Add a column that the dictionary does not have, and say so unless it belongs to a family of columns.

        Parameters
        ----------
        key : str
            Its key in the reply.
        values : list
            As they were sent; None where there is none.
        dictionary : `~astroquery_brokers.columns.Dictionary`
            What the other columns are.
        """
        self.unknown[key] = values
        if dictionary.of_family(key) is None:
            _report(dictionary.name, key)

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

    def take(self, order, *, consume=False):
        """The rows in another order, or some of them.

        Parameters
        ----------
        order : array of int
            Indices of rows, of shape ``(n,)``.
        consume : bool, optional
            Whether the columns are taken out of this one, so that no more than one is in memory twice.

        Returns
        -------
        Decoded
        """
        columns = {}
        for name in list(self.columns):
            values, mask = self.columns.pop(name) if consume else self.columns[name]
            columns[name] = values[order], None if mask is None else mask[order]
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
    keys = sorted(set(chain.from_iterable(rows)))
    return decode_columns(len(rows), {key: [row.get(key) for row in rows] for key in keys}, dictionary)


def decode_columns(length, columns, dictionary):
    """Type the columns of a reply.

    Parameters
    ----------
    length : int
        Number of rows.
    columns : dict of str to list or tuple
        As they were sent, by key: Python values, or an array and its mask (or None).
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What the columns are.

    Returns
    -------
    Decoded
        Every column of the dictionary that was sent, and the unknown ones as they were sent.

    Raises
    ------
    ReplyParseError
        If a value is not of the type that the dictionary names.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tables import decode_columns
    >>> detections = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    >>> decoded = decode_columns(1, {"candid": (np.array(["1234567890123456789"]), None)}, detections)
    >>> decoded.masked("candid").tolist()
    [1234567890123456789]
    """
    decoded = Decoded(length)
    for column in dictionary.columns:
        if column.wire in columns:
            decoded.columns[column.name] = typed(columns[column.wire], column, dictionary.name)
    mask_pairs(decoded, dictionary)
    known = {column.wire for column in dictionary.columns}
    for key in columns:
        if key not in known:
            sent = columns[key]
            decoded.add_unknown(key, sent if isinstance(sent, list) else np.ma.array(
                *sent[:1], mask=sent[1]).tolist(), dictionary)
    return decoded


def concatenate(parts, dictionary, *, consume=False):
    """Put the columns of several replies one below the other; missing ones are masked.

    Parameters
    ----------
    parts : list of Decoded
        The replies; at least one.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What their columns are; those that it lacks are left out.
    consume : bool, optional
        Whether the columns are taken out of the parts, so that no more than one is in memory twice.

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
        if name in dictionary:
            total.columns[name] = _join(parts, dictionary[name])
        for part in parts if consume else ():
            part.columns.pop(name, None)
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
        column = dictionary.of_family(name) or Column(name=name, dtype=guess(sent),
                                                      description="Not in the dictionary")
        columns.append(to_column(column, *typed(sent, column, dictionary.name)))
    table = BrokerTable(columns, copy=False)
    table.meta["tables"] = [{"name": dictionary.name, "description": dictionary.description}]
    return table


def to_column(column, values, mask=None):
    """A table's column with the metadata of its dictionary entry."""
    result = MaskedColumn(values, name=column.name, unit=column.unit, description=column.description or None,
                          mask=False if mask is None else mask, meta=column.meta, copy=False)
    if not column.array:
        # For integers not 0: FITS would take every 0 for missing.
        result.fill_value = np.iinfo(result.dtype).min if result.dtype.kind == "i" else FILL[column.dtype]
    return result


def _absent(column, length):
    dtype = object if column.array else "U1" if column.dtype == "str" else column.dtype
    fill = "" if column.array else FILL[column.dtype]
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


def mask_pairs(decoded, dictionary):
    """Mask what is 0 where another column is 0 too, for columns of which that means "missing"."""
    hits = {}
    for column in dictionary.columns:
        if column.null_with and {column.name, column.null_with} <= decoded.columns.keys():
            hits[column.name] = (decoded.masked(column.name) == 0).filled(False) & (
                decoded.masked(column.null_with) == 0).filled(False)
    for name, hit in hits.items():
        if hit.any():
            values, mask = decoded.columns[name]
            values[hit] = FILL[dictionary[name].dtype]
            decoded.columns[name] = values, hit if mask is None else mask | hit
