# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The documentation is complete: every public name, every broker and every error has its place, every page is found."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import astroquery_brokers
from astroquery_brokers import exceptions, stubs

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {path.relative_to(DOCS).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
         for path in sorted(DOCS.rglob("*.rst")) if not {"_build", "api"} & set(path.relative_to(DOCS).parts)}
# Run as programs, and described as such: the command line, and what generates files for developers.
PROGRAMS = {"cli", "stubs"}
# Packages, and the modules beside them: what is inside a package is public if the package says so.
MODULES = ["astroquery_brokers"] + [module.name for module in walk_packages(astroquery_brokers.__path__,
                                                                            "astroquery_brokers.")
                                    if (module.ispkg or module.name.count(".") == 1)
                                    and module.name.split(".")[1] not in PROGRAMS]
BROKERS = {cls.package.rpartition(".")[2]: cls for cls in stubs.brokers()}


def toctrees(text):
    """The entries of a page's tables of contents."""
    for block in re.findall(r"^\.\. toctree::\n((?:[ ]+.*\n|\n)+)", f"{text}\n", flags=re.M):
        yield from (line.strip() for line in block.splitlines() if line.strip() and not line.strip().startswith(":"))


def documented():
    """Modules in the reference, with the names that each leaves out."""
    found = {}
    for name, text in PAGES.items():
        if name.startswith("reference/"):
            for block in re.findall(r"^\.\. automodapi:: (\S+)\n((?:[ ]+.*\n)*)", f"{text}\n", flags=re.M):
                skipped = re.findall(r":skip: (.*)", block[1])
                found[block[0]] = {item.strip() for line in skipped for item in line.split(",")}
    return found


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_in_the_reference(name):
    reference, module = documented(), import_module(name)
    elsewhere = {id(getattr(import_module(other), item)) for other, skipped in reference.items() if other != name
                 for item in set(import_module(other).__all__) - skipped}
    public = getattr(module, "__all__", [])
    here = set(public) - reference[name] if name in reference else set()
    missing = [item for item in public if item not in here and id(getattr(module, item)) not in elsewhere]
    assert not missing, f"docs/reference lacks {missing} of {name}"


def test_every_page_is_in_one_table_of_contents():
    listed = [(Path(name).parent / entry).as_posix() for name, text in PAGES.items() for entry in toctrees(text)]
    assert sorted(listed) == sorted(set(PAGES) - {"index"})


@pytest.mark.parametrize("name", BROKERS)
def test_every_broker_has_its_pages_with_all_tables(name):
    page = PAGES[f"brokers/{name}"]
    assert f"automodapi:: astroquery_brokers.{name}\n" in PAGES[f"reference/{name}"]
    tables = {f"{name} {table}" for verb in BROKERS[name]._verbs() for endpoint in verb.endpoints
              for table in endpoint.tables}
    assert tables <= set(re.findall(r"^\.\. broker-columns:: (.+)$", page, flags=re.M))
    for directive in ("broker-verbs", "broker-settings"):
        assert f".. {directive}:: {name}\n" in page


def test_every_error_is_explained():
    page = PAGES["user_guide/errors"]
    assert [name for name in exceptions.__all__ if f"`~astroquery_brokers.exceptions.{name}`" not in page] == []


def test_every_figure_has_a_text_alternative():
    figures = [block for text in PAGES.values()
               for block in re.findall(r"^\.\. (?:plot|image|figure)::.*\n(?:[ ]+:.*\n)*", text, flags=re.M)]
    assert figures and all(re.search(r"^[ ]+:alt: \S", block, flags=re.M) for block in figures)
