# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked of AMPEL."""

from dataclasses import replace
from functools import partial

from ..endpoints import Endpoint
from .auth import about_token
from .parse import (absent_images, absent_object, alert_rows, catalog_rows, chunk_alerts, chunk_rows, count,
                    forced_rows, images, matches, one_record, packet, packets, photopoint_rows, slow_query, stock_rows,
                    told)

_CATALOGS = "https://ampel-ztf.zeuthen.desy.de/api/catalogmatch/docs; code: AmpelAstro/catalog-server"
_ARCHIVE = "https://ampel-ztf.zeuthen.desy.de/api/ztf/archive/v3/docs; code: AmpelAstro/Ampel-ZTF-archive"
_LIVE = "https://ampelproject.github.io/astronomy/ztf/index; experimental"
_HOUR = 3600.0
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY

_catalogs = partial(Endpoint, base="catalogmatch_url", lifetime=_DAY, source=_CATALOGS)

CATALOGS = _catalogs("catalogues", path="/catalogs/", tables=("catalogs", "catalog_columns"), rows=catalog_rows)
RECORD = _catalogs("the source", path="/catalogs/{catalog}/{name}", tables=(), decode=one_record)
_matching = partial(_catalogs, tables=(), decode=matches, method="POST")
MATCHES = {match: _matching(name, path=f"/cone_search/{match}") for match, name in (
    ("all", "sources of catalogues"), ("nearest", "the nearest sources of catalogues"),
    ("any", "whether catalogues have sources"))}

# After 504 the same question takes as long again.
_RETRIED = frozenset({408, 425, 429, 502, 503})
_open = partial(Endpoint, base="archive_url", survey="ztf", source=_ARCHIVE, retry_statuses=_RETRIED, lifetime=_HOUR)
_archive = partial(_open, credential="archive", explain=partial(slow_query, then=about_token))

ALERTS = _archive("alerts", path="/object/{object_id}/alerts", tables=("ztf_detections",), rows=alert_rows)
PACKETS = replace(ALERTS, tables=(), decode=packets)
PHOTOPOINTS = _archive("photometry", path="/object/{object_id}/photopoints",
                       tables=("ztf_detections", "ztf_non_detections"), rows=photopoint_rows,
                       explain=partial(absent_object, alerts=ALERTS))
# An alert does not change; what is kept of it becomes less after some months.
PACKET = _open("the alert", path="/alert/{candid}", tables=(), decode=packet, lifetime=_DAY)
FORCED_PHOTOMETRY = _open("forced photometry", path="/alert/{candid}", tables=("ztf_forced_photometry",),
                          rows=forced_rows, lifetime=_DAY, empty_statuses=frozenset({404}))
IMAGES = _open("the cutouts", path="/alert/{candid}/cutouts", tables=(), decode=images, lifetime=_WEEK,
               explain=absent_images)

# Each reply reserves its alerts and has the key to the others in it: it is never kept.
_search = partial(_archive, tables=("ztf_detections",), rows=chunk_rows, lifetime=0.0)
TIME_RANGE = _search("alerts", path="/alerts/time_range")
CONE = _search("alerts", path="/alerts/cone_search")
HEALPIX = _search("alerts", path="/alerts/healpix")
SKYMAP = _search("alerts", path="/alerts/healpix/skymap", method="POST")
START = _search("alerts", path="/streams/from_query", method="POST")
SEARCHES = (TIME_RANGE, CONE, HEALPIX, SKYMAP, START)
CONE_OBJECTS = replace(CONE, tables=("ztf_objects",))
COUNT = _archive("the number of alerts", path="/alerts/healpix/skymap/count", method="POST", tables=(), decode=count)

_stream = partial(_open, tables=(), lifetime=0.0)
START_TOPIC = _stream("the stream", path="/streams/from_topic", method="POST", decode=told)
TOPICS = _archive("the topic", path="/topics/", method="POST", tables=(), lifetime=0.0, decode=told)
STREAM = _stream("the stream", path="/stream/{resume_token}")
CHUNK = _stream("the next chunk", path="/stream/{resume_token}/chunk")
ACKNOWLEDGE = _stream("the chunk", path="/stream/{resume_token}/chunk/{chunk}/acknowledge", method="POST")

STOCK = Endpoint("the stock record", "live_url", "/stock/ztf/{object_id}", ("stocks",), stock_rows, survey="ztf",
                 source=_LIVE, lifetime=0.0, credential="live", explain=about_token)


def whole_alerts(endpoint):
    """The same search, answered with the packets in place of a table."""
    return replace(endpoint, tables=(), decode=chunk_alerts)
