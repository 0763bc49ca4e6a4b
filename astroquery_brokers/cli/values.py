# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Text on the command line to the values that verbs take, by the documented kind of the parameter."""

import re
from argparse import ArgumentTypeError
from difflib import get_close_matches
from urllib.parse import urlsplit

__all__ = ["FRAMES", "KINDS", "chosen", "reader", "setting", "suggestion", "texts"]

#: Frames in which positions can be given.
FRAMES = ("icrs", "fk5", "fk4", "galactic", "supergalactic", "barycentricmeanecliptic")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TIME_FORMS = "an MJD such as 60431.5, or a date such as 2024-05-01 or 2024-05-01T12:30 (UTC)"


def suggestion(word, allowed):
    """What is allowed, with the nearest one first."""
    allowed = [str(item) for item in allowed]
    by_lower = {item.lower(): item for item in allowed}
    near = get_close_matches(str(word).lower(), by_lower, n=1)
    return (f"Did you mean {by_lower[near[0]]}? " if near else "") + f"Allowed: {', '.join(allowed)}."


def chosen(allowed):
    """A reader of one of a few values.

    Parameters
    ----------
    allowed : iterable of str or int
    """
    by_text = {str(item): item for item in allowed}

    def read(text):
        text = text.strip()
        if text not in by_text:
            raise ArgumentTypeError(f"{text!r} is not known. {suggestion(text, by_text)}")
        return by_text[text]
    read.allowed = list(by_text)
    return read


def integer(text):
    """A whole number."""
    try:
        return int(text.strip())
    except ValueError:
        raise ArgumentTypeError(f"{text.strip()!r} is not a whole number, such as 10") from None


def number(text):
    """A number."""
    if not re.fullmatch(_NUMBER, text.strip()):
        raise ArgumentTypeError(f"{text.strip()!r} is not a number, such as 0.5")
    return float(text)


def word(text):
    """A text that is not empty."""
    if not text.strip():
        raise ArgumentTypeError("the text is empty")
    return text.strip()


def texts(text):
    """Texts with commas between them."""
    items = [item.strip() for item in text.split(",")]
    if not all(items):
        raise ArgumentTypeError(f"{text.strip()!r} has an empty item; write A,B,C")
    return items


def integers(text):
    """Whole numbers with commas between them."""
    return [integer(item) for item in texts(text)]


def time(text):
    """An MJD as a number, or a date as `~astropy.time.Time` (UTC)."""
    text = text.strip()
    if re.fullmatch(_NUMBER, text):
        return float(text)
    if not re.match(r"\d{4}-\d\d", text):
        raise ArgumentTypeError(f"{text!r} is not a time; write {_TIME_FORMS}")
    from astropy.time import Time

    try:
        return Time(text.removesuffix("Z"), scale="utc")
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a time; write {_TIME_FORMS}") from None


def last_time(text):
    """A time as `time` reads it; a date is the end of that day."""
    text = text.strip()
    return time(f"{text}T23:59:59.999999" if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text)


def in_range(read, read_high=None):
    """A reader of a minimum ``A`` or ``A..``, a maximum ``..B``, or both ``A..B`` (also ``A,B``)."""

    def read_range(text):
        text = text.strip()
        low, dots, high = text.partition("..") if ".." in text else text.partition(",")
        if not dots:
            return read(low)
        if not low.strip() and not high.strip():
            raise ArgumentTypeError(f"{text!r} has no limit; write MIN, MIN..MAX or ..MAX")
        return tuple(one(limit) if limit.strip() else None for one, limit in ((read, low), (read_high or read, high)))
    return read_range


def conditions(text):
    """Values, or ranges of them, by name: ``A=1,B=0.5..,C=t``."""
    found = {}
    for item in texts(text):
        name, equals, value = (part.strip() for part in item.partition("="))
        if not equals or not value:
            raise ArgumentTypeError(f"{item!r} is no condition; write NAME=VALUE or NAME=MIN..MAX")
        low, dots, high = value.partition("..")
        limits = tuple(_number_or_text(limit) if limit else None for limit in (low, high))
        found[name] = limits if dots else limits[0]
    return found


def _number_or_text(text):
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(_NUMBER, text) else text


def angle(text):
    """An angle with its unit, which astropy is to read."""
    text = text.strip()
    if re.fullmatch(_NUMBER, text):
        raise ArgumentTypeError(f"{text} has no unit; write {text}arcsec, {text}arcmin or {text}deg")
    from astropy import units
    from astropy.coordinates import Angle

    try:
        return Angle(text)
    except (ValueError, TypeError, units.UnitsError):
        raise ArgumentTypeError(f"{text!r} is not an angle; write a number with arcsec, arcmin or deg, such as "
                                "10arcsec") from None


def angle_or_number(text):
    """An angle; the verb knows the unit of a bare number."""
    return float(text) if re.fullmatch(_NUMBER, text.strip()) else angle(text)


#: Kind: (reader, placeholder in the help, the form in words).
KINDS = {
    "int": (integer, "N", ""),
    "float": (number, "X", ""),
    "text": (word, "TEXT", ""),
    "texts": (texts, "A,B,C", ""),
    "ints": (integers, "N,M", ""),
    "int range": (in_range(integer), "MIN..MAX", ""),
    "float range": (in_range(number), "MIN..MAX", ""),
    "time": (time, "TIME", "An MJD, or a date (UTC)."),
    "time range": (in_range(time, last_time), "FROM..TO", "Dates are UTC; as TO, a date means the end of that day."),
    "conditions": (conditions, "A=1,B=0.5..", ""),
    "position": (word, "POSITION", "E.g. '185.0 15.0' (degrees)."),
    "angle": (angle, "ANGLE", "E.g. 10arcsec."),
    "angle or float": (angle_or_number, "ANGLE", ""),
}


def reader(parameter):
    """How an option for a parameter of a verb is read: keywords for ``add_argument``.

    Parameters
    ----------
    parameter : dict
        An entry of ``verbs.json``.
    """
    if parameter["kind"] == "bool":
        return {"action": "store_true"}
    if parameter["kind"] == "choice":
        return {"type": chosen(parameter["choices"]), "metavar": "|".join(map(str, parameter["choices"]))}
    read, metavar, _ = KINDS[parameter["kind"]]
    return {"type": read, "metavar": metavar}


def setting(settings):
    """A reader of ``ITEM=VALUE`` for configuration items.

    Parameters
    ----------
    settings : list of dict
        Entries of ``verbs.json``, with ``name`` and ``default``.
    """
    defaults = {item["name"]: item["default"] for item in settings}

    def read(text):
        name, equals, value = text.strip().partition("=")
        if not equals:
            raise ArgumentTypeError(f"{text.strip()!r} is not of the form ITEM=VALUE. Items: {', '.join(defaults)}.")
        if name not in defaults:
            raise ArgumentTypeError(f"{name!r} is no setting. {suggestion(name, defaults)}")
        default = defaults[name]
        if name.endswith("_token"):
            raise ArgumentTypeError(f"{name} is not taken from the command line, which others can see and the shell "
                                    "keeps. Put it into the environment or the configuration file.")
        if name.endswith("_url"):
            _check_address(name, value)
        try:
            if isinstance(default, bool):
                return name, {"true": True, "false": False}[value.lower()]
            return name, type(default)(value)
        except (ValueError, KeyError):
            raise ArgumentTypeError(f"{name}={value}: the value must be of the kind of the default, "
                                    f"{default!r}") from None
    return read


def _check_address(name, value):
    # The value stays unsaid, for it may hold a password.
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise ArgumentTypeError(f"{name}: the value is no address, such as http://host/path or https://host/path")
