# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is asked: one HTTP request, and what authorises it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from .ratelimit import is_loopback
from .redact import redact

__all__ = ["Call", "Credential"]

_FORBIDDEN_HEADERS = {"authorization", "cookie", "proxy-authorization"}


class Credential:
    """A token, which neither `repr` nor a pickle shows.

    Parameters
    ----------
    token : str
        The token; surrounding white space is dropped.
    scheme : str
        First word of the ``Authorization`` header.
    hosts : tuple of str
        Hosts that may see it; empty for the host of the call.

    Raises
    ------
    InvalidArgumentError
        If the token is empty or cannot be sent.

    Notes
    -----
    A pickle keeps the fingerprint and drops the token: a process that unpickles it can find what was cached and
    cannot ask anything.

    Examples
    --------
    >>> from astroquery_brokers.transport import Credential
    >>> credential = Credential("a-long-secret", hosts=("archive.example",))
    >>> "a-long-secret" in repr(credential)
    False
    """

    __slots__ = ("_fingerprint", "_token", "hosts", "scheme")

    def __init__(self, token, scheme="Bearer", *, hosts=()):
        from ..exceptions import InvalidArgumentError

        token = str(token).strip()
        if not token or not all("!" <= character <= "~" for character in token):
            raise InvalidArgumentError("The token is empty or has characters that cannot be sent. "
                                       "Allowed: letters, digits and punctuation of ASCII, without spaces.")
        self._token = token
        self._fingerprint = hashlib.blake2b(f"{scheme} {token}".encode(), digest_size=8,
                                            key=b"astroquery_brokers credential").hexdigest()
        self.scheme = scheme
        self.hosts = tuple(host.lower() for host in hosts)

    @property
    def token(self):
        """The token.

        Raises
        ------
        AuthenticationError
            If the credential comes out of a pickle.
        """
        if self._token is None:
            from ..exceptions import AuthenticationError

            raise AuthenticationError("This credential was pickled, and a pickle does not hold the token. "
                                      "Give the token again in this process.")
        return self._token

    def fingerprint(self):
        """Short text that tells credentials apart and does not give them away.

        Returns
        -------
        str
        """
        return self._fingerprint

    def check(self, url):
        """Refuse a URL that the token must not travel to.

        Parameters
        ----------
        url : str
            Where it is about to be sent.

        Raises
        ------
        InvalidArgumentError
            If the token would go unencrypted over a network, or to another host than the allowed ones.
        """
        from ..exceptions import InvalidArgumentError

        host = urlsplit(url).hostname or ""
        if not travels_safely(url):
            raise InvalidArgumentError(f"A token is sent over https only, and the address is {redact(url)}. "
                                       "Use an https address.")
        if self.hosts and host not in self.hosts:
            raise InvalidArgumentError(f"The token is for {', '.join(self.hosts)}, and the address is {redact(url)}. "
                                       "Give the token of that service, or none.")

    def __repr__(self):
        return f"<Credential {self._fingerprint}>"

    def __eq__(self, other):
        if not isinstance(other, Credential):
            return NotImplemented
        return (self._fingerprint, self.hosts) == (other._fingerprint, other.hosts)

    def __hash__(self):
        return hash((self._fingerprint, self.hosts))

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return _without_token, (self._fingerprint, self.scheme, self.hosts)


def _without_token(fingerprint, scheme, hosts):
    credential = Credential.__new__(Credential)
    credential._token, credential._fingerprint = None, fingerprint
    credential.scheme, credential.hosts = scheme, hosts
    return credential


def travels_safely(url):
    """Whether nobody on the way can read what is sent to a URL."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_loopback(parts.hostname or "")


@dataclass(frozen=True, repr=False)
class Call:
    """One HTTP request; it only asks, so that it can be repeated.

    Parameters
    ----------
    method : str
        ``"GET"`` or ``"POST"``.
    url : str
        The address, http or https.
    params : sequence of (name, value), or mapping
        Query parameters. A value may be a list (the name is repeated) or None (left out).
    json, data : optional
        The body, as `requests` takes it.
    headers : mapping, optional
        Further headers. A token goes into ``credential``, not here.
    credential : Credential, optional
        What authorises the request.
    lifetime : float, optional
        Seconds for which the reply may be served from the cache; None or 0 for never.
    redirects : bool
        Whether a reply that sends to another address is followed.

    Raises
    ------
    InvalidArgumentError
        If the address cannot be asked, or a header would carry a credential.

    Examples
    --------
    >>> from astroquery_brokers.transport import Call
    >>> Call("get", "https://api.alerce.online/ztf/v1/objects/", params={"oid": ["ZTF20aaelulu"], "page": None})
    <Call GET https://api.alerce.online/ztf/v1/objects/?oid=ZTF20aaelulu>
    """

    method: str
    url: str
    params: tuple = ()
    json: object = None
    data: object = None
    headers: Mapping | None = None
    credential: Credential | None = field(default=None)
    lifetime: float | None = None
    redirects: bool = True

    def __post_init__(self):
        from ..exceptions import InvalidArgumentError

        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidArgumentError(f"{redact(self.url)!r} is not an address that can be asked. "
                                       "Allowed: http://host/path or https://host/path.")
        wrong = [name for name in self.headers or () if name.lower() in _FORBIDDEN_HEADERS]
        if wrong:
            raise InvalidArgumentError(f"The header {wrong[0]} cannot be given: use `credential`.")
        object.__setattr__(self, "method", self.method.upper())
        object.__setattr__(self, "params", tuple(_pairs(self.params)))

    @property
    def host(self):
        """Name of the host, in lower case."""
        return urlsplit(self.url).hostname

    @property
    def shown(self):
        """The address with its parameters, without credentials."""
        if not self.params:
            return redact(self.url, self.credential)
        joint = "&" if "?" in self.url else "?"
        return redact(f"{self.url}{joint}{urlencode(self.params)}", self.credential)

    def __repr__(self):
        return f"<Call {self.method} {self.shown}>"


def _pairs(params):
    """Parameters as pairs of text, as they will be sent."""
    for name, value in params.items() if isinstance(params, Mapping) else params or ():
        for one in value if isinstance(value, (list, tuple, set, frozenset)) else (value,):
            if one is not None:
                yield str(name), one.decode() if isinstance(one, bytes) else str(one)
