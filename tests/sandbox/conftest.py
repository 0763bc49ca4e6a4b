# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""One sandbox for all tests of the sandbox, and one with real packets."""

import pytest
import requests

from astroquery_brokers import sandbox


@pytest.fixture(scope="session")
def synthetic():
    with sandbox.running() as box:
        yield box


@pytest.fixture(scope="session")
def real(shared_data):
    with sandbox.running(alerts=shared_data / "ztf") as box:
        yield box


@pytest.fixture()
def box(synthetic):
    """The shared sandbox, without faults before and after."""
    synthetic.faults = []
    yield synthetic
    synthetic.faults = []


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


@pytest.fixture(scope="session")
def showpiece(synthetic, session):
    """The supernova at ra = 185, dec = +15."""
    url = synthetic.urls["alerce.ztf_url"] + "/objects/"
    reply = session.get(url, params={"ra": 185, "dec": 15, "radius": 10}, timeout=30).json()
    return reply["items"][0]["oid"]
