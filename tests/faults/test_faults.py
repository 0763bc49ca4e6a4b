# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The tables of what becomes of a query where the service is broken, shown over a socket for each broker."""

import csv
import gzip
import json
import re
import socket
import time
import warnings
from email.utils import formatdate
from pathlib import Path

import pytest

import astroquery_brokers
from astroquery_brokers import exceptions
from astroquery_brokers.exceptions import ReplyFormatWarning, UnknownColumnWarning
from astroquery_brokers.query import BrokerQuery

from ..transport.conftest import ScriptedServer, drip, no_proxies, reply, serve, then_reset  # noqa: F401
from ..transport.test_transport_retries import encrypted  # noqa: F401
from .brokers import BROKERS, SERVICES, Asked


def table(name):
    text = (Path(__file__).parents[2] / "docs" / "user_guide" / name).read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))[1:]


ROWS, DIFFERENT = table("broken_services.csv"), table("different_services.csv")
HTML = b"<html><body><h1>Maintenance</h1></body></html>"
_GZIP = [("Content-Encoding", "gzip")]


def statuses(*codes):
    return lambda good: [[reply(code, HTML)] for code in codes]


def steps(*makers):
    """One script: each step is bytes, or a function of the good reply, or of the socket."""
    return lambda good: [[maker(good) if getattr(maker, "of_reply", False) else maker for maker in makers]]


def of_reply(maker):
    maker.of_reply = True
    return maker


def changed(pattern, new):
    """The good reply with something else in a place."""
    @of_reply
    def make(good):
        text, count = re.subn(pattern, new, good, count=1)
        assert count == 1
        return reply(body=text)
    return make


def spaces(sock):
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    for _ in range(1000):
        sock.sendall(b" " * 1_000_000)


good = of_reply(lambda body: reply(body=body))
_LATER = [("Retry-After", "3600")]

#: What the server does, by the first column of the table: scripts, each for a query of its own.
SCRIPTS = {
    "400, 422": statuses(400, 422),
    "401, 403": statuses(401, 403),
    "404 that is not the service's own (an HTML page)": statuses(404),
    "408, 425 in every try": statuses(408, 425),
    "429 in every try": statuses(429),
    "Any other status from 402 to 451": statuses(
        *(code for code in range(402, 452) if code not in (403, 404, 408, 422, 425, 429))),
    "502, 503 in every try": statuses(502, 503),
    "500, 501, 505 to 511": statuses(500, 501, *range(505, 512)),
    "503 once, then the reply": steps(reply(503, HTML), good),
    "Retry-After of 1 s, then the reply": steps(reply(503, HTML, [("Retry-After", "1")]), good),
    "Retry-After as a date in 1 s, then the reply": lambda body: [
        [reply(429, HTML, [("Retry-After", formatdate(time.time() + 1, usegmt=True))]), reply(body=body)]],
    "Retry-After beyond max_wait": steps(reply(429, HTML, _LATER)),
    "Retry-After as a date beyond max_wait": steps(reply(503, HTML, [("Retry-After", formatdate(4e9, usegmt=True))])),
    "A reset before the reply": steps(then_reset(b"", 0.01)),
    "A reset within the body": steps(then_reset(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[{", 0.01)),
    "A reset once, then the reply": steps(then_reset(b"", 0.01), good),
    "No reply within timeout": steps(lambda sock: time.sleep(3)),
    "One byte per second": steps(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b" ", 1.0)),
    "JSON that is cut, with Content-Length": steps(of_reply(lambda body: reply(body=body[:50], length=len(body)))),
    "JSON that is cut, without Content-Length": steps(of_reply(lambda body: reply(body=body[:50], length=-1))),
    "An HTML page with status 200": steps(reply(body=HTML, headers=[("Content-Type", "text/html")])),
    "JSON of another form": steps(reply(body=b'{"unexpected": 1}')),
    "JSON that is nested 100,000 deep": steps(reply(body=b"[" * 100_000 + b"]" * 100_000)),
    "An empty body": steps(reply(body=b"")),
    "JSON under another content type": steps(
        of_reply(lambda body: reply(body=body, headers=[("Content-Type", "text/html")]))),
    "JSON with NaN": steps(changed(rb"\{", rb'{"not_known": NaN, ')),
    "JSON with a key twice (the last one counts)": steps(changed(rb'\{("[^"]+": ?)', rb'{\1"not this", \1')),
    "A body that is not compressed as its header says": steps(reply(body=b"[1]", headers=_GZIP)),
    "A gzip bomb": steps(reply(body=gzip.compress(b"[" + b" " * 300_000_000 + b"]", 1), headers=_GZIP)),
    "A gigabyte of spaces": steps(spaces),
    "A redirect without end": steps(reply(302, headers=[("Location", "/again")])),
    "A redirect to file://": steps(reply(302, headers=[("Location", "file:///etc/hostname")])),
}


def votable(text):
    return (b'<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE '
            b'type="results"><INFO name="QUERY_STATUS" value="ERROR">%b</INFO></RESOURCE></VOTABLE>' % text.encode())


def bodies(*made):
    """Replies with status 200, each for a query of its own; bytes, or functions of the good body."""
    return lambda body: [[reply(body=one(body) if callable(one) else one, length=-1)] for one in made]


def as_json(body):
    """Fink's CSV in the way of its JSON."""
    rows = csv.DictReader(body.decode().splitlines())
    return json.dumps([{name: text for name, text in row.items() if text} for row in rows]).encode()


#: The same for services that are unlike the others, by the first two columns of the second table.
OWN_SCRIPTS = {
    ("AMPEL, archive", "504: its database gave the question up after a minute"): lambda body: [
        [reply(504, b'{"detail":{"msg":"Query canceled after 60 s"}}', headers)]
        for headers in ([("Retry-After", "120")], ())],
    ("AMPEL, archive", "401, 403"): statuses(401, 403),
    ("Fink, tables", "500 for CSV, then the reply as JSON"): lambda body: [
        [reply(500, HTML), reply(body=as_json(body), headers=[("Content-Type", "application/json")])]],
    ("Fink, tables", "500 for CSV and for JSON"): statuses(500),
    ("Fink, tables", "503 for CSV in every try"): statuses(503),
    ("Fink, tables", "CSV that is cut within a line, without Content-Length"): bodies(
        lambda body: body[:50], lambda body: body[:-30], lambda body: body[:-1]),
    ("ALeRCE, TAP", "An error in a VOTable, with status 200, 400 or 500"): lambda body: [
        [reply(code, votable("No such table: xyz"))] for code in (200, 400, 500)],
    ("ALeRCE, TAP", "An error in a VOTable: the query took too long"): bodies(votable("Query timed out (300 s)")),
    ("ALeRCE, TAP", "No reply within tap_timeout"): SCRIPTS["No reply within timeout"],
    ("ALeRCE, TAP", "A VOTable that is cut, without Content-Length"): bodies(
        lambda body: body[:len(body) // 2], lambda body: body[:-20]),
    ("ALeRCE, TAP", "413: the uploaded tables are too large"): statuses(413),
    ("ALeRCE, catsHTM", "200 with a sentence in place of a table"): bodies(
        b'"The radius must be less than 3600 arcsec"'),
    ("ALeRCE, catsHTM", "200 with something else than catalogues"): bodies(b"[1, 2]", b'{"GAIA/DR2": 3}'),
    ("ALeRCE, catsHTM", "Columns of different lengths"): bodies(
        b'{"GAIA/DR2": {"RA": {"units": "rad", "values": [1, 2]}, "Dec": {"units": "rad", "values": [1]}}}'),
    ("ALeRCE, Rubin/LSST", "200 with a sentence in place of a list"): bodies(b'"no"', b'{"detail": "no"}'),
    ("ALeRCE, Rubin/LSST", "Rows about another object"): bodies(
        lambda body: re.sub(rb'("oid": ?)\d+', rb"\g<1>170032915988086813", body)),
}
#: Rows of the first table that hold for those too, as far as no wait is in them.
COMMON = [row for row in ROWS if row[0] in {
    "400, 422", "404 that is not the service's own (an HTML page)", "408, 425 in every try", "429 in every try",
    "502, 503 in every try", "503 once, then the reply", "Retry-After beyond max_wait", "A reset before the reply",
    "A reset within the body", "A reset once, then the reply", "JSON that is cut, with Content-Length",
    "An HTML page with status 200", "An empty body", "A body that is not compressed as its header says",
    "A redirect without end", "A redirect to file://"}]


def made(question, synthetic, showpiece, folder):
    lsst = int(synthetic.truth.lsst_objects["oid"][0])
    return Asked(question, synthetic, {"ztf": showpiece, "lsst": lsst}, folder)


@pytest.fixture(scope="module", params=BROKERS)
def asked(request, synthetic, showpiece, tmp_path_factory):
    """A broker and its question."""
    return made(BROKERS[request.param], synthetic, showpiece, tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def body(asked):
    """The reply as it should be."""
    return asked.reply()


@pytest.fixture(scope="module")
def expected(asked, body):
    """Number of rows of the reply as it should be."""
    return rows_of(asked, body)


@pytest.fixture(scope="module")
def services(synthetic, showpiece, tmp_path_factory):
    """Questions to the services that are unlike the others, with their good replies and numbers of rows."""
    found = {}
    for name, question in SERVICES.items():
        one = made(question, synthetic, showpiece, tmp_path_factory.mktemp("faults"))
        body = one.reply()
        found[name] = one, body, rows_of(one, body)
    return found


def rows_of(asked, body):
    server = ScriptedServer(reply(body=body))
    broker = asked.at(server.url, timeout=5.0)
    rows = len(asked.ask(broker))
    broker.clear_cache()
    server.close()
    return rows


def check(asked, broker, kind, rows):
    """Ask, and see that it ends as the table says, in time, with nothing kept of a failure; the error."""
    broker.clear_cache()
    started, caught = time.monotonic(), None
    if kind == "the reply":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnknownColumnWarning)
            warnings.simplefilter("ignore", ReplyFormatWarning)
            assert len(asked.ask(broker)) == rows > 0
    else:
        with pytest.raises(getattr(exceptions, kind)) as caught:
            asked.ask(broker)
        assert type(caught.value) is getattr(exceptions, kind) and str(caught.value)
    assert time.monotonic() - started < broker._policy().max_wait + 1
    assert bool(broker._transport.cache_info()["entries"]) == (kind == "the reply")
    return caught and caught.value


def test_every_broker_is_asked():
    public = {type(getattr(astroquery_brokers, name)).__name__ for name in astroquery_brokers.__all__
              if isinstance(getattr(astroquery_brokers, name), BrokerQuery)}
    asked = {question.cls for question in BROKERS.values()}
    assert public == asked, "a broker lacks its entry in tests/faults/brokers.py"


def test_every_row_is_shown():
    assert {row[0] for row in ROWS} == {*SCRIPTS, "The connection is refused", "The name of the host is not known",
                                        "The certificate is not valid",
                                        "A redirect to another host (without the token)"}
    assert {tuple(row[:2]) for row in DIFFERENT} == set(OWN_SCRIPTS) and {row[0] for row in DIFFERENT} == set(SERVICES)


@pytest.mark.parametrize("what, kind, again", [row for row in ROWS if row[0] in SCRIPTS], ids=lambda text: text[:40])
def test_a_broken_service(asked, body, expected, serve, what, kind, again):  # noqa: F811
    go_through(asked, SCRIPTS[what](body), serve, what, kind, again, expected)


@pytest.mark.parametrize("what, kind, again", COMMON, ids=lambda text: text[:40])
@pytest.mark.parametrize("service", SERVICES)
def test_a_broken_service_that_is_unlike_the_others(services, serve, service, what, kind, again):  # noqa: F811
    asked, body, rows = services[service]
    go_through(asked, SCRIPTS[what](body), serve, what, kind, again, rows)


@pytest.mark.parametrize("service, what, kind, again", DIFFERENT, ids=lambda text: text[:40])
def test_what_is_different(services, serve, service, what, kind, again):  # noqa: F811
    asked, body, rows = services[service]
    go_through(asked, OWN_SCRIPTS[service, what](body), serve, what, kind, again, rows)


def go_through(asked, scripts, serve, what, kind, again, rows):  # noqa: F811
    """Ask once for each script, and count the requests."""
    for script in scripts:
        server = serve(*script)
        check(asked, asked.at(server.url, retries=0 if "without end" in what else 1), kind, rows)
        tries = len(server.requests)
        assert tries == (11 if "without end" in what else 1 if again == "no" else 2), what
        server.close()


def outcome_of(what):
    return next(row[1:] for row in ROWS if row[0] == what)


def test_a_refused_connection(asked):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kind, again = outcome_of("The connection is refused")
    error = check(asked, asked.at(f"http://127.0.0.1:{port}"), kind, None)
    assert again == "yes" and error.tries == 2


def test_a_name_that_is_not_known(asked, monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    kind, again = outcome_of("The name of the host is not known")
    error = check(asked, asked.at("http://broker.invalid"), kind, None)
    assert again == "yes" and error.tries == 2


def test_a_certificate_that_is_not_valid(asked, serve, encrypted):  # noqa: F811
    kind, again = outcome_of("The certificate is not valid")
    error = check(asked, asked.at(serve(reply(), context=encrypted[0]).url), kind, None)
    assert again == "no" and error.tries == 1


def test_another_host(asked, body, expected, serve):  # noqa: F811
    kind, _ = outcome_of("A redirect to another host (without the token)")
    other = serve(reply(body=body))
    first = serve(reply(302, headers=[("Location", f"http://localhost:{other.port}/there")]))
    check(asked, asked.at(first.url), kind, expected)
    assert other.requests[0].headers["Authorization"] is None


def test_the_budget_holds_for_a_list(asked, serve, box):  # noqa: F811
    """However slow the service is, and however many objects are asked."""
    if not asked.arguments:
        return
    broker = asked.at(serve(lambda sock: time.sleep(2)).url, timeout=0.4, max_wait=1.0, max_connections=2)
    ids = [str(oid) for oid in box.truth.objects["oid"][:40]]
    started = time.monotonic()
    with pytest.raises(exceptions.BrokerTimeoutError):
        getattr(broker, asked.verb)(ids, cache=False)
    assert time.monotonic() - started < 2.0
