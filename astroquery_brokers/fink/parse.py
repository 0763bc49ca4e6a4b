# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Odd forms of Fink's replies."""

import json
import re

import numpy as np

from ..cutouts import KINDS, read_cutout
from ..exceptions import BrokerError, CandidError

__all__ = ["block_rows", "class_rows", "error_text", "image_of", "perhaps_absent", "perhaps_older",
           "perhaps_unknown", "schema_rows", "ssoft_schema_rows", "tag_rows", "unknown_event"]

_DICT = re.compile(r"\{'status': '\w+', 'text': (?P<text>.*)\}\s*", flags=re.S)
_EXCEPTION = re.compile(r"\w+\((?P<text>.*)\)", flags=re.S)


def error_text(response):
    """What Fink says about an error: a Python dictionary as text (never evaluated here), or plain text."""
    text = response.content[:4000].decode("utf-8", "replace").strip()
    found = _DICT.fullmatch(text)
    if found is None:
        return None if not text or text[0] in "<{[" else _sentence(text)
    said = found["text"].strip()
    return _sentence(_unquoted((_EXCEPTION.fullmatch(said) or found)["text"].strip()))


def _unquoted(text):
    """A literal of a Python string without its quotes and its escaped line ends."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = re.sub(r"\\([\\'\"])", r"\1", text[1:-1].replace("\\n", " "))
    return text


def _sentence(text):
    return " ".join(text.split())[:600].rstrip(".") + "."


def unknown_event(response):
    """What GraceDB says about an event that it does not know: a table with nothing but a status, under HTTP 200."""
    start = response.content[:2000].decode("utf-8", "replace")
    found = (re.match(r'\[\{"status": ?"(.*)"\}\]', start) or re.match(r"status\r?\n(.*)", start)
             or re.search(r'name="status".*?<TD>(.*?)</TD>', start, flags=re.S))
    if found is None:
        return None
    said = found[1].strip('"').replace('""', '"').replace('\\"', '"')
    detail = re.search(r'"detail": *"(.*?)"', said)
    return _sentence(detail[1] if detail else said)


def class_rows(payload):
    """One row per class; the headings of the lists say where they are from."""
    lists = {heading: names for heading, names in payload.items() if isinstance(names, list)}
    if not lists:
        raise KeyError("no list")
    return [[{"class_name": name, "source": next((word for word in ("TNS", "SIMBAD") if word in heading), "Fink")}
             for heading, names in lists.items() for name in names]]


def tag_rows(payload):
    """One row per tag, with its description, and whether the API has it."""
    return [[{"name": name, "description": said["description"], "api": said["API support"]}
             for name, said in payload.items()]]


def block_rows(payload):
    """One row per block, with its description."""
    return [[{"name": name, "description": said} for name, said in payload.items()]]


def schema_rows(payload):
    """One row per column, with its prefix, which the headings have in brackets."""
    rows = []
    for heading, columns in payload.items():
        prefix = (re.search(r"\((\w+:)\)", heading) or [None, ""])[1]
        for name, said in columns.items():
            kind = said["type"]
            rows.append({"column": prefix + name, "description": said.get("doc"),
                         "type": kind if isinstance(kind, str) else " or ".join(map(str, kind))})
    return [rows]


def ssoft_schema_rows(payload):
    """One row per column of the table of solar-system objects."""
    return [[{"column": name, "type": said["type"], "description": said["description"]}
             for name, said in payload.items()]]


def image_of(response):
    """What is in a reply: an HDUList, a picture or arrays by kind."""
    content = response.content
    if not content:
        raise CandidError("Fink has no images of this alert: its reply is empty.", broker="Fink", response=response)
    if content.startswith(b"\x89PNG"):
        return content
    if content.lstrip()[:1] == b"{":
        arrays = json.loads(content)  # also NaN, which is no JSON
        return {kind: np.array(value, dtype="float32") for key, value in arrays.items() for kind in KINDS
                if kind.title() in key}
    return read_cutout(content)


def perhaps_absent(error, request, ask):
    """ZTF's server has no other answer to a question for an alert that it does not have."""
    return _also_so(error, 500, "It answers so too where it has no such alert: check object_id and candid.")


def perhaps_unknown(error, request, ask):
    """Rubin's server has no other answer to a question for a body that nobody knows."""
    return _also_so(error, 500, "It answers so too where it does not know the name.")


def perhaps_older(error, request, ask):
    """Servers before the release of the summer of 2026 have no such address."""
    return _also_so(error, 404, "Fink's Rubin servers have this table since release 3.7.0 (August 2026); this one is "
                                "older. survey='ztf' has it.")


def _also_so(error, status, said):
    if error.status_code != status:
        return error
    return BrokerError(f"{error} {said}", broker=error.broker, url=error.url, status_code=status,
                       response=error.response)
