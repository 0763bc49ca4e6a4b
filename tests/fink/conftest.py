# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fixtures of the tests of Fink."""

import json

import pytest

from astroquery_brokers.fink import FinkClass


@pytest.fixture
def broker(speaker, tmp_path):
    """Fink, whose two services are the speaker; another one may have had its address, and is in the common cache."""
    made = FinkClass(retries=0, ztf_url=speaker.url, lsst_url=speaker.url)
    made.cache_location = tmp_path / "replies"
    return made


@pytest.fixture
def says(speaker):
    """Let the speaker say rows, a text or bytes at an endpoint: ``says("objects", rows, status=200)``."""
    def say(endpoint, said, *, status=200, kind=None):
        if isinstance(said, str):
            content, usual = said.encode(), "text/html; charset=utf-8"
        elif isinstance(said, bytes):
            content, usual = said, "application/octet-stream"
        else:
            content, usual = json.dumps(said).encode(), "application/json"
        speaker.replies[f"/api/v1/{endpoint}"] = status, kind or usual, content
    return say


@pytest.fixture(scope="session")
def ztf_ids(synthetic):
    """ZTF objects of the synthetic sky, the one with most detections first."""
    objects = synthetic.truth.objects
    objects = objects[objects["ndet"].argsort()[::-1]]
    return [str(oid) for oid in objects["oid"]]


@pytest.fixture(scope="session")
def lsst_ids(synthetic):
    """Rubin objects of the static synthetic sky, the one with most detections first."""
    objects = synthetic.truth.lsst_objects
    objects = objects[objects["sid"] == 1]
    objects = objects[objects["n_det"].argsort()[::-1]]
    return [str(oid) for oid in objects["oid"]]
