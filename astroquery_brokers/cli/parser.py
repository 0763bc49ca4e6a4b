# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The parser of the command line, made for a broker from what is known of its verbs."""

import argparse
import re

from . import cache, catalogs, completion, config, cutouts, demo, listings, packets, query, sandbox, tap, values
from .brokers import DEFAULT_BROKER, broker_names
from .messages import PROG

__all__ = ["Parser", "UsageError", "leading", "named_broker", "parser_for"]

_FIRST = ("cone", "object", "objects", "lightcurve", "detections", "non-detections", "forced-photometry",
          "probabilities", "features")
# Each has HELP, EPILOG, add_arguments(parser, broker) and run(arguments, broker) -> exit status. The first are those of
# verbs that not every broker has.
_PRODUCTS = {"cutouts": cutouts, "catalogs": catalogs, "packets": packets, "tap": tap}
_OTHERS = {"columns": listings.Columns, "capabilities": listings.Capabilities, "surveys": listings.Surveys,
           "config": config, "cache": cache, "sandbox": sandbox, "demo": demo, "completion": completion}

_DESCRIPTION = "Alert brokers as an astronomer reaches every other archive: positions and ids in, tables out."
_EPILOG = """\
examples:
  astroquery-brokers demo
  astroquery-brokers --sandbox cone 185.0 15.0 10arcmin
  astroquery-brokers lightcurve {example} --plot lightcurve.png
  astroquery-brokers objects --class-name SN --probability 0.8 -o supernovae.vot
  astroquery-brokers detections --from ids.txt | stilts tpipe in=- ifmt=votable ofmt=csv

Tables are readable on a terminal and VOTable on a pipe; --format and -o change that. With --sandbox a command asks a
sandbox on this machine, without a network. The exit status is 0, 1 (no result), 2 (bad input) or 3 (the service
failed). "astroquery-brokers COMMAND --help" has the options of a command."""


class UsageError(Exception):
    """The words of the command line cannot be used."""


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong."""

    def __init__(self, **options):
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message):
        """Raise what argparse found."""
        message = re.sub(r"^argument (?:[^:]*?(--[\w-]+)|([^:]+)):", lambda match: f"{match[1] or match[2]}:", message)
        raise UsageError(f"{message} (see {self.prog} --help)")

    @property
    def option_strings(self):
        """All options, as they are written."""
        return sorted(self._option_string_actions)


def named_broker(argv):
    """The broker that is named anywhere on the command line, or the default one."""
    parser = Parser(prog=PROG, add_help=False)
    parser.add_argument("--broker", type=values.chosen(broker_names()), default=DEFAULT_BROKER)
    return parser.parse_known_args(argv)[0].broker


def _add_common(parser):
    """Options that are understood before and after the command."""
    group = parser.add_argument_group("for all commands", argument_default=argparse.SUPPRESS)
    names = broker_names()
    group.add_argument("--broker", type=values.chosen(names), metavar="NAME",
                       help=f"{', '.join(names)} (default: {DEFAULT_BROKER})")
    group.add_argument("--sandbox", action="store_true", help="ask a sandbox on this machine, made for this command")
    group.add_argument("--set", dest="settings", action="append", metavar="ITEM=VALUE",
                       help="a configuration item for this command, such as timeout=5; see config")
    group.add_argument("--progress", action=argparse.BooleanOptionalAction,
                       help="show a progress bar, or none (default: on a terminal, after a second)")
    group.add_argument("-v", "--verbose", action="store_true", help="say on standard error what is asked")


def leading():
    """The parser for what stands before the command, and for the command's name."""
    parser = Parser(prog=PROG, add_help=False)
    _add_common(parser)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--version", action="store_true")
    parser.add_argument("command", nargs="?")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


def parser_for(broker):
    """The whole parser.

    Parameters
    ----------
    broker : `~astroquery_brokers.cli.brokers.Broker`

    Returns
    -------
    parser : Parser
    commands : dict of str to Parser
        The parsers of the commands, each with the defaults ``run``.
    """
    parser = Parser(prog=PROG, description=_DESCRIPTION, epilog=_EPILOG.format(example=broker.example),
                    usage="%(prog)s [options] COMMAND ...")
    parser.add_argument("--version", action="store_true", help="say which version this is")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title=f"commands ({broker.title})")
    commands = {}
    verbs = sorted(broker.verbs, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    for name in verbs:
        verb = broker.verbs[name]
        command = commands[name] = _add(subparsers, name, verb["help"], query.epilog(name, broker, verb))
        query.add_arguments(command, broker, verb)
        command.set_defaults(run=lambda arguments, broker, verb=verb: query.run(arguments, broker, verb))
    products = {name: module for name, module in _PRODUCTS.items() if name in broker.others}
    for name, module in {**products, **_OTHERS}.items():
        command = commands[name] = _add(subparsers, name, module.HELP, module.EPILOG.format(example=broker.example))
        module.add_arguments(command, broker)
        command.set_defaults(run=module.run)
    for name, command in commands.items():
        command.usage = " ".join(["%(prog)s [options]", *_positionals(command)])
        _add_common(command)
    _add_common(parser)
    return parser, commands


def _positionals(command):
    return [f"[{action.metavar} ...]" if action.nargs == "*" else f"[{action.metavar}]" if action.nargs == "?"
            else action.metavar for action in command._actions if not action.option_strings]


def _add(subparsers, name, text, epilog):
    text = text.replace("%", "%%")
    short = text.rstrip(".")
    if short[1:2].islower() and "'" not in short.split()[0]:  # Fink's keeps its capital
        short = short[:1].lower() + short[1:]
    return subparsers.add_parser(name, prog=f"{PROG} {name}", help=short, description=text, epilog=epilog)
