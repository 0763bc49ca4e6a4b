# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can go wrong, as one tree.

Each class also is the astroquery class (and, where there is one, the Python class) that users already catch::

    APIError = ZTFAPIError                        .message .code .data .response, as ALeRCE's own client has them
    └── ParseError

    BrokerError                                   (RemoteServiceError, APIError)
    ├── BrokerTimeoutError                        (astroquery TimeoutError, builtin TimeoutError)
    ├── BrokerConnectionError                     (builtin ConnectionError)
    ├── RateLimitError                            .retry_after
    ├── AuthenticationError                       (LoginError)
    ├── ReplyParseError                           (TableParseError)
    │   └── VOTableError                          (builtin ValueError); also of files
    ├── RejectedQueryError                        (InvalidQueryError, ParseError)
    ├── ObjectNotFoundError                       (EmptyResponseError)
    │   └── CandidError                           (builtin ValueError); the object has no stamps
    └── NotCachedError                            (cache="only" and nothing is there)

    InvalidArgumentError                          (InvalidQueryError, ValueError, ParseError); nothing was sent
    ├── UnknownArgumentError                      (TypeError)
    └── FormatValidationError

    UnknownColumnWarning                          (AstropyWarning)
    PartialResultWarning                          (AstropyWarning)
    StaleReplyWarning                             (AstropyWarning)
    ReplyFormatWarning                            (AstropyWarning)

Examples
--------
>>> from astroquery_brokers import Alerce
>>> from astroquery_brokers.exceptions import BrokerError, InvalidArgumentError, ObjectNotFoundError
>>> try:
...     Alerce.query_object("ZTF99aaaaaaa")
... except ObjectNotFoundError as error:
...     print(error.broker, error.status_code)
ALeRCE 404
>>> issubclass(ObjectNotFoundError, BrokerError)
True

What is wrong with a question is said before anything is sent:

>>> Alerce.query_region("185.0 15.0", 10)
Traceback (most recent call last):
...
astroquery_brokers.exceptions.InvalidArgumentError: radius=10 has no unit; write 10 * u.arcsec, ...
"""

import builtins
import json

from astropy.utils.exceptions import AstropyWarning
from astroquery.exceptions import (EmptyResponseError, InvalidQueryError, LoginError, RemoteServiceError,
                                   TableParseError)
from astroquery.exceptions import TimeoutError as AstroqueryTimeoutError

__all__ = ["APIError", "AuthenticationError", "BrokerConnectionError", "BrokerError", "BrokerTimeoutError",
           "CandidError", "FormatValidationError", "InvalidArgumentError", "NotCachedError", "ObjectNotFoundError",
           "ParseError", "PartialResultWarning", "RateLimitError", "RejectedQueryError", "ReplyFormatWarning",
           "ReplyParseError", "StaleReplyWarning", "UnknownArgumentError", "UnknownColumnWarning", "VOTableError",
           "ZTFAPIError"]


class APIError(Exception):
    """What went wrong, in the words of ALeRCE's own client, so that its ``except`` clauses keep working."""

    response = None
    status_code = None
    _code = -1

    @property
    def message(self):
        """The message (a str)."""
        return str(self)

    @property
    def code(self):
        """The HTTP status; without one a number that stands for the kind of error, -1 where there is none."""
        return self._code if self.status_code is None else self.status_code

    @property
    def data(self):
        """What the service says in ``errors`` of its reply (a dict); empty where it says nothing."""
        try:
            said = json.loads(self.response.content)
        except (AttributeError, ValueError, RecursionError):
            return {}
        return said.get("errors") or {} if isinstance(said, dict) else {}


ZTFAPIError = APIError


class ParseError(APIError):
    """The question has a mistake: HTTP 400, or what is refused before anything is sent."""

    _code = 400


class BrokerError(RemoteServiceError, APIError):
    """A broker's service did not answer a question.

    Parameters
    ----------
    message : str
        What was asked, what came back, what to do next.
    broker : str, optional
        Name of the broker, e.g. ``"ALeRCE"``.
    url : str, optional
        The address asked, without credentials.
    status_code : int, optional
        The HTTP status, where there was one.
    retry_after : float, optional
        Seconds that the server asked to wait.
    response : `requests.Response`, optional
        The raw reply.
    """

    def __init__(self, message, *, broker=None, url=None, status_code=None, retry_after=None, response=None):
        super().__init__(message)
        self.broker = broker
        self.url = url
        self.status_code = status_code
        self.retry_after = retry_after
        self.response = response

    def __reduce__(self):
        # The reply is left behind: it holds the request with its headers.
        state = {key: value for key, value in self.__dict__.items() if key != "response"}
        return _rebuild, (type(self), str(self), state)


def _rebuild(cls, message, state):
    error = cls(message)
    error.__dict__.update(state)
    return error


class BrokerTimeoutError(BrokerError, AstroqueryTimeoutError, builtins.TimeoutError):
    """No complete reply within ``timeout`` (one request) or ``max_wait`` (the whole call)."""


class BrokerConnectionError(BrokerError, builtins.ConnectionError):
    """The service could not be reached, or the connection broke in every try."""


class RateLimitError(BrokerError):
    """The service asks to wait (HTTP 429 or ``Retry-After``) for longer than ``max_wait``."""


class AuthenticationError(BrokerError, LoginError):
    """HTTP 401 or 403: the service wants a (valid) token."""


class ReplyParseError(BrokerError, TableParseError):
    """The reply arrived but is not what the service documents."""


class VOTableError(ReplyParseError, ValueError):
    """A VOTable, from a service or a file, that is broken, cut, larger than allowed, or asks for other files."""


class RejectedQueryError(BrokerError, InvalidQueryError, ParseError):
    """HTTP 400 or 422: the service refused the question."""

    _code = 400


class ObjectNotFoundError(BrokerError, EmptyResponseError):
    """The service knows no object of that name."""

    _code = 404


class CandidError(ObjectNotFoundError, ValueError):
    """The object has no alert with stamps."""

    _code = -1


class NotCachedError(BrokerError):
    """``cache="only"`` was asked and the cache has no reply to this question."""


class InvalidArgumentError(InvalidQueryError, ValueError, ParseError):
    """An argument is wrong; nothing was sent. The message names what is allowed."""


class UnknownArgumentError(InvalidArgumentError, TypeError):
    """A keyword that the method does not have, or a missing one; nothing was sent."""


class FormatValidationError(InvalidArgumentError):
    """An output format that does not exist; nothing was sent."""

    _code = 500


class UnknownColumnWarning(AstropyWarning):
    """A reply has a column that the dictionary does not know; it is kept."""


class PartialResultWarning(AstropyWarning):
    """Some requests of a call failed; the table holds the others, ``table.failures`` says which failed.

    Or a VOTable says that its service failed while it sent the rows.
    """


class ReplyFormatWarning(AstropyWarning):
    """The service failed to make a reply in the format asked; the table was had in another one, and is the same."""


class StaleReplyWarning(AstropyWarning):
    """The service failed, and with ``cache="stale"`` replies were used whose lifetime is over."""
