# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's dialects write tables in four formats with the oddities of the real servers (reference, 1.4 and 1.5)."""

import io
import json

import numpy as np
import pytest
from astropy.io.votable import parse_single_table

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

TYPES = {"json": "application/json", "csv": "application/csv", "parquet": "parquet", "votable": "text/xml"}
COLUMNS = "i:candid,i:jd,i:magpsf,i:objectId,d:Plx,d:cdsxmatch"


def _read(reply, form):
    if form == "json":
        return pandas.DataFrame(reply.json())
    data = io.BytesIO(reply.content)
    if form == "csv":
        return pandas.read_csv(data, dtype={"i:candid": "Int64"}, keep_default_na=False, na_values=[""])
    if form == "parquet":
        return pandas.read_parquet(data)
    return parse_single_table(data).to_table(use_names_over_ids=True).to_pandas()


@pytest.mark.parametrize("form", TYPES)
def test_formats_have_the_same_values(fink_ztf, showpiece, form):
    reply = fink_ztf("objects", objectId=showpiece, columns=COLUMNS, **{"output-format": form})
    assert (reply.status_code, reply.headers["content-type"].partition(";")[0]) == (200, TYPES[form])
    table = _read(reply, form)
    expected = fink_ztf("objects", objectId=showpiece, columns=COLUMNS).json()
    assert [name for name in table if name in COLUMNS] == sorted(COLUMNS.split(","))
    assert table["i:candid"].astype("int64").tolist() == [row["i:candid"] for row in expected]
    assert table["i:objectId"].tolist() == [row["i:objectId"] for row in expected]
    assert np.allclose(table["i:jd"], [row["i:jd"] for row in expected], rtol=0, atol=1e-9)
    assert table["d:Plx"].isna().all()


@pytest.mark.parametrize("form", [*TYPES, "JSON", "xml"])
def test_unknown_formats_are_refused_even_for_nothing(fink_ztf, form):
    reply = fink_ztf("objects", objectId="ZTF99aaaaaaa", **{"output-format": form})
    empty = {"json": b"[]", "csv": b"\n"}
    if form not in TYPES:
        assert (reply.status_code, reply.text) == (400, str({"status": "error", "text": (
            f"Output format `{form}` is not supported. Choose among json, csv, votable, or parquet\n")}))
    elif form in empty:
        assert (reply.status_code, reply.content) == (200, empty[form])
    elif form == "parquet":
        assert pandas.read_parquet(io.BytesIO(reply.content)).shape == (0, 0)
    else:
        assert b"<TABLE/>" in reply.content and b"<FIELD" not in reply.content


def test_json_rounds_to_ten_decimals(fink_lsst, synthetic, rubin_showpiece):
    names = "r:ra_dec_Cov,r:diaSourceId,r:midpointMjdTai"
    rows = fink_lsst("sources", diaObjectId=rubin_showpiece, columns=names).json()
    csv = _read(fink_lsst("sources", diaObjectId=rubin_showpiece, columns=names, **{"output-format": "csv"}), "csv")
    truth = synthetic.truth.lsst_detections
    truth = truth[truth["oid"] == rubin_showpiece]
    known = dict(zip(truth["measurement_id"].tolist(), truth["ra_dec_Cov"].tolist()))
    assert all(row["r:ra_dec_Cov"] == 0 for row in rows)
    assert [known[str(number)] for number in csv["r:diaSourceId"]] == csv["r:ra_dec_Cov"].tolist() != [0.0] * len(csv)
    assert all(round(row["r:midpointMjdTai"], 10) == row["r:midpointMjdTai"] for row in rows)


def test_json_as_pandas_writes_it(fink_ztf, fink_lsst, showpiece):
    text = fink_ztf("objects", objectId=showpiece, columns="i:jd,i:objectId,i:candid").text
    assert text.startswith('[{"i:candid":') and ", " not in text
    # More digits than a double has.
    assert any(len(str(number).partition(".")[2]) >= 10 for number in json.loads(text, parse_float=str)[0].values()) \
        or any(len(row["i:jd"].partition(".")[2]) >= 10 for row in json.loads(text, parse_float=str))
    sesame = fink_ztf("resolver", resolver="simbad", name="M31").text
    assert '"Sc=Simbad (CDS, via client\\/server)"' in sesame


def test_a_column_of_nulls_is_absent_only_where_columns_are_asked_for(fink_lsst, rubin_showpiece):
    some = fink_lsst("sources", diaObjectId=rubin_showpiece, columns="r:diaSourceId,r:timeWithdrawnMjdTai").json()
    full = fink_lsst("sources", diaObjectId=rubin_showpiece).json()
    assert list(some[0]) == ["r:diaSourceId"]
    assert len(full[0]) == 135 and all(row["r:timeWithdrawnMjdTai"] is None for row in full)
    # A row without any value is no row.
    assert fink_lsst("sources", diaObjectId=rubin_showpiece, columns="r:timeWithdrawnMjdTai").json() == []


@pytest.fixture(scope="module")
def mixed(fink_lsst, synthetic):
    """Rubin objects seen before and after the change of the schema, and the column that came with it."""
    oids = ",".join(synthetic.truth.lsst_objects["oid"].tolist())
    rows = fink_lsst("sources", diaObjectId=oids, columns="r:diaObjectId,r:trail_flag").json()
    values = {}
    for row in rows:
        values.setdefault(row["r:diaObjectId"], set()).add(row["r:trail_flag"])
    return str(next(oid for oid, found in values.items() if len(found) == 2))


@pytest.mark.parametrize("form, status", [("json", 200), ("csv", 200), ("parquet", 500), ("votable", 200)])
def test_booleans_that_are_null_at_times(fink_lsst, mixed, form, status):
    reply = fink_lsst("sources", diaObjectId=mixed, columns="r:diaSourceId,r:trail_flag", **{"output-format": form})
    assert reply.status_code == status
    if form == "json":
        assert {row["r:trail_flag"] for row in reply.json()} == {"nan", False}
    elif form == "csv":
        assert set(_read(reply, form)["r:trail_flag"].astype(str)) == {"nan", "False"}
    elif form == "votable":
        assert b'ID="r_trail_flag"' in reply.content and b'name="r:trail_flag"' in reply.content
        assert set(map(str, _read(reply, form)["r:trail_flag"])) == {"nan", "False"}


def test_votable_of_all_rubin_columns_fails(fink_lsst, rubin_showpiece):
    assert fink_lsst("sources", diaObjectId=rubin_showpiece, **{"output-format": "votable"}).status_code == 500
    full = fink_lsst("sources", diaObjectId=rubin_showpiece, **{"output-format": "csv"})
    assert len(pandas.read_csv(io.BytesIO(full.content)).columns) == 135


@pytest.mark.parametrize("form, status", [("json", 200), ("csv", 200), ("parquet", 500), ("votable", 200)])
def test_upper_limits_in_all_formats(fink_ztf, showpiece, form, status):
    reply = fink_ztf("objects", objectId=showpiece, withupperlim=True, columns="i:jd,i:fid,i:magpsf",
                     **{"output-format": form})
    assert reply.status_code == status
    if form == "json":
        kinds = {row["d:tag"]: (type(row["i:fid"]), type(row["i:jd"])) for row in reply.json()}
        assert kinds == {"valid": (int, float), "upperlim": (str, float), "badquality": (str, float)}
    elif form == "votable":
        assert _read(reply, form)["i:fid"].iloc[0] in ("1", "2", "3")


def test_parquet_has_the_keys_as_a_column_without_a_name(fink_lsst, rubin_showpiece):
    from pyarrow import parquet

    reply = fink_lsst("fp", diaObjectId=rubin_showpiece, **{"output-format": "parquet"})
    table = parquet.read_table(io.BytesIO(reply.content))
    assert table.column_names[-1] == "__index_level_0__" and len(table.column_names) == 16
    assert str(table.schema.field("r:diaForcedSourceId").type) == "int64"
    assert str(table.schema.field("r:psfFlux").type) == "double"


def test_every_spelling_of_a_null(fink_ztf, fink_lsst, synthetic):
    """Clients meet each of them in the synthetic sky."""
    ztf = fink_ztf("objects", objectId="ZTF2", columns=(
        "d:cdsxmatch,d:mangrove_lum_dist,d:slsn_score,d:spicy_id,d:spicy_class,d:DR3Name,d:Plx,d:tns,d:lc_features_g,"
        "i:ssnamenr,i:ssdistnr,i:objectidps2,i:maggaiabright,d:from_upper,i:drb")).json()
    ztf = {name: {row[name] for row in ztf} for name in ztf[0]}
    assert {"Unknown", "Fail", "Fail 504"} <= ztf["d:cdsxmatch"]
    assert "None" in ztf["d:mangrove_lum_dist"] and {-1.0, None} <= ztf["d:slsn_score"]
    assert {-1, None} <= ztf["d:spicy_id"] and {"Unknown", "nan"} <= ztf["d:spicy_class"]
    assert "nan" in ztf["d:DR3Name"] and None in ztf["d:Plx"] and {"", "nan", "SN Ia"} <= ztf["d:tns"]
    assert {"[]"} < ztf["d:lc_features_g"] and any("NaN" in text for text in ztf["d:lc_features_g"])
    assert "null" in ztf["i:ssnamenr"] and -999.0 in ztf["i:ssdistnr"] and -999 in ztf["i:objectidps2"]
    assert {True, False, "nan"} <= ztf["d:from_upper"]
    oids = ",".join(synthetic.truth.lsst_objects["oid"].tolist())
    rubin = fink_lsst("sources", diaObjectId=oids, columns=(
        "f:xm_simbad_otype,f:xm_tns_fullname,f:clf_earlySNIa_score,f:clf_cats_class,r:ssObjectId,r:parentDiaSourceId,"
        "f:xm_gaiadr3_VarFlag,r:psfFlux")).json()
    rubin = {name: {row[name] for row in rubin} for name in rubin[0]}
    assert {"Fail", "nan"} <= rubin["f:xm_simbad_otype"] and "nan" in rubin["f:xm_tns_fullname"]
    assert -1.0 in rubin["f:clf_earlySNIa_score"] and -1 in rubin["f:clf_cats_class"]
    assert {0, None} <= rubin["r:ssObjectId"] and {0, None} < rubin["r:parentDiaSourceId"]
    assert {"0", "1"} == rubin["f:xm_gaiadr3_VarFlag"] and None in rubin["r:psfFlux"]
