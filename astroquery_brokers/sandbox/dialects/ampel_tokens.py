# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The part of AMPEL's archive in which the owner of a dashboard token manages tokens of the archive."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from . import ampel_models as models
from .ampel_wire import dashboard_user, path, route
from .wire import FastAPIJSON

__all__ = ["ROUTES"]


async def _tokens(request):
    user = dashboard_user(request)
    if request.method == "POST":
        return FastAPIJSON(request.state.tokens.create(user), 201)
    return FastAPIJSON([entry for entry in request.state.tokens.archive if entry["owner"] == user["name"]])


async def _token(request):
    user = dashboard_user(request)
    number, entries = path(models.JWTEntry, request).token_id, request.state.tokens.archive
    found = [entry for entry in entries if entry["token_id"] == number and entry["owner"] == user["name"]]
    if not found:
        raise HTTPException(404, "Not Found")
    if request.method == "DELETE":
        entries.remove(found[0])
        return Response(status_code=204)
    return FastAPIJSON(found[0])


ROUTES = [route("/tokens/", _tokens, "GET", "POST"),
          route("/tokens/{token_id}", _token, "GET", "DELETE")]
