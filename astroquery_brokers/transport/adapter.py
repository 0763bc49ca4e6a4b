# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The adapter that every request goes through: polite, repeated where that helps, and over in time.

urllib3's ``Retry`` knows what may be repeated, and is the policy here. On its own it does not repeat a request whose
body broke off, has no limit for the time of all tries, and sleeps for as long as a server says.
"""

import logging
import random
import time
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.util import Retry, Timeout

from . import ratelimit
from .failures import Trouble, shorten
from .policy import Terms
from .redact import redact
from .wire import POOLS, BodyTooLargeError, read_body, served_again

__all__ = ["RetryingAdapter"]

log = logging.getLogger(__name__)

_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, BodyTooLargeError, OSError)
_LONGEST_PAUSE = 30.0
_FOREVER = 1e9


class _Retries(Retry):
    """``Retry`` whose pauses are spread at random, the first one too, and that reports any ``Retry-After``."""

    @classmethod
    def under(cls, terms):
        return cls(total=terms.policy.retries, allowed_methods=None, status_forcelist=terms.policy.retry_statuses,
                   backoff_factor=terms.policy.backoff)

    def get_backoff_time(self):
        pause = self.backoff_factor * 2 ** (len(self.history) - 1)
        return min(_LONGEST_PAUSE, pause * random.uniform(0.5, 1.5))

    def asked_pause(self, headers):
        """Seconds that a server asks to wait; None if it does not say."""
        self.retry_after_max = _FOREVER
        try:
            return min(self.parse_retry_after(headers["Retry-After"]), _FOREVER)
        except (KeyError, ValueError, OverflowError, urllib3.exceptions.InvalidHeader):
            return None

    def spent_on(self, method):
        """What is left after one more try; None if there must not be another."""
        try:
            return self.increment(method)
        except urllib3.exceptions.MaxRetryError:
            return None


class RetryingAdapter(HTTPAdapter):
    """Sends requests under a policy.

    A reply comes back with its body read, and with the number of ``tries``.

    Parameters
    ----------
    broker : str
        Name of the service, for messages.
    """

    __attrs__ = [*HTTPAdapter.__attrs__, "broker"]

    def __init__(self, broker):
        self.broker = broker
        super().__init__(pool_connections=16, pool_maxsize=256)

    def init_poolmanager(self, *args, **kwargs):
        """Use our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy, **kwargs):
        """Use our connections for HTTP proxies too."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOLS
        return manager

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        """Send a request, as often as its terms allow.

        Parameters
        ----------
        request : requests.PreparedRequest
            The request.
        stream : bool
            Ignored: the body is always read.
        timeout : Terms, float or tuple
            The terms; a plain timeout stands for the default policy with this timeout.
        verify, cert, proxies
            As `requests` has them.

        Returns
        -------
        requests.Response
            The last reply, whatever its status.
        """
        terms = timeout if isinstance(timeout, Terms) else Terms.of(timeout)
        url = redact(request.url, _secret(request))
        started, tries, retries = time.monotonic(), 0, _Retries.under(terms)
        reaching = _Reaching(terms.policy.reach_time)
        while True:
            reaching.begin()
            reply = self._try(request, terms, verify=verify, cert=cert, proxies=proxies)
            tries += 1
            asked = None if isinstance(reply, Trouble) else retries.asked_pause(reply.headers)
            if not _passing(reply, retries, asked, terms.policy):
                break
            retries = retries.spent_on(request.method)
            if retries is None:
                break
            remaining = terms.deadline.remaining()
            if asked is not None and asked >= remaining:
                raise self._wait_too_long(reply, request.method, url, asked, remaining)
            pause = max(asked or 0.0, retries.get_backoff_time())
            if pause >= remaining or not reaching.worth_another(reply, pause):
                break
            log.debug("%s %s: %s; once more in %.2f s", request.method, url, _said(reply), pause)
            time.sleep(pause)
        if isinstance(reply, Trouble):
            raise reply.error(self.broker, request.method, url, tries=tries, seconds=time.monotonic() - started)
        reply.tries = tries
        return reply

    def _try(self, request, terms, **options):
        """One try: a `requests.Response` with its body, or a `Trouble`."""
        policy, deadline = terms.policy, terms.deadline
        parts = urlsplit(request.url)
        with ratelimit.connection((parts.hostname, parts.port), policy.max_connections, deadline) as held:
            if not held or not ratelimit.take_turn(parts.hostname, policy.requests_per_second, deadline):
                return Trouble("timeout", f"`max_wait` ({deadline.seconds:g} s) was over before it was this request's "
                                          "turn")
            seconds = min(policy.timeout, deadline.remaining())
            if seconds <= 0:
                return Trouble("timeout", f"`max_wait` ({deadline.seconds:g} s) is over")
            timeout = Timeout(total=seconds, connect=min(policy.connect_timeout, seconds / 2), read=seconds)
            try:
                response = super().send(request, stream=True, timeout=timeout, **options)
                body = read_body(response.raw, policy.max_bytes)
            except _ERRORS as error:
                return Trouble.of(error, secret=_secret(request), max_bytes=policy.max_bytes)
        response.raw = served_again(response.raw, body)
        response._content, response._content_consumed = body, True
        return response

    def _wait_too_long(self, response, method, url, asked, remaining):
        from ..exceptions import RateLimitError

        return RateLimitError(
            f"{self.broker} asks to wait {asked:.0f} s (HTTP {response.status_code} for {method} {shorten(url)}), and "
            f"of `max_wait` {remaining:.0f} s are left. Try again after that time, or raise `max_wait`.",
            broker=self.broker, url=url, status_code=response.status_code, retry_after=asked)


class _Reaching:
    """The time that attempts to get a connection may take together."""

    def __init__(self, seconds):
        self._seconds, self._since, self._began = seconds, None, None

    def begin(self):
        """Note that a try begins."""
        self._began = time.monotonic()
        self._since = self._began if self._since is None else self._since

    def worth_another(self, reply, pause):
        """Whether another try that takes as long as the last one, after a pause, would end in time."""
        if not getattr(reply, "unreached", False):
            self._since = None
            return True
        now = time.monotonic()
        return now - self._since + pause + now - self._began <= self._seconds


def _passing(reply, retries, asked, policy):
    """Whether another try may do better."""
    if isinstance(reply, Trouble):
        return reply.passing and (policy.repeat_timeouts or reply.kind != "timeout")
    return retries.is_retry(reply.request.method, reply.status_code, has_retry_after=asked is not None)


def _said(reply):
    return reply.text if isinstance(reply, Trouble) else f"HTTP {reply.status_code}"


def _secret(request):
    """What is secret in a request's headers."""
    return request.headers.get("Authorization", "").partition(" ")[2] or None
