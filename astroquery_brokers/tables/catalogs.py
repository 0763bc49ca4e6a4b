# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sources of external catalogues, which no dictionary describes, as tables: typed by what was sent, units mended."""

import json
import re
from dataclasses import dataclass

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord

from ..bundles import TableDict
from ..columns import Column, load_dictionary
from ..exceptions import ReplyParseError
from .broker_table import BrokerTable
from .decode import to_column

__all__ = ["Sources", "places_of", "source_table", "source_tables", "told"]

# Units as catsHTM spells them, in VOUnits; those not here are as they should be.
_UNITS = {"": None, "arcse": "arcsec", "JD": "d", "MJD": "d", "JYear": "yr", "year": "yr", "magAB": "mag",
          "mag AB": "mag", "FeH": None, "logg": None, "DN": "adu", "deg/day": "deg/d", "day": "d",
          "nanomaggies": "3631 nJy"}
# In this table they are shifted by some columns.
_SHIFTED = {"SDSSoffset": {"TAI_r": "d", **{f"psffwhm_{band}": "arcsec" for band in "ugriz"}}}
_NUMBERS = {"infinity": np.inf, "-infinity": -np.inf}
_NULLS = (None, "null", "nan", "NaN")


@dataclass(frozen=True)
class Sources:
    """What one catalogue has around one position.

    Attributes
    ----------
    index : int
        Index of the position.
    columns : dict of str to (str or None, list)
        Unit, as the service spells it, and values by name of the column.
    separation : list of float or None
        Distances from the position (arcsec); None if they follow from the columns.
    """

    index: int
    columns: dict
    separation: list | None = None

    @property
    def length(self):
        """Number of sources."""
        columns = [values for _, values in self.columns.values()]
        return len((columns or [self.separation or []])[0])


def places_of(columns, name):
    """Right ascensions and declinations (deg, masked) of the sources of the catalogue ``name``; None without columns.

    ``columns`` are those of `Sources`.
    """
    place = _place(columns)
    return [_column(key, *reversed(columns[key]), name, place) for key in place] or None


def source_table(name, parts, positions, *, title, named=None):
    """The sources of one catalogue around all positions, by position and nearest first.

    ``parts`` is a list of `Sources`; ``title`` describes the table; ``named``, if given, is repeated in ``cat_name``.
    """
    added = load_dictionary("astroquery_brokers", "region")
    parts = [part for part in parts if part.length]
    table = BrokerTable()
    index = np.repeat([part.index for part in parts], [part.length for part in parts]).astype(int)
    keys = dict.fromkeys(key for part in parts for key in part.columns)
    place = _place(keys)
    for key in (*place, *(key for key in keys if key not in place)):
        values, unit = [], None
        for part in parts:
            unit, more = part.columns.get(key, (unit, [None] * part.length))
            values.extend(more)
        table[key] = _column(key, values, unit, name, place)
    separation = np.full(len(index), np.nan)
    if parts and all(part.separation is not None for part in parts):
        separation = np.array([value for part in parts for value in part.separation], dtype=float)
    elif place:
        asked = SkyCoord(positions.ra[index], positions.dec[index], unit="deg")
        separation = table.coords.separation(asked).arcsec
    for column, values, mask in (("separation", separation, np.isnan(separation)), ("query_index", index, None)):
        if column == "separation" or not positions.scalar:
            if column in table.colnames:
                table.rename_column(column, f"{column}_")
            table.add_column(to_column(added[column], values, mask), index=0)
    if named is not None:
        table["cat_name"] = np.full(len(index), named)
    table = table[np.lexsort((separation, index))]
    table.meta["tables"] = [{"name": name, "description": title}]
    return table


def source_tables(found, positions, *, title, named=None):
    """A table for each catalogue that has sources.

    ``found`` has lists of `Sources` by name; ``title`` and ``named`` may have ``{name}`` in them.
    """
    tables = {name: source_table(name, parts, positions, title=title.format(name=name),
                                 named=named and named.format(name=name)) for name, parts in found.items()}
    return TableDict({name: table for name, table in tables.items() if len(table)})


def told(result):
    """The result; what is told about all tables is told about each."""
    if isinstance(result, TableDict):
        for table in result.values():
            table.meta.update(result.meta)
    return result


def _place(keys):
    """Names of the columns of the position, whatever their case."""
    ra, dec = (next((key for key in keys if re.fullmatch(pattern, key, re.IGNORECASE)), None)
               for pattern in ("(Match)?RA", "(Match)?Dec"))
    if ra is None or dec is None:
        return {}
    return {ra: "pos.eq.ra;meta.main", dec: "pos.eq.dec;meta.main"}


def _column(key, values, unit, catalog, place):
    """A typed, masked column with its unit."""
    mask = np.array([value in _NULLS if isinstance(value, (str, type(None))) else value != value for value in values],
                    dtype=bool)
    there = [value for value, hidden in zip(values, mask) if not hidden]
    if key in place and any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in there):
        raise ReplyParseError(f"Column {key!r} of {catalog} has positions that are no numbers.")
    if there and all(isinstance(value, bool) for value in there):
        data, dtype = np.array([bool(value) for value in values], dtype=bool), "bool"
    elif _are_numbers(there) and (key in place or not _lossy(there)):
        whole = key not in place and _are_whole(there)
        fill, dtype = (0, "int64") if whole else (np.nan, "float64")
        try:
            data = np.array([fill if hidden else _NUMBERS[value] if isinstance(value, str) else value
                             for value, hidden in zip(values, mask)], dtype=dtype)
        except OverflowError as error:
            raise ReplyParseError(f"Column {key!r} of {catalog} has an integer of more than 64 bits.") from error
    else:
        texts = [value if isinstance(value, str) else "" if hidden else json.dumps(value)
                 for value, hidden in zip(values, mask)]
        data, dtype = np.array(["" if hidden else text for text, hidden in zip(texts, mask)], dtype=str), "str"
    sent = (unit or "").strip()
    unit = _readable(_SHIFTED.get(catalog, {}).get(key, _UNITS.get(sent, sent or None)))
    if unit == "rad" and dtype != "str":
        data, dtype, unit = np.degrees(data), "float64", "deg"
    if key in place:
        unit = "deg"
    told = f"{key} of {catalog}" + (f" (unit in the reply: {sent})" if sent and sent != unit else "")
    if dtype == "str" and _are_numbers(there):
        told += " (as text: as numbers of one type its long integers would lose digits)"
    column = Column(key, dtype, unit=unit if dtype in ("int64", "float64") else None, description=told,
                    ucd=place.get(key, ""), principal=key in place, frame="ICRS" if key in place else None)
    return to_column(column, data, mask if mask.any() else None)


def _are_numbers(values):
    return all(isinstance(value, (int, float)) or isinstance(value, str) and value in _NUMBERS for value in values)


def _are_whole(values):
    """Whether these numbers are integers, though some may be written with a point."""
    return any(isinstance(value, int) for value in values) and all(
        isinstance(value, int) or isinstance(value, float) and value.is_integer() and abs(value) <= 2**53
        for value in values)


def _lossy(values):
    """Whether these numbers do not all fit into floats, nor into integers."""
    return not _are_whole(values) and any(isinstance(value, int) and abs(value) > 2**53 for value in values)


def _readable(unit):
    """The unit, or None for what is no unit."""
    try:
        u.Unit(unit or "")
    except ValueError:
        return None
    return unit
