# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Credentials that services of the sandbox ask for; every sandbox makes its own, at random."""

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from datetime import datetime

__all__ = ["Tokens"]

_DAY = 24 * 3600


def _encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Tokens:
    """The tokens of AMPEL: those of the archive, which it keeps in a table, and those of the dashboard, which it signs.

    Attributes
    ----------
    given : dict
        A good token by configuration item, for the user of the sandbox.
    """

    def __init__(self):
        self._key, self.archive, self._last = secrets.token_bytes(32), [], 0
        claims = {"name": "sandbox", "orgs": ["AmpelProject"], "teams": ["AmpelProject/users"]}
        self.given = {"ampel.archive_token": self.create(claims), "ampel.live_token": self.signed(claims)}

    def create(self, claims):
        """A new token of the archive, for whoever has a token of the dashboard with these claims."""
        self._last += 1
        token = str(uuid.uuid4())
        self.archive.append({
            "token_id": self._last, "owner": claims["name"], "created": datetime.now().isoformat(), "token": token,
            "role": "reader", "partnership": "ZwickyTransientFacility" in claims["orgs"]})
        return token

    def find(self, token):
        """The entry of a token of the archive (`uuid.UUID`), or None."""
        return next((entry for entry in self.archive if entry["token"] == str(token)), None)

    def _signature(self, text):
        return _encoded(hmac.digest(self._key, text.encode(), hashlib.sha256))

    def signed(self, claims, lifetime=_DAY):
        """A token of the dashboard, which is good for some seconds."""
        parts = {"alg": "HS256", "typ": "JWT"}, {**claims, "exp": int(time.time() + lifetime)}
        text = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        return f"{text}.{self._signature(text)}"

    def claims(self, token):
        """What a token of the dashboard claims; None if it is none, or no longer."""
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(text).encode()):
            return None
        claims = json.loads(_decoded(text.split(".")[1]))
        return claims if claims["exp"] > time.time() else None
