# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The face that tables show to the Virtual Observatory: servers of its protocols."""
