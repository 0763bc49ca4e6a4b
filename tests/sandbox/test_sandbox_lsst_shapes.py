# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Multi-survey and catsHTM replies have the keys, JSON types and null spellings of recorded ones.

The recordings of the multi-survey API were made with the official client, which replaces ``band_map`` by
``band_name``; their keys are sorted.
"""

import json

import pytest


def _types(rows):
    types = {}
    for row in rows:
        for name, value in row.items():
            types.setdefault(name, set()).add(type(value).__name__)
    return types


def _assert_like(ours, recorded):
    ours, recorded = _types(ours), _types(recorded)
    assert set(ours) == set(recorded)
    for name in ours:
        known, seen = recorded[name] - {"NoneType"}, ours[name] - {"NoneType"}
        assert not known or seen <= known, name


@pytest.fixture()
def recorded(shared_data):
    def load(name):
        return json.loads((shared_data / "alerce" / name).read_text())
    return load


def _as_the_client(rows):
    return [{**{name: value for name, value in row.items() if name != "band_map"},
             "band_name": row["band_map"][str(row["band"])]} for row in rows]


@pytest.mark.parametrize("path, file", [("detections", "alerce_lsst_detections.json"),
                                        ("forced-photometry", "alerce_lsst_forced_photometry.json")])
def test_measurements(lsst, rubin_showpiece, recorded, path, file):
    real, ours = recorded(file), lsst(f"/lightcurve_api/{path}", survey_id="lsst", oid=rubin_showpiece).json()
    _assert_like(_as_the_client(ours), real)
    assert all(len(row) == (102 if path == "detections" else 14) for row in ours)
    always = {name for name in real[0] if all(row[name] is None for row in real)}
    if path == "detections":
        assert {"psfLnL", "trailChi2", "trailRaErr", "timeWithdrawnMjdTai"} <= always
    for row in ours:
        assert row["band_map"] == {"6": "u", "1": "g", "2": "r", "3": "i", "4": "z", "5": "y"}
        assert all(row[name] is None for name in always if not name.startswith("dipole"))
    assert {row["band"]: row["band_name"] for row in real}.items() <= {
        int(number): name for number, name in ours[0]["band_map"].items()}.items()


def test_objects(lsst, rubin_showpiece, recorded):
    real = recorded("alerce_lsst_objects.json")
    ours = lsst("/object_api/list_objects", survey="lsst", page_size=200).json()["items"]
    _assert_like(ours, real)
    assert {item["classifier_version"] for item in ours} == {item["classifier_version"] for item in real}
    _assert_like([lsst("/object_api/object", survey_id="lsst", oid=rubin_showpiece).json()],
                 [recorded("alerce_lsst_object.json")])


def test_probabilities(lsst, rubin_showpiece, recorded):
    real = recorded("alerce_lsst_probabilities.json")
    ours = lsst("/probability_api/probability", oid=rubin_showpiece).json()
    _assert_like(ours, real)
    assert [row["class_name"] for row in ours] == [row["class_name"] for row in real]
    assert {(row["classifier_name"], row["classifier_version"]) for row in ours} == {
        (row["classifier_name"], row["classifier_version"]) for row in real}


def _units(columns, unit, value):
    """Units by column; and whether values are numbers or null. A recorded "null" is an artefact of the recording."""
    for column in columns.values():
        assert set(column) == {unit, value}
        for item in column[value] if value == "values" else [column[value]]:
            assert item in (None, "null", "infinity") or isinstance(item, float)
    return {name: None if column[unit] == "null" else column[unit] for name, column in columns.items()}


def _merged(catalogs):
    return {name: columns for catalog in catalogs for name, columns in catalog.items()}


def test_cones_in_catalogs(synthetic, session, recorded):
    url, around = synthetic.urls["alerce.catshtm_url"], {"ra": 185, "dec": 15, "radius": 1200}
    ours = session.get(f"{url}/conesearch_all", params=around, timeout=30).json()
    real = recorded("catshtm_conesearch_all_response.json")
    assert list(ours) == list(real) == ["catalogs"]
    ours, real = _merged(ours["catalogs"]), _merged(real["catalogs"])
    assert set(ours) == set(real) | {"NEDz", "SpecSDSS", "APASS", "PTFpc", "UCAC4"}
    for name, columns in real.items():
        assert _units(ours[name], "units", "values") == _units(columns, "units", "values"), name
        assert list(ours[name]) == list(columns)
    one = session.get(f"{url}/conesearch", params={**around, "catalog": "GAIADR1"}, timeout=30).json()
    assert one == {"GAIA/DR1": ours["GAIA/DR1"]}
    real = recorded("catshtm_conesearch_catalog_response.json")["GAIA/DR1"]
    assert _units(one["GAIA/DR1"], "units", "values") == _units(real, "units", "values")
    for columns in (real, one["GAIA/DR1"]):
        assert columns["Dec"]["values"] == sorted(columns["Dec"]["values"])


def test_matches_in_catalogs(synthetic, session, recorded):
    url, around = synthetic.urls["alerce.catshtm_url"], {"ra": 185, "dec": 15, "radius": 1200}
    ours = session.get(f"{url}/crossmatch_all", params=around, timeout=30).json()
    real = _merged(item for item in recorded("catshtm_cossmatch_all_response.json") if list(item.values()) != [{}])
    mine = _merged(ours)
    assert set(mine) == set(real)
    for name, columns in real.items():
        assert _units(mine[name], "unit", "value") == _units(columns, "unit", "value"), name
        assert list(mine[name]) == list(columns)
    one = session.get(f"{url}/crossmatch", params={**around, "catalog": "GAIADR1"}, timeout=30).json()
    assert one == mine["GAIA/DR1"] and list(one) == list(recorded("catshtm_crossmatch_catalog_response.json"))
