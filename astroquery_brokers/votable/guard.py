# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""An XML parser that lets nothing through but modest VOTables: no DTD, no entities, no other files, nothing endless."""

import math
from collections import Counter
from xml.parsers import expat

from astropy.utils.xml.check import fix_id

from ..exceptions import VOTableError
from . import units
from .layout import TEXT, element_size

__all__ = ["MAX_FIELDS", "MAX_SHOWN", "MAX_TEXT", "Guard"]

MAX_FIELDS = 10_000
MAX_SHOWN = 5  # characters of width and precision of floats
MAX_TEXT = 2**13  # characters of an attribute
_DEPTH = 60
_ATTRIBUTES = 100
_NAME = 200  # characters of a tag's name
_ELEMENTS = 100_000  # outside of data
_SYSTEMS = 1000
_ALIKE = 100  # fields of one name: astropy compares each with each
_SHORT = 200
_UNITS = 2**18  # characters of all units
_LONGEST = {("PARAM", "value"): 2**20, ("INFO", "value"): math.inf}
_ELEMENTS_IN_CELL = 2**24
_ELEMENTS_IN_PARAMS = 2**16  # of numbers, in all: astropy fills each up to what its arraysize says
_DATA = ("TABLEDATA", "STREAM")
_PARENTS = {"VOTABLE": (None,), "RESOURCE": ("VOTABLE", "RESOURCE"), "TABLE": ("RESOURCE",), "FIELD": ("TABLE",),
            "DATA": ("TABLE",), "TABLEDATA": ("DATA",), "BINARY": ("DATA",), "BINARY2": ("DATA",),
            "STREAM": ("BINARY", "BINARY2", "FITS", "PARQUET")}
_BINARY = {"BINARY", "BINARY2"}
_FORMS = {"TABLEDATA", *_BINARY}
_CHILDREN = {"DATA": {*_FORMS, "FITS", "PARQUET", "INFO"}, "BINARY": {"STREAM"}, "BINARY2": {"STREAM"},
             "STREAM": set(), **dict.fromkeys(("FIELD", "PARAM"), {"DESCRIPTION", "VALUES", "LINK"})}
_ENDS = {"DATA": {"DATA", "FIELD"}, "STREAM": {"STREAM"}}


class Guard:
    """Checks a document as it comes.

    Parameters
    ----------
    limit : int
        How many bytes a table may take, by what the document says of it.

    Attributes
    ----------
    stack : list of str
        Names of the elements that are open, as they are written.
    begun : str or None
        The element of data that has been opened last: ``"TABLEDATA"``, ``"BINARY"`` or ``"BINARY2"``.
    begun_at : int
        Where it begins in the document.
    data : list of (int, str)
        Of each such element that there was, the number of its table (from 1) and its kind.
    tables : int
        How many tables there were.
    is_reordered : bool
        Whether a RESOURCE has a table after a RESOURCE with the first: for astropy its own table is the first.
    rows : int or None
        How many rows the first table says that it has.
    elements : int
        How many elements there were outside of data.
    encoding : str
        Of the document, in lower case.
    """

    def __init__(self, limit):
        self.stack = []
        self.begun = None
        self.begun_at = None
        self.data = []
        self.tables = 0
        self.is_reordered = False
        self.rows = None
        self.encoding = "utf-8"
        self._limit = limit
        self._row_size = self._table_rows = 0
        self._alike = Counter()
        self._ended = set()  # which elements the table may not have any more
        self._resources, self._resource, self._outer = 0, [], ()
        self.elements = self._fields = self._systems = self._units = self._values = 0
        self._parser = parser = expat.ParserCreate()
        if hasattr(parser, "SetReparseDeferralEnabled"):  # Python 3.11.9, 3.12.3: what is fed is to be seen at once
            parser.SetReparseDeferralEnabled(False)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refuse

    def feed(self, content, last=False):
        """Check more bytes.

        Raises
        ------
        VOTableError
            If it is not XML, or not harmless.
        """
        try:
            self._parser.Parse(content, last)
        except VOTableError:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:  # the last two are about the encoding
            raise VOTableError(f"It is not XML, or cut: {error}.") from error

    def _declaration(self, version, encoding, standalone):
        self.encoding = (encoding or "utf-8").lower()

    def _start(self, written, attributes):
        name = written.rpartition(":")[2]
        if not self.stack and name != "VOTABLE":
            raise VOTableError(f"It is not a VOTable: it begins with <{written[:40]}>.")
        if len(attributes) > _ATTRIBUTES or len(written) > _NAME:
            raise VOTableError(f"It has an element with more than {_ATTRIBUTES} attributes or {_NAME} characters in "
                               "its name.")
        self.stack.append(written)
        if name in ("TR", "TD"):
            self._row(name)
            return
        _check_attributes(name, attributes)
        self._regular(name)
        self.elements += 1
        if len(self.stack) > _DEPTH or self.elements > _ELEMENTS:
            raise VOTableError(f"It has more than {_DEPTH} elements in each other or {_ELEMENTS} in all.")
        if name in ("COOSYS", "TIMESYS"):
            self._systems += 1
            if self._systems > _SYSTEMS:
                raise VOTableError(f"It has more than {_SYSTEMS} systems of coordinates and time.")
        elif name == "RESOURCE":
            self._resources += 1
            self._resource.append(self._resources)
        elif name == "TABLE":
            self._table(attributes)
        elif name in ("FIELD", "PARAM"):
            self._field(name, attributes)
        elif name == "FITS" or "href" in attributes and name == "STREAM":
            raise VOTableError("Its data are in another file, which is not read. Get a table with the data in it "
                               "(TABLEDATA or BINARY2).")
        if name in _DATA:
            self.begun_at = self._parser.CurrentByteIndex
            self.begun = name if name == "TABLEDATA" else self.stack[-2].rpartition(":")[2]
            self.data.append((self.tables, self.begun))

    def _regular(self, name):
        parent = self.stack[-2].rpartition(":")[2] if len(self.stack) > 1 else None
        if (parent not in _PARENTS.get(name, (parent,)) or name not in _CHILDREN.get(parent, {name})
                or name in self._ended):
            # There is no right reading: astropy takes parts of what is there, or nothing.
            raise VOTableError(f"It has an element {name} where a VOTable has none.")
        if name == "TABLE":
            self._ended = set()
        self._ended |= _FORMS if parent == "DATA" else _ENDS.get(name, set())

    def _end(self, written):
        name = self.stack.pop().rpartition(":")[2]
        if name == "RESOURCE":
            self._resource.pop()
        elif name in _BINARY and self.data[-1:] != [(self.tables, name)]:
            # astropy would look for it in the tables that follow.
            raise VOTableError(f"It has an element {name} without a STREAM.")
        self.begun = None

    def _table(self, attributes):
        self.tables += 1
        self._row_size = self._table_rows = 0
        self._alike.clear()
        if self.tables == 1:
            self._outer = self._resource[:-1]
        elif self._resource and self._resource[-1] in self._outer:
            self.is_reordered = True
        said = attributes.get("nrows")
        if said is None:
            return
        if not (said.isascii() and said.isdigit() and len(said) < 20):
            raise VOTableError(f"A table says that it has {said[:40]!r} rows.")
        if int(said) > self._limit:
            raise VOTableError(f"A table says that it has {said} rows, more than the limit of {self._limit} bytes.")
        if self.tables == 1:
            self.rows = int(said)

    def _row(self, name):
        self._table_rows += name == "TR"
        if self._table_rows * self._row_size > self._limit:
            raise VOTableError(f"The table takes more than {self._limit} bytes, the limit that max_bytes sets.")

    def _field(self, name, attributes):
        unit = attributes.get("unit", "")
        self._units += len(unit)
        if not units.is_harmless(unit) or self._units > _UNITS:
            raise VOTableError(f"An element {name} has the unit {unit!r:.60}: units may have {units.MAX_LENGTH} "
                               f"characters ({_UNITS} in all) and exponents of four digits.")
        if attributes.get("datatype", "").startswith(("float", "double")) and max(
                len(attributes.get(key, "")) for key in ("width", "precision")) > MAX_SHOWN:
            # astropy makes a text of that width.
            raise VOTableError(f"An element {name} shows its numbers with a width or precision of more than "
                               f"{MAX_SHOWN} characters.")
        sizes = (part.strip().rstrip("*").strip() for part in attributes.get("arraysize", "").split("x"))
        size = math.prod(int(digits[:20]) for digits in sizes if digits.isascii() and digits.isdigit())
        if name == "FIELD":
            self._fields += 1
            self._row_size += size * element_size(attributes.get("datatype"))
            names = {attributes.get("name"), fix_id(attributes.get("ID") or attributes.get("name") or "")}
            self._alike.update(names)
            if max(map(self._alike.get, names)) > _ALIKE:
                raise VOTableError(f"It has more than {_ALIKE} fields with the name {attributes.get('name')!r:.40}.")
        elif attributes.get("datatype") not in TEXT:
            self._values += size
            if self._values > _ELEMENTS_IN_PARAMS:
                raise VOTableError(f"Its parameters have more than {_ELEMENTS_IN_PARAMS} elements.")
        rows = max(self.rows or 0, 1)
        if size > _ELEMENTS_IN_CELL or self._fields > MAX_FIELDS or rows * self._row_size > self._limit:
            raise VOTableError(f"It says that its table is larger than allowed ({_ELEMENTS_IN_CELL} elements in a "
                               f"cell, {MAX_FIELDS} fields, {self._limit} bytes).")


def _check_attributes(name, attributes):
    if sum(map(len, attributes.values())) <= _SHORT:
        return
    for key, text in attributes.items():
        longest = _LONGEST.get((name, key), MAX_TEXT)
        if len(text) > longest:
            raise VOTableError(f"An element {name} has an attribute {key:.40} of more than {longest} characters.")


def _refuse(*args):
    raise VOTableError("It has a DOCTYPE or declares entities, which VOTables do not need; it is not read.")
