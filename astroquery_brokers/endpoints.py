# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked of a service: endpoints, described; and one question to one of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from .exceptions import BrokerError, ReplyParseError
from .paging import PageCursor, Paging
from .transport import redact

__all__ = ["Endpoint", "Request", "rows_of_list"]


def rows_of_list(payload):
    """The rows of a reply that is a JSON list of objects.

    Parameters
    ----------
    payload : list of dict
        The decoded reply.

    Returns
    -------
    list of list of dict
        The rows of its only table.

    Examples
    --------
    >>> from astroquery_brokers.endpoints import rows_of_list
    >>> rows_of_list([{"oid": "ZTF20aaelulu"}])
    [[{'oid': 'ZTF20aaelulu'}]]
    """
    return [payload]


@dataclass(frozen=True)
class Endpoint:
    """One address of a service.

    Attributes
    ----------
    name : str
        How it is called in messages.
    base : str
        Configuration item that holds the service's address, e.g. ``"ztf_url"``.
    path : str
        Below the base; ``{...}`` are filled from the request.
    tables : tuple of str
        Dictionaries of the tables in the reply, in the order of what ``rows`` returns.
    rows : callable
        Decoded JSON to one list of rows for each of ``tables``.
    method : str
        ``"GET"`` or ``"POST"``.
    lifetime : float
        Seconds for which a reply may be served from the cache.
    paging : Paging or None
        For answers that come in pages.
    batch : int
        The number of objects that one request can ask for.
    empty_statuses : frozenset of int
        HTTP statuses that mean "no rows".
    retry_statuses : frozenset of int or None
        HTTP statuses after which the request is repeated, in place of the policy's.
    source : str
        Where the behaviour is documented.
    survey : str
        The survey that it serves; empty: all of them.
    params : tuple of (str, str)
        What every query string begins with.
    body : tuple of (str, object)
        What every JSON body begins with.
    ids : str
        Parameter that holds an object's id, and may be repeated; empty: the id is part of the path.
    separator : str
        What stands between the ids of a request that has them in one text of its JSON body, under the name of ``ids``;
        empty: they are in the query string, or part of the path.
    least_ids : int
        The number of ids below which they are repeated.
    sort_by : str
        Column by which the rows of an object are sorted, where the service has no order, or another one.
    cap : int or None
        Number of rows of one object (or of one question) at which the service ends without a word.
    beyond : str
        Sentence that says where to find what does not fit into a reply.
    formats : tuple of str
        Formats in which the table can be had (``"json"``, ``"csv"``, ``"parquet"``, ``"votable"``), the best one first;
        another one is tried where the service fails (500) to make a reply in the one that was asked.
    format_key : str
        Key of the JSON body that asks for a format.
    nested : bool
        Whether the cells of the table (in a format other than JSON) are lists, whose elements are made rows.
    refusal : callable or None
        ``refusal(response)`` gives what the service says against the question in a reply that has status 200; None for
        any other reply.
    explain : callable or None
        ``explain(error, request, ask)`` gives the error that says more than the status of the reply does, or the same;
        ``ask(request)`` asks something else to find out; its answer takes the place of an error that is none.
    decode : callable or None
        ``decode(response)`` makes a value of a reply that is no table, such as an image (``tables`` is empty then);
        what it cannot read it says in a `ValueError`.
    check : callable or None
        ``check(value, request)`` says in a `ValueError` that what ``decode`` made is the answer to another question.
    credential : str
        Which of the broker's tokens it needs, for the broker's ``_credential``; empty: none.

    Examples
    --------
    >>> from astroquery_brokers.endpoints import Endpoint, Request
    >>> detections = Endpoint("detections", "ztf_url", "/objects/{object_id}/detections", ("ztf_detections",))
    >>> detections.lifetime
    3600.0
    """

    name: str
    base: str
    path: str
    tables: tuple
    rows: Callable = rows_of_list
    method: str = "GET"
    lifetime: float = 3600.0
    paging: Paging | None = None
    batch: int = 1
    empty_statuses: frozenset = frozenset()
    retry_statuses: frozenset | None = None
    source: str = ""
    survey: str = ""
    params: tuple = ()
    body: tuple = ()
    ids: str = ""
    separator: str = ""
    least_ids: int = 1
    sort_by: str = ""
    cap: int | None = None
    beyond: str = ""
    formats: tuple = ("json",)
    format_key: str = ""
    nested: bool = False
    refusal: Callable | None = None
    explain: Callable | None = None
    decode: Callable | None = None
    check: Callable | None = None
    credential: str = ""

    @property
    def rows_per_request(self):
        """Most rows of one reply; None where everything comes at once."""
        return self.paging and self.paging.max_size

    def read(self, response, *, broker, request=None):
        """What ``decode`` makes of a reply.

        Parameters
        ----------
        response : `requests.Response`
            The reply.
        broker : str
            Name of the broker, for the message.
        request : Request, optional
            What was asked.

        Returns
        -------
        object
            Anything but a table.

        Raises
        ------
        ReplyParseError
            If the reply is something else.
        """
        try:
            value = self.decode(response)
            if self.check is not None and request is not None:
                self.check(value, request)
            return value
        except BrokerError:
            raise
        except ValueError as error:
            kind = response.headers.get("Content-Type", "no content type")
            raise ReplyParseError(f"The reply of {broker} for {self.name} ({redact(response.url)}) cannot be read: "
                                  f"{error} It came as {kind}. Try again later.", broker=broker,
                                  url=redact(response.url), status_code=response.status_code,
                                  response=response) from error

    def parse(self, payload, *, broker, url):
        """Decoded JSON to a list of rows for each of ``tables``.

        Parameters
        ----------
        payload : object
            The decoded reply.
        broker : str
            Name of the broker, for the message.
        url : str
            What was asked, for the message.

        Returns
        -------
        list of list of dict
            The rows of each table.

        Raises
        ------
        ReplyParseError
            If the reply has another form than the service documents.
        """
        try:
            tables = self.rows(payload)
            if all(isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in tables):
                return tables
        except (KeyError, TypeError, AttributeError):
            pass
        raise ReplyParseError(f"The reply of {broker} for {self.name} ({redact(url)}) does not have the form that "
                              f"its documentation gives: {redact(f'{payload!r:.160}')}. Please report it.",
                              broker=broker, url=redact(url))


@dataclass(frozen=True)
class Request:
    """One question to one endpoint.

    Attributes
    ----------
    endpoint : Endpoint
        What is asked.
    path : dict
        Values for the ``{...}`` of the endpoint's path.
    params : tuple of (str, str)
        The query string.
    json : object or None
        The body of a POST, as JSON can hold it; None is no body.
    items : tuple
        What of the things asked (ids, or indices of positions) this request is for.
    added : dict
        Columns that the reply lacks, with their value.
    row_limit : int or None
        The number of rows after which paging stops; None is never.
    page : int or None
        Number of the only page wanted, counted from 1 (no unit); None is all.
    page_size : int or None
        Rows of a page; None lets the endpoint's paging decide.
    ordered : bool
        Whether the rows come in an order that the user wants, so that they are left in it.
    conditions : dict
        Columns with the only value that rows may have: conditions that the service drops where it does not know the
        value.
    ranges : dict
        Columns with the smallest and the largest value (or None) that the rows wanted have, where the service does not
        choose them by these; rows without a value are kept.
    cone : (float, float, float) or None
        Centre (deg, deg, ICRS) and radius (arcsec) of the cone in which the positions of the rows have to be.
    format : str
        Format of the reply; empty: the endpoint's best one.
    auxiliary : bool
        Whether it only asks what other replies are checked with; its rows are not of the result.

    Examples
    --------
    >>> from astroquery_brokers.endpoints import Endpoint, Request
    >>> detections = Endpoint("detections", "ztf_url", "/objects/{object_id}/detections", ("ztf_detections",))
    >>> Request(detections, path={"object_id": "ZTF20aaelulu"}).url("https://api.alerce.online/ztf/v1")
    'https://api.alerce.online/ztf/v1/objects/ZTF20aaelulu/detections'
    """

    endpoint: Endpoint
    path: dict = field(default_factory=dict)
    params: tuple = ()
    json: object = None
    items: tuple = ()
    added: dict = field(default_factory=dict)
    row_limit: int | None = None
    page: int | None = None
    page_size: int | None = None
    ordered: bool = False
    conditions: dict = field(default_factory=dict)
    ranges: dict = field(default_factory=dict)
    cone: tuple | None = None
    format: str = ""
    auxiliary: bool = False

    @property
    def formats(self):
        """Formats in which the reply can be asked for: the one wanted, and what is tried where that fails."""
        wanted = self.format or self.endpoint.formats[0]
        return wanted, *(other for other in self.endpoint.formats if other != wanted)

    @property
    def body(self):
        """The JSON body, with the format of the reply; None for no body."""
        if self.json is None or not self.endpoint.format_key:
            return self.json
        return {**self.json, self.endpoint.format_key: self.formats[0]}

    def url(self, base):
        """The address without the query string.

        Parameters
        ----------
        base : str
            The service's address.

        Returns
        -------
        str
        """
        filled = {name: quote(str(value), safe="") for name, value in self.path.items()}
        return base.rstrip("/") + self.endpoint.path.format(**filled)

    def with_params(self, **params):
        """The same request with parameters added or changed.

        Parameters
        ----------
        **params
            Names and values.

        Returns
        -------
        Request
        """
        kept = tuple(pair for pair in self.params if pair[0] not in params)
        return replace(self, params=kept + tuple((name, str(value)) for name, value in params.items()))

    def payload(self, base):
        """What would be sent (first).

        Parameters
        ----------
        base : str
            The service's address.

        Returns
        -------
        dict
            With method, url and params (repeated ones as lists), and json where there is a body.
        """
        cursor = self.cursor()
        params = {}
        for name, value in (self if cursor is None else self.with_params(**cursor.params)).params:
            params.setdefault(name, []).append(value)
        params = {name: values[0] if len(values) == 1 else values for name, values in params.items()}
        payload = {"method": self.endpoint.method, "url": self.url(base), "params": params}
        return payload if self.body is None else {**payload, "json": self.body}

    def cursor(self):
        """A cursor over the pages of the answer.

        Returns
        -------
        PageCursor or None
            None where there are no pages.
        """
        if self.endpoint.paging is None:
            return None
        return PageCursor(self.endpoint.paging, row_limit=self.row_limit, page=self.page, page_size=self.page_size)
