# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for the external catalogues that AMPEL serves (catsHTM and extcats)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from ..arguments import check_choice, check_positions, check_radius, check_text
from ..endpoints import Request
from ..exceptions import BrokerError, InvalidArgumentError
from ..tables import Decoded, to_table
from ..tables.catalogs import Sources, source_table, source_tables, told
from ..verbs import Plan, query
from .endpoints import CATALOGS, MATCHES, RECORD

__all__ = ["CatalogQueries"]

_TITLE = "Sources of {name}, from AMPEL's catalogue matching"


class Asked(NamedTuple):
    """A catalogue: its name, the collection that serves it, the units of its columns, and a radius (arcsec)."""

    name: str
    use: str
    units: dict
    arcsec: float


class CatalogQueries:
    """Verbs that return sources of external catalogues (mixin)."""

    @query(CATALOGS)
    def list_catalogs(self, *, columns=False):
        """Catalogues that `query_catalogs` can be asked for.

        Parameters
        ----------
        columns : bool, optional
            Whether the rows are the columns of the catalogues, in place of the catalogues.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``name``, ``use`` (the collection that serves it), ``description``, ``reference``, ``contact`` and
            ``n_columns``; or ``catalog``, ``use``, ``column`` and ``unit`` (as the service spells it).

        Notes
        -----
        AMPEL catalogue matching, ``/catalogs/``. Some catalogues of catsHTM can be asked for though they are not in the
        list, among them ``NEDz``. No unit is known of columns of extcats, and there may be more of these than listed.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> catalogs = Ampel.list_catalogs()
        >>> sorted(set(catalogs["use"].tolist()))
        ['catsHTM', 'extcats']
        >>> columns = Ampel.list_catalogs(columns=True)
        >>> columns.colnames
        ['catalog', 'use', 'column', 'unit']
        """
        check_choice(columns, (True, False), "columns")
        return Plan([Request(CATALOGS)], asked="catalogues", survey=None, build=_columns if columns else None)

    @query(*MATCHES.values(), without=("index", "sort"))
    def query_catalogs(self, coordinates, radius, catalog=None, *, match="all", columns=None):
        """Sources of external catalogues (Gaia, SDSS, Milliquas, TNS, ...) around positions.

        Parameters
        ----------
        coordinates : `~astropy.coordinates.SkyCoord` or str
            Centres of the cones, in any frame: one position (scalar) or many (shape ``(n,)``); or the id of an object
            in AMPEL's archive, which takes a token.
        radius : `~astropy.units.Quantity`, `~astropy.coordinates.Angle`, str, or dict of str to them
            One angle with its unit, e.g. ``5 * u.arcsec`` or ``"5 arcsec"``; or one for each catalogue, by its name.
        catalog : str or sequence of str, optional
            Names of catalogues (see `list_catalogs`); by default those that ``radius`` names, else all of the list.
        match : {"all", "nearest", "any"}, optional
            All sources, the nearest one of each catalogue, or only whether there is one.
        columns : sequence of str, optional
            Columns of the catalogues that are wanted; all of them by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable` or `~astroquery_brokers.bundles.TableDict` of them
            For one catalogue a table: ``separation`` (arcsec), nearest first, then the catalogue's position (deg) and
            its other columns with their units; with an array of positions also ``query_index``, the index of the
            position. For several catalogues a dict of such tables by name, without the empty ones. For ``match="any"``
            one table with ``query_index``, ``catalog`` and ``matched`` (bool).

        Raises
        ------
        RejectedQueryError
            If there is no such catalogue.
        ObjectNotFoundError
            If ``coordinates`` is the id of an object that AMPEL does not know.

        Notes
        -----
        AMPEL catalogue matching, ``/cone_search/all``, ``/cone_search/nearest`` and ``/cone_search/any``: one request
        for each position, and one for the list of catalogues. No token is needed. ``separation`` is what the service
        gives. Positions that catsHTM gives in radians become degrees. ``match="any"`` can miss a source of a catalogue
        of extcats; ``"nearest"`` does not. A catalogue that fails is left out and told in ``failures``. Keep radii to
        an arcminute or so: the service takes long for larger ones.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> stars = Ampel.query_catalogs("185.0 15.0", "10 arcmin", catalog="GAIADR2")
        >>> stars["separation"].unit, stars["RA"].unit
        (Unit("arcsec"), Unit("deg"))

        A radius for each catalogue, and only whether something is there:

        >>> matches = Ampel.query_catalogs("185.0 15.0", {"GAIADR2": "10 arcmin", "NEDz": "1 arcsec"}, match="any")
        >>> dict(zip(matches["catalog"].tolist(), matches["matched"].tolist()))["GAIADR2"]
        True
        """
        check_choice(match, MATCHES, "match")
        radii, one = _radii(radius, catalog)
        if columns is not None:
            columns = [check_text(name, "columns") for name in ([columns] if isinstance(columns, str) else columns)]
        listed = partial(_listed, self, radii=radii, one=one, match=match, columns=columns)
        if isinstance(coordinates, str) and any(one.matches(coordinates.strip()) for one in self.surveys.values()):
            plan = type(self).query_object.verb.body(self, coordinates)
            plan.then = lambda table: listed(check_positions(table.coords[0]))
            return plan
        return listed(check_positions(coordinates))

    @query(RECORD, without=("index", "sort"))
    def query_catalog_source(self, name, catalog):
        """A source of a catalogue of extcats, by its name.

        Parameters
        ----------
        name : str
            Name of the source, as in the column ``name`` of the catalogue.
        catalog : str
            Name of the catalogue.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            One row with the columns of the catalogue; positions are in deg. Empty if there is no such source.

        Raises
        ------
        ObjectNotFoundError
            If there is no such catalogue, or its sources have no names.

        Notes
        -----
        AMPEL catalogue matching, ``/catalogs/{catalog}/{name}``.

        Examples
        --------
        >>> from astroquery_brokers import Ampel
        >>> quasars = Ampel.query_catalogs("185.0 15.0", "2 deg", catalog="milliquas", match="nearest")
        >>> source = Ampel.query_catalog_source(quasars["name"][0], "milliquas")
        >>> bool(source["ra"][0] == quasars["ra"][0])
        True
        """
        name, catalog = check_text(str(name), "name"), check_text(catalog, "catalog")
        request = Request(RECORD, path={"catalog": catalog, "name": name}, items=(name,))
        return Plan([request], asked=f"{name} of {catalog}", survey=None, items=(name,),
                    build=partial(_one_source, name=catalog))

    def _answer(self, request, **context):
        """One bad catalogue spoils the answer for all of them; then they are asked one by one."""
        try:
            return super()._answer(request, **context)
        except BrokerError as error:
            asked = (request.json or {}).get("catalogs", ()) if request.endpoint in MATCHES.values() else ()
            if len(asked) < 2 or error.status_code not in (422, 500) or context["raw"]:
                raise
            return _one_by_one(super()._answer, request, context)


def _radii(radius, catalog):
    """Angles by name of the catalogue (None stands for all of the list), and whether one was asked by its name."""
    names = [catalog] if isinstance(catalog, str) else catalog
    if names is not None:
        names = list(dict.fromkeys(check_text(name, "catalog") for name in names))
        if not names:
            raise InvalidArgumentError("catalog is empty; give at least one name, or leave it out for all.")
    if not isinstance(radius, Mapping):
        angle = check_radius(radius)
        return dict.fromkeys([None] if names is None else names, angle), isinstance(catalog, str)
    radii = {check_text(name, "radius"): check_radius(angle) for name, angle in radius.items()}
    names = list(radii) if names is None else names
    missing = [name for name in names if name not in radii]
    if missing or not names:
        raise InvalidArgumentError(f"radius has no angle for {', '.join(missing) or 'any catalogue'}.")
    return {name: radii[name] for name in names}, isinstance(catalog, str)


def _listed(broker, positions, *, radii, one, match, columns):
    """The plan that asks for the list, and then for the sources."""
    def then(table):
        uses, units = {}, {}
        for name, use, column, unit in zip(*(np.ma.filled(table[key], "").tolist() for key in table.colnames)):
            uses.setdefault(name, use)
            units.setdefault(name, {})[column] = unit
        wanted = dict.fromkeys(uses, radii[None]) if None in radii else radii
        # What is not in the list can only be of catsHTM.
        asked = [Asked(name, uses.get(name, "catsHTM"), units.get(name, {}), float(angle.arcsec))
                 for name, angle in wanted.items()]
        return _cones(positions, asked, one, match, columns)
    return Plan([Request(CATALOGS)], asked="catalogues", survey=None, build=_columns, then=then)


def _cones(positions, asked, one, match, columns):
    """One request for each position."""
    catalogs = [{"name": catalog.name, "use": catalog.use, "rs_arcsec": catalog.arcsec,
                 **({"keys_to_append": columns} if columns is not None else {})} for catalog in asked]
    requests = [Request(MATCHES[match], json={"ra_deg": ra, "dec_deg": dec, "catalogs": catalogs}, items=(index,))
                for index, (ra, dec) in enumerate(zip(positions.ra.tolist(), positions.dec.tolist()))]
    build = partial(_any if match == "any" else _tables, asked=asked, positions=positions, one=one)
    what = asked[0].name if one else "catalogue"
    return Plan(requests, asked=f"{what} sources around {positions}", survey=None,
                items=tuple(range(len(requests))), build=build, finish=told)


def _one_by_one(answer, request, context):
    """What all catalogues but those that fail answer."""
    whole, found, failed = None, {}, []
    for place, catalog in enumerate(request.json["catalogs"]):
        try:
            part = answer(replace(request, json={**request.json, "catalogs": [catalog]}), **context)
        except BrokerError as error:
            failed.append((catalog["name"], error))
            continue
        found.update({place: value for one in part.values for value in one.values()})
        if whole is None:
            whole = part
        else:
            whole.responses += part.responses
    if whole is None:
        raise failed[0][1]
    whole.request, whole.values = request, [found]
    if failed:
        error = failed[0][1]
        names = ", ".join(name for name, _ in failed)
        whole.error = type(error)(f"The answer lacks {names}: {error}", broker=error.broker, url=error.url,
                                  status_code=error.status_code, response=error.response)
    return whole


def _columns(broker, plan, answers):
    """The second table of the list."""
    decoded, = answers[0].tables["catalog_columns"]
    return to_table(decoded, broker._dictionary("catalog_columns"))


def _tables(broker, plan, answers, *, asked, positions, one):
    """The sources of each catalogue."""
    found = {catalog.name: [] for catalog in asked}
    for answer in answers:
        for place, sources in ((place, sources) for value in answer.values for place, sources in value.items()):
            found[asked[place].name].append(_sources(answer.request.items[0], sources, asked[place]))
    if one:
        name = asked[0].name
        return source_table(name, found[name], positions, title=_TITLE.format(name=name))
    return source_tables(found, positions, title=_TITLE)


def _sources(index, sources, catalog):
    bodies = [source["body"] for source in sources]
    keys = dict.fromkeys(key for body in bodies for key in body)
    columns = {key: (_unit(key, catalog), [body.get(key) for body in bodies]) for key in keys}
    return Sources(index, columns, [source["dist_arcsec"] for source in sources])


def _unit(key, catalog):
    """The unit that the list gives; positions of catsHTM are in radians in what is not listed too."""
    radians = catalog.use == "catsHTM" and key.lower() in ("ra", "dec")
    return catalog.units.get(key) or ("rad" if radians else None)


def _any(broker, plan, answers, *, asked, positions, one):
    """Whether there is a source, for each position and catalogue that was answered."""
    rows = [(answer.request.items[0], place, any(place in value for value in answer.values))
            for answer in answers for place in range(len(asked)) if not _lacks(answer, asked[place].name)]
    index, place, matched = (np.array(column, dtype=int) for column in zip(*rows)) if rows else ([], [], [])
    decoded = Decoded(len(rows))
    decoded.columns = {"query_index": (np.asarray(index, dtype="int64"), None),
                       "catalog": (np.array([catalog.name for catalog in asked])[np.asarray(place, dtype=int)], None),
                       "matched": (np.asarray(matched, dtype=bool), None)}
    return to_table(decoded, broker._dictionary("catalog_matches"))


def _lacks(answer, name):
    """Whether a catalogue is one of those that failed."""
    return answer.error is not None and name in str(answer.error).partition(":")[0].split("lacks ")[-1].split(", ")


def _one_source(broker, plan, answers, *, name):
    """The record of a source; its position is in degrees."""
    records = [record for answer in answers for value in answer.values for record in value]
    sources = [{"body": record, "dist_arcsec": np.nan} for record in records]
    positions = check_positions("0 0")
    table = source_table(name, [_sources(0, sources, Asked(name, "extcats", {}, 0.0))], positions,
                         title=_TITLE.format(name=name))
    table.remove_column("separation")
    return table
