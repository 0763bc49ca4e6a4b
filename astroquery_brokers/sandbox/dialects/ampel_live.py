# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL's live database: /stock/ztf/{name}, /channels, /channel/{name}.

Its code is not public: this is after the documentation and what the dashboard asks. That an unknown name is a 404 is a
guess. The channels are the sandbox's own: one takes every object from its second alert on, one what is bright.
"""

from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from .ampel_wire import HANDLERS, dashboard_user, route
from .wire import FastAPIJSON

__all__ = ["application"]

CHANNELS = {"SANDBOX_ALL": lambda alerts: alerts[1:],
            "SANDBOX_BRIGHT": lambda alerts: [alert for alert in alerts if alert["magpsf"] < 18]}
_LATENCY = 20 / 1440  # days from the exposure to the broker


def _stock_id(name):
    """AMPEL's number of an object of ZTF."""
    number = 0
    for letter in name[5:]:
        number = number * 26 + ord(letter) - ord("a")
    return number * 16 + int(name[3:5]) - 17


def _moment(mjd):
    return (datetime(1858, 11, 17) + timedelta(days=mjd + _LATENCY)).isoformat(timespec="seconds")


def _channel(name):
    return {"channel": name, "active": True, "access": ["AmpelProject"], "policy": [],
            "template": "ztf_uw_public", "contact": "sandbox"}


class _Service:
    """The routes."""

    def __init__(self, store):
        self._store = store

    async def stock(self, request):
        dashboard_user(request)
        name = request.path_params["name"]
        alerts = self._store.dicts("SELECT candid, mjd, magpsf FROM detections WHERE oid = ? AND has_stamp "
                                   "ORDER BY mjd", (name,))
        taken = {channel: accepted for channel, choose in CHANNELS.items() if (accepted := choose(alerts))}
        if not taken:
            raise HTTPException(404, "Not Found")
        span = {channel: (_moment(accepted[0]["mjd"]), _moment(accepted[-1]["mjd"]))
                for channel, accepted in taken.items()}
        span["any"] = min(first for first, _ in span.values()), max(last for _, last in span.values())
        journal = [{"ts": _moment(alert["mjd"]), "tier": 0, "process": "SandboxAlertConsumer", "alert": alert["candid"],
                    "channel": [channel for channel, accepted in taken.items() if alert in accepted]}
                   for alert in alerts]
        return FastAPIJSON({
            "_id": _stock_id(name), "tag": ["ZTF"], "name": [name], "channel": list(taken),
            "created": {channel: first for channel, (first, _) in span.items()},
            "updated": {channel: last for channel, (_, last) in span.items()},
            "journal": [entry for entry in journal if entry["channel"]]})

    async def channels(self, request):
        dashboard_user(request)
        return FastAPIJSON([_channel(name) for name in CHANNELS])

    async def channel(self, request):
        dashboard_user(request)
        if request.path_params["name"] not in CHANNELS:
            raise HTTPException(404, "Not Found")
        return FastAPIJSON(_channel(request.path_params["name"]))


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    service = _Service(store)
    return Starlette(exception_handlers=HANDLERS, routes=[
        route("/stock/ztf/{name}", service.stock), route("/channels", service.channels),
        route("/channel/{name}", service.channel)])
