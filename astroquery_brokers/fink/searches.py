# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for alerts by what they are: of a class, with a tag, anomalous, of a fast mover."""

import re

from astropy.time import Time

from ..arguments import check_choice, check_text
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..results import limited_table
from ..verbs import Plan
from .cones import instant
from .endpoints import ANOMALIES, LATESTS, LSST_TAGS, MOST_ROWS, TRACKLETS, fink_query
from .selection import SHARED, select, shaped

__all__ = ["ALERTS_SHARED", "SearchQueries", "alerts_plan", "iso_dates", "searched"]

_CRITERIA = """
    class_name : str, optional
        ZTF: a class, e.g. ``"SN candidate"``, ``"(TNS) SN Ia"``, ``"RRLyr"``; see `query_classes`.
    tag : str, optional
        LSST: a filter of Fink, e.g. ``"in_tns"``; see `query_tags`.
    trend : {"rising", "fading", "low_state", "new_low_state"}, optional
        With ``class_name``: which of the newest alerts to keep; the last two go with
        ``"(CTA) Blazar low state"``.
    startdate, stopdate : `~astropy.time.Time`, `~astropy.units.Quantity` or float, optional
        When the alerts were made. Numbers are MJD (d): UTC for ZTF, TAI for LSST; ISO text is UTC.
    """
ALERTS_SHARED = {"criteria": _CRITERIA}
_TRENDS = ("rising", "fading", "low_state", "new_low_state")
_LOW = "(CTA) Blazar low state"
_TRACKLET = r"TRCK_\d{8}(_\d{1,6}(_\d{1,2})?)?"
_NIGHT = r"\d{4}-\d{2}-\d{2}( \d{2}(:\d{2}(:\d{2}( \d{2})?)?)?)?"


class SearchQueries:
    """Verbs that return alerts by criteria (mixin)."""

    @fink_query(LATESTS, LSST_TAGS, shared={**SHARED, **ALERTS_SHARED})
    def query_alerts(self, *, class_name=None, tag=None, trend=None, startdate=None, stopdate=None, color=False,
                     columns=None, row_limit=None, output_format=None):
        """The newest alerts of a class (ZTF) or with a tag (LSST).

        Parameters
        ----------
        {criteria}
        color : bool, optional
            Whether to add rates and colours (ZTF): ``v:rate``, ``v:g-r``, ...
        {columns}
        row_limit : int, optional
            Most alerts, ``conf.row_limit`` by default; -1 is all.
        {output_format}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per alert, the newest first; an object can have several. ZTF: ``i:objectId``, ``i:candid`` (int64),
            ``i:jd`` (d, UTC), ``i:magpsf`` (mag), ``v:classification``, ... LSST: the columns of `query_detections`.

        Raises
        ------
        RejectedQueryError
            If there is no such tag, or the API does not serve it.

        Warns
        -----
        MaxResultsWarning
            If there are more alerts than ``row_limit``.

        Notes
        -----
        ZTF: ``/api/v1/latests``; LSST: ``/api/v1/tags``. With ``trend`` the server first takes the newest alerts, then
        those of the trend: there can be fewer rows than ``row_limit`` though older alerts exist. The dates of LSST are
        compared in TAI.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> alerts = Fink.query_alerts(class_name="SN candidate", columns="objectId, magpsf", row_limit=-1)
        >>> alerts.colnames
        ['i:objectId', 'i:jd', 'i:magpsf']

        >>> alerts = Fink.query_alerts(tag="in_tns", startdate="2025-10-01", row_limit=-1)
        >>> alerts["r:midpointMjdTai"].unit
        Unit("d")
        """
        check_choice(color, (True, False), "color")
        return alerts_plan(self, class_name=class_name, tag=tag, trend=trend, startdate=startdate, stopdate=stopdate,
                           columns=columns, row_limit=row_limit, output_format=output_format,
                           more={"color": True} if color else {})

    @fink_query(ANOMALIES, shared=SHARED)
    def query_anomalies(self, *, startdate=None, stopdate=None, columns=None, row_limit=None, output_format=None):
        """The newest anomalous alerts of ZTF.

        Parameters
        ----------
        startdate, stopdate : `~astropy.time.Time`, `~astropy.units.Quantity` or float, optional
            First and last night; numbers are MJD (d, UTC), ISO text is UTC. There are scores since 2023-01-25.
        {columns}
        row_limit : int, optional
            Most alerts, ``conf.row_limit`` by default; -1 is all.
        {output_format}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns of `query_detections`, the newest first; ``d:anomaly_score``, the lower the more anomalous.

        Warns
        -----
        MaxResultsWarning
            If there are more alerts than ``row_limit``.

        Notes
        -----
        ``/api/v1/anomaly``: about ten alerts of each night. The last day counts as a whole.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> anomalies = Fink.query_anomalies(startdate="2025-09-01", columns="d:anomaly_score", row_limit=-1)
        >>> anomalies.colnames
        ['i:objectId', 'i:jd', 'd:anomaly_score']
        """
        dates = iso_dates(startdate, stopdate, "utc", ("start_date", "stop_date"))
        return searched(self, ANOMALIES, dates, asked="anomalies", columns=columns, row_limit=row_limit,
                        output_format=output_format)

    @fink_query(TRACKLETS, shared=SHARED)
    def query_tracklets(self, date=None, *, tracklet_id=None, columns=None, output_format=None):
        """Alerts of fast movers, such as satellites and debris, in the images of ZTF.

        Parameters
        ----------
        date : str, optional
            A night, or a part of it (UTC): ``"2020-08-10"``, ``"2020-08-10 03"``, ``"2020-08-10 03:25:38"``.
        tracklet_id : str, optional
            Or the id of a tracklet, or its beginning: ``"TRCK_20200810_032538_00"``.
        {columns}
        {output_format}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per alert: ``d:tracklet``, ``i:objectId``, ``i:candid`` (int64), ``i:jd`` (d, UTC), ``i:ra`` and
            ``i:dec`` (deg), ``i:magpsf`` (mag), ...

        Notes
        -----
        ``/api/v1/tracklet``, which matches the beginning of the id.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> alerts = Fink.query_alerts(class_name="Tracklet", row_limit=-1)
        >>> glint = Fink.query_tracklets(tracklet_id=alerts["d:tracklet"][0])
        >>> len(glint) > 0
        True
        """
        if (date is None) == (tracklet_id is None):
            raise InvalidArgumentError("Give date, a night of the form 2020-08-10, or tracklet_id.")
        name, value, form, example = (("date", date, _NIGHT, "2020-08-10 or 2020-08-10 03:25:38") if date is not None
                                      else ("tracklet_id", tracklet_id, _TRACKLET, "TRCK_20200810_032538_00"))
        if re.fullmatch(form, check_text(value, name)) is None:
            raise InvalidArgumentError(f"{name}={value!r} does not have the form {example}; other text would "
                                       "match anything.")
        key = {"date": "date", "tracklet_id": "id"}[name]
        pairs, names = select(self._dictionary("ztf_tracklets"), columns, ("d:tracklet", "i:objectId", "i:jd"))
        plan = Plan([Request(TRACKLETS, json={key: value, **dict(pairs)})], asked=f"tracklets of {value}",
                    survey="ztf", columns=names)
        return shaped(plan, output_format)


def alerts_plan(broker, *, class_name, tag, trend, startdate, stopdate, columns, row_limit, output_format, more=()):
    """The plan for the newest alerts of a class or with a tag."""
    if (class_name is None) == (tag is None):
        raise InvalidArgumentError("Give class_name, a class of ZTF's alerts, or tag, a filter for Rubin's; "
                                   "query_classes() and query_tags() list them.")
    if tag is not None:
        if trend is not None or more:
            raise InvalidArgumentError("trend= and color= go with class_name=; tags have neither.")
        what = {"tag": _word(tag, "tag"), **iso_dates(startdate, stopdate, "tai", ("startdate", "stopdate"))}
        return searched(broker, LSST_TAGS, what, asked=f"alerts with tag={tag!r}", columns=columns,
                        row_limit=row_limit, output_format=output_format)
    what = {"class": _word(class_name, "class_name"), **dict(more),
            **iso_dates(startdate, stopdate, "utc", ("startdate", "stopdate"))}
    needed = ()
    if trend is not None:
        check_choice(trend, _TRENDS, "trend")
        if trend in _TRENDS[2:] and class_name != _LOW:
            raise InvalidArgumentError(f"trend={trend!r} goes with class_name={_LOW!r}.")
        what["trend"] = trend
        # The server looks at these, and fails where they are not among what is asked.
        needed = ("d:mag_rate",) if trend in _TRENDS[:2] else ("d:blazar_stats_m0", "d:blazar_stats_m1")
    named = f"alerts of class_name={class_name!r}" + (f", {trend}" if trend else "")
    return searched(broker, LATESTS, what, asked=named, columns=columns, row_limit=row_limit,
                    output_format=output_format, needed=needed,
                    hint="The names of classes have to be as in query_classes().")


def searched(broker, endpoint, what, *, asked, columns, row_limit, output_format, needed=(), count="n", hint=""):
    """The plan for the newest rows that have something; one more than wanted shows that there are more."""
    dictionary = broker._dictionary(endpoint.tables[0])
    limit = broker._row_limit(row_limit, searching=True)
    time = "r:midpointMjdTai" if endpoint.survey == "lsst" else "i:jd"
    pairs, names = select(dictionary, columns, (dictionary.main_id, time, *needed))
    number = MOST_ROWS if limit is None else min(limit + 1, MOST_ROWS)
    plan = Plan([Request(endpoint, json={**what, count: number, **dict(pairs)}, ordered=True)], asked=asked,
                survey=endpoint.survey, row_limit=limit, build=limited_table, columns=names, hint=hint)
    return shaped(plan, output_format)


def iso_dates(start, stop, scale, names):
    """Dates in the only form that these endpoints take: ISO text.

    Rubin's times (TAI) are compared with it as it is, so that it has to be TAI too.
    """
    found = {name: instant(value, ours, scale) for name, ours, value in zip(names, ("startdate", "stopdate"),
                                                                            (start, stop)) if value is not None}
    if len(found) == 2 and found[names[0]] > found[names[1]]:
        raise InvalidArgumentError(f"startdate={start!r} is after stopdate={stop!r}.")
    return {name: Time(mjd, format="mjd", scale="utc", precision=6).iso for name, mjd in found.items()}


def _word(value, name):
    value = check_text(value, name).strip()
    if "\n" in value:
        raise InvalidArgumentError(f"{name}={value!r} is more than one line.")
    return value
