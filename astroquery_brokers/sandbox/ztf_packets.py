# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ZTF alert packets of the synthetic sky: fields and types of the ZTF alert schema 4.02, values from the store."""

from functools import lru_cache

import numpy as np

from .solar_system import ztf_name

__all__ = ["candidate", "history", "history_start", "packet_types", "record", "schema", "types", "version",
           "without_cutouts"]

_JD_OF_MJD = 2400000.5
_HISTORY = 30.0
# Name:type; a type with a question mark may be null. f float, d double, i int, l long, s string.
_BOTH = (
    "jd:d fid:i pid:l diffmaglim:f? pdiffimfilename:s? programpi:s? programid:i candid:l isdiffpos:s tblid:l? nid:i? "
    "rcid:i? field:i? xpos:f? ypos:f? ra:d dec:d magpsf:f sigmapsf:f chipsf:f? magap:f? sigmagap:f? distnr:f? "
    "magnr:f? sigmagnr:f? chinr:f? sharpnr:f? sky:f? magdiff:f? fwhm:f? classtar:f? mindtoedge:f? magfromlim:f? "
    "seeratio:f? aimage:f? bimage:f? aimagerat:f? bimagerat:f? elong:f? nneg:i? nbad:i? rb:f? ssdistnr:f? ssmagnr:f? "
    "ssnamenr:s? sumrat:f? magapbig:f? sigmagapbig:f? ranr:d decnr:d ")
_CANDIDATE = _BOTH + (
    "sgmag1:f? srmag1:f? simag1:f? szmag1:f? sgscore1:f? distpsnr1:f? ndethist:i ncovhist:i jdstarthist:d? "
    "jdendhist:d? scorr:d? tooflag:i? objectidps1:l? objectidps2:l? sgmag2:f? srmag2:f? simag2:f? szmag2:f? "
    "sgscore2:f? distpsnr2:f? objectidps3:l? sgmag3:f? srmag3:f? simag3:f? szmag3:f? sgscore3:f? distpsnr3:f? "
    "nmtchps:i rfid:l jdstartref:d jdendref:d nframesref:i rbversion:s dsnrms:f? ssnrms:f? dsdiff:f? magzpsci:f? "
    "magzpsciunc:f? magzpscirms:f? nmatches:i clrcoeff:f? clrcounc:f? zpclrcov:f? zpmed:f? clrmed:f? clrrms:f? "
    "neargaia:f? neargaiabright:f? maggaia:f? maggaiabright:f? exptime:f? drb:f? drbversion:s")
_NULLABLE = ("candid:l isdiffpos:s ra:d dec:d magpsf:f sigmapsf:f ranr:d decnr:d").split()
_PREVIOUS = " ".join(f"{field}?" if field in _NULLABLE else field for field in _BOTH.split()) + (
    " scorr:d? magzpsci:f? magzpsciunc:f? magzpscirms:f? clrcoeff:f? clrcounc:f? rbversion:s")
_FORCED = (
    "field:i? rcid:i? fid:i pid:l rfid:l sciinpseeing:f? scibckgnd:f? scisigpix:f? magzpsci:f? magzpsciunc:f? "
    "magzpscirms:f? clrcoeff:f? clrcounc:f? exptime:f? adpctdif1:f? adpctdif2:f? diffmaglim:f? programid:i jd:d "
    "forcediffimflux:f? forcediffimfluxunc:f? procstatus:s? distnr:f? ranr:d decnr:d magnr:f? sigmagnr:f? chinr:f? "
    "sharpnr:f?")
_TYPES = {"f": "float", "d": "double", "i": "int", "l": "long", "s": "string"}
_SINCE_FORCED = 60280.0


def history_start(mjd, first, start):
    """The first detection that alerts know of: it moves back when an older one is found, some days on."""
    return np.where(mjd > first + 5, start, first)


def _fields(text):
    fields = []
    for item in text.split():
        name, kind = item.split(":")
        known = _TYPES[kind[0]]
        fields.append({"name": name, "type": ["null", known] if kind.endswith("?") else known})
    return fields


def packet_types():
    """Types of the fields of ``candidate`` by name, as the schema has them."""
    return {field["name"]: field["type"] for field in _fields(_CANDIDATE)}


def types(previous=False):
    """Types of the fields by name, in the part ``candidate`` or in the history: float, double, int, long or string."""
    pairs = (item.split(":") for item in (_PREVIOUS if previous else _CANDIDATE).split())
    return {name: _TYPES[kind[0]] for name, kind in pairs}


def schema():
    """The Avro schema of the packets."""
    def part(name, text):
        return {"type": "record", "name": name, "namespace": "ztf.alert", "fields": _fields(text)}

    cutout = {"type": "record", "name": "cutout", "namespace": "ztf.alert",
              "fields": [{"name": "fileName", "type": "string"}, {"name": "stampData", "type": "bytes"}]}
    fields = [{"name": name, "type": kind} for name, kind in (
        ("schemavsn", "string"), ("publisher", "string"), ("objectId", "string"), ("candid", "long"),
        ("candidate", part("candidate", _CANDIDATE)),
        ("prv_candidates", ["null", {"type": "array", "items": part("prv_candidate", _PREVIOUS)}]),
        ("fp_hists", ["null", {"type": "array", "items": part("fp_hist", _FORCED)}]),
        ("cutoutScience", ["null", cutout]), ("cutoutTemplate", ["null", "ztf.alert.cutout"]),
        ("cutoutDifference", ["null", "ztf.alert.cutout"]))]
    return {"type": "record", "name": "alert", "namespace": "ztf", "doc": "made by the sandbox", "fields": fields}


@lru_cache
def _names(text):
    return [field.split(":")[0] for field in text.split()]


def _row(text, values):
    """A record with all the fields of its kind."""
    return {name: values.get(name) for name in _names(text)}


def _measured(row, known):
    """What a packet tells about one detection."""
    return {**row, "jd": row["mjd"] + _JD_OF_MJD, "isdiffpos": "t" if row["isdiffpos"] > 0 else "f", "programid": 1,
            "programpi": "Kulkarni", "rcid": row["pid"] // 100 % 100, "field": row["rfid"] // 10 ** 6,
            "tblid": row["candid"] % 1000,
            "xpos": float(row["candid"] % 3072), "ypos": float(row["candid"] // 7 % 3080), "nbad": 0, "nneg": 1,
            "ranr": known["meanra"], "decnr": known["meandec"], "magfromlim": row["diffmaglim"] - row["magpsf"],
            "scorr": 1.0857 / row["sigmapsf"] if row["sigmapsf"] else None}


def _not_measured(limit, row):
    """What the packet of a detection tells about an upper limit before it."""
    day, chip = limit["mjd"], row["pid"] // 100 % 100
    pid = (int(day) - 57754) * 10 ** 9 + int(day % 1 * 10 ** 5) * 10 ** 4 + chip * 100 + 15
    return {**limit, "jd": day + _JD_OF_MJD, "pid": pid, "programid": 1, "programpi": "Kulkarni", "nid": pid // 10 ** 9,
            "rcid": chip, "field": row["rfid"] // 10 ** 6, "rbversion": row["rbversion"]}


def _neighbour(known):
    """Number of the nearest source of Pan-STARRS, which is its place on the sky."""
    zone, place = int((known["meandec"] + 90) * 120), int(known["meanra"] * 10 ** 6)
    return zone * 10 ** 13 + place * 10 ** 4 + 73


def candidate(store, row, known):
    """The part ``candidate`` of the packet of an alert.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    row : dict
        Its row of the table ``detections``.
    known : dict
        The row of its object.
    """
    mjd, solar = row["mjd"], known["true_class"] == "asteroid"
    later = store.rows("SELECT count(*) FROM detections WHERE oid = ? AND mjd > ?", (row["oid"], mjd))[0][0]
    return _row(_CANDIDATE, {
        **_measured(row, known), "ssdistnr": 0.4 if solar else -999.0, "ssmagnr": row["magpsf"] if solar else -999.0,
        "ssnamenr": ztf_name(known["oid"]) if solar else "null", "drbversion": row["drbversion"] or "d6_m7",
        "ndethist": known["ndethist"] - later, "ncovhist": known["ncovhist"] - later, "jdendhist": mjd + _JD_OF_MJD,
        "jdstarthist": float(history_start(mjd, known["firstmjd"], known["mjdstarthist"])) + _JD_OF_MJD,
        "nmtchps": 1, "jdstartref": 2458150.5, "jdendref": 2458250.5, "nframesref": 15, "nmatches": 500, "tooflag": 0,
        "exptime": 30.0, "distpsnr1": row["distnr"], "objectidps1": _neighbour(known),
        "sgscore1": 1.0 if known["stellar"] else 0.1})


def history(store, row, known):
    """The part ``prv_candidates`` of the packet of an alert: what was seen or not seen in the days before, in order."""
    span = (row["oid"], row["mjd"] - _HISTORY, row["mjd"])
    earlier = [_not_measured(limit, row) for limit in store.dicts(
        "SELECT * FROM upper_limits WHERE oid = ? AND mjd >= ? AND mjd < ?", span)]
    earlier += [_measured(item, known) for item in store.dicts(
        "SELECT * FROM detections WHERE oid = ? AND mjd >= ? AND mjd < ?", span)]
    return [_row(_PREVIOUS, item) for item in sorted(earlier, key=lambda item: item["jd"])]


def version(row):
    """The version of the schema that the packet of a detection has."""
    return "3.3" if row["mjd"] < _SINCE_FORCED else "4.02"


def record(store, row, files):
    """The packet of an alert as a dictionary.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    row : dict
        Its row of the table ``detections``.
    files : dict
        File name and gzipped FITS of its cutouts by kind.
    """
    oid, mjd = row["oid"], row["mjd"]
    known = store.dicts("SELECT * FROM objects WHERE oid = ?", (oid,))[0]
    forced = [] if mjd < _SINCE_FORCED else [{**item, "jd": item["mjd"] + _JD_OF_MJD} for item in store.dicts(
        "SELECT * FROM forced_photometry WHERE oid = ? AND mjd >= ? AND mjd < ? ORDER BY mjd",
        (oid, mjd - _HISTORY, mjd))]
    return {
        "schemavsn": version(row), "publisher": "astroquery_brokers sandbox",
        "objectId": oid, "candid": row["candid"], "candidate": candidate(store, row, known),
        "prv_candidates": history(store, row, known) or None,
        "fp_hists": [_row(_FORCED, item) for item in forced] or None,
        **{f"cutout{kind}": {"fileName": name, "stampData": data} for kind, (name, data) in files.items()}}


def without_cutouts(record):
    """A packet as ALeRCE's services write it in JSON: no cutouts, ``candidate.candid`` is text."""
    content = {name: value for name, value in record.items() if not name.startswith("cutout")}
    content["candidate"] = {**content["candidate"], "candid": str(content["candidate"]["candid"])}
    return content
