# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ctrl-C: control comes back within a second, what arrived is kept, and the next call asks for the rest only."""

import os
import signal
import socket
import threading
import time
import warnings
from collections import Counter
from dataclasses import replace

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

from astroquery_brokers import sandbox
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.ampel import AmpelClass
from astroquery_brokers.exceptions import PartialResultWarning
from astroquery_brokers.fink import FinkClass

from ..transport.conftest import drip, no_proxies, reply, serve  # noqa: F401

pytestmark = pytest.mark.skipif(os.name == "nt" or threading.current_thread() is not threading.main_thread(),
                                reason="the signal goes to the main thread")
#: A verb of each broker, the column with the id, the number of objects per request, and of those that are asked;
#: other arguments.
VERBS = {"ALeRCE": (AlerceClass, "query_detections", "oid", 1, 1000, {}),
         "Fink": (FinkClass, "query_detections", "i:objectId", 50, 300, {"columns": ["i:magpsf"]}),
         "AMPEL": (AmpelClass, "query_object", "objectId", 1, 60, {})}


@pytest.fixture(params=VERBS)
def asked(request):
    """What is asked of a broker, and a sandbox with so many objects."""
    *_, objects, _ = VERBS[request.param]
    if objects > 300:
        with sandbox.running(n_objects=objects) as box:
            yield box, *VERBS[request.param]
        return
    yield request.getfixturevalue("box"), *VERBS[request.param]


def press(when):
    """Press Ctrl-C when something is true; a list that will have the instant."""
    pressed = []

    def work():
        while not when():
            time.sleep(0.005)
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=work, daemon=True).start()
    return pressed


def test_ctrl_c_and_the_same_call_again(asked, tmp_path):
    box, cls, verb, column, batch, objects, others = asked
    broker, ids = cls(max_connections=2), [str(oid) for oid in box.truth.objects["oid"][:objects]]
    broker.cache_location = tmp_path
    requests, pressed = objects // batch, []

    def press_after_a_third(done, total):
        if done >= requests // 3 and not pressed:
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.warns(PartialResultWarning, match="failed; the table holds the rest.*Interrupted"):
        table = getattr(broker, verb)(ids, cache=True, progress=press_after_a_third, **others)
    assert time.monotonic() - pressed[0] < 1.0
    coverage, = table.meta["coverage"]
    missing = [item for row in table.meta["failures"] for item in row["items"]]
    assert coverage["asked"] == objects == coverage["found"] + len(missing)
    assert coverage["found"] >= batch and len(missing) >= objects // 4
    lost = set(missing)
    assert list(dict.fromkeys(table[column].tolist())) == [oid for oid in ids if oid not in lost]
    time.sleep(0.3)  # what was under way (two requests, and two threads with a reply) ends, and is cached too
    before = len(box.requests)
    whole = getattr(broker, verb)(ids, cache=True, **others)
    again = len(box.requests) - before
    assert len(missing) // batch - 4 <= again <= len(missing) // batch < requests
    provenance, = whole.meta["provenance"]
    assert provenance["requests"] - provenance["from_cache"] == again
    coverage, = whole.meta["coverage"]
    assert (coverage["found"], coverage["failed"], len(whole.failures)) == (objects, 0, 0)
    assert list(dict.fromkeys(whole[column].tolist())) == ids
    if verb == "query_detections":
        assert Counter(whole[column].tolist()) == Counter(map(str, box.truth.detections["oid"]))


def in_a_pause(start, monkeypatch):
    return start(reply(503, b"", [("Retry-After", "20")])).url


def in_a_slow_body(start, monkeypatch):
    return start(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n[", b" ", 0.2)).url


def before_the_reply(start, monkeypatch):
    return start(lambda sock: time.sleep(10)).url


def in_the_look_up_of_the_name(start, monkeypatch):
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kwargs: (
        time.sleep(3) if host == "broker.invalid" else None, look_up("127.0.0.1", *args, **kwargs))[1])
    return "http://broker.invalid:9"


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("where", [in_a_pause, in_a_slow_body, before_the_reply, in_the_look_up_of_the_name])
def test_control_comes_back(serve, monkeypatch, tmp_path, where, number):  # noqa: F811
    """Wherever the call is when the keys are pressed, for one object in the thread of the user, and for many."""
    broker = AlerceClass(ztf_url=where(serve, monkeypatch), timeout=30.0, max_wait=60.0)
    policy = broker._policy
    broker._policy = lambda endpoint=None: replace(policy(endpoint), connect_timeout=20.0, reach_time=60.0)
    begun = time.monotonic()
    pressed = press(lambda: time.monotonic() - begun > 0.3)
    with pytest.raises(KeyboardInterrupt):
        broker.query_detections([f"ZTF17aaaaaa{letter}" for letter in "abcdefghijklmnopqrst"[:number]], cache=False)
    assert time.monotonic() - pressed[0] < 1.0


def test_what_arrived_before_a_slow_reply_is_returned(box, tmp_path):
    """All but one object are there when the keys are pressed, and that one drips."""
    ids = [str(oid) for oid in box.truth.objects["oid"][:20]]
    box.faults = [{"path": f"*/{ids[7]}/detections", "drip": 5.0}]
    begun = len(box.requests)
    # The signal comes when the replies were read, too.
    pressed = press(lambda: sum(bool(one["status"]) for one in box.requests[begun:]) == 20 and not time.sleep(0.3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartialResultWarning)
        table = AlerceClass().query_detections(ids, cache=False)
    assert time.monotonic() - pressed[0] < 1.0
    assert ids[7] in table.failures["item"].tolist() and table.meta["coverage"][0]["found"] >= 15
    assert "Interrupted before the reply arrived" in table.failures["reason"][-1]


def test_a_page_under_way_ends_the_call(box, monkeypatch):
    """With one connection the keys reach the page that is read: its pages are kept, and no other position is asked."""
    broker, reply_of, pages = AlerceClass(max_connections=1), AlerceClass._reply, []

    def reply_or_ctrl_c(self, *args, **kwargs):
        pages.append(args)
        if len(pages) == 2:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        return reply_of(self, *args, **kwargs)

    monkeypatch.setattr(AlerceClass, "_reply", reply_or_ctrl_c)
    positions, before = SkyCoord([185.0] * 6, [15.0] * 6, unit="deg"), len(box.requests)
    with pytest.warns(PartialResultWarning, match="6 of 6 requests .*Interrupted"):
        table = broker.query_region(positions, 60 * u.deg, cache=False)
    assert len(pages) == 2 and len(box.requests) == before + 1
    assert len(table) >= 100 and set(table["query_index"]) == {0}
    assert table.failures["error"].tolist() == ["InterruptedError"] * 6
    assert table.meta["coverage"][0]["partial"] == 1
