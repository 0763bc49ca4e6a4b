# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What documents of other services say beside their data comes back, and is written again."""

import io
import json

import pytest
from astropy import units as u
from astropy.coordinates import FK4, FK5, ICRS, SkyCoord
from astropy.io.votable import parse
from astropy.table import MaskedColumn, QTable, Table
from astropy.utils.exceptions import AstropyUserWarning
from astroquery.exceptions import MaxResultsWarning

from astroquery_brokers import votable
from astroquery_brokers.exceptions import PartialResultWarning
from astroquery_brokers.tables import BrokerTable
from astroquery_brokers.votable.reader import read_quietly

from .hostile import FIELD, ROWS, document
from .samples import assert_same, full_table
from .test_compliance import is_valid, needs_stilts, needs_xmllint, stilts


def written(table, **keywords):
    stream = io.BytesIO()
    votable.write(table, stream, **keywords)
    return stream.getvalue()


def again(content, **keywords):
    """The table in a document, after it was checked that it comes back from another one."""
    table = read_quietly(io.BytesIO(content))
    new = written(table, **keywords)
    assert_same(read_quietly(io.BytesIO(new)), table)
    return table, new


def status_of(content):
    return [(info.value, info.content) for resource in parse(io.BytesIO(content)).resources
            for info in resource.infos if info.name == "QUERY_STATUS"]


# What became of the query

OVERFLOW = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'
ERROR = '<INFO name="QUERY_STATUS" value="ERROR"> time\nis up </INFO>'


def resource(before="", after="", table="<TABLE>", end=""):
    table = f"{table}{FIELD}<DATA>{ROWS}</DATA>{end}</TABLE>"
    return f'<VOTABLE version="1.4"><RESOURCE type="results">{before}{table}{after}</RESOURCE></VOTABLE>'.encode()


@pytest.mark.parametrize("content", [
    resource(after=OVERFLOW), resource('<INFO name="QUERY_STATUS" value="OK"/>', OVERFLOW), resource(end=OVERFLOW),
    document(head=OVERFLOW), document(after=OVERFLOW)])
def test_a_result_that_was_cut_stays_one(content):
    with pytest.warns(MaxResultsWarning, match="the stream has only a part of the rows"):
        table = votable.read(io.BytesIO(content))
    new = written(table)
    assert status_of(new) == [("OVERFLOW", None)]
    with pytest.warns(MaxResultsWarning):
        assert_same(votable.read(io.BytesIO(new)), table)


def test_an_error_stays_one_with_its_message():
    with pytest.warns(PartialResultWarning, match=r"\(ERROR\): time is up. Its rows may be incomplete or wrong"):
        table = votable.read(io.BytesIO(resource(OVERFLOW, ERROR)))
    assert table["a"].tolist() == [1]
    assert status_of(written(table)) == [("ERROR", "time is up")]
    with pytest.warns(PartialResultWarning, match="no reason is given"):
        votable.read(io.BytesIO(resource(after=ERROR.replace(" time\nis up ", ""))))


def test_the_table_of_a_broker_that_was_cut_is_warned_of_too(tmp_path):
    full_table(truncated=True).write(tmp_path / "x.vot")
    with pytest.warns(MaxResultsWarning, match="x.vot has only a part"):
        votable.read(tmp_path / "x.vot")


def test_the_state_of_another_query_is_not_that_of_the_table():
    content = resource().replace(b"</VOTABLE>", f"<RESOURCE>{ERROR}</RESOURCE></VOTABLE>".encode())
    assert status_of(written(votable.read(io.BytesIO(content)))) == [("OK", None)]


@pytest.mark.parametrize("infos", [5, ["x"], [{}], [{"name": "QUERY_STATUS", "value": ["ERROR"], "text": 5}],
                                   [{"name": 5, "value": 5}], [{"name": "a", "value": None, "ucd": [1]}]])
def test_infos_of_other_programs(infos):
    table = Table({"a": MaskedColumn([1])}, meta={"infos": infos})
    assert votable.read(io.BytesIO(written(table))).meta == {"infos": infos}


def test_infos_are_written_again():
    infos = ('<INFO name="publisher" value="CDS"/><INFO name="note" value="5" ucd="meta.note">A  remark\n</INFO>'
             '<INFO ID="x" name="two words" value=""/>')
    table, new = again(resource(infos))
    assert table.meta["infos"] == [{"name": "publisher", "value": "CDS"}, {"name": "note", "value": "5",
                                   "ucd": "meta.note", "text": "A  remark"}, {"name": "two words", "value": ""}]
    tree = parse(io.BytesIO(new))
    assert [(info.name, info.value) for info in tree.infos] == [("publisher", "CDS")]
    assert [(info.name, info.value, info.ucd, info.content) for info in tree.resources[0].infos][:3] == [
        ("QUERY_STATUS", "OK", None, None), ("note", "5", "meta.note", "A remark"), ("two words", "", None, None)]


# Systems

def systems(content, kind="coordinate_systems"):
    return {system.ID: system for resource in parse(io.BytesIO(content)).resources
            for system in getattr(resource, kind)}


def positions(*systems, version="1.4"):
    fields = "".join(f'<FIELD name="{name}{number}" datatype="double" unit="deg" ucd="pos.eq.{name}" ref="c{number}"/>'
                     for number in range(len(systems)) for name in ("ra", "dec"))
    elements = "".join(f'<COOSYS ID="c{number}" {system}/>' for number, system in enumerate(systems))
    return document(fields, "<TABLEDATA/>", head=elements).replace(b"1.4", version.encode())


@pytest.mark.parametrize("system, meta, new", [
    ('system="ICRS" epoch="J2016.0" refposition="BARYCENTER"',
     {"frame": "ICRS", "coosys": {"epoch": "J2016.0", "refposition": "BARYCENTER"}}, ("ICRS", "J2016.0", None)),
    ('system="eq_FK4" equinox="B1950" epoch="1991.25"',
     {"frame": "FK4", "coosys": {"epoch": "1991.25", "equinox": "B1950"}}, ("eq_FK4", "1991.25", "B1950")),
    ('system="eq_FK5" equinox="J2000"', {"frame": "FK5", "coosys": {"equinox": "J2000"}}, ("eq_FK5", None, "J2000")),
    *((f'system="{name}" equinox="J2000"', {"frame": name, "coosys": {"equinox": "J2000"}}, (name, None, "J2000"))
      for name in ("ecl_FK5", "ecl_FK4", "supergalactic", "barycentric", "geo_app", "xy", "ECLIPTIC", "AZ_EL",
                   "SUPER_GALACTIC", "BODY")),
    ('system="galactic"', {"frame": "GALACTIC"}, ("galactic", None, None))])
def test_systems_of_positions(system, meta, new):
    table, content = again(positions(system))
    assert {key: table["ra0"].meta[key] for key in ("frame", "coosys") if key in table["ra0"].meta} == meta
    found, = systems(content).values()
    assert (found.system, found.epoch, found.equinox) == new
    assert found.refposition is None  # which VOTable 1.4 does not have
    _, content = again(positions(system), version="1.5")
    assert [one.refposition for one in systems(content).values()] == [meta.get("coosys", {}).get("refposition")]


def test_systems_that_differ_in_the_epoch_stay_apart():
    table, content = again(positions('system="ICRS" epoch="J2016.0"', 'system="ICRS" epoch="J2000.0"', 'system="ICRS"'))
    assert [system.epoch for system in systems(content).values()] == ["J2016.0", "J2000.0", None]
    assert table["dec1"].meta["coosys"] == {"epoch": "J2000.0"} and "coosys" not in table["dec2"].meta


@pytest.mark.parametrize("system, frame", [
    ('system="eq_FK5" equinox="J1975.0"', FK5(equinox="J1975")),
    ('system="eq_FK5" equinox="1975"', FK5(equinox="J1975")),
    ('system="eq_FK4" equinox="B1900"', FK4(equinox="B1900")),
    ('system="eq_FK4" equinox="1900.0"', FK4(equinox="B1900")),
    ('system="eq_FK4"', FK4()), ('system="ICRS" equinox="J2000"', ICRS())])
def test_positions_have_the_equinox_of_their_system(system, frame):
    table = votable.read(io.BytesIO(written(votable.read(io.BytesIO(positions(system))))))
    table.add_row([10., 20.])
    assert table.coords.frame.is_equivalent_frame(frame)
    assert table.coords[0].icrs.ra.deg == SkyCoord(10, 20, unit="deg", frame=frame).icrs.ra.deg


@pytest.mark.parametrize("meta", [
    {"time": {"scale": "tai", "origin": "mjd"}, "frame": "ICRS", "coosys": {"epoch": "J2016"}},
    {"time": {"scale": "TAI", "refposition": "Geocenter", "origin": 2455197}}, {"time": {"scale": None}}, {"time": {}},
    {"time": {"scale": "local time", "refposition": 5, "origin": "2455197.5"}}, {"time": {"origin": "MJD-origin"}},
    {"frame": "icrs"}, {"frame": "eq_FK5"}, {"frame": "ecliptic"}, {"coosys": {"epoch": "J2000"}}, {"coosys": 5},
    {"frame": "ICRS", "coosys": {}}, {"frame": "ICRS", "coosys": {"epoch": 2016.0, "equinox": "soon", "note": [1]}},
    {"frame": "ICRS", "coosys": {"epoch": "J2016", 1: 2}}, {"frame": "FK5", "coosys": {"refposition": "x y"}}])
@pytest.mark.parametrize("version", ["1.4", "1.5"])
def test_systems_of_columns_come_back_as_they_were(meta, version):
    table = Table({"a": MaskedColumn([1.], meta=meta)})
    assert votable.read(io.BytesIO(written(table, version=version)))["a"].meta == meta


def test_other_words_for_frames_are_understood():
    for word, system in (("eq_FK5", "eq_FK5"), ("icrs", "ICRS"), ("Ecliptic", "ECLIPTIC")):
        content = written(Table({"a": MaskedColumn([1.], meta={"frame": word})}))
        assert [found.system for found in systems(content).values()] == [system]


@pytest.mark.parametrize("origin", ["1858-11-17", 10**400, float("inf")])
def test_a_time_origin_that_is_none_is_named(origin):
    table = Table({"a": MaskedColumn([1.], meta={"time": {"scale": "tai", "origin": origin}})})
    with pytest.warns(AstropyUserWarning, match="column 'a': the time origin .* has mjd, jd and numbers"):
        content = written(table)
    assert votable.read(io.BytesIO(content))["a"].meta == table["a"].meta
    assert [system.timeorigin for system in systems(content, "time_systems").values()] == [None]


# What is said of columns

RICH = """<VOTABLE version="1.4"><DESCRIPTION>All that a service says
  of itself</DESCRIPTION><PARAM name="release" datatype="char" arraysize="*" value="DR3 &amp; &lt;more>"/>
<RESOURCE name="cat" utype="x:res" type="results"><DESCRIPTION>A well-known, much-used cat-a-logue</DESCRIPTION>
<PARAM name="centre" datatype="double" arraysize="2" unit="deg" ucd="pos.eq" utype="x:c" value="1.25 -1e-30"/>
<TABLE name="t" ucd="meta.id" utype="x:tab"><DESCRIPTION>Rows</DESCRIPTION>
<FIELD name="mag" datatype="float" width="6" precision="3" unit="mag" ucd="phot.mag"><VALUES null="-9">
<MIN value="-1.5"/><MAX value="25" inclusive="no"/></VALUES><LINK href="https://example.org/mag?a=1&amp;b=2"
content-role="doc" content-type="text/html" title="On magnitudes"/></FIELD>
<FIELD name="err" datatype="double" precision="E2"/><FIELD name="n" datatype="long" width="4"><VALUES>
<MIN value="-9223372036854775807"/><OPTION name="none" value="0"/><OPTION value="1"/></VALUES></FIELD>
<FIELD name="word" datatype="char" arraysize="*"><VALUES><MIN value="a&lt;b"/><MAX value="x y"/><OPTION name="A &amp; B"
value="a&lt;b"/></VALUES></FIELD><FIELD name="pair" datatype="double" arraysize="2" precision="1"><VALUES>
<MIN value="0"/></VALUES></FIELD>
<PARAM name="when" datatype="char" arraysize="*" xtype="timestamp" value="2026-01-01T00:00:00">
<DESCRIPTION>Time of
the query</DESCRIPTION></PARAM><PARAM name="counts" datatype="int" arraysize="3x2" value="1 2 3 4 5 6"/>
<PARAM name="good" datatype="boolean" value="T"/><PARAM name="limit" datatype="double" value="+Inf"/>
<PARAM name="unknown" datatype="float" value=""/><PARAM name="text" datatype="unicodeChar" arraysize="*" value="é"/>
<LINK href="https://example.org/t" action="https://example.org/act" value="v"/>
<DATA><TABLEDATA><TR><TD>1.23456</TD><TD>1.23456</TD><TD>7</TD><TD>a</TD><TD>1 2.123456</TD></TR></TABLEDATA></DATA>
</TABLE></RESOURCE></VOTABLE>""".encode()


def test_domains_and_links_of_columns():
    table, new = again(RICH)
    assert {name: table[name].meta for name in table.colnames} == {
        "mag": {"ucd": "phot.mag", "width": 6, "precision": "3",
                "values": {"min": {"value": -1.5, "inclusive": True}, "max": {"value": 25.0, "inclusive": False}},
                "links": [{"content_role": "doc", "content_type": "text/html", "title": "On magnitudes",
                           "href": "https://example.org/mag?a=1&b=2"}]},
        "err": {"precision": "E2"},
        "n": {"width": 4, "values": {"min": {"value": -2**63 + 1, "inclusive": True},
                                     "options": {"none": "0", "1": "1"}}},
        "word": {"values": {"min": {"value": "a<b", "inclusive": True}, "max": {"value": "x y", "inclusive": True},
                            "options": {"A & B": "a<b"}}},
        "pair": {"precision": "1", "values": {"min": {"value": 0.0, "inclusive": True}}}}
    found = Table.read(io.BytesIO(new), format="votable")
    for name, keys in (("mag", ("width", "precision", "values", "links")), ("n", ("width",)), ("err", ("precision",))):
        assert {key: found[name].meta[key] for key in keys} == {key: table[name].meta[key] for key in keys}
    assert found["n"].meta["values"]["options"] == {"none": "0", None: "1"}
    assert found["word"].meta["values"] == {"max": {"value": "x y", "inclusive": True}, "options": {"A & B": "a<b"}}


def test_floats_are_shown_as_the_document_says_and_kept_whole():
    table, new = again(RICH)
    assert [table[name].format for name in table.colnames] == ["{:6.3f}", "{:.2g}", None, None, None]
    assert [table[name].pformat(show_unit=False)[-1].strip() for name in ("mag", "err")] == ["1.235", "1.2"]
    stream = io.BytesIO()
    votable.to_votable(table).to_xml(stream)
    for content in (new, stream.getvalue()):
        assert votable.read(io.BytesIO(content))["err"].tolist() == [1.23456]
        assert [votable.read(io.BytesIO(content))[name].format for name in ("mag", "err")] == ["{:6.3f}", "{:.2g}"]


@pytest.mark.parametrize("attributes", [
    'width="9999" precision="3"', 'precision="100"', 'precision="F9999"', 'width="5"'])
def test_a_format_that_fills_the_screen_is_none(attributes):
    table, _ = again(document(f'<FIELD name="a" datatype="double" {attributes}/>'))
    assert table["a"].format is None


# What is said of tables

def test_parameters_descriptions_and_links_of_tables():
    table, new = again(RICH)
    params = table.meta["resource"].pop("params") + table.meta.pop("params")
    assert {param["name"]: param["value"] for param in params} == {
        "release": "DR3 & <more>", "centre": [1.25, -1e-30], "when": "2026-01-01T00:00:00",
        "counts": [[1, 2, 3], [4, 5, 6]], "good": True, "limit": float("inf"), "unknown": None, "text": "é"}
    assert params[1:3] == [
        {"name": "centre", "value": [1.25, -1e-30], "ucd": "pos.eq", "unit": "deg", "utype": "x:c"},
        {"name": "when", "value": "2026-01-01T00:00:00", "ucd": None, "unit": None, "xtype": "timestamp",
         "description": "Time of\nthe query"}]
    assert table.meta == {
        "name": "t", "description": "Rows", "ucd": "meta.id", "utype": "x:tab",
        "document": {"description": "All that a service says\n  of itself"},
        "resource": {"name": "cat", "utype": "x:res", "description": "A well-known, much-used cat-a-logue"},
        "links": [{"value": "v", "href": "https://example.org/t", "action": "https://example.org/act"}]}
    tree = parse(io.BytesIO(new))
    found, = tree.resources
    element = tree.get_first_table()
    assert [param.name for param in found.params] == ["release", "centre"]
    params = [*found.params, *element.params]
    assert [(param.name, param.datatype, param.arraysize) for param in params] == [
        ("release", "char", "*"), ("centre", "double", "2"), ("when", "char", "*"), ("counts", "long", "3x2"),
        ("good", "boolean", None), ("limit", "double", None), ("unknown", "char", "*"), ("text", "unicodeChar", "*")]
    assert [param.value for param in params if param.datatype.endswith("har")] == [
        "DR3 & <more>", "2026-01-01T00:00:00", "", "é"]
    assert [params[number].value.tolist() for number in (1, 3)] == [[1.25, -1e-30], [[1, 2, 3], [4, 5, 6]]]
    assert b'value="+Inf"' in new
    assert (str(params[1].unit), params[1].utype, params[2].description) == (
        "deg", "x:c", "Time of the query")
    assert (found.name, found.utype, found.description) == ("cat", "x:res", "A well-known, much-used cat-a-logue")
    assert (element.ucd, element.utype, element.links[0].action) == ("meta.id", "x:tab", "https://example.org/act")
    assert tree.description.split() == "All that a service says of itself".split()


@needs_stilts
@needs_xmllint
@pytest.mark.parametrize("version", ["1.4", "1.5"])
@pytest.mark.parametrize("content", [RICH, positions(
    'system="ICRS" epoch="J2016.0" refposition="BARYCENTER"', 'system="eq_FK4" equinox="B1950" epoch="1991.25"',
    'system="eq_FK5" equinox="J2000"', 'system="ecl_FK5" equinox="J2000"')], ids=["rich", "systems"])
def test_documents_that_were_read_are_valid_when_they_are_written(tmp_path, content, version):
    votable.write(read_quietly(io.BytesIO(content)), tmp_path / "x.vot", version=version)
    if version == "1.4":  # the newest that votlint has
        assert stilts("votlint", str(tmp_path / "x.vot")) == ("", "")
    assert is_valid(tmp_path / "x.vot")


@pytest.mark.parametrize("value", [5, "text", ["x"], [{}], [{"name": 5, "value": 5}], {"min": 5, "max": {}},
                                   [{"name": "a", "value": [[1], [2, 3]]}], [{"name": "a", "value": {"b": 1}}],
                                   [{"name": "a", "value": 2**70},
                                    {"name": "a", "value": 1, "unit": "m**99999"}], [{"href": 5}],
                                   {"min": {"value": "soon"}, "options": {"a": 1}}, {"options": [1]},
                                   {"min": {"value": 2**70}}, {"min": {"value": [1]}, "max": {"value": None}},
                                   [{"name": "a", "value": [1, None]}], [{"name": "a\x01", "value": []}],
                                   "0" * 10000, [{"name": "0" * 10000, "value": 1}], [{"href": "0" * 10000}],
                                   [{"name": "a", "value": float("-inf")}], {"options": {"a": "0" * 10000}}])
def test_what_other_programs_put_there_comes_back_as_it_was(value):
    said = dict.fromkeys(("values", "links", "width", "precision", "params", "resource", "document"), value)
    table = BrokerTable({"a": MaskedColumn([1], meta=said), "b": MaskedColumn(["x"], meta=said),
                         "c": MaskedColumn([[1., 2.]], meta=said)}, meta=said)
    assert_same(votable.read(io.BytesIO(written(table))), table)


@pytest.mark.parametrize("limit", [2**70, "soon", "7", True, [1], None, float("nan")])
def test_limits_that_a_column_cannot_have_are_not_written(limit):
    content = written(Table({"a": MaskedColumn([1], meta={"values": {"min": {"value": limit}, "max": {"value": 5}}})}))
    found = Table.read(io.BytesIO(content), format="votable")
    assert found["a"].meta["values"] == {"max": {"value": 5, "inclusive": True}}


@pytest.mark.parametrize("meta", [{key: value} for key in ("ucd", "utype", "xtype", "frame", "time")
                                  for value in ("", None)])
def test_empty_words_of_columns_come_back(meta):
    assert votable.read(io.BytesIO(written(Table({"a": MaskedColumn([1.], meta=meta)}))))["a"].meta == meta


@pytest.mark.parametrize("shown", [".2f", "%8.3f", "{:.1e}", "{:>12.3f} km", "{0:.2f}", "5.1f", None])
@pytest.mark.parametrize("meta", [{}, {"width": 6, "precision": "3"}])
def test_formats_come_back(shown, meta):
    table = QTable({"a": MaskedColumn([1.], format=shown, meta=meta), "b": [1.] * u.m})
    table["b"].info.format = shown
    found = votable.read(io.BytesIO(written(table)))
    assert [found[name].format for name in "ab"] == [shown, shown]


@pytest.mark.parametrize("shown", ["{:999999999f}", ".999999999f", "%999999999d", "{:{0}}", "{0.__class__}", 5, [],
                                   "d"])
def test_formats_that_harm_or_do_not_fit_are_not_taken(shown):
    content = written(Table({"a": MaskedColumn([1.], format=".2f")}))
    content = content.replace(b"&quot;.2f&quot;", json.dumps(shown).replace('"', "&quot;").encode())
    assert votable.read(io.BytesIO(content))["a"].format is None


def test_formats_that_are_functions_are_not_kept():
    table = Table({"a": MaskedColumn([1.], format=lambda value: f"<{value}>")})
    assert votable.read(io.BytesIO(written(table)))["a"].format is None


def test_an_object_with_marks_in_its_name_is_a_parameter_as_it_is():
    content = written(Table({"a": MaskedColumn(["A&B <c>"], meta={"ucd": "meta.id;meta.main"})}))
    param, = parse(io.BytesIO(content)).get_first_table().params
    assert (param.name, param.value) == ("object", "A&B <c>")


# What is not kept

def test_systems_that_columns_have_by_a_group_are_not_kept():
    fields = '<FIELD ID="f" name="ra" datatype="double"/><GROUP ref="c" name="g"><FIELDref ref="f"/></GROUP>'
    table, _ = again(document(fields, "<TABLEDATA/>", head='<COOSYS ID="c" system="ICRS"/>'))
    assert (table["ra"].meta, table.meta) == ({}, {})


def test_an_integer_parameter_without_a_value_is_zero():
    table, _ = again(document(FIELD + '<PARAM ID="x" name="p" datatype="int" value=""/>'))
    assert table.meta == {"params": [{"name": "p", "value": 0, "ucd": None, "unit": None}]}


def test_options_in_options_are_one_list_and_other_parts_of_values_are_gone():
    values = ('<VALUES ID="v" type="actual" null="-9"><OPTION name="a" value="1"><OPTION name="b" value="2"/></OPTION>'
              "</VALUES>")
    table, new = again(document(FIELD.replace("/>", f">{values}</FIELD>")))
    assert table["a"].meta == {"values": {"options": {"a": "1", "b": "2"}}}
    assert b"<VALUES>" in new


def test_outer_resources_give_their_parameters_only():
    inner = resource().decode().replace('<VOTABLE version="1.4">', "").replace("</VOTABLE>", "")
    outer = f'<RESOURCE name="o" utype="u"><PARAM name="p" datatype="int" value="5"/><LINK href="x"/>{inner}</RESOURCE>'
    table, _ = again(f'<VOTABLE version="1.4">{outer}</VOTABLE>'.encode())
    assert table.meta == {"resource": {"params": [{"name": "p", "value": 5, "ucd": None, "unit": None}]}}
