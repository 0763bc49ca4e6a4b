# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many calls at once: order, bounds, interruption, progress."""

import _thread
import io
import sys
import threading
import time

import pytest

from astroquery_brokers.transport import Outcome, fetch_many, progress


@pytest.mark.parametrize("workers", [1, 3, 100])
def test_order_and_errors(workers):
    def function(item):
        time.sleep(0.001 * (item % 7))
        if item == 13:
            raise ValueError("unlucky")
        return item * item

    outcomes = fetch_many(function, (item for item in range(40)), workers=workers)
    assert [outcome.item for outcome in outcomes] == list(range(40))
    assert [outcome.value for outcome in outcomes] == [None if item == 13 else item ** 2 for item in range(40)]
    assert [place for place, outcome in enumerate(outcomes) if not outcome.ok] == [13]
    assert isinstance(outcomes[13].error, ValueError)
    assert outcomes.interrupted is False
    assert fetch_many(function, [], workers=workers) == []
    assert fetch_many(function, [3], workers=workers) == [Outcome(3, 9, None)]


def test_threads_are_bounded():
    most, under_way, lock = 0, 0, threading.Lock()

    def function(item):
        nonlocal most, under_way
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.005)
        with lock:
            under_way -= 1

    fetch_many(function, range(40), workers=4)
    assert most == 4


def test_one_worker_is_the_caller():
    here = threading.get_ident()
    assert {outcome.value for outcome in fetch_many(lambda _: threading.get_ident(), range(3), workers=1)} == {here}
    assert here not in {outcome.value for outcome in fetch_many(lambda _: threading.get_ident(), "ab", workers=2)}


@pytest.mark.parametrize("workers", [1, 2])
def test_interruption(workers):
    asked = []

    def function(item):
        asked.append(item)
        if item == 4:
            _thread.interrupt_main()
            time.sleep(0.3 if workers == 1 else 5)
        return item

    start = time.monotonic()
    outcomes = fetch_many(function, range(100), workers=workers, progress=lambda done, total: time.sleep(0.01))
    assert time.monotonic() - start < 1
    assert outcomes.interrupted is True
    assert len(outcomes) == 100 and len(asked) < 100
    assert [outcome.value for outcome in outcomes[:4]] == [0, 1, 2, 3]
    assert isinstance(outcomes[4].error, InterruptedError) and isinstance(outcomes[99].error, InterruptedError)
    assert all(outcome.value == outcome.item for outcome in outcomes if outcome.ok)


def test_interruption_inside_a_thread():
    def function(item):
        if item == 2:
            raise KeyboardInterrupt
        time.sleep(0.01)

    outcomes = fetch_many(function, range(50), workers=2)
    assert outcomes.interrupted and not outcomes[2].ok and not outcomes[49].ok


@pytest.mark.parametrize("workers", [1, 2])
def test_interruption_that_leaves_a_part(workers):
    """What a value says of an interruption ends the others, and the value is kept."""
    asked = []

    def function(item):
        asked.append(item)
        time.sleep(0.01)
        return Outcome(item, "the first page", KeyboardInterrupt() if item == 2 else None)

    outcomes = fetch_many(function, range(50), workers=workers)
    assert outcomes.interrupted and len(asked) <= 2 + 2 * workers
    assert outcomes[2].ok and outcomes[2].value.value == "the first page"
    assert isinstance(outcomes[49].error, InterruptedError)


@pytest.mark.parametrize("workers", [1, 4])
def test_progress_as_a_callable(workers):
    seen = []
    fetch_many(lambda item: None, range(5), workers=workers, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (5, 5)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_bar(monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)

    def shown(wanted, stream, patience=1.0, total=5):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "_PATIENCE", patience)
        fetch_many(lambda item: time.sleep(0.01), range(total), workers=1, progress=wanted)
        return stream.getvalue()

    assert shown(None, io.StringIO(), 0) == ""
    assert shown(None, Terminal()) == ""
    assert shown(False, Terminal(), 0) == ""
    assert shown(None, Terminal(), 0, total=1) == ""
    assert "/5 [" in shown(True, io.StringIO())
    assert "/5 [" in shown(None, Terminal(), 0.03)
