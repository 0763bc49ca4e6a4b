# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which sandboxes the brokers ask: the one place that knows.

The brokers ask the sandbox that they were pointed at last. When a sandbox goes, whichever it is, what asked it asks
what it asked before: the sandbox before, if that still runs, else the service that was configured. A setting that was
changed by hand in the meantime stays as it is.
"""

import atexit
from importlib import import_module
from pathlib import Path

__all__ = ["point", "release", "release_box"]

# The oldest first. This keeps the boxes, and so their servers, alive.
_pointings = []


class _Pointing:
    """What was set for a box, and what was there before, by (owner, name of the attribute)."""

    def __init__(self, box):
        from ..query import BrokerQuery

        self.box = box
        self.values = {(import_module(f"astroquery_brokers.{broker}").conf, item): value for (broker, item), value in (
            (name.split("."), value) for name, value in {**box.urls, **box.tokens}.items())}
        # No reply of a sandbox goes to the user's cache.
        self.values[BrokerQuery, "_cache_root"] = Path(box.truth._path).with_name("cache")
        self.before = {key: getattr(*key) for key in self.values}


def point(box):
    """Let every broker ask a box from now on, with a cache of its own; what is returned is for `release`."""
    pointing = _Pointing(box)
    _pointings.append(pointing)
    for key, value in pointing.values.items():
        setattr(*key, value)
    return pointing


def release(pointing):
    """Undo `point`, once, and whatever was pointed at since."""
    if pointing not in _pointings:
        return
    place = _pointings.index(pointing)
    above = _pointings[place + 1:place + 2]
    for key, value in pointing.values.items():
        if above and above[0].before[key] == value:
            above[0].before[key] = pointing.before[key]
        elif not above and getattr(*key) == value:
            setattr(*key, pointing.before[key])
    del _pointings[place]


def release_box(box):
    """Let no broker ask this box."""
    for pointing in [pointing for pointing in _pointings if pointing.box is box]:
        release(pointing)


@atexit.register
def _stop_all():
    for pointing in reversed(_pointings[:]):
        pointing.box.stop()
