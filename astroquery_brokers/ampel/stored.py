# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A folder of chunks: each is written whole under its number before the archive is told that it has arrived."""

import gzip
import json
import re
from pathlib import Path

from ..exceptions import InvalidArgumentError
from ..output import replacing

__all__ = ["Folder"]

_NAME = re.compile(r"chunk-(\d+)(\.new)?\.json\.gz")


class Folder:
    """Chunks on disk.

    A chunk that was handed out and not yet finished has ``.new`` in its name.

    Parameters
    ----------
    path : str or path-like
        The folder, which is made if it is not there.
    """

    def __init__(self, path):
        self.path = Path(path).expanduser()
        if self.path.exists() and not self.path.is_dir():
            raise InvalidArgumentError(f"folder={str(path)!r} is a file.")
        self.path.mkdir(parents=True, exist_ok=True)

    def tidy(self):
        """Remove what a reader that was ended has left half written."""
        for path in self.path.glob("chunk-*.part"):
            path.unlink(missing_ok=True)

    def numbers(self, *, new=False):
        """Numbers of the chunks that are there, or only of those that are not finished, in ascending order."""
        found = (_NAME.fullmatch(entry.name) for entry in self.path.iterdir())
        return sorted(int(match[1]) for match in found if match and (match[2] or not new))

    def write(self, number, alerts):
        """Store the alerts of a chunk, under a name that says that it is new."""
        with replacing(self._name(number, True)) as file, gzip.GzipFile("", "wb", 1, file, mtime=0) as packed:
            packed.write(json.dumps(alerts, separators=(",", ":")).encode())

    def read(self, number):
        """The alerts of a chunk."""
        path = self._name(number, True)
        path = path if path.exists() else self._name(number, False)
        with gzip.open(path, "rb") as file:
            return json.load(file)

    def finish(self, number):
        """Note that a chunk is done with."""
        path = self._name(number, True)
        if path.exists():
            path.replace(self._name(number, False))

    def _name(self, number, new):
        return self.path / f"chunk-{number}{'.new' if new else ''}.json.gz"
