# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Documents and tables that were once read or written wrongly."""

import io
import warnings

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Column, MaskedColumn, QTable, Table
from astropy.time import Time
from astropy.utils.exceptions import AstropyUserWarning

from astroquery_brokers import votable
from astroquery_brokers.exceptions import InvalidArgumentError, VOTableError
from astroquery_brokers.tables import BrokerTable
from astroquery_brokers.votable.guard import Guard
from astroquery_brokers.votable.layout import Cell, ColumnPile

from .hostile import FIELD, binary2, cells, document, field
from .mutations import by_astropy, differences

NULL = '<FIELD name="a" datatype="{}"{}><VALUES null="-99"/></FIELD>'
MANY = 200_000  # rows, more than the first megabyte


def read(content):
    return votable.read(io.BytesIO(content))


def back(table, serialization="tabledata"):
    stream = io.BytesIO()
    votable.write(table, stream, serialization=serialization)
    stream.seek(0)
    return votable.read(stream)


def rows(*texts):
    return "<TABLEDATA>" + "".join(f"<TR><TD>{text}</TD></TR>" for text in texts) + "</TABLEDATA>"


def table(name, data):
    return f'<TABLE name="{name}">{FIELD}<DATA>{data}</DATA></TABLE>'


def test_the_table_of_a_resource_is_before_those_of_its_resources():
    content = (f'<VOTABLE version="1.4"><RESOURCE><RESOURCE>{table("inner", rows(1))}</RESOURCE>'
               f'{table("outer", rows(2))}</RESOURCE></VOTABLE>').encode()
    found = read(content)
    assert by_astropy(content)[1]["a"].tolist() == found["a"].tolist() == [2]
    assert found.meta["name"] == "outer"


def test_resources_side_by_side_are_in_order():
    stream = binary2(b"\0\0\0\0\1").decode().partition("<DATA>")[2].partition("</DATA>")[0]
    content = (f'<VOTABLE version="1.4"><RESOURCE><RESOURCE>{table("first", stream)}</RESOURCE></RESOURCE>'
               f'<RESOURCE>{table("second", rows(2))}</RESOURCE></VOTABLE>').encode()
    assert read(content)["a"].tolist() == [1]


@pytest.mark.parametrize("datatype, kind", [("float", ">f4"), ("double", ">f8")])
def test_null_values_of_floats(datatype, kind):
    def packed(*values):
        return b"".join(b"\0" + np.array(value, kind).tobytes() for value in values)

    fields, arrays = NULL.format(datatype, ""), NULL.format(datatype, ' arraysize="2"')
    for content in (cells("<TD>-99</TD>", "<TD>1</TD>", fields=fields), binary2(packed(-99, 1), fields)):
        assert read(content)["a"].tolist() == [None, 1]
    for content in (cells("<TD>-99 1</TD>", fields=arrays), binary2(packed([-99, 1]), arrays)):
        assert read(content)["a"].tolist() == [[None, 1]]


@pytest.mark.parametrize("datatype", ["int", "double"])
def test_null_values_after_the_first_megabyte(datatype):
    found = read(document(NULL.format(datatype, ""), rows(*range(MANY), -99, 5)))
    assert found["a"].mask.nonzero()[0].tolist() == [MANY]
    assert found["a"][:MANY].tolist() == list(range(MANY)) and found["a"][-1] == 5


@pytest.mark.parametrize("unit", ["dex", "deg_C"])
def test_units_that_look_like_others(unit):
    written = Table({"x": MaskedColumn([1.], unit=unit)})
    stream = io.BytesIO()
    with pytest.warns(AstropyUserWarning, match=f"the unit '{unit}' is not a VOUnit"):
        votable.write(written, stream)
    assert f'unit="{unit}"'.encode() in stream.getvalue()
    stream.seek(0)
    assert votable.read(stream)["x"].unit == written["x"].unit


@pytest.mark.parametrize("blank", ["\u00a0", "\u3000", "\u2028", "\x85"])
def test_cells_of_other_blanks(blank):
    assert read(document(field("unicodeChar", "*"), rows(blank, f"{blank}a") + "\n"))["a"].tolist() == [
        blank, f"{blank}a"]


@pytest.mark.parametrize("datatype, text, value", [("short", "0x1F", 31), ("long", "-1", -1), ("int", " 0x10", 16)])
def test_numbers_after_the_first_megabyte(datatype, text, value):
    found = read(document(field(datatype), rows(*["7"] * MANY, text)))
    assert found["a"][MANY - 1:].tolist() == [7, value]


@pytest.mark.parametrize("datatype, text", [
    ("long", "0xFFFFFFFFFFFFFFFF"), ("short", "0xFFFF"), ("char", "a\x1fb"), ("int", "\x0b1")])
def test_what_is_refused_is_refused_after_the_first_megabyte(datatype, text):
    fields = field(datatype, "*" if datatype == "char" else None)
    for before in (0, MANY):
        with pytest.raises(VOTableError):
            read(document(fields, rows(*["7"] * before, text)))


def test_nan_with_a_number_is_text_after_the_first_megabyte():
    with pytest.warns(AstropyUserWarning, match="text instead of numbers"):
        found = read(document(field("double"), rows(*["7"] * MANY, "nan(1)")))
    assert found["a"].mask.nonzero()[0].tolist() == [MANY]


def test_tags_that_are_too_large():
    for content in (document(head="<INFO " + " ".join(f'a{n}="x"' for n in range(101)) + "/>"),
                    document(head=f"<{'x' * 300}/>")):
        with pytest.raises(VOTableError, match="more than 100 attributes or 200 characters"):
            read(content)


def test_objects_count_as_more_than_their_address():
    lists = np.empty(10, dtype=object)
    pile = ColumnPile(Cell("a", "int", np.dtype("i4"), (None,)))
    assert pile.add(lists, np.zeros(10, dtype=bool)) == 10 * (8 + 1 + 120)
    with pytest.raises(VOTableError, match="max_bytes"):
        votable.read(io.BytesIO(document(field("int", "*"), rows(*["1"] * 1000))), max_bytes=100_000)


@pytest.mark.parametrize("meta", [
    {"tables": ["a", 5]}, {"tables": 5}, {"tables": [{"name": 5}]}, {"tables": [{"name": "x", "description": 5}]},
    {"provenance": [{"urls": 5}]}, {"provenance": [{"urls": [5], "requests": 2}]}, {"provenance": 5},
    {"provenance": [{"verb": 5, "requests": "x"}]}, {"coverage": 5}, {"coverage": ["x"]}])
def test_meta_of_other_programs(meta):
    assert back(Table({"x": [1]}, meta=meta)).meta == meta


@pytest.mark.parametrize("meta", [
    {"time": "tai"}, {"frame": 5}, {"ucd": 5}, {"utype": [1]}, {"xtype": {"a": 1}}, {"time": {"origin": [1]}},
    {"ucd": "instr.bandpass", "band": 5}])
def test_column_meta_of_other_programs(meta):
    assert back(Table({"x": MaskedColumn([1], meta=meta)}))["x"].meta == meta


def test_a_table_without_fields_can_be_compared():
    empty = by_astropy(document("", ""))
    assert empty is not None and list(differences(Table(), *empty)) == []


def test_the_end_of_the_data_across_a_block():
    one = "<TR><TD>7</TD></TR>"
    whole = document(data=f"<TABLEDATA>{one}</TABLEDATA>")
    end = whole.index(b"</TABLEDATA>")
    for offset in range(14):
        missing = 2**18 - end - offset
        padded = whole.replace(one.encode(), b" " * (missing % len(one)) + one.encode() * (missing // len(one) + 1))
        assert padded.index(b"</TABLEDATA>") == 2**18 - offset
        found = read(padded)
        assert len(found) == missing // len(one) + 1 and (found["a"] == 7).all()


@pytest.mark.parametrize("comment", ["<!-- <TABLEDATA> -->", "<!-- <TABLE><FIELD/><DATA><STREAM> -->",
                                     "<!-- </TABLEDATA> ' -->", "<?x <TABLEDATA>?>"])
def test_comments_that_look_like_tags(comment):
    content = document(data=comment + rows(1, 2), head=comment)
    assert read(content)["a"].tolist() == [1, 2]


def test_streams_of_text(tmp_path):
    path = tmp_path / "table.xml"
    path.write_bytes(document())
    with open(path, encoding="utf-8") as opened:
        for stream in (io.StringIO(document().decode()), opened):
            with pytest.raises(InvalidArgumentError, match="mode 'rb'"):
                votable.read(stream)


def test_as_many_columns_are_read_as_are_written():
    columns = [np.arange(2.)] * 10_001
    stream = io.BytesIO()
    votable.write(Table(columns[1:]), stream)
    Guard(2**32).feed(stream.getvalue(), last=True)
    with pytest.raises(InvalidArgumentError, match="10001 columns; a VOTable is written and read with up to 10000"):
        votable.write(Table(columns), stream)


@pytest.mark.parametrize("wide", [Table({"x": np.zeros((1, 2**24 + 1), dtype="u1")}), Table({"x" * 9000: [1]}),
                                  Table({"x": [1]}, meta={"a": "b" * 2**25})], ids=["cell", "name", "meta"])
def test_what_would_not_be_read_is_not_written(tmp_path, wide):
    with pytest.raises(InvalidArgumentError, match="could be read again"):
        votable.write(wide, tmp_path / "x.vot")
    assert list(tmp_path.iterdir()) == []


def test_cells_without_text_take_no_memory_for_their_elements():
    found = read(document(field("double", 2**16), "<TABLEDATA>" + "<TR><TD/></TR>" * 100 + "</TABLEDATA>"))["a"]
    assert found.shape == (100, 2**16) and found.mask.all() and np.isnan(found.data.data).all()


@pytest.mark.parametrize("content, element", [
    (document(data=f"{field('char', '*', 'b')}{rows(1)}"), "FIELD"),
    (document(data=f"{rows(1)}</DATA><DATA>{rows(2)}"), "DATA"),
    (document(data=f"{rows(1)}{rows(2)}"), "TABLEDATA"),
    (document(data=f"<INFO name='a' value='b'/>{rows(1)}"), "TABLEDATA"),
    (document(data=f"<VALUES null='-99'/>{rows(1)}"), "VALUES"),
    (document(fields=f"<GROUP>{FIELD}</GROUP>", data=rows(1)), "FIELD"),
    (document(fields=f"{FIELD}<TABLE>", data=f"{rows(1)}</DATA></TABLE><DATA>{rows(2)}"), "TABLE")])
def test_elements_where_they_do_not_belong(content, element):
    assert by_astropy(content) is not None  # with a part of the rows or none
    with pytest.raises(VOTableError, match=f"an element {element} where a VOTable has none"):
        read(content)


def test_rows_in_a_name():
    assert read(document(table=""" name="a nrows='7' b" nrows='1'""")).meta["name"] == "a nrows='7' b"


@pytest.mark.parametrize("source", [document(), None, 5])
def test_what_is_neither_a_path_nor_a_stream(source):
    with pytest.raises(InvalidArgumentError, match="io.BytesIO"):
        votable.read(source)


def test_what_is_no_table():
    with pytest.raises(InvalidArgumentError, match="not list"):
        votable.write([1, 2], io.BytesIO())


def test_names_say_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    votable.write(Table({"x": [1]}), tmp_path / "x.parquet")
    assert (tmp_path / "x.parquet").read_bytes().startswith(b"PAR1")


def test_the_version_may_be_a_number():
    stream = io.BytesIO()
    votable.write(Table({"x": [1]}), stream, version=1.5)
    assert b'version="1.5"' in stream.getvalue()


@pytest.mark.parametrize("more", [{"distance": [1] * u.pc}, {"pm_ra_cosdec": [1] * u.mas / u.yr,
                                                             "pm_dec": [1] * u.mas / u.yr}])
def test_distances_and_motions_are_not_lost_silently(more):
    with pytest.warns(AstropyUserWarning, match="'c': only the directions"):
        back(QTable({"c": SkyCoord([1] * u.deg, [2] * u.deg, **more)}))


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file or directory: '.*x.vot'$"):
        votable.write(Table({"x": [1]}), tmp_path / "no" / "x.vot")


@pytest.mark.parametrize("unit", ["1e-17 erg / (s cm2 AA)", "%", "1 / AA"])
def test_usual_units_are_written_and_read_without_a_word(unit):
    with warnings.catch_warnings(action="error"):
        found = back(Table({"x": Column([1.], unit=unit)}))
    assert found["x"].unit == u.Unit(unit)


def test_a_unit_that_is_kept_beside_is_harmless_too():
    stream = io.BytesIO()
    with pytest.warns(AstropyUserWarning, match="not a VOUnit"):
        votable.write(Table({"x": Column([1.], unit="dex")}), stream)
    content = stream.getvalue()
    assert content.count(b"votable:unit&quot;: &quot;dex&quot;") == 1
    endless = content.replace(b"votable:unit&quot;: &quot;dex&quot;", b"votable:unit&quot;: &quot;10**99999999 m&quot;")
    assert str(read(endless)["x"].unit) == "dex"


def test_large_cells_take_no_memory_for_rows_that_are_not_there():
    found = votable.read(io.BytesIO(document(field("double", 2**23), rows(""))))
    assert found["a"].shape == (1, 2**23)
    assert back(Table({"a": np.ones((1, 2**23))}), "binary2")["a"].sum() == 2**23


def objects(*cells):
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return Table({"a": column})


@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
@pytest.mark.parametrize("cells, dtype", [
    ([np.ma.array([1, 2]), np.ma.array([3])], "int64"), ([np.array([1, 2], "u2"), np.array([3], "u2")], "int32"),
    ([np.array([1], "i4"), np.array([3], "i8")], "int64"), ([np.array([1, 2], "f2"), np.array([3], "f4")], "float32"),
    ([np.ma.array([1., 2.]), None], "float64"), ([np.array([True]), np.ma.array([False, True])], "bool")])
def test_arrays_of_different_lengths_stay_arrays(cells, dtype, serialization):
    found = back(objects(*cells), serialization)["a"]
    assert found.mask.tolist() == [cell is None for cell in cells]
    assert [(cell.dtype.name, cell.tolist()) for cell in found.compressed()] == [
        (dtype, cell.tolist()) for cell in cells if cell is not None]


def test_what_astropy_reads_as_arrays_is_written_as_arrays():
    stream = io.BytesIO()
    votable.write(objects(np.array([1, 2]), np.array([3])), stream)
    again = back(Table.read(io.BytesIO(stream.getvalue()), format="votable"))
    assert [cell.tolist() for cell in again["a"]] == [[1, 2], [3]]


def test_missing_elements_of_arrays_of_different_lengths():
    floats = back(objects(np.ma.array([1., 2.], mask=[True, False]), np.array([3.])))["a"]
    assert np.array_equal(floats[0], [np.nan, 2], equal_nan=True)
    with pytest.raises(InvalidArgumentError, match="Column 'a', row 1: it has arrays with some elements masked"):
        back(objects(np.array([3]), np.ma.array([1, 2], mask=[True, False])))
    with pytest.raises(InvalidArgumentError, match="Column 'a', row 0: it has numbers above 2"):
        back(objects(np.array([2**63], "u8"), np.array([1, 2], "i8")))


def test_the_scale_is_that_of_the_time():
    times = Time([58000., 58001.], format="mjd", scale="tai")
    table = Table({"t": times})
    table["t"].info.meta = {"time": {"scale": "utc", "origin": "jd", "refposition": "GEOCENTER"}, "ucd": "time.start"}
    assert back(table)["t"].meta == {
        "ucd": "time.start", "time": {"scale": "tai", "origin": "mjd", "refposition": "GEOCENTER"}}


@pytest.mark.parametrize("values", [np.array([b"a", b"\xff\xe9"]), np.array([b"a", b"\xff\xe9"], dtype=object)])
def test_bytes_that_are_no_text_are_refused(values):
    with pytest.raises(InvalidArgumentError, match=r"Column 'a', row 1: b'\\xff\\xe9' is not UTF-8"):
        back(Table({"a": values}))
    masked = back(Table({"a": MaskedColumn(values, mask=[False, True])}))["a"]
    assert masked.tolist() == ["a", None]


@pytest.mark.parametrize("kind", ["BINARY", "BINARY2"])
def test_binary_data_in_latin_1(kind):
    content = binary2(b"\0\0\0\1" if kind == "BINARY" else b"\0\0\0\0\1", head="<DESCRIPTION>é</DESCRIPTION>")
    content = content.decode().replace("BINARY2", kind).replace('"1.0"', '"1.0" encoding="ISO-8859-1"')
    assert read(content.encode("latin-1"))["a"].tolist() == [1]


@pytest.mark.parametrize("meta", [{"votable:unit": "m"}, {"votable:cells": "json"}, {"ucd": "bad\x01"}])
def test_meta_that_cannot_be_written_is_named(meta):
    table = Table({"a": [1]})
    table["a"].meta.update(meta)
    with pytest.raises(InvalidArgumentError, match=f"Column 'a': meta\\['{next(iter(meta))}'\\]"):
        back(table)


def test_the_limit_can_be_given_to_the_table_too(tmp_path):
    votable.write(Table({"a": [1]}), tmp_path / "x.vot")
    with pytest.raises(VOTableError, match="limit that max_bytes sets"):
        BrokerTable.read(tmp_path / "x.vot", max_bytes=100)


def test_what_comes_back_in_another_form():
    table = QTable({"bytes": np.array([b"ab"]), "one": [1.] * u.dimensionless_unscaled,
                    "axes": objects(np.eye(2, dtype=int))["a"]}, meta={"pair": (1, 2)})
    found = back(table)
    assert found["bytes"].tolist() == ["ab"] and found["one"].unit is None
    assert found["axes"][0] == [[1, 0], [0, 1]] and found.meta["pair"] == [1, 2]


@pytest.mark.parametrize("reference", ["&#65;", "&#00000000000065;", "&#x000000000041;"])
def test_references_with_leading_zeros(reference):
    content = cells(f"<TD>{reference}</TD>", fields=field("char", "*"))
    assert read(content)["a"].tolist() == by_astropy(content)[1]["a"].tolist() == ["A"]


def test_a_number_that_is_too_large_but_masked():
    found = back(Table({"a": MaskedColumn(np.array([1, 2**63], dtype="u8"), mask=[False, True])}))["a"]
    assert found.dtype == np.int64 and found.tolist() == [1, None]


def test_times_of_no_scale():
    assert back(Table({"t": Time([58000.], format="mjd", scale="local")}))["t"].meta["time"] == {"origin": "mjd"}


def test_positions_beside_columns_with_their_names():
    found = back(Table({"p": SkyCoord([1], [2], unit="deg"), "p_ra": [7.], "p_ra_": [8.]}))
    assert found.colnames == ["p_ra__", "p_dec", "p_ra", "p_ra_"]
    assert found["p_ra__"].tolist() == pytest.approx([1]) and found["p_ra"].tolist() == [7]


def test_three_fields_of_one_name():
    content = document(FIELD * 3, "<TABLEDATA><TR><TD>1</TD><TD>2</TD><TD>3</TD></TR></TABLEDATA>")
    assert read(content).colnames == ["a", "a_2", "a_3"]


def test_times_at_two_places():
    table = Table({"a": [1.], "b": [2.]})
    places = {"a": "GEOCENTER", "b": "BARYCENTER"}
    for name, place in places.items():
        table[name].meta["time"] = {"scale": "tdb", "origin": "mjd", "refposition": place}
    assert {name: back(table)[name].meta["time"]["refposition"] for name in "ab"} == places


def test_not_a_number_among_integers_is_missing():
    assert read(cells("<TD>NaN</TD>", "<TD>1</TD>"))["a"].tolist() == [None, 1]


def test_characters_that_xml_lacks_may_be_in_lists():
    assert back(objects(["\x07", "é"], ["a"]))["a"].tolist() == [["\x07", "é"], ["a"]]


@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
def test_byte_by_byte(serialization):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(min(size, 1) if size >= 0 else size)

    stream = io.BytesIO()
    votable.write(Table({"a": [1, 2], "t": ["x", "y&z"]}), stream, serialization=serialization)
    assert votable.read(Slow(stream.getvalue()))["t"].tolist() == ["x", "y&z"]


def test_a_row_that_says_it_is_too_large():
    content = binary2(b"\0\0\0\x0f\xff" + bytes(30), field("char", "*"))
    with pytest.raises(VOTableError, match="Row 0 says that it has 4100 bytes, more than the limit of 4000"):
        votable.read(io.BytesIO(content), max_bytes=4000)
