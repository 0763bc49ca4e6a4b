# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Objects around positions: what was asked, how far away."""

import numpy as np
from astropy.coordinates import SkyCoord

from .columns import load_dictionary
from .results import native_table
from .tables.decode import to_column

__all__ = ["region_table"]


def region_table(broker, plan, answers, *, positions):
    """The objects found around positions, nearest first.

    Parameters
    ----------
    positions : `~astroquery_brokers.arguments.Positions`

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        ``query_index`` (only for an array of positions) and ``separation`` (arcsec), then the native columns.
    """
    added = load_dictionary("astroquery_brokers", "region")
    table = native_table(broker, plan, answers)
    lengths = [min(answer.length, answer.request.row_limit or answer.length) for answer in answers]
    index = np.repeat([answer.request.items[0] for answer in answers], lengths).astype(int)
    asked = SkyCoord(positions.ra[index], positions.dec[index], unit="deg")
    separation = table.coords.separation(asked).arcsec
    order = np.lexsort((separation, index))
    table = table[order]
    table.add_column(to_column(added["separation"], separation[order]), index=0)
    if not positions.scalar:
        table.add_column(to_column(added["query_index"], index[order]), index=0)
    return table
