# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's resolver of names (``/api/v1/resolver``) of both surveys. Nearly all values are text, ``nan`` is a word.

``reverse`` is on for JSON's true only, ``nmax`` must be a number.
"""

from functools import cached_property

from .. import fink_tns, solar_system
from ..fink_lsst_alerts import LsstRows, fink_column
from ..fink_lsst_objects import DiaRows, object_column
from ..fink_ztf_alerts import JD_OF_MJD, ZtfRows, packet_column
from ..fink_ztf_science import science_column
from .fink_tables import send
from .wire import is_number

__all__ = ["LsstResolver", "ZtfResolver"]

# What Sesame knows: name by which it is asked, number, name there, type, position, redshift, morphology, references.
_SESAME = {
    "m31": (1575544, "M  31", "AGN", 10.684708, 41.26875, -0.001, "SA(s)b", 11500),
    "3c273": (5149, "3C 273", "QSO", 187.27791535, 2.05238857, 0.15834, None, 6100),
    "ngc4636": (4123, "NGC  4636", "GiG", 190.707675, 2.687786, 0.00313, "E0", 1600)}


def _matched(rows, most):
    from pandas import DataFrame

    if not isinstance(most, int):
        raise TypeError("the limit is no number")
    return DataFrame(rows[:most])


def _simbad(name):
    """The answer of Sesame: one row, or none; a null is a null."""
    from astropy.coordinates import Angle
    from pandas import DataFrame

    found = _SESAME.get(name.lower().replace(" ", ""))
    if found is None:
        return DataFrame({})
    number, known, kind, ra, dec, z, morphology, count = found
    place = (Angle(ra, "deg").to_string(unit="hour", sep=":", precision=2, pad=True),
             Angle(dec, "deg").to_string(unit="deg", sep=":", precision=1, pad=True, alwayssign=True))
    return DataFrame([{"name": "Sc=Simbad (CDS, via client/server)", "oid": number, "otype": kind,
                       "jpos": " ".join(place), "jradeg": ra, "jdedeg": dec, "refPos": "2020yCat.1350....0G", "z": z,
                       "MType": morphology, "oname": known, "nrefs": count}])


class _Resolver:
    def __init__(self, store):
        self.store = store

    @cached_property
    def names(self):
        """The table of the name server."""
        return fink_tns.entries(self.store)

    def __call__(self, arguments):
        resolver = arguments["resolver"]
        if resolver not in ("tns", "simbad", "ssodnet"):
            raise ValueError(f"no such resolver: {resolver}")
        reverse = arguments.get("reverse") is True
        table = getattr(self, f"_{resolver}")(arguments[self.argument], reverse, arguments.get("nmax", 10))
        return send(table, arguments)


class ZtfResolver(_Resolver):
    """The resolver of ZTF.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    argument = "name"

    def _tns(self, name, reverse, most):
        if name and reverse:
            rows = [row for row in self.names if row["internalname"] == name]
        else:
            rows = [row for row in self.names if row["fullname"].lower().startswith(name.lower())]
        return _matched([{f"d:{key}": row[key] for key in sorted(row)} for row in rows], most)

    def _alerts(self, name):
        return ZtfRows(self.store, "oid >= ? AND oid < ?", parameters=(name, name + chr(0x10FFFF)))

    def _simbad(self, name, reverse, most):
        if not reverse:
            return _simbad(name)
        rows = self._alerts(name)
        columns = {"d:cdsxmatch": science_column("cdsxmatch", rows), "i:candid": rows.alert, "i:dec": rows["dec"],
                   "i:jd": rows["mjd"] + JD_OF_MJD, "i:objectId": rows["oid"], "i:ra": rows["ra"]}
        return _matched([dict(zip(columns, map(str, values))) for values in zip(*(
            column.tolist() for column in columns.values()))], most)

    @staticmethod
    def _bodies(known):
        """Rows of the table of designations: one for each way to write a body."""
        return [{"i:name": body.name, "i:number": str(body.number or "nan"), "i:ssnamenr": name}
                for body in solar_system.BODIES for name in body.ztf if known(body, name)]

    def _ssodnet(self, name, reverse, most):
        if reverse:
            names = set(packet_column("ssnamenr", self._alerts(name)))
            return _matched([{key: row[key] for key in ("i:number", "i:name", "i:ssnamenr")}
                             for row in self._bodies(lambda body, known: known in names)], most)
        if most < 1:
            raise ValueError("the limit is too small")
        wanted = str(name).lower()
        if most == 1:
            # Exactly the name, and then all of its designations.
            return _matched(self._bodies(lambda body, known: wanted in (
                body.name.lower(), str(body.number), known.lower())), 10)
        return _matched(self._bodies(lambda body, known: any(
            word.lower().startswith(wanted) for word in (body.name, str(body.number), known))), most)


class LsstResolver(_Resolver):
    """The resolver of Rubin.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    argument = "name_or_id"

    def _tns(self, name, reverse, most):
        if name and reverse:
            rows = LsstRows(self.store, "oid = ?", parameters=(int(name) if is_number(name) else -1,))
            names = ("xm_tns_fullname", "xm_tns_redshift", "xm_tns_type")
            found = {row: None for row in zip(*(fink_column(column, rows).tolist() for column in names)) if row[0]}
            return _matched([{"f:xm_tns_fullname": full, "f:xm_tns_redshift": str(z), "f:xm_tns_type": kind or "nan",
                              "r:diaObjectId": name} for full, z, kind in found], most)
        # Its key begins with the last letter of the name: a part of a name finds nothing.
        rows = [row for row in self.names if not name or (
            row["fullname"].lower()[-1] == name.lower()[-1] and row["fullname"].lower().startswith(name.lower()))]
        return _matched([{**{f"f:{key}": row[key] for key in sorted(row)}, "f:salt": row["fullname"][-1]}
                         for row in rows], most)

    def _simbad(self, name, reverse, most):
        if not reverse:
            return _simbad(name)
        rows = DiaRows(self.store, f"[{int(name)}]" if is_number(name) else "[]")
        labels = object_column("main_label_crossmatch", rows.last).tolist() if rows.size else []
        return _matched([{"f:main_label_crossmatch": label or "nan", "r:dec": str(dec), "r:diaObjectId": str(oid),
                          "r:ra": str(ra)} for label, dec, oid, ra in zip(
                              labels, rows["dec"].tolist(), rows["oid"].tolist(), rows["ra"].tolist())], most)

    def _moving(self, use):
        rows = LsstRows(self.store, sid=2)
        return [(solar_system.rubin_body(oid), oid, source) for oid, source in zip(
            rows.columns["oid"], rows.columns["measurement_id"]) if use(solar_system.rubin_body(oid), oid)]

    def _ssodnet(self, name, reverse, most):
        if reverse:
            found = self._moving(lambda body, oid: str(oid) == name)
            return _matched([{"r:diaSourceId": str(source), "r:packed_primary_provisional_designation": body.packed,
                              "r:ssObjectId": str(oid), "r:unpacked_primary_provisional_designation":
                              solar_system.unpacked(body.packed)} for body, oid, source in found], most)
        wanted = solar_system.named(name)
        if wanted is None:
            raise ValueError("no such body")
        found = self._moving(lambda body, oid: body is wanted)
        return _matched([{"r:diaSourceId": source, "r:packed_primary_provisional_designation": body.packed,
                          "r:ssObjectId": oid, "f:sso_name": body.name} for body, oid, source in found], most)
