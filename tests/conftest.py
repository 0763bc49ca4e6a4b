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
def box():
    """A sandbox with the synthetic sky, at which all brokers point."""
    from astroquery_brokers import sandbox

    with sandbox.running() as running:
        yield running


@pytest.fixture(scope="session")
def showpiece(box):
    """The object of the synthetic sky with most detections, upper limits and forced photometry."""
    objects = box.truth.objects
    return str(objects["oid"][objects["ndet"].argmax()])
