# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Time, SkyCoord and Quantity columns as plain columns that say which system their numbers are in."""

import warnings

import numpy as np
from astropy.table import Column, MaskedColumn, Table
from astropy.utils.exceptions import AstropyUserWarning

from ..exceptions import InvalidArgumentError

__all__ = ["without_mixins"]


def without_mixins(table):
    """A table of plain columns; the same table if it has no others."""
    from astropy.table.column import BaseColumn
    if all(isinstance(column, BaseColumn) for column in table.itercols()):
        return table
    columns = []
    for column in table.itercols():
        columns += [column] if isinstance(column, BaseColumn) else _plain(column, [*table.colnames])
    names = [column.info.name for column in columns]
    return Table(columns, names=names, copy=False)


def _plain(column, taken):
    from astropy.coordinates import SkyCoord
    from astropy.time import Time
    from astropy.units import Quantity

    if isinstance(column, Time):
        return [_epoch(column)]
    if isinstance(column, SkyCoord):
        return _position(column, taken)
    if isinstance(column, Quantity):
        plain = _column(column, column.info.name, column.unit, column.info.description, column.info.meta)
        plain.info.format = column.info.format
        return [plain]
    raise InvalidArgumentError(f"Column {column.info.name!r} is a {type(column).__name__}, which cannot be written to "
                               "a VOTable. Replace it by columns of numbers or text.")


def _column(values, name, unit, description, meta):
    mask = getattr(values, "mask", None)
    values = np.asarray(getattr(values, "unmasked", values))
    if mask is None or not np.any(mask):
        return Column(values, name=name, unit=unit, description=description, meta=dict(meta or {}))
    return MaskedColumn(values, mask=mask, name=name, unit=unit, description=description, meta=dict(meta or {}))


def _epoch(time):
    """MJD in the scale that the Time has, whatever its meta says; 1 microsecond of precision."""
    said = dict(time.info.meta or {})
    system = said.get("time") if isinstance(said.get("time"), dict) else {}
    system = {key: value for key, value in system.items() if key not in ("scale", "origin")} | {"origin": "mjd"}
    if time.scale != "local":
        system["scale"] = time.scale
    if time.location is not None:
        system["refposition"] = "TOPOCENTER"
    meta = {"ucd": "time.epoch", **said, "time": system}
    return _column(time.mjd, time.info.name, "d", time.info.description, meta)


def _position(coordinates, taken):
    from astropy.coordinates import UnitSphericalRepresentation

    name = coordinates.info.name
    try:
        icrs = coordinates.icrs
    except Exception as error:  # astropy raises several kinds
        raise InvalidArgumentError(f"Column {name!r}: its frame {coordinates.frame.name} cannot be converted to ICRS "
                                   f"({error}). Write the table with columns of numbers.") from error
    if coordinates.data.differentials or not isinstance(coordinates.data, UnitSphericalRepresentation):
        warnings.warn(f"column {name!r}: only the directions are written, not the distances and motions; write those "
                      "as columns of their own", AstropyUserWarning, stacklevel=2)
    columns = []
    for axis, angle, what in (("ra", icrs.ra, "Right ascension"), ("dec", icrs.dec, "Declination")):
        new = f"{name}_{axis}"
        while new in taken:
            new += "_"
        meta = {"ucd": f"pos.eq.{axis}", "frame": "ICRS"}
        described = f"{coordinates.info.description}: {what.lower()}" if coordinates.info.description else what
        columns.append(_column(angle.deg, new, "deg", described, meta))
    return columns
