# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for objects: around positions, by id, by class."""

from functools import partial

from ..arguments import check_positions, check_radius, check_survey
from ..exceptions import InvalidArgumentError, ObjectNotFoundError
from ..results import native_table
from .cones import CONES, cones, newest_of_each, period
from .endpoints import CONE, LATESTS, LSST_CONE, LSST_OBJECTS, LSST_TAGS, OBJECTS, fink_query
from .searches import ALERTS_SHARED, alerts_plan
from .selection import SHARED, asked_objects

__all__ = ["ObjectQueries"]


class ObjectQueries:
    """Verbs that return objects (mixin)."""

    @fink_query(CONE, LSST_CONE, adds=("region",), shared=SHARED)
    def query_region(self, coordinates, radius, *, firstmjd=None, lastmjd=None, startdate=None, stopdate=None,
                     window=None, kind=None, columns=None, row_limit=None, output_format=None, survey=None):
        """Objects in a cone, or in many cones.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord` or str
            Centres of the cones, in any frame: one position (scalar) or many (shape ``(n,)``); or the id of an object
            that Fink knows, of any survey.
        radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
            One angle with its unit, e.g. ``5 * u.arcsec`` or ``"5 arcsec"``, at most 5 deg.
        firstmjd, lastmjd : `~astropy.time.Time`, `~astropy.units.Quantity`, float, or a pair of them, optional
            First and last detection: minimum, or (minimum, maximum). Numbers are MJD (d): UTC for ZTF, TAI for LSST.
        startdate, stopdate : `~astropy.time.Time`, `~astropy.units.Quantity` or float, optional
            The same in Fink's words, with ``kind``. Numbers are MJD (d), ISO text is UTC.
        window : float, optional
            Days after ``startdate``, in place of ``stopdate``.
        kind : {"within", "across"}, optional
            Whether all of the object's detections lie between ``startdate`` and ``stopdate``, or it is enough that it
            varied then. Without it the dates bound the first detection (ZTF), or are as for "within" (LSST).
        {columns}
        row_limit : int, optional
            Most rows per position, the nearest ones; all of them by default.
        {output_format}
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; by default that of the id in place of coordinates, else ``conf.survey``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object, with the values of its latest alert, nearest first: ``separation`` (arcsec); with an
            array of positions also ``query_index``, the index of the position. ZTF: ``i:objectId``, ``i:ra`` and
            ``i:dec`` (deg), ``i:jd`` and ``i:jdstarthist`` (d, UTC), ``i:magpsf`` (mag), ``d:classification``, ...
            LSST: ``r:diaObjectId`` (int64), ``r:ra`` and ``r:dec`` (deg, of the last detection), ``r:midpointMjdTai``
            and ``f:firstDiaSourceMjdTaiFink`` (d, TAI), ...

        Raises
        ------
        ObjectNotFoundError
            If ``coordinates`` is the id of an object that Fink does not know.

        Notes
        -----
        ``/api/v1/conesearch`` of either survey, one request for each position. The server reads no more than ``n``
        rows of each HEALPix pixel, and cuts without a word; here ``n`` is more than any pixel holds. Without a bound
        on the first detection it tests dates on no one, so that the bounds are applied here; those of LSST are
        compared in TAI. Objects of the solar system are not found so.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> objects = Fink.query_region("185.0 15.0", "10 arcmin")
        >>> objects["separation"].unit
        Unit("arcsec")

        Many cones are one call:

        >>> from astropy.coordinates import SkyCoord
        >>> both = Fink.query_region(SkyCoord([185.0, 185.05], [15.0, 15.06], unit="deg"), "5 arcmin")
        >>> sorted(set(both["query_index"].tolist()))
        [0, 1]

        Rubin's objects around one of ZTF's, with some columns:

        >>> near = Fink.query_region(objects["i:objectId"][0], "10 arcmin", survey="lsst", columns="psfFlux")
        >>> near["r:diaObjectId"].dtype, near["r:psfFlux"].unit
        (dtype('int64'), Unit("nJy"))
        """
        radius = check_radius(radius)
        survey = None if survey is None else check_survey(survey, self.surveys)
        of_id = self._survey_of_id(coordinates)
        survey = survey or of_id or self._survey_of_search(None)
        around = partial(cones, self, radius=radius, survey=survey, columns=columns, output_format=output_format,
                         row_limit=self._row_limit(row_limit, searching=False),
                         when=period(survey, firstmjd=firstmjd, lastmjd=lastmjd, startdate=startdate,
                                     stopdate=stopdate, window=window, kind=kind))
        if of_id is None:
            return around(check_positions(coordinates))
        plan = _by_id(self, coordinates, None, columns=("ra", "dec"))
        plan.build = _known(plan.build)
        around(check_positions("0 0"))  # a mistake in the arguments is one before anything is sent
        plan.survey, plan.then = survey, lambda table: around(check_positions(table.coords[0]))
        return plan

    @fink_query(OBJECTS, LSST_OBJECTS, shared=SHARED)
    def query_object(self, object_id, *, columns=None, output_format=None, survey=None):
        """Summary of an object, by id.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many, e.g. ``"ZTF21abfmbix"`` or ``170587117485817955``.
        {columns}
        {output_format}
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object. ZTF, for which Fink keeps no summaries: its latest alert, with the columns of
            `query_region` but for ``d:classification``. LSST: ``r:diaObjectId`` (int64), ``r:ra`` and ``r:dec`` (deg,
            mean position), ``r:nDiaSources``, ``r:g_psfFluxMean`` (nJy), ``f:firstDiaSourceMjdTaiFink`` (d, TAI), ...

        Raises
        ------
        ObjectNotFoundError
            If Fink knows none of the objects.

        Notes
        -----
        ZTF: ``/api/v1/objects``, all alerts, of which the latest is kept; LSST: ``/api/v1/objects``. 50 objects in a
        request.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> objects = Fink.query_region("185.0 15.0", "10 arcmin")
        >>> summary = Fink.query_object(objects["i:objectId"][0])
        >>> len(summary), summary["i:ra"].unit
        (1, Unit("deg"))

        >>> rubin = Fink.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> summary = Fink.query_object(rubin["r:diaObjectId"][0])
        >>> summary["r:r_psfFluxMean"].unit
        Unit("nJy")
        """
        plan = _by_id(self, object_id, survey, columns=columns, output_format=output_format)
        plan.build = _known(plan.build)
        return plan

    @fink_query(OBJECTS, LSST_OBJECTS, LATESTS, LSST_TAGS, returns=("ztf_cone", "lsst_objects"),
                shared={**SHARED, **ALERTS_SHARED})
    def query_objects(self, object_id=None, *, class_name=None, tag=None, trend=None, startdate=None, stopdate=None,
                      columns=None, row_limit=None, output_format=None):
        """Objects by ids, or those with new alerts of a class or with a tag.

        Parameters
        ----------
        object_id : str, int or sequence of them, optional
            Ids of one survey, in the order in which the rows come back.
        {criteria}
        {columns}
        row_limit : int, optional
            Most alerts to look at, the newest ones, ``conf.row_limit`` by default; -1 is all. There are at most as many
            objects.
        {output_format}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object: for ids the columns of `query_object`, else its newest alert with the columns of
            `query_alerts`.

        Warns
        -----
        MaxResultsWarning
            If there are more alerts than ``row_limit``.

        Notes
        -----
        ZTF: ``/api/v1/objects``, ``/api/v1/latests``; LSST: ``/api/v1/objects``, ``/api/v1/tags``.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> supernovae = Fink.query_objects(class_name="SN candidate", row_limit=-1, columns="i:magpsf")
        >>> len(set(supernovae["i:objectId"])) == len(supernovae)
        True

        >>> tagged = Fink.query_objects(tag="extragalactic_new_candidate", row_limit=-1)
        >>> len(set(tagged["r:diaObjectId"])) == len(tagged)
        True
        """
        criteria = dict(class_name=class_name, tag=tag, trend=trend, startdate=startdate, stopdate=stopdate)
        if object_id is not None:
            given = [name for name, value in criteria.items() if value is not None]
            if given:
                raise InvalidArgumentError(f"object_id= does not go with {' and '.join(given)}: Fink finds objects by "
                                           "their ids, or alerts by a class or tag.")
            return _by_id(self, object_id, None, columns=columns, output_format=output_format)
        plan = alerts_plan(self, **criteria, columns=columns, row_limit=row_limit, output_format=output_format)
        plan.build = _newest(plan.build, plan.survey)
        return plan


def _by_id(broker, object_id, survey, *, columns=None, output_format=None):
    """A plan for the summaries of objects: Rubin's own, or the latest of ZTF's alerts."""
    _, _, survey = broker._objects(object_id, survey)
    if columns is None and survey == "ztf":
        # Those of a cone search which alerts have too.
        columns = [name for name in broker._dictionary(OBJECTS.tables[0]).by_name
                   if name.startswith(("i:", "d:")) and name != "d:classification"]
    plan = asked_objects(broker, [OBJECTS, LSST_OBJECTS], object_id, survey, columns=columns,
                         output_format=output_format)
    plan.build = _newest(native_table, survey) if survey == "ztf" else native_table
    return plan


def _newest(build, survey):
    """What ``build`` makes, with the newest row of each object."""
    def newest(broker, plan, answers):
        return newest_of_each(build(broker, plan, answers), *CONES[survey].needed[:2])
    return newest


def _known(build):
    """What ``build`` makes, or the error that says that nothing is known."""
    def known(broker, plan, answers):
        table = build(broker, plan, answers)
        if not len(table) and answers and all(answer.error is None for answer in answers):
            raise ObjectNotFoundError(f"{broker.broker} has no rows for {plan.asked}. Check the name; not every object "
                                      "of a survey is kept by every broker.", broker=broker.broker)
        return table
    return known
