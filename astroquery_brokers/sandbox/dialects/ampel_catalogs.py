# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""AMPEL's catalogue matching: /catalogs/, /cone_search/any, /cone_search/nearest, /cone_search/all.

After the published server code (version 1.0.2 of the interface) and recorded replies: positions of catsHTM are in
radians, no match is null, what is found is in no order, and one catalogue that is broken breaks the whole request.
"""

import math
from functools import lru_cache
from typing import Annotated, Any, Literal, Optional, Union

import numpy as np
from pydantic import BaseModel, Field, field_validator
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from ..catalogs import NAMES, Catalogs, distances
from ..extcats import INFO, ExtCats, meets
from .ampel_wire import BROKEN, HANDLERS, body, route
from .wire import FastAPIJSON

__all__ = ["application"]

# Known, but not in the list.
_HIDDEN = ("NEDz", "SAGE", "IRACgc", "SkyMapper", "VISTAviking", "SDSSoffset", "CRTS_per_var")
_BROKEN = "AKARI"  # has two columns of one name
_BROKEN_COLUMNS = (("RA", "rad"), ("Dec", "rad"), ("RA", "arcsec"), ("Dec", "arcsec"), ("r_K20e", "deg"),
                   ("J_K20e", "Jy"), ("e_J_K20e", "Jy"), ("H_K20e", "Jy"), ("e_H_K20e", "Jy"))
_PAPER = "https://doi.org/10.1088/1538-3873/aac410"
_CONTACT = "nobody: made by the sandbox"
_PIXEL = 10.0  # arcsec around a circle which pixels that touch it may have


class _Item(BaseModel):
    name: str
    rs_arcsec: float
    keys_to_append: Optional[list[str]] = None

    @field_validator("name")
    @classmethod
    def _known(cls, name, info):
        kind = cls.model_fields["use"].annotation.__args__[0]
        if name not in (INFO if kind == "extcats" else NAMES):
            raise ValueError(f"Unknown {kind} catalog '{name}'")
        return name


class _Extcats(_Item):
    use: Literal["extcats"]
    pre_filter: Optional[dict[str, Any]] = None
    post_filter: Optional[dict[str, Any]] = None


class _CatsHTM(_Item):
    use: Literal["catsHTM"]


class _Search(BaseModel):
    ra_deg: float
    dec_deg: float = Field(ge=-90.0, le=90.0)
    catalogs: list[Annotated[Union[_Extcats, _CatsHTM], Field(discriminator="use")]]


def _number(value):
    return value if math.isfinite(value) else None


def _plain(record):
    return {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in record.items()}


def _chosen(record, keys):
    return record if keys is None else {key: value for key, value in record.items() if key in keys}


class _Service:
    """The routes."""

    def __init__(self, store):
        self.catalogs = Catalogs(store)
        self.extcats = ExtCats(store, self.catalogs)

    # ---- the list

    @lru_cache(maxsize=None)
    def _columns(self, name):
        """Columns of a catalogue of catsHTM, with units; the position comes first."""
        place = self.catalogs.position(name)
        content = self.catalogs[name] or dict.fromkeys(place, ("deg", np.zeros(0)))
        units = {column: "rad" if column in place else (unit or "").strip() or None
                 for column, (unit, _) in content.items()}
        return {**dict.fromkeys(place, "rad"), **units}

    def _entry(self, name, use, columns, description=None, reference=None):
        return {"name": name, "use": use, "description": description, "reference": reference,
                "contact": _CONTACT if description else None,
                "columns": [{"name": column, "unit": unit} for column, unit in columns]}

    async def list(self, request):
        entries = []
        for name, (description, reference, *_) in INFO.items():
            records = self.extcats[name][2]
            columns = [(key, None) for key in records[0]] if records else []
            entries.append(self._entry(name, "extcats", columns, description, reference))
        for name in sorted(set(NAMES) - set(_HIDDEN)):
            columns = _BROKEN_COLUMNS if name == _BROKEN else self._columns(name).items()
            if self.catalogs[name] or name == _BROKEN:
                entries.append(self._entry(name, "catsHTM", columns, name, _PAPER))
        return FastAPIJSON(entries)

    async def record(self, request):
        catalog, name = request.path_params["catalog"], request.path_params["name"]
        if not INFO.get(catalog, (None, None, False))[2]:
            raise HTTPException(404, "Not Found")
        found = [record for record in self.extcats[catalog][2] if record.get("name") == name]
        return FastAPIJSON(found[0] if found else None)

    # ---- cones

    def _in_htm(self, item, ra, dec):
        """Sources of a catalogue of catsHTM in a circle: distances, and a function that writes one."""
        name = "TMASS" if item.name == _BROKEN else item.name
        rows, distance = self.catalogs.near(name, ra, dec, item.rs_arcsec)

        def written(number):
            if item.name == _BROKEN:
                raise BROKEN
            values = {column: float(self.catalogs[name][column][1][rows[number]]) for column in self._columns(name)}
            for column in self.catalogs.position(name):
                values[column] = math.radians(values[column])
            return _chosen({column: _number(value) for column, value in values.items()}, item.keys_to_append)

        return distance, written

    def _in_records(self, item, ra, dec):
        """The same of a collection."""
        there, north, records = self.extcats[item.name]
        distance = distances(there, north, ra, dec)
        try:
            rows = [row for row in np.flatnonzero(distance <= item.rs_arcsec).tolist()
                    if meets(records[row], item.pre_filter) and meets(records[row], item.post_filter)]
        except (KeyError, TypeError):
            raise BROKEN from None
        keys = {key: None for row in rows for key in records[row]}

        def written(number):
            record = records[rows[number]]
            return _chosen(_plain({**keys, **record}), item.keys_to_append)

        return distance[rows], written

    def _is_any(self, item, ra, dec, distance):
        """Whether the server says that there is something: where it looks up pixels, it looks at one record."""
        if item.use == "catsHTM" or not INFO[item.name][3]:
            return bool(len(distance))
        there, north, _ = self.extcats[item.name]
        around = distances(there, north, ra, dec)
        first = np.flatnonzero(around <= item.rs_arcsec + _PIXEL)[:1]
        return bool(len(first) and len(distance) and around[first[0]] <= item.rs_arcsec)

    def _found(self, item, ra, dec):
        if item.rs_arcsec <= 0:
            return np.zeros(0), None
        return (self._in_htm if item.use == "catsHTM" else self._in_records)(item, ra, dec)

    async def search(self, request):
        method, values = request.url.path.rpartition("/")[2], await body(_Search, request)
        results = []
        for item in values.catalogs:
            distance, written = self._found(item, values.ra_deg, values.dec_deg)
            if method == "any":
                results.append(self._is_any(item, values.ra_deg, values.dec_deg, distance))
            elif not len(distance):
                results.append(None)
            elif method == "nearest":
                nearest = int(distance.argmin())
                results.append({"body": written(nearest), "dist_arcsec": float(distance[nearest])})
            else:
                results.append([{"body": written(number), "dist_arcsec": float(away)}
                                for number, away in enumerate(distance)])
        return FastAPIJSON(results)


def application(store):
    """The service as an ASGI application.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """
    service = _Service(store)
    return Starlette(exception_handlers=HANDLERS, routes=[
        route("/catalogs/", service.list), route("/catalogs/{catalog}/{name}", service.record),
        *(route(f"/cone_search/{method}", service.search, "POST") for method in ("any", "nearest", "all"))])
