# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for names."""

import numbers

from ..arguments import check_choice, check_text
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..results import limited_table
from ..verbs import Plan
from .endpoints import LSST_RESOLVERS, METADATA, RESOLVERS, fink_query

__all__ = ["ResolverQueries"]

_RESOLVERS = ("simbad", "tns", "ssodnet")
_SHORTEST = 3  # letters: names match by their beginning


class ResolverQueries:
    """Verbs about names (mixin)."""

    @fink_query(*RESOLVERS.values(), *LSST_RESOLVERS.values(),
                returns=(*(endpoint.tables[0] for endpoint in (*RESOLVERS.values(), *LSST_RESOLVERS.values())),))
    def query_resolver(self, name, resolver="simbad", *, reverse=False, row_limit=10, survey=None):
        """What a name stands for; or, in reverse, which names an object of the survey has.

        Parameters
        ----------
        name : str
            E.g. ``"Markarian 2"``, ``"SN 2023Q"``, ``"8467"``; in reverse the id of an object.
        resolver : {"simbad", "tns", "ssodnet"}, optional
            Who is asked: SIMBAD, the Transient Name Server, or the solar-system names of IMCCE.
        reverse : bool, optional
            Whether ``name`` is the id of an object whose names are wanted.
        row_limit : int, optional
            Most rows; 10 by default, -1 is a million.
        survey : str, optional
            ``"ztf"`` or ``"lsst"``, whose copy of the names is asked; by default that of the id, else ``conf.survey``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            SIMBAD: ``oname``, ``otype``, ``jradeg`` and ``jdedeg`` (deg), ``z``, ... TNS: ``d:fullname``,
            ``d:internalname``, ``d:type``, ``d:redshift``, ``d:ra`` and ``d:declination`` (deg), ... (``f:`` for LSST).
            SSODNet: ``i:name``, ``i:number``, ``i:ssnamenr`` (ZTF). Numbers, which the service mostly sends as text,
            are numbers.

        Warns
        -----
        MaxResultsWarning
            If there are more names than ``row_limit``.

        Notes
        -----
        ``/api/v1/resolver`` of either survey. TNS and SSODNet match by the beginning of the name, without regard to
        capitals, so that a short one stands for very many: it is refused. LSST's copy of TNS matches the whole name.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> transients = Fink.query_resolver("SN 202", "tns", row_limit=-1)
        >>> transients["d:ra"].unit
        Unit("deg")
        """
        check_choice(resolver, _RESOLVERS, "resolver")
        check_choice(reverse, (True, False), "reverse")
        limit = self._row_limit(row_limit, searching=True)
        of_id = self._survey_of_id(name) if reverse else None
        survey = of_id if of_id and survey is None else self._survey_of_search(survey)
        text = check_text(str(name) if isinstance(name, numbers.Integral) else name, "name").strip()
        if reverse:
            (text,), _, survey = self._objects(text, survey)
        elif resolver == "tns" and len(text) < _SHORTEST or resolver == "ssodnet" and not text:
            raise InvalidArgumentError(f"name={name!r} is too short: {resolver} matches the beginning of names.")
        endpoints = {"ztf": RESOLVERS, "lsst": LSST_RESOLVERS}[survey]
        endpoint = endpoints.get(f"{resolver}_reverse" if reverse else resolver) or endpoints[resolver]
        key = {"ztf": "name", "lsst": "name_or_id"}[survey]
        number = 1_000_000 if limit is None else limit + 1
        what = {"resolver": resolver, key: text, **({"reverse": True} if reverse else {}), "nmax": number}
        return Plan([Request(endpoint, json=what)], asked=f"{text} in {resolver}", survey=survey, row_limit=limit,
                    build=limited_table)

    @fink_query(METADATA)
    def query_metadata(self, object_id=None, *, internal_name=None):
        """Names and comments that people gave to ZTF objects in Fink's portal.

        Parameters
        ----------
        object_id : str, optional
            Id of an object; by default all objects that have any.
        internal_name : str, optional
            A name that somebody gave.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``i:objectId``, ``d:internal_name``, ``d:comments``, ``d:username``, ...

        Notes
        -----
        ``/api/v1/metadata`` by GET. Nothing is ever written there.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> Fink.query_metadata("ZTF21abfmbix", get_query_payload=True)["params"]
        {'objectId': 'ZTF21abfmbix'}
        """
        if object_id is not None and internal_name is not None:
            raise InvalidArgumentError("Give object_id or internal_name; the service takes one of them.")
        if internal_name is not None:
            params = (("internal_name", check_text(internal_name, "internal_name")),)
        else:
            params = (("objectId", "all" if object_id is None else self._objects(object_id, "ztf")[0][0]),)
        return Plan([Request(METADATA, params=params)], asked=f"metadata of {params[0][1]}", survey="ztf")
