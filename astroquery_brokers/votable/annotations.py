# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What documents say beside the data, as plain values in ``meta`` and back: VALUES, LINK, PARAM, DESCRIPTION."""

import math
import re
import warnings
from contextlib import suppress

import numpy as np
from astropy.io.votable.converters import FloatingPoint
from astropy.io.votable.exceptions import VOWarning
from astropy.io.votable.tree import Field, Link, Param

from .guard import MAX_SHOWN, MAX_TEXT
from .origin import dicts, resources_of
from .texts import plain_text
from .units import is_harmless

__all__ = ["PlainParam", "annotate", "annotate_table", "as_text", "field_format", "field_meta", "is_format",
           "table_meta"]

_LINK = ("content_role", "content_type", "title", "value", "href", "action")
_PRECISION = re.compile("[FE]?[0-9]+", re.ASCII)
_SPEC, _AROUND = "[-<>^= +#]*[0-9]{0,2},?([.][0-9]{1,2})?", "[^{}%]{0,50}"
_FORMAT = re.compile(f"{_SPEC}[a-zA-Z%]?|{_AROUND}(%{_SPEC}[a-zA-Z]|{{0?(:{_SPEC}[a-zA-Z%]?)?}}){_AROUND}")
_DATATYPES = {"b": "boolean", "i": "long", "f": "double"}


def field_meta(field):
    """What ``meta`` says of a column, as astropy has it: ``values``, ``links``, ``width`` and ``precision``."""
    known = {"values": _domain(field.values), "links": [_known(link, _LINK) for link in field.links],
             "width": field.width, "precision": field.precision}
    return {key: value for key, value in known.items() if value}


def field_format(field):
    """How astropy shows floats of that width and precision, or None."""
    if not isinstance(field.converter, FloatingPoint) or not field.precision:
        return None
    kind = "g" if field.precision.startswith("E") else "f"
    text = f"{{:{field.width or ''}.{int(field.precision.lstrip('FE'))}{kind}}}"
    return text if is_format(text) else None


def is_format(text):
    """Whether it is a format that shows a value in a bounded number of characters, such as ``.2f``."""
    return isinstance(text, str) and bool(_FORMAT.fullmatch(text))


def _domain(values):
    known = {key: {"value": _plain(getattr(values, key)), "inclusive": getattr(values, f"{key}_inclusive")}
             for key in ("min", "max") if getattr(values, key) is not None}
    options = {value if name is None else name: value for name, value in values.options}
    return {**known, "options": options} if options else known


def _known(element, keys):
    return {key: getattr(element, key) for key in keys if getattr(element, key) is not None}


def _plain(value):
    """A value of astropy's tree as JSON has it: None where it is missing, lists for arrays."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (str, bool, int, float)) else str(value)


def table_meta(document, element):
    """What ``meta`` says of a table of another service.

    Parameters
    ----------
    document : `~astropy.io.votable.tree.VOTableFile`
    element : `~astropy.io.votable.tree.TableElement`

    Returns
    -------
    dict
        ``name``, ``description``, ``ucd``, ``utype``, ``links``, ``params``, ``resource`` (name, utype, description;
        params, also of what is around it), ``document`` (description), as far as there are any.
    """
    *around, resource = [document, *resources_of(document, element)]
    said = {**_known(resource, ("name", "utype", "description")),
            "params": [_param_meta(param) for part in (*around, resource) for param in part.params]}
    meta = {**_known(element, ("description", "ucd", "utype")), "name": element.name or element.ID,
            "links": [_known(link, _LINK) for link in element.links],
            "params": [_param_meta(param) for param in element.params],
            "resource": {key: value for key, value in said.items() if value},
            "document": _known(document, ("description",))}
    return {key: value for key, value in meta.items() if value}


def _param_meta(param):
    return {"name": param.name, "value": _plain(param.value), "ucd": param.ucd,
            "unit": None if param.unit is None else str(param.unit), **_known(param, ("utype", "xtype", "description"))}


def annotate(field, column):
    """Give a FIELD what its column's ``extra`` has of `field_meta`.

    What does not come back from there stays in ``extra``.
    """
    extra = column.extra
    width, precision = extra.get("width"), extra.get("precision")
    if type(width) is int and 0 < width < 10**MAX_SHOWN:
        field.width = width
    if isinstance(precision, str) and len(precision) <= MAX_SHOWN and _PRECISION.fullmatch(precision):
        field.precision = precision
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VOWarning)  # other services' words are passed on as they are
        field.links.extend(_links(extra.get("links"), field._config))
        if isinstance(extra.get("values"), dict) and (column.is_text or not column.shape):
            _limit(field.values, extra["values"])
    for key, value in field_meta(field).items():
        if extra.get(key) == value:
            del extra[key]
    if column.format != field_format(field) and (column.format is None or is_format(column.format)):
        extra["votable:format"] = column.format


def _links(known, config):
    return [Link(config=config, **texts) for texts in (_texts(link, _LINK) for link in dicts(known)) if texts]


def _texts(known, keys):
    return {key: plain_text(known[key]) for key in keys
            if isinstance(known.get(key), str) and 0 < len(known[key]) <= MAX_TEXT}


def _limit(values, domain):
    for key in ("min", "max"):
        limit = domain.get(key)
        text = as_text(limit.get("value")) if isinstance(limit, dict) else None
        # astropy escapes the limits of text twice.
        if not text or len(text) > MAX_TEXT or set(text) & set("<>&"):
            continue
        with suppress(ValueError):  # the limit is of another type than the column
            setattr(values, key, text)
            setattr(values, f"{key}_inclusive", limit.get("inclusive") is not False)
            if _plain(getattr(values, key)) != limit["value"]:
                delattr(values, key)
    options = domain.get("options")
    for name, value in options.items() if isinstance(options, dict) else ():
        texts = _texts({"name": name, "value": value}, ("name", "value"))
        if len(texts) == 2:
            values.options.append((None if name == value else texts["name"], texts["value"]))


def as_text(value):
    """A number, boolean or text as VOTable writes it; None for anything else."""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"
    return plain_text(value) if isinstance(value, (str, int, float)) else None


def annotate_table(document, resource, element, meta, ids):
    """Say in a document what ``meta`` has of `table_meta`, as far as it has the same form.

    Parameters
    ----------
    document : `~astropy.io.votable.tree.VOTableFile`
    resource : `~astropy.io.votable.tree.Resource`
    element : `~astropy.io.votable.tree.TableElement`
        Whose name and description are there.
    meta : dict
        Of the table.
    ids : callable
        Gives a document-wide unique XML ID like the text it is called with.
    """
    about, said = (meta[key] if isinstance(meta.get(key), dict) else {} for key in ("resource", "document"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VOWarning)  # other services' words are passed on as they are
        for part, known, keys in ((element, meta, ("ucd", "utype")), (resource, about, ("utype", "description")),
                                  (document, said, ("description",))):
            for key, text in _texts(known, keys).items():
                setattr(part, key, text)
        resource.extra_attributes.update(_texts(about, ("name",)))  # astropy does not write its own attribute
        element.links.extend(_links(meta.get("links"), document._config))
        for part, known in ((element, meta), (resource, about)):
            part.params.extend(_params(document, known.get("params"), ids))


class PlainParam(Param):
    """A PARAM with the value as it is given: astropy escapes text twice, and writes infinity as no other does."""

    def to_xml(self, w, **keywords):
        value, self._value = self._value, self.written
        Field.to_xml(self, w, **keywords)
        self._value = value

    def __init__(self, *args, value, **keywords):
        self.written = value
        super().__init__(*args, value=value, **keywords)


def _params(document, params, ids):
    for known in dicts(params):
        form, texts = _form(known.get("value")), _texts(known, ("name", "ucd", "utype", "xtype", "unit", "description"))
        if form is None or "name" not in texts:
            continue
        description = texts.pop("description", None)
        if not is_harmless(texts.get("unit", "")):
            del texts["unit"]
        param = PlainParam(document, ID=ids(texts["name"]), config=document._config, **form, **texts)
        param.description = description
        yield param


def _form(value):
    """Datatype, arraysize and value of a PARAM; None if VOTable has none for it."""
    if value is None or isinstance(value, str):
        text = plain_text(value or "")
        return {"datatype": "char" if text.isascii() else "unicodeChar", "arraysize": "*", "value": text}
    try:
        values = np.array(value)
    except (ValueError, OverflowError):  # lists of different lengths
        return None
    if values.dtype.kind not in _DATATYPES or not values.size:
        return None
    shape = "x".join(map(str, reversed(values.shape))) or None
    return {"datatype": _DATATYPES[values.dtype.kind], "arraysize": shape,
            "value": " ".join(map(as_text, values.reshape(-1).tolist()))}
