# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables that come with a query (TAP_UPLOAD)."""

import io
import re

import numpy as np

from .errors import ServiceError
from .tables import Column

__all__ = ["Upload", "references", "read"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_KINDS = {"i2": "short", "i4": "int", "i8": "long", "f4": "float", "f8": "double", "b1": "boolean", "u1": "short",
          "i1": "short", "u2": "int", "u4": "long", "f2": "float"}


class Upload:
    """An uploaded table.

    Attributes
    ----------
    name : str
    columns : tuple of `~astroquery_brokers.gateway.tap.tables.Column`
    rows : dict
        Arrays by column name.
    """

    def __init__(self, name, columns, rows):
        self.name = name
        self.columns = columns
        self.rows = rows


def references(values):
    """Names of tables and of the parts of the request that they are in, from the parameter UPLOAD.

    Parameters
    ----------
    values : sequence of str
        ``name,param:part``, also several with ``;`` between.
    """
    found = {}
    for item in (item for value in values for item in value.split(";") if item.strip()):
        name, _, place = (part.strip() for part in item.partition(","))
        if not _NAME.match(name):
            raise ServiceError(f"Field upload: {name!r} cannot be the name of a table")
        if name.lower() in map(str.lower, found):
            raise ServiceError(f"Field upload: there are two tables {name!r}")
        if not place.startswith("param:"):
            raise ServiceError(f"Field upload: {place!r} is not read from here: send the table with the request, as "
                               f"UPLOAD={name},param:{name}")
        found[name] = place.removeprefix("param:")
    return found


def read(name, content, reserved=()):
    """An uploaded VOTable.

    Parameters
    ----------
    name : str
    content : bytes
    reserved : sequence of str
        Names of columns that get ``_`` behind them.

    Returns
    -------
    Upload
    """
    from ...exceptions import ReplyParseError
    from ...votable.reader import read_quietly

    try:
        table = read_quietly(io.BytesIO(content))
    except ReplyParseError as error:
        raise ServiceError(f"Field upload: Cannot parse VOTable {name!r}: {error}") from error
    if not table.colnames:
        raise ServiceError(f"Field upload: table {name!r} has no columns")
    for column in [column for column in table.colnames if column in reserved]:
        table.rename_column(column, f"{column}_")
    lowered = [column.lower() for column in table.colnames]
    if len(set(lowered)) < len(lowered):
        raise ServiceError(f"Field upload: two columns of {name!r} differ in upper and lower case only")
    columns = tuple(_describe(table[column]) for column in table.colnames)
    return Upload(name, columns, {column.name: _values(table[column.name]) for column in columns})


def _describe(column):
    kind = column.dtype.kind
    if column.ndim > 1:
        raise ServiceError(f"Field upload: column {column.name!r} has arrays, which are not taken")
    datatype = "char" if kind in "OUS" else _KINDS.get(column.dtype.str[1:])
    if datatype is None:
        raise ServiceError(f"Field upload: column {column.name!r} has the type {column.dtype}, which is not taken")
    meta = column.info.meta or {}
    return Column(column.name, datatype, unit=str(column.unit or ""), ucd=meta.get("ucd") or "",
                  description=column.info.description or "", xtype=meta.get("xtype") or "")


def _values(column):
    values = np.ma.asarray(column)
    if values.dtype.kind == "f":
        return np.ma.masked_invalid(values)
    if values.dtype.kind in "OUS":
        mask = np.ma.getmaskarray(values)
        result = np.array([None if hidden else _text(value) for value, hidden in zip(values.data.tolist(), mask)],
                          dtype=object)
        return result
    return values


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
