# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is written comes back."""

import io
import string

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn, QTable, Table
from astropy.time import Time, TimeDelta
from astropy.utils.exceptions import AstropyUserWarning
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from astroquery_brokers import votable
from astroquery_brokers.exceptions import InvalidArgumentError, ReplyParseError
from astroquery_brokers.tables import BrokerTable

from .samples import TAI, assert_same, column, full_table

SERIALIZATIONS = ["tabledata", "binary2"]
ALL = [*SERIALIZATIONS, "parquet"]


def through(table, serialization=None, **keywords):
    stream = io.BytesIO()
    votable.write(table, stream, serialization=serialization, **keywords)
    stream.seek(0)
    return votable.read(stream)


@pytest.mark.parametrize("serialization", ALL)
@pytest.mark.parametrize("rows", [0, 1, 5])
def test_everything_comes_back(rows, serialization):
    table = full_table(rows)
    assert_same(through(table, serialization), table)


@pytest.mark.parametrize("serialization", SERIALIZATIONS)
def test_a_second_time_too(serialization):
    table = full_table()
    assert_same(through(through(table, serialization), serialization), table)


@pytest.mark.parametrize("version", ["1.4", "1.5"])
def test_file_on_disk(tmp_path, version):
    table = full_table()
    for name in ("x.vot", "x.vot.gz"):
        votable.write(table, tmp_path / name, version=version)
        assert_same(votable.read(tmp_path / name), table)
        assert_same(votable.read(str(tmp_path / name)), table)
    assert (tmp_path / "x.vot.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert f'version="{version}"' in (tmp_path / "x.vot").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.vot", "x.vot.gz"]


NAMES = st.text(string.ascii_letters + string.digits + ":_-.é", min_size=1, max_size=6)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=6)
META = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                    max_leaves=5)
KINDS = {"int16": st.integers(-2**15, 2**15 - 1), "int32": st.integers(-2**31, 2**31 - 1),
         "int64": st.integers(-2**63, 2**63 - 1), "uint8": st.integers(0, 255), "bool": st.booleans(),
         "float32": st.floats(width=32), "float64": st.floats(), "str": TEXT.map(str.strip),
         "object": st.lists(TEXT, max_size=3)}
UNITS = st.sampled_from([None, u.d, u.nJy, u.mag, u.deg, u.arcsec, u.mag / u.d, u.mas / u.yr, u.pix, u.um])
UCDS = st.sampled_from(["phot.mag;em.opt", "meta.id;obs", "meta.id;meta.main", "instr.bandpass", "stat.error"])


@st.composite
def columns(draw, rows):
    kind = draw(st.sampled_from(sorted(KINDS)))
    values = draw(st.lists(KINDS[kind], min_size=rows, max_size=rows))
    mask = draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
    if kind == "str":
        mask = [hidden or not value for hidden, value in zip(mask, values)]
    array = np.empty(rows, dtype=kind) if kind != "str" else np.array(values, dtype=str)
    array[:] = values
    meta = {"ucd": draw(UCDS)} if draw(st.booleans()) else {}
    if kind == "float64" and draw(st.booleans()):
        meta.update(draw(st.sampled_from([{"time": TAI}, {"time": {"scale": "tdb"}}, {"time": {"origin": "jd"}},
                                          {"frame": "ICRS"}, {"frame": "FK5"}, {"principal": True}])))
    return MaskedColumn(array, mask=mask, unit=draw(UNITS) if kind.startswith(("f", "i")) else None,
                        description=draw(st.none() | TEXT.filter(bool)), meta=meta)


@st.composite
def tables(draw):
    rows = draw(st.integers(0, 4))
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    table = BrokerTable()
    for name in names:
        table[name] = draw(columns(rows))
    table.meta.update(draw(st.dictionaries(st.text(max_size=5), META, max_size=3)))
    return table


@pytest.mark.parametrize("serialization", SERIALIZATIONS)
@given(table=tables())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_comes_back(serialization, table):
    assert_same(through(table, serialization), table)


@pytest.mark.parametrize("serialization", SERIALIZATIONS)
def test_astropy_reads_the_same(serialization, tmp_path):
    table = full_table()
    votable.write(table, tmp_path / "x.vot", serialization=serialization)
    found = Table.read(tmp_path / "x.vot", format="votable", use_names_over_ids=True)
    assert found.colnames == table.colnames
    assert found["candid"].tolist() == table["candid"].tolist()
    assert found["isdiffpos"].tolist() == table["isdiffpos"].tolist()
    assert found["band"].tolist() == ["ztfg", "ztfr", "ztfg", "ztfi", ""]
    assert found["note"].tolist() == ["naïve ☃ 𝒳", "<&>\"']]>", "a\r\nb", "None", ""]
    assert found["mjd"].tolist() == table["mjd"].tolist()
    assert found["i:magpsf"].unit == u.mag


def test_reads_what_astropy_writes(tmp_path):
    table = Table({"a": MaskedColumn([1, 2], mask=[True, False], unit="mag", description="D"),
                   "b": ["x", ""], "c": [1.5, np.nan], "d": [True, False]}, meta={"name": "t", "description": "T"})
    table.write(tmp_path / "x.xml", format="votable")
    found = votable.read(tmp_path / "x.xml")
    assert found["a"].tolist() == [None, 2]
    assert found["a"].unit == u.mag and found["a"].description == "D"
    assert found["b"].tolist() == ["x", None]
    assert found["c"].mask.tolist() == [False, False]
    assert found["d"].tolist() == [True, False]
    assert found["d"].dtype == bool
    assert found.meta == {"name": "t", "description": "T"}


# What does not come back: each is documented in `write`.

@pytest.mark.parametrize("serialization", ALL)
def test_nan_is_not_a_missing_number(serialization):
    table = Table({"x": column([1., np.nan, 3.], [0, 0, 1])})
    document = io.BytesIO()
    votable.write(table, document, serialization="tabledata")
    assert document.getvalue().count(b"<TD>NaN</TD>") == 1
    assert document.getvalue().count(b"<TD/>") == 1
    found = through(table, serialization)["x"]
    assert found.mask.tolist() == [False, False, True]
    assert found[0] == 1 and np.isnan(found[1])


@pytest.mark.parametrize("serialization", SERIALIZATIONS)
def test_empty_text_comes_back_masked(serialization):
    assert through(Table({"x": ["", "None", "nan"]}), serialization)["x"].tolist() == [None, "None", "nan"]


def test_blanks_at_the_ends_of_text_need_binary2():
    table = Table({"x": [" a ", "\tb\n"]})
    assert through(table, "tabledata")["x"].tolist() == ["a", "b"]
    assert through(table, "binary2")["x"].tolist() == [" a ", "\tb\n"]


@pytest.mark.parametrize("dtype, wider", [("int8", "int16"), ("uint16", "int32"), ("uint32", "int64"),
                                          ("uint64", "int64"), ("float16", "float32")])
def test_types_that_votable_lacks_are_widened(dtype, wider):
    found = through(Table({"x": np.array([0, 1, 100], dtype=dtype)}))["x"]
    assert found.dtype == np.dtype(wider)
    assert found.tolist() == [0, 1, 100]


def test_nothing_is_hidden_under_a_mask():
    table = Table({"x": column([-999.25], [1]), "n": column([-999], [1]), "s": column(["secret"], [1]),
                   "b": column([True], [1])})
    array = next(votable.to_votable(table).iter_tables()).array
    assert np.isnan(array.data["x"][0])
    assert (array.data["n"][0], array.data["s"][0], array.data["b"][0]) == (0, "", False)


# Columns that are more than numbers

def test_mixins_become_numbers_with_their_system():
    table = QTable()
    table["t"] = Time([58880.5, 58881.25], format="mjd", scale="tdb")
    table["t"].info.description = "When"
    table["pos"] = SkyCoord([10, 20] * u.deg, [-5, 5] * u.deg)
    table["gal"] = SkyCoord([0, 0] * u.deg, [90, 90] * u.deg, frame="galactic")
    table["q"] = [1., 2.] * u.nJy
    found = through(table)
    assert found.colnames == ["t", "pos_ra", "pos_dec", "gal_ra", "gal_dec", "q"]
    assert found["t"].tolist() == [58880.5, 58881.25]
    assert found["t"].unit == u.d and found["t"].description == "When"
    assert found["t"].meta == {"ucd": "time.epoch", "time": {"origin": "mjd", "scale": "tdb"}}
    assert found["pos_ra"].meta == {"ucd": "pos.eq.ra", "frame": "ICRS"}
    assert found["pos_dec"].tolist() == [-5, 5]
    assert found["gal_ra"][0] == pytest.approx(192.8595, abs=1e-4)
    assert found["q"].unit == u.nJy


def test_the_input_is_left_alone():
    table, same = full_table(), full_table()
    votable.to_votable(table)
    for name in same.colnames:
        assert np.ma.getmaskarray(table[name]).tolist() == np.ma.getmaskarray(same[name]).tolist()
        assert table[name].meta == same[name].meta
    assert table.meta == same.meta


# Refusals and warnings

@pytest.mark.parametrize("table, words", [
    (Table({"x": np.zeros((2, 0))}), "shape"),
    (Table({"x": np.array([["a", "b"]])}), "shape"),
    (Table({"x": column([[1, 2], [3, 4]], [[0, 1], [0, 0]])}), "float64"),
    (Table({"x": np.array(["2020-01-01"], dtype="datetime64[D]")}), "Time"),
    (Table({"x": np.array([2**63], dtype="uint64")}), "2\\*\\*63"),
    (Table({"x": np.array([{}, 1], dtype=object)}), "dict"),
    (Table({"x": ["a\x00b"]}), "XML"),
    (Table({"x": ["a\x0bb"]}), "row 0"),
    (Table({" x": [1]}), "Rename"),
    (Table(), "without columns"),
    (Table({"t": TimeDelta([1., 2.], format="jd")}), "TimeDelta"),
])
def test_what_cannot_be_written_is_refused(table, words, tmp_path):
    with pytest.raises(InvalidArgumentError, match=words):
        votable.write(table, tmp_path / "x.vot")
    assert list(tmp_path.iterdir()) == []


def test_arguments():
    table = Table({"x": [1]})
    with pytest.raises(InvalidArgumentError, match="tabledata, binary2, parquet"):
        votable.write(table, io.BytesIO(), serialization="fits")
    with pytest.raises(InvalidArgumentError, match="1.4, 1.5"):
        votable.write(table, io.BytesIO(), version="1.1")


def test_a_file_is_replaced_only_if_asked(tmp_path):
    path = tmp_path / "x.vot"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        votable.write(Table({"x": [1]}), path)
    with pytest.raises(InvalidArgumentError):
        votable.write(Table({"x": np.zeros((1, 0))}), path, overwrite=True)
    assert path.read_text() == "mine"
    votable.write(Table({"x": [1]}), path, overwrite=True)
    assert votable.read(path)["x"].tolist() == [1]


def test_units_outside_vounits_are_kept_with_a_warning():
    table = Table({"x": column([1.], unit="mag(AB)")})
    with pytest.warns(AstropyUserWarning, match="'x': the unit 'mag.AB.' is not a VOUnit"):
        found = through(table)
    assert str(found["x"].unit) == "mag(AB)"


def test_meta_that_json_cannot_hold_is_left_out_with_a_warning():
    table = Table({"x": column([1], secret=object(), number=np.int64(3))},
                  meta={"good": [1, {2: (3,)}], "bad": {"when": Time.now()}})
    with pytest.warns(AstropyUserWarning) as caught:
        found = through(table)
    assert sorted(str(warning.message).split(":")[0] for warning in caught) == [
        "meta['bad'] of the table is not written to the VOTable",
        "meta['secret'] of column 'x' is not written to the VOTable"]
    assert found.meta == {"good": [1, {2: [3]}]}
    assert found["x"].meta == {"number": 3}


def test_frames_without_a_votable_name():
    table = Table({"x": column([1.], frame="CIRS")})
    with pytest.warns(AstropyUserWarning, match="'CIRS'"):
        found = through(table)
    assert found["x"].meta == {"frame": "CIRS"}


# Bad input

@pytest.mark.parametrize("content", [
    b"", b"not xml", b"<html><body>404</body></html>", b"<VOTABLE version='1.4'></VOTABLE>",
    b"<VOTABLE version='1.4'><RESOURCE><TABLE><FIELD name='a' datatype='int'/><DATA><TABLEDATA><TR><TD>x</TD></TR>"
    b"</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>",
    b"<VOTABLE version='1.4'><RESOURCE><TABLE><FIELD name='a' datatype='int'/><DATA><TABLEDATA><TR><TD>1</TD>"])
def test_broken_documents_are_typed_errors(content):
    with pytest.raises(ReplyParseError):
        votable.read(io.BytesIO(content))


def test_the_error_of_a_service_is_told():
    document = (b"<VOTABLE version='1.4'><RESOURCE type='results'><INFO name='QUERY_STATUS' value='ERROR'>no such "
                b"column</INFO></RESOURCE></VOTABLE>")
    with pytest.raises(ReplyParseError, match="ERROR: no such column"):
        votable.read(io.BytesIO(document))


def test_a_name_that_looks_like_an_address_is_a_file():
    with pytest.raises(FileNotFoundError):
        votable.read("http://127.0.0.1:9/x.vot")
