# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Trouble on request: what a fault is, and how it is done to a connection.

A fault is a dictionary; all keys are optional:

``path``
    Which requests: a glob where it has ``*``, ``?`` or ``[``, else any part, of the path below the root, or of path
    and query string (``/ztf/v1/objects/?page=2``). Without it, all.
``method``
    Which requests: the HTTP method.
``times``
    How often it happens, counted down; without it, always.
``probability``
    How likely it happens to a request that it concerns (the dice are the same in every run).
``status``
    Reply with this status and, unless there is a ``body``, a load balancer's HTML page.
``retry_after``
    Value of the header Retry-After: seconds or an HTTP date.
``body``, ``content_type``
    Reply with this text, or with anything else as JSON. The status is 200 unless given.
``delay``
    Seconds before the reply begins.
``drip``
    Bytes of the body per second.
``truncate``
    Bytes of the body after which the connection is closed, although Content-Length promises more.
``reset``
    True: reset the connection before the reply. ``"body"``: after half of the body.

The first fault that fits is the one that happens.
"""

import asyncio
import fnmatch
import json
import math
import os
import random
import socket
import struct
from numbers import Real

__all__ = ["Faults", "check"]

KEYS = {"path": (str,), "method": (str,), "times": (int,), "probability": (int, float), "status": (int,),
        "retry_after": (int, float, str), "delay": (int, float), "drip": (int, float), "truncate": (int,),
        "reset": (bool, str), "body": (object,), "content_type": (str,)}
_LIMITS = {"probability": (0, 1), "delay": (0, math.inf), "times": (0, math.inf), "truncate": (0, math.inf),
           "status": (100, 599)}


def check(faults):
    """The faults as a list of dictionaries.

    Raises
    ------
    ValueError
        Names the key that is not known or whose value is not allowed.
    """
    if not isinstance(faults, (list, tuple, type(None))) or not all(isinstance(one, dict) for one in faults or ()):
        raise ValueError(f"faults is {faults!r}, not a list of dictionaries")
    faults = [dict(fault) for fault in faults or ()]
    for fault in faults:
        for name, value in fault.items():
            if name not in KEYS:
                raise ValueError(f"unknown key {name!r} in a fault; known are: {', '.join(KEYS)}")
            if value is not None and not isinstance(value, KEYS[name]):
                raise ValueError(f"{name} of a fault is {value!r}, not {' or '.join(t.__name__ for t in KEYS[name])}")
            low, high = _LIMITS.get(name, (None, None))
            if low is not None and value is not None and not low <= value <= high:
                allowed = f"{low} or more" if high == math.inf else f"{low} to {high}"
                raise ValueError(f"{name} of a fault is {value!r}, not {allowed}")
        if fault.get("reset") not in (None, True, False, "body"):
            raise ValueError(f"reset of a fault is {fault['reset']!r}; known are True and 'body'")
        if fault.get("drip") is not None and fault["drip"] <= 0:
            raise ValueError(f"drip of a fault is {fault['drip']!r}; it is bytes per second, more than 0")
    return [{name: value for name, value in fault.items() if value is not None} for fault in faults]


def check_latency(latency):
    """Refuse what is not a number of seconds.

    Raises
    ------
    ValueError
        If it is not a number of 0 or more.
    """
    if not isinstance(latency, Real) or not 0 <= latency < math.inf:
        raise ValueError(f"latency is {latency!r}, not a number of seconds of 0 or more")


def _fits(fault, scope, path):
    if fault.get("method", scope["method"]).upper() != scope["method"]:
        return False
    pattern, query = fault.get("path", ""), scope["query_string"].decode("latin-1")
    texts = [path, f"{path}?{query}"] if query else [path]
    if any(sign in pattern for sign in "*?["):
        # A question mark is also what stands before a query string.
        return any(fnmatch.fnmatchcase(text, pattern) or pattern in text for text in texts)
    return any(pattern in text for text in texts)


class Faults:
    """The list of faults in force.

    Parameters
    ----------
    faults : list of dict
    """

    def __init__(self, faults=()):
        self.set(faults)

    def set(self, faults):
        """Replace the list."""
        self.list = check(faults)
        self._dice = random.Random(1)

    def take(self, scope, path):
        """The fault that happens to a request, counted; an empty dictionary for none."""
        for fault in self.list:
            if fault.get("times", 1) <= 0 or not _fits(fault, scope, path):
                continue
            if self._dice.random() >= fault.get("probability", 1):
                continue
            if "times" in fault:
                fault["times"] -= 1
            return fault
        return {}


async def _abort(transport):
    # With no time to linger, closing the socket sends RST instead of FIN.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    # The server must know of it before the application returns without a reply.
    await asyncio.sleep(0)


def _made_up(fault):
    """The reply that a fault puts in place of the real one: (status, content type, body)."""
    status = fault.get("status", 200)
    if "body" not in fault:
        text = (f"<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n"
                "</body>\r\n</html>\r\n")
        return status, fault.get("content_type", "text/html"), text.encode()
    if isinstance(fault["body"], str):
        return status, fault.get("content_type", "text/html; charset=utf-8"), fault["body"].encode()
    return status, fault.get("content_type", "application/json"), json.dumps(fault["body"]).encode()


async def _real(app, scope, receive):
    """The whole reply of an application: (start message, body)."""
    messages = []

    async def keep(message):
        messages.append(message)

    try:
        await app(scope, receive, keep)
    except Exception:
        # An application that fails has replied with status 500 before it lets the error out.
        if not messages:
            raise
    return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def reply(app, scope, receive, send, fault, latency):
    """Answer a request as the fault wants it, an empty one for "as usual", when the latency is over."""
    transport, clock = scope["state"]["transport"], asyncio.get_running_loop().time
    due = clock() + latency + fault.get("delay", 0)
    is_real = not (fault.get("reset") is True or "status" in fault or "body" in fault)
    start, body = await _real(app, scope, receive) if is_real else (None, b"")
    await asyncio.sleep(due - clock())
    if fault.get("reset") is True:
        await _abort(transport)
        return
    if not is_real:
        status, content_type, body = _made_up(fault)
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
        start = {"type": "http.response.start", "status": status, "headers": headers}
    if "retry_after" in fault:
        start["headers"] = [*start["headers"], (b"retry-after", str(fault["retry_after"]).encode())]
    await send(start)
    stop = min(len(body), fault.get("truncate", len(body)))
    if fault.get("reset") == "body":
        stop = min(stop, len(body) // 2)
    complete = stop == len(body) and fault.get("reset") != "body"
    if "drip" in fault:
        await _drip(send, transport, body[:stop], fault["drip"])
        await send({"type": "http.response.body", "body": b"", "more_body": not complete})
    else:
        await send({"type": "http.response.body", "body": body[:stop], "more_body": not complete})
    if fault.get("reset") == "body":
        # Let the first half leave before the reset throws the rest away.
        await asyncio.sleep(0.05)
        await _abort(transport)
    elif stop < len(body):
        transport.close()


async def _drip(send, transport, body, rate):
    step = max(1, int(rate / 20))
    for start in range(0, len(body), step):
        if transport.is_closing():
            return
        await send({"type": "http.response.body", "body": body[start:start + step], "more_body": True})
        await asyncio.sleep(min(step, len(body) - start) / rate)
