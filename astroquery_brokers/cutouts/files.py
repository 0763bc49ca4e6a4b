# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""FITS files as brokers send them, and the images of an alert as one HDUList."""

import io
import zlib

import numpy as np
from astropy.io import fits

__all__ = ["KINDS", "join_cutouts", "read_cutout", "unzip"]

#: The images of an alert, in the order in which they are kept.
KINDS = ("science", "template", "difference")

_MAX_LAYERS = 4
_MAX_BYTES = 1 << 26
_PLANES = {"UNCERT": "VARIANCE", "PSFIMAGE": "PSF"}
_COMMENTS = {"science": "the new image", "template": "the reference image", "difference": "science minus template"}


def unzip(content, *, max_bytes=_MAX_BYTES):
    """Bytes without the layers of gzip around them, however many there are.

    Parameters
    ----------
    content : bytes
        What was sent.
    max_bytes : int, optional
        Most bytes of any layer.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If a layer is broken, cut or too large, or there are more than four.

    Examples
    --------
    >>> import gzip
    >>> from astroquery_brokers.cutouts import unzip
    >>> unzip(gzip.compress(gzip.compress(b"SIMPLE")))
    b'SIMPLE'
    """
    for _ in range(_MAX_LAYERS):
        if not content.startswith(b"\x1f\x8b"):
            return content
        content = _inflated(content, max_bytes)
    if content.startswith(b"\x1f\x8b"):
        raise ValueError(f"It is gzip in gzip, more than {_MAX_LAYERS} layers deep.")
    return content


def _inflated(content, max_bytes):
    parts, size = [], 0
    while content:
        inflater = zlib.decompressobj(31)
        try:
            parts.append(inflater.decompress(content, max_bytes - size + 1))
        except zlib.error as error:
            raise ValueError(f"Its gzip is broken ({error}).") from error
        size += len(parts[-1])
        if size > max_bytes:
            raise ValueError(f"It has more than {max_bytes} bytes once it is decompressed.")
        if not inflater.eof:
            raise ValueError("Its gzip ends too early.")
        content = inflater.unused_data.lstrip(b"\0")
    return b"".join(parts)


def read_cutout(content):
    """The images in a FITS file, gzipped or not.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    `~astropy.io.fits.HDUList`
        All in memory: the image, and where there are the planes of its variance and of the point spread function.

    Raises
    ------
    ValueError
        If it is no FITS file with an image, or not a whole one.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from astropy.io import fits
    >>> from astroquery_brokers.cutouts import read_cutout
    >>> file = io.BytesIO()
    >>> fits.PrimaryHDU(np.zeros((63, 63), dtype="float32")).writeto(file)
    >>> read_cutout(file.getvalue())[0].data.shape
    (63, 63)
    """
    content = unzip(content)
    if not content.startswith(b"SIMPLE"):
        raise ValueError(f"It is not a FITS file: {content[:80]!r}.")
    # ZTF writes this card in a form of its own.
    content = b"SIMPLE  =                    T".ljust(80) + content[80:]
    try:
        with fits.open(io.BytesIO(content), memmap=False, disable_image_compression=True) as hdus:
            return fits.HDUList([_image(hdu, place, len(content)) for place, hdu in enumerate(hdus)])
    except Exception as error:  # whatever a broken file makes astropy raise
        raise ValueError(f"It is a broken FITS file ({error}).") from error


def _image(hdu, place, length):
    """A copy of an image in memory."""
    if not isinstance(hdu, (fits.PrimaryHDU, fits.ImageHDU)) or hdu.header["NAXIS"] != 2 or hdu.size > length:
        raise ValueError(f"extension {place} is not an image that fits into the file")
    kind = fits.ImageHDU if place else fits.PrimaryHDU
    return kind(np.array(hdu.data), hdu.header)


def join_cutouts(images, *, object_id, candid=None, survey=None, broker=None, mjd=None, time_scale=None,
                 planes=False):
    """The images of one alert as one list of HDUs.

    Parameters
    ----------
    images : dict of str to `~astropy.io.fits.HDUList`
        Those of ``KINDS`` that there are, as `read_cutout` gives them.
    object_id : str or None
        Id of the object.
    candid : int, optional
        Id of the alert.
    survey, broker : str, optional
        Where it is from.
    mjd : float, optional
        Epoch of the alert (d).
    time_scale : str, optional
        Time scale of the epoch, e.g. ``"utc"``.
    planes : bool, optional
        Whether to keep the planes of variance and point spread function, after the images.

    Returns
    -------
    `~astropy.io.fits.HDUList`
        HDUs ``SCIENCE``, ``TEMPLATE`` and ``DIFFERENCE``, then ``SCIENCE_VARIANCE``, ``SCIENCE_PSF``, ... In their
        headers: ``OBJECT``, ``CANDID``, ``SURVEY``, ``BROKER``, ``MJD-OBS`` (d) and ``TIMESYS``.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.io import fits
    >>> from astroquery_brokers.cutouts import join_cutouts
    >>> image = fits.HDUList([fits.PrimaryHDU(np.zeros((63, 63)))])
    >>> joined = join_cutouts({"science": image, "template": image, "difference": image}, object_id="ZTF20aaelulu")
    >>> joined["difference"].header["OBJECT"]
    'ZTF20aaelulu'
    """
    cards = [("OBJECT", object_id, "id of the object"), ("CANDID", candid, "id of the alert"),
             ("SURVEY", survey and survey.upper(), "survey that made the alert"), ("BROKER", broker, "who served it"),
             ("MJD-OBS", mjd, "[d] epoch of the alert"),
             ("TIMESYS", time_scale and time_scale.upper(), "time scale of MJD-OBS")]
    first, more = [], []
    for kind in KINDS:
        for place, hdu in enumerate(images.get(kind, ())[:None if planes else 1]):
            name = kind.upper() + (f"_{_PLANES.get(hdu.name, hdu.name or place)}" if place else "")
            # The first is the primary HDU, the others are extensions.
            made = (fits.ImageHDU if first or place else fits.PrimaryHDU)(hdu.data, hdu.header)
            made.header.set("EXTNAME", name, _COMMENTS[kind] if place == 0 else "")
            made.header.update({key: (value, comment) for key, value, comment in cards if value is not None})
            if place == 0:
                _name_axes(made.header)
            (more if place else first).append(made)
    return fits.HDUList(first + more)


def _name_axes(header):
    """Say that an image is a tangential projection, where everything of a WCS is given but that (Rubin)."""
    if "CTYPE1" not in header and {"CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2"} <= set(header):
        for axis, kind in ((1, "RA---TAN"), (2, "DEC--TAN")):
            header.set(f"CTYPE{axis}", kind, "not in the file as served", after=f"CRVAL{axis}")
            header.set(f"CUNIT{axis}", "deg", "not in the file as served", after=f"CTYPE{axis}")
