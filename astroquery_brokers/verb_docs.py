# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The documentation of verbs: what their bodies say, with what all verbs have in common."""

import re

#: Options that all verbs have: default, and type and description.
OPTIONS = {
    "format": (None, """{"votable", "pandas", "json", "csv"}, optional
        What is returned: a `~astroquery_brokers.BrokerTable` (by default, and for "votable"), a `pandas.DataFrame`,
        plain Python lists and dicts, or text."""),
    "index": (None, """str, optional
        Column to make the index of the result (a table's or data frame's)."""),
    "sort": (None, """str, optional
        Column to sort the result by, ascending."""),
    "cache": (None, """bool or {"refresh", "only", "stale"}, optional
        By default what astroquery's cache configuration says; ``"refresh"`` asks again and keeps the new reply,
        ``"only"`` sends nothing, ``"stale"`` takes an old reply where the service fails."""),
    "progress": (None, """bool, optional
        Whether to show a progress bar; by default on a terminal when it takes more than a second."""),
    "raise_on_failure": (False, """bool, optional
        Whether the first failed request ends the call. By default what arrived is returned with a warning, and
        ``table.failures`` says what is missing; if everything failed, the error is raised."""),
    "get_query_payload": (False, """bool, optional
        Return what would be sent, and send nothing: a dict with method, url and params, or a list of them."""),
}
_RAISES = """InvalidArgumentError
    If an argument is wrong; nothing is sent.
BrokerError
    If the service fails; its kinds are in `astroquery_brokers.exceptions`.
"""
_WARNS = """NoResultsWarning
    If there are no rows for something that was asked.
PartialResultWarning
    If some of several requests failed; ``table.failures`` says which and why.
"""
_WARNS_OF_LIMIT = """MaxResultsWarning
    If rows were left out because of ``row_limit``.
"""
_REPLIES = """`requests.Response` or list of `requests.Response`
    A list where the question takes several requests, as for a paged answer or many objects.
"""
_SANDBOX = "In the sandbox (`astroquery_brokers.sandbox.running`), which has objects of its own:\n\n"
_TITLES = ("Parameters", "Returns", "Raises", "Warns", "See Also", "Notes", "Examples")


def verb_doc(verb):
    """The documentation of the body, with what all verbs have in common."""
    parts = _parts_of(verb)
    parts["See Also"] += "".join(f"{name} : the same, under another name.\n" for name in verb.same_as)
    parts["Parameters"] += _common_parameters(verb, parts["Parameters"],
                                              {name: OPTIONS[name] for name in verb.options})
    parts["Raises"] = _RAISES + parts["Raises"]
    parts["Warns"] = _WARNS + (_WARNS_OF_LIMIT if "row_limit" in verb.signature.parameters else "") + parts["Warns"]
    parts["Examples"] = parts["Examples"] and _SANDBOX + parts["Examples"]
    return _joined(parts)


def async_doc(verb):
    """The documentation of the twin."""
    parts = _parts_of(verb)
    shaping = [name for name in ("format", "index", "sort") if name in verb.options]
    ignored = "ignored\n    They shape tables; raw replies have no shape."
    options = {", ".join(shaping): (None, ignored)} if shaping else {}
    options |= {name: OPTIONS[name] for name in verb.options if name not in shaping}
    if "raise_on_failure" in options:
        options["raise_on_failure"] = (None, "ignored\n    A request that fails always raises its error.")
    example = re.match(rf"(?s)(.*?>>> )(?:\w+ = )?(\w+\.{verb.name})(\(.*?)\n(?!\.\.\.)", parts["Examples"])
    return _joined({
        "": f"{verb.summary.rstrip('.')} (the raw replies).{parts[''][len(verb.summary):]}",
        "Parameters": parts["Parameters"] + _common_parameters(verb, parts["Parameters"], options),
        "Returns": _REPLIES, "Raises": _RAISES + parts["Raises"],
        "See Also": f"{verb.name} : the same question, answered with a table.",
        "Examples": example and "{}{}replies = {}_async{}".format(_SANDBOX, *example.groups())})


def _common_parameters(verb, documented, options):
    """Entries for the other names of arguments, and for options."""
    entries = []
    for alias, name in verb.aliases.items():
        kind = re.search(rf"(?m)^{name}( : .*?)(, optional)?$", documented)
        kind = f"{kind[1]}, optional" if kind else ""
        entries.append(f"{alias}{kind}\n    The same as ``{name}``.")
    for name, (_, doc) in options.items():
        first, *more = doc.splitlines()
        entries.append("\n".join([f"{name} : {first}", *(f"    {line.strip()}" for line in more)]))
    return "\n".join(entries)


def _parts_of(verb):
    """The sections of the body's docstring, whose examples call the verb by the name that it has."""
    parts = _parts(verb.body.__doc__)
    for name in verb.same_as:
        parts["Examples"] = re.sub(rf"\.{name}\(", f".{verb.name}(", parts["Examples"])
    return parts


def _parts(doc):
    """The sections of a docstring by title; what stands before the first has the title ""."""
    first, *titled = re.split(r"(?m)^([A-Z][A-Za-z ]+)\n-+\n", doc)
    parts = {"": first, **dict.fromkeys(_TITLES, ""), **dict(zip(titled[::2], titled[1::2]))}
    return {title: text.strip() + "\n" if text else "" for title, text in parts.items()}


def _joined(parts):
    titled = [f"{title}\n{'-' * len(title)}\n{parts[title].strip()}\n" for title in _TITLES if parts.get(title)]
    return "\n".join([parts[""], *titled])
