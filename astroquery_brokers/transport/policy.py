# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How long, how often and how much: the limits under which requests are made."""

import math
import time
from dataclasses import dataclass

from .reach import Reach

__all__ = ["Deadline", "Policy", "Terms"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Limits of the requests to one endpoint of a service.

    Parameters
    ----------
    timeout : float
        Seconds within which one try must have brought the complete reply.
    connect_timeout : float
        Seconds to wait for a connection, within ``timeout``.
    reach_time : float
        Seconds for all attempts to get a connection: one that failed is not repeated if another one as long would end
        after that. A network that swallows everything must not be waited for as often as one that says no.
    max_wait : float
        Seconds for a whole call: queueing, tries, and the pauses between them.
    retries : int
        How often a request is repeated after a failure that may pass.
    retry_statuses : frozenset of int
        HTTP statuses that may pass.
    max_connections : int
        The number of requests under way at one host at the same time.
    requests_per_second : float or None
        Requests begun at one host per second; None for no limit. Loopback hosts are not limited.
    max_bytes : int
        Size of the largest reply that is accepted, in bytes after decompression.
    backoff : float
        Seconds of the first pause between tries, on average; each further pause is twice as long.
    repeat_timeouts : bool
        Whether a request that brought no complete reply in time is repeated.
    stale_timeout : float
        Seconds of the only try of a request for which there is an old reply to fall back on (``cache="stale"``).
    lifetime : float or None
        Seconds for which a reply may be served from the cache; None or 0 for never.

    Raises
    ------
    InvalidArgumentError
        If a limit is no number, or makes no sense.

    Examples
    --------
    >>> from astroquery_brokers.transport import Policy
    >>> Policy(timeout=20.0, retries=1).max_connections
    8
    """

    timeout: float = 60.0
    connect_timeout: float = 5.0
    reach_time: float = 12.0
    max_wait: float = 300.0
    retries: int = 3
    retry_statuses: frozenset = frozenset({408, 425, 429, 502, 503, 504})
    max_connections: int = 8
    requests_per_second: float | None = 10.0
    max_bytes: int = 1 << 30
    backoff: float = 0.5
    repeat_timeouts: bool = True
    stale_timeout: float = 10.0
    lifetime: float | None = None

    def __post_init__(self):
        for name in ("timeout", "connect_timeout", "reach_time", "max_wait", "max_connections", "max_bytes",
                     "stale_timeout"):
            _check(name, getattr(self, name), "greater than 0, and finite", lambda value: 0 < value < math.inf)
        for name in ("retries", "backoff"):
            _check(name, getattr(self, name), "0 or more", lambda value: value >= 0)
        for name in ("max_connections", "retries", "max_bytes"):
            _check(name, getattr(self, name), "without a fraction", lambda value: value == int(value))
        if self.lifetime is not None:
            _check("lifetime", self.lifetime, "0 or more, or None", lambda value: value >= 0)
        if self.requests_per_second is not None:
            _check("requests_per_second", self.requests_per_second, "greater than 0, or None", lambda value: value > 0)
        object.__setattr__(self, "retry_statuses", frozenset(self.retry_statuses))


def _check(name, value, allowed, test):
    from ..exceptions import InvalidArgumentError

    try:
        if test(value):
            return
    except (TypeError, OverflowError):
        pass
    raise InvalidArgumentError(f"{name}={value!r} is not possible. Allowed: a number {allowed}.")


class Deadline:
    """The time that a whole call may still take, and what it has learnt about the hosts (``reach``).

    Parameters
    ----------
    seconds : float or None
        The budget in seconds, from now on; None for no end.

    Examples
    --------
    >>> from astroquery_brokers.transport import Deadline
    >>> Deadline(60.0).expired, Deadline(0.0).expired
    (False, True)
    """

    def __init__(self, seconds):
        self.seconds, self.reach = seconds, Reach()
        self._end = math.inf if seconds is None else time.monotonic() + seconds

    def __repr__(self):
        return f"<Deadline: {self.remaining():.3g} of {self.seconds} s left>"

    def remaining(self):
        """Time that is left, never below 0.

        Returns
        -------
        float
            Seconds.
        """
        return max(0.0, self._end - time.monotonic())

    @property
    def expired(self):
        """Whether nothing is left."""
        return self.remaining() == 0.0


@dataclass(frozen=True)
class Terms:
    """What the adapter has to know about one request; it travels as the session's ``timeout``."""

    policy: Policy
    deadline: Deadline

    @classmethod
    def of(cls, timeout):
        """Terms for a request that somebody else makes with our session, with a timeout as `requests` has it."""
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        given = {"connect_timeout": connect, "timeout": read}
        policy = Policy(**{name: value for name, value in given.items() if value is not None})
        return cls(policy, Deadline(policy.max_wait))
