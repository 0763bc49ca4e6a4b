# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the documentation of a public name has to say: the rules that test_docstrings.py checks.

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

from numpydoc import docscrape

from astroquery_brokers import BrokerTable, exceptions
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.sandbox.client import Box
from astroquery_brokers.tap import TapJob

__all__ = ["PACKAGE", "Subject", "about_examples", "about_raises", "about_source", "complaints", "says_unit",
           "subjects"]

PACKAGE = "astroquery_brokers"
PAGES = Path(__file__).resolve().parents[1] / "docs" / "reference"

MEASURED = re.compile(r"\b(int|float|numbers?|n?d?arrays?(?!`? of (them|text))|MaskedArray|Quantity|Angle|Time)\b")
UNIT = re.compile(
    # A unit, or a word for one; single letters only where they cannot be anything else.
    r"\b(seconds?|days?|degrees?|deg|arcmin|arcsec|magnitudes?|mag|nJy|Jy|MJD|bytes?|pixels?|inch(es)?|dpi)\b"
    r"|[(,] ?[sd]\b|\bin [sd]\b|\bno units?\b|\b0 to 1\b|\b1 or -1\b", re.IGNORECASE)
# What is counted or named has no unit.
COUNTED = re.compile(r"\b(numbers?|how (many|often)|most|index|indices|ids?|identifiers?|codes?|status(es)?|seed|port|"
                     r"rows?|pages?)\b", re.IGNORECASE)
START = 5  # words
HELD = (AlerceClass, BrokerTable, Box, TapJob)
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

    @property
    def owner(self):
        """The class of a method or property, or a class itself; None for a function."""
        if self.kind == "class":
            return self.thing
        module, _, name = self.name.rpartition(".")[0].rpartition(".")
        return getattr(import_module(module), name, None) if self.kind in ("method", "property", "verb") else None

    @property
    def home(self):
        """The module in which it is written."""
        return import_module(getattr(self.function, "__module__", None) or "builtins")

    @functools.cached_property
    def tree(self):
        """The syntax of what is written in Python for it, without the docstring."""
        return tree_of(self.function)


def tree_of(function):
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
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
            if base.__module__.partition(".")[0] == PACKAGE:
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
    """The rule of units, and the shape of arrays."""
    if MEASURED.search(entry.type) and not says_unit(" ".join(entry.desc), name, entry.type):
        yield f"{name} ({entry.type}) says neither its unit (s, d, deg, ...) nor that it has none (number of ..., id)."
    if ARRAY.search(entry.type) and not SHAPE.search(" ".join([entry.type, *entry.desc])):
        yield f"{name} ({entry.type}) has no shape: (n,), scalar, the shape of another."


def says_unit(text, name="", type=""):
    """Whether there is a unit in type or text; or what is counted or named in name, type or the start of the text."""
    words = [name.replace("_", " "), re.sub(r"numbers?\b", "", type), *text.split()[:START]]  # "number" is a type
    return bool(UNIT.search(f"{type} {text}") or COUNTED.search(" ".join(words)))


def about_raises(subject, doc):
    """What is raised in its body is documented, and what the functions raise that it calls (see `raised_by`)."""
    documented = names_of_errors(doc)
    for name in documented:
        if error_of(subject, name) is None:
            yield f"Raises has {name}, which is not known."
    is_verb = subject.kind in ("verb", "twin")
    wanted = ["InvalidArgumentError", "BrokerError"] if is_verb else [*raised_in(subject.tree), *raised_by(subject)]
    if wanted and not documented:
        yield "It can raise, and there is no section Raises."
        return
    known = tuple(filter(None, (error_of(subject, name) for name in documented)))
    for name in dict.fromkeys(filter(None, wanted)):
        error = error_of(subject, name)
        if error is not None and not issubclass(error, known):
            yield f"It raises {name}, which Raises does not have."


def names_of_errors(doc):
    return [name.strip("`~ ") for entry in doc["Raises"] for name in (entry.name or entry.type).split(", ")]


def raised_in(tree):
    """Names of the errors in the ``raise`` statements; None where there is no name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            yield getattr(error, "id", getattr(error, "attr", None))


def raised_by(subject):
    """What is raised by the functions of this package that it calls outside of ``try``.

    That is what they document; else, for a private one of the same module or class, what is in its body. What is called
    ``check...`` and documents nothing raises something.
    """
    for name, called in calls_of(subject):
        if not getattr(called, "__module__", "").startswith(subject.home.__name__.partition(".")[0]):
            continue
        documented = names_of_errors(docscrape.NumpyDocString(inspect.cleandoc(called.__doc__ or "")))
        yield from (f"{called.__module__}.{error}" if error in vars(import_module(called.__module__)) else error
                    for error in documented)
        if not documented and name.startswith("_") and called.__module__ == subject.home.__name__:
            yield from raised_in(tree_of(vars(called).get("__init__") if inspect.isclass(called) else called))
        elif not documented and name.startswith("check"):
            yield None


def calls_of(subject):
    """The names that it calls, as functions or as methods of its own, and what they are."""
    known = {**vars(subject.home), **imported_in(subject)}
    caught = {id(inner) for node in ast.walk(subject.tree) if isinstance(node, ast.Try) and node.handlers
              for statement in node.body for inner in ast.walk(statement)}
    for node in ast.walk(subject.tree):
        if not isinstance(node, ast.Call) or id(node) in caught:
            continue
        if isinstance(node.func, ast.Name):
            yield node.func.id, known.get(node.func.id)
        elif isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", None) in ("self", "cls"):
            yield node.func.attr, getattr(subject.owner, node.func.attr, None)


def imported_in(subject):
    """What it imports itself, by name."""
    package = getattr(subject.home, "__package__", None)
    return {alias.asname or alias.name: getattr(import_module("." * node.level + (node.module or ""), package),
                                                alias.name, None)
            for node in ast.walk(subject.tree) if isinstance(node, ast.ImportFrom) and node.level
            for alias in node.names}


def error_of(subject, name):
    """The exception of that name: the package's own, Python's, what the module knows, or where the name says."""
    home, _, name = name.rpartition(".")
    for place in (import_module(home),) if home else (exceptions, builtins, subject.home):
        error = vars(place).get(name)
        if inspect.isclass(error) and issubclass(error, BaseException):
            return error
    return None


def about_source(subject, doc):
    """A verb names the address or the paper that its facts are from."""
    if subject.kind == "verb" and not SOURCE.search(" ".join(doc["Notes"])):
        yield "Notes do not name the source: ``/address`` of the service, or a paper."


def about_examples(subject, doc):
    """It has an example that is run and uses it; for an error, its module has one.

    Methods need one where people call them: `HELD`. The class may have it.
    """
    if subject.kind == "property" or subject.kind == "method" and not is_held(subject.owner):
        return
    home = subject.owner if subject.kind == "method" else subject.thing
    found = found_by_doctest(home.__module__)
    if inspect.isclass(home) and issubclass(home, BaseException):
        if home.__module__ not in found:
            yield "There is no example in the docstring of its module."
        return
    name = subject.name.rpartition(".")[2].removesuffix("Class")
    places = {subject.name: subject.doc}
    if home is not subject.thing:
        places[f"{home.__module__}.{home.__qualname__}"] = inspect.cleandoc(home.__doc__ or "")
    using = [place for place, text in places.items() if any(uses(example, name) for example in examples(text))]
    if not using:
        yield f"There is no example that is run and uses {name}."
    # A method under a second name is the same one, found under the first.
    elif not found.intersection(using) and f"{home.__module__}.{subject.thing.__qualname__}" not in found:
        yield "The example is not run: doctest does not find it in its module."


def is_held(owner):
    return any(issubclass(held, owner) for held in HELD)


def examples(text):
    return [example for example in doctest.DocTestParser().get_examples(text)
            if not example.options.get(doctest.SKIP)]


def uses(example, name):
    """Whether the code of an example, not a comment or a text in it, reads the name (of any case: Conf is ``conf``)."""
    return any(name.lower() == getattr(node, "id", getattr(node, "attr", "")).lower() for node in
               ast.walk(ast.parse(example.source)) if isinstance(node, (ast.Name, ast.Attribute)))


@functools.cache
def found_by_doctest(module):
    """Names with examples, as the test run collects them."""
    module = import_module(module)
    if hasattr(module, "__doctest_skip__"):
        return set()
    return {test.name for test in doctest.DocTestFinder().find(module) if test.examples}
