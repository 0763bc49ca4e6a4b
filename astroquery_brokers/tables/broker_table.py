# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The table that every query returns."""

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astropy.time import Time

from ..votable.connect import register as register_votable
from .connect import register

__all__ = ["BrokerTable", "equinox_of"]


class BrokerTable(Table):
    """An astropy `~astropy.table.Table` that knows where it came from.

    Every column has its unit, its description and, in ``column.meta``, its ``ucd``; epochs have their ``time``
    system and positions their ``frame`` (and ``coosys``, if that has an epoch or equinox). What is missing is masked.
    ``meta`` holds only values that JSON can hold:

    ``tables``
        Name and description of the table; of all of them after stacking or joining.
    ``provenance``
        One dict per query: broker, survey, verb, parameters, urls (without secrets), retrieved, versions.
    ``coverage``
        One dict per query: how many were asked, found, empty, failed; ``truncated``; ``missing`` (the ids).
    ``failures``
        One dict per request that failed; see `failures`.

    All of it survives slicing, stacking, copying and pickling, and is written to VOTable, FITS and Parquet and read
    back. Printed, the table is a line about it and the columns that people read first, as far as they fit;
    ``pprint_all()`` prints everything.

    Examples
    --------
    >>> from astroquery_brokers import Alerce, BrokerTable
    >>> objects = Alerce.query_region("185.0008 +15.0005", "1 arcmin")
    >>> isinstance(objects, BrokerTable), objects["separation"].unit
    (True, Unit("arcsec"))
    >>> objects["oid", "ndet", "separation"][:2]  # doctest: +ELLIPSIS
    ALeRCE ZTF query_region: 2 rows, 3 columns...
    oid          ndet separation
                          arcsec
    ------------ ---- ----------
    ZTF24abuwikp  152       0.00
    ZTF19ackzozm   75      20.20
    >>> objects.coords[0].separation(objects.coords[1]).arcsec.round(1)
    np.float64(20.2)
    """

    def __repr__(self):
        from .display import render
        return render(self)

    __str__ = __repr__

    def _repr_html_(self):
        from .display import render
        return render(self, html=True)

    @property
    def coords(self):
        """Positions of the rows (`~astropy.coordinates.SkyCoord`, shape ``(n,)``); NaN where masked.

        Raises
        ------
        AttributeError
            If the table has no position columns.
        """
        ra, dec = (self._column_by_ucd(f"pos.eq.{axis}") for axis in ("ra", "dec"))
        frame = ra.meta.get("frame", "ICRS").lower()
        return SkyCoord(_filled(ra), _filled(dec), unit=(ra.unit, dec.unit), frame=frame, equinox=equinox_of(ra, frame))

    @property
    def time(self):
        """Epochs of the rows (`~astropy.time.Time`, shape ``(n,)``) in their own scale.

        Raises
        ------
        AttributeError
            If the table has no column that is the time of an observation.
        """
        column = self._column_by_ucd("time.epoch")
        system = column.meta.get("time", {})
        return Time(np.ma.MaskedArray(column), format=system.get("origin", "mjd"), scale=system.get("scale", "utc"))

    @property
    def failures(self):
        """What failed, one row per request (a `~astropy.table.Table`: item, verb, url, error, status, reason)."""
        rows = self.meta.get("failures", [])
        names = ("item", "verb", "url", "error", "status", "reason")
        columns = [[("" if row.get(name) is None else str(row[name])) for row in rows] for name in names]
        return Table([np.array(column, dtype=str) for column in columns], names=names)

    def plot(self, ax=None, **options):
        """Plot a light curve; see `~astroquery_brokers.plotting.plot_lightcurve` for the options and what is returned.

        Parameters
        ----------
        ax : `matplotlib.axes.Axes`, optional
            Where to draw.
        **options
            Those of `~astroquery_brokers.plotting.plot_lightcurve`.

        Returns
        -------
        `matplotlib.axes.Axes`, or a `numpy.ndarray` of them of shape ``(n,)``
            As `~astroquery_brokers.plotting.plot_lightcurve` does.

        Raises
        ------
        InvalidArgumentError
            If the table is not a light curve as ``query_lightcurve`` returns it, or an option is not one of those.
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> ax = Alerce.query_lightcurve("ZTF24abuwikp").plot(y="flux")
        >>> ax.get_xlabel()
        'MJD (TAI)'
        """
        from ..plotting import plot_lightcurve
        return plot_lightcurve(self, ax, **options)

    def to_votable(self):
        """The table as a full VOTable document.

        Returns
        -------
        `astropy.io.votable.tree.VOTableFile`
            See `astroquery_brokers.votable.to_votable`.

        Raises
        ------
        InvalidArgumentError
            If VOTable cannot hold a column.

        Examples
        --------
        >>> from astroquery_brokers import BrokerTable
        >>> document = BrokerTable({"ndet": [152]}).to_votable()
        >>> [field.name for field in document.get_first_table().fields]
        ['ndet']
        """
        from ..votable import to_votable
        return to_votable(self)

    def _column_by_ucd(self, ucd):
        found = {}
        for column in self.itercols():
            found.setdefault(str((getattr(column, "meta", None) or {}).get("ucd")), column)
        for candidate in (f"{ucd};meta.main", ucd):
            if candidate in found:
                return found[candidate]
        raise AttributeError(f"This table has no column with the UCD {ucd!r}; its columns are "
                             f"{', '.join(self.colnames)}.")


def _filled(column):
    return column.filled(np.nan) if hasattr(column, "filled") else column


def equinox_of(column, frame):
    """The equinox that the coordinates in a column have, if their frame is one that has an equinox."""
    system = (column.info.meta or {}).get("coosys")
    equinox = str(system.get("equinox") or "") if isinstance(system, dict) else ""
    letter = {"fk4": "B", "fk5": "J"}.get(frame)
    if not equinox or not letter:
        return None
    return letter + equinox if equinox[0].isdigit() else equinox


register_votable(BrokerTable)
register(BrokerTable)
