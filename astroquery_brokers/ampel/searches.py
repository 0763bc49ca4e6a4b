# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Searches for alerts, read to their end: the first page, and where there is more, the stream that it began."""

from dataclasses import dataclass

from ..endpoints import Request
from ..exceptions import AuthenticationError, BrokerError
from ..replies import decode_json
from ..transport.progress import Progress
from .chunks import Exchange, hidden_token
from .endpoints import START
from .selections import Selection

__all__ = ["Search", "SearchQueries", "search_of"]


@dataclass(frozen=True)
class Search(Request):
    """The request for the first alerts of a selection.

    Attributes
    ----------
    selection : `~astroquery_brokers.ampel.selections.Selection`
        Which alerts.
    with_history : bool
        Whether they come with their history.
    """

    selection: Selection = None
    with_history: bool = False


def search_of(selection, *, chunk_size, with_history=False, endpoint=None, **more):
    """The search for a selection; ``endpoint(one)`` changes the endpoint that is asked."""
    request = selection.search(chunk_size=chunk_size, with_history=with_history)
    return Search(request.endpoint if endpoint is None else endpoint(request.endpoint), params=request.params,
                  json=request.json, selection=selection, with_history=with_history, **more)


class SearchQueries:
    """The way in which a search is answered (mixin)."""

    def _answer(self, request, **context):
        if not isinstance(request, Search):
            return super()._answer(request, **context)
        answer = self._first_page(super()._answer, request, context)
        try:
            _read_on(self, request, answer, context)
        except (BrokerError, KeyboardInterrupt) as error:
            if not answer.length or context["raw"]:
                raise
            # The chunks that arrived are kept.
            answer.error, answer.more = error, True
        return answer

    def _first_page(self, answer, request, context):
        """The first alerts, or a stream without any where the archive takes too long to look for them at once."""
        try:
            return answer(request, **context)
        except AuthenticationError:
            raise
        except BrokerError as error:
            if error.status_code not in (500, 504) or request.endpoint.path == START.path or (
                    not request.selection.streams):
                raise
        start = request.selection.start(chunk_size=self._setting("chunk_size"))
        started = answer(Search(_like(START, request.endpoint), params=start.params, json=start.json,
                                items=request.items), **context)
        started.request = request
        return started


def _like(endpoint, other):
    """An endpoint whose reply is read like that of another."""
    from dataclasses import replace

    return replace(endpoint, tables=other.tables, rows=other.rows, decode=other.decode)


def _read_on(broker, request, answer, context):
    """Add the other chunks of the stream to an answer, up to its row limit."""
    response, raw, deadline = answer.responses[0], context["raw"], context["deadline"]
    payload = decode_json(response, broker=broker.broker)
    exchange = Exchange(broker, hidden_token(response, payload), deadline=deadline)
    if "remaining" in payload:
        chunk, left, got = payload.get("chunk"), payload["remaining"], len(payload["alerts"])
    else:
        state = exchange.wait()
        chunk, left, got = None, dict(zip(("items", "chunks"), state.remaining)), 0
    payload, limit = None, request.row_limit
    with Progress(None if callable(context.get("progress")) else context.get("progress"), left["items"] + got,
                  unit="alert") as progress:
        while left["chunks"] and (limit is None or got < limit):
            if chunk is not None:
                exchange.acknowledge(chunk)
            if not raw:
                answer.responses[-1]._content = b""
            taken = exchange.take(with_history=request.with_history)
            broker._take(taken.response, answer, context["plan"], decode=not raw)
            chunk, left, got = taken.chunk, taken.payload["remaining"], got + len(taken.payload["alerts"])
            progress.update(got)
    answer.more = bool(left["chunks"]) or limit is not None and got > limit
