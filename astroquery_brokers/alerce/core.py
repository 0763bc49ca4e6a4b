# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The public class of ALeRCE."""

from ..arguments import Survey
from ..query import BrokerQuery
from .classification import ClassificationQueries
from .lightcurves import LightCurveQueries
from .objects import ObjectQueries

__all__ = ["Alerce", "AlerceClass"]


class AlerceClass(ObjectQueries, LightCurveQueries, ClassificationQueries, BrokerQuery):
    """The ALeRCE broker.

    Parameters
    ----------
    **settings
        Configuration items of `astroquery_brokers.alerce.conf` for this instance only.

    Notes
    -----
    Methods have the names of ALeRCE's own Python client and take its keywords (``oid``, ``format``, ``index``,
    ``sort``, ``page``, ``page_size``, ``count``); they return tables. `query_lightcurve` differs on purpose: it
    returns the light curve with the same columns on every broker.

    Examples
    --------
    >>> from astroquery_brokers import sandbox
    >>> from astroquery_brokers.alerce import Alerce
    >>> with sandbox.running():
    ...     objects = Alerce.query_region("185.0 15.0", "10 arcmin")
    >>> objects["separation"].unit
    Unit("arcsec")
    """

    broker = "ALeRCE"
    package = "astroquery_brokers.alerce"
    surveys = {"ztf": Survey("ztf", "Zwicky Transient Facility", r"ZTF\d{2}[a-z]{7}", "ZTF20aaelulu")}
    citation = "2021AJ....161..242F"
    contact = "https://alerce.science"


Alerce = AlerceClass()
