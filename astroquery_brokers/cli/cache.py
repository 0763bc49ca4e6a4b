# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``astroquery-brokers cache``: what is stored, and how to remove it."""

from . import values

HELP = "What replies of the broker are stored on this machine, or remove them."
EPILOG = "examples:\n  astroquery-brokers cache info\n  astroquery-brokers cache clear"


def add_arguments(parser, broker):
    """Options of the command."""
    parser.add_argument("action", type=values.chosen(("info", "clear")), metavar="ACTION",
                        help="info: where, how many and how large; clear: remove them all")


def run(arguments, known):
    """Tell, or remove."""
    if getattr(arguments, "sandbox", False):
        from ..exceptions import InvalidArgumentError

        raise InvalidArgumentError("--sandbox has no stored replies: a sandbox and what it said end with the command. "
                                   f"Leave it out, and cache {arguments.action} is about the replies of {known.title}.")
    broker = known.made()
    before = broker._transport.cache_info()
    if arguments.action == "clear":
        broker.clear_cache()
        print(f"removed {before['entries']} replies of {known.title}")
        return 0
    for name, value in before.items():
        print(f"{name} = {'' if value is None else value}".rstrip())
    return 0
