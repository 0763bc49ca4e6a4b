# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The same table as JSON, CSV, Parquet and VOTable decodes to the same columns."""

import io
import json
import warnings

import numpy as np
import pytest
from astropy.io.votable import from_table, writeto
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from astroquery_brokers.columns import Column, Dictionary
from astroquery_brokers.exceptions import ReplyParseError
from astroquery_brokers.tables import decode_columns, decode_rows, to_table
from astroquery_brokers.tables.wire import WIRE_FORMATS, read_columns, unnested

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

COLUMNS = (Column("i:objectId", "str"), Column("i:candid", "int64", nulls=(-1,)), Column("i:fid", "int32"),
           Column("i:magpsf", "float64", nulls=(-999.0,)), Column("d:flag", "bool", nulls=("nan",)),
           Column("d:class", "str", nulls=("nan", "Unknown", "")))
DICTIONARY = Dictionary("alerts", "Alerts", COLUMNS, main_id="i:objectId",
                        by_name={column.name: column for column in COLUMNS})
NAMES = st.from_regex(r"ZTF[0-9]{2}[a-z]{7}", fullmatch=True)
ROWS = st.lists(st.fixed_dictionaries({
    "i:objectId": NAMES, "i:candid": st.none() | st.integers(-1, 2**63 - 1), "i:fid": st.none() | st.integers(1, 3),
    "i:magpsf": st.none() | st.just(-999.0) | st.floats(-40, 40), "d:flag": st.none() | st.booleans(),
    "d:class": st.none() | st.sampled_from(["nan", "Unknown", "SN Ia", "a,b", 'say "no"', "é α"])}), min_size=1)


def sent(rows, format):
    """Rows as a server sends them, with pandas and astropy."""
    dtypes = {"i:candid": "Int64", "i:fid": "Int64", "i:magpsf": "float64", "d:flag": "boolean"}
    frame = pandas.DataFrame({name: pandas.array([row[name] for row in rows], dtype=dtypes.get(name, object))
                              for name in rows[0]})
    if format == "csv":
        return frame.to_csv(index=False).encode()
    if format == "parquet":
        file = io.BytesIO()
        frame.to_parquet(file)
        return file.getvalue()
    table = Table([MaskedColumn([0 if value is None else value for value in column], name=name,
                                mask=[value is None for value in column],
                                dtype={"Int64": "int64", "float64": "float64"}[dtypes[name]])
                   if dtypes.get(name, "boolean") != "boolean" else
                   MaskedColumn(["" if value is None else str(value) for value in column], name=name, dtype=str)
                   for name, column in ((name, [row[name] for row in rows]) for name in rows[0])])
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IDs are made of the names
        writeto(from_table(table), file)
    return file.getvalue()


@settings(max_examples=40)
@given(ROWS)
def test_four_formats_give_the_same_table(rows):
    wanted = to_table(decode_rows(json.loads(json.dumps(rows)), DICTIONARY), DICTIONARY)
    for format in WIRE_FORMATS[1:]:
        table = to_table(decode_columns(*read_columns(sent(rows, format), format), DICTIONARY), DICTIONARY)
        for name in wanted.colnames:
            assert table[name].dtype.kind == wanted[name].dtype.kind
            assert np.array_equal(np.ma.getmaskarray(table[name]), np.ma.getmaskarray(wanted[name])), (format, name)
            assert table[name].tolist() == wanted[name].tolist(), (format, name)


@pytest.mark.parametrize("format", ["csv", "parquet", "votable"])
def test_an_id_column_with_a_null_keeps_its_digits(format):
    rows = [{"i:objectId": "ZTF20aaelulu", "i:candid": candid, "i:fid": None, "i:magpsf": None, "d:flag": None,
             "d:class": None} for candid in (1642249732315015013, None, 9223372036854775807)]
    decoded = decode_columns(*read_columns(sent(rows, format), format), DICTIONARY)
    assert decoded.masked("i:candid").tolist() == [1642249732315015013, None, 9223372036854775807]


@pytest.mark.parametrize("format, content", [
    ("csv", b"\n"),
    ("votable", b'<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE type="results"><TABLE/></RESOURCE></VOTABLE>')])
def test_a_table_without_rows_has_no_columns(format, content):
    assert read_columns(content, format) == (0, {})


def test_pandas_index_in_parquet_is_no_column():
    frame = pandas.DataFrame({"i:fid": [1, 2]}, index=["key_1", "key_2"])
    file = io.BytesIO()
    frame.to_parquet(file)
    assert list(read_columns(file.getvalue(), "parquet")[1]) == ["i:fid"]
    file = io.BytesIO()
    pandas.DataFrame().to_parquet(file)
    assert read_columns(file.getvalue(), "parquet") == (0, {})


@pytest.mark.parametrize("format, content", [
    ("csv", b""), ("csv", b"a,b\n1,2\n3,4"), ("csv", b"<html><body>trouble</body></html>\n"), ("csv", b"a,b\n1\n"),
    ("csv", b"a,a\n1,2\n"), ("csv", b"a\n\xff\n"), ("parquet", b'{"RemoteException": {}}'),
    ("parquet", b"PAR1 and no more PAR1"), ("votable", b"<html></html>"), ("votable", b"[]")])
def test_what_is_no_table_is_an_error(format, content):
    with pytest.raises(ValueError):
        read_columns(content, format)


def test_a_value_of_another_type_is_named():
    with pytest.raises(ReplyParseError, match="'i:candid' of 'alerts' should be int64.*'many'"):
        decode_columns(*read_columns(b"i:candid\n12\nmany\n", "csv"), DICTIONARY)
    with pytest.raises(ReplyParseError, match="'i:fid'"):
        decode_columns(*read_columns(b"i:fid\n99999999999\n", "csv"), DICTIONARY)


def test_an_integer_that_went_through_a_float_is_refused():
    with pytest.raises(ReplyParseError, match="'i:candid'"):
        decode_columns(2, {"i:candid": (np.array([1.642249732315015e18, np.nan]), np.array([False, True]))}, DICTIONARY)


def test_lists_in_cells_become_rows():
    lists, others = np.empty(3, dtype=object), np.empty(3, dtype=object)
    lists[:], others[:] = [[1.5, None], [], [2.5]], [None, [], [7]]
    columns = {"name": (np.array(["a", "b", "c"]), np.array([True, False, False])), "mag": (lists, None),
               "fid": (others, None)}
    length, flat = unnested(3, columns)
    assert length == 3
    assert (flat["name"][0].tolist(), flat["name"][1].tolist()) == (["a", "a", "c"], [True, True, False])
    assert flat["mag"] == [1.5, None, 2.5] and flat["fid"] == [None, None, 7]
    others[2] = [7, 8]
    with pytest.raises(ValueError, match="mag.*not as long"):
        unnested(3, columns)
