# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Offline alert brokers: one store of alerts, spoken in each broker's dialect over real HTTP on this machine.

::

    >>> from astroquery_brokers import sandbox
    >>> with sandbox.running() as box:                       # doctest: +SKIP
    ...     table = Alerce.query_object("ZTF20aaelulu")

Needs the extra ``server``; for real alert packets also ``avro``.
"""

from contextlib import contextmanager

__all__ = ["running"]


@contextmanager
def running(*, alerts=None, n_objects=None, seed=None, latency=0, faults=None):
    """Run a sandbox for a block and point every broker's configuration at it.

    Parameters
    ----------
    alerts : str or path-like, optional
        Folder with real ZTF alert packets (``*.avro``, also in folders below) to serve.
    n_objects : int, optional
        Size of the synthetic sky: 300, or none when there are alerts.
    seed : int, optional
        Seed of the synthetic sky; the same seed and size give the same sky.
    latency : float
        Seconds that each reply takes longer.
    faults : list of dict, optional
        Trouble to make, see `astroquery_brokers.sandbox.faults`.

    Yields
    ------
    box : `~astroquery_brokers.sandbox.client.Box`
        With ``url``, ``urls``, ``truth``, ``requests``, ``faults`` and ``stop()``.
    """
    from .client import Box

    box = Box(alerts=alerts, n_objects=n_objects, seed=seed, latency=latency, faults=faults)
    try:
        with box.configured():
            yield box
    finally:
        box.stop()
