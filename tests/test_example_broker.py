# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The broker of the page "Adding a broker" works, asked against a server of a few lines."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "development"
OBJECTS = [{"name": "ZTF26aaaaaaa", "ra": 10.0, "decl": 0.0}, {"name": "ZTF26aaaaaab", "ra": 10.001, "decl": 0.0},
           {"name": "ZTF26aaaaaac", "ra": 50.0, "decl": 0.0}]
PHOTOMETRY = {"ZTF26aaaaaaa": [{"candid": 2854208410015015001, "mjd": 61000.25, "m": 18.5},
                               {"candid": 2854208410015015003, "mjd": 61002.25, "m": 99}],
              "ZTF26aaaaaab": [{"candid": 2854208410015015005, "mjd": 61001.5, "m": 20.25}]}


class Handler(BaseHTTPRequestHandler):
    """Lantern, as far as the example knows it."""

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/api/cone":
            ra, dec, arcsec = (float(parse_qs(url.query)[name][0]) for name in ("ra", "dec", "arcsec"))
            found = [row for row in OBJECTS if np.hypot(row["ra"] - ra, row["decl"] - dec) * 3600 <= arcsec]
            return self.reply(200, {"found": found})
        name = url.path.removeprefix("/api/objects/").removesuffix("/photometry")
        if name in PHOTOMETRY:
            return self.reply(200, PHOTOMETRY[name])
        self.reply(404, {"message": "not found"})

    def reply(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def lantern():
    """The broker, pointed at its server."""
    sys.path.insert(0, str(FOLDER))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        from lantern import Lantern, conf

        with conf.set_temp("lantern_url", f"http://127.0.0.1:{server.server_port}/api"):
            yield Lantern
    finally:
        server.shutdown()
        server.server_close()
        sys.path.remove(str(FOLDER))


def test_objects_around_positions(lantern):
    table = lantern.query_region(SkyCoord([10, 50], [0, 0], unit="deg"), 5 * u.arcsec)
    assert table.colnames == ["query_index", "separation", "name", "ra", "decl"]
    assert table["query_index"].tolist() == [0, 0, 1]
    assert table["name"].tolist() == ["ZTF26aaaaaaa", "ZTF26aaaaaab", "ZTF26aaaaaac"]
    assert table["separation"].quantity.to_value("arcsec") == pytest.approx([0, 3.6, 0], abs=1e-6)
    assert table.coords[1].ra.deg == 10.001


def test_detections_in_the_order_asked(lantern):
    table = lantern.query_detections(["ZTF26aaaaaab", "ZTF26aaaaaaa"])
    assert table["name"].tolist() == ["ZTF26aaaaaab", "ZTF26aaaaaaa", "ZTF26aaaaaaa"]
    assert table["candid"].tolist() == [2854208410015015005, 2854208410015015001, 2854208410015015003]
    assert table["mag"].tolist() == [20.25, 18.5, None] and table["mag"].unit == u.mag
    assert table.time.scale == "utc" and table.time[0].mjd == 61001.5
    assert table.meta["provenance"][0]["broker"] == "Lantern"


def test_what_every_broker_has(lantern):
    assert lantern.query_detections_async("ZTF26aaaaaaa").json() == PHOTOMETRY["ZTF26aaaaaaa"]
    assert lantern.capabilities()["verb"].tolist() == ["query_detections", "query_region"]
    assert lantern.list_columns("detections")["nulls"].tolist() == ["", "", "", "99"]
    payload = lantern.query_region("10.5 0", "5 arcsec", get_query_payload=True)
    assert payload["params"] == {"ra": "10.5", "dec": "0.0", "arcsec": "5.0"}
