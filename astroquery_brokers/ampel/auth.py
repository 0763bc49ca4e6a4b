# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL's two tokens: where they come from, what they look like, and what the service means when it refuses one."""

import base64
import binascii
import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from ..arguments import check_choice
from ..endpoints import Endpoint, Request
from ..exceptions import AuthenticationError, BrokerError, InvalidArgumentError
from ..transport import Credential

__all__ = ["DASHBOARD", "TOKENS", "Tokens", "about_token", "expiry"]

DASHBOARD = "https://ampel-ztf.zeuthen.desy.de/live/dashboard/tokens"
_KEYRING = "astroquery_brokers AMPEL"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")


@dataclass(frozen=True)
class Kind:
    """One of the two kinds of token.

    Attributes
    ----------
    setting : str
        Configuration item that may hold it.
    variable : str
        Environment variable that may hold it.
    form : `re.Pattern`
        What it looks like.
    looks : str
        The same in words.
    serves : str
        What it is good for.
    """

    setting: str
    variable: str
    form: re.Pattern
    looks: str
    serves: str


TOKENS = {
    "archive": Kind("archive_token", "AMPEL_ARCHIVE_TOKEN", _UUID, "an archive token (like 01234567-89ab-cdef-...)",
                    "the archive"),
    "live": Kind("live_token", "AMPEL_LIVE_TOKEN", _JWT, "a dashboard token (three parts joined by dots, eyJ...)",
                 "the live database"),
}
# Asked to find out whether a token is known: an object that cannot be there, and none of its alerts.
_PROBE = Endpoint("a token", "archive_url", "/object/ZTF17aaaaaaa/alerts", ("ztf_detections",), lifetime=0.0,
                  params=(("limit", "0"),), credential="archive")


class Tokens:
    """Finds the token that a request needs (mixin)."""

    def __init__(self, **settings):
        secret = {}
        for kind, told in TOKENS.items():
            if settings.get(told.setting):
                secret[told.setting] = _checked(settings[told.setting], kind)
        self._from_keyring = {}
        super().__init__(**{**settings, **secret})

    def __reduce__(self):
        made, arguments, state = super().__reduce__()
        kept = {item: value for item, value in self._settings.items() if not isinstance(value, Credential)}
        return type(made)(made.func, **kept), arguments, state

    def login(self, token="archive", *, store_token=False, reenter_token=False):
        """Take a token from the keyring of the operating system, or ask for it, for this instance.

        Parameters
        ----------
        token : {"archive", "live"}, optional
            Which of the two: that of the archive, or that of the dashboard for the live database.
        store_token : bool, optional
            Whether to keep it in the keyring. A dashboard token is good for a day.
        reenter_token : bool, optional
            Whether to ask for it even if the keyring has one.

        Returns
        -------
        bool
            True: there is a token now. Whether the service takes it shows with the first question.

        Raises
        ------
        InvalidArgumentError
            If what was found or typed does not look like the token that is wanted.
        AuthenticationError
            If the token has expired.

        Examples
        --------
        >>> from astroquery_brokers.ampel import AmpelClass
        >>> ampel = AmpelClass()
        >>> ampel.login("archive", store_token=True)  # doctest: +SKIP
        True
        """
        return super().login(token, store_token, reenter_token)

    def _login(self, token, store, reenter):
        check_choice(token, TOKENS, "token")
        given, stored = self._get_password(_KEYRING, f"{token} token", reenter=reenter)
        self._from_keyring[token] = _fresh(_checked(given, token), token)
        if store and given != stored:
            import keyring

            keyring.set_password(_KEYRING, f"{token} token", given)
        return True

    def _credential(self, request):
        kind = request.endpoint.credential
        return self._token(kind, request.endpoint.name) if kind else None

    def _token(self, kind, asked):
        """The credential of a kind: of this instance, else of the configuration, the environment or `login`."""
        told = TOKENS[kind]
        given = (self._setting(told.setting) or os.environ.get(told.variable, "").strip()
                 or self._from_keyring.get(kind))
        if not given:
            raise AuthenticationError(
                f"{self.broker} answers the question for {asked} only to those who have {told.looks}. Make one at "
                f"{DASHBOARD} and give it as {told.variable} in the environment, as {told.setting}= of AmpelClass, or "
                f"by Ampel.login({kind!r}).", broker=self.broker)
        return _fresh(given if isinstance(given, Credential) else _checked(given, kind), kind)


def _checked(token, kind):
    """The credential, if the token has the form of its kind."""
    if isinstance(token, Credential):
        return token
    token, told = str(token).strip(), TOKENS[kind]
    if told.form.fullmatch(token) is None:
        other = next((one for one in TOKENS.values() if one.form.fullmatch(token)), None)
        found = f"It is {other.looks}, which is for {other.serves}." if other else "It has another form."
        raise InvalidArgumentError(f"{told.setting} must be {told.looks}. {found} Tokens are made at {DASHBOARD}.")
    return Credential(token)


def _fresh(credential, kind):
    """The credential, unless it says itself that it has expired."""
    until = expiry(credential.token) if kind == "live" else None
    if until is not None and until <= datetime.now(timezone.utc):
        raise AuthenticationError(
            f"The dashboard token of AMPEL expired at {until:%Y-%m-%d %H:%M} UTC (they are good for 24 hours). Get a "
            f"new one at {DASHBOARD} and give it as {TOKENS[kind].variable}, or by Ampel.login('live', "
            "reenter_token=True).", broker="AMPEL")
    return credential


def expiry(token):
    """When a dashboard token expires, as it says itself.

    Parameters
    ----------
    token : str
        The token; its signature is not checked.

    Returns
    -------
    `datetime.datetime` or None
        In UTC; None if it does not say.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return datetime.fromtimestamp(claims["exp"], timezone.utc)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, binascii.Error):
        return None


def about_token(error, request, ask):
    """What a refusal says about the token: the archive answers one that it does not know with 500."""
    kind = request.endpoint.credential
    if isinstance(error, AuthenticationError) and kind:
        return _like(error, AuthenticationError, f"Check {TOKENS[kind].setting}; tokens are made at {DASHBOARD}.")
    if error.status_code != 500 or kind != "archive" or request.endpoint is _PROBE:
        return error
    try:
        ask(Request(_PROBE))
    except BrokerError as again:
        if again.status_code == 500:
            return _like(error, AuthenticationError, f"Look the token up at {DASHBOARD}.", start=(
                f"{error.broker} has an archive token that it does not know (deleted, or mistyped), or is broken: the "
                "simplest question is answered with HTTP 500 too, as it does with such a token."))
    return error


def _like(error, kind, more, *, start=None):
    return kind(f"{start or error} {more}", broker=error.broker, url=error.url, status_code=error.status_code,
                response=error.response)
