# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What importing the package costs on top of what astroquery costs."""

import statistics
import subprocess
import sys
import time

RUNS = 15


def seconds(statement):
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - started


def main():
    ours, rival = "from astroquery_brokers import Alerce", "import astroquery.query"
    for statement in (ours, rival):
        seconds(statement)
    pairs = [(seconds(ours), seconds(rival)) for _ in range(RUNS)]
    a, b = (statistics.median(column) for column in zip(*pairs))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"import_time: ours {a:.3f} rival {b:.3f} ratio {ratio:.3f} goal 1.100 {'ok' if ratio <= 1.1 else 'short'}")


if __name__ == "__main__":
    main()
