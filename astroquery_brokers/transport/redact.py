# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Removal of credentials from text that is shown, logged or stored."""

import logging
import re
from urllib.parse import quote, quote_plus

__all__ = ["conceal", "redact", "redact_body", "without_concealed", "without_token"]

_HIDDEN = "REDACTED"
# With a colon before the first slash, all to the last @ may be a password, whatever is in it.
_USERINFO = re.compile(r"(?<=://)(?:[^/\s@?#'\":\[]*:[^\s'\"<>]{0,1000}|[^/\s?#'\"]+)@"
                       r"|(?<![\w/:.%+~\-])[\w.%+~\-]+:(?!//)[^\s'\"<>]{1,1000}@(?=[\w\[])")
_PARAMETER = re.compile(
    r"(?i)([?&;](?:[\w.\-]*(?:token|secret|passw|signature|credential|api[_\-]?key)[\w.\-]*|key|auth|pwd|sig|jwt)=)"
    r"[^&;#\s'\"<>]+")
_MEMBER = re.compile(r"(?i)((['\"])[\w.\-]*(?:token|secret|passw)[\w.\-]*\2\s*:\s*b?(['\"]))(?:(?!\3).)+")
_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization['\"]?\s*[:=]\s*b?['\"]?)(?:[A-Za-z]+[ ]+)?[^\s'\",}]+")
_BEARER = re.compile(r"(?i)\b(bearer )[A-Za-z0-9._~+/=\-]{8,}")


_MOST = 1000
_concealed = {}


class _Concealing(logging.Filter):
    """Takes what is concealed out of the lines that urllib3 writes about addresses."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(without_concealed(value) if isinstance(value, str) else value for value in record.args)
        return True


_filter = _Concealing()


def conceal(secret):
    """Show a text nowhere from now on: one that is as good as a token, and has to be part of an address.

    Parameters
    ----------
    secret : str
        The text. The last thousand of them are remembered, as long as this process runs.

    Examples
    --------
    >>> from astroquery_brokers.transport import conceal, redact
    >>> conceal("kc-LyFaNuI4mp6cCbM6j7x")
    >>> redact("https://archive.example/stream/kc-LyFaNuI4mp6cCbM6j7x/chunk")
    'https://archive.example/stream/REDACTED/chunk'
    """
    _concealed.pop(secret, None)
    _concealed[secret] = True
    while len(_concealed) > _MOST:
        _concealed.pop(next(iter(_concealed)), None)
    logging.getLogger("urllib3.connectionpool").addFilter(_filter)


def without_concealed(text):
    """Text in which ``REDACTED`` stands for all that was concealed.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
    """
    for secret in tuple(_concealed):
        text = text.replace(secret, _HIDDEN)
    return text


def without_token(text, credential=None):
    """Text in which ``REDACTED`` stands for a credential, however it is spelled, and for all that was concealed.

    Parameters
    ----------
    text : str
        Any text.
    credential : Credential or str, optional
        The credential.

    Returns
    -------
    str
    """
    text = without_concealed(str(text))
    token = getattr(credential, "token", credential)
    if token:
        for spelling in spellings(token):
            text = text.replace(spelling, _HIDDEN)
    return text


def spellings(token):
    """A token, as it is and as addresses spell it.

    Parameters
    ----------
    token : str
        The token.

    Returns
    -------
    set of str
    """
    return {token, quote(token, safe=""), quote(token), quote_plus(token)}


def redact(text, credential=None):
    """Text without credentials.

    Parameters
    ----------
    text : str
        A URL, or any text with URLs in it.
    credential : Credential or str, optional
        A credential that must not appear, in whatever place.

    Returns
    -------
    str
        The text; ``REDACTED`` takes the place of what a URL says before the host (user, password), with or without the
        scheme, of the values of parameters and members (of JSON) whose names say that they are secret, of
        authorization headers, and of the credential.

    Examples
    --------
    >>> from astroquery_brokers.transport import redact
    >>> redact("https://me:secret@archive.example/alerts?token=123&page=2")
    'https://REDACTED@archive.example/alerts?token=REDACTED&page=2'
    """
    text = without_token(text, credential)
    text = _USERINFO.sub(f"{_HIDDEN}@", text)
    text = _PARAMETER.sub(rf"\1{_HIDDEN}", text)
    text = _MEMBER.sub(rf"\1{_HIDDEN}", text)
    text = _HEADER.sub(rf"\1{_HIDDEN}", text)
    return _BEARER.sub(rf"\1{_HIDDEN}", text)


def redact_body(response, credential=None):
    """Take credentials out of the body of a reply, in place: of one that an error is about and carries.

    Parameters
    ----------
    response : `requests.Response`
        The reply.
    credential : Credential, optional
        What authorised the request.

    Examples
    --------
    >>> import requests
    >>> from astroquery_brokers.transport import redact_body
    >>> response = requests.Response()
    >>> response._content = b'{"resume_token": "kc-LyFaNuI4mp6cCbM6j7x'
    >>> redact_body(response)
    >>> response.text
    '{"resume_token": "REDACTED'
    """
    text = without_concealed(response.content.decode("utf-8", "surrogateescape"))
    if credential is not None:
        text = text.replace(credential.token, _HIDDEN)
    response._content = _MEMBER.sub(rf"\1{_HIDDEN}", text).encode("utf-8", "surrogateescape")
    response.raw = None
