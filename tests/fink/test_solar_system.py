# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Bodies of the solar system at Fink, against what else the sandbox says of the same alerts."""

import numpy as np
import pytest
import requests
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers import Fink
from astroquery_brokers.exceptions import (BrokerError, InvalidArgumentError, PartialResultWarning, RejectedQueryError,
                                           ReplyParseError, UnknownColumnWarning)

NAMES = ["8467", "Geographos"]


def test_alerts_are_those_of_their_objects(box):
    alerts = Fink.query_sso("8467")
    assert len(alerts) > 1 and set(alerts["sso_name"]) == {"Benoitcarry"} and set(alerts["sso_number"]) == {8467}
    assert set(alerts["i:ssnamenr"]) <= {"8467", "1981EV24"}
    detections = Fink.query_detections(sorted(set(alerts["i:objectId"])))
    place = {candid: row for row, candid in enumerate(detections["i:candid"].tolist())}
    same = detections[[place[candid] for candid in alerts["i:candid"].tolist()]]
    for name in ("i:objectId", "i:jd", "i:magpsf", "i:fid", "i:ra", "i:dec", "d:roid"):
        assert alerts[name].tolist() == same[name].tolist(), name
    assert (np.diff(alerts["i:jd"]) > 0).all()


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_all_columns_are_known(box, survey, recwarn):
    Fink.query_sso("8467", survey=survey, ephemerides=True, cache=False)
    assert not [warning for warning in recwarn if issubclass(warning.category, UnknownColumnWarning)]


@pytest.mark.parametrize("columns", [None, "magpsf"])
def test_ephemerides_are_of_the_middle_of_the_exposure(box, columns):
    table = Fink.query_sso("8467", ephemerides=True, columns=columns)
    assert np.allclose((table["Date"] - table["i:jd"]) * 86400, 15, atol=1e-3)
    assert (table["Date"].meta["time"]["instant"], table["Date"].meta["time"]["scale"]) == ("middle", "utc")
    assert (str(table["Dobs"].unit), str(table["Phase"].unit)) == ("AU", "deg")
    reduced = table["i:magpsf"] - 5 * np.log10(table["Dobs"] * table["Dhelio"])
    assert np.allclose(table["i:magpsf_red"], reduced, rtol=1e-12)
    assert "residuals_shg1g2" not in table.colnames


def test_ephemerides_of_rubin_are_reduced_from_fluxes(box):
    table = Fink.query_sso("8467", ephemerides=True, columns="psfFlux", survey="lsst")
    reduced = 31.4 - 2.5 * np.log10(table["r:psfFlux"]) - 5 * np.log10(table["Dobs"] * table["Dhelio"])
    assert np.allclose(table["i:magpsf_red"], reduced, rtol=1e-9)
    # Times are converted from TAI.
    assert np.allclose((table["Date"] - 2400000.5 - table["r:midpointMjdTai"]) * 86400, -37, atol=1e-3)


def test_residuals_come_with_ephemerides(box):
    table = Fink.query_sso("8467", residuals=True, columns="magpsf")
    means = {band: table["i:magpsf_red"][table["i:fid"] == band].mean() for band in set(table["i:fid"])}
    expected = table["i:magpsf_red"] - np.array([means[band] for band in table["i:fid"]])
    assert np.allclose(table["residuals_shg1g2"], expected, atol=1e-12) and table["residuals_shg1g2"].unit == "mag"


def test_rows_of_several_bodies_say_which_it_is(box):
    for survey, name, id_ in (("ztf", "sso_name", "i:ssnamenr"),
                              ("lsst", "f:sso_name", "r:packed_primary_provisional_designation")):
        table = Fink.query_sso(NAMES, columns="ra", survey=survey)
        assert list(dict.fromkeys(table[name].tolist())) == ["Benoitcarry", "Geographos"]
        assert not np.ma.getmaskarray(table[id_]).any()


def test_what_is_not_computed_cannot_be_asked_for():
    for columns, flag in (("Phase", "ephemerides"), ("magpsf_red", "ephemerides"), ("SDSS:g", "ephemerides"),
                          ("residuals_shg1g2", "residuals")):
        with pytest.raises(InvalidArgumentError, match=f"computed only with {flag}=True"):
            Fink.query_sso("8467", columns=columns)


def test_numbers_may_be_those_of_numpy(box):
    for name in (8467, np.int64(8467), np.array([8467, 1620])):
        assert "Benoitcarry" in Fink.query_sso(name)["sso_name"]


def test_a_body_without_alerts_is_empty_and_one_that_nobody_knows_is_refused(box):
    with pytest.warns(NoResultsWarning, match="10P"):
        table = Fink.query_sso(["8467", "10P"])
    assert table.meta["coverage"][0]["missing"] == ["10P"]
    with pytest.raises(RejectedQueryError, match="kdflsjffld is not a valid name or number according to quaero"):
        Fink.query_sso("kdflsjffld")
    with pytest.warns(PartialResultWarning, match="kdflsjffld"):
        table = Fink.query_sso(["kdflsjffld", "8467"])
    assert set(table["sso_name"]) == {"Benoitcarry"}


def test_candidates_have_an_orbit_and_alerts(box):
    orbits, alerts = Fink.query_sso_orbits(), Fink.query_sso_candidates()
    assert set(alerts["d:ssoCandId"]) <= set(orbits["d:ssoCandId"]) and len(orbits) == len(set(orbits["d:ssoCandId"]))
    assert orbits["d:a"].unit == "AU" and (orbits["d:e"] < 1).all()
    one = alerts["d:ssoCandId"][0]
    chosen = Fink.query_sso_candidates(one)
    assert chosen["d:candid"].tolist() == alerts["d:candid"][alerts["d:ssoCandId"] == one].tolist()
    assert chosen["d:candid"].dtype == np.int64 and (np.diff(chosen["d:jd"]) > 0).all()
    detections = Fink.query_detections(chosen["d:objectId"][0], columns="candid,magpsf")
    magnitudes = dict(zip(detections["i:candid"].tolist(), detections["i:magpsf"].tolist()))
    assert chosen["d:magpsf"].tolist() == [magnitudes[candid] for candid in chosen["d:candid"].tolist()]


@pytest.mark.parametrize("flavor", ["SHG1G2", "HG1G2", "HG", "SOCCA"])
def test_the_table_of_bodies_is_the_same_whole_and_one_by_one(box, flavor):
    whole = Fink.query_ssoft(flavor=flavor)
    assert whole["sso_number"].tolist() == [8467, 1620, 433, 624188]
    one, number = Fink.query_ssoft("Eros", flavor=flavor), Fink.query_ssoft(number=433, flavor=flavor)
    for name in whole.colnames:
        for table in (one, number):
            assert table[name].tolist() == whole[name][2:3].tolist(), name
    assert (str(whole["H_1"].unit), str(whole["period"].unit), whole["last_jd"].meta["time"]["scale"]) == (
        "mag", "h", "utc")


@pytest.mark.parametrize("flavor", ["HG", "HG1G2", "SHG1G2"])
def test_rubin_has_a_table_of_bodies_too(box, flavor):
    whole, one = (Fink.query_ssoft(number=number, flavor=flavor, survey="lsst") for number in (None, 433))
    assert whole["sso_name"].tolist() == ["Benoitcarry", "Geographos", "Eros", "2002 MA6"]
    assert [one[name][0] for name in one.colnames] == [whole[name][2] for name in one.colnames]
    assert "lsst" in box.requests[-1]["path"]


def test_each_survey_has_models_and_months_of_its_own(box):
    payload = Fink.query_ssoft(get_query_payload=True)["json"], Fink.query_ssoft(survey="lsst",
                                                                                 get_query_payload=True)["json"]
    assert [body["flavor"] for body in payload] == ["SHG1G2", "HG"]
    with pytest.raises(InvalidArgumentError, match="HG1G2"):
        Fink.query_ssoft(flavor="SOCCA", survey="lsst")
    for verb in (Fink.query_ssoft, Fink.query_ssobulk):
        with pytest.raises(InvalidArgumentError, match="2026.08"):
            verb(version="2026.07", survey="lsst")


def test_lists_of_the_bulk_file_are_rows(box):
    table = Fink.query_ssobulk(survey="lsst")
    assert len(table) == 48 and table["designation"][::12].tolist() == ["J81E24V", "J51R00A", "I98D00Q", "K02M06A"]
    assert table["cband"][:5].tolist() == ["g", "r", "i", "z", "g"] and table.time.scale == "tai"
    sent = requests.post(f"{box.urls['fink.lsst_url']}/api/v1/ssobulk", json={"output-format": "json"}, timeout=30)
    for row, body in enumerate(sent.json()):
        for name in ("cra", "cmagpsf", "chelioRange"):
            assert np.allclose(table[name][12 * row:12 * row + 12], body[name], rtol=0, atol=1e-9), name
    one = Fink.query_ssobulk("Eros", survey="lsst")
    assert one["cra"].tolist() == table["cra"][24:36].tolist()
    ztf = Fink.query_ssobulk()
    assert len(ztf) == 48 and ztf["cfid"][:3].tolist() == [1, 2, 1] and ztf["residuals_shg1g2"].unit == "mag"
    with pytest.raises(InvalidArgumentError, match="query_sso"):
        Fink.query_ssobulk("Eros")


def test_a_month_that_is_not_there_is_told(broker, says):
    says("ssobulk", b'{"RemoteException": {"message": "File does not exist"}}', kind="application/parquet")
    with pytest.raises(ReplyParseError, match="not parquet.*File does not exist"):
        broker.query_ssobulk(survey="lsst")


def test_an_older_server_of_rubin_is_told(broker, says):
    for verb, name in ((broker.query_ssoft, "ssoft"), (broker.query_ssobulk, "ssobulk")):
        says(name, "<html><title>404 Not Found</title></html>", status=404)
        with pytest.raises(BrokerError, match="since release 3.7.0.*this one is older"):
            verb(survey="lsst")
