# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the bodies of verbs make their plans with: checked ids and limits, the survey meant, batches of objects."""

import numbers

from .arguments import check_integer, check_object_ids, check_survey
from .endpoints import Request
from .exceptions import InvalidArgumentError
from .verbs import Plan

__all__ = ["Planning"]


class Planning:
    """Steps from arguments to requests (mixin).

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.planning import Planning
    >>> isinstance(Alerce, Planning)
    True
    """

    def _objects(self, object_id, survey):
        """Checked ids, whether one was asked, and the survey that they belong to."""
        if survey is not None:
            survey = check_survey(survey, self.surveys)
        ids, scalar = check_object_ids(object_id, self.surveys, survey)
        first = {}
        for item in ids:
            first.setdefault(survey or next(name for name in self.surveys if self.surveys[name].matches(item)), item)
        if len(first) > 1:
            mixed = " and ".join(f"{name} ({item})" for name, item in first.items())
            raise InvalidArgumentError(f"object_id holds objects of {mixed}, whose tables have different columns; ask "
                                       "for those of each survey in a call of its own.")
        return ids, scalar, *first

    def _survey_of_search(self, survey):
        """The survey of a question without object ids."""
        return check_survey(self._setting("survey") if survey is None else survey, self.surveys)

    def _survey_of_id(self, coordinates):
        """The survey of an id in place of coordinates; None for anything else."""
        text = str(coordinates).strip() if isinstance(coordinates, (str, numbers.Integral)) else ""
        return next((name for name, survey in self.surveys.items() if survey.matches(text)), None)

    def _per_object(self, endpoints, object_id, survey=None, params=(), path=(), instead="", body=()):
        """A request to each endpoint of the survey, for each object or for as many as one request can ask for.

        ``instead`` tells where to find what a survey without such an endpoint has; ``body`` is for endpoints that take
        a JSON body: pairs, or a function of the endpoint that gives them.
        """
        ids, scalar, survey = self._objects(object_id, survey)
        name, endpoints = endpoints[0].name, [one for one in endpoints if one.survey in ("", survey)]
        if not endpoints:
            raise InvalidArgumentError(f"{self.broker} has no {name} of {survey.upper()} objects ({ids[0]}). {instead}")
        size = min(endpoint.batch for endpoint in endpoints)
        batches = [tuple(ids[start:start + size]) for start in range(0, len(ids), size)]
        bodies = [dict(body(endpoint) if callable(body) else body) for endpoint in endpoints]
        requests = [self._request_of(endpoint, batch, params, path, own)
                    for batch in batches for endpoint, own in zip(endpoints, bodies)]
        named = ids[0] if len(ids) == 1 else f"{len(ids)} objects"
        return Plan(requests, asked=f"{name} of {named}", survey=survey, items=tuple(ids), scalar=scalar)

    def _request_of(self, endpoint, items, params=(), path=(), body=()):
        """The request about some objects."""
        params, path, json = (*endpoint.params, *params), dict(path), None
        if endpoint.separator:
            json = {**dict(endpoint.body), endpoint.ids: endpoint.separator.join(items), **dict(body)}
        elif endpoint.ids:
            repeated = items if len(items) >= endpoint.least_ids else items * endpoint.least_ids
            params = (*((endpoint.ids, item) for item in repeated), *params)
        else:
            path = {"object_id": items[0], **path}
        return Request(endpoint, path=path, params=params, json=json, items=items, added=self._own_id(endpoint, items))

    def _own_id(self, endpoint, items):
        """What rows about a single object are checked, or filled up, with: its id, by column."""
        added = {}
        for dictionary in map(self._dictionary, endpoint.tables if len(items) == 1 else ()):
            if dictionary.main_id is not None:
                number = dictionary[dictionary.main_id].dtype != "str"
                added[dictionary.main_id] = int(items[0]) if number else items[0]
        return added

    def _row_limit(self, row_limit, *, searching):
        """Most rows wanted; None is all. Only a search by criteria has a default limit."""
        if row_limit is None:
            row_limit = self._setting("row_limit") if searching else -1
        if row_limit == -1:
            return None
        if row_limit == 0:
            raise InvalidArgumentError("row_limit=0 asks for nothing; -1 asks for all rows.")
        return check_integer(row_limit, "row_limit")
