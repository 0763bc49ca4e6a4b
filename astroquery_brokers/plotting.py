# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Plots of light curves, for people who look before they compute."""

import numpy as np

from .columns.bands import BANDS, Band
from .exceptions import InvalidArgumentError

__all__ = ["plot_lightcurve"]

_NEEDED = ("mjd", "band", "kind", "flux", "flux_err", "mag", "mag_err", "limiting_mag")
_KINDS = ("upper_limit", "bad_quality", "forced", "detection")  # drawn in this order
_KIND_LABELS = {"detection": "detection", "forced": "forced photometry", "upper_limit": "upper limit (5σ)",
                "bad_quality": "bad quality"}
_NEUTRAL = "0.35"
_DIAMOND = 0.8  # a diamond of the same size looks larger
_NJY_AB = 31.4  # magnitude of 1 nJy
_MJD_OF_DATE_ZERO = 40587.0  # 1970-01-01, from which matplotlib counts days


def plot_lightcurve(table, ax=None, *, y="mag", kinds=("detection", "forced", "upper_limit"), min_snr=3.0, title=None):
    """Plot a light curve.

    Bands have their colour and marker. Detections are large symbols, forced photometry small ones; open symbols are
    measurements fainter than the reference image (negative difference flux); triangles that point down are upper
    limits.

    Parameters
    ----------
    table : `~astropy.table.Table`
        A light curve as ``query_lightcurve`` returns it.
    ax : `matplotlib.axes.Axes`, optional
        Where to draw; a new figure if not given (``.figure`` of what is returned; pyplot does not know it).
    y : {"mag", "flux"}
        Magnitudes of the difference flux, or the difference flux itself.
    kinds : sequence of str
        Which of ``"detection"``, ``"forced"``, ``"upper_limit"`` and ``"bad_quality"`` to draw.
    min_snr : float
        Forced photometry below this signal-to-noise ratio has no meaningful magnitude and is left out of the
        magnitudes. The flux plot shows all.
    title : str, optional
        The object's id if not given.

    Returns
    -------
    `matplotlib.axes.Axes`

    Examples
    --------
    >>> from astroquery_brokers.plotting import plot_lightcurve
    >>> axes = plot_lightcurve(lightcurve)  # doctest: +SKIP
    >>> axes.figure.savefig("lightcurve.png", dpi=200)  # doctest: +SKIP
    """
    figure_class = _matplotlib()
    _check(table, y, kinds)
    if ax is None:
        ax = figure_class(figsize=(9, 4.8), layout="constrained").add_subplot()
    drawn = [series for series in _series(table, y, min_snr) if series["kind"] in kinds]
    total = sum(len(series["x"]) for series in drawn)
    for series in drawn:
        _draw(ax, series, total)
    _dress(ax, table, y, title)
    if drawn:
        _limits(ax, drawn, y)
        _legend(ax, drawn)
    else:
        ax.text(0.5, 0.5, "no measurements to show", transform=ax.transAxes, ha="center", va="center", color=_NEUTRAL)
    return ax


def _matplotlib():
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("Plotting needs matplotlib, which is not installed. Install it with: "
                          'pip install "astroquery_brokers[plot]"') from error
    return Figure


def _check(table, y, kinds):
    missing = [name for name in _NEEDED if name not in table.colnames]
    if missing:
        raise InvalidArgumentError(f"A light curve has the columns {', '.join(_NEEDED)}; this table lacks "
                                   f"{', '.join(missing)}. query_lightcurve returns such a table.")
    if y not in ("mag", "flux"):
        raise InvalidArgumentError(f"y={y!r} is neither 'mag' nor 'flux'.")
    unknown = set(kinds) - set(_KINDS)
    if isinstance(kinds, str) or unknown:
        raise InvalidArgumentError(f"kinds={kinds!r}: give a sequence of {', '.join(_KINDS)}.")


def _series(table, y, min_snr):
    """The points of one band, kind and sign at a time, in the order in which they are drawn."""
    numbers = {name: _floats(table[name]) for name in _NEEDED if name not in ("band", "kind")}
    band, kind = _texts(table["band"]), _texts(table["kind"])
    for one_kind in _KINDS:
        values, errors = _ordinates(numbers, y, one_kind)
        shown = (kind == one_kind) & np.isfinite(values) & np.isfinite(numbers["mjd"])
        if y == "mag" and one_kind == "forced":
            with np.errstate(divide="ignore", invalid="ignore"):
                shown &= np.abs(numbers["flux"]) >= min_snr * numbers["flux_err"]
        negative = numbers["flux"] < 0 if one_kind != "upper_limit" else np.zeros(len(table), dtype=bool)
        for one_band in _in_order(band[shown]):
            for sign in (False, True):
                rows = shown & (band == one_band) & (negative == sign)
                if rows.any():
                    yield {"band": _band(one_band), "kind": one_kind, "negative": sign, "x": numbers["mjd"][rows],
                           "y": values[rows], "error": errors[rows]}


def _ordinates(numbers, y, kind):
    if kind != "upper_limit":
        return numbers[y], np.nan_to_num(numbers[f"{y}_err"])
    limits = numbers["limiting_mag"]
    return (limits if y == "mag" else 10 ** ((_NJY_AB - limits) / 2.5)), np.zeros(len(limits))


def _floats(column):
    return np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)


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


def _draw(ax, series, total):
    band, kind = series["band"], series["kind"]
    # Symbols shrink as points become many: full size up to about 100, half at 10,000.
    scale = float(np.clip(1.5 - 0.25 * np.log10(max(total, 1)), 0.5, 1.0))
    if band.marker == "D":
        scale *= _DIAMOND
    many = {"rasterized": total > 2000}
    if kind == "upper_limit":
        ax.plot(series["x"], series["y"], "v", ms=5.5 * scale, mfc=band.colour, mec="none", alpha=0.3, zorder=2, **many)
        return
    if kind == "bad_quality":
        ax.plot(series["x"], series["y"], "x", ms=4.5 * scale, mec=band.colour, alpha=0.5, zorder=2, **many)
        return
    forced = kind == "forced"
    face, edge, width = (("white", band.colour, 1.1 * scale) if series["negative"] else
                         (band.colour, "none" if forced else "white", 0.5 * scale))
    ax.errorbar(series["x"], series["y"], yerr=series["error"], fmt=band.marker, ms=(3.6 if forced else 6.2) * scale,
                mfc=face, mec=edge, mew=width, ecolor=band.colour, elinewidth=(0.6 if forced else 1.0) * scale,
                capsize=0, alpha=0.65 if forced else 1.0, zorder=3 if forced else 4, **many)


def _dress(ax, table, y, title):
    ax.set_xlabel(f"MJD ({_scale(table)})")
    if y == "mag":
        ax.set_ylabel("Magnitude (AB, difference)")
        ax.yaxis.set_inverted(True)
    else:
        ax.set_ylabel(f"Flux ({table['flux'].unit or 'nJy'}, difference)")
        ax.axhline(0, color=_NEUTRAL, lw=0.8, zorder=1)
    ax.ticklabel_format(axis="x", style="plain", useOffset=False)
    ax.grid(True, color="0.92", lw=0.7, zorder=0)
    ax.set_axisbelow(True)
    ax.tick_params(direction="in", right=True)
    ax.set_title(_title(table) if title is None else title, loc="left", fontweight="bold", pad=8)
    _date_axis(ax)


def _scale(table):
    system = (getattr(table["mjd"], "meta", None) or {}).get("time") or {}
    return system.get("scale", "tai").upper()


def _title(table):
    if "object_id" not in table.colnames:
        return ""
    ids = sorted(set(_texts(table["object_id"]).tolist()) - {""})
    return ids[0] if len(ids) == 1 else f"{len(ids)} objects" if ids else ""


def _date_axis(ax):
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    top = ax.secondary_xaxis("top", functions=(lambda mjd: mjd - _MJD_OF_DATE_ZERO,
                                               lambda date: date + _MJD_OF_DATE_ZERO))
    locator = AutoDateLocator(minticks=3, maxticks=8)
    top.xaxis.set_major_locator(locator)
    top.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    top.tick_params(direction="in", labelsize="small", colors=_NEUTRAL)
    top.xaxis.get_offset_text().set(size="small", color=_NEUTRAL)


def _limits(ax, drawn, y):
    """The span of the points, with errors as far as they do not swamp it."""
    x = np.concatenate([series["x"] for series in drawn])
    values = np.concatenate([series["y"] for series in drawn])
    errors = np.concatenate([series["error"] for series in drawn])
    span = np.ptp(values) or 1.0
    errors = np.minimum(errors, 0.25 * span)
    low, high = (values - errors).min(), (values + errors).max()
    pad = 0.05 * (high - low) or 0.5
    ax.set_ylim(*((high + pad, low - pad) if y == "mag" else (min(low, 0) - pad, max(high, 0) + pad)))
    pad = 0.03 * np.ptp(x) or 1.0
    ax.set_xlim(x.min() - pad, x.max() + pad)


def _legend(ax, drawn):
    from matplotlib.lines import Line2D

    def entry(label, marker, size, **look):
        return Line2D([], [], ls="none", marker=marker, ms=size, label=label, **look)

    bands = {series["band"].name: series["band"] for series in drawn}
    handles = [entry(_label(band), band.marker, 6.5 * (_DIAMOND if band.marker == "D" else 1), mfc=band.colour,
                     mec="white", mew=0.5) for band in map(bands.get, _in_order(np.array(list(bands))))]
    kinds = {series["kind"] for series in drawn}
    looks = {"detection": ("o", 6.5, {"mfc": _NEUTRAL, "mec": "white"}),
             "forced": ("o", 3.8, {"mfc": _NEUTRAL, "mec": "none", "alpha": 0.65}),
             "upper_limit": ("v", 5.5, {"mfc": _NEUTRAL, "mec": "none", "alpha": 0.4}),
             "bad_quality": ("x", 4.5, {"mec": _NEUTRAL, "alpha": 0.6})}
    if len(kinds) > 1 or kinds != {"detection"}:
        for kind in reversed(_KINDS):
            if kind in kinds:
                marker, size, look = looks[kind]
                handles.append(entry(_KIND_LABELS[kind], marker, size, **look))
    if any(series["negative"] for series in drawn):
        handles.append(entry("negative difference", "o", 6, mfc="white", mec=_NEUTRAL, mew=1.1))
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, frameon=False,
              fontsize="small", handletextpad=0.4, labelspacing=0.7)
