# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fill a store: from the synthetic sky, from alert packets, or from both."""

import numpy as np

from . import classification, summaries
from .features import features
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
    store.add("forced_photometry", sky.forced_photometry())


def build(path, *, n_objects, seed, alerts=None):
    """Make a store.

    Parameters
    ----------
    path : str
        The file.
    n_objects, seed : int
        Size and seed of the synthetic sky.
    alerts : str, optional
        Folder of ZTF alert packets (Avro).
    """
    store = Store(path, create=True)
    extra = ()
    if alerts is not None:
        from .packets import CLASSIFIER, add_packets
        add_packets(store, alerts)
        extra = (CLASSIFIER,)
    if n_objects:
        _add_sky(store, n_objects, seed)
    store.add("classifiers", classification.classifier_rows(extra))
    store.finish()
