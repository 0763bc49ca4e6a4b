# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for objects in the sky map of a gravitational-wave event."""

import gzip
import numbers
import os
import re
from pathlib import Path

from ..arguments import check_fraction
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..verbs import Plan
from .endpoints import LSST_SKYMAP, SKYMAP, fink_query
from .selection import SHARED, shaped

__all__ = ["SkyMapQueries"]

_EVENT = r"[A-Z]{1,3}\d{6}[a-zA-Z]+"


class SkyMapQueries:
    """Verbs about sky maps (mixin)."""

    @fink_query(SKYMAP, LSST_SKYMAP, shared=SHARED)
    def query_skymap(self, event=None, *, skymap=None, credible_level=0.2, days_before=1.0, days_after=5.0,
                     output_format=None, survey=None):
        """Objects inside the credible region of a gravitational-wave event.

        Parameters
        ----------
        event : str, optional
            Name of a superevent in GraceDB, e.g. ``"S230709bi"``; Fink gets its sky map by BAYESTAR.
        skymap : str, optional
            Or a sky map of your own: a FITS file with HEALPix pixels, gzipped or not; its path, or its bytes.
        credible_level : float, optional
            Probability inside the region, 0 to 1.
        days_before, days_after : float, optional
            First detections from so many days before the event to so many days after it (ZTF; LSST's server has no
            such bounds).
        {output_format}
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; ``conf.survey`` by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns of `query_region`, without a separation, and ``v:jdstartgw`` (d, UTC) or ``v:startgwMjdTai`` (d,
            TAI), the time of the event.

        Raises
        ------
        RejectedQueryError
            If GraceDB has no such event.

        Notes
        -----
        ``/api/v1/skymap`` of either survey. ZTF's ``n_day_after`` counts from the beginning of the period, not from
        the event; here both numbers count from the event. The service is slow: choose a small level.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> payload = Fink.query_skymap("S230709bi", days_before=1, days_after=5, get_query_payload=True)
        >>> payload["json"]["n_day_before"], payload["json"]["n_day_after"]
        (1.0, 6.0)
        """
        survey = self._survey_of_search(survey)
        if (event is None) == (skymap is None):
            raise InvalidArgumentError("Give event, the name of a superevent such as 'S230709bi', or skymap, a file.")
        what = {"credible_level": check_fraction(credible_level, "credible_level")}
        if event is not None:
            if not isinstance(event, str) or re.fullmatch(_EVENT, event.strip()) is None:
                raise InvalidArgumentError(f"event={event!r} is not the name of a superevent such as 'S230709bi'.")
            what["event_name"] = event.strip()
        else:
            what["bayestar"] = str(_zipped(skymap))
        for name, value in (("days_before", days_before), ("days_after", days_after)):
            if isinstance(value, bool) or not isinstance(value, numbers.Real) or value < 0:
                raise InvalidArgumentError(f"{name}={value!r} must be a number of days, 0 or more.")
        if survey == "ztf":
            what |= {"n_day_before": float(days_before), "n_day_after": float(days_before + days_after)}
        endpoint = {"ztf": SKYMAP, "lsst": LSST_SKYMAP}[survey]
        return shaped(Plan([Request(endpoint, json=what)], asked=f"objects in the sky map of {event or 'a file'}",
                           survey=survey), output_format)


def _zipped(skymap):
    """The bytes of a sky map, gzipped, as the service wants them (written as Python writes bytes)."""
    if isinstance(skymap, (str, os.PathLike)):
        try:
            skymap = Path(skymap).read_bytes()
        except OSError as error:
            raise InvalidArgumentError(f"skymap={skymap!r} cannot be read: {error}") from error
    if not isinstance(skymap, (bytes, bytearray)):
        raise InvalidArgumentError(f"skymap={skymap!r:.60} must be a path, or the bytes of a file.")
    content = bytes(skymap)
    if content.startswith(b"SIMPLE"):
        return gzip.compress(content, mtime=0)
    if not content.startswith(b"\x1f\x8b"):
        raise InvalidArgumentError("skymap= is no FITS file, gzipped or not.")
    return content
