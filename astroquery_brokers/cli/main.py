# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The program: find the command, run it, and tell how it went by the exit status."""

import errno
import os
import re
import signal
import sys
from argparse import ArgumentTypeError
from contextlib import contextmanager
from functools import lru_cache

from .. import __version__
from .brokers import Broker
from .messages import PROG, fail, mute, say, shown
from .parser import UsageError, leading, named_broker, parser_for
from .values import setting, suggestion

__all__ = ["main"]

_OK, _NOTHING, _BAD_INPUT, _SERVICE_FAILED = 0, 1, 2, 3
_BUG, _INTERRUPTED, _PIPE_CLOSED = 70, 130, 141
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status: 0, 1 (no result), 2 (bad input), 3 (the service failed, wholly or in part); 70 for an error of the
        program itself, 130 after Ctrl-C, 141 where nobody reads what is written, 128 and its number after a signal.
    """
    _open_streams()
    with _signals() as came:
        status = _run(argv)
    return 128 + came[0] if came else status


def _open_streams():
    """Give the program its standard streams where the shell closed them, and let them write any character somehow."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


@contextmanager
def _signals():
    """For a block, end as with Ctrl-C, so that what is temporary goes; the numbers of the signals that came."""
    came, changed = [], []

    def end(number, frame):
        came.append(number)
        raise KeyboardInterrupt

    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)
                changed.append(number)
    except ValueError:  # not the main thread, which alone gets signals
        pass
    try:
        yield came
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _run(argv):
    """Run a command; the exit status."""
    verbose = False
    try:
        arguments, broker = _parsed(_guarded(sys.argv[1:] if argv is None else argv))
        status = _OK
        if arguments is not None:
            verbose = getattr(arguments, "verbose", False)
            with shown(verbose):
                status = arguments.run(arguments, broker)
        sys.stdout.flush()
        return status
    except UsageError as error:
        fail(error)
        return _BAD_INPUT
    except KeyboardInterrupt:
        say("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        mute(sys.stdout)
        return _PIPE_CLOSED
    except Exception as error:
        return _told(error, verbose)


def _guarded(words):
    """The words, where argparse takes neither a negative number nor a column after ``--sort`` for an option."""
    return [f" {word}" if re.match(r"-\.?\d", word) or before == "--sort" and re.match(r"-\w{2}", word) else word
            for before, word in zip([None, *words], words)]


@lru_cache
def _known(name):
    broker = Broker(name)
    return broker, *parser_for(broker)


def _parsed(argv):
    """The arguments of the command and the broker; None where there is nothing left to do."""
    broker, parser, commands = _known(named_broker(argv))
    before, unknown = leading().parse_known_args(argv)
    if unknown:
        named = next((word for word in argv if word in commands), None)
        raise UsageError(_unknown(unknown[0], parser, commands, named))
    if before.version:
        print(f"{PROG} {__version__}")
        return None, None
    if before.help:
        parser.print_help()
        return None, None
    if before.command is None:
        raise UsageError(f"no command. {suggestion('', commands)} \"{PROG} demo\" shows what they do.")
    if before.command not in commands:
        raise UsageError(f"{before.command!r} is no command. {suggestion(before.command, commands)}")
    rest, command = before.rest, commands[before.command]
    if {"-h", "--help"} & set(rest):
        command.print_help()
        return None, None
    for name in ("rest", "help", "version"):
        delattr(before, name)
    arguments, unknown = command.parse_known_intermixed_args(rest, before)
    if unknown:
        raise UsageError(_unknown(unknown[0], command, commands, None))
    try:
        arguments.settings = list(map(setting(broker.settings), getattr(arguments, "settings", ())))
    except ArgumentTypeError as error:
        raise UsageError(f"--set: {error}") from None
    return arguments, broker


def _unknown(word, parser, commands, command):
    """What to say about a word that no parser takes."""
    if not word.startswith("-"):
        return f"{word.strip()!r} is one argument too many (see {parser.prog} --help)"
    option = word.partition("=")[0]
    names = [name for name, one in commands.items() if option in one.option_strings]
    owner = command if command in names else next(iter(names), None)
    if owner is not None and option not in parser.option_strings and parser.prog == PROG:
        return f"{option} goes after the command, as in: {PROG} {owner} {option}"
    return f"there is no option {option}. {suggestion(option, parser.option_strings)}"


def _told(error, verbose):
    """Say what went wrong; the exit status."""
    from .. import exceptions
    from ..sandbox.client import SandboxError

    if isinstance(error, (exceptions.ObjectNotFoundError, exceptions.NotCachedError)):
        status = _NOTHING if isinstance(error, exceptions.ObjectNotFoundError) else _SERVICE_FAILED
    elif isinstance(error, (exceptions.InvalidArgumentError, exceptions.RejectedQueryError, SandboxError, ImportError)):
        status = _BAD_INPUT
    elif isinstance(error, exceptions.BrokerError):
        status = _SERVICE_FAILED
    elif isinstance(error, OSError) and error.strerror:
        status, error = _BAD_INPUT, _of_system(error)
    else:
        if verbose:
            raise error
        fail(f"{type(error).__name__}: {error}. This is an error of the program: please report it, with what -v says.")
        return _BUG
    fail(error)
    return status


def _of_system(error):
    """An error of the operating system in words."""
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    if error.errno not in _NO_SPACE:
        return error.strerror
    mute(sys.stdout)  # what is still to be written would fail again
    return f"standard output cannot be written: {error.strerror}."
