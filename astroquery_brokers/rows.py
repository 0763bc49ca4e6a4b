# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The rows of one reply: those that were wanted, and whether the service left some out."""

import numpy as np

__all__ = ["cut_by_service", "in_ranges"]


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
