# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The limits of each endpoint: as they are shown, set, and kept to."""

import time

import pytest

import astroquery_brokers
from astroquery_brokers.alerce import AlerceClass, conf
from astroquery_brokers.ampel import AmpelClass
from astroquery_brokers.exceptions import BrokerTimeoutError, InvalidArgumentError
from astroquery_brokers.fink import FinkClass

from .transport.conftest import no_proxies, reply, serve  # noqa: F401

BROKERS = [AlerceClass, AmpelClass, FinkClass]


def shown(broker, endpoint, service):
    table = broker.policies()
    row, = table[(table["endpoint"] == endpoint) & (table["service"] == service)]
    return row


@pytest.mark.parametrize("cls", BROKERS)
def test_what_is_shown_is_what_holds(cls):
    """Each row is the policy with which the transport is called."""
    broker = cls(timeout=7.0, retries=2, max_connections=5, requests_per_second=3.0, max_wait=77.0)
    table = broker.policies()
    rows = {tuple(row) for row in table}
    for endpoint in (endpoint for verb in broker._verbs() for endpoint in verb.endpoints):
        policy = broker._policy(endpoint)
        assert (endpoint.name, endpoint.base.removesuffix("_url"), policy.timeout, policy.retries,
                " ".join(map(str, sorted(policy.retry_statuses))), policy.max_connections, policy.requests_per_second,
                policy.lifetime, policy.max_bytes, policy.max_wait) in rows
    assert set(table["max_wait"]) == {77.0} and set(table["max_bytes"]) == {1 << 30} and table["timeout"].unit == "s"
    others = table[table["service"] != "tap"]
    assert set(others["timeout"]) == {7.0} and set(table["retries"]) == {2} and set(others["max_connections"]) == {5}


def test_every_broker_has_them():
    for name in ("Alerce", "Ampel", "Fink"):
        broker = getattr(astroquery_brokers, name)
        assert "limits" in broker._conf and len(broker.policies())


def test_the_services_own_limits():
    assert shown(AlerceClass(), "TAP", "tap")["timeout", "max_connections"].as_void().tolist() == (300.0, 1)
    assert shown(AlerceClass(tap_timeout=50.0), "TAP", "tap")["timeout"] == 50.0
    assert shown(AmpelClass(), "photometry", "archive")["retried"] == "408 425 429 502 503"
    assert shown(AmpelClass(), "catalogues", "catalogmatch")["retried"] == "408 425 429 502 503 504"


def test_limits_of_a_service_and_of_an_endpoint():
    broker = AlerceClass(limits="ztf: timeout=180 retries=1; classifiers: retries=0 lifetime = 600 max_bytes=1000;"
                                "tap: requests_per_second=0.5 max_connections=2")
    assert tuple(shown(broker, "detections", "ztf"))[2:4] == (180.0, 1)
    assert tuple(shown(broker, "detections", "lsst"))[2:4] == (60.0, 3)
    row = shown(broker, "classifiers", "ztf")
    assert (row["timeout"], row["retries"], row["lifetime"], row["max_bytes"]) == (180.0, 0, 600.0, 1000)
    row = shown(broker, "TAP", "tap")
    assert (row["timeout"], row["requests_per_second"], row["max_connections"]) == (300.0, 0.5, 2)
    assert broker._tap_service().policy.requests_per_second == 0.5


def test_the_configuration_is_read_when_a_question_is_asked():
    with conf.set_temp("limits", "detections: timeout=5"):
        assert shown(AlerceClass(), "detections", "lsst")["timeout"] == 5.0
    assert shown(AlerceClass(), "detections", "lsst")["timeout"] == 60.0


def test_what_is_never_kept_stays_so():
    """A search of AMPEL's archive begins a stream; the same reply twice would be a stream that is gone."""
    table = AmpelClass(limits="archive: lifetime=600").policies()
    assert set(table["lifetime"][table["service"] == "archive"].tolist()) == {0.0, 600.0}


@pytest.mark.parametrize("limits, said", [
    ("detection: timeout=5", "no endpoint or service 'detection'. Did you mean 'detections'"),
    ("detections: timeuot=5", "no limit 'timeuot'. Did you mean 'timeout'"),
    ("detections: max_wait=5", "no limit 'max_wait'"),
    ("detections: timeout=long", "timeout='long' is not a number"),
    ("detections: retries=1.5", "retries='1.5' is not a number"),
    ("detections: timeout=-1", "timeout=-1.0 is not possible"),
    ("detections: lifetime=-1", "lifetime=-1.0 is not possible"),
    ("detections timeout=5", "no endpoint or service"), ("detections:", "cannot be read"),
    ("detections: timeout 5", "cannot be read")])
def test_limits_with_a_mistake_are_refused(limits, said):
    broker = AlerceClass(limits=limits)
    for ask in (broker.policies, lambda: broker.query_detections("ZTF20aaelulu")):
        with pytest.raises(InvalidArgumentError) as caught:
            ask()
        assert said in str(caught.value)


def test_limits_hold_over_a_socket(serve):  # noqa: F811
    """Of two endpoints of one service, one is waited for less, and not tried again."""
    server = serve(lambda sock: time.sleep(1.0))
    broker = AlerceClass(ztf_url=server.url, timeout=0.6, retries=1,
                         limits="statistics per band: timeout=0.2 retries=0")
    for verb, tries, least, most in (("query_magstats", 1, 0.2, 0.6), ("query_features", 2, 1.2, 3.0)):
        before, started = len(server.requests), time.monotonic()
        with pytest.raises(BrokerTimeoutError):
            getattr(broker, verb)("ZTF20aaelulu", cache=False)
        assert len(server.requests) - before == tries and least <= time.monotonic() - started < most


def test_the_lifetime_holds(serve, tmp_path, monkeypatch):  # noqa: F811
    server = serve(reply(body=b"[]"))
    broker = AlerceClass(ztf_url=server.url, limits="classifiers: lifetime=100")
    broker.cache_location = tmp_path
    now = time.time
    for later, sent in ((0, 1), (90, 1), (110, 2)):
        monkeypatch.setattr("astroquery_brokers.transport.cache.time.time", lambda: now() + later)
        with pytest.warns(match="no rows"):
            broker.query_classifiers(cache=True)
        assert len(server.requests) == sent
