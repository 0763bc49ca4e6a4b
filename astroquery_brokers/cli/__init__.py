# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The command ``astroquery-brokers``."""

from .main import main

__all__ = ["main"]
