# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is said on standard error: one line each, in the words of the shell."""

import logging
import os
import re
import sys
import warnings
from contextlib import contextmanager

from .brokers import command_name

__all__ = ["PROG", "fail", "in_shell_words", "mute", "say", "shown"]

PROG = "astroquery-brokers"
# What messages say of Python, and what it is in a shell.
_WORDS = ((" See table.failures.", ""),
          # the commands have hints of their own
          (" query_classifiers() has the names of classifiers and classes, in which capitals count.", ""),
          (" query_features(...) has the names and versions of all features of an object.", ""),
          (": SkyCoord.from_name does that", ""),
          ("give a SkyCoord, or a string such as", "give one such as"),
          ("ra, dec and radius make a cone together; give ra and dec",
           "--ra, --dec and --radius make a cone together; give --ra and --dec"),
          (", or write the query yourself with query_tap", ""), ("count=True", "--count"),
          ("return_survey_extra=True", "--return-survey-extra"))
# A keyword with its value, or alone before a comma; not where it is part of an address.
_OPTION = re.compile(r"(?<![\w?&.-])(row_limit|format|sort|survey|classifier|classifier_version|class_name|ranking|"
                     r"ndet|probability|firstmjd|lastmjd|order_by|order_mode|page|page_size|radius|fid|ra|dec|route|"
                     r"version)=(?=(,?))")


def say(text):
    """One line on standard error, without what could steer the terminal, and without credentials."""
    line = " ".join(str(text).split())
    if re.search(r"@|[?&;]\w", line):
        from ..transport import redact

        line = redact(line)
    try:
        print(f"{PROG}: {''.join(one if one.isprintable() else '?' for one in line)}", file=sys.stderr, flush=True)
    except OSError:  # nobody can be told, which does not change how it ends
        mute(sys.stderr)


def mute(stream):
    """Let nothing more be written to a standard stream, not even at the end of the program."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)


def fail(text):
    """The line that tells why it ends, with what to do."""
    say(f"error: {in_shell_words(text)}")


def in_shell_words(text):
    """A message in which names of Python arguments are those of options.

    Parameters
    ----------
    text : str
        E.g. ``"Pass row_limit=-1 for all of them, or change conf.row_limit."``

    Returns
    -------
    str
    """
    text = re.sub(r"cache='(refresh|only)'", r"--cache \1", str(text))
    text = text.replace("cache=True", "--cache use").replace("cache=False", "--cache off")
    text = re.sub(r"`(timeout|max_wait)`", r"\1 (--set \1=SECONDS)", text)
    for python, shell in _WORDS:
        text = text.replace(python, shell)
    text = re.sub(r"(?<![\w/.])(query_\w+)(?:\(survey='(\w+)'\))?", _command, text)
    text = _OPTION.sub(lambda match: f"--{match[1].replace('_', '-')}" + ("" if match[2] else " "), text)
    return re.sub(r"\bconf\.(\w+)", r"the setting \1 (--set \1=VALUE)", text)


def _command(match):
    return f"the command {command_name(match[1])}{f' --survey {match[2]}' if match[2] else ''}"


class _Lines(logging.Handler):
    """Log records as lines on standard error."""

    def emit(self, record):
        for line in record.getMessage().splitlines():
            say(f"warning: {line}" if record.levelno >= logging.WARNING else line)


@contextmanager
def shown(verbose):
    """Warnings in one line each for a block, and with ``verbose`` a line for every request."""
    with warnings.catch_warnings():
        from .. import exceptions  # noqa: F401 - loads the classes of the warnings

        from astropy.utils.exceptions import AstropyWarning

        warnings.simplefilter("always", AstropyWarning)
        warnings.showwarning = _show
        log = logging.getLogger(__package__.partition(".")[0])
        level, handler = log.level, _Lines()
        log.addHandler(handler)
        log.setLevel(logging.DEBUG if verbose else logging.WARNING)
        try:
            yield
        finally:
            log.removeHandler(handler)
            log.setLevel(level)


def _show(message, category, filename, lineno, file=None, line=None):
    say(f"warning: {in_shell_words(message)}")
