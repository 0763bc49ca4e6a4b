# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The service on a real socket: parameters, formats, uploads, errors, what it says about itself."""

import csv
import io
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import requests
from astropy.io.votable import parse, parse_single_table
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st
from pyvo.dal.exceptions import DALOverflowWarning, DALQueryError

from .sample import STARS, VISITS

ASK = {"REQUEST": "doQuery", "LANG": "ADQL"}
BRIGHT = "SELECT name, mag, id FROM sky.visit WHERE mag < 15.2 ORDER BY id"
SMALL = np.flatnonzero(VISITS["mag"] < 15.2)
ALL = "SELECT TOP 3 name, n, flag, color, big, note, tags FROM sky.star ORDER BY big"


@pytest.fixture
def ask(service):
    def send(query, method="POST", files=None, **parameters):
        content = {**ASK, "QUERY": query, **parameters}
        keyword = "params" if method == "GET" else "data"
        return requests.request(method, f"{service}/sync", files=files, timeout=30, **{keyword: content})
    return send


def error_of(reply):
    assert reply.headers["content-type"].startswith("text/xml")
    info = parse(io.BytesIO(reply.content)).resources[0].infos[0]
    assert (info.name, info.value) == ("QUERY_STATUS", "ERROR")
    return info.content


def votable(table, **options):
    stream = io.BytesIO()
    table.write(stream, format="votable", **options)
    return stream.getvalue()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sync(ask, method):
    reply = ask(BRIGHT, method)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/x-votable+xml")
    table = parse_single_table(io.BytesIO(reply.content)).to_table()
    assert table["name"].tolist() == VISITS["name"][SMALL].tolist() and table["id"].dtype == np.int64
    assert table["id"].tolist() == VISITS["id"][SMALL].tolist()
    assert table["mag"].dtype == np.float32 and (table["mag"] == VISITS["mag"][SMALL]).all()
    assert str(table["mag"].unit) == "mag" and table["mag"].meta["ucd"] == "phot.mag"


def test_names_of_parameters_have_no_case(service):
    asked = {"request": "DOQUERY", "lang": "adql-2.1", "query": BRIGHT, "Format": "csv"}
    reply = requests.get(f"{service}/sync", asked, timeout=30)
    assert reply.status_code == 200 and len(reply.text.splitlines()) == len(SMALL) + 1


@pytest.mark.parametrize("name, media", [
    ("votable", "application/x-votable+xml"), ("votable/b2", "application/x-votable+xml"),
    ("application/x-votable+xml;serialization=tabledata", "application/x-votable+xml;serialization=TABLEDATA"),
    ("votable/td", "application/x-votable+xml;serialization=TABLEDATA"), ("text/xml", "application/x-votable+xml")])
def test_votable(ask, name, media):
    reply = ask(ALL, RESPONSEFORMAT=name)
    assert reply.headers["content-type"] == media
    assert (b"<TABLEDATA>" in reply.content) == ("TABLEDATA" in media)
    table = parse_single_table(io.BytesIO(reply.content)).to_table()
    assert table["big"].tolist() == STARS["big"][:3].tolist()
    assert table["flag"].tolist() == STARS["flag"][:3].tolist()
    assert table["color"].tolist() == STARS["color"][:3].tolist()
    assert [json.loads(text) if text else None for text in table["tags"].tolist()] == STARS["tags"][:3]


def test_csv(ask):
    reply = ask(ALL, RESPONSEFORMAT="csv")
    assert reply.headers["content-type"] == "text/csv;header=present"
    head, *rows = csv.reader(io.StringIO(reply.content.decode()))
    assert head == ["name", "n", "flag", "color", "big", "note", "tags"]
    for number, row in enumerate(rows):
        flag, color, tags = STARS["flag"][number], STARS["color"][number], STARS["tags"][number]
        assert row[:2] == [STARS["name"][number], str(STARS["n"][number])]
        assert row[2] == ("" if flag is np.ma.masked else str(bool(flag)))
        assert row[3] == ("" if color is np.ma.masked else str(color))
        assert row[4:6] == [str(STARS["big"][number]), STARS["note"][number] or ""]
        assert row[6] == ("" if tags is None else str(tags))
    assert ask(ALL, RESPONSEFORMAT="csv_bare").text == reply.text.partition("\r\n")[2]
    assert ask(ALL, FORMAT="tsv").text.split("\n")[1].split("\t")[4] == str(STARS["big"][1])


def test_json(ask):
    reply = ask(ALL, RESPONSEFORMAT="json", MAXREC=2)
    assert reply.headers["content-type"] == "application/json"
    document = reply.json()
    assert document["queryStatus"] == "OVERFLOW" and len(document["data"]) == 2
    assert [column["datatype"] for column in document["columns"]] == [
        "char", "int", "boolean", "float", "long", "char", "char"]
    assert document["data"][1][4] == int(STARS["big"][1]) and document["data"][1][6] == STARS["tags"][1]
    assert "queryStatus" not in ask(ALL, RESPONSEFORMAT="json").json()


@pytest.mark.parametrize("parameters, rows, overflow", [
    ({}, 150, True), ({"MAXREC": 7}, 7, True), ({"MAXREC": 400}, 380, True), ({"MAXREC": 0}, 0, True)])
def test_overflow(ask, parameters, rows, overflow):
    reply = ask("SELECT name FROM sky.star", **parameters)
    infos = parse(io.BytesIO(reply.content)).resources[0].infos
    status = [info.value for info in infos if info.name == "QUERY_STATUS"]
    assert status == ["OK", "OVERFLOW"]
    # DALI wants the second one behind the table.
    assert reply.content.index(b"</TABLE>") < reply.content.index(b'"OVERFLOW"')
    assert len(parse_single_table(io.BytesIO(reply.content)).array) == rows


@pytest.mark.parametrize("parameters, message", [
    ({"QUERY": ""}, "Field query: Required parameter 'query' missing."),
    ({"LANG": ""}, "Field lang: Required parameter 'lang' missing."),
    ({"LANG": "PQL"}, "This service does not support the query language PQL"),
    ({"REQUEST": "getCapabilities"}, "This service only supports REQUEST=doQuery"),
    ({"MAXREC": "many"}, "Field maxrec: 'many' is not a valid literal for maxrec"),
    ({"RESPONSEFORMAT": "nosuch"}, "Cannot serialize in 'nosuch'"),
    ({"QUERY": "SELECT nosuch FROM sky.star"}, "Field query: No such field known: column 'nosuch'"),
    ({"QUERY": "SELECT n FROM sky.none", "RESPONSEFORMAT": "json"}, "Field query: Could not locate table 'sky.none'"),
    ({"QUERY": "SELECT 1 / (n - n) AS x FROM sky.star"}, "Field query: division by zero"),
    ({"QUERY": "SELECT n FRO sky.star"}, "Field query: Could not parse your query"),
    ({"QUERY": "SELECT SUM(a.n + b.n + c.n) AS x FROM sky.star a, sky.star b, sky.star c, sky.star d"},
     "Field query: Query timed out (took too long)"),
    ({"UPLOAD": "mine,http://127.0.0.1:1/x"}, "Field upload: 'http://127.0.0.1:1/x' is not read from here"),
    ({"UPLOAD": "mine,file:///etc/passwd"}, "Field upload: 'file:///etc/passwd' is not read from here"),
    ({"UPLOAD": "mine,param:part"}, "Field upload: the request has no part 'part'"),
    ({"UPLOAD": "a b,param:part"}, "Field upload: 'a b' cannot be the name of a table"),
])
def test_errors(ask, parameters, message):
    reply = ask(**{"query": BRIGHT, **{key: value for key, value in parameters.items() if key != "QUERY"},
                   **({"query": parameters["QUERY"]} if "QUERY" in parameters else {})})
    assert reply.status_code == 500
    assert error_of(reply).startswith(message)


def test_errors_are_xml_whatever_is_in_them(ask):
    reply = ask('SELECT "<&>\x01" FROM sky.star')
    assert "'<&>" in error_of(reply)


@pytest.mark.parametrize("path", ["", "nosuch", "tables/sky.nosuch", "async/nosuch", "async/nosuch/phase"])
def test_no_such_page(service, path):
    reply = requests.get(f"{service}/{path}", timeout=30)
    assert reply.status_code == 404 and error_of(reply)


def test_upload(ask):
    mine = Table({"objectid": [STARS["name"][3], "x", STARS["name"][5]], "mark": [1, 2, 3]})
    reply = ask("SELECT u.mark, s.big FROM tap_upload.mine AS u JOIN sky.star AS s ON s.name = u.objectid ORDER BY 1",
                UPLOAD="mine,param:part", files={"part": votable(mine)}, RESPONSEFORMAT="csv")
    assert reply.text.split() == ["mark,big", f"1,{STARS['big'][3]}", f"3,{STARS['big'][5]}"]


def test_two_uploads_and_names(ask):
    files = {"a": votable(Table({"objectID": [1, 2]})), "b": votable(Table({"objectID": [2, 3]}))}
    reply = ask("SELECT One.objectid FROM TAP_UPLOAD.One AS One JOIN tap_upload.two AS t ON One.OBJECTID = t.objectId",
                UPLOAD="One,param:a;two,param:b", files=files, RESPONSEFORMAT="csv")
    assert reply.text.split() == ["objectID", "2"]


def test_positions_by_upload(ask):
    number = np.arange(50)
    mine = Table({"i": number, "ra_in": STARS["ra"][:50], "dec_in": STARS["dec"][:50]})
    reply = ask("SELECT u.i, s.name FROM tap_upload.t1 AS u JOIN sky.star AS s ON 1 = CONTAINS("
                "POINT('ICRS', s.ra, s.dec), CIRCLE('ICRS', u.ra_in, u.dec_in, 1. / 3600)) ORDER BY u.i",
                files={"x": votable(mine)}, UPLOAD="t1,param:x", RESPONSEFORMAT="csv_bare")
    assert reply.text.split() == [f"{i},{STARS['name'][i]}" for i in number]


@pytest.mark.parametrize("content, message", [
    (b"nonsense", "Field upload: Cannot parse VOTable 'mine'"), (b"", "Field upload: Cannot parse VOTable 'mine'"),
    (votable(Table({"a": [1], "A": [2]})), "Field upload: two columns of 'mine' differ in upper and lower case only"),
    (votable(Table({"a": [[1, 2]]})), "Field upload")])
def test_wrong_uploads(ask, content, message):
    reply = ask("SELECT * FROM tap_upload.mine", UPLOAD="mine,param:x", files={"x": ("x", content)})
    assert reply.status_code == 500 and error_of(reply).startswith(message)


def test_uploads_are_bounded(ask):
    reply = ask("SELECT * FROM tap_upload.mine", UPLOAD="mine,param:x", files={"x": b"x" * 250_000})
    assert reply.status_code == 413 and "200000 bytes" in error_of(reply)


def test_uploads_say_how_long_they_are(service):
    reply = requests.post(f"{service}/sync", data=iter([b"LANG=ADQL&QUERY=SELECT"]), timeout=30)
    assert reply.status_code == 411 and "Content-Length" in error_of(reply)


def test_an_upload_that_grows(ask):
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "ha">{levels}]><VOTABLE version="1.4"><DESCRIPTION>&e11;</DESCRIPTION></VOTABLE>'
    reply = ask("SELECT * FROM tap_upload.mine", UPLOAD="mine,param:x", files={"x": ("x", bomb.encode())})
    assert reply.status_code == 500 and error_of(reply).startswith("Field upload: Cannot parse VOTable 'mine'")


def test_an_upload_is_gone_afterwards(ask):
    files = {"x": votable(Table({"a": [1]}))}
    assert ask("SELECT * FROM tap_upload.mine", UPLOAD="mine,param:x", files=files).status_code == 200
    assert error_of(ask("SELECT * FROM tap_upload.mine")) == "Field query: Could not locate table 'tap_upload.mine'"


_TYPES = {"short": st.integers(-2 ** 15, 2 ** 15 - 1), "int": st.integers(-2 ** 31, 2 ** 31 - 1),
          "long": st.integers(-2 ** 63, 2 ** 63 - 1), "double": st.floats(allow_nan=False, allow_infinity=False),
          "boolean": st.booleans(), "char": st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), min_size=1)}
_DTYPES = {"short": np.int16, "int": np.int32, "long": np.int64, "double": float, "boolean": bool, "char": str}


@st.composite
def _tables(draw):
    kinds = draw(st.lists(st.sampled_from(sorted(_TYPES)), min_size=1, max_size=5))
    size = draw(st.integers(0, 6))
    table = Table()
    for number, kind in enumerate(kinds):
        values = draw(st.lists(_TYPES[kind], min_size=size, max_size=size))
        mask = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        table[f"c{number}"] = MaskedColumn(np.array(values, dtype=_DTYPES[kind]), mask=mask)
    return table


@settings(max_examples=25)
@given(table=_tables())
def test_any_upload_comes_back(database, table):
    """Values, types and nulls."""
    from astroquery_brokers import votable as engine
    from astroquery_brokers.gateway.tap import uploads

    stream = io.BytesIO()
    engine.write(table, stream, serialization="binary2")
    result = database.run("SELECT * FROM tap_upload.mine", maxrec=100, seconds=5,
                          uploads=[uploads.read("mine", stream.getvalue())])
    for output, found, name in zip(result.outputs, result.columns, table.colnames, strict=True):
        assert output.name == name
        if len(table) and not all(table[name].mask):
            assert found.tolist() == table[name].tolist()


def test_pyvo(service, open_tap):
    tap = open_tap(service)
    assert (tap.maxrec, tap.hardlimit) == (150, 380)
    assert [method.ivo_id for method in tap.upload_methods] == ["ivo://ivoa.net/std/TAPRegExt#upload-inline"]
    assert list(tap.tables.keys())[:2] == ["sky.star", "sky.visit"]
    column = {column.name: column for column in tap.tables["sky.star"].columns}
    assert (column["ra"].unit, column["ra"].ucd) == ("deg", "pos.eq.ra;meta.main")
    assert column["name"].flags == ["indexed", "principal"]
    assert tap.tables["sky.visit"].foreignkeys[0].targettable == "sky.star"
    assert [example["QUERY"] for example in tap.examples] == ["SELECT name FROM sky.visit WHERE mag < 16"]
    assert len(tap.search(BRIGHT)) == len(SMALL)
    with pytest.warns(DALOverflowWarning):
        assert len(tap.search("SELECT name FROM sky.star")) == 150
    with pytest.raises(DALQueryError, match="No such field known: column 'nosuch'"):
        tap.search("SELECT nosuch FROM sky.star")
    mine = Table({"objectid": STARS["name"][:20].astype(str)})
    query = "SELECT s.name FROM sky.star AS s JOIN tap_upload.mine AS u ON s.name = u.objectid"
    assert len(tap.search(query, uploads={"mine": mine})) == 20


def test_availability(service):
    root = ET.fromstring(requests.get(f"{service}/availability", timeout=30).content)
    assert root.find("{http://www.ivoa.net/xml/VOSIAvailability/v1.0}available").text == "true"


def test_capabilities(service):
    root = ET.fromstring(requests.get(f"{service}/capabilities", timeout=30).content)
    standards = {capability.get("standardID"): capability.find("interface/accessURL").text
                 for capability in root.findall("capability")}
    assert standards == {
        "ivo://ivoa.net/std/TAP": service, "ivo://ivoa.net/std/VOSI#capabilities": f"{service}/capabilities",
        "ivo://ivoa.net/std/VOSI#availability": f"{service}/availability",
        "ivo://ivoa.net/std/VOSI#tables-1.1": f"{service}/tables",
        "ivo://ivoa.net/std/DALI#examples": f"{service}/examples"}


def test_one_table(service):
    root = ET.fromstring(requests.get(f"{service}/tables/sky.visit", timeout=30).content)
    assert [column.find("name").text for column in root.findall("column")] == ["name", "band", "mag", "mjd", "id"]
