# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is easily done wrong with Fink's API, one by one; numbers are those of the project's list of traps."""

import gzip
import inspect
import json

import numpy as np
import pytest
from astropy import units as u
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_brokers import Fink
from astroquery_brokers.exceptions import (BrokerError, CandidError, InvalidArgumentError, ObjectNotFoundError,
                                           RejectedQueryError, ReplyParseError, UnknownArgumentError,
                                           UnknownColumnWarning)
from astroquery_brokers.fink import FinkClass, conf, endpoints

ZTF, OTHER, RUBIN = "ZTF21abfmbix", "ZTF21abfmbiy", "170587117485817955"


def sent(verb, *args, **kwargs):
    """The JSON body that a verb would send first."""
    payload = getattr(Fink, verb)(*args, **kwargs, get_query_payload=True)
    return (payload if isinstance(payload, dict) else payload[0])["json"]


def test_01_the_two_hosts_have_words_of_their_own():
    for id_, path, key in ((ZTF, "objects", "objectId"), (RUBIN, "sources", "diaObjectId")):
        payload = Fink.query_detections(id_, get_query_payload=True)
        assert payload["url"].endswith(f"/api/v1/{path}") and payload["json"][key] == id_
    assert "name" in sent("query_resolver", "SN 2023Q", "tns")
    assert "name_or_id" in sent("query_resolver", "SN 2023Q", "tns", survey="lsst")


def test_02_retired_addresses_are_not_asked():
    defaults = {item: type(conf).__dict__[item].defaultvalue for item in ("ztf_url", "lsst_url")}
    assert defaults == {"ztf_url": "https://api.ztf.fink-portal.org", "lsst_url": "https://api.lsst.fink-portal.org"}
    paths = {endpoint.path for verb in FinkClass._verbs() for endpoint in verb.endpoints}
    assert not {path.rpartition("/")[2] for path in paths} & {"explorer", "bayestar", "columns", "xmatch", "random"}


@pytest.mark.parametrize("status, said, kind, wanted", [
    (400, "{'status': 'error', 'text': 'A value for `objectId` is required. See https://api.ztf.fink-portal.org \\n'}",
     RejectedQueryError, "A value for `objectId` is required. See https://api.ztf.fink-portal.org."),
    (400, "{'status': 'error', 'text': ValueError(\"Invalid character at col 0 parsing angle 'kfdlkj'\")}",
     RejectedQueryError, "Invalid character at col 0 parsing angle 'kfdlkj'."),
    (400, "\n        nope is not a valid tag. Here is the list of tags:\n        ['in_tns']\n        ",
     RejectedQueryError, "nope is not a valid tag. Here is the list of tags: ['in_tns']."),
    (500, '{"message": "Internal Server Error"}', BrokerError, "Internal Server Error"),
    (400, "{'status': 'error', 'text': __import__('os').abort()}", RejectedQueryError, "'os'"),
    (502, "<html><head><title>502</title></head><body>Bad Gateway</body></html>", BrokerError, "Bad Gateway")])
def test_03_errors_are_read_as_text_and_never_evaluated(broker, says, status, said, kind, wanted):
    says("objects", said, status=status)
    with pytest.raises(kind) as caught:
        broker.query_detections(ZTF)
    assert wanted in str(caught.value) and caught.value.status_code == status
    assert "'text':" not in str(caught.value)


def test_04_status_200_is_no_success(broker, says):
    says("objects", [])
    with pytest.warns(NoResultsWarning, match=ZTF):
        assert len(broker.query_detections(ZTF, output_format="json")) == 0
    for said in ('[{"status":"No GCN with that ID"}]', "status\nNo GCN with that ID\n",
                 'status\n"{""detail"":""No GCN with that ID""}"\n',
                 r'[{"status":"{\"detail\":\"No GCN with that ID\"}"}]'):
        says("skymap", said)
        with pytest.raises(RejectedQueryError, match="refused.*S230709bi: No GCN with that ID."):
            broker.query_skymap("S230709bi", cache=False)
    says("cutouts", b"", kind="image/png")
    with pytest.raises(CandidError, match="no images"):
        broker.get_cutouts(candid=170666304474710039)
    says("ssoft", b'{"RemoteException": {"message": "File does not exist"}}', kind="application/parquet")
    with pytest.raises(ReplyParseError, match="not parquet.*RemoteException"):
        broker.query_ssoft(version="2023.08")


def test_05_get_without_arguments_is_no_data(broker, says):
    says("classes", "The classes of Fink")
    with pytest.raises(ReplyParseError, match="not JSON"):
        broker.query_classes()
    for verb in FinkClass._verbs():
        for endpoint in verb.endpoints:
            alone = {"/api/v1/classes", "/api/v1/tags", "/api/v1/blocks", "/api/v1/schema", "/api/v1/metadata"}
            assert endpoint.method == "POST" or endpoint.path in alone


def test_06_misspelt_arguments_are_refused():
    for name in ("output_formats", "withUpperLim", "StartDate"):
        with pytest.raises(UnknownArgumentError, match=name):
            Fink.query_detections(ZTF, **{name: True})
    assert {"output-format", "withupperlim"} <= set(sent("query_detections", ZTF, withupperlim=True))


def test_07_a_column_that_vanished_is_masked(broker, says):
    says("sources", [{"r:diaObjectId": int(RUBIN), "r:midpointMjdTai": 61235.4}])
    table = broker.query_detections(RUBIN, columns="psfFlux, templateFlux", output_format="json")
    assert table.colnames == ["r:diaObjectId", "r:midpointMjdTai", "r:psfFlux", "r:templateFlux"]
    assert np.ma.getmaskarray(table["r:psfFlux"]).all()


@pytest.mark.parametrize("id_", ["ZTF21abfm", "ZTF", "", f"{ZTF},", f"{ZTF},{OTHER}", [ZTF, ""], "ztf21abfmbix"])
def test_08_short_and_empty_names_are_refused(id_):
    with pytest.raises(InvalidArgumentError):
        Fink.query_detections(id_, get_query_payload=True)


def test_08_objects_that_were_not_asked_for_are_refused(broker, says):
    rows = [{"i:objectId": ZTF, "i:jd": 2459396.7}, {"i:objectId": OTHER, "i:jd": 2459396.7}]
    says("objects", rows)
    for id_ in (ZTF, [ZTF, "ZTF21abfmbzz"]):
        with pytest.raises(ReplyParseError, match=OTHER if isinstance(id_, list) else "something else"):
            broker.query_detections(id_, output_format="json")


@pytest.mark.parametrize("ask", [
    lambda: Fink.query_resolver("SN", "tns"), lambda: Fink.query_resolver("", "ssodnet"),
    lambda: Fink.query_tracklets("2020"), lambda: Fink.query_tracklets(tracklet_id="TRCK_"),
    lambda: Fink.query_tracklets("")])
def test_08_names_of_other_things_match_by_their_beginning_too(ask):
    with pytest.raises(InvalidArgumentError):
        ask()


def test_09_ids_go_as_text():
    assert sent("query_detections", [int(RUBIN), int(RUBIN) + 1])["diaObjectId"] == f"{RUBIN},{int(RUBIN) + 1}"
    assert sent("query_forced_photometry", np.int64(RUBIN))["diaObjectId"] == RUBIN
    payload = Fink.get_cutouts(candid=170666304474710039, get_query_payload=True)
    assert {part["json"]["diaSourceId"] for part in payload} == {"170666304474710039"}


@pytest.mark.parametrize("format, said", [
    ("json", [{"r:diaObjectId": int(RUBIN), "r:diaSourceId": 170666304474710039, "r:parentDiaSourceId": None},
              {"r:diaObjectId": int(RUBIN), "r:diaSourceId": 170666304474710041,
               "r:parentDiaSourceId": 170666304474710037}]),
    ("csv", f"r:diaObjectId,r:diaSourceId,r:parentDiaSourceId\n{RUBIN},170666304474710039,\n"
            f"{RUBIN},170666304474710041,170666304474710037\n")])
def test_10_an_id_column_with_a_null_keeps_all_digits(broker, says, format, said):
    says("sources", said)
    table = broker.query_detections(RUBIN, output_format=format)
    assert table["r:diaSourceId"].tolist() == [170666304474710039, 170666304474710041]
    assert table["r:parentDiaSourceId"].tolist() == [None, 170666304474710037]
    assert table["r:parentDiaSourceId"].dtype == np.int64


def test_11_to_14_arguments_have_their_json_types():
    assert sent("query_detections", ZTF, withupperlim=True)["withupperlim"] is True
    assert sent("query_sso", "8467", ephemerides=True)["withEphem"] is True
    assert sent("query_sso", "8467", residuals=True)["withResiduals"] is True
    assert sent("query_resolver", ZTF, "tns", reverse=True)["reverse"] is True
    assert sent("query_resolver", "SN 2023Q", "tns", row_limit=20)["nmax"] == 21
    assert sent("query_sso_candidates", row_limit=20)["maxnumber"] == 21
    days = sent("query_skymap", "S230709bi", days_before=1, days_after=2)
    assert (days["n_day_before"], days["n_day_after"]) == (1.0, 3.0)
    # Their presence alone switches these on.
    assert "color" not in sent("query_alerts", class_name="SN candidate")
    assert "schema" not in sent("query_ssoft")
    for body in (sent("query_detections", ZTF), sent("query_sso", "8467"), sent("query_resolver", "8467", "ssodnet")):
        assert not {"withupperlim", "withEphem", "withResiduals", "reverse"} & set(body)


def test_15_small_numbers_are_not_rounded_away(broker, says):
    says("sources", f"r:diaObjectId,r:ra_dec_Cov\n{RUBIN},4.1e-11\n")
    assert broker.query_detections(RUBIN)["r:ra_dec_Cov"].tolist() == [4.1e-11]


def test_16_spellings_of_missing_are_masked(broker, says):
    says("objects", [{"i:objectId": ZTF, "d:DR3Name": "nan", "d:cdsxmatch": "Unknown", "i:ssdistnr": -999.0,
                      "i:ssnamenr": "null", "d:mangrove_HyperLEDA_name": "None", "d:slsn_score": -1.0,
                      "i:objectidps1": -999}])
    row = broker.query_detections(ZTF, output_format="json")[0]
    for name in ("d:DR3Name", "i:ssdistnr", "i:ssnamenr", "d:mangrove_HyperLEDA_name", "i:objectidps1"):
        assert np.ma.is_masked(row[name]), name
    says("sources", [{"r:diaObjectId": int(RUBIN), "r:ssObjectId": 0, "r:trail_flag": "nan",
                      "f:xm_simbad_otype": "Fail", "f:clf_earlySNIa_score": -1.0}])
    row = broker.query_detections(RUBIN, output_format="json")[0]
    for name in ("r:ssObjectId", "r:trail_flag", "f:xm_simbad_otype", "f:clf_earlySNIa_score"):
        assert np.ma.is_masked(row[name]), name


def test_17_numbers_that_come_as_text_are_numbers(broker, says):
    says("statistics", [{"basic:raw": "346644", "basic:sci": 0, "key:key": "ztf_20211103",
                         "key:time": "1642144989032"}])
    assert broker.query_statistics("20211103")["basic:raw"].tolist() == [346644]
    says("resolver", [{"d:fullname": "SN 2023Q", "d:ra": "29.270333", "d:redshift": "0.022", "d:type": "nan"}])
    row = broker.query_resolver("SN 2023Q", "tns")[0]
    assert (row["d:ra"], row["d:redshift"]) == (29.270333, 0.022) and np.ma.is_masked(row["d:type"])


def test_18_upper_limits_mix_numbers_and_text(broker, says):
    says("objects", [{"i:objectId": ZTF, "i:jd": 2459396.7, "i:fid": 1, "i:candid": 1642249732315015013,
                      "i:diffmaglim": 20.5, "d:tag": "valid"},
                     {"i:objectId": ZTF, "i:jd": 2459390.7, "i:fid": "2", "i:candid": -1, "i:diffmaglim": "20.4839",
                      "d:tag": "upperlim"},
                     {"i:objectId": ZTF, "i:jd": 2459380.7, "i:fid": "1", "i:candid": -1, "i:diffmaglim": "20.1",
                      "d:tag": "upper"}])
    table = broker.query_non_detections(ZTF, output_format="json")
    assert table["i:fid"].tolist() == [1, 2] and table["i:diffmaglim"].tolist() == [20.1, 20.4839]
    curve = broker.query_lightcurve(ZTF, output_format="json")
    assert curve["kind"].tolist() == ["upper_limit", "upper_limit", "detection"]
    assert curve["measurement_id"].tolist() == [None, None, 1642249732315015013]


def test_21_and_22_dates_have_the_form_and_scale_of_their_endpoint():
    moment = Time("2026-07-01 00:00:00", scale="utc")
    assert sent("query_alerts", class_name="Unknown", startdate=moment.tdb)["startdate"] == "2026-07-01 00:00:00.000000"
    assert sent("query_alerts", tag="in_tns", startdate=moment)["startdate"] == "2026-07-01 00:00:37.000000"
    assert sent("query_alerts", tag="in_tns", startdate="2026-07-01")["startdate"] == "2026-07-01 00:00:37.000000"
    assert sent("query_anomalies", startdate=moment.mjd)["start_date"] == "2026-07-01 00:00:00.000000"
    assert sent("query_sso_candidates", stopdate=moment)["stop_date"] == "2026-07-01 00:00:00.000000"
    with pytest.raises(InvalidArgumentError, match="is it a JD"):
        Fink.query_alerts(class_name="Unknown", startdate=2459396.5)
    with pytest.raises(InvalidArgumentError, match="after stopdate"):
        Fink.query_alerts(class_name="Unknown", startdate=60000.0, stopdate=59000.0)


def test_24_a_result_that_may_be_cut_says_so(broker, says, monkeypatch):
    rows = [{"i:objectId": ZTF, "i:jd": 2459396.7 + day} for day in range(10_000)]
    says("objects", rows)
    with pytest.warns(MaxResultsWarning, match=f"at most 10000 rows: detections of {ZTF} may be.*Data Transfer"):
        table = broker.query_detections(ZTF, columns="jd", output_format="json")
    assert table.meta["coverage"][0]["truncated"]
    says("latests", rows[:6])
    with pytest.warns(MaxResultsWarning, match="row_limit=5.*Data Transfer"):
        assert len(broker.query_alerts(class_name="Unknown", row_limit=5, output_format="json")) == 5


def test_25_and_26_cones_ask_for_what_they_need():
    body = sent("query_region", "185 15", "5 arcsec", columns="magpsf")
    assert body["columns"].split(",") == ["i:objectId", "i:jd", "i:ra", "i:dec", "i:magpsf"]
    assert body["radius"] == pytest.approx(5)
    body = sent("query_region", "185 15", "5 arcsec", columns="psfFlux", survey="lsst", firstmjd=61000.0)
    assert body["columns"].split(",") == ["r:diaObjectId", "r:midpointMjdTai", "r:ra", "r:dec",
                                          "f:firstDiaSourceMjdTaiFink", "r:psfFlux"]


def test_27_distances_have_different_units():
    units = {column.name: column.unit for column in Fink._dictionary("ztf_alerts").columns}
    assert u.Unit(units["i:distnr"]) == u.pix
    assert units["i:distpsnr1"] == units["i:ssdistnr"] == units["i:neargaia"] == "arcsec"


def test_30_columns_may_come_and_go(broker, says):
    says("objects", [{"i:objectId": ZTF, "i:jd": 2459396.7, "d:never_seen": 7}])
    with pytest.warns(UnknownColumnWarning, match="d:never_seen"):
        table = broker.query_detections(ZTF, output_format="json")
    assert table["d:never_seen"].tolist() == [7] and np.ma.getmaskarray(table["i:magpsf"]).all()


def test_31_a_gateway_that_gave_up_is_asked_again(speaker):
    replies = [(504, "text/html", b"<html>Gateway Time-out</html>"),
               (200, "application/csv", f"i:objectId,i:jd\n{ZTF},2459396.7\n".encode())]
    speaker.replies["/api/v1/objects"] = lambda body: replies.pop(0)
    patient = FinkClass(ztf_url=speaker.url)
    assert len(patient.query_detections(ZTF)) == 1 and not replies
    assert type(conf).__dict__["timeout"].defaultvalue > 120


def test_32_images_with_nan(broker, says):
    image = [[1.0, float("nan")], [3.0, 4.0]]
    says("cutouts", json.dumps({f"b:cutout{kind}": image for kind in ("Science", "Template", "Difference")}))
    science, *_ = broker.get_cutouts(candid=170666304474710039, format="numpy")
    assert np.isnan(science[0, 1]) and science[1, 1] == 4


def test_33_a_trend_has_the_column_that_it_needs():
    body = sent("query_alerts", class_name="SN candidate", trend="rising", columns="magpsf")
    assert "d:mag_rate" in body["columns"].split(",") and body["trend"] == "rising"
    assert "columns" not in sent("query_alerts", class_name="SN candidate", trend="rising")
    with pytest.raises(InvalidArgumentError, match="low_state.*Blazar"):
        Fink.query_alerts(class_name="SN candidate", trend="low_state")


@pytest.mark.parametrize("options", [{"kind": "Science"}, {"kind": "all"}, {"format": "fits"},
                                     {"format": "png", "colormap": "nocolour"}, {"format": "png", "stretch": "asinh"},
                                     {"format": "png", "pmin": 101}, {"stretch": "log"}])
def test_34_what_makes_the_cutout_service_fail_is_refused(options):
    with pytest.raises(InvalidArgumentError):
        Fink.get_cutouts(candid=170666304474710039, **options, get_query_payload=True)


def test_35_nothing_is_ever_written():
    for verb in FinkClass._verbs():
        for endpoint in verb.endpoints:
            assert endpoint.method == "GET" or not endpoint.path.endswith("metadata")
    assert endpoints.METADATA.method == "GET"
    assert "username" not in inspect.signature(Fink.query_metadata).parameters
    assert Fink.query_metadata(ZTF, get_query_payload=True).get("json") is None


def test_36_the_table_of_solar_system_objects_is_parquet():
    assert sent("query_ssoft")["output-format"] == "parquet"
    assert sent("query_ssoft", number=8467)["output-format"] == "json"
    with pytest.raises(InvalidArgumentError, match="SHG1G2"):
        Fink.query_ssoft(flavor="SSHG1G2")
    with pytest.raises(InvalidArgumentError, match="2026.09"):
        Fink.query_ssoft(version="202606")


def test_37_what_other_services_say_is_passed_on(broker, says):
    says("sso", "{'status': 'error', 'text': 'kdflsjffld is not a valid name or number according to quaero.\\n'}",
         status=400)
    with pytest.raises(RejectedQueryError, match="not a valid name or number according to quaero"):
        broker.query_sso("kdflsjffld")


@pytest.mark.parametrize("format, said", [("csv", b"\n"), ("json", b"[]"), ("votable", (
    b'<?xml version="1.0" encoding="utf-8"?>\n<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
    b' <RESOURCE type="results">\n  <TABLE/>\n </RESOURCE>\n</VOTABLE>\n'))])
def test_38_empty_answers_have_all_columns(broker, says, format, said):
    says("objects", said)
    with pytest.warns(NoResultsWarning):
        table = broker.query_detections(ZTF, columns="magpsf,fid", output_format=format)
    assert len(table) == 0 and table.colnames == ["i:objectId", "i:jd", "i:magpsf", "i:fid"]
    assert table["i:magpsf"].unit == "mag" and table["i:jd"].dtype == float
    with pytest.raises(ObjectNotFoundError, match=ZTF):
        broker.query_object(ZTF, output_format=format)


def test_39_features_that_are_no_json_are_text(broker, says):
    features = "{19.5, NaN, 0.3}"
    says("objects", [{"i:objectId": ZTF, "d:lc_features_g": features, "d:lc_features_r": "[1.0, 2.0]"}])
    table = broker.query_detections(ZTF, output_format="json")
    assert table["d:lc_features_g"].tolist() == [features]


def test_a_sky_map_is_sent_as_the_service_wants_it(tmp_path):
    content = b"SIMPLE  =                    T"
    path = tmp_path / "bayestar.fits"
    path.write_bytes(content)
    for given in (content, path, str(path), gzip.compress(content, mtime=0)):
        body = sent("query_skymap", skymap=given)
        assert body["bayestar"] == str(gzip.compress(content, mtime=0)) and "file" not in body
    for wrong in (b"no map", tmp_path / "absent.fits", 5):
        with pytest.raises(InvalidArgumentError, match="skymap="):
            Fink.query_skymap(skymap=wrong)


def test_23_dates_of_cones_are_those_of_first_detections_and_need_a_start():
    for wrong in ({"stopdate": "2024-01-31"}, {"window": 3}, {"kind": "within"}):
        with pytest.raises(InvalidArgumentError, match="go with startdate="):
            Fink.query_region("185 15", "5 arcsec", **wrong, get_query_payload=True)
    body = sent("query_region", "185 15", "5 arcsec", firstmjd=(60000, 60010))
    assert (body["startdate"], body["stopdate"]) == pytest.approx((60000, 60010), abs=2e-5)
    # When an object was seen last is nothing that the server of ZTF can be asked.
    body = sent("query_region", "185 15", "5 arcsec", lastmjd=(60000, 60010))
    assert not {"startdate", "stopdate", "window"} & set(body)


def test_28_signs_of_fluxes_are_those_of_the_differences(broker, says):
    says("objects", [{"i:objectId": ZTF, "i:candid": place + 1, "i:jd": 2459396.7 + place, "i:fid": 1, "i:magpsf": 18.5,
                      "i:sigmapsf": 0.1, "i:isdiffpos": sign} for place, sign in enumerate(("t", "f", "1", "0"))])
    curve = broker.query_lightcurve(ZTF, output_format="json")
    flux = 10 ** ((31.4 - 18.5) / 2.5)
    assert curve["flux"].tolist() == pytest.approx([flux, -flux, flux, -flux])
    assert curve["mag"].tolist() == [18.5] * 4 and (curve["flux_err"] > 0).all()
    for endpoint, name, value in (("sources", "r:diaSourceId", -500.0), ("fp", "r:diaForcedSourceId", 0.0)):
        says(endpoint, [{"r:diaObjectId": int(RUBIN), name: 7, "r:midpointMjdTai": 61235.4, "r:band": "r",
                         "r:psfFlux": value, "r:psfFluxErr": 10.0}])
    curve = broker.query_lightcurve(RUBIN, output_format="json")
    assert sorted(curve["flux"].tolist()) == [-500.0, 0.0]
    assert curve["mag"][curve["flux"] < 0].tolist() == pytest.approx([31.4 - 2.5 * np.log10(500)])
    assert np.ma.is_masked(curve["mag"][curve["flux"] == 0][0])


def test_29_upper_limits_are_those_of_thirty_days_before_alerts(box, ztf_ids):
    limits = Fink.query_non_detections(ztf_ids[:3])
    alerts = Fink.query_detections(ztf_ids[:3], columns="jd")
    for id_ in ztf_ids[:3]:
        times = alerts["i:jd"][alerts["i:objectId"] == id_]
        before = times[None, :] - limits["i:jd"][limits["i:objectId"] == id_][:, None]
        assert before.size and (np.where(before > 0, before, np.inf).min(axis=1) <= 31).all()
    assert "30 days" in Fink.query_non_detections.__doc__


def test_40_rows_are_sorted_by_time_whatever_comes_first(broker, says):
    rows = [{"i:objectId": id_, "i:candid": place, "i:jd": 2459400.7 - place, "i:fid": 1, "i:magpsf": 18.5}
            for place, id_ in enumerate((ZTF, OTHER, OTHER, ZTF, OTHER))]
    says("objects", rows)
    for verb, names in ((broker.query_detections, ("i:objectId", "i:candid")),
                        (broker.query_lightcurve, ("object_id", "measurement_id"))):
        table = verb([OTHER, ZTF], output_format="json")
        assert [table[name].tolist() for name in names] == [[OTHER] * 3 + [ZTF] * 2, [4, 2, 1, 3, 0]]


@pytest.mark.parametrize("survey, endpoint, key", [("ztf", "conesearch", "i:objectId"),
                                                   ("lsst", "conesearch", "r:diaObjectId")])
def test_rows_outside_the_cone_are_refused(broker, says, survey, endpoint, key):
    place = key[:2]
    row = {key: ZTF if survey == "ztf" else int(RUBIN), f"{place}ra": 185.0, f"{place}dec": 16.0}
    says(endpoint, [row])
    with pytest.raises(ReplyParseError, match="another place: 1 of 1 rows are outside, up to 3600.0 arcsec"):
        broker.query_region("185 15", "10 arcsec", survey=survey, output_format="json")
