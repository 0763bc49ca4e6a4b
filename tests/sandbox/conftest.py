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
