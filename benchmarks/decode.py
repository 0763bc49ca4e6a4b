# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Pages of detections of 10 and 60 MB from bytes to a table: this package, ALeRCE's client, pandas, astropy, json.

Each way runs in a process of its own, which tells its processor times and the most memory, payload included.
"""

import io
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _timing import told, verdict

SIZES, REPEATS = (10, 60), 5


def _ours(content, library=True):
    from astroquery_brokers.columns import load_dictionary
    from astroquery_brokers.tables import decode_json_rows, json_rows, to_table

    json_rows.msgspec = json_rows.msgspec if library else None
    dictionary = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    return to_table(decode_json_rows(content, dictionary), dictionary)


def _stdlib(content):
    return _ours(content, library=False)


def _votable(content):
    """What ALeRCE's client does for ``format="votable"``."""
    from alerce.utils import ResultJson

    return ResultJson(json.loads(content), format="votable").result()


def _pandas(content):
    import pandas

    return pandas.read_json(io.BytesIO(content))


def _rows(content):
    from astropy.table import Table

    return Table(rows=json.loads(content))


def _json(content):
    return json.loads(content)


WAYS = {"ours": _ours, "ours without msgspec": _stdlib, "alerce votable": _votable, "pandas.read_json": _pandas,
        "Table(rows=)": _rows, "json alone": _json}


def measure(name, path):
    """Times and peak memory of one way, for the parent process."""
    way = WAYS[name]
    way(b'[{"oid": "ZTF20aaelulu", "mjd": 59000.5}]')
    before = _memory("VmRSS")
    content = Path(path).read_bytes()
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        length = len(way(content))
        times.append(time.process_time() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"times": times, "memory": (peak - before) / len(content), "rows": length}))


def _memory(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


def page(megabytes):
    """A reply of detections: rows of the sandbox, over and over, with other times and identifiers."""
    import requests

    from astroquery_brokers import sandbox

    with sandbox.running() as box:
        rows = [row for oid in box.truth.objects["oid"][:40]
                for row in requests.get(f"{box.urls['alerce.ztf_url']}/objects/{oid}/detections", timeout=30).json()]
    dice, texts, size = random.Random(1), [], 0
    while size < megabytes * 1_000_000:
        row = dict(dice.choice(rows))
        row["mjd"], row["candid"] = row["mjd"] + dice.random(), str(int(row["candid"]) + dice.randrange(10**6))
        texts.append(json.dumps(row))
        size += len(texts[-1]) + 2
    return f"[{', '.join(texts)}]".encode()


def main():
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for megabytes in SIZES:
            path = Path(folder, f"{megabytes}.json")
            path.write_bytes(page(megabytes))
            found = {}
            for name in WAYS:
                done = subprocess.run([sys.executable, __file__, name, str(path)], capture_output=True, text=True,
                                      check=True)
                found[name] = json.loads(done.stdout)
                print(f"{megabytes} MB, {name:22s} {told(found[name]['times'])}, memory {found[name]['memory']:.1f} "
                      f"times the payload, {found[name]['rows']} rows", flush=True)
            median = {name: statistics.median(one["times"]) for name, one in found.items()}
            for rival, goal in (("alerce votable", 1 / 3), ("pandas.read_json", 1 / 4)):
                lines.append((f"decode_{megabytes}MB_{rival.split()[0].split('.')[0]}", median["ours"], median[rival],
                              goal))
        print(f"decode_memory: ours {found['ours']['memory']:.2f} times the payload goal 4.00 "
              f"{'ok' if found['ours']['memory'] <= 4 else 'short'}")
    for line in lines:
        verdict(*line)


if __name__ == "__main__":
    measure(*sys.argv[1:]) if sys.argv[1:] else main()
