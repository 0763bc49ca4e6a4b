# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sky maps of gravitational-wave events: the one event of the synthetic sky, and reading the maps that users send."""

import gzip
import io

import numpy as np

__all__ = ["EVENT", "SkyMap", "event_file"]

EVENT = "S240507a"
_NSIDE = 64
_WIDTH = 3.0  # degrees


def event_file(store):
    """The file ``bayestar.fits.gz`` of the event: around the first object of the sky, half a day before it was seen.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    from astropy.io import fits
    from astropy.time import Time
    from astropy_healpix import HEALPix

    known = store.rows("SELECT meanra, meandec, firstmjd FROM objects ORDER BY abs(meanra - 185.0008) + "
                       "abs(meandec - 15.0005) LIMIT 1")
    ra, dec, first = known[0] if known else (185.0, 15.0, 60390.0)
    grid = HEALPix(_NSIDE, order="nested")
    lon, lat = grid.healpix_to_lonlat(np.arange(grid.npix))
    away = np.hypot((lon.deg - ra + 180) % 360 - 180, lat.deg - dec)
    probability = np.exp(-(away / _WIDTH) ** 2 / 2)
    table = fits.BinTableHDU.from_columns([fits.Column("PROB", "D", array=probability / probability.sum())])
    table.header.update(PIXTYPE="HEALPIX", ORDERING="NESTED", NSIDE=_NSIDE, INDXSCHM="IMPLICIT", OBJECT=EVENT)
    table.header["DATE-OBS"] = Time(first - 0.5, format="mjd").isot
    target = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(target)
    return gzip.compress(target.getvalue(), mtime=0)


class SkyMap:
    """A sky map: credible levels by place, and the time of the event.

    Parameters
    ----------
    data : bytes
        A gzipped FITS file with a column ``PROB`` in one of the orders of HEALPix.
    """

    def __init__(self, data):
        from astropy.io import fits
        from astropy.time import Time
        from astropy_healpix import HEALPix, npix_to_nside

        with fits.open(io.BytesIO(gzip.decompress(data))) as parts:
            probability = np.asarray(parts[1].data["PROB"], dtype=float).ravel()
            header = parts[1].header
            if header["ORDERING"] != "NESTED":
                grid = HEALPix(npix_to_nside(len(probability)))
                probability = probability[grid.nested_to_ring(np.arange(grid.npix))]
            self.time = Time(header["DATE-OBS"], scale="utc")
        order = np.argsort(probability)[::-1]
        self.levels = np.empty(len(probability))
        self.levels[order] = np.cumsum(probability[order])

    def at(self, ra, dec, nside):
        """Credible levels of the pixels of a coarser or finer grid at some places (degrees)."""
        from astropy import units
        from astropy_healpix import HEALPix, npix_to_nside

        levels, own = self.levels, npix_to_nside(len(self.levels))
        if own > nside:
            levels = levels.reshape(-1, (own // nside) ** 2).mean(axis=1)
        grid = HEALPix(min(own, nside), order="nested")
        return levels[grid.lonlat_to_healpix(np.asarray(ra) * units.deg, np.asarray(dec) * units.deg)]
