# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Streams and topics of AMPEL's archive: lists of alerts that are handed out in chunks, and the state of the chunks."""

import heapq
import itertools
import secrets
import time
from datetime import datetime, timezone

import numpy as np

__all__ = ["Streams"]


def _now():
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


class Stream:
    """Alerts in chunks: waiting, handed out, gone.

    Parameters
    ----------
    token : str
    chunk_size : int
    numbers : iterator of int
        Numbers for the chunks.

    Attributes
    ----------
    error : str or None
        Why the stream could not be filled.
    """

    def __init__(self, token, chunk_size, numbers):
        self.token, self.chunk_size, self.error = token, chunk_size, None
        self.started_at, self.finished_at = _now(), None
        self._numbers, self._ready = numbers, None
        self._waiting, self._issued = [], {}
        self._items = [0, 0]

    @property
    def is_locked(self):
        """Whether it is still being filled."""
        return self._ready is None or time.monotonic() < self._ready

    def fill(self, places, delay=0.0):
        """Cut the places of alerts, in order of time, into chunks; they can be had after a delay (s)."""
        for first in range(0, len(places), self.chunk_size):
            heapq.heappush(self._waiting, (next(self._numbers), places[first:first + self.chunk_size]))
        self._items[0] = len(places)
        self.finish(delay)

    def finish(self, delay=0.0, error=None):
        """Note that there is no more to come, or why there is nothing."""
        self.error, self.finished_at, self._ready = error, _now(), time.monotonic() + delay

    def _reissue(self, reservation):
        """Put back what was handed out long ago."""
        for number, (places, when) in list(self._issued.items()):
            if time.monotonic() - when < reservation:
                break
            del self._issued[number]
            heapq.heappush(self._waiting, (number, places))
            self._count(len(places), -len(places))

    def _count(self, waiting, issued):
        self._items[0] += waiting
        self._items[1] += issued

    def take(self, reservation):
        """Number and places of the next chunk; None and no places if none is left."""
        self._reissue(reservation)
        if not self._waiting:
            return None, np.zeros(0, dtype=int)
        number, places = heapq.heappop(self._waiting)
        self._issued[number] = places, time.monotonic()
        self._count(-len(places), len(places))
        return number, places

    def acknowledge(self, number):
        """Forget a chunk that was handed out."""
        if number in self._issued:
            self._count(0, -len(self._issued.pop(number)[0]))

    def counts(self, reservation):
        """Numbers of alerts and chunks that wait, and that are handed out."""
        self._reissue(reservation)
        return {"remaining": {"items": self._items[0], "chunks": len(self._waiting)},
                "pending": {"items": self._items[1], "chunks": len(self._issued)}}


class Streams:
    """All streams and topics.

    Attributes
    ----------
    topics : dict
        Description and places by name.
    """

    def __init__(self):
        self._streams, self._numbers, self.topics = {}, itertools.count(secrets.randbelow(100) + 1), {}

    def create(self, chunk_size, token=None):
        """A new stream, which is still locked; its token is random unless it is given."""
        stream = Stream(token or secrets.token_urlsafe(32), chunk_size, self._numbers)
        self._streams[stream.token] = stream
        return stream

    def find(self, token):
        """A stream, or None."""
        return self._streams.get(token)

    def add_topic(self, description, places):
        """Name of a new topic."""
        name = secrets.token_urlsafe(32)
        self.topics[name] = description, places
        return name
