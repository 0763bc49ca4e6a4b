# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is read from the text of queries, and queries made from values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astroquery_brokers.exceptions import InvalidArgumentError
from astroquery_brokers.tap import check_adql, literal
from astroquery_brokers.tap.adql import by_upload, origins_of, rows_wanted, where


@pytest.mark.parametrize("adql", [
    "select oid from ztf.object", " (SELECT oid FROM ztf.object)", "SELECT ';' AS a, '--' AS b FROM ztf.object",
    "-- first; a 'comment'\nSELECT oid FROM ztf.object", "WITH b AS (SELECT oid FROM ztf.object) SELECT oid FROM b",
    "SELECT 'it''s' AS a, \"value\" FROM ztf.feature", "SELECT limit_ FROM x", "SELECT a FROM x WHERE b = '(('"])
def test_what_is_one(adql):
    assert check_adql(adql) == adql.strip()
    assert check_adql(f"{adql} ;\n") == adql.strip()


@given(st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\\%")))
def test_no_text_leaves_its_quotes(text):
    adql = f"SELECT oid FROM ztf.object WHERE oid = {literal(text)}"
    assert check_adql(adql) == adql
    assert origins_of(adql).equal == {"oid": literal(text)}


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-2**63, 2**63 - 1)))
def test_numbers_are_exact(value):
    written = literal(value)
    assert (type(value)(written), written) == (value, repr(value))
    assert literal(np.float64(value) if isinstance(value, float) else np.int64(value)) == written


@pytest.mark.parametrize("value", [True, None, float("nan"), float("inf"), b"x", [1], np.bool_(True),
                                   "a\\", "50%", "a\nb", "\r", "\t", "\0", "\udfff"])
def test_other_values_are_refused(value):
    with pytest.raises(InvalidArgumentError, match="cannot be part of a query"):
        literal(value)


@pytest.mark.parametrize("name", ["a b", "a;b", "", "a.b.c.d", "a'b", 'a"b', "1a", "a--"])
def test_other_names_are_refused(name):
    with pytest.raises(InvalidArgumentError, match="not the name"):
        where([(name, "=", 1)])
    with pytest.raises(InvalidArgumentError, match="not the name"):
        by_upload(name, "oid")


def test_queries_from_values():
    assert where([("o.ndet", ">=", 5), ("value", "<", 1e-7)]) == 'o.ndet >= 5 AND "value" < 1e-07'
    assert by_upload("ztf.feature", "value", upload="mine", key="size") == (
        'SELECT o.* FROM ztf.feature AS o JOIN tap_upload.mine AS u ON o."value" = u."size"')
    with pytest.raises(InvalidArgumentError, match="no comparison"):
        where([("oid", "LIKE", "x")])


@pytest.mark.parametrize("adql, expected", [
    ("SELECT TOP 5 oid FROM x", 5), ("select all top 7 oid from x", 7), ("SELECT oid FROM x", None),
    ("SELECT TOP oid FROM x", None), ("(SELECT TOP 5 oid FROM x)", None)])
def test_top(adql, expected):
    assert rows_wanted(adql) == expected


OBJECT, PROBABILITY = "ztf.object", "ztf.probability"


@pytest.mark.parametrize("adql, expected", [
    ("SELECT oid, ndet AS n, ndet+1 AS m, COUNT(*), meanra ra FROM ztf.object",
     {"oid": (OBJECT, "oid"), "n": (OBJECT, "ndet"), "m": None, "ra": (OBJECT, "meanra"), "other": None}),
    ("SELECT * FROM ztf.object WHERE oid IN (SELECT d.oid FROM ztf.detection AS d)", {"oid": (OBJECT, "oid")}),
    ("SELECT DISTINCT TOP 3 o.* FROM ZTF.Object AS o", {"NDET": (OBJECT, "ndet")}),
    ("SELECT o.*, p.class_name AS c FROM ztf.object o, ztf.probability p",
     {"ndet": (OBJECT, "ndet"), "c": (PROBABILITY, "class_name")}),
    ("SELECT o.*, p.* FROM ztf.object o JOIN ztf.probability p ON o.oid = p.oid", {"oid": None, "oid_": None}),
    ("SELECT * FROM ztf.object o JOIN ztf.probability p ON o.oid = p.oid", {"oid": None}),
    ("SELECT oid, p.oid AS q FROM ztf.object JOIN ztf.probability p USING (oid)",
     {"oid": None, "q": (PROBABILITY, "oid")}),
    ("SELECT ztf.object.oid FROM ztf.object LEFT OUTER JOIN ztf.probability ON 1 = 1", {"oid": (OBJECT, "oid")}),
    ("SELECT a.oid, b.oid FROM ztf.object a, ztf.probability b", {"oid": None}),
    ("SELECT q.oid FROM (SELECT oid FROM ztf.object) AS q", {"oid": None}),
    ("SELECT oid FROM ztf.object UNION SELECT oid FROM ztf.detection", {"oid": None}),
    ("WITH b AS (SELECT oid FROM ztf.object) SELECT oid FROM b", {"oid": None}),
    ('SELECT "value", f."name" AS "My" FROM ztf.feature f', {"value": ("ztf.feature", "value"),
                                                             "My": ("ztf.feature", "name")}),
    ("SELECT classes[1] AS c FROM ztf.taxonomy", {"c": None}), ("SELECT 'oid' AS oid FROM ztf.object", {"oid": None}),
    ("SELECT oid AS ndet, ndet AS oid FROM ztf.object", {"oid": (OBJECT, "ndet"), "ndet": (OBJECT, "oid")}),
])
def test_where_columns_come_from(adql, expected):
    origins = origins_of(adql)
    assert {name: origins.of(name) for name in expected} == expected


@given(st.text(alphabet="SELECTFROMWHERE abc.*,()'\"=1-\n", max_size=60))
def test_any_text_is_read(text):
    origins = origins_of(f"SELECT {text}")
    assert origins.of("a") is None or len(origins.of("a")) == 2
    try:
        check_adql(text)
    except InvalidArgumentError:
        pass
