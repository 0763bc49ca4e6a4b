# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fixtures of the tests of ALeRCE."""

import pytest

from astroquery_brokers.alerce import Alerce, AlerceClass


@pytest.fixture
def alerce(box, tmp_path):
    """ALeRCE with a cache of its own."""
    broker = AlerceClass()
    broker.cache_location = tmp_path
    return broker


@pytest.fixture
def broker(speaker, tmp_path):
    """ALeRCE, whose every service is the speaker; another one may have had its address, and is in the common cache."""
    items = ("ztf_url", "ztf_v2_url", "lsst_url", "stamps_url", "avro_url", "catshtm_url")
    made = AlerceClass(retries=0, **dict.fromkeys(items, speaker.url))
    made.cache_location = tmp_path / "replies"
    return made


@pytest.fixture(scope="session")
def rubin_showpiece(synthetic):
    """The Rubin object with most detections; also a ZTF object."""
    objects = synthetic.truth.lsst_objects
    return str(objects["oid"][objects["n_det"].argmax()])


@pytest.fixture(scope="session")
def rubin_objects(synthetic):
    """What the sandbox holds of Rubin's DIA objects; those of the solar system are in no list."""
    objects = synthetic.truth.lsst_objects
    return objects[objects["sid"] == 1]


@pytest.fixture
def unclassified(box, rubin_objects):
    """A Rubin object without a class."""
    listed = set(map(str, Alerce.query_objects(survey="lsst", row_limit=-1)["oid"]))
    return int(next(oid for oid in rubin_objects["oid"] if oid not in listed))
