# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the dialects share: JSON as Python web frameworks write it, and who is let in."""

import json

from starlette.responses import PlainTextResponse, Response

__all__ = ["FlaskJSON", "FastAPIJSON", "fastapi_error", "fastapi_failure", "fastapi_healthcheck", "fastapi_query",
           "is_authorized", "is_forbidden", "is_number"]


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


_PROBLEMS = {
    int: ("int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    float: ("float_parsing", "Input should be a valid number, unable to parse string as a number"),
    bool: ("bool_parsing", "Input should be a valid boolean, unable to interpret input")}
_TRUE, _FALSE = ("true", "1", "yes", "on", "t", "y"), ("false", "0", "no", "off", "f", "n")


def _boolean(text):
    if text.lower() in _TRUE + _FALSE:
        return text.lower() in _TRUE
    raise ValueError(text)


def fastapi_query(query, parameters, required=()):
    """The parameters of a query string as FastAPI reads them; unknown ones are ignored.

    Parameters
    ----------
    query : `starlette.datastructures.QueryParams`
    parameters : dict
        Type by name; a list of one type where the parameter may come more than once.
    required : tuple of str

    Returns
    -------
    values : dict
        What was given, by name.
    refusal : `FastAPIJSON` or None
        The reply 422.
    """
    values, problems = {}, []
    for name, kind in parameters.items():
        given, kind, several = query.getlist(name), kind[0] if isinstance(kind, list) else kind, isinstance(kind, list)
        if not given and name in required:
            problems.append({"type": "missing", "loc": ["query", name], "msg": "Field required", "input": None})
        read = []
        for number, text in enumerate(given if several else given[-1:]):
            try:
                read.append(_boolean(text) if kind is bool else kind(text))
            except ValueError:
                place = ["query", name, number] if several else ["query", name]
                problems.append({"type": _PROBLEMS[kind][0], "loc": place, "msg": _PROBLEMS[kind][1], "input": text})
        if read:
            values[name] = read if several else read[0]
    return values, FastAPIJSON({"detail": problems}, 422) if problems else None


def fastapi_failure(request=None, error=None):
    """What a FastAPI service says when it breaks."""
    return PlainTextResponse("Internal Server Error", 500)


async def fastapi_error(request, error):
    """What a FastAPI service says to an unknown route or a wrong method."""
    return FastAPIJSON({"detail": error.detail}, error.status_code, error.headers)


async def fastapi_healthcheck(request):
    """The reply to ``/healthcheck``."""
    return FastAPIJSON("OK")


def is_number(text):
    """Whether a text is the number of something: 64 bits, nothing but digits."""
    return text.isascii() and text.isdigit() and int(text) < 2 ** 63
