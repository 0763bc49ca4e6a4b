# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL: Alert Management, Photometry and Evaluation of Lightcurves (https://ampelproject.github.io)."""

from astropy import config as _config

__all__ = ["AlertStream", "Ampel", "AmpelClass", "Chunk", "Conf", "conf"]


class Conf(_config.ConfigNamespace):
    """Configuration of `astroquery_brokers.ampel`; read at each call.

    Examples
    --------
    >>> from astroquery_brokers.ampel import Ampel, conf
    >>> with conf.set_temp("timeout", 300.0):
    ...     matches = Ampel.query_catalogs("185.0 15.0", "10 arcsec", catalog="GAIADR2")
    """

    catalogmatch_url = _config.ConfigItem(
        "https://ampel-ztf.zeuthen.desy.de/api/catalogmatch", "Address of the catalogue matching.")
    archive_url = _config.ConfigItem(
        "https://ampel-ztf.zeuthen.desy.de/api/ztf/archive/v3", "Address of the archive of ZTF alerts, version 3.")
    live_url = _config.ConfigItem(
        "https://ampel-ztf.zeuthen.desy.de/api/live", "Address of the query of the live database (experimental).")
    archive_token = _config.ConfigItem(
        "", "Token of the archive; better kept in AMPEL_ARCHIVE_TOKEN or the keyring.")
    live_token = _config.ConfigItem(
        "", "Token of the dashboard, for the live database; better kept in AMPEL_LIVE_TOKEN or the keyring.")
    timeout = _config.ConfigItem(
        120.0, "Seconds that one try of a request may take.", cfgtype="float")
    max_wait = _config.ConfigItem(
        1800.0, "Seconds that a whole call may take, with all its requests, waits and retries.", cfgtype="float")
    retries = _config.ConfigItem(
        3, "How often a request that failed is tried again, where that can help.")
    max_connections = _config.ConfigItem(
        2, "Number of requests under way at once.")
    requests_per_second = _config.ConfigItem(
        5.0, "Requests per second and host; servers on this machine are not limited.", cfgtype="float")
    chunk_size = _config.ConfigItem(
        1000, "Number of alerts that the archive sends at once, 1 to 10000.")
    limits = _config.ConfigItem(
        "", "Other limits for a service or an endpoint, such as 'archive: timeout=300 lifetime=600; ...'.")
    survey = _config.ConfigItem(
        "ztf", "Survey that is searched where no object id tells it.")
    row_limit = _config.ConfigItem(
        10000, "Most alerts of a search; -1 is all of them.")


conf = Conf()

from .core import Ampel, AmpelClass  # noqa: E402
from .reader import AlertStream, Chunk  # noqa: E402
