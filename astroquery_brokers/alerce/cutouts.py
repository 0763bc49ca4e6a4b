# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for the images of alerts."""

from functools import partial
from urllib.parse import urlencode

import numpy as np

from ..arguments import check_choice, suggest
from ..bundles import ResultList
from ..cutouts import KINDS, check_plot, join_cutouts, plot_cutouts, read_cutout
from ..endpoints import Endpoint, Request
from ..exceptions import BrokerError, FormatValidationError, InvalidArgumentError
from ..tables import Decoded, to_table
from ..verbs import Plan
from .alerts import plan_of_alerts
from .endpoints import alerce_query

__all__ = ["CutoutQueries", "STAMP", "ZTF_STAMP"]

_WEEK = 7 * 24 * 3600.0


def _image(response):
    return read_cutout(response.content)


def _perhaps_absent(error, request, ask):
    """This service has no other answer to a question for an alert that it does not have."""
    if error.status_code != 500:
        return error
    return BrokerError(f"{error} It answers so too where it has no such alert: check object_id and candid.",
                       broker=error.broker, url=error.url, status_code=500, response=error.response)


# An alert does not change, nor do its images.
ZTF_STAMP = Endpoint("the cutouts", "avro_url", "/get_stamp", (), decode=_image, lifetime=_WEEK, survey="ztf",
                     source="https://avro.alerce.online (Swagger); code: alercebroker/stamp_service")
STAMP = Endpoint("the cutouts", "stamps_url", "/stamp", (), decode=_image, lifetime=_WEEK, explain=_perhaps_absent,
                 source="https://api-lsst.alerce.online/stamps_api/docs; code: alercebroker/web-services, stamps_api")
_SERVICES = {"avro": ZTF_STAMP, "stamps": STAMP}

_ALERT = """
    object_id : str or sequence of str, optional
        One object or many. Can be left out for ZTF where ``candid`` is given.
    candid : int or sequence of int, optional
        Id of the alert (of ZTF; of Rubin the ``measurement_id``). By default the first detection of each object that
        has stamps, which is looked up. Several alerts go with one object, or with as many objects.
    measurement_id : int or sequence of int, optional
        Another name for ``candid``, the id of the alert.
    """
_PLACE = """
    survey : str, optional
        Follows from ``object_id``.
    service : {"avro", "stamps"}, optional
        ALeRCE's older or newer service of stamps: by default ``"avro"`` for ZTF and ``"stamps"``, the only one, for
        Rubin.
    """
_SHAPE = """
    include_variance_and_psf : bool, optional
        Whether to add the planes of variance and point spread function, which Rubin has.
    format : {"HDUList", "numpy"}, optional
        An `~astropy.io.fits.HDUList` (by default), or a list of three arrays in the order science, template,
        difference.
    """
_RETURNS = """
    `~astropy.io.fits.HDUList` (or list of `numpy.ndarray`) or `~astroquery_brokers.bundles.ResultList` of them
        For one alert the images ``SCIENCE``, ``TEMPLATE`` and ``DIFFERENCE``, of shape ``(rows, columns)`` in pixels,
        with ``OBJECT``, ``CANDID`` and, where it was looked up, ``MJD-OBS`` (d) in their headers. For many a list, in
        the order asked, of those that came whole; its ``failures`` says what did not.
    """
_SHARED = {"alert": _ALERT, "place": _PLACE, "shape": _SHAPE, "images": _RETURNS}


class CutoutQueries:
    """Verbs that return images (mixin)."""

    @alerce_query(ZTF_STAMP, STAMP, shared=_SHARED, also="get_stamps")
    def get_cutouts(self, object_id=None, candid=None, measurement_id=None, include_variance_and_psf=False,
                    format="HDUList", survey=None, *, service=None):
        """Science, template and difference images of alerts.

        Parameters
        ----------
        {alert}
        {shape}
        {place}

        Returns
        -------
        {images}

        Raises
        ------
        CandidError
            If the object has no alert with stamps.
        ObjectNotFoundError
            If there is no such alert.

        Notes
        -----
        ALeRCE's services of stamps, ``/get_stamp`` (ZTF) and ``/stamp`` (Rubin, ZTF): one request for each image. The
        images of ZTF have no WCS, 63 × 63 pixels of about 1 arcsec and their first row in the north; those of Rubin
        have a WCS, of which the projection's name, which the service leaves out, is added here.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> cutouts = Alerce.get_cutouts(objects["oid"][0])
        >>> [hdu.name for hdu in cutouts], cutouts["difference"].data.shape
        (['SCIENCE', 'TEMPLATE', 'DIFFERENCE'], (63, 63))

        Many objects are one call:

        >>> many = Alerce.get_cutouts(objects["oid"][:5])
        >>> len(many), len(many.failures)
        (5, 0)

        As arrays:

        >>> [image.shape for image in Alerce.get_cutouts(oid=objects["oid"][0], format="numpy")]
        [(63, 63), (63, 63), (63, 63)]
        """
        if format not in ("HDUList", "numpy"):
            raise FormatValidationError(f"format={format!r} is not known. {suggest(format, ('HDUList', 'numpy'))}")

        def make(alerts, survey, items, scalar, by_alert):
            build = partial(_joined, alerts=alerts, survey=survey, planes=include_variance_and_psf,
                            arrays=format == "numpy")
            return Plan(_requests(alerts, survey, service, by_alert), asked=f"cutouts of {', '.join(items[:3])}",
                        survey=survey, items=items, scalar=scalar, build=build, whole=scalar,
                        finish=_single if scalar else None)
        return plan_of_alerts(self, make, object_id, candid, measurement_id, survey)

    @alerce_query(ZTF_STAMP, STAMP, returns=("cutouts",), shared=_SHARED)
    def get_cutouts_list(self, object_id=None, candid=None, measurement_id=None, survey=None, *, service=None,
                         file_format="fits"):
        """Addresses of the images of alerts, for other programs or for later.

        Parameters
        ----------
        {alert}
        {place}
        file_format : {"fits", "png"}, optional
            FITS, or a picture for web pages.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``object_id``, ``candid``, ``cutout`` (``"science"``, ``"template"`` or ``"difference"``) and ``url``.

        Raises
        ------
        CandidError
            If the object has no alert with stamps.

        Notes
        -----
        ALeRCE's services of stamps, ``/get_stamp`` (ZTF) and ``/stamp`` (Rubin, ZTF). Nothing is sent but the
        question for detections, where no alert is named.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> images = Alerce.get_cutouts_list(objects["oid"][0], file_format="png")
        >>> images["cutout"].tolist()
        ['science', 'template', 'difference']
        """
        check_choice(file_format, ("fits", "png"), "file_format")

        def make(alerts, survey, items, scalar, by_alert):
            requests = _requests(alerts, survey, service, by_alert, file_format)
            return Plan([], asked="cutouts", survey=survey, items=items, scalar=scalar,
                        found=tuple(alert.item(by_alert) for alert in alerts),
                        build=partial(_listed, requests=requests))
        return plan_of_alerts(self, make, object_id, candid, measurement_id, survey)

    def plot_cutouts(self, object_id=None, candid=None, measurement_id=None, survey=None, *, service=None, oid=None,
                     cache=None, **options):
        """Draw the images of an alert side by side; those of several alerts in rows. Also called plot_stamps.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            One object or many.
        candid, measurement_id : int or sequence of int, optional
            Id of the alert; by default the first of each object.
        survey, service : str, optional
            As for `get_cutouts`.
        oid : str or sequence of str, optional
            The same as ``object_id``.
        cache : bool or {"refresh", "only"}, optional
            As for `get_cutouts`.
        **options
            Those of `astroquery_brokers.cutouts.plot_cutouts`: ``stretch``, ``cmap``, ``north_up``, ``title``.

        Returns
        -------
        `matplotlib.figure.Figure`
            Made with pyplot, so that notebooks and ``plt.show()`` show it.

        Raises
        ------
        InvalidArgumentError, BrokerError
            As for `get_cutouts`.
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> figure = Alerce.plot_cutouts(objects["oid"][0])
        >>> [axes.get_title() for axes in figure.axes[:3]]
        ['Science', 'Template', 'Difference']
        >>> figure = Alerce.plot_stamps(oid=objects["oid"][:2])
        """
        check_plot(**options)
        cutouts = self.get_cutouts(object_id, candid, measurement_id, survey=survey, service=service, cache=cache,
                                   **({} if oid is None else {"oid": oid}))
        return plot_cutouts(cutouts, **options)

    #: The name that ALeRCE's own client has.
    plot_stamps = plot_cutouts


def _single(results):
    return results[0]


def _requests(alerts, survey, service, by_alert, file_format="fits"):
    """One request for each image."""
    service = ("avro" if survey == "ztf" else "stamps") if service is None else service
    check_choice(service, _SERVICES, "service")
    if service == "avro" and survey != "ztf":
        raise InvalidArgumentError(f"service='avro' has alerts of ZTF, none of {survey}; leave service out.")
    if service == "stamps" and any(alert.object_id is None for alert in alerts):
        raise InvalidArgumentError("service='stamps' finds an alert by object_id and candid together.")
    requests = []
    for alert in alerts:
        for kind in KINDS:
            if service == "avro":
                params = {"oid": alert.object_id, "candid": alert.candid, "type": kind, "format": file_format}
            else:
                params = {"oid": alert.object_id, "measurement_id": alert.candid, "survey_id": survey,
                          "stamp_type": f"cutout{kind.title()}", "file_format": file_format}
            requests.append(Request(_SERVICES[service], path={"alert": alert, "kind": kind},
                                    params=tuple((name, str(value)) for name, value in params.items() if value),
                                    items=(alert.item(by_alert),)))
    return requests


def _joined(broker, plan, answers, *, alerts, survey, planes, arrays):
    """The images of each alert of which all came."""
    images = {}
    for answer in answers:
        images.setdefault(answer.request.path["alert"], {})[answer.request.path["kind"]] = answer.values[0]
    results = ResultList(
        join_cutouts(images[alert], object_id=alert.object_id, candid=alert.candid, survey=survey, planes=planes,
                     broker=broker.broker, mjd=alert.mjd, time_scale=alert.scale)
        for alert in alerts if len(images.get(alert, ())) == len(KINDS))
    if arrays:
        results[:] = [[hdu.data for hdu in hdus[:len(KINDS)]] for hdus in results]
    return results


def _listed(broker, plan, answers, *, requests):
    """The table of addresses."""
    dictionary, decoded = broker._dictionary("cutouts"), Decoded(len(requests))
    alerts = [request.path["alert"] for request in requests]
    unnamed = np.array([alert.object_id is None for alert in alerts], dtype=bool)
    decoded.columns = {
        "object_id": (np.array([alert.object_id or "" for alert in alerts], dtype=str), unnamed),
        "candid": (np.array([alert.candid for alert in alerts], dtype="int64"), None),
        "cutout": (np.array([request.path["kind"] for request in requests], dtype=str), None),
        "url": (np.array([f"{broker._url(request)}?{urlencode(request.params)}" for request in requests], dtype=str),
                None)}
    return to_table(decoded, dictionary)
