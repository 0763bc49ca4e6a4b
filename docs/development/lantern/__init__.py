# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Lantern: a broker that does not exist."""

from astropy import config as _config

__all__ = ["Conf", "Lantern", "LanternClass", "conf"]


class Conf(_config.ConfigNamespace):
    """Configuration of Lantern; read at each call."""

    lantern_url = _config.ConfigItem(
        "https://lantern.example/api", "Address of the API.")
    timeout = _config.ConfigItem(
        60.0, "Seconds that one try of a request may take.", cfgtype="float")
    max_wait = _config.ConfigItem(
        600.0, "Seconds that a whole call may take.", cfgtype="float")
    retries = _config.ConfigItem(
        3, "How often a request that failed is tried again.")
    max_connections = _config.ConfigItem(
        4, "Number of requests under way at once.")
    requests_per_second = _config.ConfigItem(
        5.0, "Requests per second and host.", cfgtype="float")
    limits = _config.ConfigItem(
        "", "Other limits for a service or an endpoint.")
    survey = _config.ConfigItem(
        "ztf", "Survey that is searched where no object id tells it.")
    row_limit = _config.ConfigItem(
        10000, "Rows of a search by criteria; -1 is all of them.")


conf = Conf()

from .core import Lantern, LanternClass  # noqa: E402
