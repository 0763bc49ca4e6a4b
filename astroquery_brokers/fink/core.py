# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The public class of Fink."""

from ..arguments import Survey
from ..query import BrokerQuery
from .classes import ClassQueries
from .cutouts import CutoutQueries
from .lightcurves import LightCurveQueries
from .objects import ObjectQueries
from .parse import error_text
from .resolver import ResolverQueries
from .searches import SearchQueries
from .skymaps import SkyMapQueries
from .solar_system import SolarSystemQueries
from .statistics import StatisticsQueries

__all__ = ["Fink", "FinkClass"]


class FinkClass(ObjectQueries, LightCurveQueries, SearchQueries, ClassQueries, CutoutQueries, SolarSystemQueries,
                ResolverQueries, SkyMapQueries, StatisticsQueries, BrokerQuery):
    """The Fink broker.

    Parameters
    ----------
    **settings
        Configuration items of `astroquery_brokers.fink.conf` for this instance only, e.g. ``timeout=30`` (s).

    Raises
    ------
    InvalidArgumentError
        If there is no such configuration item.

    Notes
    -----
    Columns keep Fink's names with the prefix of their family: ``i:magpsf``, ``d:cdsxmatch``, ``v:lastdate`` (ZTF),
    ``r:psfFlux``, ``f:xm_simbad_otype`` (LSST). ``columns=`` takes them with or without it.

    Examples
    --------
    ``Fink`` is a ready-made instance. Outside of the ``with`` block it asks the service itself.

    >>> from astroquery_brokers import Fink, sandbox
    >>> with sandbox.running():
    ...     objects = Fink.query_region("185.0 15.0", "10 arcmin")
    >>> objects["separation"].unit
    Unit("arcsec")

    An instance with settings of its own:

    >>> from astroquery_brokers.fink import FinkClass
    >>> rubin = FinkClass(survey="lsst", timeout=300.0)
    """

    broker = "Fink"
    package = "astroquery_brokers.fink"
    surveys = {"ztf": Survey("ztf", "Zwicky Transient Facility", r"ZTF\d{2}[a-z]{7}", "ZTF21abfmbix"),
               "lsst": Survey("lsst", "Legacy Survey of Space and Time, Vera C. Rubin Observatory",
                              r"[1-9]\d{14,18}", "170587117485817955")}
    citation = "2021MNRAS.501.3272M"
    contact = "https://fink-broker.org"

    _error_text = staticmethod(error_text)


Fink = FinkClass()
