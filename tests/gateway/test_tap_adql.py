# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Legal ADQL gives what numpy gives for the same data."""

import math

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from .sample import STARS, VISITS

S, V = STARS, VISITS
N = len(S["name"])
FLAG = [None if masked else bool(value) for value, masked in zip(S["flag"].data, np.ma.getmaskarray(S["flag"]))]
COLOR = S["color"].tolist()
SKY = SkyCoord(S["ra"], S["dec"], unit="deg")
STAR_OF = {name: number for number, name in enumerate(S["name"])}
FIRST_TAG = [tags[0] if tags else None for tags in S["tags"]]


def near(ra, dec, radius):
    return SKY.separation(SkyCoord(ra, dec, unit="deg")).deg <= radius


def names(chosen):
    return [(name,) for name in S["name"][np.asarray(chosen, dtype=bool)]]


def both(*columns):
    return list(zip(*(column.tolist() if hasattr(column, "tolist") else column for column in columns)))


def counted(values):
    found, count = np.unique(values, return_counts=True)
    return both(found, count)


def nulls_last(values, names):
    return sorted(zip(names, values), key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0]))


PAIRS = [(S["name"][a], S["name"][b]) for a, b in zip(*np.nonzero(SKY[:, None].separation(SKY[None]).deg <= 0.05))
         if a != b]
FIELD = "CIRCLE('ICRS', 150, 2, 0.5)"
AT = "POINT('ICRS', ra, dec)"

# Query and what it gives; with ORDER BY in this order.
LEGAL = [
    # selecting
    ("SELECT name FROM sky.star", names(np.ones(N))),
    ("SELECT NAME, Ra FROM Sky.Star", both(S["name"], S["ra"])),
    ("SELECT * FROM sky.visit", both(*V.values())),
    ("SELECT s.* FROM sky.visit AS s WHERE s.band = 3", [row for row in both(*V.values()) if row[1] == 3]),
    ('SELECT "value" FROM sky.star', both(S["value"])),
    ("SELECT sky.star.n FROM sky.star WHERE sky.star.n = 5", [(5,)] * int((S["n"] == 5).sum())),
    ("SELECT n AS m FROM sky.star WHERE n = 5", [(5,)] * int((S["n"] == 5).sum())),
    ("SELECT n m FROM sky.star s WHERE s.n = 5", [(5,)] * int((S["n"] == 5).sum())),
    ("SELECT ALL n FROM sky.star", both(S["n"])),
    ("SELECT DISTINCT n FROM sky.star", [(int(n),) for n in np.unique(S["n"])]),
    ("SELECT TOP 3 name FROM sky.star ORDER BY name", names(np.ones(N))[:0] + sorted(names(np.ones(N)))[:3]),
    ("SELECT TOP 0 name FROM sky.star", []),
    ("SELECT TOP 2 name FROM sky.star ORDER BY name OFFSET 5", sorted(names(np.ones(N)))[5:7]),
    ("SELECT name FROM sky.star ORDER BY name OFFSET 398", sorted(names(np.ones(N)))[398:]),
    ("SELECT TOP 2 name -- ends here ; DROP TABLE x\nFROM sky.star ORDER BY 1", sorted(names(np.ones(N)))[:2]),
    # order of nulls is PostgreSQL's
    ("SELECT name, color FROM sky.star ORDER BY color, name", nulls_last(COLOR, S["name"])),
    ("SELECT name, color FROM sky.star ORDER BY color DESC, name DESC", nulls_last(COLOR, S["name"])[::-1]),
    ("SELECT name FROM sky.star ORDER BY 2 * n DESC, name",
     [(name,) for _, name in sorted(zip(-S["n"], S["name"]))]),
    # conditions
    ("SELECT name FROM sky.star WHERE n > 3 AND n <= 6 AND n <> 5", names(np.isin(S["n"], (4, 6)))),
    ("SELECT name FROM sky.star WHERE n != 5 AND NOT (n < 9 OR n >= 11)", names(np.isin(S["n"], (9, 10)))),
    ("SELECT name FROM sky.star WHERE n BETWEEN 3 AND 5 AND n NOT BETWEEN 4 AND 4", names(np.isin(S["n"], (3, 5)))),
    ("SELECT name FROM sky.star WHERE n IN (1, 2) AND n NOT IN (2, 3)", names(S["n"] == 1)),
    ("SELECT name FROM sky.star WHERE color IS NULL", names(np.ma.getmaskarray(S["color"]))),
    ("SELECT name FROM sky.star WHERE color IS NOT NULL", names(~np.ma.getmaskarray(S["color"]))),
    ("SELECT name FROM sky.star WHERE flag = 'True'", names([flag is True for flag in FLAG])),
    ("SELECT name FROM sky.star WHERE NOT flag = 'True'", names([flag is False for flag in FLAG])),
    ("SELECT name FROM sky.star WHERE name LIKE 'ZTF2%' AND name NOT LIKE '%_a%'",
     names([name[3] == "2" and "a" not in name[1:] for name in S["name"]])),
    ("SELECT name FROM sky.star WHERE name ILIKE 'ztf18A%'", names([name.startswith("ZTF18a") for name in S["name"]])),
    ("SELECT name FROM sky.star WHERE note = 'it''s \u00e9'", names([note == "it's \u00e9" for note in S["note"]])),
    ("SELECT name FROM sky.star WHERE note LIKE 'a\\_b\\%'", names([note == "a_b%" for note in S["note"]])),
    ("SELECT name FROM sky.star WHERE big = 4611686018427387910", names(S["big"] == 2 ** 62 + 6)),
    ("SELECT big FROM sky.star WHERE big IN ('4611686018427387910')", [(2 ** 62 + 6,)]),
    # numbers
    ("SELECT n + small, n - 1, n * 2, -small FROM sky.star",
     both(S["n"] + S["small"], S["n"] - 1, S["n"] * 2, -S["small"])),
    ("SELECT n / 2, -7 / 2, n / 2., 1e1 / 4 FROM sky.star", both(S["n"] // 2, [-3] * N, S["n"] / 2, [2.5] * N)),
    ("SELECT 2 + 3 * 4 - 1, (2 + 3) * 4, 10 - 3 - 2, 100 / 10 / 2 FROM sky.visit WHERE id = 1000000000000000000",
     [(13, 20, 5, 5)]),
    ("SELECT 3000000000, .5, 5., 1.5e-3, 1E2 FROM sky.visit WHERE id = 1000000000000000000",
     [(3000000000, 0.5, 5.0, 0.0015, 100.0)]),
    ("SELECT MOD(n, 3), MOD(-n, 3) FROM sky.star", both(S["n"] % 3, -(S["n"] % 3))),
    ("SELECT LOG(n), LOG10(n), EXP(n), SQRT(n), POWER(n, 2) FROM sky.star",
     both(np.log(S["n"]), np.log10(S["n"]), np.exp(S["n"]), np.sqrt(S["n"]), S["n"] ** 2.0)),
    ('SELECT ABS("value"), CEILING("value"), FLOOR("value"), TRUNCATE("value") FROM sky.star',
     both(np.abs(S["value"]), np.ceil(S["value"]), np.floor(S["value"]), np.trunc(S["value"]))),
    ('SELECT ROUND("value"), ROUND("value", 1), TRUNCATE("value", 1) FROM sky.star',
     both(np.round(S["value"]), np.round(S["value"], 1), np.trunc(S["value"] * 10) / 10)),
    ("SELECT SIN(n), COS(n), TAN(n), COT(n), ATAN(n) FROM sky.star",
     both(np.sin(S["n"]), np.cos(S["n"]), np.tan(S["n"]), 1 / np.tan(S["n"]), np.arctan(S["n"]))),
    ("SELECT ASIN(small / 3.), ACOS(small / 3.), ATAN2(small, n), DEGREES(n), RADIANS(n), PI() FROM sky.star",
     both(np.arcsin(S["small"] / 3), np.arccos(S["small"] / 3), np.arctan2(S["small"], S["n"]), np.degrees(S["n"]),
          np.radians(S["n"]), [math.pi] * N)),
    ("SELECT COUNT(*) FROM sky.star WHERE RAND() >= 0 AND RAND(5) < 1", [(N,)]),
    ("SELECT CAST(n AS DOUBLE PRECISION), CAST(ra AS INTEGER), CAST(n AS BIGINT), CAST(n AS VARCHAR(9)) FROM sky.star",
     both(S["n"].astype(float), np.rint(S["ra"]).astype(int), S["n"], S["n"].astype(str))),
    ("SELECT CAST(dec AS REAL), CAST(n AS SMALLINT), CAST(small AS CHAR(5)) FROM sky.star",
     both(S["dec"].astype(np.float32), S["n"], S["small"].astype(str))),
    ("SELECT IN_UNIT(dec, 'arcmin') FROM sky.star", both(S["dec"] * 60)),
    # text, nulls, lists, choices
    ("SELECT UPPER(note), LOWER(name) FROM sky.star",
     both([note and note.upper() for note in S["note"]], [name.lower() for name in S["name"]])),
    ("SELECT name || '-' || n, big || '' FROM sky.star",
     both([f"{name}-{n}" for name, n in zip(S["name"], S["n"])], S["big"].astype(str))),
    ("SELECT COALESCE(color, 99) FROM sky.star", both([99 if color is None else color for color in COLOR])),
    ("SELECT tags[1] FROM sky.star", both(FIRST_TAG)),
    ("SELECT name FROM sky.star WHERE tags[2] = 'x'", names([bool(tags) and len(tags) > 1 for tags in S["tags"]])),
    ("SELECT CASE WHEN n > 8 THEN 'many' WHEN n > 4 THEN 'some' ELSE 'few' END FROM sky.star",
     both(["many" if n > 8 else "some" if n > 4 else "few" for n in S["n"]])),
    ("SELECT CASE n WHEN 1 THEN 1.5 WHEN 2 THEN 3 END FROM sky.star",
     both([{1: 1.5, 2: 3.0}.get(int(n)) for n in S["n"]])),
    ("SELECT ivo_nocasematch(name, 'ztf18%') FROM sky.star", both([int(name[3:5] == "18") for name in S["name"]])),
    # groups
    ("SELECT COUNT(*), COUNT(color), COUNT(DISTINCT n), SUM(n), MIN(n), MAX(name), AVG(n) FROM sky.star",
     [(N, int(S["color"].count()), len(set(S["n"])), int(S["n"].sum()), int(S["n"].min()), max(S["name"]),
       float(S["n"].mean()))]),
    ("SELECT SUM(big) - SUM(big) FROM sky.star WHERE n = 3 AND name = 'none'", [(None,)]),
    ("SELECT n, COUNT(*) AS c FROM sky.star GROUP BY n ORDER BY n", counted(S["n"])),
    ("SELECT FLOOR(mjd / 100) AS century, COUNT(*) FROM sky.visit GROUP BY century ORDER BY century",
     counted(np.floor(V["mjd"] / 100))),
    ("SELECT band, COUNT(*) FROM sky.visit GROUP BY band HAVING COUNT(*) > 250 ORDER BY 2 DESC",
     [(1, N), ]),
    ("SELECT FLOOR(mjd / 100), COUNT(*) FROM sky.visit GROUP BY FLOOR(mjd / 100) ORDER BY 1",
     counted(np.floor(V["mjd"] / 100))),
    ("SELECT flag, COUNT(*) FROM sky.star GROUP BY flag ORDER BY flag",
     [(False, FLAG.count(False)), (True, FLAG.count(True)), (None, FLAG.count(None))]),
    ("SELECT ivo_string_agg(name, ',') FROM sky.star WHERE big = 4611686018427387904", [(S["name"][0],)]),
    # joins
    ("SELECT s.name, v.id FROM sky.star AS s JOIN sky.visit AS v ON s.name = v.name WHERE s.n = 7",
     [(name, int(one)) for name, one in zip(V["name"], V["id"]) if S["n"][STAR_OF[name]] == 7]),
    ("SELECT s.name, v.id FROM sky.star AS s, sky.visit AS v WHERE s.name = v.name AND s.n = 7",
     [(name, int(one)) for name, one in zip(V["name"], V["id"]) if S["n"][STAR_OF[name]] == 7]),
    ("SELECT name, n, band FROM sky.star JOIN sky.visit USING (name)",
     [(name, int(S["n"][STAR_OF[name]]), int(band)) for name, band in zip(V["name"], V["band"])]),
    ("SELECT name, n, band FROM sky.star NATURAL JOIN sky.visit",
     [(name, int(S["n"][STAR_OF[name]]), int(band)) for name, band in zip(V["name"], V["band"])]),
    ("SELECT s.name, v.band FROM sky.star AS s LEFT OUTER JOIN sky.visit AS v ON s.name = v.name AND v.band = 3",
     [(name, 3 if number % 2 == 0 else None) for number, name in enumerate(S["name"])]),
    ("SELECT name FROM sky.visit RIGHT JOIN sky.star USING (name) WHERE band IS NULL", names(np.arange(N) % 2 == 1)),
    ("SELECT a.name, v.id FROM sky.star AS a JOIN (sky.star AS b JOIN sky.visit AS v ON b.name = v.name AND b.n = 7) "
     "ON a.name = b.name", [(name, int(one)) for name, one in zip(V["name"], V["id"]) if S["n"][STAR_OF[name]] == 7]),
    ("SELECT b.name, v.id FROM (sky.star AS b JOIN sky.visit AS v ON b.name = v.name) WHERE b.n = 7",
     [(name, int(one)) for name, one in zip(V["name"], V["id"]) if S["n"][STAR_OF[name]] == 7]),
    ("SELECT COUNT(*) FROM sky.star AS a CROSS JOIN sky.star AS b", [(N * N,)]),
    ("SELECT COUNT(*), COUNT(name) FROM sky.star FULL OUTER JOIN sky.visit USING (name)", [(N // 2 + 2 * N,) * 2]),
    # queries in queries
    ("SELECT s.name FROM sky.star AS s WHERE s.name IN (SELECT v.name FROM sky.visit AS v WHERE v.mag < 15.1)",
     names(np.isin(S["name"].astype(str), V["name"][V["mag"] < 15.1].astype(str)))),
    ("SELECT s.name FROM sky.star AS s WHERE NOT EXISTS (SELECT v.id FROM sky.visit AS v WHERE v.name = s.name)",
     names(np.arange(N) % 2 == 1)),
    ("SELECT q.n, q.c FROM (SELECT n, COUNT(*) AS c FROM sky.star GROUP BY n) AS q WHERE q.c > 30",
     [(n, c) for n, c in counted(S["n"]) if c > 30]),
    ("WITH few AS (SELECT name, n FROM sky.star WHERE n < 3), one AS (SELECT name FROM few WHERE n = 1) "
     "SELECT * FROM one", names(S["n"] == 1)),
    ("SELECT n FROM sky.star WHERE n IN (SELECT MAX(m.n) FROM sky.star AS m)", [(11,)] * int((S["n"] == 11).sum())),
    ("SELECT n FROM sky.star UNION SELECT band AS n FROM sky.visit", [(n,) for n in range(1, 12)]),
    ("SELECT n FROM sky.star WHERE n = 2 UNION ALL SELECT n FROM sky.star WHERE n = 2",
     [(2,)] * 2 * int((S["n"] == 2).sum())),
    ("SELECT name FROM sky.star EXCEPT SELECT name FROM sky.visit", names(np.arange(N) % 2 == 1)),
    ("SELECT n FROM sky.star INTERSECT SELECT band AS n FROM sky.visit ORDER BY n DESC", [(3,), (2,), (1,)]),
    ("SELECT TOP 1 n FROM sky.star WHERE n = 4 UNION ALL SELECT TOP 2 n FROM sky.star WHERE n = 5 ORDER BY 1",
     [(4,), (5,), (5,)]),
    # places
    (f"SELECT name FROM sky.star WHERE 1 = CONTAINS({AT}, {FIELD})", names(near(150, 2, 0.5))),
    (f"SELECT name FROM sky.star WHERE CONTAINS({AT}, {FIELD}) = 0", names(~near(150, 2, 0.5))),
    (f"SELECT name, CONTAINS({AT}, {FIELD}) FROM sky.star", both(S["name"], near(150, 2, 0.5).astype(int))),
    ("SELECT name FROM sky.star WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(POINT(150, 2), 1. / 2))",
     names(near(150, 2, 0.5))),
    (f"SELECT name FROM sky.star WHERE 1 = INTERSECTS({AT}, {FIELD})", names(near(150, 2, 0.5))),
    (f"SELECT name FROM sky.star WHERE 1 = INTERSECTS(CIRCLE('ICRS', ra, dec, 0.2), {FIELD})",
     names(near(150, 2, 0.7))),
    (f"SELECT name FROM sky.star WHERE 1 = CONTAINS(CIRCLE('ICRS', ra, dec, 0.2), {FIELD})", names(near(150, 2, 0.3))),
    ("SELECT name FROM sky.star WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 359.9, 0, 0.4))",
     names(near(359.9, 0, 0.4))),
    ("SELECT name FROM sky.star WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 77, 89.9, 0.6))",
     names(near(77, 89.9, 0.6))),
    ("SELECT name FROM sky.star WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 20, -60, 170))",
     names(near(20, -60, 170))),
    (f"SELECT DISTANCE({AT}, POINT('ICRS', 150, 2)), DISTANCE(ra, dec, 150, 2) FROM sky.star",
     both(*[SKY.separation(SkyCoord(150, 2, unit="deg")).deg] * 2)),
    (f"SELECT name FROM sky.star WHERE 1 = CONTAINS({AT}, POLYGON('ICRS', 149.5, 1.5, 150.5, 1.5, 150.5, 2.5))",
     names((np.abs(S["ra"] - 150) <= 0.5) & (np.abs(S["dec"] - 2) <= 0.5) & (S["dec"] - 2 < S["ra"] - 150))),
    (f"SELECT name FROM sky.star WHERE 1 = CONTAINS({AT}, POLYGON(150.5, 2.5, 150.5, 1.5, 149.5, 1.5))",
     names((np.abs(S["ra"] - 150) <= 0.5) & (np.abs(S["dec"] - 2) <= 0.5) & (S["dec"] - 2 < S["ra"] - 150))),
    ("SELECT name FROM sky.star WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), POLYGON(0, 80, 90, 80, 180, 80, 270, 80)) "
     "AND dec > 89", names(S["dec"] > 89)),
    (f"SELECT name FROM sky.star WHERE 1 = CONTAINS({AT}, BOX('ICRS', 150, 2, 1, 0.8)) ORDER BY name",
     sorted(names((np.abs(S["ra"] - 150) <= 0.5) & (np.abs(S["dec"] - 2) <= 0.4)))),
    ("SELECT COORD1(POINT('ICRS', ra, dec)), COORD2(CENTROID(CIRCLE('ICRS', ra, dec, 1))), "
     "COORDSYS(POINT('ICRS', ra, dec)) FROM sky.star", both(S["ra"], S["dec"], ["ICRS"] * N)),
    ("SELECT AREA(CIRCLE(0, 0, 180)), AREA(POLYGON(0, 0, 90, 0, 90, 90)), AREA(BOX(10, 0, 1, 1)) FROM sky.visit "
     "WHERE id = 1000000000000000000", [(129600 / math.pi, 16200 / math.pi, 1.00001269096)]),
    ("SELECT a.name, b.name FROM sky.star AS a JOIN sky.star AS b ON 1 = CONTAINS(POINT('ICRS', a.ra, a.dec), "
     "CIRCLE('ICRS', b.ra, b.dec, 0.05)) WHERE a.name <> b.name", PAIRS),
    # TAP_SCHEMA
    ("SELECT table_name FROM tap_schema.tables WHERE schema_name = 'sky' ORDER BY table_index",
     [("sky.star",), ("sky.visit",)]),
    ('SELECT column_name, datatype, arraysize, unit, indexed, "size" FROM TAP_SCHEMA.columns '
     "WHERE table_name = 'sky.visit' ORDER BY column_index",
     [("name", "char", "*", None, 0, None), ("band", "short", None, None, 0, None),
      ("mag", "float", None, "mag", 0, None), ("mjd", "double", None, "d", 0, None),
      ("id", "long", None, None, 0, None)]),
    ("SELECT column_name FROM tap_schema.columns WHERE table_name = 'sky.star' AND column_name LIKE '%value%'",
     [('"value"',)]),
]


def same(found, expected):
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected):
        assert len(mine) == len(theirs)
        for a, b in zip(mine, theirs):
            if isinstance(a, float) and b is not None:
                assert a == pytest.approx(float(b), rel=1e-11, abs=1e-12)
            else:
                assert type(a) is type(b) and a == b


@pytest.mark.parametrize("query, expected", LEGAL, ids=[query for query, _ in LEGAL])
def test_legal(rows, query, expected):
    found = rows(query)
    if "ORDER BY" not in query:
        found, expected = sorted(found, key=repr), sorted(expected, key=repr)
    same(found, expected)


def test_there_are_enough():
    assert len(LEGAL) >= 90


def test_metadata_follows_columns(database):
    result = database.run("SELECT s.ra, s.ra + 0 AS x, v.mag AS m, q.name FROM sky.star AS s JOIN sky.visit AS v "
                          "ON s.name = v.name JOIN (SELECT name FROM sky.star) AS q ON q.name = s.name",
                          maxrec=1, seconds=5)
    assert [(output.name, output.kind) for output in result.outputs] == [
        ("ra", "double"), ("x", "double"), ("m", "float"), ("name", "char")]
    assert [output.column and (output.column.unit, output.column.ucd) for output in result.outputs] == [
        ("deg", "pos.eq.ra;meta.main"), None, ("mag", "phot.mag"), ("", "meta.id;meta.main")]
    assert result.outputs[3].column.description == "Name of the star"
    assert result.overflow and len(result) == 1


def test_second_of_a_name(database):
    result = database.run("SELECT a.name, b.*, a.n AS band FROM sky.star AS a JOIN sky.visit AS b ON a.name = b.name",
                          maxrec=5, seconds=5)
    assert [output.name for output in result.outputs] == ["name", "name_", "band", "mag", "mjd", "id", "band_"]


def test_types_of_an_empty_result(database):
    result = database.run("SELECT name, n, flag, color, big, small, ra, tags, n / 2 AS h, COUNT(*) AS c FROM sky.star "
                          "WHERE n > 100 GROUP BY name, n, flag, color, big, small, ra, tags", maxrec=5, seconds=5)
    assert [column.dtype for column in result.columns] == [
        object, np.int32, bool, np.float32, np.int64, np.int16, np.float64, object, np.int32, np.int32]


@pytest.mark.parametrize("top, maxrec, expected, overflow", [
    ("", 10, 10, True), ("", 400, 400, False), ("TOP 5", 10, 5, False), ("TOP 10", 10, 10, False),
    ("TOP 11", 10, 10, True), ("", 0, 0, True)])
def test_overflow(database, top, maxrec, expected, overflow):
    result = database.run(f"SELECT {top} name FROM sky.star ORDER BY name", maxrec=maxrec, seconds=5)
    assert (len(result), result.overflow) == (expected, overflow)
    assert result.columns[0].tolist() == sorted(S["name"])[:expected]


@settings(max_examples=60)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_any_text_comes_back(rows, text):
    quoted = text.replace("'", "''")
    assert rows(f"SELECT '{quoted}' AS t FROM sky.visit WHERE id = 1000000000000000000") == [(text,)]


@settings(max_examples=60)
@given(number=st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: abs(x) < 1e300))
def test_any_number_comes_back(rows, number):
    assert rows(f"SELECT 0.0 + {number!r} AS x FROM sky.visit WHERE id = 1000000000000000000") == [(number,)]


_numbers = st.integers(-50, 50).map(str)
_sums = st.recursive(_numbers, lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
    lambda parts: f"({parts[0]} {parts[1]} {parts[2]})") | st.lists(inner, min_size=2, max_size=4).map(" - ".join),
    max_leaves=8)


@settings(max_examples=60)
@given(sum=_sums)
def test_arithmetic_is_pythons(rows, sum):
    value = eval(sum)
    if abs(value) < 2 ** 31:
        found = rows(f"SELECT CAST(1. * ({sum}) AS BIGINT) AS x FROM sky.visit WHERE id = 1000000000000000000")
        assert found == [(value,)]


@settings(max_examples=80)
@given(ra=st.floats(0, 360), dec=st.floats(-90, 90), radius=st.floats(0.001, 180))
def test_any_cone(rows, ra, dec, radius):
    circle = f"CIRCLE('ICRS', {ra!r}, {dec!r}, {radius!r})"
    found = {row[0] for row in rows(f"SELECT name FROM sky.star WHERE 1 = CONTAINS({AT}, {circle})")}
    distance = SKY.separation(SkyCoord(ra, dec, unit="deg")).deg
    assert set(S["name"][distance < radius - 1e-7]) <= found <= set(S["name"][distance < radius + 1e-7])
