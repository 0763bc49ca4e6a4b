# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Addresses under the names that ALeRCE's own client has for them: as a dict, a file, keywords or the environment."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from ..arguments import suggest
from ..exceptions import InvalidArgumentError

__all__ = ["OfficialConfiguration", "translate"]

_VARIABLE = "ALERCE_CONFIG_PATH"
_URLS = {"URL_MS": "lsst_url", "STAMP_URL": "stamps_url", "AVRO_URL": "avro_url", "CATSHTM_API_URL": "catshtm_url"}
_GONE = ("ZTF_DB_API_URL",)  # SQL over HTTP, which the service no longer has
_OBJECT = "/objects/{object_id}"
# What the official client adds to its one address of both ZTF services.
_PREFIXES = {"ztf_url": "/ztf/v1", "ztf_v2_url": "/v2/lightcurve"}
_STAMPS = {"get_stamp": ("stamps_url", "/stamp"), "get_avro": None}
_ROUTES = {
    "ZTF_ROUTES": {
        "objects": ("ztf_url", "/objects/"), "single_object": ("ztf_url", _OBJECT),
        **{name: ("ztf_url", f"{_OBJECT}/{name}") for name in (
            "detections", "non_detections", "lightcurve", "magstats", "probabilities", "features")},
        "single_feature": ("ztf_url", f"{_OBJECT}/features/{{name}}"), "classifiers": ("ztf_url", "/classifiers/"),
        "classifier_classes": ("ztf_url", "/classifiers/{classifier_name}/{classifier_version}/classes"),
        "forced_photometry": ("ztf_v2_url", "/forced-photometry/{object_id}")},
    "ROUTES_MS": {
        "objects": ("lsst_url", "/object_api/list_objects"), "single_object": ("lsst_url", "/object_api/object"),
        "detections": ("lsst_url", "/lightcurve_api/detections"),
        "forced_photometry": ("lsst_url", "/lightcurve_api/forced-photometry"),
        "non_detections": ("lsst_url", "/lightcurve_api/non_detections"),
        "lightcurve": ("lsst_url", "/lightcurve_api/lightcurve"),
        "probabilities": ("lsst_url", "/probability_api/probability")},
    "AVRO_ROUTES": {"get_stamp": ("avro_url", "/get_stamp"), "get_avro": ("avro_url", "/get_avro")},
    "CATSHTM_ROUTES": {name: ("catshtm_url", f"/{name}") for name in (
        "conesearch", "conesearch_all", "crossmatch", "crossmatch_all")}}
_SECTIONS = ("multisurvey", "ztf", "stamps", "stamps_ztf")
_KEYS = ("ZTF_API_URL", *_URLS, *_GONE, *_ROUTES)


def translate(config):
    """Settings of this package for a configuration of ALeRCE's own client.

    Parameters
    ----------
    config : dict
        With the keys of the client's versions 1 (flat) or 2 (in sections), e.g. ``ZTF_API_URL`` or ``AVRO_ROUTES``.

    Returns
    -------
    settings : dict
        Addresses by configuration item.
    routes : dict
        What to cut off the address and the path to add, by the configuration item and the path that they replace.

    Raises
    ------
    InvalidArgumentError
        If there is a key that is not known, or a value of another type.

    Examples
    --------
    >>> from astroquery_brokers.alerce.configuration import translate
    >>> settings, routes = translate({"ZTF_API_URL": "https://alerce.example"})
    >>> settings["ztf_url"], settings["ztf_v2_url"]
    ('https://alerce.example/ztf/v1', 'https://alerce.example/v2/lightcurve')
    """
    settings, routes = {}, {}
    entries = list(_entries(config))
    # In version 1 the address has what version 2 has in its routes.
    prefixes = {} if any(key == "ZTF_API_URL" and str(value).rstrip("/").endswith(_PREFIXES["ztf_url"])
                         for _, key, value in entries) else _PREFIXES
    for section, key, value in entries:
        if key in _ROUTES:
            if not isinstance(value, Mapping):
                raise InvalidArgumentError(f"{key} must be a dict of routes, not {value!r:.60}.")
            known = _STAMPS if section == "stamps" else _ROUTES[key]
            for name, route in value.items():
                if name not in known:
                    raise InvalidArgumentError(f"{key} has no route {name!r}. {suggest(name, known)}")
                routes.update(_replacement(f"{key}[{name!r}]", known[name], route, prefixes))
        elif not isinstance(value, str) or not value.startswith(("http://", "https://")):
            raise InvalidArgumentError(f"{key} must be an address that begins with https:// or http://, not "
                                       f"{value!r:.60}.")
        elif key == "ZTF_API_URL":
            root = value.rstrip("/").removesuffix(_PREFIXES["ztf_url"])
            settings.update({item: root + prefix for item, prefix in _PREFIXES.items()})
        elif key in _URLS:
            settings[_URLS[key]] = value.rstrip("/")
    return settings, routes


def _entries(config):
    """Section (or None), key and value of everything in a configuration."""
    if not isinstance(config, Mapping):
        raise InvalidArgumentError(f"A configuration is a dict, not {type(config).__name__}.")
    for key, value in config.items():
        if key in _SECTIONS:
            yield from ((key, *entry[1:]) for entry in _entries(value))
        elif key in _KEYS:
            yield None, key, value
        else:
            raise InvalidArgumentError(f"The configuration has a key {key!r} that is not known. "
                                       f"{suggest(key, (*_KEYS, *_SECTIONS))}")


def _replacement(label, known, route, prefixes):
    """What to cut off our address, and the path to add, with ours as the key; nothing where they are the same."""
    if not isinstance(route, str):
        raise InvalidArgumentError(f"{label} must be a path, not {route!r:.60}.")
    if known is None:
        return {}
    item, path = known
    names, parts = re.findall(r"{(\w+)}", path), f"/{route.lstrip('/')}".split("%s")
    if len(parts) != len(names) + 1:
        raise InvalidArgumentError(f"{label}={route!r} must have %s {len(names)} times.")
    filled = parts[0] + "".join(f"{{{name}}}{part}" for name, part in zip(names, parts[1:]))
    prefix = prefixes.get(item, "")
    if prefix and filled.startswith(f"{prefix}/"):
        prefix, filled = "", filled.removeprefix(prefix)
    return {} if not prefix and filled.rstrip("/") == path.rstrip("/") else {known: (prefix, filled)}


def _read(path):
    try:
        with open(path, encoding="utf-8") as stream:
            return translate(json.load(stream))
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidArgumentError):
            raise InvalidArgumentError(f"{path}: {error}") from error
        raise InvalidArgumentError(f"{path} is not a configuration that can be read: {error}") from error


@lru_cache(maxsize=8)
def _read_once(path, changed):
    return _read(path)


def _environment():
    """What the file that the environment names says, as it is now."""
    path = os.environ.get(_VARIABLE)
    if not path:
        return {}, {}
    try:
        changed = os.stat(path).st_mtime_ns
    except OSError as error:
        raise InvalidArgumentError(f"The environment variable {_VARIABLE} names a file that cannot be read: {error}. "
                                   "Correct or unset it.") from error
    return _read_once(path, changed)


class OfficialConfiguration:
    """Configuration under the names of ALeRCE's own client (mixin).

    Parameters
    ----------
    **settings
        Items of ``conf``, or keys of that client such as ``ZTF_API_URL``.

    Raises
    ------
    InvalidArgumentError
        If there is no such item or key.

    Notes
    -----
    What counts, first to last: what was given to this instance; ``conf``, where it was changed; the file that the
    environment variable ``ALERCE_CONFIG_PATH`` names; the defaults. All of them are read at each call.

    Examples
    --------
    >>> from astroquery_brokers.alerce import AlerceClass
    >>> alerce = AlerceClass(CATSHTM_API_URL="https://catshtm.example")
    >>> alerce.catshtm_redshift(185.0, 15.0, 10, get_query_payload=True)["url"]
    'https://catshtm.example/crossmatch_all'
    """

    def __init__(self, **settings):
        official = {key: settings.pop(key) for key in list(settings) if key.isupper() or key in _SECTIONS}
        self._routes = {}
        super().__init__(**settings)
        self.load_config_from_object(official)

    def __reduce__(self):
        make, arguments, state = super().__reduce__()
        return make, arguments, {**state, "_routes": self._routes}

    def load_config_from_object(self, object):
        """Take over addresses and routes, for this instance and from now on.

        Parameters
        ----------
        object : dict
            With the keys of the official client: ``ZTF_API_URL``, ``ZTF_ROUTES``, ``URL_MS``, ``ROUTES_MS``,
            ``STAMP_URL``, ``AVRO_URL``, ``AVRO_ROUTES``, ``CATSHTM_API_URL``, ``CATSHTM_ROUTES``, all of them
            optional, alone or in the sections of the client's version 2. ``ZTF_DB_API_URL`` is accepted and not used.

        Raises
        ------
        InvalidArgumentError
            If there is a key that is not known, or a value of another type.

        Examples
        --------
        >>> from astroquery_brokers.alerce import AlerceClass
        >>> alerce = AlerceClass()
        >>> alerce.load_config_from_object({"CATSHTM_API_URL": "https://catshtm.example"})
        >>> alerce.catshtm_redshift(185.0, 15.0, 10, get_query_payload=True)["url"]
        'https://catshtm.example/crossmatch_all'
        """
        settings, routes = translate(object)
        self._settings.update(settings)
        self._routes.update(routes)

    def load_config_from_file(self, path):
        """Take over addresses and routes from a JSON file.

        Parameters
        ----------
        path : str or path-like
            The file; what it may hold is what `load_config_from_object` takes.

        Raises
        ------
        InvalidArgumentError
            If the file cannot be read, or has a key that is not known, or a value of another type.

        Examples
        --------
        >>> from pathlib import Path
        >>> from astroquery_brokers.alerce import AlerceClass
        >>> written = Path("alerce.json").write_text('{"CATSHTM_API_URL": "https://catshtm.example"}')
        >>> alerce = AlerceClass()
        >>> alerce.load_config_from_file("alerce.json")
        >>> alerce.catshtm_redshift(185.0, 15.0, 10, get_query_payload=True)["url"]
        'https://catshtm.example/crossmatch_all'
        """
        settings, routes = _read(path)
        self._settings.update(settings)
        self._routes.update(routes)

    def _setting(self, item):
        if item not in self._settings:
            found, _ = _environment()
            default = vars(self._conf.__class__)[item].defaultvalue
            if item in found and getattr(self._conf, item) == default:
                return found[item]
        return super()._setting(item)

    def _url(self, request):
        endpoint = request.endpoint
        key = endpoint.base, endpoint.path
        cut, path = self._routes.get(key) or _environment()[1].get(key) or (None, None)
        if path is None:
            return super()._url(request)
        base = self._setting(endpoint.base).rstrip("/").removesuffix(cut)
        return replace(request, endpoint=replace(endpoint, path=path)).url(base)
