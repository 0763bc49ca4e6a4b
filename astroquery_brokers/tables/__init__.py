# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bytes to columns, and the table that every query returns."""

from .broker_table import BrokerTable
from .decode import Decoded, concatenate, decode_columns, decode_rows, to_table
from .json_rows import decode_json_rows

__all__ = ["BrokerTable", "Decoded", "concatenate", "decode_columns", "decode_json_rows", "decode_rows", "to_table"]
