# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Asynchronous queries: what UWS calls jobs."""

import secrets
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .errors import ServiceError

__all__ = ["ENDED", "Job", "Jobs", "now"]

ENDED = ("COMPLETED", "ERROR", "ABORTED")
PHASES = ("PENDING", "QUEUED", "EXECUTING", *ENDED)


def now():
    """This second, UTC."""
    return datetime.now(timezone.utc).replace(microsecond=0)


class Job:
    """A query and what became of it.

    Attributes
    ----------
    id : str
    parameters : dict
        By name in lower case.
    uploads : dict
        Bytes by the name of the part.
    phase : str
    created, started, ended, destruction : `~datetime.datetime` or None
    duration : int
        Seconds that it may take.
    error : str or None
    result : `~pathlib.Path` or None
    media : str
        Media type of the result.
    """

    def __init__(self, parameters, uploads, duration, lifetime):
        self.id = secrets.token_urlsafe(9).replace("-", "x")
        self.parameters, self.uploads = parameters, uploads
        self.phase, self.created = "PENDING", now()
        self.started = self.ended = self.error = self.result = None
        self.duration, self.destruction = duration, now() + timedelta(seconds=lifetime)
        self.media = ""
        self.canceled = threading.Event()


class Jobs:
    """The jobs of a service, in memory; their results are files in a folder of its own.

    Parameters
    ----------
    work : callable
        Answers a job: ``work(job)`` gives bytes and their media type, or raises `ServiceError`.
    duration, longest : int
        Seconds that a job may take, if it does not say, and at most.
    lifetime : int
        Seconds that a job is kept.
    running : int
        How many run at a time; the others wait.
    """

    def __init__(self, work, *, duration, longest, lifetime, running):
        self.work, self.duration, self.longest, self.lifetime = work, duration, longest, lifetime
        self._jobs, self._lock = {}, threading.Lock()
        self._pool = ThreadPoolExecutor(running, thread_name_prefix="tap-job")
        self._folder = None

    def create(self, parameters, uploads):
        """A new job, which waits to be run."""
        job = Job(parameters, uploads, self.duration, self.lifetime)
        self._jobs[job.id] = job
        return job

    def get(self, name):
        """The job of a name."""
        self._sweep()
        job = self._jobs.get(name)
        if job is None:
            raise ServiceError(f"UWS job {name!r} could not be located in jobs table", 404)
        return job

    def all(self):
        """All jobs, newest first."""
        self._sweep()
        return sorted(self._jobs.values(), key=lambda job: job.created, reverse=True)

    def run(self, job):
        """Put a job in the queue; one that is there or has been is left alone."""
        with self._lock:
            if job.phase != "PENDING":
                return
            job.phase = "QUEUED"
        self._pool.submit(self._execute, job)

    def abort(self, job):
        """End a job, whatever it does."""
        with self._lock:
            if job.phase in ENDED:
                return
            job.canceled.set()
            job.phase, job.ended = "ABORTED", now()

    def destroy(self, job):
        """Abort and forget a job."""
        self.abort(job)
        self._jobs.pop(job.id, None)
        if job.result is not None:
            job.result.unlink(missing_ok=True)

    def change(self, job, name, value):
        """Set ``executionduration`` (seconds) or ``destruction`` (date) from text, within what is allowed."""
        try:
            if name == "executionduration":
                seconds = int(float(value))
                job.duration = min(seconds, self.longest) if seconds > 0 else self.longest
                return
            date = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
        except (ValueError, OverflowError) as error:
            raise ServiceError(f"Field {name}: {value!r} is not a valid literal for {name}") from error
        date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
        job.destruction = min(date.astimezone(timezone.utc), job.created + timedelta(seconds=self.lifetime))

    def close(self):
        """End all jobs and remove their results."""
        for job in list(self._jobs.values()):
            self.abort(job)
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _sweep(self):
        for job in [job for job in list(self._jobs.values()) if job.destruction <= now()]:
            self.destroy(job)

    def _path(self, job):
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.mkdtemp(prefix="astroquery_brokers_tap_")
        return Path(self._folder) / job.id

    def _execute(self, job):
        with self._lock:
            if job.phase != "QUEUED":
                return
            job.phase, job.started = "EXECUTING", now()
        path = error = None
        try:
            content, job.media = self.work(job)
            path = self._path(job)
            path.write_bytes(content)
        except ServiceError as failure:
            error = str(failure)
        except Exception as failure:
            error = f"the query failed: {type(failure).__name__}"
        with self._lock:
            if job.phase == "EXECUTING":
                job.result, job.error, job.ended = path, error, now()
                job.phase = "COMPLETED" if error is None else "ERROR"
                job.uploads = {}
                return
        if path is not None:
            path.unlink(missing_ok=True)
