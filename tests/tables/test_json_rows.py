# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The bytes of a JSON list become the same columns on every path: at once, in pieces, with msgspec and without."""

import gc
import json
import warnings

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from astroquery_brokers.columns import Column, Dictionary
from astroquery_brokers.exceptions import ReplyParseError, UnknownColumnWarning
from astroquery_brokers.tables import decode_json_rows, decode_rows, json_rows, to_table

COLUMNS = (Column("id", "int64", nulls=(0,)), Column("x", "float64", nulls=(100.0,)), Column("f", "float32"),
           Column("n", "int32", null_with="id"), Column("ok", "bool"), Column("name", "str", nulls=("null",)),
           Column("text", "str"), Column("list", "str", array=True), Column("big", "int64", rounded=True),
           Column("band", "int16", wire="fid"), Column("rare", "float64", optional=True))
DICTIONARY = Dictionary("things", "Things.", COLUMNS, by_name={column.name: column for column in COLUMNS})

# What stands in JSON, written as it is sent: numbers at the limits, spellings that one library takes and another not.
numbers = st.sampled_from(["0", "-0", "1", "100", "100.0", "1.0", "1e3", "2e-400", "1e400", "-1e400", "NaN", "Infinity",
                           "9007199254740993", "1101542291015015004", "1101542291015015004.0", "9223372036854775807",
                           "9223372036854775808", "123456789012345678901234567890", "0.1", "2147483648", "32768", "01",
                           "1.", "+1", "-"])
texts = st.sampled_from(['""', '"null"', '"nan"', '"17"', '" 17 "', '"1_0"', '"\\u0661"', '"t"', '"\\ud800"',
                         '"\\u0000"', '"}, {"', '"[{},{}]"', '"\\""', '"a\tb"', '"\u00e9"',
                         '"1101542291015015004"', '"1.5"'])
others = st.sampled_from(["null", "true", "false", "[]", '["a", "b"]', '{"a": 1}', '[{"a": 1}, {"b": 2}]', "[1, [2]]"])
KEYS = [*(column.wire for column in COLUMNS), "new", "r\\u0061re", "\u00fcber"]
usual = {"id": numbers, "x": numbers, "f": numbers, "n": numbers, "fid": numbers, "big": numbers, "rare": numbers,
         "ok": others, "name": texts, "text": texts}


@st.composite
def replies(draw):
    """Text of a list of objects that is nearly right: keys may come twice, be missing, or have any value."""
    any_value = numbers | texts | others
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        keys = draw(st.lists(st.sampled_from(KEYS), max_size=6))
        odd = draw(st.integers(0, 9)) == 0
        pairs = [f'"{key}": {draw(any_value if odd else usual.get(key, any_value) | st.just("null"))}' for key in keys]
        rows.append("{" + ", ".join(pairs) + "}")
    return draw(st.sampled_from(["[", " \n[", "[ "])) + draw(st.sampled_from([",", ", ", " ,\n"])).join(rows) + draw(
        st.sampled_from(["]", "] ", "", "]]", ",]", "] x"]))


def outcome(function):
    """What comes out, in a form that can be compared: columns, or the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnknownColumnWarning)
            decoded = function()
            table = to_table(decoded, DICTIONARY)
    except (ReplyParseError, ValueError, TypeError) as error:
        return type(error) if not isinstance(error, ValueError) else ValueError
    return (decoded.length, sorted(decoded.columns), decoded.unknown.keys(),
            [(name, table[name].dtype, np.ma.getmaskarray(table[name]).tolist(),
              [repr(value) for value in np.ma.filled(table[name]).tolist()]) for name in table.colnames])


def at_once(content):
    rows = json.loads(content)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TypeError("not a list of objects")
    return decode_rows(rows, DICTIONARY)


@pytest.mark.parametrize("library", ["msgspec", None])
@pytest.mark.parametrize("piece", [1, 40, 1 << 18])
@given(text=replies())
@example(text='[{"x": 1e400}, {"x": 1}]')
@example(text='[{"id": "1"}, {"id": 2}]')
@example(text='[{"id": "9223372036854775808"}, {"id": "1"}]')
@example(text='[{"id": "9223372036854775807"}, {"id": "0012"}]')
@example(text='[{"id": "5"}, {"id": ""}]')
@example(text='[{"id": ""}, {"id": "5"}]')
@example(text='[{"fid": "40000"}]')
@example(text='[{"id": 2}, {"id": "1_0"}]')
@example(text='[{"id": 2}, {"id": ""}, {"id": null}]')
@example(text='[{"text": "}, {"}, {"text": "a"}]')
@example(text='[{"new": [{"a": 1}, {"b": 2}]}, {"new": 3}]')
@example(text='[{"rare": null}, {"rare": null}]')
@example(text='[{"x": 1}, {}, {"x": null}]')
@example(text="[null]")
@example(text="{}")
def test_all_paths_agree(text, library, piece):
    if library:
        pytest.importorskip(library)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "_PIECE", piece)
        patch.setattr(json_rows, "_FEW", 2 if piece == 40 else 50)
        if not library:
            patch.setattr(json_rows, "msgspec", None)
        # The library reads what has keys that were seen.
        decode_json_rows(json.dumps([dict.fromkeys(usual)]).encode(), DICTIONARY)
        content = text.encode("utf-8")
        assert outcome(lambda: decode_json_rows(content, DICTIONARY)) == outcome(lambda: at_once(content))


def test_new_keys_cost_one_piece(monkeypatch):
    pytest.importorskip("msgspec")
    monkeypatch.setattr(json_rows, "_PIECE", 30)
    monkeypatch.setattr(json_rows, "_decoders", {})
    rows, slow = [{"x": number, "later": [number]} if number > 50 else {"x": number} for number in range(100)], []
    monkeypatch.setattr(json_rows.json, "loads", lambda text: slow.append(text) or json.JSONDecoder().decode(
        text.decode()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownColumnWarning)
        decoded = decode_json_rows(json.dumps(rows).encode(), DICTIONARY)
    assert decoded.masked("x").tolist() == list(range(100))
    assert decoded.unknown == {"later": [None] * 51 + [[number] for number in range(51, 100)]}
    assert len(slow) == 2  # the first rows, and the first that have another key


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings(encoding):
    content = '[{"text": "é"}, {"text": "b"}]'.encode(encoding)
    assert decode_json_rows(content, DICTIONARY).masked("text").tolist() == ["é", "b"]


def test_a_large_reply_is_read_in_pieces():
    rows = [{"id": 10**17 + number, "x": 1000 + number / 7, "text": f"{{{number}}},", "fid": number % 3}
            for number in range(40_000)]
    content = json.dumps(rows).encode()
    pieces = list(json_rows._pieces(content))
    assert len(pieces) > 4
    decoded = decode_json_rows(content, DICTIONARY)
    assert decoded.masked("id").tolist() == [row["id"] for row in rows]
    assert decoded.masked("x").tolist() == [row["x"] for row in rows]
    assert decoded.masked("text").tolist() == [row["text"] for row in rows]


@pytest.mark.parametrize("collects", [True, False])
@pytest.mark.parametrize("content", [json.dumps([{"id": 1}] * 200_000).encode(), b'[{"id": 1}' + b" " * 2**21])
def test_the_garbage_collector_is_as_before(collects, content):
    (gc.enable if collects else gc.disable)()
    try:
        decode_json_rows(content, DICTIONARY)
    except ValueError:
        pass
    finally:
        found = gc.isenabled()
        gc.enable()
    assert found is collects


def test_the_memory_that_decoding_takes_is_bounded():
    import tracemalloc

    row = {"id": 10**17, "x": 1.25, "f": 2.5, "n": 3, "ok": True, "text": "abc", "fid": 1, "rare": 0.1}
    content = json.dumps([row] * 60_000).encode()
    tracemalloc.start()
    try:
        assert decode_json_rows(content, DICTIONARY).length == 60_000
        assert tracemalloc.get_traced_memory()[1] < 2 * len(content)
    finally:
        tracemalloc.stop()
