# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for the tables of faults: one for each broker, and one for each service that is unlike the others."""

from dataclasses import dataclass, replace
from importlib import import_module

import requests

CONE = ("185.0 15.0", "2 arcmin")


@dataclass(frozen=True)
class Question:
    """One request to a service.

    Attributes
    ----------
    cls, package : str
        Class of the broker, and its package.
    item : str
        Configuration item of the service.
    verb : str
        What is asked.
    arguments : tuple
        ``"ztf"`` and ``"lsst"`` stand for an object of that survey.
    formats : int
        Number of formats in which the reply is asked for where the service fails with 500.
    """

    cls: str
    package: str
    item: str
    verb: str
    arguments: tuple = ()
    formats: int = 1


#: The whole table of faults holds for these, one of each broker.
BROKERS = {
    "ALeRCE": Question("AlerceClass", "alerce", "ztf_url", "query_detections", ("ztf",)),
    "Fink": Question("FinkClass", "fink", "ztf_url", "query_classes"),
    "AMPEL": Question("AmpelClass", "ampel", "catalogmatch_url", "list_catalogs")}
#: Services with something of their own, by the name that they have in the second table.
SERVICES = {
    "ALeRCE, Rubin/LSST": Question("AlerceClass", "alerce", "lsst_url", "query_detections", ("lsst",)),
    "ALeRCE, catsHTM": Question("AlerceClass", "alerce", "catshtm_url", "query_catalogs", (*CONE, "GAIADR2")),
    "ALeRCE, TAP": Question("AlerceClass", "alerce", "tap_url", "query_tap", ("SELECT TOP 5 oid FROM ztf.object",)),
    "Fink, tables": Question("FinkClass", "fink", "ztf_url", "query_detections", ("ztf",), formats=2),
    "AMPEL, archive": Question("AmpelClass", "ampel", "archive_url", "query_object", ("ztf",))}


class Asked:
    """A broker whose service is at a URL, and its question.

    Parameters
    ----------
    question : Question
        What is asked.
    box : `~astroquery_brokers.sandbox.Box`
        The sandbox that has the answer.
    objects : dict of str to object
        An id by survey.
    folder : path
        For its cache.
    """

    def __init__(self, question, box, objects, folder):
        self._class = getattr(import_module(f"astroquery_brokers.{question.package}"), question.cls)
        self.question, self.verb, self._box, self.folder = question, question.verb, box, folder
        self.arguments = tuple(objects.get(value, value) for value in question.arguments)
        self._token = {"archive_token": box.tokens["ampel.archive_token"]} if question.package == "ampel" else {}

    def reply(self):
        """What the sandbox answers, in the format of the first question."""
        with self._box.configured():
            asked = getattr(self.at(None), self.verb)(*self.arguments, cache=False, get_query_payload=True)
            token = next(iter(self._token.values()), None)
            headers = {"Authorization": f"Bearer {token}"} if self.question.item == "archive_url" else {}
            return requests.request(asked["method"], asked["url"], params=asked["params"], json=asked.get("json"),
                                    headers=headers, timeout=30).content

    def at(self, url, **settings):
        """The broker, with small budgets."""
        address = {} if url is None else {self.question.item: url}
        limits = {"timeout": 0.3, "max_wait": 4.0, "retries": 1, **self._token, **settings}
        if self.question.item == "tap_url":
            limits["tap_timeout"] = limits["timeout"]
        broker = self._class(**limits, **address)
        broker.cache_location = self.folder
        policy = broker._policy
        broker._policy = lambda endpoint=None: replace(policy(endpoint), backoff=0.01, max_bytes=20_000_000)
        return broker

    def ask(self, broker):
        """Ask the question."""
        return getattr(broker, self.verb)(*self.arguments, cache=True)
