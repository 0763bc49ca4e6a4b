# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""VOTable out and in, with all the metadata.

`write` and `read` are inverses: units, UCDs, descriptions, time and position systems, masks and ``meta`` come back.
`to_votable` gives the document as astropy's `~astropy.io.votable.tree.VOTableFile`.

==================== ================================================================================
``fields``           what a column becomes: FIELD attributes, values, mask
``document``         what a table becomes: the elements around the data
``groups, origin``   photometric calibration; where the data come from
``sidecar``          what VOTable has no place for, as JSON in one INFO
``writer, reader``   documents to bytes and back
``connect``          ``BrokerTable.read`` and ``.write``
==================== ================================================================================
"""

from importlib import import_module

__all__ = ["read", "to_votable", "write"]

_HOME = {"read": "reader", "to_votable": "document", "write": "writer"}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__():
    return sorted([*globals(), *__all__])
