# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The one alert store behind every dialect: an SQLite file.

Columns carry the names of the ZTF alert packet where it has one. Object names are text, every other identifier is
a 64-bit integer. ``bad_quality`` has the points of the histories of alerts that are too bad to be detections
(real-bogus score below 0.55, or bad pixels): Fink shows them apart. Tables of Rubin/LSST begin with ``lsst_``, see
`astroquery_brokers.sandbox.lsst_schema`. The rowids of ``objects`` are in an arbitrary but fixed order, so that a query
without ``ORDER BY`` has one order and it is not the order of the names.
"""

import hashlib
import sqlite3

from . import lsst_schema

__all__ = ["SCHEMA", "Store", "column_types"]

_PHOTOMETRY = ("mag REAL, e_mag REAL, mag_corr REAL, e_mag_corr REAL, e_mag_corr_ext REAL, isdiffpos INTEGER, "
               "corrected INTEGER, dubious INTEGER, parent_candid INTEGER")

SCHEMA = {
    "objects": "oid TEXT UNIQUE, true_class TEXT, ndethist INTEGER, ncovhist INTEGER, mjdstarthist REAL, "
               "mjdendhist REAL, corrected INTEGER, stellar INTEGER, ndet INTEGER, g_r_max REAL, g_r_max_corr REAL, "
               "g_r_mean REAL, g_r_mean_corr REAL, firstmjd REAL, lastmjd REAL, deltajd REAL, meanra REAL, "
               "meandec REAL, sigmara REAL, sigmadec REAL, step_id_corr TEXT",
    "detections": "oid TEXT, candid INTEGER, mjd REAL, fid INTEGER, pid INTEGER, diffmaglim REAL, isdiffpos INTEGER, "
                  "nid INTEGER, distnr REAL, magpsf REAL, sigmapsf REAL, magpsf_corr REAL, sigmapsf_corr REAL, "
                  "sigmapsf_corr_ext REAL, magap REAL, sigmagap REAL, magapbig REAL, sigmagapbig REAL, ra REAL, "
                  "dec REAL, rb REAL, rbversion TEXT, drb REAL, drbversion TEXT, rfid INTEGER, has_stamp INTEGER, "
                  "corrected INTEGER, dubious INTEGER, parent_candid INTEGER, step_id_corr TEXT, magnr REAL, "
                  "sigmagnr REAL",
    "upper_limits": "oid TEXT, mjd REAL, fid INTEGER, diffmaglim REAL",
    "bad_quality": "oid TEXT, mjd REAL, fid INTEGER, magpsf REAL, sigmapsf REAL, diffmaglim REAL, magnr REAL, "
                   "sigmagnr REAL, isdiffpos INTEGER, distnr REAL",
    "forced_photometry": f"oid TEXT, pid INTEGER, mjd REAL, fid INTEGER, ra REAL, dec REAL, {_PHOTOMETRY}, "
                         "forcediffimflux REAL, forcediffimfluxunc REAL, field INTEGER, rcid INTEGER, rfid INTEGER, "
                         "sciinpseeing REAL, scibckgnd REAL, scisigpix REAL, magzpsci REAL, magzpsciunc REAL, "
                         "magzpscirms REAL, clrcoeff REAL, clrcounc REAL, exptime REAL, adpctdif1 REAL, "
                         "adpctdif2 REAL, diffmaglim REAL, programid INTEGER, procstatus TEXT, distnr REAL, "
                         "ranr REAL, decnr REAL, magnr REAL, sigmagnr REAL, chinr REAL, sharpnr REAL",
    "magstats": "oid TEXT, fid INTEGER, stellar INTEGER, corrected INTEGER, ndet INTEGER, ndubious INTEGER, "
                "magmean REAL, magmedian REAL, magmax REAL, magmin REAL, magsigma REAL, maglast REAL, magfirst REAL, "
                "firstmjd REAL, lastmjd REAL, step_id_corr TEXT",
    "probabilities": "oid TEXT, classifier_name TEXT, classifier_version TEXT, class_name TEXT, probability REAL, "
                     "ranking INTEGER, position INTEGER",
    "features": "oid TEXT, name TEXT, value REAL, fid INTEGER, version TEXT",
    "classifiers": "classifier_name TEXT, classifier_version TEXT, classes TEXT",
    "packets": "survey TEXT, candid INTEGER, path TEXT, record INTEGER",
    **lsst_schema.SCHEMA,
}

_INDEXES = {
    "objects": ("meandec", "firstmjd"),
    "detections": ("oid, mjd, candid", "candid"),
    "upper_limits": ("oid, mjd, fid",),
    "bad_quality": ("oid, mjd, fid",),
    "forced_photometry": ("oid, mjd, pid",),
    "magstats": ("oid, fid",),
    "probabilities": ("oid, classifier_name, classifier_version", "classifier_name, class_name, ranking"),
    "features": ("oid",),
    "packets": ("candid",),
    **lsst_schema.INDEXES,
}


def column_types(table):
    """Columns of a table: dictionary of Python types by name."""
    types = {"TEXT": str, "INTEGER": int, "REAL": float}
    return {column.split()[0]: types[column.split()[1]] for column in SCHEMA[table].split(", ")}


def _values(column):
    # ndarray.tolist gives Python numbers, and sqlite3 stores a NaN as NULL, which is what it means in these tables.
    return column.tolist() if hasattr(column, "tolist") else column


class Store:
    """An SQLite file with the tables of `SCHEMA`.

    Parameters
    ----------
    path : str
        Name of the file.
    create : bool
        Make the tables; otherwise the file is opened for reading only.
    """

    def __init__(self, path, *, create=False):
        self.path = path
        if create:
            self.connection = sqlite3.connect(path)
            # A temporary file that no one reads before it is complete needs no journal.
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
                self.connection.execute(f"PRAGMA {pragma}")
            for table, columns in SCHEMA.items():
                self.connection.execute(f"CREATE TABLE {table} ({columns})")
        else:
            self.connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            self.connection.execute("PRAGMA case_sensitive_like = ON")
            self.connection.execute("PRAGMA cache_size = -65536")

    def add(self, table, columns):
        """Append rows.

        Parameters
        ----------
        table : str
            Name of the table.
        columns : dict
            Arrays or lists by column name, all of one length. NaN and None are nulls. Those that have a default may be
            missing.
        """
        wanted = {column.split()[0]: "DEFAULT" in column for column in SCHEMA[table].split(", ")}
        names = [name for name, optional in wanted.items() if name in columns or not optional]
        if set(columns) != set(names):
            raise ValueError(f"columns of {table} differ from the schema: {sorted(set(columns) ^ set(names))}")
        rows = zip(*(_values(columns[name]) for name in names), strict=True)
        if table == "objects":
            rows = sorted(rows, key=lambda row: hashlib.blake2b(row[0].encode(), digest_size=8).digest())
        marks = ", ".join("?" * len(names))
        self.connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)

    def close(self):
        """Close the file."""
        self.connection.close()

    def finish(self):
        """Index and save what was added."""
        for table, indexes in _INDEXES.items():
            for number, columns in enumerate(indexes):
                self.connection.execute(f"CREATE INDEX {table}_{number} ON {table} ({columns})")
        self.connection.execute("ANALYZE")
        self.connection.commit()
        self.connection.close()

    def rows(self, sql, parameters=()):
        """The rows of a query, as tuples."""
        return self.connection.execute(sql, parameters).fetchall()

    def dicts(self, sql, parameters=()):
        """The rows of a query, as dictionaries."""
        cursor = self.connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]

    def columns(self, table):
        """The content of a table in a reproducible order: dictionary of lists by column name."""
        names = list(column_types(table))
        keys = ("oid", "mjd", "fid", "pid", "candid", "measurement_id")
        order = ", ".join(name for name in keys if name in names) or "rowid"
        rows = self.rows(f"SELECT {', '.join(names)} FROM {table} ORDER BY {order}")
        return dict(zip(names, map(list, zip(*rows)))) if rows else {name: [] for name in names}
