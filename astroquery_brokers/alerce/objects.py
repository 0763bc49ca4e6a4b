# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for objects: around positions, by id, by criteria."""

from functools import partial

from ..arguments import check_choice, check_positions, check_radius, check_survey
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..regions import region_plan
from ..results import limited_table
from ..verbs import Plan
from .endpoints import LSST_OBJECT, LSST_OBJECTS, OBJECT, OBJECTS, alerce_query
from .parse import name_hint
from .routes import ROUTE_OF_CONES, either_route, routed
from .searches import SEARCHES, check_paging

__all__ = ["ObjectQueries"]

_CRITERIA = """
    classifier, classifier_version, class_name : str, optional
        E.g. ``"stamp_classifier"``, ``"stamp_classifier_1.0.4"``, ``"SN"``; see `query_classifiers`. For LSST
        ``class_name`` needs ``classifier``, and there is no ``classifier_version``.
    ranking : int, optional
        Place of the class among those of a classifier (no unit): 1 keeps the most probable one. With ``classifier``
        or ``class_name``, and always for LSST, 1 is the default.
    ndet : int or (int, int), optional
        Number of detections: minimum, or (minimum, maximum); both inclusive, either may be None.
    probability : float, optional
        Minimum probability, 0 to 1. Without ``classifier`` an object can have many rows; of LSST it has one for
        each classifier.
    firstmjd, lastmjd : `~astropy.time.Time`, `~astropy.units.Quantity`, float, or a pair of them, optional
        First and last detection: minimum, or (minimum, maximum). Numbers are MJD (d): UTC for ZTF, TAI for LSST.
    """
_OFFICIAL = """
    ra, dec : float, optional
        Centre of a cone in degrees (ICRS), as the official client takes it; `query_region` takes a SkyCoord.
    radius : float, `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str, optional
        Radius of that cone; here alone a bare number is allowed and is in arcsec. 30 arcsec by default.
    order_by : str, optional
        Column to sort by on the server; ``"oid"`` by default, so that pages fit together.
    order_mode : {"ASC", "DESC"}, optional
        Whether ``order_by`` is ascending (the default) or descending.
    page, page_size : int, optional
        With ``page`` only that page is read (pages of 10 rows, unless ``page_size`` says otherwise). Without it
        all pages are, ``page_size`` rows at a time.
    count : bool, optional
        Whether the server counts all rows (slow, and not for LSST); the number is in
        ``meta["provenance"][0]["total"]``.
    """


class ObjectQueries:
    """Verbs that return objects (mixin)."""

    @alerce_query(OBJECTS, LSST_OBJECTS, adds=("region",), shared={"criteria": _CRITERIA, "route": ROUTE_OF_CONES})
    def query_region(self, coordinates, radius, *, classifier=None, classifier_version=None, class_name=None,
                     ranking=None, ndet=None, probability=None, firstmjd=None, lastmjd=None, row_limit=None,
                     survey=None, route=None):
        """Objects in a cone, or in many cones.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord` or str
            Centres of the cones, in any frame: one position (scalar) or many (shape ``(n,)``); or the id of an object
            that ALeRCE knows, of any survey.
        radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
            One angle with its unit, e.g. ``5 * u.arcsec`` or ``"5 arcsec"``.
        {criteria}
        row_limit : int, optional
            Most rows per position, the nearest ones; all of them by default.
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; by default that of the id in place of coordinates, else ``conf.survey``.
        {route}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns of `query_objects`, with ``separation`` (arcsec), nearest first; with an array of positions also
            ``query_index``, the index of the position.

        Raises
        ------
        ObjectNotFoundError
            If ``coordinates`` is the id of an object that ALeRCE does not know.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/``, and multi-survey API, ``/object_api/list_objects``: radius in arcsec, ICRS.
        One request for each position and page. The latter has only objects with a class: an LSST object that no
        classifier has seen is not found by its position.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> objects["separation"].unit
        Unit("arcsec")

        Many cones are one call:

        >>> from astropy.coordinates import SkyCoord
        >>> both = Alerce.query_region(SkyCoord([185.0, 185.05], [15.0, 15.06], unit="deg"), "5 arcmin")
        >>> sorted(set(both["query_index"].tolist()))
        [0, 1]

        Rubin's objects around one of ZTF's, with their class by one classifier:

        >>> near = Alerce.query_region(objects["oid"][0], "10 arcmin", survey="lsst",
        ...                            classifier="stamp_classifier_rubin_beta")
        >>> near["oid"].dtype, near["firstmjd"].meta["time"]["scale"]
        (dtype('int64'), 'tai')
        """
        radius = check_radius(radius)
        survey = None if survey is None else check_survey(survey, self.surveys)
        limit = self._row_limit(row_limit, searching=False)
        criteria = dict(classifier=classifier, classifier_version=classifier_version, class_name=class_name,
                        ranking=ranking, ndet=ndet, probability=probability, firstmjd=firstmjd, lastmjd=lastmjd)
        of_id = self._survey_of_id(coordinates)
        survey = survey or of_id or self._survey_of_search(None)

        def cones(positions):
            return routed(_cones(positions, radius=radius, criteria=criteria, row_limit=limit, survey=survey), route)

        if of_id is None:
            return cones(check_positions(coordinates))
        cones(check_positions("0 0"))  # what is wrong with the criteria is said now
        plan = self._per_object([OBJECT, LSST_OBJECT], coordinates)
        plan.survey, plan.then = survey, lambda table: cones(check_positions(table.coords[0]))
        return plan

    @alerce_query(OBJECT, LSST_OBJECT)
    @either_route
    def query_object(self, object_id, *, return_survey_extra=False, survey=None):
        """Summary of an object, by id.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many, e.g. ``"ZTF20aaelulu"`` or ``170587117485817955``; with ``route="tap"`` also the
            ``ssObjectId`` of objects of the solar system, which REST does not know.
        return_survey_extra : bool, optional
            LSST: whether Rubin's own record of the object is added, with statistics of the fluxes in each band.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object. ZTF: the columns of `query_objects`; ``class``, ``classifier`` and ``probability``
            are masked, since this question is answered without them. LSST: ``oid`` (int64), ``meanra`` and
            ``meandec`` (deg), ``firstmjd`` and ``lastmjd`` (d, MJD TAI), ``n_det``, ``n_forced``, ...; also for
            objects without a class. Of objects of the solar system (``sid`` 2) the mean position means nothing.

        Raises
        ------
        ObjectNotFoundError
            If ALeRCE knows none of the objects.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}``, and multi-survey API, ``/object_api/object``. One request for each
        object; one more for an LSST object that the service fails at, to see whether it is there at all.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> summary = Alerce.query_object(objects["oid"][0])
        >>> len(summary), summary["meanra"].unit
        (1, Unit("deg"))

        A Rubin object with the mean of its fluxes in r:

        >>> rubin = Alerce.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> summary = Alerce.query_object(rubin["oid"][0], return_survey_extra=True)
        >>> summary["r_psfFluxMean"].unit
        Unit("nJy")
        """
        check_choice(return_survey_extra, (True, False), "return_survey_extra")
        plan = self._per_object([OBJECT, LSST_OBJECT], object_id, survey)
        if return_survey_extra:
            if plan.survey != "lsst":
                raise InvalidArgumentError("return_survey_extra=True goes with ids of LSST; ZTF has no such record.")
            plan.requests = [request.with_params(return_survey_extra="true") for request in plan.requests]
        if plan.scalar:
            plan.wrap = _single
        return plan

    @alerce_query(OBJECTS, LSST_OBJECTS, shared={"criteria": _CRITERIA, "official": _OFFICIAL})
    @either_route
    def query_objects(self, object_id=None, *, classifier=None, classifier_version=None, class_name=None,
                      ranking=None, ndet=None, probability=None, firstmjd=None, lastmjd=None, ra=None, dec=None,
                      radius=None, order_by=None, order_mode=None, page=None, page_size=None, count=None,
                      row_limit=None, survey=None):
        """Objects by ids, or by criteria.

        Parameters
        ----------
        object_id : str, int or sequence of them, optional
            Ids of one survey, in the order in which the rows come back.
        {criteria}
        {official}
        row_limit : int, optional
            Most rows to return, ``conf.row_limit`` by default for criteria, all for ids; -1 is all.
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; follows from the ids, else ``conf.survey``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object (per class too, see ``probability``). ZTF: ``oid``, ``ndet``, ``firstmjd`` and
            ``lastmjd`` (d, MJD UTC), ``meanra`` and ``meandec`` (deg), ``class``, ``classifier``, ``probability``,
            ... LSST: ``oid`` (int64), ``n_det``, ``n_forced``, ``firstmjd`` and ``lastmjd`` (d, MJD TAI),
            ``class_name``, ``classifier_name``, ... ; ``list_columns("query_objects")`` has all of them.

        Raises
        ------
        RejectedQueryError
            If there is no such classifier of LSST, or it has no such class.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/``, and multi-survey API, ``/object_api/list_objects``, which lists only objects
        with a class (`query_object` has the others too). Without a criterion about classes the former joins only the
        class of one old version of a classifier, so that the ``class`` of ZTF objects is usually masked. The servers
        ignore what they do not know; here unknown names are refused.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> supernovae = Alerce.query_objects(classifier="stamp_classifier", class_name="SN", probability=0.7,
        ...                                   ndet=(20, None))
        >>> bool((supernovae["ndet"] >= 20).all()), set(supernovae["class"].tolist())
        (True, {'SN'})

        The same of Rubin:

        >>> supernovae = Alerce.query_objects(survey="lsst", classifier="stamp_classifier_rubin_beta", class_name="SN",
        ...                                   probability=0.7, ndet=(20, None))
        >>> bool((supernovae["n_det"] >= 20).all()), set(supernovae["class_name"].tolist())
        (True, {'SN'})
        """
        criteria = dict(classifier=classifier, classifier_version=classifier_version, class_name=class_name,
                        ranking=ranking, ndet=ndet, probability=probability, firstmjd=firstmjd, lastmjd=lastmjd)
        items, batches, survey = self._batches(object_id, survey)
        search = SEARCHES[survey]
        # What /object_api/object has, that search sorts by.
        columns = self._dictionary("lsst_object").by_name if survey == "lsst" else ()
        cone = search.official_cone(ra, dec, radius)
        params = search.criteria(criteria) + cone
        params += search.order(order_by, order_mode, columns=columns)
        if len(batches) > 1 and (page is not None or order_by is not None):
            raise InvalidArgumentError(f"page= and order_by= go with at most {search.endpoint.batch} ids, which are "
                                       "one request; sort= sorts any result.")
        if check_choice(bool(count) if count is None else count, (True, False), "count"):
            if survey == "lsst":
                raise InvalidArgumentError("count=True: the service does not count LSST objects; row_limit=-1 gets "
                                           "them all.")
            params.append(("count", "true"))
        row_limit = self._row_limit(row_limit, searching=object_id is None)
        if page is None and page_size is None:
            page_size = search.one_page(params, row_limit, order_by)
        pages = check_paging(page, page_size, row_limit if object_id is None else None)
        requests = [Request(search.endpoint, items=batch, conditions=search.conditions(criteria),
                            added=self._own_id(search.endpoint, batch),
                            params=(*search.endpoint.params, *(("oid", item) for item in batch), *params),
                            cone=tuple(float(value) for _, value in cone) or None,
                            ordered=order_by is not None or order_mode is not None, **pages) for batch in batches]
        return Plan(requests, asked=_asked(items, params), survey=survey, items=items, row_limit=row_limit,
                    build=None if object_id is None else limited_table, hint=name_hint(params),
                    wrap=partial(_envelope, page=page) if survey == "ztf" else None)

    def _batches(self, object_id, survey):
        """Ids, the parts of them that are one request each, and the survey; one empty part for a search."""
        if object_id is None:
            return (), [()], self._survey_of_search(survey)
        items, _, survey = self._objects(object_id, survey)
        size = SEARCHES[survey].endpoint.batch
        return tuple(items), [tuple(items[start:start + size]) for start in range(0, len(items), size)], survey


def _named(params):
    """Criteria, by our names, for messages."""
    values = {}
    for name, value in params:
        values.setdefault({"class": "class_name", "n_det": "ndet"}.get(name, name), []).append(value)
    return ", ".join(f"{name}={'..'.join(found)}" for name, found in values.items()
                     if name not in ("order_by", "order_mode", "count"))


def _asked(items, params):
    """What was asked, for messages."""
    named = _named(params)
    if items:
        return f"{len(items)} objects" if len(items) > 1 else f"the object {items[0]}"
    return f"objects with {named}" if named else "objects"


def _single(records, table):
    """A single object is itself, not a list of one."""
    return records[0]


def _envelope(records, table, *, page):
    """The page that the service wraps around objects, for all that was read."""
    return {"total": table.meta["provenance"][0].get("total"), "page": page, "next": None,
            "has_next": table.meta["coverage"][0]["truncated"], "prev": page - 1 if page and page > 1 else None,
            "has_prev": bool(page and page > 1), "items": records}


def _cones(positions, *, radius, criteria, row_limit, survey):
    """One request for each position."""
    search = SEARCHES[survey]
    params = search.criteria(criteria)
    requests = [Request(search.endpoint, items=(index,), page_size=search.one_page(params, None),
                        conditions=search.conditions(criteria),
                        params=(*search.endpoint.params, *search.cone(ra, dec, radius.arcsec), *params,
                                *search.order()))
                for index, (ra, dec) in enumerate(zip(positions.ra, positions.dec))]
    plan = region_plan(requests, positions, radius, conditions=_named(params), survey=survey, row_limit=row_limit)
    plan.hint = name_hint(params)
    return plan
