# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The session: our adapter, proxies as the environment says, and no credential but those that are handed in."""

from http.cookiejar import DefaultCookiePolicy

import requests
from requests.auth import AuthBase

from .adapter import RetryingAdapter
from .call import travels_safely
from .redact import without_concealed

__all__ = ["BrokerSession", "CredentialAuth", "hide_credentials"]

_SECRET_HEADERS = ("Authorization", "Cookie", "Proxy-Authorization")


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

    def rebuild_auth(self, prepared_request, response):
        """Leave the credential behind where a redirect leads to another host or out of encryption."""
        headers, url = prepared_request.headers, prepared_request.url
        if self.should_strip_auth(response.request.url, url) or not travels_safely(url):
            headers.pop("Authorization", None)


def hide_credentials(response):
    """Take the credentials out of the requests that a reply, and the redirects before it, belong to."""
    for one in (*response.history, response):
        for name in _SECRET_HEADERS:
            if name in one.request.headers:
                one.request.headers[name] = "REDACTED"
        one.url, one.request.url = without_concealed(one.url), without_concealed(one.request.url)
