# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``BrokerTable.read`` and ``.write`` in the format "votable"."""

__all__ = ["register"]

_ENDINGS = (".vot", ".votable", ".vot.gz", ".votable.gz", ".xml")


def register(table_class):
    """Make this engine the one that a table class uses for "votable" in astropy's unified input and output.

    Parameters
    ----------
    table_class : type
        A subclass of `~astropy.table.Table`.
    """
    from astropy.io import registry
    from astropy.io.registry.compat import default_registry
    from astropy.table import Table
    from astropy.table.connect import TableRead, TableWrite

    # Methods of its own: registering rewrites the help of the class's read and write, which Table's would share.
    _give_method(table_class, "read", TableRead, registry.register_reader, _read)
    _give_method(table_class, "write", TableWrite, registry.register_writer, _write)
    # astropy asks only the identifiers of the nearest class that has any: the other formats' would be lost.
    for (data_format, data_class), function in list(default_registry._identifiers.items()):
        if data_class is Table and data_format != "votable":
            registry.register_identifier(data_format, table_class, function, force=True)
    registry.register_identifier("votable", table_class, _is_votable, force=True)


def _give_method(table_class, name, base, register_function, function):
    from astropy.io.registry import UnifiedReadWriteMethod
    own = type(f"{table_class.__name__}{name.title()}", (base,), {"__module__": table_class.__module__})
    setattr(table_class, name, UnifiedReadWriteMethod(own))
    register_function("votable", table_class, function, force=True)
    own.__doc__ = base.__doc__


def _read(source, *, filename=None, **keywords):
    from .reader import read  # filename: astropy opens files itself and gives the name beside
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
