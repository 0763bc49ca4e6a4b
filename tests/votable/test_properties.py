# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Any column comes back the same, through every serialisation, and to and from astropy; a sample through STILTS."""

import html
import io
import shutil
import subprocess
import warnings

import numpy as np
import pytest
from astropy.io.votable import from_table
from astropy.io.votable.exceptions import VOWarning
from astropy.table import Column, MaskedColumn, Table
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from astroquery_brokers import votable
from astroquery_brokers.exceptions import VOTableError
from astroquery_brokers.tables import BrokerTable
from astroquery_brokers.votable.convert import to_column
from astroquery_brokers.votable.layout import Cell, cell_of
from astroquery_brokers.votable.pieces import Piece

from .hostile import document, field
from .mutations import by_astropy, differences, numbers
from .samples import assert_same, assert_same_column, full_table

needs_stilts = pytest.mark.skipif(not shutil.which("stilts"), reason="stilts is not installed (Debian package stilts)")
SERIALIZATIONS = ["tabledata", "binary2", "parquet"]
TEXT = Cell("c", "char", None, (None,))
WIDER = {"int8": "int16", "uint16": "int32", "uint32": "int64", "uint64": "int64", "float16": "float32"}
NUMBERS = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32",
           "float64", "complex64", "complex128"]
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def elements(name):
    dtype = np.dtype(name)
    if dtype.kind in "fc":
        return npst.from_dtype(dtype)  # NaN, infinities, -0., subnormal
    return npst.from_dtype(dtype, max_value=2**63 - 1) if name == "uint64" else npst.from_dtype(dtype)


@st.composite
def columns(draw, rows, names=tuple(NUMBERS), texts=True, shapes=((), (1,), (3,), (2, 3))):
    """A column and the one that is to come back."""
    kind = draw(st.sampled_from([*names, *(["str", "list"] if texts else [])]))
    mask = np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), dtype=bool)
    if kind == "str":
        return MaskedColumn(np.array(draw(st.lists(st.text(CHARACTERS, max_size=9).map(str.strip), min_size=rows,
                                                   max_size=rows)), dtype="U9"), mask=mask)
    if kind == "list":
        name = draw(st.sampled_from(["int16", "int64", "float32", "float64", "complex128", "bool", "uint8"]))
        cells = np.empty(rows, dtype=object)
        for row in range(rows):
            cells[row] = draw(npst.arrays(name, st.integers(0, 4), elements=elements(name)))
        return MaskedColumn(cells, mask=mask)
    shape = draw(st.sampled_from(shapes))
    values = draw(npst.arrays(kind, (rows, *shape), elements=elements(kind)))
    if kind == "float16":
        return Column(values)  # numpy's fill value does not fit into a masked one
    return MaskedColumn(values, mask=np.broadcast_to(mask.reshape(-1, *[1] * len(shape)), values.shape).copy())


@st.composite
def tables(draw, **choices):
    rows = draw(st.integers(0, 4))
    table = BrokerTable()
    for number in range(draw(st.integers(1, 4))):
        table[f"c{number}"] = draw(columns(rows, **choices))
    return table


def written(table, serialization):
    stream = io.BytesIO()
    votable.write(table, stream, serialization=serialization)
    return stream.getvalue()


def expected(column, serialization):
    """What comes back: the documented differences, each of them made here."""
    mask = np.ma.getmaskarray(column).copy()
    values = np.asarray(column)
    if serialization != "parquet" and values.dtype.kind == "U":
        mask |= values == ""
    if values.dtype.kind == "O":
        if serialization != "parquet":
            mask |= np.array([len(cell) == 0 for cell in values], dtype=bool)
    values = values.astype(WIDER.get(values.dtype.name, values.dtype))
    return MaskedColumn(values, mask=mask, name=column.name)


def same(table, found, serialization):
    assert found.colnames == table.colnames
    for name in table.colnames:
        assert_same_column(found[name], expected(table[name], serialization))


@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
@given(table=tables())
@QUICK
def test_ours_to_ours_and_to_astropy(serialization, table):
    document = written(table, serialization)
    found = votable.read(io.BytesIO(document))
    same(table, found, serialization)
    read = by_astropy(document)
    if read is None:  # astropy cannot read a missing array of complex numbers
        assert serialization == "tabledata" and any(column.dtype.kind == "c" and column.ndim > 1
                                                    for column in table.itercols())
        return
    assert list(differences(found, *read)) == []


@given(table=tables(names=tuple(name for name in NUMBERS if not name.startswith("complex"))))
@QUICK
def test_parquet(table):
    pytest.importorskip("pyarrow")
    if any(isinstance(cell, np.ndarray) and cell.dtype.kind == "c" for column in table.itercols()
           if column.dtype.kind == "O" for cell in column.data.data):
        return
    same(table, votable.read(io.BytesIO(written(table, "parquet"))), "parquet")


@pytest.mark.parametrize("serialization", ["tabledata", "binary", "binary2"])
@given(table=tables(names=("bool", "uint8", "int16", "int32", "int64", "float32", "float64", "complex128"),
                    texts=False))
@QUICK
def test_astropy_to_ours(serialization, table):
    plain = Table({name: table[name].data.data if serialization == "binary" else table[name].data
                   for name in table.colnames})
    stream = io.BytesIO()
    try:
        with warnings.catch_warnings(action="ignore"):
            from_table(plain).to_xml(stream, tabledata_format=serialization)
    except VOWarning:
        assume(False)  # astropy cannot write missing integers in arrays
    read = by_astropy(stream.getvalue())
    assume(read is not None)  # nor read all that it writes
    found = votable.read(io.BytesIO(stream.getvalue()))
    assert list(differences(found, *read)) == []
    assert found.colnames == plain.colnames


@pytest.mark.parametrize("rows", [1, 5, 100_000])
@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
def test_more_rows_than_fit_in_a_piece(serialization, rows):
    rng = np.random.default_rng(rows)
    table = BrokerTable({"x": rng.normal(size=rows), "n": rng.integers(-2**62, 2**62, rows),
                         "s": np.array(["", "a", "<é>", "\U0001d4b3" * 7, "&"])[rng.integers(0, 5, rows)],
                         "f": MaskedColumn(rng.normal(size=rows).astype("f4"), mask=rng.random(rows) < 0.3)})
    found = votable.read(io.BytesIO(written(table, serialization)))
    assert found["x"].tobytes() == table["x"].tobytes()
    assert np.array_equal(found["n"], table["n"])
    assert np.array_equal(found["s"].filled(""), table["s"])
    assert np.array_equal(np.ma.getmaskarray(found["f"]), np.ma.getmaskarray(table["f"]))
    assert np.array_equal(found["f"].compressed(), table["f"].compressed())


CELLS = st.sampled_from(["", " ", "1", "-7", " 2 ", "1.5", "nan", "NaN", "+Inf", "-inf", "1e400", "1_0", "0x1f", "+5",
                         "x", "70000", "T", "?", "1 2", "&#49;", "&lt;", "a\nb", "\u00e9", "\t-0.0\n", "5e-324", "true",
                         "-32769", "9" * 30, "\u00a07"])


@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=3), st.sampled_from(["\n", "", " \n "]))
@QUICK
def test_cells_converted_at_once_are_as_those_converted_one_by_one(rows, gap):
    cells = [cell_of(field) for field in by_astropy(document(
        field("double", name="d") + field("short", name="s") + field("char", "*", name="c")
        + field("boolean", name="b") + field("float", name="f"), "<TABLEDATA/>"))[0]]
    content = gap.join("<TR>" + gap.join(f"<TD>{cell}</TD>" if cell else "<TD/>" for cell in row) + "</TR>"
                       for row in rows).encode()
    with warnings.catch_warnings(action="ignore"):
        for number, (cell, texts) in enumerate(zip(cells, zip(*rows))):
            only = b"".join(f"<TR><TD>{text}</TD></TR>".encode() for text in texts)
            try:
                values, mask = to_column(cell, [html.unescape(text) for text in texts], range(len(rows)))
            except VOTableError as error:
                with pytest.raises(VOTableError) as caught:
                    list(Piece(only, 1, 0).columns([cell]))
                assert str(caught.value)[:40] == str(error)[:40]
                return
            for found, hidden in (*Piece(only, 1, 0).columns([cell]),
                                  list(Piece(content, 5, 0).columns([cell] * 5 if cell.is_text else [
                                      cell if place == number else TEXT for place in range(5)]))[number]):
                assert hidden.tolist() == mask.tolist()
                assert found.dtype.kind == values.dtype.kind
                assert repr(found[~mask].tolist()) == repr(values[~mask].tolist())


@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
def test_one_long_text_among_many(serialization):
    texts = np.full(20_000, "a", dtype=object)
    texts[7] = "é" * 200_000
    found = votable.read(io.BytesIO(written(Table({"s": texts}), serialization)))["s"]
    assert found.dtype == object  # as dtype U it would take 16 GB
    assert found.tolist() == texts.tolist()


@needs_stilts
@pytest.mark.parametrize("way", ["tabledata", "binary2-inline"])
@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
def test_through_stilts(tmp_path, serialization, way):
    table = full_table()
    table.remove_columns(["nothing", "classes"])
    # STILTS writes neither characters beyond the first 65536 nor carriage returns to TABLEDATA.
    table["note"][[0, 2]] = ["naïve ☃", "a\nb"]
    arrays = numbers()
    arrays.keep_columns([name for name in arrays.colnames if "complex" not in name and "list" not in name])
    for number, sent in enumerate((table, arrays)):
        votable.write(sent, tmp_path / "in.vot", serialization=serialization, overwrite=True)
        subprocess.run(["stilts", "tpipe", f"in={tmp_path / 'in.vot'}", f"out={tmp_path / 'out.vot'}",
                        f"ofmt=votable-{way}"], check=True, capture_output=True, timeout=90)
        found = votable.read(tmp_path / "out.vot")
        assert found.colnames == sent.colnames
        for name in sent.colnames:
            # STILTS writes a missing float as NaN.
            assert missing(found[name]).tolist() == missing(sent[name]).tolist(), name
            assert np.asarray(found[name])[~missing(sent[name])].tolist() == np.asarray(sent[name])[
                ~missing(sent[name])].tolist(), name
            assert found[name].unit == sent[name].unit
            assert found[name].meta.get("ucd") == sent[name].meta.get("ucd")


def missing(column):
    mask = np.ma.getmaskarray(column)
    return mask | np.isnan(np.asarray(column)) if column.dtype.kind == "f" else mask


def test_parquet_in_astropy_and_as_votable_in_stilts(tmp_path):
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")  # which astropy before 8 needs for Parquet
    table = full_table()["oid", "mjd", "flux", "ra", "dec", "flux_err"]
    table["n"] = [2**63 - 1, -2**63, 0, 1, 313853496686280764]
    votable.write(table, tmp_path / "x.parquet", serialization="parquet")
    with warnings.catch_warnings(action="ignore"):
        found = Table.read(tmp_path / "x.parquet", format="parquet.votable")
    assert found.colnames == table.colnames
    for name in table.colnames:
        assert found[name].tolist() == table[name].tolist()
        assert found[name].unit == table[name].unit
        assert found[name].meta.get("ucd") == table[name].meta.get("ucd")
    again = votable.read(tmp_path / "x.parquet")
    assert_same(again, table)
    if shutil.which("stilts"):
        votable.write(again, tmp_path / "x.vot")
        subprocess.run(["stilts", "tpipe", f"in={tmp_path / 'x.vot'}", f"out={tmp_path / 'x.csv'}"], check=True,
                       capture_output=True, timeout=90)
        assert Table.read(tmp_path / "x.csv")["n"].tolist() == table["n"].tolist()
