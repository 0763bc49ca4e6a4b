# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A server on loopback that says what a test tells it to, such as what a real service was recorded to say."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Speaker:
    """A server that says what it is told to: ``replies`` is a dict of (status, content type, bytes) by path.

    In place of them there can be a function of the body (decoded from JSON, None for GET) that gives them.
    """

    def __init__(self):
        self.replies, self.asked, self.bodies = {}, [], []
        speaker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                length = int(self.headers.get("Content-Length") or 0)
                sent = json.loads(self.rfile.read(length)) if length else None
                speaker.asked.append(self.path)
                speaker.bodies.append(sent)
                said = speaker.replies[self.path.partition("?")[0]]
                status, kind, body = said(sent) if callable(said) else said
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *words):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
