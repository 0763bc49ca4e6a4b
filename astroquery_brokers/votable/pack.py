# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows as BINARY2 bytes: numpy arrays from end to end, without a Python object per cell.

A row is a run of *segments*: fields of fixed size, packed, the last of which may be the length of what follows them.
All rows of a chunk have the same segments, only at different places. So a segment of all rows is one structured array,
and the places are a cumulative sum.
"""

import numpy as np

from .texts import characters

__all__ = ["encode", "mask_bytes", "spread"]

TRUE, FALSE, UNKNOWN = b"TF?"
LENGTH = np.dtype(">i4")


def mask_bytes(columns):
    """How many bytes the flags of so many columns take."""
    return (columns + 7) // 8


def encode(columns, part):
    """Some rows in their binary form.

    Parameters
    ----------
    columns : list of `~astroquery_brokers.votable.fields.PlainColumn`
    part : slice

    Returns
    -------
    bytes
    """
    cells = [column.rows(part) for column in columns]
    flags = np.packbits(np.stack([mask for _, mask in cells], axis=1), axis=1)
    segments = [([flags], None)]
    for column, (values, mask) in zip(columns, cells):
        if column.is_text or column.is_ragged:
            counts, sizes, content = _text(column, values) if column.is_text else _ragged(column, values)
            segments[-1][0].append(counts.astype(LENGTH))
            segments[-1] = (segments[-1][0], (sizes, content))
            segments.append(([], None))
        else:
            segments[-1][0].append(_numbers(column, values, mask))
    segments = [(_packed(fields), content) for fields, content in segments if fields]
    if len(segments) == 1 and segments[0][1] is None:
        return segments[0][0].tobytes()
    return _assembled(segments)


def spread(buffer, width):
    """A view of a buffer as items that begin wherever one wants, to be read and written many at once."""
    return np.ndarray((max(len(buffer) - width + 1, 0),), dtype=f"V{width}", buffer=buffer, strides=(1,))


def _assembled(segments):
    """Segments and the contents after them, one row after the other."""
    ends = np.cumsum(sum(packed.dtype.itemsize + (0 if content is None else content[0])
                         for packed, content in segments))
    buffer = np.empty(int(ends[-1]), dtype=np.uint8)
    places = np.concatenate([[0], ends[:-1]])
    for packed, content in segments:
        width = packed.dtype.itemsize
        spread(buffer, width)[places] = packed.view(f"V{width}")
        places = places + width
        if content is not None:
            sizes, flat = content
            # Byte number i of all contents goes to i + (where its content begins - what came before it).
            shift = np.repeat(places - (np.cumsum(sizes) - sizes), sizes)
            buffer[shift + np.arange(len(flat))] = flat
            places = places + sizes
    return buffer.tobytes()


def _packed(fields):
    dtype = np.dtype([(f"f{number}", values.dtype, values.shape[1:]) for number, values in enumerate(fields)])
    packed = np.empty(len(fields[0]), dtype=dtype)
    for name, values in zip(dtype.names, fields):
        packed[name] = values
    return packed


def _numbers(column, values, mask):
    if column.dtype.kind != "b":
        return values.astype(values.dtype.newbyteorder(">"), copy=False)
    letters = np.where(values, np.uint8(TRUE), np.uint8(FALSE))
    letters[mask] = UNKNOWN
    return letters


def _text(column, values):
    """Number of characters, of bytes, and all the bytes."""
    flat, lengths = characters(values)
    if column.datatype == "char":
        return lengths, lengths, flat.astype(np.uint8)
    wide = flat > 0xffff  # two units of UTF-16
    if wide.any():
        rows = np.repeat(np.arange(len(values)), lengths)[wide]
        lengths = lengths + np.bincount(rows, minlength=len(values))
    flat = np.frombuffer(flat.tobytes().decode("utf-32-le").encode("utf-16-be"), dtype=np.uint8)
    return lengths, 2 * lengths, flat


def _ragged(column, values):
    """Number of elements, of bytes, and all the bytes."""
    counts = np.fromiter(map(len, values.tolist()), dtype=np.int64, count=len(values))
    flat = np.concatenate([*values, np.empty(0, dtype=column.dtype)])
    flat = _numbers(column, flat, np.zeros(len(flat), dtype=bool)).view(np.uint8)
    return counts, counts * (flat.size // max(int(counts.sum()), 1)), flat
