# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where a document goes: a file that is whole or not there, or a stream."""

import gzip
import os
from contextlib import contextmanager
from pathlib import Path

__all__ = ["destination"]

_LEVEL = 6  # gzip's own default: 9 takes twice the time for one percent


@contextmanager
def destination(output, *, overwrite=False, compress=None):
    """A binary stream to write to.

    Parameters
    ----------
    output : str, path-like or file object
        A file object stays open. A file appears under its name when all is written, and not at all if writing fails.
    overwrite : bool
        Whether to replace a file that exists.
    compress : bool or None
        Whether to compress with gzip; None: if it is a name that ends in ``.gz``.

    Raises
    ------
    FileExistsError
        If the file exists and ``overwrite`` is False.
    """
    if hasattr(output, "write"):
        with _compressed(output, compress) as stream:
            yield stream
        return
    path = Path(os.fspath(output)).expanduser()
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists. Give overwrite=True to replace it.")
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(partial, "wb") as file, _compressed(file, path.suffix == ".gz" if compress is None else compress,
                                                      name=path.stem) as stream:
            yield stream
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _compressed(stream, compress, name=""):
    if not compress:
        yield stream
        return
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=_LEVEL, fileobj=stream) as compressed:
        yield compressed
