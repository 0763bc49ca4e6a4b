# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fixtures that all the tests share."""

import importlib.util
import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import settings

from .speaker import Speaker

# How long an example takes says little where the tests share the processors.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def shared_data():
    """Folder of recorded replies and alert packets, which are no part of the package."""
    folder = Path(os.environ.get("ASTROQUERY_BROKERS_TEST_DATA")
                  or Path(__file__).resolve().parents[1].parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"recorded replies not found in {folder}: set ASTROQUERY_BROKERS_TEST_DATA to their folder")
    return folder


@pytest.fixture
def speaker():
    """A server that says what it is told to."""
    running = Speaker()
    yield running
    running.stop()


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


@pytest.fixture(scope="session")
def official_client(synthetic, tmp_path_factory):
    """Run a program that uses ALeRCE's own client, pointed at the synthetic sandbox; what it prints as JSON."""
    if importlib.util.find_spec("alerce") is None:
        pytest.skip("the official client (package alerce) is not installed")
    settings = json.loads(resources.files("alerce").joinpath("default_config.json").read_text())
    settings["ztf"]["ZTF_API_URL"] = synthetic.url
    settings["multisurvey"]["URL_MS"] = synthetic.urls["alerce.lsst_url"] + "/"
    settings["stamps"]["STAMP_URL"] = synthetic.urls["alerce.stamps_url"]
    settings["stamps_ztf"]["AVRO_URL"] = synthetic.urls["alerce.avro_url"]
    path = tmp_path_factory.mktemp("alerce") / "config.json"
    path.write_text(json.dumps(settings))

    def run(program, *arguments):
        done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=110,
                              env={**os.environ, "ALERCE_CONFIG_PATH": str(path), "MPLBACKEND": "agg"})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return run
