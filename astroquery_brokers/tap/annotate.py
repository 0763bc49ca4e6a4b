# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Columns of a TAP service, typed and described as a broker's dictionary has them."""

import json
import math

import numpy as np

from ..tables import BrokerTable, Decoded
from ..tables.decode import to_column

__all__ = ["annotated", "conform", "decoded"]

_WIDE = {"int16", "int32", "int64"}


def conform(entry, column):
    """Values of a column of the service, in the type that the dictionary has.

    Parameters
    ----------
    entry : `~astroquery_brokers.columns.Column`
        What it is.
    column : `~astropy.table.MaskedColumn`
        What the service sent (in its unit), of shape ``(n,)``.

    Returns
    -------
    values : `numpy.ndarray`
        Of shape ``(n,)``. A float of 32 bits becomes the double with the same shortest text, which is what the
        broker's JSON has.
    mask : `numpy.ndarray` or None
        Of shape ``(n,)``; what is missing by the dictionary is masked too.

    Raises
    ------
    ValueError
        If a value cannot be of that type.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import MaskedColumn
    >>> from astroquery_brokers.columns import Column
    >>> from astroquery_brokers.tap.annotate import conform
    >>> values, mask = conform(Column("magpsf", "float64"), MaskedColumn(np.array([18.1], dtype="float32")))
    >>> values.tolist()
    [18.1]
    """
    values = np.asarray(column.data.data if isinstance(column.data, np.ma.MaskedArray) else column)
    mask = np.array(np.ma.getmaskarray(column), dtype=bool)
    if entry.array:
        return _lists(values, mask)
    values = _typed(entry, values, mask)
    for null in entry.nulls:
        if isinstance(null, str):
            if values.dtype.kind == "U":
                mask |= values == null
        elif values.dtype.kind in "if":
            mask |= np.isnan(values) if math.isnan(null) else values == null
    if values.dtype.kind == "f":
        values = np.where(mask, np.nan, values)
    elif mask.any():
        values = values.copy()
        values[mask] = values.dtype.type()
    return values, mask if mask.any() else None


def _typed(entry, values, mask):
    kind, wanted = values.dtype.kind, entry.dtype
    if wanted == "str":
        return values.astype(str) if kind in "iuU" else np.array([_text(value) for value in values.tolist()], dtype=str)
    if kind == "U":
        if not np.isin(np.char.strip(values[~mask]), ["", "None", "nan"]).any():
            return np.where(mask, "0", values).astype(wanted)
        raise ValueError("texts that are no numbers")
    if wanted == "float64":
        # Through text: 18.1 in 32 bits is meant as 18.1.
        return values.astype("U32").astype(wanted) if values.dtype == "f4" else values.astype(wanted)
    if wanted in _WIDE:
        shown = np.where(mask, 0, values)
        typed = shown.astype(wanted)
        exact = kind != "f" or entry.rounded or not (np.abs(shown) > 2**53).any()
        if not exact or (typed != shown).any():
            raise ValueError("numbers that are no integers of that size")
        return typed
    if wanted == "bool" and kind != "b" and not np.isin(values[~mask], [0, 1]).all():
        raise ValueError("numbers that are no booleans")
    return values.astype(wanted)


def _text(value):
    return str(value) if value is not None else ""


def _lists(values, mask):
    """Lists of text, which may have come as the JSON text of them."""
    result = np.empty(len(values), dtype=object)
    result[:] = [np.array(json.loads(value) if isinstance(value, str) else value, dtype=str) if not hidden else ""
                 for value, hidden in zip(values.tolist(), mask.tolist())]
    return result, mask if mask.any() else None


def annotated(table, origins, find):
    """A result with the columns that are known described and typed.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`
        The result.
    origins : `~astroquery_brokers.tap.adql.Origins`
        Where its columns come from.
    find : callable
        ``find(table, column)`` gives the dictionary's entry for a column of the service, or None.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        The same columns under the same names; those that are not known are as the service describes them.

    Examples
    --------
    >>> from astroquery_brokers import BrokerTable
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tap.adql import origins_of
    >>> from astroquery_brokers.tap.annotate import annotated
    >>> objects = load_dictionary("astroquery_brokers.alerce", "ztf_objects")
    >>> table = BrokerTable({"n": [3]})
    >>> annotated(table, origins_of("SELECT ndet AS n FROM ztf.object"), lambda table, name: objects[name])["n"].dtype
    dtype('int32')
    """
    columns = []
    for name in table.colnames:
        origin = origins.of(name)
        entry = find(*origin) if origin else None
        column = table[name]
        if entry is not None:
            try:
                column = to_column(entry, *conform(entry, column))
                column.name = name
            except (TypeError, ValueError):
                pass  # not what the dictionary thinks it is: as the service has it
        columns.append(column)
    return BrokerTable(columns, copy=False, meta=table.meta)


def decoded(table, dictionary):
    """The columns of a result as those of a reply of the broker's other services.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`
        The result.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What its columns are; others are left out.

    Returns
    -------
    `~astroquery_brokers.tables.Decoded`

    Raises
    ------
    ValueError
        If a column has not the type of the dictionary.

    Examples
    --------
    >>> from astroquery_brokers import BrokerTable
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.tap.annotate import decoded
    >>> objects = load_dictionary("astroquery_brokers.alerce", "ztf_objects")
    >>> decoded(BrokerTable({"oid": ["ZTF20aaelulu"], "ndet": [3]}), objects).masked("ndet").tolist()
    [3]
    """
    result = Decoded(len(table))
    lowered = {entry.name.lower(): entry for entry in dictionary.columns}
    for name in table.colnames:
        entry = lowered.get(name.lower())
        if entry is not None:
            result.columns[entry.name] = conform(entry, table[name])
    return result
