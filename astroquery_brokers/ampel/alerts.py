# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for alerts: by object, by id, by time and place on the sky."""

from functools import partial

import numpy as np

from ..arguments import check_choice
from ..bundles import ResultList
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..replies import decode_json
from ..tables import concatenate, to_table
from ..transport import Deadline
from ..verbs import Plan, query
from .chunks import Exchange, hidden_token
from .endpoints import ALERTS, COUNT, PACKET, PACKETS, SEARCHES, START, whole_alerts
from .objects import window_params
from .searches import search_of
from .selections import SELECTION, check_candids, check_selection

__all__ = ["AlertQueries"]

_LIMIT = {"limit": """
    row_limit : int, optional
        Most alerts of a search, ``conf.row_limit`` by default; -1 is all of them.
    """, **SELECTION}


class AlertQueries:
    """Verbs that return alerts (mixin)."""

    @query(PACKETS, PACKET, *SEARCHES, returns=(), shared=_LIMIT)
    def get_alerts(self, object_id=None, candid=None, *, coordinates=None, radius=None, time=None, pixels=None,
                   nside=None, skymap=None, level=None, ordering=None, filters=None, with_history=None, programid=None,
                   row_limit=None):
        """Alerts as packets: by object, by id, or all at a time or a place on the sky.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            Objects of which all alerts are wanted.
        candid : int or sequence of int, optional
            Ids of alerts. This is the only question that needs no token.
        {selection}
        with_history : bool, optional
            Whether they come with the history of their objects. An alert asked by its id always does; others do not by
            default.
        {reading}
        {limit}

        Returns
        -------
        `~astroquery_brokers.bundles.ResultList` of dict
            By object in the order asked and by time, or by id in the order asked, or by time. An alert has
            ``objectId``, ``candid``, ``candidate`` (a dict), ``prv_candidates``, ... as ZTF's schema has them; missing
            values are missing keys. ``failures`` says what could not be had.

        Raises
        ------
        ObjectNotFoundError
            If there is no such alert.
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/object/{objectId}/alerts``, ``/alert/{candid}``, ``/alerts/time_range``,
        ``/alerts/cone_search``, ``/alerts/healpix``, ``/alerts/healpix/skymap``. What does not fit into one reply comes
        as a stream (``/streams/from_query``). For more alerts than fit into memory there is `start_stream`. The images
        of alerts are left out, but for an alert asked by its id; `get_cutouts` has them.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> alerts = Ampel.get_alerts(coordinates="185.0 15.0", radius="10 arcmin", filters={"rb": (0.5, None)})
        >>> type(alerts[0]["candid"]), alerts[0]["candidate"]["rb"] >= 0.5
        (<class 'int'>, True)
        >>> alert, = Ampel.get_alerts(candid=alerts[0]["candid"])
        >>> alert["objectId"] == alerts[0]["objectId"]
        True
        """
        check_choice(with_history, (None, True, False), "with_history")
        options = dict(coordinates=coordinates, radius=radius, time=time, pixels=pixels, nside=nside, skymap=skymap,
                       level=level, ordering=ordering, filters=filters, programid=programid)
        if candid is not None:
            given = [name for name, value in (("object_id", object_id), *options.items()) if value is not None]
            if given:
                raise InvalidArgumentError(f"candid says which alerts; {', '.join(given)} cannot go with it.")
            numbers = check_candids(candid)
            requests = [Request(PACKET, path={"candid": number}, items=(str(number),)) for number in numbers]
            return Plan(requests, asked=f"the alert {numbers[0]}" if len(numbers) == 1 else "alerts", survey="ztf",
                        items=tuple(map(str, numbers)), build=_packets)
        return _selected(self, object_id, options, PACKETS, with_history, row_limit, _all_packets, whole_alerts)

    @query(*SEARCHES, ALERTS, shared=_LIMIT)
    def query_alerts(self, object_id=None, *, coordinates=None, radius=None, time=None, pixels=None, nside=None,
                     skymap=None, level=None, ordering=None, filters=None, programid=None, row_limit=None):
        """Alerts as a table: of objects, or all at a time or a place on the sky.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            Objects of which all alerts are wanted.
        {selection}
        {reading}
        {limit}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per alert, by object in the order asked and by time, or by time: the columns of `query_detections`,
            ``objectId``, ``jd`` (d, UTC), ``candid``, ``magpsf`` (mag), ``ra``, ``dec`` (deg), ...

        Raises
        ------
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/object/{objectId}/alerts``, ``/alerts/time_range``, ``/alerts/cone_search``,
        ``/alerts/healpix``, ``/alerts/healpix/skymap``. What does not fit into one reply comes as a stream
        (``/streams/from_query``).

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> alerts = Ampel.query_alerts(coordinates="185.0 15.0", radius="10 arcmin", filters={"drb": (0.5, None)})
        >>> bool((alerts["drb"] >= 0.5).all()), alerts["candid"].dtype
        (True, dtype('int64'))
        """
        options = dict(coordinates=coordinates, radius=radius, time=time, pixels=pixels, nside=nside, skymap=skymap,
                       level=level, ordering=ordering, filters=filters, programid=programid)
        return _selected(self, object_id, options, ALERTS, None, row_limit, _table, None)

    @query(COUNT, START, returns=(), shared=SELECTION)
    def count_alerts(self, object_id=None, *, coordinates=None, radius=None, time=None, pixels=None, nside=None,
                     skymap=None, level=None, ordering=None, filters=None, programid=None):
        """The number of alerts of a selection, without fetching them.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            Objects of which all alerts are counted.
        {selection}
        {reading}

        Returns
        -------
        int
            The number (no unit).

        Raises
        ------
        InvalidArgumentError
            If the radius of a cone is 10 deg or more.
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/alerts/healpix/skymap/count``; for cones and objects, of which it does not count the
        alerts, the length of a stream (``/streams/from_query``) that is not read.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> cone = dict(coordinates="185.0 15.0", radius="10 arcmin")
        >>> Ampel.count_alerts(**cone) == len(Ampel.query_alerts(**cone))
        True
        """
        selection = check_selection(self, object_id=object_id, coordinates=coordinates, radius=radius, time=time,
                                    pixels=pixels, nside=nside, skymap=skymap, level=level, ordering=ordering,
                                    filters=filters, programid=programid)
        body = selection.count()
        if body is not None:
            request = Request(COUNT, json=body, params=selection._programme)
            return Plan([request], asked="the number of alerts", survey="ztf", build=_number, finish=_first)
        if not selection.streams:
            raise InvalidArgumentError("The alerts of a cone of 10 deg or more cannot be counted; a sky map can.")
        start = selection.start(chunk_size=self._setting("chunk_size"))
        return Plan([start], asked="the number of alerts", survey="ztf", build=_length, finish=_first)


def _selected(broker, object_id, options, endpoint, with_history, row_limit, build, change):
    """The plan for alerts of objects, or of another selection."""
    selection = check_selection(broker, object_id=object_id, **options)
    limit = broker._row_limit(row_limit, searching=object_id is None)
    if object_id is not None and not options["filters"]:
        history = () if with_history is None else (("with_history", str(with_history).lower()),)
        plan = broker._per_object([endpoint], object_id, params=(*window_params(options["time"], options["programid"]),
                                                                 *history))
        plan.row_limit, plan.build = limit, partial(build, limit=limit)
        return plan
    items = selection.objects
    size = broker._setting("chunk_size") if limit is None else min(limit + 1, broker._setting("chunk_size"))
    search = search_of(selection, chunk_size=size, with_history=bool(with_history), endpoint=change, row_limit=limit,
                       items=items)
    what = f"alerts of {', '.join(items[:3])}" if items else "alerts in the selection"
    return Plan([search], asked=what, survey="ztf", row_limit=limit, build=partial(build, limit=limit),
                items=items)


def _packets(broker, plan, answers):
    return ResultList(value for answer in answers for value in answer.values)


def _all_packets(broker, plan, answers, *, limit):
    """Alerts by object and time, each once."""
    found = {alert["candid"]: alert for answer in answers for value in answer.values for alert in value}
    rank = {item: place for place, item in enumerate(plan.items)}
    alerts = sorted(found.values(), key=lambda alert: (rank.get(alert["objectId"], 0), alert["candidate"]["jd"],
                                                       alert["candid"]))
    return ResultList(alerts if limit is None else alerts[:_cut(answers, len(alerts), limit)])


def _table(broker, plan, answers, *, limit):
    """The same as a table."""
    dictionary = broker._dictionary("ztf_detections")
    alerts = concatenate([part for answer in answers for part in answer.tables.get("ztf_detections", ())], dictionary)
    if alerts.length:
        alerts = alerts.take(np.unique(alerts.masked("candid").data, return_index=True)[1])
        names, owner = np.unique(alerts.masked("objectId").data, return_inverse=True)
        rank = {item: place for place, item in enumerate(plan.items)}
        ranks = np.array([rank.get(str(name), 0) for name in names])[owner]
        alerts = alerts.take(np.lexsort((alerts.masked("candid").data, alerts.masked("jd").data, ranks)))
    if limit is not None:
        alerts = alerts.take(np.arange(min(alerts.length, _cut(answers, alerts.length, limit))))
    return to_table(alerts, dictionary)


def _cut(answers, length, limit):
    """The limit, noting what is beyond it."""
    if length > limit:
        answers[-1].more = True
    return limit


def _number(broker, plan, answers):
    return ResultList(value for answer in answers for value in answer.values)


def _length(broker, plan, answers):
    """The length of the stream that was started."""
    response = answers[0].responses[0]
    exchange = Exchange(broker, hidden_token(response, decode_json(response, broker=broker.broker)),
                        deadline=Deadline(broker._setting("max_wait")))
    return ResultList([exchange.wait().remaining[0]])


def _first(results):
    return results[0]
