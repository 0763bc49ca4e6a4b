# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions in ADQL, to ALeRCE's TAP service."""

from ..arguments import check_choice
from ..endpoints import Endpoint
from ..listings import listing
from ..tap import TapAccess
from ..tap.adql import where
from ..verbs import query

__all__ = ["TAP", "TapQueries"]

_HOUR = 3600.0
_SOURCE = "https://tap.alerce.online/tap (TAP_SCHEMA); server: GAVO DaCHS"

TAP = Endpoint("TAP", "tap_url", "/sync", (), method="POST", lifetime=_HOUR, source=_SOURCE)
_JOBS = Endpoint("TAP, asynchronous", "tap_url", "/async", (), method="POST", lifetime=0.0, source=_SOURCE)

# Dictionaries of the tables; those that all surveys share are described only where the query chooses Rubin.
_TABLES = {
    "ztf.object": "ztf_objects", "ztf.detection": "ztf_detections", "ztf.non_detection": "ztf_non_detections",
    "ztf.forced_photometry": "ztf_forced_photometry", "ztf.magstat": "ztf_magstats",
    "ztf.probability": "ztf_probabilities", "ztf.feature": "ztf_features", "ztf.taxonomy": "ztf_classifiers",
    "alerce_tap.lsst_detection": "lsst_detections", "alerce_tap.lsst_forced_photometry": "lsst_forced_photometry",
    "alerce_tap.lsst_dia_object": "lsst_object"}
_SHARED = {"alerce_tap.object": "lsst_objects", "alerce_tap.detection": "lsst_detections",
           "alerce_tap.forced_photometry": "lsst_forced_photometry", "alerce_tap.probability": "lsst_probabilities"}
_RUBIN = ("1", "2")
_BOOLEANS = "Compare booleans with text: stellar = 'True'."
# What the service's messages mean, and what helps.
_HINTS = (
    (r"Could not locate table '(public\.)?\w+'", "Write the schema too: ztf.object. list_tables() has all of them."),
    (r"Could not locate table", "list_tables() has all of them."),
    (r"No such field known", "list_columns('ztf.object') has the columns of a table."),
    (r"needs to be qualified|is ambiguous",
     "Write every column with its table: o.oid IN (SELECT d.oid FROM ztf.detection AS d)."),
    (r"column \S*oid_ does not exist", "An uploaded column must not be called oid; call it objectid."),
    (r"'h' format requires", "The service counts in 16 bits here; use COUNT(*) with WHERE in place of SUM(CASE ...)."),
    (r"argument is not an integer", "This column is declared as a number and holds text: select column || '' AS name, "
                                    "or xmatch.oid_catalog."),
    (r"No VOTable type for varchar", "Write column || '' in place of CAST(column AS VARCHAR)."),
    (r"operator does not exist: boolean|BOOLEAN is not possible|invalid input syntax for type boolean", _BOOLEANS),
    (r"(?si)Could not parse.*\n.*\b(WHERE|AND|OR|NOT)\s+[\w.]+\s*(\Z|\)|AND\b|OR\b|ORDER\b|GROUP\b)", _BOOLEANS),
    (r"(?si)Could not parse.*\n.*(?<![\"\w])(value|size)(?![\"\w])",
     'Words of ADQL, such as value and size, stand in double quotes where they are columns: "value".'),
    (r"(?si)Could not parse.*\n.*\b(true|false)\b", _BOOLEANS))


class TapQueries(TapAccess):
    """Verbs that ask in ADQL (mixin)."""

    tap_tables = {**_TABLES, **_SHARED}
    tap_hints = _HINTS

    def _tap_entry(self, origins, table, column):
        if table in _SHARED and origins.equal.get("sid") not in _RUBIN:
            return None
        return super()._tap_entry(origins, table, column)

    @query(TAP, returns=(), without=("raise_on_failure",))
    def query_tap(self, adql, *, maxrec=None, uploads=None, async_job=False):
        """Rows by a query in ADQL.

        Parameters
        ----------
        adql : str
            One SELECT. Tables have their schema before them: ``ztf.object``, ``alerce_tap.lsst_detection``.
        maxrec : int, optional
            Most rows to return: ``conf.row_limit`` by default, or what the query's own TOP says if that is more; -1
            is all.
        uploads : dict of str to `~astropy.table.Table`, optional
            Tables that the query can use as ``tap_upload.<name>``. Call a column of object ids ``objectid``, as
            ``oid`` cannot be used; booleans and empty tables are refused.
        async_job : bool, optional
            Whether the service keeps the query as a job, which may take an hour, and whose reply is waited for. If this
            process ends before, the same call in another one goes on waiting for the same job (unless ``cache=False``
            or ``"refresh"``). Ctrl-C deletes the job.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            The columns that the query selects, e.g. ``oid``, ``ndet``, ``firstmjd`` (d). Those of known tables have
            type, unit, UCD and description as in the tables of the other verbs, and are masked as there; others are as
            the service describes them.

        Raises
        ------
        RejectedQueryError
            If the service refuses the query; the message has its words.
        BrokerTimeoutError
            If it takes longer than ``conf.tap_timeout``, or than the service allows.

        Warns
        -----
        MaxResultsWarning
            If there are more rows than ``maxrec``.

        Notes
        -----
        ALeRCE TAP, ``/tap/sync`` and ``/tap/async``: TAP 1.1 with ADQL 2.1. One query is asked at a time, and a query
        that the service has refused is not repeated. ``ztf.taxonomy`` has lists of text, which come as lists.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> table = Alerce.query_tap("SELECT TOP 5 oid, ndet, firstmjd FROM ztf.object WHERE ndet > 20 ORDER BY oid")
        >>> table["firstmjd"].unit, len(table)
        (Unit("d"), 5)

        Many objects at once:

        >>> from astropy.table import Table
        >>> mine = Table({"objectid": table["oid"]})
        >>> rows = Alerce.query_tap("SELECT p.oid, p.class_name FROM ztf.probability AS p JOIN tap_upload.mine AS u "
        ...                         "ON p.oid = u.objectid WHERE p.ranking = 1", uploads={"mine": mine})
        >>> set(rows["oid"]) <= set(table["oid"])
        True
        """
        return self._tap_plan(_JOBS if async_job else TAP, adql, maxrec=maxrec, uploads=uploads, async_job=async_job)

    def send_query(self, query, format=None, index=None, sort=None):
        """Rows by a query, under the name that ALeRCE's own client once had for SQL.

        Parameters
        ----------
        query : str
            One SELECT in ADQL: SQL over HTTP is gone from the service.
        format : {"votable", "pandas", "json", "csv"}, optional
            What is returned, as for `query_tap`.
        index, sort : str, optional
            Columns to index and to sort by.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            As `query_tap`: the columns that the query selects, e.g. ``oid``.

        Raises
        ------
        InvalidArgumentError
            If it is not one SELECT; nothing is sent.
        BrokerError
            If the service refuses it, or fails.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> len(Alerce.send_query("SELECT TOP 3 oid FROM ztf.object"))
        3
        """
        return self.query_tap(query, format=format, index=index, sort=sort)

    def submit_tap_job(self, adql, *, maxrec=None, uploads=None):
        """Start a query as a job at the service, and do not wait for it.

        Parameters
        ----------
        adql : str
            One SELECT.
        maxrec : int, optional
            Most rows to return, as for `query_tap`.
        uploads : dict of str to `~astropy.table.Table`, optional
            Tables that the query can use, as for `query_tap`.

        Returns
        -------
        `~astroquery_brokers.tap.TapJob`
            Its ``url`` is what to keep; ``wait()``, ``get_result()``, ``abort()`` and ``delete()`` do what they say.

        Raises
        ------
        InvalidArgumentError
            If an argument is wrong; nothing is sent.
        BrokerError
            If the service fails.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> job = Alerce.submit_tap_job("SELECT TOP 3 oid FROM ztf.object")
        >>> len(job.get_result())
        3
        >>> job.delete()
        """
        return self._submit(self._tap_plan(_JOBS, adql, maxrec=maxrec, uploads=uploads, async_job=True))

    def get_tap_job(self, url):
        """A job that this or another process has started.

        Parameters
        ----------
        url : str
            Its address at the service, or the last word of that.

        Returns
        -------
        `~astroquery_brokers.tap.TapJob`
            Nothing is asked until one of its methods is called.

        Raises
        ------
        InvalidArgumentError
            If it is an address of another service.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> job = Alerce.submit_tap_job("SELECT TOP 3 oid FROM ztf.object")
        >>> same = Alerce.get_tap_job(job.url)
        >>> same.query
        'SELECT TOP 3 oid FROM ztf.object'
        >>> same.delete()
        """
        return self._job_at(url)

    def list_tables(self, *, cache=None):
        """Tables of the TAP service.

        Parameters
        ----------
        cache : bool or {"refresh", "only"}, optional
            As for `query_tap`.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns ``table``, ``description``, ``columns_like`` (the table of `list_columns` with the meaning of its
            columns, where there is one).

        Raises
        ------
        InvalidArgumentError
            If ``cache`` is wrong; nothing is sent.
        BrokerError
            If the service fails.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> "ztf.object" in Alerce.list_tables()["table"]
        True
        """
        found = self.query_tap("SELECT table_name, description FROM tap_schema.tables ORDER BY table_name", maxrec=-1,
                               cache=cache)
        rows = [(name, about, self.tap_tables.get(name, ""))
                for name, about in zip(_texts(found["table_name"]), _texts(found["description"]))]
        return listing("Tables of ALeRCE's TAP service", rows, "table*", "description*", "columns_like")

    def list_columns(self, table=None):
        """Columns of the broker's tables, with their meaning.

        Parameters
        ----------
        table : str, optional
            Name of a table or of a verb, e.g. ``"ztf_detections"`` or ``"query_detections"``; all of them by default.
            Or a table of the TAP service, e.g. ``"ztf.detection"``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns ``table``, ``column``, ``dtype``, ``unit``, ``ucd``, ``time_scale`` (of epochs), ``nulls`` (values
            on the wire that are masked, beside null), ``description``, ``returned`` (whether the service still
            sends it). Of a table of the TAP service, which is asked for them: ``table``, ``column``, ``dtype``,
            ``unit``, ``ucd``, ``description``, ``indexed`` (whether a condition on it is quick).

        Raises
        ------
        InvalidArgumentError
            If there is no such table or verb.
        BrokerError
            If the TAP service is asked, and fails.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> columns = Alerce.list_columns("ztf.non_detection")
        >>> sorted(columns["column"].tolist())
        ['diffmaglim', 'fid', 'mjd', 'oid']
        """
        if not isinstance(table, str) or "." not in table:
            return super().list_columns(table)
        table = check_choice(table.lower(), self.list_tables()["table"].tolist(), "table")
        found = self.query_tap("SELECT column_name, datatype, unit, ucd, description, indexed FROM tap_schema.columns "
                               f"WHERE {where([('table_name', '=', table)])}", maxrec=-1)
        return self._tap_listing(table, found, _texts(found["column_name"]))

    def _tap_listing(self, table, found, names):
        """The columns of a table, in our words where we have them."""
        known = self.tap_tables.get(table) if table not in _SHARED else None
        entries = {entry.name.lower(): entry for entry in self._dictionary(known).columns} if known else {}
        rows = []
        for name, *said, indexed in zip(names, *(_texts(found[about]) for about in ("datatype", "unit", "ucd",
                                                                                    "description")), found["indexed"]):
            entry = entries.get(name.strip('"'))
            if entry is not None:
                said = [entry.dtype, entry.unit or "", entry.ucd, entry.description]
            rows.append((table, name, *said, bool(indexed)))
        return listing(f"Columns of {table}", rows, "table", "column*", "dtype", "unit*", "ucd", "description*",
                       "indexed")


def _texts(column):
    return ["" if value is None else str(value) for value in column.tolist()]
