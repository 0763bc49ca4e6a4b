# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is not one SELECT over the offered tables is refused, and touches nothing."""

import threading
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astroquery_brokers.gateway.tap.errors import QueryError, ServiceError

from .sample import STARS

_ONE_A_LINE = """
# other statements
DROP TABLE sky.star
DELETE FROM sky.star
INSERT INTO sky.star (name) VALUES ('x')
UPDATE sky.star SET n = 0
CREATE TABLE sky.mine AS SELECT * FROM sky.star
ALTER TABLE sky.star DROP COLUMN n
TRUNCATE sky.star
COPY sky.star TO '{path}'
COPY (SELECT * FROM sky.star) TO '{path}'
EXPORT DATABASE '{path}'
ATTACH '{path}' AS other
DETACH memory
PRAGMA database_list
SET memory_limit = '100GB'
RESET memory_limit
CALL pragma_version()
INSTALL httpfs
LOAD httpfs
EXPLAIN SELECT * FROM sky.star
EXPLAIN ANALYZE SELECT * FROM sky.star
DESCRIBE sky.star
SHOW TABLES
SUMMARIZE sky.star
VALUES (1)
TABLE sky.star
FROM sky.star
BEGIN TRANSACTION
COMMIT
CHECKPOINT
VACUUM
CREATE MACRO f(x) AS x
EXECUTE IMMEDIATE 'SELECT 1'
PREPARE p AS SELECT 1
# more than one, or hidden in comments
SELECT 1; DROP TABLE sky.star
SELECT name FROM sky.star; SELECT n FROM sky.star
SELECT n FROM sky.star;
SELECT n /* */ FROM sky.star
SELECT n FROM sky.star /*; DROP TABLE sky.star; */
/* x */ SELECT n FROM sky.star
SELECT n FROM sky.star WHERE name = 'a'; DROP TABLE sky.star; --'
WITH x AS (DELETE FROM sky.star RETURNING *) SELECT * FROM x
WITH RECURSIVE x AS (SELECT n FROM sky.star UNION ALL SELECT n FROM x) SELECT * FROM x
SELECT * INTO sky.mine FROM sky.star
SELECT n FROM sky.star FOR UPDATE
# files and other outer things as tables
SELECT * FROM '{path}'
SELECT * FROM "{path}"
SELECT * FROM sky."{path}"
SELECT * FROM read_csv('{path}')
SELECT * FROM read_csv_auto('{path}')
SELECT * FROM read_parquet('{path}')
SELECT * FROM read_json('{path}')
SELECT * FROM read_text('{path}')
SELECT * FROM read_blob('{path}')
SELECT * FROM parquet_scan('{path}')
SELECT * FROM glob('/*')
SELECT * FROM sqlite_scan('{path}', 'x')
SELECT * FROM 'http://127.0.0.1/x.csv'
SELECT * FROM range(10)
SELECT * FROM generate_series(1, 10)
SELECT * FROM unnest(tags)
SELECT * FROM repeat_row(1, 2)
SELECT * FROM query('SELECT 1')
SELECT * FROM query_table('sky.star')
SELECT n FROM sky.star, LATERAL (SELECT 1) AS t
SELECT * FROM (VALUES (1)) AS v
SELECT * FROM sky.star AS s, read_csv('{path}') AS r
SELECT * FROM sky.star JOIN '{path}' ON 1 = 1
SELECT n FROM sky.star WHERE n IN (SELECT n FROM read_csv('{path}'))
SELECT n FROM sky.star UNION SELECT * FROM read_csv('{path}')
# what the database says about itself
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_tables()
SELECT * FROM duckdb_secrets()
SELECT * FROM information_schema.tables
SELECT * FROM pg_catalog.pg_class
SELECT * FROM pg_class
SELECT * FROM sqlite_master
SELECT * FROM memory.sky.star
SELECT * FROM main.incoming
SELECT * FROM temp.main.mine
SELECT * FROM system.main.duckdb_settings
SELECT * FROM star
SELECT * FROM "SKY"."star".x
SELECT * FROM incoming
SELECT * FROM tap_upload.mine
# functions that are not ADQL's
SELECT getenv('HOME') FROM sky.star
SELECT current_setting('memory_limit') FROM sky.star
SELECT version() FROM sky.star
SELECT read_text('{path}') FROM sky.star
SELECT sleep(5) FROM sky.star
SELECT nextval('x') FROM sky.star
SELECT current_user FROM sky.star
SELECT error('x') FROM sky.star
SELECT memory.main.abs(n) FROM sky.star
SELECT "getenv"('HOME') FROM sky.star
SELECT "abs"(n) FROM sky.star
SELECT list_transform(tags, x -> x) FROM sky.star
SELECT COLUMNS('.*') FROM sky.star
SELECT LOG(2, n) FROM sky.star
SELECT repeat('x', 1000000000) FROM sky.star
SELECT SUM(n) OVER () FROM sky.star
SELECT MAX(n) FILTER (WHERE n > 1) FROM sky.star
SELECT MAX(n ORDER BY n) FROM sky.star
# SQL that is not ADQL
SELECT n FROM sky.star LIMIT 5
SELECT n FROM sky.star FETCH FIRST 5 ROWS ONLY
SELECT n::VARCHAR FROM sky.star
SELECT TRY_CAST(n AS INTEGER) FROM sky.star
SELECT CAST(name AS BLOB) FROM sky.star
SELECT CAST(name AS JSON) FROM sky.star
SELECT n % 2 FROM sky.star
SELECT n ** 2 FROM sky.star
SELECT * EXCLUDE (n) FROM sky.star
SELECT * REPLACE (1 AS n) FROM sky.star
SELECT [1, 2] FROM sky.star
SELECT {'a': 1} FROM sky.star
SELECT (n, ra) FROM sky.star
SELECT DATE '2020-01-01' FROM sky.star
SELECT INTERVAL 1 DAY FROM sky.star
SELECT CURRENT_DATE FROM sky.star
SELECT $1 FROM sky.star
SELECT ? FROM sky.star
SELECT :x FROM sky.star
SELECT @n FROM sky.star
SELECT $$x$$ FROM sky.star
SELECT TRUE FROM sky.star
SELECT name FROM sky.star WHERE flag
SELECT name FROM sky.star WHERE flag = 1
SELECT name FROM sky.star WHERE name = 5
SELECT name FROM sky.star WHERE n
SELECT n > 1 FROM sky.star
SELECT n FROM sky.star GROUP BY ALL
SELECT n FROM sky.star GROUP BY ROLLUP (n)
SELECT DISTINCT ON (n) n FROM sky.star
SELECT n FROM sky.star ORDER BY ALL
SELECT n FROM sky.star QUALIFY 1 = 1
SELECT n FROM sky.star USING SAMPLE 5
SELECT n FROM sky.star TABLESAMPLE 5
SELECT s.n FROM sky.star AS s(n)
SELECT a.n FROM sky.star AS a ASOF JOIN sky.visit AS b ON a.name = b.name
SELECT a.n FROM sky.star AS a SEMI JOIN sky.visit AS b ON a.name = b.name
SELECT a.n FROM sky.star AS a POSITIONAL JOIN sky.visit AS b
SELECT n FROM sky.star UNION BY NAME SELECT band AS n FROM sky.visit
SELECT n FROM sky.star WHERE n = ANY (SELECT 1)
SELECT n FROM sky.star WHERE n IS DISTINCT FROM 1
SELECT name FROM sky.star WHERE name SIMILAR TO 'x'
SELECT name FROM sky.star WHERE name ~ 'x'
SELECT name FROM sky.star WHERE name GLOB '*'
SELECT tags[1:2] FROM sky.star
SELECT tags.len() FROM sky.star
SELECT x: n FROM sky.star
# names
SELECT nosuch FROM sky.star
SELECT value FROM sky.star
SELECT "N" FROM sky.star
SELECT rowid FROM sky.star
SELECT x.n FROM sky.star AS s
SELECT name FROM sky.star AS a, sky.visit AS b
SELECT n FROM sky.nosuch
SELECT a.n FROM sky.star AS a, sky.visit AS a
SELECT select FROM sky.star
SELECT n FROM
SELECT FROM sky.star
SELECT n FROM SELECT
SELECT n, COUNT(*) FROM sky.star GROUP BY ORDER BY n
SELECT n FROM sky.star WHERE
SELECT n FROM (SELECT n FROM sky.star)
SELECT 'open FROM sky.star
SELECT n FROM sky.star ORDER BY 5
SELECT TOP -1 n FROM sky.star
SELECT TOP n n FROM sky.star
SELECT n FROM sky.star UNION SELECT n, ra FROM sky.star
SELECT n FROM sky.star WHERE n IN (SELECT n, ra FROM sky.star)
SELECT 'a' + 1 FROM sky.star
SELECT name, COUNT(*) FROM sky.star
SELECT n FROM sky.star WHERE COUNT(*) > 1
SELECT 1e999 FROM sky.star
# geometry
SELECT POINT('ICRS', ra, dec) FROM sky.star
SELECT n FROM sky.star WHERE CONTAINS(POINT('ICRS', ra, dec), 5) = 1
SELECT n FROM sky.star WHERE 1 = CONTAINS(POINT('GALACTIC', ra, dec), CIRCLE('GALACTIC', 1, 2, 3))
SELECT n FROM sky.star WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 1, 2, -3))
SELECT n FROM sky.star WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), POLYGON('ICRS', 1, 2, 3, 4))
SELECT n FROM sky.star WHERE 1 = CONTAINS(POINT('ICRS', name, dec), CIRCLE('ICRS', 1, 2, 3))
SELECT DISTANCE(ra, dec) FROM sky.star
"""
_OTHERS = [
    "", "SELECT n FROM sky.star -- x\n; DROP TABLE sky.star",
    # too much
    "SELECT " + "(" * 3000 + "n" + ")" * 3000 + " FROM sky.star",
    "SELECT n FROM " + "(SELECT n FROM " * 200 + "x" + ")" * 200,
    "SELECT " + "- " * 5000 + "n FROM sky.star", "SELECT " + "NOT " * 5000 + "n FROM sky.star",
    "SELECT n FROM sky.star WHERE name = '" + "x" * 2_000_001 + "'",
    "SELECT CASE WHEN n = 1 THEN " * 400 + "1" + " END" * 400 + " FROM sky.star", "SELECT '\0' FROM sky.star",
]
ATTEMPTS = [line for line in _ONE_A_LINE.strip().splitlines() if not line.startswith("#")] + _OTHERS


@pytest.mark.parametrize("number", range(len(ATTEMPTS)), ids=[attempt[:60] for attempt in ATTEMPTS])
def test_refused(database, tmp_path, number):
    path = tmp_path / "secret.csv"
    path.write_text("secret\nchameleon\n")
    query = ATTEMPTS[number].replace("{path}", str(path))
    with pytest.raises(QueryError) as caught:
        database.run(query, maxrec=5, seconds=5)
    assert "chameleon" not in str(caught.value)
    assert [item.name for item in tmp_path.iterdir()] == ["secret.csv"] and path.read_text() == "secret\nchameleon\n"


def test_nothing_has_changed(database):
    """After all the attempts."""
    connection = database._cursor()
    tables = connection.execute("SELECT database_name, schema_name, table_name FROM duckdb_tables()").fetchall()
    assert sorted(tables) == sorted([("memory", "sky", "star"), ("memory", "sky", "visit"), *(
        ("memory", "tap_schema", name) for name in ("schemas", "tables", "columns", "keys", "key_columns"))])
    assert connection.execute("SELECT count(*), sum(n) FROM sky.star").fetchone() == (400, STARS["n"].sum())
    connection.close()


def test_there_are_enough():
    assert len(set(ATTEMPTS)) == len(ATTEMPTS) >= 150


def test_the_database_is_locked_itself(database, tmp_path):
    """Were a statement to slip through, it would not get far."""
    import duckdb
    path = tmp_path / "file.csv"
    path.write_text("a\n1\n")
    connection = database._cursor()
    for statement in (f"SELECT * FROM read_csv('{path}')", f"COPY sky.star TO '{tmp_path}/x'", f"ATTACH '{tmp_path}/y'",
                      "SET enable_external_access = true", "SET threads = 64", "INSTALL httpfs", "SELECT * FROM path"):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
    connection.execute("BEGIN TRANSACTION READ ONLY")
    with pytest.raises(duckdb.Error):
        connection.execute("DELETE FROM sky.star")
    connection.close()
    assert [item.name for item in tmp_path.iterdir()] == ["file.csv"]


def test_time_is_bounded(database):
    began = time.monotonic()
    with pytest.raises(QueryError, match="timed out"):
        database.run("SELECT SUM(a.n * b.n + c.n) AS x FROM sky.star AS a, sky.star AS b, sky.star AS c, sky.star AS d",
                     maxrec=5, seconds=0.3)
    assert time.monotonic() - began < 3


def test_a_query_can_be_canceled(database):
    event = threading.Event()
    threading.Timer(0.2, event.set).start()
    began = time.monotonic()
    with pytest.raises(ServiceError, match="aborted"):
        database.run("SELECT SUM(a.n * b.n + c.n) AS x FROM sky.star AS a, sky.star AS b, sky.star AS c, sky.star AS d",
                     maxrec=5, seconds=60, canceled=event)
    assert time.monotonic() - began < 3


def test_memory_is_bounded():
    from astroquery_brokers.gateway.tap import Database

    from .sample import SCHEMA
    small = Database([SCHEMA], memory="60MB")
    with pytest.raises(QueryError, match="(?i)memory"):
        small.run("SELECT COUNT(DISTINCT a.name || b.name || c.name) AS x FROM sky.star AS a, sky.star AS b, "
                  "sky.star AS c", maxrec=5, seconds=60)
    assert small.run("SELECT COUNT(*) AS n FROM sky.star", maxrec=5, seconds=5).columns[0].tolist() == [400]
    small.close()


_WORDS = ("SELECT FROM WHERE JOIN ON sky.star sky.visit n name ra dec ( ) [ ] , ; * 1 0 'x' \"n\" = < AND OR NOT IN AS "
          "a COUNT CONTAINS POINT CIRCLE UNION WITH TOP GROUP BY ORDER CASE WHEN THEN END CAST :: -- { } . || read_csv "
          "VALUES LIMIT $1 ? @ -> IS NULL EXISTS USING NATURAL LATERAL PIVOT DISTINCT").split()


@settings(max_examples=250)
@example(words=["0\0"])
@given(words=st.lists(st.sampled_from(_WORDS), max_size=25) | st.text(max_size=40).map(str.split))
def test_nonsense_is_refused_or_answered(database, words):
    """Whatever comes in, what comes out is a result or a QueryError."""
    try:
        result = database.run("SELECT " + " ".join(words), maxrec=5, seconds=5)
    except QueryError as error:
        assert str(error).startswith("Field query: ")
    else:
        assert len(result) <= 5
