# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Detections of many objects as tables: this package against ALeRCE's own client in a loop, from the sandbox."""

import json
import os
import sys
import tempfile
import time
import warnings
from importlib import resources
from pathlib import Path

OBJECTS = 200
LATENCY = 0.05


def official_client(root):
    """ALeRCE's client 2.3.1, pointed at the sandbox."""
    config = json.loads(resources.files("alerce").joinpath("default_config.json").read_text())
    config["ztf"]["ZTF_API_URL"] = root
    path = Path(tempfile.mkdtemp()) / "config.json"
    path.write_text(json.dumps(config))
    os.environ["ALERCE_CONFIG_PATH"] = str(path)
    from alerce.core import Alerce
    return Alerce()


def timed(function):
    started = time.perf_counter()
    rows = function()
    return time.perf_counter() - started, rows


def main():
    warnings.simplefilter("ignore")
    from astropy.table import vstack

    from astroquery_brokers import Alerce, sandbox

    with sandbox.running(n_objects=OBJECTS, latency=LATENCY) as box:
        ids = [str(oid) for oid in box.truth.objects["oid"]]
        client = official_client(box.url)
        client.query_detections(ids[0], format="votable", survey="ztf")
        Alerce.query_detections(ids[0], cache=False)
        ours, rows = timed(lambda: len(Alerce.query_detections(ids, cache=False, progress=False)))
        rival, rival_rows = timed(lambda: len(vstack(
            [client.query_detections(oid, format="votable", survey="ztf") for oid in ids], join_type="outer")))
    if rows != rival_rows:
        sys.exit(f"many_objects: {rows} rows are not the rival's {rival_rows}")
    ratio = ours / rival
    print(f"many_objects: ours {ours:.3f} rival {rival:.3f} ratio {ratio:.3f} goal 0.250 "
          f"{'ok' if ratio <= 0.25 else 'short'}")


if __name__ == "__main__":
    main()
