# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The public class of AMPEL."""

from astroquery.query import QueryWithLogin

from ..arguments import Survey
from ..query import BrokerQuery
from .auth import Tokens
from .catalogs import CatalogQueries

__all__ = ["Ampel", "AmpelClass"]


class AmpelClass(CatalogQueries, Tokens, BrokerQuery, QueryWithLogin):
    """The AMPEL broker."""

    broker = "AMPEL"
    package = "astroquery_brokers.ampel"
    surveys = {"ztf": Survey("ztf", "Zwicky Transient Facility", r"ZTF\d{2}[a-z]{7}", "ZTF20aaelulu")}
    citation = "2019A&A...631A.147N"
    contact = "https://ampelproject.github.io"


Ampel = AmpelClass()
