# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for measurements of objects."""

from functools import partial

from ..results import native_table
from .endpoints import (DETECTIONS, FORCED_PHOTOMETRY, LIGHT_CURVE, LSST_DETECTIONS, LSST_FORCED_PHOTOMETRY,
                        LSST_LIGHT_CURVE, MAGSTATS, NON_DETECTIONS, alerce_query)
from .measurements import check_counts, count_requests, lsst_light_curve, ztf_light_curve
from .routes import either_route

__all__ = ["LightCurveQueries"]


class LightCurveQueries:
    """Verbs that return measurements (mixin)."""

    @alerce_query(DETECTIONS, LSST_DETECTIONS)
    @either_route
    def query_detections(self, object_id, *, survey=None):
        """Detections of objects: one row per alert-like measurement, ALeRCE's own columns.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many of one survey, e.g. ``"ZTF20aaelulu"`` or ``170587117485817955``.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ZTF: ``oid``, ``candid`` (int64), ``mjd`` (d, UTC, start of the exposure), ``fid`` (1 g, 2 r, 3 i),
            ``magpsf`` and ``sigmapsf`` (mag, AB, of the absolute difference flux), ``isdiffpos`` (1 or -1), ``ra``
            and ``dec`` (deg, ICRS), ... LSST: ``oid`` and ``measurement_id`` (int64), ``mjd`` (d, TAI, middle of the
            exposure), ``band`` (number) and ``band_name`` (letter), ``psfFlux`` and ``psfFluxErr`` (nJy, difference
            flux with its sign), ``scienceFlux`` (nJy), ``ra`` and ``dec`` (deg, ICRS), ``reliability`` (0 to 1),
            ... , sorted by time. Empty, with a warning, for an unknown object.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}/detections``; multi-survey API, ``/lightcurve_api/detections``, 20 objects
        in a request. The latter writes 0 (or -1) for some missing values, which are masked here.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> detections = Alerce.query_detections(objects["oid"][0])
        >>> detections["mjd"].unit, detections["candid"].dtype
        (Unit("d"), dtype('int64'))

        >>> rubin = Alerce.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> detections = Alerce.query_detections(rubin["oid"][0])
        >>> detections["psfFlux"].unit, detections.time.scale
        (Unit("nJy"), 'tai')
        """
        return self._per_object([DETECTIONS, LSST_DETECTIONS], object_id, survey)

    @alerce_query(NON_DETECTIONS)
    @either_route
    def query_non_detections(self, object_id, *, survey=None):
        """Upper limits of objects.

        Parameters
        ----------
        object_id : str or sequence of str
            One id of ZTF or many. For LSST there are no upper limits; forced photometry has every visit.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``oid``, ``mjd`` (d, UTC), ``fid`` (1 g, 2 r, 3 i), ``diffmaglim`` (mag, 5 sigma).

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}/non_detections``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> limits = Alerce.query_non_detections(objects["oid"][0])
        >>> limits.colnames
        ['oid', 'tid', 'mjd', 'fid', 'diffmaglim']
        """
        return self._per_object([NON_DETECTIONS], object_id, survey, instead="LSST has no upper limits: "
                                "query_forced_photometry has what was measured in every visit, with its error.")

    @alerce_query(FORCED_PHOTOMETRY, LSST_FORCED_PHOTOMETRY)
    @either_route
    def query_forced_photometry(self, object_id, *, survey=None):
        """Forced photometry at the positions of objects, ALeRCE's own columns.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many of one survey.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ZTF: ``oid``, ``candid`` (text: oid and pid), ``mjd`` (d, UTC), ``fid``, ``mag`` and ``e_mag`` (mag;
            masked where the service says 100), ``isdiffpos``, ``procstatus``, ... LSST: ``oid`` and
            ``measurement_id`` (int64), ``mjd`` (d, TAI), ``band`` and ``band_name``, ``psfFlux`` and ``psfFluxErr``
            (nJy, difference flux), ``scienceFlux`` and ``scienceFluxErr`` (nJy), ... , sorted by time.

        Warns
        -----
        PartialResultWarning
            If there are fewer rows of an LSST object than ALeRCE counts (``n_forced``), or if it fails to give that
            number: the rows that came are kept, and not counted.

        Notes
        -----
        ALeRCE light curve API v2, ``/forced-photometry/{oid}``; ``extra_fields`` are columns like the others. ALeRCE
        keeps it since December 2023.

        LSST is multi-survey API, ``/lightcurve_api/forced-photometry``. Asked for one object it answers with ten rows
        at most, but not so for two; so a single id is sent twice, which brings all of its rows. A second request,
        ``/object_api/object``, gets the number of rows to compare with; for many objects it is
        ``/object_api/list_objects``, which does not know those without a class.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> forced = Alerce.query_forced_photometry(objects["oid"][0])
        >>> forced["mag"].unit, forced.time.scale
        (Unit("mag"), 'utc')

        All points of a Rubin object:

        >>> rubin = Alerce.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> forced = Alerce.query_forced_photometry(rubin["oid"][0])
        >>> len(forced) == rubin["n_forced"][0]
        np.True_
        """
        plan = self._per_object([FORCED_PHOTOMETRY, LSST_FORCED_PHOTOMETRY], object_id, survey)
        if plan.survey == "lsst":
            plan.requests += count_requests(self, plan.items)
            plan.build = partial(check_counts, build=native_table)
        return plan

    @alerce_query(MAGSTATS)
    @either_route
    def query_magstats(self, object_id, *, survey=None):
        """Statistics of the magnitudes of objects, one row per band.

        Parameters
        ----------
        object_id : str or sequence of str
            One id of ZTF or many. The statistics of LSST are in ``query_object(..., return_survey_extra=True)``.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``oid``, ``fid``, ``ndet``, ``magmean``, ``magmedian``, ``magmax`` (the faintest), ``magmin``,
            ``magsigma``, ``magfirst``, ``maglast`` (mag), ``firstmjd``, ``lastmjd`` (d, UTC), ... The columns that
            ALeRCE documents but does not send are there, masked.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}/magstats``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> statistics = Alerce.query_magstats(objects["oid"][0])
        >>> statistics["magmean"].unit, statistics["firstmjd"].unit
        (Unit("mag"), Unit("d"))
        """
        return self._per_object([MAGSTATS], object_id, survey, instead="query_object(..., return_survey_extra=True) "
                                "has the statistics of the fluxes of an LSST object in each band.")

    @alerce_query(LIGHT_CURVE, FORCED_PHOTOMETRY, LSST_LIGHT_CURVE, returns=("lightcurve",))
    @either_route
    def query_lightcurve(self, object_id, *, survey=None):
        """Everything measured of objects, as the light curve that is the same on every broker.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many of one survey.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per measurement, sorted by time within an object: ``object_id``, ``mjd`` (d, TAI), ``band``
            (``ztfg``, ``lsstr``, ...), ``kind`` (``detection``, ``forced``, ``upper_limit``), ``flux`` and
            ``flux_err`` (nJy, difference flux with its sign), ``total_flux`` (nJy), ``mag`` and ``mag_err`` (AB, of
            the absolute difference flux), ``limiting_mag`` (5 sigma), ``ra``, ``dec`` (deg), ``quality`` (ZTF:
            ``drb``, else ``rb``; LSST: ``reliability``).

        Warns
        -----
        PartialResultWarning
            If there is less forced photometry of an LSST object than ALeRCE counts (``n_forced``), or if it fails to
            give that number: the rows that came are kept, and not counted.

        Notes
        -----
        ZTF takes two requests per object: API v1, ``/objects/{oid}/lightcurve``, and v2,
        ``/forced-photometry/{oid}``. Times are converted from UTC to TAI and mark the start of the exposure.
        ``total_flux`` is from the magnitudes that ALeRCE corrected for the reference source; its error assumes a
        point source, or an extended one where only that error is there.

        LSST is multi-survey API, ``/lightcurve_api/lightcurve``, for 20 objects at once, and the number of rows as for
        `query_forced_photometry`. ``flux`` is ``psfFlux``, ``total_flux`` is ``scienceFlux``, the flux measured on
        the visit image; ``mag`` follows from ``flux``. Times are those of the middle of the exposure.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> lightcurve = Alerce.query_lightcurve(objects["oid"][:2])
        >>> lightcurve["flux"].unit, lightcurve.time.scale
        (Unit("nJy"), 'tai')

        >>> rubin = Alerce.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> lightcurve = Alerce.query_lightcurve(rubin["oid"][0])
        >>> set(lightcurve["band"].tolist()) <= {"lsstu", "lsstg", "lsstr", "lssti", "lsstz", "lssty"}
        True
        """
        plan = self._per_object([LIGHT_CURVE, FORCED_PHOTOMETRY, LSST_LIGHT_CURVE], object_id, survey)
        plan.build = ztf_light_curve
        if plan.survey == "lsst":
            plan.requests += count_requests(self, plan.items)
            plan.build = partial(check_counts, build=lsst_light_curve)
        return plan
