# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Every public name says what it takes (in which unit), returns and raises, and shows it in an example that is run."""

import inspect

import pytest
from astropy.config import ConfigItem

from astroquery_brokers import BrokerTable, exceptions
from astroquery_brokers.alerce import AlerceClass

docscrape = pytest.importorskip("numpydoc.docscrape")
from .docstring_rules import (  # noqa: E402
    PACKAGE, Subject, about_examples, about_raises, about_source, complaints, says_unit, subjects)

# -- the checks -------------------------------------------------------------------------------------------------------


SUBJECTS = subjects()


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name.removeprefix(f"{PACKAGE}."))
def test_documentation_is_complete(subject):
    assert list(complaints(subject)) == []


def test_the_names_that_matter_are_checked():
    kinds = {}
    for subject in SUBJECTS:
        kinds.setdefault(subject.kind, set()).add(subject.name.rpartition(".")[2])
    assert kinds["verb"] >= {verb.name for verb in AlerceClass._verbs()}
    assert kinds["twin"] == {f"{name}_async" for name in kinds["verb"]}
    assert {"AlerceClass", "BrokerTable", "Conf", "BrokerError", "Endpoint", "Policy"} <= kinds["class"]
    assert {"running", "read", "write", "plot_lightcurve", "check_radius", "query", "redact"} <= kinds["function"]
    assert {"coords", "time", "requests"} <= kinds["property"]
    assert {"list_columns", "capabilities", "clear_cache", "to_votable"} <= kinds["method"]


@pytest.mark.parametrize("conf, name", [(subject.thing, name) for subject in SUBJECTS if subject.kind == "class"
                                        for name, item in vars(subject.thing).items() if isinstance(item, ConfigItem)])
def test_settings_have_a_meaning_and_a_unit(conf, name):
    item = vars(conf)[name]
    assert item.description.endswith(".")
    if isinstance(item.defaultvalue, (int, float)):
        assert says_unit(item.description), f"{name} says neither its unit nor that it has none"


# -- the rules can fail -----------------------------------------------------------------------------------------------


def phase(mjd, period, *, zero=0.0, **options):
    """Phase of epochs.

    Parameters
    ----------
    mjd : `numpy.ndarray`
        Epochs (d), of any shape.
    period : float
        Period in days.
    zero : float, optional
        MJD of phase 0.
    **options
        Ignored.

    Returns
    -------
    `numpy.ndarray`
        Phase, 0 to 1, in the shape of the epochs.

    Raises
    ------
    InvalidArgumentError
        If the period is not positive.

    Examples
    --------
    >>> phase(3.0, 2.0)
    0.5
    """
    if period <= 0:
        raise exceptions.InvalidArgumentError
    check_period(period)
    return (mjd - zero) / period % 1


def check_period(period):
    pass


def complaints_about(doc, name="phase"):
    def changed(mjd, period, *, zero=0.0, **options):
        if period <= 0:
            raise exceptions.InvalidArgumentError
        check_period(period)
        return (mjd - zero) / period % 1

    changed.__doc__, changed.__name__ = doc, name
    return list(complaints(Subject(f"{__name__}.{name}", "function", changed)))


def test_a_complete_docstring_passes():
    assert complaints_about(phase.__doc__) == []


@pytest.mark.parametrize("old, new, complaint", [
    ("Phase of epochs.", "Phase of\n    epochs.", "not one line"),
    ("Phase of epochs.", "Phase of epochs", "full stop"),
    ("in days.", "of the star.", "period (float) says neither its unit"),
    ("Period in days.", "How much longer each turn of an id takes.", "period (float) says neither its unit"),
    ("Epochs (d), of any shape.", "Epochs, of any shape.", "mjd (`numpy.ndarray`) says neither its unit"),
    ("MJD of phase 0.", "Start.", "zero (float, optional) says neither its unit"),
    ("Epochs (d), of any shape.", "Epochs (d).", "mjd (`numpy.ndarray`) has no shape"),
    ("Phase, 0 to 1, in", "Phase, in", "what is returned (`numpy.ndarray`) says neither"),
    (", in the shape of the epochs", "", "what is returned (`numpy.ndarray`) has no shape"),
    ("period : float", "period", "period has no type"),
    ("period : float\n        Period in days.\n    ", "", "Documented are the parameters ['mjd', 'zero', 'options']"),
    ("period : float", "length : float", "['mjd', 'length', 'zero', 'options']"),
    ("period : float", "period, more : float", "['mjd', 'period', 'more', 'zero', 'options']"),
    ("Returns\n    -------\n    `numpy.ndarray`\n        Phase, 0 to 1, in the shape of the epochs.\n", "",
     "no section Returns"),
    ("`numpy.ndarray`\n        Phase, 0 to 1,", "`~astroquery_brokers.BrokerTable`\n        Phases,", "columns"),
    ("Raises\n    ------\n    InvalidArgumentError\n        If the period is not positive.\n", "",
     "no section Raises"),
    ("InvalidArgumentError", "KeyError", "It raises InvalidArgumentError, which Raises does not have"),
    ("InvalidArgumentError", "OddError", "Raises has OddError, which is not known"),
    ("Examples\n    --------\n    >>> phase(3.0, 2.0)\n    0.5\n", "", "no example"),
    (">>> phase(3.0, 2.0)\n    0.5", "Call phase(3.0, 2.0).", "no example"),
    (">>> phase(3.0, 2.0)", ">>> phase(3.0, 2.0)  # doctest: +SKIP", "no example"),
    (">>> phase(3.0, 2.0)", ">>> 1 / 2", "no example that is run and uses phase"),
    (">>> phase(3.0, 2.0)", ">>> 1 / 2  # phase", "no example that is run and uses phase"),
    (">>> phase(3.0, 2.0)", ">>> 'phase'", "no example that is run and uses phase"),
])
def test_what_is_missing_is_reported(old, new, complaint):
    assert old in phase.__doc__
    found = complaints_about(phase.__doc__.replace(old, new, 1))
    assert any(complaint in one for one in found), found


def _helper(fail=True):
    if fail:
        raise KeyError


class Example:
    """Made for the tests."""

    def _own(self):
        raise KeyError

    def by_method(self):
        """Fail."""
        self._own()

    def by_function(self):
        """Fail."""
        _helper()

    def caught(self):
        """Do not fail."""
        try:
            _helper()
        except KeyError:
            pass

    def documented(self):
        """Fail.

        Raises
        ------
        KeyError
            Always.
        """
        self._own()


@pytest.mark.parametrize("name, expected", [
    ("by_method", ["no section Raises"]), ("by_function", ["no section Raises"]), ("caught", []), ("documented", [])])
def test_what_is_raised_by_helpers_is_reported(name, expected):
    subject = Subject(f"{__name__}.Example.{name}", "method", getattr(Example, name))
    found = list(about_raises(subject, docscrape.NumpyDocString(subject.doc)))
    assert len(found) == len(expected) and all(words in one for words, one in zip(expected, found))


@pytest.mark.parametrize("name, error", [
    ("sandbox.start", "SandboxError"), ("plotting.plot_lightcurve", "ImportError"),
    ("tables.broker_table.BrokerTable.coords", "AttributeError"),
    ("tables.broker_table.BrokerTable.to_votable", "InvalidArgumentError"),
    ("tables.broker_table.BrokerTable.plot", "InvalidArgumentError")])
def test_errors_of_what_is_called_are_missed(name, error):
    subject, = (subject for subject in SUBJECTS if subject.name == f"{PACKAGE}.{name}")
    doc = docscrape.NumpyDocString(subject.doc)
    assert list(about_raises(subject, doc)) == []
    doc["Raises"] = [entry for entry in doc["Raises"] if not (entry.name or entry.type).strip("`").endswith(error)]
    assert len(list(about_raises(subject, doc))) >= 1


def test_methods_that_people_call_need_an_example():
    subject, = (subject for subject in SUBJECTS if subject.name == f"{BrokerTable.__module__}.BrokerTable.to_votable")
    doc = docscrape.NumpyDocString(subject.doc)
    assert list(about_examples(subject, doc)) == []
    bare = Subject(subject.name, "method", lambda self: None)
    assert list(about_examples(bare, doc)) == ["There is no example that is run and uses to_votable."]


def test_an_example_that_is_not_run_is_reported():
    found = complaints_about(phase.__doc__.replace("phase(", "turn("), name="turn")
    assert found == ["The example is not run: doctest does not find it in its module."]


def test_a_verb_without_source_or_errors_is_reported():
    verb = AlerceClass.query_detections
    doc = docscrape.NumpyDocString(inspect.cleandoc(verb.__doc__))
    subject = Subject("verb", "verb", verb)
    assert not [*about_source(subject, doc), *about_raises(subject, doc)]
    doc["Notes"], doc["Raises"] = ["From somewhere."], []
    assert len([*about_source(subject, doc), *about_raises(subject, doc)]) == 2
