# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``python -m tests.servers.ampel_load URL TOKEN``: give the sandbox's alerts to an archive of AMPEL of one's own.

The token must be one of the role ``writer``. The archive's database needs an entry for version 4.02 of the schema. The
alerts are those of ``sandbox.running(n_objects=OBJECTS, seed=SEED)``.
"""

import io
import sys
import tempfile
from pathlib import Path

import fastavro
import requests

from astroquery_brokers.sandbox import ztf_packets
from astroquery_brokers.sandbox.alerts import Alerts
from astroquery_brokers.sandbox.build import build
from astroquery_brokers.sandbox.store import Store

OBJECTS, SEED = 12, 1
_AT_ONCE = 50


def _records():
    """All packets, by the version of their schema."""
    records = {}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "store.sqlite")
        build(path, n_objects=OBJECTS, seed=SEED)
        store = Store(path)
        alerts = Alerts(store)
        for candid, in store.rows("SELECT candid FROM detections WHERE has_stamp ORDER BY candid"):
            record = alerts.record(candid)
            records.setdefault(record["schemavsn"], []).append(record)
        store.close()
    return records


def main(url, token):
    """Post the alerts."""
    for version, records in _records().items():
        schema = {**ztf_packets.schema(), "version": version}
        for first in range(0, len(records), _AT_ONCE):
            content = io.BytesIO()
            fastavro.writer(content, schema, records[first:first + _AT_ONCE])
            reply = requests.post(f"{url}/alerts", content.getvalue(), timeout=120,
                                  headers={"Authorization": f"Bearer {token}"})
            reply.raise_for_status()
        print(f"{len(records)} alerts of schema {version}")


if __name__ == "__main__":
    main(*sys.argv[1:])
