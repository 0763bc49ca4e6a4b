# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Replies on disk: one private SQLite file per service, which holds bytes and text and nothing that could be run.

A connection lives for one operation only: threads, processes, forks and a file that somebody removed need no thought,
and no lock is held while anybody waits. Whatever is wrong with the file is a miss.
"""

import hashlib
import json
import logging
import os
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

import requests

from .redact import redact

__all__ = ["Cache"]

log = logging.getLogger(__name__)

_FILE = "replies.sqlite"
_VERSION = 20261127
_SCHEMA = ("CREATE TABLE replies (key TEXT PRIMARY KEY, stored REAL NOT NULL, expires REAL NOT NULL, "
           "meta TEXT NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL)",
           "CREATE INDEX replies_stored ON replies (stored)",
           f"PRAGMA user_version = {_VERSION}")
_BUSY = 2.0
#: SQLite's ways to say that the file is not what was written.
_DAMAGED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_NOTADB}
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "set-cookie", "set-cookie2"}


class _DamagedError(Exception):
    """The file is not a cache of this version."""


class Cache:
    """Cached replies.

    Parameters
    ----------
    location : path, or callable that gives one
        The folder. It is made with mode 0700, the file in it with mode 0600.
    max_bytes : int
        Size of the file; the oldest replies make room for new ones. A reply of more than an eighth is not stored.
    """

    def __init__(self, location, max_bytes=1 << 30):
        self._location = location
        self.max_bytes = max_bytes

    @property
    def path(self):
        """The file."""
        return Path(self._location() if callable(self._location) else self._location) / _FILE

    def load(self, call, *, stale=False):
        """The reply to a call, or None; with ``stale`` also one whose lifetime is over."""
        row = self._run(lambda database: _row(database, _key(call)), make=False)
        if row is None:
            return None
        try:
            key, stored, expires, meta, body, digest = row
            if not stale and time.time() >= min(expires, stored + call.lifetime):
                return None
            if digest == _digest(key, meta, body):
                return _response(json.loads(meta), body, stored)
        except (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError):
            pass
        log.debug("A damaged reply is dropped from %s", self.path)
        self._run(lambda database: database.execute("DELETE FROM replies WHERE key = ?", (key,)), make=False)
        return None

    def save(self, call, response):
        """Keep a reply for the lifetime that its call gives."""
        def write(database):
            key, now, meta, body = _key(call), time.time(), _meta(call, response), response.content
            if len(body) <= self.max_bytes // 8 and not _shows_token(call, meta, body):
                database.execute("BEGIN IMMEDIATE")
                # The body comes last and is written separately: as a value of the row it would be copied twice.
                row = database.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?, zeroblob(?))",
                                       (key, now, now + call.lifetime, meta, _digest(key, meta, body), len(body)))
                if body:
                    with database.blobopen("replies", "body", row.lastrowid) as blob:
                        blob.write(body)
                database.execute("COMMIT")
                self._make_room(database, now)

        self._run(write, make=True)

    def clear(self):
        """Remove all replies, and with the file their bytes.

        Raises
        ------
        InvalidArgumentError
            If the location is no folder that can be used.
        """
        with _errors_for_people():
            self._remove()

    def _remove(self):
        for path in (self.path, Path(f"{self.path}-journal")):
            path.unlink(missing_ok=True)

    def info(self):
        """What is stored.

        Returns
        -------
        dict
            ``location`` (the folder), ``entries``, ``bytes`` (on disk) and ``oldest`` (`~datetime.datetime` in UTC, or
            None).

        Raises
        ------
        InvalidArgumentError
            If the location is no folder that can be used.
        """
        with _errors_for_people():
            path = self.path
            with suppress(FileNotFoundError):
                os.scandir(path.parent).close()
            if path.is_dir():
                raise IsADirectoryError(f"{path} is a folder")
        entries, oldest = self._run(lambda database: database.execute(
            "SELECT COUNT(*), MIN(stored) FROM replies").fetchone(), make=False) or (0, None)
        size = 0
        with suppress(OSError):
            size = path.stat().st_size
        return {"location": str(path.parent), "entries": entries, "bytes": size,
                "oldest": None if oldest is None else datetime.fromtimestamp(oldest, timezone.utc)}

    def _run(self, work, *, make):
        """Let something work on the database; None if that fails, which is never worth an exception."""
        for _ in range(2):
            try:
                path = self.path
                if not make and not path.exists():
                    return None
                with closing(_connect(path, make)) as database:
                    return work(database)
            except Exception as error:  # a cache must not be what makes a query fail
                log.debug("The cache could not be used: %s: %s", type(error).__name__, error)
                if not _is_damage(error):
                    return None
                with suppress(OSError):
                    self._remove()
        return None

    def _make_room(self, database, now):
        pages, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0]
                             for name in ("page_count", "freelist_count", "page_size"))
        if (pages - free) * size <= self.max_bytes:
            return
        database.execute("DELETE FROM replies WHERE expires <= ?", (now,))
        database.execute(
            "DELETE FROM replies WHERE key IN (SELECT key FROM (SELECT key, SUM(LENGTH(body) + LENGTH(meta) + 300) "
            "OVER (ORDER BY stored DESC, key) AS kept FROM replies) WHERE kept > ?)", (self.max_bytes * 3 // 4,))


@contextmanager
def _errors_for_people():
    """Errors of the file system, and of a home that is not known, as `InvalidArgumentError`."""
    from ..exceptions import InvalidArgumentError

    try:
        yield
    except (OSError, RuntimeError) as error:
        raise InvalidArgumentError(
            f"The cache cannot be used: {error}. Queries work without it. Set `cache_location` to a folder that you "
            "may write to, or remove what is in its place.") from error


def _connect(path, make):
    if make:
        _make_private(path)
    database = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        # A crash of the machine may damage the file. The digests tell, and then it is made anew.
        database.execute("PRAGMA synchronous = OFF")
        if _version(database) != _VERSION:
            _create(database)
    except BaseException:
        database.close()
        raise
    return database


def _row(database, key):
    """Key, time of storing, end of the lifetime, description, body and digest of a reply; None if there is none."""
    database.execute("BEGIN")  # the body is read separately: as a value of the row it would be copied twice
    row = database.execute("SELECT rowid, key, stored, expires, meta, digest FROM replies WHERE key = ?",
                           (key,)).fetchone()
    if row is None:
        return None
    place, key, stored, expires, meta, digest = row
    with database.blobopen("replies", "body", place, readonly=True) as body:
        return key, stored, expires, meta, body.read(), digest


def _version(database):
    return database.execute("PRAGMA user_version").fetchone()[0]


def _create(database):
    database.execute("BEGIN IMMEDIATE")
    if _version(database) != _VERSION:
        if database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
            raise _DamagedError("a database of another kind")
        for statement in _SCHEMA:
            database.execute(statement)
    database.execute("COMMIT")


def _make_private(path):
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        if not any(folder.iterdir()):
            # Made for us by somebody else. A folder with other things in it is not ours to close.
            folder.chmod(0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _is_damage(error):
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _DAMAGED
    return isinstance(error, _DamagedError)


def _key(call):
    """What makes a question the same question; only its hash leaves this function."""
    data = call.data
    if isinstance(data, bytes):
        data = hashlib.sha256(data).hexdigest()
    parts = {"method": call.method, "url": call.url, "params": sorted(call.params, key=lambda pair: pair[0]),
             "json": call.json, "data": [type(call.data).__name__, data],
             "headers": sorted((name.lower(), str(value)) for name, value in (call.headers or {}).items()),
             "credential": call.credential.fingerprint() if call.credential else None}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _digest(key, meta, body):
    digest = hashlib.blake2b(f"{key}\n{meta}\n".encode(), digest_size=16)
    digest.update(body)
    return digest.digest()


def _meta(call, response):
    headers = [(name, redact(value, call.credential)) for name, value in response.headers.items()
               if name.lower() not in _SECRET_HEADERS]
    return json.dumps({"method": response.request.method, "url": redact(response.url, call.credential),
                       "status": response.status_code, "reason": response.reason, "encoding": response.encoding,
                       "headers": headers})


def _shows_token(call, meta, body):
    """Whether the service sent the token back."""
    token = call.credential.token if call.credential else None
    return token is not None and (token.encode() in body or token in meta)


def _response(meta, body, stored):
    response = requests.Response()
    response.status_code, response.reason = meta["status"], meta["reason"]
    response.url, response.encoding = meta["url"], meta["encoding"]
    response.headers.update(meta["headers"])
    response._content, response._content_consumed = bytes(body), True
    response.request = requests.Request(meta["method"], meta["url"]).prepare()
    response.from_cache, response.tries = True, 0
    response.cached_at = datetime.fromtimestamp(stored, timezone.utc)
    return response
