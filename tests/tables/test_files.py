# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables that are written in every format are read back equal, but for what the formats are documented to lose."""

import gzip
import io
import os
import threading
from string import ascii_lowercase

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn, Table
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from astroquery_brokers import Alerce, BrokerTable
from astroquery_brokers.exceptions import InvalidArgumentError
from astroquery_brokers.tables.files import FORMATS, read_table, write_table

FULL = ("votable", "fits", "parquet", "ecsv")
READABLE = (*FULL, "csv")


def copied(table, format, name="stream"):
    """The table after writing and reading."""
    stream = io.BytesIO()
    write_table(table, stream, format)
    stream.seek(0)
    return read_table(stream)


def assert_equal(found, expected, *, format):
    assert found.colnames == expected.colnames
    assert len(found) == len(expected)
    for name in expected.colnames:
        assert_equal_columns(found[name], expected[name], format)
    if format != "csv":
        assert found.meta == expected.meta


def assert_equal_columns(found, expected, format):
    values, mask = np.ma.getdata(expected), np.ma.getmaskarray(expected)
    if format in ("votable", "ecsv", "csv") and values.dtype.kind == "U":
        mask = mask | (values == "")
    np.testing.assert_array_equal(np.ma.getmaskarray(found), mask)
    for one, two, hidden in zip(np.ma.getdata(found).tolist(), values.tolist(), mask):
        if not hidden:
            one, two = (list(cell) if isinstance(cell, (list, np.ndarray)) else cell for cell in (one, two))
            one = str(one) if format == "csv" and isinstance(two, str) else one
            assert type(one) is type(two) and (one == two or one != one and two != two)
    if format == "csv":
        return
    assert found.dtype.kind == values.dtype.kind
    # The widths of text that only masked cells have had are not kept.
    assert found.dtype == values.dtype or values.dtype.kind == "U"
    assert found.unit == expected.unit
    assert found.description == expected.description
    assert found.meta == expected.meta


@pytest.fixture(scope="module")
def answers(synthetic, showpiece):
    with synthetic.configured():
        position = SkyCoord(synthetic.truth.objects["meanra"][:3], synthetic.truth.objects["meandec"][:3], unit="deg")
        return {"cone": Alerce.query_region(position, "10 arcmin"),
                "lightcurve": Alerce.query_lightcurve(showpiece),
                "detections": Alerce.query_detections(showpiece),
                "forced": Alerce.query_forced_photometry(showpiece),
                "probabilities": Alerce.query_probabilities(showpiece),
                "features": Alerce.query_features(showpiece),
                "classifiers": Alerce.query_classifiers(),
                "columns": Alerce.list_columns(),
                "capabilities": Alerce.capabilities(),
                "empty": Alerce.query_detections(showpiece)[:0]}


@pytest.mark.parametrize("format", FULL)
def test_answers_come_back(answers, format):
    assert len(answers["lightcurve"]) > 100 and len(answers["cone"]) > 3
    for table in answers.values():
        assert_equal(copied(table, format), table, format=format)


def test_answers_come_back_from_csv(answers):
    for name in ("cone", "lightcurve", "detections", "forced", "probabilities", "features", "classifiers"):
        assert_equal(copied(answers[name], "csv"), answers[name], format="csv")
    empty = copied(answers["empty"], "csv")
    assert empty.colnames == answers["empty"].colnames and len(empty) == 0


def test_csv_is_what_the_verbs_give_as_csv(box, showpiece, answers):
    stream = io.BytesIO()
    write_table(answers["probabilities"], stream, "csv")
    assert stream.getvalue().decode() == Alerce.query_probabilities(showpiece, format="csv")


def test_the_readable_table_has_all_rows_and_columns(answers, tmp_path):
    table = answers["detections"]
    write_table(table, tmp_path / "detections.txt")
    summary, names, *lines = (tmp_path / "detections.txt").read_text().splitlines()
    assert summary.startswith("ALeRCE ZTF query_detections")
    assert names.split() == table.colnames
    assert len(lines) == len(table) + 2
    with pytest.raises(InvalidArgumentError, match='format="table" is for people'):
        read_table(tmp_path / "detections.txt", "table")


@pytest.mark.parametrize("name, format", [
    ("a.vot", "votable"), ("a.xml", "votable"), ("a.VOT.gz", "votable"), ("a.fits", "fits"), ("a.fits.gz", "fits"),
    ("a.parquet", "parquet"), ("a.csv", "csv"), ("a.csv.gz", "csv"), ("a.ecsv", "ecsv")])
def test_the_ending_tells_the_format_and_the_content_too(tmp_path, name, format):
    table = BrokerTable({"id": [2**62 + 1, 3], "x": [0.1, np.inf]})
    write_table(table, tmp_path / name)
    start = (tmp_path / name).read_bytes()
    assert start.startswith(b"\x1f\x8b") == name.endswith(".gz")
    write_table(table, tmp_path / "other", format)
    assert (tmp_path / "other").read_bytes() == (gzip.decompress(start) if name.endswith(".gz") else start)
    os.rename(tmp_path / name, tmp_path / "unnamed")
    found = read_table(tmp_path / "unnamed")
    assert type(found) is BrokerTable
    assert_equal(found, table, format="csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "unnamed"]


@pytest.mark.parametrize("format", READABLE)
def test_pipes_can_be_read_and_written(format, answers):
    table = answers["cone"]
    reading, writing = os.pipe()

    def send():
        with open(writing, "wb") as pipe:
            write_table(table, pipe, format)

    thread = threading.Thread(target=send)
    thread.start()
    with open(reading, "rb") as pipe:
        found = read_table(pipe)
    thread.join()
    assert_equal(found, table, format=format)


@pytest.mark.parametrize("format", ["fits", "parquet"])
def test_the_table_writes_and_reads_the_same_itself(answers, tmp_path, format):
    path = tmp_path / f"lightcurve.{format}"
    answers["lightcurve"].write(path)
    found = BrokerTable.read(path)
    assert_equal(found, answers["lightcurve"], format=format)
    assert found.time.scale == "tai"
    with pytest.raises(FileExistsError, match="overwrite=True"):
        answers["lightcurve"].write(path)
    answers["lightcurve"][:2].write(path, overwrite=True)
    assert len(BrokerTable.read(path, format=format)) == 2


def test_astropy_reads_our_fits(answers, tmp_path):
    write_table(answers["lightcurve"], tmp_path / "a.fits")
    found = Table.read(tmp_path / "a.fits")
    assert found["mjd"].unit == u.day and found["flux"].unit == u.nJy
    assert found["measurement_id"].mask.tolist() == answers["lightcurve"]["measurement_id"].mask.tolist()
    assert found["mag"].tolist() == answers["lightcurve"]["mag"].tolist()


def test_files_of_others_are_read(tmp_path):
    table = Table({"ra": [1.5, 2.5] * u.deg, "name": ["a", "bc"]})
    for name in ("a.fits", "a.parquet", "a.ecsv", "a.csv"):
        table.write(tmp_path / name)
        found = read_table(tmp_path / name)
        assert found["ra"].tolist() == [1.5, 2.5] and found["name"].tolist() == ["a", "bc"]
        assert type(found) is BrokerTable
    (tmp_path / "a.tsv").write_bytes(b"\xef\xbb\xbfid\tnote, or none\r\n007\tx\r\n12\t\r\n")
    found = read_table(tmp_path / "a.tsv")
    assert found.colnames == ["id", "note, or none"]
    assert found["id"].tolist() == ["007", "12"] and found["note, or none"].tolist() == ["x", None]


def test_a_file_that_is_there_stays_whole(tmp_path):
    path = tmp_path / "a.fits"
    write_table(BrokerTable({"a": [1]}), path)
    with pytest.raises(InvalidArgumentError, match=r"Column 'b' has dtype datetime64\[D\], which FITS does not have"):
        write_table(BrokerTable({"b": np.array(["2026-01-01"], dtype="M8[D]")}), path)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        write_table(BrokerTable({"a": [2]}), path, overwrite=False)
    assert read_table(path)["a"].tolist() == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["a.fits"]


def test_what_is_no_regular_file_stays_what_it_is(tmp_path):
    table = BrokerTable({"a": [1]})
    (tmp_path / "target.csv").touch(0o600)
    (tmp_path / "link.csv").symlink_to("target.csv")
    write_table(table, tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink() and read_table(tmp_path / "target.csv")["a"].tolist() == [1]
    assert (tmp_path / "target.csv").stat().st_mode & 0o777 == 0o600
    os.mkfifo(tmp_path / "pipe.csv")
    received = []
    thread = threading.Thread(target=lambda: received.append((tmp_path / "pipe.csv").read_bytes()))
    thread.start()
    write_table(table, tmp_path / "pipe.csv")
    thread.join(10)
    assert received == [b"a\n1\n"] and (tmp_path / "pipe.csv").is_fifo()
    reading, writing = os.pipe()
    with open(reading, "rb") as stream:
        write_table(table, f"/dev/fd/{writing}", "csv")
        os.close(writing)
        assert stream.read() == b"a\n1\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv", "pipe.csv", "target.csv"]


def test_errors_of_files_name_the_file(tmp_path):
    table = BrokerTable({"a": [1]})
    (tmp_path / "a.csv").touch(0o444)
    longest = tmp_path / f"{'x' * 251}.csv"
    write_table(table, longest)
    assert longest.exists()
    for path, words in (("a.csv", "read-only"), ("no/a.csv", "No such file"), (f"{'x' * 252}.csv", "too long")):
        with pytest.raises(OSError, match=words) as caught:
            write_table(table, tmp_path / path)
        assert caught.value.filename == str(tmp_path / path) in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", longest.name}


def test_csv_has_a_name_for_each_cell():
    table = BrokerTable({"c": SkyCoord([1, 2], [3, 4], unit="deg"), "t": Time([58000, 59000.5], format="mjd")})
    found = copied(table, "csv")
    assert found.colnames == ["c_ra", "c_dec", "t"] and found["c_dec"].tolist() == [3.0, 4.0]
    assert found["t"].tolist() == [58000.0, 59000.5]


def test_elements_of_arrays_stay_masked():
    table = BrokerTable({"m": MaskedColumn([[1, 2], [3, 4]], mask=[[True, False], [True, True]]),
                         "s": MaskedColumn([["a", "b"], ["c", "d"]], mask=[[True, False], [False, False]])})
    for format in ("ecsv", "csv"):
        found = copied(table, format)
        assert found["m"].tolist() == [[None, 2], [None, None] if format == "ecsv" else None]
        assert found["s"].tolist() == [[None, "b"], ["c", "d"]]


def test_arrays_without_rows_come_back():
    table = BrokerTable({"x": np.zeros(0), "m": np.zeros((0, 2, 3), "int32"), "a, b": np.zeros((0, 2))})
    for format in FULL:
        found = copied(table, format)
        assert found.colnames == table.colnames and found["m"].shape == (0, 2, 3) and found["m"].dtype == "int32"
    plain = io.BytesIO()
    plain.write(b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: x, datatype: string, subtype: 'int64[2]'}\n"
                b"# - {name: y, datatype: int8}\n# schema: astropy-2.0\nx y\n")
    plain.seek(0)
    assert read_table(plain)["x"].shape == (0, 2)


@pytest.mark.parametrize("format", ["csv", "ecsv"])
def test_nul_is_refused(format):
    with pytest.raises(InvalidArgumentError, match=f"NUL character, which {format.upper()}"):
        write_table(BrokerTable({"s": ["a\0b"]}), io.BytesIO(), format)


@pytest.mark.parametrize("name", ["[x", "{", "<votable", "<html", " <?xml", "SIMPLE  =", "PAR1", "# %ECSV"])
def test_csv_is_csv_whatever_the_names(name):
    found = copied(BrokerTable({name: ["<votable>", "<html>"], "y": [1, 2]}), "csv")
    assert found.colnames == [name, "y"] and found["y"].tolist() == [1, 2]


@pytest.mark.parametrize("content, message", [
    (b"", "holds nothing"), (b"<!DOCTYPE html><html></html>", "holds an HTML page"), (b'{"a": 1}', "holds JSON"),
    (b"\x89PNG\r\n\x1a\n\0\0", "holds binary data of another kind"), (b"PAR1 and no more", "looks like parquet"),
    (b"SIMPLE  =                    T", "looks like fits"), (b"<VOTABLE><TABLE", "looks like votable"),
    (b"a,b\n1,2,3\n", "the header has 2 columns, but a row has 3"), (b"a,a\n1,2\n", "the same name"),
    (b"# %ECSV 1.0\n# ---\n# nonsense", "looks like ecsv"), (b"\x1f\x8b\x08\x00", "compressed by gzip, but damaged"),
    (b"a,b\n\xff\xfe,1\n", "looks like csv")])
def test_what_is_no_table_is_named(content, message):
    with pytest.raises(InvalidArgumentError, match=message):
        read_table(io.BytesIO(content))


def test_ecsv_holds_text_that_looks_like_something_else():
    table = BrokerTable({"s": ["#c", "x y", "é,\"q\"", "None", "1"], "m": [[1, 2]] * 5})
    table["o"] = np.fromiter(({"a": 1}, None, "text", [1, 2], "#"), dtype=object, count=5)
    found = copied(table, "ecsv")
    assert found["s"].tolist() == table["s"].tolist() and found["m"].tolist() == table["m"].tolist()
    assert found["o"].tolist() == [{"a": 1}, None, "text", [1, 2], "#"]
    times = BrokerTable({"t": Time([58000, 59000.5], format="mjd")})
    assert copied(times, "ecsv")["t"].mjd.tolist() == [58000, 59000.5]


def test_formats_that_are_not_known(tmp_path):
    table = BrokerTable({"a": [1]})
    with pytest.raises(InvalidArgumentError, match="format='fit' is not known.*fits"):
        write_table(table, tmp_path / "a", "fit")
    with pytest.raises(InvalidArgumentError, match="ending of 'a.dat' does not tell"):
        write_table(table, tmp_path / "a.dat")
    with pytest.raises(InvalidArgumentError, match="Pass format="):
        write_table(table, io.BytesIO())
    with pytest.raises(InvalidArgumentError, match="open as text"):
        read_table(io.StringIO("a,b"))
    assert FORMATS == ("votable", "fits", "parquet", "csv", "ecsv", "table")
    assert not list(tmp_path.iterdir())


def test_fits_holds_what_it_has_no_type_for():
    table = BrokerTable({"t": Time([59000.5, 59001], format="mjd", scale="tai"),
                         "cells": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
                         "Name": ["ä☃", " x"], "name": [True, False]})
    table["tiny"] = MaskedColumn(np.array([-128, 127], dtype="int8"), mask=[True, False], unit="furlong")
    table["full"] = MaskedColumn(np.array([0, 255], dtype="uint8"), unit="electron")
    table["half"] = np.array([np.nan, 0.5], dtype="float16")
    table["big"] = np.array([2**64 - 1, 0], dtype="uint64")
    table["nan"] = MaskedColumn([np.nan, 1], mask=[False, True])
    table["über"] = MaskedColumn([1 + 2j, 0], mask=[True, False])
    table.meta["note"] = "it's & it''s '&' " * 40
    found = copied(table, "fits")
    assert found["t"].tolist() == [59000.5, 59001.0] and found.time.scale == "tai"
    table["half"] = table["half"].astype("float32")
    for name in table.colnames[1:]:
        np.testing.assert_array_equal(np.ma.getmaskarray(found[name]), np.ma.getmaskarray(table[name]))
        np.testing.assert_array_equal(np.ma.filled(found[name], 0), np.ma.filled(table[name], 0))
        assert found[name].dtype == table[name].dtype and found[name].unit == table[name].unit
    assert found.meta == table.meta


NUMBERS = {"int64": st.integers(-2**63, 2**63 - 1) | st.sampled_from([-2**63, 2**63 - 1, 0]),
           "int16": st.integers(-2**15, 2**15 - 1), "bool": st.booleans(),
           "float64": st.floats(width=64) | st.sampled_from([5e-324, -0.0, np.nan, np.inf, -np.inf]),
           "float32": st.floats(width=32)}
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co"]), max_size=8)


@st.composite
def tables(draw, texts=TEXTS):
    rows = draw(st.integers(0, 5))
    table = BrokerTable()
    for name in ascii_lowercase[:draw(st.integers(1, 5))]:
        kind = draw(st.sampled_from([*NUMBERS, "str"]))
        values = draw(st.lists(texts.map(str.strip) if kind == "str" else NUMBERS[kind], min_size=rows, max_size=rows))
        mask = draw(st.none() | st.lists(st.booleans(), min_size=rows, max_size=rows))
        unit = draw(st.none() | st.sampled_from(["deg", "nJy", "d", "mag"]))
        described = draw(st.none() | texts)
        table[name] = MaskedColumn(values, dtype=kind, mask=mask, unit=unit,
                                   description=" ".join((described or "").split()) or None)
    table.meta["text"] = draw(texts)
    return table


@pytest.mark.parametrize("format", FULL)
@settings(max_examples=60)
@given(table=tables())
def test_any_table_comes_back(format, table):
    assert_equal(copied(table, format), table, format=format)


@settings(max_examples=100)
@given(st.lists(st.tuples(TEXTS.map("x{}".format), NUMBERS["int64"], NUMBERS["float64"], st.booleans()), min_size=1))
def test_any_row_comes_back_from_csv(rows):
    table = BrokerTable(rows=rows, names=('text, "quoted"', "id", "x", "flag"))
    table["list"] = np.fromiter(([text, number] for text, number, *_ in rows), dtype=object, count=len(rows))
    assert_equal(copied(table, "csv"), table, format="csv")
