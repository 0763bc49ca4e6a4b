# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink LSST: detections of known bodies of the solar system (``sso``).

Of what a packet tells about a body there is what this sky has; the rest of these columns is null, as it often is there.
"""

import numpy as np

from .. import solar_system
from ..draws import short, uniform
from ..fink_lsst_alerts import LsstRows
from .fink_lsst_objects import SOURCES, newest_first
from .fink_tables import Table, requested, send
from .fink_wire import is_true, refused
from .fink_ztf_solar import reduced

__all__ = ["SSO_TYPES", "SolarSystem"]

_PACKED = "packed_primary_provisional_designation"
_MJD_TO_JD, _TAI = 2400000.5, 37 / 86400
_DRAWN = {"elongation": (60, 175), "phaseAngle": (1, 28), "topoRange": (0.9, 2.4), "helioRange": (1.3, 3.0),
          "eclLambda": (0, 360), "eclBeta": (-15, 15), "galLon": (0, 360), "galLat": (-90, 90),
          "ephOffset": (0.001, 0.3), "ephOffsetRa": (-0.3, 0.3), "ephOffsetDec": (-0.3, 0.3)}
_EMPTY = (
    "topoRangeRate helioRangeRate ephVmag ephRate ephRateRa ephRateDec ephOffsetAlongTrack ephOffsetCrossTrack "
    + " ".join(f"{place}_{part}" for place in ("helio", "topo") for part in "x y z vx vy vz vtot".split())).split()
SSO_TYPES = {"designation": "string", _PACKED: "string", "ephRa": "double", "ephDec": "double",
             "diaDistanceRank": "int", **dict.fromkeys(("eclLambda", "eclBeta", "galLon", "galLat"), "double"),
             **{name: "float" for name in (*_DRAWN, *_EMPTY) if name not in ("eclLambda", "eclBeta", "galLon",
                                                                             "galLat")}}


def _column(name, rows):
    bare = name.split(":", 1)[1]
    if bare not in SSO_TYPES:
        return SOURCES.make(name, rows)
    if bare in ("designation", _PACKED):
        return np.array([_designation(rows, place, oid) for place, oid in enumerate(rows.columns["oid"])] + [None],
                        dtype=object)[:-1]
    if bare in _EMPTY:
        return np.full(rows.size, np.nan)
    if bare in ("ephRa", "ephDec"):
        return rows[bare[3:].lower()] + 1e-5
    if bare == "diaDistanceRank":
        return np.ones(rows.size)
    low, high = _DRAWN[bare]
    return short(low + (high - low) * uniform(rows.alert, bare))


def _designation(rows, place, oid):
    record = rows.records.get(place)
    return solar_system.rubin_body(oid).packed if record is None else (record.get("mpc_orbits") or {}).get(_PACKED)


TABLE = Table({name: kind for name, kind in SOURCES.types.items() if name.startswith("r:")}
              | {f"r:{name}": kind for name, kind in SSO_TYPES.items()}, _column, fixed=True)


class SolarSystem:
    """The endpoint.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self.store = store

    def sso(self, arguments):
        columns, text = requested(arguments), str(arguments["n_or_d"])
        residuals = is_true(arguments.get("withResiduals"))
        with_ephemerides = residuals or is_true(arguments.get("withEphem"))
        needed = [_PACKED, *(("midpointMjdTai", "psfFlux") if with_ephemerides else ())]
        if columns is not None:
            columns += [f"r:{name}" for name in needed if f"r:{name}" not in ",".join(columns)]
        names = [name.strip() for name in text.split(",")]
        if residuals and len(names) > 1:
            raise refused("You cannot request residuals for a list object names.\n")
        bodies = {}
        for name in names:
            body = solar_system.named(name)
            if body is None:
                raise refused(f"{name} is not a valid name or number according to quaero.\n")
            bodies[body.packed] = body.name
        rows = LsstRows(self.store, sid=2)
        packed = _column(f"r:{_PACKED}", rows)
        rows = rows.take(np.flatnonzero(np.isin(packed.astype(str), list(bodies))).tolist())
        frame = TABLE.frame(rows, columns)
        if frame.empty:
            return send(frame, arguments)
        frame["f:sso_name"] = [bodies[name] for name in frame[f"r:{_PACKED}"]]
        frame = newest_first(self._with_ephemerides(frame, rows) if with_ephemerides else frame)
        return send(frame, arguments)

    @staticmethod
    def _with_ephemerides(frame, rows):
        table = solar_system.ephemerides(rows.alert, rows["mjd"] + _MJD_TO_JD - _TAI, rows["ra"], rows["dec"])
        for name, values in {**table, "IAU_code": "X05"}.items():
            frame[name] = values
        flux = frame["r:psfFlux"].to_numpy(dtype=float)
        with np.errstate(invalid="ignore", divide="ignore"):
            frame["i:magpsf_red"] = reduced(31.4 - 2.5 * np.log10(np.where(flux > 0, flux, np.nan)), table)
        return frame
