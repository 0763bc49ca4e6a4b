# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Documents that are almost VOTables, and whether two readers say the same about them."""

import base64
import copy
import io
import json
import random
import re
import warnings
from xml.etree import ElementTree

import numpy as np
from astropy.io.votable import from_table, parse
from astropy.table import MaskedColumn, Table

from astroquery_brokers import votable

from .samples import full_table

ElementTree.register_namespace("", "http://www.ivoa.net/xml/VOTable/v1.3")
_TAG = re.compile(rb"<[^<>]*>")
_CELL = re.compile(rb"(?<=<TD>)[^<]*(?=</TD>)")
_ATTRIBUTE = re.compile(rb"""([\w:]+)="([^"<]*)\"""")
_STREAM = re.compile(rb"(<STREAM[^>]*>)([^<]*)(?=</STREAM>)")
_WORDS = [b"", b" ", b"NaN", b"nan", b"Inf", b"-inf", b"1e400", b"0x1f", b"+5", b"1_0", b"1.0", b"-1", b"9" * 20, b"T",
          b"false", b"?", b"1 2 3", b"1 2", b"&amp;&lt;", b"&#65;", b"&#x2603;", b"&bad;", b"&#0;", b"]]&gt;",
          b"<![CDATA[1]]>", b"<!-- x -->1", b"<?x?>", b"\xc3\xa9", b"\xff", b"\x00", b"\r\n", b"a" * 40, b"null"]
_VALUES = {b"arraysize": [b"*", b"1", b"3", b"2*", b"2x2", b"0", b"-1", b"x", b"99999999999", b"3x*", b"5"],
           b"datatype": [b"int", b"long", b"short", b"unsignedByte", b"float", b"double", b"char", b"unicodeChar",
                         b"boolean", b"bit", b"doubleComplex", b"string"],
           b"nrows": [b"0", b"1", b"5", b"6", b"1000000000000", b"-1", b"x"],
           b"version": [b"1.1", b"1.2", b"1.3", b"1.4", b"1.5", b"2.0", b""],
           b"unit": [b"", b"m", b"furlong", b"10**"], b"value": [b"", b"x", b"1e999"], b"ref": [b"", b"nobody"]}


def seeds():
    """Documents of all serialisations, from this package and from astropy."""
    documents = []
    for serialization in ("tabledata", "binary2"):
        for rows in (0, 5):
            documents.append(_written(full_table(rows), serialization))
        documents.append(_written(numbers(), serialization))
    plain = Table({"i": MaskedColumn([1, 2, 3], [0, 1, 0], dtype="i4"), "d": [1.5, np.nan, -0.], "s": ["a", "", "é"],
                   "c": [b"ab", b"c", b""], "b": [True, False, True], "a": np.arange(6.).reshape(3, 2),
                   "u": np.array([1, 2, 255], dtype="u1")})
    plain["i"].meta["values"] = {"null": -99}
    for serialization in ("tabledata", "binary", "binary2"):
        stream = io.BytesIO()
        with warnings.catch_warnings(action="ignore"):
            from_table(plain).to_xml(stream, tabledata_format=serialization)
        documents.append(stream.getvalue())
    return documents


def numbers():
    """Numbers and arrays of all kinds."""
    table = Table()
    for name in ("uint8", "int16", "int32", "int64", "float32", "float64", "complex64", "complex128", "bool"):
        table[name] = MaskedColumn(np.array([1, 0, 1]).astype(name), [0, 1, 0])
        table[f"{name}_array"] = MaskedColumn(np.array([[1, 0], [0, 1], [1, 1]]).astype(name), [[0, 0], [1, 1], [0, 0]])
        ragged = np.empty(3, dtype=object)
        ragged[:] = [np.ones(2, dtype=name), np.zeros(0, dtype=name), np.ones(1, dtype=name)]
        table[f"{name}_list"] = MaskedColumn(ragged, [0, 1, 0])
    return table


def _written(table, serialization):
    stream = io.BytesIO()
    votable.write(table, stream, serialization=serialization)
    return stream.getvalue()


def mutated(document, chance, others):
    """The document with one to three things changed."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        document = chance.choice(_CHANGES)(document, chance, others)
    return document


def _bytes(document, chance, others):
    place = chance.randrange(len(document) + 1)
    length = chance.choice((0, 1, 1, 2, 8, 100))
    new = bytes(chance.choice(b"<>&\"'/= \n\0aT1.-\xc3\xff") for _ in range(chance.randrange(4)))
    return document[:place] + new + document[place + length:]


def _cut(document, chance, others):
    return document[:chance.randrange(len(document) + 1)]


def _splice(document, chance, others):
    other = chance.choice(others)
    start = chance.randrange(len(other) + 1)
    place = chance.randrange(len(document) + 1)
    return document[:place] + other[start:start + chance.randrange(300)] + document[place:]


def _one(pattern, document, chance):
    found = list(pattern.finditer(document))
    return chance.choice(found) if found else None


def _tag(document, chance, others):
    first = _one(_TAG, document, chance)
    if not first:
        return document
    second = _one(_TAG, chance.choice([document, *others[:1]]), chance)
    new = chance.choice([b"", first.group() * 2, second.group() if second else b"", b"<TD/>", b"<TR>", b"</TR>",
                         b"<TD>", b"</TD>", b"<TD >", b"<!--" + first.group() + b"-->", b"\n" + first.group() + b"\n "])
    return document[:first.start()] + new + document[first.end():]


def _cell(document, chance, others):
    found = _one(_CELL, document, chance)
    return document[:found.start()] + chance.choice(_WORDS) + document[found.end():] if found else document


def _attribute(document, chance, others):
    name = chance.choice([*_VALUES, None])
    found = [match for match in _ATTRIBUTE.finditer(document) if name in (None, match.group(1))]
    if not found:
        return document
    match = chance.choice(found)
    value = chance.choice(_VALUES.get(match.group(1), [b"", b"x", match.group(2) * 2]))
    return document[:match.start(2)] + value + document[match.end(2):]


def _content(document, chance, others):
    """Other bytes inside the base64, which stays base64."""
    found = _STREAM.search(document)
    if not found:
        return document
    try:
        data = bytearray(base64.b64decode(found.group(2)))
    except ValueError:
        return document
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(data) + 1)
        new = chance.choices((0, 1, 2, 8, 0x20, 0x3f, 0x54, 0x7f, 0x80, 0xd8, 0xff), k=chance.choice((1, 1, 4)))
        data[place:place + chance.choice((0, 1, 1, 1, 4))] = bytes(new)
    return document[:found.start(2)] + base64.b64encode(data) + document[found.end(2):]


def _tree(document, chance, others):
    """Whole elements doubled, moved, removed or put into new ones: the document stays XML."""
    try:
        root = ElementTree.fromstring(document)
    except (ElementTree.ParseError, LookupError, ValueError):
        return document
    elements = list(root.iter())
    parents = [element for element in elements if len(element)]
    if not parents:
        return document
    parent = chance.choice(parents)
    element = chance.choice(list(parent))
    place = list(parent).index(element)
    match chance.randrange(4):
        case 0:
            parent.remove(element)
        case 1:
            parent.insert(place, copy.deepcopy(element))
        case 2:
            target = chance.choice(elements)
            target.insert(chance.randrange(len(target) + 1), copy.deepcopy(element))
        case 3:
            tag = chance.choice(["RESOURCE", "TABLE", "GROUP", "DATA", "X", "TABLEDATA", "TR", "BINARY2"])
            wrapper = ElementTree.Element(root.tag.replace("VOTABLE", tag))
            parent.remove(element)
            wrapper.append(element)
            parent.insert(place, wrapper)
    return ElementTree.tostring(root)


_CHANGES = (_tree, _tree, _bytes, _cut, _splice, _tag, _tag, _cell, _cell, _cell, _attribute, _attribute, _content,
            _content)


def by_astropy(document):
    """The first table as astropy reads it (fields and array), or None."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = parse(io.BytesIO(document), verify="ignore")
            element = next(tree.iter_tables(), None)
            if element is not None and not len(element.array):
                element.create_arrays(0)
    except Exception:  # astropy raises almost anything
        return None
    return None if element is None else (element.fields, element.array)


def differences(table, fields, array):
    """Where a table differs from what astropy read, but for what the documentation lists."""
    if len(table) != len(array):
        yield f"{len(table)} rows, astropy has {len(array)}"
        return
    if len(table.colnames) != len(fields):
        yield f"{len(table.colnames)} columns, astropy has {len(fields)}"
        return
    for column, field, name in zip(table.itercols(), fields, array.dtype.names or ()):
        theirs = array[name]
        hidden = np.ma.getmaskarray(column)
        for row in range(len(table)):
            if not _same(field, column.data.data[row], hidden[row], theirs.data[row], theirs.mask[row]):
                yield (f"{field.name} ({field.datatype}, {field.arraysize}) row {row}: {column[row]!r}, "
                       f"astropy has {theirs[row]!r}")


def _same(field, ours, hidden, theirs, their_mask):
    if field.datatype in ("char", "unicodeChar"):
        theirs = str(theirs).rstrip("\0") if isinstance(theirs, str) else ""
        ours = "" if np.all(hidden) else ours
        if isinstance(ours, list):  # JSON, which only ours takes for lists
            return str(field.arraysize) != "*" or _json(theirs) == ours
        # Text is cut by astropy where the field says so; masked text is shown by it.
        return ours == theirs or ours == "" or (str(field.arraysize) != "*" and ours.startswith(theirs))
    ours, theirs = np.ma.array(ours, mask=hidden), np.ma.array(theirs, mask=their_mask)
    if theirs.dtype.kind in "Ofi":  # in lists astropy has other types than the field says
        with np.errstate(over="ignore"):
            theirs = theirs.astype(ours.dtype)
    if ours.shape != theirs.shape:
        return ours.size == theirs.size == 0 or bool(np.all(hidden)) and not theirs.size
    if ours.dtype.kind in "fc":  # astropy masks NaN
        ours = np.ma.masked_where(np.isnan(ours.filled(np.nan)), ours)
        theirs = np.ma.masked_where(np.isnan(theirs.filled(np.nan)), theirs)
    # Before version 1.3 astropy takes an empty cell for a zero.
    if np.any(np.ma.getmaskarray(theirs) & ~np.ma.getmaskarray(ours)):
        return False
    shown = ~np.ma.getmaskarray(ours)
    # astropy takes another bit than the standard.
    return field.datatype == "bit" or np.array_equal(np.asarray(ours)[shown], np.asarray(theirs)[shown])


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def chances(seed=None):
    """A source of chance, and the number that repeats it."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    return random.Random(seed), seed
