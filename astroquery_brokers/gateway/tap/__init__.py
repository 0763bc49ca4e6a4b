# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A TAP 1.1 server for any tables.

::

    schema = Schema("mine", "My tables.", (Table("mine.stars", (Column("ra", "double", "deg"), ...), load),))
    app = tap_app([schema])

============================== =============================================================================
``tables``                     what is offered: schemas, tables, columns; TAP_SCHEMA
``grammar, guard``             ADQL to a tree; what a query may be made of
``compiler, expressions,``     the tree to SQL; names; functions; geometry
``scope, functions, geometry``
``database``                   DuckDB, locked up; time and memory are bounded
``uploads, formats``           tables in, results out
``jobs, uws, vosi, app``       the service
============================== =============================================================================

Needs the extra ``server``.
"""

from importlib import import_module

from ...extras import missing

__all__ = ["Column", "Database", "Limits", "Schema", "Table", "tap_app"]

_HOME = {"Column": "tables", "Schema": "tables", "Table": "tables", "Database": "database", "Limits": "app",
         "tap_app": "app"}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("astroquery_brokers"):
            raise
        package = (error.name or "").partition(".")[0]
        raise missing(package, "the TAP server", "server") from error


def __dir__():
    return sorted([*globals(), *__all__])
