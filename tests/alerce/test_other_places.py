# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Replies to another question than the one that was asked are refused: other places, the same page again."""

import json

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord

from astroquery_brokers.alerce import Alerce, AlerceClass
from astroquery_brokers.exceptions import PartialResultWarning, ReplyParseError

CENTRE = SkyCoord(185, 15, unit="deg")


@pytest.fixture
def faulty(box):
    """The sandbox; its faults are taken away at the end."""
    yield box
    box.faults = []


@pytest.fixture
def one_cone(box):
    """Ids and positions of what the sandbox has within 10 arcmin."""
    found = Alerce.query_region(CENTRE, "10 arcmin")
    assert len(found) > 5
    return found


def page(*rows):
    """A page of objects as the service sends it."""
    items = [{"oid": oid, "meanra": ra, "meandec": dec, "ndet": 5} for oid, ra, dec in rows]
    return dict(path="*/objects/*", status=200, body=json.dumps({"items": items, "total": None}))


def at(*arcsec):
    """Objects so far north of the centre."""
    return page(*((f"ZTF20aaaaa{chr(97 + place)}{chr(97 + place)}", 185.0, 15 + away / 3600)
                  for place, away in enumerate(arcsec)))


def test_a_cone_that_was_not_applied_is_refused(faulty):
    faulty.faults = [at(3, 594996.9)]
    with pytest.raises(ReplyParseError, match=r"within 10 arcsec of 185.000000 \+15.000000 and answered about another "
                                              r"place: 1 of 2 rows are outside, up to 594996.9 arcsec"):
        Alerce.query_region(CENTRE, 10 * u.arcsec, cache=False)
    with pytest.raises(ReplyParseError, match="another place"):
        Alerce.query_objects(ra=185, dec=15, radius=10, cache=False)


def test_what_is_refused_is_not_cached(faulty, one_cone):
    faulty.faults = [at(594996.9)]
    broker = AlerceClass()
    broker.clear_cache()
    with pytest.raises(ReplyParseError):
        broker.query_region(CENTRE, "10 arcmin")
    faulty.faults = []
    assert broker.query_region(CENTRE, "10 arcmin")["oid"].tolist() == one_cone["oid"].tolist()


def test_the_other_cones_are_kept(faulty, one_cone):
    faulty.faults = [dict(at(594996.9), path="*ra=10.0&*")]
    with pytest.warns(PartialResultWarning, match="1 of 2 requests"):
        found = Alerce.query_region(SkyCoord([10, 185], [10, 15], unit="deg"), "10 arcmin", cache=False)
    assert found["oid"].tolist() == one_cone["oid"].tolist() and set(found["query_index"]) == {1}
    assert "another place" in found.failures["reason"][0]


def test_rows_at_the_edge_and_rows_without_a_place_are_kept(faulty):
    faulty.faults = [at(9.999, 10.0, 10.9)]
    assert len(Alerce.query_region(CENTRE, 10 * u.arcsec, cache=False)) == 3
    faulty.faults = [page(("ZTF20aaaaaaa", None, None), ("ZTF20aaaaaab", 185.0, 15.0))]
    found = Alerce.query_objects(ra=185, dec=15, radius=10, cache=False)
    assert len(found) == 2 and np.ma.getmaskarray(found["meanra"]).tolist() == [True, False]
    faulty.faults = [at(3630)]
    assert len(Alerce.query_region(CENTRE, 1 * u.deg, cache=False)) == 1


def test_objects_of_rubin_elsewhere_are_refused(faulty, rubin_objects):
    far = rubin_objects[np.argmax(np.abs(rubin_objects["meandec"] - 15))]
    row = {"oid": int(far["oid"]), "meanra": float(far["meanra"]), "meandec": -60.0, "n_det": 5}
    faulty.faults = [dict(path="*list_objects*", status=200, body=json.dumps({"items": [row], "has_next": False}))]
    with pytest.raises(ReplyParseError, match="another place"):
        Alerce.query_region(CENTRE, 10 * u.arcsec, survey="lsst", cache=False)


def columns(key, **values):
    return {name: {"units": "deg", "unit": "deg", key: value} for name, value in values.items()}


@pytest.mark.parametrize("route, ask, payload", [
    ("conesearch", lambda: Alerce.catshtm_conesearch(185, 15, 60, "WISE", cache=False),
     {"WISE": columns("values", RA=[185.0, 357.73], Dec=[15.0, 14.2])}),
    ("conesearch_all", lambda: Alerce.query_catalogs(CENTRE, 60 * u.arcsec, cache=False),
     {"catalogs": [{"WISE": columns("values", RA=[185.0], Dec=[15.0])},
                   {"HSCv2": columns("values", MatchRA=[357.73], MatchDec=[14.2])}]}),
    ("crossmatch", lambda: Alerce.catshtm_crossmatch(185, 15, 60, "WISE", cache=False),
     columns("value", RA=357.73, Dec=14.2)),
    ("crossmatch_all", lambda: Alerce.catshtm_redshift(185, 15, 60, cache=False),
     [{"NEDz": columns("value", RA=357.73, Dec=14.2, z=0.5)}])])
def test_sources_of_another_place_are_refused(faulty, route, ask, payload):
    faulty.faults = [dict(path=f"*/{route}?*", status=200, body=json.dumps(payload))]
    with pytest.raises(ReplyParseError, match=r"another place: 1 of [12] rows"):
        ask()


@pytest.mark.parametrize("has_next", [None, True])
def test_the_same_page_again_ends_the_reading(faulty, has_next):
    rows = [{"oid": 100 + number, "meanra": 185.0, "meandec": 15.0} if has_next else
            {"oid": f"ZTF20aaaaaa{chr(97 + number)}", "meanra": 185.0, "meandec": 15.0} for number in range(10)]
    path = "*list_objects*" if has_next else "*/objects/*"
    faulty.faults = [dict(path=path, status=200, body=json.dumps({"items": rows, "has_next": has_next}))]
    broker, before = AlerceClass(max_wait=5.0), len(faulty.requests)
    ask = dict(survey="lsst" if has_next else "ztf", row_limit=-1, page_size=10, cache=False, route="rest")
    with pytest.warns(PartialResultWarning, match="same page of 10 rows twice"):
        found = broker.query_objects(**ask)
    assert len(faulty.requests) - before == 2
    assert len(found) == 10 and found.meta["coverage"][0]["truncated"]
    with pytest.raises(ReplyParseError, match="same page of 10 rows twice"):
        broker.query_objects(**ask, raise_on_failure=True)


def test_the_same_page_of_another_question_is_no_repetition(faulty):
    faulty.faults = [at(1, 2)]
    found = Alerce.query_region(SkyCoord([185, 185], [15, 15.0001], unit="deg"), 10 * u.arcsec, cache=False)
    assert len(found) == 4
    assert len(Alerce.query_objects(page=2, page_size=2, cache=False)) == 2
