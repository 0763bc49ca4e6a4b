# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Objects around positions: what was asked, how far away."""

from dataclasses import replace
from functools import partial

import numpy as np
from astropy.coordinates import SkyCoord

from .results import native_table
from .tables.decode import to_column
from .verbs import Plan

__all__ = ["region_plan", "region_table"]


def region_plan(requests, positions, radius, *, survey, row_limit=None, conditions=""):
    """The plan for objects around positions.

    Parameters
    ----------
    requests : list of `~astroquery_brokers.endpoints.Request`
        One for each position, whose index is its only item.
    positions : `~astroquery_brokers.arguments.Positions`
        The centres.
    radius : `~astropy.coordinates.Angle`
        Around each of them (arcsec, deg, ...), for messages.
    survey : str
        Name of the survey.
    row_limit : int, optional
        Most rows for each position, the nearest ones; all of them by default.
    conditions : str, optional
        What else is asked, for messages.

    Returns
    -------
    `~astroquery_brokers.verbs.Plan`
        It builds a `region_table`; a reply about another place is refused.

    Examples
    --------
    >>> from astroquery_brokers.alerce.endpoints import OBJECTS
    >>> from astroquery_brokers.arguments import check_positions, check_radius
    >>> from astroquery_brokers.endpoints import Request
    >>> from astroquery_brokers.regions import region_plan
    >>> request = Request(OBJECTS, params=(("ra", "185.0"), ("dec", "15.0"), ("radius", "600.0")), items=(0,))
    >>> plan = region_plan([request], check_positions("185.0 15.0"), check_radius("10 arcmin"), survey="ztf")
    >>> plan.asked, plan.requests[0].cone
    ('objects within 10.0 arcmin of 185.000000 +15.000000', (185.0, 15.0, 600.0))
    """
    requests = [replace(request, cone=(float(positions.ra[request.items[0]]), float(positions.dec[request.items[0]]),
                                       float(radius.arcsec))) for request in requests]
    asked = ", ".join(filter(None, [f"objects within {radius} of {positions}", conditions]))
    return Plan(requests, asked=asked, survey=survey, row_limit=row_limit, items=tuple(range(len(requests))),
                build=partial(region_table, positions=positions))


def region_table(broker, plan, answers, *, positions):
    """The objects found around positions, nearest first, up to the plan's limit for each position.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
        Who was asked.
    plan : `~astroquery_brokers.verbs.Plan`
        What was asked.
    answers : list of ``astroquery_brokers.query.Answer``
        What came back, one per request.
    positions : `~astroquery_brokers.arguments.Positions`
        The centres, as asked.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        ``query_index`` (only for an array of positions) and ``separation`` (arcsec), then the native columns.

    Raises
    ------
    ReplyParseError
        If values cannot be of the type of their column.

    Examples
    --------
    >>> from functools import partial
    >>> from astroquery_brokers.arguments import check_positions
    >>> from astroquery_brokers.regions import region_table
    >>> from astroquery_brokers.verbs import Plan
    >>> build = partial(region_table, positions=check_positions("185.0 15.0"))
    >>> plan = Plan([], asked="objects within 10 arcmin", survey="ztf", items=(0,), build=build)
    """
    added = broker._dictionary("region")
    table = native_table(broker, plan, answers)
    lengths = np.array([answer.length for answer in answers], dtype=int)
    index = np.repeat([answer.request.items[0] for answer in answers], lengths).astype(int)
    asked = SkyCoord(positions.ra[index], positions.dec[index], unit="deg")
    separation = table.coords.separation(asked).arcsec
    order = np.lexsort((separation, index))
    if plan.row_limit is not None:
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        order = order[np.arange(len(order)) - starts < plan.row_limit]
        for answer in answers:
            answer.more = answer.more or answer.length > plan.row_limit
    table, separation, index = table[order], separation[order], index[order]
    for name in {"separation", "query_index"} & set(table.colnames):
        table.rename_column(name, f"{name}_")
    table.add_column(to_column(added["separation"], separation, np.isnan(separation)), index=0)
    if not positions.scalar:
        table.add_column(to_column(added["query_index"], index), index=0)
    return table
