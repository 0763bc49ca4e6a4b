# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the dialects share: JSON as Python web frameworks write it, and who is let in."""

import json

from starlette.responses import Response

__all__ = ["FlaskJSON", "FastAPIJSON", "is_authorized", "is_forbidden"]


class FlaskJSON(Response):
    """JSON with spaces after separators; a NaN is the bare token ``NaN``."""

    media_type = "application/json"

    def __init__(self, content, status_code=200, headers=None):
        super().__init__(content, status_code, {"Access-Control-Allow-Origin": "*", **(headers or {})})

    def render(self, content):
        return json.dumps(content).encode()


class FastAPIJSON(Response):
    """Compact JSON, which cannot hold a NaN."""

    media_type = "application/json"

    def render(self, content):
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def is_authorized(header):
    """Whether the value of an Authorization header is one that the sandbox accepts: ``bearer sandbox-...``."""
    scheme, _, token = header.partition(" ")
    return scheme.lower() == "bearer" and token.strip().startswith("sandbox-")


def is_forbidden(request):
    """Whether a request carries an Authorization header that is not accepted."""
    header = request.headers.get("authorization")
    return header is not None and not is_authorized(header)
