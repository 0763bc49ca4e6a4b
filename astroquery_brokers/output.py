# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where a document goes: a file that is whole or not there, or a stream."""

import errno
import gzip
import io
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident

__all__ = ["destination", "replacing"]

_LEVEL = 6  # gzip's own default: 9 takes twice the time for one percent


@contextmanager
def destination(output, *, overwrite=False, compress=None):
    """A binary stream to write to.

    Parameters
    ----------
    output : str, path-like or file object
        A file object stays open. A file appears under its name when all is written, and not at all if writing fails.
    overwrite : bool, optional
        Whether to replace a file that exists.
    compress : bool, optional
        Whether to compress with gzip; by default if it is a name that ends in ``.gz``.

    Raises
    ------
    FileExistsError
        If the file exists and ``overwrite`` is False.
    OSError
        If the file cannot be written.

    Yields
    ------
    binary file object

    Examples
    --------
    >>> import gzip
    >>> from astroquery_brokers.output import destination
    >>> with destination("notes.txt.gz") as stream:
    ...     size = stream.write(b"all or nothing")
    >>> gzip.open("notes.txt.gz").read()
    b'all or nothing'
    """
    if hasattr(output, "write"):
        output = _Whole(output) if isinstance(output, io.RawIOBase) else output
        with _compressed(output, compress) as stream:
            yield stream
        return
    path = Path(os.fspath(output)).expanduser()
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists. Give overwrite=True to replace it.")
    compress = path.suffix.lower() == ".gz" if compress is None else compress
    with replacing(path) as file, _compressed(file, compress) as stream:
        yield stream


@contextmanager
def replacing(path):
    """Open a file to write, which appears under its name when it is whole.

    What a link points to is replaced, not the link; the permissions stay. What is no regular file (a device, a pipe) is
    written as it is.

    Parameters
    ----------
    path : str or path-like
        Name of the file.

    Yields
    ------
    binary file object

    Raises
    ------
    OSError
        If the file cannot be written, or is read-only; it names the file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from astroquery_brokers.output import replacing
    >>> with replacing("notes.txt") as stream:
    ...     size = stream.write(b"all or nothing")
    >>> Path("notes.txt").read_bytes()
    b'all or nothing'
    """
    name = os.fspath(path)
    if os.path.exists(name) and not os.path.isfile(name):
        with open(name, "wb") as stream:
            yield stream
        return
    target = Path(os.path.realpath(name))
    exists = target.exists()
    # The superuser may write to what is read-only, but hardly means to.
    if exists and not (os.access(target, os.W_OK) and target.stat().st_mode & 0o222):
        raise PermissionError(errno.EACCES, "The file is read-only", name)
    partial = target.with_name(f"{target.name[:40]}.{os.getpid()}.{get_ident()}.part")
    try:
        with open(partial, "wb") as stream:
            yield stream
        if exists:
            shutil.copymode(target, partial)
        os.replace(partial, target)
    except OSError as error:
        if error.errno is not None and error.filename in (None, os.fspath(partial)):
            raise OSError(error.errno, error.strerror, name) from None
        raise
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _compressed(stream, compress):
    if not compress:
        yield stream
        return
    with gzip.GzipFile("", "wb", _LEVEL, stream, mtime=0) as compressed:
        yield compressed


class _Whole:
    """A raw stream, which may write a part of what it is given, until it has written all of it."""

    def __init__(self, raw):
        self._raw = raw

    def __getattr__(self, name):
        return getattr(self._raw, name)

    def write(self, content):
        left = memoryview(content).cast("B")
        while left:
            written = self._raw.write(left)
            if not written:
                raise BlockingIOError(errno.EAGAIN, "The stream takes no more", getattr(self._raw, "name", None))
            left = left[written:]
        return memoryview(content).nbytes

    def writelines(self, lines):
        for line in lines:
            self.write(line)
