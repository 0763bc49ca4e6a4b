# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Replies of a TAP service to tables, or to the error that says what went wrong."""

import io
import json
import re

import numpy as np
from astropy.table import MaskedColumn

from ..exceptions import (BrokerTimeoutError, RejectedQueryError, ReplyParseError, VOTableError)
from ..replies import raise_for_status
from ..tables import BrokerTable
from ..transport import redact

__all__ = ["ArrayColumnError", "message_of", "query_error", "read_reply"]

_SMALL = 1 << 20
_ARRAY = re.compile(rb"<FIELD[^>]*arraysize=[\"'][0-9*]*\*x")
_INFO = re.compile(rb"<INFO\b[^>]*>")
_VALUE = re.compile(rb"\bvalue\s*=\s*[\"'](OK|OVERFLOW|ERROR)[\"']")
_TOO_LONG = re.compile(r"timed? ?out|took too long|time limit", re.IGNORECASE)
_INTEGERS = {"short": "int16", "int": "int32", "long": "int64", "unsignedByte": "uint8"}
_FLOATS = {"float": "float32", "double": "float64"}


class ArrayColumnError(VOTableError):
    """A column of lists of text, which VOTable's binary form has lost: to be asked for as JSON."""


def message_of(content):
    """What a service says in a VOTable that stands for an error, or None.

    Parameters
    ----------
    content : bytes
        Body of the reply.

    Returns
    -------
    str or None
        None if it is no such VOTable.

    Examples
    --------
    >>> from astroquery_brokers.tap.replies import message_of
    >>> message_of(b'<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">No.</INFO></RESOURCE></VOTABLE>')
    'No.'
    """
    if len(content) > _SMALL or b"QUERY_STATUS" not in content or b"<!DOCTYPE" in content:
        return None
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return None
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "INFO" and element.get("name") == "QUERY_STATUS" and (
                element.get("value") == "ERROR"):
            return " ".join((element.text or "").split()) or "an error without a word"
    return None


def query_error(message, *, broker, adql="", hints=(), response=None):
    """The exception for what a service said about a query.

    Parameters
    ----------
    message : str
        What it said.
    broker : str
        Name of the broker.
    adql : str, optional
        The query.
    hints : sequence of (str, str)
        Regular expressions on messages, with the query on the lines after them, and what to do about it.
    response : `requests.Response`, optional
        The reply.

    Returns
    -------
    RejectedQueryError or BrokerTimeoutError
        The second where the query took longer than the service allows.
    """
    advice = next((text for pattern, text in hints if re.search(pattern, f"{message}\n{adql}")), "")
    known = {"broker": broker}
    if response is not None:
        known |= {"url": redact(response.url), "status_code": response.status_code, "response": response}
    said = f"{redact(message)[:1000].rstrip('.')}."
    if _TOO_LONG.search(message):
        advice = advice or "Ask with async_job=True, for less at once, or by an indexed column."
        return BrokerTimeoutError(f"{broker}'s TAP service gave the query up: {said} {advice}", **known)
    return RejectedQueryError(f"{broker}'s TAP service refused the query: {said} {advice or 'Change the query.'}",
                              **known)


def read_reply(response, *, broker, adql="", hints=()):
    """The table in a reply.

    Parameters
    ----------
    response : `requests.Response`
        The reply to a query, or the result of a job.
    broker : str
        Name of the broker.
    adql : str, optional
        The query.
    hints : sequence of (str, str)
        As for `query_error`.

    Returns
    -------
    table : `~astroquery_brokers.BrokerTable`
        With the types, units, UCDs and descriptions that the service gives; what is missing is masked.
    overflow : bool
        Whether the service has more rows.

    Raises
    ------
    RejectedQueryError
        If the service refused the query.
    BrokerTimeoutError
        If it gave the query up.
    BrokerError
        If it answered with an HTTP error of another kind.
    ReplyParseError
        If the reply is no table.
    """
    content = response.content
    if response.status_code == 413:
        raise RejectedQueryError(f"The tables that go with the query are larger than {broker}'s TAP service takes. Ask "
                                 "with async_job=True, where more is allowed, or in parts.", broker=broker,
                                 url=redact(response.url), status_code=413, response=response)
    if response.status_code >= 400 or len(content) < _SMALL:
        message = message_of(content)
        if message is not None:
            raise query_error(message, broker=broker, adql=adql, hints=hints, response=response)
    raise_for_status(response, broker=broker, asked="a TAP query")
    if "json" in response.headers.get("Content-Type", ""):
        return _read_json(response, broker)
    return _read_votable(response, broker)


def _read_votable(response, broker):
    from ..votable.reader import read_quietly

    try:
        table = read_quietly(io.BytesIO(response.content))
    except VOTableError as error:
        if _ARRAY.search(response.content):
            raise ArrayColumnError(f"{broker}'s TAP service sends lists of texts in a form of which nothing can be "
                                   "read. Select single elements, e.g. classes[1].", broker=broker) from error
        kind = response.headers.get("Content-Type", "no content type")
        raise ReplyParseError(f"{broker}'s TAP service answered with something that is no VOTable ({kind}): {error}",
                              broker=broker, url=redact(response.url), status_code=response.status_code,
                              response=response) from error
    states = _states(response.content)
    if b"ERROR" in states:
        raise ReplyParseError(f"{broker}'s TAP service broke off while it sent the rows. Try again.", broker=broker,
                              url=redact(response.url), status_code=response.status_code, response=response)
    table.meta.clear()
    for name in table.colnames:
        column = table[name]
        if column.dtype.kind == "f" and column.ndim == 1:
            column.mask |= np.isnan(column.data.data if hasattr(column.data, "data") else column)
    return table, b"OVERFLOW" in states


def _states(content):
    """What the service says about the query, before and after the rows."""
    infos = (info for info in _INFO.findall(content) if b"QUERY_STATUS" in info)
    return {value for info in infos for value in _VALUE.findall(info)}


def _read_json(response, broker):
    """DaCHS's JSON: columns as VOTable describes them, and rows."""
    try:
        document = json.loads(response.content)
        fields, rows = document["columns"], document["data"]
        columns = [_json_column(field, [row[place] for row in rows]) for place, field in enumerate(fields)]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, OverflowError) as error:
        raise ReplyParseError(f"{broker}'s TAP service answered with JSON of an unknown form ({type(error).__name__}: "
                              f"{error!s:.100}).", broker=broker, url=redact(response.url),
                              status_code=response.status_code, response=response) from error
    return BrokerTable(columns, copy=False), document.get("queryStatus") == "OVERFLOW"


def _json_column(field, cells):
    mask = np.array([cell is None for cell in cells], dtype=bool)
    kind = field["datatype"]
    if any(isinstance(cell, list) for cell in cells):
        values = np.empty(len(cells), dtype=object)
        values[:] = ["" if cell is None else np.array(cell, dtype=str) for cell in cells]
    elif kind in _INTEGERS:
        values = np.array([0 if cell is None else cell for cell in cells], dtype=_INTEGERS[kind])
    elif kind in _FLOATS:
        values = np.array([np.nan if cell is None else cell for cell in cells], dtype=_FLOATS[kind])
    elif kind == "boolean":
        values = np.array([bool(cell) for cell in cells], dtype=bool)
    else:
        values = np.array(["" if cell is None else str(cell) for cell in cells], dtype=str)
    meta = {key: field[key] for key in ("ucd", "utype", "xtype") if field.get(key)}
    return MaskedColumn(values, mask=mask, name=field["name"], unit=field.get("unit") or None,
                        description=field.get("description") or None, meta=meta)
