# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Real alert packets (Avro) into the store: reading them, and those of ZTF.

What is not in packets is derived (summaries, statistics) or made up in a way that no one can mistake for a broker's
work: the only classifier is ``stamp_classifier``, version ``sandbox``, whose probabilities follow from four numbers of
the latest packet (solar-system match, deep real-bogus score, star-galaxy score and distance of the nearest catalogue
source). There are no features.
"""

import logging
import os

import numpy as np

from . import lsst_packets, photometry, summaries
from .alerts import fastavro
from .store import column_types

__all__ = ["CLASSIFIER", "add_packets", "read_packets"]

CLASSIFIER = ("stamp_classifier", "sandbox", ("SN", "AGN", "VS", "asteroid", "bogus"))
_LOG = logging.getLogger(__name__)
_JD_OF_MJD = 2400000.5
# Single precision in the packet: kept with the digits of a single.
_FLOATS = ("diffmaglim", "distnr", "magpsf", "sigmapsf", "magap", "sigmagap", "magapbig", "sigmagapbig", "rb", "drb")
_FORCED = ("field", "rcid", "rfid", "sciinpseeing", "scibckgnd", "scisigpix", "magzpsci", "magzpsciunc", "magzpscirms",
           "clrcoeff", "clrcounc", "exptime", "adpctdif1", "adpctdif2", "diffmaglim", "programid", "procstatus",
           "distnr", "ranr", "decnr", "magnr", "sigmagnr", "chinr", "sharpnr", "forcediffimflux", "forcediffimfluxunc")
_STEP = "sandbox"


def read_packets(folder):
    """The alerts in the Avro files of a folder and its subfolders: those of ZTF in order of time, those of Rubin.

    Files that hold anything else are left out with a logged warning. Each alert has its file and place in it as
    ``source``, and no cutouts.
    """
    reader = fastavro().reader
    if not os.path.isdir(folder):
        raise NotADirectoryError(f"{folder} is not a folder with alert packets")
    ztf, lsst = {}, {}
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(place, name)
            if not name.endswith(".avro"):
                continue
            try:
                with open(path, "rb") as stream:
                    found = [{**_checked(record), "source": (path, number)}
                             for number, record in enumerate(reader(stream))]
            except Exception as error:  # whatever a broken file makes the decoder raise
                _LOG.warning("%s is left out: %s", path, str(error) or type(error).__name__)
                continue
            for alert in found:
                (lsst if "diaSource" in alert else ztf)[_number(alert)] = alert
    return sorted(ztf.values(), key=lambda alert: (alert["candidate"]["jd"], alert["candid"])), list(lsst.values())


def _number(alert):
    return alert["diaSource"]["diaSourceId"] if "diaSource" in alert else alert["candid"]


def _checked(record):
    if "psfFlux" in (record.get("diaSource") or {}):
        content = {name: value for name, value in record.items() if not name.startswith("cutout")}
        return {**content, "has_stamp": record.get("cutoutDifference") is not None}
    if not {"objectId", "candid", "candidate"} <= set(record) or "magpsf" not in record["candidate"]:
        raise ValueError("not an alert of ZTF or Rubin")
    return {name: record.get(name) for name in ("objectId", "candid", "candidate", "prv_candidates", "fp_hists")}


def _short(value):
    return None if value is None else float(str(np.float32(value)))


def _detection(alert, candidate, *, own):
    row = {name: _short(candidate.get(name)) for name in _FLOATS}
    row.update({name: candidate.get(name) for name in ("fid", "pid", "nid", "candid", "ra", "dec", "rbversion",
                                                       "drbversion")})
    return {**row, "oid": alert["objectId"], "mjd": candidate["jd"] - _JD_OF_MJD,
            "isdiffpos": 1 if candidate["isdiffpos"] in ("t", "1") else -1, "has_stamp": own,
            "rfid": candidate.get("rfid"), "parent_candid": None if own else alert["candid"], "step_id_corr": _STEP,
            "magnr": candidate.get("magnr"), "sigmagnr": candidate.get("sigmagnr")}


def _collect(alerts):
    """Rows of detections, upper limits and forced photometry without repetitions."""
    detections = {alert["candid"]: _detection(alert, alert["candidate"], own=True) for alert in alerts}
    limits, forced = {}, {}
    for alert in alerts:
        oid = alert["objectId"]
        for candidate in alert["prv_candidates"] or ():
            if candidate["candid"] is None:
                limit = {"oid": oid, "mjd": candidate["jd"] - _JD_OF_MJD, "fid": candidate["fid"],
                         "diffmaglim": _short(candidate["diffmaglim"])}
                limits[oid, limit["mjd"], limit["fid"]] = limit
            elif candidate["magpsf"] is not None:
                detections.setdefault(candidate["candid"], _detection(alert, candidate, own=False))
        for point in alert["fp_hists"] or ():
            # The latest alert to report a point is the one that counts.
            forced[oid, point["pid"]] = {
                **{name: point.get(name) for name in _FORCED}, "oid": oid, "pid": point["pid"], "fid": point["fid"],
                "mjd": point["jd"] - _JD_OF_MJD, "ra": alert["candidate"]["ra"], "dec": alert["candidate"]["dec"],
                "parent_candid": alert["candid"]}
    for row in detections.values():
        limits.pop((row["oid"], row["mjd"], row["fid"]), None)
    return list(detections.values()), list(limits.values()), list(forced.values())


def _bad_quality(alerts):
    """Rows of the table ``bad_quality``: what the histories have below the cut of Fink, each point once."""
    rows = {}
    for alert in alerts:
        for point in alert["prv_candidates"] or ():
            if point["magpsf"] is not None and ((point.get("rb") or 0) < 0.55 or (point.get("nbad") or 0) > 0):
                row = _detection(alert, point, own=False)
                rows[point["candid"]] = {name: row[name] for name in column_types("bad_quality")}
    return list(rows.values())


def _column(rows, name, dtype=float):
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=dtype)


def _corrected(rows, mag, sigma):
    fixed = photometry.correct(mag, sigma, _column(rows, "isdiffpos"), _column(rows, "distnr"),
                               _column(rows, "magnr"), _column(rows, "sigmagnr"))
    fill = (_column(rows, "magnr") < -99) | (mag >= photometry.UNUSABLE)
    for name in ("mag", "sigma", "sigma_ext"):
        fixed[name][fill & fixed["corrected"]] = photometry.UNUSABLE
    return fixed


def _detection_columns(rows, index):
    fixed = _corrected(rows, _column(rows, "magpsf"), _column(rows, "sigmapsf"))
    key = index * 4 + _column(rows, "fid", int)
    first = np.zeros(key.max() + 1, dtype=bool)
    first[key[::-1]] = fixed["corrected"][::-1]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    for name in ("magnr", "sigmagnr"):
        columns[name] = list(map(_short, columns[name]))
    for target, source in (("magpsf_corr", "mag"), ("sigmapsf_corr", "sigma"), ("sigmapsf_corr_ext", "sigma_ext")):
        columns[target] = np.array([_short(value) for value in fixed[source]])
    columns["corrected"] = fixed["corrected"]
    columns["dubious"] = photometry.dubious(fixed["corrected"], first[key], _column(rows, "isdiffpos"))
    return columns


def _forced_columns(rows):
    flux, zero = _column(rows, "forcediffimflux"), _column(rows, "magzpsci")
    mag, e_mag, sign = photometry.forced_magnitudes(flux, _column(rows, "forcediffimfluxunc"), zero)
    for row, value in zip(rows, sign.tolist()):
        row["isdiffpos"] = value
    fixed = _corrected(rows, mag, e_mag)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {**columns, "mag": mag.astype(np.float32).astype(float), "e_mag": e_mag.astype(np.float32).astype(float),
            "mag_corr": fixed["mag"], "e_mag_corr": fixed["sigma"], "e_mag_corr_ext": fixed["sigma_ext"],
            "corrected": fixed["corrected"], "dubious": np.zeros(len(rows), dtype=bool)}


def _score(candidate, name, default):
    value = candidate.get(name)
    return default if value is None or value < -98 else value


def _probabilities(oid, candidate):
    """Stand-in for a classifier: a few rules on the latest packet."""
    near, star = _score(candidate, "distpsnr1", 99) < 1.5, _score(candidate, "sgscore1", 0.5)
    drb = _score(candidate, "drb", _score(candidate, "rb", 0.5))
    points = {"SN": 1.0 if near else 3.0, "AGN": 4 * (1 - star) if near else 0.5, "VS": 4 * star if near else 0.5,
              "asteroid": 8.0 if _score(candidate, "ssdistnr", 99) < 12 else 0.2, "bogus": 6 * (1 - drb) + 0.1}
    total = sum(points.values())
    ranked = sorted(points, key=points.get, reverse=True)
    name, version, classes = CLASSIFIER
    return [(oid, name, version, word, round(points[word] / total, 6), ranked.index(word) + 1, position)
            for position, word in enumerate(classes)]


def _add_objects(store, names, rows, columns, index, latest):
    measured = {name: _column(rows, name) for name in ("mjd", "magpsf", "ra", "dec")}
    measured.update(fid=_column(rows, "fid", int), corrected=columns["corrected"], dubious=columns["dubious"],
                    magpsf_corr=columns["magpsf_corr"])
    count = len(names)
    last = [latest[name] for name in names]
    # A star in the reference catalogue at the place of the alert.
    stellar = np.array([_score(item, "distpsnr1", 99) < 1.4 and _score(item, "sgscore1", 0) > 0.4 for item in last])

    def day(value):
        return None if value is None else value - _JD_OF_MJD

    store.add("objects", {
        **summaries.objects(index, measured, np.zeros(count, dtype=bool)), "oid": names, "true_class": [None] * count,
        "ndethist": [item.get("ndethist") for item in last], "ncovhist": [item.get("ncovhist") for item in last],
        "mjdstarthist": [day(item.get("jdstarthist")) for item in last],
        "mjdendhist": [day(item.get("jdendhist")) for item in last], "stellar": stellar,
        "step_id_corr": [_STEP] * count})
    stats = summaries.magstats(index, measured, stellar, np.full(count, _STEP))
    owner = stats.pop("index")
    store.add("magstats", {**stats, "oid": [names[number] for number in owner]})


def add_packets(store, folder):
    """Add the alerts of a folder to a store.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    folder : str

    Raises
    ------
    ValueError
        There is no alert in the folder.
    """
    alerts, rubin = read_packets(folder)
    if not alerts and not rubin:
        raise ValueError(f"no alert of ZTF or Rubin in the *.avro files of {folder}")
    for survey, found in (("ztf", alerts), ("lsst", rubin)):
        paths, places = zip(*(alert["source"] for alert in found)) if found else ((), ())
        store.add("packets", {"survey": [survey] * len(found), "candid": list(map(_number, found)),
                              "path": paths, "record": places})
    if alerts:
        _add_ztf(store, alerts)
    if rubin:
        lsst_packets.add_packets(store, rubin)


def _add_ztf(store, alerts):
    rows, limits, forced = _collect(alerts)
    rows.sort(key=lambda row: (row["oid"], row["mjd"], row["candid"]))
    latest = {alert["objectId"]: alert["candidate"] for alert in alerts}
    names = sorted(latest)
    number = {name: place for place, name in enumerate(names)}
    index = np.array([number[row["oid"]] for row in rows])
    columns = _detection_columns(rows, index)
    store.add("detections", columns)
    bad = _bad_quality(alerts)
    if bad:
        store.add("bad_quality", {name: [row[name] for row in bad] for name in bad[0]})
    if limits:
        store.add("upper_limits", {name: [row[name] for row in limits] for name in limits[0]})
    if forced:
        store.add("forced_photometry", _forced_columns(forced))
    _add_objects(store, names, rows, columns, index, latest)
    made_up = [row for name in names for row in _probabilities(name, latest[name])]
    fields = ("oid", "classifier_name", "classifier_version", "class_name", "probability", "ranking", "position")
    store.add("probabilities", dict(zip(fields, zip(*made_up))))
