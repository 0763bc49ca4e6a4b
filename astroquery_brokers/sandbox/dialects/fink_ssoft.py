# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's table of solar-system objects (``ssoft``) and their light curves in one file (``ssobulk``), of both surveys.

The files are made every month; one that does not exist is not noticed, what the file system says instead is passed on.
Those of Rubin came after release 3.5.0 (repository of 2026-08).
"""

import io
import json

import numpy as np

from .. import solar_system
from ..draws import numbers, short, uniform
from .fink_tables import requested, send
from .fink_wire import content, refused
from .wire import FlaskJSON

__all__ = ["SolarTables"]

_TYPES = {"d": "double", "i": "int", "s": "str"}
_BOTH = (
    "ssnamenr:s sso_name:s sso_number:i last_jd:d H_1:d H_2:d err_H_1:d err_H_2:d min_phase:d min_phase_1:d "
    "min_phase_2:d max_phase:d max_phase_1:d max_phase_2:d chi2red:d rms:d rms_1:d rms_2:d median_error_phot:d "
    "median_error_phot_1:d median_error_phot_2:d mean_astrometry:d std_astrometry:d skew_astrometry:d "
    "kurt_astrometry:d period:d period_chi2red:d n_obs:i n_obs_1:i n_obs_2:i n_days:i n_days_1:i n_days_2:i fit:i "
    "status:i flag:i version:s")
_SLOPES = "G1_1:d G1_2:d G2_1:d G2_2:d "
_ERRORS = "err_G1_1:d err_G1_2:d err_G2_1:d err_G2_2:d "
_SPIN = "alpha0:d delta0:d alpha0_alt:d delta0_alt:d obliquity:d "
_ANGLES = "err_alpha0:d err_delta0:d max_cos_lambda:d mean_cos_lambda:d min_cos_lambda:d"
_FLAVORS = {
    "SOCCA": f"{_SLOPES}a_b:d a_c:d phi0:d {_SPIN}{_ERRORS}err_a_b:d err_a_c:d err_phi0:d err_period:d {_ANGLES}",
    "SHG1G2": f"{_SLOPES}R:d a_b:d a_c:d {_SPIN}{_ERRORS}err_R:d {_ANGLES}",
    "HG1G2": _SLOPES + _ERRORS, "HG": "G_1:d G_2:d err_G_1:d err_G_2:d"}
_BULK = ("cra cdec cband cmidpointMjdTai cphaseAngle cephRa cephDec ctopoRange chelioRange cephOffsetRa cephOffsetDec "
         "cjdUtc chelioRa chelioDec cmagpsf csigmapsf").split()
_ZTF_BULK = "cjd cra cdec cfid cmagpsf csigmapsf Phase Dobs Dhelio residuals_shg1g2".split()
_NO_FILE = {"RemoteException": {"exception": "FileNotFoundException", "javaClassName": "java.io.FileNotFoundException",
                                "message": "File does not exist: /SSOFT"}}


def _types(flavor):
    fields = (item.split(":") for item in f"{_BOTH} {_FLAVORS[flavor]}".split())
    return {name: _TYPES[kind] for name, kind in fields}


class SolarTables:
    """The endpoints of a survey.

    Parameters
    ----------
    flavors : tuple of str
        The models of phase curves, the usual one first.
    first : str
        The first month that there is, ``YYYY.MM``.
    rubin : bool
    """

    def __init__(self, flavors, first, *, rubin):
        self.flavors, self.first, self.rubin = flavors, first, rubin
        self.bodies = solar_system.BODIES[:4]

    def _flavor(self, arguments):
        flavor = arguments.get("flavor", self.flavors[0])
        if flavor not in self.flavors:
            listed = [name for name in _FLAVORS if name in self.flavors]
            raise refused(f"flavor needs to be in {listed}\n")
        return flavor

    def _version(self, arguments):
        """The month that is asked for, and whether there is a file of it."""
        from astropy.time import Time

        now = Time.now().iso[:7].replace("-", ".")
        if "version" not in arguments:
            return now, True
        parts = arguments["version"].split(".")
        if len(parts[0]) != 4 or len(parts[1]) != 2:
            raise refused("version needs to be YYYY.MM\n")
        if arguments["version"] < self.first:
            raise refused(f"version starts on {self.first}\n")
        return arguments["version"], arguments["version"] <= now

    def _table(self, flavor, version):
        from pandas import DataFrame

        keys = numbers(np.array([body.name for body in self.bodies]))
        texts = {"ssnamenr": [body.ztf[0] for body in self.bodies], "sso_name": [body.name for body in self.bodies],
                 "sso_number": [body.number for body in self.bodies], "version": [version] * len(keys)}
        made = {name: short(10 * uniform(keys, name)) if kind == "double" else (40 * uniform(keys, name)).astype(int)
                for name, kind in _types(flavor).items()}
        made["last_jd"] = np.round(2460900.5 + 100 * uniform(keys, "last"), 7)
        made["fit"] = made["status"] = made["flag"] = np.zeros(len(keys), dtype=int)
        return DataFrame({**made, **texts})

    def ssoft(self, arguments):
        # Any value but an empty one switches it on.
        if arguments.get("schema", False):
            return FlaskJSON({name: {"type": kind, "description": name} for name, kind in _types(
                self._flavor(arguments)).items()})
        version, there = self._version(arguments)
        flavor = self._flavor(arguments)
        named = "sso_name" in arguments or "sso_number" in arguments
        if not named and not there and arguments.get("output-format", "parquet") == "parquet":
            return content(json.dumps(_NO_FILE).encode(), "application/parquet")
        if not there:
            raise ValueError("not a Parquet file")
        table = self._table(flavor, version)
        if "sso_name" in arguments:
            table = table[table["sso_name"].astype(str) == arguments["sso_name"]]
        elif "sso_number" in arguments:
            table = table[table["sso_number"].astype(int) == int(arguments["sso_number"])]
        columns = requested(arguments) if self.rubin else None
        if columns is not None:
            table = table[[name for name in columns if name in table]]
        if named or arguments.get("output-format", "parquet") != "parquet":
            return send(table, arguments)
        return self._file(table)

    @staticmethod
    def _file(table):
        target = io.BytesIO()
        table.to_parquet(target)
        return content(target.getvalue(), "application/parquet")

    def ssobulk(self, arguments):
        from pandas import DataFrame

        names = _BULK if self.rubin else _ZTF_BULK
        if self.rubin and arguments.get("schema", False):
            return FlaskJSON({name: {"type": "list", "description": name} for name in names})
        version, there = self._version(arguments if self.rubin else {})
        if not there:
            return content(json.dumps(_NO_FILE).encode(), "application/parquet")
        rows = []
        for body in self.bodies:
            if self.rubin and arguments.get("sso_name", body.name) != body.name:
                continue
            keys = numbers(np.array([f"{body.name}{number}" for number in range(12)]))
            row = {"designation": body.packed} if self.rubin else {"ssnamenr": body.ztf[0]}
            for name in names:
                row[name] = {"cband": [*"griz"] * 3, "cfid": [1, 2] * 6}.get(name) or short(
                    100 * uniform(keys, name)).tolist()
            rows.append({**row, "version": version})
        table = DataFrame(rows)
        return send(table, arguments) if arguments.get("output-format", "parquet") != "parquet" else self._file(table)
