# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""HTTP replies to what they hold, or to the error that says what went wrong."""

import json
import re
from dataclasses import dataclass

from .exceptions import (AuthenticationError, BrokerError, ObjectNotFoundError, RateLimitError, RejectedQueryError,
                         ReplyParseError)
from .tables.wire import decode_csv, read_columns, unnested
from .transport import redact

__all__ = ["Receipt", "decode_json", "decode_table", "raise_for_status", "says_not_found"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is remembered of a reply when it has been read.

    Attributes
    ----------
    url : str
        What was asked.
    tries : int
        How often; 0 for a reply from the cache.
    from_cache : bool
        Whether it came from the cache.
    cached_at : `~datetime.datetime` or None
        When it was stored there.
    stale : bool
        Whether it was used because the service failed.

    Examples
    --------
    >>> from astroquery_brokers.replies import Receipt
    >>> Receipt("https://broker.example/objects", 1, False, None).stale
    False
    """

    url: str
    tries: int
    from_cache: bool
    cached_at: object
    stale: bool = False

    @classmethod
    def of(cls, response):
        """The receipt for a reply.

        Parameters
        ----------
        response : `requests.Response`
            As the transport gives it.

        Returns
        -------
        Receipt
        """
        return cls(response.url, response.tries, response.from_cache, response.cached_at,
                   getattr(response, "stale", False))


def decode_json(response, *, broker, credential=None):
    """The decoded body of a reply.

    Parameters
    ----------
    response : `requests.Response`
        The reply.
    broker : str
        Name for the message.
    credential : `~astroquery_brokers.transport.Credential`, optional
        What the message must not repeat.

    Returns
    -------
    object
        Lists, dicts, texts and numbers.

    Raises
    ------
    ReplyParseError
        If the body is not JSON, for example an HTML page with status 200.

    Examples
    --------
    >>> import requests
    >>> from astroquery_brokers.alerce import conf
    >>> from astroquery_brokers.replies import decode_json
    >>> response = requests.get(f"{conf.ztf_url}/objects/?page_size=2")
    >>> payload = decode_json(response, broker="ALeRCE")
    >>> len(payload["items"])
    2
    """
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        pass
    # Outside of the except clause: that error has the whole reply, which may have secrets in it.
    kind = redact(response.headers.get("Content-Type", "no content type"), credential)
    raise ReplyParseError(
        f"{broker} answered {redact(response.url, credential)} with something that is not JSON ({kind}): "
        f"{redact(_excerpt(response), credential)}. Try again later; if it lasts, the service has changed: please "
        "report it.",
        broker=broker, url=redact(response.url, credential), status_code=response.status_code, response=response)


def decode_table(response, format, *, broker, asked, nested=False, dictionary=None, credential=None):
    """The columns of a reply, or the error that says what came instead.

    Parameters
    ----------
    response : `requests.Response`
        The reply.
    format : str
        What was asked for.
    broker : str
        Name for the message.
    asked : str
        What was asked, for the message.
    nested : bool, optional
        Whether its cells are lists, whose elements are made rows.
    dictionary : `~astroquery_brokers.columns.Dictionary`, optional
        What the columns are, to have CSV typed piece by piece.
    credential : `~astroquery_brokers.transport.Credential`, optional
        What the message must not repeat.

    Returns
    -------
    (int, dict) or `~astroquery_brokers.tables.Decoded`
        Number of rows, and columns as those of ``tables.wire.read_columns``; the second of CSV with a dictionary.

    Raises
    ------
    ReplyParseError
        If it is no such table.

    Examples
    --------
    >>> import requests
    >>> from astroquery_brokers.replies import decode_table
    >>> response = requests.Response()
    >>> response._content = b"i:objectId,i:fid\\nZTF20aaelulu,1\\n"
    >>> length, columns = decode_table(response, "csv", broker="Fink", asked="detections")
    >>> length, list(columns)
    (1, ['i:objectId', 'i:fid'])
    """
    try:
        if format == "csv" and dictionary is not None and not nested:
            return decode_csv(response.content, dictionary)
        table = read_columns(response.content, format)
        return unnested(*table) if nested else table
    except ValueError as error:
        url, kind = redact(response.url, credential), response.headers.get("Content-Type", "no content type")
        said = redact(f"{error}; it came as {kind}: {_excerpt(response)}", credential)
        trouble = ReplyParseError(
            f"{broker} answered the question for {asked} ({url}) with something that is not {format}: {said}. Ask for "
            "another format, or try again later.",
            broker=broker, url=url, status_code=response.status_code, response=response)
    # Outside of the except clause: that error may quote the reply.
    raise trouble


def says_not_found(response):
    """Whether a 404 is the service's answer about a thing, and not that of a server that lacks the address.

    Parameters
    ----------
    response : `requests.Response`
        The reply.

    Returns
    -------
    bool

    Examples
    --------
    >>> import requests
    >>> from astroquery_brokers.alerce import conf
    >>> from astroquery_brokers.replies import says_not_found
    >>> response = requests.get(f"{conf.ztf_url}/objects/ZTF99aaaaaaa")
    >>> response.status_code, says_not_found(response)
    (404, True)
    """
    try:
        return isinstance(json.loads(response.content), dict)
    except (ValueError, RecursionError):
        return False


def raise_for_status(response, *, broker, asked, credential=None, text_of=None, refusal=None, open_to_all=False,
                     named=True):
    """Raise the exception that an HTTP status of 400 or more stands for, or an error that comes with status 200.

    Parameters
    ----------
    response : `requests.Response`
        The reply.
    broker : str
        Name for the message.
    asked : str
        What was asked, for the message, e.g. ``"detections of ZTF20aaelulu"``.
    credential : `~astroquery_brokers.transport.Credential`, optional
        What the message must not repeat.
    text_of : callable, optional
        ``text_of(response)`` gives what the service says about an error, for services that have a form of their own;
        None where the reply has another one.
    refusal : callable, optional
        ``refusal(response)`` gives what the service says against the question under status 200; None for any other
        reply.
    open_to_all : bool, optional
        Whether the service answers without a token.
    named : bool, optional
        Whether the question is for an object by its name.

    Raises
    ------
    RejectedQueryError
        400 or 422, or a refusal.
    AuthenticationError
        401 or 403.
    ObjectNotFoundError
        404, where the service itself says it.
    RateLimitError
        429.
    BrokerError
        Any other.

    Examples
    --------
    >>> import requests
    >>> from astroquery_brokers.alerce import conf
    >>> from astroquery_brokers.replies import raise_for_status
    >>> response = requests.get(f"{conf.ztf_url}/objects/ZTF99aaaaaaa")
    >>> raise_for_status(response, broker="ALeRCE", asked="the object")
    Traceback (most recent call last):
    ...
    astroquery_brokers.exceptions.ObjectNotFoundError: ALeRCE answered the question for the object with HTTP 404: ...
    """
    status, url = response.status_code, redact(response.url, credential)
    if status < 400:
        said = refusal and refusal(response)
        if said:
            raise RejectedQueryError(f"{broker} refused the question for {asked}: {redact(said, credential)}",
                                     broker=broker, url=url, status_code=status, response=response)
        if status == 206 or status >= 300 and status != 303:  # which a job in TAP begins with
            raise ReplyParseError(f"{broker} answered the question for {asked} with HTTP {status}, which is no whole "
                                  "reply. Try again; if it lasts, the service has changed: please report it.",
                                  broker=broker, url=url, status_code=status, response=response)
        return
    said = (text_of and text_of(response)) or _server_text(response)
    said = redact(said, credential)
    start = f"{broker} answered the question for {asked} with HTTP {status}"
    endings = {
        AuthenticationError: "It takes no token and is open to all: check the configured address, or whether a proxy "
                             "or the service shuts this network out." if open_to_all else
                             "It wants another token, or none.",
        ObjectNotFoundError: "Check the name; not every object of a survey is kept by every broker." if named else
                             "Check the arguments.",
        RejectedQueryError: "Change the arguments.",
        RateLimitError: "Wait, or lower conf.requests_per_second.",
        BrokerError: "The service has trouble; try again later.",
    }
    kind = {400: RejectedQueryError, 422: RejectedQueryError, 401: AuthenticationError, 403: AuthenticationError,
            404: ObjectNotFoundError, 429: RateLimitError}.get(status, BrokerError)
    if kind is ObjectNotFoundError and not says_not_found(response):
        kind, endings = BrokerError, {BrokerError: "There is no such address: check the configured one."}
    raise kind(f"{start}: {said} {endings[kind]}", broker=broker, url=url, status_code=status, response=response)


def _server_text(response):
    """What the server says about an error, in a sentence."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return _excerpt(response) + "."
    if not isinstance(body, dict):
        return f"{body!s:.300}."
    parts = []
    for key in ("message", "detail", "errors"):
        value = body.get(key)
        if isinstance(value, list):
            value = "; ".join(": ".join(filter(None, ('.'.join(map(str, item.get('loc', ()))), str(item.get('msg')))))
                              if isinstance(item, dict) else str(item) for item in value)
        elif isinstance(value, dict):
            value = "; ".join(f"{name}: {text}" for name, text in value.items())
        if value:
            parts.append(str(value).rstrip("."))
    text = redact(". ".join(parts)[:600] or str(body)[:300])
    return text if text.endswith(("?", "!")) else f"{text}."


def _excerpt(response):
    text = response.content[:2000].decode("utf-8", "replace")
    text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.S | re.I)
    text = " ".join(text.split())
    return redact(repr(text[:160])) if text else "an empty body"
