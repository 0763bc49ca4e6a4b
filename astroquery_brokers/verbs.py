# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The ``@query`` decorator: a verb is written once, as the requests that it makes."""

import functools
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .exceptions import UnknownArgumentError, InvalidArgumentError
from .arguments import suggest
from .verb_docs import OPTIONS, async_doc, verb_doc

__all__ = ["Plan", "Question", "Verb", "query"]


@dataclass
class Plan:
    """What a verb wants to be asked.

    Attributes
    ----------
    requests : list of `~astroquery_brokers.endpoints.Request`
        What is sent.
    asked : str
        For messages, e.g. ``"detections of ZTF20aaelulu"``.
    survey : str
        Name of the survey that it is about.
    items : tuple
        Everything asked, in order: object ids, or indices of positions; empty for criteria.
    scalar : bool
        Whether a single thing was asked by its name.
    build : callable, optional
        ``build(broker, plan, answers)`` makes the table; the default puts the replies one below the other.
    row_limit : int, optional
        The limit that the user knows of: most rows of the table, or of each position.
    wrap : callable, optional
        ``wrap(records, table)`` gives ``format="json"`` the form that the broker's own client gives it.
    limit_name : str
        Which argument the user sets that limit by.
    then : callable, optional
        ``then(table)`` makes the plan that follows from this one's table, where a verb has to look something up.
    found : tuple
        Those of ``items`` for which nothing more has to be asked.
    finish : callable, optional
        ``finish(result)`` makes what is returned of what ``build`` made, where that is no table.
    whole : bool
        Whether one failure is enough to raise, because the replies are parts of one thing.
    hint : str
        A sentence on why nothing may have come, for the warning.
    columns : tuple of str, optional
        Names of the native columns that the table has; all of them by default.

    Examples
    --------
    >>> from astroquery_brokers.endpoints import Endpoint, Request
    >>> from astroquery_brokers.query import Plan
    >>> classifiers = Endpoint("classifiers", "ztf_url", "/classifiers/", ("ztf_classifiers",))
    >>> plan = Plan([Request(classifiers)], asked="classifiers", survey="ztf")
    >>> plan.items
    ()
    """

    requests: list
    asked: str
    survey: str
    items: tuple = ()
    scalar: bool = False
    build: object = None
    row_limit: int | None = None
    wrap: object = None
    limit_name: str = "row_limit"
    then: object = None
    found: tuple = ()
    finish: object = None
    whole: bool = False
    hint: str = ""
    columns: tuple | None = None


@dataclass(frozen=True)
class Verb:
    """A method that asks a broker something.

    Attributes
    ----------
    name : str
        Name of the method.
    body : callable
        What makes its `Plan`.
    endpoints : tuple of `~astroquery_brokers.endpoints.Endpoint`
        What it can ask.
    tables : tuple of str
        Dictionaries of what it returns, for all surveys.
    adds : tuple of str
        Dictionaries whose columns are added.
    aliases : dict of str to str
        Other names of arguments.
    signature : `inspect.Signature`
        That of the method, with the common options.
    options : tuple of str
        Names of the common options that it has.
    same_as : tuple of str
        Its other names.

    Examples
    --------
    >>> from astroquery_brokers.alerce import AlerceClass
    >>> verb = AlerceClass.query_detections.verb
    >>> verb.name, verb.tables
    ('query_detections', ('ztf_detections', 'lsst_detections'))
    """

    name: str
    body: object
    endpoints: tuple
    tables: tuple
    adds: tuple = ()
    aliases: dict = field(default_factory=dict)
    signature: inspect.Signature = None
    options: tuple = tuple(OPTIONS)
    same_as: tuple = ()

    def tables_of(self, survey):
        """Dictionaries of what it returns for a survey.

        Parameters
        ----------
        survey : str
            Its name.

        Returns
        -------
        tuple of str
        """
        found = next((endpoint.tables for endpoint in self.endpoints if endpoint.survey in ("", survey)), ())
        return found if set(found) <= set(self.tables) else self.tables

    @property
    def summary(self):
        """The first line of its documentation."""
        return inspect.getdoc(self.body).splitlines()[0]

    def bind(self, args, kwargs):
        """Arguments of the body, and options of the call.

        Parameters
        ----------
        args : tuple
            What was passed by place.
        kwargs : dict
            What was passed by name.

        Returns
        -------
        arguments : dict
            Under their own names, without those that were left out.
        options : dict
            All of the common ones.

        Raises
        ------
        UnknownArgumentError
            If there is no such argument, or one that is needed is missing.
        InvalidArgumentError
            If an argument was given under two names.
        """
        allowed = [name for name in self.signature.parameters if name != "self"]
        for name in kwargs:
            if name not in allowed:
                raise UnknownArgumentError(f"{self.name}() has no argument {name!r}. {suggest(name, allowed)}")
        try:
            bound = self.signature.bind(None, *args, **kwargs).arguments
        except TypeError as error:
            placed = [name for name, parameter in self.signature.parameters.items()
                      if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and name != "self"]
            raise UnknownArgumentError(f"{self.name}(): {error}. By place: {', '.join(placed) or 'none'}; all others "
                                       f"by name. {suggest('', allowed)}") from None
        bound.pop("self")
        # What is used up by looking at it is looked at more than once.
        bound = {name: list(value) if isinstance(value, Iterator) and not hasattr(value, "read") else value
                 for name, value in bound.items()}
        for alias, name in self.aliases.items():
            if alias in bound:
                if bound.get(name) is not None:
                    raise InvalidArgumentError(f"{self.name}() got both {name} and {alias}, which are the same.")
                bound[name] = bound.pop(alias)
        options = {name: bound.pop(name, default) if name in self.options else default
                   for name, (default, _) in OPTIONS.items()}
        required = [name for name, parameter in inspect.signature(self.body).parameters.items()
                    if parameter.default is parameter.empty and name != "self"]
        for name in required:
            if bound.get(name) is None:
                raise UnknownArgumentError(f"{self.name}() needs {name}.")
        return bound, options


@dataclass(frozen=True)
class Question:
    """One call of a verb: what was passed, and what it made of it.

    Attributes
    ----------
    verb : Verb
        The verb.
    plan : Plan
        What it wants to be asked.
    arguments : dict
        What was passed.

    Examples
    --------
    >>> from astroquery_brokers.alerce import AlerceClass
    >>> from astroquery_brokers.verbs import Plan, Question
    >>> question = Question(AlerceClass.query_classifiers.verb, Plan([], "classifiers", "ztf"), {})
    >>> question.plan.asked
    'classifiers'
    """

    verb: Verb
    plan: Plan
    arguments: dict


def query(*endpoints, returns=None, adds=(), aliases=None, shared=None, without=None, also=None):
    """Make a verb of a method that validates its arguments and returns a `Plan`.

    The class gets the verb, with the options, errors and warnings that all verbs have in common added to its signature
    and documentation, and its twin ``<verb>_async`` that returns the raw replies.

    Parameters
    ----------
    *endpoints : `~astroquery_brokers.endpoints.Endpoint`
        What the verb can ask, for ``capabilities()``.
    returns : tuple of str, optional
        Dictionaries of what is returned; those of each survey's first endpoint by default.
    adds : tuple of str, optional
        Dictionaries whose columns are added.
    aliases : dict of str to str, optional
        Other names of arguments, e.g. ``{"oid": "object_id"}``.
    shared : dict of str to str, optional
        Documentation that several verbs share: the text stands for ``{name}`` in the docstring.
    without : tuple of str, optional
        Common options that the verb does not have; those that shape a table, where it returns none.
    also : str, optional
        Another name for the verb, such as that in the broker's own client.

    Returns
    -------
    callable
        A decorator of the method.

    Examples
    --------
    >>> from astroquery_brokers.endpoints import Endpoint, Request
    >>> from astroquery_brokers.query import BrokerQuery, Plan, query
    >>> classifiers = Endpoint("classifiers", "ztf_url", "/classifiers/", ("ztf_classifiers",))
    >>> class SmallClass(BrokerQuery):
    ...     broker, package = "Small", "astroquery_brokers.alerce"
    ...
    ...     @query(classifiers)
    ...     def query_classifiers(self):
    ...         "Classifiers."
    ...         return Plan([Request(classifiers)], asked="classifiers", survey="ztf")
    >>> SmallClass().query_classifiers(get_query_payload=True)["method"]
    'GET'
    """
    if returns is None:
        first = {endpoint.survey: endpoint.tables for endpoint in reversed(endpoints)}
        returns = tuple(dict.fromkeys(name for endpoint in endpoints for name in first.pop(endpoint.survey, ())))
    without = without or (() if returns else ("format", "index", "sort"))
    options = tuple(name for name in OPTIONS if name not in without)
    return lambda body: _VerbDescriptor(body, endpoints, returns, adds, aliases or {}, shared or {}, options, also)


class _VerbDescriptor:
    """Stands for a verb until its class is made, then puts two plain functions in its place, for each of its names."""

    def __init__(self, body, endpoints, tables, adds, aliases, shared, options, also):
        self.body, self.endpoints, self.tables, self.adds, self.options = body, endpoints, tables, adds, options
        self.also = () if also is None else (also,)
        parameters = inspect.signature(body).parameters
        self.aliases = {alias: name for alias, name in aliases.items() if name in parameters}
        body.__doc__ = inspect.getdoc(body)
        for name, text in shared.items():
            body.__doc__ = body.__doc__.replace(f"{{{name}}}", inspect.cleandoc(text))

    def __set_name__(self, owner, name):
        verb = Verb(name, self.body, self.endpoints, self.tables, self.adds, self.aliases,
                    _signature(self.body, self.aliases, self.options), self.options, self.also)
        _add(verb, owner)
        for other in self.also:
            _add(replace(verb, name=other, same_as=(name,)), owner)


def _add(verb, owner):
    """Give a class the two functions of a verb."""
    def ask(self, *args, **kwargs):
        return self._ask(verb, *verb.bind(args, kwargs))

    def ask_async(self, *args, **kwargs):
        return self._ask(verb, *verb.bind(args, kwargs), raw=True)

    for function, suffix, doc in ((ask, "", verb_doc(verb)), (ask_async, "_async", async_doc(verb))):
        functools.update_wrapper(function, verb.body)
        del function.__wrapped__
        function.__name__ = verb.name + suffix
        function.__qualname__ = f"{owner.__qualname__}.{verb.name}{suffix}"
        function.__signature__ = verb.signature
        function.__doc__ = doc
        setattr(owner, verb.name + suffix, function)
    ask.verb = verb


def _signature(body, aliases, options):
    signature = inspect.signature(body)
    parameters, optional = [], False
    for parameter in signature.parameters.values():
        # An argument with another name can be left out, and then so can those after it; bind() checks them.
        optional = optional or parameter.name in aliases.values()
        if optional and parameter.default is parameter.empty:
            parameter = parameter.replace(default=None)
        parameters.append(parameter)
    added = {**dict.fromkeys(aliases), **{name: OPTIONS[name][0] for name in options}}
    parameters += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
                   for name, default in added.items()]
    return signature.replace(parameters=parameters)
