# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Classifiers, their classes, and made-up probabilities that know the true class nine times out of ten."""

import json

import numpy as np

from .draws import short

__all__ = ["CLASSIFIERS", "LSST_CLASSIFIERS", "classifier_rows", "lsst_classifier_rows", "lsst_probabilities",
           "probabilities"]

_STAMP = ("SN", "AGN", "VS", "asteroid", "bogus")
_TRANSIENT_1 = ("SNIa", "SNIbc", "SNII", "SLSN")
_STOCHASTIC_1 = ("QSO", "AGN", "Blazar", "CV/Nova", "YSO")
_PERIODIC_1 = ("LPV", "E", "DSCT", "RRL", "CEP", "Periodic-Other")
_BRANCHES = ("Transient", "Stochastic", "Periodic")
_LC_1 = _TRANSIENT_1 + _STOCHASTIC_1 + _PERIODIC_1
_TRANSIENT = ("SNIa", "SESN", "SNII", "SNIIn", "SLSN", "TDE")
_STOCHASTIC = ("Microlensing", "QSO", "AGN", "Blazar", "YSO", "CV/Nova")
_PERIODIC = ("LPV", "EA", "EB/EW", "Periodic-Other", "RSCVn", "CEP", "RRLab", "RRLc", "DSCT")
_LC = _TRANSIENT + _STOCHASTIC + _PERIODIC
_ATAT = ("SNIa", "SNIbc", "SNIIb") + _LC[2:]

# What GET /classifiers/ lists. Versions in use are not all listed there; that is so on the real service too.
CLASSIFIERS = (
    ("lc_classifier_transient", "hierarchical_random_forest_1.0.0", _TRANSIENT_1),
    ("lc_classifier_stochastic", "hierarchical_random_forest_1.0.0", _STOCHASTIC_1),
    ("lc_classifier_periodic", "hierarchical_random_forest_1.0.0", _PERIODIC_1),
    ("LC_classifier_ATAT_forced_phot(beta)", "beta", _ATAT),
    ("LC_classifier_BHRF_forced_phot(beta)", "beta", _ATAT),
    ("lc_classifier", "hierarchical_random_forest_1.0.0", _LC_1),
    ("lc_classifier_top", "hierarchical_random_forest_1.0.0", _BRANCHES),
    ("stamp_classifier", "stamp_classifier_1.0.0", _STAMP),
    ("stamp_classifier", "stamp_classifier_1.0.4", _STAMP),
    ("lc_classifier_BHRF_forced_phot", "2.1.0", _LC),
    ("lc_classifier_BHRF_forced_phot_top", "2.1.0", _BRANCHES),
    ("lc_classifier_BHRF_forced_phot_periodic", "2.1.0", _PERIODIC),
    ("lc_classifier_BHRF_forced_phot_stochastic", "2.1.0", _STOCHASTIC),
    ("lc_classifier_BHRF_forced_phot_transient", "2.1.0", _TRANSIENT),
    ("stamp_classifier_2025_beta", "beta", _STAMP + ("satellite",)))

# Rubin: number, name, version, classes.
LSST_CLASSIFIERS = ((1, "stamp_classifier_rubin_beta", "2.0.1", _STAMP),
                    (3, "stamp_classifier_rubin_beta_20260421", "2.0.2", _STAMP))

# True class: the names that the classifiers have for it.
_NAMES = {
    "SNIa": {"SN", "Transient", "SNIa"}, "SNII": {"SN", "Transient", "SNII"}, "SLSN": {"SN", "Transient", "SLSN"},
    "AGN": {"AGN", "Stochastic"}, "QSO": {"AGN", "Stochastic", "QSO"}, "RRL": {"VS", "Periodic", "RRL", "RRLab"},
    "CEP": {"VS", "Periodic", "CEP"}, "LPV": {"VS", "Periodic", "LPV"}, "EA": {"VS", "Periodic", "E", "EA"},
    "CV/Nova": {"VS", "Stochastic", "CV/Nova"}, "asteroid": {"asteroid"}, "bogus": {"bogus"}}


def classifier_rows(extra=()):
    """Columns of the table ``classifiers``; ``extra`` classifiers are added to the usual ones."""
    names, versions, classes = zip(*CLASSIFIERS, *extra)
    return {"classifier_name": names, "classifier_version": versions, "classes": [json.dumps(item) for item in classes]}


def _weights(label, classes):
    """The mean of each class's share for objects of each true class, true class first in the sense of weight."""
    weights = np.full((len(label), len(classes)), 0.25)
    for name in np.unique(label.astype(str)):
        # QSO is an AGN for a classifier without QSO only.
        mine = _NAMES[name] - ({"AGN"} if name == "QSO" and "QSO" in classes else set())
        for number, candidate in enumerate(classes):
            if candidate in mine:
                weights[label == name, number] = 6.0
    return weights


def _table(rng, oid, label, classifier, version, classes):
    weights = _weights(label, classes)
    wrong = rng.uniform(0, 1, len(label)) < 0.1
    weights[wrong] = rng.permuted(weights[wrong], axis=1)
    share = rng.gamma(weights)
    share /= share.sum(axis=1, keepdims=True)
    ranking = np.argsort(np.argsort(-share, axis=1, kind="stable"), axis=1, kind="stable") + 1
    count = len(classes)
    return {"oid": np.repeat(oid, count), "classifier_name": np.full(share.size, classifier, dtype=object),
            "classifier_version": np.full(share.size, version, dtype=object),
            "class_name": np.tile(np.array(classes, dtype=object), len(oid)),
            "probability": short(share).ravel(), "ranking": ranking.ravel(),
            "position": np.tile(np.arange(count), len(oid))}


def probabilities(rng, oid, label, ndet, lastmjd):
    """Columns of the table ``probabilities``.

    Parameters
    ----------
    rng : `numpy.random.Generator`
    oid, label : array of object
        Name and true class of each object.
    ndet, lastmjd : array
        Number of detections and time of the last: few detections have stamp classes only, new classifiers see new data.
    """
    lot = rng.uniform(0, 1, len(oid))
    curve = ndet >= 6
    forced = curve & (lastmjd > 59300) & (lot > 0.15)
    who = (
        ("stamp_classifier", "stamp_classifier_1.0.4", _STAMP, lot < 2),
        ("stamp_classifier", "stamp_classifier_1.0.0", _STAMP, (lot > 0.4) & (lot < 0.55) & (lastmjd < 59800)),
        ("lc_classifier", "lc_classifier_1.1.13", _LC_1, curve),
        ("lc_classifier", "hierarchical_random_forest_1.1.0", _LC_1, curve & (lot < 0.1)),
        ("lc_classifier_BHRF_forced_phot", "2.1.0", _LC, forced),
        ("lc_classifier_BHRF_forced_phot_top", "2.1.0", _BRANCHES, forced),
        ("lc_classifier_BHRF_forced_phot_transient", "2.1.0", _TRANSIENT, forced),
        ("lc_classifier_BHRF_forced_phot_stochastic", "2.1.0", _STOCHASTIC, forced),
        ("lc_classifier_BHRF_forced_phot_periodic", "2.1.0", _PERIODIC, forced),
        ("LC_classifier_ATAT_forced_phot(beta)", "1.0.0", _LC, forced & (lot > 0.8)),
        ("stamp_classifier_2025_beta", "2.1.1_beta", _STAMP + ("satellite",), lastmjd > 60600))
    parts = [_table(rng, oid[use], label[use], name, version, classes) for name, version, classes, use in who]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def lsst_classifier_rows(extra=()):
    """Columns of the table ``lsst_classifiers``; ``extra`` classifiers are added to the usual ones."""
    numbers, names, versions, classes = zip(*LSST_CLASSIFIERS, *extra)
    return {"classifier_id": numbers, "classifier_name": names, "classifier_version": versions,
            "classes": [json.dumps(item) for item in classes]}


def lsst_probabilities(rng, oid, label):
    """Columns of the table ``lsst_probabilities``: one object in sixteen has none, one in five of one classifier only.

    Parameters
    ----------
    rng : `numpy.random.Generator`
    oid : array of int
    label : array of object
        True class of each object.
    """
    lot, parts = rng.uniform(0, 1, len(oid)), []
    for limit, (number, name, version, classes) in zip((1 / 16, 1 / 5), LSST_CLASSIFIERS):
        use = lot > limit
        part = _table(rng, oid[use], label[use], name, version, classes)
        parts.append({**part, "classifier_id": np.full(len(part["oid"]), number)})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
