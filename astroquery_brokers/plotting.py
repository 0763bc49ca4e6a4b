# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Plots of light curves, for people who look before they compute."""

from collections.abc import Collection
from numbers import Integral, Real

import numpy as np
from astropy import units as u

from .columns.bands import BANDS, Band
from .exceptions import InvalidArgumentError
from .extras import needs

__all__ = ["plot_lightcurve"]

_NEEDED = ("mjd", "band", "kind", "flux", "flux_err", "mag", "mag_err", "limiting_mag")
_KINDS = ("upper_limit", "bad_quality", "forced", "detection")  # drawn in this order
_KIND_LABELS = {"detection": "detection", "forced": "forced photometry", "upper_limit": "upper limit (5σ)",
                "bad_quality": "bad quality"}
_MOST_PANELS = 25
_NEUTRAL = "0.35"
_SHAPES = {"s": 0.9, "D": 0.8, "d": 1.1, "*": 1.35, "P": 1.1, "^": 1.05, "<": 1.05, ">": 1.05}  # to look equally large
_MAG_LABEL = "Magnitude (AB, difference)"
_PANELS = {1: (6.0, 3.2), 2: (4.6, 2.9)}  # inches, by number of columns
_PANEL = (3.6, 2.5)
_LEGEND_WIDTH = 1.7
_NJY_AB = 31.4  # magnitude of 1 nJy
_NO_MAG = 90.0  # services write -999, 99 or 100 for magnitudes that are not known
_DATES = (-674926.0, 2969831.0)  # MJD; the years 10 to 9989, beyond which matplotlib has no dates
_STYLE = {
    "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.titlepad": 8.0, "axes.axisbelow": True,
    "figure.titleweight": "bold", "legend.frameon": False, "legend.fontsize": "small", "legend.handletextpad": 0.4,
    "legend.labelspacing": 0.7, "legend.borderaxespad": 0.0, "errorbar.capsize": 0.0}
# matplotlib makes ticks and grid lines when it draws, which is after the style has gone.
_GRID = {"color": "0.92", "linewidth": 0.7, "zorder": 0}
_TICKS = {"direction": "in", "right": True}


def plot_lightcurve(table, ax=None, *, y="mag", kinds=("detection", "forced", "upper_limit"), min_snr=3.0, title=None,
                    ncols=None):
    """Plot a light curve, or a grid of them.

    Each band has its colour and its marker. Detections are large symbols, forced photometry small ones; triangles
    that point down are upper limits. In magnitudes, open symbols are fainter than the reference image (negative
    difference flux). Dates are on top, in the time scale of the light curve.

    Parameters
    ----------
    table : `~astropy.table.Table`
        A light curve as ``query_lightcurve`` returns it, of one object or of several.
    ax : `matplotlib.axes.Axes` or `matplotlib.figure.Figure`, optional
        Where to draw. Axes take all objects together; a figure gets one panel per object. By default a new figure
        of pyplot, so that notebooks and ``plt.show()`` show it.
    y : {"mag", "flux"}, optional
        AB magnitudes of the difference flux, or that flux (drawn in nJy, labelled in nJy, µJy or mJy).
    kinds : sequence of str, optional
        Which of ``"detection"``, ``"forced"``, ``"upper_limit"`` and ``"bad_quality"`` to draw.
    min_snr : float, optional
        Forced photometry below this signal-to-noise ratio is left out of the magnitudes. Fluxes are all shown.
    title : str, optional
        The object's id if not given. With several panels, which have the ids, it is the title of the figure.
    ncols : int, optional
        Number of columns of the grid; by default the grid is about square.

    Returns
    -------
    `matplotlib.axes.Axes` or `numpy.ndarray` of them
        For one object, or with axes given, the axes; for several objects an array with shape ``(objects,)``, in the
        order of the table. ``.figure`` of axes is the figure.

    Raises
    ------
    InvalidArgumentError
        If the table is not a light curve, has more than 25 objects for a grid, or an option is not one of those above.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from astroquery_brokers import Alerce
    >>> from astroquery_brokers.plotting import plot_lightcurve
    >>> lightcurve = Alerce.query_lightcurve("ZTF24abuwikp")
    >>> ax = plot_lightcurve(lightcurve, y="flux")
    >>> ax.figure.savefig("lightcurve.png", dpi=200)
    """
    plt = needs("matplotlib.pyplot", "Plotting", "plot")
    _check(table, ax, y, kinds, min_snr)
    names, owner = _objects(table, together=hasattr(ax, "plot"))
    _check_grid(len(names), ncols)
    points = _points(table)
    panels = [(name, list(_series({key: values[owner == name] for key, values in points.items()}, y, kinds, min_snr)))
              for name in names]
    with plt.rc_context(_STYLE):
        figure, axes = _axes(plt, ax, len(panels), ncols)
        for panel, (name, drawn) in zip(axes, panels):
            _fill(panel, drawn, y, len(panels) > 1)
            # An id is no formula, but a title may be.
            own = title is None or len(panels) > 1
            panel.set_title(name if own else title, parse_math=not own)
        x_label, y_label = f"MJD ({_scale(table)})", _flux_label(axes) if y == "flux" else _MAG_LABEL
        entries = _entries([series for _, drawn in panels for series in drawn])
        if len(panels) > 1:
            _explain_grid(figure, title, x_label, y_label, entries)
            return np.array(axes)
        axes[0].set(xlabel=x_label, ylabel=y_label)
        if entries:
            _plain(axes[0].legend(handles=entries, loc="upper left", bbox_to_anchor=(1.01, 1.0)))
        return axes[0]


def _check(table, ax, y, kinds, min_snr):
    missing = [name for name in _NEEDED if name not in table.colnames]
    if missing:
        raise InvalidArgumentError(f"This table is not a light curve: it lacks {', '.join(missing)}. "
                                   "query_lightcurve(object_id) returns a table that can be plotted.")
    if ax is not None and not hasattr(ax, "plot") and not hasattr(ax, "subplots"):
        raise InvalidArgumentError(f"ax={ax!r} is neither Axes nor a Figure of matplotlib.")
    if hasattr(ax, "plot") and getattr(ax, "name", None) != "rectilinear":
        raise InvalidArgumentError(f"ax={ax!r} are not axes with a straight x and a straight y axis.")
    if y not in ("mag", "flux"):
        raise InvalidArgumentError(f"y={y!r} is neither 'mag' nor 'flux'.")
    if isinstance(kinds, str) or not isinstance(kinds, Collection) or any(kind not in _KINDS for kind in kinds):
        raise InvalidArgumentError(f"kinds={kinds!r}: give a sequence of {', '.join(_KINDS)}, "
                                   "for example kinds=[\"detection\"].")
    if not isinstance(min_snr, Real) or not min_snr >= 0:
        raise InvalidArgumentError(f"min_snr={min_snr!r} is not a signal-to-noise ratio: give a number of 0 or more.")


def _check_grid(count, ncols):
    if count > _MOST_PANELS:
        raise InvalidArgumentError(
            f"This light curve has {count} objects, and a grid at most {_MOST_PANELS}. Plot some of them, for example "
            f"those of np.unique(table[\"object_id\"])[:{_MOST_PANELS}], or all in the same axes with ax=.")
    if ncols is None:
        return
    if count == 1:
        raise InvalidArgumentError(f"ncols={ncols!r} is for a grid, and here is one panel: leave it out.")
    if not isinstance(ncols, Integral) or isinstance(ncols, bool) or ncols < 1:
        raise InvalidArgumentError(f"ncols={ncols!r} is not a number of columns: give an integer of 1 or more.")


def _objects(table, together):
    """Titles of the panels, objects in the order of the table, and for each row the title of its panel."""
    ids = _texts(table["object_id"]) if "object_id" in table.colnames else np.full(len(table), "")
    names = list(dict.fromkeys(ids.tolist()))
    if len(names) < 2:
        return names or [""], ids
    if together:
        title = f"{len(names)} objects"
        return [title], np.full(len(table), title)
    return names, ids


def _points(table):
    points = {name: _floats(table[name]) for name in _NEEDED if name not in ("band", "kind")}
    for name in ("flux", "flux_err"):
        unit = table[name].unit or u.nJy
        if not unit.is_equivalent(u.nJy):
            raise InvalidArgumentError(f"The column {name} is in {unit}, which is not a flux density: convert it "
                                       "to nJy.")
        points[name] = points[name] * unit.to(u.nJy)
    for name in ("mag", "limiting_mag"):
        points[name] = np.where(np.abs(points[name]) < _NO_MAG, points[name], np.nan)
    return points | {name: _texts(table[name]) for name in ("band", "kind")}


def _series(points, y, kinds, min_snr):
    """The points of one band, kind and sign at a time, in the order in which they are drawn."""
    band, kind = points["band"], points["kind"]
    for one_kind in (name for name in _KINDS if name in kinds):
        values, errors = _ordinates(points, y, one_kind)
        shown = (kind == one_kind) & np.isfinite(values) & np.isfinite(points["mjd"])
        if y == "mag" and one_kind == "forced":
            with np.errstate(divide="ignore", invalid="ignore"):
                shown &= np.abs(points["flux"]) >= min_snr * points["flux_err"]
        # On an axis of fluxes the sign can be seen.
        open_symbol = (points["flux"] < 0) & (y == "mag") & (one_kind != "upper_limit")
        for one_band in _in_order(band[shown]):
            for negative in (False, True):
                rows = shown & (band == one_band) & (open_symbol == negative)
                if rows.any():
                    yield {"band": _band(one_band), "kind": one_kind, "negative": negative, "x": points["mjd"][rows],
                           "y": values[rows], "error": errors[rows]}


def _ordinates(points, y, kind):
    if kind != "upper_limit":
        errors = points[f"{y}_err"]
        return points[y], np.where(np.isfinite(errors) & (errors > 0), errors, 0.0)
    limits = points["limiting_mag"]
    return (limits if y == "mag" else 10 ** ((_NJY_AB - limits) / 2.5)), np.zeros(len(limits))


def _floats(column):
    """Numbers without their unit, NaN where masked; columns of a QTable are no arrays that can be masked."""
    values = getattr(column, "value", column)
    if hasattr(values, "unmasked"):
        values = np.ma.MaskedArray(values.unmasked, values.mask)
    return np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)


def _texts(column):
    return np.ma.filled(np.ma.asarray(column), "").astype(str)


def _in_order(names):
    """Known bands first, from blue to red."""
    known = list(BANDS)
    return sorted(set(names.tolist()), key=lambda name: (known.index(name) if name in BANDS else len(known), name))


def _band(name):
    return BANDS.get(name) or Band(name, "", name, "", _NEUTRAL, "X")


def _label(band):
    return band.label if band.survey else band.letter or "band unknown"


def _axes(plt, where, count, ncols):
    """The figure, and axes as many as needed."""
    if hasattr(where, "plot"):
        return where.figure, [where]
    ncols = min(count, ncols or (count if count <= 3 else int(np.ceil(np.sqrt(count)))))
    nrows = -(-count // ncols)
    if where is None:
        width, height = _PANELS.get(ncols, _PANEL)
        size = (9.0, 4.8) if count == 1 else (_LEGEND_WIDTH + ncols * width, 0.5 + nrows * height)
        where = plt.figure(figsize=size)
    if where.get_layout_engine() is None:
        where.figure.set_layout_engine("constrained")
    axes = where.subplots(nrows, ncols, squeeze=False).ravel().tolist()
    for unused in axes[count:]:
        unused.remove()
    return where, axes[:count]


def _fill(ax, drawn, y, many_panels):
    """Draw the measurements of one panel, and all that belongs to it alone."""
    total = sum(len(series["x"]) for series in drawn)
    width, height = ax.bbox.size / ax.figure.dpi
    # Symbols shrink as they become crowded: full size up to about 100 in the usual figure, half at 10,000.
    scale = float(np.clip(1.5 - 0.25 * np.log10(max(total, 1) * 26.0 / (width * height)), 0.5, 1.0))
    for series in drawn:
        _draw(ax, series, scale, total)
    if y == "mag":
        ax.yaxis.set_inverted(True)
    else:
        ax.axhline(0, color=_NEUTRAL, lw=0.8, zorder=1)
    if not drawn:
        ax.set(xticks=[], yticks=[])
        ax.text(0.5, 0.5, "no measurements to show", transform=ax.transAxes, ha="center", va="center", color=_NEUTRAL)
        return
    _limits(ax, drawn, y)
    ax.ticklabel_format(axis="x", style="plain", useOffset=False)
    ax.grid(True, **_GRID)
    ax.tick_params(**_TICKS)
    if many_panels:
        ax.tick_params(labelsize="small")
        ax.locator_params(axis="x", nbins=max(3, int(width / 0.7)))
    _date_axis(ax, width)


def _draw(ax, series, scale, total):
    band, kind = series["band"], series["kind"]
    many = {"rasterized": total > 2000}
    if kind == "upper_limit":
        ax.plot(series["x"], series["y"], "v", ms=5.5 * scale, mfc=band.colour, mec="none",
                alpha=0.3 if total > 300 else 0.45, zorder=2, **many)
        return
    if kind == "bad_quality":
        ax.plot(series["x"], series["y"], "x", ms=4.5 * scale, mec=band.colour, alpha=0.5, zorder=2, **many)
        return
    forced = kind == "forced"
    face, edge, width = band.colour, "none" if forced or total > 2000 else "white", 0.5
    if series["negative"]:
        face, edge, width = "white", band.colour, 1.1
    size = (3.6 if forced else 6.2) * scale * _SHAPES.get(band.marker, 1.0)
    ax.errorbar(series["x"], series["y"], yerr=series["error"], fmt=band.marker, ms=size, mfc=face, mec=edge,
                mew=width * scale, ecolor=band.colour, elinewidth=(0.6 if forced else 1.0) * scale,
                alpha=0.65 if forced or total > 2000 else 1.0, zorder=3 if forced else 4, **many)


def _explain_grid(figure, title, x_label, y_label, entries):
    """What the panels have in common is said once."""
    figure.supxlabel(x_label, fontsize="medium")
    figure.supylabel(y_label, fontsize="medium")
    if title:
        figure.suptitle(title)
    if entries:
        _plain(figure.legend(handles=entries, loc="outside right upper"))


def _plain(legend):
    """Bands may have names with a dollar sign, which begins a formula."""
    for text in legend.get_texts():
        text.set_parse_math(False)


def _scale(table):
    system = (table["mjd"].info.meta or {}).get("time") or {}
    return system.get("scale", "tai").upper()


def _flux_label(axes):
    """Label the fluxes in a unit that suits the faintest panel, and say which."""
    largest = min(np.abs(ax.get_ylim()).max() for ax in axes)
    factor, unit = next((item for item in ((1e6, "mJy"), (1e3, "µJy")) if largest > item[0]), (1.0, "nJy"))
    for ax in axes:
        ax.yaxis.set_major_formatter(lambda value, _: f"{value / factor:g}".replace("-", "\N{MINUS SIGN}"))
    return f"Flux ({unit}, difference)"


def _date_axis(ax, width):
    """Dates above, each complete in itself, as many as fit in the width (inches)."""
    from matplotlib import dates
    low, high = ax.get_xlim()
    if low < _DATES[0] or high > _DATES[1]:
        return
    zero = dates.date2num(np.datetime64("1858-11-17"))
    top = ax.secondary_xaxis("top", functions=(lambda mjd: mjd + zero, lambda date: date - zero))
    most = {frequency: max(3, int(width / inches)) for frequency, inches in (
        (dates.YEARLY, 0.62), (dates.MONTHLY, 0.62), (dates.DAILY, 0.8), (dates.HOURLY, 0.8), (dates.MINUTELY, 0.8),
        (dates.SECONDLY, 0.8))}
    locator = dates.AutoDateLocator(minticks=2, maxticks=most)
    formatter = dates.AutoDateFormatter(locator)
    # By the days between ticks of that kind: years, months, days, hours and minutes, seconds.
    formatter.scaled = {365.0: "%Y", 30.0: "%Y-%m", 1.0: "%Y-%m-%d", 1 / 24: "%Y-%m-%d\n%H:%M",
                        1 / 86400: "%Y-%m-%d\n%H:%M:%S"}
    top.xaxis.set_major_locator(locator)
    top.xaxis.set_major_formatter(formatter)
    top.tick_params(direction="in", labelsize="small", colors=_NEUTRAL)


def _limits(ax, drawn, y):
    """The span of the points, with errors as far as they do not swamp it."""
    x = np.concatenate([series["x"] for series in drawn])
    values = np.concatenate([series["y"] for series in drawn])
    errors = np.concatenate([series["error"] for series in drawn])
    span = np.ptp(values) or 1.0
    errors = np.minimum(errors, 0.25 * span)
    low, high = (values - errors).min(), (values + errors).max()
    pad = (0.05 if np.ptp(values) else 0.5) * (high - low) or 0.5
    ax.set_ylim(*((high + pad, low - pad) if y == "mag" else (min(low, 0) - pad, max(high, 0) + pad)))
    pad = 0.03 * np.ptp(x) or 1.0
    ax.set_xlim(x.min() - pad, x.max() + pad)


def _entries(drawn):
    """What the legend says: the bands, kinds and signs that are there, and no more."""
    from matplotlib.lines import Line2D

    def entry(label, marker, size, **look):
        return Line2D([], [], ls="none", marker=marker, ms=size, label=label, **look)

    bands = {series["band"].name: series["band"] for series in drawn}
    handles = [entry(_label(band), band.marker, 6.5 * _SHAPES.get(band.marker, 1.0), mfc=band.colour, mec="white",
                     mew=0.5) for band in map(bands.get, _in_order(np.array(list(bands))))]
    kinds = {series["kind"] for series in drawn}
    looks = {"detection": ("o", 6.5, {"mfc": _NEUTRAL, "mec": "white"}),
             "forced": ("o", 3.8, {"mfc": _NEUTRAL, "mec": "none", "alpha": 0.65}),
             "upper_limit": ("v", 5.5, {"mfc": _NEUTRAL, "mec": "none", "alpha": 0.4}),
             "bad_quality": ("x", 4.5, {"mec": _NEUTRAL, "alpha": 0.6})}
    if kinds != {"detection"}:  # which nobody needs to be told
        for kind in reversed(_KINDS):
            if kind in kinds:
                marker, size, look = looks[kind]
                handles.append(entry(_KIND_LABELS[kind], marker, size, **look))
    if any(series["negative"] for series in drawn):
        handles.append(entry("negative difference", "o", 6, mfc="white", mec=_NEUTRAL, mew=1.1))
    return handles
