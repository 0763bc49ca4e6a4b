# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bytes back to tables."""

import io
import json
import math
import os
import struct
import warnings
from xml.parsers.expat import ExpatError

import numpy as np
from astropy.io.votable import parse
from astropy.io.votable.tree import CooSys, TimeSys
from astropy.table import MaskedColumn
from astropy.units import Unit, UnrecognizedUnit

from ..exceptions import ReplyParseError
from . import sidecar
from .document import FRAMES
from .parquet import MAGIC, read_parquet

__all__ = ["read"]

_FRAME_NAMES = {system: frame for frame, system in FRAMES.items()}
MAX_BYTES = 2**32
_TEXT = ("char", "unicodeChar")
_ORIGINS = {"MJD-origin": "mjd", "JD-origin": "jd"}
_BROKEN = (ValueError, TypeError, IndexError, KeyError, LookupError, EOFError, ExpatError, AttributeError,
           NotImplementedError, struct.error, OverflowError)


def read(source):
    """Read a VOTable.

    Parameters
    ----------
    source : str, path-like or file object
        A file on this machine, compressed or not; or a binary file object.

    Returns
    -------
    `~astroquery_brokers.tables.BrokerTable`
        The first table of the document. What `write` wrote comes back: values, masks, types, units, UCDs,
        descriptions, systems and ``meta``. Other documents give what they say in the same form; their INFO elements
        are in ``meta["infos"]``, their PARAM elements in ``meta["params"]``.

    Raises
    ------
    ReplyParseError
        If it is not a VOTable with a table, or broken.

    Notes
    -----
    An empty text cell is missing. NaN is missing.
    """
    if hasattr(source, "read"):
        return _read(source, getattr(source, "name", "the stream"))
    path = os.path.expanduser(os.fspath(source))
    # Opened here, as astropy would download a name that looks like an address.
    with open(path, "rb") as stream:
        return _read(stream, path)


def _read(stream, name):
    stream = stream if stream.seekable() else io.BytesIO(stream.read())
    start = stream.tell()
    is_parquet = stream.read(len(MAGIC)) == MAGIC
    stream.seek(start)
    if is_parquet:
        header, columns = read_parquet(stream, name, MAX_BYTES)
        document, element = _parse(io.BytesIO(header), name)
        if len(columns) != len(element.fields):
            raise ReplyParseError(f"{name} has {len(columns)} columns, but its VOTable header has "
                                  f"{len(element.fields)}.")
        return _table(document, element, [_shaped(field, *column)
                                          for field, column in zip(element.fields, columns)])
    document, element = _parse(stream, name)
    if not len(element.array):
        element.create_arrays(0)
    return _table(document, element, [_cells(field, element.array[field.ID]) for field in element.fields])


def _parse(stream, name):
    try:
        with warnings.catch_warnings(action="ignore"):
            document = parse(stream, verify="ignore")
    except _BROKEN as error:
        raise ReplyParseError(f"{name} cannot be read as a VOTable: {type(error).__name__}: {error}") from error
    element = next(document.iter_tables(), None)
    if element is None:
        raise ReplyParseError(f"{name} is a VOTable without a table{_reported_error(document)}.")
    return document, element


def _shaped(field, values, mask):
    """Lists of one length as a fixed array, as the FIELD says."""
    size = field.arraysize
    if field.datatype in _TEXT or not size or "*" in size:
        return values, mask
    shape = tuple(int(number) for number in reversed(size.split("x")))
    stacked = np.zeros((len(values), math.prod(shape)), dtype=field.converter.format[-2:])
    if stacked.dtype.kind == "f":
        stacked[mask] = np.nan
    if not mask.all():
        stacked[~mask] = np.stack(values[~mask])
    return stacked.reshape(-1, *shape), mask


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
