# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for what the broker processed, night by night."""

import re

from astropy.time import Time

from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..verbs import Plan
from .endpoints import LSST_STATISTICS, STATISTICS, fink_query

__all__ = ["StatisticsQueries"]


class StatisticsQueries:
    """Verbs about the broker itself (mixin)."""

    @fink_query(STATISTICS, LSST_STATISTICS)
    def query_statistics(self, night=None, *, survey=None):
        """Numbers of alerts of each night.

        Parameters
        ----------
        night : str, optional
            A night, month or year: ``"20211103"``, ``"202111"``, ``"2021"``, or a `~astropy.time.Time`; all nights by
            default.
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; ``conf.survey`` by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per night. ZTF: ``key:key``, ``basic:raw`` (alerts received), ``basic:sci`` (after quality cuts),
            ``class:SN candidate``, ... LSST: ``f:night``, ``f:alerts``, ``f:objects``, ``f:visits``, ... The service
            sends the numbers as text.

        Notes
        -----
        ``/api/v1/statistics`` of either survey.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> Fink.query_statistics("202111", get_query_payload=True)["json"]
        {'date': '202111', 'output-format': 'json'}
        """
        survey = self._survey_of_search(survey)
        if isinstance(night, Time):
            night = night.utc.strftime("%Y%m%d")
        text = "" if night is None else str(night).replace("-", "")
        if night is not None and re.fullmatch(r"20\d\d((0[1-9]|1[0-2])([0-2]\d|3[01])?)?", text) is None:
            raise InvalidArgumentError(f"night={night!r} is not a night, month or year such as '20211103', '202111' or "
                                       "'2021'.")
        endpoint = {"ztf": STATISTICS, "lsst": LSST_STATISTICS}[survey]
        return Plan([Request(endpoint, json={"date": text})], asked=f"statistics of {text or 'all nights'}",
                    survey=survey)
