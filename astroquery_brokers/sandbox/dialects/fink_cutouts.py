# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's cutouts of both surveys (``/api/v1/cutouts``) as PNG, FITS or nested lists."""

import gzip

import numpy as np

from ..alerts import Alerts
from ..images import encode_png, read_primary
from ..stamps import KINDS
from .fink_wire import content, refused
from .wire import FlaskJSON, is_number

__all__ = ["KINDS", "lsst_cutouts", "pixels", "ztf_cutouts", "ztf_files"]

OPTIONS = ("output-format", "stretch", "colormap", "pmin", "pmax", "convolution_kernel")


def ztf_files(store, candid, oid=None):
    """The FITS files of a ZTF alert by kind, or None where there is no alert or no cutout."""
    return Alerts(store).cutouts("ztf", candid, oid)


def pixels(data):
    """The picture of a FITS file as nested lists; what is beyond the detector is NaN."""
    return read_primary(data).tolist()


def _convolved(picture, kernel):
    from astropy.convolution import Box2DKernel, Gaussian2DKernel, convolve

    kernels = {"gauss": lambda: Gaussian2DKernel(1, x_size=5, y_size=5), "box": lambda: Box2DKernel(3)}
    return convolve(picture, kernels[kernel](), boundary="extend")


def _stretched(picture, arguments):
    """Values from 0 to 1; the percentiles count for nothing with the sigmoid."""
    stretch = arguments.get("stretch", "sigmoid")
    if stretch == "sigmoid":
        return 1 / (1 + np.exp(-(picture - picture.mean()) / picture.std()))
    low, high = np.percentile(picture, [float(arguments.get("pmin", 0.5)), float(arguments.get("pmax", 99.5))])
    scaled = np.clip((picture - low) / (high - low), 0, 1)
    return {"linear": lambda: scaled, "sqrt": lambda: np.sqrt(scaled), "power": lambda: scaled ** 2,
            "log": lambda: np.log1p(1000 * scaled) / np.log(1001)}[stretch]()


def _png(data, arguments):
    """The first row of the picture is the first row of the PNG: not turned to the sky."""
    picture = _stretched(np.nan_to_num(read_primary(data)), arguments)
    if "convolution_kernel" in arguments:
        picture = _convolved(picture, arguments["convolution_kernel"])
    if "colormap" in arguments:
        from matplotlib import colormaps

        picture = colormaps[arguments["colormap"]](picture)
    return encode_png(np.uint8(picture * 255))


def _checked(arguments):
    kind, form = arguments["kind"], arguments.get("output-format", "PNG")
    if kind not in (*KINDS, "All"):
        raise ValueError(f"no such kind: {kind}")
    if kind == "All" and arguments["output-format"] != "array":
        raise refused("The option `kind=All` is only compatible with `output-format=array`.\n")
    if form not in ("PNG", "FITS", "array"):
        raise refused("output-format must be one of: PNG, FITS, or array.\n")
    return kind, form


def _reply(files, name, kind, form, suffix, arguments):
    if form == "array":
        kinds = KINDS if kind == "All" else (kind,)
        return FlaskJSON({f"b:cutout{one}{suffix}": pixels(files[one]) for one in kinds})
    data = files[kind]
    if form == "FITS":
        # The layer of gzip that the packets of ZTF have is removed.
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        return content(data, "application/octet-stream", f"{name}_{kind}.fits")
    return content(_png(data, arguments), "image/png", f"{name}_{kind}.png")


def ztf_cutouts(store):
    """The answer of ``cutouts`` for ZTF: those of one alert of an object, the latest unless it is named."""
    def answer(arguments):
        kind, form = _checked(arguments)
        name = arguments["objectId"]
        # What only the history of a packet tells has no cutouts.
        candids = [row[0] for row in store.rows(
            "SELECT candid FROM detections WHERE oid = ? AND has_stamp AND (rb >= 0.55 OR rb IS NULL) "
            "ORDER BY mjd DESC", (name,))]
        wanted = str(arguments["candid"]) if "candid" in arguments else str(candids[0])
        candid = next(candid for candid in candids if str(candid) == wanted)
        return _reply(ztf_files(store, candid, name), name, kind, form, "_stampData", arguments)
    return answer


def lsst_cutouts(store):
    """The answer of ``cutouts`` for Rubin: those of a detection. An unknown one has no bytes, and the status 200."""
    def answer(arguments):
        kind, form = _checked(arguments)
        number = arguments["diaSourceId"]
        if not isinstance(number, str):
            raise TypeError("the identifier is no text")
        files = Alerts(store).cutouts("lsst", int(number)) if is_number(number) else None
        if files is None:
            return content(b"", "image/png", f"{number}_{kind}.{form.lower()}" if form != "array" else
                           f"{number}_{kind}")
        return _reply(files, number, kind, form, "", arguments)
    return answer
