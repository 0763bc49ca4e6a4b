# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of what users pass, the same on every broker: what passes is ready to be sent, what does not is explained."""

from .identifiers import Survey, check_object_ids, check_survey
from .positions import Positions, check_degrees, check_positions, check_radius
from .skymaps import check_pixels, check_skymap
from .times import check_time_range
from .values import check_choice, check_fraction, check_integer, check_range, check_text, suggest

__all__ = ["Positions", "Survey", "check_choice", "check_degrees", "check_fraction", "check_integer",
           "check_object_ids", "check_pixels", "check_positions", "check_radius", "check_range", "check_skymap",
           "check_survey", "check_text", "check_time_range", "suggest"]
