# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which alerts are meant: those named, or those of an object that ALeRCE keeps."""

import numbers
from typing import NamedTuple

import numpy as np

from ..arguments import check_survey
from ..exceptions import CandidError, InvalidArgumentError

__all__ = ["Alert", "plan_of_alerts"]


class Alert(NamedTuple):
    """One alert: the id of its object (or None), its own, its epoch (MJD, d, or None) and the scale of that."""

    object_id: str | None
    candid: int
    mjd: float | None = None
    scale: str | None = None

    def item(self, by_alert):
        """What was asked by the user that this alert is for: itself, or its object."""
        return str(self.candid) if by_alert else self.object_id


def plan_of_alerts(broker, make, object_id, candid, measurement_id, survey, *, every=False):
    """The plan for alerts that are named, or for alerts of objects, which are looked up first.

    ``make(alerts, survey, items, scalar, by_alert)`` makes the plan; ``every`` asks for all alerts of an object that
    have stamps, in place of the first.
    """
    if candid is not None and measurement_id is not None:
        raise InvalidArgumentError("candid and measurement_id are two names for the id of an alert; give one.")
    candid = measurement_id if candid is None else candid
    if object_id is None and candid is None:
        raise InvalidArgumentError("Give object_id, the id of an object, or candid, the id of an alert.")
    if candid is not None:
        return _named(broker, make, object_id, candid, survey)
    ids, scalar, survey = broker._objects(object_id, survey)

    def then(table):
        alerts = _kept(table, ids, every)
        if scalar and not alerts:
            raise CandidError(f"{broker.broker} keeps no alert of {ids[0]}: it has no detection with stamps.",
                              broker=broker.broker)
        return make(alerts, survey, tuple(ids), scalar, False)

    plan = type(broker).query_detections.verb.body(broker, ids, survey=survey)
    plan.then = then
    return plan


def _named(broker, make, object_id, candid, survey):
    scalar = isinstance(candid, (str, numbers.Integral)) or not np.iterable(candid)
    candids = [_candid(one) for one in ([candid] if scalar else list(candid))]
    if not candids:
        raise InvalidArgumentError("candid is empty; give at least one id of an alert.")
    if object_id is None:
        survey = check_survey("ztf" if survey is None else survey, broker.surveys)
        if survey != "ztf":
            raise InvalidArgumentError(f"The alerts of {survey} are found by object_id and candid together.")
        owners = [None] * len(candids)
    else:
        several = not isinstance(object_id, (str, numbers.Integral))
        owners = list(object_id) if several else [object_id] * len(candids)
        if len(owners) != len(candids):
            raise InvalidArgumentError(f"{len(owners)} object ids do not go with {len(candids)} ids of alerts; give "
                                       "one object, or as many as alerts.")
        checked = [broker._objects(owner, survey) for owner in owners]
        survey = checked[0][2]
        if any(other[2] != survey for other in checked):
            raise InvalidArgumentError("The objects are of several surveys; ask for one survey at a time.")
        owners = [ids[0] for ids, _, _ in checked]
    alerts = list(dict.fromkeys(map(Alert, owners, candids)))
    return make(alerts, survey, tuple(alert.item(True) for alert in alerts), scalar, True)


def _candid(value):
    text = str(value).strip()
    if isinstance(value, (bool, float, np.floating)) or not text.isdecimal() or not 0 < int(text) < 2**63:
        raise InvalidArgumentError(f"candid={value!r} is not the id of an alert: an integer of 64 bits, or its digits.")
    return int(text)


def _kept(table, ids, every):
    """The alerts with stamps among detections, by object in the order asked and then by time."""
    candid = "candid" if "candid" in table.colnames else "measurement_id"
    there = np.ma.filled(table["has_stamp"], False) & ~np.ma.getmaskarray(table[candid])
    table = table[there.astype(bool)]
    rank = {item: place for place, item in enumerate(ids)}
    owners, inverse = np.unique(np.asarray(table["oid"]).astype(str), return_inverse=True)
    ranks = np.array([rank.get(str(owner), len(rank)) for owner in owners], dtype=int)[inverse]
    mjd, candids = np.asarray(table["mjd"], dtype=float), np.asarray(table[candid])
    order = np.lexsort((candids, mjd, ranks))
    if not every:
        order = order[np.unique(ranks[order], return_index=True)[1]]
    scale = (table["mjd"].meta.get("time") or {}).get("scale")
    return [Alert(ids[place], *values, scale) for place, *values in
            zip(ranks[order].tolist(), candids[order].tolist(), mjd[order].tolist())]
