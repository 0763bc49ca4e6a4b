# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How a long answer is read page by page until it is complete, or until a limit."""

import math
from dataclasses import dataclass

from .exceptions import ReplyParseError

__all__ = ["PageCursor", "Paging", "check_page"]


@dataclass(frozen=True)
class Paging:
    """How a service cuts a long answer into pages, numbered from 1.

    Attributes
    ----------
    page, size, total : str
        Names of the parameters, and of the reply's key that counts all rows (empty: there is none).
    has_next : str
        Name of the reply's key that says whether there is another page; empty where nothing says so reliably.
    max_size : int
        Rows asked at once.
    smallest_cap : int
        Number of rows: a first page with fewer is the last one. A longer one that is shorter than asked may have been
        cut by a limit of the server: reading goes on with that size.

    Examples
    --------
    >>> from astroquery_brokers.paging import Paging
    >>> Paging(size="per_page").max_size
    1000
    """

    page: str = "page"
    size: str = "page_size"
    total: str = "total"
    has_next: str = ""
    max_size: int = 1000
    smallest_cap: int = 100


class PageCursor:
    """Decides which page is asked next.

    Parameters
    ----------
    paging : Paging
        How the service counts.
    row_limit : int or None
        Reading stops when there are more rows than this; None reads everything.
    page, page_size : int or None
        The only page wanted (its number, no unit); the number of rows asked at once.

    Examples
    --------
    >>> from astroquery_brokers.paging import PageCursor, Paging
    >>> cursor = PageCursor(Paging(), page_size=500)
    >>> cursor.params
    {'page': 1, 'page_size': 500}
    >>> cursor.took(500)
    >>> cursor.params, cursor.done
    ({'page': 2, 'page_size': 500}, False)
    """

    def __init__(self, paging, *, row_limit=None, page=None, page_size=None):
        self.paging, self.row_limit, self._only = paging, row_limit, page is not None
        self.number = page or 1
        self.size = page_size or self._even_size()
        self.rows = 0
        self.done = False

    def _even_size(self):
        """Page size with which one row more than the limit ends a page, to see whether there are more."""
        if self.row_limit is None:
            return self.paging.max_size
        wanted = self.row_limit + 1
        return math.ceil(wanted / math.ceil(wanted / self.paging.max_size))

    @property
    def more(self):
        """Whether rows were found beyond the limit."""
        return self.row_limit is not None and self.rows > self.row_limit

    @property
    def params(self):
        """Parameters of the next question."""
        return {self.paging.page: self.number, self.paging.size: self.size}

    def took(self, length, has_next=None):
        """Note how long the page was.

        Parameters
        ----------
        length : int
            Its rows.
        has_next : bool, optional
            Whether there is another page, where the service says so.
        """
        self.rows += length
        first = self.number == 1
        self.done = self._only or self.more or not length or has_next is False
        if not self.done and length < self.size:
            if first and length >= self.paging.smallest_cap:
                self.size = length
            else:
                self.done = not has_next
        self.number += 1


def check_page(rows, before, *, broker, asked):
    """See that a page is not the one before once more, as of a service that leaves out the number of the page.

    Parameters
    ----------
    rows, before : list of dict
        The page, and the one before (empty for the first).
    broker : str
        Name for the message.
    asked : str
        What was asked, for the message.

    Raises
    ------
    ReplyParseError
        If they are the same, row for row.

    Examples
    --------
    >>> from astroquery_brokers.paging import check_page
    >>> check_page([{"oid": "ZTF20aaelulu"}], [{"oid": "ZTF18abbuksn"}], broker="ALeRCE", asked="objects")
    """
    if rows and rows == before:
        raise ReplyParseError(f"{broker} answered the question for {asked} with the same page of {len(rows)} rows "
                              "twice: it does not turn the page. Ask with a row_limit that is one page; if it lasts, "
                              "please report it.", broker=broker)
