# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The parent's side of a sandbox: starting the server process, talking to it, reading the truth."""

import http.client
import json
import logging
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from . import faults as fault_rules
from .store import Store, column_types

__all__ = ["Box", "SandboxError", "Truth"]

SERVICES = {"alerce.ztf_url": "/ztf/v1", "alerce.ztf_v2_url": "/v2/lightcurve"}
_FLAGS = ("corrected", "dubious", "has_stamp", "stellar")
_TEXT_IDS = ("candid", "parent_candid")


class SandboxError(RuntimeError):
    """The sandbox cannot start, or has stopped."""


class Truth:
    """What the store of a sandbox holds, as tables; identifiers of objects and alerts are text.

    Attributes
    ----------
    objects, detections, upper_limits, forced_photometry : `~astropy.table.Table`
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
        return self._table("objects")

    @cached_property
    def detections(self):
        return self._table("detections")

    @cached_property
    def upper_limits(self):
        return self._table("upper_limits")

    @cached_property
    def forced_photometry(self):
        return self._table("forced_photometry")


def _environment():
    # The child must find this very package, wherever the parent was started.
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


class Box:
    """A running sandbox.

    Parameters
    ----------
    alerts, n_objects, seed, latency, faults
        As in `~astroquery_brokers.sandbox.running`.

    Attributes
    ----------
    url : str
        The root that all services have in common.
    urls : dict
        Addresses by configuration item, as ``"alerce.ztf_url"``.
    truth : `Truth`
        What the store holds.
    """

    def __init__(self, *, alerts=None, n_objects=None, seed=None, latency=0, faults=None):
        command = [sys.executable, "-m", "astroquery_brokers.sandbox", "--until-eof", "--latency", str(latency),
                   "--faults", json.dumps(fault_rules.check(faults))]
        for option, value in (("--alerts", alerts), ("--n-objects", n_objects), ("--seed", seed)):
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
        """Point every broker's configuration at this sandbox for a block."""
        with ExitStack() as stack:
            for name, url in self.urls.items():
                broker, item = name.split(".")
                stack.enter_context(import_module(f"astroquery_brokers.{broker}").conf.set_temp(item, url))
            yield

    @property
    def requests(self):
        """What was asked so far: a list of dict with ``method``, ``path`` (below the root), ``query``, ``status``
        (None while there is none, and after a reset), ``seconds``, and ``authorized`` (whether an Authorization header
        came; it is never kept)."""
        return self._control("GET", "requests")

    @property
    def faults(self):
        """The faults in force, a list of dict (see `astroquery_brokers.sandbox.faults`); can be set."""
        return self._control("GET", "faults")

    @faults.setter
    def faults(self, faults):
        self._control("PUT", "faults", fault_rules.check(faults))

    def stop(self):
        """End the server; once is enough, more do no harm."""
        process = self._process
        process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
