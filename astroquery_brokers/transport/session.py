# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The session: our adapter, proxies as the environment says, and no credential but those that are handed in."""

import os
import time
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from .adapter import RetryingAdapter
from .call import travels_safely
from .redact import conceal, redact_body, spellings, without_token

__all__ = ["BrokerSession", "CredentialAuth", "hide_credentials"]

_SECRET_HEADERS = ("Authorization", "Cookie", "Proxy-Authorization")
_SETTINGS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD", "REQUESTS_CA_BUNDLE",
             "CURL_CA_BUNDLE")
_VARIABLES = tuple(name for setting in _SETTINGS for name in (setting, setting.lower()))
_LOOK_AGAIN = 10.0


class CredentialAuth(AuthBase):
    """Puts a credential, or none, into a request.

    A session without any authentication object would look for the host in the user's netrc file.

    Parameters
    ----------
    credential : Credential or None
        What authorises the request.
    """

    def __init__(self, credential=None):
        self._credential = credential

    def __call__(self, request):
        if self._credential is not None:
            self._credential.check(request.url)
            request.headers["Authorization"] = f"{self._credential.scheme} {self._credential.token}"
        return request


class BrokerSession(requests.Session):
    """A session for one service.

    Parameters
    ----------
    broker : str
        Name of the service, for messages.
    user_agent : str
        How the session presents itself.
    """

    def __init__(self, broker, user_agent):
        super().__init__()
        self.headers["User-Agent"] = user_agent
        self.auth = CredentialAuth()
        self.max_redirects = 10
        # Whoever reads the answers of one session must not be told apart by an earlier request.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.hooks["response"].clear()
        adapter = RetryingAdapter(broker)
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self._environments = {}

    def prepared(self, call):
        """The request of a call; requests' own way through the session takes several times as long.

        Parameters
        ----------
        call : Call
            What is asked.

        Returns
        -------
        requests.PreparedRequest
        """
        headers = self.headers.copy()
        headers.update(call.headers or {})
        request = requests.PreparedRequest()
        request.prepare(call.method, call.url, headers=headers, params=call.params, json=call.json, data=call.data,
                        auth=CredentialAuth(call.credential))
        return request

    def environment(self, url):
        """What the environment says of proxies and certificates for an address.

        Parameters
        ----------
        url : str
            The address.

        Returns
        -------
        dict
            Keywords for `send`. Variables and attributes are looked at for each request, proxies of the operating
            system every ten seconds: to find them takes as long as all else that makes a request.
        """
        parts, now = urlsplit(url), time.monotonic()
        place = parts.scheme, parts.netloc
        variables = (*map(os.environ.get, _VARIABLES), self.trust_env, self.verify, self.cert, *self.proxies.items())
        known, until, settings = self._environments.get(place, (None, now, None))
        if known != variables or now >= until:
            settings = self.merge_environment_settings(url, {}, False, None, None)
            self._environments[place] = variables, now + _LOOK_AGAIN, settings
        return {**settings, "proxies": dict(settings["proxies"])}

    def rebuild_auth(self, prepared_request, response):
        """Leave the credential behind where a redirect leads to another host or out of encryption."""
        headers, url = prepared_request.headers, prepared_request.url
        token = headers.get("Authorization", "").partition(" ")[2]
        for spelling in spellings(token) if token else ():
            if spelling in url:
                conceal(spelling)  # the service put it into the address: urllib3 would log it
        if self.should_strip_auth(response.request.url, url) or not travels_safely(url):
            headers.pop("Authorization", None)


def hide_credentials(response, credential=None):
    """Take the credentials out of a reply, of the redirects before it, and of the requests that they belong to.

    Parameters
    ----------
    response : requests.Response
        The reply. Its body stays as it is.
    credential : Credential, optional
        What authorised the request: a service may send it back in headers and addresses.
    """
    for one in (*response.history, response):
        for name in _SECRET_HEADERS:
            if name in one.request.headers:
                one.request.headers[name] = "REDACTED"
        one.url, one.request.url = (without_token(url, credential) for url in (one.url, one.request.url))
        one._next = None  # a request with the credential in it
        if credential is None:
            continue
        one.reason, one.encoding = (text and without_token(text, credential) for text in (one.reason, one.encoding))
        told = {name: value for name, value in one.headers.items() if without_token(value, credential) != value}
        if told:
            one.cookies.clear()
            one.raw = None
        for name, value in told.items():
            one.headers[name] = without_token(value, credential)
    for hop in response.history:
        redact_body(hop, credential)
