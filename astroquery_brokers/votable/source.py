# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where a document comes from: a stream that can go back, decompressed without falling for bombs."""

import bz2
import gzip
import lzma
import tempfile
import zlib
from contextlib import contextmanager

from ..exceptions import VOTableError

__all__ = ["MAGIC_PARQUET", "Decompressed", "rewindable"]

MAGIC_PARQUET = b"PAR1"
_BLOCK = 2**22
_SMALL, _RATIO = 2**28, 250  # tables of this size shrink to a hundredth at best
_OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


@contextmanager
def rewindable(stream, limit):
    """The same stream if it can seek, else a temporary file with what it gives."""
    if getattr(stream, "seekable", bool)():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=_BLOCK) as copy:
        while block := stream.read(_BLOCK):
            copy.write(block)
            if copy.tell() > limit:
                raise VOTableError(f"It has more than {limit} bytes, the limit that max_bytes sets.")
        copy.seek(0)
        yield copy


class Decompressed:
    """The document in a stream, from where the stream is now, whether it is compressed or not.

    Parameters
    ----------
    stream : binary file object
        That can seek.
    limit : int
        How many bytes there may be.
    """

    def __init__(self, stream, limit):
        self.stream = stream
        self._start = stream.tell()
        self._limit = limit
        self.head = stream.read(8)
        self.rewind()

    def rewind(self):
        """Go back to where the document begins."""
        self.stream.seek(self._start)
        self._size = 0
        opener = next((opener for magic, opener in _OPENERS.items() if self.head.startswith(magic)), None)
        self._file = opener(self.stream, "rb") if opener else self.stream

    def read(self, size=-1):
        """More of the document; `VOTableError` if it is too much, or the compressed data are broken or a bomb."""
        try:
            content = self._file.read(size)
        except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
            if self._file is self.stream:
                raise
            raise VOTableError(f"It cannot be decompressed: {error}.") from error
        self._size += len(content)
        if self._size > self._limit:
            raise VOTableError(f"It has more than {self._limit} bytes, the limit that max_bytes sets.")
        if self._file is not self.stream and self._size > _SMALL:
            if self._size > _RATIO * (self.stream.tell() - self._start):
                raise VOTableError(f"It grows more than {_RATIO} times when it is decompressed, which no table does.")
        return content
