# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The public class of AMPEL."""

from astroquery.query import QueryWithLogin

from ..arguments import Survey
from ..query import BrokerQuery
from .alerts import AlertQueries
from .auth import Tokens
from .catalogs import CatalogQueries
from .cutouts import CutoutQueries
from .lightcurves import LightCurveQueries
from .live import LiveQueries
from .objects import ObjectQueries
from .searches import SearchQueries
from .streams import StreamQueries

__all__ = ["Ampel", "AmpelClass"]


class AmpelClass(ObjectQueries, LightCurveQueries, AlertQueries, StreamQueries, CutoutQueries, CatalogQueries,
                 LiveQueries, SearchQueries, Tokens, BrokerQuery, QueryWithLogin):
    """The AMPEL broker.

    Parameters
    ----------
    **settings
        Configuration items of `astroquery_brokers.ampel.conf` for this instance only, e.g. ``timeout=30`` (s) or
        ``archive_token="..."``.

    Raises
    ------
    InvalidArgumentError
        If there is no such configuration item, or a token has not the form of its kind.

    Notes
    -----
    Tokens are looked for in the settings of the instance, in ``conf``, in the environment (``AMPEL_ARCHIVE_TOKEN``,
    ``AMPEL_LIVE_TOKEN``), and are those of `login`, in this order. They are sent to the configured host only,
    encrypted, and where they are needed. Catalogue matching needs none.

    Examples
    --------
    ``Ampel`` is a ready-made instance. Outside of the ``with`` block it asks the service itself.

    >>> from astroquery_brokers import Ampel, sandbox
    >>> with sandbox.running():
    ...     objects = Ampel.query_region("185.0 15.0", "10 arcmin")
    >>> objects["separation"].unit
    Unit("arcsec")

    An instance with settings of its own:

    >>> from astroquery_brokers.ampel import AmpelClass
    >>> patient = AmpelClass(timeout=300.0, retries=5)
    """

    broker = "AMPEL"
    package = "astroquery_brokers.ampel"
    surveys = {"ztf": Survey("ztf", "Zwicky Transient Facility", r"ZTF\d{2}[a-z]{7}", "ZTF20aaelulu")}
    citation = "2019A&A...631A.147N"
    contact = "https://ampelproject.github.io"


Ampel = AmpelClass()
