# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What AMPEL's services share: checks of queries and bodies in the words of pydantic, tokens, failures."""

import json
import uuid
from functools import lru_cache
from typing import get_origin

from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

from .wire import FastAPIJSON, fastapi_failure

__all__ = ["BROKEN", "COMPRESSED", "HANDLERS", "archive_entry", "authorized", "body", "dashboard_user", "path",
           "query", "route"]

BROKEN = HTTPException(500)
_DENIED = HTTPException(401, "Could not validate credentials", {"WWW-Authenticate": "Bearer"})
COMPRESSED = [Middleware(GZipMiddleware, minimum_size=1000, compresslevel=1)]


async def _refusal(request, error):
    if error.status_code == 500:
        return fastapi_failure()
    return FastAPIJSON({"detail": error.detail}, error.status_code, error.headers)


HANDLERS = {HTTPException: _refusal, 500: fastapi_failure}


def route(where, endpoint, *methods):
    """A route for GET, or for some methods; as with FastAPI, HEAD is a wrong one."""
    made = Route(where, endpoint, methods=methods or ["GET"])
    made.methods.discard("HEAD")
    return made


@lru_cache
def _adapter(model):
    return TypeAdapter(model)


def _checked(model, data, place):
    try:
        return _adapter(model).validate_python(data, from_attributes=True)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    for problem in problems:
        problem["loc"] = [place, *problem["loc"]]
        if "error" in problem.get("ctx", {}):
            problem["ctx"] = {"error": {}}
        if place != "body" and problem["type"] == "missing":
            problem["input"] = None
    raise HTTPException(422, problems)


def path(model, request):
    """The parameters in the path of a request."""
    return _checked(model, dict(request.path_params), "path")


def query(model, request):
    """The parameters of the query string, as a model; unknown ones are ignored."""
    given = {}
    for name, field in model.model_fields.items():
        values = request.query_params.getlist(name)
        if values:
            given[name] = values if get_origin(field.annotation) is list else values[-1]
    return _checked(model, given, "query")


async def body(model, request):
    """The body of a request, as a model."""
    data = await request.body()
    if not data:
        raise HTTPException(422, [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}])
    try:
        content = json.loads(data)
    except json.JSONDecodeError as error:
        raise HTTPException(422, [{"type": "json_invalid", "loc": ["body", error.pos], "msg": "JSON decode error",
                                   "input": {}, "ctx": {"error": error.msg}}]) from None
    return _checked(model, content, "body")


def _bearer(request):
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme or not token:
        raise HTTPException(403, "Not authenticated")
    if scheme.lower() != "bearer":
        raise HTTPException(403, "Invalid authentication credentials")
    return token


def archive_entry(request):
    """The entry of the token of the archive that a request carries. One that is unknown breaks the server."""
    try:
        token = uuid.UUID(_bearer(request))
    except ValueError:
        raise _DENIED from None
    entry = request.state.tokens.find(token)
    if entry is None:
        raise BROKEN
    return entry


def authorized(request):
    """The programme of alerts that a request may have, which is 1 for most tokens; None for all.

    This comes before anything else is looked at; only that ``programid`` is no integer is said with the other errors.
    """
    entry = archive_entry(request)
    try:
        wanted = int(request.query_params.get("programid", 1))
    except ValueError:
        return 1
    if entry["partnership"]:
        return wanted if "programid" in request.query_params else None
    if wanted != 1:
        raise HTTPException(401, f"Not authorized for programid {wanted}", {"WWW-Authenticate": "Bearer"})
    return 1


def dashboard_user(request):
    """What the token of the dashboard claims that a request carries."""
    claims = request.state.tokens.claims(_bearer(request))
    if claims is None or not {"name", "orgs", "teams"} <= set(claims):
        raise _DENIED
    if not {"AmpelProject", "ZwickyTransientFacility"} & {claims["name"], *claims["orgs"], *claims["teams"]}:
        raise HTTPException(403, "Forbidden")
    return claims
