# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which columns are asked for, and in which format, and what that means for requests."""

from dataclasses import replace

from ..arguments import check_choice, suggest
from ..exceptions import InvalidArgumentError
from ..tables.wire import WIRE_FORMATS

__all__ = ["SHARED", "asked_objects", "select", "shaped"]

_COLUMNS = """
    columns : str or sequence of str, optional
        Names of columns, with or without the prefix of their family (``"i:magpsf"``, ``"magpsf"``), which are asked
        for and returned with the object's id (and the time); all of them by default, which is slow for many objects.
        See `list_columns`.
    """
_FORMAT = """
    output_format : {"csv", "json", "parquet", "votable"}, optional
        Form of the replies on their way; the table is the same. By default one that keeps all digits and always works
        (CSV for most questions); JSON rounds to ten decimals.
    """
SHARED = {"columns": _COLUMNS, "output_format": _FORMAT}
_ADDED = "v:separation_degree"  # what the server adds to any answer that can have it


def select(dictionary, columns, needed=()):
    """What is sent for ``columns=``, as pairs of a JSON body, and the names of the table's columns (None for all)."""
    names = _native_names(columns, dictionary)
    if names is None:
        return (), None
    wanted = tuple(dict.fromkeys((*(name for name in needed if name in dictionary), *names)))
    stored = [dictionary[name].wire for name in wanted if ":" in name and name != _ADDED]
    if any(name.startswith(("v:", "b:")) for name in stored):
        return (), wanted  # the server computes these only where everything is asked
    return (("columns", ",".join(stored)),), wanted


def _native_names(columns, dictionary):
    if columns is None or (isinstance(columns, str) and columns.strip() == "*"):
        return None
    words = columns.split(",") if isinstance(columns, str) else list(columns)
    words = [str(word).strip() for word in words if str(word).strip()]
    if not words:
        raise InvalidArgumentError("columns= is empty: name at least one column, or leave it out for all of them.")
    bare = {}
    for name in dictionary.by_name:
        bare.setdefault(name.partition(":")[2] or name, []).append(name)
    return [_native_name(word, bare, dictionary) for word in words]


def _native_name(word, bare, dictionary):
    if word in dictionary:
        return word
    found = bare.get(word, ())
    if len(found) > 1:
        raise InvalidArgumentError(f"columns= has {word!r}, which is two columns: {' and '.join(found)}; write the "
                                   "prefix too.")
    if not found:
        near = suggest(word, (*dictionary.by_name, *bare)).partition("Allowed: ")[0]
        table = dictionary.name.removeprefix("fink_")
        raise InvalidArgumentError(f"columns= has {word!r}, which {table} has not. {near}list_columns({table!r}) has "
                                   "all of them.")
    return found[0]


def asked_objects(broker, endpoints, object_id, survey, *, columns=None, output_format=None, body=(), instead="",
                  needed=()):
    """A plan for objects by their ids, with their columns chosen and their replies in a format."""
    chosen = {}

    def body_of(endpoint):
        dictionary = broker._dictionary(endpoint.tables[0])
        pairs, names = select(dictionary, columns, (dictionary.main_id, endpoint.sort_by, *needed))
        chosen[endpoint.survey] = names
        return (*body, *pairs)

    plan = shaped(broker._per_object(endpoints, object_id, survey, body=body_of, instead=instead), output_format)
    plan.columns = chosen[plan.survey]
    return plan


def shaped(plan, output_format):
    """The plan, with its replies in a format."""
    if output_format is not None:
        check_choice(output_format, WIRE_FORMATS, "output_format")
        plan.requests = [replace(request, format=output_format) for request in plan.requests]
    return plan
