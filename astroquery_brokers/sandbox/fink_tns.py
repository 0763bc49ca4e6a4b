# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The Transient Name Server's view of the synthetic sky: names, types and redshifts of its supernovae."""

import numpy as np

from .draws import numbers, short, uniform

__all__ = ["TYPES", "entries", "names"]

TYPES = {"SNIa": "SN Ia", "SNII": "SN II", "SLSN": "SLSN-I"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def names(oids, labels, mjd):
    """Full name, type and redshift for objects, None and NaN where the server does not know one.

    Parameters
    ----------
    oids : array of object
        Names of the objects as text; for one that ZTF has, ZTF's.
    labels : array of text
        True classes.
    mjd : array
        Time of the first detection, for the year of the name.
    """
    keys = numbers(oids) if len(oids) else np.zeros(0, dtype=np.int64)
    known = np.isin(labels, list(TYPES)) & (uniform(keys, "tns") < 0.7)
    classified = known & (uniform(keys, "classified") < 0.7)
    full, kinds = np.full(len(keys), None, dtype=object), np.full(len(keys), None, dtype=object)
    years = np.floor(2000 + (np.asarray(mjd, dtype=float) - 51544) / 365.25).astype(int)
    for place in np.flatnonzero(known).tolist():
        code = int(keys[place]) % 26 ** 4
        word = "".join(_LETTERS[code // 26 ** power % 26] for power in range(3 if code >= 26 ** 3 else 2, -1, -1))
        full[place] = f"{'SN' if classified[place] else 'AT'} {years[place]}{word}"
        if classified[place]:
            kinds[place] = TYPES[labels[place]]
    redshift = np.where(classified, short(0.01 + 0.2 * uniform(keys, "redshift")), np.nan)
    return full, kinds, redshift


def entries(store):
    """The table of the name server: a list of dictionaries of text, sorted by name; a type may be the word ``nan``.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    from astropy.time import Time

    rows = store.dicts("SELECT oid, true_class, firstmjd, meanra, meandec FROM objects ORDER BY oid")
    known = {row["oid"] for row in rows}
    rows += [row for row in store.dicts(
        "SELECT ifnull(ztf_oid, CAST(oid AS TEXT)) AS oid, true_class, firstmjd, meanra, meandec FROM lsst_objects "
        "WHERE sid = 1 ORDER BY oid") if row["oid"] not in known]
    full, kinds, redshift = names(np.array([row["oid"] for row in rows], dtype=object),
                                  np.array([row["true_class"] or "" for row in rows]),
                                  [row["firstmjd"] for row in rows])
    found = []
    for row, name, kind, z in zip(rows, full, kinds, redshift.tolist()):
        if name is None:
            continue
        base = {"internalname": row["oid"] if row["oid"].startswith("ZTF") else "nan", "ra": f"{row['meanra']:.6f}",
                "declination": f"{row['meandec']:.6f}", "discoverydate": Time(row["firstmjd"], format="mjd").iso}
        # What is classified is there by both names.
        if name.startswith("SN"):
            found.append({**base, "fullname": name.replace("SN ", "AT "), "type": "nan", "redshift": "nan"})
        found.append({**base, "fullname": name, "type": kind or "nan", "redshift": "nan" if z != z else str(z)})
    return sorted(found, key=lambda row: row["fullname"])
