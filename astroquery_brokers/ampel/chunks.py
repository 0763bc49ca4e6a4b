# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The archive's way to send many alerts: chunks, which are reserved when they are sent and gone when acknowledged."""

import time
from dataclasses import dataclass, replace

from ..endpoints import Request
from ..exceptions import BrokerError, BrokerTimeoutError, ObjectNotFoundError, RejectedQueryError, ReplyParseError
from ..replies import decode_json, raise_for_status
from ..transport import Call, Credential, Deadline, conceal, redact_body
from .endpoints import ACKNOWLEDGE, CHUNK, STREAM

__all__ = ["Exchange", "State", "Taken", "counts", "hidden_token"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 15.0


@dataclass(frozen=True)
class State:
    """How far a stream is.

    Attributes
    ----------
    remaining, pending : (int, int)
        Numbers of alerts and of chunks that were not sent, and that were sent and not acknowledged.
    chunk_size : int or None
        Most alerts of a chunk.
    started, finished : str or None
        When its query began and ended (ISO 8601, UTC).
    """

    remaining: tuple
    pending: tuple
    chunk_size: int | None = None
    started: str | None = None
    finished: str | None = None


@dataclass(frozen=True)
class Taken:
    """A chunk as it was sent: its number (None: there was none left), the reply, and how far the stream is."""

    chunk: int | None
    response: object
    payload: dict
    state: State


class Exchange:
    """Speaks with the archive about one stream.

    Parameters
    ----------
    broker : `~astroquery_brokers.ampel.AmpelClass`
        Who asks.
    token : str
        The key to the stream, which is shown nowhere.
    deadline : `~astroquery_brokers.transport.Deadline`, optional
        The time that is left for all of it; by default each request has the time of a call.
    """

    def __init__(self, broker, token, *, deadline=None):
        conceal(token)
        self._broker, self.key, self._deadline = broker, Credential(token), deadline

    def __repr__(self):
        return f"<Exchange with {self._broker.broker}>"

    def _send(self, endpoint, *, params=(), once=False, **path):
        """The reply; what changes something is not repeated."""
        broker, policy = self._broker, self._broker._policy(endpoint)
        url = broker._url(Request(endpoint, path={"resume_token": self.key.token, **path}))
        call = Call(endpoint.method, url, params=params)
        return broker._transport.send(call, policy=replace(policy, retries=0) if once else policy, cache=False,
                                      deadline=self._deadline or Deadline(policy.max_wait))

    def _checked(self, response, asked):
        """The decoded reply, or the error that it stands for."""
        try:
            return self._understood(response, asked)
        except BrokerError:
            redact_body(response)
            raise

    def _understood(self, response, asked):
        if response.status_code == 424:
            first = str(_detail(response)).splitlines()[0][:200]
            raise RejectedQueryError(f"{self._broker.broker} could not fill the stream: {first} Start another one with "
                                     "other conditions.", broker=self._broker.broker, status_code=424)
        if response.status_code == 404:
            raise ObjectNotFoundError(f"{self._broker.broker} knows no such stream: {_detail(response)}. Streams are "
                                      "deleted when nobody reads them for a day; start it again.",
                                      broker=self._broker.broker, status_code=404)
        raise_for_status(response, broker=self._broker.broker, asked=asked)
        return decode_json(response, broker=self._broker.broker)

    def state(self):
        """How far the stream is; None while it is being filled."""
        response = self._send(STREAM)
        return None if response.status_code == 423 else counts(self._checked(response, "the stream"))

    def wait(self, seconds=None):
        """Wait until the stream is filled; its state."""
        deadline = Deadline(seconds) if seconds is not None else self._deadline or Deadline(8 * 3600.0)
        for pause in pauses():
            state = self.state()
            if state is not None:
                return state
            if deadline.remaining() <= pause:
                raise BrokerTimeoutError(f"{self._broker.broker} is still looking for the alerts of the stream. Go on "
                                         "later with the same stream.", broker=self._broker.broker)
            time.sleep(pause)

    def take(self, *, with_history=False):
        """The next chunk, which is reserved from now on."""
        response = self._send(CHUNK, params=(("with_history", str(with_history).lower()),), once=True)
        payload = self._checked(response, "the next chunk of the stream")
        hidden_token(response, payload)
        return Taken(payload.get("chunk"), response, payload, counts(payload))

    def acknowledge(self, chunk):
        """Say that a chunk has arrived; as often as one likes."""
        self._checked(self._send(ACKNOWLEDGE, chunk=chunk), "to drop a chunk of the stream")


def pauses():
    """Seconds to wait between questions, longer and longer."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(_LONGEST_PAUSE, pause * 1.5)


def counts(payload):
    """The state that a reply tells."""
    try:
        return State(*((payload[key]["items"], payload[key]["chunks"]) for key in ("remaining", "pending")),
                     payload.get("chunk_size"), payload.get("started_at"), payload.get("finished_at"))
    except (KeyError, TypeError):
        raise ReplyParseError(f"AMPEL's reply does not say how far the stream is: {_keys(payload)}. Please report it.",
                              broker="AMPEL") from None


def hidden_token(response, payload):
    """The key to the stream that a reply holds, and is not in the reply any more; `Exchange` shows it nowhere."""
    token = payload.pop("resume_token", None) if isinstance(payload, dict) else None
    if not isinstance(token, str) or not token:
        raise ReplyParseError(f"AMPEL's reply names no stream: {_keys(payload)}. Please report it.", broker="AMPEL")
    response._content, response.raw = response.content.replace(token.encode(), b"REDACTED"), None
    return token


def _keys(payload):
    return ", ".join(map(str, payload)) if isinstance(payload, dict) else type(payload).__name__


def _detail(response):
    detail = decode_json(response, broker="AMPEL")
    detail = detail.get("detail", detail) if isinstance(detail, dict) else detail
    return detail.get("msg", detail) if isinstance(detail, dict) else detail
