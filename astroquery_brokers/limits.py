# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The limits under which each endpoint is asked: set in the configuration, and shown as a table."""

import re
from functools import lru_cache

import numpy as np

from .arguments import suggest
from .exceptions import InvalidArgumentError
from .listings import listing
from .transport import Policy

__all__ = ["Limits"]

_COMMON = ("timeout", "max_wait", "retries", "max_connections", "requests_per_second")
#: What ``limits`` can set, with the type of its values. The time of a whole call is no endpoint's.
_TYPES = {"timeout": float, "retries": int, "max_connections": int, "requests_per_second": float, "lifetime": float,
          "max_bytes": int}


class Limits:
    """``policies()`` and what is behind it (mixin).

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.limits import Limits
    >>> isinstance(Alerce, Limits)
    True
    """

    def policies(self):
        """The limits under which requests are made, one row for each endpoint, as the configuration is now.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns ``endpoint`` (its name), ``service`` (the setting of its address, without ``_url``), ``timeout``
            (s), ``retries``, ``retried`` (HTTP statuses after which a request is repeated), ``max_connections``,
            ``requests_per_second`` (1/s), ``lifetime`` (s, of replies in the cache; 0: they are not kept),
            ``max_bytes`` (byte, of a reply) and ``max_wait`` (s, of a whole call).

        Raises
        ------
        InvalidArgumentError
            If a setting is not possible.

        Examples
        --------
        The names of endpoints and services are those that the setting ``limits`` takes:

        >>> from astroquery_brokers.alerce import AlerceClass
        >>> patient = AlerceClass(limits="catshtm: timeout=180 retries=1; classifiers: lifetime=600")
        >>> policies = patient.policies()
        >>> sorted(set(policies["timeout"][policies["service"] == "catshtm"].tolist()))
        [180.0]
        >>> sorted(set(policies["lifetime"][policies["endpoint"] == "classifiers"].tolist()))
        [600.0]
        """
        rows = dict.fromkeys(_row(endpoint, self._policy(endpoint)) for endpoint in self._endpoints())
        table = listing(f"Limits of requests to {self.broker}", rows, "endpoint*", "service*", "timeout*", "retries*",
                        "retried", "max_connections*", "requests_per_second*", "lifetime*", "max_bytes", "max_wait")
        for name, unit in (("timeout", "s"), ("requests_per_second", "1/s"), ("lifetime", "s"), ("max_bytes", "byte"),
                           ("max_wait", "s")):
            table[name].unit = unit
        return table

    def _policy(self, endpoint=None):
        """The limits of requests to an endpoint: the broker's, those of its service, and what ``limits`` says."""
        limits = {item: self._setting(item) for item in _COMMON}
        if endpoint is not None:
            limits |= self._limits_of(endpoint)
            given = self._limits_given()
            limits |= {**given.get(_service(endpoint), {}), **given.get(endpoint.name, {})}
            if not endpoint.lifetime:  # what must not be kept, such as the start of a stream
                limits["lifetime"] = endpoint.lifetime
        return Policy(**limits)

    def _limits_of(self, endpoint):
        """Limits that are the service's own."""
        statuses = endpoint.retry_statuses
        return {"lifetime": endpoint.lifetime} | ({} if statuses is None else {"retry_statuses": statuses})

    def _limits_given(self):
        text = self._setting("limits")
        return _parsed(text, self._names_of_endpoints()) if text else {}

    @classmethod
    def _endpoints(cls):
        return [endpoint for verb in cls._verbs() for endpoint in verb.endpoints]

    @classmethod
    def _names_of_endpoints(cls):
        return frozenset(name for one in cls._endpoints() for name in (one.name, _service(one)))


def _service(endpoint):
    return endpoint.base.removesuffix("_url")


def _row(endpoint, policy):
    return (endpoint.name, _service(endpoint), policy.timeout, policy.retries,
            " ".join(map(str, sorted(policy.retry_statuses))), policy.max_connections,
            np.inf if policy.requests_per_second is None else policy.requests_per_second, policy.lifetime or 0.0,
            policy.max_bytes, policy.max_wait)


@lru_cache(maxsize=16)
def _parsed(text, names):
    """The setting ``limits``: limits by name of the endpoint or service."""
    limits = {}
    for part in filter(str.strip, text.split(";")):
        name, colon, pairs = (one.strip() for one in part.partition(":"))
        if name not in names:
            raise InvalidArgumentError(f"limits={text!r}: there is no endpoint or service {name!r}. "
                                       f"{suggest(name, sorted(names))}")
        if not colon or not re.fullmatch(r"(\w+ *= *[^\s=]+\s*)+", pairs):
            raise InvalidArgumentError(f"limits={text!r} cannot be read. Allowed: 'name: limit=number ...; name: ...', "
                                       "e.g. 'classifiers: timeout=180 retries=1'.")
        for item, value in re.findall(r"(\w+) *= *(\S+)", pairs):
            limits.setdefault(name, {})[item] = _number(text, item, value)
    return limits


def _number(text, item, value):
    if item not in _TYPES:
        raise InvalidArgumentError(f"limits={text!r}: there is no limit {item!r}. {suggest(item, list(_TYPES))}")
    try:
        return _TYPES[item](value)
    except ValueError:
        raise InvalidArgumentError(f"limits={text!r}: {item}={value!r} is not a number "
                                   f"({_TYPES[item].__name__}).") from None
