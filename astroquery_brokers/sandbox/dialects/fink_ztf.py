# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's server of ZTF (<root>/fink-ztf/api/v1/...): its endpoints, each from the module that answers it.

After the published server code of 2026-06 (release 3.5.0) and replies recorded in 2026.
"""

from ..fink_labels import CLASSES
from . import fink_cones
from .fink_cutouts import OPTIONS as CUTOUT_OPTIONS
from .fink_cutouts import ztf_cutouts
from .fink_wire import Endpoint, fixed
from .fink_wire import application as server
from .fink_ztf_objects import objects
from .fink_ztf_schema import SCHEMA
from .fink_ztf_search import Searches
from .wire import FlaskJSON

__all__ = ["application"]

_COMMON = ("columns", "output-format")


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    searches = Searches(store)
    return server("Fink/ZTF object API", {
        "objects": Endpoint("Retrieve lightcurve data for ZTF objects by name", objects(store), ("objectId",),
                            ("withupperlim", "withcutouts", "cutout-kind", *_COMMON)),
        "conesearch": Endpoint("Retrieve ZTF objects in a circle on the sky", searches.conesearch,
                               fink_cones.REQUIRED, fink_cones.OPTIONS),
        "latests": Endpoint("Retrieve the latest alerts of a class", searches.latests, ("class",),
                            ("trend", "n", "startdate", "stopdate", "color", *_COMMON)),
        "classes": fixed("Retrieve the names of the classes", lambda: FlaskJSON(CLASSES)),
        "tracklet": Endpoint("Retrieve satellite glints and debris by date", searches.tracklet, (),
                             ("date", "id", *_COMMON)),
        "anomaly": Endpoint("Retrieve the alerts that look strange", searches.anomaly, (),
                            ("n", "start_date", "stop_date", *_COMMON)),
        "cutouts": Endpoint("Retrieve the cutouts of a ZTF alert", ztf_cutouts(store), ("objectId", "kind"),
                            ("candid", *CUTOUT_OPTIONS)),
        "schema": fixed("Retrieve the schema of the data", lambda: FlaskJSON(SCHEMA)),
    })
