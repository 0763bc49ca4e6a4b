# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Commands, their options and their exit status: 0, 1 (no result), 2 (bad input), 3 (the service failed)."""

import argparse
import sys
from importlib import import_module

from .. import __version__

__all__ = ["main"]

# Each module has HELP, add_arguments(parser) and run(arguments) -> exit status, and imports what it needs in run.
_COMMANDS = ("demo", "sandbox")


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    parser = argparse.ArgumentParser(prog="astroquery-brokers",
                                     description="Alert brokers as an astronomer reaches every other archive.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in _COMMANDS:
        module = import_module(f".{name}", __package__)
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    try:
        return arguments.run(arguments)
    except KeyboardInterrupt:
        print("astroquery-brokers: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        status = _status(error)
        if status is None:
            raise
        print(f"astroquery-brokers: {error}", file=sys.stderr)
        return status


def _status(error):
    """Exit status for what went wrong in the world; None for what is wrong in the program."""
    from ..exceptions import BrokerError, InvalidArgumentError
    from ..sandbox.client import SandboxError

    if isinstance(error, BrokerError):
        return 3
    return 2 if isinstance(error, (InvalidArgumentError, SandboxError, OSError, ImportError)) else None


if __name__ == "__main__":
    sys.exit(main())
