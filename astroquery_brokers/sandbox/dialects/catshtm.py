# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's catsHTM service, version 1.2.0: /conesearch, /conesearch_all, /crossmatch, /crossmatch_all.

Radii are in arcsec. What is wrong with the arguments it says with status 200.
After the published code and the replies in the tests of the official client.
"""

import math

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from ..catalogs import DEFAULT_RADIUS, NAMES, SHOWN, Catalogs
from .wire import FlaskJSON

__all__ = ["application"]

_INVALID = "Request contains one or more invalid arguments."
_WELCOME = ("<!DOCTYPE html>\n<html>\n<head><title>ALeRCE Cats Service</title></head>\n<body><h3>Welcome</h3></body>\n"
            "</html>")


def _page(status, title, words):
    return HTMLResponse(f'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<title>{status} {title}</title>\n'
                        f"<h1>{title}</h1>\n<p>{words}</p>\n", status)


def _failure(request=None, error=None):
    return _page(500, "Internal Server Error",
                 "The server encountered an internal error and was unable to complete your request. Either the server "
                 "is overloaded or there is an error in the application.")


def _unknown_page(request, error):
    return _page(404, "Not Found", "The requested URL was not found on the server.")


def _value(value):
    return None if math.isnan(value) else "infinity" if value == math.inf else value


def _numbers(request, *names):
    """Parameters as numbers, or None if one is missing or is no number."""
    try:
        return [float(request.query_params[name]) for name in names]
    except (KeyError, ValueError):
        return None


class _Service:
    """The routes."""

    def __init__(self, store):
        self.catalogs = Catalogs(store)

    def _cone(self, name, ra, dec, radius):
        rows, _ = self.catalogs.near(name, ra, dec, radius)
        if not len(rows):
            return {}
        return {SHOWN.get(name, name): {
            column: {"units": unit, "values": [_value(value) for value in values[rows].tolist()]}
            for column, (unit, values) in self.catalogs[name].items()}}

    def _match(self, name, ra, dec, radius):
        rows, distance = self.catalogs.near(name, ra, dec, radius)
        if not len(rows):
            return {}
        nearest = distance.argmin()
        result = {column: {"unit": unit, "value": _value(float(values[rows[nearest]]))}
                  for column, (unit, values) in self.catalogs[name].items()}
        result["distance"] = {"unit": "arcsec", "value": float(distance[nearest])}
        return dict(sorted(result.items()))

    async def conesearch(self, request):
        numbers = _numbers(request, "ra", "dec", "radius")
        if numbers is None:
            return FlaskJSON(_INVALID)
        name = request.query_params.get("catalog")
        return FlaskJSON(self._cone(name, *numbers)) if name in NAMES else _failure()

    async def conesearch_all(self, request):
        numbers = _numbers(request, "ra", "dec", "radius")
        if numbers is None:
            return FlaskJSON(_INVALID)
        found = [self._cone(name, *numbers) for name in NAMES]
        return FlaskJSON({"catalogs": [reply for reply in found if reply]})

    async def crossmatch(self, request):
        numbers = _numbers(request, "ra", "dec")
        if numbers is None:
            return FlaskJSON(_INVALID)
        name = request.query_params.get("catalog")
        radius = _numbers(request, "radius") or [DEFAULT_RADIUS.get(name, 50)]
        return FlaskJSON(self._match(name, *numbers, *radius)) if name in NAMES else _failure()

    async def crossmatch_all(self, request):
        numbers, radius = _numbers(request, "ra", "dec"), _numbers(request, "radius")
        if numbers is None:
            return FlaskJSON(_INVALID)
        if radius is None:
            return _failure()
        found = {SHOWN.get(name, name): self._match(name, *numbers, *radius) for name in NAMES}
        return FlaskJSON([{name: reply} for name, reply in found.items() if reply])


async def _welcome(request):
    return HTMLResponse(_WELCOME)


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    service = _Service(store)
    return Starlette(routes=[
        Route("/", _welcome), Route("/conesearch", service.conesearch),
        Route("/conesearch_all", service.conesearch_all), Route("/crossmatch", service.crossmatch),
        Route("/crossmatch_all", service.crossmatch_all)], exception_handlers={404: _unknown_page, 500: _failure})
