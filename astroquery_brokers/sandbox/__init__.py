# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Offline alert brokers: one store of alerts, spoken in each broker's dialect over real HTTP on this machine.

Needs the extra ``server``; for real alert packets also ``avro``.
"""

from contextlib import contextmanager

__all__ = ["running", "start"]


@contextmanager
def running(*, alerts=None, n_objects=None, seed=None, latency=0, faults=None, port=None):
    """Run a sandbox for a block and point every broker's configuration at it.

    Parameters
    ----------
    alerts : str or path-like, optional
        Folder with real alert packets of ZTF or Rubin (``*.avro``, also in folders below) to serve.
    n_objects : int, optional
        Number of objects in the synthetic sky: 300, or none when there are alerts.
    seed : int, optional
        Seed of the synthetic sky; the same seed and size give the same sky.
    latency : float, optional
        Seconds that each reply takes, at least.
    faults : list of dict, optional
        Trouble to make, see `astroquery_brokers.sandbox.faults`.
    port : int, optional
        TCP port number on this machine; a free one by default.

    Yields
    ------
    box : `~astroquery_brokers.sandbox.client.Box`
        With ``url``, ``urls``, ``truth``, ``requests``, ``faults`` and ``stop()``.

    Raises
    ------
    ValueError
        If a fault has an unknown key or a wrong value, or the latency is not a number of 0 or more.
    `~astroquery_brokers.sandbox.client.SandboxError`
        If the server cannot start, e.g. because the extra ``server`` is not installed.

    Examples
    --------
    >>> from astroquery_brokers import Alerce, sandbox
    >>> with sandbox.running(n_objects=20, seed=7) as box:
    ...     objects = Alerce.query_objects()
    ...     paths = [request["path"] for request in box.requests]
    >>> len(objects), paths
    (20, ['/ztf/v1/objects/'])
    """
    box = start(alerts=alerts, n_objects=n_objects, seed=seed, latency=latency, faults=faults, port=port)
    try:
        yield box
    finally:
        box.stop()


def start(**options):
    """Start a sandbox for a session, and point every broker's configuration at it until its ``stop()``.

    Parameters
    ----------
    **options
        Those of `running`.

    Returns
    -------
    `~astroquery_brokers.sandbox.client.Box`
        The sandbox. It also ends with this process, and not before: it runs whether or not a variable holds it.

    Raises
    ------
    ValueError
        If a fault has an unknown key or a wrong value, or the latency is not a number of 0 or more.
    `~astroquery_brokers.sandbox.client.SandboxError`
        If the server cannot start.

    Notes
    -----
    The brokers ask the sandbox that was started last. When one is stopped, whichever it is, what asked it asks what it
    asked before: the sandbox before, if that still runs, else the service that was configured. A setting that was
    changed by hand in the meantime stays as it is.

    Examples
    --------
    >>> from astroquery_brokers import Alerce, sandbox
    >>> box = sandbox.start()
    >>> len(Alerce.query_region("185.0 15.0", "10 arcmin"))
    10
    >>> box.stop()
    """
    from .client import Box

    box = Box(**options)
    box.configure()
    return box
