# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ctrl-C in the middle of a thousand objects: what arrived is kept, and the next call asks for the rest only."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from astroquery_brokers import sandbox
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import PartialResultWarning

OBJECTS = 1000


def asked(requests):
    return [request["path"].split("/")[-2] for request in requests]


@pytest.mark.skipif(os.name == "nt" or threading.current_thread() is not threading.main_thread(),
                    reason="the signal goes to the main thread")
def test_ctrl_c_and_the_same_call_again(tmp_path):
    with sandbox.running(n_objects=OBJECTS, latency=0.01) as box:
        broker, ids, pressed = AlerceClass(), [str(oid) for oid in box.truth.objects["oid"]], []
        broker.cache_location = tmp_path

        def press():
            while len(box.requests) < OBJECTS // 3:
                time.sleep(0.005)
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=press, daemon=True).start()
        with pytest.warns(PartialResultWarning, match="failed; the table holds the rest.*Interrupted"):
            table = broker.query_detections(ids, cache=True)
        assert time.monotonic() - pressed[0] < 1.0
        coverage, = table.meta["coverage"]
        missing = table.failures["item"].tolist()
        assert coverage["asked"] == OBJECTS == coverage["found"] + len(missing)
        assert coverage["found"] > OBJECTS // 4 and len(missing) > OBJECTS // 4
        assert list(dict.fromkeys(table["oid"].tolist())) == [oid for oid in ids if oid not in set(missing)]
        time.sleep(0.3)  # what was under way ends, and is cached too
        before = len(box.requests)
        whole = broker.query_detections(ids, cache=True)
        again = asked(box.requests[before:])
        under_way = broker._policy().max_connections
        assert set(again) <= set(missing) and len(missing) - under_way <= len(again) == len(set(again))
        coverage, = whole.meta["coverage"]
        assert (coverage["found"], coverage["failed"]) == (OBJECTS, 0)
        assert list(dict.fromkeys(whole["oid"].tolist())) == ids
        truth = box.truth.detections
        assert np.array_equal(np.sort(whole["candid"]), np.sort(truth["candid"].astype(np.int64)))
