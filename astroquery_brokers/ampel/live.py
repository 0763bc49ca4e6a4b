# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for AMPEL's live database, which the service calls experimental: it may change at any time."""

import numbers
import re

from ..exceptions import InvalidArgumentError
from ..verbs import query
from .endpoints import STOCK

__all__ = ["LiveQueries", "name_of_stock", "stock_of_name"]

_LETTERS = 7


class LiveQueries:
    """Verbs that ask the live database (mixin)."""

    @query(STOCK)
    def query_stock(self, object_id):
        """Records of objects in AMPEL's live database (experimental, as the service is).

        Parameters
        ----------
        object_id : str, int or sequence of them
            ZTF names, or AMPEL's numbers of the objects.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object and channel: ``objectId``, ``stock`` (int64), ``channel`` (``any`` stands for all),
            ``created`` and ``updated`` (ISO 8601, UTC). Empty for an object that is not in the database.

        Raises
        ------
        AuthenticationError
            If there is no dashboard token, it has expired, or its owner may not see the database.

        Notes
        -----
        AMPEL live query, ``/stock/ztf/{name}``. It takes a dashboard token, which is good for 24 hours.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> record = Ampel.query_stock(objects["objectId"][0])
        >>> record["stock"].dtype, bool((record["objectId"] == objects["objectId"][0]).all())
        (dtype('int64'), True)
        """
        one = isinstance(object_id, (str, numbers.Integral))
        names = [_name(item) for item in ([object_id] if one else object_id)]
        return self._per_object([STOCK], names[0] if one else names)


def _name(item):
    """A name; numbers and digits are AMPEL's."""
    if isinstance(item, bool) or not isinstance(item, numbers.Integral) and not str(item).strip().isdecimal():
        return item
    return name_of_stock(int(item))


def stock_of_name(name):
    """AMPEL's number of a ZTF object.

    Parameters
    ----------
    name : str
        E.g. ``"ZTF21aaqhhfu"``.

    Returns
    -------
    int
    """
    match = re.fullmatch(r"ZTF(\d{2})([a-z]{7})", name)
    if match is None:
        raise InvalidArgumentError(f"{name!r} is not the name of a ZTF object, like ZTF20aaelulu.")
    number = 0
    for letter in match[2]:
        number = number * 26 + ord(letter) - ord("a")
    return number * 16 + int(match[1]) - 17


def name_of_stock(stock):
    """The ZTF name of an object that AMPEL has a number for.

    Parameters
    ----------
    stock : int
        AMPEL's number.

    Returns
    -------
    str
    """
    number, letters = stock >> 4, ""
    for _ in range(_LETTERS):
        number, digit = divmod(number, 26)
        letters = chr(ord("a") + digit) + letters
    if stock < 0 or number:
        raise InvalidArgumentError(f"{stock} is not AMPEL's number of a ZTF object; these are below "
                                   f"{26**_LETTERS * 16}.")
    return f"ZTF{17 + (stock & 15):02d}{letters}"
