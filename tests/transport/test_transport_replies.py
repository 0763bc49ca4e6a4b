# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bodies: exact, bounded, and where redirects lead."""

import gzip
import tracemalloc
import zlib
from dataclasses import replace

import pytest

from astroquery_brokers.exceptions import BrokerConnectionError, BrokerError, InvalidArgumentError, ReplyParseError
from astroquery_brokers.transport import Call, Credential

BODY = bytes(range(256)) * 300
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


def chunked(body, size):
    pieces = [body[start:start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


ENCODINGS = {
    "plain": ([], BODY), "gzip": ([("Content-Encoding", "gzip")], gzip.compress(BODY)),
    "deflate": ([("Content-Encoding", "deflate")], zlib.compress(BODY)),
    "twice": ([("Content-Encoding", "gzip, gzip")], gzip.compress(gzip.compress(BODY))),
}


@pytest.mark.parametrize("headers, wire", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("form", ["length", "chunked", "until closed"])
def test_bytes_are_exact(serve, raw, transport, policy, headers, wire, form):
    if form == "chunked":
        lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers)
        step = CHUNKED + lines + b"\r\n" + chunked(wire, 1000)
    else:
        step = raw.reply(body=wire, headers=headers, length=-1 if form == "until closed" else None)
    response = transport.send(Call("GET", serve(step).url), policy=policy)
    assert response.content == BODY
    assert response.raw.read() == BODY
    assert (response.tries, response.from_cache, response.cached_at) == (1, False, None)


def test_connections_are_used_again(serve, transport, policy):
    def step(sock):
        for body in (b"1", b"2", b"3"):
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + body)
            sock.recv(65536)

    server = serve(step)
    assert [transport.send(Call("GET", server.url), policy=policy).content for _ in range(3)] == [b"1", b"2", b"3"]
    assert len(server.requests) == 1


@pytest.mark.parametrize("length", [None, -1])
def test_large_body(serve, raw, transport, policy, length):
    server = serve(raw.reply(body=BODY, length=length))
    assert transport.send(Call("GET", server.url), policy=replace(policy, max_bytes=len(BODY))).content == BODY
    with pytest.raises(ReplyParseError, match=r"\(1 try.*larger than the 76799 bytes.*Ask for less at once"):
        transport.send(Call("GET", server.url), policy=replace(policy, max_bytes=len(BODY) - 1))


def test_gzip_bomb(serve, raw, transport, policy):
    bomb = gzip.compress(bytes(100_000_000))
    server = serve(raw.reply(body=bomb, headers=[("Content-Encoding", "gzip")]))
    tracemalloc.start()
    try:
        with pytest.raises(ReplyParseError, match="larger than the 1000000 bytes"):
            transport.send(Call("GET", server.url), policy=replace(policy, max_bytes=1_000_000))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert len(server.requests) == 1


def test_body_that_is_not_gzip(serve, raw, transport, policy):
    server = serve(raw.reply(body=b"plain text", headers=[("Content-Encoding", "gzip")]))
    with pytest.raises(ReplyParseError, match="not compressed"):
        transport.send(Call("GET", server.url), policy=policy)
    assert len(server.requests) == 1


@pytest.fixture
def token_seen(serve, raw):
    """A server, and the Authorization headers that it saw."""
    server = serve(raw.reply(body=b"[1]"))
    return server, lambda: [request.headers["Authorization"] for request in server.requests]


def test_credential_stays_on_its_host(serve, raw, transport, policy, token_seen):
    other, seen = token_seen
    first = serve(raw.reply(302, headers=[("Location", f"http://localhost:{other.port}/there")]))
    response = transport.send(Call("GET", f"{first.url}/here", credential=Credential("s3cret-token")), policy=policy)
    assert response.json() == [1]
    assert first.requests[0].headers["Authorization"] == "Bearer s3cret-token"
    assert (seen(), other.requests[0].path) == ([None], "/there")
    assert response.history[0].request.headers["Authorization"] == "REDACTED"


def test_credential_follows_on_the_same_host(serve, raw, transport, policy):
    server = serve(raw.reply(307, headers=[("Location", "/there")]), raw.reply(503), raw.reply(body=b"[1]"))
    response = transport.send(Call("POST", f"{server.url}/here", json={"a": 1}, credential=Credential("s3cret-token")),
                              policy=policy)
    assert [(request.method, request.path, request.headers["Authorization"], request.body)
            for request in server.requests] == [("POST", "/here", "Bearer s3cret-token", b'{"a": 1}'),
                                                *[("POST", "/there", "Bearer s3cret-token", b'{"a": 1}')] * 2]
    assert response.request.headers["Authorization"] == "REDACTED"
    assert response.tries == 2


def test_netrc_is_never_read(serve, raw, transport, policy, tmp_path, monkeypatch, token_seen):
    other, seen = token_seen
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    first = serve(raw.reply(302, headers=[("Location", f"http://localhost:{other.port}/there")]))
    transport.send(Call("GET", first.url), policy=policy)
    transport.session.get(other.url)
    assert seen() == [None, None]
    assert first.requests[0].headers["Authorization"] is None


def test_proxies_of_the_environment(serve, raw, transport, policy, monkeypatch):
    proxy = serve(raw.reply(502), raw.reply(body=b"[1]"))
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "")
    response = transport.send(Call("GET", "http://broker.invalid/x"), policy=policy)
    assert (response.json(), response.tries) == ([1], 2)
    assert [request.path for request in proxy.requests] == ["http://broker.invalid/x"] * 2


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x", "http://[bad", "gopher:x"])
def test_redirect_to_something_else_than_http(serve, raw, transport, policy, target):
    server = serve(raw.reply(302, headers=[("Location", target)]))
    with pytest.raises(ReplyParseError, match="that is not http"):
        transport.send(Call("GET", server.url), policy=policy)


def test_redirect_without_end(serve, raw, transport, policy):
    server = serve(raw.reply(302, headers=[("Location", "/again")]))
    with pytest.raises(ReplyParseError, match="without end"):
        transport.send(Call("GET", server.url), policy=policy)
    assert len(server.requests) == 11


def test_cookies_are_not_kept(serve, raw, transport, policy):
    server = serve(raw.reply(headers=[("Set-Cookie", "who=me; Path=/")]))
    transport.send(Call("GET", server.url), policy=policy)
    transport.send(Call("GET", server.url), policy=policy)
    assert server.requests[1].headers["Cookie"] is None


def test_request_as_sent(serve, raw, transport, policy):
    server = serve(raw.reply())
    transport.send(Call("get", f"{server.url}/x?fixed=1", params={"b": ["1", "2"], "a": 1.5, "none": None},
                        headers={"Accept": "text/csv"}), policy=policy)
    (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/x?fixed=1&b=1&b=2&a=1.5")
    assert request.headers["Accept"] == "text/csv"
    assert request.headers["User-Agent"] == "astroquery_brokers/0 (test)"


@pytest.mark.parametrize("url", ["file:///etc/hostname", "127.0.0.1/x", "", "http://"])
def test_addresses_that_cannot_be_asked(url):
    with pytest.raises(InvalidArgumentError, match="Allowed: http://host/path"):
        Call("GET", url)


def test_argument_that_cannot_be_sent(transport, policy):
    with pytest.raises(InvalidArgumentError, match="Nothing was sent") as caught:
        transport.send(Call("GET", "http://127.0.0.1/", headers={"X": "two\nlines"}), policy=policy)
    assert caught.value.__context__ is None


def half_of(body):
    """Compressed, sent to its half without an end, as a server does that fails."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body[:len(body) // 2]) + packer.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize("wire, encoding", [
    (half_of(BODY), "gzip"), (gzip.compress(BODY)[:-8], "gzip"), (gzip.compress(BODY) + half_of(BODY), "gzip"),
    (zlib.compress(BODY)[:-4], "deflate"), (gzip.compress(gzip.compress(BODY)[:-8]), "gzip, gzip")],
    ids=["half", "no trailer", "half of the second part", "deflate", "twice"])
@pytest.mark.parametrize("length", [None, -1])
def test_what_is_compressed_has_to_have_an_end(serve, raw, transport, policy, wire, encoding, length):
    good = raw.reply(body=gzip.compress(BODY), headers=[("Content-Encoding", "gzip")])
    broken = raw.reply(body=wire, headers=[("Content-Encoding", encoding)], length=length)
    response = transport.send(Call("GET", serve(broken, good).url), policy=policy)
    assert (response.content, response.tries) == (BODY, 2)
    with pytest.raises(BrokerConnectionError, match="compressed body ends too early"):
        transport.send(Call("GET", serve(broken).url), policy=replace(policy, retries=0))


def test_bytes_after_the_end_and_nothing_at_all(serve, raw, transport, policy):
    headers = [("Content-Encoding", "gzip")]
    for wire, body in ((gzip.compress(BODY) + b"\0garbage", BODY), (b"", b""), (gzip.compress(b"") * 2, b"")):
        assert transport.send(Call("GET", serve(raw.reply(body=wire, headers=headers)).url),
                              policy=policy).content == body


def test_hints_come_before_the_reply(serve, raw, transport, policy):
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
    response = transport.send(Call("GET", serve(hint * 2 + raw.reply()).url), policy=policy)
    assert (response.status_code, response.content, response.headers.get("Link")) == (200, b"[]", None)


@pytest.mark.parametrize("wrong", [b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]",
                                   b"Transfer-Encoding: chunked\r\n\r\n-5\r\n[]\r\n0\r\n\r\n"])
def test_what_is_not_http_is_called_so(serve, transport, policy, wrong):
    with pytest.raises(BrokerError, match="not http|InvalidChunkLength|Connection broken"):
        transport.send(Call("GET", serve(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + wrong).url), policy=policy)
