# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Directives that write the tables of a broker's page from the broker itself.

``broker-verbs:: alerce``
    What can be asked, from the endpoints of the broker's class.
``broker-columns:: alerce ztf_detections``, ``broker-columns:: lightcurve``
    The columns of a table, from its dictionary; the second form is for those that all brokers share.
``broker-settings:: alerce``
    The configuration items, from the broker's ``Conf``.
"""

from importlib import import_module
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import astroquery_brokers
from astroquery_brokers.columns import load_dictionary
from astroquery_brokers.query import BrokerQuery

__all__ = ["setup"]

PACKAGE = Path(astroquery_brokers.__file__).parent
# A table with more rows than this is folded.
LONG = 12
TIMES = ((7 * 86400, "week"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


class folded(nodes.Element):
    """Content behind a line that opens it."""


def open_folded(translator, node):
    translator.body.append(f'<details class="folded"><summary>{translator.encode(node["summary"])}</summary>\n')


def close_folded(translator, node):
    translator.body.append("</details>\n")


def pass_by(translator, node):
    """Elsewhere nothing can be folded."""


def broker_class(module):
    """The class of a broker's package."""
    found = (getattr(module, name) for name in module.__all__)
    return next(item for item in found if isinstance(item, type) and issubclass(item, BrokerQuery))


def verbs_of(cls):
    """The verbs of a class in the order in which its mixins define them."""
    return [member.verb for base in cls.__mro__ for member in vars(base).values() if hasattr(member, "verb")]


def words(seconds):
    """A lifetime as people say it."""
    if seconds < 1:
        return "never"
    size, unit = next((size, unit) for size, unit in TIMES if seconds >= size)
    number = seconds / size
    return f"{number:g} {unit}{'s' if number != 1 else ''}"


def text(content):
    """A line of text."""
    return [nodes.Text(content)]


def code(content, after=""):
    """Code that may be broken after a character, and nowhere else."""
    parts = content.replace(after, f"{after} ").split() if after else [content]
    return [nodes.literal("", part) for part in parts if part]


def table(widths, header, rows, css):
    """A table node; a cell is a list of lines, and a line a list of inline nodes."""
    group = nodes.tgroup(cols=len(widths))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", _row([[text(title)] for title in header]))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["colwidths-given", "broker-table", css])


def _row(cells):
    return nodes.row("", *(nodes.entry("", *(nodes.paragraph("", "", *line) for line in cell)) for cell in cells))


class BrokerDirective(SphinxDirective):
    required_arguments = 1

    def broker(self):
        """The package of the broker and its class; the page depends on all its files."""
        name = self.arguments[0]
        self.depend(PACKAGE / name / "__init__.py", *(PACKAGE / name).glob("*.py"))
        module = import_module(f"astroquery_brokers.{name}")
        return module, broker_class(module)

    def depend(self, *paths):
        """Note what the page is made from."""
        for path in paths:
            if not path.exists():
                raise self.error(f"{self.name}: there is no {path}")
            self.env.note_dependency(str(path))

    def inline(self, rst):
        return self.parse_inline(rst, lineno=self.lineno)[0]


class BrokerVerbs(BrokerDirective):
    """Table of what can be asked of a broker."""

    def run(self):
        module, cls = self.broker()
        home = f"{module.__name__}.{cls.__name__}"
        self.env.ref_context.update({"py:module": module.__name__, "py:class": cls.__name__})
        try:
            rows = [self.row(verb, home) for verb in verbs_of(cls)]
        finally:
            for key in ("py:module", "py:class"):
                self.env.ref_context.pop(key)
        header = ("Verb", "Request", "Objects", "Rows", "Cached")
        return [table((36, 33, 11, 9, 11), header, rows, "broker-verbs")]

    def row(self, verb, home):
        def each(describe):
            return [text(line) for line in dict.fromkeys(map(describe, verb.endpoints))]

        def objects(endpoint):
            arguments = verb.signature.parameters
            return str(endpoint.batch) if "object_id" in arguments else "1" if "coordinates" in arguments else ""

        return [[self.inline(f":meth:`{verb.name} <{home}.{verb.name}>`"), self.inline(verb.summary)],
                [code(f"{endpoint.base}{endpoint.path}", after="/") for endpoint in verb.endpoints],
                each(objects),
                each(lambda endpoint: str(endpoint.paging.max_size) if endpoint.paging else "all"),
                each(lambda endpoint: words(endpoint.lifetime))]


class BrokerColumns(BrokerDirective):
    """Table of the columns that a dictionary describes."""

    optional_arguments = 1

    def run(self):
        *broker, name = self.arguments
        package = ".".join(["astroquery_brokers", *broker])
        self.depend(PACKAGE.joinpath(*broker, "columns", f"{name}.yaml"))
        dictionary = load_dictionary(package, name)
        rows = [self.row(column) for column in dictionary.columns]
        made = table((23, 12, 23, 42), ("Column", "Type", "UCD", "Meaning"), rows, "broker-columns")
        number = f"{len(rows)} column{'s' if len(rows) > 1 else ''}"
        if len(rows) <= LONG:
            made.insert(0, nodes.title("", f"{name}: {number}"))
            return [made]
        return [folded("", made, summary=f"{name}: {number}")]

    def row(self, column):
        scale = (column.time or {}).get("scale", "")
        unit = ", ".join(filter(None, (column.unit, scale.upper())))
        notes = [] if column.returned else ["No longer sent by the service: always masked."]
        if column.nulls:
            notes.append(f"Masked where the service says {', '.join(map(str, column.nulls))}.")
        if column.null_with:
            notes.append(f"Masked where it and {column.null_with} are 0.")
        dtype = f"list of {column.dtype}" if column.array else column.dtype
        kind = [text(dtype), text(unit)] if unit else [text(dtype)]
        return [[code(column.name)], kind, [code(column.ucd, after=";")],
                [text(" ".join([column.description, *notes]))]]


class BrokerSettings(BrokerDirective):
    """Table of the configuration items of a broker."""

    def run(self):
        module, _ = self.broker()
        items = {name: type(module.conf).__dict__[name] for name in module.conf}
        rows = [[[code(name)], [code(str(item.defaultvalue))], [text(item.description)]]
                for name, item in items.items()]
        return [table((25, 35, 40), ("Setting", "Default", "Meaning"), rows, "broker-settings")]


def setup(app):
    elsewhere = dict.fromkeys(("latex", "man", "text"), (pass_by, pass_by))
    app.add_node(folded, html=(open_folded, close_folded), **elsewhere)
    for name, directive in (("broker-verbs", BrokerVerbs), ("broker-columns", BrokerColumns),
                            ("broker-settings", BrokerSettings)):
        app.add_directive(name, directive)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
