# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The ``@query`` decorator: a verb is written once, as the requests that it makes."""

import functools
import inspect
import textwrap
from dataclasses import dataclass, field

from .exceptions import UnknownArgumentError, InvalidArgumentError
from .arguments import suggest

__all__ = ["Plan", "Question", "Verb", "query"]

_OPTIONS = {
    "format": (None, """None, "votable", "pandas", "json" or "csv"
        What is returned: a `~astroquery_brokers.BrokerTable` (the default, and "votable"), a
        `pandas.DataFrame`, plain Python lists and dicts, or text."""),
    "index": (None, """str, optional
        Column to make the index of the result (a table's or data frame's)."""),
    "sort": (None, """str, optional
        Column to sort the result by, ascending."""),
    "cache": (None, """None, bool, "refresh" or "only"
        None does what astroquery's cache configuration says, ``"refresh"`` asks again and keeps the new reply,
        ``"only"`` sends nothing."""),
    "progress": (None, """bool, optional
        Whether to show a progress bar; None shows one on a terminal when it takes more than a second."""),
    "raise_on_failure": (False, """bool
        Whether the first failed request ends the call. By default what arrived is returned with a warning, and
        ``table.failures`` says what is missing; if everything failed, the error is raised."""),
    "get_query_payload": (False, """bool
        Return what would be sent, and send nothing: a dict with method, url and params, or a list of them."""),
}


@dataclass
class Plan:
    """What a verb wants to be asked.

    Attributes
    ----------
    requests : list of `~astroquery_brokers.endpoints.Request`
    items : tuple
        Everything asked, in order: object ids, or indices of positions; empty for criteria.
    asked : str
        For messages, e.g. ``"detections of ZTF20aaelulu"``.
    survey : str
    scalar : bool
        Whether a single thing was asked by its name.
    build : callable, optional
        ``build(broker, plan, answers)`` makes the table; the default puts the replies one below the other.
    row_limit : int, optional
        The limit that the user knows of: most rows of the table, or of each position.
    then : callable, optional
        ``then(table)`` makes the plan that follows from this one's table, where a verb has to look something up.
    wrap : callable, optional
        ``wrap(records, table)`` gives ``format="json"`` the form that the broker's own client gives it.
    """

    requests: list
    asked: str
    survey: str
    items: tuple = ()
    scalar: bool = False
    build: object = None
    row_limit: int | None = None
    wrap: object = None
    then: object = None


@dataclass(frozen=True)
class Verb:
    """A method that asks a broker something."""

    name: str
    body: object
    endpoints: tuple
    tables: tuple
    adds: tuple = ()
    aliases: dict = field(default_factory=dict)
    signature: inspect.Signature = None

    @property
    def summary(self):
        """The first line of its documentation."""
        return inspect.getdoc(self.body).splitlines()[0]

    def bind(self, args, kwargs):
        """Arguments of the body, and options of the call."""
        allowed = [name for name in self.signature.parameters if name != "self"]
        for name in kwargs:
            if name not in allowed:
                raise UnknownArgumentError(f"{self.name}() has no argument {name!r}. {suggest(name, allowed)}")
        try:
            bound = self.signature.bind(None, *args, **kwargs).arguments
        except TypeError as error:
            raise UnknownArgumentError(f"{self.name}(): {error}. {suggest('', allowed)}") from None
        bound.pop("self")
        for alias, name in self.aliases.items():
            if alias in bound:
                if bound.get(name) is not None:
                    raise InvalidArgumentError(f"{self.name}() got both {name} and {alias}, which are the same.")
                bound[name] = bound.pop(alias)
        options = {name: bound.pop(name, default) for name, (default, _) in _OPTIONS.items()}
        required = [name for name, parameter in inspect.signature(self.body).parameters.items()
                    if parameter.default is parameter.empty and name != "self"]
        for name in required:
            if bound.get(name) is None:
                raise UnknownArgumentError(f"{self.name}() needs {name}.")
        return bound, options


@dataclass(frozen=True)
class Question:
    """One call of a verb: what was passed, and what it made of it."""

    verb: Verb
    plan: Plan
    arguments: dict


def query(*endpoints, returns=None, adds=(), aliases=None):
    """Make a verb of a method that validates its arguments and returns a `Plan`.

    The class gets the verb, with the common options added to its signature and documentation, and its twin
    ``<verb>_async`` that returns the raw replies.

    Parameters
    ----------
    *endpoints : `~astroquery_brokers.endpoints.Endpoint`
        What the verb can ask, for ``capabilities()``.
    returns : tuple of str, optional
        Dictionaries of what is returned; those of the first endpoint by default.
    adds : tuple of str, optional
        Dictionaries whose columns are added.
    aliases : dict of str to str, optional
        Other names of arguments, e.g. ``{"oid": "object_id"}``.
    """
    return lambda body: _VerbDescriptor(body, endpoints, returns or endpoints[0].tables, adds,
                                        aliases or {})


class _VerbDescriptor:
    """Stands for a verb until its class is made, then puts two plain functions in its place."""

    def __init__(self, body, endpoints, tables, adds, aliases):
        self.body, self.endpoints, self.tables, self.adds = body, endpoints, tables, adds
        parameters = inspect.signature(body).parameters
        self.aliases = {alias: name for alias, name in aliases.items() if name in parameters}

    def __set_name__(self, owner, name):
        verb = Verb(name, self.body, self.endpoints, self.tables, self.adds, self.aliases,
                    _signature(self.body, self.aliases))

        def ask(self, *args, **kwargs):
            return self._ask(verb, *verb.bind(args, kwargs))

        def ask_async(self, *args, **kwargs):
            return self._ask(verb, *verb.bind(args, kwargs), raw=True)

        for function, suffix, doc in ((ask, "", _doc(verb)), (ask_async, "_async", _async_doc(verb))):
            functools.update_wrapper(function, self.body)
            del function.__wrapped__
            function.__name__ = name + suffix
            function.__qualname__ = f"{owner.__qualname__}.{name}{suffix}"
            function.__signature__ = verb.signature
            function.__doc__ = doc
            setattr(owner, name + suffix, function)
        ask.verb = verb


def _signature(body, aliases):
    signature = inspect.signature(body)
    parameters, optional = [], False
    for parameter in signature.parameters.values():
        # An argument with another name can be left out, and then so can those after it; bind() checks them.
        optional = optional or parameter.name in aliases.values()
        if optional and parameter.default is parameter.empty:
            parameter = parameter.replace(default=None)
        parameters.append(parameter)
    added = {**dict.fromkeys(aliases), **{name: default for name, (default, _) in _OPTIONS.items()}}
    parameters += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
                   for name, default in added.items()]
    return signature.replace(parameters=parameters)


def _doc(verb):
    """The documentation of the body with the common options as further parameters."""
    return _with_options(inspect.getdoc(verb.body), verb)


def _async_doc(verb):
    before = inspect.getdoc(verb.body).partition("\nReturns\n")[0]
    head, _, rest = before.partition("\n")
    returns = textwrap.dedent(f"""
        Returns
        -------
        `requests.Response` or list of them
            A list where the question takes several requests, as for a paged answer or many objects.

        See Also
        --------
        {verb.name} : the same question, answered with a table.
        """)
    options = {name: entry for name, entry in _OPTIONS.items() if name not in ("format", "index", "sort")}
    ignored = {"format, index, sort": (None, "ignored\n        They shape tables; raw replies have no shape.")}
    return _with_options(f"{head.rstrip('.')} (the raw replies).\n{rest.rstrip()}\n{returns}", verb,
                         options | ignored)


def _with_options(text, verb, options=_OPTIONS):
    entries = [f"{alias}\n    The same as ``{name}``." for alias, name in verb.aliases.items()]
    for name, (_, doc) in options.items():
        first, *more = doc.splitlines()
        entries.append("\n".join([f"{name} : {first}", *(f"    {line.strip()}" for line in more)]))
    head, mark, tail = text.partition("\nReturns\n")
    title = "" if "\nParameters\n" in head else "\nParameters\n----------\n"
    return f"{head.rstrip()}\n{title}" + "\n".join(entries) + "\n" + mark + tail
