# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Texts that would be more than a value: refused before anything is sent, or one literal of one SELECT."""

import numpy as np
import pytest
from astropy.table import Table
from sqlglot import exp

from astroquery_brokers.exceptions import InvalidArgumentError
from astroquery_brokers.gateway.tap.grammar import parse
from astroquery_brokers.tap.adql import by_upload, literal, where

HOSTILE = [
    "'", "''", "'''", "SN'", "'SN", "' OR '1'='1", "'; DROP TABLE ztf.object; --", "SN'--", "SN' -- ", "--", "-- SN\n",
    "/*", "*/", "/* SN */", "SN'/*", "'||(SELECT oid FROM ztf.object)||'", "' UNION SELECT oid FROM ztf.object --",
    "\\", "\\'", "SN\\' OR 1=1 --", "SN\n' OR 1=1", "\r\n'", "\t'", '"', '"; SELECT "', "%", "%27", "%' OR '1'='1",
    "\u2018SN\u2019", "\u02bc OR 1=1", "\uff07 OR 1=1", "$$; SELECT 1; $$", "E'\\x27'", "U&'\\0027'", "{0}",
    "{1.__class__}", "\u202eNS", "SN" + "'" * 999, "x" * 100_000 + "' OR 1=1", "ZTF20aaelulu' OR oid > '",
    "ztf.object; --", "a b", ";", "1; SELECT 1", "(SELECT 1)", "\u0661\u0662", "SN\U0001f4a5'"]
# No database takes the first in a text, and no request the second.
UNSPEAKABLE = ["SN\0", "\0' OR 1=1", "SN\ud800"]
# DaCHS reads \' as no end of a text, % as %%, tabs as blanks, and ends a text with its line: see
# tests/servers/test_client_tap.py.
REFUSED = [*UNSPEAKABLE, *(text for text in HOSTILE if set(text) & set("\\%\r\n\t"))]
QUOTED = [text for text in HOSTILE if text not in REFUSED]
CLASSES = {"classifier": "stamp_classifier_rubin_beta", "class_name": "SN"}


@pytest.fixture
def asked(box):
    start = len(box.requests)
    return lambda: [request["path"] for request in box.requests[start:]]


def literals(adql):
    """The texts of a query, which is one SELECT, as the sandbox's ADQL reads it."""
    tree = parse(adql)
    assert isinstance(tree, exp.Select) and len(list(tree.find_all(exp.Select))) == 1
    assert not any(node.comments for node in tree.walk())
    return [node.this for node in tree.find_all(exp.Literal) if node.is_string]


def queries(payload):
    """The ADQL of a payload."""
    payloads = payload if isinstance(payload, list) else [payload]
    return [one["params"]["QUERY"] for one in payloads if "QUERY" in one["params"]]


@pytest.mark.parametrize("text", QUOTED, ids=lambda text: ascii(text)[:40])
@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("cone", [False, True])
def test_names_of_classes_and_classifiers_are_one_literal(alerce, asked, text, name, cone):
    criteria = {**CLASSES, name: text}
    ask = alerce.query_region if cone else alerce.query_objects
    first = ("185 15", "5 arcmin") if cone else ()
    query, = queries(ask(*first, **criteria, survey="lsst", route="tap", get_query_payload=True))
    plain, = queries(ask(*first, **CLASSES, survey="lsst", route="tap", get_query_payload=True))
    assert literals(query) == [text if known == CLASSES[name] else known for known in literals(plain)]
    # All else is what it is with a name without guile.
    assert query == plain.replace(f"'{CLASSES[name]}'", literal(text)) and asked() == []


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
@pytest.mark.parametrize("name", CLASSES)
def test_what_is_no_literal_everywhere_is_refused(alerce, asked, text, name):
    criteria = {**CLASSES, name: text, "survey": "lsst"}
    for ask in (lambda: alerce.query_objects(**criteria), lambda: alerce.query_objects(**criteria, route="tap"),
                lambda: alerce.query_region("185 15", "5 arcmin", **criteria, route="tap")):
        with pytest.raises(InvalidArgumentError, match="cannot be part of a query. Allowed: texts without backslash"):
            ask()
    assert asked() == []


@pytest.mark.parametrize("text", UNSPEAKABLE, ids=ascii)
def test_what_cannot_be_sent_is_in_no_query(alerce, asked, text):
    for query in (f"SELECT oid FROM ztf.object WHERE oid = '{text}'", f'SELECT oid AS "{text}" FROM ztf.object',
                  f"SELECT oid FROM ztf.object -- {text}"):
        for ask in (alerce.query_tap, alerce.submit_tap_job):
            with pytest.raises(InvalidArgumentError, match="cannot be sent. Nothing was sent"):
                ask(query)
    assert asked() == []


VERBS = ["query_object", "query_objects", "query_detections", "query_non_detections", "query_forced_photometry",
         "query_magstats", "query_features", "query_probabilities", "query_lightcurve"]


@pytest.mark.parametrize("text", [*HOSTILE, *UNSPEAKABLE, "ZTF\u0662\u0660aaelulu", "\u0661" * 18, "ZTF20aaelulu\n--"],
                         ids=lambda text: ascii(text)[:40])
def test_ids_have_the_form_of_ids(alerce, asked, text):
    for verb in VERBS:
        for ids in (text, ["ZTF20aaelulu", text]):
            for route in ("tap", None):
                with pytest.raises(InvalidArgumentError, match="like ZTF20aaelulu"):
                    getattr(alerce, verb)(ids, route=route)
    with pytest.raises(InvalidArgumentError):
        alerce.query_region(text, "5 arcmin", route="tap")
    assert asked() == []


@pytest.mark.parametrize("text", [*HOSTILE, *UNSPEAKABLE], ids=lambda text: ascii(text)[:40])
def test_other_criteria_are_numbers_dates_and_known_words(alerce, asked, text):
    for name in ("ndet", "probability", "ranking", "firstmjd", "lastmjd", "ra", "dec", "radius", "row_limit"):
        cone = {"ra": 185.0, "dec": 15.0, "radius": 30} if name in ("ra", "dec", "radius") else {}
        for value in (text, [text, text]):
            with pytest.raises(InvalidArgumentError):
                alerce.query_objects(survey="lsst", **{**cone, name: value}, route="tap")
    for name, allowed in (("order_by", "Allowed: .*firstmjd"), ("order_mode", "Allowed: ASC, DESC"),
                          ("route", "Allowed: rest, tap"), ("survey", "Allowed: lsst, ztf")):
        with pytest.raises(InvalidArgumentError, match=allowed):
            alerce.query_objects(**{"survey": "lsst", name: text})
    with pytest.raises(InvalidArgumentError, match="Allowed:"):
        alerce.query_region("185 15", "5 arcmin", survey=text, route="tap")
    assert asked() == []


@pytest.mark.parametrize("text", [*HOSTILE, *UNSPEAKABLE], ids=lambda text: ascii(text)[:40])
def test_names_of_tables_are_known_ones(alerce, box, text):
    tables = alerce.list_tables()["table"].tolist()
    before = len(box.requests)
    for table in (text, f"ztf.{text}", f"ztf.object{text}", f"{text}.object"):
        with pytest.raises(InvalidArgumentError, match="Allowed|Did you mean"):
            alerce.list_columns(table)
    # Which tables there are is known from before.
    assert len(box.requests) == before and "ztf.object" in tables


@pytest.mark.parametrize("text", [*HOSTILE, *UNSPEAKABLE], ids=lambda text: ascii(text)[:40])
def test_names_of_uploads_are_words(alerce, asked, text):
    for uploads in ({text: Table({"objectid": ["ZTF20aaelulu"]})}, {"mine": Table({text: ["ZTF20aaelulu"]})}):
        for ask in (alerce.query_tap, alerce.submit_tap_job):
            with pytest.raises(InvalidArgumentError, match="letters, digits and _"):
                ask("SELECT * FROM tap_upload.mine", uploads=uploads)
    assert asked() == []


@pytest.mark.parametrize("text", [*HOSTILE, *UNSPEAKABLE, "\u017f", "\u212a", "oid\n"],
                         ids=lambda text: ascii(text)[:40])
def test_names_in_queries_from_values_are_words(text):
    for make in (lambda: where([(text, "=", 1)]), lambda: by_upload(text, "oid"), lambda: by_upload("ztf.object", text),
                 lambda: by_upload("ztf.object", "oid", upload=text), lambda: where([("oid", text, 1)])):
        with pytest.raises(InvalidArgumentError, match="is not the name|is no comparison"):
            make()
    if text in QUOTED:
        query = f"SELECT oid FROM ztf.object WHERE {where([('oid', 'IN', [text, 'x', text])])}"
        assert literals(query) == [text, "x", text]


def test_values_of_uploads_are_only_values(alerce):
    """They come back as they went, character by character."""
    texts = [text for text in HOSTILE if text == text.strip()]
    mine = Table({"number": np.arange(len(texts)), "text": texts})
    table = alerce.query_tap("SELECT number, text FROM tap_upload.mine ORDER BY number", uploads={"mine": mine})
    assert table["text"].tolist() == texts
