# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A document in two: the data of its first table, decoded as they come, and the small rest.

The XML parser sees every byte but those of the data, which go to a reader of their own. For the parser (and for
astropy, which reads the rest) the element with the data is empty.
"""

import re

from ..exceptions import VOTableError
from .guard import Guard
from .layout import Unusual

__all__ = ["MAX_HEADER", "check", "split"]

_BLOCK = 2**18
MAX_HEADER = 2**25  # bytes of a document without its data
_FALSE = 500  # tags in comments: the parser begins a comment anew with each
_TAG = 2**20  # bytes of a tag
_OPENING = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(TABLE|TABLEDATA|STREAM)(?=[\s/>])")
_TAG_END = re.compile(rb"""(?:[^"'>]++|"[^"]*"|'[^']*')*+>""")
_ATTRIBUTE = re.compile(rb"""\s+([\w:.-]+)\s*=\s*(?:"[^"]*"|'[^']*')""")
_CLOSING = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?TABLEDATA")
_NAME = 200  # bytes that the name of a tag may have
_ASCII_LIKE = ("utf-8", "utf8", "us-ascii", "ascii")
_WITH_ASCII = (*_ASCII_LIKE, "iso-8859-1")  # base64 and the tags around it are the same bytes


def split(stream, limit, make_reader):
    """Read a document.

    Parameters
    ----------
    stream : binary file object
    limit : int
        How many bytes the table may take.
    make_reader : callable
        Called with the kind of the data (``"TABLEDATA"``, ``"BINARY"`` or ``"BINARY2"``) and the document up to there,
        with all elements closed. Returns an object with the methods ``feed`` and ``close``.

    Returns
    -------
    rest : bytes
        The document without the data.
    columns : list or None
        What the reader's ``close`` gave for the first table; None if that has no data.
    rows : int or None
        How many rows the first table says that it has.

    Raises
    ------
    VOTableError
        If the document is broken or not harmless.
    Unusual
        If it has to be left to astropy.
    """
    scanner = _Scanner(stream, limit, make_reader)
    scanner.run()
    if scanner.guard.is_reordered:
        raise Unusual("the first table is in a resource of a resource that has a table itself")
    return bytes(scanner.rest), scanner.columns, scanner.guard.rows


def check(stream, limit):
    """See that a whole document is harmless; `VOTableError` if not."""
    guard, size = Guard(limit), 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > limit // 16:  # objects take more than bytes
            raise VOTableError(f"It is of a kind that is read slowly, and has more than {limit // 16} bytes.")
        guard.feed(block)
    guard.feed(b"", last=True)
    if any((table == 1 or guard.is_reordered) and kind != "TABLEDATA" for table, kind in guard.data):
        raise VOTableError("Its binary data are of a kind that is not read.")


class _Scanner:
    def __init__(self, stream, limit, make_reader):
        self.guard = Guard(limit)
        self.rest = bytearray()
        self.columns = None
        self._make_reader = make_reader
        self._stream = stream
        self._buffer = b""
        self._place = 0
        self._passed = 0
        self._found = 0
        self._false = 0

    def run(self):
        self._more()
        while True:
            found = _OPENING.search(self._buffer, self._place)
            if found:
                self._pass(found.start())
                self._tag(found.group(1))
                continue
            # The last bytes may be the beginning of a tag.
            tag = self._buffer.rfind(b"<", max(self._place, len(self._buffer) - _NAME))
            self._pass(len(self._buffer) if tag < 0 else tag)
            if not self._more():
                break
        self._pass(len(self._buffer))
        self.guard.feed(b"", last=True)

    def _more(self):
        block = self._stream.read(_BLOCK)
        self._buffer = self._buffer[self._place:] + block
        self._place = 0
        return bool(block)

    def _pass(self, end, tag=None):
        """Give bytes to the parser and keep them."""
        content = self._buffer[self._place:end]
        self._place = end
        self._passed += len(content)
        self.guard.feed(content)
        if len(self.guard.data) > self._found + bool(tag):
            raise Unusual("the document is not written in bytes like ASCII")
        self._found = len(self.guard.data)
        self.rest += _ATTRIBUTE.sub(_without_rows, content) if tag == b"TABLE" else content
        if len(self.rest) > MAX_HEADER:
            raise VOTableError(f"It has more than {MAX_HEADER} bytes beside its data.")

    def _tag(self, name):
        while not (found := _TAG_END.match(self._buffer, self._place)):
            if len(self._buffer) - self._place > _TAG:
                raise VOTableError(f"It has a tag of more than {_TAG} bytes, or what looks like one.")
            if not self._more():
                break
        begins_at, before, elements = self._passed, self._found, self.guard.elements
        self._pass(found.end() if found else len(self._buffer), tag=name)
        self._false += self.guard.elements == elements
        if self._false > _FALSE:
            raise VOTableError(f"It has more than {_FALSE} tags of tables in comments.")
        if self._found > before and self.guard.begun_at != begins_at:
            raise Unusual("a comment or section with what looks like a tag")
        if self.guard.begun:
            self._data(self.guard.begun)
            self.guard.begun = None

    def _data(self, kind):
        reader = None
        if self.guard.tables == 1 and self.columns is None:
            if self.guard.encoding not in (_ASCII_LIKE if kind == "TABLEDATA" else _WITH_ASCII):
                raise Unusual(f"the encoding is {self.guard.encoding}")
            closed = "".join(f"</{name}>" for name in reversed(self.guard.stack))
            reader = self._make_reader(kind, bytes(self.rest) + closed.encode())
        find_end = self._end_of_rows if kind == "TABLEDATA" else self._end_of_stream
        while True:
            safe, is_end = find_end()
            if reader:
                reader.feed(memoryview(self._buffer)[self._place:safe])
            self._place = safe
            if is_end:
                break
            if not self._more():
                raise VOTableError("It is cut in the middle of the data.")
        if reader:
            self.columns = reader.close()

    def _end_of_rows(self):
        """Up to where the buffer surely is data, and whether it is its end."""
        word = self._buffer.find(b"TABLEDATA", self._place)
        while word >= 0:
            found = _CLOSING.search(self._buffer, max(self._place, word - _NAME), word + 9)
            if found:
                return found.start(), True
            word = self._buffer.find(b"TABLEDATA", word + 9)
        return max(self._place, len(self._buffer) - _NAME), False

    def _end_of_stream(self):
        tag = self._buffer.find(b"<", self._place)
        if tag < 0:
            return len(self._buffer), False
        if len(self._buffer) < tag + 2:
            return tag, False
        if self._buffer[tag + 1:tag + 2] != b"/":
            raise VOTableError("There is mark-up in the middle of the base64 of the data.")
        return tag, True


def _without_rows(attribute):
    return b"" if attribute.group(1) == b"nrows" else attribute.group()
