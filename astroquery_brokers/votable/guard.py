# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""An XML parser that lets nothing through but modest VOTables: no DTD, no entities, no other files, nothing endless."""

from xml.parsers import expat

from ..exceptions import VOTableError

__all__ = ["Guard"]

_DEPTH = 60
_ATTRIBUTES = 100
_NAME = 200  # characters of a tag's name
_ELEMENTS = 100_000  # outside of data
_FIELDS = 10_000
_ELEMENTS_IN_CELL = 2**24
_DATA = ("TABLEDATA", "STREAM")


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
        self._row_size = 0
        self._resources, self._resource, self._outer = 0, [], ()
        self._elements = self._fields = 0
        self._parser = parser = expat.ParserCreate()
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
            return
        self._elements += 1
        if len(self.stack) > _DEPTH or self._elements > _ELEMENTS:
            raise VOTableError(f"It has more than {_DEPTH} elements in each other or {_ELEMENTS} in all.")
        if name == "RESOURCE":
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

    def _end(self, written):
        if self.stack.pop().rpartition(":")[2] == "RESOURCE":
            self._resource.pop()
        self.begun = None

    def _table(self, attributes):
        self.tables += 1
        self._row_size = 0
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

    def _field(self, name, attributes):
        size = 1
        for part in attributes.get("arraysize", "").split("x"):
            digits = part.strip().rstrip("*").strip()
            if digits.isascii() and digits.isdigit():
                size *= int(digits[:20])
        self._fields += name == "FIELD"
        self._row_size += size if name == "FIELD" else 0
        if size > _ELEMENTS_IN_CELL or self._fields > _FIELDS or (self.rows or 0) * self._row_size > self._limit:
            raise VOTableError(f"It says that its table is larger than allowed ({_ELEMENTS_IN_CELL} elements in a "
                               f"cell, {_FIELDS} fields, {self._limit} bytes).")


def _refuse(*args):
    raise VOTableError("It has a DOCTYPE or declares entities, which VOTables do not need; it is not read.")
