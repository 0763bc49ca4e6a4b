# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The public class of ALeRCE."""

from ..arguments import Survey
from ..query import BrokerQuery
from .catalogs import CatalogQueries
from .classification import ClassificationQueries
from .configuration import OfficialConfiguration
from .cutouts import CutoutQueries
from .lightcurves import LightCurveQueries
from .objects import ObjectQueries
from .packets import PacketQueries
from .tap import TapQueries

__all__ = ["Alerce", "AlerceClass"]


class AlerceClass(ObjectQueries, LightCurveQueries, ClassificationQueries, CutoutQueries, PacketQueries, CatalogQueries,
                  TapQueries, OfficialConfiguration, BrokerQuery):
    """The ALeRCE broker.

    Parameters
    ----------
    **settings
        Configuration items of `astroquery_brokers.alerce.conf` for this instance only, e.g. ``timeout=30`` (s).

    Raises
    ------
    InvalidArgumentError
        If there is no such configuration item.

    Notes
    -----
    Methods have the names of ALeRCE's own Python client and take its keywords (``oid``, ``format``, ``index``,
    ``sort``, ``page``, ``page_size``, ``count``); they return tables. `query_lightcurve` differs on purpose: it
    returns the light curve with the same columns on every broker.

    Examples
    --------
    ``Alerce`` is a ready-made instance. Outside of the ``with`` block it asks the service itself.

    >>> from astroquery_brokers import Alerce, sandbox
    >>> with sandbox.running():
    ...     objects = Alerce.query_region("185.0 15.0", "10 arcmin")
    >>> objects["separation"].unit
    Unit("arcsec")

    An instance with settings of its own:

    >>> from astroquery_brokers.alerce import AlerceClass
    >>> patient = AlerceClass(timeout=300.0, retries=5)
    """

    broker = "ALeRCE"
    package = "astroquery_brokers.alerce"
    surveys = {"ztf": Survey("ztf", "Zwicky Transient Facility", r"ZTF\d{2}[a-z]{7}", "ZTF20aaelulu"),
               "lsst": Survey("lsst", "Legacy Survey of Space and Time, Vera C. Rubin Observatory",
                              r"[1-9]\d{14,18}", "170587117485817955")}
    citation = "2021AJ....161..242F"
    contact = "https://alerce.science"


Alerce = AlerceClass()
