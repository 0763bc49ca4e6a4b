# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How ALeRCE's two searches for objects, one for each survey, want to be asked."""

import numbers
from dataclasses import dataclass, field
from functools import partial

from astropy import units as u

from ..arguments import (check_choice, check_degrees, check_fraction, check_integer, check_radius, check_range,
                         check_text, check_time_range)
from ..endpoints import Endpoint
from ..exceptions import InvalidArgumentError
from .endpoints import LSST_OBJECTS, LSST_ORDER_BY, OBJECTS, ORDER_BY

__all__ = ["SEARCHES", "Search", "check_paging"]

# The servers have no limit of their own for a page.
_LONG_PAGE = 10001
_OF_CLASSES = {"classifier", "classifier_version", "class", "ranking", "probability"}


@dataclass(frozen=True)
class Search:
    """The search for objects of a survey.

    Attributes
    ----------
    endpoint : `~astroquery_brokers.endpoints.Endpoint`
        What is asked.
    scale : str
        Time scale of its dates.
    names : dict of str to str
        What it calls our arguments, where the name differs.
    order_by : tuple of str
        Columns that it sorts by.
    zero : float
        What is sent for a coordinate of 0 (deg).
    """

    endpoint: Endpoint
    scale: str
    names: dict = field(default_factory=dict)
    order_by: tuple = ()
    zero: float = 0.0

    @property
    def is_lsst(self):
        """Whether it is the one of the multi-survey services."""
        return self.endpoint.survey == "lsst"

    def criteria(self, given):
        """Criteria, by our names, as parameters."""
        given = {name: value for name, value in given.items() if value is not None}
        if self.is_lsst:
            _check_lsst(given)
        params = []
        for name, value in given.items():
            low, high = _CHECKS[name](value, name, self.scale)
            # One value is the minimum, so a maximum alone needs a 0 before it.
            sent = [0 if low is None else low] + ([] if high is None else [high])
            params += [(self.names.get(name, name), str(one)) for one in sent]
        return params

    def conditions(self, given):
        """What every row has to fulfil: the LSST service drops a class that it does not know."""
        if not self.is_lsst or given["class_name"] is None:
            return {}
        return {"class_name": given["class_name"], "classifier_name": given["classifier"]}

    def cone(self, ra, dec, arcsec):
        """A cone as parameters."""
        ra, dec = (value or self.zero for value in (float(ra), float(dec)))
        return [("ra", repr(ra)), ("dec", repr(dec)), ("radius", repr(float(arcsec)))]

    def official_cone(self, ra, dec, radius):
        """The cone of the official client's keywords as parameters."""
        if ra is None and dec is None and radius is None:
            return []
        if ra is None or dec is None:
            raise InvalidArgumentError("ra, dec and radius make a cone together; give ra and dec (degrees).")
        ra, dec = check_degrees(ra, dec)
        if radius is None:
            radius = 30
        if isinstance(radius, numbers.Real) and not isinstance(radius, bool):
            radius = radius * u.arcsec
        return self.cone(ra, dec, check_radius(radius).arcsec)

    def order(self, order_by=None, order_mode=None, *, columns=()):
        """The order of the rows as parameters; without one the server's pages may overlap."""
        if order_mode is not None:
            check_choice(order_mode, ("ASC", "DESC"), "order_mode")
        if order_by is not None:
            order_by = check_choice(self.names.get(order_by, order_by), (*self.order_by, *columns), "order_by")
        return [("order_by", order_by or "oid"), ("order_mode", order_mode or "ASC")]

    def one_page(self, params, row_limit, order_by=None):
        """The size of a page that has everything, where the order of the rows is not unique and pages may overlap."""
        names = dict(params).keys()
        unique = "classifier" in names if self.is_lsst else order_by in (None, "oid") and not _OF_CLASSES & names
        return None if unique else _LONG_PAGE if row_limit is None else min(row_limit + 1, _LONG_PAGE)


def check_paging(page, page_size, row_limit):
    """Which pages are read, as a request takes it."""
    if page is not None:
        check_integer(page, "page")
        row_limit, page_size = None, 10 if page_size is None else page_size
    if page_size is not None:
        check_integer(page_size, "page_size", high=100000)
    return {"page": page, "page_size": page_size, "row_limit": row_limit}


def _check_lsst(given):
    """Refuse what the LSST service ignores, or fails at."""
    if "classifier_version" in given:
        raise InvalidArgumentError("classifier_version= is no criterion for LSST: the service ignores it. Select rows "
                                   "of the result by its column classifier_version.")
    if "class_name" in given and "classifier" not in given:
        raise InvalidArgumentError(f"class_name={given['class_name']!r} needs classifier= for LSST, where every "
                                   "classifier has classes of its own; see query_classifiers(survey='lsst').")


def _single(check, value, name, scale):
    return check(value, name), None


def _count(value, name, scale):
    return check_range(value, name, convert=partial(check_integer, low=0))


def _dates(value, name, scale):
    return check_time_range(value, name, scale=scale)


_CHECKS = {**dict.fromkeys(("classifier", "classifier_version", "class_name"), partial(_single, check_text)),
           "ranking": partial(_single, check_integer), "probability": partial(_single, check_fraction),
           "ndet": _count, "firstmjd": _dates, "lastmjd": _dates}

SEARCHES = {
    # The ZTF service reads a coordinate of exactly 0 as absent and then drops the cone; this is 4 microarcsec away.
    "ztf": Search(OBJECTS, "utc", {"class_name": "class"}, ORDER_BY, zero=1e-9),
    "lsst": Search(LSST_OBJECTS, "tai", {"ndet": "n_det"}, LSST_ORDER_BY)}
