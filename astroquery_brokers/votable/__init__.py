# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""VOTable out and in, with all the metadata.

`write` and `read` are inverses: units, UCDs, descriptions, time and position systems, masks and ``meta`` come back.
`to_votable` gives the document as astropy's `~astropy.io.votable.tree.VOTableFile`.

========================= ==================================================================================
``fields, texts``         what a column becomes: FIELD attributes, values, mask
``document``              what a table becomes: the elements around the data
``mixins``                Time, SkyCoord and Quantity columns as columns of numbers
``systems``               COOSYS and TIMESYS, out and in
``groups, origin``        photometric calibration; where the data come from
``sidecar``               what VOTable has no place for, as JSON in one INFO
``writer``                documents to bytes, on a path or a stream
``pack, markup``          chunks of rows as BINARY2; as TABLEDATA
``parquet``               VOParquet, out and in
``reader, source``        documents back to tables; where they come from
``guard, scan``           the XML around the data, safely, and the data cut out of it
``layout``                what the cells of a FIELD are
``unpack``                BINARY and BINARY2 to columns
``cells, places, pieces`` TABLEDATA to columns: pieces of many rows, the places of the cells, columns
``digits, convert``       text to numbers: plain ones all at once, the others one by one
``assemble``              header and columns to a table
``connect``               ``BrokerTable.read`` and ``.write``
========================= ==================================================================================
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
