# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A progress bar for people who wait, and nothing for scripts."""

import sys
import time

__all__ = ["Progress", "Waiting"]

_PATIENCE = 1.0


class Progress:
    """Tells how far many requests are.

    Parameters
    ----------
    wanted : bool, callable or None
        True for a bar, False for none; None for a bar on a terminal or in a notebook as soon as more than a second has
        passed. Or a callable, which gets the number of outcomes and the number of items.
    total : int
        The number of items.
    unit : str
        What an item is.
    """

    def __init__(self, wanted, total, unit="request"):
        self._call = wanted if callable(wanted) else None
        self._total, self._unit = total, unit
        self._bar = None
        self._from = None
        if wanted is True:
            self._from = time.monotonic()
        elif wanted is None and total > 1 and _somebody_looks():
            self._from = time.monotonic() + _PATIENCE

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._bar is not None:
            self._bar.close()

    def update(self, done):
        """Show how many outcomes there are."""
        if self._call is not None:
            self._call(done, self._total)
        if self._from is not None and time.monotonic() >= self._from:
            if self._bar is None:
                self._bar = _bar()(total=self._total, initial=done, unit=self._unit, leave=False)
            self._bar.update(done - self._bar.n)


class Waiting:
    """Tells what something is doing that is waited for.

    Parameters
    ----------
    wanted : bool, callable or None
        As for `Progress`; the callable gets the state and the seconds.
    name : str
        What is waited for.
    """

    def __init__(self, wanted, name):
        self._call = wanted if callable(wanted) else None
        self._patience = 0.0 if wanted is True else _PATIENCE if wanted is None and _somebody_looks() else None
        self._name, self._bar = name, None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self._bar is not None:
            self._bar.close()

    def update(self, state, seconds):
        """Show the state after so many seconds."""
        if self._call is not None:
            self._call(state, seconds)
        if self._patience is not None and seconds >= self._patience:
            text = f"{self._name}: {state}"
            if self._bar is None:
                self._bar = _bar()(total=0, desc=text, bar_format="{desc} ({elapsed})", leave=False)
            self._bar.set_description_str(text)


def _in_notebook():
    return "ipykernel" in sys.modules


def _somebody_looks():
    return _in_notebook() or bool(sys.stderr and sys.stderr.isatty())


def _bar():
    if _in_notebook():
        try:
            import ipywidgets  # noqa: F401 - without it tqdm's notebook bar warns and fails
            from tqdm.notebook import tqdm

            return tqdm
        except ImportError:
            pass
    from tqdm import tqdm

    return tqdm
