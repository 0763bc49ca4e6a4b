# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked of Lantern."""

from functools import partial

from astroquery_brokers.arguments import Survey, check_positions, check_radius
from astroquery_brokers.endpoints import Endpoint, Request
from astroquery_brokers.query import BrokerQuery
from astroquery_brokers.regions import region_table
from astroquery_brokers.verbs import Plan, query

__all__ = ["Lantern", "LanternClass"]

OBJECTS = Endpoint("objects", "lantern_url", "/cone", tables=("objects",),
                   rows=lambda reply: [reply["found"]])
DETECTIONS = Endpoint("detections", "lantern_url", "/objects/{object_id}/photometry",
                      tables=("detections",), empty_statuses=frozenset({404}))


class LanternClass(BrokerQuery):
    """The Lantern broker."""

    broker = "Lantern"
    package = "lantern"
    surveys = {"ztf": Survey("ztf", "Zwicky Transient Facility", r"ZTF\d{2}[a-z]{7}",
                             "ZTF20aaelulu")}
    citation = "2026Fict...1....1L"
    contact = "https://lantern.example"

    @query(OBJECTS, adds=("region",))
    def query_region(self, coordinates, radius):
        """Objects in a cone, or in many cones."""
        positions, radius = check_positions(coordinates), check_radius(radius)
        requests = []
        for index, (ra, dec) in enumerate(zip(positions.ra, positions.dec)):
            params = (("ra", str(ra)), ("dec", str(dec)), ("arcsec", str(radius.arcsec)))
            requests.append(Request(OBJECTS, params=params, items=(index,)))
        return Plan(requests, asked=f"objects within {radius} of {positions}", survey="ztf",
                    items=tuple(range(len(requests))),
                    build=partial(region_table, positions=positions))

    @query(DETECTIONS)
    def query_detections(self, object_id):
        """Detections of objects."""
        return self._per_object([DETECTIONS], object_id)


Lantern = LanternClass()
