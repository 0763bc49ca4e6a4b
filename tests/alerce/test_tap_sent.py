# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What goes to the TAP service, byte for byte: how many rows are asked for, and how often a question is asked."""

import re
from contextlib import suppress
from urllib.parse import parse_qs

import pytest
import requests
from astropy.coordinates import SkyCoord
from astropy.table import Table
from astropy.utils.exceptions import AstropyUserWarning

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import BrokerError, ObjectNotFoundError

ADQL = "SELECT oid FROM ztf.object"
BETA = "stamp_classifier_rubin_beta"
MINE = {"mine": Table({"objectid": ["ZTF20aaelulu"]})}
NAMES = ["ZTF20aaelulu", "ZTF19aaaaaaa"]
CENTRES = SkyCoord([185.0, 10.0], [15.0, -3.0], unit="deg")
ERROR = ('<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE '
         'type="results"><INFO name="QUERY_STATUS" value="ERROR">Field query: No.</INFO></RESOURCE></VOTABLE>')
pytestmark = [pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning"),
              pytest.mark.filterwarnings("ignore::astroquery.exceptions.MaxResultsWarning")]


@pytest.fixture
def alerce(box, tmp_path):
    """ALeRCE with its usual number of retries, and a cache of its own."""
    broker = AlerceClass()
    broker.cache_location = tmp_path
    assert broker._setting("retries") >= 3
    return broker


@pytest.fixture
def sent(monkeypatch):
    """TAP's parameters of each query that left, with its path; the requests are as always."""
    seen, send = [], requests.adapters.HTTPAdapter.send

    def note(self, request, **options):
        path = re.search(r"/tap/(sync|async)$", request.url.partition("?")[0])
        if path and request.method == "POST":
            seen.append((path.group(1), _form(request)))
        return send(self, request, **options)
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", note)
    return seen


def _form(request):
    body = request.body if isinstance(request.body, str) else request.body.decode()
    if "multipart" not in request.headers["Content-Type"]:
        return parse_qs(body)
    fields = {}
    for name, value in re.findall(r'form-data; name="([A-Z]+)"\r\n(?:.*\r\n)*?\r\n(.*)\r\n', body):
        fields.setdefault(name, []).append(value)
    return fields


def job(broker, **options):
    made = broker.submit_tap_job(ADQL, **options)
    made.get_result()
    made.delete()


ALL = "20000000"
ASKED = {
    "sync": (lambda b: b.query_tap(ADQL), ["10000"]), "all": (lambda b: b.query_tap(ADQL, maxrec=-1), [ALL]),
    "some": (lambda b: b.query_tap(ADQL, maxrec=7), ["7"]), "official": (lambda b: b.send_query(ADQL), ["10000"]),
    "top": (lambda b: b.query_tap("SELECT TOP 12345 oid FROM ztf.object"), ["12345"]),
    "top of more than there can be": (lambda b: b.query_tap("SELECT TOP 30000000 oid FROM ztf.object"), [ALL]),
    "top of less": (lambda b: b.query_tap("SELECT TOP 3 oid FROM ztf.object"), ["10000"]),
    "upload": (lambda b: b.query_tap("SELECT * FROM tap_upload.mine", uploads=MINE, maxrec=9), ["9"]),
    "job": (lambda b: b.query_tap(ADQL, async_job=True, maxrec=8), ["8"]),
    "job with upload": (lambda b: b.query_tap("SELECT * FROM tap_upload.mine", uploads=MINE, async_job=True),
                        ["10000"]),
    "submitted": (lambda b: job(b, maxrec=6), ["6"]), "submitted, all": (lambda b: job(b, maxrec=-1), [ALL]),
    "twin": (lambda b: b.query_tap_async(ADQL), ["10000"]),
    "tables": (lambda b: b.list_tables(), [ALL]), "columns": (lambda b: b.list_columns("ztf.object"), [ALL, ALL]),
    "objects": (lambda b: b.query_objects(NAMES, route="tap"), [ALL]),
    "objects, limited": (lambda b: b.query_objects(NAMES, route="tap", row_limit=1), [ALL]),
    "object": (lambda b: b.query_object(NAMES, route="tap"), [ALL]),
    "detections": (lambda b: b.query_detections(NAMES, route="tap"), [ALL]),
    "light curves": (lambda b: b.query_lightcurve(NAMES, route="tap"), [ALL] * 3),
    "probabilities": (lambda b: b.query_probabilities(NAMES, route="tap"), [ALL]),
    "search": (lambda b: b.query_objects(survey="lsst", classifier=BETA), ["10000"]),
    "search, limited": (lambda b: b.query_objects(survey="lsst", classifier=BETA, row_limit=5, route="tap"), ["5"]),
    "search, all": (lambda b: b.query_objects(survey="lsst", classifier=BETA, row_limit=-1), [ALL]),
    "cone": (lambda b: b.query_region(CENTRES[0], "8 arcmin", route="tap"), [ALL]),
    "cones": (lambda b: b.query_region(CENTRES, "8 arcmin", route="tap", row_limit=4), [ALL, ALL]),
}


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyUserWarning")
@pytest.mark.parametrize("case", ASKED)
def test_the_number_of_rows_is_always_sent(alerce, sent, case):
    ask, numbers = ASKED[case]
    with suppress(ObjectNotFoundError):  # which is known when TAP has answered
        ask(alerce)
    assert [form["MAXREC"] for _, form in sent] == [[number] for number in numbers]
    assert {path for path, _ in sent} == {"async" if case.startswith(("job", "submitted")) else "sync"}
    assert all(form["LANG"] == ["ADQL"] and form["REQUEST"] == ["doQuery"] and len(form["QUERY"]) == 1
               for _, form in sent)


REFUSED = ["sync", "upload", "job", "job with upload", "submitted", "twin", "official", "tables", "columns", "objects",
           "object", "detections", "light curves", "search, limited", "cone"]


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_what_the_service_has_refused_is_not_asked_again(alerce, box, sent, case, status):
    box.faults = [{"path": "/tap/", "status": status, "body": ERROR, "content_type": "text/xml"}]
    before = len(box.requests)
    with pytest.raises(BrokerError, match="No[.]"):
        ASKED[case][0](alerce)
    # One query each of three tables makes a light curve.
    assert len(sent) == len(box.requests) - before == (3 if case == "light curves" else 1)


@pytest.mark.parametrize("ask", [
    lambda b: b.query_objects(survey="lsst", classifier=BETA), lambda b: b.query_objects(survey="lsst", firstmjd=0.0)])
def test_nor_before_others_are_asked(alerce, box, sent, ask):
    box.faults = [{"path": "/tap/", "status": 500, "body": ERROR, "content_type": "text/xml"}]
    with pytest.warns(AstropyUserWarning, match="No[.]"):
        ask(alerce)
    assert len(sent) == 1


def test_a_job_that_ended_with_an_error_is_not_started_again(alerce, box, sent):
    before = len(box.requests)
    with pytest.raises(BrokerError, match="nosuch"):
        alerce.query_tap("SELECT nosuch FROM ztf.object", async_job=True)
    asked = [(request["method"], request["path"].rpartition("/")[2]) for request in box.requests[before:]]
    assert len(sent) == 1 and asked.count(("POST", "phase")) == 1 and asked.count(("POST", "async")) == 1
