# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for the images of alerts."""

from functools import partial

import numpy as np

from ..bundles import ResultList
from ..cutouts import KINDS, check_plot, join_cutouts, plot_cutouts
from ..endpoints import Request
from ..exceptions import CandidError, InvalidArgumentError
from ..verbs import Plan, query
from .endpoints import ALERTS, IMAGES
from .selections import check_candids

__all__ = ["CutoutQueries"]


class CutoutQueries:
    """Verbs that return images (mixin)."""

    @query(IMAGES)
    def get_cutouts(self, object_id=None, candid=None, *, survey=None):
        """Science, template and difference images of alerts.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            One object or many: the images of its newest alert, which is looked up, for which an archive token is
            needed.
        candid : int or sequence of int, optional
            Id of the alert, or of several. No token is needed.
        survey : str, optional
            ``"ztf"``, the only one.

        Returns
        -------
        `~astropy.io.fits.HDUList` or `~astroquery_brokers.bundles.ResultList` of them
            For one alert the images ``SCIENCE``, ``TEMPLATE`` and ``DIFFERENCE``, of shape ``(rows, columns)`` in
            pixels, with ``OBJECT``, ``CANDID`` and, where it was looked up, ``MJD-OBS`` (d) in their headers. For many
            a list, in the order asked; its ``failures`` says what could not be had.

        Raises
        ------
        CandidError
            If AMPEL does not keep images of the alert (any more), or knows no alert of the object.
        AuthenticationError
            If there is no archive token, or the archive does not know it.

        Notes
        -----
        AMPEL ZTF archive v3, ``/alert/{candid}/cutouts``: one request for each alert. The archive keeps the images of
        about three months. They have no WCS, 63 × 63 pixels of about 1 arcsec and their first row in the north.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> cutouts = Ampel.get_cutouts(candid=objects["candid"][0])
        >>> [hdu.name for hdu in cutouts], cutouts["difference"].data.shape
        (['SCIENCE', 'TEMPLATE', 'DIFFERENCE'], (63, 63))
        """
        if (object_id is None) == (candid is None):
            raise InvalidArgumentError("Give either object_id, the id of an object, or candid, the id of an alert.")
        if candid is not None:
            if survey is not None:
                self._objects(self.surveys["ztf"].example, survey)
            numbers = check_candids(candid)
            scalar = isinstance(candid, (str, int, np.integer))
            return _images(numbers, tuple(map(str, numbers)), {}, scalar)
        plan = self._per_object([ALERTS], object_id, survey)
        ids, scalar = plan.items, plan.scalar

        def then(table):
            newest = {}
            for item, candid, jd in sorted(zip(*(table[name].tolist() for name in ("objectId", "candid", "jd"))),
                                           key=lambda row: row[2]):
                newest[item] = candid, jd - 2400000.5
            if scalar and not newest:
                raise CandidError(f"{self.broker} knows no alert of {ids[0]}.", broker=self.broker)
            there = [item for item in ids if item in newest]
            return _images([newest[item][0] for item in there], ids, newest, scalar, there)
        plan.then = then
        return plan

    def plot_cutouts(self, object_id=None, candid=None, *, cache=None, **options):
        """Draw the images of an alert side by side; those of several alerts in rows.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            One object or many: the newest alert of each.
        candid : int or sequence of int, optional
            Id of the alert, or of several.
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
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> figure = Ampel.plot_cutouts(objects["objectId"][0])
        >>> [axes.get_title() for axes in figure.axes[:3]]
        ['Science', 'Template', 'Difference']
        """
        check_plot(**options)
        return plot_cutouts(self.get_cutouts(object_id, candid, cache=cache), **options)


def _images(candids, items, epochs, scalar, names=None):
    """The plan for the images of alerts; ``names`` are their objects, where these were asked."""
    names = items if names is None else names
    requests = [Request(IMAGES, path={"candid": candid}, items=(name,)) for candid, name in zip(candids, names)]
    return Plan(requests, asked=f"cutouts of {', '.join(items[:3])}", survey="ztf", items=items, scalar=scalar,
                build=partial(_joined, epochs=epochs), whole=scalar, finish=_single if scalar else None)


def _joined(broker, plan, answers, *, epochs):
    """The images of each alert that has them."""
    results = ResultList()
    for answer in answers:
        found, candid = answer.values[0], answer.request.path["candid"]
        if any(found[kind] is None for kind in KINDS):
            answer.error = CandidError(f"The packet that AMPEL has of the alert {candid} is without images.",
                                       broker=broker.broker)
            if plan.whole:
                raise answer.error
            continue
        mjd = epochs.get(answer.request.items[0], (None, None))[1]
        results.append(join_cutouts({kind: found[kind] for kind in KINDS}, object_id=found["object_id"], candid=candid,
                                    survey="ztf", planes=False, broker=broker.broker, mjd=mjd, time_scale="utc"))
    return results


def _single(results):
    return results[0]
