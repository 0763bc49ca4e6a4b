# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""5,000 ZTF objects by their ids: one upload to TAP against one REST request per id, 8 at a time, from the sandbox."""

import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

OBJECTS = 5000
LATENCY = 0.05
WORKERS = 8
REQUESTS = 3
GOAL = 1 / 15


def one_by_one(url, ids):
    """Every object by a request of its own."""
    import requests

    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=WORKERS))

    def ask(oid):
        response = session.get(f"{url}/objects/{oid}", timeout=60)
        response.raise_for_status()
        return response.json()["oid"]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(ask, ids))


def main():
    warnings.simplefilter("ignore")
    from astroquery_brokers import Alerce, sandbox

    with sandbox.running(n_objects=OBJECTS, latency=LATENCY) as box:
        ids = box.truth.objects["oid"].tolist()
        Alerce.list_tables()  # the sandbox makes its tables when it is asked first; the service has them
        before = len(box.requests)
        started = time.perf_counter()
        table = Alerce.query_objects(ids, cache=False, progress=False)
        ours = time.perf_counter() - started
        sent = [request["path"] for request in box.requests[before:]]
        started = time.perf_counter()
        found = one_by_one(box.urls["alerce.ztf_url"], ids)
        rival = time.perf_counter() - started
    if table["oid"].tolist() != found or len(sent) > REQUESTS or set(sent) != {"/tap/sync"}:
        sys.exit(f"tap_ids: {len(table)} objects in {len(sent)} requests ({', '.join(sorted(set(sent)))}), "
                 f"the rival has {len(found)}")
    ratio = ours / rival
    print(f"tap_ids: ours {ours:.3f} rival {rival:.3f} ratio {ratio:.4f} goal {GOAL:.4f} "
          f"{'ok' if ratio <= GOAL else 'short'}")


if __name__ == "__main__":
    main()
