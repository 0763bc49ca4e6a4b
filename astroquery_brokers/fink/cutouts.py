# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for the images of alerts."""

import numbers
from functools import partial
from typing import NamedTuple

import numpy as np

from ..arguments import check_choice
from ..bundles import ResultList
from ..cutouts import KINDS, check_plot, join_cutouts, plot_cutouts
from ..endpoints import Request
from ..exceptions import CandidError, FormatValidationError, InvalidArgumentError
from ..results import native_table
from ..verbs import Plan
from .cones import newest_of_each
from .endpoints import DETECTIONS, LSST_CUTOUTS, LSST_SOURCES, ZTF_CUTOUTS, fink_query
from .measurements import JD_OF_MJD
from .selection import asked_objects

__all__ = ["CutoutQueries"]

_FORMATS = {"HDUList": "FITS", "numpy": "array", "png": "PNG"}
_STRETCHES = ("sigmoid", "linear", "sqrt", "power", "log")
_ALERT = """
    object_id : str, int or sequence of them, optional
        One object or many. Can be left out for LSST where ``candid`` is given.
    candid : int or sequence of int, optional
        Id of the alert (ZTF: ``i:candid``; LSST: ``r:diaSourceId``); by default the latest of each object, which is
        looked up. Several alerts go with one object, or with as many objects.
    kind : {"science", "template", "difference"}, optional
        One image only; all three by default.
    """


class Alert(NamedTuple):
    """One alert: the id of its object (or None), its own, its epoch (MJD, d, or None) and the scale of that."""

    object_id: str | None
    candid: int
    mjd: float | None = None
    scale: str | None = None


class CutoutQueries:
    """Verbs that return images (mixin)."""

    @fink_query(ZTF_CUTOUTS, LSST_CUTOUTS, shared={"alert": _ALERT})
    def get_cutouts(self, object_id=None, candid=None, *, kind=None, format="HDUList", stretch=None, colormap=None,
                    pmin=None, pmax=None, convolution_kernel=None, survey=None):
        """Science, template and difference images of alerts.

        Parameters
        ----------
        {alert}
        format : {"HDUList", "numpy", "png"}, optional
            An `~astropy.io.fits.HDUList` (by default), a list of arrays, or a list of pictures (bytes), in the order
            science, template, difference.
        stretch : {"sigmoid", "linear", "sqrt", "power", "log"}, optional
            Of a picture: how brightness becomes grey.
        colormap : str, optional
            Of a picture: name of one of matplotlib's.
        pmin, pmax : float, optional
            Of a picture: percentiles (0 to 100) of the pixels that are black and white; not with ``"sigmoid"``.
        convolution_kernel : {"gauss", "box"}, optional
            Of a picture: how it is smoothed.
        survey : str, optional
            Follows from ``object_id``.

        Returns
        -------
        `~astropy.io.fits.HDUList` (or list) or `~astroquery_brokers.bundles.ResultList` of them
            For one alert the images ``SCIENCE``, ``TEMPLATE`` and ``DIFFERENCE``, of shape ``(rows, columns)`` in
            pixels, with ``OBJECT``, ``CANDID`` and, where it was looked up, ``MJD-OBS`` (d) in their headers. For many
            a list, in the order asked, of those that came whole; its ``failures`` says what did not.

        Raises
        ------
        CandidError
            If the object has no alert.
        ObjectNotFoundError
            If there is no such alert of Rubin's; ZTF's server fails then.

        Notes
        -----
        ``/api/v1/cutouts`` of either survey, one request for each image; one for all three arrays. ZTF: 63 × 63 pixels
        of 1.01 arcsec without a WCS, the first row in the north and the first column in the east, so that pictures and
        arrays are as the sky is where the first row is drawn at the top. LSST: 30 × 30 pixels of 0.2 arcsec or more,
        with a WCS that is not aligned to the north; `plot_cutouts` turns it. Fink's portal shows ZTF's difference
        image with its sign changed for sources that are fainter than the reference; here it is as it was measured.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> objects = Fink.query_region("185.0 15.0", "10 arcmin")
        >>> cutouts = Fink.get_cutouts(objects["i:objectId"][0])
        >>> [hdu.name for hdu in cutouts], cutouts["difference"].data.shape
        (['SCIENCE', 'TEMPLATE', 'DIFFERENCE'], (63, 63))

        As arrays, of a Rubin alert:

        >>> alerts = Fink.query_alerts(tag="in_tns", row_limit=-1)
        >>> images = Fink.get_cutouts(candid=alerts["r:diaSourceId"][0], format="numpy")
        >>> len(images)
        3

        One picture:

        >>> picture, = Fink.get_cutouts(objects["i:objectId"][0], kind="difference", format="png")
        >>> picture[:4]
        b'\\x89PNG'
        """
        if format not in _FORMATS:
            raise FormatValidationError(f"format={format!r} is not known. Allowed: 'HDUList', 'numpy', 'png'.")
        kinds = KINDS if kind is None else (check_choice(kind, KINDS, "kind"),)
        options = _picture(format, stretch=stretch, colormap=colormap, pmin=pmin, pmax=pmax,
                           convolution_kernel=convolution_kernel)
        make = partial(_images, kinds=kinds, format=format, options=options)
        if candid is not None:
            return make(*_named(self, object_id, candid, survey))
        if object_id is None:
            raise InvalidArgumentError("Give object_id, the id of an object, or candid, the id of an alert.")
        return _latest(self, make, object_id, survey)

    def plot_cutouts(self, object_id=None, candid=None, *, survey=None, cache=None, **options):
        """Draw the images of an alert side by side; those of several alerts in rows.

        Parameters
        ----------
        object_id : str, int or sequence of them, optional
            One object or many.
        candid : int or sequence of int, optional
            Id of the alert; by default the latest of each object.
        survey : str, optional
            Follows from ``object_id``.
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
        >>> from astroquery_brokers import Fink
        >>> objects = Fink.query_region("185.0 15.0", "10 arcmin")
        >>> figure = Fink.plot_cutouts(objects["i:objectId"][0])
        >>> [axes.get_title() for axes in figure.axes[:3]]
        ['Science', 'Template', 'Difference']
        """
        check_plot(**options)
        return plot_cutouts(self.get_cutouts(object_id, candid, survey=survey, cache=cache), **options)


def _picture(format, **options):
    """Checked options of a picture."""
    given = {name: value for name, value in options.items() if value is not None}
    if given and format != "png":
        raise InvalidArgumentError(f"{', '.join(given)}= shape pictures; use format='png' too.")
    for name, allowed in (("stretch", _STRETCHES), ("convolution_kernel", ("gauss", "box"))):
        if name in given:
            check_choice(given[name], allowed, name)
    for name in {"pmin", "pmax"} & set(given):
        if not isinstance(given[name], numbers.Real) or not 0 <= given[name] <= 100:
            raise InvalidArgumentError(f"{name}={given[name]!r} must be a number from 0 to 100.")
    if "colormap" in given:
        try:
            from matplotlib import colormaps
        except ImportError:  # the service has to tell
            return given
        check_choice(given["colormap"], list(colormaps), "colormap")
    return given


def _named(broker, object_id, candid, survey):
    """The alerts that are named, and what a plan says of them."""
    scalar = isinstance(candid, (str, numbers.Integral)) or not np.iterable(candid)
    candids = [_candid(one) for one in ([candid] if scalar else list(candid))]
    if not candids:
        raise InvalidArgumentError("candid is empty; give at least one id of an alert.")
    if object_id is None:
        if survey not in (None, "lsst"):
            raise InvalidArgumentError("The alerts of ZTF are found by object_id and candid together.")
        return list(map(partial(Alert, None), candids)), "lsst", tuple(map(str, candids)), scalar
    several = not isinstance(object_id, (str, numbers.Integral))
    owners = list(object_id) if several else [object_id] * len(candids)
    if len(owners) != len(candids):
        raise InvalidArgumentError(f"{len(owners)} object ids do not go with {len(candids)} ids of alerts; give one "
                                   "object, or as many as alerts.")
    _, _, survey = broker._objects(list(owners), survey)
    alerts = [Alert(str(owner).strip(), candid) for owner, candid in zip(owners, candids)]
    return alerts, survey, tuple(map(str, candids)), scalar


def _candid(value):
    text = str(value).strip()
    if isinstance(value, (bool, float, np.floating)) or not text.isdecimal() or not 0 < int(text) < 2**63:
        raise InvalidArgumentError(f"candid={value!r} is not the id of an alert: an integer of 64 bits, or its digits.")
    return int(text)


def _latest(broker, make, object_id, survey):
    """The plan for the latest alerts of objects, which are looked up first."""
    ids, scalar, survey = broker._objects(object_id, survey)
    owner, candid, time, scale = (("i:objectId", "i:candid", "i:jd", "utc") if survey == "ztf" else
                                  ("r:diaObjectId", "r:diaSourceId", "r:midpointMjdTai", "tai"))

    def then(table):
        table = newest_of_each(table, owner, time)
        if scalar and not len(table):
            raise CandidError(f"{broker.broker} has no alert of {ids[0]}.", broker=broker.broker)
        origin = JD_OF_MJD if survey == "ztf" else 0.0
        alerts = [Alert(str(item), number, epoch - origin, scale) for item, number, epoch in
                  zip(table[owner].tolist(), table[candid].tolist(), table[time].tolist())]
        plan = make(alerts, survey, tuple(alert.object_id for alert in alerts), scalar)
        plan.items = tuple(ids)
        return plan

    plan = asked_objects(broker, [DETECTIONS, LSST_SOURCES], ids, survey, columns=(owner, candid, time))
    plan.build, plan.then = native_table, then
    return plan


def _images(alerts, survey, items, scalar, *, kinds, format, options):
    """The plan for images of alerts."""
    requests = []
    for alert, item in zip(alerts, items):
        together = format == "numpy" and len(kinds) == len(KINDS)
        for kind in ("all",) if together else kinds:
            body = ({"objectId": alert.object_id, "candid": str(alert.candid)} if survey == "ztf" else
                    {"diaSourceId": str(alert.candid)})
            requests.append(Request({"ztf": ZTF_CUTOUTS, "lsst": LSST_CUTOUTS}[survey], items=(item,),
                                    path={"alert": alert, "kind": kind},
                                    json={**body, "kind": kind.title(), "output-format": _FORMATS[format], **options}))
    return Plan(requests, asked=f"cutouts of {', '.join(items[:3])}", survey=survey, items=items, scalar=scalar,
                build=partial(_joined, alerts=alerts, survey=survey, kinds=kinds, format=format),
                whole=scalar, finish=_single if scalar else None)


def _single(results):
    return results[0]


def _joined(broker, plan, answers, *, alerts, survey, kinds, format):
    """The images of each alert of which all came."""
    images = {}
    for answer in answers:
        value, kind = answer.values[0], answer.request.path["kind"]
        images.setdefault(answer.request.path["alert"], {}).update(value if isinstance(value, dict) else {kind: value})
    whole = [(alert, images[alert]) for alert in alerts if set(kinds) <= set(images.get(alert, ()))]
    if format != "HDUList":
        return ResultList([found[kind] for kind in kinds] for _, found in whole)
    return ResultList(join_cutouts(found, object_id=alert.object_id, candid=alert.candid, survey=survey,
                                   broker=broker.broker, mjd=alert.mjd, time_scale=alert.scale)
                      for alert, found in whole)
