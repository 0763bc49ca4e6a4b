# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's server of Rubin (<root>/fink-lsst/api/v1/...): its endpoints, each from the module that answers it.

After the published server code of 2026-06 (release 3.5.0) and replies recorded in 2026-08 and 2026-09.
"""

from ..fink_tags import BLOCKS
from . import fink_cones
from .fink_cutouts import OPTIONS as CUTOUT_OPTIONS
from .fink_cutouts import lsst_cutouts
from .fink_lsst_objects import Objects
from .fink_lsst_schema import schema
from .fink_lsst_search import Searches
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
        "schema": Endpoint("Get the schema of the data of an endpoint", schema, ("endpoint",),
                           ("major_version", "minor_version")),
    })
