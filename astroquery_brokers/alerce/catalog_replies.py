# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The forms that replies of catsHTM have, and what they have in common.

Version 1.2.0 answers with ``{column: {"units": ..., "values": [...]}}`` (``unit`` and ``value`` for a single source);
later code with ``[{"attribute_name": ..., "unit": ..., "values": [...]}, ...]``. Here each is a dict
``{catalogue: {column: (unit, values)}}``.
"""

from ..exceptions import RejectedQueryError
from ..replies import decode_json
from ..transport import redact

__all__ = ["all_catalogs", "all_matches", "one_catalog", "one_match"]

_BROKER = "ALeRCE"


def one_catalog(response):
    """Rows of one catalogue."""
    return _named(_payload(response))


def all_catalogs(response):
    """Rows of all catalogues."""
    payload = _payload(response)
    if isinstance(payload, dict):
        payload = payload.get("catalogs", payload)
    return _joined(payload)


def one_match(response):
    """The nearest source in one catalogue; the reply does not name it."""
    columns = _columns(_payload(response))
    return {"": columns} if columns else {}


def all_matches(response):
    """The nearest source in each catalogue."""
    return _joined(_payload(response))


def _payload(response):
    payload = decode_json(response, broker=_BROKER)
    if isinstance(payload, str):
        # With status 200.
        raise RejectedQueryError(f"{_BROKER}'s catalogue service refused the question: {payload[:300]} Change the "
                                 "arguments.", broker=_BROKER, url=redact(response.url),
                                 status_code=response.status_code, response=response)
    return payload


def _joined(payload):
    if isinstance(payload, dict):
        return _named(payload)
    if not isinstance(payload, list) or not all(isinstance(one, dict) for one in payload):
        raise ValueError(f"It is not a list of catalogues: {payload!r:.100}.")
    return {name: columns for one in payload for name, columns in _named(one).items()}


def _named(payload):
    if not isinstance(payload, dict):
        raise ValueError(f"It does not name its catalogue: {payload!r:.100}.")
    return {name: _columns(columns) for name, columns in payload.items() if columns}


def _columns(columns):
    """Units and values by column."""
    try:
        if isinstance(columns, list):
            columns = {column["attribute_name"]: column for column in columns}
        found = {name: (column["units"] if "units" in column else column.get("unit"),
                        column["values"] if "values" in column else [column["value"]])
                 for name, column in columns.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"Its columns have another form than documented: {columns!r:.100}.") from error
    if not all(isinstance(values, list) for _, values in found.values()):
        raise ValueError(f"Its columns have no lists of values: {columns!r:.100}.")
    if len({len(values) for _, values in found.values()}) > 1:
        raise ValueError("Its columns are of different lengths.")
    return found
