# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``astroquery-brokers sandbox``: offline brokers until Ctrl-C."""

import time

HELP = "Run offline brokers on this machine until Ctrl-C, and print the addresses to configure."


def add_arguments(parser):
    """Options of the command."""
    parser.add_argument("--alerts", metavar="DIR", help="serve the real ZTF alert packets (*.avro) in this folder")
    parser.add_argument("--n-objects", type=int, metavar="N", help="number of synthetic objects")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of the synthetic sky")


def run(arguments):
    """Serve until interrupted."""
    from .. import sandbox

    with sandbox.running(alerts=arguments.alerts, n_objects=arguments.n_objects, seed=arguments.seed) as box:
        for name, url in box.urls.items():
            print(f"{name} = {url}", flush=True)
        print("Set these as configuration items (from astroquery_brokers.alerce import conf; conf.ztf_url = ...), or "
              "give them to AlerceClass(ztf_url=..., ztf_v2_url=...). Ctrl-C ends the sandbox.", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0
