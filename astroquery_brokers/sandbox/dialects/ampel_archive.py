# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL's archive of ZTF alerts, version 3: alerts, objects, searches, topics, streams, tokens.

After the published server code (version 3.1.0) and recorded replies, with what is broken there: a token that it does
not know, continuing a search (``resume_token``), ``latest``, releasing a chunk, an unknown topic, photopoints of an
unknown object all end in 500. Compared with that code on 2026-11-27 (``tests/servers/test_ampel_archive.py``).
"""

import base64
import math

import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from ..ampel_archive import COLUMNS, CUTOUTS, Archive, QueryError
from ..ampel_streams import Streams
from . import ampel_models as models
from .ampel_tokens import ROUTES as TOKEN_ROUTES
from .ampel_topics import Topics
from .ampel_wire import BROKEN, COMPRESSED, HANDLERS, authorized, body, path, query, route
from .wire import FastAPIJSON

__all__ = ["application"]


def _check_finite(*numbers):
    """A search at no number, or at an infinite one, breaks the server."""
    if not all(map(math.isfinite, numbers)):
        raise BROKEN


class _Service:
    """Alerts, objects and searches."""

    def __init__(self, store, streams):
        self._store, self._streams, self._archive = store, streams, None

    @property
    def archive(self):
        if self._archive is None:
            self._archive = Archive(self._store)
        return self._archive

    # ---- single alerts

    def _place(self, request):
        place = self.archive.place(path(models.Candid, request).candid)
        if place is None:
            raise HTTPException(404, "Not Found")
        return place

    async def alert(self, request):
        packet = self.archive.packet(self._place(request), request.state.settings["ampel.packets_kept"])
        for kind in CUTOUTS:
            if kind in packet:
                packet[kind] = _text(packet[kind])
        return FastAPIJSON(packet)

    async def cutouts(self, request):
        packet = self.archive.stored(self._place(request), request.state.settings["ampel.packets_kept"])
        if packet is None:
            raise HTTPException(404, "Not Found")
        return FastAPIJSON({"candid": packet["candid"], "objectId": packet["objectId"],
                            **{kind: packet.get(kind) and _text(packet[kind]) for kind in CUTOUTS}})

    # ---- objects

    def _of_object(self, request, values, programid):
        places = self.archive.of_objects([request.path_params["object_id"]])
        return _in_programme(np.intersect1d(places, self.archive.between(values.jd_start, values.jd_end)), programid)

    async def object_alerts(self, request):
        programid = authorized(request)
        values = query(models.ObjectAlerts, request)
        places = self._of_object(request, values, programid)
        places = places[np.argsort(self.archive.ingested[places])]
        if values.limit is not None:
            if values.limit < 0 or values.start < 0:
                raise BROKEN
            places = places[values.start:values.start + values.limit]
        return FastAPIJSON(self.archive.rebuilt(places, values.with_history))

    async def photopoints(self, request):
        programid = authorized(request)
        values = query(models.Photopoints, request)
        places = self._of_object(request, values, programid)
        packet = self.archive.merged(places, values.upper_limits)
        if packet is None:
            raise BROKEN
        return FastAPIJSON(packet)

    # ---- searches

    def page(self, request, stream, with_history):
        """The next chunk of a stream as the reply."""
        reservation = request.state.settings["ampel.reservation"]
        number, places = stream.take(reservation)
        places = places[np.argsort(self.archive.ingested[places])]
        chunk = {} if number is None else {"chunk": number}
        return FastAPIJSON({"resume_token": stream.token, **chunk, "alerts": self.archive.rebuilt(places, with_history),
                            **stream.counts(reservation)})

    def _first_page(self, request, values, places):
        """The first chunk of a new stream. One of a name that is taken breaks the server; another name is taken up."""
        token = values.resume_token
        if token is not None and self._streams.find(token) is not None:
            raise BROKEN
        stream = self._streams.create(values.chunk_size, token)
        stream.fill(places)
        return self.page(request, stream, values.with_history)

    async def time_range(self, request):
        programid = authorized(request)
        values = query(models.TimeRange, request)
        places = _in_programme(self.archive.between(values.jd_start, values.jd_end), programid)
        return self._first_page(request, values, places)

    def _in_cone(self, values, programid):
        _check_finite(values.ra, values.dec)
        places = _in_programme(self.archive.between(values.jd_start, values.jd_end), programid)
        return self.archive.within(places, values.ra, values.dec, values.radius)

    async def cone(self, request):
        programid = authorized(request)
        values = query(models.ConePage, request)
        if values.latest:
            raise BROKEN
        return self._first_page(request, values, self._in_cone(values, programid))

    async def objects_in_cone(self, request):
        programid = authorized(request)
        values = query(models.Cone, request)
        places = self._in_cone(values, programid)
        return FastAPIJSON(sorted(set(self.archive.oid[places])))

    async def pixels(self, request):
        programid = authorized(request)
        values = query(models.Pixels, request)
        if values.latest:
            raise BROKEN
        places = _in_programme(self.archive.between(values.jd_start, values.jd_end), programid)
        return self._first_page(request, values, self.archive.in_pixels(places, {int(values.nside): values.ipix}))

    def _in_map(self, values, regions, programid):
        """Places in regions, of which there is one for each nside; without any pixel that is the whole sky."""
        if unknown_columns(values):
            raise BROKEN
        places = _in_programme(self.archive.between(values.jd.gt, values.jd.lt), programid)
        if any(regions.values()):
            places = self.archive.in_pixels(places, regions)
        try:
            return self.archive.passing(places, values.candidate)
        except QueryError:
            raise BROKEN from None

    async def skymap(self, request):
        programid = authorized(request)
        query(models.Programme, request)
        values = await body(models.Map, request)
        if values.resume_token is not None:
            stream = self._streams.find(values.resume_token)
            if stream is None:
                raise BROKEN
            return self.page(request, stream, values.with_history)
        if values.latest:
            raise BROKEN
        return self._first_page(request, values, self._in_map(values, regions_of(values), programid))

    async def count(self, request):
        programid = authorized(request)
        query(models.Programme, request)
        values = await body(models.HEALpixRegionCountQuery, request)
        return FastAPIJSON({"count": len(self._in_map(values, regions_of(values), programid))})


def _text(cutout):
    return {"fileName": cutout["fileName"], "stampData": base64.b64encode(cutout["stampData"]).decode()}


def _in_programme(places, programid):
    """Those of a programme: all alerts of the store are of the public one."""
    return places if programid in (None, 1) else places[:0]


def unknown_columns(values):
    """Columns of a filter that candidates do not have."""
    return [name for name in values.candidate or () if name not in COLUMNS]


def regions_of(values):
    """Pixels by nside. Of several regions of one nside, the last one is what is left."""
    if hasattr(values, "regions"):
        return {region.nside: region.pixels for region in values.regions}
    return {values.nside: values.pixels}


async def _broken(request):
    raise BROKEN


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    streams = Streams()
    service = _Service(store, streams)
    topics = Topics(service, streams)
    return Starlette(middleware=COMPRESSED, exception_handlers=HANDLERS, routes=[
        route("/alert/{candid}", service.alert), route("/alert/{candid}/cutouts", service.cutouts),
        route("/object/{object_id}/alerts", service.object_alerts),
        route("/object/{object_id}/photopoints", service.photopoints),
        route("/alerts/time_range", service.time_range), route("/alerts/cone_search", service.cone),
        route("/alerts/healpix", service.pixels), route("/alerts/sample", _broken),
        route("/alerts/healpix/skymap", service.skymap, "POST"),
        route("/alerts/healpix/skymap/count", service.count, "POST"),
        route("/objects/cone_search", service.objects_in_cone), *topics.routes, *TOKEN_ROUTES])
