# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The bodies of the solar system that the synthetic sky has: real names and numbers, made-up places.

Each asteroid of the sky is an alert or two of one of these bodies.
"""

import zlib

__all__ = ["BODIES", "ztf_name"]

# Number, name, names that ZTF's packets have, packed provisional designation (Rubin).
BODIES = (
    ("8467", "Benoitcarry", ("8467", "1981EV24"), "J81E24V"),
    ("1620", "Geographos", ("1620",), "J51R00A"),
    ("433", "Eros", ("433",), "I98D00Q"),
    ("624188", "2002 MA6", ("624188", "2002MA06", "2002MA6"), "K02M06A"))


def ztf_name(oid):
    """The name, in ZTF's packets, of the body that an asteroid's object is; by the object's name."""
    names = [name for body in BODIES for name in body[2]]
    return names[zlib.crc32(oid.encode()) % len(names)]
