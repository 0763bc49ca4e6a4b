# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the tests of TAP services share."""

import numpy as np


def ids(table):
    return sorted(map(str, table["oid"]))


def filled(column):
    return np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
