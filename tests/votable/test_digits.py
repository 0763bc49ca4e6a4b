# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Numbers that are converted many at once are those that the interpreter gives, to the last bit."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from astroquery_brokers.votable.digits import BEFORE, to_floats, to_integers

ROWS = 100_000
DIGITS = st.text("0123456789", max_size=26)
SIGNS = st.sampled_from(["", "-", "+"])


@st.composite
def decimals(draw):
    text = draw(SIGNS) + draw(DIGITS) + draw(st.sampled_from(["", "."])) + draw(DIGITS)
    return text + draw(st.sampled_from(["", "e", "E"])) + draw(SIGNS) + draw(st.text("0123456789", max_size=4))


def converted(function, texts):
    """What is good of some numbers as {text: value}, and which texts are left."""
    content = b"x" * BEFORE + b"".join(text.encode() + b"</TD>" for text in texts) + b" " * 8
    ends = BEFORE - 5 + np.cumsum([len(text.encode()) + 5 for text in texts])
    starts = ends - [len(text.encode()) for text in texts]
    values, good = function(np.frombuffer(content, dtype=np.uint8), starts, ends)
    return ({text: value for text, value, is_good in zip(texts, values.tolist(), good.tolist()) if is_good},
            [text for text, is_good in zip(texts, good.tolist()) if not is_good])


def same(found, function):
    assert [(text, value) for text, value in found.items() if repr(function(text)) != repr(value)] == []


@given(st.lists(decimals() | st.floats().map(repr) | st.text("0123456789.eE+-_ xX:/\u00e9", max_size=8), min_size=1))
@example(["", ".", "-", "+.", "1..2", "1e", "e5", "1e5.", "--5", "1.5e.5", "1:2", "1/2", "1e1e1", "\u00e91", "1\u00e9"])
@example(["2000000000000000.000e293"])
@example(["20000000000000000000", "36893488147419103233", "9999999999999999999"])
@settings(max_examples=200, deadline=None)
def test_any_text(texts):
    same(converted(to_floats, texts)[0], float)
    same(converted(to_integers, texts)[0], int)


@pytest.mark.parametrize("scale", ["alike", "any", "bits", "short"])
def test_random_floats(scale):
    rng = np.random.default_rng(ROWS)
    values = {"alike": rng.normal(size=ROWS) * 1000, "any": rng.normal(size=ROWS) * 10.**rng.integers(-250, 250, ROWS),
              "bits": rng.integers(0, 2**63 - 1, ROWS).view(float), "short": rng.normal(size=ROWS).astype("f4")}[scale]
    texts = [str(value) for value in values[np.isfinite(values)]]
    found, left = converted(to_floats, texts)
    same(found, float)
    assert len(left) < (0.2 if scale == "bits" else 0.01) * len(texts)  # or it would not be worth it


def test_numbers_between_two_floats_are_left_to_the_interpreter():
    odd = np.random.default_rng(1).integers(2**52, 2**53, 10_000) * 2 + 1
    between = [str(number) for number in odd.tolist()]
    found, left = converted(to_floats, between)
    assert not found and left == between
    beside = [f"{number}.{digit}" for number in odd.tolist() for digit in ("01", "00")]
    found, _ = converted(to_floats, beside)
    same(found, float)


def test_integers():
    rng = np.random.default_rng(1)
    texts = [str(number) for bits in range(1, 63) for number in rng.integers(-2**bits, 2**bits, 200).tolist()]
    found, left = converted(to_integers, texts)
    assert not left
    same(found, int)
    limits = [str(2**63 - 1), str(-2**63 + 1), str(2**63), str(-2**63), "1" * 20, "1.", "1e3", "0x10", "1_0"]
    found, left = converted(to_integers, limits)
    same(found, int)
    assert left == limits[2:]
