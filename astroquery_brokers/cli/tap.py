# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``tap``: a query in ADQL, with tables of one's own beside those of the broker."""

import sys
from argparse import ArgumentTypeError

from . import output, query, values
from .brokers import running_broker

__all__ = ["EPILOG", "HELP", "add_arguments", "run"]

HELP = "Rows by a query in ADQL, to the broker's TAP service."
EPILOG = """\
examples:
  astroquery-brokers tap "SELECT TOP 10 oid, ndet FROM ztf.object WHERE ndet > 50" --sandbox
  astroquery-brokers tap - -o found.vot < query.adql
  astroquery-brokers tap --upload mine=ids.vot "SELECT o.* FROM ztf.object AS o
      JOIN tap_upload.mine AS m ON o.oid = m.objectid"
  astroquery-brokers tap --async --maxrec -1 "SELECT oid FROM ztf.object" -o all.parquet
  astroquery-brokers tap --list

A job (--async) goes on where this program ends before it: the same command waits for the same job."""


def add_arguments(parser, broker):
    """Options of the command."""
    parser.add_argument("adql", nargs="?", metavar="ADQL", help="one SELECT, in quotes; - reads standard input")
    group = parser.add_argument_group("what to ask for")
    group.add_argument("--maxrec", type=values.integer, metavar="N", help="most rows to return (default: the setting "
                       "row_limit, or the query's own TOP); -1 is all")
    group.add_argument("--upload", action="append", type=_upload, metavar="NAME=FILE", help="send a table along, which "
                       "the query knows as tap_upload.NAME; can be repeated")
    group.add_argument("--async", dest="async_job", action="store_true", help="let the service keep the query as a "
                       "job, which may take an hour, and wait for it")
    group = parser.add_argument_group("result")
    query.add_output(group)
    group.add_argument("--list", action="store_true", help="list the tables that can be asked")
    query.add_way(parser)


def _upload(text):
    name, sign, path = text.strip().partition("=")
    if not (sign and name.isidentifier() and path):
        raise ArgumentTypeError(f"{text.strip()!r} is not a name and a file, such as mine=ids.vot")
    return name, path


def run(arguments, known):
    """Ask, and write what comes; the exit status."""
    from ..exceptions import InvalidArgumentError

    output.check(arguments.output, arguments.format)
    if arguments.list == (arguments.adql is not None):
        raise InvalidArgumentError("give either a query in ADQL, such as \"SELECT TOP 5 oid FROM ztf.object\", or "
                                   "--list.")
    verb = known.others["tap"]
    with running_broker(known, arguments) as broker:
        if arguments.list:
            output.put(broker.list_tables(), arguments.output, arguments.format)
            return 0
        question = query.asked(arguments, broker, verb)
        question.pop("raise_on_failure")  # there is one request
        if arguments.adql.strip() == "-":
            question["adql"] = sys.stdin.read()
        question["uploads"] = _tables(arguments.upload or ())
        if arguments.payload:
            return query.payload(broker, verb, question)
        table = broker.query_tap(**question)
        output.put(table, arguments.output, arguments.format)
    return 0 if len(table) else 1


def _tables(uploads):
    """The tables to send along, by name."""
    from ..exceptions import InvalidArgumentError
    from ..tables.files import read_table

    found = {}
    for name, path in uploads:
        if name in found:
            raise InvalidArgumentError(f"--upload: two tables are called {name}; give each a name of its own.")
        found[name] = read_table(path)
    return found
