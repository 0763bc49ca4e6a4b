# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ZTF alerts as Fink stores them: the columns ``i:`` (of the packet), by name, for the rows of a query.

What the store has is taken from it, what real packets have from their files; the rest follows from identifiers.
"""

import numpy as np

from .draws import short, uniform
from .fink_rows import Rows
from .ztf_packets import history_start

__all__ = ["JD_OF_MJD", "PACKET_TYPES", "ZtfRows", "packet_column"]

JD_OF_MJD = 2400000.5
# An alert is what Fink keeps: its cut on the real-bogus score.
_SQL = (
    "SELECT d.*, o.true_class, o.stellar, o.meanra, o.meandec, o.ndethist, o.ncovhist, o.mjdstarthist, o.firstmjd, "
    "o.ndet FROM (SELECT *, row_number() OVER series AS nth, lag(mjd) OVER band AS last_mjd, lag(magpsf) OVER band "
    "AS last_mag, lag(sigmapsf) OVER band AS last_sigma FROM detections {inner} WINDOW series AS (PARTITION BY oid "
    "ORDER BY mjd, candid), band AS (PARTITION BY oid, fid ORDER BY mjd, candid)) d JOIN objects o ON o.oid = d.oid "
    "WHERE (d.rb >= 0.55 OR d.rb IS NULL) {outer} ORDER BY d.oid, d.mjd, d.candid")

# Column=type:recipe. l long, i int, f float, d double, s text. Recipes: a name of the table of detections or of
# `_MADE`; c a constant; u a range, for each alert; o a range, for each object; m a magnitude near the alert's.
_SPEC = """
objectId=s:oid candid=l:candid publisher=s:cFink schemavsn=s:schemavsn fink_broker_version=s:fink_broker_version
fink_science_version=s:fink_science_version pid=l:pid rfid=l:rfid tblid=l:tblid pdiffimfilename=s:pdiffimfilename
programid=i:c1 programpi=s:programpi jd=d:jd fid=i:fid nid=i:nid exptime=f:c30 field=i:field rcid=i:rcid
xpos=f:u50,3022 ypos=f:u50,3030 ra=d:ra dec=d:dec mindtoedge=f:u50,1500 tooflag=i:c0 magpsf=f:magpsf
sigmapsf=f:sigmapsf isdiffpos=s:isdiffpos diffmaglim=f:diffmaglim magap=f:magap sigmagap=f:sigmagap
magapbig=f:magapbig sigmagapbig=f:sigmagapbig magdiff=f:magdiff magfromlim=f:magfromlim magnr=f:magnr
sigmagnr=f:sigmagnr distnr=f:distnr chinr=f:o0.4,3 sharpnr=f:o-0.1,0.4 ranr=d:ranr decnr=d:decnr chipsf=f:u0.6,4
rb=f:rb drb=f:drb rbversion=s:rbversion drbversion=s:drbversion nbad=i:c0 nneg=i:nneg classtar=f:classtar
fwhm=f:u1.2,3.5 aimage=f:u0.6,1.2 bimage=f:u0.5,1 aimagerat=f:u0.2,0.6 bimagerat=f:u0.2,0.5 elong=f:u1,1.4
seeratio=f:u0.7,1.3 sumrat=f:u0.8,1 sky=f:u-0.4,0.4 scorr=d:scorr dsnrms=f:u5,130 ssnrms=f:u5,130
dsdiff=f:u-20,20 magzpsci=f:u25.8,26.4 magzpsciunc=f:u0.000008,0.00003 magzpscirms=f:u0.03,0.05 zpmed=f:u25.8,26.3
zpclrcov=f:u-0.0001,-0.00001 clrcoeff=f:u-0.08,0.12 clrcounc=f:u0.00001,0.0002 clrmed=f:u0.5,0.8 clrrms=f:u0.2,0.35
nmatches=i:u100,1500 ndethist=i:ndethist ncovhist=i:ncovhist jdstarthist=d:jdstarthist jdendhist=d:jd
jdstartref=d:o2458150.5,2458250.5 jdendref=d:o2458300.5,2458450.5 nframesref=i:o15,40 ssdistnr=f:ssdistnr
ssmagnr=f:ssmagnr ssnamenr=s:ssnamenr objectidps1=l:objectidps1 objectidps2=l:objectidps2 objectidps3=l:objectidps3
distpsnr1=f:distpsnr1 distpsnr2=f:distpsnr2 distpsnr3=f:distpsnr3 sgscore1=f:sgscore1 sgscore2=f:sgscore2
sgscore3=f:sgscore3 sgmag1=f:m0.4 srmag1=f:m0 simag1=f:m-0.2 szmag1=f:m-0.3 sgmag2=f:p2 srmag2=f:p2 simag2=f:p2
szmag2=f:p2 sgmag3=f:p3 srmag3=f:p3 simag3=f:p3 szmag3=f:p3 nmtchps=i:nmtchps neargaia=f:o1,60 maggaia=f:o14,20.7
neargaiabright=f:neargaiabright maggaiabright=f:maggaiabright
"""
_COLUMNS = {name: tuple(text.split(":", 1)) for name, text in (item.split("=") for item in _SPEC.split())}
_TYPES = {"l": "long", "i": "int", "f": "float", "d": "double", "s": "string"}
PACKET_TYPES = {name: _TYPES[kind] for name, (kind, _) in _COLUMNS.items()}


class ZtfRows(Rows):
    """The alerts that a condition selects, sorted by object and time.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    inner, outer : str
        Conditions in SQL: on whole objects (of ``detections``), and on alerts (of ``d`` and ``o``).
    parameters : tuple
    """

    survey, key = "ztf", "candid"
    texts = frozenset(("oid", "true_class", "rbversion", "drbversion", "step_id_corr"))
    integers = frozenset(("candid", "pid", "rfid"))

    def __init__(self, store, inner="", outer="", parameters=()):
        super().__init__(store, _SQL.format(inner=f"WHERE {inner}" if inner else "",
                                            outer=f"AND {outer}" if outer else ""), parameters)


def _stars(rows):
    return np.array([value or 0 for value in rows.columns["stellar"]], dtype=bool)


def _programpi(rows):
    return np.array(["Kulkarni", "Prince", "Kasliwal/Graham"], dtype=object)[(rows.alert // 7 % 3).astype(int)]


def _files(rows):
    days = (np.datetime64("1858-11-17") + np.floor(rows["mjd"]).astype(np.int64)).astype(str)
    return np.array([
        f"ztf_{day.replace('-', '')}{int(fraction * 1e6):06d}_{rfid // 10 ** 6:06d}_z{'gri'[int(fid) - 1]}_c01_o_q1_"
        "scimrefdiffimg.fits" for day, fraction, rfid, fid in zip(
            days.tolist(), (rows["mjd"] % 1).tolist(), rows["rfid"].tolist(), rows["fid"].tolist())], dtype=object)


def _versions(early, late, change):
    def make(rows):
        return np.where(rows["mjd"] < change, early, late).astype(object)
    return make


def _neighbour(number, share):
    """A catalogue source of the object, or -999."""
    def make(rows, low, high):
        there = uniform(rows.object, f"neighbour{number}") < share
        return np.where(there, short(low + (high - low) * uniform(rows.object, f"ps{number}{low}")), -999.0)
    return make


_NEIGHBOURS = {2: _neighbour(2, 0.8), 3: _neighbour(3, 0.6)}


def _identifier(number):
    def make(rows):
        made = (uniform(rows.object, f"id{number}") * 2 ** 52).astype(np.int64) * 40 + 100000000000000001
        there = np.ones(rows.size, bool) if number == 1 else _NEIGHBOURS[number](rows, 1, 2) > 0
        return np.where(there, made, -999)
    return make


def _ndethist(rows):
    return rows["ndethist"] - rows["ndet"] + rows["nth"]


def _solar(rows, there):
    return np.where(rows.label == "asteroid", there, -999.0)


def _ssnamenr(rows):
    from .solar_system import ztf_name

    return np.array([ztf_name(oid) if label == "asteroid" else "null"
                     for oid, label in zip(rows.columns["oid"], rows.label.tolist())], dtype=object)


def _bright(rows, low, high):
    return np.where(uniform(rows.object, "bright") < 0.4, short(low + (high - low) * uniform(rows.object, "gaia")),
                    -999.0)


_MADE = {
    "schemavsn": _versions("3.3", "4.02", 60280), "fink_broker_version": _versions("1.4", "4.1", 59800),
    "fink_science_version": _versions("0.5.1", "8.41.0", 59800), "pdiffimfilename": _files, "programpi": _programpi,
    "tblid": lambda rows: rows.alert // 11 % 40 + 1, "jd": lambda rows: rows["mjd"] + JD_OF_MJD,
    "field": lambda rows: rows["rfid"] // 10 ** 6, "rcid": lambda rows: rows["pid"] // 100 % 100,
    "isdiffpos": lambda rows: np.where(rows["isdiffpos"] > 0, "t", "f").astype(object),
    "magdiff": lambda rows: short(rows["magap"] - rows["magpsf"]),
    "magfromlim": lambda rows: short(rows["diffmaglim"] - rows["magap"]), "ranr": lambda rows: rows["meanra"],
    "decnr": lambda rows: rows["meandec"], "nneg": lambda rows: rows.alert // 13 % 4,
    "classtar": lambda rows: np.round(np.where(rows.label == "bogus", 0.05, 0.6) + 0.39 * uniform(
        rows.alert, "classtar"), 3),
    "scorr": lambda rows: np.round(1.0857 / rows["sigmapsf"], 10), "ndethist": _ndethist,
    "ncovhist": lambda rows: rows["ncovhist"] - rows["ndet"] + rows["nth"],
    "jdstarthist": lambda rows: JD_OF_MJD + history_start(rows["mjd"], rows["firstmjd"], rows["mjdstarthist"]),
    "ssdistnr": lambda rows: _solar(rows, 0.4), "ssmagnr": lambda rows: _solar(rows, np.round(rows["magpsf"], 1)),
    "ssnamenr": _ssnamenr, "objectidps1": _identifier(1), "objectidps2": _identifier(2), "objectidps3": _identifier(3),
    "distpsnr1": lambda rows: rows["distnr"], "distpsnr2": lambda rows: _NEIGHBOURS[2](rows, 2, 15),
    "distpsnr3": lambda rows: _NEIGHBOURS[3](rows, 16, 30), "sgscore1": lambda rows: np.where(_stars(rows), 1.0, 0.1),
    "sgscore2": lambda rows: _NEIGHBOURS[2](rows, 0, 1), "sgscore3": lambda rows: _NEIGHBOURS[3](rows, 0, 1),
    "nmtchps": lambda rows: 1 + (uniform(rows.object, "neighbour2") < 0.8) + (
        uniform(rows.object, "neighbour3") < 0.6), "neargaiabright": lambda rows: _bright(rows, 20, 90),
    "maggaiabright": lambda rows: _bright(rows, 10, 14)}


def _computed(name, kind, recipe, rows):
    if recipe in _MADE:
        return _MADE[recipe](rows)
    if recipe in rows.columns:
        return rows[recipe]
    sign, text = recipe[0], recipe[1:]
    if sign == "c":
        return np.full(rows.size, text if kind == "s" else float(text), dtype=object if kind == "s" else float)
    if sign == "m":
        return np.round(np.nan_to_num(rows["magnr"], nan=20.0) + float(text), 4)
    if sign == "p":
        return _NEIGHBOURS[int(text)](rows, 14 + len(name) / 10, 21)
    low, high = map(float, text.split(","))
    values = low + (high - low) * uniform(rows.object if sign == "o" else rows.alert, name)
    return np.floor(values) if kind == "i" else np.round(values, 7) if kind == "d" else short(values)


def packet_column(name, rows):
    """A column ``i:`` (without the prefix) of the rows; NaN and None are nulls."""
    kind, recipe = _COLUMNS[name]
    values = _computed(name, kind, recipe, rows)
    if not rows.records:
        return values
    values = values.astype(object)
    real = [label == "" for label in rows.label.tolist()]
    # What only the history of a packet tells is what the store has.
    values[np.array(real)] = None
    if recipe in rows.columns or name in ("jd", "isdiffpos"):
        values = _computed(name, kind, recipe, rows).astype(object)
    for place, record in rows.records.items():
        found = record.get(name, record["candidate"].get(name))
        values[place] = float(str(np.float32(found))) if kind == "f" and found is not None else found
    return values if kind == "s" else values.astype(np.float64) if kind in "fd" else values
