# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bytes back to tables."""

import json
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

__all__ = ["read"]

_FRAME_NAMES = {system: frame for frame, system in FRAMES.items()}
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
    try:
        with warnings.catch_warnings(action="ignore"):
            document = parse(stream, verify="ignore")
    except _BROKEN as error:
        raise ReplyParseError(f"{name} cannot be read as a VOTable: {type(error).__name__}: {error}") from error
    element = next(document.iter_tables(), None)
    if element is None:
        raise ReplyParseError(f"{name} is a VOTable without a table{_reported_error(document)}.")
    return _table(document, element)


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


def _table(document, element):
    from ..tables import BrokerTable
    meta, extras = _meta(document, element)
    if not len(element.array):
        element.create_arrays(0)
    systems = {system.ID: system for system in [*document.iter_coosys(), *document.iter_timesys()]}
    columns, names = [], set()
    for field in element.fields:
        name, number = field.name, 2
        while name in names:
            name, number = f"{field.name}_{number}", number + 1
        names.add(name)
        columns.append(_column(name, field, element.array[field.ID], systems, extras.get(name, {})))
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


def _column(name, field, cells, systems, extra):
    extra = dict(extra)
    kind = extra.pop("votable:cells", None)
    description = extra.pop("votable:description", field.description and " ".join(field.description.split()))
    values, mask = _cells(field, cells, kind)
    meta = {key: getattr(field, key) for key in ("ucd", "utype", "xtype") if getattr(field, key)}
    meta |= _system(systems.get(field.ref))
    if "time" in extra:
        meta["time"] = {**meta.get("time", {}), **extra.pop("time")}
    return MaskedColumn(values, mask=mask, name=name, unit=_unit(field.unit), description=description or None,
                        meta={**meta, **extra})


def _cells(field, cells, kind):
    if field.datatype not in ("char", "unicodeChar"):
        return np.array(cells.data), np.array(np.ma.getmaskarray(cells))
    texts = [text if isinstance(text, str) else "" for text in cells.data.tolist()]
    mask = np.array([text == "" for text in texts], dtype=bool)
    if kind != "json":
        return np.array(texts, dtype=str), mask
    values = np.full(len(texts), None, dtype=object)
    for row, text in enumerate(texts):
        if text:
            values[row] = json.loads(text)
    return values, mask


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
