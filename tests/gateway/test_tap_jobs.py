# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Asynchronous queries."""

import io
import time
import xml.etree.ElementTree as ET

import pytest
import pyvo
import requests
from astropy.io.votable import parse, parse_single_table
from astropy.table import Table

from .sample import STARS

UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
QUICK = "SELECT name, big FROM sky.star WHERE n = 3 ORDER BY big"
SLOW = "SELECT SUM(a.n + b.n + c.n) AS x FROM sky.star a, sky.star b, sky.star c, sky.star d"


@pytest.fixture
def job(service):
    """Make a job: its address."""
    made = []

    def create(query, **parameters):
        reply = requests.post(f"{service}/async", {"LANG": "ADQL", "QUERY": query, **parameters}, timeout=30,
                              allow_redirects=False)
        assert reply.status_code == 303
        made.append(reply.headers["location"])
        return made[-1]
    yield create
    for url in made:
        requests.delete(url, timeout=30)


def text(url):
    return requests.get(url, timeout=30).text


def set_(url, **parameters):
    return requests.post(url, parameters, timeout=30, allow_redirects=False)


def run(url):
    assert set_(f"{url}/phase", PHASE="RUN").headers["location"] == url
    return ended(url)


def ended(url):
    for _ in range(100):
        phase = text(f"{url}/phase?WAIT=1")
        if phase in ("COMPLETED", "ERROR", "ABORTED"):
            return phase
    raise AssertionError(phase)


def test_life_of_a_job(service, job):
    url = job(QUICK, RESPONSEFORMAT="csv", RUNID="mine")
    assert url.startswith(f"{service}/async/") and text(f"{url}/phase") == "PENDING"
    root = ET.fromstring(text(url))
    assert root.find(f"{UWS}jobId").text == url.rpartition("/")[2]
    assert {item.get("id"): item.text for item in root.find(f"{UWS}parameters")} == {
        "lang": "ADQL", "query": QUICK, "responseformat": "csv", "runid": "mine"}
    assert (text(f"{url}/executionduration"), text(f"{url}/owner"), text(f"{url}/error")) == ("3600", "NULL", "")
    assert requests.get(f"{url}/results/result", timeout=30).status_code == 404
    assert run(url) == "COMPLETED"
    reply = requests.get(f"{url}/results/result", timeout=30)
    assert reply.headers["content-type"] == "text/csv;header=present"
    assert len(reply.text.splitlines()) == (STARS["n"] == 3).sum() + 1
    root = ET.fromstring(text(url))
    result = root.find(f"{UWS}results/{UWS}result")
    assert result.get("{http://www.w3.org/1999/xlink}href") == f"{url}/results/result" and result.get("id") == "result"
    assert root.find(f"{UWS}startTime").text <= root.find(f"{UWS}endTime").text == text(f"{url}/quote")
    # a second start changes nothing
    assert set_(f"{url}/phase", PHASE="RUN").status_code == 303 and text(f"{url}/phase") == "COMPLETED"
    assert requests.delete(url, timeout=30, allow_redirects=False).status_code == 303
    assert requests.get(url, timeout=30).status_code == 404


def test_started_at_once(job):
    assert ended(job(QUICK, PHASE="RUN")) == "COMPLETED"


@pytest.mark.parametrize("query, message", [
    ("SELECT nosuch FROM sky.star", "No such field known"), ("", "Required parameter 'query' missing"),
    ("DROP TABLE sky.star", "Could not parse")])
def test_errors(job, query, message):
    url = job(query)
    assert run(url) == "ERROR"
    assert message in ET.fromstring(text(url)).find(f"{UWS}errorSummary/{UWS}message").text
    assert message in parse(io.BytesIO(text(f"{url}/error").encode())).resources[0].infos[0].content
    reply = requests.get(f"{url}/results/result", timeout=30)
    assert reply.status_code == 500 and message in reply.text


def test_abort(job):
    url = job(SLOW, PHASE="RUN")
    while text(f"{url}/phase") == "QUEUED":
        time.sleep(0.02)
    assert text(f"{url}/phase") == "EXECUTING"
    began = time.monotonic()
    assert set_(f"{url}/phase", PHASE="ABORT").status_code == 303 and text(f"{url}/phase") == "ABORTED"
    # the worker is free again
    assert [ended(job(QUICK, PHASE="RUN")) for _ in range(3)] == ["COMPLETED"] * 3
    assert time.monotonic() - began < 5
    pending = job(QUICK)
    set_(f"{pending}/phase", PHASE="ABORT")
    assert text(f"{pending}/phase") == "ABORTED"


def test_two_run_others_wait(job):
    slow = [job(SLOW, PHASE="RUN") for _ in range(3)]
    for _ in range(100):
        phases = [text(f"{url}/phase") for url in slow]
        if phases == ["EXECUTING", "EXECUTING", "QUEUED"]:
            break
        time.sleep(0.02)
    assert phases == ["EXECUTING", "EXECUTING", "QUEUED"]
    assert requests.delete(slow[0], timeout=30, allow_redirects=False).status_code == 303
    assert text(f"{slow[2]}/phase?WAIT=5&PHASE=QUEUED") == "EXECUTING"


def test_time_is_bounded(job):
    url = job(SLOW)
    assert set_(f"{url}/executionduration", EXECUTIONDURATION="1").status_code == 303
    assert text(f"{url}/executionduration") == "1"
    assert run(url) == "ERROR" and "timed out" in text(url)


def test_wait_blocks(job):
    url = job(SLOW, PHASE="RUN")
    phase = text(f"{url}/phase?WAIT=5&PHASE=QUEUED")
    assert phase == "EXECUTING"
    began = time.monotonic()
    assert ET.fromstring(text(f"{url}?WAIT=1")).find(f"{UWS}phase").text == "EXECUTING"
    assert 0.9 < time.monotonic() - began < 3
    began = time.monotonic()
    assert text(f"{job(QUICK)}/phase?WAIT=10") == "PENDING" and time.monotonic() - began < 5


def test_what_can_be_set(job):
    url = job(QUICK)
    set_(f"{url}/executionduration", EXECUTIONDURATION="100000000")
    assert text(f"{url}/executionduration") == "14400"
    set_(f"{url}/destruction", DESTRUCTION="2999-01-01T00:00:00Z")
    assert text(f"{url}/destruction") < "2999"
    set_(f"{url}/parameters", MAXREC="2", QUERY="SELECT name FROM sky.star")
    assert run(url) == "COMPLETED"
    assert len(parse_single_table(io.BytesIO(requests.get(f"{url}/results/result", timeout=30).content)).array) == 2
    for path, parameters, message in (("parameters", {"MAXREC": 1}, "Parameters cannot be changed in phase COMPLETED"),
                                      ("phase", {"PHASE": "SLEEP"}, "Bad phase: SLEEP"),
                                      ("executionduration", {"EXECUTIONDURATION": "long"}, "not a valid literal"),
                                      ("destruction", {"DESTRUCTION": "soon"}, "not a valid literal")):
        reply = set_(f"{url}/{path}", **parameters)
        assert reply.status_code == 500 and message in reply.text
    assert set_(f"{url}/owner", OWNER="me").status_code == 404
    assert requests.get(f"{url}/nosuch", timeout=30).status_code == 404
    assert set_(url, ACTION="NONE").status_code == 500
    assert set_(url, ACTION="DELETE").status_code == 303 and requests.get(url, timeout=30).status_code == 404


def test_destruction(job):
    url = job(QUICK)
    set_(f"{url}/destruction", DESTRUCTION="2020-01-01T00:00:00")
    assert requests.get(url, timeout=30).status_code == 404


def test_list(service, job):
    first, second = job(QUICK), job(QUICK)
    run(second)

    def listed(**parameters):
        root = ET.fromstring(requests.get(f"{service}/async", parameters, timeout=30).content)
        return [item.get("{http://www.w3.org/1999/xlink}href") for item in root]
    assert set(listed()) >= {first, second}
    assert first in listed(PHASE="PENDING") and second not in listed(PHASE="PENDING")
    assert len(listed(LAST=1)) == 1 and listed(AFTER="2999-01-01T00:00:00Z") == []
    assert requests.get(f"{service}/async?PHASE=SLEEP", timeout=30).status_code == 500


def test_pyvo(service, open_tap):
    tap = open_tap(service)
    mine = Table({"objectid": STARS["name"][:20].astype(str)})
    query = "SELECT s.name FROM sky.star AS s JOIN tap_upload.mine AS u ON s.name = u.objectid"
    assert len(tap.run_async(query, uploads={"mine": mine})) == 20
    one = tap.submit_job(QUICK)
    one.run()
    again = pyvo.dal.AsyncTAPJob(one.url, session=tap._session)
    again.wait(timeout=20)
    assert again.phase == "COMPLETED" and len(again.fetch_result()) == (STARS["n"] == 3).sum()
    assert one.job_id in [item.jobid for item in tap.get_job_list()]
    again.delete()
    failing = tap.submit_job("SELECT nosuch FROM sky.star")
    failing.run()
    failing.wait(timeout=20)
    with pytest.raises(pyvo.dal.DALQueryError, match="nosuch"):
        failing.raise_if_error()
    failing.delete()
