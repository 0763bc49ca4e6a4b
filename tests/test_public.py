# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is public, what it costs to import, and that both twins of a verb look the same."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import astroquery_brokers
from astroquery_brokers import stubs
from astroquery_brokers.alerce import Alerce, AlerceClass, conf

# What verbs return that give no single table.
OTHERS = {"catshtm_conesearch": "TableDict", "catshtm_crossmatch": "TableDict", "catshtm_redshift": "float",
          "get_alerts": "ResultList", "get_avro": "bytes", "get_cutouts": "HDUList", "get_cutouts_list": "BrokerTable",
          "get_stamps": "HDUList", "query_catalogs": "TableDict"}
VERBS = sorted(["query_classes", "query_classifiers", "query_detections", "query_feature", "query_features",
                "query_forced_photometry", "query_lightcurve", "query_magstats", "query_non_detections",
                "query_object", "query_objects", "query_probabilities", "query_region", "query_tap", *OTHERS])


def test_public_names_are_these():
    assert astroquery_brokers.__all__ == ["Alerce", "Ampel", "BrokerTable", "Fink", "__version__", "exceptions",
                                          "sandbox", "votable"]
    for name in astroquery_brokers.__all__:
        assert getattr(astroquery_brokers, name) is not None
    assert importlib.import_module("astroquery_brokers.alerce").__all__ == ["Alerce", "AlerceClass", "Conf", "conf"]
    assert importlib.import_module("astroquery_brokers.fink").__all__ == ["Conf", "Fink", "FinkClass", "conf"]
    with pytest.raises(AttributeError, match="Alerc'"):
        astroquery_brokers.Alerc


def test_verbs_are_these():
    assert [verb.name for verb in Alerce._verbs()] == VERBS


@pytest.mark.parametrize("name", VERBS)
def test_twins_have_the_same_real_signature_and_documentation_of_their_own(name):
    sync, twin = getattr(AlerceClass, name), getattr(AlerceClass, f"{name}_async")
    assert inspect.signature(sync) == inspect.signature(twin)
    assert "kwargs" not in inspect.signature(sync).parameters
    for function, returned in ((sync, OTHERS.get(name, "BrokerTable")), (twin, "requests.Response")):
        doc = inspect.getdoc(function)
        assert returned in doc.partition("\nReturns\n")[2]
        for parameter in inspect.signature(function).parameters:
            assert parameter == "self" or parameter in doc, parameter
    assert twin.__name__ == f"{name}_async"


def test_the_stub_file_is_up_to_date():
    stored = Path(inspect.getfile(AlerceClass)).with_suffix(".pyi").read_text(encoding="utf-8")
    assert stored == stubs.stub_of(AlerceClass), "run python -m astroquery_brokers.stubs"


def test_every_setting_is_documented_and_can_be_given_to_an_instance():
    for item in conf:
        assert conf.__class__.__dict__[item].description
    assert AlerceClass(timeout=5.0)._setting("timeout") == 5.0
    with conf.set_temp("timeout", 7.0):
        assert Alerce._setting("timeout") == 7.0


def modules_after(statement):
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_importing_loads_nothing_that_is_optional():
    assert not {"numpy", "astropy", "requests"} & modules_after("import astroquery_brokers")
    loaded = modules_after("from astroquery_brokers import Alerce, Fink, sandbox, votable, BrokerTable")
    assert not {"pandas", "matplotlib", "pyarrow", "starlette", "uvicorn", "fastavro", "duckdb", "requests_cache",
                "pyrate_limiter", "tqdm"} & loaded


def test_a_verb_under_two_names_is_the_same(box):
    assert (AlerceClass.get_cutouts.verb.same_as, AlerceClass.get_stamps.verb.same_as) == (
        ("get_stamps",), ("get_cutouts",))
    assert inspect.signature(AlerceClass.get_cutouts) == inspect.signature(AlerceClass.get_stamps)
    doc, twin = AlerceClass.get_stamps.__doc__, AlerceClass.get_stamps_async.__doc__
    assert "get_cutouts : the same, under another name." in doc and "Alerce.get_cutouts(" not in doc + twin
    assert "Alerce.get_stamps_async(" in twin and "get_stamps : the same question" in twin
    with pytest.raises(TypeError, match=r"get_stamps\(\) has no argument 'candidd'"):
        Alerce.get_stamps("ZTF20aaelulu", candidd=1)
    oid = box.truth.detections["oid"][0]
    one, other = (verb(oid, 1, get_query_payload=True) for verb in (Alerce.get_cutouts, Alerce.get_stamps))
    assert one == other and len(one) == 3
