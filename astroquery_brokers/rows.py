# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The rows of one reply: about what was asked, those that were wanted, and whether the service left some out."""

import numpy as np
from astropy.coordinates import angular_separation

from .exceptions import RejectedQueryError, ReplyParseError

__all__ = ["check_cone", "check_subject", "cut_by_service", "in_ranges"]

# How far outside a cone a row may be: a service may round, or compare with a position that it does not return.
_MARGIN, _SHARE = 1.0, 0.01  # arcsec, and of the radius


def in_ranges(decoded, request):
    """The rows of a reply whose values are in the ranges that the request is for.

    Parameters
    ----------
    decoded : `~astroquery_brokers.tables.Decoded`
        The rows.
    request : `~astroquery_brokers.endpoints.Request`
        What was asked.

    Returns
    -------
    `~astroquery_brokers.tables.Decoded`
        Rows without a value are among them.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.alerce.endpoints import OBJECTS
    >>> from astroquery_brokers.endpoints import Request
    >>> from astroquery_brokers.rows import in_ranges
    >>> from astroquery_brokers.tables import Decoded
    >>> decoded = Decoded(3, {"firstmjd": (np.array([60310.0, 60320.0, 60330.0]), None)})
    >>> request = Request(OBJECTS, ranges={"firstmjd": (60315.0, 60325.0)})
    >>> in_ranges(decoded, request).masked("firstmjd").tolist()
    [60320.0]
    """
    keep = np.ones(decoded.length, dtype=bool)
    for name, (low, high) in request.ranges.items():
        values = decoded.masked(name)
        for limit, outside in ((low, np.ma.less), (high, np.ma.greater)):
            if limit is not None:
                keep &= ~np.ma.filled(outside(values, limit), False)
    return decoded if keep.all() else decoded.take(np.flatnonzero(keep))


def cut_by_service(decoded, request, dictionary):
    """What a service may have left out without a word.

    Parameters
    ----------
    decoded : `~astroquery_brokers.tables.Decoded`
        The rows of a reply.
    request : `~astroquery_brokers.endpoints.Request`
        What was asked.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What the columns are.

    Returns
    -------
    str
        In words; empty if the reply is complete.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from astroquery_brokers.alerce.endpoints import DETECTIONS
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.endpoints import Request
    >>> from astroquery_brokers.rows import cut_by_service
    >>> from astroquery_brokers.tables import Decoded
    >>> request = Request(replace(DETECTIONS, cap=100), items=("ZTF20aaelulu",))
    >>> cut_by_service(Decoded(100), request, load_dictionary("astroquery_brokers.alerce", "ztf_detections"))
    'detections of ZTF20aaelulu'
    """
    cap = request.endpoint.cap
    if cap is None or decoded.length < cap:
        return ""
    if len(request.items) < 2 or dictionary.main_id not in decoded.columns:
        return f"{request.endpoint.name}{f' of {request.items[0]}' if request.items else ''}"
    ids, counts = np.unique(decoded.columns[dictionary.main_id][0], return_counts=True)
    return f"{request.endpoint.name} of {', '.join(map(str, ids[counts >= cap]))}" if (counts >= cap).any() else ""


def check_cone(ra, dec, cone, *, broker):
    """See that positions are in the cone that was asked, or within 1 arcsec and 1 % of the radius of it.

    Parameters
    ----------
    ra, dec : `numpy.ndarray` or `numpy.ma.MaskedArray`
        The positions (deg), of shape ``(n,)``; unknown ones are masked or NaN.
    cone : (float, float, float)
        Centre (deg) and radius (arcsec).
    broker : str
        Name for the message.

    Raises
    ------
    ReplyParseError
        If a position is elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.rows import check_cone
    >>> check_cone(np.array([185.0]), np.array([15.001]), (185.0, 15.0, 3.6), broker="ALeRCE")
    """
    places = (np.radians(np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)) for values in (ra, dec))
    away = np.degrees(angular_separation(*np.radians(cone[:2]), *places)) * 3600
    outside = away > cone[2] * (1 + _SHARE) + _MARGIN
    if outside.any():
        raise ReplyParseError(
            f"{broker} was asked for what is within {cone[2]:g} arcsec of {cone[0]:.6f} {cone[1]:+.6f} and answered "
            f"about another place: {np.count_nonzero(outside)} of {len(away)} rows are outside, up to "
            f"{away[outside].max():.1f} arcsec away. Try again later; if it lasts, please report it.", broker=broker)


def check_subject(decoded, request, dictionary, *, broker):
    """See that rows are about what was asked, and add the columns that only the request tells.

    Parameters
    ----------
    decoded : `~astroquery_brokers.tables.Decoded`
        The rows; columns are added in place.
    request : `~astroquery_brokers.endpoints.Request`
        What was asked.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        What the columns are.
    broker : str
        Name for messages.

    Raises
    ------
    ReplyParseError
        If rows are about something else, or do not say what they are about.
    RejectedQueryError
        If the service left out a condition.

    Examples
    --------
    >>> from astroquery_brokers.alerce.endpoints import DETECTIONS
    >>> from astroquery_brokers.columns import load_dictionary
    >>> from astroquery_brokers.endpoints import Request
    >>> from astroquery_brokers.rows import check_subject
    >>> from astroquery_brokers.tables import Decoded
    >>> decoded, request = Decoded(2), Request(DETECTIONS, added={"oid": "ZTF20aaelulu"})
    >>> check_subject(decoded, request, load_dictionary("astroquery_brokers.alerce", "ztf_detections"), broker="ALeRCE")
    >>> decoded.masked("oid").tolist()
    ['ZTF20aaelulu', 'ZTF20aaelulu']
    """
    for column, value in request.added.items():
        if column not in dictionary:
            continue
        if column not in decoded.columns:
            decoded.add(dictionary[column], value)
        elif (decoded.columns[column][0] != value).any():
            raise ReplyParseError(f"{broker} was asked for {value} and answered about something else "
                                  f"({decoded.columns[column][0][0]!s:.60}).", broker=broker)
    if request.cone is not None and dictionary.position is not None:
        check_cone(*map(decoded.masked, dictionary.position), request.cone, broker=broker)
    for column, value in request.conditions.items():
        others = {str(other) for other in decoded.masked(column).compressed() if other != value}
        if others:
            raise RejectedQueryError(f"{broker} left out the condition {column}={value!r}, as for a {column} that it "
                                     f"does not know: it answered with {', '.join(sorted(others))}.", broker=broker)
    if len(request.items) > 1 and decoded.length:
        if dictionary.main_id not in decoded.columns:
            raise ReplyParseError(f"{broker} was asked for {len(request.items)} objects, and its reply does not say "
                                  f"which rows are whose ({dictionary.main_id!r} is missing).", broker=broker)
        strangers = set(map(str, np.unique(decoded.columns[dictionary.main_id][0]))) - set(request.items)
        if strangers:
            raise ReplyParseError(f"{broker} was asked for {len(request.items)} objects and answered about another "
                                  f"one ({min(strangers):.60}).", broker=broker)
