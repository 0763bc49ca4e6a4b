# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE: Automatic Learning for the Rapid Classification of Events (https://alerce.science)."""

from astropy import config as _config

__all__ = ["Alerce", "AlerceClass", "Conf", "conf"]


class Conf(_config.ConfigNamespace):
    """Configuration of `astroquery_brokers.alerce`; read at each call.

    Examples
    --------
    >>> from astroquery_brokers.alerce import Alerce, conf
    >>> with conf.set_temp("timeout", 120.0):
    ...     objects = Alerce.query_region("185.0 15.0", "10 arcmin")
    """

    ztf_url = _config.ConfigItem(
        "https://api.alerce.online/ztf/v1", "Address of the ZTF API, version 1.")
    ztf_v2_url = _config.ConfigItem(
        "https://api.alerce.online/v2/lightcurve", "Address of the ZTF light curve API, version 2.")
    lsst_url = _config.ConfigItem(
        "https://api-lsst.alerce.online", "Address of the multi-survey API, for Rubin/LSST.")
    stamps_url = _config.ConfigItem(
        "https://api-lsst.alerce.online/stamps_api", "Address of the cutouts of Rubin/LSST.")
    avro_url = _config.ConfigItem(
        "https://avro.alerce.online", "Address of the cutouts and alert packets of ZTF.")
    catshtm_url = _config.ConfigItem(
        "https://catshtm.alerce.online", "Address of the external catalogues, catsHTM.")
    tap_url = _config.ConfigItem(
        "https://tap.alerce.online/tap", "Address of the TAP service.")
    timeout = _config.ConfigItem(
        60.0, "Seconds that one try of a request may take.", cfgtype="float")
    tap_timeout = _config.ConfigItem(
        300.0, "Seconds that a query may take that the TAP service answers at once.", cfgtype="float")
    max_wait = _config.ConfigItem(
        600.0, "Seconds that a whole call may take, with all its requests, waits and retries.", cfgtype="float")
    retries = _config.ConfigItem(
        3, "How often a request that failed is tried again, where that can help.")
    max_connections = _config.ConfigItem(
        8, "Number of requests under way at once.")
    requests_per_second = _config.ConfigItem(
        10.0, "Requests per second and host; servers on this machine are not limited.", cfgtype="float")
    limits = _config.ConfigItem(
        "", "Other limits for a service or an endpoint, such as 'classifiers: timeout=300 lifetime=600; ...'.")
    survey = _config.ConfigItem(
        "ztf", "Survey that is searched where no object id tells it.")
    row_limit = _config.ConfigItem(
        10000, "Rows of a search by criteria; -1 is all of them.")


conf = Conf()

# The names of its own client's errors, too.
from ..exceptions import (APIError, CandidError, FormatValidationError, ObjectNotFoundError,  # noqa: E402,F401
                          ParseError, ZTFAPIError)
from .core import Alerce, AlerceClass  # noqa: E402
