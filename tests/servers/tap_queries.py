# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Queries over the uploaded table of ``test_tap_grammar.py``: what DaCHS 2.11 answers, and what it refuses."""

# Query: names and types of its columns, and rows.
ANSWERS = {
    "SELECT id FROM tap_upload.t -- comment":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT TOP 3 id FROM tap_upload.t ORDER BY id":
        ("id:int", [(1,), (2,), (3,)]),
    "SELECT TOP 2 id FROM tap_upload.t ORDER BY id OFFSET 2":
        ("id:int", [(3,), (4,)]),
    "SELECT id FROM tap_upload.t ORDER BY id OFFSET 3":
        ("id:int", [(4,), (5,), (6,)]),
    "SELECT ALL id FROM tap_upload.t ORDER BY id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT DISTINCT s FROM tap_upload.t ORDER BY s":
        ("s:short", [(1,), (2,), (3,)]),
    "SELECT DISTINCT TOP 2 s FROM tap_upload.t ORDER BY s":
        ("s:short", [(1,), (2,)]),
    "SELECT id, a FROM tap_upload.t ORDER BY a, id":
        ("id:int a:long", [(3, -5), (1, 3), (5, 7), (6, 7), (2, 1152921504606846977), (4, None)]),
    "SELECT id, a FROM tap_upload.t ORDER BY a DESC, id":
        ("id:int a:long", [(4, None), (2, 1152921504606846977), (5, 7), (6, 7), (1, 3), (3, -5)]),
    "SELECT id FROM tap_upload.t ORDER BY -id":
        ("id:int", [(6,), (5,), (4,), (3,), (2,), (1,)]),
    "SELECT id FROM tap_upload.t ORDER BY 1 DESC":
        ("id:int", [(6,), (5,), (4,), (3,), (2,), (1,)]),
    "SELECT id AS foo FROM tap_upload.t ORDER BY foo DESC":
        ("foo:int", [(6,), (5,), (4,), (3,), (2,), (1,)]),
    "SELECT id foo FROM tap_upload.t ORDER BY foo":
        ("foo:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT \"id\" FROM tap_upload.t":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT t.id FROM tap_upload.t":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT id, id FROM tap_upload.t":
        ("id:int id_:int", [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]),
    "SELECT id AS a, s AS a FROM tap_upload.t":
        ("a:int a_:short", [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)]),
    "SELECT 7 / 2 AS a, 7 / 2.0 AS b, -7 / 2 AS c, 1 / 3. AS d FROM tap_upload.t WHERE id = 1":
        ("a:short b:double c:short d:double", [(3, 3.5, -3, 0.3333333333333333)]),
    "SELECT +x AS a, -x AS b, -(-x) AS c FROM tap_upload.t ORDER BY id":
        ("a:double b:double c:double", [(1.5, -1.5, 1.5), (-2.25, 2.25, -2.25), (0.0, -0.0, 0.0), (10.0, -10.0,
         10.0), (None, None, None), (3.0, -3.0, 3.0)]),
    "SELECT 1 + 2 * 3 AS a, (1 + 2) * 3 AS b FROM tap_upload.t WHERE id = 1":
        ("a:short b:short", [(7, 9)]),
    "SELECT ASIN(0.5) AS a, ACOS(0.5) AS b, COT(0.5) AS c FROM tap_upload.t WHERE id = 1":
        ("a:double b:double c:double", [(0.5235987755982989, 1.0471975511965979, 1.830487721712452)]),
    "SELECT UPPER(name) AS u, LOWER(name) AS l FROM tap_upload.t ORDER BY id":
        ('u:char l:char', [('ALPHA', 'alpha'), ('BETA', 'beta'), ('BE_TA', 'be_ta'), ('100%', '100%'), ("IT'S",
         "it's"), ('', '')]),
    "SELECT id FROM tap_upload.t WHERE name LIKE 'b%'":
        ("id:int", [(3,)]),
    "SELECT id FROM tap_upload.t WHERE name ILIKE 'B%' ORDER BY id":
        ("id:int", [(2,), (3,)]),
    "SELECT id FROM tap_upload.t WHERE name LIKE 'be\\_ta'":
        ("id:int", [(3,)]),
    "SELECT id FROM tap_upload.t WHERE name LIKE '100\\%'":
        ("id:int", [(4,)]),
    "SELECT id FROM tap_upload.t WHERE name LIKE '%a' ORDER BY id":
        ("id:int", [(1,), (2,), (3,)]),
    "SELECT id FROM tap_upload.t WHERE name NOT LIKE '%a' ORDER BY id":
        ("id:int", [(4,), (5,)]),
    "SELECT id FROM tap_upload.t WHERE NOT name LIKE '%a' ORDER BY id":
        ("id:int", [(4,), (5,)]),
    "SELECT id FROM tap_upload.t WHERE name = 'it''s'":
        ("id:int", [(5,)]),
    "SELECT id FROM tap_upload.t WHERE name IN ('alpha', 'zeta', 'Beta') ORDER BY id":
        ("id:int", [(1,), (2,)]),
    "SELECT id FROM tap_upload.t WHERE id NOT IN (1, 2) ORDER BY id":
        ("id:int", [(3,), (4,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE id BETWEEN 2 AND 4 ORDER BY id":
        ("id:int", [(2,), (3,), (4,)]),
    "SELECT id FROM tap_upload.t WHERE id NOT BETWEEN 2 AND 4 ORDER BY id":
        ("id:int", [(1,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE a IS NULL":
        ("id:int", [(4,)]),
    "SELECT id FROM tap_upload.t WHERE a IS NOT NULL ORDER BY id":
        ("id:int", [(1,), (2,), (3,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE a = NULL":
        ("id:int", []),
    "SELECT id FROM tap_upload.t WHERE a <> 7 ORDER BY id":
        ("id:int", [(1,), (2,), (3,)]),
    "SELECT id FROM tap_upload.t WHERE a != 7 ORDER BY id":
        ("id:int", [(1,), (2,), (3,)]),
    "SELECT id FROM tap_upload.t WHERE NOT (id = 1 OR id = 2) AND s < 3 ORDER BY id":
        ("id:int", [(3,), (4,)]),
    "SELECT id FROM tap_upload.t WHERE id = '5'":
        ("id:int", [(5,)]),
    "SELECT id FROM tap_upload.t WHERE x = '1.5'":
        ("id:int", [(1,)]),
    "SELECT s, COUNT(*) AS n FROM tap_upload.t GROUP BY s ORDER BY s":
        ("s:short n:int", [(1, 2), (2, 2), (3, 2)]),
    "SELECT s, SUM(id) AS n FROM tap_upload.t GROUP BY s HAVING SUM(id) > 3 ORDER BY s":
        ("s:short n:int", [(2, 7), (3, 11)]),
    "SELECT s, SUM(id) AS n FROM tap_upload.t GROUP BY s HAVING COUNT(*) > 1 AND MIN(id) > 1 ORDER BY s":
        ("s:short n:int", [(2, 7), (3, 11)]),
    "SELECT COUNT(DISTINCT s) AS n FROM tap_upload.t":
        ("n:int", [(3,)]),
    "SELECT SUM(DISTINCT s) AS n FROM tap_upload.t":
        ("n:short", [(6,)]),
    "SELECT MOD(id, 2) AS m, COUNT(*) AS n FROM tap_upload.t GROUP BY MOD(id, 2) ORDER BY m":
        ("m:double n:int", [(0.0, 3), (1.0, 3)]),
    "SELECT s AS q, COUNT(*) AS n FROM tap_upload.t GROUP BY 1 ORDER BY q":
        ("q:short n:int", [(1, 2), (2, 2), (3, 2)]),
    "SELECT COUNT(*) AS n FROM tap_upload.t HAVING COUNT(*) > 3":
        ("n:int", [(6,)]),
    "SELECT t.id, u.id AS v FROM tap_upload.t AS t JOIN tap_upload.t AS u ON t.id = u.s ORDER BY t.id, v":
        ("id:int v:int", [(1, 1), (1, 2), (2, 3), (2, 4), (3, 5), (3, 6)]),
    "SELECT t.id, u.id AS v FROM tap_upload.t AS t INNER JOIN tap_upload.t AS u ON t.id = u.a ORDER BY t.id, v":
        ("id:int v:int", [(3, 1)]),
    "SELECT t.id, u.id AS v FROM tap_upload.t AS t LEFT OUTER JOIN tap_upload.t AS u ON t.id = u.a ORDER BY "
    "t.id, v":
        ("id:int v:int", [(1, None), (2, None), (3, 1), (4, None), (5, None), (6, None)]),
    "SELECT t.id, u.id AS v FROM tap_upload.t AS t RIGHT OUTER JOIN tap_upload.t AS u ON t.id = u.a ORDER "
    "BY v, t.id":
        ("id:int v:int", [(3, 1), (None, 2), (None, 3), (None, 4), (None, 5), (None, 6)]),
    "SELECT COUNT(*) AS n FROM tap_upload.t AS t CROSS JOIN tap_upload.t AS u":
        ("n:int", [(36,)]),
    "SELECT COUNT(*) AS n FROM tap_upload.t AS t, tap_upload.t AS u":
        ("n:int", [(36,)]),
    "SELECT COUNT(*) AS n FROM tap_upload.t AS t NATURAL JOIN tap_upload.t AS u":
        ("n:int", [(3,)]),
    "SELECT id FROM tap_upload.t AS t JOIN tap_upload.t AS u USING (id) ORDER BY id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT t.id FROM (tap_upload.t AS t JOIN tap_upload.t AS u ON t.id = u.a) ORDER BY t.id":
        ("id:int", [(3,)]),
    "SELECT q.id FROM (SELECT id FROM tap_upload.t WHERE id > 4) AS q ORDER BY q.id":
        ("id:int", [(5,), (6,)]),
    "SELECT id FROM (SELECT id FROM tap_upload.t WHERE id > 4) AS q ORDER BY id":
        ("id:int", [(5,), (6,)]),
    "SELECT t.id FROM tap_upload.t AS t WHERE t.id IN (SELECT u.s FROM tap_upload.t AS u) ORDER BY t.id":
        ("id:int", [(1,), (2,), (3,)]),
    "SELECT id FROM tap_upload.t WHERE id IN (SELECT s FROM tap_upload.t) ORDER BY id":
        ("id:int", [(1,), (2,), (3,)]),
    "SELECT t.id FROM tap_upload.t AS t WHERE EXISTS (SELECT u.id FROM tap_upload.t AS u WHERE u.a = t.id) "
    "ORDER BY t.id":
        ("id:int", [(3,)]),
    "SELECT t.id FROM tap_upload.t AS t WHERE NOT EXISTS (SELECT u.id FROM tap_upload.t AS u WHERE u.a = "
    "t.id) ORDER BY t.id":
        ("id:int", [(1,), (2,), (4,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE id < 2 UNION ALL SELECT id FROM tap_upload.t WHERE id < 2":
        ("id:int", [(1,), (1,)]),
    "SELECT CASE WHEN id > 3 THEN 'a' ELSE 'b' END AS c FROM tap_upload.t ORDER BY id":
        ("c:char", [("b",), ("b",), ("b",), ("a",), ("a",), ("a",)]),
    "SELECT CASE WHEN id > 3 THEN 'a' END AS c FROM tap_upload.t ORDER BY id":
        ("c:char", [("",), ("",), ("",), ("a",), ("a",), ("a",)]),
    "SELECT CASE s WHEN 1 THEN 10 WHEN 2 THEN 20 ELSE 30 END AS c FROM tap_upload.t ORDER BY id":
        ("c:short", [(10,), (10,), (20,), (20,), (30,), (30,)]),
    "SELECT CASE WHEN id > 3 THEN x ELSE 0 END AS c FROM tap_upload.t ORDER BY id":
        ("c:double", [(0.0,), (0.0,), (0.0,), (10.0,), (None,), (3.0,)]),
    "SELECT CAST(id AS VARCHAR(3)) AS a FROM tap_upload.t":
        ("a:char", [("1",), ("2",), ("3",), ("4",), ("5",), ("6",)]),
    "SELECT CAST(id AS CHAR(3)) AS a FROM tap_upload.t":
        ("a:char", [("1",), ("2",), ("3",), ("4",), ("5",), ("6",)]),
    "SELECT CAST('5' AS INTEGER) AS a FROM tap_upload.t WHERE id = 1":
        ("a:int", [(5,)]),
    "SELECT DISTANCE(POINT('ICRS', 1, 2), POINT('ICRS', 1, 3)) AS d FROM tap_upload.t WHERE id = 1":
        ("d:double", [(1.0000000000000009,)]),
    "SELECT DISTANCE(1, 2, 1, 3) AS d FROM tap_upload.t WHERE id = 1":
        ("d:double", [(1.0000000000000009,)]),
    "SELECT CONTAINS(POINT('ICRS', 1, 2), CIRCLE('ICRS', 1, 2, 1)) AS d FROM tap_upload.t WHERE id = 1":
        ("d:int", [(1,)]),
    "SELECT COORD1(POINT('ICRS', 1, 2)) AS a, COORD2(POINT('ICRS', 1, 2)) AS b FROM tap_upload.t WHERE id = 1":
        ("a:double b:double", [(1.0, 2.0)]),
    "SELECT id FROM tap_upload.t WHERE CONTAINS(POINT('ICRS', x, f), CIRCLE('ICRS', 1.5, 18.1, 1)) = 1":
        ("id:int", [(1,)]),
    "SELECT id FROM tap_upload.t WHERE 1 = INTERSECTS(CIRCLE('ICRS', x, f, 1), CIRCLE('ICRS', 1.5, 18.1, 1))":
        ("id:int", [(1,)]),
    "SELECT id FROM tap_upload.t WHERE CONTAINS(POINT('ICRS', x, f), CIRCLE('ICRS', 1.5, 18.1, 1)) > 0":
        ("id:int", [(1,)]),
    "SELECT IN_UNIT(x, 'arcmin') AS a FROM tap_upload.t ORDER BY id":
        ("a:double", [(90.0,), (-135.0,), (0.0,), (600.0,), (None,), (180.0,)]),
    "SELECT MIN(x) AS a, AVG(x) AS b, SUM(x) AS c, MAX(f) AS d FROM tap_upload.t":
        ("a:double b:double c:double d:float", [(-2.25, 2.45, 12.25, 20.299999237060547)]),
    "SELECT f * 2 AS a, f + f AS b, f - f AS c, f + x AS d FROM tap_upload.t WHERE id = 1":
        ("a:float b:float c:float d:double", [(36.20000076293945, 36.20000076293945, 0.0, 19.600000381469727)]),
    "SELECT COALESCE(x, 0) AS y FROM tap_upload.t WHERE id = 1":
        ("y:double", [(1.5,)]),
    "SELECT ivo_nocasematch(name, 'BETA') AS a FROM tap_upload.t":
        ("a:int", [(0,), (0,), (0,), (0,), (0,), (1,)]),
    "SELECT id FROM tap_upload.t WHERE 1 = ivo_nocasematch(name, 'BETA')":
        ("id:int", [(2,)]),
    "SELECT ivo_string_agg(name, ',') AS a FROM tap_upload.t WHERE id < 3":
        ("a:char", [("alpha,Beta",)]),
    "SELECT id AS \"size\" FROM tap_upload.t":
        ("size:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t AS \"T t\" WHERE \"T t\".id = 1":
        ("id:int", [(1,)]),
    "SELECT \"T\".id FROM tap_upload.t AS \"T\" WHERE \"T\".id = 1":
        ("id:int", [(1,)]),
    "select Id from TAP_UPLOAD.T order by ID":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE name LIKE name ORDER BY id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,)]),
    "SELECT id FROM tap_upload.t WHERE 'alpha' LIKE name ORDER BY id":
        ("id:int", [(1,)]),
    "SELECT t.id AS i, t.name FROM tap_upload.t t WHERE t.x > -1e1 AND t.x < +2.5E+0":
        ("i:int name:char", [(1, "alpha"), (2, "Beta"), (3, "be_ta")]),
    "SELECT id FROM tap_upload.t WHERE (id = 1)":
        ("id:int", [(1,)]),
    "SELECT id FROM tap_upload.t WHERE ((id = 1) OR (id = 2)) ORDER BY id":
        ("id:int", [(1,), (2,)]),
    "SELECT (id) AS a FROM tap_upload.t ORDER BY a":
        ("a:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT ((id + 1)) AS a FROM tap_upload.t ORDER BY a":
        ("a:int", [(2,), (3,), (4,), (5,), (6,), (7,)]),
    "SELECT ALL TOP 5 id FROM tap_upload.t":
        ("id:int", [(1,), (2,), (3,), (4,), (5,)]),
    "SELECT AVG(id) AS a FROM tap_upload.t":
        ("a:double", [(3.5,)]),
    "SELECT SUM(s) AS k, SUM(id) AS l FROM tap_upload.t":
        ("k:short l:int", [(12, 21)]),
    "SELECT AVG(s) AS k FROM tap_upload.t":
        ("k:double", [(2.0,)]),
    "SELECT COUNT(*) + 1 AS k, COUNT(*) * 2.0 AS l FROM tap_upload.t":
        ("k:int l:double", [(7, 12.0)]),
    "SELECT MOD(7, 3) AS a, MOD(a, 3) AS b FROM tap_upload.t WHERE id = 1":
        ("a:double b:double", [(1.0, 0.0)]),
    "SELECT ROUND(id) AS a, TRUNCATE(-2.7) AS b, FLOOR(id) AS c FROM tap_upload.t WHERE id = 2":
        ("a:double b:double c:double", [(2.0, -2.0, 2.0)]),
    "SELECT x - 1 AS a, x + 1 AS b, 2 * x AS c, x / 2 AS d, 2 / x AS e FROM tap_upload.t WHERE id = 1":
        ("a:double b:double c:double d:double e:double", [(0.5, 2.5, 3.0, 0.75, 1.3333333333333333)]),
    "SELECT SQRT(x) AS a, POWER(x, 2) AS b, EXP(x) AS c, LOG(x) AS d FROM tap_upload.t WHERE id = 1":
        ("a:double b:double c:double d:double", [(1.224744871391589, 2.25, 4.4816890703380645,
         0.4054651081081644)]),
    "SELECT q.x, q.b FROM (SELECT x, -x AS b FROM tap_upload.t) AS q WHERE q.x = 1.5":
        ("x:double b:double", [(1.5, -1.5)]),
    "SELECT 3600 * DISTANCE(POINT('ICRS', x, f), POINT('ICRS', 1.5, 18)) AS sep FROM tap_upload.t WHERE id = 1":
        ("sep:double", [(360.0013732910113,)]),
    "SELECT DISTANCE(POINT('ICRS', x, f), POINT('ICRS', 1.5, 18)) * 3600 AS sep FROM tap_upload.t WHERE id = 1":
        ("sep:double", [(360.0013732910113,)]),
    "SELECT IN_UNIT(DISTANCE(POINT('ICRS', x, f), POINT('ICRS', 1.5, 18)), 'arcsec') AS sep FROM tap_upload.t "
    "WHERE id = 1":
        ("sep:double", [(360.0013732910113,)]),
    "SELECT id FROM tap_upload.t WHERE IN_UNIT(DISTANCE(x, f, 1.5, 18.1), 'arcmin') < 0.01":
        ("id:int", [(1,)]),
    "SELECT IN_UNIT(IN_UNIT(x, 'arcmin'), 'arcsec') AS a FROM tap_upload.t WHERE id = 1":
        ("a:double", [(5400.0,)]),
    "SELECT IN_UNIT(u.a, 'arcsec') AS b FROM (SELECT IN_UNIT(x, 'arcmin') AS a FROM tap_upload.t WHERE id = 1) AS u":
        ("b:double", [(5400.0,)]),
    "SELECT IN_UNIT(x, 'rad') * 2 AS a FROM tap_upload.t WHERE id = 1":
        ("a:double", [(0.0523598775598299,)]),
    "SELECT CAST(x AS INTEGER) AS a FROM tap_upload.t WHERE id = 1":
        ("a:int", [(2,)]),
    "SELECT CAST(name AS VARCHAR(3)) AS a, CAST(name AS CHAR(3)) AS b FROM tap_upload.t ORDER BY id":
        ('a:char b:char', [('alp', 'alp'), ('Bet', 'Bet'), ('be_', 'be_'), ('100', '100'), ("it'", "it'"), ('',
         '')]),
    "SELECT CAST(id AS CHAR) AS a FROM tap_upload.t WHERE id = 1":
        ("a:char", [("1",)]),
    "SELECT id FROM tap_upload.t WHERE id > '3' ORDER BY id":
        ("id:int", [(4,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE name > 'a' ORDER BY id":
        ("id:int", [(1,), (3,), (5,)]),
    "SELECT id, name FROM tap_upload.t ORDER BY name":
        ('id:int name:char', [(4, '100%'), (2, 'Beta'), (1, 'alpha'), (3, 'be_ta'), (5, "it's"), (6, '')]),
    "SELECT id, name FROM tap_upload.t ORDER BY name DESC":
        ('id:int name:char', [(6, ''), (5, "it's"), (3, 'be_ta'), (1, 'alpha'), (2, 'Beta'), (4, '100%')]),
    "SELECT id, LOWER(name) AS l FROM tap_upload.t ORDER BY LOWER(name)":
        ('id:int l:char', [(4, '100%'), (1, 'alpha'), (3, 'be_ta'), (2, 'beta'), (5, "it's"), (6, '')]),
    "SELECT MIN(name) AS a, MAX(name) AS b FROM tap_upload.t":
        ('a:char b:char', [('100%', "it's")]),
    "SELECT id FROM tap_upload.t ORDER BY x + id":
        ("id:int", [(2,), (1,), (3,), (6,), (4,), (5,)]),
    "SELECT id FROM tap_upload.t ORDER BY s, 1 DESC":
        ("id:int", [(2,), (1,), (4,), (3,), (6,), (5,)]),
    "SELECT s FROM tap_upload.t GROUP BY s HAVING s > 1 ORDER BY s":
        ("s:short", [(2,), (3,)]),
    "SELECT t.id FROM tap_upload.t AS t, tap_upload.t AS u WHERE t.id = u.id AND u.s = 2 ORDER BY t.id":
        ("id:int", [(3,), (4,)]),
    "SELECT t.id, u.id FROM tap_upload.t AS t JOIN tap_upload.t AS u ON t.id = u.s ORDER BY t.id, u.id":
        ("id:int id_:int", [(1, 1), (1, 2), (2, 3), (2, 4), (3, 5), (3, 6)]),
    "SELECT t.id FROM tap_upload.t t LEFT OUTER JOIN tap_upload.t u ON t.id = u.a AND u.s > 2 WHERE u.id IS "
    "NULL ORDER BY t.id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT t.id FROM tap_upload.t AS t NATURAL LEFT OUTER JOIN tap_upload.t AS u ORDER BY t.id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE x > 1 AND NOT x > 5 OR id = 6 ORDER BY id":
        ("id:int", [(1,), (6,)]),
    "SELECT id FROM tap_upload.t WHERE id=1--c":
        ("id:int", [(1,)]),
    "SELECT id FROM tap_upload.t WHERE name = 'a' OR 'a' = 'a' ORDER BY id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT TOP 3 t.id, t.x FROM tap_upload.t AS t ORDER BY t.id DESC":
        ("id:int x:double", [(6, 3.0), (5, None), (4, 10.0)]),
    "SELECT id FROM tap_upload.t ORDER BY t.id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT id FROM tap_upload.t t ORDER BY t.id DESC OFFSET 4":
        ("id:int", [(2,), (1,)]),
    "SELECT id FROM tap_upload.t UNION SELECT id FROM tap_upload.t ORDER BY id OFFSET 4":
        ("id:int", [(5,), (6,)]),
    "SELECT id FROM tap_upload.t UNION SELECT id FROM tap_upload.t ORDER BY id DESC":
        ("id:int", [(6,), (5,), (4,), (3,), (2,), (1,)]),
    "SELECT id FROM tap_upload.t UNION SELECT id FROM tap_upload.t INTERSECT SELECT id FROM tap_upload.t "
    "WHERE id > 4 ORDER BY id":
        ("id:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT id AS k FROM tap_upload.t UNION SELECT s AS k FROM tap_upload.t ORDER BY k":
        ("k:int", [(1,), (2,), (3,), (4,), (5,), (6,)]),
    "SELECT a AS k FROM tap_upload.t UNION SELECT s AS k FROM tap_upload.t ORDER BY k":
        ("k:long", [(-5,), (1,), (2,), (3,), (7,), (1152921504606846977,), (None,)]),
}

REFUSED = [
    "(SELECT id FROM tap_upload.t)",
    "((SELECT id FROM tap_upload.t))",
    "(SELECT id FROM tap_upload.t) UNION (SELECT s FROM tap_upload.t)",
    "SELECT id FROM tap_upload.t;",
    ";SELECT id FROM tap_upload.t",
    "SELECT id /* c */ FROM tap_upload.t",
    "SELECT 1 AS a",
    "SELECT 'it''s' AS a",
    "SELECT 'a' || 'b' AS c",
    "SELECT id FROM tap_upload.t ORDER BY id OFFSET 3 ROWS",
    "SELECT id FROM tap_upload.t LIMIT 3",
    "SELECT TOP -1 id FROM tap_upload.t",
    "SELECT TOP 2 DISTINCT s FROM tap_upload.t ORDER BY s",
    "SELECT id, a FROM tap_upload.t ORDER BY a NULLS FIRST, id",
    "SELECT \"ID\" FROM tap_upload.t",
    "SELECT *, id FROM tap_upload.t",
    "SELECT id % 2 AS a FROM tap_upload.t",
    "SELECT MOD(x, 2) AS m FROM tap_upload.t",
    "SELECT id FROM tap_upload.t WHERE id IN ()",
    "SELECT id FROM tap_upload.t WHERE a == 7",
    "SELECT id FROM tap_upload.t WHERE 1",
    "SELECT id FROM tap_upload.t WHERE name",
    "SELECT id FROM tap_upload.t WHERE name = 5",
    "SELECT id FROM tap_upload.t WHERE id = 'five'",
    "SELECT s, id FROM tap_upload.t GROUP BY s",
    "SELECT id FROM tap_upload.t WHERE COUNT(*) > 1",
    "SELECT t.id FROM tap_upload.t AS t JOIN tap_upload.t AS u",
    "SELECT id FROM tap_upload.t AS t JOIN tap_upload.t AS u ON t.id = u.id",
    "SELECT t.id FROM tap_upload.t AS t JOIN tap_upload.t AS t ON t.id = t.id",
    "SELECT id FROM (SELECT id FROM tap_upload.t WHERE id > 4)",
    "SELECT t.id FROM tap_upload.t AS t WHERE t.id = (SELECT MAX(u.id) FROM tap_upload.t AS u)",
    "SELECT (SELECT MAX(u.id) FROM tap_upload.t AS u) AS m FROM tap_upload.t AS t",
    "SELECT t.id FROM tap_upload.t AS t WHERE t.id = ANY (SELECT u.s FROM tap_upload.t AS u)",
    "WITH q (n) AS (SELECT id FROM tap_upload.t) SELECT n FROM q",
    "WITH RECURSIVE q AS (SELECT id FROM tap_upload.t) SELECT id FROM q",
    "SELECT id FROM tap_upload.t UNION SELECT s FROM tap_upload.t",
    "SELECT id FROM tap_upload.t EXCEPT SELECT s FROM tap_upload.t ORDER BY id",
    "SELECT id FROM tap_upload.t INTERSECT SELECT s FROM tap_upload.t ORDER BY id",
    "SELECT id FROM tap_upload.t UNION SELECT s FROM tap_upload.t ORDER BY 1",
    "SELECT id, s FROM tap_upload.t UNION SELECT s FROM tap_upload.t",
    "SELECT CASE WHEN id > 3 THEN 1 ELSE 'a' END AS c FROM tap_upload.t ORDER BY id",
    "SELECT NULLIF(s, 1) AS c FROM tap_upload.t ORDER BY id",
    "SELECT CAST(x AS FLOAT) AS a FROM tap_upload.t",
    "SELECT CAST(id AS VARCHAR) AS a FROM tap_upload.t",
    "SELECT CAST(id AS TEXT) AS a FROM tap_upload.t",
    "SELECT id FROM tap_upload.t WHERE CONTAINS(POINT('ICRS', x, f), CIRCLE('ICRS', 1.5, 18.1, 1))",
    "SELECT id FROM tap_upload.t WHERE 1 = CONTAINS(POINT('NOSUCH', x, f), CIRCLE('ICRS', 1.5, 18.1, 1))",
    "SELECT IN_UNIT(x, 'kg') AS a FROM tap_upload.t",
    "SELECT IN_UNIT(DISTANCE(x, f, 1.5, 18), 'kg') AS a FROM tap_upload.t",
    "SELECT IN_UNIT(a, 'arcmin') AS a FROM tap_upload.t",
    "SELECT IN_UNIT(name, 'arcmin') AS a FROM tap_upload.t",
    "SELECT IN_UNIT(DISTANCE(x, f, 1.5, 18), x) AS a FROM tap_upload.t",
    "SELECT nosuch FROM tap_upload.t",
    "SELECT id FROM tap_upload.nosuch",
    "SELECT SUBSTRING(name, 1, 2) AS a FROM tap_upload.t",
    "SELECT id value FROM tap_upload.t",
    "SELECT id AS size FROM tap_upload.t",
    "SELECT T.id FROM tap_upload.t AS u WHERE id = 1",
    "SELECT id, FROM tap_upload.t",
    "SELECT id FROM tap_upload.t WHERE",
    "INSERT INTO ztf.object (oid) VALUES ('x')",
    "SELECT id INTO foo FROM tap_upload.t",
    "SELECT id FROM tap_upload.t WHERE id = 1 UNION DELETE FROM ztf.object",
    "SELECT TRUE AS a FROM tap_upload.t",
    "SELECT id::text AS a FROM tap_upload.t",
    "SELECT id FROM tap_upload.t WHERE (id, s) = (1, 1)",
    "SELECT id FROM tap_upload.t WHERE name LIKE 'a%' ESCAPE '\\'",
    "SELECT TOP 5 ra, dec FROM ztf.detection ORDER BY nosuch",
    "SELECT TOP 0 classes[1:2] AS a FROM ztf.taxonomy",
    "(SELECT id FROM tap_upload.t) UNION (SELECT id FROM tap_upload.t)",
    "(SELECT id FROM tap_upload.t WHERE id < 3) EXCEPT SELECT id FROM tap_upload.t WHERE id < 2",
    "(SELECT TOP 1 id FROM tap_upload.t ORDER BY id) UNION SELECT id FROM tap_upload.t WHERE id > 4",
    "(SELECT id FROM tap_upload.t) ORDER BY id",
    "SELECT id FROM tap_upload.t WHERE id IN (1, 2,)",
    "SELECT TOP 5 ALL id FROM tap_upload.t",
    "SELECT MOD(7, 0) AS a FROM tap_upload.t WHERE id = 1",
    "SELECT x / 0 AS a FROM tap_upload.t",
    "SELECT LOG(0) AS a FROM tap_upload.t",
    "SELECT ASIN(2) AS a FROM tap_upload.t",
    "SELECT SQRT(-1) AS a FROM tap_upload.t",
    "SELECT 2147483647 + 1 AS a FROM tap_upload.t WHERE id = 1",
    "SELECT id * 2147483647 AS a FROM tap_upload.t WHERE id = 6",
    "SELECT a * 1000 AS a FROM tap_upload.t WHERE id = 2",
    "SELECT CAST(a AS INTEGER) AS a FROM tap_upload.t",
    "SELECT CAST('x' AS INTEGER) AS a FROM tap_upload.t",
    "SELECT CAST(id AS INT) AS a FROM tap_upload.t WHERE id = 1",
    "SELECT CAST(id AS DOUBLE) AS a FROM tap_upload.t WHERE id = 1",
    "SELECT id FROM tap_upload.t ORDER BY 2",
    "SELECT DISTINCT s FROM tap_upload.t ORDER BY id",
    "SELECT s, COUNT(*) AS n FROM tap_upload.t GROUP BY s HAVING n > 1",
    "SELECT id AS i FROM tap_upload.t WHERE i > 3",
    "SELECT id FROM tap_upload.t AS t CROSS JOIN tap_upload.t AS u",
    "SELECT t.id FROM tap_upload.t AS t CROSS JOIN tap_upload.t AS u ON t.id = u.id",
    "SELECT id FROM tap_upload.t t JOIN tap_upload.t u USING (nosuch)",
    "SELECT u.id FROM tap_upload.t",
    "SELECT COUNT(id, s) AS a FROM tap_upload.t",
    "SELECT COUNT() AS a FROM tap_upload.t",
    "SELECT MAX(*) AS a FROM tap_upload.t",
    "SELECT id FROM tap_upload.t WHERE name = \"alpha\"",
    "SELECT id FROM tap_upload.t WHERE name = 'alpha",
    "SELECT 'a' = 'a' AS x FROM tap_upload.t",
    "SELECT id = 1 AS x FROM tap_upload.t",
    "SELECT id IS NULL AS x FROM tap_upload.t",
    "SELECT id FROM tap_upload.t HAVING id > 1",
    "SELECT id FROM tap_upload.t OFFSET 5 ORDER BY id",
    "SELECT id FROM tap_upload.t OFFSET -1",
]
