# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``BrokerTable.read`` and ``.write`` in the formats "fits" and "parquet", with all the metadata."""

import os
from functools import partial

__all__ = ["register"]


def register(table_class):
    """Make a table class use `read_table` and `write_table` in astropy's unified input and output.

    Parameters
    ----------
    table_class : type
        With methods of its own, as `astroquery_brokers.votable.connect.register` gives them.
    """
    from astropy.io import registry
    methods = [vars(table_class)[name].fget for name in ("read", "write")]
    helps = [method.__doc__ for method in methods]
    for method in methods:
        method.__doc__ = None  # else registering rewrites it, which takes time
    for name in ("fits", "parquet"):
        registry.register_reader(name, table_class, partial(_read, name), force=True)
        registry.register_writer(name, table_class, partial(_write, name), force=True)
    for method, text in zip(methods, helps):
        method.__doc__ = text


def _read(name, source, **keywords):
    from astropy.table import Table

    from .files import read_table
    if keywords or not (isinstance(source, (str, os.PathLike)) or hasattr(source, "read")):
        return Table.read(source, format=name, **keywords)
    return read_table(source, name)


def _write(name, table, output, *, overwrite=False, **keywords):
    from astropy.table import Table

    from .files import write_table
    if keywords:
        Table(table, copy=False).write(output, format=name, overwrite=overwrite, **keywords)
    else:
        write_table(table, output, name, overwrite=overwrite)
