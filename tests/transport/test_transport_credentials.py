# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A token appears nowhere but in the header that it is for."""

import copy
import http.client
import logging
import pickle
import time
import traceback
from urllib.parse import quote

import pytest

from astroquery_brokers.exceptions import AuthenticationError, BrokerError, InvalidArgumentError
from astroquery_brokers.transport import Call, Credential, redact

TOKEN = "eyJhbGciOi.s3cr3t/t0ken+=="


def everything_in(error):
    """All text that can be got from an exception and those behind it."""
    texts = []
    while error is not None:
        texts += ["".join(traceback.format_exception(error)), repr(error), repr(vars(error))]
        request = getattr(error, "request", None) or getattr(getattr(error, "response", None), "request", None)
        texts.append(repr(getattr(request, "headers", None)))
        assert not (error.__cause__ and error.__context__ and error.__cause__ is not error.__context__)
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


def test_shown_nowhere():
    credential = Credential(f"  {TOKEN}\n")
    call = Call("GET", "https://broker.org/x", params={"q": TOKEN}, credential=credential)
    for text in (repr(credential), str(credential), repr(call), str(call), f"{call.shown}"):
        assert TOKEN not in text and "s3cr3t" not in text
    assert credential.token == TOKEN
    assert b"s3cr3t" not in pickle.dumps(credential)
    with pytest.raises(TypeError):
        vars(credential)


def test_fingerprints():
    assert Credential(TOKEN).fingerprint() == Credential(TOKEN).fingerprint()
    assert len({Credential(TOKEN).fingerprint(), Credential("other").fingerprint(),
                Credential(TOKEN, "Token").fingerprint()}) == 3
    assert Credential(TOKEN) == Credential(TOKEN) != Credential("other")
    assert len({Credential(TOKEN), Credential(TOKEN)}) == 1


def test_copies_and_pickles():
    credential = Credential(TOKEN, "Token", hosts=("Broker.org",))
    assert copy.deepcopy(credential).token == copy.copy(credential).token == TOKEN
    revived = pickle.loads(pickle.dumps(credential))
    assert revived == credential and revived.scheme == "Token" and revived.hosts == ("broker.org",)
    with pytest.raises(AuthenticationError, match="Give the token again"):
        revived.token


def test_tokens_that_cannot_be_sent():
    for wrong in ("", "  ", "two words", "line\nbreak", "sch\u00f6n"):
        with pytest.raises(InvalidArgumentError, match="token is empty or has characters") as caught:
            Credential(wrong)
        assert "two words" not in str(caught.value)


@pytest.mark.parametrize("url, hosts", [("http://broker.org/x", ()), ("https://other.org/x", ("broker.org",))])
def test_token_is_not_sent_in_the_open_or_elsewhere(transport, policy, url, hosts):
    with pytest.raises(InvalidArgumentError, match="(?i)token is") as caught:
        transport.send(Call("GET", url, credential=Credential(TOKEN, hosts=hosts)), policy=policy)
    assert TOKEN not in everything_in(caught.value)


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Proxy-Authorization"])
def test_headers_are_no_way_for_tokens(name):
    with pytest.raises(InvalidArgumentError, match="use `credential`") as caught:
        Call("GET", "https://broker.org", headers={name: f"Bearer {TOKEN}"})
    assert TOKEN not in everything_in(caught.value)


def test_logs(serve, raw, transport, policy, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    server = serve(raw.reply(503), raw.reply(headers=[("Set-Cookie", "a=b")]))
    transport.send(Call("GET", f"{server.url}/x", params={"oid": "ZTF1"}, credential=Credential(TOKEN)), policy=policy)
    assert server.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("astroquery_brokers")]
    assert len(ours) == 2
    assert ours[0].startswith(f"GET {server.url}/x?oid=ZTF1: HTTP 503; once more in ")
    assert ours[1].startswith(f"GET {server.url}/x?oid=ZTF1: HTTP 200, 2 bytes, 2 tries, ")
    assert "s3cr3t" not in caplog.text
    assert http.client.HTTPConnection.debuglevel == 0
    assert capsys.readouterr() == ("", "")


STEPS = {"reset": lambda raw: raw.then_reset(b""), "truncated": lambda raw: raw.reply(length=99),
         "drip": lambda raw: raw.drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05),
         "gzip": lambda raw: raw.reply(headers=[("Content-Encoding", "gzip")]),
         "wait": lambda raw: raw.reply(429, headers=[("Retry-After", "9999")]),
         "file": lambda raw: raw.reply(302, headers=[("Location", "file:///x")]),
         "circle": lambda raw: raw.reply(302, headers=[("Location", "/x")])}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_errors(serve, raw, transport, policy, step):
    import dataclasses

    server = serve(step(raw))
    with pytest.raises(BrokerError) as caught:
        transport.send(Call("GET", f"{server.url}/x?token={TOKEN}", credential=Credential(TOKEN)),
                       policy=dataclasses.replace(policy, timeout=0.2, retries=1))
    assert server.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert "s3cr3t" not in everything_in(caught.value)
    assert b"s3cr3t" not in pickle.dumps(caught.value)


def test_reply_holds_no_token(serve, raw, transport, policy):
    response = transport.send(Call("GET", serve(raw.reply()).url, credential=Credential(TOKEN)), policy=policy)
    assert response.request.headers["Authorization"] == "REDACTED"
    assert b"s3cr3t" not in pickle.dumps(response)


@pytest.mark.parametrize("redirects", [True, False])
def test_a_service_that_sends_the_token_back(serve, raw, transport, policy, caplog, redirects):
    """In the status line, in headers, in cookies, and in the address that it sends to."""
    caplog.set_level(logging.DEBUG)
    echo = [("Content-Type", f"text/x; charset={TOKEN}"), ("Set-Cookie", f"who={TOKEN}"), ("X-Who", TOKEN)]
    body = f"see {TOKEN}".encode() if redirects else b""
    server = serve(raw.reply(302, body, [*echo, ("Location", f"/final/{quote(TOKEN)}?x={TOKEN}")]),
                   raw.reply(400, headers=echo).replace(b"Whatever", f"Bad {TOKEN}".encode()))
    response = transport.send(Call("GET", server.url, credential=Credential(TOKEN), redirects=redirects), policy=policy)
    assert len(server.requests) == 1 + redirects == 1 + len(response.history)
    assert not redirects or TOKEN in server.requests[1].path  # it was followed as it is
    for one in (response, *response.history):
        assert one.headers["X-Who"] == "REDACTED" and one.headers["Content-Type"] == "text/x; charset=REDACTED"
        assert "s3cr3t" not in f"{one.url} {one.reason} {one.headers} {vars(one)} {vars(one.request)} {one.cookies}"
        assert one.next is None or "s3cr3t" not in str(vars(one.next))
    assert b"s3cr3t" not in pickle.dumps(response) and "s3cr3t" not in caplog.text


@pytest.mark.parametrize("text, clean", [
    ("https://me:pass@host.org/x", "https://REDACTED@host.org/x"),
    ("https://host.org/x?a=1&token=abc&b=2", "https://host.org/x?a=1&token=REDACTED&b=2"),
    ("https://host.org/x?api_key=abc#top", "https://host.org/x?api_key=REDACTED#top"),
    ("https://host.org/?X-Amz-Signature=abc;X-Amz-Credential=d",
     "https://host.org/?X-Amz-Signature=REDACTED;X-Amz-Credential=REDACTED"),
    ("{'Authorization': 'Bearer abc.def', 'Accept': '*/*'}", "{'Authorization': 'REDACTED', 'Accept': '*/*'}"),
    ("sent Bearer abcdefgh12345", "sent Bearer REDACTED"),
    ("https://host.org/x?oid=ZTF18abbuksn&i:objectId=1&ra=10", None),
    ("The token is wrong; basic information: keyword=1, monkey=2", None),
    ("mail somebody@host.org about https://host.org/x@y", None),
    ("http://me:pa/ss@host.org/x", "http://REDACTED@host.org/x"),
    ("{'url': 'http://me:p#a?s@s@host.org'}", "{'url': 'http://REDACTED@host.org'}"),
    ("https://t0ken@host.org and http://me:x@[::1]/", "https://REDACTED@host.org and http://REDACTED@[::1]/"),
    ("ztf_url=me:pa/ss@host.org/x", "ztf_url=REDACTED@host.org/x"),
    ("http://me:x@[bad/x", "http://REDACTED@[bad/x"),
    ("http://127.0.0.1:8000/x?a=b:c at 12:30:00, http://[::1]:80/x@y", None),
])
def test_redact(text, clean):
    assert redact(text) == (text if clean is None else clean)


def test_redact_takes_no_time():
    began = time.perf_counter()
    for text in ("a:" * 50_000, ",a:" * 50_000, "http://a:" * 20_000, "x" * 200_000, "@" * 100_000):
        assert redact(text) == text
    assert time.perf_counter() - began < 5


def test_redact_a_credential():
    assert redact(f"x{TOKEN}y", TOKEN) == "xREDACTEDy"
    assert redact("q=eyJhbGciOi.s3cr3t%2Ft0ken%2B%3D%3D", Credential(TOKEN)) == "q=REDACTED"
    assert redact("nothing", None) == "nothing"


def test_the_environment_holds_as_it_is_now(transport, monkeypatch):
    session, url = transport.session, "https://broker.example/a"
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    assert session.environment(url)["verify"] is True
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "ours.pem")
    settings = session.environment(url)
    assert (settings["proxies"]["https"], settings["verify"]) == ("http://proxy.example:3128", "ours.pem")
    monkeypatch.setenv("NO_PROXY", "broker.example")
    assert not session.environment(url)["proxies"].get("https")
    assert session.environment("https://other.example/")["proxies"]["https"] == "http://proxy.example:3128"
    monkeypatch.setattr(session, "verify", False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert session.environment(url)["verify"] is False
