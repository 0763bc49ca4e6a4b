# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows of JSON become typed, masked columns, and nothing is lost on the way."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astroquery_brokers.columns import Column, Dictionary
from astroquery_brokers.exceptions import ReplyParseError, UnknownColumnWarning
from astroquery_brokers.tables import concatenate, decode_rows, to_table

COLUMNS = (Column("id", "int64"), Column("x", "float64", nulls=(100.0,)), Column("n", "int32"),
           Column("ok", "bool"), Column("name", "str", nulls=("null",)),
           Column("gone", "float64", returned=False), Column("rare", "float64", optional=True))
DICTIONARY = Dictionary("things", "Things.", COLUMNS, by_name={column.name: column for column in COLUMNS})


def table_of(rows):
    return to_table(decode_rows(rows, DICTIONARY), DICTIONARY)


def as_sent(table):
    """The rows of a table as JSON would hold them."""
    return [{name: None if np.ma.is_masked(row[name]) else row[name].item() for name in table.colnames}
            for row in table]


values = st.fixed_dictionaries({}, optional={
    "id": st.none() | st.integers(-2**63, 2**63 - 1),
    "x": st.none() | st.floats(allow_nan=False).filter(lambda value: value != 100.0),
    "n": st.none() | st.integers(-2**31, 2**31 - 1),
    "ok": st.none() | st.booleans(),
    "name": st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).filter(
        lambda text: text != "null"),
})


@given(st.lists(values, max_size=8))
def test_what_was_sent_is_in_the_table(rows):
    table = table_of(json.loads(json.dumps(rows)))
    for row, kept in zip(rows, as_sent(table)):
        for name in ("id", "x", "n", "ok", "name"):
            assert kept[name] == row.get(name)


@given(st.lists(st.lists(values, max_size=4), min_size=1, max_size=4))
def test_replies_together_are_the_rows_together(replies):
    parts = [decode_rows(rows, DICTIONARY) for rows in replies]
    together = to_table(concatenate(parts, DICTIONARY), DICTIONARY)
    assert as_sent(together) == as_sent(table_of([row for rows in replies for row in rows]))


def test_spellings_of_null_are_masked_and_only_those_of_the_column():
    table = table_of([{"x": 100.0, "name": "null", "n": 100}, {"x": 99.0, "name": "None", "n": 0}])
    assert list(table["x"].mask) == [True, False]
    assert list(table["name"].mask) == [True, False]
    assert not table["n"].mask.any()


def test_numbers_as_texts_are_numbers():
    table = table_of([{"id": "1101542291015015004", "x": "1.5"}])
    assert (table["id"][0], table["x"][0]) == (1101542291015015004, 1.5)


def test_columns_that_were_not_sent_are_there_unless_they_are_optional():
    table = table_of([{"id": 1}])
    assert table["gone"].mask.all() and "rare" not in table.colnames
    assert table_of([{"rare": 1.0}])["rare"][0] == 1.0


def test_an_empty_reply_has_all_columns():
    table = table_of([])
    assert table.colnames == ["id", "x", "n", "ok", "name", "gone"]
    assert [column.dtype.kind for column in table.itercols()] == ["i", "f", "i", "b", "U", "f"]


@pytest.mark.parametrize("row", [{"id": 1.5}, {"id": 1101542291015015004.0}, {"id": "1_0"}, {"id": "seven"},
                                 {"id": 2**63}, {"n": 2**31}, {"x": "Fail"},
                                 {"ok": "maybe"}, {"id": [1]}, {"x": {"a": 1}}, {"x": [1.5]}])
def test_a_value_of_another_type_is_an_error_that_names_it(row):
    (name, value), = row.items()
    with pytest.raises(ReplyParseError, match=f"'{name}'") as caught:
        table_of([row])
    assert repr(value) in str(caught.value)


def test_an_unknown_column_is_kept_and_reported_once():
    rows = [{"new_number": 1, "new_text": "a", "new_object": {"b": 2}}, {"new_number": None}]
    with pytest.warns(UnknownColumnWarning, match="new_"):
        table = table_of(rows)
    assert table["new_number"].dtype == np.int64 and list(table["new_number"].mask) == [False, True]
    assert table["new_object"][0] == '{"b": 2}'
    table_of(rows)


def test_an_unknown_column_has_the_same_type_from_one_reply_and_from_many():
    with pytest.warns(UnknownColumnWarning):
        parts = [decode_rows([{"fresh": value}], DICTIONARY) for value in (None, 2.5, 1)]
    together = to_table(concatenate(parts, DICTIONARY), DICTIONARY)
    assert together["fresh"].dtype == np.float64 and as_sent(together)[0]["fresh"] is None


def test_a_zero_is_not_the_fill_value_of_a_column(tmp_path):
    table = table_of([{"id": 0, "n": 0}, {"id": None, "n": 7}])
    table.meta.clear()
    table["id", "n"].write(tmp_path / "t.fits")
    again = type(table).read(tmp_path / "t.fits")
    assert [again["id"][0], again["n"][0]] == [0, 0] and again["id"].mask[1]


def test_an_unknown_column_of_two_types_becomes_text():
    with pytest.warns(UnknownColumnWarning):
        parts = [decode_rows([{"odd": value}], DICTIONARY) for value in (2**60 + 1, "x", 0.5)]
    table = to_table(concatenate(parts, DICTIONARY), DICTIONARY)
    assert list(table["odd"]) == ["1152921504606846977", "x", "0.5"]
