# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Asynchronous queries: waited for, aborted, and taken up again by another process."""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from ..exceptions import BrokerConnectionError, BrokerError, BrokerTimeoutError, ObjectNotFoundError
from ..transport import redact
from ..transport.progress import Waiting

__all__ = ["Ledger", "TapJob"]

_ENDED = ("COMPLETED", "ERROR", "ABORTED", "ARCHIVED")
_LIFETIME = 2 * 24 * 3600.0
_SHORTEST, _LONGEST = 0.1, 10.0


class TapJob:
    """An asynchronous query, which lives at the service under its address.

    Made by ``submit_tap_job`` and ``get_tap_job`` of a broker.

    Parameters
    ----------
    broker : `~astroquery_brokers.tap.TapAccess`
        Whose service it is.
    url : str
        Address of the job.

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.tap import TapJob
    >>> job = Alerce.submit_tap_job("SELECT TOP 3 oid FROM ztf.object ORDER BY oid")
    >>> isinstance(job, TapJob), job.wait()
    (True, 'COMPLETED')

    Another process can take it up by its address:

    >>> table = Alerce.get_tap_job(job.url).get_result()
    >>> len(table)
    3
    >>> job.delete()
    """

    def __init__(self, broker, url):
        self._broker, self._service = broker, broker._tap_service()
        self.url = url

    def __repr__(self):
        return f"<TapJob {redact(self.url)}>"

    def description(self):
        """What the service says about the job.

        Returns
        -------
        `pyvo.io.uws.tree.JobSummary`
            With ``phase``, ``parameters``, ``destruction``, ``errorsummary``, ... as pyvo names them.

        Raises
        ------
        ObjectNotFoundError
            If there is no such job any more.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> job = Alerce.submit_tap_job("SELECT TOP 3 oid FROM ztf.object", maxrec=10)
        >>> {item.id_: item.content for item in job.description().parameters}["maxrec"]
        '10'
        >>> job.delete()
        """
        return self._service.job(self.url)

    @property
    def phase(self):
        """Where it stands (str): PENDING, QUEUED, EXECUTING, COMPLETED, ERROR, ABORTED, ...

        Raises
        ------
        ObjectNotFoundError
            If there is no such job any more.
        """
        return self.description().phase

    @property
    def query(self):
        """Its ADQL (str).

        Raises
        ------
        ObjectNotFoundError
            If there is no such job any more.
        """
        return self._parameters(self.description()).get("query", "")

    @staticmethod
    def _parameters(description):
        return {item.id_.lower(): item.content or "" for item in description.parameters or ()}

    def start(self):
        """Start it, if it has not been.

        Raises
        ------
        ObjectNotFoundError
            If there is no such job any more.

        Examples
        --------
        What ``submit_tap_job`` makes has been started; here is a job that has not:

        >>> import requests
        >>> from astroquery_brokers.alerce import Alerce, conf
        >>> question = {"LANG": "ADQL", "QUERY": "SELECT TOP 3 oid FROM ztf.object"}
        >>> job = Alerce.get_tap_job(requests.post(f"{conf.tap_url}/async", question, timeout=30).url)
        >>> job.phase
        'PENDING'
        >>> job.start()
        >>> job.wait()
        'COMPLETED'
        >>> job.delete()
        """
        if self.phase == "PENDING":
            self._service.tell_job(self.url, PHASE="RUN")

    def wait(self, timeout=None, *, progress=None):
        """Wait until it has ended; it is started if it was not.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait; without it until the service ends it.
        progress : bool, optional
            Whether to show the phase and the time; by default on a terminal when it takes more than a second.

        Returns
        -------
        str
            The last phase: COMPLETED, ERROR or ABORTED.

        Raises
        ------
        BrokerTimeoutError
            If ``timeout`` is over. The job goes on.
        BrokerConnectionError
            If the service could not be reached for as long as ``max_wait``. The job goes on.
        ObjectNotFoundError
            If there is no such job any more.

        Notes
        -----
        Interrupting (Ctrl-C) leaves the job as it is.
        """
        self.start()
        began, silent = time.monotonic(), None
        with Waiting(progress, f"{self._service.name} TAP job") as bar:
            while True:
                seconds = time.monotonic() - began
                try:
                    phase, silent = self.phase, None
                except (BrokerConnectionError, BrokerTimeoutError):
                    # The job does not mind a network that is gone for a while.
                    silent = silent or time.monotonic()
                    if time.monotonic() - silent > self._service.policy.max_wait:
                        raise
                    phase = "unknown"
                bar.update(phase, seconds)
                if phase in _ENDED:
                    return phase
                if timeout is not None and seconds >= timeout:
                    raise BrokerTimeoutError(f"The TAP job is still {phase} after {seconds:.0f} s, and goes on: take "
                                             f"it up later with get_tap_job({redact(self.url)!r}).",
                                             broker=self._service.name, url=redact(self.url))
                pause = min(max(_SHORTEST, seconds / 5), _LONGEST)
                time.sleep(pause if timeout is None else max(0.0, min(pause, timeout - seconds)))

    def get_result(self, *, progress=None):
        """The table, once the job has ended; until then it is waited for.

        Parameters
        ----------
        progress : bool, optional
            As for `wait`.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            As ``query_tap`` gives it, with the query's columns.

        Raises
        ------
        RejectedQueryError
            If the query was wrong.
        BrokerError
            If the job was aborted, or the service fails.
        """
        return self._broker._result_of_job(self.url, progress)

    def abort(self):
        """Stop it; one that has ended is left alone.

        Raises
        ------
        ObjectNotFoundError
            If there is no such job any more.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> job = Alerce.submit_tap_job("SELECT TOP 3 oid FROM ztf.object")
        >>> job.abort()
        >>> job.wait() in ("ABORTED", "COMPLETED")  # a quick query may end before
        True
        >>> job.delete()
        """
        if self.phase not in _ENDED:
            self._service.tell_job(self.url, PHASE="ABORT")

    def delete(self):
        """Stop it, and have the service forget it and its result; one that is gone is gone.

        Raises
        ------
        BrokerError
            If the service fails.
        """
        with suppress(ObjectNotFoundError):
            self._service.delete_job(self.url)

    def _reply(self, progress=None):
        """The reply with the result, and the query."""
        self.wait(progress=progress)
        description = self.description()
        parameters = self._parameters(description)
        if description.phase == "ERROR":
            raise self._service.refusal(_message(description) or "the service does not say why",
                                        parameters.get("query", ""))
        if description.phase != "COMPLETED":
            raise BrokerError(f"The TAP job {redact(self.url)} ended as {description.phase}, without a result. Ask the "
                              "query again.", broker=self._service.name, url=redact(self.url))
        hrefs = [result.href for result in description.results or () if result.id_ == "result" and result.href]
        path = f"/async/{self.url.rstrip('/').rpartition('/')[2]}/results/result"
        url = self._service.own(hrefs[0], path) if hrefs else f"{self.url}/results/result"
        return self._service.result_of_job(url), parameters


def _message(description):
    summary = description.errorsummary
    message = getattr(summary, "message", None)
    return " ".join(str(getattr(message, "content", message) or "").split())


class Ledger:
    """The addresses of jobs that this user's processes wait for, as small files, one per question.

    Parameters
    ----------
    folder : `pathlib.Path`
        The broker's folder of cached replies.
    """

    def __init__(self, folder):
        self._folder = Path(folder) / "tap_jobs"

    def _path(self, call):
        key = repr((call.url, call.data, call.headers)).encode()
        return self._folder / f"{hashlib.sha256(key).hexdigest()}.json"

    def find(self, call):
        """Address of the job for a question, or None.

        Parameters
        ----------
        call : `~astroquery_brokers.transport.Call`
            What would make the job.

        Returns
        -------
        str or None
        """
        try:
            noted = json.loads(self._path(call).read_text(encoding="utf-8"))
            return str(noted["url"]) if 0 <= time.time() - noted["made"] < _LIFETIME else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def note(self, call, url):
        """Keep the address of the job for a question.

        Parameters
        ----------
        call : `~astroquery_brokers.transport.Call`
            What made the job.
        url : str
            Its address.
        """
        path = self._path(call)
        with suppress(OSError):  # without the note, another process would ask again
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps({"url": url, "made": time.time()}), encoding="utf-8")
            draft.replace(path)

    def forget(self, call):
        """Drop the address of the job for a question.

        Parameters
        ----------
        call : `~astroquery_brokers.transport.Call`
            What made the job.
        """
        with suppress(OSError):
            self._path(call).unlink()
