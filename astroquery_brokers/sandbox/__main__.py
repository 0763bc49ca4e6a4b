# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``python -m astroquery_brokers.sandbox``: the server in the foreground, which says on standard output where it is."""

import argparse
import asyncio
import hashlib
import ipaddress
import json
import os
import signal
import sys
import tempfile
import threading

from ..extras import missing
from .sky import DEFAULT_OBJECTS, DEFAULT_SEED

CONTENT_VERSION = 3  # goes into the root; to be counted up with every change of the synthetic sky


def _loopback(text):
    if text != "localhost" and not ipaddress.ip_address(text).is_loopback:
        raise argparse.ArgumentTypeError(f"{text} is not a loopback address: the sandbox serves this machine only")
    return "127.0.0.1" if text == "localhost" else text


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="python -m astroquery_brokers.sandbox",
                                     description="Alert brokers, offline, on this machine.")
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 (default) takes a free one")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1", help="loopback address")
    parser.add_argument("--alerts", metavar="DIR", help="serve the alert packets (*.avro) of this folder")
    parser.add_argument("--n-objects", type=int, help=f"size of the synthetic sky (default: {DEFAULT_OBJECTS}; with "
                        "--alerts: 0)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="seed of the synthetic sky")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each reply takes, at least")
    parser.add_argument("--faults", type=json.loads, default=[], metavar="JSON", help="faults, see sandbox/faults.py")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    options = parser.parse_args(argv)
    if options.n_objects is None:
        options.n_objects = 0 if options.alerts else DEFAULT_OBJECTS
    return options


def _word(options):
    """A short word for the content, so that addresses (and what is cached by them) differ when the content does."""
    listing = []
    if options.alerts:
        for folder, _, names in os.walk(options.alerts):
            files = (os.path.join(folder, name) for name in names)
            listing += [(os.path.relpath(name, options.alerts), os.path.getsize(name)) for name in files]
    content = [CONTENT_VERSION, options.n_objects, options.seed, sorted(listing)]
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=5).hexdigest()


def _stop_with_parent(stop):
    def wait():
        sys.stdin.buffer.read()
        stop()
    threading.Thread(target=wait, daemon=True).start()


def main(argv=None):
    """Serve until a signal, or the end of standard input when so asked. The status is 0, or 1 with a message."""
    options = _arguments(argv)
    try:
        from .build import build
        from .server import listen, serve
        from .tokens import Tokens
    except ImportError as error:
        sys.exit(str(missing(error.name, "the sandbox", "server")))
    folder = tempfile.TemporaryDirectory(prefix="astroquery_brokers_sandbox_")
    path = os.path.join(folder.name, "store.sqlite")

    def quit_now(number, frame):
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, quit_now)

    def stopped(stop):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, frame: stop())
        if options.until_eof:
            _stop_with_parent(stop)

    with folder:
        try:
            build(path, n_objects=options.n_objects, seed=options.seed, alerts=options.alerts)
            listener = listen(options.host, options.port)
        except (ImportError, OSError, ValueError) as error:
            sys.exit(f"the sandbox cannot start: {error}")
        host, port = listener.getsockname()[:2]
        prefix, tokens = "/" + _word(options), Tokens()
        root = f"http://[{host}]:{port}{prefix}" if ":" in host else f"http://{host}:{port}{prefix}"

        def ready():
            sys.stdout.write(json.dumps({"url": root, "store": path, "tokens": tokens.given}) + "\n")
            sys.stdout.flush()

        asyncio.run(serve(listener, path, prefix, tokens=tokens, latency=options.latency,
                          initial_faults=options.faults, ready=ready, stopped=stopped))


if __name__ == "__main__":
    main()
