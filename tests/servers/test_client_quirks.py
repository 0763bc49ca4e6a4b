# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is odd about the live TAP service, and what our client makes of it; against the sandbox and a real server.

The notes on the service number its oddities. Beside the tests here they are shown in ``test_client_tap.py`` unless
another file is named:

==  ===============================  ================================================================================
 1  doubled names                    test_doubled_and_quoted_names
 2  lists of text                    test_lists_of_text; here test_elements_of_lists, test_a_list_does_not_hide_a_limit
 3  reserved and quoted words        test_refused_queries; here test_capitals
 4  booleans                         test_refused_queries; here test_booleans_are_compared_with_text
 5  small integers, CAST             test_faults_of_the_real_service_are_explained; here test_numbers_as_text
 6  Gaia's ids                       the same; here test_ids_of_gaia
 7  unqualified names                test_unqualified_names_are_explained
 8  expressions without a name       here test_an_expression_without_a_name
 9  nulls                            test_nulls_are_masked
10  integers as text                 test_ids_may_be_written_as_text; test_tap_adql.py of ALeRCE test_numbers_are_exact
11  CSV hides limits                 never asked for: here test_a_list_does_not_hide_a_limit
12  errors are XML                   test_tap_servers.py test_errors; here test_an_error_behind_a_list
13  several rows per object          test_verbs_by_tap; here test_versions_are_kept
14  TAI and UTC                      test_known_table_..., test_rubin_tables
15  tables keyed by coded numbers    here test_tables_of_coded_numbers_have_no_words_of_ours
16  one machine                      test_tap.py of ALeRCE test_one_query_at_a_time
==  ===============================  ================================================================================
"""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astroquery.exceptions import MaxResultsWarning

from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.exceptions import RejectedQueryError


@pytest.fixture
def alerce(tap_url, tmp_path):
    """ALeRCE with that service, and a cache of its own."""
    broker = AlerceClass(tap_url=tap_url)
    broker.cache_location = tmp_path
    return broker


@pytest.fixture
def real(tap_url, synthetic):
    return not tap_url.startswith(synthetic.url)


def test_elements_of_lists(alerce):
    table = alerce.query_tap("SELECT classes[1] AS one, classes[2] AS two FROM ztf.taxonomy "
                             "WHERE classifier_version = 'stamp_classifier_1.0.4'")
    assert (table["one"].tolist(), table["two"].tolist()) == (["SN"], ["AGN"])


def test_a_list_does_not_hide_a_limit(alerce):
    with pytest.warns(MaxResultsWarning, match="maxrec=1"):
        table = alerce.query_tap("SELECT * FROM ztf.taxonomy", maxrec=1)
    assert len(table) == 1 and table["classes"].dtype == object and table.meta["coverage"][0]["truncated"]
    assert len(alerce.query_tap("SELECT * FROM ztf.taxonomy")) > 1


def test_an_error_behind_a_list(alerce):
    with pytest.raises(RejectedQueryError, match="nosuch"):
        alerce.query_tap("SELECT classes, nosuch FROM ztf.taxonomy")


def test_capitals(alerce):
    table = alerce.query_tap("SELECT TOP 2 psfFlux, Measurement_ID FROM alerce_tap.lsst_detection")
    assert table.colnames == ["psfflux", "measurement_id"] and table["psfflux"].unit == "nJy"
    with pytest.raises(RejectedQueryError, match="OID"):
        alerce.query_tap('SELECT TOP 2 "OID" FROM ztf.object')


def test_booleans_are_compared_with_text(alerce, everything):
    truth = everything("ztf.object", "oid, stellar, g_r_mean")
    for word, value in (("True", True), ("False", False)):
        found = alerce.query_tap(f"SELECT oid, stellar FROM ztf.object WHERE stellar = '{word}'", maxrec=-1)
        known = ~np.ma.getmaskarray(truth["stellar"])
        assert sorted(found["oid"].tolist()) == sorted(truth["oid"][known & (truth["stellar"] == value)].tolist())
        assert found["stellar"].dtype == bool and set(found["stellar"].tolist()) == {value}


def test_numbers_as_text(alerce, everything):
    oid = int(everything("alerce_tap.detection", "oid, sid, measurement_id, mjd")["oid"][0])
    table = alerce.query_tap(f"SELECT TOP 1 oid || '' AS name, oid FROM alerce_tap.detection WHERE oid = {oid}")
    assert (table["name"].tolist(), table["oid"].tolist()) == ([str(oid)], [oid]) and table["name"].dtype.kind == "U"


def test_ids_of_gaia(alerce):
    texts = alerce.query_tap("SELECT TOP 5 oid_catalog || '' AS gaia_id, ra FROM alerce_tap.gaiadr3_source")
    assert texts["gaia_id"].dtype.kind == "U" and all(one.isdigit() for one in texts["gaia_id"].tolist())
    for key in ("g.oid_catalog", "g.oid_catalog || ''"):
        joined = alerce.query_tap(
            "SELECT x.oid, x.oid_catalog, x.dist, o.meanra, o.meandec, g.ra, g.dec FROM alerce_tap.xmatch AS x "
            f"JOIN alerce_tap.gaiadr3_source AS g ON x.oid_catalog = {key} "
            "JOIN alerce_tap.object AS o ON o.oid = x.oid AND o.sid = x.sid WHERE x.catid = 1")
        assert joined["oid"].dtype == np.int64 and len(joined) > 10
        objects = SkyCoord(joined["meanra"], joined["meandec"], unit="deg")
        assert (objects.separation(SkyCoord(joined["ra"], joined["dec"], unit="deg")).arcsec < 1).all()
    one = joined["oid_catalog"][0]
    assert len(alerce.query_tap(f"SELECT g.ra FROM alerce_tap.gaiadr3_source AS g WHERE g.oid_catalog = '{one}'")) == 1
    for query in ("SELECT TOP 1 * FROM alerce_tap.gaiadr3_source",
                  f"SELECT ra FROM alerce_tap.gaiadr3_source WHERE oid_catalog = {one}"):
        with pytest.raises(RejectedQueryError):
            alerce.query_tap(query)


def test_gaia_can_be_sent_as_text_only(post):
    """The one declared as a number and stored as text fails in VOTable's binary forms alone."""
    query = "SELECT TOP 1 oid_catalog FROM alerce_tap.gaiadr3_source ORDER BY oid_catalog"
    said = post(QUERY=query)
    assert said.status_code == 500 and "required argument is not an integer" in said.text
    for format in ("votable/td", "csv", "json"):
        reply = post(QUERY=query, FORMAT=format)
        assert reply.status_code == 200 and "4121251025822428" in reply.text


def test_an_expression_without_a_name(alerce, everything):
    rows = len(everything("ztf.object", "oid, stellar, g_r_mean"))
    table = alerce.query_tap("SELECT COUNT(*) FROM ztf.object")
    assert len(table.colnames) == 1 and table[0][0] == rows
    assert alerce.query_tap("SELECT COUNT(*) AS n FROM ztf.object")["n"].tolist() == [rows]


def test_versions_are_kept(alerce, everything, real):
    truth = everything("ztf.probability", "oid, class_name, classifier_name, classifier_version, ranking")
    best = truth[truth["ranking"] == 1]
    keys = list(zip(best["oid"].tolist(), best["classifier_name"].tolist()))
    several = sorted({key[0] for key in keys if keys.count(key) > 1})
    assert several or real  # which has none of them
    several = several or truth["oid"][:3].tolist()
    found = alerce.query_probabilities(several, route="tap")
    assert len(found) == int(np.isin(truth["oid"], several).sum())


def test_tables_of_coded_numbers_have_no_words_of_ours(alerce):
    tables = alerce.list_tables()
    coded = [name for name in tables["table"].tolist() if name == "alerce_tap.magstat" or
             name.startswith("alerce_tap.ztf_")]
    known = dict(zip(tables["table"].tolist(), tables["columns_like"].tolist()))
    assert all(known[name] == "" for name in coded) and known["ztf.magstat"] == "ztf_magstats"
    # neither has a table of all surveys, unless the query chooses one
    table = alerce.query_tap("SELECT TOP 2 oid, firstmjd FROM alerce_tap.object WHERE sid = 0")
    assert "time" not in table["firstmjd"].meta
    table = alerce.query_tap("SELECT TOP 2 oid, firstmjd FROM alerce_tap.object WHERE sid = 1")
    assert table["firstmjd"].meta["time"]["scale"] == "tai"
