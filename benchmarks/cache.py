# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A miss and a hit for 20 kB and 20 MB: the caches of this package, astroquery and requests-cache, over one server."""

import os
import statistics
import sys
import tempfile
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from _timing import repeated, told, verdict

SIZES = {"20kB": (20_000, 0.002, 50), "20MB": (20_000_000, 0.1, 5)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm, body = "HTTP/1.1", True, b""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *words):
        pass


def main():
    warnings.simplefilter("ignore")
    from astroquery.query import BaseQuery
    from requests_cache import CachedSession

    from astroquery_brokers.transport import Call, Policy, Transport

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    folder = tempfile.TemporaryDirectory()
    transport = Transport("Benchmark", user_agent="benchmark", cache_location=Path(folder.name, "ours"))
    call, policy, other = Call("GET", url, lifetime=3600), Policy(), BaseQuery()
    other.cache_location = Path(folder.name, "rival")
    other.cache_location.mkdir(exist_ok=True)

    third = CachedSession(str(Path(folder.name, "third.sqlite")), backend="sqlite", serializer="json")

    def miss():
        transport.clear_cache()
        transport.store(call, transport.send(call, policy=policy, cache=True))

    def rival_miss():
        other.clear_cache()
        other._request("GET", url, cache=True)

    def third_miss():
        third.cache.clear()
        third.get(url)

    def third_hit():
        response = third.get(url)
        assert response.from_cache and response.content == _Handler.body

    def hit():
        response = transport.send(call, policy=policy, cache="only")
        assert response.from_cache and response.content == _Handler.body

    def rival_hit():
        assert other._request("GET", url, cache=True).content == _Handler.body

    lines = []
    for name, (size, goal, repeats) in SIZES.items():
        _Handler.body = os.urandom(size)
        times = repeated({"miss, ours": miss, "miss, astroquery": rival_miss,
                          "miss, requests-cache": third_miss}, repeats)
        times.update(repeated({"hit, ours": hit, "hit, astroquery": rival_hit, "hit, requests-cache": third_hit},
                              repeats))
        for what, taken in times.items():
            print(f"{name}, {what:21s} {told(taken)}", flush=True)
        ours = statistics.median(times["hit, ours"])
        rival = statistics.median(times["hit, astroquery"])
        # The goal is in seconds: astroquery's cache does not check what it reads, and runs it.
        lines.append((f"cache_{name}_hit", ours, rival, goal / rival))
    for line in lines:
        verdict(*line)
    server.shutdown()
    folder.cleanup()


if __name__ == "__main__":
    sys.exit(main())
