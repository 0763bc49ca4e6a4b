# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A TAP service that is slow, broken or gone: the other services are asked, in time, and it is said."""

import socket
import time
import warnings

import pytest
from astropy.utils.exceptions import AstropyUserWarning
from astroquery.exceptions import MaxResultsWarning

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import BrokerConnectionError, BrokerError, BrokerTimeoutError, RejectedQueryError

BETA = "stamp_classifier_rubin_beta"
HTML = {"body": "<html>504 Gateway Time-out</html>", "content_type": "text/html"}
ERROR = ('<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE '
         'type="results"><INFO name="QUERY_STATUS" value="ERROR">No such table</INFO></RESOURCE></VOTABLE>')
pytestmark = pytest.mark.filterwarnings("ignore::astroquery.exceptions.NoResultsWarning")


@pytest.fixture
def make(box, tmp_path):
    """ALeRCE with settings, and a cache of its own."""
    def made(**settings):
        broker = AlerceClass(**{"retries": 1, "max_wait": 20.0, **settings})
        broker.cache_location = tmp_path
        return broker
    return made


@pytest.fixture
def nobody():
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/tap"


@pytest.fixture
def asked(box):
    start = len(box.requests)
    return lambda: [request["path"] for request in box.requests[start:]]


def search(broker, **criteria):
    """LSST objects that are asked of TAP by default, the seconds that it takes, and the warnings."""
    started = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = broker.query_objects(survey="lsst", classifier=BETA, **criteria)
    said = [str(one.message) for one in caught if issubclass(one.category, AstropyUserWarning)]
    return table, time.monotonic() - started, said


@pytest.fixture
def expected(make):
    return make().query_objects(survey="lsst", classifier=BETA, route="rest", cache=False)


@pytest.mark.parametrize("fault, reason", [
    ({"status": 500, **HTML}, "HTTP 500"), ({"status": 504, **HTML}, "HTTP 504"), ({"status": 503}, "HTTP 503"),
    ({"status": 429, "retry_after": 3600}, "asks to wait 3600"), ({"reset": True}, "brought no reply"),
    ({"reset": "body"}, "brought no reply"), ({"truncate": 100}, "brought no reply"), (HTML, "no VOTable"),
    ({"status": 500, "body": ERROR, "content_type": "text/xml"}, "No such table"),
    ({"body": "<VOTABLE/>", "content_type": "application/x-votable+xml"}, "")])
def test_a_tap_that_fails_is_replaced(make, box, asked, expected, fault, reason):
    box.faults = [{"path": "/tap/sync", **fault}]
    before = len(asked())
    table, seconds, (said,) = search(make())
    assert "ALeRCE's TAP service did not answer, and its other services are asked in its place" in said
    assert reason in said
    assert table["oid"].tolist() == expected["oid"].tolist()
    assert table["probability"].tolist() == expected["probability"].tolist()
    assert asked()[before] == "/tap/sync" and asked()[-1] == "/object_api/list_objects" and seconds < 10
    provenance, = table.meta["provenance"]
    assert provenance["route"] == "rest" and all("/object_api/list_objects" in url for url in provenance["urls"])
    assert not len(table.failures) and table.meta["coverage"][0]["truncated"] is False


def test_a_tap_that_is_gone_is_replaced(make, asked, expected, nobody):
    table, seconds, (said,) = search(make(tap_url=nobody))
    assert "refused" in said and table["oid"].tolist() == expected["oid"].tolist() and seconds < 8
    with pytest.raises(BrokerConnectionError, match="refused"):
        make(tap_url=nobody).query_objects(survey="lsst", classifier=BETA, route="tap")
    # one is not the reason of the other
    everywhere = make(tap_url=nobody, lsst_url=nobody.replace("/tap", ""))
    with pytest.warns(AstropyUserWarning, match="/tap/sync"), pytest.raises(BrokerConnectionError) as caught:
        everywhere.query_objects(survey="lsst", classifier=BETA, lastmjd=1.0)
    assert "list_objects" in str(caught.value) and "/tap" not in str(caught.value)


def test_a_tap_that_fails_is_tried_once_more_and_no_oftener(make, box, asked, expected):
    for times, route in ((1, "tap"), (2, "rest")):
        box.faults, before = [{"path": "/tap/sync", "status": 503, "times": times}], len(asked())
        table = search(make(retries=5), cache=False)[0]
        assert table.meta["provenance"][0]["route"] == route and asked()[before:before + 2] == ["/tap/sync"] * 2
    box.faults = [{"path": "/tap/sync", "status": 503, "times": 2}]
    table = make(retries=5).query_objects(survey="lsst", classifier=BETA, route="tap", cache=False)
    assert table["oid"].tolist() == expected["oid"].tolist()


@pytest.mark.parametrize("fault, settings, most", [
    # the service's own limit, which the user may set
    ({"delay": 30}, {"tap_timeout": 1.0}, 3), ({"drip": 10}, {"tap_timeout": 1.0}, 3),
    # half of the time of the whole call
    ({"delay": 30}, {"max_wait": 4.0}, 3.5), ({"drip": 10}, {"max_wait": 4.0}, 3.5)])
def test_a_slow_tap_is_replaced_and_the_time_is_kept(make, box, expected, fault, settings, most):
    box.faults = [{"path": "/tap/sync", **fault}]
    table, seconds, (said,) = search(make(**settings))
    assert "no complete reply in time" in said and table["oid"].tolist() == expected["oid"].tolist()
    assert seconds < most and table.meta["provenance"][0]["route"] == "rest"


def test_whoever_asks_for_tap_gets_its_failure_after_all_the_time(make, box):
    box.faults = [{"path": "/tap/sync", "delay": 30}]
    started = time.monotonic()
    with pytest.raises(BrokerTimeoutError):
        make(max_wait=2.0).query_objects(survey="lsst", classifier=BETA, route="tap")
    assert 1.9 < time.monotonic() - started < 3.5


def test_if_both_fail_the_last_word_is_the_error(make, box):
    box.faults = [{"status": 500, **HTML}]
    with pytest.warns(AstropyUserWarning, match="TAP service did not answer"), pytest.raises(
            BrokerError, match=f"objects with classifier={BETA} with HTTP 500"):
        make().query_objects(survey="lsst", classifier=BETA)
    box.faults = [{"delay": 30}]
    started = time.monotonic()
    with pytest.warns(AstropyUserWarning, match="TAP service did not answer"), pytest.raises(BrokerTimeoutError):
        make(max_wait=2.0).query_objects(survey="lsst", classifier=BETA)
    assert time.monotonic() - started < 4


def test_limits_and_wrong_names_are_said_by_the_other_service_too(make, box, expected):
    box.faults = [{"path": "/tap/sync", "status": 500, **HTML}]
    broker = make(row_limit=1001)
    assert len(search(broker)[0]) == len(expected)
    with pytest.warns(AstropyUserWarning, match="did not answer"), pytest.raises(RejectedQueryError, match="'Sn'"):
        broker.query_objects(survey="lsst", classifier=BETA, class_name="Sn")


def test_a_limit_is_a_limit_on_the_way_round(make, box, expected, monkeypatch):
    monkeypatch.setattr("astroquery_brokers.alerce.routes._ONE_PAGE", 5)
    box.faults = [{"path": "/tap/sync", "status": 500, **HTML}]
    with pytest.warns(AstropyUserWarning, match="did not answer"), pytest.warns(MaxResultsWarning, match="row_limit=7"):
        table = make().query_objects(survey="lsst", classifier=BETA, row_limit=7)
    assert table["oid"].tolist() == expected["oid"][:7].tolist() and table.meta["coverage"][0]["truncated"]


def test_what_tap_said_before_is_not_asked_again(make, box, asked, expected):
    broker = make()
    table, _, said = search(broker)
    before = len(asked())
    box.faults = [{"path": "/tap/sync", "status": 500, **HTML}]
    again, _, said = search(broker)
    assert len(asked()) == before and said == [] and again["oid"].tolist() == table["oid"].tolist()
    # offline nothing is asked of anybody
    with pytest.raises(BrokerError, match="cache='only'"):
        broker.query_objects(survey="lsst", classifier=BETA, lastmjd=60000.5, cache="only")
    assert len(asked()) == before
