# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for the external catalogues that ALeRCE serves (catsHTM)."""

import numbers
from functools import partial

from astropy import units as u

from ..arguments import check_choice, check_degrees, check_positions, check_radius
from ..endpoints import Endpoint, Request
from ..rows import check_cone
from ..tables import BrokerTable
from ..tables.catalogs import places_of, told
from ..verbs import Plan
from .catalog_replies import all_catalogs, all_matches, one_catalog, one_match
from .catalog_tables import one_table, redshift, tables_by_name
from .endpoints import alerce_query

__all__ = ["CatalogQueries"]

_MONTH = 30 * 24 * 3600.0
_catalogs = partial(Endpoint, base="catshtm_url", tables=(), lifetime=_MONTH,
                    source="https://catshtm.alerce.online; code: alercebroker/cats, version 1.2.0")

# Name that the service takes, name that it answers with (where another), what it is.
_CATALOGS = [line.split(maxsplit=2) for line in """
    AAVSO_VSX     -          variable stars of the AAVSO
    AKARI         -          AKARI, infrared sources
    APASS         -          APASS, photometry of bright stars
    CRTS_per_var  CRTS       periodic variables of the Catalina survey
    Cosmos        -          COSMOS field
    DECaLS        -          DECaLS, Legacy Survey
    FIRST         -          FIRST, radio sources at 1.4 GHz
    GAIADR1       GAIA/DR1   Gaia, data release 1
    GAIADR2       GAIA/DR2   Gaia, data release 2
    GALEX         -          GALEX, ultraviolet sources
    HSCv2         -          Hubble Source Catalog, version 2
    IPHAS         -          IPHAS, H alpha survey of the northern Galactic plane
    IRACgc        -          Spitzer IRAC, Galactic centre
    NEDz          -          redshifts of NED
    NVSS          -          NVSS, radio sources at 1.4 GHz
    PTFpc         -          Palomar Transient Factory, photometric catalogue
    ROSATfsc      -          ROSAT, faint X-ray sources
    SAGE          -          Spitzer SAGE, Magellanic Clouds
    SDSSDR10      SDSS/DR10  SDSS, data release 10, photometry
    SDSSoffset    -          SDSS, offsets between bands
    SWIREz        -          SWIRE, photometric redshifts
    SkyMapper     -          SkyMapper, southern sky
    SpecSDSS      -          SDSS, spectra
    TMASS         2MASS      2MASS, point sources
    TMASSxsc      2MASSxsc   2MASS, extended sources
    UCAC4         -          UCAC4, astrometry
    UKIDSS        -          UKIDSS, near infrared
    VISTAviking   -          VISTA VIKING, near infrared
    VSTatlas      -          VST ATLAS, southern sky
    VSTkids       -          VST KiDS
    WISE          -          WISE, mid infrared
    XMM           -          XMM-Newton, X-ray sources
    unWISE        -          unWISE, mid infrared, deeper
    """.strip().splitlines()]
_NAMES = {alias: name for name, shown, _ in _CATALOGS for alias in (name, shown) if alias != "-"}


def _of_that_place(value, request):
    """A reply with sources outside the cone is that to another question."""
    asked = dict(request.params)
    cone = tuple(float(asked[name]) for name in ("ra", "dec", "radius"))
    for name, columns in value.items():
        places = places_of(columns, name)
        if places is not None:
            check_cone(*places, cone, broker="ALeRCE")


def _of_that_catalog(value, request):
    """A reply that names another catalogue than was asked is of no use."""
    _of_that_place(value, request)
    asked = dict(request.params)["catalog"]
    others = [name for name in value if _NAMES.get(name, name) != asked]
    if others:
        raise ValueError(f"{asked} was asked, and the reply is about {', '.join(others):.100}.")


CONE = _catalogs("sources of a catalogue", path="/conesearch", decode=one_catalog, check=_of_that_catalog)
CONE_ALL = _catalogs("sources of all catalogues", path="/conesearch_all", decode=all_catalogs,
                     check=_of_that_place)
MATCH = _catalogs("the nearest source of a catalogue", path="/crossmatch", decode=one_match, check=_of_that_place)
MATCH_ALL = _catalogs("the nearest sources of all catalogues", path="/crossmatch_all", decode=all_matches,
                      check=_of_that_place)


_CENTRE = """
    ra, dec : float
        Centre in degrees (ICRS), as the official client takes it; `query_catalogs` takes a SkyCoord.
    radius : float, `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
        Radius; here a bare number is allowed and is in arcsec.
    """
_CATALOG_NAME = """
    catalog_name : str, optional
        One of `list_catalogs`, or ``"all"`` (the default).
    """
_FORMAT = """
    format : {"votable", "pandas", "json", "csv"}, optional
        What each table is: a `~astroquery_brokers.BrokerTable` (by default, and for "votable"), a `pandas.DataFrame`,
        plain Python lists and dicts, or text.
    """
_SHARED = {"centre": _CENTRE, "catalog_name": _CATALOG_NAME}


class CatalogQueries:
    """Verbs that return sources of external catalogues (mixin)."""

    def list_catalogs(self):
        """Catalogues that `query_catalogs` can be asked for.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns ``catalog`` (the name to ask for), ``shown_as`` (the name that replies have, accepted too) and
            ``description``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> Alerce.list_catalogs()["catalog"][:3].tolist()
        ['AAVSO_VSX', 'AKARI', 'APASS']
        """
        rows = [(name, name if shown == "-" else shown, description) for name, shown, description in _CATALOGS]
        table = BrokerTable(rows=rows, names=["catalog", "shown_as", "description"])
        table.meta["tables"] = [{"name": "", "description": "Catalogues that ALeRCE's catsHTM service offers"}]
        return table

    def catshtm_catalog_translator(self, catalog):
        """The name of a catalogue that the service takes, under the name that ALeRCE's own client has.

        Parameters
        ----------
        catalog : str
            One of `list_catalogs`, as asked for or as shown.

        Returns
        -------
        str
            The name to ask for.

        Raises
        ------
        InvalidArgumentError
            If there is no such catalogue.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> Alerce.catshtm_catalog_translator("GAIA/DR2")
        'GAIADR2'
        """
        return _catalog(catalog, "catalog")

    @alerce_query(CONE, CONE_ALL, without=("index", "sort"))
    def query_catalogs(self, coordinates, radius, catalog=None):
        """Sources of external catalogues (Gaia, SDSS, WISE, NED, ...) around positions.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord` or str
            Centres of the cones, in any frame: one position (scalar) or many (shape ``(n,)``); or the id of an object
            that ALeRCE knows.
        radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle` or str
            One angle with its unit, e.g. ``5 * u.arcsec`` or ``"5 arcsec"``.
        catalog : str, optional
            One of `list_catalogs`; all of them by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable` or `~astroquery_brokers.bundles.TableDict` of them
            For one catalogue a table: ``separation`` (arcsec), nearest first, then the catalogue's position (deg) and
            its other columns with their units; with an array of positions also ``query_index``, the index of the
            position. For all catalogues a dict of such tables by name, without the empty ones.

        Raises
        ------
        ObjectNotFoundError
            If ``coordinates`` is the id of an object that ALeRCE does not know.

        Notes
        -----
        ALeRCE's catsHTM service, ``/conesearch`` and ``/conesearch_all`` (Soumagnac and Ofek 2018). One request for
        each position. Columns and their units differ by catalogue and are those of the reply, whose misspelt units are
        mended.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> stars = Alerce.query_catalogs("185.0 15.0", "10 arcmin", catalog="GAIADR2")
        >>> stars["separation"].unit, stars["Plx"].unit
        (Unit("arcsec"), Unit("mas"))

        Everything that is known around a position:

        >>> everything = Alerce.query_catalogs("185.0 15.0", "2 arcmin")
        >>> "NEDz" in everything, len(everything["NEDz"]) > 0
        (True, True)
        """
        radius = check_radius(radius)
        name = None if catalog is None else _catalog(catalog, "catalog")
        if isinstance(coordinates, str) and any(one.matches(coordinates.strip()) for one in self.surveys.values()):
            plan = type(self).query_object.verb.body(self, coordinates)
            plan.then = lambda table: _cones(check_positions(table.coords[0]), radius, name)
            plan.wrap = None
            return plan
        return _cones(check_positions(coordinates), radius, name)

    @alerce_query(CONE, CONE_ALL, without=("index", "sort"), shared=_SHARED)
    def catshtm_conesearch(self, ra, dec, radius, catalog_name="all"):
        """Sources of external catalogues around a position, under the name that ALeRCE's own client has.

        Parameters
        ----------
        {centre}
        {catalog_name}

        Returns
        -------
        `~astroquery_brokers.BrokerTable` or `~astroquery_brokers.bundles.TableDict` of them
            As `query_catalogs` returns it, with the column ``cat_name``; for ``"all"`` a dict.

        Notes
        -----
        ALeRCE's catsHTM service, ``/conesearch`` and ``/conesearch_all``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> tables = Alerce.catshtm_conesearch(185.0, 15.0, 120)
        >>> print(tables["NEDz"]["cat_name"][0])
        catsHTM_NEDz
        """
        positions, radius = _centre(ra, dec, radius)
        name = None if catalog_name == "all" else _catalog(catalog_name, "catalog_name")
        return _cones(positions, radius, name, named=True)

    @alerce_query(MATCH, MATCH_ALL, without=("index", "sort"), shared=_SHARED)
    def catshtm_crossmatch(self, ra, dec, radius, catalog_name="all"):
        """The nearest source of external catalogues to a position, under the name that ALeRCE's own client has.

        Parameters
        ----------
        {centre}
        {catalog_name}

        Returns
        -------
        `~astroquery_brokers.BrokerTable` or `~astroquery_brokers.bundles.TableDict` of them
            One row (none where there is no source): columns of `query_catalogs`, ``cat_name`` and ``distance``
            (arcsec), the separation as the service gives it; for ``"all"`` a dict.

        Notes
        -----
        ALeRCE's catsHTM service, ``/crossmatch`` and ``/crossmatch_all``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> match = Alerce.catshtm_crossmatch(185.0, 15.0, 120, "NEDz")
        >>> len(match), match["distance"].unit
        (1, Unit("arcsec"))
        """
        positions, radius = _centre(ra, dec, radius)
        name = None if catalog_name == "all" else _catalog(catalog_name, "catalog_name")
        return _plan(MATCH if name else MATCH_ALL, positions, radius, name, "nearest sources", named=True)

    @alerce_query(MATCH_ALL, shared=_SHARED)
    def catshtm_redshift(self, ra, dec, radius):
        """The redshift of the source nearest to a position, under the name that ALeRCE's own client has.

        Parameters
        ----------
        {centre}

        Returns
        -------
        float or None
            The redshift (no unit): of the first catalogue that has a spectroscopic one, else a photometric one; None
            if no catalogue has one.

        Notes
        -----
        ALeRCE's catsHTM service, ``/crossmatch_all``: the first column ``z``, else ``zphot`` or ``z_phot``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> redshift = Alerce.catshtm_redshift(185.0, 15.0, 120)
        >>> 0 < redshift < 5
        True
        """
        positions, radius = _centre(ra, dec, radius)
        plan = _plan(MATCH_ALL, positions, radius, None, "nearest sources")
        plan.finish = redshift
        return plan


def _catalog(name, argument):
    """The name that the service takes."""
    return _NAMES[check_choice(name, _NAMES, argument)]


def _centre(ra, dec, radius):
    """The position and radius of the official client's arguments."""
    ra, dec = check_degrees(ra, dec)
    if isinstance(radius, numbers.Real) and not isinstance(radius, bool):
        radius = radius * u.arcsec
    return check_positions(f"{ra!r} {dec!r}"), check_radius(radius)


def _cones(positions, radius, name, **options):
    return _plan(CONE if name else CONE_ALL, positions, radius, name, "sources", **options)


def _plan(endpoint, positions, radius, name, what, **options):
    """One request for each position."""
    chosen = () if name is None else (("catalog", name),)
    requests = [Request(endpoint, params=(*chosen, ("ra", repr(ra)), ("dec", repr(dec)),
                                          ("radius", repr(float(radius.arcsec)))), items=(index,))
                for index, (ra, dec) in enumerate(zip(positions.ra.tolist(), positions.dec.tolist()))]
    build = partial(tables_by_name if name is None else one_table, positions=positions, **options)
    if name is not None:
        build = partial(build, name=next(one if shown == "-" else shown for one, shown, _ in _CATALOGS if one == name))
    return Plan(requests, asked=f"{what} in {name or 'any catalogue'} within {radius} of {positions}", survey=None,
                items=tuple(range(len(requests))), build=build, finish=told)
