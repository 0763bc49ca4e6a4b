# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The requests to a TAP service, on a broker's transport."""

from copy import copy
from dataclasses import replace
from urllib.parse import urlsplit

from ..exceptions import BrokerError, ObjectNotFoundError, ReplyParseError
from ..replies import raise_for_status
from ..transport import Call, Deadline, redact
from .replies import message_of, query_error, read_reply
from .uploads import multipart

__all__ = ["HARD_LIMIT", "TapService"]

#: Rows that are asked for when all are wanted: what the server software gives at most.
HARD_LIMIT = 20_000_000


class TapService:
    """A broker's TAP service.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
        Whose setting ``tap_url`` and transport are used.
    policy : `~astroquery_brokers.transport.Policy`
        Limits of the requests.
    hints : sequence of (str, str), optional
        Regular expressions on the service's messages, and what to do about them.
    """

    def __init__(self, broker, policy, hints=()):
        self.name, self.hints = broker.broker, hints
        self.url = broker._setting("tap_url").rstrip("/")
        self.folder = broker.cache_location
        self._transport = broker._transport
        self.policy = policy

    def impatient(self):
        """The same service, which is not asked again and again if it fails: there is another one to ask."""
        other = copy(self)
        other.policy = replace(self.policy, retries=min(self.policy.retries, 1), reach_time=self.policy.connect_timeout)
        return other

    def query_call(self, parameters, parts, path="/sync"):
        """The request that has a query.

        Parameters
        ----------
        parameters : sequence of (str, str)
            Of TAP.
        parts : dict of str to bytes
            VOTables by name.
        path : str, optional
            ``"/sync"`` or ``"/async"``.

        Returns
        -------
        `~astroquery_brokers.transport.Call`
        """
        headers, body = None, list(parameters)
        if parts:
            body, content_type = multipart(parameters, parts)
            headers = {"Content-Type": content_type}
        return Call("POST", self.url + path, data=body, headers=headers, redirects=path == "/sync",
                    lifetime=self.policy.lifetime if path == "/sync" else None)

    def send(self, call, *, cache=False, deadline=None):
        """The reply to a request, whatever its status."""
        return self._transport.send(call, policy=self.policy, cache=cache, deadline=deadline)

    def read(self, response, adql):
        """Table in a reply, and whether there are more rows; see `~astroquery_brokers.tap.replies.read_reply`."""
        return read_reply(response, broker=self.name, adql=adql, hints=self.hints)

    def refusal(self, message, adql):
        """The exception for what the service said about a query."""
        return query_error(message, broker=self.name, adql=adql, hints=self.hints)

    # -- jobs ----------------------------------------------------------------------------------------------------

    def create_job(self, parameters, parts, *, cache=False):
        """Make a job, which waits to be started; its address."""
        response = self.send(self.query_call(parameters, parts, "/async"), cache=cache)
        location = response.headers.get("Location", "")
        if response.status_code not in (201, 303) or not location:
            self.read(response, dict(parameters)["QUERY"])
            raise ReplyParseError(f"{self.name}'s TAP service made no job of the query (HTTP {response.status_code}).",
                                  broker=self.name, url=redact(response.url), status_code=response.status_code)
        return self.own(location, "/async/" + location.rstrip("/").rpartition("/")[2])

    def own(self, address, path):
        """An address that the service gave, if it is on its own host; else where it should be.

        The service writes addresses as its own configuration has it, which behind a gateway need not be what the
        world sees.
        """
        ours, given = urlsplit(self.url), urlsplit(address)
        return address if (given.scheme, given.netloc) == (ours.scheme, ours.netloc) else self.url + path

    def job(self, url):
        """The description of a job (`pyvo.io.uws.tree.JobSummary`)."""
        import io

        response = self._about_job("GET", url)
        if b"<!DOCTYPE" not in response.content:
            from pyvo.io import uws
            try:
                return uws.parse_job(io.BytesIO(response.content))
            except Exception as error:  # astropy's reader of XML raises almost anything
                reason = error
        else:
            reason = "it has a DOCTYPE"
        raise ReplyParseError(f"{self.name}'s TAP service described the job {redact(url)} in a way that cannot be "
                              f"read: {reason}", broker=self.name, url=redact(url))

    def tell_job(self, url, **parameters):
        """Set something of a job, e.g. ``PHASE="RUN"``."""
        self._about_job("POST", f"{url}/phase", data=list(parameters.items()))

    def delete_job(self, url):
        """Delete a job."""
        self._about_job("DELETE", url)

    def result_of_job(self, url):
        """The reply that has a job's result."""
        return self.send(Call("GET", url), deadline=Deadline(self.policy.max_wait))

    def _about_job(self, method, url, **content):
        response = self.send(Call(method, url, redirects=False, **content))
        if response.status_code == 404:
            raise ObjectNotFoundError(f"{self.name}'s TAP service has no job {redact(url)}. Jobs are kept for some "
                                      "days at most; ask the query again.", broker=self.name, url=redact(url),
                                      status_code=404, response=response)
        message = message_of(response.content) if response.status_code >= 400 else None
        if message is not None:
            raise BrokerError(f"{self.name}'s TAP service: {message}", broker=self.name, url=redact(url),
                              status_code=response.status_code, response=response)
        raise_for_status(response, broker=self.name, asked="a TAP job")
        return response
