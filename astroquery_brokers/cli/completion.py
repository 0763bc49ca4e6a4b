# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``astroquery-brokers completion``: a script that lets the shell complete commands and options."""

from ..extras import needs
from . import values

HELP = "Print a script with which the shell completes commands, options and files."
EPILOG = """\
examples:
  astroquery-brokers completion bash > ~/.local/share/bash-completion/completions/astroquery-brokers
  astroquery-brokers completion zsh > ~/.zfunc/_astroquery-brokers
  astroquery-brokers completion tcsh > ~/.astroquery-brokers.tcsh

The script knows all that there is to complete, so that TAB starts no program. Make it again after an update."""

_SHELLS = ("bash", "zsh", "tcsh")
_FILES = ("source", "output", "plot")
_FOLDERS = ("alerts", "outdir")


def add_arguments(parser, broker):
    """Options of the command."""
    parser.add_argument("shell", type=values.chosen(_SHELLS), metavar="SHELL",
                        help=", ".join(_SHELLS))


def run(arguments, known):
    """Print the script."""
    shtab = needs("shtab", "completion", "completion")
    from .parser import parser_for

    parser, commands = parser_for(known)
    for one in (parser, *commands.values()):
        for action in one._actions:
            if action.dest in _FILES:
                action.complete = shtab.FILE
            elif action.dest in _FOLDERS:
                action.complete = shtab.DIRECTORY
            elif allowed := getattr(action.type, "allowed", None):
                action.choices = allowed
    print(shtab.complete(parser, arguments.shell))
    return 0
