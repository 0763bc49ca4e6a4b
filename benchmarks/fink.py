# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Detections of many objects from Fink: this package against its documented recipe in a loop, from the sandbox.

The recipe is one ``requests.post`` and one ``pandas.read_json`` for each object. Before it, what the formats cost:
bytes on the way, and processor time to decode them.
"""

import sys
import time
import warnings

OBJECTS = 1000
LATENCY = 0.05
COLUMNS = "i:objectId,i:candid,i:jd,i:fid,i:magpsf,i:sigmapsf"
GOAL = 0.05


def recipe(url, oid):
    """As Fink documents it."""
    import io

    import pandas
    import requests

    reply = requests.post(f"{url}/api/v1/objects", json={"objectId": oid, "columns": COLUMNS, "output-format": "json"})
    return pandas.read_json(io.BytesIO(reply.content))


def formats(box, ids):
    """Bytes, and processor time of decoding, of full replies for some objects."""
    import json

    import requests

    from astroquery_brokers.columns import load_dictionary
    from astroquery_brokers.tables import decode_columns, decode_rows
    from astroquery_brokers.tables.wire import WIRE_FORMATS, read_columns

    for survey, key, endpoint, table in (("ztf", "objectId", "objects", "ztf_alerts"),
                                         ("lsst", "diaObjectId", "sources", "lsst_sources")):
        dictionary = load_dictionary("astroquery_brokers.fink", table)
        for format in WIRE_FORMATS:
            reply = requests.post(f"{box.urls[f'fink.{survey}_url']}/api/v1/{endpoint}",
                                  json={key: ",".join(ids[survey]), "output-format": format})
            if reply.status_code != 200:
                print(f"# {survey} {format}: HTTP {reply.status_code}")
                continue
            started = time.process_time()
            decoded = (decode_rows(json.loads(reply.content), dictionary) if format == "json" else
                       decode_columns(*read_columns(reply.content, format), dictionary))
            print(f"# {survey} {format}: {decoded.length} rows, {len(reply.content)} bytes, "
                  f"decoded in {time.process_time() - started:.3f} s")


def main():
    warnings.simplefilter("ignore")
    from astroquery_brokers import Fink, sandbox

    with sandbox.running(n_objects=OBJECTS) as box:
        ids = [str(oid) for oid in box.truth.objects["oid"]]
        lsst = box.truth.lsst_objects
        formats(box, {"ztf": ids[:50], "lsst": [str(oid) for oid in lsst["oid"][lsst["sid"] == 1][:50]]})
    with sandbox.running(n_objects=OBJECTS, latency=LATENCY) as box:
        Fink.query_detections(ids[0], columns=COLUMNS, cache=False)
        recipe(box.urls["fink.ztf_url"], ids[0])
        before = len(box.requests)
        started = time.perf_counter()
        rows = len(Fink.query_detections(ids, columns=COLUMNS, cache=False, progress=False))
        ours, requests = time.perf_counter() - started, len(box.requests) - before
        started = time.perf_counter()
        rival_rows = sum(len(recipe(box.urls["fink.ztf_url"], oid)) for oid in ids)
        rival = time.perf_counter() - started
    if rows != rival_rows:
        sys.exit(f"fink: {rows} rows are not the rival's {rival_rows}")
    print(f"# {rows} rows of {len(ids)} objects in {requests} requests")
    print(f"fink: ours {ours:.3f} rival {rival:.3f} ratio {ours / rival:.4f} goal {GOAL:.3f} "
          f"{'ok' if ours / rival <= GOAL else 'short'}")


if __name__ == "__main__":
    main()
