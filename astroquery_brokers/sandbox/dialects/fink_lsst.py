# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's server of Rubin (<root>/fink-lsst/api/v1/...): its endpoints, each from the module that answers it.

After the published server code of 2026-06 (release 3.5.0) and replies recorded in 2026-08 and 2026-09.
"""

from ..fink_tags import BLOCKS
from . import fink_cones
from .fink_cutouts import OPTIONS as CUTOUT_OPTIONS
from .fink_counts import LsstStatistics
from .fink_cutouts import lsst_cutouts
from .fink_lsst_objects import Objects
from .fink_lsst_schema import schema
from .fink_lsst_search import Searches
from .fink_lsst_solar import SolarSystem
from .fink_resolvers import LsstResolver
from .fink_skymaps import lsst_skymap
from .fink_ssoft import SolarTables
from .fink_wire import Endpoint, fixed
from .fink_wire import application as server
from .wire import FlaskJSON

__all__ = ["application"]

_COMMON = ("columns", "output-format")


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    objects, searches = Objects(store), Searches(store)
    tables = SolarTables(("HG", "HG1G2", "SHG1G2"), "2026.08", rubin=True)
    return server("Fink/LSST object API", {
        "sources": Endpoint("Get diaSource data based on Rubin diaObjectId", objects.sources, ("diaObjectId",),
                            ("midpointMjdTai", *_COMMON)),
        "objects": Endpoint("Get diaObject data based on Rubin diaObjectId", objects.objects, ("diaObjectId",),
                            _COMMON),
        "fp": Endpoint("Get forced photometry based on Rubin diaObjectId", objects.forced, ("diaObjectId",), _COMMON),
        "conesearch": Endpoint("Get Rubin objects in a circle on the sky", searches.conesearch, fink_cones.REQUIRED,
                               (*fink_cones.OPTIONS, "kind")),
        "cutouts": Endpoint("Get the cutouts of a Rubin alert", lsst_cutouts(store), ("diaSourceId", "kind"),
                            CUTOUT_OPTIONS),
        "tags": Endpoint("Get the latest Rubin alerts by tags", searches.tags, ("tag",),
                         ("n", "startdate", "stopdate", *_COMMON), bare=searches.list_tags),
        "blocks": fixed("Get the blocks of the filters", lambda: FlaskJSON(BLOCKS)),
        "sso": Endpoint("Get the detections of a known body of the solar system", SolarSystem(store).sso, ("n_or_d",),
                        ("withEphem", "withResiduals", *_COMMON)),
        "statistics": Endpoint("Get statistics of the nights", LsstStatistics(store), ("date",), _COMMON),
        "skymap": Endpoint("Get the alerts in the region of an event", lsst_skymap(store, searches),
                           ("credible_level",),
                           ("event_name", "bayestar", "n_day_before", "n_day_after", "output-format")),
        "resolver": Endpoint("Resolve names", LsstResolver(store), ("resolver", "name_or_id"),
                             ("reverse", "nmax", "output-format")),
        "ssoft": Endpoint("Get the table of solar-system objects", tables.ssoft, (),
                          ("sso_name", "sso_number", "schema", "flavor", "version", *_COMMON)),
        "ssobulk": Endpoint("Get the light curves of solar-system objects", tables.ssobulk, (),
                            ("version", "sso_name", "schema", "output-format")),
        "schema": Endpoint("Get the schema of the data of an endpoint", schema, ("endpoint",),
                           ("major_version", "minor_version")),
    })
