# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How Fink's two servers read requests and refuse them (Flask with flask-restx; server code of 2026-06, release 3.5.0).

A GET is a POST whose values are text; a query string beats the body. Refusals are Python dictionaries as text.
"""

import json
import re

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from .wire import FlaskJSON

__all__ = ["Endpoint", "Refusal", "application", "content", "failure", "fixed", "is_true", "listed", "refused",
           "text_reply"]

_HINT = "See https://api.ztf.fink-portal.org"  # on the server of Rubin, too
_VERSION = "3.5.0"


def text_reply(text, status=200):
    """A reply in words, which Flask calls HTML."""
    return HTMLResponse(text, status, {"Access-Control-Allow-Origin": "*"})


class Refusal(Exception):
    """What the server does not do: the status and the text of the reply."""

    def __init__(self, text, status=400):
        super().__init__(text)
        self.text, self.status = text, status


def refused(text):
    """A refusal as the servers write most of them: a Python dictionary with the words (or an exception) as text."""
    return Refusal(str({"status": "error", "text": text}))


def is_true(value):
    """Whether a flag is set: by true in JSON or by exactly this text."""
    return str(value) == "True"


def listed(value):
    """The names in one text with commas. An array of JSON is taken for one name, which nothing has."""
    return [name.strip() for name in value.split(",")] if "," in value else [str(value)]


class Endpoint:
    """An endpoint that takes the same arguments by GET and by POST.

    Parameters
    ----------
    description : str
        What GET without arguments answers.
    answer : callable
        Gets the arguments (a dictionary), returns the reply.
    required : tuple of str
        Arguments that must be there.
    options : tuple of str
        The other arguments.
    bare : callable, optional
        Answers GET without arguments in place of the description.
    """

    def __init__(self, description, answer, required=(), options=(), bare=None):
        self.description, self.answer, self.required = description, answer, required
        self.options, self.bare, self.methods = options, bare, ["GET", "POST"]

    async def __call__(self, request):
        arguments = dict(reversed(request.query_params.multi_items()))
        if not arguments:
            if request.method != "POST":
                return text_reply(self.description) if self.bare is None else self.bare()
            if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return FlaskJSON({"message": "Did not attempt to load JSON data because the request Content-Type was "
                                             "not 'application/json'."}, 415)
            try:
                arguments = json.loads(await request.body())
            except ValueError:
                return FlaskJSON({"message": "The browser (or proxy) sent a request that this server could not "
                                             "understand."}, 400)
        try:
            for name in self.required:
                if name not in arguments:
                    raise refused(f"A value for `{name}` is required. {_HINT} \n")
            return self.answer(arguments)
        except Refusal as refusal:
            return text_reply(refusal.text, refusal.status)


class _Fixed(Endpoint):
    """An endpoint that has no arguments and no POST."""

    def __init__(self, description, bare):
        super().__init__(description, None, bare=bare)
        self.methods = ["GET"]


def fixed(description, bare):
    """An endpoint without arguments, for GET only."""
    return _Fixed(description, bare)


def _unknown_page(request, error):
    return text_reply("<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
                      "<p>The requested URL was not found on the server. If you entered the URL manually please check "
                      "your spelling and try again.</p>\n", 404)


def _wrong_method(request, error):
    return FlaskJSON({"message": "The method is not allowed for the requested URL."}, 405, error.headers)


def failure(request=None, error=None):
    """What the servers say to whatever breaks them; and what the sandbox says where something is not installed."""
    if isinstance(error, ModuleNotFoundError):
        return FlaskJSON({"message": f'the sandbox needs {error.name}: pip install "astroquery_brokers[server]"'}, 500)
    return FlaskJSON({"message": "Internal Server Error"}, 500)


def _swagger(title, endpoints):
    paths = {}
    for name, endpoint in endpoints.items():
        names = (*endpoint.required, *endpoint.options)
        parameters = [{"name": name, "in": "query", "type": "string"} for name in names]
        entry = {"responses": {"200": {"description": "Success"}}, "operationId": re.sub(r"\W", "_", name)}
        paths[f"/api/v1/{name}"] = {"parameters": parameters, **{
            method.lower(): entry for method in endpoint.methods}}
    return {"swagger": "2.0", "basePath": "/", "paths": paths, "info": {
        "title": title, "version": _VERSION, "description": f"{title}, made by the sandbox"}}


def application(title, endpoints):
    """A server of Fink as an ASGI application.

    Parameters
    ----------
    title : str
    endpoints : dict
        `Endpoint` by name.
    """
    document = _swagger(title, endpoints)

    async def page(request):
        return HTMLResponse(f"<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body id=\"swagger-ui\">"
                            "</body>\n</html>\n")

    async def swagger(request):
        return FlaskJSON(document)

    app = Starlette(routes=[
        Route("/", page), Route("/swagger.json", swagger),
        *(Route(f"/api/v1/{name}", _handler(endpoint), methods=endpoint.methods)
          for name, endpoint in endpoints.items())],
        middleware=[Middleware(GZipMiddleware, compresslevel=1)],
        exception_handlers={404: _unknown_page, 405: _wrong_method, 500: failure})
    app.router.redirect_slashes = False
    return app


def _handler(endpoint):
    async def handle(request):
        return await endpoint(request)
    return handle


def content(data, content_type, filename=None):
    """A reply of bytes, as an attachment where it has a file name."""
    headers = {"Access-Control-Allow-Origin": "*"}
    if filename:
        headers["Content-Disposition"] = f"attachment; filename={filename}"
    return Response(data, 200, headers, media_type=None) if content_type is None else Response(
        data, 200, {**headers, "Content-Type": content_type})
