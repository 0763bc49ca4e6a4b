# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One verb of each broker for the table of faults: every broker takes the same way, so that one shows it."""

from dataclasses import replace
from importlib import import_module

import requests

#: Name of the class: (package, verb, whether it takes an object, configuration item of its service, path below that).
BROKERS = {
    "AlerceClass": ("alerce", "query_detections", True, "ztf_url", "/objects/{oid}/detections"),
    "FinkClass": ("fink", "query_classes", False, "ztf_url", "/api/v1/classes"),
    "AmpelClass": ("ampel", "list_catalogs", False, "catalogmatch_url", "/catalogs/"),
}


class Asked:
    """A broker whose service is at a URL, and its question.

    Parameters
    ----------
    name : str
        Name of its class.
    oid : str
        The object that is asked about.
    folder : path
        For its cache.
    """

    def __init__(self, name, oid, folder):
        package, self.verb, of_object, self.item, path = BROKERS[name]
        self._class = getattr(import_module(f"astroquery_brokers.{package}"), name)
        self.arguments, self.path, self.folder = (oid,) if of_object else (), path.format(oid=oid), folder

    def reply(self, box):
        """What the sandbox answers."""
        url = box.urls[f"{self._class.package.rpartition('.')[2]}.{self.item}"]
        return requests.get(url + self.path, timeout=30).content

    def at(self, url, **settings):
        """The broker, with small budgets."""
        limits = {"timeout": 0.5, "max_wait": 4.0, "retries": 1, **settings}
        broker = self._class(**limits, **{self.item: url})
        broker.cache_location = self.folder
        policy = broker._policy
        broker._policy = lambda *args, **kwargs: replace(policy(*args, **kwargs), backoff=0.01, max_bytes=20_000_000)
        return broker

    def ask(self, broker):
        """Ask the question."""
        return getattr(broker, self.verb)(*self.arguments)
