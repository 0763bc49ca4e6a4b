# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ADQL as a dialect of sqlglot: text to syntax tree.

Functions stay unknown to the parser: what they mean is said by `compiler` alone.
"""

import re

from sqlglot import exp, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError, TokenError
from sqlglot.tokens import TokenType

from .errors import QueryError

__all__ = ["ADQL", "RESERVED", "parse"]

LONGEST = 2_000_000
DEEPEST = 60

# SQL-92's reserved words and those that ADQL 2.1 adds; none of them names a column unless it is quoted.
RESERVED = frozenset("""
ABSOLUTE ACTION ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT AUTHORIZATION AVG BEGIN BETWEEN BIT BIT_LENGTH
BOTH BY CASCADE CASCADED CASE CAST CATALOG CHAR CHARACTER CHARACTER_LENGTH CHAR_LENGTH CHECK CLOSE COALESCE COLLATE
COLLATION COLUMN COMMIT CONNECT CONNECTION CONSTRAINT CONSTRAINTS CONTINUE CONVERT CORRESPONDING COUNT CREATE CROSS
CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATE DAY DEALLOCATE DECLARE DEFAULT DEFERRABLE
DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT DISTINCT DOMAIN DOUBLE DROP ELSE END ESCAPE EXCEPT
EXCEPTION EXEC EXECUTE EXISTS EXTERNAL EXTRACT FALSE FETCH FIRST FLOAT FOR FOREIGN FOUND FROM FULL GET GLOBAL GO GOTO
GRANT GROUP HAVING HOUR IDENTITY IMMEDIATE IN INDICATOR INITIALLY INNER INPUT INSENSITIVE INSERT INT INTEGER INTERSECT
INTERVAL INTO IS ISOLATION JOIN KEY LANGUAGE LAST LEADING LEFT LEVEL LIKE LOCAL LOWER MATCH MAX MIN MINUTE MODULE MONTH
NAMES NATIONAL NATURAL NCHAR NEXT NO NOT NULL NULLIF NUMERIC OCTET_LENGTH OF ON ONLY OPEN OPTION OR ORDER OUTER OUTPUT
OVERLAPS PAD PARTIAL POSITION PRECISION PREPARE PRESERVE PRIMARY PRIOR PRIVILEGES PROCEDURE PUBLIC READ REAL REFERENCES
RELATIVE RESTRICT REVOKE RIGHT ROLLBACK ROWS SCHEMA SCROLL SECOND SECTION SELECT SESSION SESSION_USER SET SIZE SMALLINT
SOME SPACE SQL SQLCODE SQLERROR SQLSTATE SUBSTRING SUM SYSTEM_USER TABLE TEMPORARY THEN TIME TIMESTAMP TIMEZONE_HOUR
TIMEZONE_MINUTE TO TRAILING TRANSACTION TRANSLATE TRANSLATION TRIM TRUE UNION UNIQUE UNKNOWN UPDATE UPPER USAGE USER
USING VALUE VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH WORK WRITE YEAR ZONE
ABS ACOS AREA ASIN ATAN ATAN2 BIGINT BOX CEILING CENTROID CIRCLE CONTAINS COORD1 COORD2 COORDSYS COS COT DEGREES
DISTANCE EXP FLOOR ILIKE INTERSECTS IN_UNIT LOG LOG10 MOD OFFSET PI POINT POLYGON POWER RADIANS RAND REGION ROUND SIN
SQRT TAN TOP TRUNCATE
""".split())

_NOT_ADQL = ("/*", "{", "%", "::", "==", "LIMIT", "FETCH", "QUALIFY", "PIVOT", "UNPIVOT", "WINDOW", "TABLESAMPLE",
             "LATERAL")
_START = re.compile(r"(?:\s|--[^\n]*\n)*(?:\(\s*)*(?:SELECT|WITH)\b", re.IGNORECASE)
# What may not follow a comma, and what may not follow TOP and its number.
_NO_ITEM = frozenset((TokenType.FROM, TokenType.R_PAREN, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING,
                      TokenType.ORDER_BY, TokenType.OFFSET, TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT))
_QUANTIFIERS = frozenset((TokenType.DISTINCT, TokenType.ALL))
_AFTER_OFFSET = frozenset((TokenType.ORDER_BY, TokenType.ROW, TokenType.ROWS))
_TYPES = frozenset((TokenType.INT, TokenType.FLOAT, TokenType.DOUBLE))
_NO_TYPES = ("INT", "FLOAT", "DOUBLE")
_PART = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|[()\[\];]")


class ADQL(Dialect):
    """What of sqlglot's grammar is ADQL's; `guard` refuses the rest."""

    NULL_ORDERING = "nulls_are_large"
    INDEX_OFFSET = 0  # as written: both ADQL and DuckDB count from 1

    class Tokenizer(tokens.Tokenizer):
        COMMANDS = set()
        COMMENTS = ["--"]
        KEYWORDS = {**{word: token for word, token in tokens.Tokenizer.KEYWORDS.items()
                       if not word.startswith(_NOT_ADQL)}, "TOP": TokenType.TOP}

    class Parser(parser.Parser):
        FUNCTIONS = {}
        NO_PAREN_FUNCTIONS = {}
        NO_PAREN_FUNCTION_PARSERS = {"CASE": lambda self: self._parse_case()}
        FUNCTION_PARSERS = {"CAST": lambda self: self._parse_cast(True)}
        STATEMENT_PARSERS = {}
        # TOP belongs to its SELECT, also on the right of a UNION.
        SET_OP_MODIFIERS = {"order", "offset"}


def parse(query):
    """The syntax tree of one query.

    Raises
    ------
    QueryError
        If it is not one query.
    """
    if len(query) > LONGEST:
        raise QueryError(f"the query has {len(query)} characters, more than the {LONGEST} that are read here. Upload "
                         "long lists as a table.")
    if "\0" in query:
        raise QueryError("Could not parse your query: Expected text, found the character NUL")
    if not _START.match(query):
        raise QueryError("Could not parse your query: Expected SELECT or WITH")
    _check_shape(query)
    try:
        _check_tokens(ADQL().tokenize(query))
        statements = ADQL().parse(query)
    except RecursionError as error:
        raise QueryError("the query is nested too deeply") from error
    except TokenError as error:
        raise QueryError(f"Could not parse your query: {_first_line(error)}") from error
    except SqlglotError as error:
        raise QueryError(f"Could not parse your query: {_explain(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise QueryError("Could not parse your query: Expected one SELECT statement")
    if isinstance(statements[0], exp.Subquery) or isinstance(statements[0].this, exp.Subquery):
        raise QueryError("Could not parse your query: Expected SELECT, found '('; a query has no brackets around it")
    return statements[0]


def _check_shape(query):
    depth = 0
    for match in _PART.finditer(query):
        if match.group() == ";":
            raise QueryError("Could not parse your query: Expected one SELECT statement without ';'")
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(match.group(), 0)
        if depth > DEEPEST:
            raise QueryError(f"the query has more than {DEEPEST} brackets inside each other")


def _check_tokens(found):
    """Refuse what the parser takes and ADQL has not."""
    kinds = [token.token_type for token in found]
    for number, (token, kind) in enumerate(zip(found, kinds)):
        if kind is TokenType.COMMA and (kinds[number + 1:] or [TokenType.FROM])[0] in _NO_ITEM:
            raise QueryError(f"Could not parse your query: Expected a value, found ',' (at char {token.start})")
        if kind is TokenType.TOP and kinds[number + 2:] and kinds[number + 2] in _QUANTIFIERS:
            raise QueryError(f"Could not parse your query: Expected select list, found {found[number + 2].text!r}: it "
                             "stands before TOP")
        if kind is TokenType.OFFSET and set(kinds[number + 2:number + 3]) & _AFTER_OFFSET:
            raise QueryError(f"Could not parse your query: Expected end of text, found {found[number + 2].text!r}")
        if token.text.upper() in _NO_TYPES and kind in _TYPES:
            raise QueryError(f"Could not parse your query: Expected INTEGER, REAL, DOUBLE PRECISION or another type of "
                             f"ADQL, found {token.text!r}")
        if kind is TokenType.VAR and token.text.upper() == "NULLS":
            raise QueryError("Could not parse your query: Expected end of text, found 'NULLS'; they are the largest "
                             "values")
    conditions = (TokenType.ON, TokenType.USING, TokenType.CROSS, TokenType.NATURAL)
    if kinds.count(TokenType.JOIN) > sum(map(kinds.count, conditions)):
        raise QueryError("a JOIN needs ON or USING")


def _explain(error):
    details = getattr(error, "errors", None)
    if not details:
        return _first_line(error)
    first = details[0]
    what = first.get("description") or ""
    what = "Unexpected token" if "<" in what or not what else what
    return f"{what}, found {first.get('highlight')!r} (line:{first.get('line')}, " \
           f"col:{first.get('col')})"


def _first_line(error):
    return str(error).split("\n")[0]
