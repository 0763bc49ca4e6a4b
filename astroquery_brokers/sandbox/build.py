# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fill a store: from the synthetic sky, from alert packets, or from both."""

import numpy as np

from . import classification, lsst_summaries, summaries
from .features import features
from .lsst_sky import LsstSky
from .sky import Sky
from .store import Store

__all__ = ["build"]


def _summarised(store, sky, detections):
    """Add what follows from the detections of the synthetic sky."""
    rng, index, oid = sky.rng, detections["index"], sky.oid
    stellar = np.isin(sky.objects["label"], ("RRL", "CEP", "LPV", "EA", "CV/Nova", "QSO"))
    summary = summaries.objects(index, detections, sky.new)
    stats = summaries.magstats(index, detections, stellar, np.where(sky.new, "27.5.6", "bulk_version_0.0.1"))
    history = rng.integers(0, 40, sky.n)
    store.add("objects", {
        **summary, "oid": oid, "true_class": sky.objects["label"], "ndethist": summary["ndet"] + history,
        "ncovhist": summary["ndet"] + history + rng.integers(50, 1500, sky.n), "stellar": stellar,
        "mjdstarthist": np.round(summary["firstmjd"] - history * 1.7, 7), "mjdendhist": summary["lastmjd"],
        "step_id_corr": np.where(sky.new, "27.5.6", "corr_bulk_0.0.1")})
    store.add("magstats", {**{name: column for name, column in stats.items() if name != "index"},
                           "oid": oid[stats["index"]]})
    store.add("probabilities", classification.probabilities(rng, oid, sky.objects["label"], summary["ndet"],
                                                            summary["lastmjd"]))
    counts = np.maximum(summary["ndet"], 1)
    known = {**summary, "rb": np.round(np.bincount(index, detections["rb"]) / counts, 7),
             "positive_fraction": np.bincount(index, detections["isdiffpos"] > 0) / counts}
    store.add("features", features(rng, oid, known, stats))


def _add_sky(store, n_objects, seed):
    sky = Sky(n_objects, seed)
    detections = sky.detections()
    _summarised(store, sky, detections)
    store.add("detections", {name: column for name, column in detections.items() if name != "index"})
    store.add("upper_limits", sky.upper_limits())
    store.add("bad_quality", sky.bad_quality())
    store.add("forced_photometry", sky.forced_photometry())
    _add_lsst(store, LsstSky(sky, seed))


def _add_lsst(store, sky):
    if not sky.n:
        return
    known, detections, forced = sky.objects, sky.detections(), sky.forced_photometry()
    table = lsst_summaries.objects(detections, forced, known["oid"], known["solar"])
    store.add("lsst_objects", {**table, "true_class": known["label"], "ztf_oid": known["ztf_oid"]})
    store.add("lsst_dia_objects", lsst_summaries.dia_objects(detections, forced, table))
    for name, columns in (("lsst_detections", detections), ("lsst_forced_photometry", forced)):
        store.add(name, {column: values for column, values in columns.items() if column != "index"})
    dia = ~known["solar"]
    store.add("lsst_probabilities", classification.lsst_probabilities(sky.rng, known["oid"][dia], known["label"][dia]))


def build(path, *, n_objects, seed, alerts=None):
    """Make a store.

    Parameters
    ----------
    path : str
        The file.
    n_objects, seed : int
        Size and seed of the synthetic sky.
    alerts : str, optional
        Folder of alert packets (Avro) of ZTF and Rubin.
    """
    store = Store(path, create=True)
    extra = lsst_extra = ()
    if alerts is not None:
        from . import lsst_packets, packets
        packets.add_packets(store, alerts)
        extra, lsst_extra = (packets.CLASSIFIER,), (lsst_packets.CLASSIFIER,)
    if n_objects:
        _add_sky(store, n_objects, seed)
    store.add("classifiers", classification.classifier_rows(extra))
    store.add("lsst_classifiers", classification.lsst_classifier_rows(lsst_extra))
    store.finish()
