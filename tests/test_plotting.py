# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Light curves on paper: what is drawn where, and how it is told apart."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn, QTable, vstack

from astroquery_brokers import Alerce
from astroquery_brokers.columns.bands import BANDS
from astroquery_brokers.exceptions import InvalidArgumentError
from astroquery_brokers.plotting import plot_lightcurve
from astroquery_brokers.tables import BrokerTable

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra [plot])")
pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _no_figures_left():
    yield
    matplotlib.pyplot.close("all")


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
    assert ax.get_ylabel() == "Flux (µJy, difference)"
    assert ax.yaxis.get_major_formatter()(-36000.0, 0) == "\N{MINUS SIGN}36"


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


@pytest.mark.parametrize("days, ticks", [
    (7300, {58849.0: "2020", 61771.0: "2028"}),
    (200, {58880.0: "2020-02", 59001.0: "2020-06"}),
    (20, {58853.0: "2020-01-05"}),
    (0.4, {58849.25: "2020-01-01\n06:00"})])
def test_dates_on_top(days, ticks):
    """MJD 58849 is 2020-01-01."""
    ax = plot_lightcurve(lightcurve([(58849.0 + days * part, "ztfg", "detection", 1e4, 1e2, 21., .1, 22.)
                                     for part in np.linspace(0, 1, 50)]))
    ax.figure.savefig(io.BytesIO())
    top, = ax.child_axes
    # Drawn where the instant is, and each says all of its date.
    across = {round(float(ax.transData.inverted().transform(top.transData.transform((x, 0)))[0]), 6): text.get_text()
              for x, text in zip(top.get_xticks(), top.get_xticklabels())}
    assert {mjd: across.get(mjd) for mjd in ticks} == ticks
    assert len(set(across.values())) == len(across) >= 2
    assert top.xaxis.get_offset_text().get_text() == ""


def several(count, rows=ROWS):
    names = [f"ZTF20aaaaa{chr(122 - number % 26)}{number // 26 or ''}" for number in range(count)]
    return vstack([lightcurve(rows, name) for name in names], metadata_conflicts="silent"), names


@pytest.mark.parametrize("count, ncols, shape", [
    (2, None, (1, 2)), (3, None, (1, 3)), (5, None, (2, 3)), (10, None, (3, 4)), (5, 2, (3, 2)), (2, 7, (1, 2))])
def test_grid(count, ncols, shape):
    table, names = several(count)
    table["mjd"] += 1000.0 * np.repeat(np.arange(count), len(ROWS))
    axes = plot_lightcurve(table, ncols=ncols, title="Candidates")
    figure = axes[0].figure
    assert axes.shape == (count,) and figure.axes == axes.tolist()
    assert axes[0].get_subplotspec().get_gridspec().get_geometry() == shape
    assert [ax.get_title() or ax.get_title(loc="left") for ax in axes] == names
    for number, ax in enumerate(axes):
        assert {x - 1000 * number for x in points(ax)} == {58880.0, 58881.0, 58882.0, 58884.0}
        low, high = ax.get_xlim()
        assert low < 58880 + 1000 * number < 58884 + 1000 * number < high < low + 10
        assert ax.yaxis_inverted() and ax.get_legend() is None
        assert ax.get_xlabel() == ax.get_ylabel() == ""
    legend, = figure.legends
    assert [text.get_text() for text in legend.get_texts()][:3] == ["ZTF g", "ZTF r", "detection"]
    assert (figure.get_suptitle(), figure.get_supxlabel(), figure.get_supylabel()) == (
        "Candidates", "MJD (TAI)", "Magnitude (AB, difference)")
    figure.savefig(io.BytesIO())
    assert legend.get_window_extent().x0 >= max(ax.get_window_extent().x1 for ax in axes)


def test_grid_of_fluxes_has_one_unit_that_suits_the_faintest():
    bright = lightcurve([(1.0 + day, "ztfg", "detection", 5e6, 1e2, 14.7, .1, 22.) for day in range(3)], "bright")
    faint = lightcurve([(1.0 + day, "ztfg", "detection", 5e3, 1e2, 22.2, .1, 22.) for day in range(3)], "faint")
    axes = plot_lightcurve(vstack([bright, faint]), y="flux")
    assert axes[0].figure.get_supylabel() == "Flux (µJy, difference)"
    assert axes[0].yaxis.get_major_formatter()(4e6, 0) == "4000"


def test_a_panel_without_measurements_says_so():
    table = vstack([lightcurve(ROWS[:2], "seen"), lightcurve(ROWS[4:5], "unseen")])
    _, unseen = plot_lightcurve(table, kinds=["detection"])
    assert [text.get_text() for text in unseen.texts] == ["no measurements to show"]


def test_several_objects_in_given_axes():
    from matplotlib.figure import Figure
    table, _ = several(30)
    ax = Figure().add_subplot()
    assert plot_lightcurve(table, ax) is ax
    assert ax.get_title(loc="left") == "30 objects"
    assert sum(len(line.get_xdata()) for line in ax.lines) == 30 * 4


def test_given_figures_are_filled():
    from matplotlib.figure import Figure
    left, right = Figure(figsize=(16, 6), layout="constrained").subfigures(1, 2)
    assert plot_lightcurve(lightcurve(), left).figure is left
    axes = plot_lightcurve(several(4)[0], right)
    assert right.axes == axes.tolist() and left.axes != right.axes
    right.figure.savefig(io.BytesIO())


def test_too_many_objects_for_a_grid():
    assert plot_lightcurve(several(25, ROWS[:1])[0]).shape == (25,)
    with pytest.raises(InvalidArgumentError, match=r"26 objects.*at most 25.*\[:25\].*ax="):
        plot_lightcurve(several(26, ROWS[:1])[0])


def test_real_light_curves(box, showpiece):
    """What is drawn is what the table says, to the last bit."""
    curve = Alerce.query_lightcurve(showpiece)
    ax = curve.plot(kinds=["detection", "forced", "upper_limit"], min_snr=0)
    drawn = np.sort(np.concatenate([np.stack(line.get_data(), axis=-1) for line in ax.lines
                                    if line.get_marker() not in ("None", "", None)]), axis=0)
    limit = curve["kind"] == "upper_limit"
    rows = np.where(limit, curve["limiting_mag"], curve["mag"].filled(np.nan))
    shown = np.isfinite(rows)
    expected = np.sort(np.stack([curve["mjd"][shown], rows[shown]], axis=-1), axis=0)
    assert limit.sum() > 10 and np.array_equal(drawn, expected)


def test_plotting_what_is_no_light_curve(box, showpiece):
    with pytest.raises(InvalidArgumentError, match=r"not a light curve: it lacks band.*query_lightcurve\(object_id\)"):
        Alerce.query_detections(showpiece).plot()


def test_no_two_bands_look_the_same():
    assert len({band.marker for band in BANDS.values()}) == len({band.colour for band in BANDS.values()}) == len(BANDS)
    assert not {band.marker for band in BANDS.values()} & {"v", "x", "X"}  # limits, bad quality, unknown bands


def test_fluxes_in_other_units():
    table = lightcurve()
    table["flux"].unit = table["flux_err"].unit = "uJy"
    assert points(plot_lightcurve(table, y="flux"))[58880.0][0] == pytest.approx(57543990.0)
    table["flux"].unit = "ct"
    with pytest.raises(InvalidArgumentError, match="ct.*nJy"):
        plot_lightcurve(table, y="flux")


def test_errors_that_are_no_errors_are_not_drawn():
    from matplotlib.collections import LineCollection
    rows = [(58880.0 + day, "ztfg", "detection", 1e4, 1e2, 21.4, error, 22.)
            for day, error in enumerate((None, np.inf, -1.0, 0.1))]
    ax = plot_lightcurve(lightcurve(rows))
    bars, = (artist for artist in ax.collections if isinstance(artist, LineCollection))
    assert [round(float(np.ptp(bar[:, 1])), 6) for bar in bars.get_segments()] == [0.0, 0.0, 0.0, 0.2]


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


def test_dates_of_neighbours_do_not_touch():
    table, _ = several(4, [(59011.0 + day, "ztfg", "detection", 1e4, 1e2, 21., .1, 22.) for day in (0.1, 0.3, 0.5)])
    for span in (1.0, 0.01, 0.0002):
        table["mjd"] = 59011 + (table["mjd"] - 59011) * span
        axes = plot_lightcurve(table)
        axes[0].figure.savefig(io.BytesIO())
        boxes = [label.get_window_extent() for ax in axes[:2] for label in ax.child_axes[0].get_xticklabels()
                 if ax.bbox.x0 - 1 <= label.get_window_extent().get_points()[:, 0].mean() <= ax.bbox.x1 + 1]
        assert len(boxes) >= 2 and all(one.x1 < two.x0 for one, two in zip(boxes, boxes[1:]))


def test_quantities_are_plotted():
    table = lightcurve()
    for name, unit in {"mjd": "d", "mag": "mag", "mag_err": "mag", "limiting_mag": "mag", "flux_err": "nJy"}.items():
        table[name].unit = unit
    for y in ("mag", "flux"):
        plain, ax = (plot_lightcurve(one, y=y) for one in (table, QTable(table)))
        assert {x: y for x, (y, _) in points(ax).items()} == {x: y for x, (y, _) in points(plain).items()}
        assert len(points(ax)) >= 4 and ax.get_xlabel() == "MJD (TAI)"


def test_what_is_not_known_does_not_ruin_the_axes():
    rows = [*ROWS[:2], *((58890.0 + number, "ztfr", "upper_limit", *[None] * 4, limit)
                         for number, limit in enumerate((-999.0, 99.0, 100.0)))]
    for y in ("mag", "flux"):
        assert set(points(plot_lightcurve(lightcurve(rows), y=y))) == {58880.0, 58881.0}


def test_times_without_a_date():
    ax = plot_lightcurve(lightcurve([*ROWS, (1e9, *ROWS[0][1:])]))
    ax.figure.savefig(io.BytesIO())
    assert 1e9 in points(ax) and not ax.child_axes
    wide = plot_lightcurve(lightcurve([(mjd, *ROWS[0][1:]) for mjd in (-570000.0, 2860000.0)]))
    wide.figure.savefig(io.BytesIO())
    assert wide.child_axes


def test_dollars_are_no_formulas():
    table = vstack([lightcurve([(58880.0, r"$\frac{", "detection", 1e4, 1e2, 21., .1, 22.)], name)
                    for name in ("$x^$", "$")])
    for ax in (*plot_lightcurve(table), plot_lightcurve(table[:1])):
        ax.figure.savefig(io.BytesIO())
    assert ax.get_title(loc="left") == "$x^$" and ax.get_legend().get_texts()[0].get_text() == r"$\frac{"


@pytest.mark.parametrize("table, keywords, words", [
    (lightcurve()["mjd", "band"], {}, "lacks kind, flux.*query_lightcurve"),
    (lightcurve(), {"y": "magnitude"}, "'mag' nor 'flux'"),
    (lightcurve(), {"kinds": "detection"}, "sequence"),
    (lightcurve(), {"kinds": ["detections"]}, "upper_limit"),
    (lightcurve(), {"min_snr": -1}, "min_snr=-1.*0 or more"),
    (lightcurve(), {"min_snr": "3"}, "min_snr='3'"),
    (lightcurve(), {"ncols": 2}, "here is one"),
    (several(2)[0], {"ncols": 0}, "ncols=0.*1 or more"),
    (several(2)[0], {"ncols": 1.5}, "ncols=1.5"),
    (lightcurve(), {"ax": "axes"}, "ax='axes'.*Figure"),
    (lightcurve(), {"kinds": None}, "kinds=None.*sequence"), (lightcurve(), {"kinds": 5}, "kinds=5.*sequence"),
    (lightcurve(), {"kinds": [["detection"]]}, "sequence of upper_limit"),
    *[(lightcurve(), {"ax": matplotlib.figure.Figure().add_subplot(projection=name)}, "a straight x")
      for name in ("polar", "3d")]])
def test_refusals(table, keywords, words):
    with pytest.raises(InvalidArgumentError, match=words):
        plot_lightcurve(table, **keywords)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "astroquery_brokers\[plot\]"'):
        plot_lightcurve(lightcurve())


def test_a_new_figure_is_one_of_pyplot_and_the_settings_of_the_user_stay(tmp_path):
    code = ("import sys, matplotlib; before = dict(matplotlib.rcParams)\n"
            "from tests.test_plotting import lightcurve, several, plot_lightcurve\n"
            "plot_lightcurve(lightcurve()).figure.savefig(sys.argv[1])\n"
            "plot_lightcurve(several(3)[0], y='flux')[0].figure.savefig(sys.argv[1])\n"
            "assert dict(matplotlib.rcParams) == before\n"
            "assert matplotlib.pyplot.get_fignums() == [1, 2]\n")
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.png")], cwd=root, timeout=60, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_does_not_import_matplotlib():
    code = "import sys, astroquery_brokers.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
