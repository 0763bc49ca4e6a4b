# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""FITS and PNG files of small pictures, without any library for either."""

import gzip
import io
import struct
import zlib

import numpy as np

__all__ = ["encode_png", "fits", "gzipped", "png", "read_primary"]

_BITPIX = {np.dtype("float32"): -32, np.dtype("float64"): -64}


def _card(name, value):
    if isinstance(value, str) and name in ("SIMPLE", "XTENSION") and value.startswith("="):
        return f"{name:<8}{value}".ljust(80)  # as it is
    if isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, str):
        text = f"'{value:<8}'"
    else:
        text = f"{value!r:>20}".upper()
    return f"{name:<8}= {text}".ljust(80)


def _padded(data, fill):
    return data + fill * (-len(data) % 2880)


def fits(*parts):
    """The bytes of a FITS file.

    Parameters
    ----------
    *parts : (dict, array)
        Cards and picture (float32 or float64) per HDU; the cards of the structure are added. A card ``SIMPLE`` whose
        text begins with ``=`` is written as it stands.
    """
    result = b""
    for number, (cards, picture) in enumerate(parts):
        cards = dict(cards)
        first = {"XTENSION": "IMAGE"} if number else {"SIMPLE": cards.pop("SIMPLE", True)}
        shape = {f"NAXIS{axis + 1}": size for axis, size in enumerate(reversed(picture.shape))}
        structure = {**first, "BITPIX": _BITPIX[picture.dtype], "NAXIS": picture.ndim, **shape}
        if number:
            structure.update(PCOUNT=0, GCOUNT=1)
        text = "".join(_card(name, value) for name, value in {**structure, **cards}.items()) + "END".ljust(80)
        result += _padded(text.encode("ascii"), b" ")
        result += _padded(picture.astype(picture.dtype.newbyteorder(">")).tobytes(), b"\0")
    return result


def gzipped(data, name=""):
    """A gzip of some bytes which is the same each time, with the name of the file inside."""
    target = io.BytesIO()
    with gzip.GzipFile(name, "wb", 6, target, mtime=0) as stream:
        stream.write(data)
    return target.getvalue()


def read_primary(data):
    """The picture of the first HDU of a FITS file, however often it is gzipped."""
    while data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    header, start = {}, 0
    while True:
        card = data[start:start + 80].decode("ascii")
        start += 80
        if card.startswith("END     ") or not card:
            break
        if card[8:9] == "=":
            header[card[:8].strip()] = card[9:].split("/")[0].strip()
    shape = int(header["NAXIS2"]), int(header["NAXIS1"])
    dtype = np.dtype({"-32": ">f4", "-64": ">f8"}[header["BITPIX"]])
    start += -start % 2880
    return np.frombuffer(data, dtype, shape[0] * shape[1], start).reshape(shape).astype(float)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(picture, low, high):
    """The bytes of a grey PNG of a picture; the first row is at the top, NaN is black.

    Parameters
    ----------
    picture : 2-d array
    low, high : float
        What is black and what is white.
    """
    grey = np.nan_to_num(np.clip((picture - low) / max(high - low, 1e-9), 0, 1)) * 255
    return encode_png(np.repeat(np.repeat(grey.astype(np.uint8), 4, axis=0), 4, axis=1))


def encode_png(pixels):
    """The bytes of a PNG of pixels (uint8): grey (two axes), or red, green, blue and opacity along a third."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)
    lines = np.concatenate([np.zeros((height, 1), dtype=np.uint8), rows], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 6 if pixels.ndim == 3 else 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines))
            + _chunk(b"IEND", b""))
