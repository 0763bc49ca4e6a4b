# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Why nothing came: objects that a broker does not know, and names that it does not have."""

import warnings

from .messages import PROG, say

__all__ = ["check_names", "empty_table"]


def empty_table(broker, verb, asked):
    """The table of a question about objects that the broker does not know; says so.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
    verb : `~astroquery_brokers.verbs.Verb`
    asked : dict
        Arguments of the verb.

    Returns
    -------
    `~astroquery_brokers.BrokerTable`
        Without rows.
    """
    from astroquery.exceptions import NoResultsWarning

    from ..results import assemble
    from ..verbs import Question

    plan = verb.body(broker, **asked)
    items = plan.items
    if plan.then is not None:  # the object stands for its position, and any other one has the same table
        plan = verb.body(broker, **{**asked, "coordinates": "0 0", "survey": plan.survey})
    say(f"warning: {broker.broker} has {'no object' if len(items) == 1 else 'none of the objects'} {', '.join(items)}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)
        return assemble(broker, Question(verb, plan, asked), [])


def check_names(broker, asked, survey):
    """Refuse a classifier or class that the broker does not have, and tell where the names are.

    Parameters
    ----------
    broker : `~astroquery_brokers.query.BrokerQuery`
    asked : dict
        Arguments of the verb that brought nothing.
    survey : str

    Raises
    ------
    InvalidArgumentError
        If there is no such classifier, or it has no such class.
    """
    if {"classifier", "classifier_version", "class_name"} & asked.keys():
        _check_classes(broker, asked, survey)
        say(f"the classifiers, with their versions and classes: {PROG} classifiers --survey {survey}")
    elif {"name", "version"} & asked.keys():
        say(f"the features that an object has, with their versions: {PROG} features ID")


def _check_classes(broker, asked, survey):
    from ..exceptions import BrokerError

    try:
        known = broker.query_classifiers(survey=survey, cache="only" if asked.get("cache") == "only" else None)
    except BrokerError:
        return
    name, class_name = asked.get("classifier"), asked.get("class_name")
    _check(name, known["classifier_name"].tolist(), "classifier", broker)
    classes = [one for row in known if name in (None, row["classifier_name"]) for one in row["classes"]]
    _check(class_name, classes, "class_name", broker, f" as a class of {name}" if name else "")


def _check(name, known, option, broker, where=""):
    from ..arguments import suggest
    from ..exceptions import InvalidArgumentError

    if name is not None and name not in known:
        raise InvalidArgumentError(f"{option}={name!r} is not known to {broker.broker}{where}. "
                                   f"{suggest(name, sorted(set(map(str, known))))}")
