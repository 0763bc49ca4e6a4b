# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves on paper: what is drawn where, and how it is told apart."""

import io
import subprocess
import sys

import numpy as np
import pytest
from astropy.table import MaskedColumn

from astroquery_brokers.columns.bands import BANDS
from astroquery_brokers.exceptions import InvalidArgumentError
from astroquery_brokers.plotting import plot_lightcurve
from astroquery_brokers.tables import BrokerTable

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra [plot])")

ROWS = [  # mjd, band, kind, flux, flux_err, mag, mag_err, limiting_mag
    (58880.0, "ztfg", "detection", 57543.99, 500.0, 19.5, 0.01, 20.5),
    (58881.0, "ztfr", "detection", -36307.81, 500.0, 20.0, 0.02, 20.6),
    (58882.0, "ztfg", "forced", 36307.81, 500.0, 20.0, 0.02, 20.7),
    (58883.0, "ztfi", "forced", 100.0, 500.0, 26.4, 5.4, 20.8),
    (58884.0, "ztfr", "upper_limit", None, None, None, None, 20.9),
    (58885.0, "ztfg", "bad_quality", 1e6, 1.0, 16.4, 0.01, 21.0)]


def lightcurve(rows=ROWS, oid="ZTF20aaelulu"):
    table = BrokerTable()
    table["object_id"] = MaskedColumn([oid] * len(rows), dtype=str)
    names = ("mjd", "band", "kind", "flux", "flux_err", "mag", "mag_err", "limiting_mag")
    for number, name in enumerate(names):
        values = [row[number] for row in rows]
        dtype, fill = (str, "") if name in ("band", "kind") else (float, 0.0)
        table[name] = MaskedColumn([fill if value is None else value for value in values],
                                   mask=[value is None for value in values], dtype=dtype)
    table["mjd"].meta["time"] = {"scale": "tai", "origin": "mjd"}
    table["flux"].unit = "nJy"
    return table


def points(ax):
    """(x, y), face, edge, marker and size of each symbol drawn."""
    found = {}
    for line in ax.lines:
        if line.get_marker() not in ("None", None, ""):
            for x, y in zip(line.get_xdata(), line.get_ydata()):
                found[float(x)] = (float(y), line)
    return found


def hexadecimal(colour):
    return matplotlib.colors.to_hex(colour).upper()


def test_magnitudes():
    ax = plot_lightcurve(lightcurve())
    found = points(ax)
    assert {x: y for x, (y, _) in found.items()} == {58880.0: 19.5, 58881.0: 20.0, 58882.0: 20.0, 58884.0: 20.9}
    assert ax.yaxis_inverted()
    assert ax.get_ylabel() == "Magnitude (AB, difference)"
    assert ax.get_xlabel() == "MJD (TAI)"
    assert ax.get_title(loc="left") == "ZTF20aaelulu"


def test_fluxes():
    ax = plot_lightcurve(lightcurve(), y="flux")
    found = {x: y for x, (y, _) in points(ax).items()}
    assert found.pop(58884.0) == pytest.approx(10 ** ((31.4 - 20.9) / 2.5))
    assert found == {58880.0: 57543.99, 58881.0: -36307.81, 58882.0: 36307.81, 58883.0: 100.0}
    assert not ax.yaxis_inverted()
    assert ax.get_ylabel() == "Flux (nJy, difference)"


def test_symbols():
    found = points(plot_lightcurve(lightcurve()))
    positive, negative, forced, limit = (found[x][1] for x in (58880.0, 58881.0, 58882.0, 58884.0))
    assert hexadecimal(positive.get_markerfacecolor()) == BANDS["ztfg"].colour
    assert negative.get_markerfacecolor() == "white"
    assert hexadecimal(negative.get_markeredgecolor()) == BANDS["ztfr"].colour
    assert forced.get_markersize() < positive.get_markersize()
    assert limit.get_marker() == "v" and limit.get_alpha() <= 0.5
    assert positive.get_marker() != negative.get_marker()


def test_kinds():
    ax = plot_lightcurve(lightcurve(), kinds=("bad_quality",))
    assert list(points(ax)) == [58885.0]
    assert 58883.0 in points(plot_lightcurve(lightcurve(), min_snr=0))


def test_error_bars():
    from matplotlib.collections import LineCollection
    ax = plot_lightcurve(lightcurve(ROWS[:1]))
    bars, = (artist for artist in ax.collections if isinstance(artist, LineCollection))
    segment, = bars.get_segments()
    assert segment[:, 1].tolist() == pytest.approx([19.49, 19.51])


def test_legend_says_what_is_there_and_no_more():
    def labels(table, **keywords):
        return [text.get_text() for text in plot_lightcurve(table, **keywords).get_legend().get_texts()]

    assert labels(lightcurve()) == ["ZTF g", "ZTF r", "detection", "forced photometry", "upper limit (5σ)",
                                    "negative difference"]
    assert labels(lightcurve(ROWS[:1])) == ["ZTF g"]
    assert labels(lightcurve(), y="flux")[:3] == ["ZTF g", "ZTF r", "ZTF i"]
    assert labels(lightcurve([(1.0, "sdssr", "detection", 1., 1., 20., 1., 21.)])) == ["sdssr"]


def test_legend_is_outside_the_data_and_inside_the_figure():
    ax = plot_lightcurve(lightcurve())
    ax.figure.savefig(io.BytesIO())
    legend, axes, figure = (artist.get_window_extent() for artist in (ax.get_legend(), ax, ax.figure))
    assert legend.x0 > axes.x1
    assert legend.x1 <= figure.x1


def test_dates_on_top():
    ax = plot_lightcurve(lightcurve([(58849.0 + day, "ztfg", "detection", 1e4, 1e2, 21., .1, 22.)
                                     for day in range(0, 400, 5)]))
    ax.figure.savefig(io.BytesIO())
    top, = ax.child_axes
    ticks = dict(zip(top.get_xticks(), (text.get_text() for text in top.get_xticklabels())))
    assert ticks[58849.0 - 40587.0] == "2020"  # MJD 58849 is 2020-01-01


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], [], ROWS[4:5], ROWS * 2000], ids=len)
@pytest.mark.parametrize("y", ["mag", "flux"])
def test_any_number_of_points(rows, y):
    image = io.BytesIO()
    plot_lightcurve(lightcurve(rows), y=y).figure.savefig(image, format="png")
    assert image.getvalue()[:4] == b"\x89PNG"


def test_an_empty_light_curve_says_so():
    ax = plot_lightcurve(lightcurve([]))
    assert [text.get_text() for text in ax.texts] == ["no measurements to show"]
    assert ax.get_legend() is None


def test_own_axes_and_title():
    from matplotlib.figure import Figure
    axes = Figure().subplots(2)
    assert plot_lightcurve(lightcurve(), axes[1], title="SN 2020abc") is axes[1]
    assert axes[1].get_title(loc="left") == "SN 2020abc"
    assert not axes[0].lines


def test_input_is_left_alone():
    table = lightcurve()
    plot_lightcurve(table)
    assert table["mag"].mask.tolist() == [False] * 4 + [True, False]
    assert np.ma.is_masked(table["flux"][4])


@pytest.mark.parametrize("table, keywords, words", [
    (lightcurve()["mjd", "band"], {}, "lacks kind, flux.*query_lightcurve"),
    (lightcurve(), {"y": "magnitude"}, "'mag' nor 'flux'"),
    (lightcurve(), {"kinds": "detection"}, "sequence"),
    (lightcurve(), {"kinds": ["detections"]}, "upper_limit")])
def test_refusals(table, keywords, words):
    with pytest.raises(InvalidArgumentError, match=words):
        plot_lightcurve(table, **keywords)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "astroquery_brokers\[plot\]"'):
        plot_lightcurve(lightcurve())


def test_importing_does_not_import_matplotlib():
    code = "import sys, astroquery_brokers.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
