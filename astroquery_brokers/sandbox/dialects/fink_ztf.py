# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's server of ZTF (<root>/fink-ztf/api/v1/...): its endpoints, each from the module that answers it.

After the published server code of 2026-06 (release 3.5.0) and replies recorded in 2026.
"""

from ..fink_labels import CLASSES
from . import fink_cones
from .fink_cutouts import OPTIONS as CUTOUT_OPTIONS
from .fink_counts import ZtfStatistics
from .fink_cutouts import ztf_cutouts
from .fink_metadata import Metadata
from .fink_resolvers import ZtfResolver
from .fink_skymaps import ztf_skymap
from .fink_ssoft import SolarTables
from .fink_wire import Endpoint, fixed
from .fink_wire import application as server
from .fink_ztf_objects import objects
from .fink_ztf_schema import SCHEMA
from .fink_ztf_search import Searches
from .fink_ztf_solar import SolarSystem
from .wire import FlaskJSON

__all__ = ["application"]

_COMMON = ("columns", "output-format")


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    searches, solar = Searches(store), SolarSystem(store)
    tables = SolarTables(("SHG1G2", "HG1G2", "HG", "SOCCA"), "2023.07", rubin=False)
    return server("Fink/ZTF object API", {
        "objects": Endpoint("Retrieve lightcurve data for ZTF objects by name", objects(store), ("objectId",),
                            ("withupperlim", "withcutouts", "cutout-kind", *_COMMON)),
        "conesearch": Endpoint("Retrieve ZTF objects in a circle on the sky", searches.conesearch,
                               fink_cones.REQUIRED, fink_cones.OPTIONS),
        "latests": Endpoint("Retrieve the latest alerts of a class", searches.latests, ("class",),
                            ("trend", "n", "startdate", "stopdate", "color", *_COMMON)),
        "classes": fixed("Retrieve the names of the classes", lambda: FlaskJSON(CLASSES)),
        "sso": Endpoint("Retrieve the alerts of a known body of the solar system", solar.sso, ("n_or_d",),
                        ("withEphem", "withResiduals", "withcutouts", "cutout-kind", *_COMMON)),
        "ssocand": Endpoint("Retrieve candidates of the solar system", solar.ssocand, ("kind",),
                            ("ssoCandId", "start_date", "stop_date", "maxnumber", "output-format")),
        "ssoft": Endpoint("Retrieve the table of solar-system objects", tables.ssoft, (),
                          ("sso_name", "sso_number", "schema", "flavor", "version", "output-format")),
        "ssobulk": Endpoint("Retrieve all light curves of solar-system objects", tables.ssobulk, (),
                            ("output-format",)),
        "resolver": Endpoint("Resolve names", ZtfResolver(store), ("resolver", "name"),
                             ("reverse", "nmax", "output-format")),
        "tracklet": Endpoint("Retrieve satellite glints and debris by date", searches.tracklet, (),
                             ("date", "id", *_COMMON)),
        "anomaly": Endpoint("Retrieve the alerts that look strange", searches.anomaly, (),
                            ("n", "start_date", "stop_date", *_COMMON)),
        "statistics": Endpoint("Retrieve statistics of the nights", ZtfStatistics(store), ("date",),
                               ("schema", *_COMMON)),
        "cutouts": Endpoint("Retrieve the cutouts of a ZTF alert", ztf_cutouts(store), ("objectId", "kind"),
                            ("candid", *CUTOUT_OPTIONS)),
        "skymap": Endpoint("Retrieve the alerts in the region of an event", ztf_skymap(store, searches), (),
                           ("event_name", "bayestar", "credible_level", "n_day_before", "n_day_after",
                            "output-format")),
        "metadata": Metadata(store),
        "schema": fixed("Retrieve the schema of the data", lambda: FlaskJSON(SCHEMA)),
    })
