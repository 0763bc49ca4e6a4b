# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked of AMPEL."""

from functools import partial

from ..endpoints import Endpoint
from .parse import catalog_rows, matches, one_record

_CATALOGS = "https://ampel-ztf.zeuthen.desy.de/api/catalogmatch/docs; code: AmpelAstro/catalog-server"
_DAY = 24 * 3600.0

_catalogs = partial(Endpoint, base="catalogmatch_url", lifetime=_DAY, source=_CATALOGS)

CATALOGS = _catalogs("catalogues", path="/catalogs/", tables=("catalogs", "catalog_columns"), rows=catalog_rows)
RECORD = _catalogs("the source", path="/catalogs/{catalog}/{name}", tables=(), decode=one_record)
_matching = partial(_catalogs, tables=(), decode=matches, method="POST")
MATCHES = {match: _matching(name, path=f"/cone_search/{match}") for match, name in (
    ("all", "sources of catalogues"), ("nearest", "the nearest sources of catalogues"),
    ("any", "whether catalogues have sources"))}
