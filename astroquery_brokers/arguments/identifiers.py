# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Surveys, and checks of the ids of their objects."""

import numbers
import re
from dataclasses import dataclass

import numpy as np

from ..exceptions import InvalidArgumentError
from .values import suggest

__all__ = ["Survey", "check_object_ids", "check_survey"]


@dataclass(frozen=True)
class Survey:
    """A survey that a broker serves, and the form of its object ids.

    Attributes
    ----------
    name : str
        What ``survey=`` takes, e.g. ``"ztf"``.
    description : str
        Its full name.
    pattern : str
        Regular expression that an id of this survey matches as a whole.
    example : str
        An id, for messages.

    Examples
    --------
    >>> from astroquery_brokers.arguments import Survey
    >>> ztf = Survey("ztf", "Zwicky Transient Facility", "ZTF[0-9]{2}[a-z]{7}", "ZTF20aaelulu")
    >>> ztf.matches("ZTF18abuksn"), ztf.matches("ZTF18abbuksn")
    (False, True)
    """

    name: str
    description: str
    pattern: str
    example: str

    def matches(self, object_id):
        """Whether a text has the form of this survey's object ids; a number also has to fit into 64 bits.

        Parameters
        ----------
        object_id : str
            The text.

        Returns
        -------
        bool
        """
        if re.fullmatch(self.pattern, object_id, flags=re.ASCII) is None:
            return False
        return not object_id.isdecimal() or int(object_id) < 2**63


def check_survey(survey, surveys):
    """A survey of the broker, by name.

    Parameters
    ----------
    survey : str
        Its name, in capitals or not.
    surveys : dict of str to Survey
        What the broker serves.

    Returns
    -------
    str
        The name in lower case.

    Raises
    ------
    InvalidArgumentError
        If the broker does not serve it.

    Examples
    --------
    >>> from astroquery_brokers.alerce import AlerceClass
    >>> from astroquery_brokers.arguments import check_survey
    >>> check_survey("ZTF", AlerceClass.surveys)
    'ztf'
    """
    if not isinstance(survey, str) or survey.lower() not in surveys:
        raise InvalidArgumentError(f"survey={survey!r} is not served here. {suggest(survey, surveys)}")
    return survey.lower()


def check_object_ids(value, surveys, survey=None):
    """Object ids as texts without repetition, and whether a single one was asked.

    Parameters
    ----------
    value : str, int, or sequence of them
        The ids.
    surveys : dict of str to Survey
        What the broker serves.
    survey : str, optional
        Only ids of this survey are taken.

    Returns
    -------
    ids : list of str
        In the order asked.
    scalar : bool
        Whether ``value`` was a single id.

    Raises
    ------
    InvalidArgumentError
        If there is no id, or one has not the form of any survey's ids, or is a float.

    Examples
    --------
    >>> from astroquery_brokers.alerce import AlerceClass
    >>> from astroquery_brokers.arguments import check_object_ids
    >>> check_object_ids(["ZTF20aaelulu", "ZTF20aaelulu"], AlerceClass.surveys)
    (['ZTF20aaelulu'], False)
    """
    scalar = isinstance(value, (str, bytes, numbers.Integral))
    scalar = scalar or isinstance(value, (float, np.floating))
    if value is None or isinstance(value, (bool, dict)):
        raise InvalidArgumentError(f"object_id={value!r} is not an object id or a sequence of them.")
    if not scalar and not np.iterable(value):
        raise InvalidArgumentError(f"object_id={value!r} is not an object id or a sequence of them.")
    ids = [value] if scalar else list(value)
    if not ids:
        raise InvalidArgumentError("object_id is empty; give at least one object id.")
    wanted = surveys if survey is None else {survey: surveys[check_survey(survey, surveys)]}
    texts = [_object_id(item, wanted) for item in ids]
    return list(dict.fromkeys(texts)), scalar


def _object_id(item, surveys):
    if np.ma.is_masked(item):
        raise InvalidArgumentError("object_id holds a masked value; leave it out.")
    if isinstance(item, (float, np.floating)):
        raise InvalidArgumentError(
            f"object_id {item!r} is a float, which cannot hold a 64-bit id; pass it as an int or a text.")
    text = item.decode() if isinstance(item, bytes) else str(item)
    text = text.strip()
    if not any(survey.matches(text) for survey in surveys.values()):
        forms = "; ".join(f"{survey.name}: like {survey.example}" for survey in surveys.values())
        raise InvalidArgumentError(f"{text[:60]!r} is not an object id of {'/'.join(surveys)} ({forms}).")
    return text
