# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What users pass is checked before anything is sent."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Angle, Galactic, SkyCoord
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from astroquery_brokers.arguments import (Survey, check_degrees, check_object_ids, check_positions, check_radius,
                                          check_time_range, suggest)
from astroquery_brokers.exceptions import InvalidArgumentError

SURVEYS = {"ztf": Survey("ztf", "ZTF", r"ZTF\d{2}[a-z]{7}", "ZTF20aaelulu"),
           "lsst": Survey("lsst", "LSST", r"\d{15,19}", "170587117485817955")}


@pytest.mark.parametrize("given_", ["185.73 -15.82", "185.73, -15.82", SkyCoord(185.73, -15.82, unit="deg"),
                                    SkyCoord(185.73, -15.82, unit="deg").galactic,
                                    SkyCoord(185.73, -15.82, unit="deg").transform_to(Galactic()).frame,
                                    "12h22m55.2s -15d49m12s", "12:22:55.2 -15:49:12"])
def test_positions_of_any_frame_and_form(given_):
    positions = check_positions(given_)
    assert positions.scalar
    assert positions.ra == pytest.approx(185.73, abs=1e-9) and positions.dec == pytest.approx(-15.82, abs=1e-9)


def test_an_array_of_positions():
    positions = check_positions(SkyCoord([0, 10], [0, -10], unit="deg"))
    assert not positions.scalar and list(positions.dec) == [0, -10]
    assert not check_positions(SkyCoord([0], [0], unit="deg")).scalar


@pytest.mark.parametrize("wrong", ["400 -20", "10 -95", "nan 5", "M 31", "", "ZTF20aaelulu", 5, None, (10, 20),
                                   SkyCoord([], [], unit="deg"), SkyCoord(np.nan, 0, unit="deg")])
def test_what_is_not_a_position(wrong):
    with pytest.raises(InvalidArgumentError, match="position|degrees|SkyCoord"):
        check_positions(wrong)


@pytest.mark.parametrize("radius", [90 * u.arcsec, Angle(1.5, "arcmin"), "90 arcsec", "1.5 arcmin", '90"', "0d1m30s"])
def test_radii(radius):
    assert check_radius(radius).arcsec == pytest.approx(90)


@pytest.mark.parametrize("wrong", [5, 5.0, np.float64(5), -1 * u.arcsec, "0 arcsec", "5 arsec", "5", 5 * u.km,
                                   [1, 2] * u.arcsec, np.nan * u.deg, np.inf * u.deg, 181 * u.deg, None])
def test_what_is_not_a_radius(wrong):
    with pytest.raises(InvalidArgumentError, match="arcsec|greater than 0|single angle"):
        check_radius(wrong)


@given(st.lists(st.from_regex(r"ZTF[0-9]{2}[a-z]{7}", fullmatch=True) | st.integers(10**14, 2**63 - 1), min_size=1))
def test_ids_stay_exact_and_in_order(ids):
    texts, scalar = check_object_ids(ids, SURVEYS)
    assert texts == list(dict.fromkeys(map(str, ids))) and not scalar


def test_ids_may_be_a_column_or_an_array():
    assert check_object_ids(np.array([313853496686280764]), SURVEYS) == (["313853496686280764"], False)
    assert check_object_ids(np.str_("ZTF20aaelulu"), SURVEYS) == (["ZTF20aaelulu"], True)
    assert check_object_ids(np.int64(313853496686280764), SURVEYS) == (["313853496686280764"], True)


@pytest.mark.parametrize("wrong", [[], None, 1.5, [313853496686280764.0], "ztf20aaelulu", "ZTF20aaelulu*", {},
                                   ["ZTF20aaelulu", None], True, np.ma.masked, "ZTF20aaelulu' OR 1=1", 2**63])
def test_what_is_not_an_id(wrong):
    with pytest.raises(InvalidArgumentError, match="object_id|object id"):
        check_object_ids(wrong, SURVEYS)


@pytest.mark.parametrize("value", [59000, (59000, None), Time(59000, format="mjd"), 59000 * u.day,
                                   [Time(59000, format="mjd")],
                                   Time(Time(59000, format="mjd", scale="utc").tai.mjd, format="mjd", scale="tai")])
def test_times_arrive_as_mjd_in_the_scale_of_the_service(value):
    low, high = check_time_range(value, "firstmjd", scale="utc")
    assert low == pytest.approx(59000, abs=1e-9) and high is None


@pytest.mark.parametrize("wrong", [(59001, 59000), 2459000.5, "yesterday", np.nan, (None, None), (1, 2, 3), 5 * u.m])
def test_what_is_not_a_range_of_times(wrong):
    with pytest.raises((InvalidArgumentError, u.UnitsError)):
        check_time_range(wrong, "firstmjd", scale="utc")


def test_a_suggestion_does_not_mind_capitals():
    assert suggest("gaiadr2", ["GAIADR1", "GAIADR2", "WISE"]).startswith("Did you mean 'GAIADR2'? Allowed: GAIADR1, ")
    assert suggest("hdulist", ["HDUList", "numpy"]) == "Did you mean 'HDUList'? Allowed: HDUList, numpy."
    assert suggest("x", ["lsst", "ztf"]) == "Allowed: lsst, ztf."


def test_degrees_are_numbers_in_range():
    for bad, said in (("185", "ra='185' is not a number of degrees"), (True, "not a number"), (None, "not a number"),
                      (np.nan, "out of range"), (361, "ra=361 is out of range; degrees from 0 to 360")):
        with pytest.raises(InvalidArgumentError, match=said):
            check_degrees(bad, 0)
