# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``columns``, ``capabilities`` and ``surveys``: what can be asked, without asking anybody."""

from . import values
from .brokers import running_broker
from .query import add_output

__all__ = ["Capabilities", "Columns", "Surveys"]


class _Listing:
    """A command that shows a table which the broker's class makes."""

    @staticmethod
    def add_arguments(parser, broker):
        """Options of the command."""
        add_output(parser)

    @classmethod
    def run(cls, arguments, known):
        """Write the table."""
        from . import output

        output.check(arguments.output, arguments.format)
        # The sandbox is not needed for what is known here.
        arguments.sandbox = None
        with running_broker(known, arguments) as broker:
            output.put(cls.table(broker, arguments), arguments.output, arguments.format)
        return 0


class Columns(_Listing):
    """The columns of tables."""

    HELP = "The columns of the broker's tables: type, unit, UCD and meaning."
    EPILOG = """\
examples:
  astroquery-brokers columns
  astroquery-brokers columns detections
  astroquery-brokers columns lightcurve --format csv"""

    @staticmethod
    def add_arguments(parser, broker):
        """Options of the command."""
        by_command = {name: verb["name"] for name, verb in broker.verbs.items()}
        names = [*by_command, *broker.tables]
        parser.add_argument("table", nargs="?", type=values.chosen(dict.fromkeys(names)), metavar="TABLE",
                            help="name of a command or of a table (default: all tables)")
        parser.set_defaults(verbs=by_command)
        add_output(parser)

    @staticmethod
    def table(broker, arguments):
        """The table."""
        return broker.list_columns(arguments.verbs.get(arguments.table, arguments.table))


class Capabilities(_Listing):
    """What can be asked."""

    HELP = "What the broker can be asked, at which address, and its limits."
    EPILOG = "examples:\n  astroquery-brokers capabilities\n  astroquery-brokers capabilities --format csv"

    @staticmethod
    def table(broker, arguments):
        """The table."""
        return broker.capabilities()


class Surveys(_Listing):
    """Surveys."""

    HELP = "The surveys that the broker serves."
    EPILOG = "examples:\n  astroquery-brokers surveys"

    @staticmethod
    def table(broker, arguments):
        """The table."""
        return broker.list_surveys()
