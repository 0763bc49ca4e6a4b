# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Expressions of a query in SQL, with the kind of what they give."""

import math
from dataclasses import replace

from sqlglot import exp

from . import functions, geometry
from .errors import QueryError
from .functions import INTEGERS, NUMBERS, promote
from .scope import Output
from .tables import Column

__all__ = ["Translator", "common_kind", "text"]

_COMPARISONS = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_WORDS = {"short": "integer", "int": "integer", "long": "bigint", "char": "text"}  # of PostgreSQL
_CASTS = {"SMALLINT": "short", "INT": "int", "BIGINT": "long", "FLOAT": "float", "DOUBLE": "double", "CHAR": "char",
          "VARCHAR": "char"}


def common_kind(kinds):
    """The kind of a column that has values of several."""
    if set(kinds) <= set(NUMBERS):
        return promote(*kinds)
    return kinds[0] if len(set(kinds)) == 1 else "char"


def text(value):
    """Text in SQL."""
    if "\0" in value:
        raise QueryError("text cannot have a character 0")
    return "'" + value.replace("'", "''") + "'"


class Translator:
    """Translates the expressions of one SELECT.

    Parameters
    ----------
    scope : `~astroquery_brokers.gateway.tap.scope.Scope`
    query : callable
        Translates a query in brackets: SQL and outputs.
    """

    def __init__(self, scope, query):
        self.scope = scope
        self.query = query

    def output(self, node, name):
        """A selected item: SQL and `Output`; ``name`` is for what has none."""
        if isinstance(node, exp.Column):
            found = self.column(node)
            return found.sql, found
        sql, kind = self.value(node)
        return sql, Output(name, kind, self._described(node))

    def _described(self, node):
        """The column that a value is as one in another unit, or that a distance is; None for other values."""
        if isinstance(node, exp.Column):
            return self.column(node).column
        if isinstance(node, exp.Paren):
            return self._described(node.this)
        if isinstance(node, exp.Anonymous) and node.name.upper() == "DISTANCE":
            return Column("distance", "double", "deg", "pos.angDistance")
        if isinstance(node, exp.Anonymous) and node.name.upper() == "IN_UNIT":
            inner = self._described(node.expressions[0])
            return replace(inner, datatype="double", unit=node.expressions[1].this)
        return None

    def column(self, node):
        """The column that a name means."""
        if not isinstance(node.this, exp.Identifier):
            raise QueryError("* is no value")
        table = ".".join(part for part in (node.args["db"].name if node.args.get("db") else "", node.table) if part)
        return self.scope.column(node.name, bool(node.this.args.get("quoted")), table or None)

    def value(self, node):
        """SQL and kind of a value."""
        handler = _VALUES.get(type(node))
        if handler is None and type(node) in _CONDITIONS:
            raise QueryError(f"{node.key.upper()} is a condition, not a value: use CASE WHEN ... THEN ... END")
        if handler is None:
            raise QueryError(f"Could not parse your query: Expected a value, found {node.key.upper()}")
        return handler(self, node)

    def condition(self, node):
        """SQL of a condition."""
        handler = _CONDITIONS.get(type(node))
        if handler is None:
            raise QueryError(f"Could not parse your query: Expected a condition, found {node.key.upper()}")
        return handler(self, node)

    # values

    def _column(self, node):
        found = self.column(node)
        return found.sql, found.kind

    def _literal(self, node):
        if node.is_string:
            return text(node.this), "char"
        if node.this.isdigit() and int(node.this) < 2 ** 63:
            size = int(node.this).bit_length()
            return node.this, "short" if size < 16 else "int" if size < 32 else "long"
        number = repr(_float(node.this))
        # Without an exponent it would be a decimal number, which overflows.
        return number if "e" in number else f"{number}e0", "double"

    def _null(self, node):
        return "NULL", "char"

    def _paren(self, node):
        sql, kind = self.value(node.this)
        return f"({sql})", kind

    def _negative(self, node):
        sql, kind = self._number(node.this)
        return f"(- {sql})", kind

    def _number(self, node):
        sql, kind = self.value(node)
        if kind not in NUMBERS:
            raise QueryError(f"a number is needed, not {kind}")
        return sql, kind

    def _arithmetic(self, node):
        """A chain of operators of the same rank, without a recursion per operator."""
        chain = [node]
        while type(chain[-1].this) in _ARITHMETIC:
            chain.append(chain[-1].this)
        sql, kind = self._number(chain[-1].this)
        for part in reversed(chain):
            right, other = self._number(part.expression)
            word = _ARITHMETIC[type(part)]
            if word == "/":
                word = "//" if kind in INTEGERS and other in INTEGERS else "/"
                right = functions.nonzero(right) if _may_be_zero(part.expression) else right
            kind = promote(kind, other)
            sql = f"({sql} {word} {right})"
        return sql, kind

    def _concatenate(self, node):
        parts = (_written(*self.value(part)) for part in (node.this, node.expression))
        return f"({' || '.join(parts)})", "char"

    def _case(self, node):
        subject = node.args.get("this")
        parts, kinds = ["CASE"], []
        if subject is not None:
            parts.append(self.value(subject)[0])
        for branch in node.args["ifs"]:
            when = self.condition(branch.this) if subject is None else self.value(branch.this)[0]
            sql, kind = self.value(branch.args["true"])
            parts.append(f"WHEN {when} THEN {sql}")
            kinds += [kind] if not isinstance(branch.args["true"], exp.Null) else []
        default = node.args.get("default")
        if default is not None:
            sql, kind = self.value(default)
            parts.append(f"ELSE {sql}")
            kinds += [kind] if not isinstance(default, exp.Null) else []
        return f"({' '.join(parts)} END)", common_kind(kinds or ["char"])

    def _cast(self, node):
        kind = _CASTS.get(node.args["to"].this.name)
        if kind is None:
            raise QueryError(f"CAST knows {', '.join(sorted(_CASTS))}; not {node.args['to'].sql()}")
        sql = f"CAST({self.value(node.this)[0]} AS {functions.TYPES[kind]})"
        length = [item.name for item in node.args["to"].expressions]
        if kind == "char" and node.args["to"].this.name == "VARCHAR" and not length:
            raise QueryError("No VOTable type for varchar: say how long it is at most, or write column || ''")
        return (f"left({sql}, {int(length[0])})", kind) if length and length[0].isdigit() else (sql, kind)

    def _element(self, node):
        sql, kind = self.value(node.this)
        index = node.expressions[0]
        if kind != "array" or len(node.expressions) != 1 or not isinstance(index, exp.Literal) or index.is_string:
            raise QueryError("[n] takes the n-th element, counted from 1, of a column of lists")
        return f"{sql}[{int(index.this)}]", "char"

    def _function(self, node):
        name = node.name.upper()
        if isinstance(node.this, exp.Identifier):
            raise QueryError(f"No such function known: {node.name}")
        if name in geometry.GEOMETRY:
            sql, kind = geometry.call(name, node.expressions, self.value)
            return (f"CAST({sql} AS INTEGER)", "int") if kind == "predicate" else (sql, kind)
        if name in functions.AGGREGATES:
            return self._aggregate(name, node.expressions)
        if name == "IN_UNIT":
            return self._in_unit(node.expressions)
        if name not in functions.FUNCTIONS:
            raise QueryError(f"No such function known: {node.name}")
        return functions.call(name, [self.value(argument) for argument in node.expressions])

    def _aggregate(self, name, arguments):
        distinct = len(arguments) == 1 and isinstance(arguments[0], exp.Distinct)
        if distinct:
            arguments = arguments[0].expressions
        if len(arguments) == 1 and isinstance(arguments[0], exp.Star):
            if name != "COUNT" or distinct:
                raise QueryError(f"{name}(*) has no meaning")
            arguments = []
        elif not arguments:
            raise QueryError(f"{name}() needs an argument")
        return functions.aggregate(name, [self.value(argument) for argument in arguments], distinct)

    def _in_unit(self, arguments):
        from astropy import units as u
        if len(arguments) != 2 or not isinstance(arguments[1], exp.Literal) or not arguments[1].is_string:
            raise QueryError("IN_UNIT takes a column or a DISTANCE, and a unit in quotes")
        sql, _ = self._number(arguments[0])
        described = self._described(arguments[0])
        unit = described.unit if described is not None else ""
        try:
            factor = u.Unit(unit).to(u.Unit(arguments[1].this, format="vounit"))
        except ValueError as error:
            raise QueryError(f"IN_UNIT: what has the unit {unit or 'none'} cannot be given in "
                             f"{arguments[1].this!r}") from error
        return f"(CAST({sql} AS DOUBLE) * {factor!r})", "double"

    # conditions

    def _connected(self, node):
        """AND and OR: a long chain is one level."""
        word = "AND" if isinstance(node, exp.And) else "OR"
        parts, rest = [], node
        while type(rest) is type(node):
            parts.append(rest.expression)
            rest = rest.this
        parts.append(rest)
        return "(" + f" {word} ".join(self.condition(part) for part in reversed(parts)) + ")"

    def _bracketed(self, node):
        return f"({self.condition(node.this)})"

    def _not(self, node):
        return f"(NOT {self.condition(node.this)})"

    def _compare(self, node):
        for geometric, other in ((node.this, node.expression), (node.expression, node.this)):
            if _is_predicate(geometric) and isinstance(other, exp.Literal) and other.this in ("0", "1"):
                if isinstance(node, (exp.EQ, exp.NEQ)):
                    sql, _ = geometry.call(geometric.name.upper(), geometric.expressions, self.value)
                    wanted = (other.this == "1") == isinstance(node, exp.EQ)
                    return sql if wanted else f"(NOT {sql})"
        left, right = self.value(node.this), self.value(node.expression)
        _comparable(left[1], right[1], node.this, node.expression)
        return f"({left[0]} {_COMPARISONS[type(node)]} {right[0]})"

    def _in(self, node):
        sql, kind = self.value(node.this)
        query = node.args.get("query")
        if query is not None:
            inner, outputs = self.query(query)
            if len(outputs) != 1:
                raise QueryError(f"IN takes a query with one column, not {len(outputs)}")
            return f"({sql} IN ({inner}))"
        items = []
        for item in node.expressions:
            value, other = self.value(item)
            _comparable(kind, other, node.this, item)
            items.append(value)
        if not items:
            raise QueryError("Could not parse your query: IN () needs a value")
        return f"({sql} IN ({', '.join(items)}))"

    def _like(self, node):
        values = [self.value(part) for part in (node.this, node.expression)]
        if any(kind != "char" for _, kind in values):
            raise QueryError("LIKE compares texts")
        word = "LIKE" if isinstance(node, exp.Like) else "ILIKE"
        sql = f"({values[0][0]} {word} {values[1][0]} ESCAPE '\\')"
        return f"(NOT {sql})" if node.args.get("negate") else sql

    def _is_null(self, node):
        if not isinstance(node.expression, exp.Null):
            raise QueryError("Could not parse your query: Expected IS NULL or IS NOT NULL")
        return f"({self.value(node.this)[0]} IS NULL)"

    def _between(self, node):
        sql, kind = self.value(node.this)
        bounds = [self.value(node.args[name]) for name in ("low", "high")]
        for (_, other), name in zip(bounds, ("low", "high")):
            _comparable(kind, other, node.this, node.args[name])
        return f"({sql} BETWEEN {bounds[0][0]} AND {bounds[1][0]})"

    def _exists(self, node):
        return f"EXISTS ({self.query(node.this)[0]})"


def _written(sql, kind):
    """A value as PostgreSQL writes it in a text: 10.0 is 10."""
    if kind in ("float", "double"):
        return f"regexp_replace(CAST(CAST({sql} AS {functions.TYPES[kind]}) AS VARCHAR), '[.]0$', '')"
    return sql


def _float(written):
    try:
        number = float(written)
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise QueryError(f"{written} is not a number that can be computed with")
    return number


def _is_predicate(node):
    return isinstance(node, exp.Anonymous) and node.name.upper() in ("CONTAINS", "INTERSECTS")


def _may_be_zero(node):
    return not (isinstance(node, exp.Literal) and not node.is_string and float(node.this) != 0)


def _comparable(left, right, left_node, right_node):
    """PostgreSQL's rule: text that is written in the query is read as whatever it is compared with."""
    groups = {kind: "number" for kind in NUMBERS}
    if groups.get(left, left) == groups.get(right, right):
        return
    for kind, node in ((left, left_node), (right, right_node)):
        if isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and node.is_string):
            return
    raise QueryError(f"operator does not exist: {_WORDS.get(left, left)} = {_WORDS.get(right, right)}")


_VALUES = {
    exp.Column: Translator._column, exp.Literal: Translator._literal, exp.Null: Translator._null,
    exp.Paren: Translator._paren, exp.Neg: Translator._negative, exp.DPipe: Translator._concatenate,
    exp.Case: Translator._case, exp.Cast: Translator._cast, exp.Bracket: Translator._element,
    exp.Anonymous: Translator._function,
    **{kind: Translator._arithmetic for kind in _ARITHMETIC}}
_CONDITIONS = {
    exp.And: Translator._connected, exp.Or: Translator._connected, exp.Paren: Translator._bracketed,
    exp.Not: Translator._not, exp.In: Translator._in, exp.Like: Translator._like, exp.ILike: Translator._like,
    exp.Is: Translator._is_null, exp.Between: Translator._between, exp.Exists: Translator._exists,
    **{kind: Translator._compare for kind in _COMPARISONS}}
