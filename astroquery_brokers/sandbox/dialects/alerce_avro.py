# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's older service of stamps and packets, for ZTF (avro.alerce.online): /get_stamp, /get_avro, /get_avro_info.

After the published server code of 2022-12. The gzip of a cutout is its content, not the transfer's.
"""

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..alerts import Alerts
from ..ztf_packets import without_cutouts
from .alerce_stamps import picture
from .wire import FlaskJSON, is_forbidden, is_number

__all__ = ["application"]

_CHOICES = {"type": ("science", "template", "difference"), "format": ("fits", "png"), "survey_id": ("ztf", "atlas")}


def _unknown_page(request, error):
    return HTMLResponse("<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
                        "<p>There is no such page on this server.</p>\n", 404)


def _wrong_method(request, error):
    return FlaskJSON({"message": "The method is not allowed for the requested URL."}, 405, error.headers)


def _failure(request, error):
    return FlaskJSON({"message": "The server encountered an internal error and was unable to complete your request."},
                     500)


def _missing(request):
    return FlaskJSON({"message": f"AVRO not found. You have requested this URI [{request.url.path}] but did you mean "
                                 "/get_stamp or /get_avro or /get_avro_info ?"}, 404)


def _attachment(content, media_type, name):
    return Response(content, media_type=media_type, headers={"Content-Disposition": f"attachment; filename={name}",
                                                             "Access-Control-Allow-Origin": "*"})


class _Service:
    """The routes."""

    def __init__(self, store):
        self.alerts = Alerts(store)

    @staticmethod
    def _refusal(request, required):
        """The reply to a request that is not answered with data, or None."""
        if is_forbidden(request):
            return FlaskJSON("Forbidden", 403)
        for name in required:
            if name not in request.query_params:
                words = f"{name} Missing required parameter in the query string"
                return FlaskJSON({"errors": {name: words}, "message": "Input payload validation failed"}, 400)
        for name, allowed in _CHOICES.items():
            value = request.query_params.get(name)
            if value is not None and value not in allowed:
                words = f"{name} The value '{value}' is not a valid choice for '{name}'."
                return FlaskJSON({"errors": {name: words}, "message": "Input payload validation failed"}, 400)
        return None

    @staticmethod
    def _number(request):
        """The number of the alert, or None for what is none of ZTF."""
        text = request.query_params["candid"]
        atlas = request.query_params.get("survey_id") == "atlas"
        return int(text) if is_number(text) and not atlas else None

    async def stamp(self, request):
        refusal = self._refusal(request, ("candid", "type", "format"))
        if refusal is not None:
            return refusal
        query, number = request.query_params, self._number(request)
        files = None if number is None else self.alerts.cutouts("ztf", number)
        if files is None:
            return _missing(request)
        kind = query["type"]
        data = files[kind.title()]
        if query["format"] == "png":
            return Response(picture(data, kind), media_type="image/png")
        name = "_".join(part for part in (query.get("oid"), query["candid"], kind) if part)
        return _attachment(data, "application/fits+gzip", f"{name}.fits.gz")

    async def packet(self, request):
        refusal = self._refusal(request, ("candid",))
        if refusal is not None:
            return refusal
        if request.query_params.get("survey_id") == "atlas":
            # Callers without a login get no ATLAS packets.
            return FlaskJSON(None)
        number = self._number(request)
        try:
            data = None if number is None else self.alerts.packet(number)
        except ImportError as error:
            return FlaskJSON({"message": f"the sandbox cannot write packets: {error}"}, 501)
        if data is None:
            return _missing(request)
        return _attachment(data, "app/avro+binary", f"{number}.avro")

    async def info(self, request):
        refusal = self._refusal(request, ("candid",))
        if refusal is not None:
            return refusal
        if request.query_params.get("survey_id") == "atlas":
            return FlaskJSON(None)
        number = self._number(request)
        record = None if number is None else self.alerts.record(number)
        return _missing(request) if record is None else FlaskJSON(without_cutouts(record))


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    service = _Service(store)
    return Starlette(routes=[Route("/get_stamp", service.stamp), Route("/get_avro", service.packet),
                             Route("/get_avro_info", service.info)],
                     exception_handlers={404: _unknown_page, 405: _wrong_method, 500: _failure})
