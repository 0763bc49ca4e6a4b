# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for objects, which are made of their alerts: the archive has no list of objects."""

from dataclasses import replace
from functools import partial

import numpy as np

from ..arguments import check_positions, check_radius
from ..endpoints import Request
from ..exceptions import ObjectNotFoundError
from ..regions import region_table
from ..results import native_table
from ..tables import Decoded, concatenate
from ..verbs import Plan, query
from .endpoints import ALERTS, CONE, CONE_OBJECTS
from .searches import search_of
from .selections import SELECTION, Selection, check_programid, check_window

__all__ = ["ObjectQueries"]

# Alerts of an object scatter about its mean position by less than this (deg).
_SCATTER = 5 / 3600
_TIME = {"time": """
        time : `~astropy.time.Time`, `~astropy.units.Quantity`, float, or a pair of them, optional
            Start of the exposures of the alerts: from, or (from, to), the latter exclusive; numbers are MJD (d, UTC).
            All by default.
    """, **SELECTION}


class ObjectQueries:
    """Verbs that return objects (mixin)."""

    @query(CONE, returns=("ztf_objects",), adds=("region",), shared=_TIME)
    def query_region(self, coordinates, radius, *, time=None, programid=None, row_limit=None, survey=None):
        """Objects in a cone, or in many cones.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord` or str
            Centres of the cones, in any frame: one position (scalar) or many (shape ``(n,)``); or the id of an object
            that AMPEL knows.
        radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
            One angle with its unit, e.g. ``5 * u.arcsec`` or ``"5 arcsec"``.
        {time}
        {reading}
        row_limit : int, optional
            Most rows per position, the nearest ones; all of them by default.
        survey : str, optional
            ``"ztf"``, the only one.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns of `query_object`, with ``separation`` (arcsec), nearest first; with an array of positions also
            ``query_index``, the index of the position. ``ra`` and ``dec`` (deg) are the means of the alerts.

        Raises
        ------
        ObjectNotFoundError
            If ``coordinates`` is the id of an object that AMPEL does not know.
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/alerts/cone_search``: all alerts around a position are read, in chunks if there are
        many, and put together by object.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> objects["separation"].unit, objects["lastjd"].unit
        (Unit("arcsec"), Unit("d"))
        """
        radius, limit = check_radius(radius), self._row_limit(row_limit, searching=False)
        common = Selection(jd=check_window(time), programid=check_programid(programid))
        cones = partial(_cones, self, radius=radius, common=common, row_limit=limit)
        if isinstance(coordinates, str) and any(one.matches(coordinates.strip()) for one in self.surveys.values()):
            plan = type(self).query_object.verb.body(self, coordinates, survey=survey)
            plan.then = lambda table: cones(check_positions(table.coords[0]))
            return plan
        if survey is not None:
            self._objects(self.surveys["ztf"].example, survey)
        return cones(check_positions(coordinates))

    @query(ALERTS, returns=("ztf_objects",), shared=_TIME)
    def query_object(self, object_id, *, time=None, programid=None, survey=None):
        """Summary of an object, by id.

        Parameters
        ----------
        object_id : str or sequence of str
            One id or many, e.g. ``"ZTF20aaelulu"``.
        {time}
        {reading}
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object: ``objectId``, ``ra`` and ``dec`` (deg, means of the alerts), ``n_alerts``, ``firstjd``
            and ``lastjd`` (d, JD UTC), and of the last alert ``candid``, ``magpsf`` (mag), ``rb``, ``drb``,
            ``ndethist``, ...

        Raises
        ------
        ObjectNotFoundError
            If AMPEL knows none of the objects.
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/object/{objectId}/alerts``. One request for each object.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> summary = Ampel.query_object(objects["objectId"][0])
        >>> len(summary), summary["n_alerts"][0] == objects["n_alerts"][0]
        (1, np.True_)
        """
        plan = self._per_object([ALERTS], object_id, survey, params=window_params(time, programid))
        plan.build = _objects
        return plan


def window_params(time, programid):
    """Query parameters for a range of times and a programme; none where all are meant."""
    window = () if time is None else zip(("jd_start", "jd_end"), map(repr, check_window(time)))
    return (*window, *(() if check_programid(programid) is None else (("programid", str(programid)),)))


def _cones(broker, positions, *, radius, common, row_limit):
    """A search for each position."""
    reach = min(180.0, float(radius.deg) + _SCATTER)
    searches = [search_of(replace(common, cone=(ra, dec, reach)), chunk_size=broker._setting("chunk_size"),
                          items=(index,))
                for index, (ra, dec) in enumerate(zip(positions.ra.tolist(), positions.dec.tolist()))]
    return Plan(searches, asked=f"objects within {radius} of {positions}", survey="ztf",
                items=tuple(range(len(searches))), row_limit=row_limit,
                build=partial(_objects_in_cones, positions=positions, radius=radius))


def _objects(broker, plan, answers):
    """One row per object; `ObjectNotFoundError` where there is none."""
    _summarize(broker, answers)
    table = native_table(broker, _as_objects(plan, answers), answers)
    if answers and not len(table) and all(answer.error is None for answer in answers):
        raise ObjectNotFoundError(f"{broker.broker}'s archive has no alert of {plan.asked.partition(' of ')[2]} that "
                                  "this token may see. Check the name; a public token sees alerts of the public "
                                  "survey only.", broker=broker.broker)
    return table


def _objects_in_cones(broker, plan, answers, *, positions, radius):
    """Those objects whose mean positions are in the cones."""
    _summarize(broker, answers)
    for answer in answers:
        decoded, = answer.tables["ztf_objects"]
        centre = positions.coords[answer.request.items[0]]
        place = type(centre)(decoded.masked("ra").data, decoded.masked("dec").data, unit="deg")
        answer.tables["ztf_objects"] = [decoded.take(np.flatnonzero(place.separation(centre) < radius))]
    return region_table(broker, _as_objects(plan, answers), answers, positions=positions)


def _as_objects(plan, answers):
    """The plan, as if objects had been asked for."""
    for answer in answers:
        answer.request = replace(answer.request, endpoint=CONE_OBJECTS)
    return replace(plan, requests=[Request(CONE_OBJECTS)])


def _summarize(broker, answers):
    """Put the objects in place of the alerts of each answer."""
    detections = broker._dictionary("ztf_detections")
    for answer in answers:
        if "ztf_objects" not in answer.tables:
            alerts = concatenate(answer.tables.pop("ztf_detections"), detections)
            answer.tables = {"ztf_objects": [summary(alerts, broker._dictionary("ztf_objects"))]}


def summary(alerts, dictionary):
    """The objects that alerts are of.

    Parameters
    ----------
    alerts : `~astroquery_brokers.tables.Decoded`
        Candidates; one that came twice counts once.
    dictionary : `~astroquery_brokers.columns.Dictionary`
        That of objects.

    Returns
    -------
    `~astroquery_brokers.tables.Decoded`
        By name of the object.
    """
    if not alerts.length:
        return Decoded(0)
    alerts = alerts.take(np.unique(alerts.masked("candid").data, return_index=True)[1])
    names, inverse, counts = np.unique(alerts.masked("objectId").data, return_inverse=True, return_counts=True)
    jd = alerts.masked("jd").data
    order = np.lexsort((alerts.masked("candid").data, jd, inverse))
    ends = np.cumsum(counts)
    first, last = order[ends - counts], order[ends - 1]
    found = Decoded(len(names))
    found.columns = {"objectId": (names, None), "n_alerts": (counts.astype("int64"), None),
                     "firstjd": (jd[first], None), "lastjd": (jd[last], None),
                     **_mean_position(alerts, inverse, counts)}
    for column in dictionary.columns:
        if column.name not in found.columns and column.name in alerts.columns:
            values, mask = alerts.columns[column.name]
            found.columns[column.name] = values[last], None if mask is None else mask[last]
    return found


def _mean_position(alerts, inverse, counts):
    """Mean directions, which the meridian and the poles do not trouble."""
    ra, dec = (np.radians(alerts.masked(name).data) for name in ("ra", "dec"))
    x, y, z = (np.bincount(inverse, weights=axis) / counts
               for axis in (np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)))
    return {"ra": (np.degrees(np.arctan2(y, x)) % 360, None), "dec": (np.degrees(np.arctan2(z, np.hypot(x, y))), None)}
