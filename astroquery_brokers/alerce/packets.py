# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for the original alert packets."""

import io
from dataclasses import replace

from ..bundles import ResultList
from ..endpoints import Endpoint, Request
from ..exceptions import InvalidArgumentError
from ..extras import needs
from ..verbs import Plan
from .alerts import plan_of_alerts
from .endpoints import alerce_query

__all__ = ["PACKET", "PacketQueries"]

_WEEK = 7 * 24 * 3600.0
_MAGIC, _MARKER = b"Obj\x01", 16


def _packet(response):
    """The bytes of a packet."""
    data = response.content
    if not data.startswith(_MAGIC):
        raise ValueError(f"It is not an Avro file: {data[:80]!r}.")
    # What ends the header, behind a zero byte, ends every block too.
    if b"\0" + data[-_MARKER:] not in data[:-_MARKER]:
        raise ValueError(f"It is a broken Avro file (its end is missing after {len(data)} bytes).")
    return data


def _alert(response):
    """The record in a packet."""
    return _record(_packet(response), _fastavro())


def _record(data, fastavro):
    try:
        packet, = fastavro.reader(io.BytesIO(data))
    except ImportError:
        raise
    except Exception as error:  # whatever a broken file makes the decoder raise
        raise ValueError(f"It is a broken Avro file ({str(error) or type(error).__name__}).") from error
    if not isinstance(packet, dict):
        raise ValueError(f"It is no alert: {packet!r:.80}.")
    return packet


def _of_that_alert(packet, request):
    """A packet of another alert than was asked is of no use."""
    asked = dict(request.params)
    for name, wanted in (("candid", asked["candid"]), ("objectId", asked.get("oid"))):
        if wanted is not None and str(packet.get(name)) != wanted:
            raise ValueError(f"{name} {wanted} was asked, and the packet is of {packet.get(name)!s:.60}.")


def _bytes_of_that_alert(data, request):
    """The same of bytes, where they can be read."""
    try:
        fastavro = _fastavro()
    except ImportError:
        return
    _of_that_alert(_record(data, fastavro), request)


def _fastavro():
    return needs("fastavro", "Reading packets (raw=True gives the bytes without)", "avro")


PACKET = Endpoint("the packet", "avro_url", "/get_avro", (), decode=_packet, check=_bytes_of_that_alert,
                  lifetime=_WEEK, survey="ztf",
                  source="https://avro.alerce.online (Swagger); code: alercebroker/stamp_service")
_DECODED = replace(PACKET, decode=_alert, check=_of_that_alert)


class PacketQueries:
    """Verbs that return alert packets (mixin)."""

    @alerce_query(PACKET)
    def get_alerts(self, object_id=None, candid=None, *, measurement_id=None, raw=False, survey=None):
        """The packets in which ZTF sent out its alerts: everything that the survey said at the time.

        Parameters
        ----------
        object_id : str or sequence of str, optional
            One object or many; all alerts that ALeRCE keeps of them. Can be left out where ``candid`` is given.
        candid : int or sequence of int, optional
            Id of the alert, or of several.
        measurement_id : int or sequence of int, optional
            Another name for ``candid``, the id of the alert.
        raw : bool, optional
            Return the bytes (an Avro file) instead of what is in them.
        survey : str, optional
            ``"ztf"``; packets of Rubin are not kept by ALeRCE.

        Returns
        -------
        `~astroquery_brokers.bundles.ResultList` of dict (or of bytes)
            By object in the order asked, then by time. A packet has ``objectId``, ``candid``, ``candidate`` (a dict),
            ``prv_candidates``, ``fp_hists``, ``cutoutScience`` (bytes in ``stampData``), ..., as ZTF's schema has them.
            ``failures`` says what could not be had.

        Raises
        ------
        CandidError
            If ALeRCE keeps no packet of the object.
        ObjectNotFoundError
            If there is no such alert.
        ImportError
            If fastavro is not installed and ``raw`` is not set.

        Notes
        -----
        ALeRCE's older service of stamps, ``/get_avro``: one request for each packet. The fields are documented at
        https://zwickytransientfacility.github.io/ztf-avro-alert; epochs in packets are JD (UTC, d).

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> alerts = Alerce.get_alerts(objects["oid"][0])
        >>> alerts[0]["objectId"] == objects["oid"][0], type(alerts[0]["candid"])
        (True, <class 'int'>)
        """
        if not raw:
            _fastavro()
        return _packets(self, object_id, candid, measurement_id, survey, PACKET if raw else _DECODED)

    @alerce_query(PACKET)
    def get_avro(self, object_id=None, candid=None, use_multisurvey_api=False, survey=None):
        """The bytes of one packet (an Avro file), under the name that ALeRCE's own client has.

        Parameters
        ----------
        object_id : str, optional
            The object. Can be left out where ``candid`` is given.
        candid : int, optional
            Id of the alert; the first of the object by default.
        use_multisurvey_api : bool, optional
            Only False: the newer service does not have the route that the official client asks.
        survey : str, optional
            ``"ztf"``; packets of Rubin are not kept by ALeRCE.

        Returns
        -------
        bytes
            The packet.

        Raises
        ------
        CandidError
            If ALeRCE keeps no packet of the object.
        ObjectNotFoundError
            If there is no such alert.

        Notes
        -----
        ALeRCE's older service of stamps, ``/get_avro``. `get_alerts` has many packets, and decodes them. A packet of
        another alert is refused, as far as it can be read: that takes fastavro.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> packet = Alerce.get_avro(objects["oid"][0])
        >>> packet[:3]
        b'Obj'
        """
        if use_multisurvey_api:
            raise InvalidArgumentError("use_multisurvey_api=True is not possible: the newer service keeps no packets.")
        return _packets(self, object_id, candid, None, survey, PACKET, every=False)


def _packets(broker, object_id, candid, measurement_id, survey, endpoint, *, every=True):
    """The plan for packets."""
    def make(alerts, survey, items, scalar, by_alert):
        if survey != "ztf":
            raise InvalidArgumentError(f"ALeRCE keeps no packets of {survey}, only those of ZTF.")
        requests = [Request(endpoint, params=(*((("oid", alert.object_id),) if alert.object_id else ()),
                                              ("candid", str(alert.candid))),
                            items=(alert.item(by_alert),)) for alert in alerts]
        return Plan(requests, asked=f"packets of {', '.join(items[:3])}", survey=survey, items=items, scalar=scalar,
                    build=_together, whole=not every, finish=None if every else _first)

    if object_id is not None and candid is None and measurement_id is None:
        _, scalar, known = broker._objects(object_id, survey)
        if known != "ztf":
            make([], known, (), scalar, False)
        if not every and not scalar:
            raise InvalidArgumentError("get_avro gives one packet; get_alerts(object_id, raw=True) has those of many.")
    return plan_of_alerts(broker, make, object_id, candid, measurement_id, survey, every=every)


def _together(broker, plan, answers):
    return ResultList(answer.values[0] for answer in answers)


def _first(results):
    return results[0]
