# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Looks for the tokens of all sandboxes of a test run, and the keys of all streams, in what the run leaves behind."""

import gzip
import logging
import os
import re
import zlib
from functools import wraps

__all__ = ["Leftovers"]

# A word that is long enough for an archive token, a dashboard token or the key of a stream.
_WORD = re.compile(rb"[\w-]{36,}(?:\.[\w-]+)*")
_KEY = re.compile(r"[\w-]{43}")
_LOGGERS = ("astroquery_brokers", "urllib3")


class Leftovers(logging.Handler):
    """Collects the secrets, and the words that were logged or printed.

    Only words of the form of a secret are kept, so that it takes little memory.
    """

    def __init__(self):
        super().__init__(logging.DEBUG)
        self._tokens, self._words, self._levels, self._made = set(), set(), {}, None

    def start(self):
        """Note the tokens of sandboxes that are made from now on, and listen to all that is logged."""
        from astroquery_brokers.sandbox.client import Box

        self._made = made = Box.__init__

        @wraps(made)
        def noting(box, *arguments, **options):
            made(box, *arguments, **options)
            self._tokens.update(token.encode() for token in box.tokens.values())

        Box.__init__ = noting
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.DEBUG)
            logger.addHandler(self)

    def stop(self):
        """Leave the sandboxes and the loggers as they were."""
        from astroquery_brokers.sandbox.client import Box

        Box.__init__ = self._made
        for name, level in self._levels.items():
            logging.getLogger(name).removeHandler(self)
            logging.getLogger(name).setLevel(level)

    def emit(self, record):
        self.hear(self.format(record))

    def hear(self, text):
        """Note what was shown."""
        self._words.update(_WORD.findall(text.encode("utf-8", "replace")))

    @property
    def secrets(self):
        """The tokens, and the keys of the streams that this process has seen."""
        from astroquery_brokers.transport.redact import _concealed

        # Tests make up keys of their own, which they know and print.
        return self._tokens | {key.encode() for key in _concealed if _KEY.fullmatch(key)}

    def found(self, folders):
        """The number of secrets that were shown, and the files that hold one."""
        secrets = self.secrets
        files = [os.path.join(place, name) for folder in folders for place, _, names in os.walk(folder)
                 for name in names]
        return len(secrets & self._words), sorted(path for path in files if secrets & _words_of(path))


def _words_of(path):
    if not os.path.isfile(path):
        return set()  # a pipe, at which nobody writes
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return set()  # gone
    words = set(_WORD.findall(content))
    if content[:2] == b"\x1f\x8b":
        try:
            words.update(_WORD.findall(gzip.decompress(content)))
        except (OSError, EOFError, zlib.error):
            pass  # cut on purpose
    return words
