# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The commands that ask a broker something: one for each of its verbs."""

import json
import re

from . import values
from .brokers import command_name, running_broker
from .output import FORMATS

__all__ = ["add_arguments", "add_inputs", "add_output", "add_way", "add_wishes", "asked", "epilog", "payload", "run"]

_CACHE = {"use": True, "off": False, "refresh": "refresh", "only": "only", "stale": "stale"}
_OPTIONS = ("sort", "cache", "progress", "raise_on_failure")
_OWN = ("coordinates", "object_id", "survey", "row_limit")


def add_arguments(parser, broker, verb):
    """The arguments of the command for a verb.

    Parameters
    ----------
    parser : `argparse.ArgumentParser`
    broker : `~astroquery_brokers.cli.brokers.Broker`
    verb : dict
        Its entry in ``verbs.json``.
    """
    by_name = {parameter["name"]: parameter for parameter in verb["parameters"]}
    positional = [parameter for name, parameter in by_name.items() if parameter["required"] and name not in _OWN]
    cone = _asks_a_cone(by_name)
    if cone:
        positional.remove(by_name["radius"])
    for parameter in positional:
        parser.add_argument(parameter["name"], type=values.reader(parameter)["type"], metavar=parameter["name"].upper(),
                            help=_help(parameter, by_name))
    if cone:
        parser.add_argument("words", nargs="*", metavar="RA DEC RADIUS", help="a position in any form that astropy "
                            "reads, or the id of an object, then the radius with its unit; quotes are not needed")
    elif "object_id" in by_name:
        parser.add_argument("words", nargs="*", metavar="ID", help=f"such as {broker.example}; - reads standard input")
    if {"coordinates", "object_id"} & by_name.keys():
        add_inputs(parser, cone)
    add_wishes(parser, broker, verb, positional)
    _add_result(parser, plots="lightcurve" in verb["tables"], chooses="columns" not in by_name)
    add_way(parser)


def add_wishes(parser, broker, verb, but=()):
    """An option for each parameter of a verb that has no place of its own, and is none of some others."""
    by_name = {parameter["name"]: parameter for parameter in verb["parameters"] if parameter not in but}
    group, cone = parser.add_argument_group("what to ask for"), _asks_a_cone(by_name)
    for name, parameter in by_name.items():
        if name not in _OWN and not (cone and name == "radius") or not cone and name == "coordinates":
            group.add_argument(_option(name), dest=name, help=_help(parameter, by_name), **values.reader(parameter))
    if "survey" in by_name:
        group.add_argument("--survey", type=values.chosen(broker.surveys), metavar="NAME",
                           help=f"{', '.join(broker.surveys)} (default: by the ids, else the setting survey)")
    if "row_limit" in by_name:
        group.add_argument("--row-limit", type=values.integer, metavar="N", help=_help(by_name["row_limit"], by_name))


def _asks_a_cone(by_name):
    """Whether a verb is about positions, rather than one that can also be told a position."""
    return "coordinates" in by_name and by_name["radius"]["required"]


def _option(name):
    return f"--{name.replace('_', '-')}"


def _help(parameter, names):
    """What the docstring says, in the words of the shell."""
    _, metavar, more = values.KINDS.get(parameter["kind"], (None, "", ""))
    low, dots, high = metavar.partition("..")
    text = parameter["help"].replace("minimum, or (minimum, maximum)", f"{low}, {metavar} or {dots}{high}")
    text = text.replace(", either may be None", "").replace("takes a SkyCoord", "takes any position")
    text = re.sub("`([^`]*)`", lambda match: _in_help(match[1], names), text)
    return f"{text} {more}".strip().replace("%", "%%") or None


def _in_help(code, names):
    """What a piece of Python in the help is in the shell."""
    if match := re.fullmatch(r'meta\["(\w+)"\]\[0\]\["(\w+)"\]', code):
        return f"{match[2]} of the {match[1]} in a VOTable"
    if code.startswith("query_"):
        return f"the command {command_name(code)}"
    return _option(code) if code in names else code.replace("conf.", "the setting ")


def add_inputs(parser, positions):
    """Options for ids or positions from a file."""
    group = parser.add_argument_group("input")
    what = "positions" if positions else "ids"
    group.add_argument("--from", dest="source", metavar="FILE", help=f"read {what} from a table or from plain lines; "
                       "- is standard input")
    group.add_argument("--column", metavar="RA,DEC" if positions else "NAME",
                       help=f"the column{'s' * positions} of that table (default: found by UCD or name)")
    if positions:
        group.add_argument("--frame", type=values.chosen(values.FRAMES), metavar="NAME",
                           help=f"frame of the positions: {', '.join(values.FRAMES)} (default: icrs)")


def _add_result(parser, plots, chooses):
    group = parser.add_argument_group("result")
    add_output(group)
    if chooses:
        group.add_argument("--columns", type=values.texts, metavar="A,B,C", help="only these columns, in this order")
    group.add_argument("--sort", metavar="COLUMN", help="sort by this column; -COLUMN: the largest first")
    if plots:
        group.add_argument("--plot", metavar="FILE", help="draw the light curve too (PNG, PDF, SVG by the ending)")


def add_output(group):
    """Options for the form of a table and the place where it goes."""
    group.add_argument("--format", type=values.chosen(FORMATS), metavar="NAME",
                       help=f"{', '.join(FORMATS)} (default: by the ending of FILE; readable on a terminal, votable on "
                            "a pipe)")
    group.add_argument("-o", "--output", metavar="FILE", help="write into this file (replaced if it exists)")


def add_way(parser):
    """Options for the way of asking."""
    group = parser.add_argument_group("way of asking")
    group.add_argument("--cache", type=values.chosen(_CACHE), metavar="HOW", help="use: a stored reply will do; off: "
                       "ask; refresh: ask and store; only: send nothing (default: as astroquery is configured)")
    group.add_argument("--raise-on-failure", action="store_true", help="end at the first request that fails")
    group.add_argument("--payload", action="store_true", help="print what would be sent as JSON, and send nothing")
    group.add_argument("--alerts", metavar="DIR", help="ask a sandbox that serves the alert packets (*.avro) of this "
                       "folder")


def epilog(command, broker, verb):
    """Examples for the help of a command."""
    names = {parameter["name"]: parameter for parameter in verb["parameters"]}
    start, example = f"astroquery-brokers {command}", broker.example
    required = [parameter.get("example", parameter["name"].upper()) for parameter in verb["parameters"]
                if parameter["required"] and parameter["name"] not in _OWN]
    if _asks_a_cone(names):
        lines = [f"{start} 185.0 15.0 10arcmin --sandbox", f"{start} '12h22m55s +15d49m25s' 5arcsec -o cone.fits",
                 f"{start} --frame galactic 270.1 76.2 0.5deg --format csv",
                 f"{start} --from mytargets.vot --column RA,DEC 2arcsec", f"{start} {example} 30arcsec"]
    elif "object_id" in names:
        start = " ".join([start, *required])
        lines = [f"{start} {example}", f"{start} {example} --format csv -o {command}.csv",
                 f"{start} --from ids.txt | stilts tpipe in=- ifmt=votable ofmt=csv"]
        if command == "objects":
            lines = [f"{start} --class-name SN --probability 0.8 --ndet 10..",
                     f"{start} --firstmjd 2024-05-01..2024-06-01 --row-limit -1 -o may.parquet", *lines[2:]]
        if "lightcurve" in verb["tables"]:
            lines[1] = f"{start} {example} --plot lightcurve.png -o lightcurve.vot"
    else:
        lines = [" ".join([start, *required, option]) for option in ("", "--format csv")]
    return "examples:\n" + "\n".join(f"  {line.rstrip()}" for line in lines)


def run(arguments, known, verb):
    """Ask, and write what comes; the exit status."""
    from . import output

    # A verb with such an argument asks the service for no other columns.
    chosen = not any(parameter["name"] == "columns" for parameter in verb["parameters"]) and arguments.columns
    columns = list(dict.fromkeys(chosen)) if chosen else None
    with running_broker(known, arguments) as broker:
        question = asked(arguments, broker, verb)
        sort = arguments.sort and arguments.sort.strip()
        question["sort"] = sort and sort.removeprefix("-")
        if getattr(arguments, "plot", None) is not None:
            _check_plotted(question["object_id"])
        output.check(arguments.output, arguments.format, columns, _known_columns(broker, verb),
                     getattr(arguments, "plot", None))
        if arguments.payload:
            return payload(broker, verb, question)
        table = _answer(broker, verb["name"], question, sort)
        try:
            output.put(table if columns is None else table[columns], arguments.output, arguments.format)
        finally:
            if getattr(arguments, "plot", None) is not None and len(table):
                output.put_plot(table, arguments.plot)
    failures = table.meta["failures"]
    if any(failure["error"] == "InterruptedError" for failure in failures):
        raise KeyboardInterrupt
    return 3 if failures else 0 if len(table) else 1


def _answer(broker, name, asked, sort):
    """The table, sorted; where nothing came, why."""
    from ..exceptions import ObjectNotFoundError
    from .nothing import check_names, empty_table

    about_objects = {key: value for key, value in asked.items() if key not in _OPTIONS}
    try:
        table = getattr(broker, name)(**asked)
    except ObjectNotFoundError:
        if not {"object_id", "coordinates"} & asked.keys():
            raise
        return empty_table(broker, getattr(type(broker), name).verb, about_objects)
    if not len(table) and not table.meta["failures"]:
        check_names(broker, asked, table.meta["provenance"][0]["survey"])
    return _descending(table, asked["sort"]) if sort is not None and sort.startswith("-") else table


def _descending(table, name):
    """A table that was sorted by a column, from its end; what is masked stays there."""
    import numpy as np

    table.reverse()
    return table[np.argsort(np.ma.getmaskarray(np.ma.MaskedArray(table[name])), kind="stable")]


def payload(broker, verb, question):
    """Print what would be sent; the exit status."""
    print(json.dumps(_without_credentials(getattr(broker, verb["name"])(**question, get_query_payload=True)), indent=2))
    return 0


def _without_credentials(item):
    """What would be sent, as it may be shown."""
    from ..transport import redact

    if isinstance(item, dict):
        return {key: _without_credentials(value) for key, value in item.items()}
    if isinstance(item, (list, tuple)):
        return [_without_credentials(value) for value in item]
    return redact(item) if isinstance(item, str) else item


def asked(arguments, broker, verb):
    """Arguments of the verb, with the options that all verbs have but ``sort``."""
    from . import inputs

    given = vars(arguments)
    names = {parameter["name"]: parameter for parameter in verb["parameters"]}
    found = {name: given[name] for name in names if given.get(name) is not None and given[name] is not False}
    words = [word.strip() for word in given.get("words", ())]
    if _asks_a_cone(names):
        found["coordinates"], found["radius"] = inputs.cone(words, given["source"], given["column"], given["frame"],
                                                            broker.surveys)
    elif "object_id" in names:
        required = any(item["required"] for item in verb["parameters"] if item["name"] == "object_id")
        if required or words or given["source"] is not None or given["column"] is not None:
            found["object_id"] = inputs.object_ids(words, given["source"], given["column"], broker.surveys)
    cache = given["cache"]
    return {**found, "cache": None if cache is None else _CACHE[cache], "progress": given.get("progress"),
            "raise_on_failure": given["raise_on_failure"]}


def _check_plotted(ids):
    from ..exceptions import InvalidArgumentError
    from ..plotting import _MOST_PANELS

    if not isinstance(ids, str) and len(set(ids)) > _MOST_PANELS:
        raise InvalidArgumentError(f"--plot draws at most {_MOST_PANELS} objects, and these are {len(set(ids))}; leave "
                                   "it out, or plot some of them.")


def _known_columns(broker, verb):
    """Columns that a verb's table can have."""
    names = list(broker.list_columns(verb["name"])["column"])
    added = getattr(type(broker), verb["name"]).verb.adds
    return list(dict.fromkeys(names + [column.name for name in added for column in broker._dictionary(name).columns]))
