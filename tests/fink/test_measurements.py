# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's measurements from the sandbox: formats, columns, lists, and the light curve that ALeRCE has too."""

import warnings

import numpy as np
import pytest
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers import Alerce, Fink
from astroquery_brokers.columns import Column, Dictionary
from astroquery_brokers.exceptions import InvalidArgumentError, ReplyFormatWarning
from astroquery_brokers.fink.selection import select

FORMATS = ("csv", "json", "parquet", "votable")
ASKED = [("query_detections", "ztf", {}), ("query_detections", "lsst", {}), ("query_forced_photometry", "lsst", {}),
         ("query_object", "ztf", {}), ("query_object", "lsst", {}), ("query_lightcurve", "ztf", {}),
         ("query_lightcurve", "lsst", {}), ("query_detections", "ztf", {"columns": "magpsf,drb,cdsxmatch"}),
         ("query_detections", "ztf", {"withupperlim": True}), ("query_non_detections", "ztf", {})]


def equal(one, other, *, decimals=10):
    """Whether two tables have the same columns, masks and values, floats to a number of decimals."""
    assert one.colnames == other.colnames
    assert len(one) == len(other)
    for name in one.colnames:
        mask = np.ma.getmaskarray(one[name])
        assert np.array_equal(mask, np.ma.getmaskarray(other[name])), name
        assert one[name].dtype.kind == other[name].dtype.kind, name
        values, others = np.ma.getdata(one[name])[~mask], np.ma.getdata(other[name])[~mask]
        if values.dtype.kind == "f":
            # A decimal more for the last digits of numbers as large as dates.
            assert np.allclose(values, others, rtol=3e-16, atol=1.01 * 0.5 * 10.0 ** -decimals), name
        else:
            assert np.array_equal(values, others), name


@pytest.fixture
def ids(ztf_ids, lsst_ids):
    return {"ztf": ztf_ids[:4], "lsst": lsst_ids[:4]}


@pytest.mark.parametrize("verb, survey, options", ASKED)
def test_the_table_is_the_same_in_every_format(box, ids, verb, survey, options):
    ask = getattr(Fink, verb)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReplyFormatWarning)  # what the service cannot make comes as CSV
        tables = [ask(ids[survey], output_format=format, **options) for format in FORMATS]
    for table in tables[1:]:
        equal(tables[0], table)
    main_id = Fink._dictionary({"ztf": "ztf_alerts", "lsst": "lsst_sources"}[survey]).main_id
    objects = tables[0]["object_id" if verb == "query_lightcurve" else main_id]
    assert list(dict.fromkeys(map(str, objects))) == ids[survey]


def test_a_format_that_the_service_cannot_make_is_replaced(box, ids):
    with pytest.warns(ReplyFormatWarning, match="failed to give detections as parquet"):
        table = Fink.query_detections(ids["ztf"][0], withupperlim=True, output_format="parquet", cache=False)
    assert [request["status"] for request in box.requests if "fink" in request["path"]][-2:] == [500, 200]
    equal(table, Fink.query_detections(ids["ztf"][0], withupperlim=True))


def test_without_a_format_the_reply_has_all_digits(box, ids):
    exact = Fink.query_detections(ids["lsst"][0])["r:ra_dec_Cov"]
    rounded = Fink.query_detections(ids["lsst"][0], output_format="json")["r:ra_dec_Cov"]
    assert 0 < np.abs(exact).max() < 1e-8
    assert len(set(rounded)) < len(set(exact))


def test_columns_are_taken_with_and_without_prefix_and_what_is_needed_is_added(box, ids):
    table = Fink.query_detections(ids["ztf"], columns=["magpsf", "i:fid", "d:mulens"])
    assert table.colnames == ["i:objectId", "i:jd", "i:magpsf", "i:fid", "d:mulens"]
    sent = Fink.query_detections(ids["ztf"], columns="magpsf", get_query_payload=True)["json"]
    assert sent == {"objectId": ",".join(ids["ztf"]), "columns": "i:objectId,i:jd,i:magpsf", "output-format": "csv"}


def test_columns_that_the_server_computes_are_asked_for_with_all(box, ids):
    table = Fink.query_detections(ids["ztf"][0], columns="v:classification")
    assert table.colnames == ["i:objectId", "i:jd", "v:classification"]
    assert not np.ma.getmaskarray(table["v:classification"]).any()


def test_a_column_of_nulls_is_masked_and_not_missing(box, ids):
    table = Fink.query_object(ids["lsst"][0], columns="r:firstDiaSourceMjdTai,r:nDiaSources")
    assert table.colnames == ["r:diaObjectId", "r:firstDiaSourceMjdTai", "r:nDiaSources"]
    assert np.ma.getmaskarray(table["r:firstDiaSourceMjdTai"]).all()


@pytest.mark.parametrize("columns, said", [
    ("i:magpfs", "Did you mean 'i:magpsf'"), ("fid, magnitude", "'magnitude'"), ("", "empty"), ([], "empty")])
def test_unknown_columns_are_refused(box, ids, columns, said):
    before = len(box.requests)
    with pytest.raises(InvalidArgumentError, match=said):
        Fink.query_detections(ids["ztf"], columns=columns)
    assert len(box.requests) == before


def test_a_name_of_two_columns_needs_its_prefix():
    columns = tuple(Column(name, "str") for name in ("d:classification", "v:classification", "v:separation_degree"))
    dictionary = Dictionary("cone", "Cone", columns, by_name={column.name: column for column in columns})
    with pytest.raises(InvalidArgumentError, match="d:classification and v:classification"):
        select(dictionary, "classification")
    assert select(dictionary, "d:classification") == ((("columns", "d:classification"),), ("d:classification",))


def test_many_objects_take_one_request_for_fifty(box, ztf_ids):
    unknown = ["ZTF17zzzzzzz", "ZTF17zzzzzzy"]
    ids = [*ztf_ids[:60], unknown[0], *ztf_ids[60:120], unknown[1]]
    before = len(box.requests)
    with pytest.warns(NoResultsWarning, match="ZTF17zzzzzzz, ZTF17zzzzzzy"):
        table = Fink.query_detections(ids, columns="i:magpsf", cache=False)
    assert len(box.requests) - before == 3
    assert list(dict.fromkeys(table["i:objectId"].tolist())) == [oid for oid in ids if oid not in unknown]
    assert table.meta["coverage"][0] == {"asked": 122, "found": 120, "partial": 0, "empty": 2, "failed": 0,
                                         "truncated": False, "missing": unknown}


def test_rows_are_sorted_by_time_within_an_object(box, ids):
    for survey, verb in (("ztf", Fink.query_detections), ("lsst", Fink.query_detections),
                         ("lsst", Fink.query_forced_photometry)):
        table, time = verb(ids[survey]), "i:jd" if survey == "ztf" else "r:midpointMjdTai"
        main_id = table["i:objectId" if survey == "ztf" else "r:diaObjectId"]
        for group in np.unique(np.asarray(main_id)):
            assert (np.diff(table[time][main_id == group]) >= 0).all()


def test_upper_limits_are_those_of_the_sky(box, ids):
    limits, truth = Fink.query_non_detections(ids["ztf"][0]), box.truth.upper_limits
    truth = truth[truth["oid"] == ids["ztf"][0]]
    assert len(limits) == len(truth) > 0
    assert np.allclose(limits["i:jd"] - 2400000.5, np.sort(truth["mjd"]), rtol=0, atol=1e-8)
    with pytest.raises(InvalidArgumentError, match="query_forced_photometry"):
        Fink.query_non_detections(ids["lsst"][0])


def test_rows_with_upper_limits_have_numbers_and_tags(box, ids):
    table = Fink.query_detections(ids["ztf"][0], withupperlim=True)
    assert set(table["d:tag"]) == {"valid", "upperlim", "badquality"}
    assert table["i:fid"].dtype.kind == "i" and table["i:diffmaglim"].dtype.kind == "f"
    added = table[table["d:tag"] != "valid"]
    assert np.ma.getmaskarray(added["i:candid"]).all()
    assert not np.ma.getmaskarray(added["i:diffmaglim"]).any()
    with pytest.raises(InvalidArgumentError, match="withupperlim"):
        Fink.query_detections(ids["lsst"][0], withupperlim=True)


@pytest.mark.parametrize("survey, kinds", [("ztf", {"detection", "upper_limit"}), ("lsst", {"detection", "forced"})])
def test_the_light_curve_is_that_of_alerce(box, ztf_ids, lsst_ids, survey, kinds):
    ids = {"ztf": ztf_ids, "lsst": lsst_ids}[survey][:20]
    fink, alerce = Fink.query_lightcurve(ids), Alerce.query_lightcurve(ids)
    for kind in kinds:
        ours, theirs = (curve[curve["kind"] == kind] for curve in (fink, alerce))
        assert len(ours) == len(theirs) > 50
        for name in set(ours.colnames) - {"broker", "origin", "origin_row"}:
            mask = np.ma.getmaskarray(ours[name])
            assert np.array_equal(mask, np.ma.getmaskarray(theirs[name])), name
            one, other = (np.ma.getdata(curve[name])[~mask] for curve in (ours, theirs))
            # ALeRCE rounds its corrected magnitudes.
            tolerance = {"total_flux": 1e-5, "total_flux_err": 1e-3}.get(name, 1e-13)
            assert np.allclose(one, other, rtol=tolerance, atol=0) if one.dtype.kind == "f" else (one == other).all()
    assert set(fink["kind"]) == kinds | ({"bad_quality"} if survey == "ztf" else set())


def test_the_light_curve_says_where_its_rows_are(box, ids):
    curve = Fink.query_lightcurve(ids["ztf"][0])
    detections, limits = Fink.query_detections(ids["ztf"][0]), Fink.query_non_detections(ids["ztf"][0])
    rows = curve[curve["kind"] == "detection"]
    assert np.array_equal(detections["i:candid"][rows["origin_row"]], rows["measurement_id"])
    rows = curve[curve["kind"] == "upper_limit"]
    assert np.array_equal(limits["i:diffmaglim"][rows["origin_row"]], rows["limiting_mag"])
