# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Systems of positions and times: COOSYS and TIMESYS from the ``meta`` of columns, and back.

A FIELD has room for one system, and a system for what VOTable says of it; the rest stays in the column's ``extra``.
"""

import math
import re
import warnings
from functools import cache

from astropy.io.votable.tree import CooSys, TimeSys
from astropy.utils.exceptions import AstropyUserWarning

from . import sidecar

__all__ = ["Systems", "system_meta"]

_FRAMES = {"ICRS": "ICRS", "FK5": "eq_FK5", "FK4": "eq_FK4", "GALACTIC": "galactic"}
_FRAME_NAMES = {system: frame for frame, system in _FRAMES.items()}
_ORIGINS = {"mjd": "MJD-origin", "jd": "JD-origin"}
_ORIGIN_NAMES = {text: origin for origin, text in _ORIGINS.items()}
_YEAR = re.compile("[JB]?[0-9]+([.][0-9]*)?")
_WORD = re.compile("[!-~]+")


def system_meta(system):
    """What ``meta`` says of a column in a system.

    Parameters
    ----------
    system : `~astropy.io.votable.tree.CooSys`, `~astropy.io.votable.tree.TimeSys` or None

    Returns
    -------
    dict
        ``"time"`` (scale, origin, refposition), or ``"frame"`` and, where there is more to say, ``"coosys"`` (epoch,
        equinox, refposition).
    """
    if isinstance(system, CooSys):
        more = {key: getattr(system, key) for key in ("epoch", "equinox", "refposition") if getattr(system, key)}
        meta = {"frame": _FRAME_NAMES.get(system.system, system.system), "coosys": more}
        return {key: value for key, value in meta.items() if value}
    if isinstance(system, TimeSys):
        known = {"scale": (system.timescale or "UNKNOWN").lower(),
                 "origin": _ORIGIN_NAMES.get(system.timeorigin, system.timeorigin),
                 "refposition": system.refposition or "UNKNOWN"}
        return {"time": {key: value for key, value in known.items()
                         if value is not None and str(value).upper() != "UNKNOWN"}}
    return {}


class Systems:
    """The systems of a document, each written once.

    Parameters
    ----------
    resource : `~astropy.io.votable.tree.Resource`
        Gets the systems.
    ids : callable
        Gives a document-wide unique XML ID like the text it is called with.
    config : dict
        Of the document.
    """

    def __init__(self, resource, ids, config):
        self._resource, self._ids, self._config = resource, ids, config
        self._known = {}

    def refer(self, field, column):
        """Bind a FIELD to the system of its column.

        What does not come back from there is put into the column's ``extra``.
        """
        system, said = None, {}
        if "coosys" in column.extra:
            said["coosys"] = column.extra.pop("coosys")
        if column.frame is not None:
            said["frame"] = column.frame
        if column.time is not None:
            said["time"] = sidecar.storable(column.time, f"the time system of column {column.name!r}")
            system = self._time(column)
        elif column.frame is not None:
            system = self._position(column, said.get("coosys"))
        read = {}
        if system is not None:
            field.ref = system.ID
            read = system_meta(system)
        for key, value in said.items():
            if isinstance(value, dict) and key in read:
                value = {name: item for name, item in value.items()
                         if name not in read[key] or item != read[key][name]}
                is_read = not value
            else:
                is_read = key in read and value == read[key]
            if not is_read:
                column.extra[key] = value

    def _time(self, column):
        system = column.time
        scale, position = (_word(system.get(key)).upper() for key in ("scale", "refposition"))
        origin = _origin(column)
        return self._once(TimeSys, f"time_{scale.lower()}_{str(system.get('origin') or 'date')}",
                          timescale=scale, refposition=position, timeorigin=origin)

    def _position(self, column, more):
        frame = _FRAMES.get(column.frame.upper()) or _systems().get(column.frame.upper())
        if frame is None:
            warnings.warn(f"column {column.name!r}: the frame {column.frame!r} is written without a coordinate system, "
                          f"as VOTable has none for it; it has {', '.join(_FRAMES)}, "
                          f"{', '.join(sorted(set(_systems().values()) - set(_FRAME_NAMES)))}", AstropyUserWarning,
                          stacklevel=2)
            return None
        more = more if isinstance(more, dict) else {}
        years = {key: more[key] for key in ("epoch", "equinox")
                 if isinstance(more.get(key), str) and _YEAR.fullmatch(more[key])}
        if self._config.get("version_1_5_or_later") and isinstance(more.get("refposition"), str):
            years["refposition"] = _word(more["refposition"])
        return self._once(CooSys, f"frame_{column.frame.lower()}", system=frame, **years)

    def _once(self, kind, name, **attributes):
        key = kind, *attributes.items()
        if key not in self._known:
            self._known[key] = system = kind(ID=self._ids(name), config=self._config, **attributes)
            systems = self._resource.time_systems if kind is TimeSys else self._resource.coordinate_systems
            systems.append(system)
        return self._known[key]


@cache
def _systems():
    """VOTable's names of coordinate systems, by how they are in capitals."""
    names = CooSys(ID="any", system="ICRS").reference_frames - {"UNKNOWN"}
    return {name.upper(): name for name in sorted(names)}


def _word(text):
    return text if isinstance(text, str) and _WORD.fullmatch(text) else "UNKNOWN"


def _origin(column):
    origin = column.time.get("origin")
    if not isinstance(origin, (str, int, float)):
        return None
    if origin in _ORIGINS or origin in _ORIGIN_NAMES:
        return _ORIGINS.get(origin, origin)
    try:
        if math.isfinite(float(origin)):
            return float(origin)
    except (ValueError, OverflowError):
        pass
    warnings.warn(f"column {column.name!r}: the time origin {origin!r} is not written to its TIMESYS, as VOTable has "
                  f"none for it; it has {', '.join(_ORIGINS)} and numbers, which are Julian dates", AstropyUserWarning,
                  stacklevel=2)
    return None
