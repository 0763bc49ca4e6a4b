# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Native measurements on the way to the canonical light curve: what is the same for all brokers."""

import numpy as np

from .tables import concatenate

__all__ = ["either", "measured", "native_columns"]


def native_columns(broker, answers, name):
    """The rows of one native table in all answers.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
        Who was asked.
    answers : list of ``astroquery_brokers.query.Answer``
        What came back.
    name : str
        The table's dictionary.

    Returns
    -------
    `~astroquery_brokers.tables.Decoded` or None
        The rows of an object are beside each other; None where there are no rows.

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.measurements import native_columns
    >>> native_columns(Alerce, [], "ztf_detections") is None
    True
    """
    parts = [part for answer in answers for part in answer.tables.get(name, ()) if part.length]
    return concatenate(parts, broker._dictionary(name)) if parts else None


def measured(broker, decoded, name, kind):
    """What canonical measurements of all kinds have.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
        Who was asked.
    decoded : `~astroquery_brokers.tables.Decoded`
        Native rows of this kind, those of an object beside each other.
    name : str
        The table's dictionary.
    kind : str
        ``"detection"``, ``"forced"``, ``"upper_limit"`` or ``"bad_quality"``.

    Returns
    -------
    dict
        ``object_id``, ``broker``, ``kind``, ``origin`` and ``origin_row``, for
        `~astroquery_brokers.tables.lightcurve.light_curve`.

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.measurements import measured
    >>> from astroquery_brokers.tables import decode_rows
    >>> rows = [{"oid": "ZTF20aaelulu"}, {"oid": "ZTF20aaelulu"}, {"oid": "ZTF18abbuksn"}]
    >>> decoded = decode_rows(rows, Alerce._dictionary("ztf_detections"))
    >>> measured(Alerce, decoded, "ztf_detections", "detection")["origin_row"].tolist()
    [0, 1, 0]
    """
    objects = decoded.masked(broker._dictionary(name).main_id).astype(str)
    starts = np.flatnonzero(np.concatenate([[True], objects.data[1:] != objects.data[:-1]]))
    lengths = np.diff([*starts, len(objects)])
    return {"object_id": objects, "broker": broker.broker, "kind": kind, "origin": name,
            "origin_row": np.arange(len(objects)) - np.repeat(starts, lengths)}


def either(first, second):
    """Values of one column, where they are there, else of another one.

    Parameters
    ----------
    first, second : `numpy.ma.MaskedArray`
        In the same unit (mag, say), of shape ``(n,)``.

    Returns
    -------
    `numpy.ma.MaskedArray`
        In the same unit (mag, say), of shape ``(n,)``; masked where both are.

    Examples
    --------
    >>> import numpy as np
    >>> from astroquery_brokers.measurements import either
    >>> either(np.ma.array([0.9, 0.0], mask=[False, True]), np.ma.array([0.5, 0.4])).tolist()
    [0.9, 0.4]
    """
    missing = np.ma.getmaskarray(first)
    return np.ma.array(np.where(missing, second.data, first.data), mask=missing & np.ma.getmaskarray(second))
