# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Connections that come about in time, and on which nothing, be it a header or the body, is read past one instant."""

import http.client
import io
import queue
import threading
import time

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, ProtocolError

__all__ = ["BodyTooLargeError", "POOLS", "read_body", "served_again"]

_CHUNK = 1 << 17
_AFTER_THE_END = 2  # state of urllib3's decoder of gzip
_HINTS = (102, 103)  # what may come before the reply; http.client knows 100


class BodyTooLargeError(Exception):
    """A body has more bytes than allowed."""


class _TimedReader(io.RawIOBase):
    """Bytes from a socket.

    The timeout of a socket is for one read, and a server that sends a byte now and then never runs into it. Here it is
    for all reads together.
    """

    def __init__(self, raw, sock):
        self._raw, self._sock = raw, sock
        timeout = sock.gettimeout()
        self._end = None if timeout is None else time.monotonic() + timeout

    def readable(self):
        return True

    def readinto(self, buffer):
        if self._end is not None:
            remaining = self._end - time.monotonic()
            if remaining <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(remaining)
        return self._raw.readinto(buffer)

    def close(self):
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock, *args, **kwargs):
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock), _CHUNK)

    def _read_status(self):
        version, status, reason = super()._read_status()
        while status in _HINTS:
            http.client.parse_headers(self.fp)
            version, status, reason = super()._read_status()
        return version, status, reason

    def begin(self):
        super().begin()
        # Servers close the connection after an error of theirs without saying so (uvicorn does).
        self.will_close = self.will_close or self.status >= 500


class _TimedConnection:
    """What both kinds of connection have in common.

    The look-up of a name knows neither a timeout nor an interruption, and each address of a host has a timeout of its
    own. Hence the thread, which is left to itself when the time for two addresses is over.
    """

    response_class = _TimedResponse

    def _new_conn(self):
        connected, given_up = queue.SimpleQueue(), threading.Event()
        connect = super()._new_conn

        def work():
            try:
                sock = connect()
            except BaseException as error:
                connected.put((None, error))
            else:
                connected.put((sock, None))
                if given_up.is_set():
                    sock.close()

        threading.Thread(target=work, daemon=True, name="astroquery_brokers connects").start()
        try:
            sock, error = connected.get(timeout=self.timeout and 2 * self.timeout)
        except queue.Empty:
            given_up.set()
            raise ConnectTimeoutError(self, f"No connection to {self.host} in {2 * self.timeout:g} s.") from None
        except BaseException:
            given_up.set()
            raise
        if error is not None:
            raise error
        return sock


class _Connection(_TimedConnection, HTTPConnection):
    pass


class _SecureConnection(_TimedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


#: For `urllib3.PoolManager.pool_classes_by_scheme`.
POOLS = {"http": _Pool, "https": _SecurePool}


def read_body(raw, max_bytes):
    """The whole body of a reply, decompressed.

    Parameters
    ----------
    raw : urllib3.HTTPResponse
        The reply, of which nothing is read so far.
    max_bytes : int
        Size that the body must not exceed.

    Raises
    ------
    BodyTooLargeError
        As soon as it is known that the body is larger.
    """
    body, size = io.BytesIO(), 0
    try:
        if (raw.length_remaining or 0) > max_bytes:
            raise BodyTooLargeError
        for chunk in raw.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > max_bytes:
                raise BodyTooLargeError
            body.write(chunk)
        if raw.tell() and _is_cut(raw):
            raise ProtocolError("The compressed body ends too early.")
    except BaseException:
        raw.close()
        raise
    return body.getvalue()  # the buffer itself, not a copy


def _is_cut(raw):
    """Whether what was compressed has no end, of which urllib3 says nothing."""
    decoder = getattr(raw, "_decoder", None)
    for one in getattr(decoder, "_decoders", [decoder]):
        if getattr(one, "_state", None) == _AFTER_THE_END:
            continue
        inner = getattr(one, "_obj", None)
        if not (inner.is_finished() if hasattr(inner, "is_finished") else getattr(inner, "eof", True)):
            return True
    return False


def served_again(raw, body):
    """A reply whose body was read, in a form from which it can be read once more."""
    meant_for_wire = {"content-encoding", "content-length", "transfer-encoding"}
    headers = {name: value for name, value in raw.headers.items() if name.lower() not in meant_for_wire}
    return HTTPResponse(io.BytesIO(body), headers, raw.status, reason=raw.reason, preload_content=False)
