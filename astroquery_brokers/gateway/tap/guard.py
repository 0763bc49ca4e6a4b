# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a query may be made of: a list of all that is allowed; everything else is refused."""

from sqlglot import exp

from .errors import QueryError
from .grammar import RESERVED

__all__ = ["check"]

_TWO = {"this", "expression"}

# Kinds of node, and the parts that each may have.
_ALLOWED = {
    exp.Select: {"with_", "distinct", "limit", "expressions", "from_", "joins", "where", "group", "having", "order",
                 "offset"},
    exp.Union: {"with_", "this", "expression", "distinct", "order", "offset"},
    exp.Except: {"with_", "this", "expression", "distinct", "order", "offset"},
    exp.Intersect: {"with_", "this", "expression", "distinct", "order", "offset"},
    exp.Subquery: {"this", "alias"},
    exp.With: {"expressions"}, exp.CTE: {"this", "alias"},
    exp.From: {"this"}, exp.Table: {"this", "db", "alias", "joins"}, exp.TableAlias: {"this"},
    exp.Join: {"this", "side", "kind", "method", "on", "using"},
    exp.Where: {"this"}, exp.Having: {"this"}, exp.Group: {"expressions"}, exp.Order: {"expressions"},
    exp.Ordered: {"this", "desc", "nulls_first"}, exp.Limit: {"expression"}, exp.Offset: {"expression"},
    exp.Distinct: {"expressions"}, exp.Star: set(),
    exp.Alias: {"this", "alias"}, exp.Identifier: {"this", "quoted"}, exp.Column: {"this", "table", "db"},
    exp.Literal: {"this", "is_string"}, exp.Null: set(),
    exp.Anonymous: {"this", "expressions"}, exp.Bracket: {"this", "expressions"},
    exp.Cast: {"this", "to"}, exp.DataType: {"this", "expressions", "nested"}, exp.DataTypeParam: {"this"},
    exp.Case: {"this", "ifs", "default"}, exp.If: {"this", "true"},
    exp.Paren: {"this"}, exp.Neg: {"this"}, exp.Not: {"this"},
    exp.Add: _TWO, exp.Sub: _TWO, exp.Mul: _TWO, exp.Div: _TWO, exp.DPipe: _TWO,
    exp.And: _TWO, exp.Or: _TWO,
    exp.EQ: _TWO, exp.NEQ: _TWO, exp.LT: _TWO, exp.LTE: _TWO, exp.GT: _TWO, exp.GTE: _TWO,
    exp.Like: _TWO | {"negate"}, exp.ILike: _TWO | {"negate"}, exp.Is: _TWO, exp.Between: {"this", "low", "high"},
    exp.In: {"this", "expressions", "query"}, exp.Exists: {"this"},
}

_KINDS = {("", ""), ("", "INNER"), *((side, kind) for side in ("LEFT", "RIGHT", "FULL") for kind in ("", "OUTER"))}
_JOINS = {(method, *kind) for method in ("", "NATURAL") for kind in _KINDS} | {("", "", "CROSS")}

# What sqlglot notes by itself, without a word in the query.
_NOTES = {exp.Div: {"typed", "safe"}, exp.DPipe: {"safe"}, exp.Between: {"symmetric"}, exp.Cast: {"_type"},
          exp.Column: {"_type"}, exp.Bracket: {"offset"}}


def check(tree):
    """Refuse a syntax tree that has anything in it which is not allowed.

    Parameters
    ----------
    tree : `sqlglot.expressions.Expression`

    Raises
    ------
    QueryError
    """
    for node in tree.walk():
        allowed = _ALLOWED.get(type(node))
        if allowed is None:
            raise QueryError(f"{_words(node)} is not possible here: this service answers one SELECT of ADQL")
        for part, value in node.args.items():
            if part not in allowed and value not in (None, False, []) and part not in _NOTES.get(type(node), ()):
                raise QueryError(f"{part.strip('_').upper()} is not possible in {_words(node)}: it is not ADQL")
        if type(node) is exp.Table and type(node.this) is not exp.Identifier:
            raise QueryError("functions are not tables here: FROM takes tables, their joins and queries in brackets")
        if type(node) in (exp.From, exp.Join) and type(node.this) not in (exp.Table, exp.Subquery):
            raise QueryError("Could not parse your query: Expected a table")
        if type(node) in (exp.Select, exp.Group, exp.Order) and not node.expressions:
            raise QueryError(f"Could not parse your query: Expected an expression after {_words(node)}")
        if type(node) is exp.Join and (node.method, node.side, node.kind) not in _JOINS:
            raise QueryError(f"{node.method} {node.side} {node.kind} JOIN is not ADQL")
        if type(node) is exp.Identifier and not node.args.get("quoted") and node.name.upper() in RESERVED:
            raise QueryError(f"Could not parse your query: Expected a name, found {node.name!r}, which is a reserved "
                             f'word. Write "{node.name}" with double quotes')


def _words(node):
    return node.key.upper()
