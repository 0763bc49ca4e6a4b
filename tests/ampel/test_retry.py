# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Asking again for what failed: the same rows as if nothing had, or a refusal where the question is not known."""

import pytest

from astroquery_brokers.ampel import AmpelClass
from astroquery_brokers.exceptions import InvalidArgumentError

pytestmark = pytest.mark.filterwarnings("ignore::astroquery_brokers.exceptions.PartialResultWarning")
PLACE = dict(coordinates="185.0 15.0", radius="10 arcmin")


@pytest.fixture
def quick(box, tmp_path):
    made = AmpelClass(retries=0, chunk_size=20)
    made.cache_location = tmp_path / "cache"
    return made


def broken(box, part, ask):
    """What is returned while a part of the addresses is out of order."""
    box.faults = [{"path": part, "status": 503}]
    try:
        return ask()
    finally:
        box.faults = []


@pytest.mark.parametrize("part", ["{}/alerts", "{}/photopoints"])
def test_light_curves(quick, box, part):
    ids = quick.query_region("185.0 15.0", "10 arcmin")["objectId"].tolist()[:3]
    table = broken(box, part.format(ids[1]), lambda: quick.query_lightcurve(ids, cache=False))
    again, whole = quick.retry(table), quick.query_lightcurve(ids)
    assert len(table.failures) and not again.failures and table["quality"].tolist() != whole["quality"].tolist()
    for name in ("object_id", "mjd", "mag", "quality"):
        assert again[name].tolist() == whole[name].tolist(), name


@pytest.mark.parametrize("more", [{}, {"time": (58500, 60000)}, {"filters": {"fid": [1, 2], "rb": {"$gte": 0.5}}}])
def test_searches(quick, box, more):
    whole = quick.query_alerts(**PLACE, **more)
    table = broken(box, "/acknowledge", lambda: quick.query_alerts(**PLACE, **more))
    again = quick.retry(table)
    assert 0 < len(table) < len(whole) and len(table.failures) == 1
    assert again["candid"].tolist() == whole["candid"].tolist()


@pytest.mark.parametrize("lacking, options", [
    ("filters", dict(**PLACE, filters={"rb": (0.5, 0.9)})), ("pixels", dict(pixels=list(range(30000)), nside=64)),
    ("pixels", dict(pixels={32: list(range(6000)), 64: [1]})), ("skymap", "moc")])
def test_a_question_of_which_the_table_has_only_a_part_is_not_asked_again(quick, box, lacking, options):
    if options == "moc":
        mocpy = pytest.importorskip("mocpy")
        options = dict(skymap=mocpy.MOC.from_healpix_cells([1, 2, 3], [4, 4, 4], max_depth=4)
                       | mocpy.MOC.from_string("0/0-11"))
    table = broken(box, "/acknowledge", lambda: quick.query_alerts(**options))
    before = len(box.requests)
    assert len(table) and len(table.failures) == 1
    with pytest.raises(InvalidArgumentError, match=f"all of {lacking}. Ask with query_alerts"):
        quick.retry(table)
    assert len(box.requests) == before
