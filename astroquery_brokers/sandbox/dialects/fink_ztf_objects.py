# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink ZTF: the tables of alerts, what the server computes for full answers (``v:``), and the endpoint ``objects``."""

from itertools import chain

import numpy as np

from ..fink_ztf_alerts import JD_OF_MJD, PACKET_TYPES, ZtfRows, packet_column
from ..fink_ztf_science import SCIENCE_TYPES, science_column, science_stored
from . import fink_cutouts
from .fink_tables import Table, requested, send
from .fink_wire import is_true, listed

__all__ = ["ALERTS", "INDEX", "added", "limit", "objects", "with_colors", "with_cutouts"]

# What the tables for searches by class, by tracklet and for known bodies have of the packets.
_INDEX = (
    "objectId candid publisher rcid chipsf distnr ra dec jd fid nid field xpos ypos rb ssdistnr ssmagnr ssnamenr "
    "jdstarthist jdendhist tooflag sgscore1 distpsnr1 neargaia maggaia nmtchps diffmaglim magpsf sigmapsf magnr "
    "sigmagnr magzpsci isdiffpos classtar drb ndethist").split()
_MOST = 10000  # rows that a name can bring
_FILLED = {"d:tracklet": "", "d:tns": "", **{f"d:blazar_stats_{name}": -1.0 for name in (
    "m0", "m1", "m2", "instantness_low", "robustness_low", "instantness_high", "robustness_high")}}
_NOT_A_CLASS = ("Unknown", "Transient")


def _make(name, rows):
    family, bare = name.split(":", 1)
    return packet_column(bare, rows) if family == "i" else science_column(bare, rows)


def _stored(name, rows):
    family, bare = name.split(":", 1)
    return family == "d" and science_stored(bare, rows)


_SCIENCE = {f"d:{name}": kind for name, kind in SCIENCE_TYPES.items()}
ALERTS = Table({**{f"i:{name}": kind for name, kind in PACKET_TYPES.items()}, **_SCIENCE}, _make, stored=_stored)


def _is_indexed(name, rows):
    # A recording of alerts of 2021 does not have this one, one of 2025 has.
    return (rows["mjd"] >= 59600) | (name != "d:nalerthist")


def _indexed(name, rows):
    return _make(name, rows) if name != "d:nalerthist" else np.where(
        _is_indexed(name, rows), _make(name, rows), np.nan)


INDEX = Table({**{f"i:{name}": PACKET_TYPES[name] for name in _INDEX}, **_SCIENCE}, _indexed,
              stored=lambda name, rows: _stored(name, rows) & _is_indexed(name, rows))


def limit(rows, most):
    """The first rows of a selection."""
    return rows if rows.size <= most else rows.take(range(most))


def classification(rows):
    """Fink's label of each alert (version 7.35 of its filters): the later rule wins."""
    column = {name: science_column(name, rows) for name in (
        "cdsxmatch", "roid", "mulens", "snn_sn_vs_all", "snn_snia_vs_nonia", "rf_snia_vs_nonia", "rf_kn_vs_nonkn",
        "tracklet")}
    packet = {name: packet_column(name, rows) for name in ("ndethist", "drb", "classtar", "jd", "jdstarthist")}
    types = column["cdsxmatch"].astype(str)
    place = np.isin(types, _NOT_A_CLASS) | np.char.startswith(types, "Fail") | np.char.startswith(types, "Galaxy")
    with np.errstate(invalid="ignore"):
        good = (packet["drb"].astype(float) > 0.5) & (packet["classtar"].astype(float) > 0.4) & place
        age = packet["jd"].astype(float) - packet["jdstarthist"].astype(float)
        count = packet["ndethist"].astype(float)
        either = (column["snn_sn_vs_all"] > 0.5) | (column["snn_snia_vs_nonia"] > 0.5)
        moving = column["roid"] == 3
        lens, candidate = column["mulens"] > 0, column["roid"] == 2
        supernova = either & good & (count > 1) & (age <= 90) & ~moving
        early = either & good & (column["rf_snia_vs_nonia"] > 0.5) & (count <= 20)
        kilonova = (column["rf_kn_vs_nonkn"] > 0.5) & good & (age < 5) & (count < 20) & ~moving
    tracklet = np.array([bool(value) for value in column["tracklet"].tolist()], dtype=bool)
    labels = np.full(rows.size, "Unknown", dtype=object)
    several = sum(flag.astype(int) for flag in (lens, supernova, candidate, moving)) > 1
    for flag, word in ((lens, "Microlensing candidate"), (supernova, "SN candidate"), (early, "Early SN Ia candidate"),
                       (kilonova, "Kilonova candidate"), (candidate, "Solar System candidate"), (tracklet, "Tracklet"),
                       (moving, "Solar System MPC"), (several, "Ambiguous")):
        labels[flag] = word
    labels[~place] = column["cdsxmatch"][~place]
    return labels


def _dates(jd):
    from astropy.time import Time

    return Time(jd, format="jd", scale="utc").iso.astype(object)


def with_colors(frame):
    """Add the rates per band, and colours from measurements within 0.3 day, as the server computes them."""
    import pandas

    parts, names = [], ["i:jd", "i:magpsf", "i:sigmapsf"]
    for _, group in frame.sort_values("i:jd").groupby("i:objectId"):
        group = group.copy()
        bands = {fid: group[group["i:fid"] == fid] for fid in (1, 2)}
        for band in bands.values():
            step = band["i:jd"].diff()
            group.loc[band.index, "v:rate"] = band["i:magpsf"].diff() / step
            group.loc[band.index, "v:sigma(rate)"] = np.hypot(band["i:sigmapsf"], band["i:sigmapsf"].shift()) / step
        pairs = pandas.merge_asof(bands[1][names], bands[2][names], on="i:jd", suffixes=("_g", "_r"),
                                  direction="nearest", tolerance=0.3).dropna(subset=["i:magpsf_r"])
        color = pandas.DataFrame({"i:jd": pairs["i:jd"], "v:g-r": pairs["i:magpsf_g"] - pairs["i:magpsf_r"],
                                  "v:sigma(g-r)": np.hypot(pairs["i:sigmapsf_g"], pairs["i:sigmapsf_r"])})
        step = color["i:jd"].diff()
        color["v:rate(g-r)"] = color["v:g-r"].diff() / step
        color["v:sigma(rate(g-r))"] = np.hypot(color["v:sigma(g-r)"], color["v:sigma(g-r)"].shift()) / step
        parts.append(pandas.merge_asof(group, color, on="i:jd", direction="nearest", tolerance=0.3))
    return pandas.concat(parts, ignore_index=True)


def added(frame, rows, *, colors=False):
    """A full answer with what the server fills in and computes; the rows are those of the frame."""
    from astropy.coordinates import SkyCoord, get_constellation

    if frame.empty:
        return frame
    jd, start = (frame[name].to_numpy(dtype=float) for name in ("i:jd", "i:jdstarthist"))
    for name, value in _FILLED.items():
        if name not in frame:
            frame[name] = value
    frame["v:classification"] = classification(rows)
    made = {"v:lastdate": _dates(jd), "v:firstdate": _dates(np.nan_to_num(start, nan=2400000.5)), "v:lapse": jd - start,
            "v:constellation": get_constellation(SkyCoord(frame["i:ra"].to_numpy(), frame["i:dec"].to_numpy(),
                                                          unit="deg")).astype(object)}
    for name, values in made.items():
        frame[name] = values
    if colors:
        last = list(made)
        frame = with_colors(frame)
        frame = frame[[name for name in frame if name not in last] + last]
    return frame


def newest_first(frame, time="i:jd"):
    """The rows in order of time, the newest first, where the time is there."""
    return frame.sort_values(time, ascending=False) if time in frame else frame


def _one(store, name):
    """The alerts of the objects whose names begin so: rows of a database whose keys do."""
    return limit(ZtfRows(store, "oid >= ? AND oid < ?", parameters=(name, name + chr(0x10FFFF))), _MOST)


def _history(store, rows):
    """Upper limits and bad points of the objects: numbers as text, but for the time."""
    import pandas

    names = sorted(set(rows.columns["oid"]))
    parts = []
    for table, tag, columns in (
            ("upper_limits", "upperlim", ("diffmaglim",)),
            ("bad_quality", "badquality", ("magpsf", "sigmapsf", "diffmaglim", "magnr", "sigmagnr", "isdiffpos",
                                           "distnr"))):
        found = []
        for name in names:
            found += store.dicts(f"SELECT oid, mjd, fid, {', '.join(columns)} FROM {table} WHERE oid = ? "
                                 "ORDER BY mjd, fid", (name,))
        if not found:
            continue
        part = {"i:objectId": [row["oid"] for row in found], "i:jd": [row["mjd"] + JD_OF_MJD for row in found]}
        for column in ("fid", *columns):
            part[f"i:{column}"] = [None if row[column] is None else str(row[column]) for row in found]
        if "isdiffpos" in columns:
            part["i:isdiffpos"] = ["t" if row["isdiffpos"] > 0 else "f" for row in found]
        part["d:tag"] = tag
        parts.append(pandas.DataFrame({key: pandas.Series(values, dtype=float if key == "i:jd" else object)
                                       for key, values in part.items()} | {"i:candid": -1}))
        parts[-1]["d:tag"] = tag
    return parts


def _with_limits(store, frame, rows):
    import pandas

    frame["d:tag"] = "valid"
    parts = _history(store, rows)
    if not parts:
        return frame
    if "i:jd" in frame:
        known = frame["i:jd"].to_numpy()
        parts = [part if part["d:tag"].iloc[0] == "upperlim" else part[~np.isin(part["i:jd"].to_numpy(), known)]
                 for part in parts]
    # As objects, because each column then has the values of either kind as they are.
    whole = pandas.concat([frame.astype(object), *(part.astype(object) for part in parts)])
    whole["i:jd"] = whole["i:jd"].astype(float)
    return whole


def with_cutouts(store, frame, kind):
    """The rows with nested lists of the pixels of a kind of cutouts, or of ``All``."""
    files = [fink_cutouts.ztf_files(store, int(candid), name)
             for candid, name in zip(frame["i:candid"], frame["i:objectId"])]
    if not files:
        raise ValueError("an empty table has no columns to be filled")
    for one in fink_cutouts.KINDS if kind == "All" else (kind,):
        # A cutout that cannot be read is an empty list.
        frame[f"b:cutout{one}_stampData"] = [
            fink_cutouts.pixels(found[one]) if found and one in found else [] for found in files]
    return frame


def objects(store):
    """The answer of ``objects``: all alerts of one object or several.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    def answer(arguments):
        rows = _joined([_one(store, name) for name in listed(arguments["objectId"])])
        columns = requested(arguments)
        frame = ALERTS.frame(rows, columns)
        if columns is None:
            frame = added(frame, rows, colors=True)
        frame = newest_first(frame)
        if is_true(arguments.get("withcutouts")):
            frame = with_cutouts(store, frame, arguments.get("cutout-kind", "All"))
        if is_true(arguments.get("withupperlim")):
            frame = newest_first(_with_limits(store, frame, rows))
        return send(frame, arguments)
    return answer


def _joined(parts):
    """Several selections as one; what is in two of them is there once, as keys of a database are."""
    whole = ZtfRows.of(parts[0].store, {
        name: [*chain.from_iterable(part.columns[name] for part in parts)] for name in parts[0].columns})
    keys = zip(whole.columns["oid"], whole.columns["mjd"], whole.columns["candid"])
    places = list({key: place for place, key in enumerate(keys)}.values())
    return whole if len(places) == whole.size else whole.take(places)
