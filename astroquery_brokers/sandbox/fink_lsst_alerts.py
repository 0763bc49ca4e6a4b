# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rubin alerts as Fink stores them: columns ``r:`` (of the packet) and ``f:`` (added by Fink), by name.

Where a real packet carries Fink's values (files of its Data Transfer), these are served.
"""

import numpy as np

from . import fink_tns
from .draws import short, uniform
from .fink_rows import Rows
from .lsst_schema import DETECTION_COLUMNS, column_kind
from .lsst_sky import BANDS

__all__ = ["FINK_TYPES", "ROOT_TYPES", "SOURCE_TYPES", "LsstRows", "fink_column", "root_column", "source_column"]

_SQL = (
    "SELECT d.*, o.true_class, o.ztf_oid, o.firstmjd, o.lastmjd FROM (SELECT *, row_number() OVER (PARTITION BY oid "
    "ORDER BY mjd, measurement_id) AS nth FROM lsst_detections WHERE sid = {sid} {inner}) d JOIN lsst_objects o ON "
    "o.oid = d.oid {outer} ORDER BY d.oid, d.mjd, d.measurement_id")
_V11, _V11_1 = 60850.0, 60950.0  # MJD of the first alerts of the newer schemas

# Name here: name in the store, where they differ.
_NAMES = {"diaSourceId": "measurement_id", "midpointMjdTai": "mjd"}
_NEW = {"exposureTime": "float", "reliabilityVersion": "string", "trailAlgorithm": "int", "trail_flag": "boolean"}
ROOT_TYPES = {"observation_reason": "string", "target_name": "string", "salt": "string"}
SOURCE_TYPES = {
    "diaSourceId": "long", "midpointMjdTai": "double", "ra": "double", "dec": "double", "band": "string",
    **{name: column_kind(name) for name in DETECTION_COLUMNS if name not in ("measurement_id", "has_stamp")}, **_NEW}


class LsstRows(Rows):
    """The detections that a condition selects, sorted by object and time.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    inner, outer : str
        Conditions in SQL: on whole objects (of ``lsst_detections``), and on detections (of ``d`` and ``o``).
    parameters : tuple
    sid : int
        1 for detections of the static sky, 2 for those of the solar system.
    """

    survey, key = "lsst", "measurement_id"
    texts = frozenset(("true_class", "ztf_oid"))
    integers = frozenset(("oid", "measurement_id", "visit", "band"))

    def __init__(self, store, inner="", outer="", parameters=(), sid=1):
        super().__init__(store, _SQL.format(sid=sid, inner=f"AND {inner}" if inner else "",
                                            outer=f"WHERE {outer}" if outer else ""), parameters)

    @property
    def names(self):
        """Names of the objects as text: of one that ZTF has, ZTF's."""
        return np.array([ztf or str(oid) for oid, ztf in zip(self.columns["oid"], self.columns["ztf_oid"])] + [None],
                        dtype=object)[:-1]

    @property
    def ours(self):
        """Which rows are of the synthetic sky."""
        return self.label != ""


def exact(values):
    """Integers that may be null, exact: an array of object."""
    return np.array([*values, None], dtype=object)[:-1]


def root_column(name, rows):
    """A column of the root of the packet, without the prefix."""
    if name == "salt":
        return np.array([str(oid)[-3:] for oid in rows.columns["oid"]] + [None], dtype=object)[:-1]
    fields = np.array(["ddf_cosmos", "ddf_edfs_a", "pairs_ri_15.0"], dtype=object)
    values = fields[(rows.object % 3).astype(int)] if rows.size else np.zeros(0, dtype=object)
    if name == "target_name":
        values = np.where(values == "pairs_ri_15.0", None, values + ", lowdust")
    for place, record in rows.records.items():
        values[place] = record.get(name)
    return values


def source_column(name, rows):
    """A column of the table of detections, without the prefix."""
    if name == "band":
        return np.array([BANDS[number - 1] if number else None for number in rows.columns["band"]] + [None],
                        dtype=object)[:-1]
    if name in _NEW:
        there = rows.ours & (rows["mjd"] >= _V11_1)
        if name == "exposureTime":
            return np.full(rows.size, np.nan)
        return np.where(there, {"reliabilityVersion": "0.3", "trailAlgorithm": 1, "trail_flag": False}[name], None)
    values = rows.columns[_NAMES.get(name, name)]
    if SOURCE_TYPES[name] == "boolean":
        return exact([None if value is None else bool(value) for value in values])
    return exact(values) if SOURCE_TYPES[name] in ("long", "int") else np.array(values, dtype=float)


_SIMBAD = {"RRL": "RRLyrae", "CEP": "Cepheid", "LPV": "LongPeriodV*", "EA": "EclBin", "CV/Nova": "CataclyV*",
           "AGN": "Seyfert1", "QSO": "QSO"}
_VSX = {"RRL": "RRAB", "CEP": "DCEP", "LPV": "M", "EA": "EA", "CV/Nova": "UG"}
_CATS = {"SNIa": 11, "SNII": 11, "SLSN": 13, "AGN": 22, "QSO": 22, "RRL": 21, "CEP": 21, "LPV": 21, "EA": 21,
         "CV/Nova": 22}
_STARS = ("RRL", "CEP", "LPV", "EA", "CV/Nova", "QSO")
_SUPERNOVAE = ("SNIa", "SNII", "SLSN")


def _by_class(words, share=1.0):
    def make(rows):
        values, known = np.full(rows.size, None, dtype=object), uniform(rows.object, "simbad") < share
        for label, word in words.items():
            values[(rows.label == label) & known] = word
        return values
    return make


def _otype(rows):
    values = _by_class(_SIMBAD, 0.8)(rows)
    values[np.isin(rows.label, _SUPERNOVAE) & (uniform(rows.object, "host") < 0.4)] = "Galaxy"
    values[(uniform(rows.alert, "fail") < 0.02) & rows.ours] = "Fail"
    return values


def _gaia(rows):
    return np.isin(rows.label, _STARS) & (uniform(rows.object, "gaia") < 0.8)


def _gaia_name(rows):
    values, there = np.full(rows.size, None, dtype=object), _gaia(rows)
    numbers = (uniform(rows.object, "dr3") * 9e14).astype(np.int64) * 4 + 4836968293033500160
    values[there] = [f"Gaia DR3 {number}" for number in numbers[there].tolist()]
    values[(uniform(rows.alert, "fail") < 0.02) & rows.ours] = "Fail"
    return values


def _drawn(word, low, high, there):
    def make(rows):
        return np.where(there(rows), short(low + (high - low) * uniform(rows.object, word)), np.nan)
    return make


def _faint(rows):
    return np.isin(rows.label, _SUPERNOVAE) & (uniform(rows.object, "legacy") < 0.5)


def _near(rows):
    return np.isin(rows.label, _SUPERNOVAE) & (uniform(rows.object, "mangrove") < 0.25)


def _host(prefix):
    def make(rows):
        values, there = np.full(rows.size, None, dtype=object), _near(rows)
        values[there] = [f"{prefix}{number:06d}" for number in (rows.object[there] % 99999).tolist()]
        return values
    return make


def _tns(part):
    def make(rows):
        found = fink_tns.names(rows.names, rows.label, rows["firstmjd"])[part]
        return np.where(rows["mjd"] > rows["firstmjd"] + 2, found, np.nan if part == 2 else None)
    return make


def _several(rows):
    return rows["nth"] > 2


def _score(word, there):
    """High for supernovae."""
    def make(rows):
        base = np.where(np.isin(rows.label, _SUPERNOVAE), 0.6, 0.05)
        return np.where(rows.ours & there(rows), short(base + 0.38 * uniform(rows.alert, word)), np.nan)
    return make


def _cats(rows):
    values = np.array([_CATS.get(label, -1) for label in rows.label.tolist()], dtype=float)
    return np.where(rows.ours, np.where(_several(rows), values, -1), np.nan)


def _early(rows):
    young = (rows.label == "SNIa") & (rows["mjd"] < rows["firstmjd"] + 20) & _several(rows)
    return np.where(rows.ours, np.where(young, short(0.55 + 0.4 * uniform(rows.alert, "early")), -1.0), np.nan)


def _version(early, late):
    def make(rows):
        return np.where(rows.ours, np.where(rows["mjd"] < _V11, early, late), None).astype(object)
    return make


def _schema(rows):
    mjd = rows["mjd"]
    words = np.where(mjd < _V11, "lsst.v10_0", np.where(mjd < _V11_1, "lsst.v11_0", "lsst.v11_1"))
    return np.where(rows.ours, words, None).astype(object)


_FINK = {
    "xm_simbad_otype": ("string", _otype), "xm_gaiadr3_DR3Name": ("string", _gaia_name),
    "xm_gaiadr3_Plx": ("float", _drawn("plx", -0.2, 3, _gaia)),
    "xm_gaiadr3_e_Plx": ("float", _drawn("e_plx", 0.02, 0.4, _gaia)),
    "xm_gaiadr3_VarFlag": ("string", lambda rows: np.where(rows.ours, np.where(_gaia(rows), "1", "0"), None).astype(
        object)),
    "xm_vsx_Type": ("string", _by_class(_VSX, 0.7)), "xm_gcvs_type": ("string", _by_class(_VSX, 0.3)),
    "xm_spicy_class": ("string", _by_class({})), "xm_x3hsp_type": ("string", _by_class({})),
    "xm_x4lac_type": ("string", _by_class({"QSO": "FSRQ"}, 0.15)),
    "xm_mangrove_HyperLEDA_name": ("string", _host("PGC")), "xm_mangrove_2MASS_name": ("string", _host("2MASX J")),
    "xm_mangrove_lum_dist": ("float", _drawn("lum", 20, 200, _near)),
    "xm_mangrove_ang_dist": ("float", _drawn("lum", 19.5, 190, _near)),
    "xm_legacydr8_zphot": ("float", _drawn("zphot", 0.05, 0.9, _faint)),
    "xm_legacydr8_e_zphot": ("float", _drawn("ezphot", 0.02, 0.4, _faint)),
    "xm_legacydr8_pstar": ("float", _drawn("pstar", 0, 1, _faint)),
    "xm_legacydr8_fqual": ("int", lambda rows: np.where(_faint(rows), 1.0, np.nan)),
    "xm_tns_fullname": ("string", _tns(0)), "xm_tns_type": ("string", _tns(1)), "xm_tns_redshift": ("float", _tns(2)),
    "clf_snnSnVsOthers_score": ("float", _score("snn", lambda rows: np.ones(rows.size, bool))),
    "clf_earlySNIa_score": ("float", _early), "clf_cats_class": ("int", _cats),
    "clf_cats_score": ("float", lambda rows: np.where(
        rows.ours, np.where(_cats(rows) > 0, short(0.85 + 0.149 * uniform(rows.alert, "cats")), 0.0), np.nan)),
    "clf_elephant_kstest_science": ("float", _drawn("eleph", 0.1, 1, _near)),
    "clf_elephant_kstest_template": ("float", _drawn("elept", 0.1, 1, _near)),
    "fink_broker_version": ("string", _version("4.1", "5.0rc0")),
    "fink_science_version": ("string", _version("8.39.0", "8.52.0")), "lsst_schema_version": ("string", _schema)}
FINK_TYPES = {name: kind for name, (kind, _) in _FINK.items()}


def fink_column(name, rows):
    """A column ``f:`` of detections, without the prefix."""
    kind, make = _FINK[name]
    values = make(rows)
    if not rows.records:
        return values
    values = values.astype(object)
    group, _, rest = name.partition("_")
    for place, record in rows.records.items():
        found = (record.get(group) or {}).get(rest) if group in ("xm", "clf") else record.get(name)
        if kind == "float" and found is not None:
            found = float(str(np.float32(found)))
        values[place] = str(found) if kind == "string" and found is not None else found
    return values if kind == "string" else values.astype(float)
