# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for measurements of objects."""

from functools import partial

from ..tables import to_table
from ..verbs import query
from .endpoints import ALERTS, FORCED_PHOTOMETRY, PHOTOPOINTS
from .measurements import detections_table, forced_requests, light_curve_table, native_measurements
from .objects import window_params
from .selections import SELECTION

__all__ = ["LightCurveQueries"]

_OBJECT = {"object": """
    object_id : str or sequence of str
        One id or many, e.g. ``"ZTF20aaelulu"``.
    """, "window": """
    time : `~astropy.time.Time`, `~astropy.units.Quantity`, float, or a pair of them, optional
        Start of the exposures of the alerts: from, or (from, to), the latter exclusive; numbers are MJD (d, UTC). Their
        histories go back 30 days more.
    """, "survey": """
    survey : str, optional
        Follows from the id.
    """, **SELECTION}


class LightCurveQueries:
    """Verbs that return measurements (mixin)."""

    @query(ALERTS, PHOTOPOINTS, returns=("ztf_detections",), shared=_OBJECT)
    def query_detections(self, object_id, *, time=None, programid=None, survey=None):
        """Detections of objects: those of their alerts, and those that only the history of alerts has.

        Parameters
        ----------
        {object}
        {window}
        {reading}
        {survey}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``objectId``, ``jd`` (d, UTC), ``candid`` (int64), ``fid``, ``magpsf`` and ``sigmapsf`` (mag, AB),
            ``isdiffpos`` (t or 1: brighter than the reference), ``ra``, ``dec`` (deg), ``rb``, ``drb``, ..., sorted by
            time. What the history does not have (``drb``, ``ndethist``, Pan-STARRS neighbours, ...) is masked where
            there is no alert.

        Raises
        ------
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/object/{objectId}/alerts`` and ``/object/{objectId}/photopoints``: two requests for
        each object.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> detections = Ampel.query_detections(objects["objectId"][0])
        >>> detections["magpsf"].unit, detections.time.scale
        (Unit("mag"), 'utc')
        """
        plan = self._per_object([ALERTS, PHOTOPOINTS], object_id, survey, params=window_params(time, programid))
        plan.build = detections_table
        return plan

    @query(PHOTOPOINTS, returns=("ztf_non_detections",), shared=_OBJECT)
    def query_non_detections(self, object_id, *, time=None, programid=None, survey=None):
        """Upper limits of objects, from the history of their alerts.

        Parameters
        ----------
        {object}
        {window}
        {reading}
        {survey}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``objectId``, ``jd`` (d, UTC), ``fid``, ``diffmaglim`` (mag, AB, 5 sigma), ..., sorted by time.

        Raises
        ------
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/object/{objectId}/photopoints``: one request for each object.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> limits = Ampel.query_non_detections(objects["objectId"][0])
        >>> limits["diffmaglim"].unit
        Unit("mag")
        """
        plan = self._per_object([PHOTOPOINTS], object_id, survey, params=window_params(time, programid))
        plan.build = partial(_sorted, name="ztf_non_detections")
        return plan

    @query(FORCED_PHOTOMETRY, shared=_OBJECT)
    def query_forced_photometry(self, object_id, *, programid=None, survey=None):
        """Forced photometry of objects, which packets of 2024 and later have, as long as they are kept.

        Parameters
        ----------
        {object}
        {reading}
        {survey}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``objectId``, ``jd`` (d, UTC), ``fid``, ``forcediffimflux`` and ``forcediffimfluxunc`` (adu, with the zero
            point ``magzpsci``), ``procstatus`` (``"0"``: no warning), ..., sorted by time. It covers the 30 days before
            each alert.

        Raises
        ------
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/alert/{candid}``, of as many alerts as cover the time of the object, which
        ``/object/{objectId}/alerts`` tells. The archive keeps whole packets for about three months; of older ones there
        is no forced photometry.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> forced = Ampel.query_forced_photometry(objects["objectId"][0])
        >>> forced["forcediffimflux"].unit
        Unit("adu")
        """
        plan = self._per_object([ALERTS], object_id, survey, params=window_params(None, programid))
        ids = plan.items
        plan.then = lambda table: forced_requests(table, ids, partial(_sorted, name="ztf_forced_photometry"))
        return plan

    @query(ALERTS, PHOTOPOINTS, returns=("lightcurve",), shared=_OBJECT)
    def query_lightcurve(self, object_id, *, time=None, programid=None, survey=None):
        """Everything measured of objects, as the light curve that is the same on every broker.

        Parameters
        ----------
        {object}
        {window}
        {reading}
        {survey}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per measurement, sorted by time within an object: ``object_id``, ``mjd`` (d, TAI), ``band``
            (``ztfg``, ...), ``kind`` (``detection`` or ``upper_limit``), ``flux`` and ``flux_err`` (nJy, difference
            flux with its sign), ``mag`` and ``mag_err`` (AB, of the absolute difference flux), ``limiting_mag`` (5
            sigma), ``ra``, ``dec`` (deg), ``quality`` (``drb``, else ``rb``). ``total_flux`` is masked: AMPEL does not
            correct for the reference source.

        Raises
        ------
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/object/{objectId}/alerts`` and ``/object/{objectId}/photopoints``: two requests for
        each object. Times are converted from UTC to TAI and mark the start of the exposure. Forced photometry, of which
        AMPEL has only what the newest packets hold, is not in it; see `query_forced_photometry`.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> lightcurve = Ampel.query_lightcurve(objects["objectId"][:2])
        >>> lightcurve["flux"].unit, lightcurve.time.scale
        (Unit("nJy"), 'tai')
        """
        plan = self._per_object([ALERTS, PHOTOPOINTS], object_id, survey, params=window_params(time, programid))
        plan.build = light_curve_table
        return plan


def _sorted(broker, plan, answers, *, name):
    """One of the native tables, sorted by time within an object."""
    return to_table(native_measurements(broker, answers, name, plan.items), broker._dictionary(name))
