# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fixtures of the tests of AMPEL: its recorded replies, served as they are."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from astroquery_brokers.ampel import AmpelClass, conf

UUID = "5da819e2-187c-473e-bdb5-623ab4b760e9"


class Speaker:
    """A server that says what it is told to.

    ``replies`` has, by method and path, (status, headers, body), or a list of them of which the last one stays;
    ``asked`` has what was sent: method, path with query, headers, decoded body.
    """

    def __init__(self):
        self.replies, self.asked = {}, []
        speaker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                speaker.asked.append((self.command, self.path, dict(self.headers), json.loads(body) if body else None))
                said = speaker.replies.get(f"{self.command} {urlsplit(self.path).path}",
                                           (404, {"content-type": "application/json"}, b'{"detail":"Not Found"}'))
                if isinstance(said, list):
                    said = said.pop(0) if len(said) > 1 else said[0]
                status, headers, body = said
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *words):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def says(self, question, *payloads, status=200):
        """Answer a method and path with JSON, the last payload for ever."""
        headers = {"content-type": "application/json"}
        self.replies[question] = [(status, headers, json.dumps(payload).encode()) for payload in payloads]

    def sent(self, question):
        """Bodies and queries of what was asked so."""
        return [(urlsplit(path).query, body) for method, path, _, body in self.asked
                if f"{method} {urlsplit(path).path}" == question]


@pytest.fixture
def speaker():
    """A server that says what it is told to."""
    running = Speaker()
    yield running
    running.stop()


@pytest.fixture
def recorded(speaker, shared_data):
    """Serve a recorded reply as it is; its decoded body."""
    def serve(name, at=None):
        pair = json.loads((shared_data / "ampel" / "rest" / f"{name}.json").read_text())
        request, body = pair["request"], pair["body"]
        text = body.encode() if isinstance(body, str) and "json" not in pair["headers"]["content-type"] else (
            json.dumps(body).encode())
        question = at or f"{request['method']} {urlsplit(request['path']).path}"
        speaker.replies[question] = [(pair["status"], pair["headers"], text)]
        return body
    return serve


@pytest.fixture
def broker(speaker, tmp_path, monkeypatch):
    """AMPEL with a token, whose every service is the speaker, under the paths of the real ones."""
    for kind in ("archive", "live"):
        monkeypatch.delenv(f"AMPEL_{kind.upper()}_TOKEN", raising=False)
        # A sandbox that is running sets them.
        monkeypatch.setattr(conf, f"{kind}_token", "")
    made = AmpelClass(retries=0, max_connections=1, archive_token=UUID,
                      catalogmatch_url=f"{speaker.url}/api/catalogmatch",
                      archive_url=f"{speaker.url}/api/ztf/archive/v3", live_url=f"{speaker.url}/api/live")
    made.cache_location = tmp_path / "cache"
    return made
