# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a call of many requests learns about the hosts: whether it is of any use to ask one once more."""

from dataclasses import dataclass, field

__all__ = ["Reach", "is_failure"]

#: Failures in a row that a service which is merely unreliable does not have.
_MANY = 8
_FAILING = {408, 425, 429, *range(500, 600)}


def is_failure(response):
    """Whether a reply says that the service has trouble, and not what it thinks of the question."""
    return response.status_code in _FAILING


@dataclass
class _Host:
    lost: list = field(default_factory=list)
    reached: bool = False
    failures: int = 0


class Reach:
    """Hosts that failed a call's requests are not asked by those that come later, where that is of no use.

    Examples
    --------
    >>> import requests
    >>> from astroquery_brokers.transport.reach import Reach
    >>> Reach().ask("broker.example", requests.Response, limit=8).status_code is None
    True
    """

    def __init__(self):
        self._hosts = {}

    def ask(self, host, function, *, limit, fallback=False):
        """Let a function ask a host, unless the host has proved out of reach.

        Parameters
        ----------
        host : str
            Name of the host.
        function : callable
            Returns the `requests.Response`.
        limit : int
            The number of failures to connect, without any reply, that is enough.
        fallback : bool, optional
            Whether there is an older reply that will do. Then eight failures of any kind in a row are enough.

        Returns
        -------
        requests.Response
            What the function returned.

        Raises
        ------
        BrokerConnectionError
            If nothing was asked, since the host is out of reach.
        BrokerError
            If nothing was asked, since the host fails and there is a fallback; else what the function raises.
        """
        from ..exceptions import BrokerConnectionError, BrokerError

        seen = self._hosts.setdefault(host, _Host())
        if not seen.reached and len(seen.lost) >= limit:
            raise BrokerConnectionError(f"Not asked, since the service could not be reached {limit} times in a row. "
                                        f"{seen.lost[0]}")
        if fallback and seen.failures >= _MANY:
            raise BrokerError(f"Not asked, since the service failed {_MANY} times in a row.")
        try:
            response = function()
        except BrokerError as error:
            seen.failures += 1
            if getattr(error, "unreached", False):
                seen.lost.append(error)
            raise
        seen.reached = True
        seen.failures = seen.failures + 1 if is_failure(response) else 0
        return response
