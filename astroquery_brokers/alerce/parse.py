# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Odd forms of ALeRCE's replies."""

__all__ = ["forced_photometry_rows", "item_rows", "light_curve_rows", "object_rows"]


def item_rows(payload):
    """The objects in a page."""
    return [payload["items"]]


def object_rows(payload):
    """A single object comes as itself, not in a list."""
    return [[{"oid": payload["oid"], **payload}]]


def light_curve_rows(payload):
    """Detections and upper limits; ``null`` when all rows were of a survey that anonymous callers do not get."""
    if payload is None:
        return [[], []]
    return [payload["detections"], payload["non_detections"]]


def forced_photometry_rows(payload):
    """Rows with the keys of ``extra_fields`` beside the others; where both have a key, the outer one counts."""
    return [[{**(row.get("extra_fields") or {}), **{key: row[key] for key in row if key != "extra_fields"}}
             for row in payload]]
