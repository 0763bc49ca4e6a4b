# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where reading differs from astropy's, as the table in docs/vo.rst says: each line of it is a test."""

import io
import struct
import warnings

import numpy as np
import pytest
from astropy.io.votable import parse
from astropy.table import MaskedColumn, Table

from astroquery_brokers import votable
from astroquery_brokers.exceptions import InvalidArgumentError, VOTableError

from .hostile import FIELD, ROWS, binary2, cells, document, field
from .mutations import by_astropy


def both(content):
    """The only column as this package and as astropy read it."""
    fields, array = by_astropy(content)
    return votable.read(io.BytesIO(content)).columns[0], array[fields[0].ID]


@pytest.mark.parametrize("content", [
    cells("<TD>NaN</TD>", "<TD/>", fields=field("double")),
    binary2(b"\0\x7f\xf8" + bytes(6) + b"\x80\x7f\xf8" + bytes(6), field("double"))])
def test_nan_is_a_value_and_not_a_null(content):
    ours, theirs = both(content)
    assert ours.mask.tolist() == [False, True]
    assert theirs.mask.tolist() == [True, True]


def test_nan_in_a_complex_number_is_a_value_too():
    ours, theirs = both(cells("<TD>NaN 1</TD>", fields=field("doubleComplex")))
    assert ours.mask.tolist() == [False] and np.isnan(ours[0].real) and ours[0].imag == 1
    assert theirs.mask.tolist() == [True]


def test_floats_in_arrays_of_any_length_have_the_size_of_floats():
    ours, theirs = both(cells("<TD>1.0000000596046448 1e300</TD>", fields=field("float", "*")))
    assert ours[0].dtype == np.float32 and ours[0].tolist() == [1.0, np.inf]
    assert theirs[0].tolist() == [1.0000000596046448, 1e300]


def test_flagged_text_is_missing():
    ours, theirs = both(binary2(b"\x80" + struct.pack(">I", 3) + b"abc", field("char", "*")))
    assert ours.tolist() == [None]
    assert theirs.tolist() == ["abc"]


def test_empty_text_is_missing():
    ours, theirs = both(cells("<TD/>", "<TD>a</TD>", fields=field("char", "*")))
    assert ours.tolist() == [None, "a"]
    assert theirs.tolist() == ["", "a"]


def test_text_longer_than_its_field_is_kept():
    ours, theirs = both(cells("<TD>abcdef</TD>", fields=field("char", "3")))
    assert ours.tolist() == ["abcdef"]
    assert theirs.tolist() == ["abc"]


def test_numbers_out_of_range_are_refused():
    content = cells("<TD>40000</TD>", fields=field("short"))
    assert by_astropy(content)[1]["a"].tolist() == [32767]
    with pytest.raises(VOTableError, match="Column 'a', row 0: '40000' is no integer from -32768 to 32767"):
        votable.read(io.BytesIO(content))


def test_an_empty_integer_is_missing_in_old_versions_too():
    ours, theirs = both(cells("<TD></TD>").replace(b"1.4", b"1.2"))
    assert ours.tolist() == [None]
    assert theirs.tolist() == [0]


def test_bits_are_where_the_standard_has_them():
    ours, theirs = both(binary2(b"\0\x80", field("bit")))
    assert ours.tolist() == [True]
    assert theirs.tolist() == [False]


def test_nul_at_the_end_of_text_is_cut():
    ours, theirs = both(binary2(b"\0" + struct.pack(">I", 3) + b"ab\0", field("char", "*")))
    assert ours.tolist() == ["ab"]
    assert theirs.tolist() == ["ab\0"]


def test_bits_that_astropy_writes_are_read():
    stream = io.BytesIO()
    Table({"b": [True, False]}).write(stream, format="votable", tabledata_format="binary2")
    stream.seek(0)
    assert votable.read(stream)["b"].tolist() == [True, False]


def test_bytes_of_utf8_in_char():
    content = binary2(b"\0" + struct.pack(">I", 2) + "é".encode(), field("char", "*"))
    assert by_astropy(content) is None
    assert votable.read(io.BytesIO(content))["a"].tolist() == ["é"]


@pytest.mark.parametrize("content, rows", [
    (binary2(b"\0\0\0\0\1\0\0"), 1),  # cut
    (binary2(b"\0\0\0\0\1", table=' nrows="3"'), 1),  # fewer rows than said
    (binary2("AAAA!AAE="), 1),  # what is no base64 is passed over
    (cells("<TD>1 2</TD>", fields=field("int", 3)), 1),  # filled up
    (cells("<TD>1 2 3 4</TD>", fields=field("int", 3)), 1),  # cut
    (document(before="<!DOCTYPE VOTABLE>"), 1)])
def test_astropy_reads_what_is_refused(content, rows):
    assert len(by_astropy(content)[1]) == rows
    with pytest.raises(VOTableError):
        votable.read(io.BytesIO(content))


@pytest.mark.parametrize("datatype, size, data, rows", [
    ("float", "2x*", struct.pack(">I4f", 2, 1, 2, 3, 4), 1), ("bit", "*", struct.pack(">IB", 2, 0xc0), 0)])
def test_binary_arrays_of_arrays_and_bits(datatype, size, data, rows):
    content = binary2(b"\0" + data, field(datatype, size))
    assert len(by_astropy(content)[1]) == rows
    with pytest.raises(VOTableError, match="of a kind that is not read"):
        votable.read(io.BytesIO(content))


def test_astropy_drops_what_is_cut_without_a_word():
    content = binary2(b"\0" + struct.pack(">I3f", 2, 1, 2, 3), field("float", "2x*"))
    assert len(by_astropy(content)[1]) == 0
    with pytest.raises(VOTableError):
        votable.read(io.BytesIO(content))


def test_binary_in_utf_16():
    content = binary2(b"\0\0\0\0\1").decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")
    assert by_astropy(content)[1]["a"].tolist() == [1]
    with pytest.raises(VOTableError, match="of a kind that is not read"):
        votable.read(io.BytesIO(content))


def test_floats_of_great_width():
    field = '<FIELD name="a" datatype="{}" width="100000" precision="F2"><VALUES null="1"/></FIELD>'
    assert by_astropy(document(field.format("double")))[0][0].width == 100000
    with pytest.raises(VOTableError, match="shows its numbers with a width or precision of more than 5 characters"):
        votable.read(io.BytesIO(document(field.format("double"))))
    content = document(field.format("int"))
    assert votable.read(io.BytesIO(content))["a"].meta["width"] == 100000
    table = Table({"a": MaskedColumn([1.], meta={"width": 100000})})
    stream = io.BytesIO()
    votable.write(table, stream)
    assert votable.read(io.BytesIO(stream.getvalue()))["a"].meta == {"width": 100000}


def test_units_with_large_exponents():
    content = document('<FIELD name="a" datatype="int" unit="m-10000"/>')
    assert str(by_astropy(content)[0][0].unit)
    with pytest.raises(VOTableError, match="exponents of four digits"):
        votable.read(io.BytesIO(content))


def test_astropy_follows_addresses(tmp_path):
    (tmp_path / "data").write_bytes(b"\0\0\0\0\7")
    content = binary2("", attributes=f'href="file://{tmp_path}/data"')
    assert by_astropy(content)[1]["a"].tolist() == [7]
    with pytest.raises(VOTableError, match="another file"):
        votable.read(io.BytesIO(content))


def test_text_instead_of_a_float_is_missing_and_reported():
    content = cells("<TD>1.5</TD>", "<TD>none</TD>", "<TD>null</TD>", fields=field("double"))
    assert by_astropy(content)[1]["a"].tolist() == [1.5, None, None]
    with pytest.warns(UserWarning, match="'none' in row 1"):
        assert votable.read(io.BytesIO(content))["a"].tolist() == [1.5, None, None]


def test_names_are_names():
    content = cells("<TD>1</TD>", fields='<FIELD ID="b" name="i:mag" datatype="int"/>')
    assert votable.read(io.BytesIO(content)).colnames == ["i:mag"]
    with warnings.catch_warnings(action="ignore"):
        assert parse(io.BytesIO(content)).get_first_table().to_table().colnames == ["b"]


# What is left to astropy

@pytest.mark.parametrize("rows, values", [
    ("<TR><TD><![CDATA[1]]></TD></TR>", [1]), ("<TR><!-- x --><TD>1</TD></TR>", [1]),
    ("<TR ID='r'><TD>1</TD></TR><TR><TD>2</TD></TR>", [1, 2]), ("<?pi x?><TR><TD>1</TD></TR>", [1]),
    ("<TR><TD encoding='base64'>AAAAAQ==</TD></TR>", [1])])
def test_unusual_rows(rows, values):
    assert votable.read(io.BytesIO(document(data=f"<TABLEDATA>{rows}</TABLEDATA>")))["a"].tolist() == values


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings(encoding):
    content = cells("<TD>é</TD>", fields=field("unicodeChar", "*")).decode()
    content = content.replace('"1.0"', f'"1.0" encoding="{encoding}"').encode(encoding)
    assert votable.read(io.BytesIO(content))["a"].tolist() == ["é"]


def test_several_tables():
    second = (f"<RESOURCE><TABLE>{field('char', '*')}<DATA><TABLEDATA><TR><TD>x</TD></TR></TABLEDATA></DATA></TABLE>"
              "</RESOURCE>")
    content = document(data="<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>", after=second)
    assert votable.read(io.BytesIO(content))["a"].tolist() == [1]


def test_a_table_after_those_of_an_inner_resource():
    inner = "<RESOURCE>" + document(FIELD, ROWS).decode().partition("<RESOURCE>")[2].partition("</VOTABLE>")[0]
    outer = document(field("char", "*"), "<TABLEDATA><TR><TD>x</TD></TR></TABLEDATA>").decode()
    content = outer.replace("<RESOURCE>", f"<RESOURCE>{inner}").encode()
    assert by_astropy(content)[1]["a"].tolist() == ["x"]
    assert votable.read(io.BytesIO(content))["a"].tolist() == ["x"]


def test_prefixes_blanks_and_references():
    content = """
        <v:VOTABLE xmlns:v="http://www.ivoa.net/xml/VOTable/v1.3" version="1.4"><v:RESOURCE><v:TABLE>
        <v:FIELD name="a" datatype="unicodeChar" arraysize="*"/><v:DATA><!-- <TABLEDATA> ' --> <v:TABLEDATA >
        <v:TR><v:TD> a&lt;&#98;&#x2603; </v:TD></v:TR></v:TABLEDATA></v:DATA></v:TABLE></v:RESOURCE></v:VOTABLE>"""
    assert votable.read(io.BytesIO(content.strip().encode()))["a"].tolist() == ["a<b\u2603"]
    spaced = cells("\n<TD>\n a&lt;&#98;&#x2603; </TD>\n", "<TD>&amp;amp;</TD>", fields=field("char", "*"))
    assert votable.read(io.BytesIO(spaced))["a"].tolist() == ["a<b\u2603", "&amp;"]


def test_nulls_by_value():
    fields = '<FIELD name="a" datatype="int"><VALUES null="-99"/></FIELD>'
    for content in (cells("<TD>-99</TD>", "<TD>1</TD>", fields=fields),
                    binary2(struct.pack(">bibi", 0, -99, 0, 1), fields),
                    document(fields, "<BINARY><STREAM encoding='base64'>////nQAAAAE=</STREAM></BINARY>")):
        assert votable.read(io.BytesIO(content))["a"].tolist() == [None, 1]


# What the format cannot carry, beside what test_roundtrip.py has

def test_elements_missing_in_an_array_become_nan():
    column = MaskedColumn([[1., 2.], [3., 4.]], mask=[[False, True], [True, True]])
    for serialization in ("tabledata", "binary2"):
        stream = io.BytesIO()
        votable.write(Table({"x": column}), stream, serialization=serialization)
        stream.seek(0)
        found = votable.read(stream)["x"]
        assert found.mask.tolist() == [[False, False], [True, True]]
        assert found[0, 0] == 1 and np.isnan(found[0, 1])


def test_an_array_without_elements_is_missing():
    cells = np.empty(2, dtype=object)
    cells[:] = [np.array([1, 2]), np.array([], dtype=int)]
    for serialization in ("tabledata", "binary2"):
        stream = io.BytesIO()
        votable.write(Table({"x": cells}), stream, serialization=serialization)
        stream.seek(0)
        assert votable.read(stream)["x"].mask.tolist() == [False, True]


def test_parquet_has_no_complex_numbers():
    pytest.importorskip("pyarrow")
    with pytest.raises(InvalidArgumentError, match="two columns"):
        votable.write(Table({"x": [1j]}), io.BytesIO(), serialization="parquet")


def test_parquet_tells_nan_and_empty_text_from_nothing():
    pytest.importorskip("pyarrow")
    stream = io.BytesIO()
    votable.write(Table({"x": [np.nan], "s": [""]}), stream, serialization="parquet")
    stream.seek(0)
    found = votable.read(stream)
    assert not found["x"].mask.any() and not found["s"].mask.any()
