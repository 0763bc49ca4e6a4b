# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The tables in DuckDB, locked up: nothing outside of it can be reached, and queries only read."""

import threading
import time
from contextlib import contextmanager

import duckdb
import numpy as np

from .compiler import compile_query, outputs_of
from .errors import QueryError, ServiceError
from .functions import TYPES
from .scope import quoted
from .tables import tap_schema

__all__ = ["Database", "Result", "fill"]

_LOCKS = ("ieee_floating_point_ops = false", "enable_external_access = false", "python_enable_replacements = false",
          "autoinstall_known_extensions = false", "autoload_known_extensions = false", "lock_configuration = true")
_DTYPES = {"short": np.int16, "int": np.int32, "long": np.int64, "float": np.float32, "double": np.float64,
           "boolean": bool}


class Result:
    """What a query gave.

    Attributes
    ----------
    outputs : list of `~astroquery_brokers.gateway.tap.scope.Output`
    columns : list of `numpy.ma.MaskedArray`
        In the same order; of objects for text.
    overflow : bool
        Whether there were more rows than may be given.
    """

    def __init__(self, outputs, columns, overflow):
        self.outputs = outputs
        self.columns = columns
        self.overflow = overflow

    def __len__(self):
        return len(self.columns[0]) if self.columns else 0


class Database:
    """Tables behind a TAP service. They are loaded when the first query comes.

    Parameters
    ----------
    schemas : sequence of `~astroquery_brokers.gateway.tap.tables.Schema`
        TAP_SCHEMA is added.
    memory : str, optional
        What DuckDB may use, as ``"1GB"``.
    threads : int, optional
        Number of threads of DuckDB.

    Examples
    --------
    >>> from astroquery_brokers.gateway.tap import Column, Database, Schema, Table
    >>> columns = (Column("name", "char"), Column("mag", "float", "mag"))
    >>> stars = Table("mine.stars", columns, lambda: {"name": ["a", "b"], "mag": [20.5, 18.0]})
    >>> database = Database([Schema("mine", tables=(stars,))])
    >>> result = database.run("SELECT name FROM mine.stars WHERE mag < 19", maxrec=10, seconds=5)
    >>> result.columns[0].tolist()
    ['b']
    >>> database.close()
    """

    def __init__(self, schemas, *, memory="1GB", threads=2):
        own = tap_schema(schemas)
        self.schemas = [*schemas, own]
        self.catalog = {table.name.lower(): (_sql_name(table.name), outputs_of(table.columns))
                        for schema in self.schemas for table in schema.tables}
        self._config = {"memory_limit": memory, "threads": str(threads), "temp_directory": ""}
        self._lock = threading.Lock()
        self._connection = None
        self._closed = threading.Event()

    def _cursor(self):
        """A connection of its own for one query."""
        with self._lock:
            if self._closed.is_set():
                raise ServiceError("the service has ended", 503)
            if self._connection is None:
                self._connection = self._load()
            return self._connection.cursor()

    def close(self):
        """End all queries and forget the tables."""
        self._closed.set()
        with self._lock:
            # Queries that are about to end hold connections of their own: the last one closes the database.
            self._connection = None

    def _load(self):
        connection = duckdb.connect(":memory:", config=self._config)
        for schema in self.schemas:
            connection.execute(f"CREATE SCHEMA {quoted(schema.name)}")
            for table in schema.tables:
                fill(connection, _sql_name(table.name), table.columns, table.rows())
        for lock in _LOCKS:
            connection.execute(f"SET GLOBAL {lock}")
        return connection

    def run(self, query, *, maxrec, seconds, uploads=(), canceled=None):
        """Answer a query.

        Parameters
        ----------
        query : str
            ADQL.
        maxrec : int
            Number of rows to give at most.
        seconds : float
            Time that it may take, in s.
        uploads : sequence of `~astroquery_brokers.gateway.tap.uploads.Upload`
        canceled : `threading.Event`, optional
            Ends the query when it is set.

        Returns
        -------
        Result

        Raises
        ------
        QueryError
            If the query is not one SELECT over the tables, or fails, or takes too long.
        ServiceError
            If it was canceled.
        """
        catalog = {**self.catalog, **{f"tap_upload.{upload.name.lower()}": (
            f"temp.main.{quoted(upload.name)}", outputs_of(upload.columns)) for upload in uploads}}
        compiled = compile_query(query, catalog, rows=maxrec + 1)
        connection = self._cursor()
        try:
            for upload in uploads:
                fill(connection, f"temp.main.{quoted(upload.name)}", upload.columns, upload.rows, "TEMP ")
            connection.execute("BEGIN TRANSACTION READ ONLY")
            with _bounded(connection, seconds, [event for event in (canceled, self._closed) if event]):
                found = connection.execute(compiled.sql).fetchnumpy()
        finally:
            connection.close()
        columns = [_typed(found[output.name], output.kind) for output in compiled.outputs]
        overflow = bool(columns) and len(columns[0]) > maxrec
        return Result(compiled.outputs, [column[:maxrec] for column in columns], overflow)


def _sql_name(name):
    return ".".join(map(quoted, name.split(".", 1)))


def fill(connection, name, columns, rows, kind=""):
    """Make a table.

    Parameters
    ----------
    connection : `duckdb.DuckDBPyConnection`
    name : str
        In SQL.
    columns : sequence of `~astroquery_brokers.gateway.tap.tables.Column`
    rows : dict
        See `~astroquery_brokers.gateway.tap.tables.Table`.
    """
    listed = ", ".join(f"{quoted(column.name)} {TYPES[column.kind]}" for column in columns)
    connection.execute(f"CREATE {kind}TABLE {name} ({listed})")
    if not len(rows[columns[0].name]):
        return
    incoming, chosen = {}, []
    for number, column in enumerate(columns):
        values, missing = _stored(rows[column.name], column.kind)
        incoming[f"c{number}"] = values
        value = f"CAST(c{number} AS {TYPES[column.kind]})"
        if missing is not None:
            incoming[f"m{number}"] = missing
            value = f"CASE WHEN m{number} THEN NULL ELSE {value} END"
        chosen.append(value)
    connection.register("incoming", incoming)
    connection.execute(f"INSERT INTO {name} SELECT {', '.join(chosen)} FROM incoming")
    connection.unregister("incoming")


def _stored(values, kind):
    """An array that DuckDB reads, and which of its values are missing (None if none is)."""
    if kind in ("char", "array"):
        missing = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else np.zeros(len(values), bool)
        result = np.empty(len(values), dtype=object)
        result[:] = list(values.tolist() if hasattr(values, "tolist") else values)
        missing = missing | np.array([value is None for value in result.tolist()], dtype=bool)
        result[missing] = None
        return result, missing if kind == "array" and missing.any() else None
    if not isinstance(values, np.ndarray):
        mask = np.array([value is None for value in values], dtype=bool)
        values = np.ma.array([0 if value is None else value for value in values], mask=mask)
    missing = np.ma.getmaskarray(values)
    return np.ma.getdata(values).astype(_DTYPES[kind]), missing if missing.any() else None


def _typed(values, kind):
    values = np.ma.asarray(values)
    if kind in _DTYPES:
        return values.astype(_DTYPES[kind])
    if values.dtype.kind != "O":
        # A column without a value has whatever type.
        return np.ma.masked_all(len(values), dtype=object) if kind in ("char", "array") and \
            np.ma.getmaskarray(values).all() else values.astype(object)
    missing = np.array([value is None for value in values.data.tolist()], dtype=bool)
    return np.ma.array(values.data, mask=np.ma.getmaskarray(values) | missing)


@contextmanager
def _bounded(connection, seconds, ends):
    """End what a connection does when the time is over or one of some events is set."""
    done, late = threading.Event(), threading.Event()
    end = time.monotonic() + seconds

    def watch():
        while not done.wait(0.02 if late.is_set() else min(0.1, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end or any(event.is_set() for event in ends):
                late.set()
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except duckdb.InterruptException as error:
        if any(event.is_set() for event in ends):
            raise ServiceError("The query was aborted") from error
        raise QueryError("Query timed out (took too long). Ask for less, or ask asynchronously") from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise QueryError("the query needs more memory than there is: ask for less") from error
    except duckdb.Error as error:
        raise QueryError(_message(error)) from error
    finally:
        done.set()
        watcher.join()


def _message(error):
    """What DuckDB says, without its SQL; of numbers that are too large for a column, what DaCHS says."""
    first = str(error).split("\n")[0]
    for bits, code in ((16, "h"), (32, "i")):
        if f"out of range for the destination type INT{bits}" in first:
            return f"'{code}' format requires {-2 ** (bits - 1)} <= number <= {2 ** (bits - 1) - 1}"
    return first.partition("Error: ")[2] or first
