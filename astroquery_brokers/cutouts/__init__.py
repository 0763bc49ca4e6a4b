# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts of alerts: FITS files as brokers send them, the images of an alert as one HDUList, and their picture."""

from .files import KINDS, join_cutouts, read_cutout, unzip
from .pictures import check_plot, plot_cutouts

__all__ = ["KINDS", "check_plot", "join_cutouts", "plot_cutouts", "read_cutout", "unzip"]
