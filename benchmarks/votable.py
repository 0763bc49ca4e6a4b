# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""VOTable out and in: this package against astropy and STILTS (whole process), one table in one run.

The table is that of most surveys: 20 float64, 5 masked int64, 3 text columns and 1 boolean with nulls. astropy and
STILTS get 100,000 rows; this package is also measured with 10,000 and 1,000,000 (time per row, peak of memory). A child
process measures the memory: its peak (VmHWM of Linux) above what it has before; for reading, less the table itself.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

ROWS = 100_000
SMALL, LARGE = 10_000, 1_000_000
REPEAT = 3
SERIALIZATIONS = ("binary2", "tabledata")
MEMORY = 200  # MB
# What of astropy's and STILTS's time may be taken.
GOALS = {("write", "binary2"): (1 / 60, 1), ("write", "tabledata"): (1 / 10, 2),
         ("read", "binary2"): (1 / 10, None), ("read", "tabledata"): (1 / 5, None)}


def survey_table(rows):
    from astropy.table import MaskedColumn

    from astroquery_brokers.tables import BrokerTable
    rng = np.random.default_rng(1)
    table = BrokerTable()
    for number in range(20):
        table[f"flux_{number}"] = MaskedColumn(rng.normal(scale=10. ** (number % 8), size=rows), unit="nJy",
                                               description="Flux", meta={"ucd": "phot.flux.density"})
    for number in range(5):
        table[f"id_{number}"] = MaskedColumn(rng.integers(-2**62, 2**62, rows), mask=rng.random(rows) < 0.1)
    table["oid"] = np.array(["ZTF18abbuksn", "ZTF20aaelulu", "AT2026abc"])[rng.integers(0, 3, rows)]
    table["band"] = MaskedColumn(np.array(["ztfg", "ztfr", "i"])[rng.integers(0, 3, rows)], mask=rng.random(rows) < 0.1)
    table["name"] = np.char.add("x", rng.integers(0, 10**9, rows).astype(str))
    table["good"] = MaskedColumn(rng.random(rows) < 0.5, mask=rng.random(rows) < 0.1)
    return table


def lightcurves():
    """What a user has: the light curves of many objects."""
    from astroquery_brokers import Alerce, sandbox
    with sandbox.running() as box:
        return Alerce.query_lightcurve([str(oid) for oid in box.truth.objects["oid"]], progress=False)


def timed(function, repeat=1, clock=time.process_time):
    """The least time of several runs: of the processors, all threads, as the machine may have other work to do."""
    times = []
    for _ in range(repeat):
        started = clock()
        function()
        times.append(clock() - started)
    return min(times)


def elapsed(function):
    """The least wall time of several runs, for what runs in a process of its own."""
    return timed(function, REPEAT, time.perf_counter)


def line(name, ours, rival, goal):
    ratio = ours / rival
    verdict = "" if goal is None else f" goal {goal:.4f} {'ok' if ratio <= goal else 'short'}"
    print(f"votable_{name}: ours {ours:.3f} rival {rival:.3f} ratio {ratio:.4f}{verdict}", flush=True)


def against_astropy(label, table, folder, goals):
    from astropy.table import Table

    from astroquery_brokers import votable
    plain = Table(table)  # of its class, as `write` of BrokerTable is ours
    plain.meta.clear()
    for serialization in SERIALIZATIONS:
        ours, rival = folder / f"{label}-{serialization}.vot", folder / f"{label}-{serialization}-astropy.vot"
        write_goal, read_goal = (GOALS[verb, serialization][0] if goals else None for verb in ("write", "read"))
        seconds = timed(lambda: votable.write(table, ours, serialization=serialization, overwrite=True), REPEAT)
        line(f"write_{serialization}_{label}_astropy", seconds,
             timed(lambda: plain.write(rival, format="votable", tabledata_format=serialization)), write_goal)
        seconds = timed(lambda: votable.read(ours), REPEAT)
        line(f"read_{serialization}_{label}_astropy", seconds, timed(lambda: Table.read(ours, format="votable")),
             read_goal)


def against_stilts(table, folder):
    """STILTS gets the table as FITS, which it reads in no time, and reads what we wrote."""
    from astropy.table import Table

    from astroquery_brokers import votable
    if not shutil.which("stilts"):
        print("votable: stilts is not installed (Debian package stilts); not compared with it")
        return
    source = folder / "table.fits"
    Table(table).write(source)
    for serialization in SERIALIZATIONS:
        ours = folder / f"stilts-{serialization}.vot"
        kind = f"votable-{serialization}-inline" if serialization == "binary2" else "votable-tabledata"
        line(f"write_{serialization}_stilts",
             elapsed(lambda: votable.write(table, ours, serialization=serialization, overwrite=True)),
             elapsed(lambda: stilts("tpipe", f"in={source}", f"out={folder / 'x.vot'}", f"ofmt={kind}")),
             GOALS["write", serialization][1])
        line(f"read_{serialization}_stilts", elapsed(lambda: votable.read(ours)),
             elapsed(lambda: stilts("tpipe", f"in={ours}", "omode=checksum")), GOALS["read", serialization][1])


def stilts(*arguments):
    subprocess.run(["stilts", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def growth(folder):
    """Time per row, and memory, from 10,000 rows to 1,000,000; "rival" is the time that would be proportional."""
    from astroquery_brokers import votable
    for serialization in (*SERIALIZATIONS, "parquet"):
        seconds = {"write": {}, "read": {}}
        for rows in (SMALL, ROWS, LARGE):
            table, path = survey_table(rows), folder / f"{rows}.vot"
            repeat = REPEAT if rows < LARGE else 2
            seconds["write"][rows] = timed(
                lambda: votable.write(table, path, serialization=serialization, overwrite=True), repeat)
            seconds["read"][rows] = timed(lambda: votable.read(path), repeat)
        for verb, by_rows in seconds.items():
            line(f"{verb}_{serialization}_linear", by_rows[LARGE], by_rows[ROWS] * LARGE / ROWS, 1.5)
            print(f"votable_{verb}_{serialization}: " + ", ".join(
                f"{rows} rows {taken:.3f} s ({taken / rows * 1e6:.2f} us per row)" for rows, taken in by_rows.items()))
        for verb in seconds if Path("/proc/self/clear_refs").exists() else ():
            done = subprocess.run([sys.executable, __file__, "--memory", verb, serialization, str(path)],
                                  check=True, capture_output=True, text=True)
            line(f"{verb}_{serialization}_memory", float(done.stdout), MEMORY, 1)


def memory(verb, serialization, path):
    """Print the peak of the memory in MB above the table."""
    from astroquery_brokers import votable
    table = survey_table(LARGE)
    votable.write(table[:10], path + ".small", serialization=serialization, overwrite=True)
    votable.read(path + ".small")
    size = sum(table[name].data.nbytes + np.ma.getmaskarray(table[name]).nbytes for name in table.colnames) / 2**20
    if verb == "read":
        del table
    before = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    if verb == "write":
        with open(os.devnull, "wb") as stream:
            votable.write(table, stream, serialization=serialization)
        print(status("VmHWM") - before)
    else:
        table = votable.read(path)
        print(status("VmHWM") - before - size)


def status(name):
    text = Path("/proc/self/status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0]) / 1024


def main():
    warnings.simplefilter("ignore")
    if sys.argv[1:2] == ["--memory"]:
        memory(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="how many rows astropy and STILTS get (default "
                        "%(default)s, some minutes); with another number nothing but them is measured")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = survey_table(rows)
        against_stilts(table, folder)
        against_astropy("survey", table, folder, goals=rows == ROWS)
        if rows == ROWS:
            against_astropy("lightcurves", lightcurves(), folder, goals=False)
            growth(folder)


if __name__ == "__main__":
    main()
