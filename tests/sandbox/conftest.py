# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Plain HTTP to the sandbox, as others' clients speak it."""

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
