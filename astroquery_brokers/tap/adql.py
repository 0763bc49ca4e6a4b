# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be said about an ADQL query without a server, and queries made from typed values."""

import numbers
import re
from dataclasses import dataclass, field

import numpy as np

from ..exceptions import InvalidArgumentError

__all__ = ["Origins", "by_upload", "check_adql", "literal", "origins_of", "rows_wanted", "where"]

_TOKEN = re.compile(r"""
    (?P<space>\s+|--[^\n]*)
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")+")
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[^\W\d]\w*)
  | (?P<sign><>|<=|>=|!=|\|\||.)
""", re.VERBOSE | re.DOTALL)
_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*){0,2}", re.IGNORECASE | re.ASCII)
# What no request or database takes in a text: the character 0, and halves of characters.
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")
# And what DaCHS takes for something else: to it a backslash before a quotation mark keeps the text open, so that what
# follows is read as ADQL; it writes % twice, tabs as blanks, and ends a text with its line.
_UNWRITABLE = re.compile(r"[\x00-\x1f\ud800-\udfff\\%]")
# Column names that ADQL keeps for itself.
_RESERVED = frozenset({"value", "size", "date", "time", "timestamp", "year", "month", "day", "position", "section"})
_AFTER_FROM = frozenset({"WHERE", "GROUP", "HAVING", "ORDER", "OFFSET"})
_AFTER_TABLE = frozenset({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "ON", "USING"})
_SEVERAL = frozenset({"WITH", "UNION", "EXCEPT", "INTERSECT"})


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def word(self):
        """In capitals, where it can be a key word."""
        return self.text.upper() if self.kind == "name" else ""

    @property
    def name(self):
        """As the service's tables and columns are called."""
        return self.text[1:-1].replace('""', '"') if self.kind == "quoted" else self.text.lower()


def _tokens(adql):
    return [_Token(match.lastgroup, match.group()) for match in _TOKEN.finditer(adql) if match.lastgroup != "space"]


def check_adql(adql):
    """Refuse what is plainly not one SELECT, before anything is sent.

    Parameters
    ----------
    adql : str
        The query.

    Returns
    -------
    str
        The query without white space around it, and without a semicolon at its end.

    Raises
    ------
    InvalidArgumentError
        If it is empty, another statement, several of them, or has quotes or parentheses that are not closed.

    Examples
    --------
    >>> from astroquery_brokers.tap import check_adql
    >>> check_adql("SELECT TOP 5 oid FROM ztf.object;")
    'SELECT TOP 5 oid FROM ztf.object'
    """
    if not isinstance(adql, str) or not adql.strip():
        raise InvalidArgumentError(f"adql={adql!r:.60} is not a query. Write e.g. 'SELECT TOP 5 oid FROM ztf.object'.")
    tokens = _tokens(adql)
    text = adql.strip()
    if tokens and tokens[-1].text == ";":
        tokens.pop()
        text = re.sub(r";\s*(--[^\n]*\s*)*\Z", "", adql).strip()
    unspeakable = _UNSPEAKABLE.search(text)
    complaint = f"The character {unspeakable.group()!r} cannot be sent." if unspeakable else _complaint(tokens)
    if complaint:
        raise InvalidArgumentError(f"{complaint} Nothing was sent. The query: {text!r:.160}")
    return text


def _complaint(tokens):
    words = [token.word for token in tokens]
    signs = [token.text for token in tokens if token.kind == "sign"]
    begin = next((token for token in tokens if token.text != "("), None)
    if begin is None or begin.word not in ("SELECT", "WITH") or "SELECT" not in words:
        return f"A query is one SELECT; this one begins with {begin.text if begin else 'nothing'!r:.40}."
    for quote in ("'", '"'):
        if quote in signs:
            return f"A quotation mark ({quote}) is not closed; inside a text write it twice."
    if ";" in signs:
        return "There is a semicolon: ask one query at a time."
    depth = 0
    for sign in signs:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            break
    if depth:
        return "The parentheses do not match."
    for token, after in zip(tokens, tokens[1:]):
        if token.word == "LIMIT" and after.kind == "number":
            return f"ADQL has no LIMIT: write SELECT TOP {after.text} ... ."
    return ""


def rows_wanted(adql):
    """The number in ``SELECT TOP n``.

    Parameters
    ----------
    adql : str
        The query.

    Returns
    -------
    int or None
        Number of rows; None where the query does not begin in that way.

    Examples
    --------
    >>> from astroquery_brokers.tap.adql import rows_wanted
    >>> rows_wanted("SELECT DISTINCT TOP 7 oid FROM ztf.object")
    7
    """
    words = [token.text.upper() for token in _tokens(adql)[:4]]
    words = [word for word in words if word not in ("ALL", "DISTINCT")]
    return int(words[2]) if words[:2] == ["SELECT", "TOP"] and len(words) > 2 and words[2].isdigit() else None


@dataclass
class Origins:
    """Which columns of which tables a query returns, as far as its text says so without doubt.

    Attributes
    ----------
    tables : tuple of str
        Full names of the tables in FROM.
    named : dict
        (table, column) by name of the result's column; None where it is something else.
    starred : str or None
        The table whose columns are all returned by ``*``.
    equal : dict
        Values that columns must have for a row to be returned, as the text says them.
    """

    tables: tuple = ()
    named: dict = field(default_factory=dict)
    starred: str | None = None
    equal: dict = field(default_factory=dict)

    def of(self, name):
        """Where a column of the result comes from.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        (str, str) or None
            Table and column; None where that is not certain.
        """
        key = name.lower()
        if key in self.named:
            return self.named[key]
        return (self.starred, key) if self.starred else None


def origins_of(adql):
    """Where the columns of a query's result come from.

    Parameters
    ----------
    adql : str
        The query.

    Returns
    -------
    Origins
        Empty for a query of several SELECTs, or one from a subquery.

    Examples
    --------
    >>> from astroquery_brokers.tap.adql import origins_of
    >>> origins = origins_of("SELECT o.oid, p.ranking AS n FROM ztf.object o JOIN ztf.probability p ON o.oid = p.oid")
    >>> origins.of("n"), origins.of("ndet")
    (('ztf.probability', 'ranking'), None)
    """
    tokens = _flat(_tokens(adql))
    words = [token.word for token in tokens]
    if words.count("SELECT") != 1 or words[0] != "SELECT" or words.count("FROM") != 1 or _SEVERAL & set(words):
        return Origins()
    start = words.index("FROM")
    end = next((place for place, word in enumerate(words) if word in _AFTER_FROM), len(words))
    tables = _tables(tokens[start + 1:end])
    if not tables:
        return Origins()
    origins = Origins(tuple(dict.fromkeys(tables.values())))
    _read_list(tokens[1:start], tables, origins)
    if "WHERE" in words and "OR" not in words and "NOT" not in words:
        for first, sign, second in zip(tokens[end:], tokens[end + 1:], tokens[end + 2:]):
            if sign.text == "=" and first.kind in ("name", "quoted") and second.kind in ("number", "text"):
                origins.equal[first.name] = second.text
    return origins


def _flat(tokens):
    """Tokens outside of parentheses; what is in them is one token each."""
    flat, depth = [], 0
    for token in tokens:
        depth += token.text == "("
        if not depth:
            flat.append(token)
        depth -= token.text == ")"
        if token.text == ")" and not depth:
            flat.append(_Token("group", "()"))
    return flat


def _tables(tokens):
    """Full names of tables by every name that the query has for them; None if that is not plain."""
    tables, place = {}, 0
    while place < len(tokens):
        parts, place = _dotted(tokens, place)
        if not parts:
            return None
        if place < len(tokens) and tokens[place].word == "AS":
            place += 1
        named = place < len(tokens) and tokens[place].kind in ("name", "quoted") and (
            tokens[place].word not in _AFTER_TABLE)
        names = [tokens[place].name] if named else [parts[-1], ".".join(parts)]
        if tables.keys() & set(names):
            return None
        tables |= dict.fromkeys(names, ".".join(parts))
        while place < len(tokens) and tokens[place].text != "," and tokens[place].word != "JOIN":
            place += 1
        place += 1
    return tables


def _dotted(tokens, place):
    """The parts of a name with dots, and the place after it."""
    parts = []
    while place < len(tokens) and tokens[place].kind in ("name", "quoted"):
        parts.append(tokens[place].name)
        place += 1
        if place == len(tokens) or tokens[place].text != ".":
            break
        place += 1
    return parts, place


def _read_list(tokens, tables, origins):
    """Read the list of columns."""
    while tokens and tokens[0].word in ("ALL", "DISTINCT", "TOP"):
        tokens = tokens[2 if tokens[0].word == "TOP" else 1:]
    items, stars = [[]], []
    for token in tokens:
        items.append([]) if token.text == "," else items[-1].append(token)
    whole = set(tables.values())
    only = whole.pop() if len(whole) == 1 and len(set(tables) - {*origins.tables}) == 1 else None
    for item in items:
        if item and item[-1].text == "*":
            parts, place = _dotted(item, 0)
            if place == len(item) - 1:
                stars.append(tables.get(".".join(parts)) if parts else only)
                continue
        name, origin = _column(item, tables, only)
        if name:
            origins.named[name] = None if name in origins.named else origin
    if len(stars) == 1:
        origins.starred = stars[0]


def _column(item, tables, only):
    """Name of a column of the result, and its table and column if it is nothing else."""
    parts, place = _dotted(item, 0)
    rest = item[place:]
    if rest and rest[0].word == "AS":
        rest = rest[1:]
    if parts and (not rest or len(rest) == 1 and rest[0].kind in ("name", "quoted")):
        table = tables.get(".".join(parts[:-1])) if len(parts) > 1 else only
        return (rest[0].name if rest else parts[-1]).lower(), (table, parts[-1]) if table else None
    return (item[-1].name.lower() if item and item[-1].kind in ("name", "quoted") else None), None


# -- queries from values ----------------------------------------------------------------------------------------------


def literal(value):
    """A value as ADQL writes it.

    Parameters
    ----------
    value : str, int or float
        The value, which is compared with a column in that one's unit (it has no unit of its own).

    Returns
    -------
    str

    Raises
    ------
    InvalidArgumentError
        If it is none of these, not finite, or a text that servers read as another one: with a backslash, %, a control
        character (tab, line end) or half a character (a surrogate).

    Examples
    --------
    >>> from astroquery_brokers.tap import literal
    >>> literal("O'Hara"), literal(61217.316228)
    ("'O''Hara'", '61217.316228')
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, str) and not _UNWRITABLE.search(value):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and np.isfinite(value):
        return repr(value)
    raise InvalidArgumentError(f"{value!r:.60} cannot be part of a query. Allowed: texts without backslash, % and "
                               "control characters, integers and finite numbers; a boolean is the text 'True' or "
                               "'False'.")


def _name(name):
    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(f"{name!r:.60} is not the name of a column or table.")
    start, _, last = name.rpartition(".")
    return f'{start}{"." if start else ""}"{last}"' if last.lower() in _RESERVED else name


def where(conditions):
    """Conditions that must all hold.

    Parameters
    ----------
    conditions : sequence of (str, str, object)
        Column, one of ``=``, ``>=``, ``<=``, ``<``, ``>``, ``IN``, and a value (for ``IN`` a list).

    Returns
    -------
    str

    Raises
    ------
    InvalidArgumentError
        If a name, comparison or value cannot be part of a query.

    Examples
    --------
    >>> from astroquery_brokers.tap.adql import where
    >>> where([("o.firstmjd", ">=", 61100.0), ("p.class_name", "IN", ["SNIa", "SNII"])])
    "o.firstmjd >= 61100.0 AND p.class_name IN ('SNIa', 'SNII')"
    """
    parts = []
    for name, sign, value in conditions:
        if sign == "IN":
            text = f"({', '.join(map(literal, value))})"
        elif sign in ("=", ">=", "<=", "<", ">"):
            text = literal(value)
        else:
            raise InvalidArgumentError(f"{sign!r} is no comparison.")
        parts.append(f"{_name(name)} {sign} {text}")
    return " AND ".join(parts)


def by_upload(table, column, *, upload="ids", key="objectid"):
    """A query for the rows of a table whose key is in an uploaded table.

    Parameters
    ----------
    table, column : str
        The table and its key.
    upload, key : str, optional
        The uploaded table and its column.

    Returns
    -------
    str

    Examples
    --------
    >>> from astroquery_brokers.tap.adql import by_upload
    >>> by_upload("ztf.object", "oid")
    'SELECT o.* FROM ztf.object AS o JOIN tap_upload.ids AS u ON o.oid = u.objectid'
    """
    return (f"SELECT o.* FROM {_name(table)} AS o JOIN tap_upload.{_name(upload)} AS u "
            f"ON {_name(f'o.{column}')} = {_name(f'u.{key}')}")
