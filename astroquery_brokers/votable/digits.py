# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Decimal numbers in a buffer to floats and integers, all at once, without a Python object per number.

The last 24 bytes of a number are three words. The eight digits of a word become an integer in three multiplications (D.
Lemire, "Number parsing at a gigabyte per second", 2021). A float is the integer of all digits times a power of ten in
twice the precision of a float, and Ziv's test ("Fast evaluation of elementary mathematical functions with correctly
rounded last bit", 1991) tells whether it is rounded as the exact product would be. What is not plain or not sure is
left to the caller, number by number.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np

from .pack import spread

__all__ = ["AFTER", "BEFORE", "to_floats", "to_integers"]

BEFORE, AFTER = 24, 8  # bytes that a buffer has before the first number and after the last
_WORDS = 3
_BYTE, _WORD = np.uint64(8), np.uint64(56)
_ZEROS, _TO_TOP, _TOPS = (np.uint64(int(byte * 8, 16)) for byte in ("30", "76", "80"))
_POINT, _PLUS, _MINUS, _E = b".+-e"
_LOWEST, _HIGHEST = -300, 290  # powers of ten
_SMALLEST, _LARGEST = 1e-270, 1e290  # between them no part of a product is lost
_SPLIT = 2.**27 + 1
_UNSURE = 1 + 2.**-20


def to_floats(buffer, starts, ends):
    """Numbers as float64.

    Parameters
    ----------
    buffer : `~numpy.ndarray`
        Of bytes (uint8).
    starts, ends : `~numpy.ndarray`
        Where each number begins and ends.

    Returns
    -------
    values : `~numpy.ndarray`
        The same floats that `float` gives.
    good : `~numpy.ndarray`
        Of bool: False where the text is not converted here, and the value means nothing.
    """
    is_negative, first = _sign(buffer, starts, ends)
    digits, decimals, _, good = _digits(buffer, first, ends)
    exponents = -decimals
    others = np.flatnonzero(~good & (ends - first > 2))
    if others.size:
        digits[others], exponents[others], good[others] = _with_exponent(buffer, first[others], ends[others])
    values, is_sure = _scaled(digits, exponents)
    return np.where(is_negative, -values, values), good & is_sure


def to_integers(buffer, starts, ends):
    """Numbers as int64; the parameters and what is returned are as in `to_floats`."""
    is_negative, first = _sign(buffer, starts, ends)
    digits, _, has_point, good = _digits(buffer, first, ends)
    values = digits.astype(np.int64)
    return np.where(is_negative, -values, values), good & ~has_point & (values >= 0)


def _sign(buffer, starts, ends):
    letters = buffer[starts]
    is_negative = letters == _MINUS
    return is_negative, starts + ((is_negative | (letters == _PLUS)) & (starts < ends))


def _with_exponent(buffer, starts, ends):
    """Digits, exponent and whether they are good, of numbers such as 1.5e-08."""
    marks = starts
    for length in (2, 3, 4, 5):
        marks = np.where(buffer[ends - length] | 32 == _E, ends - length, marks)
    digits, decimals, _, good = _digits(buffer, starts, marks)
    is_negative, first = _sign(buffer, marks + 1, ends)
    exponents, _, has_point, is_number = _digits(buffer, first, ends)
    exponents = exponents.astype(np.int64)
    return digits, np.where(is_negative, -exponents, exponents) - decimals, good & is_number & ~has_point


def _digits(buffer, starts, ends):
    """The integer of all digits, how many are after the point, whether there is a point, and whether nothing else."""
    length = ends - starts
    good = (length > 0) & (length <= 8 * _WORDS)
    length = np.where(good, length, 0)
    packed = spread(buffer, 8 * _WORDS)[ends - 8 * _WORDS].view("<u8").reshape(-1, _WORDS)
    words, others, after = [], 0, 8 * _WORDS
    for number, last in enumerate(_last_bytes()):
        word = (packed[:, -1 - number] ^ _ZEROS) & last[length]
        flags = (word + _TO_TOP | word) & _TOPS  # the top bit of each byte that is no digit
        above = np.bitwise_count(~((flags << np.uint64(1)) - np.uint64(1))) >> 3
        after = np.where(flags != 0, above + np.int64(8 * number), after)
        others = np.bitwise_count(flags) + others
        words.append(word)
    has_point = (others == 1) & (length > 1) & (buffer[ends - 1 - after] == _POINT)
    good &= (others == 0) | has_point
    total = np.uint64(0)
    for number, last in reversed(list(enumerate(_last_bytes()))):
        # The digits before the point move to its place.
        moved = words[number] << _BYTE
        if number + 1 < _WORDS:
            moved |= words[number + 1] >> _WORD
        part = _eight_digits(moved ^ ((moved ^ words[number]) & last[after]))
        if number == _WORDS - 1:
            good &= part < 1000  # or the total may have more than 64 bits
        total = total * np.uint64(10**8) + part
    return total, np.where(has_point, after, 0), has_point, good


@lru_cache(maxsize=None)
def _last_bytes():
    """For each word, from the last on, and each number from 0 to 24: the bits of so many bytes at the end of all."""
    places = np.arange(8 * _WORDS)
    bits = np.where(places >= 8 * _WORDS - np.arange(8 * _WORDS + 1)[:, np.newaxis], np.uint8(255), np.uint8(0))
    return [np.ascontiguousarray(word) for word in bits.view("<u8").T[::-1]]


def _eight_digits(word):
    """The integer of eight bytes that are digits, the first of them the lowest."""
    pairs = word * np.uint64(10) + (word >> _BYTE)
    every_other = np.uint64(0x000000FF000000FF)
    return ((pairs & every_other) * np.uint64(100 + (10**6 << 32))
            + ((pairs >> np.uint64(16)) & every_other) * np.uint64(1 + (10**4 << 32))) >> np.uint64(32)


def _scaled(digits, exponents):
    """Integers times powers of ten as float64, and whether each is surely the nearest."""
    known = (exponents >= _LOWEST) & (exponents <= _HIGHEST)
    ten, ten_high, ten_low, ten_rest = (part[np.where(known, exponents - _LOWEST, 0)] for part in _powers())
    number = digits.astype(np.float64)
    rest = (digits - number.astype(np.uint64)).astype(np.int64).astype(np.float64)
    high, low = _halves(number)
    with np.errstate(over="ignore", invalid="ignore"):
        product = number * ten
        error = ((high * ten_high - product) + high * ten_low + low * ten_high) + low * ten_low  # Dekker: exact
        error += number * ten_rest + rest * ten
        values = product + error
        error -= values - product
    is_sure = (values + error * _UNSURE == values) & (values > _SMALLEST) & (values < _LARGEST) & known
    return values, is_sure | (digits == 0)


@lru_cache(maxsize=None)
def _powers():
    """Powers of ten as float64, in two halves, and what they are more than that."""
    exact = [Fraction(10)**power for power in range(_LOWEST, _HIGHEST + 1)]
    nearest = np.array([float(power) for power in exact])
    rest = np.array([float(power - Fraction(near)) for power, near in zip(exact, nearest.tolist())])
    return nearest, *_halves(nearest), rest


def _halves(values):
    """Floats as sums of two with half the bits."""
    large = values * _SPLIT
    high = large - (large - values)
    return high, values - high
