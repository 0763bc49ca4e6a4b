# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The part of AMPEL's archive that hands out alerts in chunks: topics and streams.

Whoever has the name of a topic or the token of a stream needs no other.
"""

import asyncio

import numpy as np
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from ..ampel_archive import COLUMNS, QueryError
from . import ampel_models as models
from .ampel_wire import BROKEN, archive_entry, authorized, body, path, query, route
from .wire import FastAPIJSON

__all__ = ["Topics"]

_AT_ONCE = 500
_NO_TOPIC = "Topic did not match any alerts. Are you sure these are valid candidate ids?"


class Topics:
    """The routes.

    Parameters
    ----------
    service : object
        Has the ``archive``, and makes the replies with chunks (``page``).
    streams : `~astroquery_brokers.sandbox.ampel_streams.Streams`
    """

    def __init__(self, service, streams):
        self._service, self._streams = service, streams
        token = "/stream/{resume_token}"
        chunk = token + "/chunk/{chunk_id}"
        self.routes = [
            route("/topics/", self.create_topic, "POST"), route("/topic/{topic}", self.topic),
            route("/streams/from_topic", self.from_topic, "POST"),
            route("/streams/from_query", self.from_query, "POST"),
            route(token, self.stream), route(f"{token}/chunk", self.chunk),
            route(f"{chunk}/acknowledge", self.acknowledge, "POST"),
            route(f"{chunk}/release", self.release, "POST")]

    # ---- topics

    async def create_topic(self, request):
        archive_entry(request)
        values = await body(models.Topic, request)
        places = [self._service.archive.place(number) for number in dict.fromkeys(values.candids)]
        places = [place for place in places if place is not None]
        if not places:
            raise HTTPException(400, {"msg": _NO_TOPIC, "topic": values.model_dump()})
        return FastAPIJSON(self._streams.add_topic(values.description, np.array(places)), 201)

    async def topic(self, request):
        name = request.path_params["topic"]
        description, places = self._streams.topics.get(name, ("", ()))
        if not description:
            raise BROKEN
        return FastAPIJSON({"topic": name, "description": description, "size": len(places)})

    async def from_topic(self, request):
        values = await body(models.TopicQuery, request)
        if values.topic not in self._streams.topics:
            raise HTTPException(404, "Topic not found")
        places = self._streams.topics[values.topic][1][slice(values.start, values.stop, values.step)]
        stream = self._streams.create(values.chunk_size)
        stream.fill(np.sort(places))
        stream.finished_at = None
        return FastAPIJSON({**self._description(request, stream), "finished_at": None}, 201)

    # ---- streams

    async def from_query(self, request):
        programid = authorized(request)
        query(models.Programme, request)
        values = await body(models.AnyQuery, request)
        unknown = [name for name in values.candidate or () if name not in COLUMNS]
        if unknown:
            raise HTTPException(422, {"msg": f"unknown candidate field {unknown[0]}"})
        stream = self._streams.create(values.chunk_size)
        delay = request.state.settings["ampel.filling"]
        return FastAPIJSON({"resume_token": stream.token, "chunk_size": stream.chunk_size}, 202,
                           background=BackgroundTask(self._fill, stream, values, programid, delay))

    async def _fill(self, stream, values, programid, delay):
        try:
            if not stream.chunk_size:
                raise QueryError("(psycopg2.errors.DivisionByZero) division by zero\n\n"
                                 "[SQL: INSERT INTO read_queue ...]")
            places, found = self._selected(values, programid), []
            for first in range(0, len(places), _AT_ONCE):
                found.append(self._service.archive.passing(places[first:first + _AT_ONCE], values.candidate))
                await asyncio.sleep(0)  # others may ask in the meantime
            chosen = np.concatenate(found or [places])
            # All that "latest" does here.
            stream.fill(chosen[::-1] if getattr(values, "latest", False) else chosen, delay)
        except QueryError as error:
            stream.finish(delay, str(error))

    def _selected(self, values, programid):
        archive = self._service.archive
        places = archive.between(values.jd.gt, values.jd.lt)
        if programid not in (None, 1):
            return places[:0]
        if getattr(values, "cone", None):
            places = archive.within(places, values.cone.ra, values.cone.dec, values.cone.radius)
        elif hasattr(values, "objectId"):
            names = [values.objectId] if isinstance(values.objectId, str) else values.objectId
            places = np.intersect1d(places, archive.of_objects(names))
        elif hasattr(values, "regions"):
            regions = {}
            for region in values.regions:
                regions.setdefault(region.nside, []).extend(region.pixels)
            if any(regions.values()):
                places = archive.in_pixels(places, regions)
        return places

    def _found(self, request):
        """The stream that a request is about, if it can be read."""
        stream = self._streams.find(request.path_params["resume_token"])
        if stream is None:
            raise HTTPException(404, "Stream not found")
        if stream.is_locked:
            raise HTTPException(423, {"msg": "queue-populating query has not yet finished"})
        if stream.error:
            raise HTTPException(424, {"msg": stream.error})
        return stream

    @staticmethod
    def _description(request, stream):
        return {"resume_token": stream.token, "chunk_size": stream.chunk_size,
                **stream.counts(request.state.settings["ampel.reservation"]), "started_at": stream.started_at}

    async def stream(self, request):
        stream = self._found(request)
        finished = {"finished_at": stream.finished_at} if stream.finished_at else {}
        return FastAPIJSON({**self._description(request, stream), **finished})

    async def chunk(self, request):
        stream = self._found(request)
        return self._service.page(request, stream, query(models.Reading, request).with_history)

    async def acknowledge(self, request):
        stream = self._found(request)
        stream.acknowledge(path(models.Chunk, request).chunk_id)
        return FastAPIJSON(None)

    async def release(self, request):
        self._found(request)
        raise BROKEN
