# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Checks of words and numbers."""

import difflib
import numbers

import numpy as np

from ..exceptions import InvalidArgumentError

__all__ = ["check_choice", "check_fraction", "check_integer", "check_range", "check_text", "suggest"]


def suggest(word, allowed):
    """A sentence naming what is allowed, with the nearest one first.

    Parameters
    ----------
    word : object
        What was passed.
    allowed : iterable
        What could have been.

    Returns
    -------
    str

    Examples
    --------
    >>> from astroquery_brokers.arguments import suggest
    >>> suggest("ZFT", ["lsst", "ztf"])
    "Did you mean 'ztf'? Allowed: lsst, ztf."
    >>> suggest("x", ["lsst", "ztf"])
    'Allowed: lsst, ztf.'
    """
    allowed = sorted(map(str, allowed))
    by_lower = {item.lower(): item for item in allowed}
    near = difflib.get_close_matches(str(word).lower(), by_lower, n=1)
    return (f"Did you mean {by_lower[near[0]]!r}? " if near else "") + f"Allowed: {', '.join(allowed)}."


def check_choice(value, allowed, name):
    """One of a few words.

    Parameters
    ----------
    value : object
        What was passed.
    allowed : collection
        What is allowed.
    name : str
        Name of the argument, for the message.

    Returns
    -------
    object
        The value.

    Raises
    ------
    InvalidArgumentError
        If it is not allowed; the message names what is.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_choice
    >>> check_choice("ASC", ("ASC", "DESC"), "order_mode")
    'ASC'
    """
    try:
        is_known = value in allowed
    except TypeError:  # a list cannot be looked up
        is_known = False
    if not is_known:
        raise InvalidArgumentError(f"{name}={value!r} is not known. {suggest(value, allowed)}")
    return value


def check_text(value, name):
    """A text that is not empty.

    Parameters
    ----------
    value : str
        The text.
    name : str
        Name of the argument, for the message.

    Returns
    -------
    str
        The text.

    Raises
    ------
    InvalidArgumentError
        If it is empty, or no text.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_text
    >>> check_text("lc_classifier", "classifier")
    'lc_classifier'
    """
    if not isinstance(value, str) or not value.strip():
        raise InvalidArgumentError(f"{name}={value!r} must be a text that is not empty.")
    return value


def check_integer(value, name, *, low=1, high=2**31 - 1):
    """An integer in a range.

    Parameters
    ----------
    value : int
        The integer (no unit).
    name : str
        Name of the argument, for the message.
    low, high : int, optional
        The smallest and the largest that is allowed (no unit).

    Returns
    -------
    int
        The integer (no unit).

    Raises
    ------
    InvalidArgumentError
        If it is something else, also a float or a bool.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_integer
    >>> check_integer(5, "ndet")
    5
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not low <= value <= high:
        raise InvalidArgumentError(f"{name}={value!r} must be an integer from {low} to {high}.")
    return int(value)


def check_fraction(value, name):
    """A number from 0 to 1.

    Parameters
    ----------
    value : float
        The number, 0 to 1.
    name : str
        Name of the argument, for the message.

    Returns
    -------
    float
        The number, 0 to 1.

    Raises
    ------
    InvalidArgumentError
        If it is something else.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_fraction
    >>> check_fraction(1, "probability")
    1.0
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value <= 1:
        raise InvalidArgumentError(f"{name}={value!r} must be a number from 0 to 1.")
    return float(value)


def check_range(value, name, *, convert):
    """A minimum, or a pair (minimum, maximum) of which either may be None.

    Parameters
    ----------
    value : object
        The minimum, or the pair.
    name : str
        Name of the argument, for the message.
    convert : callable
        ``convert(item, name)`` checks one value.

    Returns
    -------
    tuple
        ``(low, high)``, each as ``convert`` returns it, or None.

    Raises
    ------
    InvalidArgumentError
        If it has another form, or the minimum is above the maximum.

    Examples
    --------
    >>> from astroquery_brokers.arguments import check_integer, check_range
    >>> check_range(20, "ndet", convert=check_integer)
    (20, None)
    >>> check_range((None, 50), "ndet", convert=check_integer)
    (None, 50)
    """
    if isinstance(value, str) or not np.iterable(value):
        pair = (value, None)
    else:
        pair = tuple(value)
    if len(pair) not in (1, 2) or all(item is None for item in pair):
        raise InvalidArgumentError(f"{name}={value!r} must be a minimum or a pair (minimum, maximum).")
    low, high = (None if item is None else convert(item, name) for item in (*pair, None)[:2])
    if low is not None and high is not None and low > high:
        raise InvalidArgumentError(f"{name}={value!r} is reversed: the minimum comes first.")
    return low, high
