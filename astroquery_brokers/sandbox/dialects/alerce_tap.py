# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's TAP service (<root>/tap): the store as the tables of its schemas ``ztf`` and ``alerce_tap``.

The tables are made when TAP is asked for the first time.
"""

import json
import threading

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from ..store import Store, column_types

__all__ = ["application"]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DATE = "date({} + 2400000.5)"
_CREATED = "'2026-02-23'"
# Some objects have a source of Gaia beside them.
_MATCHED = "SELECT *, row_number() OVER (ORDER BY oid) AS nth FROM lsst_objects WHERE sid = 1 ORDER BY oid LIMIT 20"
_GAIA = "CAST(4121251025822428928 + 7 * nth AS TEXT)"

# Where a table comes from, and the columns that are not there under the same name.
_SOURCES = {
    "ztf.object": ("objects", {
        "diffpos": "(SELECT max(isdiffpos) > 0 FROM detections WHERE detections.oid = objects.oid)",
        "reference_change": "0"}),
    "ztf.detection": ("detections", {}),
    "ztf.non_detection": ("upper_limits", {}),
    "ztf.forced_photometry": ("forced_photometry", {"has_stamp": "0", "parent_candid": "CAST(parent_candid AS TEXT)"}),
    "ztf.magstat": ("magstats", {"saturation_rate": "0.0"}),
    "ztf.probability": ("probabilities", {}),
    # What cannot be computed is text in the store.
    "ztf.feature": ("features", {"value": "CASE typeof(value) WHEN 'text' THEN NULL ELSE value END"}),
    "ztf.feature_version": ("(SELECT DISTINCT version FROM features)", {
        "version": "version", "step_id_feature": "version"}),
    "ztf.taxonomy": ("classifiers", {}),
    "alerce_tap.detection": ("lsst_detections", {"created_date": _DATE.format("mjd")}),
    "alerce_tap.forced_photometry": ("lsst_forced_photometry", {"created_date": _DATE.format("mjd")}),
    # No other row, or survey, is 0.
    "alerce_tap.lsst_detection": ("lsst_detections", {
        "created_date": _DATE.format("mjd"),
        **{name: f"coalesce({name}, 0)" for name in ("parentdiasourceid", "diaobjectid", "ssobjectid")}}),
    "alerce_tap.lsst_forced_photometry": ("lsst_forced_photometry", {"created_date": _DATE.format("mjd")}),
    "alerce_tap.lsst_dia_object": ("lsst_dia_objects", {"created_date": _DATE.format("lastDiaSourceMjdTai")}),
    "alerce_tap.classifier": ("lsst_classifiers", {"tid": "1", "created_date": _CREATED}),
    "alerce_tap.taxonomy": ("lsst_classifiers, json_each(lsst_classifiers.classes)", {
        "class_id": "key", "class_name": "value", "taxonomy_order": "key", "classifier_id": "classifier_id",
        "created_date": _CREATED}),
    "alerce_tap.probability": ("lsst_probabilities p JOIN lsst_objects o ON o.oid = p.oid", {
        "class_id": "p.position", "oid": "p.oid", "sid": "o.sid", "classifier_id": "p.classifier_id",
        "classifier_version": "CAST(replace(p.classifier_version, '.', '') AS INTEGER)",
        "probability": "p.probability", "ranking": "p.ranking", "lastmjd": "o.lastmjd"}),
    "alerce_tap.xmatch": (f"({_MATCHED})", {
        "oid": "oid", "sid": "sid", "catid": "1", "dist": "0.05 * (1 + nth % 19)", "oid_catalog": _GAIA,
        "created_date": _CREATED, "updated_date": _CREATED}),
    "alerce_tap.gaiadr3_source": (f"({_MATCHED})", {
        "oid_catalog": _GAIA, "ra": "meanra", "dec": "meandec + 0.05 * (1 + nth % 19) / 3600",
        "ra_error": "0.02 + 0.01 * (nth % 7)", "dec_error": "0.02 + 0.01 * (nth % 5)", "parallax": "0.1 * nth - 0.2",
        "parallax_error": "0.03 + 0.01 * (nth % 6)", "pmra": "nth - 8.5", "pmdec": "3.25 - nth",
        "phot_g_mean_mag": "14.5 + 0.3 * nth", "phot_bp_mean_mag": "14.9 + 0.3 * nth",
        "phot_rp_mean_mag": "13.9 + 0.3 * nth", "bp_rp": "1.0",
        "phot_variable_flag": "iif(nth % 2, 'VARIABLE', 'NOT_AVAILABLE')"}),
}
_OBJECTS = (
    "SELECT oid, tid, sid, meanra, meandec, sigmara, sigmadec, firstmjd, lastmjd, deltamjd, n_det, n_forced, "
    "n_non_det, substr(created_date, 1, 10), substr(updated_date, 1, 10) FROM lsst_objects "
    "UNION ALL SELECT number(oid), 0, 0, meanra, meandec, sigmara, sigmadec, firstmjd, lastmjd, deltajd, ndet, "
    "(SELECT count(*) FROM forced_photometry f WHERE f.oid = o.oid), "
    "(SELECT count(*) FROM upper_limits u WHERE u.oid = o.oid), "
    "date(firstmjd + 2400000.5), date(lastmjd + 2400000.5) FROM objects o")
_DETECTIONS = " UNION ALL SELECT number(oid), 0, candid, mjd, ra, dec, fid, date(mjd + 2400000.5) FROM detections"
_SURVEYS = {"sid": [0, 1, 2], "tid": [0, 1, 1], "survey_name": ["ZTF", "LSST DIA Object", "LSST SS Object"]}
_BANDS = {"sid": [1] * 6 + [2] * 6, "tid": [1] * 12, "band": [6, 1, 2, 3, 4, 5] * 2, "band_name": list("ugrizy" * 2),
          "band_order": list(range(6)) * 2}
_CATALOGS = {"catid": [0, 1], "catalog_name": ["AllWISE", "GaiaDR3_source"]}
_CONSTANT = {"alerce_tap.sid_lut": _SURVEYS, "alerce_tap.band": _BANDS, "alerce_tap.catalog_id_lut": _CATALOGS}
_SYSTEM_COLUMNS = ("oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")  # of PostgreSQL
_ABOUT = {"ztf": "ZTF: objects by name.", "alerce_tap": "All surveys: objects by number."}
EXAMPLES = (
    ("Objects around a position", "SELECT TOP 10 oid, meanra, meandec, ndet FROM ztf.object WHERE "
     "1 = CONTAINS(POINT('ICRS', meanra, meandec), CIRCLE('ICRS', 185.0, 15.0, 0.1))"),
    ("Supernova candidates", "SELECT TOP 10 o.oid, p.class_name, p.probability FROM ztf.object AS o JOIN "
     "ztf.probability AS p ON o.oid = p.oid WHERE p.classifier_name = 'lc_classifier' AND p.class_name IN "
     "('SNIa', 'SNII') AND p.ranking = 1 ORDER BY probability DESC"))


def _number(oid):
    """The number that a ZTF name has among the objects of all surveys."""
    value = 0
    for letter in oid[5:]:
        value = value * 26 + _LETTERS.find(letter)
    return 2 ** 55 + int(oid[3:5]) * 26 ** 7 + value if oid[:3] == "ZTF" and oid[3:5].isdigit() else 2 ** 55


def _sql(name, columns):
    source, given = _SOURCES[name]
    known = {stored.lower(): stored for stored in column_types(source)} if source.isidentifier() else {}
    items = (f"{given.get(column.name) or known.get(column.name, 'NULL')} AS {column.name}" for column in columns)
    return f"SELECT {', '.join(items)} FROM {source}"


def _rows(store, name, columns):
    """The content of a table, as lists by column."""
    if name in _CONSTANT:
        return _CONSTANT[name]
    if name == "alerce_tap.object":
        sql = _OBJECTS
    elif name not in _SOURCES:
        return {column.name: [] for column in columns}
    else:
        sql = _sql(name, columns) + (_DETECTIONS if name == "alerce_tap.detection" else "")
    own = Store(store.path)  # a connection of the thread that asks
    try:
        own.connection.create_function("number", 1, _number, deterministic=True)
        rows = own.rows(sql)
    finally:
        own.close()
    values = list(zip(*rows)) or [[]] * len(columns)
    return {column.name: [json.loads(text) for text in cells] if column.datatype == "array" else list(cells)
            for column, cells in zip(columns, values)}


def _schemas(store):
    from ...gateway.tap import Schema, Table
    from .alerce_tap_schema import TABLES

    def table(name, description, columns):
        return Table(name, columns, lambda: _rows(store, name, columns), description)

    return [Schema(schema, about, tuple(table(name, *content) for name, content in TABLES.items()
                                        if name.startswith(f"{schema}."))) for schema, about in _ABOUT.items()]


def _app(store):
    from ...gateway.tap import Limits, tap_app
    # Errors of the user are 500 there.
    return tap_app(_schemas(store), title="ALeRCE TAP (sandbox)", error_status=500, examples=EXAMPLES,
                   limits=Limits(sync_seconds=300), reserved=_SYSTEM_COLUMNS)


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    made, lock = [], threading.Lock()

    def make():
        with lock:
            if not made:
                made.append(_app(store))

    async def answer(scope, receive, send):
        if not made:
            try:
                await run_in_threadpool(make)
            except ImportError as error:
                await PlainTextResponse(str(error), 501)(scope, receive, send)
                return
        await made[0](scope, receive, send)
    return answer
