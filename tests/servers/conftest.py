# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""TAP services with ALeRCE's tables: the sandbox's, and a real one.

The real one is asked where the environment variable ASTROQUERY_BROKERS_TAP_URL says where it is; without it the tests
against it are not collected.
"""

import os

import numpy as np
import pytest
import requests
from astropy import units as u
from astropy.coordinates import SkyCoord

TAP_URL = os.environ.get("ASTROQUERY_BROKERS_TAP_URL")

collect_ignore = [] if os.environ.get("ASTROQUERY_BROKERS_AMPEL_ARCHIVE_URL") else ["test_ampel_archive.py"]


@pytest.fixture(scope="session", params=["sandbox", *(["real"] if TAP_URL else [])])
def tap_url(request):
    """Address of a TAP service; each test runs against all there are."""
    return TAP_URL if request.param == "real" else f"{request.getfixturevalue('synthetic').url}/tap"


@pytest.fixture(scope="session")
def session():
    """For pyvo, which leaves connections open: they are closed at the end."""
    session, replies = requests.Session(), []
    session.hooks["response"].append(lambda reply, **options: replies.append(reply))
    yield session
    for reply in replies:
        reply.close()
    session.close()


@pytest.fixture(scope="session")
def tap(tap_url, session):
    """The service, as pyvo's TAPService."""
    import pyvo
    return pyvo.dal.TAPService(tap_url, session=session)


@pytest.fixture(scope="session")
def everything(tap):
    """Whole tables, each fetched once."""
    known = {}

    def fetch(name, columns):
        key = name, columns
        if key not in known:
            known[key] = tap.search(f"SELECT {columns} FROM {name}", maxrec=1_000_000).to_table()
        return known[key]
    return fetch


@pytest.fixture(scope="session")
def objects(everything):
    return everything(
        "ztf.object", "oid, meanra, meandec, ndet, firstmjd, lastmjd, stellar, corrected, g_r_mean")


@pytest.fixture(scope="session")
def field(objects):
    """A position with objects around it, and the distances of all objects from it."""
    sky = SkyCoord(objects["meanra"], objects["meandec"], unit="deg")
    distance = sky[:, None].separation(sky[None]).deg
    crowd = (distance < 0.5).sum(axis=1)
    assert crowd.max() > 5
    # beside the object, so that no distance is 0
    center = sky[int(np.argmax(crowd))].directional_offset_by(0 * u.deg, 0.01 * u.deg)
    return float(center.ra.deg), float(center.dec.deg), sky.separation(center).deg


@pytest.fixture
def ask(tap):
    """The rows of a query, as a table."""
    def search(query, **options):
        return tap.search(query, **{"maxrec": 1_000_000, **options}).to_table()
    return search


@pytest.fixture
def post(tap_url):
    def send(path="/sync", **parameters):
        content = {"REQUEST": "doQuery", "LANG": "ADQL", **parameters}
        return requests.post(tap_url + path, content, timeout=60, allow_redirects=False)
    return send
