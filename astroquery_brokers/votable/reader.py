# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bytes back to tables."""

import io
import json
import math
import os
import struct
import warnings
from functools import partial
from xml.parsers.expat import ExpatError

import numpy as np
from astropy.io.votable import parse
from astropy.io.votable.tree import CooSys, TimeSys
from astropy.table import MaskedColumn
from astropy.units import Unit, UnrecognizedUnit

from ..exceptions import VOTableError
from . import sidecar
from .cells import MarkupReader
from .document import FRAMES
from .layout import Unusual, cell_of, concatenated
from .parquet import read_parquet
from .scan import check, split
from .source import MAGIC_PARQUET, Decompressed, rewindable
from .unpack import BinaryReader

__all__ = ["MAX_BYTES", "read"]

MAX_BYTES = 2**32
_FRAME_NAMES = {system: frame for frame, system in FRAMES.items()}
_ORIGINS = {"MJD-origin": "mjd", "JD-origin": "jd"}
_TEXT = ("char", "unicodeChar")
_BROKEN = (ValueError, TypeError, IndexError, KeyError, LookupError, EOFError, ExpatError, AttributeError,
           NotImplementedError, struct.error, OverflowError, RecursionError, MemoryError)


def read(source, *, max_bytes=MAX_BYTES):
    """Read a VOTable.

    Parameters
    ----------
    source : str, path-like or file object
        A file on this machine, compressed (gzip, bzip2, xz) or not; or a binary file object. VOParquet is recognised.
    max_bytes : int, optional
        How many bytes the document and the table may have. A larger one is an error before it fills the memory.

    Returns
    -------
    `~astroquery_brokers.tables.BrokerTable`
        The first table of the document. What `write` wrote comes back: values, masks, types, units, UCDs,
        descriptions, systems and ``meta``. Other documents give what they say in the same form; their INFO elements
        are in ``meta["infos"]``, their PARAM elements in ``meta["params"]``.

    Raises
    ------
    VOTableError
        If it is not a VOTable with a table, or broken, cut or larger than ``max_bytes``; if it has a DOCTYPE or
        entities, or its data are in another file. Nothing but the source is ever read.

    Notes
    -----
    Empty and flagged cells are masked, and so is empty text. NaN that is written as such stays NaN.

    Examples
    --------
    >>> from astroquery_brokers import votable
    >>> table = votable.read("detections.vot")  # doctest: +SKIP
    """
    if hasattr(source, "read"):
        return _read(source, getattr(source, "name", "the stream"), max_bytes)
    path = os.path.expanduser(os.fspath(source))
    # Opened here, as astropy would download a name that looks like an address.
    with open(path, "rb") as stream:
        return _read(stream, path, max_bytes)


def _read(stream, name, limit):
    try:
        document = Decompressed(rewindable(stream, limit), limit)
        if document.head.startswith(MAGIC_PARQUET):
            return _read_parquet(document.stream, limit)
        try:
            return _read_fast(document, limit)
        except Unusual:
            document.rewind()
            check(document, limit)
            document.rewind()
            return _read_by_astropy(document)
    except VOTableError as error:
        raise VOTableError(f"{name} cannot be read as a VOTable. {error}") from error.__cause__


def _read_fast(document, limit):
    rest, columns, said = split(document, limit, partial(_reader, limit))
    votable, element = _parse(rest)
    cells = [cell_of(field) for field in element.fields]
    if columns is None:
        columns = [(concatenated(cell, []), np.zeros(0, dtype=bool)) for cell in cells]
    if len(cells) != len(columns):
        raise Unusual("the first table is not the first in the document")
    found = len(columns[0][0]) if columns else 0
    if said is not None and found < said:
        raise VOTableError(f"It is cut: the table has {found} rows and says that it has {said}.")
    return _table(votable, element, columns)


def _reader(limit, kind, head):
    cells = [cell_of(field) for field in _parse(head)[1].fields]
    if not cells:
        raise VOTableError("Its table has no fields.")
    if kind == "TABLEDATA":
        return MarkupReader(cells, limit)
    if kind not in ("BINARY", "BINARY2"):
        raise VOTableError(f"It has a STREAM in an element {kind!r}.")
    return BinaryReader(cells, kind == "BINARY2", limit)


def _read_by_astropy(document):
    votable, element = _parse(io.BytesIO(document.read()))
    if not len(element.array):
        element.create_arrays(0)
    return _table(votable, element, [_cells(field, element.array[field.ID]) for field in element.fields])


def _read_parquet(stream, limit):
    header, columns = read_parquet(stream, limit)
    rest, _, _ = split(io.BytesIO(header), limit, partial(_reader, limit))
    votable, element = _parse(rest)
    if len(columns) != len(element.fields):
        raise VOTableError(f"It has {len(columns)} columns, but its VOTable header has {len(element.fields)}.")
    return _table(votable, element, [_shaped(field, *column) for field, column in zip(element.fields, columns)])


def _parse(content):
    """The tree of a document and its first table, by astropy."""
    try:
        with warnings.catch_warnings(action="ignore"):
            document = parse(io.BytesIO(content) if isinstance(content, bytes) else content, verify="ignore",
                             table_number=0)
    except _BROKEN as error:
        raise VOTableError(f"{type(error).__name__}: {error}") from error
    element = next(document.iter_tables(), None)
    if element is None:
        raise VOTableError(f"It has no table{_reported_error(document)}.")
    return document, element


def _shaped(field, values, mask):
    """Lists of one length as a fixed array, as the FIELD says."""
    cell = cell_of(field)
    if cell.is_text or not cell.shape or cell.is_variable:
        return values, mask
    stacked = np.zeros((len(values), math.prod(cell.shape)), dtype=cell.dtype)
    if cell.dtype.kind == "f":
        stacked[mask] = np.nan
    if not mask.all():
        stacked[~mask] = np.stack(values[~mask])
    return stacked.reshape(-1, *cell.shape), mask


def _reported_error(document):
    for info in _infos(document):
        if info.name == "QUERY_STATUS" and info.value != "OK":
            return f"; the service said {info.value}: {(info.content or '').strip()}"
    return ""


def _infos(document):
    resources = list(document.resources)
    yield from document.infos
    while resources:
        resource = resources.pop(0)
        yield from resource.infos
        for table in resource.tables:
            yield from table.infos
        resources += resource.resources


def _table(document, element, cells):
    from ..tables import BrokerTable
    meta, extras = _meta(document, element)
    systems = {system.ID: system for system in [*document.iter_coosys(), *document.iter_timesys()]}
    columns, names = [], set()
    for field, (values, mask) in zip(element.fields, cells):
        name, number = field.name, 2
        while name in names:
            name, number = f"{field.name}_{number}", number + 1
        names.add(name)
        columns.append(_column(name, field, values, mask, systems, extras.get(name, {})))
    table = BrokerTable(columns, copy=False)
    table.meta.update(meta)
    return table


def _meta(document, element):
    infos = list(_infos(document))
    for info in infos:
        if info.name == sidecar.NAME:
            try:
                return sidecar.load(info.value)
            except (ValueError, TypeError, AttributeError, RecursionError):
                warnings.warn(f"The INFO {sidecar.NAME} of the VOTable is damaged; meta is read from the other "
                              "elements.", stacklevel=2)
    meta = {"name": element.name or element.ID, "description": element.description,
            "infos": [{"name": info.name, "value": info.value} for info in infos if info.name != sidecar.NAME],
            "params": [{"name": param.name, "value": _json_able(param.value), "ucd": param.ucd,
                        "unit": None if param.unit is None else str(param.unit)} for param in element.params]}
    return {key: value for key, value in meta.items() if value}, {}


def _json_able(value):
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, (str, bool, int, float)) else str(value)


def _column(name, field, values, mask, systems, extra):
    extra = dict(extra)
    kind = extra.pop("votable:cells", None)
    description = extra.pop("votable:description", field.description and " ".join(field.description.split()))
    if field.datatype in _TEXT:
        values = _from_json(values, mask) if kind == "json" else np.asarray(values, dtype=str)
    if mask.ndim < values.ndim:
        mask = np.broadcast_to(mask.reshape(-1, *[1] * (values.ndim - 1)), values.shape)
    meta = {key: getattr(field, key) for key in ("ucd", "utype", "xtype") if getattr(field, key)}
    meta |= _system(systems.get(field.ref))
    if "time" in extra:
        meta["time"] = {**meta.get("time", {}), **extra.pop("time")}
    return MaskedColumn(values, mask=mask, name=name, unit=_unit(field.unit), description=description or None,
                        meta={**meta, **extra})


def _cells(field, cells):
    """Values and mask of one column that astropy read."""
    if field.datatype not in _TEXT:
        return np.array(cells.data), np.array(np.ma.getmaskarray(cells))
    texts = np.array([text if isinstance(text, str) else "" for text in cells.data.tolist()], dtype=object)
    return texts, texts == ""


def _from_json(texts, mask):
    values = np.full(len(texts), None, dtype=object)
    for row in np.flatnonzero(~mask).tolist():
        values[row] = json.loads(texts[row])
    return values


def _system(system):
    if isinstance(system, CooSys) and system.system:
        return {"frame": _FRAME_NAMES.get(system.system, system.system)}
    if isinstance(system, TimeSys):
        known = {"scale": (system.timescale or "UNKNOWN").lower(),
                 "origin": _ORIGINS.get(system.timeorigin, system.timeorigin),
                 "refposition": system.refposition or "UNKNOWN"}
        return {"time": {key: value for key, value in known.items()
                         if value is not None and str(value).upper() != "UNKNOWN"}}
    return {}


def _unit(unit):
    if not isinstance(unit, UnrecognizedUnit):
        return unit
    with warnings.catch_warnings(action="ignore"):
        return Unit(str(unit), parse_strict="silent")
