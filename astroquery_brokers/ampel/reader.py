# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A stream that is read: chunk by chunk, in little memory, and so that no alert is lost or comes twice."""

import time
from dataclasses import dataclass, field

from ..exceptions import BrokerConnectionError, BrokerError, BrokerTimeoutError, InvalidArgumentError
from ..tables import decode_rows, to_table
from ..transport.progress import Progress
from .chunks import Exchange, pauses
from .parse import alert_rows
from .stored import Folder

__all__ = ["AlertStream", "Chunk", "told"]

# A chunk whose reply got lost so comes again.
_PASSING = {408, 429, 502, 503, 504}


@dataclass(frozen=True)
class Chunk:
    """Some alerts of a stream.

    Attributes
    ----------
    number : int
        The archive's number of the chunk.
    alerts : list of dict
        Alerts in no order; missing values are missing keys.
    remaining : int
        Number of alerts that were not sent yet.
    broker : `~astroquery_brokers.ampel.AmpelClass`
        Who asked.

    Examples
    --------
    >>> from astroquery_brokers import Ampel
    >>> for chunk in Ampel.start_stream(coordinates="185.0 15.0", radius="10 arcmin"):
    ...     table = chunk.to_table()
    >>> table["magpsf"].unit
    Unit("mag")
    """

    number: int
    alerts: list = field(repr=False)
    remaining: int
    broker: object = field(repr=False)

    def __len__(self):
        return len(self.alerts)

    def to_table(self):
        """The candidates of the alerts.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns of ``query_alerts``: ``objectId``, ``jd`` (d, UTC), ``candid``, ``magpsf`` (mag), ...

        Raises
        ------
        ReplyParseError
            If a value is not of the type of its column.
        """
        dictionary = self.broker._dictionary("ztf_detections")
        rows, = alert_rows([{**alert, "candidate": dict(alert["candidate"])} for alert in self.alerts])
        return to_table(decode_rows(rows, dictionary), dictionary)


class AlertStream:
    """A stream of alerts, to be read with ``for chunk in stream``; made by ``start_stream`` and ``resume_stream``.

    Parameters
    ----------
    broker : `~astroquery_brokers.ampel.AmpelClass`
        Who asks.
    resume_token : str
        The key to the stream.
    folder : str or path-like, optional
        Where chunks are stored.
    with_history : bool, optional
        Whether alerts come with their history.
    patience : float, optional
        Seconds to wait, at the end, for chunks that were sent and did not arrive.
    progress : bool, optional
        Whether to show how many alerts are left; by default on a terminal.

    Notes
    -----
    Without a folder a chunk is acknowledged when the next one is asked for; with one as soon as it is stored. What is
    not acknowledged the archive sends again after ten minutes. A chunk during which the program ended is given once
    more when the stream is resumed with the same folder. One folder is for one stream and one reader.

    Examples
    --------
    >>> from astroquery_brokers import Ampel
    >>> from astroquery_brokers.ampel import AlertStream
    >>> stream = Ampel.start_stream(coordinates="185.0 15.0", radius="10 arcmin", chunk_size=50)
    >>> isinstance(stream, AlertStream)
    True
    >>> key = stream.resume_token  # keep it where nobody else reads it
    >>> candids = [alert["candid"] for chunk in stream for alert in chunk.alerts]
    >>> len(candids) == len(set(candids)) > 0
    True
    """

    def __init__(self, broker, resume_token, *, folder=None, with_history=False, patience=900.0, progress=None):
        self._broker, self._exchange = broker, Exchange(broker, resume_token)
        self._folder = None if folder is None else Folder(folder)
        self._history, self._patience, self._progress = with_history, patience, progress
        self.remaining = None

    def __repr__(self):
        left = "" if self.remaining is None else f", {self.remaining} alerts left"
        return f"<AlertStream of {self._broker.broker}{left}>"

    def __reduce__(self):
        raise TypeError("A stream cannot be pickled: its key would be in the pickle. Give resume_token to "
                        "resume_stream in the other process.")

    @property
    def resume_token(self):
        """The key to the stream (str), for ``resume_stream``. Whoever has it can read the stream: keep it secret."""
        return self._exchange.key.token

    def status(self):
        """How far the stream is.

        Returns
        -------
        dict
            As ``stream_status`` returns it.
        """
        return told(self._exchange.state())

    def stored(self):
        """The chunks that are in the folder.

        Yields
        ------
        Chunk
            All of them, by number.

        Raises
        ------
        InvalidArgumentError
            If the stream has no folder.
        """
        if self._folder is None:
            raise InvalidArgumentError("This stream stores nothing: give folder= to start_stream or resume_stream.")
        for number in self._folder.numbers():
            yield self._chunk(number, self._folder.read(number))

    def __iter__(self):
        """The chunks, until there are no more."""
        if self._folder is not None:
            self._folder.tidy()
        for number in self._folder.numbers(new=True) if self._folder else ():
            self._exchange.acknowledge(number)
            yield self._chunk(number, self._folder.read(number))
            self._folder.finish(number)
        self.remaining = self._exchange.wait().remaining[0]
        total = self.remaining
        with Progress(self._progress, total, unit="alert") as progress:
            while (taken := self._next()) is not None:
                self.remaining = taken.state.remaining[0]
                progress.update(total - self.remaining)
                yield from self._handed_out(taken)

    def _next(self):
        """The next chunk; None at the end. A chunk that got lost comes again when its reservation is over."""
        since, waits = time.monotonic(), pauses()
        while True:
            try:
                taken = self._exchange.take(with_history=self._history)
            except BrokerError as error:
                passing = isinstance(error, (BrokerConnectionError, BrokerTimeoutError)) or (
                    error.status_code in _PASSING)
                if not passing or not self._broker._setting("retries") or (
                        time.monotonic() - since > self._broker._setting("max_wait")):
                    raise
            else:
                if taken.chunk is not None:
                    return taken
                if not taken.state.remaining[1] and not taken.state.pending[1]:
                    return None
                if time.monotonic() - since > self._patience:
                    raise BrokerTimeoutError(
                        f"{taken.state.pending[1]} chunks ({taken.state.pending[0]} alerts) of the stream were sent "
                        "and not acknowledged, by another reader or before an end of this one. The archive sends them "
                        "again after ten minutes: resume the stream later.", broker=self._broker.broker)
            time.sleep(next(waits))

    def _handed_out(self, taken):
        """Give a chunk to the reader, in the order that loses nothing."""
        number, alerts = taken.chunk, taken.payload["alerts"]
        if self._folder is None:
            yield self._chunk(number, alerts)
            self._exchange.acknowledge(number)
        elif number in self._folder.numbers():
            # Stored before, and its acknowledgement was lost.
            self._exchange.acknowledge(number)
        else:
            self._folder.write(number, alerts)
            self._exchange.acknowledge(number)
            yield self._chunk(number, alerts)
            self._folder.finish(number)

    def _chunk(self, number, alerts):
        return Chunk(number, alerts, self.remaining or 0, self._broker)


def told(state):
    """A state in words and numbers."""
    if state is None:
        return {"state": "filling", **dict.fromkeys(("remaining", "pending", "remaining_chunks", "pending_chunks",
                                                     "chunk_size", "started", "finished"))}
    return {"state": "ready" if state.remaining[1] or state.pending[1] else "done", "remaining": state.remaining[0],
            "pending": state.pending[0], "remaining_chunks": state.remaining[1], "pending_chunks": state.pending[1],
            "chunk_size": state.chunk_size, "started": state.started, "finished": state.finished}
