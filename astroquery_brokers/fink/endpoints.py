# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked of Fink."""

from functools import partial

from ..endpoints import Endpoint
from ..verbs import query
from .parse import (block_rows, class_rows, image_of, perhaps_absent, perhaps_older, perhaps_unknown, schema_rows,
                    ssoft_schema_rows, tag_rows, unknown_event)

# Fink says "objectId", "diaObjectId" and "class".
fink_query = partial(query, aliases={"objectId": "object_id", "diaObjectId": "object_id"})

_ZTF = "https://doc.ztf.fink-broker.org; code: astrolabsoftware/fink-object-api, 3.5.0"
_LSST = "https://doc.lsst.fink-broker.org; code: astrolabsoftware/fink-object-api, 3.5.0"
_HOUR = 3600.0
_WEEK = 7 * 24 * _HOUR
_TRANSFER = ("Fink's Data Transfer service (https://{0}.fink-portal.org/download) sends whole nights and classes "
             "of alerts: see the page about it in the documentation.")

# CSV has all digits in 25 to 40 % of the bytes of JSON, which rounds to ten decimals; they take about the same time to
# decode (benchmarks/fink.py). Both always work; the service cannot make Parquet and VOTable of everything.
_endpoint = partial(Endpoint, method="POST", format_key="output-format", formats=("csv", "json"), lifetime=_HOUR)
_ztf = partial(_endpoint, base="ztf_url", survey="ztf", source=_ZTF, beyond=_TRANSFER.format("ztf"))
_lsst = partial(_endpoint, base="lsst_url", survey="lsst", source=_LSST, beyond=_TRANSFER.format("lsst"))
# Objects are found one by one: a batch of this size stays far from the gateway's 120 s.
_of_names = partial(_ztf, path="/api/v1/objects", ids="objectId", separator=",", batch=50, sort_by="i:jd", cap=10_000)
_of_ids = partial(_lsst, ids="diaObjectId", separator=",", batch=50, sort_by="r:midpointMjdTai", cap=10_000)
#: The number of rows of a search without a limit; the server has none of its own.
MOST_ROWS = 1_000_000
#: The number of rows per sky pixel in a cone search: no pixel of the sky has as many, so none is cut.
MOST_IN_PIXEL = 10_000_000

DETECTIONS = _of_names("detections", tables=("ztf_alerts",))
OBJECTS = _of_names("objects", tables=("ztf_cone",))
LSST_SOURCES = _of_ids("detections", path="/api/v1/sources", tables=("lsst_sources",))
LSST_OBJECTS = _of_ids("objects", path="/api/v1/objects", tables=("lsst_objects",), sort_by="")
LSST_FORCED = _of_ids("forced photometry", path="/api/v1/fp", tables=("lsst_forced_photometry",))

CONE = _ztf("objects", path="/api/v1/conesearch", tables=("ztf_cone",))
LSST_CONE = _lsst("objects", path="/api/v1/conesearch", tables=("lsst_cone",))

LATESTS = _ztf("alerts", path="/api/v1/latests", tables=("ztf_latests",), cap=MOST_ROWS, lifetime=600.0)
ANOMALIES = _ztf("anomalies", path="/api/v1/anomaly", tables=("ztf_anomalies",), cap=MOST_ROWS)
TRACKLETS = _ztf("tracklets", path="/api/v1/tracklet", tables=("ztf_tracklets",))
LSST_TAGS = _lsst("alerts", path="/api/v1/tags", tables=("lsst_tags",), cap=MOST_ROWS, lifetime=600.0)

# No arguments: these are for GET, and give JSON that is no table.
_listing = dict(method="GET", format_key="", formats=("json",), lifetime=_WEEK)
CLASSES = _ztf("classes", path="/api/v1/classes", tables=("ztf_class_list",), rows=class_rows, **_listing)
TAGS = _lsst("tags", path="/api/v1/tags", tables=("lsst_tag_list",), rows=tag_rows, **_listing)
BLOCKS = _lsst("blocks", path="/api/v1/blocks", tables=("lsst_block_list",), rows=block_rows, **_listing)
SCHEMA = _ztf("the schema", path="/api/v1/schema", tables=("schema",), rows=schema_rows, **_listing)
LSST_SCHEMA = _lsst("the schema", path="/api/v1/schema", tables=("schema",), rows=schema_rows,
                    **{**_listing, "method": "POST"})

# An alert does not change, nor do its images. The body says itself in which format.
_image = dict(path="/api/v1/cutouts", tables=(), decode=image_of, format_key="", formats=("json",), lifetime=_WEEK)
ZTF_CUTOUTS = _ztf("the cutouts", explain=perhaps_absent, **_image)
LSST_CUTOUTS = _lsst("the cutouts", **_image)

SSO = _ztf("alerts of solar-system objects", path="/api/v1/sso", tables=("ztf_sso",), sort_by="i:jd")
LSST_SSO = _lsst("alerts of solar-system objects", path="/api/v1/sso", tables=("lsst_sso",),
                 sort_by="r:midpointMjdTai")
ORBITS = _ztf("orbits of candidates", path="/api/v1/ssocand", tables=("ztf_sso_candidates_orbits",))
CANDIDATES = _ztf("alerts of candidates", path="/api/v1/ssocand", tables=("ztf_sso_candidates_light_curves",),
                  cap=MOST_ROWS, sort_by="d:jd")
FLAVORS = ("SHG1G2", "HG1G2", "HG", "SOCCA")
SSOFT = {flavor: _ztf("the table of solar-system objects", path="/api/v1/ssoft", tables=(f"ssoft_{flavor.lower()}",),
                      formats=("parquet", "json"), lifetime=24 * _HOUR) for flavor in FLAVORS}

LSST_SSOFT = {flavor: _lsst("the table of solar-system objects", path="/api/v1/ssoft", explain=perhaps_older,
                            tables=(f"ssoft_{flavor.lower()}",), formats=("parquet", "json"), lifetime=24 * _HOUR)
              for flavor in ("HG", "HG1G2", "SHG1G2")}
_bulk = dict(path="/api/v1/ssobulk", formats=("parquet",), nested=True, lifetime=24 * _HOUR)
SSOBULK = _ztf("light curves of solar-system objects", tables=("ztf_ssobulk",), **_bulk)
LSST_SSOBULK = _lsst("light curves of solar-system objects", tables=("lsst_ssobulk",), explain=perhaps_older, **_bulk)

SSOFT_SCHEMA = _ztf("the schema", path="/api/v1/ssoft", tables=("schema",), rows=ssoft_schema_rows, formats=("json",),
                    lifetime=_WEEK)

RESOLVERS = {name: _ztf("names", path="/api/v1/resolver", tables=(f"ztf_resolver_{name}",), formats=("json",),
                        beyond="")
             for name in ("tns", "simbad", "simbad_reverse", "ssodnet")}
LSST_RESOLVERS = {name: _lsst("names", path="/api/v1/resolver", tables=(f"lsst_resolver_{name}",), formats=("json",),
                              beyond="", explain=perhaps_unknown if name == "ssodnet" else None)
                  for name in ("tns", "tns_reverse", "simbad", "simbad_reverse", "ssodnet", "ssodnet_reverse")}
METADATA = _ztf("names that people gave", path="/api/v1/metadata", tables=("ztf_metadata",),
                **{**_listing, "lifetime": _HOUR})

SKYMAP = _ztf("objects in a sky map", path="/api/v1/skymap", tables=("ztf_skymap",), refusal=unknown_event)
LSST_SKYMAP = _lsst("objects in a sky map", path="/api/v1/skymap", tables=("lsst_skymap",), refusal=unknown_event)

STATISTICS = _ztf("statistics", path="/api/v1/statistics", tables=("ztf_statistics",), formats=("json",))
LSST_STATISTICS = _lsst("statistics", path="/api/v1/statistics", tables=("lsst_statistics",), formats=("json",))
