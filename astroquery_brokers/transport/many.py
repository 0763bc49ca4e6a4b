# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many requests at once, in bounded threads, with the outcomes in the order of the questions."""

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass

from .progress import Progress

__all__ = ["Outcome", "Outcomes", "fetch_many"]

_GLANCE = 0.25


@dataclass
class Outcome:
    """What became of one item: a value or an error.

    Attributes
    ----------
    item : object
        What the function was called with.
    value : object
        What it returned.
    error : Exception or None
        What it raised.

    Examples
    --------
    >>> from astroquery_brokers.transport import Outcome
    >>> Outcome("ZTF20aaelulu", value=7).ok
    True
    """

    item: object
    value: object = None
    error: BaseException | None = None

    @property
    def ok(self):
        """Whether there is a value."""
        return self.error is None


class Outcomes(list):
    """Outcomes in the order of the items; ``interrupted`` tells whether the user stopped it.

    Examples
    --------
    >>> from astroquery_brokers.transport import Outcome, Outcomes
    >>> outcomes = Outcomes([Outcome("ZTF20aaelulu", value=7)])
    >>> len(outcomes), outcomes.interrupted
    (1, False)
    """

    interrupted = False


def fetch_many(function, items, *, workers, progress=None):
    """Call a function for many items.

    Parameters
    ----------
    function : callable
        Called with one item. A value whose ``error`` is a `KeyboardInterrupt` is what arrived before the user stopped
        it: it is kept, and nothing more is asked.
    items : iterable
        The items.
    workers : int
        How many calls are under way at the same time. One alone works in the thread of the caller.
    progress : bool, callable or None
        As for `~astroquery_brokers.transport.progress.Progress`.

    Returns
    -------
    Outcomes
        One `Outcome` per item. After an interruption (``interrupted``) what had arrived is kept, and the other items
        have an `InterruptedError`.

    Examples
    --------
    >>> from astroquery_brokers.transport import fetch_many
    >>> outcomes = fetch_many(len, ["a", "bc", 3], workers=2)
    >>> [outcome.value for outcome in outcomes]
    [1, 2, None]
    >>> outcomes[2].error
    TypeError("object of type 'int' has no len()")
    """
    items, arrived = list(items), {}
    workers = min(workers, len(items))
    work = _work_here if workers <= 1 else _work_in_threads
    interrupted = False
    with Progress(progress, len(items)) as bar:
        try:
            for _ in work(function, items, workers, arrived):
                bar.update(len(arrived))
        except KeyboardInterrupt:
            interrupted = True
    arrived = dict(arrived)  # a thread that is still under way adds to the other one
    outcomes = Outcomes(arrived.get(place) or Outcome(item, error=InterruptedError(
        "Interrupted before the reply arrived: ask again for this one.")) for place, item in enumerate(items))
    outcomes.interrupted = interrupted
    return outcomes


def _answer(function, item):
    try:
        return Outcome(item, function(item))
    except Exception as error:
        return Outcome(item, error=error)


def _settle(function, place, item, arrived):
    """Fill in the outcome of one item; an interruption that its value tells of goes on."""
    arrived[place] = outcome = _answer(function, item)
    stopped = getattr(outcome.value, "error", None)
    if isinstance(stopped, KeyboardInterrupt):
        raise stopped


def _work_here(function, items, workers, arrived):
    for place, item in enumerate(items):
        _settle(function, place, item, arrived)
        yield


def _work_in_threads(function, items, workers, arrived):
    """Fill in outcomes as they arrive; gives control back after each, and now and then."""
    todo, news, stop, lock = enumerate(items), queue.SimpleQueue(), threading.Event(), threading.Lock()

    def work():
        while not stop.is_set():
            with lock:
                place, item = next(todo, (None, None))
            if place is None:
                return
            try:
                _settle(function, place, item, arrived)
                news.put(None)
            except BaseException as error:  # an interruption: for the thread that waits
                news.put(error)

    # Daemons: neither an interruption nor the end of the program waits for a reply that is still under way.
    for _ in range(workers):
        threading.Thread(target=work, daemon=True, name="astroquery_brokers").start()
    missing = len(items)
    try:
        while missing:
            with suppress(queue.Empty):
                error = news.get(timeout=_GLANCE)
                if error is not None:
                    raise error
                missing -= 1
            yield
    finally:
        stop.set()
