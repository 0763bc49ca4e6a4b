# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Detections of many objects as tables: this package against ALeRCE's own client in a loop, from the sandbox."""

import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

OBJECTS = 200
LATENCY = 0.05


def official_client(root):
    """ALeRCE's client 2.3.1, pointed at the sandbox."""
    objects = "/ztf/v1/objects"
    routes = ("objects", "single_object", "detections", "non_detections", "lightcurve", "magstats", "probabilities",
              "features", "single_feature", "classifiers", "classifier_classes", "forced_photometry")
    config = {"multisurvey": {"URL_MS": root + "/", "ROUTES_MS": dict.fromkeys(routes, "none")},
              "ztf": {"ZTF_API_URL": root, "ZTF_ROUTES": {**dict.fromkeys(routes, "none"),
                                                          "detections": objects + "/%s/detections"}},
              **{name: {"STAMP_URL": root, "AVRO_URL": root, "AVRO_ROUTES": {"get_stamp": "/", "get_avro": "/"}}
                 for name in ("stamps", "stamps_ztf")}}
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
        client = official_client(box.urls["alerce.ztf_url"].removesuffix("/ztf/v1"))
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
