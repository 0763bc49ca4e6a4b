# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink: a broker of ZTF and Rubin/LSST (https://fink-broker.org)."""
