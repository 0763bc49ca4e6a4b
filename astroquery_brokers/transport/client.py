# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The way of one call: cache, session with its adapter, and the cache again when the reply has proved good."""

import logging
import os
import time
from dataclasses import replace
from functools import partial

import requests

from .cache import Cache
from .failures import Trouble, shorten, wording
from .policy import Deadline, Terms
from .reach import is_failure
from .session import BrokerSession, hide_credentials

__all__ = ["Transport"]

log = logging.getLogger(__name__)


class Transport:
    """Sends the calls of one service.

    Parameters
    ----------
    name : str
        Name of the service, for messages.
    user_agent : str
        How requests present themselves.
    cache_location : path, or callable that gives one
        Folder of the cached replies.

    Examples
    --------
    >>> from astroquery_brokers.alerce import conf
    >>> from astroquery_brokers.transport import Call, Policy, Transport
    >>> transport = Transport("ALeRCE", user_agent="an example", cache_location="replies")
    >>> reply = transport.send(Call("GET", f"{conf.ztf_url}/classifiers/"), policy=Policy())
    >>> reply.status_code, reply.from_cache
    (200, False)
    """

    def __init__(self, name, *, user_agent, cache_location):
        self.name = name
        self._user_agent = user_agent
        self._cache = Cache(cache_location)
        self._session, self._process = BrokerSession(name, user_agent), os.getpid()

    @property
    def session(self):
        """The `requests.Session`, with the retrying adapter."""
        if self._process != os.getpid():
            # A forked process must not speak on its parent's connections.
            self._session, self._process = BrokerSession(self.name, self._user_agent), os.getpid()
        return self._session

    def send(self, call, *, policy, cache=None, deadline=None):
        """Ask.

        Parameters
        ----------
        call : Call
            The question.
        policy : Policy
            The limits.
        cache : bool, str or None
            True, False, ``"refresh"`` (ask, and store again), ``"only"`` (do not ask), ``"stale"`` (as True,
            but where there is a reply whose lifetime is over: one try of ``stale_timeout``, and that reply if the
            service fails); None for ``astroquery.cache_conf.cache_active``.
        deadline : Deadline, optional
            The time that is left, where this is one call of many; else the policy's ``max_wait``.

        Returns
        -------
        requests.Response
            With the whole body and whatever status, and with ``from_cache`` (bool), ``cached_at``
            (`~datetime.datetime` in UTC, or None) and ``tries`` (int, 0 from the cache).

        Raises
        ------
        BrokerTimeoutError, BrokerConnectionError, RateLimitError, ReplyParseError
            If no reply came.
        NotCachedError
            If ``cache="only"`` and the cache has no reply.
        InvalidArgumentError
            If ``cache`` is not one of those above.
        """
        started = time.monotonic()
        mode = _mode(cache)
        response = self._cache.load(call) if call.lifetime and mode in (True, "only", "stale") else None
        if response is None:
            if mode == "only":
                raise self._not_cached(call)
            try:
                response = self._ask_if_of_use(call, policy, deadline or Deadline(policy.max_wait),
                                               self.stale(call) if mode == "stale" else None)
            except BaseException as error:
                log.debug("%s %s: %s, %.3f s", call.method, call.shown, type(error).__name__,
                          time.monotonic() - started)
                raise
            response.may_be_cached = bool(call.lifetime) and mode is not False and not response.from_cache
        log.debug("%s %s: HTTP %d, %d bytes, %d tries, %.3f s%s", call.method, call.shown, response.status_code,
                  len(response.content), response.tries, time.monotonic() - started,
                  ", from the cache" if response.from_cache else "")
        return response

    def store(self, call, response):
        """Put a reply that has proved good into the cache, if it was asked with the cache on and may be kept.

        Parameters
        ----------
        call : Call
            The question.
        response : requests.Response
            What `send` returned for it.
        """
        if response.ok and getattr(response, "may_be_cached", False):
            self._cache.save(call, response)

    def stale(self, call):
        """The last good reply to a call that failed, however old.

        Parameters
        ----------
        call : Call
            The question.

        Returns
        -------
        requests.Response or None
            As from `send`, with ``stale`` set.
        """
        response = self._cache.load(call, stale=True) if call.lifetime else None
        if response is not None:
            response.stale = True
        return response

    def clear_cache(self):
        """Remove all cached replies of this service.

        Raises
        ------
        InvalidArgumentError
            If the location is no folder that can be used.
        """
        self._cache.clear()

    def cache_info(self):
        """What is in the cache.

        Returns
        -------
        dict
            ``location``, ``entries``, ``bytes`` and ``oldest``.

        Raises
        ------
        InvalidArgumentError
            If the location is no folder that can be used.
        """
        return self._cache.info()

    def _ask_if_of_use(self, call, policy, deadline, old=None):
        """Ask, unless the time is over or the host fails; if there is an old reply not for long, and it will do."""
        from ..exceptions import BrokerError, BrokerTimeoutError

        if old is not None:
            policy = replace(policy, retries=0, timeout=min(policy.timeout, policy.stale_timeout))
        try:
            if deadline.expired:
                raise BrokerTimeoutError(f"Not asked: `max_wait` ({deadline.seconds:g} s) was over. Ask for less at "
                                         "once, or raise `max_wait`.", broker=self.name, url=call.shown)
            response = deadline.reach.ask(call.host, partial(self._ask, call, policy, deadline),
                                          limit=policy.max_connections, fallback=old is not None)
        except BrokerError:
            if old is None:
                raise
            return old
        response.from_cache, response.cached_at = False, None
        return response if old is None or not is_failure(response) else old

    def _ask(self, call, policy, deadline):
        terms = Terms(policy, deadline)
        session = self.session
        trouble = None
        try:
            prepared = session.prepared(call)
        except requests.RequestException as error:
            trouble = Trouble("argument", wording(error, call.credential))
        else:
            try:
                response = session.send(prepared, timeout=terms, allow_redirects=call.redirects,
                                        **session.environment(prepared.url))
            except (requests.RequestException, ValueError) as error:
                trouble = Trouble.of(error, secret=call.credential)
        if trouble is not None:
            # Outside of the except clauses: the error must not hold the one that has the request.
            raise trouble.error(self.name, call.method, call.shown)
        response.tries += sum(hop.tries - 1 for hop in response.history)
        hide_credentials(response, call.credential)
        return response

    def _not_cached(self, call):
        from ..exceptions import NotCachedError

        return NotCachedError(f"{self.name}: the cache has no valid reply to {call.method} {shorten(call.shown)}, "
                              "and cache='only' forbids to ask. Ask once with cache=True.",
                              broker=self.name, url=call.shown)


def _mode(cache):
    if cache is None:
        from astroquery import cache_conf

        return bool(cache_conf.cache_active)
    if cache not in (True, False, "refresh", "only", "stale"):
        from ..exceptions import InvalidArgumentError

        raise InvalidArgumentError(f"cache={cache!r} is not known. Allowed: None, True, False, 'refresh', 'only', "
                                   "'stale'.")
    return cache
