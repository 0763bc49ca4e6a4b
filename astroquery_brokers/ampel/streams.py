# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Streams of alerts: any number of them, chunk by chunk, to be gone on with after an end of the program."""

from dataclasses import replace

from ..arguments import check_choice, check_integer, check_text
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..replies import decode_json
from ..transport import Deadline
from ..verbs import Plan
from .chunks import Exchange, hidden_token
from .endpoints import START_TOPIC, TOPICS
from .reader import AlertStream, told
from .selections import LARGEST_CONE, check_candids, check_selection

__all__ = ["StreamQueries"]


class StreamQueries:
    """Streams (mixin)."""

    def start_stream(self, object_id=None, *, coordinates=None, radius=None, time=None, pixels=None, nside=None,
                     skymap=None, level=None, ordering=None, filters=None, programid=None, topic=None, chunk_size=None,
                     folder=None, with_history=False, patience=900.0, progress=None):
        """Start a stream: the archive looks for all alerts of a selection, however many, and sends them in chunks.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            Objects of which all alerts are wanted.
        coordinates, radius, time, pixels, nside, skymap, level, ordering, filters, programid : optional
            As for `get_alerts`; a radius (deg) has to be less than 10 deg.
        topic : str, optional
            The name that `create_topic` returned, in place of a selection.
        chunk_size : int, optional
            Most alerts of a chunk, 1 to 10000; ``conf.chunk_size`` by default.
        folder : str or path-like, optional
            Where each chunk is stored before the archive is told that it has arrived; a folder for this stream alone.
        with_history : bool, optional
            Whether alerts come with the history of their objects.
        patience : float, optional
            Seconds to wait, at the end, for chunks that were sent and did not arrive.
        progress : bool, optional
            Whether to show how many alerts are left; by default on a terminal when it takes more than a second.

        Returns
        -------
        `~astroquery_brokers.ampel.AlertStream`
            To be read with ``for chunk in stream``. Keep its ``resume_token`` to go on with it in another program.

        Raises
        ------
        InvalidArgumentError
            If an argument is wrong; nothing is sent.
        AuthenticationError
            If there is no archive token, or the archive does not know it.
        RejectedQueryError
            If the archive refuses the question.
        ReplyParseError
            If its reply names no stream.

        Notes
        -----
        AMPEL ZTF archive v3, ``/streams/from_query`` and ``/streams/from_topic``. The archive deletes streams that
        nobody reads for a day.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> stream = Ampel.start_stream(coordinates="185.0 15.0", radius="10 arcmin", filters={"rb": (0.5, None)},
        ...                             folder="alerts")
        >>> sum(len(chunk) for chunk in stream) == sum(len(chunk) for chunk in stream.stored()) > 0
        True
        """
        check_choice(with_history, (True, False), "with_history")
        chunk_size = _chunk_size(self, chunk_size)
        options = dict(coordinates=coordinates, radius=radius, time=time, pixels=pixels, nside=nside, skymap=skymap,
                       level=level, ordering=ordering, filters=filters, programid=programid)
        if topic is not None:
            if object_id is not None or any(value is not None for value in options.values()):
                raise InvalidArgumentError("topic= is a selection of its own; give nothing beside it.")
            # The archive refuses smaller chunks of a topic.
            request = Request(START_TOPIC, json={"topic": check_text(topic, "topic"),
                                                 "chunk_size": max(100, chunk_size)})
        else:
            selection = check_selection(self, object_id=object_id, **options)
            if not selection.streams:
                raise InvalidArgumentError(f"radius must be less than {LARGEST_CONE:g} deg for a stream.")
            request = selection.start(chunk_size=chunk_size)
        response = _told_once(self, request, "a stream").responses[0]
        token = hidden_token(response, decode_json(response, broker=self.broker))
        return AlertStream(self, token, folder=folder, with_history=with_history, patience=patience, progress=progress)

    def resume_stream(self, resume_token, *, folder=None, with_history=False, patience=900.0, progress=None):
        """Go on with a stream that another program, or this one, has begun.

        Parameters
        ----------
        resume_token : str
            The key to the stream, from its ``resume_token``.
        folder : str or path-like, optional
            The folder that the stream had: what is stored there is acknowledged first, and not fetched again.
        with_history : bool, optional
            Whether alerts come with the history of their objects.
        patience : float, optional
            Seconds to wait, at the end, for chunks that were sent and did not arrive.
        progress : bool, optional
            Whether to show how many alerts are left; by default on a terminal when it takes more than a second.

        Returns
        -------
        `~astroquery_brokers.ampel.AlertStream`
            The chunk that was not finished, if there is one, comes first.

        Raises
        ------
        InvalidArgumentError
            If ``resume_token`` is no text.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> key = Ampel.start_stream(coordinates="185.0 15.0", radius="10 arcmin").resume_token
        >>> alerts = [alert for chunk in Ampel.resume_stream(key) for alert in chunk.alerts]
        >>> len(alerts) > 0
        True
        """
        check_choice(with_history, (True, False), "with_history")
        return AlertStream(self, check_text(resume_token, "resume_token"), folder=folder, with_history=with_history,
                           patience=patience, progress=progress)

    def stream_status(self, resume_token):
        """How far a stream is.

        Parameters
        ----------
        resume_token : str
            The key to the stream, from its ``resume_token``.

        Returns
        -------
        dict
            ``state`` (``"filling"``, ``"ready"`` or ``"done"``), ``remaining`` and ``pending`` (numbers of alerts not
            sent, and not acknowledged), ``remaining_chunks``, ``pending_chunks``, ``chunk_size``, ``started`` and
            ``finished`` (ISO 8601, UTC: when the archive looked for the alerts).

        Raises
        ------
        InvalidArgumentError
            If ``resume_token`` is no text.
        ObjectNotFoundError
            If there is no such stream.
        RejectedQueryError
            If the archive failed to find the alerts.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> stream = Ampel.start_stream(coordinates="185.0 15.0", radius="10 arcmin")
        >>> alerts = sum(len(chunk) for chunk in stream)
        >>> Ampel.stream_status(stream.resume_token)["state"]
        'done'
        """
        return told(Exchange(self, check_text(resume_token, "resume_token")).state())

    def create_topic(self, candids, description):
        """Store a list of alerts in the archive under a name, for a stream that others can read too.

        Parameters
        ----------
        candids : sequence of int
            Ids of alerts; those that the archive does not have are left out without a word.
        description : str
            What they are.

        Returns
        -------
        str
            The name, for ``start_stream(topic=...)``. Topics are not deleted; whoever has the name can read it.

        Raises
        ------
        InvalidArgumentError
            If there is no id, or no description.
        RejectedQueryError
            If the archive has none of the alerts.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> objects = Ampel.query_region("185.0 15.0", "10 arcmin")
        >>> topic = Ampel.create_topic(objects["candid"], "the newest alerts around a place")
        >>> alerts = [alert for chunk in Ampel.start_stream(topic=topic) for alert in chunk.alerts]
        >>> sorted(alert["candid"] for alert in alerts) == sorted(objects["candid"].tolist())
        True
        """
        numbers = check_candids(candids)
        request = Request(TOPICS, json={"description": check_text(description, "description"), "candids": numbers})
        name = _told_once(self, request, "a topic").values[0]
        return check_text(name, "the archive's name of the topic")


def _chunk_size(broker, given):
    return check_integer(broker._setting("chunk_size") if given is None else given, "chunk_size", high=10000)


def _told_once(broker, request, asked):
    """The answer to what makes something, which is not repeated."""
    policy = replace(broker._policy(request.endpoint), retries=0)
    return broker._answer(request, plan=Plan([request], asked=asked, survey="ztf"), policy_of=lambda endpoint: policy,
                          deadline=Deadline(policy.max_wait), cache=False, raw=False)
