# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for measurements of objects."""

import numpy as np

from ..tables import concatenate
from ..tables.lightcurve import band_names, flux_from_magnitude, light_curve, tai_mjd
from .endpoints import DETECTIONS, FORCED_PHOTOMETRY, LIGHT_CURVE, MAGSTATS, NON_DETECTIONS, alerce_query

__all__ = ["LightCurveQueries"]

# Native names of what the canonical light curve needs; the two services name the same things differently.
_DETECTION = {"mag": "magpsf", "mag_err": "sigmapsf", "total_mag": "magpsf_corr",
              "total_mag_err": ("sigmapsf_corr", "sigmapsf_corr_ext")}
_FORCED = {"mag": "mag", "mag_err": "e_mag", "total_mag": "mag_corr",
           "total_mag_err": ("e_mag_corr", "e_mag_corr_ext")}


class LightCurveQueries:
    """Verbs that return measurements (mixin)."""

    @alerce_query(DETECTIONS)
    def query_detections(self, object_id, *, survey=None):
        """Detections of objects: one row per alert-like measurement, ALeRCE's own columns.

        Parameters
        ----------
        object_id : str or sequence of str
            One id or many, e.g. ``"ZTF20aaelulu"``.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``oid``, ``candid`` (int64), ``mjd`` (d, UTC, start of the exposure), ``fid`` (1 g, 2 r, 3 i),
            ``magpsf`` and ``sigmapsf`` (mag, AB, of the absolute difference flux), ``isdiffpos`` (1 or -1), ``ra``
            and ``dec`` (deg, ICRS), ...; empty, with a warning, for an unknown object.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}/detections``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> detections = Alerce.query_detections(objects["oid"][0])
        >>> detections["mjd"].unit, detections["candid"].dtype
        (Unit("d"), dtype('int64'))
        """
        return self._per_object([DETECTIONS], object_id, survey)

    @alerce_query(NON_DETECTIONS)
    def query_non_detections(self, object_id, *, survey=None):
        """Upper limits of objects.

        Parameters
        ----------
        object_id : str or sequence of str
            One id or many.
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
        return self._per_object([NON_DETECTIONS], object_id, survey)

    @alerce_query(FORCED_PHOTOMETRY)
    def query_forced_photometry(self, object_id, *, survey=None):
        """Forced photometry at the positions of objects, ALeRCE's own columns.

        Parameters
        ----------
        object_id : str or sequence of str
            One id or many.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``oid``, ``candid`` (text: oid and pid), ``mjd`` (d, UTC), ``fid``, ``mag`` and ``e_mag`` (mag; masked
            where the service says 100), ``isdiffpos``, ``procstatus``, ...

        Notes
        -----
        ALeRCE light curve API v2, ``/forced-photometry/{oid}``; ``extra_fields`` are columns like the others. ALeRCE
        keeps it since December 2023.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> forced = Alerce.query_forced_photometry(objects["oid"][0])
        >>> forced["mag"].unit, forced.time.scale
        (Unit("mag"), 'utc')
        """
        return self._per_object([FORCED_PHOTOMETRY], object_id, survey)

    @alerce_query(MAGSTATS)
    def query_magstats(self, object_id, *, survey=None):
        """Statistics of the magnitudes of objects, one row per band.

        Parameters
        ----------
        object_id : str or sequence of str
            One id or many.
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
        return self._per_object([MAGSTATS], object_id, survey)

    @alerce_query(LIGHT_CURVE, FORCED_PHOTOMETRY, returns=("lightcurve",))
    def query_lightcurve(self, object_id, *, survey=None):
        """Everything measured of objects, as the light curve that is the same on every broker.

        Parameters
        ----------
        object_id : str or sequence of str
            One id or many.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per measurement, sorted by time within an object: ``object_id``, ``mjd`` (d, TAI), ``band``
            (``ztfg``, ...), ``kind`` (``detection``, ``forced``, ``upper_limit``), ``flux`` and ``flux_err`` (nJy,
            difference flux with its sign), ``total_flux`` (nJy), ``mag`` and ``mag_err`` (AB, of the absolute
            difference flux), ``limiting_mag`` (5 sigma), ``ra``, ``dec`` (deg), ``quality`` (``drb``, else ``rb``).

        Notes
        -----
        Two requests per object: ALeRCE ZTF API v1, ``/objects/{oid}/lightcurve``, and v2,
        ``/forced-photometry/{oid}``. Times are converted from UTC to TAI and mark the start of the exposure.
        ``total_flux`` is from the magnitudes that ALeRCE corrected for the reference source; its error assumes a
        point source, or an extended one where only that error is there.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> lightcurve = Alerce.query_lightcurve(objects["oid"][:2])
        >>> lightcurve["flux"].unit, lightcurve.time.scale
        (Unit("nJy"), 'tai')
        """
        plan = self._per_object([LIGHT_CURVE, FORCED_PHOTOMETRY], object_id, survey)
        plan.build = _light_curve
        return plan


def _light_curve(broker, plan, answers):
    """ALeRCE's three native tables as canonical measurements."""
    pieces = []
    for name, kind, names in (("ztf_detections", "detection", _DETECTION), ("ztf_forced_photometry", "forced", _FORCED),
                              ("ztf_non_detections", "upper_limit", None)):
        parts = [part for answer in answers for part in answer.tables.get(name, ())]
        rows = np.concatenate([np.arange(part.length) for part in parts]) if parts else np.array([], dtype=int)
        if not rows.size:
            continue
        dictionary = broker._dictionary(name)
        decoded = concatenate(parts, dictionary)
        get = decoded.masked
        piece = {"object_id": get("oid"), "survey": "ztf", "broker": broker.broker, "kind": kind,
                 "mjd": tai_mjd(get("mjd"), dictionary["mjd"].time["scale"]), "mjd_is_start": True,
                 "band": band_names(get("fid"), dictionary["fid"].band), "limiting_mag": get("diffmaglim"),
                 "origin": name, "origin_row": rows}
        if names is not None:
            piece.update(_photometry(get, names), ra=get("ra"), dec=get("dec"))
        if kind == "detection":
            piece.update(measurement_id=get("candid"), quality=_else(get("drb"), get("rb")))
        pieces.append(piece)
    return light_curve(pieces, plan.items)


def _photometry(native, names):
    def get(name):
        return np.ma.masked_invalid(native(name))

    flux, flux_err = flux_from_magnitude(get(names["mag"]), get(names["mag_err"]), get("isdiffpos"))
    total_err = _else(*map(get, names["total_mag_err"]))
    total_flux, total_flux_err = flux_from_magnitude(get(names["total_mag"]), total_err)
    return {"mag": get(names["mag"]), "mag_err": get(names["mag_err"]), "flux": flux, "flux_err": flux_err,
            "total_flux": total_flux, "total_flux_err": total_flux_err}


def _else(first, second):
    """The first, where it is there, else the second."""
    missing = np.ma.getmaskarray(first)
    return np.ma.array(np.where(missing, second.data, first.data), mask=missing & np.ma.getmaskarray(second))
