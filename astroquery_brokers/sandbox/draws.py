# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Numbers that look random but follow from identifiers: the same alert has the same values in every process."""

import hashlib
import zlib

import numpy as np

__all__ = ["numbers", "short", "uniform"]


def numbers(names):
    """An integer for each name of an array of text, repeated names being cheap."""
    known, place = np.unique(np.asarray(names, dtype=str), return_inverse=True)
    return np.array([zlib.crc32(name.encode()) for name in known.tolist()], dtype=np.int64)[place]


def uniform(keys, word):
    """Numbers from 0 to 1 for identifiers (array of int64); another word gives others."""
    seed = np.uint64(int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big"))
    bits = np.asarray(keys, dtype=np.int64).astype(np.uint64) ^ seed
    with np.errstate(over="ignore"):
        # The finalizer of splitmix64.
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return ((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)) * 2.0 ** -53


def short(values):
    """Values as single-precision numbers are written: 18.1 for the one that is nearest to 18.1."""
    return np.asarray(values, dtype=np.float32).astype("U32").astype(float)
