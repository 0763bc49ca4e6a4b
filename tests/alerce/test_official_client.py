# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Every public method of ALeRCE's own client (2.3.1), and ours beside it: equal values from the same sandbox.

Where the two differ on purpose, or because of a defect of that client, the difference is what is asserted.
"""

import base64
import json

import numpy as np
import pytest
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers.alerce import Alerce, AlerceClass
from astroquery_brokers.exceptions import APIError, InvalidArgumentError, ObjectNotFoundError

pytestmark = pytest.mark.usefixtures("box")
START = """
import base64, io, json, sys, warnings
warnings.simplefilter("ignore")
from alerce.core import Alerce
client, oid, rubin, catshtm = Alerce(), *sys.argv[1:]
client.load_config_from_object({"CATSHTM_API_URL": catshtm})

def attempt(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""
SCRIPT = START + """
def rows(tables):
    return {name: {"unit": {key: str(table[key].unit) for key in table.colnames},
                   "rows": [list(row) for row in table.to_pandas().itertuples(index=False)],
                   "names": table.colnames} for name, table in tables.items()}

of_object = ["query_object", "query_detections", "query_non_detections", "query_forced_photometry", "query_magstats",
             "query_probabilities", "query_features"]
replies = {verb: getattr(client, verb)(oid, format="json", survey="ztf") for verb in of_object}
replies["methods"] = [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]
replies["query_objects"] = client.query_objects(format="json", survey="ztf", classifier="lc_classifier",
                                                class_name="SNIa", page_size=20, order_by="oid", order_mode="ASC")
replies["query_lightcurve"] = client.query_lightcurve(oid, format="json", survey="ztf")
replies["query_feature"] = client.query_feature(oid, "gal_b", format="json", survey="ztf")
replies["query_classifiers"] = client.query_classifiers(format="json", survey="ztf")
replies["query_classes"] = client.query_classes("lc_classifier_top", "hierarchical_random_forest_1.0.0",
                                                format="json", survey="ztf")
lsst = {verb: getattr(client, verb)(rubin, format="json", survey="lsst") for verb in (
    "query_object", "query_detections", "query_forced_photometry", "query_non_detections", "query_probabilities",
    "query_lightcurve")}
lsst["query_objects"] = client.query_objects(format="json", survey="lsst", class_name="SN", page_size=5,
    classifier="stamp_classifier_rubin_beta", n_det=[5, 100], order_by="oid", order_mode="ASC")
replies["lsst"] = lsst
replies["get_stamps"] = [hdu.data.tolist() for hdu in client.get_stamps(oid, survey="ztf")]
replies["candid"] = [hdu.data.tolist() for hdu in
                     client.get_stamps(oid, int(replies["query_detections"][0]["candid"]), survey="ztf")]
replies["numpy"] = [data.tolist() for data in client.get_stamps(oid, format="numpy", survey="ztf")]
replies["planes"] = {name: [hdu.data.tolist() for hdu in hdus] for name, hdus in
                     client.get_stamps(int(rubin), survey="lsst", include_variance_and_psf=True).items()}
replies["get_avro"] = base64.b64encode(client.get_avro(oid, survey="ztf")).decode()
place = 185.0, 15.0, 120
replies["cone"] = rows(client.catshtm_conesearch(*place, "all", format="votable"))
replies["one"] = rows({"GAIA/DR2": client.catshtm_conesearch(*place, "GAIA/DR2", format="votable")})
replies["match"] = rows(client.catshtm_crossmatch(*place, "all", format="votable"))
replies["match one"] = rows({"NEDz": client.catshtm_crossmatch(*place, "NEDz", format="votable")})
replies["catshtm_redshift"] = client.catshtm_redshift(*place)
replies["names"] = {name: client.catshtm_catalog_translator(name) for name in (*client.CATALOG_TRANSLATE, "WISE")}
print(json.dumps(replies))
"""
DEFECTS = START + """
found = {"unknown stamp": attempt(client.get_stamps, oid, 12345, survey="ztf"),
         "unknown packet": str(client.get_avro(oid, 12345, survey="ztf")),
         "plot": attempt(client.plot_stamps, oid, survey="ztf"),
         "newer packet": attempt(client.get_avro, oid, use_multisurvey_api=True, survey="ztf"),
         "empty cone": client.catshtm_conesearch(10, -80, 1, "WISE", format="votable"),
         "unknown catalogue": attempt(client.catshtm_conesearch, 1, 1, 1, "GAIA"),
         "bad numbers": attempt(client.catshtm_conesearch, "x", 1, 1, "all"),
         "no radius": attempt(client.catshtm_crossmatch, 1, 1, None, "WISE"),
         "votable of one": attempt(client.query_object, oid, format="votable", survey="ztf"),
         "text of an error": attempt(client.query_objects, survey="ztf", order_by="nonsense"),
         "ndet of a list": len(client.query_objects(survey="ztf", ndet=[None, 3], format="json")["items"]),
         "ignored": len(client.query_objects(survey="ztf", n_det=100000, format="json")["items"]),
         "parent": str(client.query_detections(oid, survey="ztf", format="pandas")["parent_candid"].dtype),
         "csv": attempt(client.query_forced_photometry, oid, survey="ztf", format="csv")}
for verb, arguments in (("query_magstats", [rubin]), ("query_features", [rubin]), ("query_classifiers", []),
                        ("query_classes", ["stamp_classifier_rubin_beta", "2.0.1"])):
    found[verb] = attempt(getattr(client, verb), *arguments, survey="lsst")
client.load_config_from_object({"ZTF_API_URL": "http://127.0.0.1:9"})
found["moved"] = client.query_object(oid, survey="ztf")["oid"]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    client.query_object(oid)
found["no survey"] = caught[0].category.__name__
print(json.dumps(found))
"""
# Where each method of theirs is compared.
COMPARED = {
    "query_objects": "test_objects", "query_object": "test_objects", "query_lightcurve": "test_light_curve",
    **dict.fromkeys(["query_detections", "query_non_detections", "query_forced_photometry", "query_magstats",
                     "query_probabilities", "query_features"], "test_measurements_and_what_was_derived"),
    "query_feature": "test_feature", "query_classifiers": "test_classifiers", "query_classes": "test_classifiers",
    "get_stamps": "test_stamps", "plot_stamps": "test_stamps_in_plots", "get_avro": "test_packet",
    "catshtm_conesearch": "test_catalogues", "catshtm_crossmatch": "test_catalogues",
    "catshtm_redshift": "test_redshift", "catshtm_catalog_translator": "test_names_of_catalogues",
    "load_config_from_object": "test_addresses"}


@pytest.fixture(scope="module")
def arguments(synthetic, showpiece, rubin_showpiece):
    return showpiece, rubin_showpiece, synthetic.urls["alerce.catshtm_url"]


@pytest.fixture(scope="module")
def official(official_client, arguments):
    """What the official client 2.3.1 returns, by verb."""
    return official_client(SCRIPT, *arguments)


@pytest.fixture(scope="module")
def defects(official_client, arguments):
    """What it does where we do something else."""
    return official_client(DEFECTS, *arguments)


def assert_same(table, rows, *, but=()):
    assert len(table) == len(rows) > 0
    known = set(table.colnames)
    for number, row in enumerate(rows):
        for key, sent in row.items():
            if key == "extra_fields" or key in but:
                continue
            assert key in known, key
            value = table[key][number]
            if np.ma.is_masked(value):
                column = Alerce._dictionary(table.meta["tables"][0]["name"].removeprefix("alerce_"))[key]
                assert sent is None or sent != sent or sent in column.nulls or getattr(column, "null_with", None), key
            elif isinstance(sent, list):
                assert list(value) == sent
            else:
                assert type(sent)(value) == sent, (key, sent, value)


def test_every_method_is_compared(official):
    here = globals()
    assert set(official["methods"]) == set(COMPARED)
    for method, test in COMPARED.items():
        assert callable(getattr(Alerce, method)) and callable(here[test])


@pytest.mark.parametrize("verb", [verb for verb, test in COMPARED.items()
                                  if test == "test_measurements_and_what_was_derived"])
def test_measurements_and_what_was_derived(official, showpiece, verb):
    theirs = official[verb]
    if verb == "query_forced_photometry":  # there in the order of the service
        theirs = sorted(theirs, key=lambda row: row["mjd"])
    assert_same(getattr(Alerce, verb)(oid=showpiece), theirs)


@pytest.mark.parametrize("verb", ["query_object", "query_probabilities"])
def test_what_was_derived_of_rubin(official, rubin_showpiece, verb):
    reply = official["lsst"][verb]
    assert_same(getattr(Alerce, verb)(oid=rubin_showpiece), reply if isinstance(reply, list) else [reply])


def test_detections_of_rubin(official, rubin_showpiece):
    ours, theirs = Alerce.query_detections(oid=rubin_showpiece), official["lsst"]["query_detections"]
    assert_same(ours[np.argsort(ours["measurement_id"])], sorted(theirs, key=lambda row: row["measurement_id"]))
    assert official["lsst"]["query_non_detections"] == []
    with pytest.raises(InvalidArgumentError, match="no upper limits"):
        Alerce.query_non_detections(rubin_showpiece)


def test_forced_photometry_of_rubin_is_whole(official, rubin_showpiece):
    ours, theirs = Alerce.query_forced_photometry(oid=rubin_showpiece), official["lsst"]["query_forced_photometry"]
    assert len(theirs) == 10 < len(ours) == Alerce.query_object(rubin_showpiece)["n_forced"][0]
    place = {int(number): row for row, number in enumerate(ours["measurement_id"])}
    assert_same(ours[[place[row["measurement_id"]] for row in theirs]], theirs)


def test_objects(official, showpiece):
    assert_same(Alerce.query_object(oid=showpiece), [official["query_object"]])
    assert_same(Alerce.query_objects(classifier="lc_classifier", class_name="SNIa", page=1, page_size=20),
                official["query_objects"]["items"])
    ours = Alerce.query_objects(classifier="stamp_classifier_rubin_beta", class_name="SN", n_det=(5, 100), page=1,
                                page_size=5, order_by="oid", order_mode="ASC", survey="lsst")
    assert_same(ours, official["lsst"]["query_objects"])


def test_light_curve(official, showpiece, rubin_showpiece):
    reply = official["query_lightcurve"]
    curve = Alerce.query_lightcurve(showpiece)
    detections = curve[curve["kind"] == "detection"]
    assert sorted(map(str, detections["measurement_id"])) == sorted(row["candid"] for row in reply["detections"])
    assert (curve["kind"] == "upper_limit").sum() == len(reply["non_detections"])
    reply, curve = official["lsst"]["query_lightcurve"], Alerce.query_lightcurve(rubin_showpiece)
    for kind, key in (("detection", "detections"), ("forced", "forced_photometry")):
        ours = {(int(row["measurement_id"]), float(row["flux"])) for row in curve[curve["origin"] == {
            "detection": "lsst_detections", "forced": "lsst_forced_photometry"}[kind]]}
        assert {(row["measurement_id"], row["psfFlux"]) for row in reply[key]} <= ours


def test_feature(official, showpiece):
    assert_same(Alerce.query_feature(showpiece, "gal_b"), official["query_feature"])


def test_classifiers(official):
    assert_same(Alerce.query_classifiers(), official["query_classifiers"])
    assert_same(Alerce.query_classes("lc_classifier_top", "hierarchical_random_forest_1.0.0"),
                official["query_classes"])


def test_stamps(official, showpiece, rubin_showpiece):
    first = Alerce.get_stamps(oid=showpiece)
    candid = int(official["query_detections"][0]["candid"])
    for hdus, expected in ((first, official["get_stamps"]), (Alerce.get_stamps(showpiece, candid), official["candid"]),
                           (Alerce.get_stamps(oid=showpiece, candid=str(candid)), official["candid"])):
        for hdu, data in zip(hdus, expected, strict=True):
            np.testing.assert_array_equal(hdu.data, np.array(data, dtype="float32"))
    for array, data in zip(Alerce.get_stamps(showpiece, format="numpy"), official["numpy"], strict=True):
        np.testing.assert_array_equal(array, np.array(data, dtype="float32"))
    # Theirs is a dict of HDUs, or of HDULists with the planes.
    hdus = Alerce.get_stamps(oid=int(rubin_showpiece), include_variance_and_psf=True)
    for name, (image, variance, psf) in official["planes"].items():
        name = name.removeprefix("cutout").upper()
        for suffix, data in (("", image), ("_VARIANCE", variance), ("_PSF", psf)):
            ours = hdus[name + suffix].data
            np.testing.assert_array_equal(ours, np.array(data, dtype=ours.dtype))


def test_stamps_in_plots(defects, showpiece):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    assert defects["plot"] is None  # outside of a notebook
    figure = Alerce.plot_stamps(showpiece)
    assert len([ax for ax in figure.axes if ax.images]) == 3
    matplotlib.pyplot.close(figure)


def test_packet(official, showpiece):
    assert Alerce.get_avro(showpiece) == base64.b64decode(official["get_avro"])


def assert_same_catalogues(tables, expected):
    assert set(tables) == set(expected)
    for name, theirs in expected.items():
        ours, place = tables[name], {key: number for number, key in enumerate(theirs["names"])}
        position = [key for key in place if key.lower() in ("ra", "dec")]
        rows = {tuple(row[place[key]] for key in position): row for row in theirs["rows"]}
        assert len(ours) == len(theirs["rows"])
        for row in ours:
            sent = rows[tuple(float(row[key]) for key in position)]
            for key, number in place.items():
                value = sent[number]
                if row[key] is np.ma.masked:
                    assert value is None or value != value, key
                else:
                    assert row[key] == (np.inf if value == "infinity" else value), (name, key)


def test_catalogues(official):
    place = 185.0, 15.0, 120
    assert_same_catalogues(Alerce.catshtm_conesearch(*place), official["cone"])
    assert_same_catalogues({"GAIA/DR2": Alerce.catshtm_conesearch(*place, "GAIA/DR2")}, official["one"])
    assert_same_catalogues(Alerce.catshtm_crossmatch(*place), official["match"])
    assert_same_catalogues({"NEDz": Alerce.catshtm_crossmatch(*place, "NEDz")}, official["match one"])
    # Units as they were sent, and mended.
    assert official["cone"]["WISE"]["unit"]["ErrDec"] == "arcse"
    assert Alerce.catshtm_conesearch(*place, "WISE")["ErrDec"].unit == "arcsec"


def test_redshift(official):
    assert Alerce.catshtm_redshift(185.0, 15.0, 120) == official["catshtm_redshift"]


def test_names_of_catalogues(official):
    assert {name: Alerce.catshtm_catalog_translator(name) for name in official["names"]} == official["names"]


def test_addresses(box, defects, showpiece):
    assert defects["moved"] == showpiece  # it went on asking the old address
    moved = AlerceClass(retries=0)
    moved.load_config_from_object({"ZTF_API_URL": "http://127.0.0.1:9"})
    with pytest.raises(APIError):
        moved.query_object(showpiece)


# -- defects of the official client --------------------------------------------------------------------------------


def test_what_is_not_there_is_an_error(defects, showpiece):
    assert "BadGzipFile" in defects["unknown stamp"] and "AVRO not found" in defects["unknown packet"]
    for verb in (Alerce.get_stamps, Alerce.get_avro):
        with pytest.raises(ObjectNotFoundError, match="AVRO not found"):
            verb(showpiece, 12345)


def test_the_newer_service_has_no_packets(defects, showpiece):
    assert "Error" in defects["newer packet"] or "Not Found" in defects["newer packet"]
    with pytest.raises(InvalidArgumentError, match="newer service"):
        Alerce.get_avro(showpiece, use_multisurvey_api=True)


def test_nothing_found_is_an_empty_table(defects):
    assert defects["empty cone"] is None
    with pytest.warns(NoResultsWarning):
        assert len(Alerce.catshtm_conesearch(10.0, -80.0, 1, "WISE")) == 0


def test_mistakes_are_refused_before_anything_is_sent(defects):
    assert defects["unknown catalogue"].startswith("APIError: {'Error code': 500")
    assert defects["bad numbers"].startswith(("AttributeError", "TypeError"))
    assert defects["no radius"].startswith("TypeError") and defects["ignored"] > 0 and defects["ndet of a list"] > 0
    for call in (lambda: Alerce.catshtm_conesearch(1.0, 1.0, 1, "GAIA"),
                 lambda: Alerce.catshtm_conesearch("x", 1.0, 1),
                 lambda: Alerce.catshtm_crossmatch(1.0, 1.0, None, "WISE")):
        with pytest.raises(InvalidArgumentError):
            call()


def test_what_the_service_says_is_in_the_error(defects):
    assert "An error with the API occurred." in defects["text of an error"]
    with pytest.raises(InvalidArgumentError, match="order_by='nonsense'.*Allowed"):
        Alerce.query_objects(order_by="nonsense")


def test_formats_that_it_cannot_make(defects, showpiece):
    assert defects["votable of one"].startswith("TypeError") and defects["csv"].startswith("TypeError")
    assert len(Alerce.query_object(showpiece, format="votable")) == 1
    assert Alerce.query_forced_photometry(showpiece, format="csv").count("\n") > 5


def test_identifiers_keep_their_digits(defects, showpiece):
    assert defects["parent"] == "float64"
    assert Alerce.query_detections(showpiece)["parent_candid"].dtype == "int64"


def test_what_it_does_not_ask_of_rubin(defects, rubin_showpiece):
    for verb in ("query_magstats", "query_features", "query_classifiers", "query_classes"):
        assert defects[verb].startswith("NotImplementedError")
    assert len(Alerce.query_classifiers(survey="lsst")) == 2
    assert len(Alerce.query_classes("stamp_classifier_rubin_beta", "2.0.1", survey="lsst")) == 5
    for verb in (Alerce.query_magstats, Alerce.query_features):
        with pytest.raises(InvalidArgumentError, match="LSST"):
            verb(rubin_showpiece)


def test_the_survey_follows_from_the_id(defects, showpiece):
    assert defects["no survey"] == "DeprecationWarning"
    assert json.loads(json.dumps(Alerce.query_object(showpiece, format="json")))["oid"] == showpiece
