# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Units between columns and the text in a FIELD."""

import re
import warnings

from astropy import units as u
from astropy.utils.exceptions import AstropyUserWarning

from .texts import plain_text

__all__ = ["MAX_LENGTH", "is_harmless", "kept_beside", "of_field", "of_text", "to_text"]

MAX_LENGTH = 200
_VO_ONLY = ("%",)  # VOUnits 1.0, section 2.2, has it, astropy's format does not
# astropy computes 10**999999999 as an integer, which takes minutes and the memory of the machine.
_ENDLESS = re.compile(r"(\*\*|\^|[-+])[\s(]*[-+]?[\s(]*[0-9]{5}")


def is_harmless(text):
    """Whether a unit of another program can be parsed in little time."""
    return len(text) <= MAX_LENGTH and not _ENDLESS.search(text)


def to_text(name, unit):
    """What a FIELD says of the unit of the column ``name``, or None; a warning if that is no VOUnit."""
    if unit is None or str(unit) == "":
        return None
    if str(unit) in _VO_ONLY:
        return str(unit)
    try:
        # The warnings are about units such as erg and Angstrom, which VOUnits discourages and everybody uses.
        with warnings.catch_warnings(action="ignore"):
            text = unit.to_string("vounit") if hasattr(unit, "to_string") else str(unit)
            is_same = u.Unit(text, format="vounit", parse_strict="raise") == unit
        if is_same and not isinstance(unit, u.UnrecognizedUnit):
            return text
    except (ValueError, TypeError):
        pass
    text = str(unit)
    warnings.warn(f"column {name!r}: the unit {text!r} is not a VOUnit; it is written as it is, and other programs may "
                  "not understand it", AstropyUserWarning, stacklevel=2)
    return plain_text(text)


def kept_beside(text, unit):
    """The unit in astropy's own words, if a reader would find another in the FIELD; else None."""
    if not text:
        return None
    with warnings.catch_warnings(action="ignore"):
        found = u.Unit(text, format="vounit", parse_strict="silent")
        if isinstance(found, u.UnrecognizedUnit):
            found = u.Unit(text, parse_strict="silent")
    return None if found == unit else str(unit)


def of_field(unit):
    """The unit that astropy found in a FIELD, tried once more in astropy's own words."""
    if not isinstance(unit, u.UnrecognizedUnit):
        return unit
    with warnings.catch_warnings(action="ignore"):
        return u.Unit(str(unit), parse_strict="silent")


def of_text(text):
    """The unit that was kept beside, or None."""
    if not isinstance(text, str) or not is_harmless(text):
        return None
    with warnings.catch_warnings(action="ignore"):
        unit = u.Unit(text, parse_strict="silent")
    return None if isinstance(unit, u.UnrecognizedUnit) else unit
