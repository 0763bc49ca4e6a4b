# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``BrokerTable.read`` and ``.write`` in the format "votable"."""

__all__ = ["register"]

_ENDINGS = (".vot", ".votable", ".vot.gz", ".votable.gz", ".xml")


def register(table_class=None):
    """Make this engine the one that a table class uses for "votable" in astropy's unified input and output.

    Parameters
    ----------
    table_class : type, optional
        A subclass of `~astropy.table.Table`; `~astroquery_brokers.tables.BrokerTable` if not given.
    """
    from astropy.io import registry
    from astropy.table import Table

    if table_class is None:
        from ..tables import BrokerTable as table_class
    with registry.delay_doc_updates(table_class):
        registry.register_reader("votable", table_class, _read, force=True)
        registry.register_writer("votable", table_class, _write, force=True)
    # astropy asks only the identifiers of the nearest class that has any: the other formats' would be lost.
    for (data_format, data_class), function in list(registry.default_registry._identifiers.items()):
        if data_class is Table and data_format != "votable":
            registry.register_identifier(data_format, table_class, function, force=True)
    registry.register_identifier("votable", table_class, _is_votable, force=True)


def _read(source, **keywords):
    from .reader import read
    return read(source, **keywords)


def _write(table, output, *, serialization=None, tabledata_format=None, **keywords):
    from .writer import write
    write(table, output, serialization=serialization or tabledata_format, **keywords)


def _is_votable(origin, path, fileobj, *args, **keywords):
    if origin == "write":
        return path is not None and str(path).lower().endswith(_ENDINGS)
    from astropy.io.votable import is_votable
    if fileobj is None:
        return path is not None and is_votable(path)
    try:
        return is_votable(fileobj)
    finally:
        fileobj.seek(0)
