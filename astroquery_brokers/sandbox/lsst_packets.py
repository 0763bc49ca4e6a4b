# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Real Rubin alert packets (Avro) into the store.

The only classifier is ``stamp_classifier_rubin_beta``, version ``sandbox``: a stand-in whose probabilities follow from
the reliability, the extendedness and the template of the latest packet. Objects of the solar system have none.
"""

import numpy as np

from . import lsst_summaries
from .lsst_schema import DETECTION_COLUMNS
from .lsst_sky import BANDS
from .store import column_types

__all__ = ["CLASSIFIER", "add_packets", "owner"]

CLASSIFIER = (4, "stamp_classifier_rubin_beta", "sandbox", ("SN", "AGN", "VS", "asteroid", "bogus"))
_DOUBLES = frozenset("mjd ra dec trailRa trailDec timeProcessedMjdTai timeWithdrawnMjdTai validityStartMjdTai "
                     "firstDiaSourceMjdTai lastDiaSourceMjdTai".split())
_PROBABILITY = ("oid", "classifier_id", "classifier_name", "classifier_version", "class_name", "probability", "ranking",
                "position")


def owner(alert):
    """Number of the object of an alert."""
    source = alert.get("diaSource") or {}
    return source.get("diaObjectId") or source.get("ssObjectId") or source.get("diaSourceId")


def _number(value):
    return np.nan if value is None else value


def _columns(rows, names):
    """Columns of numbers; what is in single precision in the packet keeps the digits of a single."""
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        if name not in _DOUBLES and any(isinstance(value, float) for value in values):
            short = np.array([_number(value) for value in values], dtype=np.float32)
            values = [None if value != value else float(str(value)) for value in short]
        columns[name] = values
    return columns


def _measured(record, oid, solar, number):
    return {**record, "oid": oid, "sid": 2 if solar else 1, "mjd": record["midpointMjdTai"],
            "measurement_id": record[number], "band": BANDS.find(record["band"] or "-") + 1}


def _collect(alerts):
    """Rows of detections and forced photometry without repetitions, sorted by object and time."""
    detections, forced = {}, {}
    for alert in alerts:
        oid, solar = owner(alert), not alert["diaSource"].get("diaObjectId")
        for record in alert.get("prvDiaSources") or ():
            row = {**_measured(record, oid, solar, "diaSourceId"), "has_stamp": False}
            detections.setdefault(row["measurement_id"], row)
        row = {**_measured(alert["diaSource"], oid, solar, "diaSourceId"), "has_stamp": alert["has_stamp"]}
        detections[row["measurement_id"]] = row
        for record in alert.get("prvDiaForcedSources") or ():
            row = _measured(record, oid, solar, "diaForcedSourceId")
            forced[row["measurement_id"]] = row
    return tuple(sorted(rows.values(), key=lambda row: (row["oid"], row["mjd"])) for rows in (detections, forced))


def _probabilities(oid, source):
    reliability, extended = (0.5 if source.get(name) is None else source[name]
                             for name in ("reliability", "extendedness"))
    bright = (source.get("templateFlux") or 0) > 1000
    points = {"SN": 1 + 2 * (not bright), "AGN": 1 + 2 * bright * extended, "VS": 1 + 2 * bright * (1 - extended),
              "asteroid": 0.3, "bogus": 6 * (1 - reliability) + 0.1}
    total, ranked = sum(points.values()), sorted(points, key=points.get, reverse=True)
    number, name, version, classes = CLASSIFIER
    return [(oid, number, name, version, word, round(points[word] / total, 6), ranked.index(word) + 1, position)
            for position, word in enumerate(classes)]


def add_packets(store, alerts):
    """Add Rubin alerts to a store.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    alerts : list of dict
        Decoded packets.
    """
    alerts = sorted(alerts, key=lambda alert: alert["diaSource"]["midpointMjdTai"])
    detections, forced = _collect(alerts)
    latest = {owner(alert): alert for alert in alerts}
    oid = np.array(sorted(latest), dtype=np.int64)
    solar = np.array([not latest[number]["diaSource"].get("diaObjectId") for number in oid.tolist()])

    def measured(rows):
        arrays = {name: np.array([row[name] for row in rows], dtype=float) for name in ("mjd", "ra", "dec")}
        return {**arrays, "index": np.searchsorted(oid, np.array([row["oid"] for row in rows], dtype=np.int64))}

    table = lsst_summaries.objects(measured(detections), measured(forced), oid, solar)
    count = len(oid)
    store.add("lsst_objects", {**table, "true_class": [None] * count, "ztf_oid": [None] * count})
    names = ("oid", "sid", "mjd", "band", "ra", "dec", *DETECTION_COLUMNS)
    store.add("lsst_detections", _columns(detections, names))
    store.add("lsst_forced_photometry", _columns(forced, column_types("lsst_forced_photometry")))
    known = [{**(latest[number]["diaObject"] or {}), "oid": number} for number in oid[~solar].tolist()]
    store.add("lsst_dia_objects", _columns(known, lsst_summaries.DIA_COLUMNS))
    made_up = [row for number in oid[~solar].tolist() for row in _probabilities(number, latest[number]["diaSource"])]
    store.add("lsst_probabilities", dict(zip(_PROBABILITY, zip(*made_up))) if made_up
              else {name: [] for name in _PROBABILITY})
