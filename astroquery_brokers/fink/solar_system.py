# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for solar-system objects and candidates."""

import numbers
import re

from ..arguments import check_choice, check_text
from ..endpoints import Request
from ..exceptions import InvalidArgumentError
from ..results import native_table
from ..verbs import Plan
from .endpoints import (CANDIDATES, FLAVORS, LSST_SSO, LSST_SSOBULK, LSST_SSOFT, ORBITS, SSO, SSOBULK, SSOFT,
                        fink_query)
from .searches import iso_dates, searched
from .selection import SHARED, select, shaped

__all__ = ["SolarSystemQueries"]

# What the service needs for ephemerides and residuals.
_NEEDED = {"ztf": ("i:objectId", "i:candid", "i:jd", "i:magpsf", "i:sigmapsf", "i:fid", "i:ra", "i:dec"),
           "lsst": ("r:diaSourceId", "r:midpointMjdTai", "r:psfFlux")}
# What it sends without being asked: which body a row is of.
_BODY = {"ztf": ("i:ssnamenr", "sso_name", "sso_number"),
         "lsst": ("r:packed_primary_provisional_designation", "f:sso_name")}
_REDUCED, _RESIDUALS = "i:magpsf_red", "residuals_shg1g2"
_FAMILIES = ("i:", "d:", "v:", "r:", "f:")
_FIRST = {"ztf": "2023.07", "lsst": "2026.08"}
_CANDIDATE = r"FF\d{8}[a-z]+"


class SolarSystemQueries:
    """Verbs about the solar system (mixin)."""

    @fink_query(SSO, LSST_SSO, aliases={"n_or_d": "name"}, shared=SHARED)
    def query_sso(self, name, *, ephemerides=False, residuals=False, columns=None, output_format=None, survey=None):
        """Alerts of known solar-system objects.

        Parameters
        ----------
        name : str, int or sequence of them
            Numbers, names or designations: ``8467``, ``"Benoitcarry"``, ``"2010 JO69"``, ``"10P"``, ``"C/2020 V2"``.
        ephemerides : bool, optional
            Whether to add where the object was by its ephemeris (Miriade): ``Dobs`` and ``Dhelio`` (au), ``Phase``
            (deg), ... and ``i:magpsf_red`` (mag), the magnitude at 1 au from Sun and observer.
        residuals : bool, optional
            Whether to add ``residuals_shg1g2`` (mag), what is left after the fit of a phase curve, and the ephemerides
            with it (ZTF).
        {columns}
        {output_format}
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; ``conf.survey`` by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per alert, object by object, sorted by time. ZTF: ``i:ssnamenr``, ``sso_name``, ``sso_number``,
            ``i:objectId``, ``i:candid`` (int64), ``i:jd`` (d, UTC), ``i:magpsf`` (mag), ... LSST:
            ``r:packed_primary_provisional_designation``, ``f:sso_name``, ``r:diaSourceId`` (int64),
            ``r:midpointMjdTai`` (d, TAI), ``r:psfFlux`` (nJy), ``r:phaseAngle`` (deg), ...

        Raises
        ------
        RejectedQueryError
            If the Institut de mécanique céleste (IMCCE), which resolves the names, knows no such body.

        Notes
        -----
        ``/api/v1/sso`` of either survey, one request for each name.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> Fink.query_sso("8467", get_query_payload=True)["json"]["n_or_d"]
        '8467'
        """
        survey = self._survey_of_search(survey)
        for flag, value in (("ephemerides", ephemerides), ("residuals", residuals)):
            check_choice(value, (True, False), flag)
        if residuals and survey == "lsst":
            raise InvalidArgumentError("residuals=True is for ZTF; Fink has none for LSST.")
        names = [name] if isinstance(name, (str, numbers.Integral)) else list(name)
        names = list(dict.fromkeys(_body(one) for one in names))
        if not names:
            raise InvalidArgumentError("name is empty; give at least one body of the solar system.")
        endpoint = {"ztf": SSO, "lsst": LSST_SSO}[survey]
        dictionary = self._dictionary(endpoint.tables[0])
        pairs, kept = select(dictionary, columns, _NEEDED[survey])
        computed = _computed(dictionary, ephemerides or residuals, residuals)
        if kept is not None:
            _check_computed(kept, computed, dictionary)
            kept = tuple(dict.fromkeys((*_BODY[survey], *kept, *computed)))
        # Only true counts, and false is left out.
        flags = {"withEphem": True} if ephemerides or residuals else {}
        flags |= {"withResiduals": True} if residuals else {}
        requests = [Request(endpoint, items=(one,), json={"n_or_d": one, **flags, **dict(pairs)}) for one in names]
        asked = f"alerts of {', '.join(names[:3])}" + (", ..." if len(names) > 3 else "")
        return shaped(Plan(requests, asked=asked, survey=survey, items=tuple(names), columns=kept,
                           build=native_table), output_format)

    @fink_query(ORBITS, shared=SHARED)
    def query_sso_orbits(self, candidate_id=None, *, output_format=None):
        """Orbits of candidates for new solar-system objects (ZTF), by fink-fat.

        Parameters
        ----------
        candidate_id : str, optional
            Id of a trajectory, e.g. ``"FF20230725aaaacgw"``; all of them by default.
        {output_format}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``d:ssoCandId`` and the elements: ``d:a`` (au), ``d:e``, ``d:i`` (deg), ...

        Notes
        -----
        ``/api/v1/ssocand`` with ``kind`` ``orbParams``.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> Fink.query_sso_orbits("FF20230725aaaacgw", get_query_payload=True)["json"]["kind"]
        'orbParams'
        """
        what = {"kind": "orbParams", **_candidate(candidate_id)}
        return shaped(Plan([Request(ORBITS, json=what)], asked=f"orbits of {candidate_id or 'candidates'}",
                           survey="ztf"), output_format)

    @fink_query(CANDIDATES, shared=SHARED)
    def query_sso_candidates(self, candidate_id=None, *, startdate=None, stopdate=None, row_limit=None,
                             output_format=None):
        """Alerts of candidates for new solar-system objects (ZTF), by fink-fat.

        Parameters
        ----------
        candidate_id : str, optional
            Id of a trajectory, e.g. ``"FF20230725aaaacgw"``; all of them by default.
        startdate, stopdate : `~astropy.time.Time`, `~astropy.units.Quantity` or float, optional
            When the alerts were made; numbers are MJD (d, UTC), ISO text is UTC.
        row_limit : int, optional
            Most alerts, ``conf.row_limit`` by default; -1 is all.
        {output_format}

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``d:ssoCandId``, ``d:objectId``, ``d:candid`` (int64), ``d:jd`` (d, UTC), ``d:ra`` and ``d:dec`` (deg),
            ``d:magpsf`` (mag), ``d:fid``, ...

        Warns
        -----
        MaxResultsWarning
            If there are more alerts than ``row_limit``.

        Notes
        -----
        ``/api/v1/ssocand`` with ``kind`` ``lightcurves``.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> Fink.query_sso_candidates(row_limit=10, get_query_payload=True)["json"]["maxnumber"]
        11
        """
        what = {"kind": "lightcurves", **_candidate(candidate_id),
                **iso_dates(startdate, stopdate, "utc", ("start_date", "stop_date"))}
        return searched(self, CANDIDATES, what, asked=f"alerts of {candidate_id or 'candidates'}", columns=None,
                        row_limit=row_limit, output_format=output_format, count="maxnumber")

    @fink_query(*SSOFT.values(), *LSST_SSOFT.values(), returns=tuple(SSOFT[flavor].tables[0] for flavor in FLAVORS),
                shared=SHARED)
    def query_ssoft(self, name=None, *, number=None, flavor=None, version=None, output_format=None, survey=None):
        """Fink's table of solar-system objects: phase curves, spins and quality, made anew each month.

        Parameters
        ----------
        name : str, optional
            Official name or provisional designation of one object; all of them (ZTF: about 180,000) by default.
        number : int, optional
            IAU number of one object.
        flavor : {"SHG1G2", "HG1G2", "HG", "SOCCA"}, optional
            Which model of the phase curve: by default SHG1G2 for ZTF, HG for LSST, which has no SOCCA.
        version : str, optional
            Year and month, e.g. ``"2026.06"``, from ``"2023.07"`` (ZTF) or ``"2026.08"`` (LSST); the current month by
            default.
        {output_format}
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; ``conf.survey`` by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per object: ``ssnamenr``, ``sso_name``, ``sso_number``, ``H_1`` and ``H_2`` (mag, g and r),
            ``G1_1``, ..., ``fit`` (0: it worked), ...

        Raises
        ------
        ReplyParseError
            If there is no such version: the server sends the error of its file system as if it were the table.

        Notes
        -----
        ``/api/v1/ssoft`` of either survey; Rubin's servers have it since release 3.7.0 (August 2026). The whole table
        needs pyarrow: it comes as Parquet, in which it is kept.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> eros = Fink.query_ssoft(number=433, flavor="HG")
        >>> str(eros["sso_name"][0]), eros["H_1"].unit
        ('Eros', Unit("mag"))
        """
        survey = self._survey_of_search(survey)
        endpoints = {"ztf": SSOFT, "lsst": LSST_SSOFT}[survey]
        flavor = next(iter(endpoints)) if flavor is None else check_choice(flavor, tuple(endpoints), "flavor")
        if name is not None and number is not None:
            raise InvalidArgumentError("name= and number= both name one object; give one.")
        what = {"flavor": flavor, "sso_name": name and _body(name), "sso_number": number and _body(number),
                "version": _month(version, survey)}
        one = name is not None or number is not None
        request = Request(endpoints[flavor], json={key: value for key, value in what.items() if value is not None},
                          format="json" if one else "")
        asked = f"the table of solar-system objects{f' for {name or number}' if one else ''}"
        return shaped(Plan([request], asked=asked, survey=survey), output_format)

    @fink_query(SSOBULK, LSST_SSOBULK)
    def query_ssobulk(self, name=None, *, version=None, survey=None):
        """Light curves of all solar-system objects at once, from a file that Fink made; very large.

        Parameters
        ----------
        name : str, optional
            Name of one object (LSST); all of them by default. For one body of ZTF there is `query_sso`.
        version : str, optional
            Year and month, from ``"2026.08"`` (LSST); the current month by default. ZTF has one file.
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; ``conf.survey`` by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row per detection; the service has one per body, with lists. LSST: ``designation``,
            ``cmidpointMjdTai`` (d, TAI), ``cband``, ``cmagpsf`` (mag), ``cra`` and ``cdec`` (deg), ``cphaseAngle``
            (deg), ``chelioRange`` (au), ... ZTF: ``ssnamenr``, ``cjd`` (d, UTC), ``cfid``, ``cmagpsf`` (mag), ...;
            which columns ZTF's file has is not documented, and unknown ones are kept as they are.

        Raises
        ------
        ReplyParseError
            If there is no such version: the server sends the error of its file system as if it were the table.

        Notes
        -----
        ``/api/v1/ssobulk`` of either survey; Rubin's servers have it since release 3.7.0 (August 2026). Needs pyarrow.
        The file, and the table made of it, must fit into memory.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> curves = Fink.query_ssobulk("Eros", survey="lsst")
        >>> curves["chelioRange"].unit, curves.time.scale
        (Unit("AU"), 'tai')
        """
        survey = self._survey_of_search(survey)
        if survey == "ztf" and (name, version) != (None, None):
            raise InvalidArgumentError("name= and version= are for LSST; ZTF has one file. query_sso has one body.")
        what = {"sso_name": name and _body(name), "version": _month(version, survey)}
        request = Request({"ztf": SSOBULK, "lsst": LSST_SSOBULK}[survey],
                          json={key: value for key, value in what.items() if value is not None})
        return Plan([request], asked=f"light curves of {name or 'solar-system objects'}", survey=survey)


def _month(version, survey):
    """A version of a file that is made each month."""
    if version is None:
        return None
    if re.fullmatch(r"20\d\d\.(0[1-9]|1[0-2])", str(version)) is None or str(version) < _FIRST[survey]:
        raise InvalidArgumentError(f"version={version!r} is not a year and month such as '2026.09', from "
                                   f"'{_FIRST[survey]}'.")
    return str(version)


def _body(name):
    """A body of the solar system as it is sent."""
    text = check_text(str(name) if isinstance(name, numbers.Integral) and not isinstance(name, bool) else name,
                      "name").strip()
    if "," in text:
        raise InvalidArgumentError(f"name={name!r} has a comma; give several bodies as a list.")
    return text


def _candidate(candidate_id):
    if candidate_id is None:
        return {}
    if re.fullmatch(_CANDIDATE, str(candidate_id)) is None:
        raise InvalidArgumentError(f"candidate_id={candidate_id!r} is not the id of a trajectory such as "
                                   "'FF20230725aaaacgw'.")
    return {"ssoCandId": str(candidate_id)}


def _computed(dictionary, ephemerides, residuals):
    """The columns that the service computes for the flags."""
    return tuple(name for name in dictionary.by_name if _is_computed(name, dictionary)
                 and (residuals if name == _RESIDUALS else ephemerides))


def _is_computed(name, dictionary):
    return name in (_REDUCED, _RESIDUALS) or (dictionary[name].optional and not name.startswith(_FAMILIES))


def _check_computed(kept, computed, dictionary):
    for name in kept:
        if _is_computed(name, dictionary) and name not in computed:
            flag = "residuals" if name == _RESIDUALS else "ephemerides"
            raise InvalidArgumentError(f"columns= has {name!r}, which is computed only with {flag}=True.")
