# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's cone searches (``/api/v1/conesearch`` of both surveys): what they have in common.

The radius is in arcsec, distances in the answer are in degrees. The cut on the number of rows is per sky pixel.
"""

from .fink_wire import refused

__all__ = ["OPTIONS", "REQUIRED", "instant", "latest_only", "position", "separated", "with_columns"]

REQUIRED = ("ra", "dec", "radius")
OPTIONS = ("n", "startdate", "stopdate", "window", "columns", "output-format")


def instant(value):
    """A time (UTC) from ISO text, or from a Julian date, modified below 2400000, as number or text."""
    from astropy.time import Time

    if isinstance(value, str):
        try:
            return Time(value)
        except ValueError:
            pass
    number = float(value)
    return Time(number, format="jd" if number >= 2400000 else "mjd")


def position(arguments):
    """The centre and the radius in degrees."""
    from astropy.coordinates import SkyCoord

    ra, dec, radius = (arguments[name] for name in REQUIRED)
    if float(radius) > 18000.0:
        raise refused("`radius` cannot be bigger than 18,000 arcseconds (5 degrees).\n")
    text = str(ra)
    try:
        if "h" in text:
            center = SkyCoord(ra, dec, frame="icrs")
        else:
            unit = ("hourangle", "deg") if ":" in text or " " in text else "deg"
            center = SkyCoord(ra, dec, frame="icrs", unit=unit)
    except ValueError as error:
        raise refused(error) from None
    return center, float(radius) / 3600


def with_columns(columns, *needed):
    """The columns with those that the server adds where their name is nowhere in the text."""
    if columns is not None:
        columns = [*columns, *(name for name in needed if name not in ",".join(columns))]
    return columns


def latest_only(frame, owner, time):
    """One row per object, the latest, where both columns are there."""
    if frame.empty or owner not in frame or time not in frame:
        return frame
    return frame.loc[frame.groupby(owner)[time].idxmax()]


def separated(frame, center, radius, ra, dec):
    """The rows inside, by distance from the centre."""
    from astropy.coordinates import SkyCoord

    if frame.empty:
        return frame
    frame = frame.copy()
    frame["v:separation_degree"] = center.separation(SkyCoord(
        frame[ra].to_numpy(dtype=float), frame[dec].to_numpy(dtype=float), unit="deg")).deg
    frame = frame.sort_values("v:separation_degree")
    return frame[~(frame["v:separation_degree"] > radius)]
