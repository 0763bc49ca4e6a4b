# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Results as bytes, in the formats that are served."""

import csv
import io
import json
import warnings
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from .errors import ServiceError
from .functions import INTEGERS

__all__ = ["FORMATS", "attribute", "choose", "content", "error_document", "media_type", "serialize"]

_VOTABLE = "application/x-votable+xml"
# Identifier: media type, other names.
FORMATS = {
    "votable": (_VOTABLE, ("text/xml", "application/xml", "votable/b", "votable/b2", "votableb2",
                           f"{_VOTABLE};serialization=binary2", f"{_VOTABLE};serialization=binary")),
    "votable/td": (f"{_VOTABLE};serialization=TABLEDATA", ("votabletd", f"{_VOTABLE};serialization=tabledata")),
    "csv": ("text/csv;header=present", ()),
    "csv_bare": ("text/csv", ("text/csv;header=absent",)),
    "tsv": ("text/tab-separated-values", ()),
    "json": ("application/json", ()),
}


def choose(asked):
    """The identifier of a format.

    Parameters
    ----------
    asked : str or None
        As the parameter RESPONSEFORMAT or FORMAT gives it.
    """
    if not asked:
        return "votable"
    plain = asked.replace(" ", "").replace('"', "").lower()
    for name, (media, others) in FORMATS.items():
        if plain in (name, media.lower(), *(other.lower() for other in others)):
            return name
    raise ServiceError(f"Cannot serialize in {asked!r}. Formats known: {', '.join(FORMATS)}")


def media_type(name):
    """The media type of a format."""
    return FORMATS[name][0]


def serialize(result, name):
    """A result as bytes.

    Parameters
    ----------
    result : `~astroquery_brokers.gateway.tap.database.Result`
    name : str
        One of `FORMATS`.
    """
    if name.startswith("votable"):
        return _votable(result, "tabledata" if name == "votable/td" else "binary2")
    if name == "json":
        return _json(result)
    if name == "tsv":
        return _delimited(result, "\t", header=False)
    return _delimited(result, ",", header=name == "csv")


def error_document(message):
    """The VOTable that says what went wrong."""
    return (f'<?xml version="1.0" encoding="utf-8"?>\n<VOTABLE version="1.4" '
            f'xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results"><INFO name="QUERY_STATUS" '
            f'value="ERROR">{escape(_xml(message))}</INFO></RESOURCE></VOTABLE>\n').encode()


def _xml(text):
    return "".join(char if char in "\t\n\r" or " " <= char < "\ud800" or "\ue000" <= char < "\ufffe" or char > "\uffff"
                   else "\ufffd" for char in text)


def _votable(result, serialization):
    from astropy.table import MaskedColumn, Table
    from astropy.units import Unit

    from ...votable import write

    table = Table()
    for output, values in zip(result.outputs, result.columns):
        if serialization != "tabledata":
            _check_declared(output, values)
        values = _cells(values, output.kind)
        column = MaskedColumn(values.data, name=output.name, mask=np.ma.getmaskarray(values))
        meta = output.column
        if meta is not None:
            column.description = meta.description or None
            column.unit = Unit(meta.unit, parse_strict="silent") if meta.unit else None
            column.meta = {key: value for key, value in (("ucd", meta.ucd), ("utype", meta.utype),
                                                         ("xtype", meta.xtype)) if value}
        table[output.name] = column
    stream = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):  # units that are no VOUnits are the table's own
        write(table, stream, serialization=serialization)
    content = stream.getvalue()
    if result.overflow:
        before, end, after = content.rpartition(b"</RESOURCE>")
        content = before + b'<INFO name="QUERY_STATUS" value="OVERFLOW"/>' + end + after
    return content


def _check_declared(output, values):
    """Text cannot be packed as the number that its column is declared to be."""
    if output.column is not None and output.column.stored and output.column.datatype in INTEGERS:
        present = values.compressed()
        if len(present):
            raise ServiceError(f"Field {output.name!r}, value {repr(present[0])!r}: required argument is not an "
                               "integer")


def _cells(values, kind):
    """Text for objects; lists as a list is written."""
    if kind != "array":
        return values
    return np.ma.array([None if hidden else _list(value) for value, hidden in
                        zip(values.data.tolist(), np.ma.getmaskarray(values))], dtype=object,
                       mask=np.ma.getmaskarray(values))


def _list(value):
    return json.dumps([str(item) for item in value], ensure_ascii=False)


def _rows(result):
    columns = []
    for output, values in zip(result.outputs, result.columns):
        data, mask = values.data.tolist(), np.ma.getmaskarray(values).tolist()
        if output.kind in ("float", "double"):
            mask = (np.ma.getmaskarray(values) | ~np.isfinite(values.data)).tolist()
        if output.kind == "float":
            data = [float(text) for text in values.data.astype(str).tolist()]
        columns.append([None if hidden else value for value, hidden in zip(data, mask)])
    return zip(*columns) if columns else iter(())


def _delimited(result, delimiter, header):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n" if delimiter == "," else "\n")
    if header:
        writer.writerow([output.name for output in result.outputs])
    arrays = [number for number, output in enumerate(result.outputs) if output.kind == "array"]
    missing = "" if delimiter == "," else "N/A"
    for row in _rows(result):
        cells = [missing if value is None else value for value in row]
        for number in arrays:
            if row[number] is not None:
                cells[number] = str([str(item) for item in row[number]])
        writer.writerow(cells)
    return stream.getvalue().encode()


def _json(result):
    columns = [{"name": output.name, "datatype": output.column.votable_datatype if output.column else
                ("char" if output.kind == "array" else output.kind),
                "arraysize": "*" if output.kind in ("char", "array") else None,
                **{key: getattr(output.column, key, "") or "" for key in ("unit", "ucd", "description")}}
               for output in result.outputs]
    data = [[list(map(str, value)) if isinstance(value, np.ndarray) else value for value in row]
            for row in _rows(result)]
    document = {"contains": "table", "columns": columns, "data": data}
    if result.overflow:
        document["queryStatus"] = "OVERFLOW"
    return json.dumps(document, ensure_ascii=False).encode()


def attribute(text):
    """Text as an XML attribute, quotes included."""
    return quoteattr(_xml(text))


def content(text):
    """Text as the content of an XML element."""
    return escape(_xml(text))
