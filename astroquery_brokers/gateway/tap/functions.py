# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The functions of ADQL, as DuckDB's: whatever is not here is refused."""

from .errors import QueryError

__all__ = ["AGGREGATES", "FUNCTIONS", "INTEGERS", "NUMBERS", "TYPES", "aggregate", "call", "describe", "nonzero",
           "promote"]

INTEGERS = ("short", "int", "long")
NUMBERS = (*INTEGERS, "float", "double")
TYPES = {"short": "SMALLINT", "int": "INTEGER", "long": "BIGINT", "float": "REAL", "double": "DOUBLE",
         "char": "VARCHAR", "boolean": "BOOLEAN", "array": "VARCHAR[]"}


def promote(*kinds):
    """The kind of what is computed of numbers."""
    return max(kinds, key=NUMBERS.index)


def _double(template):
    return lambda *arguments: template.format(*(f"CAST({sql} AS DOUBLE)" for sql in arguments))


def _round(write, *arguments):
    if len(arguments) == 1:
        return write(f"CAST({arguments[0]} AS DOUBLE)")
    power = f"pow(10.0e0, {arguments[1]})"
    return f"({write(f'CAST({arguments[0]} AS DOUBLE) * {power}')} / {power})"


def nonzero(sql):
    """A divisor; zero is an error, as in PostgreSQL."""
    return f"(CASE WHEN {sql} = 0 THEN error('division by zero') ELSE {sql} END)"


# Name: how many arguments; kinds of them; how it is written; kind of the result (None: that of the first argument).
FUNCTIONS = {
    "ABS": ((1,), "number", "abs({})".format, "double"),
    "CEILING": ((1,), "number", _double("ceil({})"), "double"),
    "CEIL": ((1,), "number", _double("ceil({})"), "double"),
    "FLOOR": ((1,), "number", _double("floor({})"), "double"),
    "ROUND": ((1, 2), "number", lambda *a: _round("round_even({}, 0)".format, *a), "double"),
    "TRUNCATE": ((1, 2), "number", lambda *a: _round("trunc({})".format, *a), "double"),
    "MOD": ((2,), "integer", lambda a, b: f"({a} % {nonzero(b)})", "double"),
    "LOG": ((1,), "number", _double("ln({})"), "double"),
    "LOG10": ((1,), "number", _double("log10({})"), "double"),
    "EXP": ((1,), "number", _double("exp({})"), "double"),
    "POWER": ((2,), "number", _double("pow({}, {})"), "double"),
    "SQRT": ((1,), "number", _double("sqrt({})"), "double"),
    "ATAN2": ((2,), "number", _double("atan2({}, {})"), "double"),
    **{name: ((1,), "number", _double(name.lower() + "({})"), "double")
       for name in ("ACOS", "ASIN", "ATAN", "COS", "COT", "SIN", "TAN", "DEGREES", "RADIANS")},
    "PI": ((0,), "number", "pi()".format, "double"),
    "RAND": ((0, 1), "number", lambda *seed: "random()", "double"),
    "UPPER": ((1,), "char", "upper({})".format, "char"),
    "LOWER": ((1,), "char", "lower({})".format, "char"),
    "IVO_NOCASEMATCH": ((2,), "char", "coalesce(CAST(lower({}) LIKE lower({}) AS INTEGER), 0)".format, "int"),
    "COALESCE": (range(1, 100), "any", lambda *a: f"coalesce({', '.join(a)})", "promoted"),
}
AGGREGATES = {"COUNT": "count", "SUM": "sum", "AVG": "avg", "MIN": "min", "MAX": "max",
              "IVO_STRING_AGG": "string_agg"}

_FORMS = {"MOD": "a, b", "POWER": "a, b", "ATAN2": "y, x", "PI": "", "RAND": "", "COALESCE": "a, b, ...",
          "IVO_NOCASEMATCH": "value TEXT, pattern TEXT"}


def describe():
    """Forms of the functions that are not in ADQL's grammar, for the capabilities."""
    return [("ivo_nocasematch(value TEXT, pattern TEXT) -> INTEGER",
             "1 if the pattern (as of LIKE) matches, without regard to case; else 0."),
            ("ivo_string_agg(value TEXT, delimiter TEXT) -> TEXT", "All values of a group in one text.")]


def call(name, arguments):
    """A function in SQL.

    Parameters
    ----------
    name : str
    arguments : list of tuple
        SQL and kind of each.

    Returns
    -------
    sql, kind : str
    """
    counts, wanted, write, kind = FUNCTIONS[name]
    if len(arguments) not in counts:
        raise QueryError(f"{name} takes {' or '.join(map(str, counts))} arguments, not {len(arguments)}")
    kinds = [kind for _, kind in arguments]
    if wanted == "number" and not set(kinds) <= set(NUMBERS):
        raise QueryError(f"{name} takes numbers, not {' and '.join(kinds)}")
    if wanted == "integer" and not set(kinds) <= set(INTEGERS):
        raise QueryError(f"function {name.lower()}({', '.join(kinds)}) does not exist: it takes whole numbers")
    if wanted == "char" and not set(kinds) <= {"char"}:
        raise QueryError(f"{name} takes text, not {' and '.join(kinds)}")
    if kind == "promoted":
        kind = promote(*kinds) if set(kinds) <= set(NUMBERS) else kinds[0]
    return write(*(sql for sql, _ in arguments)), kind or kinds[0]


def aggregate(name, arguments, distinct):
    """An aggregate function in SQL, as `call`; an empty list of arguments is that of ``COUNT(*)``."""
    kinds = [kind for _, kind in arguments]
    inner = ("DISTINCT " if distinct else "") + (", ".join(sql for sql, _ in arguments) or "*")
    if name == "COUNT" and len(arguments) <= 1:
        return f"count({inner})", "int"
    if len(arguments) != (2 if name == "IVO_STRING_AGG" else 1):
        raise QueryError(f"{name} takes another number of arguments than {len(arguments)}")
    if name == "IVO_STRING_AGG":
        return f"string_agg({inner})", "char"
    if name in ("SUM", "AVG") and kinds[0] not in NUMBERS:
        raise QueryError(f"{name} takes numbers, not {kinds[0]}")
    kind = "double" if name == "AVG" else kinds[0]
    return f"{AGGREGATES[name]}({inner})", kind
