# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What names mean in a query: tables, their columns, and what a SELECT hands on."""

from dataclasses import dataclass, replace

from .errors import QueryError

__all__ = ["Output", "Scope", "Source", "distinct_names", "quoted"]


def quoted(name):
    """A name as DuckDB takes it literally."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Output:
    """A column that a table or a query offers.

    Attributes
    ----------
    name : str
    kind : str
        ``short``, ``int``, ``long``, ``float``, ``double``, ``char``, ``boolean`` or ``array``.
    column : `~astroquery_brokers.gateway.tap.tables.Column` or None
        The column of a table that it is; None for expressions.
    sql : str
        How the query refers to it.
    """

    name: str
    kind: str
    column: object = None
    sql: str = ""


def distinct_names(outputs):
    """The same outputs, where the second of a name has ``_`` behind it, the third ``__``."""
    taken, result = set(), []
    for output in outputs:
        name = output.name
        while name in taken:
            name += "_"
        taken.add(name)
        result.append(replace(output, name=name))
    return result


def _find(name, is_quoted, outputs):
    if is_quoted:
        return [output for output in outputs if output.name == name]
    return [output for output in outputs if output.name.lower() == name.lower()]


class Source:
    """A table, or query, in a FROM.

    Parameters
    ----------
    names : tuple of str
        What it may be called: alias, or table name with and without schema; in lower case.
    alias : str
        What the SQL calls it.
    outputs : list of Output
    """

    def __init__(self, names, alias, outputs):
        self.names = names
        self.outputs = [replace(output, sql=f"{alias}.{quoted(output.name)}") for output in outputs]


class Scope:
    """The names that an expression can use.

    Parameters
    ----------
    parent : Scope, optional
        That of the query around it.
    """

    def __init__(self, parent=None):
        self.parent = parent
        self.sources = []
        self.merged = {}

    def add(self, source):
        """Add a table; its name must be new."""
        if any(name in other.names[:1] for name in source.names[:1] for other in self.sources):
            raise QueryError(f"the name {source.names[0]!r} stands for two tables: give one an alias")
        self.sources.append(source)

    def star(self, table=None):
        """The columns of ``*``, or of ``table.*``."""
        if table is not None:
            return list(self.source(table).outputs)
        hidden = set(self.merged)
        rest = [output for source in self.sources for output in source.outputs if output.name.lower() not in hidden]
        return list(self.merged.values()) + rest

    def source(self, name):
        """The source of a name."""
        found = [source for source in self.sources if name.lower() in source.names]
        if len(found) > 1:
            raise QueryError(f"{name} needs to be qualified")
        if found:
            return found[0]
        if self.parent is not None:
            return self.parent.source(name)
        raise QueryError(f"No such table known: {name!r} is not in this FROM")

    def column(self, name, is_quoted=False, table=None):
        """The column of a name."""
        if table is not None:
            found = _find(name, is_quoted, self.source(table).outputs)
        else:
            found = [] if is_quoted or name.lower() not in self.merged else [self.merged[name.lower()]]
            found = found or [output for source in self.sources for output in _find(name, is_quoted, source.outputs)]
        if len(found) > 1:
            raise QueryError(f"{name} needs to be qualified")
        if found:
            return found[0]
        if table is None and self.parent is not None:
            return self.parent.column(name, is_quoted)
        raise QueryError(f"No such field known: column {name!r} could not be located in table metadata")

    def common(self, source):
        """Names that a source shares with those before it, for NATURAL JOIN."""
        before = {output.name.lower() for output in self.star()}
        return [output.name.lower() for output in source.outputs if output.name.lower() in before]

    def merge(self, name, source, side):
        """Make one of two columns that a join equates; the SQL of the condition."""
        left, right = self.column(name), _one(name, source)
        sql = {"RIGHT": right.sql, "FULL": f"coalesce({left.sql}, {right.sql})"}.get(side, left.sql)
        self.merged[name.lower()] = replace(left, sql=sql)
        return f"{left.sql} = {right.sql}"


def _one(name, source):
    found = _find(name, False, source.outputs)
    if len(found) != 1:
        raise QueryError(f"No such field known: column {name!r} could not be located in table metadata")
    return found[0]
