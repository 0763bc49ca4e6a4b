# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's search in the region of a gravitational-wave event (``/api/v1/skymap``) of both surveys.

An unknown event is not an error, but a row with the words of the other service.
"""

import ast

import numpy as np

from ..fink_lsst_alerts import LsstRows
from ..skymaps import EVENT, SkyMap, event_file
from . import fink_cones as cones
from .fink_lsst_search import PIXELS as LSST_PIXELS
from .fink_tables import send
from .fink_ztf_search import PIXELS as ZTF_PIXELS

__all__ = ["lsst_skymap", "ztf_skymap"]

_UNKNOWN = '{"detail":"No Superevent matches the given query."}'


def _map(store, arguments):
    """The map, or None for an unknown event; a map is the text of a literal of bytes."""
    if "bayestar" in arguments:
        data = ast.literal_eval(arguments["bayestar"])
    elif arguments["event_name"] == EVENT:
        data = event_file(store)
    else:
        return None
    return SkyMap(data)


def _unknown(arguments):
    from pandas import DataFrame

    return send(DataFrame([{"status": _UNKNOWN}]), arguments)


def ztf_skymap(store, searches):
    """The answer of ``skymap`` for ZTF: objects first seen from a day before the event to five after it.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    searches : `~astroquery_brokers.sandbox.dialects.fink_ztf_search.Searches`
    """
    def answer(arguments):
        before, after = arguments.get("n_day_before", 1), arguments.get("n_day_after", 6)
        known = _map(store, arguments)
        if known is None:
            return _unknown(arguments)
        level = float(arguments["credible_level"])
        index, oids, candids = searches.pixels
        start = known.time.jd - before
        use = (known.at(index.ra, index.dec, 128) <= level) & (index.start >= start) & (index.start < start + after)
        frame = ZTF_PIXELS.frame(searches.rows(oids[use], candids[use]), None)
        frame = cones.latest_only(frame, "i:objectId", "i:jd")
        if frame.empty:
            return send(frame, arguments)
        frame = frame.assign(**{"v:jdstartgw": known.time.jd})
        return send(frame[frame["i:jd"] - frame["i:jdstarthist"] <= after], arguments)
    return answer


def lsst_skymap(store, searches):
    """The answer of ``skymap`` for Rubin: all detections in the region, whatever their time.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    searches : `~astroquery_brokers.sandbox.dialects.fink_lsst_search.Searches`
    """
    def answer(arguments):
        known = _map(store, arguments)
        if known is None:
            return _unknown(arguments)
        level = float(arguments["credible_level"])
        rows = LsstRows(store)
        use = np.flatnonzero(known.at(rows["ra"], rows["dec"], 1024) <= level).tolist()
        frame = LSST_PIXELS.frame(rows.take(use), None)
        return send(frame if frame.empty else frame.assign(**{"v:startgwMjdTai": known.time.tai.mjd}), arguments)
    return answer
