# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fixtures that all the tests share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data():
    """Folder of recorded replies and alert packets, which are no part of the package."""
    folder = Path(os.environ.get("ASTROQUERY_BROKERS_TEST_DATA")
                  or Path(__file__).resolve().parents[1].parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"recorded replies not found in {folder}: set ASTROQUERY_BROKERS_TEST_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def synthetic():
    """A sandbox with the synthetic sky; the brokers need not point at it."""
    from astroquery_brokers import sandbox

    with sandbox.running() as running:
        yield running


@pytest.fixture(scope="session")
def real(shared_data):
    """A sandbox with real alert packets; the brokers need not point at it."""
    from astroquery_brokers import sandbox

    with sandbox.running(alerts=shared_data / "ztf") as running:
        yield running


@pytest.fixture
def box(synthetic):
    """The synthetic sandbox, without faults, at which all brokers point."""
    synthetic.faults = []
    with synthetic.configured():
        yield synthetic
    synthetic.faults = []


@pytest.fixture
def packets(real):
    """The sandbox of real packets, at which all brokers point."""
    with real.configured():
        yield real


@pytest.fixture(scope="session")
def showpiece(synthetic):
    """The object of the synthetic sky with most detections, upper limits and forced photometry."""
    objects = synthetic.truth.objects
    return str(objects["oid"][objects["ndet"].argmax()])
