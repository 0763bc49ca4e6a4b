# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The parent's side of a sandbox: starting the server process, talking to it, reading the truth.

Examples
--------
>>> from astroquery_brokers import sandbox
>>> with sandbox.running() as box:
...     requests = box.requests
>>> requests
[]
>>> box.requests
Traceback (most recent call last):
...
astroquery_brokers.sandbox.client.SandboxError: the sandbox at ... has stopped: start another one
"""

import http.client
import json
import logging
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from . import faults as fault_rules
from . import settings as setting_rules
from .lsst_schema import BOOLEANS
from .pointing import point, release, release_box
from .store import Store, column_types

__all__ = ["Box", "SandboxError", "Truth"]

SERVICES = {"alerce.ztf_url": "/ztf/v1", "alerce.ztf_v2_url": "/v2/lightcurve", "alerce.lsst_url": "",
            "alerce.stamps_url": "/stamps_api", "alerce.avro_url": "/avro", "alerce.catshtm_url": "/catshtm",
            "alerce.tap_url": "/tap", "fink.ztf_url": "/fink-ztf", "fink.lsst_url": "/fink-lsst",
            "ampel.catalogmatch_url": "/api/catalogmatch", "ampel.archive_url": "/api/ztf/archive/v3",
            "ampel.live_url": "/api/live"}
_FLAGS = BOOLEANS | {"corrected", "dubious", "stellar"}
_TEXT_IDS = ("oid", "candid", "parent_candid", "measurement_id", "diaObjectId", "parentDiaSourceId", "ssObjectId")


class SandboxError(RuntimeError):
    """The sandbox cannot start, or has stopped."""


class Truth:
    """What the store of a sandbox holds, as tables; identifiers of objects and alerts are text.

    Parameters
    ----------
    path : str
        File of the store.

    Examples
    --------
    >>> from astroquery_brokers import sandbox
    >>> with sandbox.running() as box:
    ...     objects = box.truth.objects
    >>> len(objects) >= 300
    True
    """

    def __init__(self, path):
        self._path = path

    def _table(self, name):
        import numpy as np
        from astropy.table import MaskedColumn, Table

        if not os.path.exists(self._path):
            raise SandboxError("the sandbox has stopped and its store is gone: read its truth while it runs")
        store = Store(self._path)
        try:
            columns = store.columns(name)
        finally:
            store.close()
        table = Table()
        for key, kind in column_types(name).items():
            values = columns[key]
            mask = [value is None for value in values]
            kind = str if key in _TEXT_IDS else bool if key in _FLAGS else kind
            filled = np.array([kind() if value is None else kind(value) for value in values], dtype=kind)
            table[key] = MaskedColumn(filled, mask=mask) if any(mask) else filled
        return table

    @cached_property
    def objects(self):
        """Objects of the store (`~astropy.table.Table`), in the order in which they came.

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("objects")

    @cached_property
    def detections(self):
        """Detections of all objects (`~astropy.table.Table`).

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("detections")

    @cached_property
    def upper_limits(self):
        """Upper limits of all objects (`~astropy.table.Table`).

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("upper_limits")

    @cached_property
    def bad_quality(self):
        """Points of the histories of alerts that are too bad to be detections (`~astropy.table.Table`).

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("bad_quality")

    @cached_property
    def forced_photometry(self):
        """Forced photometry of all objects (`~astropy.table.Table`).

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("forced_photometry")

    @cached_property
    def lsst_objects(self):
        """Rubin objects (`~astropy.table.Table`); ``ztf_oid`` is the same transient in ``objects``.

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("lsst_objects")

    @cached_property
    def lsst_detections(self):
        """Detections of Rubin objects (`~astropy.table.Table`), fluxes in nJy, times in TAI.

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("lsst_detections")

    @cached_property
    def lsst_forced_photometry(self):
        """Forced photometry of Rubin objects (`~astropy.table.Table`), fluxes in nJy, times in TAI.

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._table("lsst_forced_photometry")


def _environment():
    # The child must find this very package, wherever the parent was started.
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


class Box:
    """A running sandbox.

    Parameters
    ----------
    alerts : str or path-like, optional
        Folder with alert packets to serve.
    n_objects, seed : int, optional
        Number of objects in the synthetic sky, and its seed.
    latency : float, optional
        Seconds that each reply takes, at least.
    faults : list of dict, optional
        Trouble to make.
    port : int, optional
        TCP port on this machine; a free one by default.

    Attributes
    ----------
    url : str
        The root that all services have in common.
    urls : dict
        Addresses by configuration item, as ``"alerce.ztf_url"``.
    tokens : dict
        Good tokens by configuration item, as ``"ampel.archive_token"``; every sandbox has its own.
    truth : `Truth`
        What the store holds.

    Raises
    ------
    ValueError
        If a fault has an unknown key or a wrong value, or the latency is not a number of 0 or more.
    SandboxError
        If the server cannot start.

    Examples
    --------
    `~astroquery_brokers.sandbox.running` makes one, points the brokers at it, and stops it.

    >>> from astroquery_brokers.sandbox.client import Box
    >>> box = Box(n_objects=20)
    >>> box.urls["alerce.ztf_url"] == f"{box.url}/ztf/v1"
    True
    >>> box.stop()
    """

    def __init__(self, *, alerts=None, n_objects=None, seed=None, latency=0, faults=None, port=None):
        fault_rules.check_latency(latency)
        command = [sys.executable, "-m", "astroquery_brokers.sandbox", "--until-eof", "--latency", str(latency),
                   "--faults", json.dumps(fault_rules.check(faults))]
        for option, value in (("--alerts", alerts), ("--n-objects", n_objects), ("--seed", seed), ("--port", port)):
            if value is not None:
                command += [option, os.fspath(value) if option == "--alerts" else str(value)]
        # Not a pipe: no one reads it while the server runs.
        with tempfile.TemporaryFile() as messages:
            # A session of its own: Ctrl-C in the terminal is meant for the parent.
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=messages,
                                             env=_environment(), start_new_session=True)
            try:
                line = self._process.stdout.readline()
            except BaseException:
                self.stop()
                raise
            if not line:
                self.stop()
            messages.seek(0)
            message = messages.read().decode(errors="replace").strip()
        if not line:
            raise SandboxError(message.splitlines()[-1] if message else "the sandbox ended without a word")
        if message:
            logging.getLogger(__name__).warning(message)
        started = json.loads(line)
        self.url = started["url"]
        self.urls = {name: self.url + path for name, path in SERVICES.items()}
        self.tokens = started["tokens"]
        self.truth = Truth(started["store"])

    def __repr__(self):
        return f"<Box at {self.url}>" if self._process.poll() is None else f"<Box, stopped, was at {self.url}>"

    def _control(self, method, route, content=None):
        if self._process.poll() is not None:
            raise SandboxError(f"the sandbox at {self.url} has stopped: start another one")
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        try:
            body = None if content is None else json.dumps(content)
            connection.request(method, f"{parts.path}/_sandbox/{route}", body)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    @contextmanager
    def configured(self):
        """Point every broker's configuration at this sandbox for a block, with a cache of its own.

        Yields
        ------
        None

        Examples
        --------
        >>> from astroquery_brokers.alerce import conf
        >>> from astroquery_brokers.sandbox.client import Box
        >>> box = Box(n_objects=20)
        >>> with box.configured():
        ...     conf.ztf_url == box.urls["alerce.ztf_url"]
        True
        >>> box.stop()
        """
        pointing = point(self)
        try:
            yield
        finally:
            release(pointing)

    @property
    def requests(self):
        """What was asked so far (a list of dict).

        Each has ``method``, ``path`` (below the root), ``query``, ``status`` (None while there is none, and after a
        reset), ``seconds``, and ``authorized`` (whether an Authorization header came; it is never kept).

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._control("GET", "requests")

    @property
    def faults(self):
        """The faults in force, a list of dict (see `astroquery_brokers.sandbox.faults`); can be set.

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._control("GET", "faults")

    @faults.setter
    def faults(self, faults):
        self._control("PUT", "faults", fault_rules.check(faults))

    @property
    def settings(self):
        """What services do on their own time, by name (see `astroquery_brokers.sandbox.settings`).

        Setting it to a dict changes what is in the dict.

        Raises
        ------
        SandboxError
            If the sandbox has stopped.
        """
        return self._control("GET", "settings")

    @settings.setter
    def settings(self, settings):
        self._control("PUT", "settings", setting_rules.check(settings))

    def configure(self):
        """Point every broker's configuration at this sandbox until `stop`.

        Examples
        --------
        `astroquery_brokers.sandbox.start` does this, and says what happens when there are several.

        >>> from astroquery_brokers.alerce import conf
        >>> from astroquery_brokers.sandbox.client import Box
        >>> box = Box(n_objects=20)
        >>> box.configure()
        >>> conf.ztf_url == box.urls["alerce.ztf_url"]
        True
        >>> box.stop()
        """
        point(self)

    def stop(self):
        """End the server; once is enough, more do no harm."""
        release_box(self)
        process = self._process
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
