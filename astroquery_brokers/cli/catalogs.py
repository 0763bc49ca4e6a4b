# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``catalogs``: sources of external catalogues around positions, one table for each catalogue."""

import sys
from pathlib import Path

from . import output, query
from .brokers import running_broker

__all__ = ["EPILOG", "HELP", "add_arguments", "run"]

HELP = "Sources of external catalogues (Gaia, SDSS, WISE, ...) around positions."
EPILOG = """\
examples:
  astroquery-brokers catalogs 185.0 15.0 1arcmin --format table --sandbox
  astroquery-brokers catalogs 185.0 15.0 1arcmin --catalog GAIADR2 -o gaia.vot
  astroquery-brokers catalogs {example} 10arcsec --outdir near/ --format csv
  astroquery-brokers catalogs --list

Every catalogue has columns of its own: without --catalog there is a table for each that has sources there."""

_ENDINGS = {"votable": "vot", "fits": "fits", "parquet": "parquet", "csv": "csv", "ecsv": "ecsv", "table": "txt"}


def add_arguments(parser, broker):
    """Options of the command."""
    verb = broker.others["catalogs"]
    parser.add_argument("words", nargs="*", metavar="RA DEC RADIUS", help="a position in any form that astropy reads, "
                        "or the id of an object, then the radius with its unit; quotes are not needed")
    query.add_inputs(parser, True)
    query.add_wishes(parser, broker, verb)
    group = parser.add_argument_group("result")
    query.add_output(group)
    group.add_argument("--outdir", metavar="DIR", help="write a file for each catalogue into this folder")
    group.add_argument("--list", action="store_true", help="list the catalogues")
    query.add_way(parser)


def run(arguments, known):
    """Ask, and write what comes; the exit status."""
    output.check(arguments.output, arguments.format)
    output.check_folder(arguments.outdir)
    if arguments.list:
        with running_broker(known, arguments) as broker:
            output.put(broker.list_catalogs(), arguments.output, arguments.format)
        return 0
    verb = known.others["catalogs"]
    with running_broker(known, arguments) as broker:
        question = query.asked(arguments, broker, verb)
        if isinstance(question.get("catalog"), list) and len(question["catalog"]) == 1:
            question["catalog"], = question["catalog"]
        if arguments.payload:
            return query.payload(broker, verb, question)
        one = isinstance(question.get("catalog"), str)
        _check(arguments, one)
        found = getattr(broker, verb["name"])(**question)
        tables = {question["catalog"]: found} if one else found
        if arguments.outdir is not None:
            _put_files(tables, arguments)
        elif one:
            output.put(found, arguments.output, arguments.format)
        else:
            _show(tables, arguments.format)
    failures = found.meta["failures"]
    if any(failure["error"] == "InterruptedError" for failure in failures):
        raise KeyboardInterrupt
    return 3 if failures else 0 if any(map(len, tables.values())) else 1


def _check(arguments, one):
    """Refuse what cannot be written, before anything is asked."""
    from ..exceptions import InvalidArgumentError

    if arguments.output is not None and arguments.outdir is not None:
        raise InvalidArgumentError("-o and --outdir both say where the tables go; give one of them.")
    readable = sys.stdout.isatty() and arguments.format is None or arguments.format == "table"
    if not one and arguments.outdir is None and (arguments.output is not None or not readable):
        raise InvalidArgumentError("every catalogue has a table of its own; give --catalog NAME for one of them, or "
                                   "--outdir DIR.")


def _put_files(tables, arguments):
    """A file for each catalogue."""
    folder = Path(arguments.outdir).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    format = arguments.format or "votable"
    for name, table in tables.items():
        output.put(table, str(folder / output.file_name(name, _ENDINGS[format])), format)


def _show(tables, format):
    for number, (name, table) in enumerate(tables.items()):
        print("\n" * bool(number) + name)
        output.put(table, None, format)
