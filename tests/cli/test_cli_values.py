# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Text to values."""

from argparse import ArgumentTypeError

import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from astroquery_brokers.cli.values import KINDS, chosen, setting, suggestion, texts


def read(kind, text):
    return KINDS[kind][0](text)


@pytest.mark.parametrize("kind, text, value", [
    ("int", "10", 10), ("int", " -3", -3), ("float", "-.5", -0.5), ("float", "1e-3", 1e-3), ("text", " SN ", "SN"),
    ("texts", "a, b", ["a", "b"]), ("int range", "10", 10), ("int range", "10..300", (10, 300)),
    ("int range", "..300", (None, 300)), ("int range", "10..", (10, None)), ("int range", "10,300", (10, 300)),
    ("float range", "-1.5..2", (-1.5, 2.0)), ("float range", "..-2", (None, -2.0)), ("time", "60431.5", 60431.5),
    ("time range", "60431..60440.5", (60431.0, 60440.5)), ("angle or float", "30", 30.0)])
def test_values(kind, text, value):
    assert read(kind, text) == value


@pytest.mark.parametrize("text", ["2024-05-01", "2024-05-01T00:00:00", "2024-05-01T00:00Z", "2024-05-01 00:00:00"])
def test_dates_are_utc(text):
    assert read("time", text) == Time(60431, format="mjd", scale="utc")


def test_ranges_of_dates():
    low, high = read("time range", "2024-05-01..2024-06-01T12:00")
    assert (low.mjd, high.mjd, low.scale) == (60431.0, 60462.5, "utc")
    assert read("time range", "..2024-06-01")[0] is None


@pytest.mark.parametrize("text, arcsec", [("10arcsec", 10), ("10 arcmin", 600), ("0.5deg", 1800), ("1'", 60),
                                          ("0d10m", 600), ("3\"", 3)])
def test_angles(text, arcsec):
    assert read("angle", text).arcsec == pytest.approx(arcsec, rel=1e-12)


@pytest.mark.parametrize("kind, text, fix", [
    ("int", "3.5", "such as 10"), ("int", "", "such as 10"), ("float", "nan", "such as 0.5"),
    ("float", "0x10", "such as 0.5"), ("text", " ", "empty"), ("texts", "a,,b", "A,B,C"),
    ("int range", "..", "MIN..MAX"), ("int range", "a..3", "such as 10"), ("time", "60431.5.1", "2024-05-01"),
    ("time", "2024-13-01", "2024-05-01"), ("time", "24-05-01", "2024-05-01"), ("angle", "10", "10arcmin"),
    ("angle", "10parsec", "arcsec"), ("angle or float", "wide", "arcsec")])
def test_mistakes_name_the_fix(kind, text, fix):
    with pytest.raises(ArgumentTypeError) as caught:
        read(kind, text)
    assert fix in str(caught.value)


@given(st.sampled_from([kind for kind in KINDS if "time" not in kind]), st.text(max_size=12))
def test_no_text_does_more_than_be_refused(kind, text):
    try:
        read(kind, text)
    except ArgumentTypeError as error:
        assert str(error)


@given(st.integers(-10**6, 10**6), st.integers(-10**6, 10**6))
def test_ranges_of_all_integers(low, high):
    assert read("int range", f"{low}..{high}") == (low, high)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_all_numbers(value):
    assert read("float", repr(value)) == value


def test_choices_and_suggestions():
    assert chosen((0, 1, 12))("12") == 12
    with pytest.raises(ArgumentTypeError, match=r"'ACS' is not known\. Did you mean ASC\? Allowed: ASC, DESC\."):
        chosen(("ASC", "DESC"))("ACS")
    assert suggestion("zzz", ["a", "b"]) == "Allowed: a, b."
    assert texts("one") == ["one"]


def test_settings():
    read_setting = setting([{"name": "timeout", "default": 60.0}, {"name": "retries", "default": 3},
                            {"name": "polite", "default": True}])
    assert read_setting("timeout=5") == ("timeout", 5.0)
    assert read_setting("retries=0") == ("retries", 0)
    assert read_setting("polite=false") == ("polite", False)
    for wrong, message in (("timeout", "ITEM=VALUE"), ("timeot=1", "mean timeout"), ("retries=2.5", "default, 3"),
                           ("polite=maybe", "default, True")):
        with pytest.raises(ArgumentTypeError, match=message):
            read_setting(wrong)
