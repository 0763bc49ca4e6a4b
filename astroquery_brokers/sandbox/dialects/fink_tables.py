# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's tables: which columns an answer has, how nulls are spelled, and the four formats.

All formats come from one pandas table, and so do their oddities: what pandas, pyarrow or astropy cannot write is an
error 500. pandas is imported at the first question, because a sandbox that no one asks for Fink should start quickly.
"""

import io
import warnings

import numpy as np

from .fink_wire import content, refused

__all__ = ["Table", "requested", "send"]


def requested(arguments):
    """The names in the argument ``columns`` without blanks; None for all."""
    if "columns" not in arguments:
        return None
    text = arguments["columns"].replace(" ", "")
    return None if text == "*" else text.split(",")


def _is_null(values):
    if values.dtype == object:
        return np.array([value is None or value != value for value in values.tolist()], dtype=bool)
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)


def _series(values, null, kind, stored):
    """A column as the server has it after its conversions of what the database sends as text."""
    import pandas

    if kind in ("int", "long"):
        whole = np.where(null, 0, values).astype(np.int64)
        return pandas.Series(pandas.arrays.IntegerArray(whole, null.copy()))
    if kind in ("float", "double"):
        return pandas.Series(values.astype(np.float64))
    words = values.astype(object)
    # A null among other values becomes the word; a column of nulls only stays one.
    words[null] = "nan" if stored else None
    return pandas.Series(words, dtype=object)


class Table:
    """A table of the database: types of its columns by name, prefix included, and what makes a column from rows.

    Parameters
    ----------
    types : dict
        ``int``, ``long``, ``float``, ``double``, ``string`` or ``boolean`` by name.
    make : callable
        Gets a name and the rows, returns an array with NaN or None for nulls.
    fixed : bool
        All columns are in an answer for all columns, even those with nulls only (Rubin).
    stored : callable, optional
        Gets a name and the rows, returns for which rows the database has a value, which may be a NaN.
    """

    def __init__(self, types, make, *, fixed=False, stored=None):
        self.types, self.make, self.fixed, self.stored = types, make, fixed, stored

    def frame(self, rows, columns):
        """The pandas table of an answer for some columns (None for all), in alphabetical order.

        Unknown names and columns without a value are left out, and so is a row without any value.
        """
        import pandas

        everything = columns is None
        names = sorted(self.types) if everything else sorted(set(columns) & set(self.types))
        made, some = {}, np.zeros(rows.size, dtype=bool)
        for name in names if rows.size else ():
            values = np.asarray(self.make(name, rows))
            null = _is_null(values)
            there = ~null if self.stored is None else ~null | self.stored(name, rows)
            some |= there
            if there.any() or (everything and self.fixed):
                made[name] = _series(values, null, self.types[name], there.any())
        if not made:
            return pandas.DataFrame({})
        frame = pandas.DataFrame(made)
        # A parquet file has the keys as a column without a name.
        frame.index = rows.keys
        return frame[some]


def _votable(frame):
    from astropy.io import votable
    from astropy.table import Table

    frame = frame.copy()
    for name in frame.select_dtypes(object):
        # Mixed columns become text; astropy cannot write one of nulls only, nor can every version one that begins so.
        if frame[name].notna().any():
            frame[name] = [str(value) if value is not None and value == value else "" for value in frame[name]]
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are no identifiers
        votable.writeto(votable.from_table(Table.from_pandas(frame)), target)
    return target.getvalue()


def _parquet(frame):
    target = io.BytesIO()
    frame.to_parquet(target)
    return target.getvalue()


def send(frame, arguments, default="json"):
    """The reply with a table in the format that is asked for."""
    form = arguments.get("output-format", default)
    if form == "json":
        return content(frame.to_json(orient="records").encode(), "application/json")
    if form == "csv":
        return content(frame.to_csv(index=False).encode(), "application/csv")
    if form == "votable":
        return content(_votable(frame), "text/xml")
    if form == "parquet":
        return content(_parquet(frame), "parquet")
    raise refused(f"Output format `{form}` is not supported. Choose among json, csv, votable, or parquet\n")
