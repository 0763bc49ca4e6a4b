# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink: a broker of the alerts of ZTF and of Rubin/LSST (https://fink-broker.org)."""

from astropy import config as _config

__all__ = ["Conf", "Fink", "FinkClass", "conf"]


class Conf(_config.ConfigNamespace):
    """Configuration of `astroquery_brokers.fink`; read at each call.

    Examples
    --------
    >>> from astroquery_brokers.fink import Fink, conf
    >>> with conf.set_temp("timeout", 180.0):
    ...     objects = Fink.query_region("185.0 15.0", "10 arcmin")
    """

    ztf_url = _config.ConfigItem(
        "https://api.ztf.fink-portal.org", "Address of the ZTF API.")
    lsst_url = _config.ConfigItem(
        "https://api.lsst.fink-portal.org", "Address of the Rubin/LSST API.")
    timeout = _config.ConfigItem(
        130.0, "Seconds that one try of a request may take; the service gives up after 120.", cfgtype="float")
    max_wait = _config.ConfigItem(
        900.0, "Seconds that a whole call may take, with all its requests, waits and retries.", cfgtype="float")
    retries = _config.ConfigItem(
        3, "How often a request that failed is tried again, where that can help.")
    max_connections = _config.ConfigItem(
        4, "Number of requests under way at once.")
    requests_per_second = _config.ConfigItem(
        5.0, "Requests per second and host; servers on this machine are not limited.", cfgtype="float")
    limits = _config.ConfigItem(
        "", "Other limits for a service or an endpoint, such as 'classes: timeout=300 lifetime=600; ...'.")
    survey = _config.ConfigItem(
        "ztf", "Survey that is searched where no object id tells it.")
    row_limit = _config.ConfigItem(
        1000, "Rows of a search by criteria; -1 is all of them.")


conf = Conf()

from .core import Fink, FinkClass  # noqa: E402
