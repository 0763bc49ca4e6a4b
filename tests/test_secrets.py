# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A token sent along the shared path is left nowhere."""

import copy
import logging
import pickle

import pytest
import requests

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import AuthenticationError, BrokerError
from astroquery_brokers.replies import decode_json, decode_table, raise_for_status
from astroquery_brokers.transport import Credential

TOKEN = "sandbox-7f3a9c51e0d24b68"


class Authorized(AlerceClass):
    """ALeRCE asked with a token."""

    token = TOKEN

    def _credential(self, request):
        return Credential(self.token)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "cache"


def broker(kind, place):
    made = kind()
    made.cache_location = place
    return made


def test_a_token_is_on_no_disk_in_no_log_and_in_no_text(box, showpiece, place, caplog):
    caplog.set_level(logging.DEBUG)
    asker = broker(Authorized, place)
    table = asker.query_detections(showpiece)
    response = asker.query_detections_async(showpiece, cache=False)
    assert box.requests[-1]["authorized"]
    table.write(place / "table.vot", format="votable")
    files = [path for path in place.rglob("*") if path.is_file()]
    assert len(files) >= 2
    for path in files:
        assert TOKEN.encode() not in path.read_bytes(), path
    assert caplog.records and TOKEN not in caplog.text
    for thing in (asker, table, table.meta, response, response.request.headers, response.__dict__, asker.__dict__,
                  asker._session.__dict__):
        assert TOKEN not in repr(thing)
    assert TOKEN.encode() not in pickle.dumps(table) and TOKEN not in repr(copy.deepcopy(table).meta)


def test_an_exception_does_not_have_it(box, showpiece, place):
    asker = broker(Authorized, place)
    asker.token = "wrong-" + TOKEN
    with pytest.raises(AuthenticationError, match="403") as caught:
        asker.query_detections(showpiece)
    error = caught.value
    while error is not None:
        assert TOKEN not in repr(error) + str(error) + repr(error.__dict__)
        error = error.__cause__ or error.__context__
    assert TOKEN.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("fault", [dict(status=401, body='{"message": "bad token ' + TOKEN + '"}'),
                                   dict(status=200, body=f"<html>{TOKEN}</html>")])
def test_a_service_that_repeats_it_is_not_quoted(box, showpiece, place, fault):
    box.faults = [fault]
    with pytest.raises(BrokerError) as caught:
        broker(Authorized, place).query_detections(showpiece)
    assert TOKEN not in str(caught.value) and TOKEN.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("asks", [
    lambda response, credential: decode_json(response, broker="ALeRCE", credential=credential),
    lambda response, credential: decode_table(response, "csv", broker="ALeRCE", asked="it", credential=credential),
    lambda response, credential: raise_for_status(response, broker="ALeRCE", asked="it", credential=credential)],
    ids=["json", "csv", "status"])
def test_no_message_quotes_it(asks):
    """Wherever the service has put it: type, address, body."""
    response = requests.Response()
    response.status_code, response.url = 500, f"http://127.0.0.1/x/{TOKEN}"
    response._content = f'"{TOKEN}\n{TOKEN},"'.encode()
    response.headers["Content-Type"] = f"text/html; {TOKEN}"
    with pytest.raises(BrokerError) as caught:
        asks(response, Credential(TOKEN))
    assert TOKEN not in str(caught.value) and TOKEN not in caught.value.url
    assert caught.value.__context__ is None


def test_an_anonymous_call_gets_a_fresh_anonymous_reply(box, showpiece, place):
    broker(Authorized, place).query_detections(showpiece)
    before = len(box.requests)
    broker(AlerceClass, place).query_detections(showpiece)
    assert len(box.requests) == before + 1 and not box.requests[-1]["authorized"]
    broker(AlerceClass, place).query_detections(showpiece)
    broker(Authorized, place).query_detections(showpiece)
    assert len(box.requests) == before + 1
