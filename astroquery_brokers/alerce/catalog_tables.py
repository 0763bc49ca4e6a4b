# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables made of replies of catsHTM."""

import numpy as np

from ..tables.catalogs import Sources, source_table, source_tables

__all__ = ["one_table", "redshift", "tables_by_name"]

_TITLE, _NAMED = "Sources of {name}, from ALeRCE's catsHTM", "catsHTM_{name}"


def one_table(broker, plan, answers, *, positions, name, named=False):
    """The table of one catalogue."""
    parts = [Sources(answer.request.items[0], columns) for answer in answers for value in answer.values
             for columns in list(value.values())[:1]]
    return source_table(name, parts, positions, title=_TITLE.format(name=name),
                        named=_NAMED.format(name=name) if named else None)


def tables_by_name(broker, plan, answers, *, positions, named=False):
    """A table for each catalogue that has rows."""
    found = {}
    for answer in answers:
        for value in answer.values:
            for name, columns in value.items():
                found.setdefault(name, []).append(Sources(answer.request.items[0], columns))
    return source_tables(found, positions, title=_TITLE, named=_NAMED if named else None)


def redshift(tables):
    """The first redshift among nearest sources, or None."""
    for names in (("z",), ("zphot", "z_phot")):
        for table in tables.values():
            for name in names:
                # Where it is not known there may be anything.
                if name in table.colnames and table[name].dtype.kind in "if":
                    value = float(np.ma.filled(np.ma.asarray(table[name], dtype=float), np.nan)[0])
                    if np.isfinite(value):
                        return value
    return None
