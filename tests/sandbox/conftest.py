# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Plain HTTP to the sandbox, as others' clients speak it."""

import time

import pytest
import requests


@pytest.fixture(scope="session")
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture()
def v1(synthetic, session):
    """Ask API v1: path and parameters, gives the response."""
    def ask(path, params=None, **keywords):
        return session.get(synthetic.urls["alerce.ztf_url"] + path, params=params, timeout=30, **keywords)
    return ask


@pytest.fixture()
def v2(synthetic, session):
    """Ask API v2: path and parameters, gives the response."""
    def ask(path, params=None, **keywords):
        return session.get(synthetic.urls["alerce.ztf_v2_url"] + path, params=params, timeout=30, **keywords)
    return ask


@pytest.fixture()
def lsst(synthetic, session):
    """Ask the multi-survey services: path and parameters, gives the response."""
    def ask(path, **params):
        return session.get(synthetic.urls["alerce.lsst_url"] + path, params=params, timeout=30)
    return ask


@pytest.fixture(scope="session")
def rubin_showpiece(synthetic):
    """The Rubin object with most detections; also a ZTF object."""
    objects = synthetic.truth.lsst_objects
    return str(objects["oid"][objects["n_det"].argmax()])


@pytest.fixture(scope="session")
def fink_ztf(synthetic, session):
    """Ask Fink's ZTF server by POST: endpoint and arguments, gives the response."""
    def ask(endpoint, **arguments):
        return session.post(f"{synthetic.urls['fink.ztf_url']}/api/v1/{endpoint}", json=arguments, timeout=30)
    return ask


@pytest.fixture(scope="session")
def fink_lsst(synthetic, session):
    """Ask Fink's Rubin server by POST: endpoint and arguments, gives the response."""
    def ask(endpoint, **arguments):
        return session.post(f"{synthetic.urls['fink.lsst_url']}/api/v1/{endpoint}", json=arguments, timeout=30)
    return ask


class Ampel:
    """Ask AMPEL's services of a sandbox: ``get`` and ``post`` with the archive's token, ``bare`` ones without."""

    def __init__(self, box, session):
        self.box, self._session = box, session
        self.archive, self.catalogmatch, self.live = (
            box.urls[f"ampel.{name}_url"] for name in ("archive", "catalogmatch", "live"))

    def ask(self, method, url, token=None, **keywords):
        headers = {**keywords.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        return self._session.request(method, url, headers=headers, timeout=30, **keywords)

    def get(self, path, token=True, **params):
        token = self.box.tokens["ampel.archive_token"] if token is True else token
        return self.ask("GET", self.archive + path, token, params=params)

    def post(self, path, content=None, token=True, **params):
        token = self.box.tokens["ampel.archive_token"] if token is True else token
        return self.ask("POST", self.archive + path, token, json=content, params=params)

    def stream(self, content):
        """Token of a stream that is ready."""
        token = self.post("/streams/from_query", content).json()["resume_token"]
        while self.get(f"/stream/{token}", token=None).status_code == 423:
            time.sleep(0.01)
        return token


@pytest.fixture
def ampel(synthetic, session):
    """AMPEL of the synthetic sandbox."""
    defaults = synthetic.settings
    yield Ampel(synthetic, session)
    synthetic.settings = defaults


@pytest.fixture(scope="session")
def ampel_alerts(synthetic):
    """The alerts of the synthetic sky, in order of time, with ``jd``."""
    rows = synthetic.truth.detections
    rows = rows[rows["has_stamp"]]
    rows["jd"] = rows["mjd"] + 2400000.5
    rows.sort("jd")
    return rows
