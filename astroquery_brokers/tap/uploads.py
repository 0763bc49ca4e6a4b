# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables that go along with a query (TAP_UPLOAD)."""

import hashlib
import io
import re

from astropy.table import Table

from ..exceptions import InvalidArgumentError

__all__ = ["check_uploads", "multipart"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# PostgreSQL keeps these for itself: the service renames such a column to `oid_`, and then looks for `oid_` in the
# other tables of the query too.
_SYSTEM = frozenset({"oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def check_uploads(uploads):
    """Tables as the VOTables that are sent.

    Parameters
    ----------
    uploads : dict of str to `~astropy.table.Table`, or None
        By the name that they have in the query after ``tap_upload.``.

    Returns
    -------
    dict of str to bytes

    Raises
    ------
    InvalidArgumentError
        If a table is empty, or a name or type is one that the service does not take; the message has the remedy.

    Examples
    --------
    >>> from astropy.table import Table
    >>> from astroquery_brokers.tap.uploads import check_uploads
    >>> check_uploads({"mine": Table({"oid": ["ZTF20aaelulu"]})})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    astroquery_brokers.exceptions.InvalidArgumentError: uploads['mine'] has a column 'oid', ...
    """
    if uploads is None:
        return {}
    if not isinstance(uploads, dict):
        raise InvalidArgumentError("uploads is a dict of tables by the name that the query has for them, e.g. "
                                   "{'mine': table} for tap_upload.mine.")
    lowered = [str(name).lower() for name in uploads]
    if len(set(lowered)) < len(lowered):
        raise InvalidArgumentError("Two names in uploads differ in upper and lower case only; ADQL takes them for one.")
    return {_checked_name(name): _votable(name, table) for name, table in uploads.items()}


def _checked_name(name):
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidArgumentError(f"uploads: {name!r:.60} cannot be the name of a table. Allowed: letters, digits and "
                                   "_, with a letter first, e.g. 'mine' for tap_upload.mine.")
    return name


def _votable(name, table):
    """The checked table as a VOTable in TABLEDATA, which every service reads."""
    from .. import votable

    label = f"uploads[{name!r}]"
    try:
        table = table if isinstance(table, Table) else Table(table)
    except Exception as error:  # astropy raises almost anything
        raise InvalidArgumentError(f"{label} is not a table: {error}") from error
    if not len(table) or not table.colnames:
        raise InvalidArgumentError(f"{label} has no rows, which the service refuses. Leave the question out.")
    lowered = [column.lower() for column in table.colnames]
    if len(set(lowered)) < len(lowered):
        raise InvalidArgumentError(f"{label} has columns whose names differ in upper and lower case only; rename one.")
    plain = Table(copy=False)
    for column in table.colnames:
        plain[column] = _checked_column(label, table, column)
    stream = io.BytesIO()
    votable.write(plain, stream, serialization="tabledata")
    return stream.getvalue()


def _checked_column(label, table, name):
    column, where = table[name], f"{label} has a column {name!r}"
    if name.lower() in _SYSTEM:
        raise InvalidArgumentError(f"{where}, a name that the service's database keeps for itself. Rename it, and "
                                   f"in the query too: table.rename_column({name!r}, "
                                   f"{'objectid' if name.lower() == 'oid' else f'my_{name}'!r}).")
    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(f"{where}, which cannot be written in ADQL. Rename it with letters, digits and _.")
    dtype = getattr(column, "dtype", None)
    if dtype is None or dtype.kind not in "iufUSb" and not _is_text(column):
        raise InvalidArgumentError(f"{where} of {type(column).__name__}, which is not taken. Allowed: integers, floats "
                                   "and texts; give times as numbers, positions as two columns of degrees.")
    if dtype.kind == "b":
        raise InvalidArgumentError(f"{where} of booleans, which the service refuses. Make it numbers: "
                                   f"table[{name!r}] = table[{name!r}].astype(int).")
    if column.ndim > 1:
        raise InvalidArgumentError(f"{where} of arrays, which the service refuses. Make it one column per element.")
    column = column.astype(str) if dtype.kind == "S" or dtype.kind == "O" else column
    column = type(column)(column)  # without its surroundings
    column.info.meta = None
    return column


def _is_text(column):
    return column.dtype.kind == "O" and all(isinstance(value, str) for value in column)


def multipart(parameters, parts):
    """The body of a request with tables; the same question has the same body, so that it can be cached.

    Parameters
    ----------
    parameters : sequence of (str, str)
        What a form without tables has.
    parts : dict of str to bytes
        VOTables by name.

    Returns
    -------
    body : bytes
    content_type : str

    Examples
    --------
    >>> from astroquery_brokers.tap.uploads import multipart
    >>> body, content_type = multipart([("LANG", "ADQL")], {"mine": b"<VOTABLE/>"})
    >>> b'name="mine"' in body
    True
    """
    from urllib3 import encode_multipart_formdata

    digest = hashlib.sha256(repr((tuple(parameters), sorted(parts.items()))).encode()).hexdigest()
    fields = [*parameters, ("UPLOAD", ";".join(f"{name},param:{name}" for name in parts))]
    fields += [(name, (f"{name}.xml", content, "application/x-votable+xml")) for name, content in parts.items()]
    return encode_multipart_formdata(fields, boundary=digest)
