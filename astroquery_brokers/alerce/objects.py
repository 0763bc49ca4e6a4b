# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for objects: around positions, by id, by criteria."""

import numbers
from functools import partial

from astropy import units as u

from ..arguments import (check_choice, check_degrees, check_fraction, check_integer, check_positions, check_radius,
                         check_range, check_survey, check_text, check_time_range)
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..regions import region_table
from ..results import limited_table
from ..verbs import Plan
from .endpoints import OBJECT, OBJECTS, ORDER_BY, alerce_query

__all__ = ["ObjectQueries", "survey_of_search"]

# ALeRCE reads a coordinate of exactly 0 as absent and then drops the cone; this is 4 microarcsec away.
_ALMOST_ZERO = 1e-9
# The server has no limit of its own for a page.
_LONG_PAGE = 10001

_CRITERIA = """
    classifier, classifier_version, class_name : str, optional
        E.g. ``"stamp_classifier"``, ``"stamp_classifier_1.0.4"``, ``"SN"``; see `query_classifiers`.
    ranking : int, optional
        Place of the class among those of a classifier (no unit): 1 keeps the most probable one. With ``classifier``
        or ``class_name`` 1 is the default.
    ndet : int or (int, int), optional
        Number of detections: minimum, or (minimum, maximum); both inclusive, either may be None.
    probability : float, optional
        Minimum probability, 0 to 1. Without ``classifier`` an object can have many rows.
    firstmjd, lastmjd : `~astropy.time.Time`, `~astropy.units.Quantity`, float, or a pair of them, optional
        First and last detection: minimum, or (minimum, maximum). Numbers are MJD (UTC, d).
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
        Whether the server counts all rows (slow); the number is in ``meta["provenance"][0]["total"]``.
    """


class ObjectQueries:
    """Verbs that return objects (mixin)."""

    @alerce_query(OBJECTS, adds=("region",), shared={"criteria": _CRITERIA})
    def query_region(self, coordinates, radius, *, classifier=None, classifier_version=None, class_name=None,
                     ranking=None, ndet=None, probability=None, firstmjd=None, lastmjd=None, row_limit=None,
                     survey=None):
        """Objects in a cone, or in many cones.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord` or str
            Centres of the cones, in any frame: one position (scalar) or many (shape ``(n,)``); or the id of an object
            that ALeRCE knows.
        radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
            One angle with its unit, e.g. ``5 * u.arcsec`` or ``"5 arcsec"``.
        {criteria}
        row_limit : int, optional
            Most rows per position, the nearest ones; all of them by default.
        survey : str, optional
            ``"ztf"``; ``conf.survey`` by default.

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
        ALeRCE ZTF API v1, ``/objects/``: radius in arcsec, ICRS. One request for each position and page.

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
        """
        radius = check_radius(radius)
        survey = survey_of_search(self, survey)
        limit = self._row_limit(row_limit, searching=False)
        criteria = _criteria(classifier, classifier_version, class_name, ranking, ndet, probability, firstmjd,
                             lastmjd)
        cones = partial(_cones, radius=radius, criteria=criteria, row_limit=limit, survey=survey)
        if isinstance(coordinates, str) and self.surveys[survey].matches(coordinates):
            plan = self._per_object([OBJECT], coordinates, survey)
            plan.then = lambda table: cones(check_positions(table.coords[0]))
            return plan
        return cones(check_positions(coordinates))

    @alerce_query(OBJECT)
    def query_object(self, object_id, *, survey=None):
        """Summary of an object, by id.

        Parameters
        ----------
        object_id : str or sequence of str
            One id or many, e.g. ``"ZTF20aaelulu"``.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object with the columns of `query_objects`; ``class``, ``classifier`` and ``probability``
            are masked, since this question is answered without them.

        Raises
        ------
        ObjectNotFoundError
            If ALeRCE knows none of the objects.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}``. One request for each object.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> summary = Alerce.query_object(objects["oid"][0])
        >>> len(summary), summary["meanra"].unit
        (1, Unit("deg"))
        """
        plan = self._per_object([OBJECT], object_id, survey)
        if plan.scalar:
            plan.wrap = _single
        return plan

    @alerce_query(OBJECTS, shared={"criteria": _CRITERIA, "official": _OFFICIAL})
    def query_objects(self, object_id=None, *, classifier=None, classifier_version=None, class_name=None,
                      ranking=None, ndet=None, probability=None, firstmjd=None, lastmjd=None, ra=None, dec=None,
                      radius=None, order_by=None, order_mode=None, page=None, page_size=None, count=None,
                      row_limit=None, survey=None):
        """Objects by ids, or by criteria.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            Ids, in the order in which the rows come back.
        {criteria}
        {official}
        row_limit : int, optional
            Most rows to return, ``conf.row_limit`` by default for criteria, all for ids; -1 is all.
        survey : str, optional
            ``"ztf"``; follows from the ids, else ``conf.survey``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object (per class too, see ``probability``): ``oid``, ``ndet``, ``firstmjd`` and ``lastmjd``
            (d, MJD UTC), ``meanra`` and ``meandec`` (deg), ``class``, ``classifier``, ``probability``, ... ;
            ``list_columns("query_objects")`` has all of them.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/``. Without a criterion about classes the server joins only the class of one
        old version of a classifier, so that ``class`` is usually masked. The server ignores what it does not know;
        here unknown names are refused.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> supernovae = Alerce.query_objects(classifier="stamp_classifier", class_name="SN", probability=0.7,
        ...                                   ndet=(20, None))
        >>> bool((supernovae["ndet"] >= 20).all()), set(supernovae["class"].tolist())
        (True, {'SN'})
        """
        params = _criteria(classifier, classifier_version, class_name, ranking, ndet, probability, firstmjd, lastmjd)
        params += _cone(ra, dec, radius) + _order(order_by, order_mode)
        items, batches, survey = self._batches(object_id, survey)
        if len(batches) > 1 and (page is not None or order_by is not None):
            raise InvalidArgumentError(f"page= and order_by= go with at most {OBJECTS.batch} ids, which are one "
                                       "request; sort= sorts any result.")
        if check_choice(bool(count) if count is None else count, (True, False), "count"):
            params.append(("count", "true"))
        row_limit = self._row_limit(row_limit, searching=object_id is None)
        if page is None and page_size is None:
            page_size = _one_page(params, row_limit, order_by)
        pages = _paging(page, page_size, row_limit if object_id is None else None)
        requests = [Request(OBJECTS, params=(*(("oid", item) for item in batch), *params), items=batch,
                            ordered=order_by is not None or order_mode is not None, **pages) for batch in batches]
        return Plan(requests, asked=_asked(items, params), survey=survey, items=items, row_limit=row_limit,
                    build=None if object_id is None else limited_table, wrap=partial(_envelope, page=page))

    def _batches(self, object_id, survey):
        """Ids, the parts of them that are one request each, and the survey; one empty part for a search."""
        if object_id is None:
            return (), [()], survey_of_search(self, survey)
        items, _, survey = self._objects(object_id, survey)
        batches = [tuple(items[start:start + OBJECTS.batch]) for start in range(0, len(items), OBJECTS.batch)]
        return tuple(items), batches, survey


def _asked(items, params):
    """What was asked, for messages."""
    unnamed = ("order_by", "order_mode", "count")
    named = ", ".join(f"{name}={value}" for name, value in params if name not in unnamed)
    return f"{len(items)} objects" if items else f"objects with {named}" if named else "objects"


def _single(records, table):
    """A single object is itself, not a list of one."""
    return records[0]


def _envelope(records, table, *, page):
    """The page that the service wraps around objects, for all that was read."""
    return {"total": table.meta["provenance"][0].get("total"), "page": page, "next": None,
            "has_next": table.meta["coverage"][0]["truncated"], "prev": page - 1 if page and page > 1 else None,
            "has_prev": bool(page and page > 1), "items": records}


def survey_of_search(broker, survey):
    """The survey of a question without object ids."""
    return check_survey(broker._setting("survey") if survey is None else survey, broker.surveys)


def _cones(positions, *, radius, criteria, row_limit, survey):
    """One request for each position."""
    requests = [Request(OBJECTS, params=(*_cone_params(ra, dec, radius.arcsec), *criteria, *_order(None, None)),
                        items=(index,), page_size=_one_page(criteria, None))
                for index, (ra, dec) in enumerate(zip(positions.ra, positions.dec))]
    return Plan(requests, asked=f"objects within {radius} of {positions}", survey=survey, row_limit=row_limit,
                items=tuple(range(len(requests))), build=partial(region_table, positions=positions))


def _one_page(params, row_limit, order_by=None):
    """The size of a page that has everything, where the order of the rows is not unique and pages may overlap."""
    unique = order_by in (None, "oid") and not {"classifier", "classifier_version", "class", "ranking",
                                                "probability"} & dict(params).keys()
    return None if unique else _LONG_PAGE if row_limit is None else min(row_limit + 1, _LONG_PAGE)


def _criteria(classifier, classifier_version, class_name, ranking, ndet, probability, firstmjd, lastmjd):
    """Criteria as the server's parameters; the server calls the class ``class``."""
    params = []
    for name, value in (("classifier", classifier), ("classifier_version", classifier_version),
                        ("class_name", class_name)):
        if value is not None:
            params.append((name.removesuffix("_name"), check_text(value, name)))
    if ranking is not None:
        params.append(("ranking", check_integer(ranking, "ranking")))
    if probability is not None:
        params.append(("probability", check_fraction(probability, "probability")))
    if ndet is not None:
        params += _range("ndet", check_range(ndet, "ndet", convert=partial(check_integer, low=0)))
    for name, value in (("firstmjd", firstmjd), ("lastmjd", lastmjd)):
        if value is not None:
            params += _range(name, check_time_range(value, name, scale="utc"))
    return [(name, str(value)) for name, value in params]


def _range(name, limits):
    """A range as the server reads it: one value is the minimum, so a maximum alone needs a 0 before it."""
    low, high = limits
    return [(name, 0 if low is None else low)] + ([] if high is None else [(name, high)])


def _cone(ra, dec, radius):
    """The cone of the official client's keywords."""
    if ra is None and dec is None and radius is None:
        return []
    if ra is None or dec is None:
        raise InvalidArgumentError("ra, dec and radius make a cone together; give ra and dec (degrees).")
    ra, dec = check_degrees(ra, dec)
    if radius is None:
        radius = 30
    if isinstance(radius, numbers.Real) and not isinstance(radius, bool):
        radius = radius * u.arcsec
    return _cone_params(ra, dec, check_radius(radius).arcsec)


def _cone_params(ra, dec, arcsec):
    ra, dec = (value or _ALMOST_ZERO for value in (float(ra), float(dec)))
    return [("ra", repr(ra)), ("dec", repr(dec)), ("radius", repr(float(arcsec)))]


def _order(order_by, order_mode):
    """The order of the rows; without one the server's pages may overlap."""
    if order_mode is not None:
        check_choice(order_mode, ("ASC", "DESC"), "order_mode")
    order_by = "oid" if order_by is None else check_choice(order_by, ORDER_BY, "order_by")
    return [("order_by", order_by), ("order_mode", order_mode or "ASC")]


def _paging(page, page_size, row_limit):
    if page is not None:
        check_integer(page, "page")
        row_limit, page_size = None, 10 if page_size is None else page_size
    if page_size is not None:
        check_integer(page_size, "page_size", high=100000)
    return {"page": page, "page_size": page_size, "row_limit": row_limit}
