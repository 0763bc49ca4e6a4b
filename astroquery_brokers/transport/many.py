# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Many requests at once, in bounded threads, with the outcomes in the order of the questions."""

import queue
import threading
from dataclasses import dataclass

from .progress import Progress

__all__ = ["Outcome", "Outcomes", "fetch_many"]

_GLANCE = 0.25


@dataclass
class Outcome:
    """What became of one item: a value or an error."""

    item: object
    value: object = None
    error: BaseException | None = None

    @property
    def ok(self):
        """Whether there is a value."""
        return self.error is None


class Outcomes(list):
    """Outcomes in the order of the items; ``interrupted`` tells whether the user stopped it."""

    interrupted = False


def fetch_many(function, items, *, workers, deadline=None, progress=None):
    """Call a function for many items.

    Parameters
    ----------
    function : callable
        Called with one item.
    items : iterable
        The items.
    workers : int
        How many calls are under way at the same time. One alone works in the thread of the caller.
    deadline : Deadline, optional
        After it no further call is begun.
    progress : bool, callable or None
        As for `~astroquery_brokers.transport.progress.Progress`.

    Returns
    -------
    Outcomes
        One `Outcome` per item. After an interruption (``interrupted``) what had arrived is kept, and the other items
        have an `InterruptedError`.
    """
    outcomes = Outcomes(Outcome(item) for item in items)
    workers = min(workers, len(outcomes))
    waiting = set(range(len(outcomes)))
    answers = _in_this_thread if workers <= 1 else _in_threads
    with Progress(progress, len(outcomes)) as bar:
        try:
            for arrived in answers(function, outcomes, workers, deadline):
                if arrived is not None:
                    place, outcome = arrived
                    if outcome.error is not None and not isinstance(outcome.error, Exception):
                        raise outcome.error
                    outcomes[place] = outcome
                    waiting.discard(place)
                bar.update(len(outcomes) - len(waiting))
        except KeyboardInterrupt:
            outcomes.interrupted = True
    for place in waiting:
        outcomes[place].error = InterruptedError("Interrupted before the reply arrived: ask again for this one.")
    return outcomes


def _answer(function, item, deadline):
    if deadline is not None and deadline.expired:
        from ..exceptions import BrokerTimeoutError

        return Outcome(item, error=BrokerTimeoutError(
            f"Not asked: `max_wait` ({deadline.seconds:g} s) was over. Ask for less at once, or raise `max_wait`."))
    try:
        return Outcome(item, function(item))
    except BaseException as error:  # an interruption is for the thread that waits
        return Outcome(item, error=error)


def _in_this_thread(function, outcomes, workers, deadline):
    for place in range(len(outcomes)):
        yield place, _answer(function, outcomes[place].item, deadline)


def _in_threads(function, outcomes, workers, deadline):
    """Outcomes as they arrive, and None now and then."""
    todo, done, stop = iter(range(len(outcomes))), queue.SimpleQueue(), threading.Event()
    lock = threading.Lock()

    def work():
        while not stop.is_set():
            with lock:
                place = next(todo, None)
            if place is None:
                return
            done.put((place, _answer(function, outcomes[place].item, deadline)))

    # Daemons: neither an interruption nor the end of the program waits for a reply that is still under way.
    for _ in range(workers):
        threading.Thread(target=work, daemon=True, name="astroquery_brokers").start()
    missing = len(outcomes)
    try:
        while missing:
            try:
                yield done.get(timeout=_GLANCE)
                missing -= 1
            except queue.Empty:
                yield None
    finally:
        stop.set()
