# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a TAP server offers: schemas, tables and columns, and TAP_SCHEMA made of them."""

from dataclasses import dataclass, field
from typing import Callable

import numpy as np

from .grammar import RESERVED

__all__ = ["Column", "Schema", "Table", "tap_schema"]


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes
    ----------
    name : str
        In lower case.
    datatype : str
        ``short``, ``int``, ``long``, ``float``, ``double``, ``char``, ``boolean``, or ``array`` (of text).
    unit, ucd, description, utype, xtype : str
        As in VOTable.
    indexed, principal, std : bool
        As in TAP_SCHEMA.
    stored : str
        The type of the values, for a column that is declared as another; it can be asked for as text,
        but not as binary VOTable.

    Examples
    --------
    >>> from astroquery_brokers.gateway.tap.tables import Column
    >>> Column("mjd", "double", unit="d").votable_datatype
    'double'
    """

    name: str
    datatype: str
    unit: str = ""
    ucd: str = ""
    description: str = ""
    utype: str = ""
    xtype: str = ""
    indexed: bool = False
    principal: bool = False
    std: bool = False
    stored: str = ""

    @property
    def kind(self):
        """The type of the values."""
        return self.stored or self.datatype

    @property
    def delimited(self):
        """The name as a query has to write it."""
        return f'"{self.name}"' if self.name.upper() in RESERVED or self.name != self.name.lower() else self.name

    @property
    def votable_datatype(self):
        """The name that VOTable has for the type."""
        return "char" if self.datatype == "array" else self.datatype

    @property
    def arraysize(self):
        """VOTable's array size, or None."""
        return "*" if self.datatype in ("char", "array") else None


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    name : str
        With the schema, as ``ztf.object``.
    columns : tuple of Column
    rows : callable
        Gives the content when it is asked for first: a dict of arrays (masked where there are nulls) or of lists with
        None, by column name.
    description, utype : str
        As in TAP_SCHEMA.
    keys : tuple
        Foreign keys: pairs of another table's name and of pairs of columns ``(from, target)``.

    Examples
    --------
    >>> from astroquery_brokers.gateway.tap.tables import Column, Table
    >>> table = Table("ztf.object", (Column("oid", "char"),), lambda: {"oid": ["ZTF20aaelulu"]})
    >>> table.rows()
    {'oid': ['ZTF20aaelulu']}
    """

    name: str
    columns: tuple
    rows: Callable
    description: str = ""
    utype: str = ""
    keys: tuple = ()


@dataclass(frozen=True)
class Schema:
    """A schema: name, description and tables.

    Attributes
    ----------
    name : str
        As ``ztf``.
    description : str
        As in TAP_SCHEMA.
    tables : tuple of Table
        What it holds.

    Examples
    --------
    >>> from astroquery_brokers.gateway.tap.tables import Column, Schema, Table
    >>> table = Table("ztf.object", (Column("oid", "char"),), lambda: {"oid": ["ZTF20aaelulu"]})
    >>> Schema("ztf", "Objects of ZTF", (table,)).tables[0].name
    'ztf.object'
    """

    name: str
    description: str = ""
    tables: tuple = field(default_factory=tuple)


_TEXT = "char"
_SCHEMA_COLUMNS = {
    "schemas": (("schema_name", _TEXT), ("utype", _TEXT), ("description", _TEXT), ("schema_index", "int")),
    "tables": (("schema_name", _TEXT), ("table_name", _TEXT), ("table_type", _TEXT), ("utype", _TEXT),
               ("description", _TEXT), ("table_index", "int")),
    "columns": (("table_name", _TEXT), ("column_name", _TEXT), ("description", _TEXT), ("unit", _TEXT), ("ucd", _TEXT),
                ("utype", _TEXT), ("datatype", _TEXT), ("arraysize", _TEXT), ("xtype", _TEXT), ("size", "int"),
                ("principal", "int"), ("indexed", "int"), ("std", "int"), ("column_index", "int")),
    "keys": (("key_id", _TEXT), ("from_table", _TEXT), ("target_table", _TEXT), ("utype", _TEXT),
             ("description", _TEXT)),
    "key_columns": (("key_id", _TEXT), ("from_column", _TEXT), ("target_column", _TEXT)),
}
_OWN_KEYS = {
    "tables": (("tap_schema.schemas", (("schema_name", "schema_name"),)),),
    "columns": (("tap_schema.tables", (("table_name", "table_name"),)),),
    "keys": (("tap_schema.tables", (("from_table", "table_name"),)),
             ("tap_schema.tables", (("target_table", "table_name"),))),
    "key_columns": (("tap_schema.keys", (("key_id", "key_id"),)),)}
_ABOUT = {"schemas": "Schemas that can be asked.", "tables": "Tables that can be asked.",
          "columns": "Columns of all the tables.", "keys": "Foreign keys.", "key_columns": "Columns of foreign keys."}


def tap_schema(schemas):
    """The schema that describes all schemas, itself included.

    Parameters
    ----------
    schemas : sequence of Schema

    Returns
    -------
    Schema
    """
    everything = list(schemas)
    tables = tuple(
        Table(f"tap_schema.{name}",
              tuple(Column(column, kind, std=True, principal=True) for column, kind in columns),
              lambda name=name, columns=columns: _columns(columns, _CONTENT[name](everything)), _ABOUT[name],
              keys=_OWN_KEYS.get(name, ()))
        for name, columns in _SCHEMA_COLUMNS.items())
    own = Schema("tap_schema", "Schemas, tables and columns of this service.", tables)
    everything.append(own)
    return own


def _columns(columns, rows):
    rows = list(rows)
    result = {}
    for number, (name, kind) in enumerate(columns):
        values = [row[number] for row in rows]
        if kind == "int":
            result[name] = np.ma.array([value or 0 for value in values], dtype=np.int32,
                                       mask=[value is None for value in values])
        else:
            result[name] = np.array([value or None for value in values], dtype=object)
    return result


def _schemas(schemas):
    return ((schema.name, None, schema.description, number) for number, schema in enumerate(schemas, 1))


def _tables(schemas):
    for schema in schemas:
        for number, table in enumerate(schema.tables, 1):
            yield schema.name, table.name, "table", table.utype, table.description, number


def _all_columns(schemas):
    for schema in schemas:
        for table in schema.tables:
            for number, column in enumerate(table.columns, 1):
                yield (table.name, column.delimited, column.description, column.unit, column.ucd, column.utype,
                       column.votable_datatype, column.arraysize, column.xtype, None, int(column.principal),
                       int(column.indexed), int(column.std), number)


def _all_keys(schemas):
    for schema in schemas:
        for table in schema.tables:
            for number, (target, pairs) in enumerate(table.keys, 1):
                yield f"{table.name}_{number}", table.name, target, pairs


def _keys(schemas):
    return ((key, table, target, None, None) for key, table, target, _ in _all_keys(schemas))


def _key_columns(schemas):
    return ((key, *pair) for key, _, _, pairs in _all_keys(schemas) for pair in pairs)


_CONTENT = {"schemas": _schemas, "tables": _tables, "columns": _all_columns, "keys": _keys,
            "key_columns": _key_columns}
