# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What went wrong with a request, in words, and as the exception that users catch.

The exceptions of `requests` and `urllib3` hold the request with its headers. They end here: only their text goes on.
"""

import socket
import ssl
from dataclasses import dataclass

import requests
import urllib3

from .redact import redact
from .wire import BodyTooLargeError

__all__ = ["Trouble", "shorten", "wording"]

#: Kind of trouble: (name of the exception, what to do).
_KINDS = {
    "timeout": ("BrokerTimeoutError", "Try later, ask for less at once, or raise `timeout` and `max_wait`."),
    "connection": ("BrokerConnectionError", "Check the address and the network, or try later."),
    "certificate": ("BrokerConnectionError",
                    "Check the clock of this machine and its certificates (`REQUESTS_CA_BUNDLE` names others)."),
    "reply": ("ReplyParseError", "This is for the service to mend: tell its maintainers if it stays."),
    "size": ("ReplyParseError", "Ask for less at once."),
    "argument": ("InvalidArgumentError", "Nothing was sent."),
}


@dataclass(frozen=True)
class Trouble:
    """Why one try gave no reply."""

    kind: str
    text: str
    passing: bool = False
    unreached: bool = False

    @classmethod
    def of(cls, error, *, secret=None, max_bytes=None):
        """The meaning of an exception that came up while a request was under way."""
        if isinstance(error, BodyTooLargeError):
            return cls("size", f"the reply is larger than the {max_bytes} bytes that are allowed")
        if isinstance(error, requests.TooManyRedirects):
            return cls("reply", "the service sends from one address to the next without end")
        if isinstance(error, requests.exceptions.InvalidProxyURL):
            return cls("connection", f"the address of the proxy is not valid: {wording(error, secret)}")
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause)
               for cause in causes):
            return cls("certificate", f"the identity of the host could not be verified: {wording(causes[-1], secret)}")
        if isinstance(error, ValueError):  # InvalidSchema, InvalidURL, two lengths, and their like
            return cls("reply", "the service sends a reply, or to an address, that is not http(s): "
                                f"{wording(error, secret)}")
        if any(isinstance(cause, (urllib3.exceptions.DecodeError, requests.exceptions.ContentDecodingError))
               for cause in causes):
            return cls("reply", "the body is not compressed in the way that its header says")
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return cls("connection", "the name of the host is not known to the network", passing=True, unreached=True)
        if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
            return cls("connection", wording(causes[-1], secret), passing=True, unreached=True)
        if any(isinstance(cause, (requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError))
               for cause in causes):
            return cls("connection", "the host does not answer", passing=True, unreached=True)
        if any(isinstance(cause, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError))
               for cause in causes):
            return cls("timeout", "no complete reply in time", passing=True)
        return cls("connection", wording(causes[-1], secret), passing=True)

    def error(self, broker, method, url, *, tries=0, seconds=None):
        """The exception to raise.

        Parameters
        ----------
        broker, method, url : str
            Who was asked, and what (the URL without credentials).
        tries : int
            How often.
        seconds : float, optional
            How long it took altogether.
        """
        from .. import exceptions

        name, advice = _KINDS[self.kind]
        effort = f" ({tries} {'try' if tries == 1 else 'tries'} in {seconds:.1f} s)" if tries else ""
        message = f"{broker}: {method} {shorten(url)} brought no reply{effort}: {self.text}. {advice}"
        cls = getattr(exceptions, name)
        error = cls(message, broker=broker, url=url) if issubclass(cls, exceptions.BrokerError) else cls(message)
        error.tries, error.unreached = tries, self.unreached
        return error


def shorten(text, length=300):
    """Text cut to a length that fits into a message."""
    return text if len(text) <= length else f"{text[:length]}... ({len(text)} characters)"


def _causes(error):
    """An exception and those in it, from the outside to the inside."""
    seen = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = [getattr(error, "reason", None), *reversed(error.args), error.__cause__, error.__context__]
        error = next((one for one in inner if isinstance(one, BaseException) and id(one) not in seen), None)


def wording(error, secret=None):
    """What an exception says, without a secret."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return shorten(redact(text or type(error).__name__, secret)).rstrip(".")
