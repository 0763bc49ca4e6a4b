# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``astroquery-brokers sandbox``: offline brokers until Ctrl-C."""

import time
from argparse import ArgumentTypeError

from . import values
from .brokers import check_alerts

HELP = "Run offline brokers on this machine until Ctrl-C, and print the addresses to configure."
EPILOG = """\
examples:
  astroquery-brokers sandbox
  astroquery-brokers sandbox --port 8000 --n-objects 1000 --seed 7
  astroquery-brokers sandbox --alerts packets/"""


def add_arguments(parser, broker):
    """Options of the command."""
    parser.add_argument("--alerts", metavar="DIR", help="serve the real alert packets (*.avro) in this folder")
    parser.add_argument("--port", type=_port, metavar="N", help="TCP port (default: a free one)")
    parser.add_argument("--n-objects", type=_count, metavar="N", help="number of synthetic objects")
    parser.add_argument("--seed", type=values.integer, metavar="N", help="seed of the synthetic sky")


def _port(text):
    port = values.integer(text)
    if not 0 <= port <= 65535:
        raise ArgumentTypeError(f"{port} is no port; write a number from 0 (a free one) to 65535")
    return port


def _count(text):
    count = values.integer(text)
    if not 0 <= count <= 100000:
        raise ArgumentTypeError(f"{count} is not possible; write a number from 0 to 100000")
    return count


def run(arguments, known):
    """Serve until interrupted."""
    from ..exceptions import InvalidArgumentError
    from ..sandbox.client import Box, SandboxError

    check_alerts(arguments.alerts)
    try:
        box = Box(alerts=arguments.alerts, n_objects=arguments.n_objects, seed=arguments.seed, port=arguments.port)
    except SandboxError as error:
        if arguments.port and "in use" in str(error):
            raise InvalidArgumentError(f"--port {arguments.port} is in use; choose another, or 0 for a free one."
                                       ) from None
        raise
    try:
        for name, url in box.urls.items():
            print(f"{name} = {url}")
        print(_advice(box, known), flush=True)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    finally:
        box.stop()


def _advice(box, known):
    own = {name.partition(".")[2]: url for name, url in box.urls.items() if name.startswith(f"{known.name}.")}
    options = " ".join(f"--set {name}={url}" for name, url in own.items())
    lines = "\n".join(f"    conf.{name} = {url!r}" for name, url in own.items())
    return (f"In another shell:\n    astroquery-brokers {options} object {_example(box.truth.objects, known)}\n"
            f"In Python:\n    from astroquery_brokers.{known.name} import conf\n{lines}\n"
            "Ctrl-C ends the sandbox.")


def _example(objects, known):
    """The object with most detections."""
    return objects["oid"][objects["ndet"].argmax()] if len(objects) else known.example
