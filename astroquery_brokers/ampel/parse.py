# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Odd forms of AMPEL's replies."""

from ..replies import decode_json

__all__ = ["catalog_rows", "matches", "one_record"]

_BROKER = "AMPEL"


def catalog_rows(payload):
    """The catalogues, and the columns of all of them."""
    catalogs = [{**{key: value for key, value in row.items() if key != "columns"}, "n_columns": len(row["columns"])}
                for row in payload]
    columns = [{"catalog": row["name"], "use": row["use"], "column": column["name"], "unit": column["unit"]}
               for row in payload for column in row["columns"]]
    return [catalogs, columns]


def matches(response):
    """What was found in each catalogue, by its place in the question: a list of sources, or True.

    ``null`` stands for nothing, whatever was asked; what is not found is left out.
    """
    payload = decode_json(response, broker=_BROKER)
    if not isinstance(payload, list):
        raise ValueError(f"It is not a list: {payload!r:.100}.")
    found = {}
    for place, one in enumerate(payload):
        if isinstance(one, dict):
            one = [one]
        if isinstance(one, list) and all(isinstance(source, dict) and {"body", "dist_arcsec"} <= source.keys()
                                         for source in one):
            found[place] = one
        elif one is True:
            found[place] = True
        elif one not in (None, False):
            raise ValueError(f"It holds something else than sources: {one!r:.100}.")
    return {place: one for place, one in found.items() if one}


def one_record(response):
    """A record as a list of one; the empty list for ``null``."""
    payload = decode_json(response, broker=_BROKER)
    if not isinstance(payload, (dict, type(None))):
        raise ValueError(f"It is not a record: {payload!r:.100}.")
    return [] if payload is None else [payload]
