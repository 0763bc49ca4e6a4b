# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How cutouts are drawn."""

import numpy as np

from ..arguments import check_choice
from ..exceptions import InvalidArgumentError
from ..extras import needs

__all__ = ["check_plot", "plot_cutouts"]

_PANEL = 2.6  # inches
_DIVERGING = "RdBu_r"
_EMPTY = "0.85"


def check_plot(*, stretch="asinh", cmap="viridis", **others):
    """Refuse options that `plot_cutouts` does not have, before images are fetched for it.

    Parameters
    ----------
    stretch, cmap : str, optional
        As for `plot_cutouts`.
    **others
        ``north_up`` and ``title``.

    Raises
    ------
    InvalidArgumentError
        If an option is not known, or has a value that is not.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from astroquery_brokers.cutouts import check_plot
    >>> check_plot(stretch="linear")
    """
    plt = needs("matplotlib.pyplot", "Plotting", "plot")
    for name in others:
        check_choice(name, ("stretch", "cmap", "north_up", "title"), "option")
    check_choice(stretch, ("asinh", "linear"), "stretch")
    check_choice(cmap, list(plt.colormaps), "cmap")


def plot_cutouts(cutouts, *, stretch="asinh", cmap="viridis", north_up=True, title=None):
    """Draw the images of an alert side by side; those of several alerts in rows.

    Science and template share no scale: each is drawn from its own zscale minimum to its brightest pixel. The
    difference is drawn symmetrically around 0, with 0 in the middle of a diverging map.

    Parameters
    ----------
    cutouts : `~astropy.io.fits.HDUList`, or a sequence of them
        As `join_cutouts` makes them.
    stretch : {"asinh", "linear"}, optional
        How values become colours.
    cmap : str, optional
        Name of matplotlib's colour map for science and template. The default can be told apart by colour-blind people.
    north_up : bool, optional
        Whether an image with a WCS is turned so that north is up and east is left. One without is drawn as it is, its
        first row at the top, as ZTF's own pages do.
    title : str, optional
        Title of the figure; by default the id of the object, the epoch and the id of the alert.

    Returns
    -------
    `matplotlib.figure.Figure`
        Made with pyplot, so that notebooks and ``plt.show()`` show it.

    Raises
    ------
    InvalidArgumentError
        If there is nothing to draw, or an option is not one of those above.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.io import fits
    >>> from astroquery_brokers.cutouts import join_cutouts, plot_cutouts
    >>> image = fits.HDUList([fits.PrimaryHDU(np.random.default_rng(1).normal(size=(63, 63)))])
    >>> joined = join_cutouts({"science": image, "template": image, "difference": image}, object_id="ZTF20aaelulu")
    >>> figure = plot_cutouts(joined)
    >>> [ax.get_title() for ax in figure.axes[:3]]
    ['Science', 'Template', 'Difference']
    """
    from astropy.io import fits

    rows = [cutouts] if isinstance(cutouts, fits.HDUList) else list(cutouts)
    if not rows or not all(isinstance(row, fits.HDUList) and len(row) for row in rows):
        raise InvalidArgumentError("There are no cutouts to draw; pass an HDUList, or a sequence of them.")
    return _draw(rows, stretch=stretch, cmap=cmap, north_up=north_up, title=title)


def _draw(rows, *, stretch, cmap, north_up, title):
    """A figure with one row of three images per alert."""
    plt = needs("matplotlib.pyplot", "Plotting", "plot")
    check_plot(stretch=stretch, cmap=cmap)
    figure, axes = plt.subplots(len(rows), 3, figsize=(3 * _PANEL + 0.6, len(rows) * (_PANEL + 0.85) + 0.2),
                                squeeze=False, layout="constrained")
    for hdus, panels in zip(rows, axes):
        for ax, name in zip(panels, ("SCIENCE", "TEMPLATE", "DIFFERENCE")):
            if name not in hdus:
                ax.set_axis_off()
                continue
            _panel(figure, ax, hdus[name], stretch, _DIVERGING if name == "DIFFERENCE" else cmap, north_up)
            ax.set_title(name.capitalize(), fontsize="medium")
        if len(rows) > 1:
            panels[0].set_ylabel(_caption(hdus[0].header, "\n"), fontsize="small")
    figure.suptitle(_caption(rows[0][0].header, ", ") if title is None and len(rows) == 1 else title or "",
                    fontsize="medium", fontweight="bold")
    return figure


def _caption(header, separator):
    """Which alert it is."""
    mjd = header.get("MJD-OBS")
    words = [header.get("OBJECT"), mjd and f"MJD {mjd:.4f}", header.get("CANDID")]
    return separator.join(str(word) for word in words if word is not None)


def _panel(figure, ax, hdu, stretch, cmap, north_up):
    data = np.ma.masked_invalid(hdu.data)
    matrix, centre = _turned(hdu.header) if north_up else (None, None)
    ax.set(xticks=[], yticks=[], facecolor=_EMPTY)
    options = {"norm": _norm(data.compressed(), stretch, cmap), "cmap": cmap, "interpolation": "nearest"}
    if matrix is None:
        image = ax.imshow(data, origin="upper", **options)
        ax.set_xlabel("{1} × {0} pixels".format(*data.shape), fontsize="small")
    else:
        image = _turn(ax, data, matrix, centre, options)
    bar = figure.colorbar(image, ax=ax, location="bottom", shrink=0.9, pad=0.03, aspect=25, format="{x:g}")
    bar.set_ticks(_ticks(image.norm))
    bar.ax.tick_params(labelsize="x-small")
    bar.ax.minorticks_off()
    if hdu.header.get("BUNIT"):
        bar.set_label(hdu.header["BUNIT"], fontsize="small")


def _norm(values, stretch, cmap):
    """From faint sky to the brightest pixel; a difference is symmetric, so that 0 is in the middle."""
    from astropy.stats import mad_std
    from astropy.visualization import AsinhStretch, ImageNormalize, LinearStretch, ZScaleInterval

    if not values.size:
        return ImageNormalize(vmin=0, vmax=1)
    width = mad_std(values) or np.ptp(values) / 100 or 1.0
    if cmap == _DIVERGING:
        from matplotlib.colors import AsinhNorm, Normalize

        most = max(np.abs(values).max(), width)
        return Normalize(-most, most) if stretch == "linear" else AsinhNorm(2 * width, -most, most)
    low, most = ZScaleInterval().get_limits(values)[0], values.max()
    if not low < most:
        low, most = most - width, most
    steep = np.clip(10 * width / (most - low), 0.02, 1)
    return ImageNormalize(vmin=low, vmax=most, stretch=LinearStretch() if stretch == "linear" else AsinhStretch(steep))


def _ticks(norm):
    """Values at even places of the bar, rounded."""
    values = np.asarray(norm.inverse(np.linspace(0.05, 0.95, 5)), dtype=float)
    step = 10 ** np.floor(np.log10(np.abs(np.diff(values)).min() or 1))
    return np.unique(np.round(values / step) * step) + 0.0  # no -0


def _turned(header):
    """What takes pixels from the reference pixel (from 0) to arcsec east and north of it; None without a WCS."""
    from astropy.wcs import WCS

    wcs = WCS({key: header[key] for key in header if key not in ("COMMENT", "HISTORY", "")}, naxis=2)
    if not wcs.has_celestial:
        return None, None
    return wcs.pixel_scale_matrix * 3600, wcs.wcs.crpix - 1


def _turn(ax, data, matrix, centre, options):
    """Draw an image with north up and east left."""
    from matplotlib.transforms import Affine2D

    shift = -matrix @ centre
    place = np.eye(3)
    place[:2, :2], place[:2, 2] = matrix, shift
    image = ax.imshow(data, origin="lower", transform=Affine2D(place) + ax.transData, **options)
    height, width = data.shape
    corners = np.array([[x, y] for x in (-0.5, width - 0.5) for y in (-0.5, height - 0.5)]) @ matrix.T + shift
    reach = np.abs(corners).max()
    ax.set(xlim=(reach, -reach), ylim=(-reach, reach), aspect="equal")
    length = next(step for step in (60, 30, 20, 10, 5, 2, 1, 0.5, 0.1, 0) if step <= reach / 2)
    ax.set_xlabel(f"N up, E left; {2 * reach:.1f} arcsec wide", fontsize="small")
    ax.plot([0.95 * reach, 0.95 * reach - length], [-0.93 * reach] * 2, color="k", lw=2)
    ax.text(0.95 * reach, -0.9 * reach, f"{length:g}″", va="bottom", fontsize="small")
    return image
