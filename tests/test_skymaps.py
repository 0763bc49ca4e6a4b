# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Regions of the sky: pixels, coverage maps, and credible regions of probability maps, each in every form it comes."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Latitude, Longitude
from astropy.io import fits
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from astroquery_brokers.arguments import check_pixels, check_skymap
from astroquery_brokers.exceptions import InvalidArgumentError

mocpy = pytest.importorskip("mocpy")
healpix = pytest.importorskip("astropy_healpix")


def cells(regions):
    """What regions cover, as pixels of nside 64 (coarser ones only)."""
    return {pixel * (64 // nside)**2 + place for nside, pixels in regions.items() for pixel in pixels
            for place in range((64 // nside)**2)}


@pytest.fixture
def probabilities():
    """A map of nside 32 in nested order, with one spot of probability."""
    place = healpix.HEALPix(32, order="nested")
    lon, lat = place.healpix_to_lonlat(np.arange(place.npix))
    distance = np.hypot((lon.deg - 185) * np.cos(lat.rad), lat.deg - 15)
    found = np.exp(-distance**2 / 200)
    return found / found.sum()


def test_pixels_of_one_resolution_are_merged_and_sorted():
    assert check_pixels(7, 4) == {4: [7]}
    assert check_pixels([(4, [7, 3]), (8, [1]), (4, [3, 9])]) == {4: [3, 7, 9], 8: [1]}
    assert check_pixels({8: np.array([2, 1])}) == {8: [1, 2]}


@pytest.mark.parametrize("pixels, nside, message", [
    ([], 64, "whole sky"), ({}, None, "whole sky"), ({64: []}, None, "whole sky"), ([1], 63, "power of two"),
    ([1], 2**17, "power of two"), ([-1], 1, "-1"), ([12], 1, "12; those of nside=1 are 0 to 11"), (None, None, "read"),
    ([1.5], 1, "read"), ([1], None, "read"), ({1: [1]}, 1, "has its own")])
def test_pixels_that_are_none_are_refused(pixels, nside, message):
    with pytest.raises(InvalidArgumentError, match=message):
        check_pixels(pixels, nside)


def test_a_coverage_map_and_its_file(tmp_path):
    moc = mocpy.MOC.from_cone(Longitude(185 * u.deg), Latitude(15 * u.deg), radius=5 * u.deg, max_depth=6)
    regions = check_skymap(moc)
    assert cells(regions) == set(moc.flatten().tolist()) and len(regions) > 1
    moc.save(str(tmp_path / "moc.fits"), format="fits")
    assert check_skymap(tmp_path / "moc.fits") == regions


def test_a_deep_coverage_map_is_made_coarser():
    moc = mocpy.MOC.from_cone(Longitude(185 * u.deg), Latitude(15 * u.deg), radius=1 * u.arcsec, max_depth=20)
    assert max(check_skymap(moc)) <= 65536


def test_the_credible_region_is_the_smallest_that_has_the_probability(probabilities):
    for level in (0.1, 0.5, 0.9):
        inside = sorted(pixel // 4 for pixel in cells(check_skymap(probabilities, level=level, ordering="nested")))[::4]
        assert probabilities[inside].sum() >= level
        outside = np.setdiff1d(np.arange(probabilities.size), inside)
        assert probabilities[inside].min() >= probabilities[outside].max()
        assert probabilities[inside].sum() - probabilities[inside].min() < level


def test_every_form_of_a_probability_map_gives_the_same_region(probabilities, tmp_path):
    expected = check_skymap(probabilities, ordering="nested")
    ring = probabilities[healpix.HEALPix(32).ring_to_nested(np.arange(probabilities.size))]
    assert check_skymap(ring, ordering="ring") == expected
    uniq = healpix.level_ipix_to_uniq(5, np.arange(probabilities.size))
    density = probabilities / (4 * np.pi / probabilities.size)
    multi = Table({"UNIQ": uniq, "PROBDENSITY": density}, meta={"ORDERING": "NUNIQ"})
    assert check_skymap(multi) == expected
    multi.write(tmp_path / "multi.fits")
    assert check_skymap(str(tmp_path / "multi.fits")) == expected
    flat = fits.BinTableHDU(Table({"PROB": ring}))
    flat.header.update({"ORDERING": "RING", "COORDSYS": "C"})
    flat.writeto(tmp_path / "flat.fits")
    assert check_skymap(tmp_path / "flat.fits", level=0.9) == expected


def test_cells_of_many_sizes_are_ranked_by_density():
    coarse = [(0, 0, 0.4), (1, 4, 0.3), (1, 5, 0.2), (1, 6, 0.1)]  # depth, pixel, probability
    table = Table({"UNIQ": [healpix.level_ipix_to_uniq(depth, pixel) for depth, pixel, _ in coarse],
                   "PROBDENSITY": [p / (np.pi / 3 / 4**depth) for depth, _, p in coarse]})
    assert check_skymap(table, level=0.5) == {2: [4, 5]}
    assert check_skymap(table, level=0.55) == {1: [0], 2: [4, 5]}  # as dense as the last one, and first in the map


@given(st.lists(st.floats(0, 1), min_size=48, max_size=48).filter(lambda values: sum(values) > 0.01),
       st.floats(0.01, 1))
def test_any_map_reaches_its_level(values, level):
    values = np.array(values)
    regions = check_skymap(values, level=level, ordering="nested")
    inside = [pixel * (2 // nside)**2 + place for nside, pixels in regions.items() for pixel in pixels
              for place in range((2 // nside)**2)]
    assert values[inside].sum() >= level * values.sum() * (1 - 1e-9) and len(set(inside)) == len(inside)


@pytest.mark.parametrize("skymap, options, message", [
    (np.zeros(12), dict(ordering="ring"), "above 0"), (np.ones(13), dict(ordering="ring"), "13 pixels"),
    (np.ones(12), {}, "Allowed: nested, ring"), ("nowhere.fits", {}, "no such file"), (5, {}, "no sky map"),
    (np.ones(12), dict(ordering="ring", level=2), "level"), (Table({"a": [1]}), {}, "no column PROB"),
    (Table({"PROB": np.ones(12)}, meta={"ORDERING": "RING", "COORDSYS": "G"}), {}, "equatorial"),
    (mocpy.MOC.new_empty(5), {}, "whole sky"), (mocpy.MOC.from_str("3/1"), dict(level=0.5), "coverage map")])
def test_what_is_no_map_is_refused(skymap, options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        check_skymap(skymap, **options)


def test_a_file_that_is_no_map_is_refused(tmp_path):
    (tmp_path / "text.fits").write_text("nothing")
    with pytest.raises(InvalidArgumentError, match="no FITS file with a sky map"):
        check_skymap(tmp_path / "text.fits")
