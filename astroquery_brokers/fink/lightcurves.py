# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for measurements of objects."""

from ..arguments import check_choice
from ..exceptions import InvalidArgumentError
from .endpoints import DETECTIONS, LSST_FORCED, LSST_SOURCES, fink_query
from .measurements import LIGHT_CURVE_COLUMNS, lsst_light_curve, upper_limits, ztf_light_curve
from .selection import SHARED, asked_objects, shaped

__all__ = ["LightCurveQueries"]

_WITH_LIMITS = ("withupperlim", True)
_LIMITS = ("i:objectId", "i:jd", "i:fid", "i:diffmaglim")


class LightCurveQueries:
    """Verbs that return measurements (mixin)."""

    @fink_query(DETECTIONS, LSST_SOURCES, shared=SHARED)
    def query_detections(self, object_id, *, columns=None, withupperlim=False, output_format=None, survey=None):
        """Detections of objects: one row per alert, Fink's own columns.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many of one survey, e.g. ``"ZTF21abfmbix"`` or ``170587117485817955``.
        {columns}
        withupperlim : bool, optional
            Whether upper limits and measurements of bad quality are rows too (ZTF only). ``d:tag`` says what a row
            is: ``valid``, ``upperlim`` or ``badquality``.
        {output_format}
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Sorted by time within an object. ZTF: ``i:objectId``, ``i:candid`` (int64), ``i:jd`` (d, UTC, start of
            the exposure), ``i:fid`` (1 g, 2 r, 3 i), ``i:magpsf`` and ``i:sigmapsf`` (mag, AB, of the absolute
            difference flux), ``i:isdiffpos`` (its sign), ``i:ra`` and ``i:dec`` (deg), ``d:cdsxmatch``,
            ``v:classification``, ... LSST: ``r:diaObjectId`` and ``r:diaSourceId`` (int64), ``r:midpointMjdTai`` (d,
            TAI, middle of the exposure), ``r:band``, ``r:psfFlux`` and ``r:psfFluxErr`` (nJy, difference flux with its
            sign), ``r:ra`` and ``r:dec`` (deg), ... Empty, with a warning, for an unknown object.

        Warns
        -----
        MaxResultsWarning
            If there may be more than the 10,000 rows that Fink gives of an object.
        ReplyFormatWarning
            If the service could not make the reply in the format asked.

        Notes
        -----
        ZTF: ``/api/v1/objects``; LSST: ``/api/v1/sources``, 50 objects in a request.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> objects = Fink.query_region("185.0 15.0", "10 arcmin")
        >>> detections = Fink.query_detections(objects["i:objectId"][0])
        >>> detections["i:jd"].unit, detections["i:candid"].dtype
        (Unit("d"), dtype('int64'))

        Some columns of many objects:

        >>> detections = Fink.query_detections(objects["i:objectId"], columns="magpsf, fid")
        >>> detections.colnames
        ['i:objectId', 'i:jd', 'i:magpsf', 'i:fid']

        >>> rubin = Fink.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> detections = Fink.query_detections(rubin["r:diaObjectId"][0])
        >>> detections["r:psfFlux"].unit, detections.time.scale
        (Unit("nJy"), 'tai')
        """
        check_choice(withupperlim, (True, False), "withupperlim")
        plan = asked_objects(self, [DETECTIONS, LSST_SOURCES], object_id, survey, columns=columns,
                             output_format=output_format, body=(_WITH_LIMITS,) if withupperlim else (),
                             needed=("d:tag",) if withupperlim else ())
        if withupperlim and plan.survey != "ztf":
            raise InvalidArgumentError("withupperlim=True goes with ids of ZTF; query_forced_photometry has what was "
                                       "measured in every visit of Rubin.")
        return plan

    @fink_query(DETECTIONS, returns=("ztf_alerts",), shared=SHARED)
    def query_non_detections(self, object_id, *, output_format=None, survey=None):
        """Upper limits of objects.

        Parameters
        ----------
        object_id : str or sequence of str
            One id of ZTF or many. For LSST there are no upper limits; forced photometry has every visit.
        {output_format}
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``i:objectId``, ``i:jd`` (d, UTC), ``i:fid`` (1 g, 2 r, 3 i), ``i:diffmaglim`` (mag, 5 sigma).

        Notes
        -----
        ZTF: ``/api/v1/objects`` with ``withupperlim``: the history of 30 days that came with each alert.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> objects = Fink.query_region("185.0 15.0", "10 arcmin")
        >>> limits = Fink.query_non_detections(objects["i:objectId"][0])
        >>> limits.colnames
        ['i:objectId', 'i:jd', 'i:fid', 'i:diffmaglim']
        """
        plan = asked_objects(self, [DETECTIONS], object_id, survey, columns=_LIMITS, output_format=output_format,
                             body=(_WITH_LIMITS,),
                             instead="LSST has no upper limits: query_forced_photometry has what was measured in every "
                                     "visit, with its error.")
        plan.build = upper_limits
        return plan

    @fink_query(LSST_FORCED, shared=SHARED)
    def query_forced_photometry(self, object_id, *, columns=None, output_format=None, survey=None):
        """Forced photometry at the positions of objects, Fink's own columns.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id of LSST or many. Fink has no forced photometry of ZTF.
        {columns}
        {output_format}
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``r:diaObjectId`` and ``r:diaForcedSourceId`` (int64), ``r:midpointMjdTai`` (d, TAI), ``r:band``,
            ``r:psfFlux`` and ``r:psfFluxErr`` (nJy, difference flux), ``r:scienceFlux`` and ``r:scienceFluxErr`` (nJy),
            ... , sorted by time.

        Warns
        -----
        MaxResultsWarning
            If there may be more than the 10,000 rows that Fink gives of an object.

        Notes
        -----
        LSST: ``/api/v1/fp``, 50 objects in a request. There is some only of objects with more than one detection.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> rubin = Fink.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> forced = Fink.query_forced_photometry(rubin["r:diaObjectId"][0])
        >>> forced["r:psfFlux"].unit, forced.time.scale
        (Unit("nJy"), 'tai')
        """
        return asked_objects(self, [LSST_FORCED], object_id, survey, columns=columns, output_format=output_format,
                             instead="query_lightcurve has all of its measurements; ALeRCE has forced photometry of "
                                     "ZTF.")

    @fink_query(DETECTIONS, LSST_SOURCES, LSST_FORCED, returns=("lightcurve",), shared=SHARED)
    def query_lightcurve(self, object_id, *, output_format=None, survey=None):
        """Everything measured of objects, as the light curve that is the same on every broker.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many of one survey.
        {output_format}
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per measurement, sorted by time within an object: ``object_id``, ``mjd`` (d, TAI), ``band``
            (``ztfg``, ``lsstr``, ...), ``kind`` (``detection``, ``bad_quality``, ``upper_limit``, ``forced``),
            ``flux`` and ``flux_err`` (nJy, difference flux with its sign), ``total_flux`` (nJy), ``mag`` and
            ``mag_err`` (AB, of the absolute difference flux), ``limiting_mag`` (5 sigma), ``ra``, ``dec`` (deg),
            ``quality`` (ZTF: ``i:drb``, else ``i:rb``; LSST: ``r:reliability``).

        Warns
        -----
        MaxResultsWarning
            If there may be more than the 10,000 rows that Fink gives of an object.

        Notes
        -----
        ZTF: ``/api/v1/objects`` with ``withupperlim``. Times are converted from UTC to TAI and mark the start of the
        exposure. ``total_flux`` adds the signed difference to the flux of the nearest source in the reference image
        (``i:magnr``), where that is within 1.4 pixels, with the error of ALeRCE's corrected magnitudes (Förster et al.
        2021, AJ 161, 242, appendix A).

        LSST: ``/api/v1/sources`` and ``/api/v1/fp``. ``flux`` is ``r:psfFlux``, ``total_flux`` is ``r:scienceFlux``;
        ``mag`` follows from ``flux``. Times are those of the middle of the exposure.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> objects = Fink.query_region("185.0 15.0", "10 arcmin")
        >>> lightcurve = Fink.query_lightcurve(objects["i:objectId"][:2])
        >>> lightcurve["flux"].unit, lightcurve.time.scale
        (Unit("nJy"), 'tai')

        >>> rubin = Fink.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> lightcurve = Fink.query_lightcurve(rubin["r:diaObjectId"][0])
        >>> set(lightcurve["band"].tolist()) <= {"lsstu", "lsstg", "lsstr", "lssti", "lsstz", "lssty"}
        True
        """
        def body_of(endpoint):
            dictionary = self._dictionary(endpoint.tables[0])
            wire = [dictionary[name].wire for name in LIGHT_CURVE_COLUMNS[endpoint.tables[0]]]
            limits = (_WITH_LIMITS,) if endpoint.survey == "ztf" else ()
            return (("columns", ",".join(wire)), *limits)

        plan = self._per_object([DETECTIONS, LSST_SOURCES, LSST_FORCED], object_id, survey, body=body_of)
        plan.build = ztf_light_curve if plan.survey == "ztf" else lsst_light_curve
        return shaped(plan, output_format)
