# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink ZTF: what ``/api/v1/schema`` tells about the columns; types are a word, or a list of Avro's union."""

from ..fink_ztf_alerts import PACKET_TYPES
from ..fink_ztf_science import SCIENCE_TYPES
from ..stamps import KINDS
from ..ztf_packets import packet_types

__all__ = ["SCHEMA"]

_ADDED = {"classification": "string", "constellation": "string", "firstdate": "string", "g-r": "double",
          "lapse": "double", "lastdate": "string", "rate": "double", "rate(g-r)": "double", "sigma(g-r)": "double",
          "sigma(rate(g-r))": "double", "sigma(rate)": "double"}


def _described(types, origin):
    return {name: {"type": types[name], "doc": f"{name}, {origin}"} for name in sorted(types)}


def _nullable(kind):
    # The unions of ZTF's schema have the null last.
    return kind if isinstance(kind, str) else [*kind[1:], kind[0]]


SCHEMA = {
    "ZTF original fields (i:)": _described(
        {**{name: "string" for name in PACKET_TYPES},
         **{name: _nullable(kind) for name, kind in packet_types().items()}}, "of the alert packet"),
    "ZTF original cutouts (b:)": _described({f"cutout{kind}_stampData": "array" for kind in KINDS}, "2D array"),
    # The document says "upper" where the data have "upperlim".
    "Fink science module outputs (d:)": {
        **_described(SCIENCE_TYPES, "added by Fink"),
        "tag": {"type": "string", "doc": "valid, upper or badquality; with withupperlim only"}},
    "Fink on-the-fly added values (v:)": _described(_ADDED, "computed for the answer")}
