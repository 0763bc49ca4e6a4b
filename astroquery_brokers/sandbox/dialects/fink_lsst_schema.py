# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink LSST: what ``/api/v1/schema`` tells about the columns of an endpoint."""

from ..fink_lsst_alerts import FINK_TYPES, ROOT_TYPES, SOURCE_TYPES
from ..fink_lsst_objects import DIA_TYPES, FORCED_TYPES, OBJECT_TYPES
from ..stamps import KINDS
from .fink_lsst_solar import SSO_TYPES
from .fink_wire import text_reply
from .wire import FlaskJSON

__all__ = ["schema"]

_NOT_NULL = ("diaSourceId", "diaObjectId", "diaForcedSourceId", "visit", "detector", "midpointMjdTai", "ra", "dec")
STATISTICS = (
    "night alerts alerts_u alerts_g alerts_r alerts_i alerts_z alerts_y objects is_sso is_first in_tns is_cataloged "
    "visits glint_trail isDipole pixelFlags_cr pixelFlags_saturated pixelFlags_streak fink_broker_version "
    "fink_science_version lsst_schema_version").split()
_R, _F = "LSST original fields (r:)", "Fink science module outputs (f:)"


def _original(*tables):
    types = {name: kind for table in tables for name, kind in table.items() if name != "salt"}
    return {name: {"type": types[name] if name in _NOT_NULL else ["null", types[name]],
                   "doc": f"{name}, of the alert packet"} for name in sorted(types)}


def _added(*tables):
    types = {name: kind for table in tables for name, kind in table.items()}
    # The document's own errors.
    types.update({name: kind for name, kind in (("firstDiaSourceMjdTaiFink", "string"), ("xm_gaiadr3_VarFlag", "int"),
                                                ("xm_spicy_SPICY", "int"), ("clf_slsn_score", "float"))
                  if name in types or name.split("_")[0] in {known.split("_")[0] for known in types}})
    return {name: {"type": types[name], "doc": f"{name}, added by Fink", "fink_broker_version": "4.0",
                   "fink_science_version": "8.26.0"} for name in sorted(types)}


def _documents():
    sources = {_R: _original(SOURCE_TYPES, ROOT_TYPES), _F: _added(FINK_TYPES)}
    return {
        "/api/v1/sources": sources, "/api/v1/tags": sources,
        "/api/v1/objects": {_R: _original(DIA_TYPES, ROOT_TYPES), _F: _added(OBJECT_TYPES)},
        "/api/v1/fp": {_R: _original(FORCED_TYPES)},
        "/api/v1/conesearch": {_R: _original(SOURCE_TYPES, DIA_TYPES, ROOT_TYPES),
                               _F: _added(FINK_TYPES, OBJECT_TYPES)},
        "/api/v1/sso": {_R: _original(SOURCE_TYPES, ROOT_TYPES, {
            name: kind for name, kind in SSO_TYPES.items() if not name.startswith("packed")}),
            _F: {"sso_name": {"type": "str", "doc": "Name of the body", "fink_broker_version": "4.0",
                              "fink_science_version": "8.26.0"}}},
        "/api/v1/statistics": {_F: _added(dict.fromkeys(STATISTICS, "int"))},
        "/api/v1/cutouts": {"LSST original cutouts (b:)": {
            f"cutout{kind}": {"type": "array", "doc": "2D array"} for kind in KINDS}},
        "/datatransfer/fink": {"Fink": _added(FINK_TYPES, OBJECT_TYPES)},
        "/datatransfer/lsst": {"LSST": _original(SOURCE_TYPES, DIA_TYPES, FORCED_TYPES, ROOT_TYPES)}}


def schema(arguments):
    """The answer of ``schema``; the versions that can be asked for are all the same here."""
    known = _documents()
    endpoint = arguments["endpoint"]
    if endpoint not in known:
        return text_reply(f"{endpoint} is not a valid endpoint", 404)
    return FlaskJSON(known[endpoint])
