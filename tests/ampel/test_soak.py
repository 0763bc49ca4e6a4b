# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A stream whose reader is killed again and again comes complete, without repeats, in little memory.

With ``ASTROQUERY_BROKERS_SOAK`` (``tox -e soak``) these are 20,000 alerts and ten ends; else a tenth of the alerts.
"""

import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from astroquery_brokers import sandbox
from astroquery_brokers.ampel import AmpelClass

FULL = bool(os.environ.get("ASTROQUERY_BROKERS_SOAK"))
ALERTS, CHUNK, ENDS = (20000, 100, 10) if FULL else (2000, 40, 3)
LIMIT = 300e6  # bytes

# What the kernel counts for the program itself: getrusage() has the memory of the process that started it, too.
READER = """
import re, sys
from astroquery_brokers.ampel import AmpelClass
url, folder, *_ = sys.argv[1:]
stream = AmpelClass(archive_url=url).resume_stream(sys.stdin.readline(), folder=folder, with_history=bool(sys.argv[3]))
for chunk in stream:
    table = chunk.to_table()
try:
    print(int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024)
except OSError:
    print(0)
"""


@pytest.fixture(scope="module")
def archive():
    """A sandbox with as many alerts as are needed, and rather more."""
    with sandbox.running(n_objects=560 if FULL else 80) as box:
        box.settings = {"ampel.reservation": 1.0}
        yield box


def peak(process):
    """The most memory that a process has had so far, in bytes; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0


def killed(process, folder, until):
    """Kill a reader when there are so many chunks, and a moment later."""
    while process.poll() is None and len(list(folder.glob("chunk-*"))) < until:
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.03))
    used = peak(process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return used


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_reader_that_is_killed_loses_nothing_and_gets_nothing_twice(archive, tmp_path):
    broker = AmpelClass(archive_url=archive.urls["ampel.archive_url"],
                        archive_token=archive.tokens["ampel.archive_token"])
    every = sorted(broker.query_alerts(time=50000.0, row_limit=-1)["jd"].tolist())
    assert len(every) >= ALERTS
    window = (50000.0, every[ALERTS - 1] - 2400000.5 + 1e-6)
    wanted = Counter(broker.query_alerts(time=window, row_limit=-1)["candid"].tolist())
    assert sum(wanted.values()) >= ALERTS
    key = broker.start_stream(time=window, chunk_size=CHUNK).resume_token
    folder, ends = tmp_path / "alerts", sorted(random.sample(range(1, ALERTS // CHUNK), ENDS))
    memory = []
    for end in [*ends, None]:
        reader = subprocess.Popen([sys.executable, "-c", READER, archive.urls["ampel.archive_url"], folder,
                                   "1" * FULL],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        reader.stdin.write(key)
        reader.stdin.close()
        if end is not None:
            memory.append(killed(reader, folder, end))
        else:
            memory.append(int(reader.stdout.read()))
            assert reader.wait() == 0
        reader.stdout.close()
    assert all(re.fullmatch(r"chunk-\d+\.json\.gz", path.name) for path in folder.iterdir())
    stored = Counter(alert["candid"] for path in folder.glob("chunk-*.json.gz")
                     for alert in json.loads(gzip.decompress(path.read_bytes())))
    assert stored == wanted, (len(stored), sum(stored.values()), len(wanted))
    assert broker.stream_status(key)["state"] == "done"
    print(f"{len(stored)} alerts, {ENDS} ends at chunks {ends}, peak memory {max(memory) / 1e6:.0f} MB")
    assert max(memory) < LIMIT
