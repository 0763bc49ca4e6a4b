# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink ZTF: known bodies of the solar system (``sso``) and candidates (``ssocand``).

Names are resolved by services of IMCCE there, here from the list of bodies of the sky.
"""

from functools import cached_property

import numpy as np

from .. import solar_system
from ..draws import short, uniform
from ..fink_ztf_alerts import JD_OF_MJD, ZtfRows, packet_column
from ..fink_ztf_science import science_column
from . import fink_cutouts
from .fink_tables import requested, send
from .fink_wire import is_true, refused
from .fink_ztf_objects import INDEX, added, newest_first, with_cutouts

__all__ = ["SolarSystem", "resolved"]

_START = 2458788.5  # 2019-11-01


def resolved(names, text):
    """The bodies of some names; a name that no one knows is refused, with the whole text of the request."""
    bodies = [solar_system.named(name) for name in names]
    if None in bodies:
        raise refused(f"{text} is not a valid name or number according to quaero.\n")
    return bodies


def reduced(magnitude, table):
    """Magnitudes as at a distance of 1 au from Sun and observer."""
    return magnitude - 5 * np.log10(table["Dobs"] * table["Dhelio"])


class SolarSystem:
    """The endpoints.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self.store = store

    @cached_property
    def _known(self):
        """The alerts of known bodies, and their names in the packets."""
        rows = ZtfRows(self.store)
        names = packet_column("ssnamenr", rows)
        use = np.flatnonzero((names != "null") & (science_column("roid", rows) == 3)).tolist()
        return rows.take(use), names[use]

    def sso(self, arguments):
        columns, text = requested(arguments), str(arguments["n_or_d"])
        residuals = is_true(arguments.get("withResiduals"))
        if is_true(arguments.get("withcutouts")) and columns is not None and not {
                "i:objectId", "i:candid"} <= set(columns):
            raise refused("You need to add 'i:objectId,i:candid' to the columns.\n")
        if columns is not None and "i:ssnamenr" not in ",".join(columns):
            columns.append("i:ssnamenr")
        names = text.replace(" ", "").split(",")
        if residuals and len(names) > 1:
            raise refused("You cannot request residuals for a list object names.\n")
        owner = {name: body for body in resolved(names, text) for name in body.ztf}
        known, called = self._known
        rows = known.take(np.flatnonzero(np.isin(called.astype(str), list(owner))).tolist())
        frame = INDEX.frame(rows, columns)
        if frame.empty:
            return send(frame, arguments)
        frame = newest_first(added(frame, rows) if columns is None else frame)
        frame["sso_name"] = [owner[name].name for name in frame["i:ssnamenr"]]
        frame["sso_number"] = [owner[name].number for name in frame["i:ssnamenr"]]
        if is_true(arguments.get("withcutouts")):
            frame = self._with_cutouts(frame, arguments)
        if residuals or is_true(arguments.get("withEphem")):
            frame = self._with_ephemerides(frame, rows, residuals)
        return send(frame, arguments)

    def _with_cutouts(self, frame, arguments):
        kind = arguments.get("cutout-kind", "Science")
        if kind not in fink_cutouts.KINDS:
            raise refused("`cutout-kind` must be `Science`, `Difference`, or `Template`.\n")
        return with_cutouts(self.store, frame, kind)

    @staticmethod
    def _with_ephemerides(frame, rows, residuals):
        if "i:jd" not in frame or "i:magpsf" not in frame:
            raise refused("We could not obtain the ephemerides information. Check Miriade availabilities.")
        places = {jd: place for place, jd in enumerate((rows["mjd"] + JD_OF_MJD).tolist())}
        order = [places[jd] for jd in frame["i:jd"]]
        # The middle of the exposure.
        table = solar_system.ephemerides(rows.alert[order], frame["i:jd"].to_numpy() + 15 / 86400, rows["ra"][order],
                                         rows["dec"][order])
        for name, values in {**table, "IAU_code": "I41"}.items():
            frame[name] = values
        frame["i:magpsf_red"] = reduced(frame["i:magpsf"].to_numpy(), table)
        if residuals:
            # The fit of a phase curve; here, the mean of each band. With a few points it fails.
            names = ["i:magpsf_red", "i:sigmapsf", "i:fid", "i:ra", "i:dec"]
            group = frame[names].groupby("i:fid")["i:magpsf_red"]
            frame["residuals_shg1g2"] = frame["i:magpsf_red"] - group.transform("mean") if len(frame) > 3 else np.nan
        return frame

    @cached_property
    def _candidates(self):
        """The alerts that may be of unknown bodies, and the trajectory of each."""
        rows = ZtfRows(self.store)
        rows = rows.take(np.flatnonzero(science_column("roid", rows) == 2).tolist())
        days = (np.datetime64("1858-11-17") + np.floor(rows["firstmjd"]).astype(np.int64)).astype(str)
        names = [f"FF{day.replace('-', '')}{oid[5:]}" for day, oid in zip(days.tolist(), rows.columns["oid"])]
        return rows, np.array(names, dtype=object)

    def ssocand(self, arguments):
        from astropy.time import Time
        from pandas import DataFrame

        rows, names = self._candidates
        kind, wanted = arguments["kind"], arguments.get("ssoCandId")
        most = arguments.get("maxnumber", 10000)
        use = np.ones(rows.size, dtype=bool) if wanted is None else names == str(wanted)
        if kind == "orbParams":
            first = {name: place for place, name in reversed(list(enumerate(names.tolist()))) if use[place]}
            return send(DataFrame(self._orbits(rows.take(first.values()), list(first))), arguments)
        if kind != "lightcurves":
            raise ValueError(f"no such kind: {kind}")
        start = Time(arguments["start_date"], format="iso").jd if "start_date" in arguments else _START
        stop = Time(arguments["stop_date"], format="iso").jd if "stop_date" in arguments else np.inf
        jd = rows["mjd"] + JD_OF_MJD
        found = [place for place in np.argsort(jd, kind="stable").tolist() if use[place] and start <= jd[place] < stop]
        part = rows.take(found[:most])
        table = {f"d:{name}": packet_column(name, part) for name in (
            "candid", "dec", "fid", "jd", "magpsf", "nid", "objectId", "ra", "sigmapsf")}
        for name in ("d:fid", "d:nid"):
            table[name] = table[name].astype(np.int64)
        table["d:ssoCandId"] = names[found[:most]]
        return send(DataFrame(dict(sorted(table.items()))) if found else DataFrame({}), arguments)

    @staticmethod
    def _orbits(rows, names):
        if not names:
            return {}

        def drawn(word, low, high):
            return short(low + (high - low) * uniform(rows.object, word))

        table = {"ssoCandId": names, "ref_epoch": rows["firstmjd"] + JD_OF_MJD}
        for name, low, high in (("a", 1.8, 3.4), ("e", 0.01, 0.4), ("i", 0.5, 30), ("long_node", 0, 360),
                                ("arg_peric", 0, 360), ("mean_anomaly", 0, 360)):
            table[name], table[f"rms_{name}"] = drawn(name, low, high), drawn(f"rms{name}", 0.001, 0.1)
        table["chi_reduced"] = drawn("chi", 0.4, 2)
        return {f"d:{name}": table[name] for name in sorted(table)}
