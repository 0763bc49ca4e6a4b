# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The same ADQL to the sandbox's TAP service and to DaCHS.

What is expected is computed with numpy from whole tables of the same service.
"""

import numpy as np
import pytest

from .common import filled, ids


def cone(field, radius, form="1 = CONTAINS(POINT('ICRS', meanra, meandec), CIRCLE('ICRS', {}, {}, {}))"):
    return "SELECT oid FROM ztf.object WHERE " + form.format(repr(field[0]), repr(field[1]), radius)


@pytest.mark.parametrize("form", [
    "1 = CONTAINS(POINT('ICRS', meanra, meandec), CIRCLE('ICRS', {}, {}, {}))",
    "CONTAINS(POINT('ICRS', meanra, meandec), CIRCLE('ICRS', {}, {}, {})) = 1",
    "1 = CONTAINS(POINT(meanra, meandec), CIRCLE({}, {}, {}))",
    "1 = CONTAINS(POINT(meanra, meandec), CIRCLE(POINT({}, {}), {}))",
    "DISTANCE(POINT('ICRS', meanra, meandec), POINT('ICRS', {}, {})) < {}", "DISTANCE(meanra, meandec, {}, {}) < {}",
    "1 = INTERSECTS(POINT('ICRS', meanra, meandec), CIRCLE('ICRS', {}, {}, {}))"])
def test_cone(ask, objects, field, form):
    assert ids(ask(cone(field, 0.5, form))) == ids(objects[field[2] < 0.5])


def test_wide_cones_and_outside(ask, objects, field):
    assert ids(ask(cone(field, 100))) == ids(objects[field[2] < 100])
    outside = "0 = CONTAINS(POINT('ICRS', meanra, meandec), CIRCLE('ICRS', {}, {}, {}))"
    assert ids(ask(cone(field, 0.5, outside))) == ids(objects[field[2] > 0.5])


def test_distance(ask, objects, field):
    table = ask(f"SELECT TOP 1000 oid, 3600 * DISTANCE(POINT('ICRS', meanra, meandec), POINT('ICRS', {field[0]!r}, "
                f"{field[1]!r})) AS sep FROM ztf.object ORDER BY sep")
    assert filled(table["sep"]) == pytest.approx(np.sort(field[2])[:1000] * 3600, rel=1e-7, abs=1e-5)


@pytest.mark.parametrize("form, unit", [("{}", "deg"), ("IN_UNIT({}, 'arcsec')", "arcsec"),
                                        ("IN_UNIT(({}), 'mas')", "mas")])
def test_distances_have_their_unit(ask, field, form, unit):
    distance = form.format(f"DISTANCE(POINT('ICRS', meanra, meandec), POINT('ICRS', {field[0]!r}, {field[1]!r}))")
    sep = ask(f"SELECT TOP 1000 oid, {distance} AS sep FROM ztf.object ORDER BY sep")["sep"]
    assert sep.unit == unit and sep.meta["ucd"] == "pos.angDistance"
    assert filled(sep.to("deg")) == pytest.approx(np.sort(field[2])[:1000], rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("shape", ["POLYGON('ICRS', {0}, {2}, {1}, {2}, {1}, {3}, {0}, {3})",
                                   "BOX('ICRS', {4}, {5}, 0.6, 0.6)"])
def test_polygon_and_box(ask, objects, field, shape):
    ra, dec, _ = field
    shape = shape.format(ra - 0.3, ra + 0.3, dec - 0.3, dec + 0.3, ra, dec)
    found = ask(f"SELECT oid FROM ztf.object WHERE 1 = CONTAINS(POINT('ICRS', meanra, meandec), {shape})")
    # great circles bend away from parallels by less than this
    off = np.abs((objects["meanra"] - ra + 180) % 360 - 180), np.abs(objects["meandec"] - dec)
    inner, outer = ((off[0] < size) & (off[1] < size) for size in (0.299, 0.301))
    assert set(ids(objects[inner])) <= set(ids(found)) <= set(ids(objects[outer]))


CONDITIONS = {
    "ndet > 3 AND ndet <= 6 AND ndet <> 5": lambda t: np.isin(t["ndet"], (4, 6)),
    "NOT (ndet < 3 OR ndet >= 5)": lambda t: np.isin(t["ndet"], (3, 4)),
    "ndet BETWEEN 3 AND 5 AND ndet NOT BETWEEN 4 AND 4": lambda t: np.isin(t["ndet"], (3, 5)),
    "ndet IN (1, 2) AND ndet NOT IN (2, 3)": lambda t: t["ndet"] == 1,
    "g_r_mean IS NULL": lambda t: t["g_r_mean"].mask,
    "g_r_mean IS NOT NULL AND g_r_mean > 0": lambda t: filled(t["g_r_mean"]) > 0,
    "stellar = 'True'": lambda t: t["stellar"].filled(False),
    "corrected = 'False'": lambda t: ~np.asarray(t["corrected"]),
    "oid LIKE 'ZTF2%'": lambda t: np.char.startswith(t["oid"].astype(str), "ZTF2"),
    "oid ILIKE 'ztf2%' AND oid NOT LIKE '%a'": lambda t: np.char.startswith(t["oid"].astype(str), "ZTF2")
    & ~np.char.endswith(t["oid"].astype(str), "a"),
    "firstmjd + 100 < lastmjd": lambda t: t["firstmjd"] + 100 < t["lastmjd"],
    "MOD(ndet, 3) = 1": lambda t: t["ndet"] % 3 == 1,
    "ndet / 2 = 2": lambda t: t["ndet"] // 2 == 2,
    "LOG(ndet) > 1.5": lambda t: np.log(t["ndet"]) > 1.5,
    "FLOOR(meandec) = CEILING(meandec) - 1 AND ABS(meandec) < 30": lambda t: np.abs(t["meandec"]) < 30,
    "UPPER(oid) = oid": lambda t: np.char.upper(t["oid"].astype(str)) == t["oid"].astype(str),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions(ask, objects, condition):
    assert ids(ask(f"SELECT oid FROM ztf.object WHERE {condition}")) == ids(
        objects[np.asarray(CONDITIONS[condition](objects), dtype=bool)])


def test_computed(ask, objects):
    table = ask("SELECT oid, meanra + 1 AS a, -meandec AS b, ndet * 2 AS c, 7 / 2 AS d, ndet / 2. AS e, "
                "LOG10(ndet) AS f, POWER(ndet, 2) AS g, oid || '!' AS h, COALESCE(g_r_mean, 99) AS i, "
                "ROUND(meanra, 2) AS j, CASE WHEN ndet > 5 THEN 'many' ELSE 'few' END AS k FROM ztf.object "
                "ORDER BY oid")
    objects = objects[np.argsort(objects["oid"].astype(str))]
    for name, expected in (("a", objects["meanra"] + 1), ("b", -objects["meandec"]), ("c", objects["ndet"] * 2),
                           ("d", np.full(len(objects), 3)), ("e", objects["ndet"] / 2),
                           ("f", np.log10(objects["ndet"])), ("g", objects["ndet"] ** 2.0),
                           ("j", np.round(objects["meanra"], 2)),
                           ("i", np.nan_to_num(filled(objects["g_r_mean"]), nan=99))):
        assert filled(table[name]) == pytest.approx(filled(expected), rel=1e-6), name
    assert [str(text) for text in table["h"]] == [f"{oid}!" for oid in objects["oid"]]
    assert [str(text) for text in table["k"]] == ["many" if n > 5 else "few" for n in objects["ndet"]]


def test_order_of_nulls(ask, objects):
    up = filled(ask("SELECT oid, g_r_mean FROM ztf.object ORDER BY g_r_mean")["g_r_mean"])
    down = filled(ask("SELECT oid, g_r_mean FROM ztf.object ORDER BY 2 DESC")["g_r_mean"])
    known = np.sort(filled(objects["g_r_mean"])[~np.isnan(filled(objects["g_r_mean"]))])
    assert (up[:len(known)] == known).all() and np.isnan(up[len(known):]).all()
    assert (down[::-1][:len(known)] == known).all() and 0 < len(known) < len(up)


def test_groups(ask, objects):
    table = ask("SELECT ndet, COUNT(*) AS n, AVG(meandec) AS m, MIN(oid) AS o, MAX(firstmjd) AS f FROM ztf.object "
                "GROUP BY ndet HAVING COUNT(*) > 1 ORDER BY ndet")
    groups = [group for group in objects.group_by("ndet").groups if len(group) > 1]
    assert table["ndet"].tolist() == [group["ndet"][0] for group in groups]
    assert table["n"].tolist() == [len(group) for group in groups]
    assert list(table["m"]) == pytest.approx([np.mean(group["meandec"]) for group in groups])
    assert [str(text) for text in table["o"]] == [min(map(str, group["oid"])) for group in groups]
    assert table["f"].tolist() == [group["firstmjd"].max() for group in groups]
    assert ask("SELECT COUNT(DISTINCT ndet) AS n FROM ztf.object")["n"][0] == len(set(objects["ndet"]))


def test_class_and_probability(ask, objects, everything):
    scores = everything("ztf.probability", "oid, classifier_name, classifier_version, class_name, probability, ranking")
    table = ask(
        "SELECT o.oid, o.meanra, o.meandec, o.firstmjd, o.ndet, p.class_name, p.probability FROM ztf.object AS o "
        "JOIN ztf.probability AS p ON o.oid = p.oid WHERE p.classifier_name = 'lc_classifier' AND "
        "p.classifier_version = 'lc_classifier_1.1.13' AND p.class_name IN ('SNIa', 'SNII') AND p.ranking = 1 AND "
        "p.probability > 0.35 AND o.firstmjd > 58500.0")
    late = set(objects["oid"][objects["firstmjd"] > 58500])
    chosen = (scores["classifier_name"] == "lc_classifier") & (scores["ranking"] == 1) & (scores["probability"] > 0.35)
    chosen &= (scores["classifier_version"] == "lc_classifier_1.1.13") & np.isin(scores["class_name"], ["SNIa", "SNII"])
    expected = [(str(row["oid"]), str(row["class_name"]), row["probability"]) for row in scores[chosen]
                if row["oid"] in late]
    assert sorted((str(row["oid"]), str(row["class_name"]), row["probability"]) for row in table) == sorted(expected)
    assert expected and table["probability"].dtype == np.float32


def test_classifiers(ask):
    table = ask("SELECT c.classifier_id, c.classifier_name, c.classifier_version, t.class_id, t.class_name FROM "
                "alerce_tap.classifier AS c JOIN alerce_tap.taxonomy AS t ON t.classifier_id = c.classifier_id "
                "WHERE c.tid = 1 ORDER BY c.classifier_name, t.taxonomy_order")
    names = ["SN", "AGN", "VS", "asteroid", "bogus"]
    assert [str(name) for name in table["class_name"]] == names * 2
    assert table["class_id"].tolist() == [0, 1, 2, 3, 4] * 2
    assert table["classifier_id"].tolist() == [1] * 5 + [3] * 5
    assert str(table["classifier_name"][9]) == "stamp_classifier_rubin_beta_20260421"


def test_lsst_by_class(ask, everything):
    scores = everything("alerce_tap.probability", "oid, sid, classifier_id, class_id, ranking, probability")
    table = ask("SELECT TOP 100 o.oid, o.meanra, o.meandec, o.n_det, p.probability FROM alerce_tap.object AS o JOIN "
                "alerce_tap.probability AS p ON o.oid = p.oid AND o.sid = p.sid WHERE o.sid = 1 AND "
                "p.classifier_id = 3 AND p.class_id = 0 AND p.ranking = 1 AND p.probability >= 0.3 "
                "ORDER BY p.probability DESC, o.oid")
    chosen = (scores["sid"] == 1) & (scores["classifier_id"] == 3) & (scores["class_id"] == 0)
    chosen &= (scores["ranking"] == 1) & (scores["probability"] >= 0.3)
    expected = sorted(zip(-scores["probability"][chosen], scores["oid"][chosen]))[:100]
    assert table["oid"].tolist() == [oid for _, oid in expected] and expected


@pytest.mark.parametrize("base, more", [("detection", "lsst_detection"),
                                        ("forced_photometry", "lsst_forced_photometry")])
def test_lsst_light_curve(ask, everything, base, more):
    points = everything(f"alerce_tap.{base}", "oid, sid, measurement_id, mjd, band")
    points = points[points["sid"] == 1]
    numbers, counts = np.unique(points["oid"], return_counts=True)
    one = int(numbers[counts.argmax()])
    table = ask(f"SELECT d.measurement_id, d.mjd, d.ra, d.dec, d.band, l.psfflux, l.psffluxerr, l.scienceflux FROM "
                f"alerce_tap.{base} AS d JOIN alerce_tap.{more} AS l ON d.oid = l.oid AND d.sid = l.sid AND "
                f"d.measurement_id = l.measurement_id WHERE d.oid = {one} AND d.sid = 1 ORDER BY d.mjd")
    mine = points[points["oid"] == one]
    mine.sort("mjd")
    assert len(table) == counts.max() > 5 and table["mjd"].tolist() == mine["mjd"].tolist()
    assert table["measurement_id"].tolist() == mine["measurement_id"].tolist()
    assert table["measurement_id"].dtype == np.int64 and table["psfflux"].dtype == np.float32


def test_ztf_light_curve(ask, everything, objects):
    detections = everything("ztf.detection", "oid, candid, mjd, magpsf")
    one = str(objects["oid"][objects["ndet"].argmax()])
    mine = detections[detections["oid"] == one]
    mine.sort("mjd")
    table = ask("SELECT candid, mjd, fid, magpsf, sigmapsf, magpsf_corr, sigmapsf_corr, isdiffpos, ra, dec FROM "
                f"ztf.detection WHERE oid = '{one}' ORDER BY mjd")
    assert table["candid"].tolist() == mine["candid"].tolist() and table["candid"].dtype == np.int64
    assert table["magpsf"].tolist() == mine["magpsf"].tolist()
    for name, columns in (("non_detection", "mjd, fid, diffmaglim"),
                          ("forced_photometry", "mjd, fid, mag, e_mag, mag_corr, e_mag_corr, isdiffpos")):
        assert ask(f"SELECT {columns} FROM ztf.{name} WHERE oid = '{one}' ORDER BY mjd").colnames == columns.split(", ")
    feature = ask(f"SELECT oid, name, \"value\", fid, version FROM ztf.feature WHERE oid = '{one}' AND "
                  "name = 'Multiband_period'")
    assert len(feature) and feature["value"].dtype == np.float64 and set(feature["fid"]) == {12}


def test_joins(ask, objects, everything):
    stats = everything("ztf.magstat", "oid, fid, ndet")
    pairs = sorted((str(row["oid"]), int(row["fid"])) for row in stats)

    def found(query):
        return sorted((str(row["oid"]), int(row["fid"])) for row in ask(query))
    assert found("SELECT o.oid, m.fid FROM ztf.object AS o JOIN ztf.magstat AS m ON o.oid = m.oid") == pairs
    assert found("SELECT o.oid, m.fid FROM ztf.object AS o, ztf.magstat AS m WHERE o.oid = m.oid") == pairs
    assert found("SELECT oid, m.fid FROM ztf.object JOIN ztf.magstat AS m USING (oid)") == pairs
    left = ask("SELECT o.oid, m.fid FROM ztf.object AS o LEFT OUTER JOIN ztf.magstat AS m "
               "ON o.oid = m.oid AND m.fid = 77")
    assert ids(left) == ids(objects)
    doubled = ask("SELECT TOP 1 d.*, l.* FROM alerce_tap.detection AS d JOIN alerce_tap.lsst_detection AS l ON "
                  "d.oid = l.oid AND d.sid = l.sid AND d.measurement_id = l.measurement_id")
    assert {"oid", "oid_", "sid_", "measurement_id_", "created_date_"} <= set(doubled.colnames)


def test_queries_in_queries(ask, objects, everything):
    detections = everything("ztf.detection", "oid, candid, mjd, magpsf")
    limit = float(np.sort(detections["magpsf"])[30])
    bright = sorted(set(map(str, detections["oid"][detections["magpsf"] < limit])))
    inner = f"FROM ztf.detection AS d WHERE d.magpsf < {limit!r}"
    assert ids(ask(f"SELECT o.oid FROM ztf.object AS o WHERE o.oid IN (SELECT d.oid {inner})")) == bright
    exists = f"EXISTS (SELECT d.oid {inner} AND d.oid = o.oid)"
    assert ids(ask(f"SELECT o.oid FROM ztf.object AS o WHERE {exists}")) == bright
    assert ids(ask(f"SELECT DISTINCT q.oid FROM (SELECT d.oid {inner}) AS q")) == bright
    assert ids(ask(f"WITH b AS (SELECT DISTINCT d.oid {inner}) SELECT b.oid FROM b")) == bright
    many, few = (ids(objects[chosen]) for chosen in (objects["ndet"] > 6, objects["ndet"] < 3))
    union = ask("SELECT oid FROM ztf.object WHERE ndet > 6 UNION SELECT oid FROM ztf.object WHERE ndet < 3")
    assert ids(union) == sorted(many + few)
    assert ids(ask("SELECT oid FROM ztf.object EXCEPT SELECT oid FROM ztf.object WHERE ndet <= 6")) == many


def test_arrays(ask, post):
    first = ask("SELECT classes[1] AS c FROM ztf.taxonomy WHERE classifier_name = 'stamp_classifier' AND "
                "classifier_version = 'stamp_classifier_1.0.4'")
    assert [str(name) for name in first["c"]] == ["SN"]
    query = "SELECT classes FROM ztf.taxonomy WHERE classifier_version = 'stamp_classifier_1.0.4'"
    names = ["SN", "AGN", "VS", "asteroid", "bogus"]
    assert post(QUERY=query, FORMAT="json").json()["data"] == [[names]]
    assert str(names) in post(QUERY=query, FORMAT="csv").text


def test_names_and_comments(ask, objects):
    table = ask("SELECT TOP 3 o.OID AS Name, o.Ndet n, \"meanra\" -- here\nFROM ZTF.Object o ORDER BY NAME OFFSET 2")
    assert [name.lower() for name in table.colnames] == ["name", "n", "meanra"]
    assert sorted(map(str, objects["oid"]))[2:5] == [str(name) for name in table.columns[0]]
    assert len(ask("SELECT oid FROM ztf.object WHERE oid = 'it''s'")) == 0
