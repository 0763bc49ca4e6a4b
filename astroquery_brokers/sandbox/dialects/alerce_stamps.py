# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE's newer service of stamps, for Rubin and ZTF (<root>/stamps_api): /stamp, /avro.

What it gives as ``is_compressed`` is one layer of gzip more than what it has, and it has the ZTF ones gzipped.
After the published server code of 2026-04. A missing alert is a failure, and so is a wrong kind or format.
"""

import numpy as np
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from ..alerts import Alerts
from ..images import gzipped, png, read_primary
from ..ztf_packets import without_cutouts
from .wire import FastAPIJSON, fastapi_error, fastapi_failure, fastapi_healthcheck, fastapi_query, is_number

__all__ = ["application", "picture"]

_STAMP = {"oid": str, "measurement_id": str, "stamp_type": str, "file_format": str, "survey_id": str,
          "is_compressed": bool}
_AVRO = {"oid": str, "measurement_id": str, "survey_id": str}


def picture(data, kind):
    """The PNG of a cutout: scaled by its middle, that of a difference by its whole range."""
    image = read_primary(data)
    middle = [size // 2 for size in image.shape]
    part = image if kind == "difference" else image[middle[0] - 7:middle[0] + 8, middle[1] - 7:middle[1] + 8]
    return png(image, float(np.nanmin(part)), float(np.nanmax(part)))


class _Service:
    """The routes."""

    def __init__(self, store):
        self.alerts = Alerts(store)

    async def stamp(self, request):
        values, refusal = fastapi_query(request.query_params, _STAMP,
                                        ("oid", "measurement_id", "stamp_type", "file_format", "survey_id"))
        if refusal is not None:
            return refusal
        survey, kind = values["survey_id"], values["stamp_type"].removeprefix("cutout")
        if survey not in ("lsst", "ztf"):
            return FastAPIJSON({"detail": f"Incorrect survey identifier {survey}"}, 400)
        files = None
        if is_number(values["measurement_id"]):
            files = self.alerts.cutouts(survey, int(values["measurement_id"]),
                                        values["oid"] if survey == "lsst" else None)
        if files is None or f"cutout{kind}" != values["stamp_type"] or kind not in files:
            return fastapi_failure()
        data = files[kind]
        if values["file_format"] == "png":
            return Response(picture(data, kind.lower()), media_type="image/png")
        if values["file_format"] != "fits":
            return fastapi_failure()
        if values.get("is_compressed", True):
            return Response(gzipped(data), media_type="application/gzip")
        return Response(data, media_type="application/fits")

    async def packet(self, request):
        values, refusal = fastapi_query(request.query_params, _AVRO, tuple(_AVRO))
        if refusal is not None:
            return refusal
        if values["survey_id"] not in ("lsst", "ztf"):
            return FastAPIJSON({"detail": f"Incorrect survey identifier {values['survey_id']}"}, 400)
        record = None
        # Packets of Rubin are not kept.
        if values["survey_id"] == "ztf" and is_number(values["measurement_id"]):
            record = self.alerts.record(int(values["measurement_id"]))
        return fastapi_failure() if record is None else FastAPIJSON(without_cutouts(record))


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    service = _Service(store)
    return Starlette(routes=[Route("/healthcheck", fastapi_healthcheck), Route("/stamp", service.stamp),
                             Route("/avro", service.packet)],
                     exception_handlers={404: fastapi_error, 405: fastapi_error, 500: fastapi_failure})
