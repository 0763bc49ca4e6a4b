# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the benchmarks have in common: repeated timing, and the lines that they print."""

import json
import os
import statistics
import tempfile
import time
from importlib import resources
from pathlib import Path


def repeated(functions, repeats):
    """Wall times of functions (by name) that take turns, as lists of seconds; the first turn only warms up."""
    times = {name: [] for name in functions}
    for turn in range(repeats + 1):
        for name, function in functions.items():
            started = time.perf_counter()
            function()
            if turn:
                times[name].append(time.perf_counter() - started)
    return times


def told(times):
    """Median and spread in words."""
    return f"{statistics.median(times):9.4f} s ({min(times):.4f} to {max(times):.4f})"


def verdict(name, ours, rival, goal):
    """The last line: at most ``goal`` of the rival's time, or of what stands for a rival, is wanted."""
    ratio = ours / rival
    print(f"{name}: ours {ours:.4f} rival {rival:.4f} ratio {ratio:.4f} goal {goal:.4f} "
          f"{'ok' if ratio <= goal else 'short'}", flush=True)


def official_client(box):
    """ALeRCE's own client, pointed at a sandbox."""
    config = json.loads(resources.files("alerce").joinpath("default_config.json").read_text())
    config["ztf"]["ZTF_API_URL"] = box.url
    config["multisurvey"]["URL_MS"] = box.urls["alerce.lsst_url"] + "/"
    path = Path(tempfile.mkdtemp()) / "config.json"
    path.write_text(json.dumps(config))
    os.environ["ALERCE_CONFIG_PATH"] = str(path)
    from alerce.core import Alerce
    return Alerce()
