# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where the data come from, as INFO elements with the names of the IVOA note "Data Origin in the VO"."""

import json

from astropy.io.votable.tree import Info

from .texts import plain_text

__all__ = ["add_origin", "dicts", "query_status"]

_QUERY = ("publisher", "server_software", "service_protocol", "request", "query", "request_date", "contact")
_DATASET = ("data_ivoid", "citation", "reference_url", "resource_version", "rights_uri", "rights", "creator",
            "journal", "article", "cites", "is_derived_from", "original_date", "publication_date",
            "last_update_date")
_LONGEST_QUERY = 1000


def dicts(value):
    """Those of a list in ``meta``: other programs may have put something else there."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, (list, tuple)) else []


def query_status(meta):
    """``"OVERFLOW"`` if a part of the answer was cut, else ``"OK"``."""
    cut = any(part.get("truncated") for part in dicts(meta.get("coverage")))
    return "OVERFLOW" if cut else "OK"


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
