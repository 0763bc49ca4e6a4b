# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A table from the header of a document, as astropy reads it, and its columns."""

import json
import warnings
from contextlib import suppress

import numpy as np
from astropy.table import MaskedColumn

from . import sidecar, units
from .annotations import field_format, field_meta, is_format, table_meta
from .layout import TEXT
from .origin import as_dict, infos_of
from .systems import system_meta

__all__ = ["assemble", "reported_error"]


def reported_error(document):
    """What a service says in the document went wrong, or ""."""
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


def assemble(document, element, cells):
    """The table.

    Parameters
    ----------
    document : `~astropy.io.votable.tree.VOTableFile`
    element : `~astropy.io.votable.tree.TableElement`
        The table's in the document.
    cells : list of (`~numpy.ndarray`, `~numpy.ndarray`)
        Values and mask of each field.

    Returns
    -------
    `~astroquery_brokers.tables.BrokerTable`
    """
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
    infos = infos_of(document, element)
    for info in infos:
        if info.name == sidecar.NAME:
            try:
                return sidecar.load(info.value)
            except (ValueError, TypeError, AttributeError, RecursionError):
                warnings.warn(f"The INFO {sidecar.NAME} of the VOTable is damaged; meta is read from the other "
                              "elements.", stacklevel=2)
    known = [as_dict(info) for info in infos if info.name != sidecar.NAME]
    return {**table_meta(document, element), **({"infos": known} if known else {})}, {}


def _column(name, field, values, mask, systems, extra):
    extra = dict(extra)
    kind = extra.pop("votable:cells", None)
    description = extra.pop("votable:description", None)
    shown = extra.pop("votable:format", field_format(field))
    unit = units.of_text(extra.pop("votable:unit", None)) or units.of_field(field.unit)
    if not isinstance(description, str):
        description = field.description and " ".join(field.description.split())
    if kind == "json" and values.dtype.kind in "UO" and field.datatype in TEXT:
        values = _from_json(values, mask)
    if mask.ndim < values.ndim:
        mask = np.broadcast_to(mask.reshape(-1, *[1] * (values.ndim - 1)), values.shape)
    meta = {key: getattr(field, key) for key in ("ucd", "utype", "xtype") if getattr(field, key)}
    meta |= field_meta(field) | system_meta(systems.get(field.ref))
    for key in ("time", "coosys"):
        if isinstance(extra.get(key), dict):
            meta[key] = {**meta.get(key, {}), **extra.pop(key)}
    column = MaskedColumn(values, mask=mask, name=name, unit=unit, description=description or None,
                          meta={**meta, **extra})
    if is_format(shown):
        with suppress(ValueError):  # a format of another program that the values do not have
            column.format = shown
    return column


def _from_json(texts, mask):
    """The lists in the cells; the texts themselves if another program has put something else there."""
    values = np.full(len(texts), None, dtype=object)
    try:
        for row in np.flatnonzero(~mask).tolist():
            values[row] = json.loads(texts[row])
    except (ValueError, RecursionError):
        return texts
    return values if all(isinstance(value, list) for value in values[~mask]) else texts
