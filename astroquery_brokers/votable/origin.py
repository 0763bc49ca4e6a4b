# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where the data come from, as INFO elements with the names of the IVOA note "Data Origin in the VO"."""

import json
import warnings

from astropy.io.votable.exceptions import VOWarning
from astropy.io.votable.tree import Info

from .texts import plain_text

__all__ = ["add_origin", "as_dict", "dicts", "infos_of", "query_status", "resources_of"]

_QUERY = ("publisher", "server_software", "service_protocol", "request", "query", "request_date", "contact")
_DATASET = ("data_ivoid", "citation", "reference_url", "resource_version", "rights_uri", "rights", "creator",
            "journal", "article", "cites", "is_derived_from", "original_date", "publication_date",
            "last_update_date")
_LONGEST_QUERY = 1000
_STATUSES = ("OK", "OVERFLOW", "ERROR")  # the worst last


def dicts(value):
    """Those of a list in ``meta``: other programs may have put something else there."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, (list, tuple)) else []


def query_status(meta):
    """What became of the query, by this package's account and by that of the service whose document was read.

    Parameters
    ----------
    meta : dict
        Of the table.

    Returns
    -------
    status : str
        ``"ERROR"`` if the service failed while it sent the rows, ``"OVERFLOW"`` if a part of the answer was cut, else
        ``"OK"``.
    message : str
        What the service says about it, or "".
    """
    found = [("OVERFLOW", "") for part in dicts(meta.get("coverage")) if part.get("truncated")]
    for info in dicts(meta.get("infos")):
        if info.get("name") == "QUERY_STATUS" and info.get("value") in _STATUSES:
            found.append((info["value"], plain_text(info.get("text") or "")))
    return max(found, key=lambda one: (_STATUSES.index(one[0]), bool(one[1])), default=("OK", ""))


def infos_of(document, element):
    """The INFO elements of a document that are about a table: its own, its resources' and the document's.

    Parameters
    ----------
    document : `~astropy.io.votable.tree.VOTableFile`
    element : `~astropy.io.votable.tree.TableElement`

    Returns
    -------
    list of `~astropy.io.votable.tree.Info`
    """
    found = list(document.infos)
    for resource in resources_of(document, element):
        found += resource.infos
    return found + list(element.infos)


def resources_of(document, element):
    """The resources that a table is in, the outermost first."""
    waiting = [[resource] for resource in document.resources]
    while waiting:
        path = waiting.pop()
        if any(table is element for table in path[-1].tables):
            return path
        waiting += [[*path, resource] for resource in path[-1].resources]
    return []


def as_dict(info):
    """An INFO as an entry of ``meta["infos"]``."""
    known = {"name": info.name, "value": info.value, "text": info.content and info.content.strip(), "ucd": info.ucd,
             "utype": info.utype, "xtype": info.xtype, "unit": None if info.unit is None else str(info.unit)}
    return {key: value for key, value in known.items() if value or key in ("name", "value")}


def add_origin(document, resource, meta):
    """Say in a document where its data come from.

    Parameters
    ----------
    document : `~astropy.io.votable.tree.VOTableFile`
        Gets what is known about the queries. Where there were several, each INFO holds all the different values.
    resource : `~astropy.io.votable.tree.Resource`
        Gets what is known about the data, one INFO per value.
    meta : dict
        Of the table.
    """
    sources = dicts(meta.get("provenance"))
    facts = [_query_facts(source) for source in sources]
    for name in _QUERY:
        values = _different(known.get(name) for known in facts)
        if values:
            # The note wants one of each: the latest date stands for all.
            value = max(values) if name == "request_date" else "; ".join(values)
            document.infos.append(Info(name=name, value=value, config=document._config))
    for name in _DATASET:
        for value in _different(item for source in sources for item in _as_list(source.get(name))):
            resource.infos.append(Info(name=name, value=value, config=document._config))
    for info in dicts(meta.get("infos")):
        if isinstance(info.get("name"), str) and info["name"] not in ("", "QUERY_STATUS"):
            (document if info["name"] in _QUERY else resource).infos.append(_info(info, document._config))


def _info(known, config):
    texts = {key: plain_text(known[key]) for key in ("name", "ucd", "utype", "xtype") if known.get(key)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VOWarning)  # other services' words are passed on as they are
        info = Info(value=plain_text(known.get("value") or ""), config=config, **texts)
    info.content = plain_text(known.get("text") or "") or None
    return info


def _query_facts(source):
    urls = _as_list(source.get("urls"))
    versions = source.get("versions")
    software = " ".join(f"{name}/{number}" for name, number in versions.items()) if isinstance(versions, dict) else None
    request = urls[0] if urls else None
    requests = source.get("requests")
    requests = max(len(urls), requests if isinstance(requests, int) else 0)
    if urls and requests > 1:
        request += f" (the first of {requests})"
    return {"publisher": source.get("broker"), "request_date": _iso(source.get("retrieved")), "request": request,
            "query": _query(source), "server_software": source.get("server_software") or software,
            "service_protocol": source.get("service_protocol"), "contact": source.get("contact")}


def _query(source):
    verb, parameters = source.get("verb"), source.get("parameters")
    if not verb:
        return None
    text = str(verb) if not parameters else f"{verb} {json.dumps(parameters, default=str, ensure_ascii=False)}"
    if len(text) > _LONGEST_QUERY:
        text = f"{text[:_LONGEST_QUERY]}... ({len(text)} characters)"
    return text


def _iso(date):
    """DALI's form: a T between date and time, no zone sign (it is UTC)."""
    return None if date is None else str(date).strip().replace(" ", "T").removesuffix("+00:00").removesuffix("Z")


def _as_list(value):
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value if item] if isinstance(value, (list, tuple)) else []


def _different(values):
    return list(dict.fromkeys(plain_text(value) for value in values if value))
