# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a column is: dictionaries, bands and photometric systems."""

from .dictionary import Column, Dictionary, load_dictionary

__all__ = ["Column", "Dictionary", "load_dictionary"]
