# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves of many objects from the sandbox: this package, ALeRCE's client in a loop and in threads, pandas.

A light curve is detections, upper limits and forced photometry: two requests for everybody. ``--full`` is the whole
matrix of 200 and 1,000 objects at latencies of 0, 20, 50 and 200 ms, and up to 10,000 objects; it takes an hour.
"""

import random
import statistics
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

from _timing import official_client, told, verdict

WORKERS = 8


def ours(box, ids):
    from astroquery_brokers import Alerce

    table = Alerce.query_lightcurve(ids, cache=False, progress=False)
    coverage, = table.meta["coverage"]
    assert coverage["found"] == len(ids) and not coverage["failed"]


def serial(box, ids):
    client = official_client(box)
    for oid in ids:
        _curve(client, oid)


def threads(box, ids):
    client = official_client(box)
    with ThreadPoolExecutor(WORKERS) as pool:
        assert len(list(pool.map(lambda oid: _curve(client, oid), ids))) == len(ids)


def _curve(client, oid):
    """Both replies as tables."""
    from astropy.table import Table

    curve = client.query_lightcurve(oid, format="json", survey="ztf")
    return Table(curve["detections"]), client.query_forced_photometry(oid, format="votable", survey="ztf")


def pandas_frames(box, ids):
    """One after the other over one session, each reply as a frame."""
    import pandas
    import requests

    session = requests.Session()
    for oid in ids:
        curve = session.get(f"{box.urls['alerce.ztf_url']}/objects/{oid}/lightcurve", timeout=60).json()
        forced = session.get(f"{box.urls['alerce.ztf_v2_url']}/forced-photometry/{oid}", timeout=60).json()
        assert len(pandas.DataFrame(curve["detections"])) + len(pandas.DataFrame(forced))


WAYS = {"ours": ours, "alerce client, serial": serial, f"alerce client, {WORKERS} threads": threads,
        "requests and pandas": pandas_frames}


def compare(box, ids, latency, repeats):
    """Median seconds of each way."""
    found = {}
    for name, way in WAYS.items():
        times = []
        for _ in range(repeats if name == "ours" else 1):
            started = time.perf_counter()
            way(box, ids)
            times.append(time.perf_counter() - started)
        found[name] = statistics.median(times)
        print(f"{len(ids)} light curves at {1000 * latency:.0f} ms, {name:26s} {told(times)}", flush=True)
    return found


def main(full):
    warnings.simplefilter("ignore")
    from astroquery_brokers import sandbox

    matrix = [(200, 0.0), (200, 0.05), (1000, 0.05)]
    growth = (10, 100, 1000)
    if full:
        matrix = [(number, latency) for number in (200, 1000) for latency in (0.0, 0.02, 0.05, 0.2)]
        growth = (10, 100, 1000, 10_000)
    found = {}
    for number, latency in matrix:
        with sandbox.running(n_objects=number, latency=latency) as box:
            ids = box.truth.objects["oid"].tolist()
            ours(box, ids[:8])
            found[number, latency] = compare(box, ids, latency, 3)
    with sandbox.running(n_objects=max(growth)) as box:
        ids = box.truth.objects["oid"].tolist()
        random.Random(1).shuffle(ids)  # the last ones of the sky have longer light curves
        for number in growth:
            started, busy = time.perf_counter(), time.process_time()
            ours(box, ids[:number])
            print(f"ours, {number} light curves without latency: {time.perf_counter() - started:.3f} s, "
                  f"{1000 * (time.process_time() - busy) / number:.2f} ms of processor time each", flush=True)
    best = found[1000, 0.05]
    verdict("bulk_ideal", best["ours"], 0.05 * 2 * 1000 / WORKERS, 1.15)
    verdict("bulk_serial", best["ours"], best["alerce client, serial"], 1 / 7)


if __name__ == "__main__":
    main("--full" in sys.argv)
