# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What Fink adds to ZTF alerts: the columns ``d:``, by name, for the rows of a query, consistent with the true classes.

Columns came one after the other: older alerts do not have the later ones. Where a real packet carries Fink's values
(files of its Data Transfer), these are served.
"""

import numpy as np

from . import fink_tns
from .draws import short, uniform
from .fink_ztf_alerts import JD_OF_MJD, packet_column

__all__ = ["SCIENCE_TYPES", "is_blazar", "science_column", "science_stored"]

TRANSIENTS = ("SNIa", "SNII", "SLSN")
# MJD from which alerts have the columns; what is in no list is older than the sky.
_SINCE = {
    59600: "tns DR3Name Plx e_Plx gcvs vsx x3hsp x4lac lc_features_g lc_features_r mangrove_HyperLEDA_name "
           "mangrove_2MASS_name mangrove_lum_dist mangrove_ang_dist delta_time from_upper jd_first_real_det "
           "jdstarthist_dt mag_rate sigma_rate lower_rate upper_rate",
    59969: "anomaly_score", 60300: "spicy_id spicy_class gaiaVarFlag gaiaClass blazar_stats_m0 blazar_stats_m1 "
    "blazar_stats_m2", 60700: "is_transient", 60301: "slsn_score", 60900: "blazar_stats_instantness_low "
    "blazar_stats_robustness_low blazar_stats_instantness_high blazar_stats_robustness_high"}
_STARTS = {name: start for start, names in _SINCE.items() for name in names.split()}
_SIMBAD = {"RRL": ("RRLyr", "RRLyrae"), "CEP": ("Cepheid", "Cepheid"), "LPV": ("LPV*", "LongPeriodV*"),
           "EA": ("EB*", "EclBin"), "CV/Nova": ("CataclyV*", "CataclyV*"), "AGN": ("Seyfert_1", "Seyfert1"),
           "QSO": ("QSO", "QSO")}
_NEW_NAMES = 59900.0  # since then SIMBAD's new names of types
_VSX = {"RRL": "RRAB", "CEP": "DCEP", "LPV": "M", "EA": "EA", "CV/Nova": "UG"}
_GAIA = {"RRL": "RR", "CEP": "CEP", "LPV": "LPV", "EA": "ECL", "CV/Nova": "CV", "AGN": "AGN", "QSO": "AGN"}


def _texts(size, default):
    return np.full(size, default, dtype=object)


def is_blazar(rows):
    """Which alerts are of a monitored blazar."""
    return (rows.label == "QSO") & (uniform(rows.object, "blazar") < 0.2)


def _is(rows, *labels):
    return np.isin(rows.label, labels)


def _cdsxmatch(rows):
    values, later = _texts(rows.size, "Unknown"), rows["mjd"] >= _NEW_NAMES
    for label, (old, new) in _SIMBAD.items():
        values[rows.label == label] = old
        values[(rows.label == label) & later] = new
    values[is_blazar(rows)] = "Blazar"
    values[_is(rows, *TRANSIENTS) & (uniform(rows.object, "host") < 0.35)] = "Galaxy"
    lot = uniform(rows.alert, "simbad")
    values[lot < 0.006] = "Fail"
    values[lot > 0.997] = "Fail 504"
    return values


def _score(word, low, high, digits=10):
    def make(rows):
        return np.round(low + (high - low) * uniform(rows.alert, word), digits)
    return make


def _sn_vs_all(rows):
    values = np.where(_is(rows, *TRANSIENTS), _score("snn", 0.52, 0.99)(rows), _score("snn", 0.0, 0.45)(rows))
    return np.where(rows["nth"] < 3, 0.0, values)


def _ia_vs_non(rows):
    values = np.where(_is(rows, "SNIa"), _score("snnia", 0.6, 0.98)(rows), _score("snnia", 0.0, 0.49)(rows))
    return np.where(rows["nth"] < 3, 0.0, values)


def _early(rows):
    young = packet_column("ndethist", rows) <= 20
    good = _is(rows, "SNIa") & (rows["nth"] >= 3) & young
    return np.where(good, _score("rf", 0.52, 0.98, 3)(rows), np.where(uniform(rows.alert, "rf0") < 0.1,
                                                                      _score("rf", 0.0, 0.3, 3)(rows), 0.0))


def _kilonova(rows):
    fast = _is(rows, "SNIa", "SNII") & (uniform(rows.object, "kn") < 0.08)
    return np.where(fast, 0.6333333333, np.where(uniform(rows.alert, "kn") < 0.02, 0.3666666667, 0.0))


def _mulens(rows):
    lens = _is(rows, "bogus") & (uniform(rows.object, "bogus") < 0.3)
    return np.where(lens | (_is(rows, "SNII") & (uniform(rows.alert, "lens") < 0.02)), 0.031, 0.0)


def _roid(rows):
    unknown = _is(rows, "bogus") & (uniform(rows.object, "bogus") > 0.7)
    first = _is(rows, *TRANSIENTS) & (rows["nth"] == 1)
    return np.where(_is(rows, "asteroid"), 3.0, np.where(unknown, 2.0, np.where(first, 1.0, 0.0)))


def _tracklet(rows):
    there = _is(rows, "bogus") & (np.abs(uniform(rows.object, "bogus") - 0.5) < 0.2)
    values = _texts(rows.size, None)
    seconds = np.floor(rows["mjd"] * 86400).astype(np.int64)
    stamps = np.datetime64("1858-11-17T00:00:00") + seconds.astype("timedelta64[s]")
    for place in np.flatnonzero(there).tolist():
        day, clock = str(stamps[place]).replace("-", "").replace(":", "").split("T")
        values[place] = f"TRCK_{day}_{clock}_00"
    return values


def _rates(rows, what):
    step = rows["mjd"] - rows["last_mjd"]
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = (rows["magpsf"] - rows["last_mag"]) / step
        sigma = np.hypot(rows["sigmapsf"], rows["last_sigma"]) / step
    return np.round({"delta": step, "rate": rate, "sigma": sigma, "lower": rate - 1.645 * sigma,
                     "upper": rate + 1.645 * sigma}[what], 10)


def _first_real(rows):
    return np.maximum(packet_column("jdstarthist", rows), rows["mjd"] - 30 + JD_OF_MJD)


def _features(fid):
    def make(rows):
        values, braces = _texts(rows.size, "[]"), rows["mjd"] > 60500
        mine = (rows["fid"] == fid) & (rows["nth"] > 1)
        mean = short(rows["magpsf"] + 0.05)
        for place in np.flatnonzero(mine).tolist():
            text = ", ".join([repr(float(mean[place])), repr(float(mean[place])), *["NaN"] * 2, "0.0", *["NaN"] * 21])
            values[place] = f"{{{text}}}" if braces[place] else f"[{text}]"
        return values
    return make


def _tns(rows):
    _, kinds, _ = fink_tns.names(rows["oid"], rows.label, rows["firstmjd"])
    known = (kinds != None) & (rows["mjd"] > rows["firstmjd"] + 15)  # noqa: E711
    values = np.where(known, kinds, "")
    values[(values == "") & (uniform(rows.alert, "tns") < 0.02)] = None
    return values


def _named(words, default):
    """A text by true class; where there is none, the default, and nothing at all in one case of five."""
    def make(rows):
        values = _texts(rows.size, default)
        values[uniform(rows.alert, "named" + default) < 0.2] = None
        for label, word in words.items():
            values[rows.label == label] = word
        return values
    return make


def _gaia_star(rows):
    return _is(rows, *_GAIA) & (uniform(rows.object, "gaia") < 0.8)


def _gaia_name(rows):
    values, there = _texts(rows.size, None), _gaia_star(rows)
    numbers = (uniform(rows.object, "dr3") * 9e14).astype(np.int64) * 4 + 2413576800635940224
    values[there] = [f"Gaia DR3 {number}" for number in numbers[there].tolist()]
    return values


def _parallax(word, low, high):
    def make(rows):
        return np.where(_gaia_star(rows), short(low + (high - low) * uniform(rows.object, word)), np.nan)
    return make


def _mangrove(values):
    def make(rows):
        there = _is(rows, *TRANSIENTS) & (uniform(rows.object, "mangrove") < 0.2)
        found = _texts(rows.size, "None")
        found[there] = [values(number) for number in (rows.object[there] % 99999).tolist()]
        return found
    return make


def _anomaly(rows):
    return np.round(0.06 - 0.1 * uniform(rows.alert, "anomaly"), 10)


def _slsn(rows):
    old = _is(rows, *TRANSIENTS) & (rows["mjd"] > rows["firstmjd"] + 30)
    return np.where(old, np.where(_is(rows, "SLSN"), _score("slsn", 0.6, 0.98)(rows), 0.004293069), -1.0)


def _blazar(word):
    def make(rows):
        low = 0.4 + 1.2 * uniform(rows.alert, "state" + word)
        return np.where(is_blazar(rows) & (rows["nth"] > 3), short(low), -1.0)
    return make


def _from_upper(rows):
    values = _texts(rows.size, False)
    values[np.isnan(rows["last_mjd"])] = True
    values[uniform(rows.alert, "upper") < 0.01] = None
    return values


def _transient(rows):
    values = _texts(rows.size, False)
    values[_is(rows, *TRANSIENTS)] = True
    return values


_SCIENCE = {
    "cdsxmatch": ("string", _cdsxmatch), "mulens": ("double", _mulens), "nalerthist": (
        "int", lambda rows: np.minimum(rows["nth"], 12)), "rf_kn_vs_nonkn": ("double", _kilonova),
    "rf_snia_vs_nonia": ("double", _early), "roid": ("int", _roid), "snn_sn_vs_all": ("double", _sn_vs_all),
    "snn_snia_vs_nonia": ("double", _ia_vs_non), "tracklet": ("string", _tracklet), "tns": ("string", _tns),
    "DR3Name": ("string", _gaia_name), "Plx": ("float", _parallax("plx", -0.2, 3)),
    "e_Plx": ("float", _parallax("e_plx", 0.02, 0.4)), "gcvs": ("string", _named(_VSX, "Unknown")),
    "vsx": ("string", _named(_VSX, "Unknown")), "x3hsp": ("string", _named({}, "Unknown")),
    "x4lac": ("string", _named({}, "Unknown")), "gaiaClass": ("string", _named(_GAIA, "Unknown")),
    "gaiaVarFlag": ("int", lambda rows: np.where(_gaia_star(rows), 1.0, 0.0)),
    "mangrove_HyperLEDA_name": ("string", _mangrove(lambda number: f"PGC{number:06d}")),
    "mangrove_2MASS_name": ("string", _mangrove(lambda number: f"{number:08d}+{number:07d}")),
    "mangrove_lum_dist": ("string", _mangrove(lambda number: f"{30 + number / 1000}")),
    "mangrove_ang_dist": ("string", _mangrove(lambda number: f"{29 + number / 1003}")),
    "spicy_id": ("int", lambda rows: np.full(rows.size, -1.0)), "spicy_class": ("string", _named({}, "Unknown")),
    "lc_features_g": ("string", _features(1)), "lc_features_r": ("string", _features(2)),
    "anomaly_score": ("double", _anomaly), "slsn_score": ("float", _slsn), "is_transient": ("boolean", _transient),
    "jd_first_real_det": ("double", _first_real), "from_upper": ("boolean", _from_upper),
    "jdstarthist_dt": ("double", lambda rows: _first_real(rows) - packet_column("jdstarthist", rows)),
    **{name: ("double", lambda rows, word=word: _rates(rows, word)) for name, word in (
        ("delta_time", "delta"), ("mag_rate", "rate"), ("sigma_rate", "sigma"), ("lower_rate", "lower"),
        ("upper_rate", "upper"))},
    **{name: ("float", _blazar(name)) for name in (
        "blazar_stats_m0", "blazar_stats_m1", "blazar_stats_m2", "blazar_stats_instantness_low",
        "blazar_stats_robustness_low", "blazar_stats_instantness_high", "blazar_stats_robustness_high")}}
SCIENCE_TYPES = {name: kind for name, (kind, _) in _SCIENCE.items()}


def _flat(record):
    flat = dict(record)
    for group in ("mangrove", "blazar_stats"):
        flat.update((f"{group}_{name}", value) for name, value in (record.get(group) or {}).items())
    for name in ("lc_features_g", "lc_features_r"):
        if isinstance(record.get(name), dict):
            flat[name] = "{" + ", ".join(str(value).replace("nan", "NaN") for value in record[name].values()) + "}"
    return flat


def science_stored(name, rows):
    """For which rows Fink has a value, be it a NaN."""
    if name == "tracklet":
        return np.zeros(rows.size, dtype=bool)
    with_fink = set(rows.records)
    ours = (rows.label != "") | np.isin(np.arange(rows.size), list(with_fink))
    return ours & (rows["mjd"] >= _STARTS.get(name, 0.0))


def science_column(name, rows):
    """A column ``d:`` (without the prefix) of the rows; NaN and None are nulls."""
    kind, make = _SCIENCE[name]
    values = make(rows)
    start = _STARTS.get(name)
    if start is not None:
        values = np.where(rows["mjd"] < start, None if values.dtype == object else np.nan, values)
    with_fink = {place: record for place, record in rows.records.items() if "cdsxmatch" in record}
    if with_fink:
        values = values.astype(object)
        for place, record in with_fink.items():
            found = _flat(record).get(name)
            values[place] = float(str(np.float32(found))) if kind == "float" and found is not None else found
        if kind not in ("string", "boolean"):
            values = values.astype(float)
    return values
