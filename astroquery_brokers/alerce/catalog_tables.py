# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables made of replies of catsHTM."""

import re

import numpy as np
from astropy.coordinates import SkyCoord

from ..bundles import TableDict
from ..columns import Column
from ..exceptions import ReplyParseError
from ..tables import BrokerTable
from ..tables.decode import to_column

__all__ = ["one_table", "redshift", "tables_by_name", "told"]

# Units as catsHTM spells them, in VOUnits; those not here are as they should be.
_UNITS = {"": None, "arcse": "arcsec", "JD": "d", "MJD": "d", "JYear": "yr", "year": "yr", "magAB": "mag",
          "mag AB": "mag", "FeH": None, "logg": None, "DN": "adu", "deg/day": "deg/d", "day": "d",
          "nanomaggies": "3631 nJy"}
# In this table they are shifted by some columns.
_SHIFTED = {"SDSSoffset": {"TAI_r": "d", **{f"psffwhm_{band}": "arcsec" for band in "ugriz"}}}
_NUMBERS = {"infinity": np.inf, "-infinity": -np.inf}
_NULLS = (None, "null", "nan", "NaN")


def one_table(broker, plan, answers, *, positions, name, named=False):
    """The table of one catalogue."""
    parts = [(answer.request.items[0], columns) for answer in answers for value in answer.values
             for columns in list(value.values())[:1]]
    return _table(broker, name, parts, positions, named)


def tables_by_name(broker, plan, answers, *, positions, named=False):
    """A table for each catalogue that has rows."""
    found = {}
    for answer in answers:
        for value in answer.values:
            for name, columns in value.items():
                found.setdefault(name, []).append((answer.request.items[0], columns))
    tables = {name: _table(broker, name, parts, positions, named) for name, parts in found.items()}
    return TableDict({name: table for name, table in tables.items() if len(table)})


def told(result):
    """The result; what is told about all tables is told about each."""
    if isinstance(result, TableDict):
        for table in result.values():
            table.meta.update(result.meta)
    return result


def redshift(tables):
    """The first redshift among nearest sources, or None."""
    for names in (("z",), ("zphot", "z_phot")):
        for table in tables.values():
            for name in names:
                if name in table.colnames and table[name][0] is not np.ma.masked:
                    return float(table[name][0])
    return None


def _table(broker, name, parts, positions, named):
    """Rows of one catalogue around all positions, by position and nearest first."""
    added = broker._dictionary("region")
    length = {index: len(next(iter(columns.values()))[1]) for index, columns in parts if columns}
    parts = [(index, columns) for index, columns in parts if length.get(index)]
    table = BrokerTable()
    index = np.repeat([index for index, _ in parts], [length[index] for index, _ in parts]).astype(int)
    keys = dict.fromkeys(key for _, columns in parts for key in columns)
    place = _place(keys)
    for key in (*place, *(key for key in keys if key not in place)):
        values, unit = [], None
        for at, columns in parts:
            unit, more = columns.get(key, (None, [None] * length[at]))
            values.extend(more)
        table[key] = _column(key, values, unit, name, place)
    separation = np.full(len(index), np.nan)
    if place:
        asked = SkyCoord(positions.ra[index], positions.dec[index], unit="deg")
        separation = table.coords.separation(asked).arcsec
    table.add_column(to_column(added["separation"], separation, np.isnan(separation)), index=0)
    if not positions.scalar:
        table.add_column(to_column(added["query_index"], index), index=0)
    if named:
        table["cat_name"] = np.full(len(index), f"catsHTM_{name}")
    table = table[np.lexsort((separation, index))]
    table.meta["tables"] = [{"name": f"catsHTM_{name}", "description": f"Sources of {name}, from ALeRCE's catsHTM"}]
    return table


def _place(keys):
    """Names of the columns of the position, whatever their case."""
    for pattern in ("(Match)?RA", "(Match)?Dec"):
        if not any(re.fullmatch(pattern, key, re.IGNORECASE) for key in keys):
            return {}
    ra, dec = (next(key for key in keys if re.fullmatch(pattern, key, re.IGNORECASE))
               for pattern in ("(Match)?RA", "(Match)?Dec"))
    return {ra: "pos.eq.ra;meta.main", dec: "pos.eq.dec;meta.main"}


def _column(key, values, unit, catalog, place):
    """A typed, masked column with its unit."""
    mask = np.array([value in _NULLS for value in values], dtype=bool)
    if all(hidden or isinstance(value, (int, float)) or value in _NUMBERS for value, hidden in zip(values, mask)):
        whole = not mask.all() and all(hidden or isinstance(value, int) for value, hidden in zip(values, mask))
        fill, dtype = (0, "int64") if whole else (np.nan, "float64")
        try:
            data = np.array([fill if hidden else _NUMBERS.get(value, value) for value, hidden in zip(values, mask)],
                            dtype=dtype)
        except OverflowError as error:
            raise ReplyParseError(f"Column {key!r} of {catalog} has an integer of more than 64 bits.") from error
    else:
        data, dtype = np.array(["" if hidden else str(value) for value, hidden in zip(values, mask)], dtype=str), "str"
    sent = (unit or "").strip()
    unit = _SHIFTED.get(catalog, {}).get(key, _UNITS.get(sent, sent or None))
    if key in place:
        if unit == "rad":
            data = np.degrees(data)
        unit = "deg"
    told = f"{key} of {catalog}" + (f" (unit in the reply: {sent})" if sent and sent != unit else "")
    column = Column(key, dtype, unit=unit, description=told, ucd=place.get(key, ""), principal=key in place,
                    frame="ICRS" if key in place else None)
    return to_column(column, data, mask if mask.any() else None)
