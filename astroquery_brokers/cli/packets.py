# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``packets``: alerts as their survey sent them out, as JSON or in the original bytes (Avro)."""

import base64
import io
import json
import sys
from pathlib import Path

from . import output, query, values
from .brokers import running_broker
from .messages import say

__all__ = ["EPILOG", "HELP", "add_arguments", "run"]

HELP = "Alerts as packets, as their survey sent them out: JSON, or the original bytes (Avro)."
EPILOG = """\
examples:
  astroquery-brokers packets {example} -o alerts.json
  astroquery-brokers packets {example} --outdir packets/ --format avro
  astroquery-brokers packets {example} | jq '.[].candidate.magpsf'

JSON has all alerts in one list, with images as base64 and null for NaN. A file in Avro has one alert."""

_FORMATS = ("json", "avro")


def add_arguments(parser, broker):
    """Options of the command."""
    verb = broker.others["packets"]
    parser.add_argument("words", nargs="*", metavar="ID", help=f"such as {broker.example}; - reads standard input")
    query.add_inputs(parser, False)
    # Another name for an option, and what the format tells.
    query.add_wishes(parser, broker, verb, [parameter for parameter in verb["parameters"]
                                            if parameter["name"] in ("measurement_id", "raw")])
    group = parser.add_argument_group("result")
    group.add_argument("--format", type=values.chosen(_FORMATS), metavar="NAME",
                       help=f"{', '.join(_FORMATS)} (default: avro if FILE ends so, else json)")
    group.add_argument("-o", "--output", metavar="FILE", help="write into this file (replaced if it exists)")
    group.add_argument("--outdir", metavar="DIR", help="write a file for each alert into this folder")
    query.add_way(parser)


def run(arguments, known):
    """Ask, and write what comes; the exit status."""
    verb = known.others["packets"]
    format = _checked_format(arguments, known, verb)
    with running_broker(known, arguments) as broker:
        question = query.asked(arguments, broker, verb)
        if format == "avro":
            question["raw"] = True
        if arguments.payload:
            return query.payload(broker, verb, question)
        packets = getattr(broker, verb["name"])(**question)
        failures = packets.meta["failures"]
        _put(packets, arguments, format)
    if any(failure["error"] == "InterruptedError" for failure in failures):
        raise KeyboardInterrupt
    return 3 if failures else 0 if packets else 1


def _checked_format(arguments, known, verb):
    """The format, after a look at whether it can be had and written, before anything is asked."""
    from ..exceptions import InvalidArgumentError

    output.check(arguments.output, "json")
    output.check_folder(arguments.outdir)
    if arguments.output is not None and arguments.outdir is not None:
        raise InvalidArgumentError("-o and --outdir both say where the packets go; give one of them.")
    named = (arguments.output or "").lower().removesuffix(".gz").endswith(".avro")
    format = arguments.format or ("avro" if named else "json")
    if format == "json":
        return format
    if all(parameter["name"] != "raw" for parameter in verb["parameters"]):
        raise InvalidArgumentError(f"{known.title} does not give packets as Avro; take --format json.")
    if arguments.outdir is None and arguments.output in (None, "-") and sys.stdout.isatty():
        raise InvalidArgumentError("Avro is binary and not for a terminal; give -o FILE or --outdir DIR.")
    return format


def _put(packets, arguments, format):
    """Write the files."""
    from ..exceptions import InvalidArgumentError
    from ..output import destination
    from ..tables.cells import counted

    if arguments.outdir is not None:
        folder = Path(arguments.outdir).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        for packet in packets:
            with destination(folder / _name(packet, format), overwrite=True) as stream:
                stream.write(packet if format == "avro" else _json(packet))
        say(f"wrote {counted(len(packets), 'file')} to {arguments.outdir}")
        return
    if format == "avro" and len(packets) > 1:
        raise InvalidArgumentError(f"a file in Avro has one alert, and these are {len(packets)}; give --outdir DIR, "
                                   "name one with --candid, or take --format json.")
    content = b"".join(packets) if format == "avro" else _json(list(packets))
    if arguments.output in (None, "-"):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    elif packets:
        with destination(arguments.output, overwrite=True) as stream:
            stream.write(content)
        say(f"wrote {counted(len(packets), 'alert')} to {arguments.output}")


def _name(packet, format):
    """The name of a file for a packet."""
    if format == "avro":
        from ..extras import needs

        packet = next(needs("fastavro", "Naming files of packets", "avro").reader(io.BytesIO(packet)))
    return output.file_name(f"{packet['objectId']}_{packet['candid']}", format)


def _json(packet):
    return json.dumps(_plain(packet), indent=1, allow_nan=False).encode() + b"\n"


def _plain(value):
    """A value as JSON can hold it."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return None if isinstance(value, float) and value - value != 0 else value
