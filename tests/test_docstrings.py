# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Every public name says what it takes (in which unit), returns and raises, and shows it in an example that is run.

Public is what the pages of ``docs/reference`` show: each name in the ``__all__`` of their modules, with the public
methods and properties of the classes. The rules are in `complaints`. The examples are tests of the modules that have
them: here it is checked that `doctest` finds them there.
"""

import ast
import builtins
import dataclasses
import doctest
import functools
import inspect
import re
import textwrap
from importlib import import_module
from pathlib import Path

import pytest
from astropy.config import ConfigItem

from astroquery_brokers import exceptions
from astroquery_brokers.alerce import AlerceClass

docscrape = pytest.importorskip("numpydoc.docscrape")

PACKAGE = "astroquery_brokers"
PAGES = Path(__file__).resolve().parents[1] / "docs" / "reference"

MEASURED = re.compile(r"\b(int|float|numbers?|n?d?arrays?(?!`? of (them|text))|MaskedArray|Quantity|Angle|Time)\b")
UNIT = re.compile(
    # A unit, or a word for one; single letters only where they cannot be anything else.
    r"\b(seconds?|days?|degrees?|deg|arcmin|arcsec|magnitudes?|mag|nJy|Jy|MJD|bytes?|rows?|pixels?|inch(es)?|dpi)\b"
    r"|[(,] ?[sd]\b|\bin [sd]\b"
    # What is counted, named, or a ratio has none.
    r"|\b(number of|how many|how often|index|indices|ids?|identifiers?|codes?|status(es)?|seed|port|no units?)\b"
    r"|\b0 to 1\b|\b1 or -1\b",
    re.IGNORECASE)
ARRAY = re.compile(r"\b(n?d?arrays?|MaskedArray|SkyCoord)\b")
SHAPE = re.compile(r"shape|``\(n,\)``|scalar", re.IGNORECASE)
SOURCE = re.compile(r"``/\S+``|et al\.")


@dataclasses.dataclass(frozen=True)
class Subject:
    """Something public: a function, class, method, property, verb or twin (of a verb)."""

    name: str
    kind: str
    thing: object

    @property
    def function(self):
        """What is written in Python for it; None for a class without a constructor of its own."""
        if self.kind == "class":
            return vars(self.thing).get("__post_init__", vars(self.thing).get("__init__"))
        if self.kind == "property":
            return getattr(self.thing, "fget", None) or self.thing.func
        return inspect.unwrap(self.thing)

    @property
    def doc(self):
        return inspect.cleandoc(self.thing.__doc__ or "")

    @property
    def parameters(self):
        """Names in the signature."""
        if self.kind == "property" or self.kind == "class" and not (self.function or self.inherits):
            return []
        parameters = inspect.signature(self.thing).parameters.values()
        return [parameter.name for parameter in parameters if parameter.name not in ("self", "cls")]

    @property
    def inherits(self):
        """Whether it is a class that is made as a class of this package before it."""
        return self.kind == "class" and "__init__" not in vars(self.thing) and any(
            "__init__" in vars(base) for base in self.thing.__mro__[1:] if base.__module__.startswith(f"{PACKAGE}."))

    @functools.cached_property
    def tree(self):
        """The syntax of what is written in Python for it, without the docstring."""
        try:
            return ast.parse(textwrap.dedent(inspect.getsource(self.function)))
        except (TypeError, OSError):
            return ast.parse("")


# -- what is public ---------------------------------------------------------------------------------------------------


def subjects():
    """All that is public, once."""
    found = {}
    for page in sorted(PAGES.glob("*.rst")):
        for block in re.split(r"(?m)^\.\. automodapi:: ", page.read_text(encoding="utf-8"))[1:]:
            module = import_module(block.split()[0])
            skipped = re.search(r":skip: (.*)", block)
            for name in sorted({*module.__all__} - {*(skipped[1].split(", ") if skipped else ())}):
                for subject in subjects_of(getattr(module, name)):
                    found.setdefault(subject.name, subject)
    return list(found.values())


def subjects_of(thing):
    """A function or a class with its members; nothing for modules, instances and constants."""
    if inspect.isclass(thing):
        yield Subject(f"{thing.__module__}.{thing.__qualname__}", "class", thing)
        seen = set(getattr(thing, "__dataclass_fields__", ()))
        for base in thing.__mro__:
            if base.__module__.partition(".")[0] in (PACKAGE, __name__):
                for name, member in vars(base).items():
                    if not name.startswith("_") and name not in seen:
                        yield from members(f"{base.__module__}.{base.__qualname__}.{name}", member)
            seen.update(vars(base))
    elif callable(thing) and inspect.isroutine(inspect.unwrap(thing)):
        yield Subject(f"{thing.__module__}.{thing.__qualname__}", "function", thing)


def members(name, member):
    member = getattr(member, "__func__", member)
    if type(member) in (property, functools.cached_property):
        yield Subject(name, "property", member)
    elif inspect.isfunction(member):
        twin = name.endswith("_async") and not hasattr(member, "verb")
        yield Subject(name, "verb" if hasattr(member, "verb") else "twin" if twin else "method", member)


# -- the rules --------------------------------------------------------------------------------------------------------


def complaints(subject):
    """What a reader would miss."""
    doc = docscrape.NumpyDocString(subject.doc)
    rules = (about_summary, about_parameters, about_returns, about_raises, about_source, about_examples)
    return [complaint for rule in rules for complaint in rule(subject, doc)]


def about_summary(subject, doc):
    """The first paragraph is one line, and a sentence."""
    if len(doc["Summary"]) != 1 or not doc["Summary"][0].endswith("."):
        yield "The first paragraph is not one line with a full stop."


def about_parameters(subject, doc):
    """Those of the signature, in its order, each with a type; numbers with a unit, arrays with a shape."""
    entries = [*doc["Parameters"], *doc["Other Parameters"], *doc["Attributes"]]
    # What a dataclass is made from are its attributes.
    made_from = entries if dataclasses.is_dataclass(subject.thing) else doc["Parameters"]
    documented = [name.lstrip("*") for entry in made_from for name in entry.name.split(", ")]
    if documented != subject.parameters and (documented or not subject.inherits):
        yield f"Documented are the parameters {documented}; the signature has {subject.parameters}."
    for entry in entries:
        if not entry.type and not entry.name.startswith("*"):
            yield f"{entry.name} has no type."
        # Another name of a parameter has the units of that one.
        same = re.fullmatch(r"The same as ``(\w+)``\.", " ".join(entry.desc))
        if same is None or same[1] not in documented:
            yield from about_measures(entry.name, entry)


def about_returns(subject, doc):
    """What is returned has a type, and a table its columns."""
    entries = doc["Returns"] or doc["Yields"]
    if subject.kind in ("class", "property"):
        return
    if subject.kind in ("verb", "twin") or returns_something(subject.tree.body[:1]):
        if not entries or not all(entry.type for entry in entries):
            yield "It returns something, and there is no section Returns with a type."
    for entry in entries:
        text = " ".join(entry.desc)
        if "BrokerTable" in entry.type and "``" not in text and "olumns of" not in text:
            yield "It returns a table, and does not name its columns."
        yield from about_measures("what is returned", entry)


def returns_something(nodes):
    """Whether a function has a ``yield``, or a ``return`` of anything but None, outside of the functions in it."""
    for node in nodes:
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if isinstance(node, ast.Return) and getattr(node.value, "value", node.value) is not None:
            return True
        inner = ast.iter_child_nodes(node)
        if returns_something(child for child in inner if not isinstance(child, (ast.FunctionDef, ast.Lambda))):
            return True
    return False


def about_measures(name, entry):
    """The rule of units: the type or the text of a number, Quantity, array or time has a word of `UNIT`."""
    text = " ".join([entry.type, *entry.desc])
    if MEASURED.search(entry.type) and not UNIT.search(text):
        yield f"{name} ({entry.type}) says neither its unit (s, d, deg, ...) nor that it has none (number of ..., id)."
    if ARRAY.search(entry.type) and not SHAPE.search(text):
        yield f"{name} ({entry.type}) has no shape: (n,), scalar, the shape of another."


def about_raises(subject, doc):
    """A verb raises; so does what has a ``raise`` in its body, or calls a function ``check...``."""
    documented = [name.strip("`~ ") for entry in doc["Raises"] for name in (entry.name or entry.type).split(", ")]
    for name in documented:
        if error_of(subject, name) is None:
            yield f"Raises has {name}, which is not known."
    wanted = ["InvalidArgumentError", "BrokerError"] if subject.kind in ("verb", "twin") else []
    for node in ast.walk(subject.tree) if subject.kind not in ("verb", "twin") else ():
        if isinstance(node, ast.Raise):
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            wanted.append(getattr(error, "id", getattr(error, "attr", None)))
        elif isinstance(node, ast.Call) and re.match(r"_?check(_|$)", getattr(node.func, "id", "")):
            wanted.append(None)
    if wanted and not documented:
        yield "It can raise, and there is no section Raises."
        return
    known = tuple(filter(None, (error_of(subject, name) for name in documented)))
    for name in filter(None, wanted):
        error = error_of(subject, name)
        if error is not None and not issubclass(error, known):
            yield f"It raises {name}, which Raises does not have."


def error_of(subject, name):
    """The exception of that name: the package's own, Python's, what the module knows, or where the name says."""
    home, _, name = name.rpartition(".")
    module = import_module(getattr(subject.thing, "__module__", None) or "builtins")
    for place in (import_module(home),) if home else (exceptions, builtins, module):
        error = vars(place).get(name)
        if inspect.isclass(error) and issubclass(error, BaseException):
            return error
    return None


def about_source(subject, doc):
    """A verb names the address or the paper that its facts are from."""
    if subject.kind == "verb" and not SOURCE.search(" ".join(doc["Notes"])):
        yield "Notes do not name the source: ``/address`` of the service, or a paper."


def about_examples(subject, doc):
    """A function, a class and a verb have an example that is run and uses the name; an exception's module has one."""
    if subject.kind in ("method", "property"):
        return
    found = found_by_doctest(subject.thing.__module__)
    if inspect.isclass(subject.thing) and issubclass(subject.thing, BaseException):
        if subject.thing.__module__ not in found:
            yield "There is no example in the docstring of its module."
        return
    name = subject.thing.__name__.removesuffix("Class")
    if not any(re.search(rf"\b{name}\b", example.source, re.IGNORECASE) for example in examples(doc["Examples"])):
        yield f"There is no example that is run and uses {name}."
    elif subject.name not in found:
        yield "The example is not run: doctest does not find it in its module."


def examples(lines):
    return [example for example in doctest.DocTestParser().get_examples("\n".join(lines))
            if not example.options.get(doctest.SKIP)]


@functools.cache
def found_by_doctest(module):
    """Names with examples, as the test run collects them."""
    module = import_module(module)
    if hasattr(module, "__doctest_skip__"):
        return set()
    return {test.name for test in doctest.DocTestFinder().find(module) if test.examples}


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
        assert UNIT.search(item.description), f"{name} says neither its unit nor that it has none"


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
])
def test_what_is_missing_is_reported(old, new, complaint):
    assert old in phase.__doc__
    found = complaints_about(phase.__doc__.replace(old, new, 1))
    assert any(complaint in one for one in found), found


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
