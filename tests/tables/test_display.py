# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What people see of a table: never too wide, never an id in exponent form, and nothing is changed by looking."""

import pickle
import re
import time
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

import numpy as np
import pytest
from astropy import conf
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn, Table, vstack
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from astroquery_brokers import Alerce, BrokerTable
from astroquery_brokers.tables.cells import text_width
from astroquery_brokers.tables.display import render, summary


@pytest.fixture(scope="module")
def answers(synthetic, showpiece):
    with synthetic.configured():
        objects = synthetic.truth.objects
        center = SkyCoord(objects["meanra"], objects["meandec"], unit="deg")[objects["oid"] == showpiece][0]
        return {"cone": Alerce.query_region(center, "10 arcmin", cache=False),
                "lightcurve": Alerce.query_lightcurve(showpiece, cache=False),
                "detections": Alerce.query_detections([showpiece, str(objects["oid"][0])], cache=False),
                "columns": Alerce.list_columns("query_lightcurve"), "capabilities": Alerce.capabilities(),
                "surveys": Alerce.list_surveys()}


def made(rows=3, **columns):
    """A table whose columns are people's first ones."""
    table = BrokerTable({name: values[:rows] for name, values in columns.items()})
    for column in table.itercols():
        column.meta["principal"] = True
    return table


def test_a_cone_at_80_columns(answers, showpiece):
    cone = answers["cone"]
    lines = render(cone, width=80, height=30).splitlines()
    days = [Time(mjd, format="mjd").isot[:10] for mjd in (cone["firstmjd"].min(), cone["lastmjd"].max())]
    assert lines[0] == f"ALeRCE ZTF query_region: {len(cone)} rows, {len(cone.colnames)} columns, {' to '.join(days)}"
    assert lines[1].split() == ["oid", "separation", "ndet", "firstmjd", "lastmjd", "meanra", "meandec"]
    assert lines[2].split() == ["arcsec", "d", "d", "deg", "deg"]
    row = cone[cone["oid"] == showpiece][0]
    assert lines[4 + row.index].split() == [
        showpiece, f"{row['separation']:.2f}", str(row["ndet"]), f"{row['firstmjd']:.5f}", f"{row['lastmjd']:.5f}",
        f"{row['meanra']:.6f}", f"{row['meandec']:.6f}"]
    assert lines[-1].startswith(f"+ {len(cone.colnames) - 7} columns: ndethist, ")
    assert lines[-1].endswith("; .pprint_all() shows everything")
    assert render(cone, width=80, height=30, hint="").splitlines()[-1].startswith(lines[-1][:40])
    assert len(lines) == len(cone) + 5
    assert max(map(len, lines)) <= 80


def test_what_is_the_same_in_all_rows_is_said_once(answers, showpiece):
    lines = render(answers["lightcurve"], width=80, height=20).splitlines()
    assert lines[1] == f"all rows: object_id = {showpiece}"
    assert lines[2].split()[:9] == ["mjd", "band", "kind", "flux", "flux_err", "mag", "mag_err", "limiting_mag"]
    lines = render(answers["detections"], width=80, height=20).splitlines()
    assert lines[1].split()[:3] == ["oid", "mjd", "candid"]


def test_long_tables_are_cut_in_the_middle(answers):
    table = answers["lightcurve"]
    lines = render(table, width=80, height=20).splitlines()
    assert len(lines) <= 20
    cut, = (number for number, line in enumerate(lines) if line.startswith("..."))
    shown = [line.split()[0] for line in lines[5:cut] + lines[cut + 1:-1]]
    assert lines[cut] == f"... {len(table) - len(shown)} more rows"
    ends = [*table["mjd"][:cut - 5], *table["mjd"][len(table) - (len(shown) - cut + 5):]]
    assert shown == [f"{mjd:.5f}" for mjd in ends]
    everything = render(table, width=-1, height=-1).splitlines()
    assert len(everything) == len(table) + 4 and everything[1].split() == table.colnames


def test_astropy_still_shows_everything(answers, capsys):
    cone = answers["cone"]
    cone.pprint_all()
    shown = capsys.readouterr().out
    assert shown.split()[:len(cone.colnames)] == cone.colnames
    assert cone.pformat(max_width=-1)[0].split() == cone.colnames
    assert repr(cone[0]).startswith("<Row index=0>") and str(cone["oid"][0]) in str(cone[0])


def test_the_same_is_printed_and_echoed(answers):
    cone = answers["cone"]
    with conf.set_temp("max_width", 60), conf.set_temp("max_lines", 12):
        assert str(cone) == repr(cone) == render(cone, width=60, height=12)
    assert len(str(cone[["oid", "ndet"]]).splitlines()[1].split()) == 2


def test_looking_changes_nothing(answers):
    for table in answers.values():
        before = pickle.dumps(table)
        formats = [column.info.format for column in table.itercols()]
        render(table, width=40, height=9)
        table._repr_html_()
        assert pickle.dumps(table) == before
        assert [column.info.format for column in table.itercols()] == formats


@pytest.mark.parametrize("name, first", [("columns", ["column", "unit", "description"]),
                                         ("capabilities", ["verb", "survey", "url", "description"])])
def test_what_can_be_asked_reads_well(answers, name, first):
    lines = render(answers[name], width=80, height=200).splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("---")) - 1
    assert lines[header].split()[:len(first)] == first
    assert len(lines) == header + 2 + len(answers[name]) + 1
    assert max(map(len, lines)) <= 80
    assert render(answers["surveys"], width=80).splitlines()[-1].split()[-1] == answers["surveys"]["example"][-1]


def provenance(**changes):
    return {"broker": "ALeRCE", "survey": "ztf", "verb": "query_objects", "row_limit": 2,
            "requests": 2, "from_cache": 0, **changes}


def coverage(**changes):
    return {"asked": 50, "found": 48, "partial": 0, "empty": 0, "failed": 0, "truncated": False, **changes}


@pytest.mark.parametrize("meta, expected", [
    ({}, "2 rows, 1 column"),
    ({"tables": [{"name": "", "description": "Lists"}]}, "Lists: 2 rows, 1 column"),
    ({"provenance": [provenance()]}, "ALeRCE ZTF query_objects: 2 rows, 1 column"),
    ({"provenance": [provenance()], "coverage": [coverage(truncated=True)]},
     "ALeRCE ZTF query_objects: 2 rows, 1 column, cut at 2 rows"),
    ({"provenance": [provenance(row_limit=None)], "coverage": [coverage(truncated=True)]},
     "ALeRCE ZTF query_objects: 2 rows, 1 column, cut at the row limit"),
    ({"provenance": [provenance()], "coverage": [coverage(failed=2, empty=3)]},
     "ALeRCE ZTF query_objects: 2 rows, 1 column, 2 of 50 failed: see .failures, 3 not found"),
    ({"provenance": [provenance(), provenance(), provenance(broker="Fink")]},
     "ALeRCE/Fink ZTF query_objects (2 queries): 2 rows, 1 column"),
    ({"provenance": "hand-made", "coverage": [None, {"failed": "all"}]}, "2 rows, 1 column")])
def test_the_summary(meta, expected):
    assert summary(BrokerTable({"a": [1, 2]}, meta=meta)) == expected


@pytest.mark.parametrize("age, words", [(10, "just now"), (200, "3 min ago"), (3 * 3600 + 5, "3 h ago"),
                                        (86400 * 9 + 5, "9 d ago")])
def test_the_age_of_what_is_from_the_cache(age, words):
    then = (datetime.now(timezone.utc) - timedelta(seconds=age)).isoformat(timespec="seconds")
    for count, start in ((2, "from cache"), (1, "partly from cache")):
        table = BrokerTable(meta={"provenance": [provenance(from_cache=count, cached_at=then)]})
        assert summary(table) == f"ALeRCE ZTF query_objects: 0 rows, 0 columns, {start} ({words})"


def test_stacked_and_repeated_queries(box, showpiece):
    first, second = Alerce.query_detections(showpiece), Alerce.query_detections(str(box.truth.objects["oid"][0]))
    assert summary(vstack([first[:2], first[2:4]])).startswith("ALeRCE ZTF query_detections: 4 rows")
    assert summary(vstack([first[:2], second[:1]])).startswith("ALeRCE ZTF query_detections (2 queries): 3 rows")
    assert "from cache (" in summary(Alerce.query_detections(showpiece))


@pytest.mark.parametrize("unit, ucd, value, shown", [
    ("deg", "pos.eq.ra", 185.00080123456, "185.000801"), ("arcsec", "", 20.18796, "20.19"), ("mag", "", 18.5, "18.500"),
    ("d", "time.epoch;stat.min", 60438.179423, "60438.17942"), ("d", "time.interval", 0.25, "0.2500"),
    (None, "stat.probability", 0.98349, "0.983"), ("nJy", "", 912.345678, "912.3"), ("nJy", "", 364678.3, "364678"),
    ("nJy", "", 1.5e-7, "1.500e-07"), ("nJy", "", 0., "0"), ("nJy", "", np.nan, "nan"), ("mag", "", np.inf, "inf"),
    (None, "", 59000.123456, "59000.12346"), ("deg", "", 1e300, "1.000e+300"), ("mag", "", np.float32(0.1), "0.100")])
def test_digits(unit, ucd, value, shown):
    table = BrokerTable()
    table["x"] = MaskedColumn([value, value], mask=[False, True], unit=unit, meta={"ucd": ucd})
    assert render(table).split()[-2:] == [shown, "--"]


def test_ids_are_never_rounded_or_cut():
    table = made(oid=["ZTF20aaelulu" * 2, "b"], candid=[2**63 - 1, -2**63], text=["word " * 20, ""])
    table["oid"].meta["ucd"] = "meta.id;meta.main"
    lines = render(table, width=80).splitlines()
    assert lines[3].startswith("ZTF20aaelulu" * 2 + "  9223372036854775807 word word")
    assert lines[3].endswith("…")
    assert "-9223372036854775808" in lines[4]


def test_the_format_that_the_user_gave_is_kept():
    table = BrokerTable({"x": [1.23456, 2.0]})
    table["x"].info.format = ".1f"
    assert render(table).split()[-2:] == ["1.2", "2.0"]


def test_what_a_broker_sends_does_nothing_to_the_reader():
    table = BrokerTable({"name<b>": ["<script>alert(1)</script>", "\x1b[2Ja\nb"]}, meta={
        "provenance": [provenance(broker="<i>\x1b[2J")]})
    text, html = render(table), render(table, html=True)
    assert "\x1b" not in text + html and r"\x1b[2Ja\nb" in text and len(text.splitlines()) == 5
    assert "<script" not in html and "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "name&lt;b&gt;" in html and "&lt;i&gt;" in html


class Counter(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_notebooks_show_the_same(answers):
    html = answers["lightcurve"]._repr_html_()
    parser = Counter()
    parser.feed(html)
    assert parser.open == []
    assert parser.text[0] == summary(answers["lightcurve"])
    assert {"object_id = " in text for text in parser.text} == {True, False}
    assert {"mjd", "nJy", "limiting_mag"} <= set(parser.text)
    assert 20 <= parser.seen.count("tr") <= 32


def test_a_million_rows_are_not_formatted(answers):
    table = answers["lightcurve"]
    long = table[np.arange(1_000_000) % len(table)]
    render(long[:10])
    start = time.perf_counter()
    assert "1000000 rows" in render(long, width=80, height=24)
    assert time.perf_counter() - start < 0.5


def test_odd_columns():
    table = BrokerTable({"t": Time([58000, 59000.5], format="mjd"), "c": SkyCoord([1, 2] * u.deg, [3, 4] * u.deg),
                         "b": [[1.5, 2], [3, 4]], "z": [1 + 2j, 3], "s": np.array([b"a\xff", b"b"]),
                         "empty": np.zeros((2, 0)), "v": np.zeros(2, dtype=[("x", int), ("y", float)]),
                         "day": np.array(["2020-01-01", "NaT"], dtype="M8[D]")})
    table["o"] = np.array([{"a": 1}, None], dtype=object)
    table["list"] = np.fromiter(([number] * 99 for number in (1, 2)), dtype=object, count=2)
    names, _, _, first, _ = render(table, width=-1, height=-1).splitlines()[1:]
    assert names.split() == table.colnames
    for text in ("58000.0", "1.0,3.0", "[1.5, 2]", "(1+2j)", "a\ufffd", "[]", "(0, 0", "2020-01-01", "{'a': 1}",
                 "[1, 1, 1"):
        assert text in first
    assert first.endswith(", …]")


@pytest.mark.parametrize("table", [BrokerTable(), BrokerTable(names=["a", "b"]), BrokerTable({"a": []}), Table()])
def test_nothing_to_show(table):
    assert render(table, width=20).startswith(f"0 rows, {len(table.colnames)} column")
    assert "0 rows" in render(table, html=True)


TEXTS = st.text(max_size=30)
THINGS = st.none() | TEXTS | st.lists(st.integers(), max_size=30) | st.dictionaries(TEXTS, st.floats(), max_size=2)
CELLS = {"i8": st.integers(-2**63, 2**63 - 1), "f8": st.floats(), "f4": st.floats(width=32), "U": TEXTS, "O": THINGS,
         "?": st.booleans(),
         "c16": st.complex_numbers(), "S": st.binary(max_size=9)}


@st.composite
def tables(draw):
    rows = draw(st.integers(0, 12))
    table = BrokerTable()
    for name in draw(st.lists(TEXTS, max_size=8, unique=True)):
        kind = draw(st.sampled_from([*CELLS]))
        values = np.fromiter(draw(st.lists(CELLS[kind], min_size=rows, max_size=rows)), dtype=object, count=rows)
        meta = draw(st.fixed_dictionaries({}, optional={
            "principal": st.booleans(), "ucd": st.sampled_from(["meta.id;meta.main", "pos.eq.ra", "stat.probability"]),
            "time": st.just({"origin": "mjd"})}))
        mask = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
        table[name] = MaskedColumn(values if kind == "O" else values.astype(kind), mask=mask, meta=meta,
                                   unit=draw(st.sampled_from([None, "deg", "mag", "d", "nJy"])))
    table.meta.update(draw(st.fixed_dictionaries({}, optional={
        "provenance": st.lists(st.builds(provenance, broker=TEXTS, cached_at=TEXTS, from_cache=st.integers(0, 2))),
        "coverage": st.lists(st.builds(coverage, failed=st.integers(0, 9), truncated=st.booleans()))})))
    return table


@settings(max_examples=150)
@given(table=tables(), width=st.integers(20, 120), height=st.integers(1, 30))
def test_any_table_fits(table, width, height):
    lines = render(table, width=width, height=height).split("\n")
    assert max(map(text_width, lines)) <= width
    assert len(lines) <= max(height, 11)
    assert all(line.isprintable() for line in lines)
    parser = Counter()
    parser.feed(render(table, html=True))
    assert parser.open == [] and not re.search("[\x00-\x09\x0b-\x1f]", "".join(parser.text))


def test_whatever_a_user_puts_there_is_shown():
    table = BrokerTable({"a": [1]})
    table["lists"], table["arrays"] = np.empty(1, dtype=object), np.empty(1, dtype=object)
    table["lists"][0], table["arrays"][0] = [[1], [2, 3], "x"], np.array(5.0)
    table["a"].meta["ucd"], table["lists"].meta["ucd"] = 5, ["x"]
    table.meta["provenance"] = [{"broker": "x", "verb": np.arange(2), "limits": np.arange(2)} for _ in range(2)]
    table.meta["coverage"] = [{"empty": -3, "failed": np.arange(3)}]
    assert render(table, width=80, height=9).splitlines() == [
        "x (2 queries): 1 row, 3 columns", "a lists            arrays", "- ---------------- ------",
        "1 [[1], [2, 3], x] 5"]
    with pytest.raises(AttributeError, match="no column with the UCD"):
        table.coords
