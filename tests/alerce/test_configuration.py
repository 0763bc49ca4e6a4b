# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Addresses under the official client's names, and its errors."""

import json
import pickle
from contextlib import ExitStack
from importlib import resources

import pytest
import requests
from astroquery.exceptions import InvalidQueryError, RemoteServiceError

from astroquery_brokers import exceptions
from astroquery_brokers.alerce import Alerce, AlerceClass, conf

OID, RUBIN = "ZTF20aaelulu", 170587117485817955
V2 = {"ztf": {"ZTF_API_URL": "http://z", "ZTF_ROUTES": {
          "objects": "/ztf/v1/objects", "detections": "/other/%s/det", "single_feature": "/ztf/v1/f/%s/%s",
          "forced_photometry": "/v2/lightcurve/forced-photometry/%s"}},
      "multisurvey": {"URL_MS": "http://m/", "ROUTES_MS": {"single_object": "object_api/object",
                                                           "detections": "lc/det"}},
      "stamps": {"STAMP_URL": "http://s", "AVRO_ROUTES": {"get_stamp": "/picture", "get_avro": "/get_avro"}},
      "stamps_ztf": {"AVRO_URL": "http://a", "AVRO_ROUTES": {"get_avro": "/packet"}}}
V1 = {"ZTF_API_URL": "http://z/ztf/v1", "ZTF_ROUTES": {"objects": "/objects", "detections": "/det/%s"},
      "ZTF_DB_API_URL": "http://gone", "AVRO_URL": "http://a", "CATSHTM_API_URL": "http://c",
      "CATSHTM_ROUTES": {"crossmatch_all": "/all"}}


@pytest.fixture
def defaults():
    """``conf`` as it comes: a sandbox of other tests may be running."""
    with ExitStack() as stack:
        for item in conf:
            stack.enter_context(conf.set_temp(item, vars(type(conf))[item].defaultvalue))
        yield


def urls(broker):
    """What would be asked, by verb."""
    asked = {"objects": broker.query_objects(ndet=5, get_query_payload=True),
             "object": broker.query_object(OID, get_query_payload=True),
             "detections": broker.query_detections(OID, get_query_payload=True),
             "feature": broker.query_feature(OID, "gal_b", get_query_payload=True),
             "forced": broker.query_forced_photometry(OID, get_query_payload=True),
             "lsst object": broker.query_object(RUBIN, get_query_payload=True),
             "lsst detections": broker.query_detections(RUBIN, get_query_payload=True),
             "lsst stamp": broker.get_stamps(RUBIN, 1, get_query_payload=True)[0],
             "stamp": broker.get_stamps(OID, 1, get_query_payload=True)[0],
             "packet": broker.get_avro(OID, 1, get_query_payload=True),
             "catshtm": broker.catshtm_redshift(1.0, 1.0, 1.0, get_query_payload=True)}
    return {name: payload["url"] for name, payload in asked.items()}


EXPECTED_V2 = {
    "objects": "http://z/ztf/v1/objects/", "object": f"http://z/ztf/v1/objects/{OID}",
    "detections": f"http://z/other/{OID}/det", "feature": f"http://z/ztf/v1/f/{OID}/gal_b",
    "forced": f"http://z/v2/lightcurve/forced-photometry/{OID}", "lsst object": "http://m/object_api/object",
    "lsst detections": "http://m/lc/det", "lsst stamp": "http://s/picture", "stamp": "http://a/get_stamp",
    "packet": "http://a/packet", "catshtm": "https://catshtm.alerce.online/crossmatch_all"}


def test_every_address_and_route_of_version_2(defaults):
    broker = AlerceClass()
    assert urls(broker)["detections"] == f"{conf.ztf_url}/objects/{OID}/detections"
    broker.load_config_from_object(V2)
    assert urls(broker) == EXPECTED_V2
    assert urls(Alerce)["detections"] == f"{conf.ztf_url}/objects/{OID}/detections"


def test_version_1_by_keywords(defaults):
    found = urls(AlerceClass(**V1, timeout=5.0))
    assert found["object"] == f"http://z/ztf/v1/objects/{OID}" and found["detections"] == f"http://z/ztf/v1/det/{OID}"
    assert found["forced"] == f"http://z/v2/lightcurve/forced-photometry/{OID}"
    assert found["catshtm"] == "http://c/all" and found["stamp"] == "http://a/get_stamp"


def test_a_file_and_a_pickle(defaults, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(V2))
    broker = AlerceClass()
    broker.load_config_from_file(path)
    assert urls(broker) == EXPECTED_V2
    assert urls(pickle.loads(pickle.dumps(broker))) == EXPECTED_V2


def test_the_environment_is_read_at_each_call(defaults, tmp_path, monkeypatch):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(V2))
    broker = AlerceClass()
    monkeypatch.setenv("ALERCE_CONFIG_PATH", str(path))
    assert urls(broker) == EXPECTED_V2
    with conf.set_temp("ztf_url", "http://set"):
        assert broker.query_object(OID, get_query_payload=True)["url"] == f"http://set/objects/{OID}"
    assert AlerceClass(ztf_url="http://own").query_object(OID, get_query_payload=True)["url"] == \
        f"http://own/objects/{OID}"
    monkeypatch.setenv("ALERCE_CONFIG_PATH", str(tmp_path / "absent.json"))
    with pytest.raises(exceptions.InvalidArgumentError, match="ALERCE_CONFIG_PATH.*absent.json"):
        broker.query_object(OID, get_query_payload=True)
    monkeypatch.delenv("ALERCE_CONFIG_PATH")
    assert urls(broker)["object"] == f"{conf.ztf_url}/objects/{OID}"


def test_the_official_file_as_shipped_changes_nothing(defaults, official_config):
    broker = AlerceClass()
    broker.load_config_from_object(official_config)
    assert urls(broker) == urls(AlerceClass()) and broker._routes == {}


@pytest.fixture
def official_config():
    """The configuration that the official client ships."""
    pytest.importorskip("alerce")
    return json.loads(resources.files("alerce").joinpath("default_config.json").read_text())


def test_the_sandbox_answers_behind_official_names(box):
    broker = AlerceClass(ZTF_API_URL=box.url, CATSHTM_API_URL=box.urls["alerce.catshtm_url"])
    with conf.set_temp("ztf_url", "http://127.0.0.1:9"), conf.set_temp("catshtm_url", "http://127.0.0.1:9"):
        assert len(broker.query_classifiers()) == 15
        assert 0 < broker.catshtm_redshift(185.0, 15.0, 120) < 5


@pytest.mark.parametrize("config, words", [
    ({"ZTF_API": "http://z"}, "'ZTF_API'.*Did you mean 'ZTF_API_URL'"), ({"ztf": {"ZTF_URL": "x"}}, "'ZTF_URL'"),
    ({"ZTF_ROUTES": {"objets": "/x"}}, "no route 'objets'.*'objects'"),
    ({"ZTF_ROUTES": {"single_object": "/x"}}, "%s 1 times"), ({"ZTF_ROUTES": {"objects": 1}}, "must be a path"),
    ({"ZTF_ROUTES": "x"}, "dict of routes"), ({"AVRO_URL": 5}, "AVRO_URL must be an address"),
    ({"ZTF_API_URL": "notaurl"}, "begins with https:"), ([], "not list"),
    ({"stamps": "x"}, "not str")])
def test_mistakes_are_named(config, words):
    with pytest.raises(exceptions.InvalidArgumentError, match=words):
        AlerceClass().load_config_from_object(config)


def test_mistakes_in_keywords_and_files(tmp_path):
    with pytest.raises(exceptions.InvalidArgumentError, match="ZTF_API"):
        AlerceClass(ZTF_API="http://z")
    path = tmp_path / "config.json"
    path.write_text("{")
    with pytest.raises(exceptions.InvalidArgumentError, match="config.json"):
        AlerceClass().load_config_from_file(path)
    path.write_text('{"nonsense": 1}')
    with pytest.raises(exceptions.InvalidArgumentError, match="config.json.*nonsense"):
        AlerceClass().load_config_from_file(path)


# -- errors --------------------------------------------------------------------------------------------------------


def test_errors_under_the_official_names(box):
    from astroquery_brokers.alerce import APIError, CandidError, FormatValidationError, ObjectNotFoundError, ParseError
    from astroquery_brokers.alerce import ZTFAPIError

    assert ZTFAPIError is APIError and APIError().code == -1 and ParseError().code == 400
    with pytest.raises(APIError) as caught:
        Alerce.query_object("ZTF99aaaaaaa")
    assert isinstance(caught.value, ObjectNotFoundError) and isinstance(caught.value, RemoteServiceError)
    assert caught.value.code == 404 and caught.value.message == str(caught.value) and caught.value.data == {}
    assert isinstance(caught.value.response, requests.Response)
    with pytest.raises(ParseError) as caught:
        Alerce.query_objects(order_by="nonsense")
    assert caught.value.code == 400 and isinstance(caught.value, InvalidQueryError)
    with pytest.raises(ParseError) as caught:
        Alerce.query_objects(format="nonsense")
    assert isinstance(caught.value, FormatValidationError) and caught.value.code == 500
    assert caught.value.response is None
    box.faults = [{"path": "/ztf/v1/classifiers", "status": 500, "times": 1}]
    with pytest.raises(APIError) as caught:
        Alerce.query_classifiers(cache=False)
    assert caught.value.code == 500 and not isinstance(caught.value, ParseError)
    with pytest.raises(CandidError) as caught:
        Alerce.get_stamps("ZTF99aaaaaaa")
    assert caught.value.code == -1 and isinstance(caught.value, (ValueError, APIError))


def test_what_the_service_says_about_parameters_is_the_data(box):
    box.faults = [{"path": "/ztf/v1/classifiers", "status": 400,
                   "body": {"errors": {"ndet": "is wrong"}, "message": "Input payload validation failed"}}]
    with pytest.raises(exceptions.ParseError, match="ndet: is wrong") as caught:
        Alerce.query_classifiers(cache=False)
    assert caught.value.data == {"ndet": "is wrong"} and caught.value.code == 400
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.code == 400 and again.message == caught.value.message and again.data == {}


def test_no_connection_has_no_status():
    with pytest.raises(exceptions.APIError) as caught:
        AlerceClass(ztf_url="http://127.0.0.1:9", retries=0).query_classifiers()
    assert caught.value.code == -1
