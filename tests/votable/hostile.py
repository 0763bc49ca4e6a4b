# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Documents that are broken or mean harm, made on the spot: each has to end in a typed error.

As a program it reads them all, one after the other, and prints what each ended in; see test_hostile.py.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import struct
import sys
import time
import warnings

FIELD = '<FIELD name="a" datatype="int"/>'
ROWS = "<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>"
ADDRESS = "http://127.0.0.1:9/x"


def document(fields=FIELD, data=ROWS, *, before="", head="", table="", after=""):
    return (f'<?xml version="1.0"?>{before}<VOTABLE version="1.4">{head}<RESOURCE><TABLE{table}>{fields}<DATA>{data}'
            f"</DATA></TABLE></RESOURCE>{after}</VOTABLE>").encode()


def field(datatype, size=None, name="a"):
    size = "" if size is None else f' arraysize="{size}"'
    return f'<FIELD name="{name}" datatype="{datatype}"{size}/>'


def binary2(content, fields=FIELD, *, attributes='encoding="base64"', **keywords):
    content = content if isinstance(content, str) else base64.b64encode(content).decode()
    return document(fields, f"<BINARY2><STREAM {attributes}>{content}</STREAM></BINARY2>", **keywords)


def cells(*texts, fields=FIELD):
    return document(fields, "<TABLEDATA>" + "".join(f"<TR>{text}</TR>" for text in texts) + "</TABLEDATA>")


def corpus(secret):
    """Names and documents.

    Parameters
    ----------
    secret : str
        Path of a file that must not be read.
    """
    yield from _entities(secret)
    yield from _other_files(secret)
    yield from _endless()
    yield from _lengths()
    yield from _base64()
    yield from _sizes()
    yield from _compressed()
    yield from _cells()
    yield from _no_votables()
    yield from _parquet()


def _entities(secret):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield "billion laughs", document(before=f'<!DOCTYPE V [<!ENTITY l0 "ha">{laughs}]>', head="<INFO>&l9;</INFO>")
    yield "quadratic blowup", document(before=f'<!DOCTYPE V [<!ENTITY a "{"a" * 100_000}">]>',
                                       head=f"<DESCRIPTION>{'&a;' * 10_000}</DESCRIPTION>")
    yield "entity in an attribute", document(before='<!DOCTYPE V [<!ENTITY a "x">]>', table=' name="&a;"')
    yield "external entity", document(before=f'<!DOCTYPE V [<!ENTITY f SYSTEM "file://{secret}">]>',
                                      head="<DESCRIPTION>&f;</DESCRIPTION>")
    yield "external entity in a cell", document(
        data="<TABLEDATA><TR><TD>&f;</TD></TR></TABLEDATA>", before=f'<!DOCTYPE V [<!ENTITY f SYSTEM "{secret}">]>')
    yield "external DTD", document(before=f'<!DOCTYPE VOTABLE SYSTEM "file://{secret}">')
    yield "DTD of the network", document(before=f'<!DOCTYPE VOTABLE PUBLIC "x" "{ADDRESS}">')
    yield "parameter entity", document(before=f'<!DOCTYPE V [<!ENTITY % p SYSTEM "{ADDRESS}"> %p;]>')
    yield "empty doctype", document(before="<!DOCTYPE VOTABLE>")
    yield "unknown entity", document(head="<DESCRIPTION>&nobody;</DESCRIPTION>")
    yield "unknown entity in a cell", cells("<TD>&nobody;</TD>", fields=field("char", "*"))


def _other_files(secret):
    for name, address in (("file", f"file://{secret}"), ("path", secret), ("http", ADDRESS),
                          ("ftp", "ftp://127.0.0.1:9/x"), ("nothing", "")):
        yield f"stream in another place: {name}", binary2("", attributes=f'href="{address}" encoding="gzip"')
    yield "BINARY elsewhere", document(data=f'<BINARY><STREAM href="{ADDRESS}"/></BINARY>')
    yield "FITS elsewhere", document(data=f'<FITS extnum="1"><STREAM href="{ADDRESS}"/></FITS>')
    yield "second table elsewhere", document(
        after=f'<RESOURCE><TABLE>{FIELD}<DATA><BINARY2><STREAM href="{ADDRESS}"/></BINARY2></DATA></TABLE></RESOURCE>')


def _endless():
    yield "deep resources", b"<VOTABLE>" + b"<RESOURCE>" * 1_000_000
    yield "deep groups", document(FIELD + "<GROUP>" * 500 + "</GROUP>" * 500)
    yield "deep cells", cells("<TD>" * 100_000)
    yield "deep unknown elements", document(head="<x:y>" * 100_000)
    yield "many elements", document(head='<INFO name="a" value="b"/>' * 300_000)
    yield "many fields", document("".join(field("int", name=f"f{n}") for n in range(20_000)))
    yield "many fields of one name", document("".join(field("int") for _ in range(9_000)))
    yield "many fields of one ID", document("".join(f'<FIELD ID="a" name="f{n}" datatype="int"/>'
                                                    for n in range(9_000)))
    yield "many names that make one ID", document("".join(
        field("int", name="".join("!#"[n >> bit & 1] for bit in range(14))) for n in range(9_000)))
    yield "many systems", document(head='<COOSYS ID="a" system="ICRS"/>' * 90_000)
    yield "many tags in a comment", document(head=f"<!--{'<TABLE>' * 200_000}-->")
    yield "many tags without end in a comment", document(head=f"<!--{'<TABLE ' * 1_000_000}-->")
    yield "a long unit", document(f'<FIELD name="a" unit="{"m." * 1_000_000}" datatype="int"/>')
    for text in ("10**999999999 m", "(10**(-99999999))m", "10+999999999m", "sqrt(9^9999999 m)"):
        yield f"a unit of endless digits: {text}", document(f'<FIELD name="a" unit="{text}" datatype="int"/>')
        yield f"a parameter in {text}", document(f'<PARAM name="a" unit="{text}" datatype="int" value="1"/>{FIELD}')
    size = 'name="p" datatype="double" value="1" arraysize'
    yield "a parameter of many elements", document(f'<PARAM {size}="16777216"/>{FIELD}')
    yield "parameters of many elements", document(f'<PARAM {size}="100x100"/>' * 1000 + FIELD)
    yield "many units", document("".join(f'<FIELD name="f{n}" unit="{"m." * 90}m" datatype="int"/>'
                                         for n in range(9_000)))
    yield "BINARY without a stream", document(data="<BINARY>\n</BINARY>", after=document().decode()[44:-10])
    yield "long units", document("".join(f'<FIELD name="f{n}" unit="{"m." * 500}m" datatype="int"/>'
                                         for n in range(9_000)))
    yield "a long name", document(field("int", name="a " * 1_000_000))
    yield "a long UCD", document(f'<FIELD name="a" ucd="{"phot.mag;" * 200_000}" datatype="int"/>')
    yield "a long PARAM", document(f'<PARAM name="a" datatype="double" arraysize="*" value="{"1 " * 1_000_000}"/>')
    yield "a long attribute", document(table=f' name="{"a" * 40_000_000}"')
    yield "a long description", document(head=f"<DESCRIPTION>{'a ' * 20_000_000}</DESCRIPTION>")
    yield "a tag without end", b'<VOTABLE><RESOURCE><TABLE name="' + b"a>" * 5_000_000
    yield "many attributes", document(table="".join(f' a{n}="x"' for n in range(50_000)) + ' a0="x"')
    yield "deep JSON in a cell, cut", cells(f"<TD>{'[' * 100_000}", fields=field("char", "*"))


def _lengths():
    text = field("char", "*")
    yield "cut in a number", binary2(b"\0\0\0\0\1\0\0\0")
    yield "one byte too much", binary2(b"\0\0\0\0\1\0")
    yield "cut in text", binary2(b"\0" + struct.pack(">I", 5) + b"abc", text)
    yield "cut in a length", binary2(b"\0\0\0", text)
    yield "length of four gigabytes", binary2(b"\0\xff\xff\xff\xff" + b"a" * 1000, text)
    yield "length of an array of 32 gigabytes", binary2(b"\0\xff\xff\xff\xff" + b"a" * 1000, field("double", "*"))
    yield "other types than said", binary2(b"\0" + struct.pack(">i", 7) * 3, field("double"))
    yield "BINARY that is cut", document(data="<BINARY><STREAM encoding='base64'>AAAAAQA=</STREAM></BINARY>")
    yield "fewer rows than said", binary2(b"\0\0\0\0\1", table=' nrows="2"')
    yield "fewer rows than said, in TABLEDATA", document(table=' nrows="2"')
    yield "too few cells", cells("<TD>1</TD>", "")
    yield "too many cells", cells("<TD>1</TD><TD>2</TD>")
    yield "cells that add up", cells("<TD>1</TD><TD>2</TD><TD>3</TD>", "<TD>1</TD>",
                                     fields=FIELD + field("int", name="b"))
    yield "too few elements", cells("<TD>1 2</TD>", fields=field("int", 3))
    yield "too many elements", cells("<TD>1 2 3 4</TD>", fields=field("double", 3))
    yield "half a complex number", cells("<TD>1</TD>", fields=field("doubleComplex"))
    yield "cut in the rows", document()[:-60]
    yield "cut in the header", document()[:70]
    yield "cut after the data", document()[:-15]
    yield "data without fields", document("")


def _base64():
    yield "no base64", binary2("!!!!not base64!!!!")
    yield "one letter", binary2("A")
    yield "padding in the middle", binary2("AAAAAA==AAAAAAAA")
    yield "too much padding", binary2("AAAAAAE=====")
    yield "letters that are none", binary2("AAAAAAÀ=")
    yield "URL alphabet", binary2("AAAA_-8=")
    yield "mark-up in base64", binary2("AAAA<!-- x -->AAE=")
    yield "section in base64", binary2("<![CDATA[AAAAAAE=]]>")
    yield "element in base64", binary2("<b>AAAAAAE=</b>")
    yield "bad booleans", binary2(b"\0xyz", field("boolean", 3))
    yield "bytes that are no text", binary2(b"\0\0\0\0\2\xc3\x28", field("char", "*"))
    yield "half a surrogate", binary2(b"\0\0\0\0\1\xd8\0", field("unicodeChar", "*"))
    yield "a kind of data that is none", document(data="<BINARY3><STREAM encoding='base64'>AAAA</STREAM></BINARY3>")


def _sizes():
    for rows in ("1000000000000000", "-1", "many", "9" * 5000):
        yield f"nrows {rows[:10]}", document(table=f' nrows="{rows}"')
    for size in ("1000000000000", "99999x99999", "9" * 5000, "x", "-3", "0"):
        yield f"arraysize {size[:10]}", cells("<TD></TD>", fields=field("double", size))
        yield f"arraysize {size[:10]} in BINARY2", binary2(b"\0" * 9, field("double", size))
    for shown in ('width="2000000000" precision="2"', 'precision="2000000000"'):
        for datatype in ("double", "floatComplex"):
            yield f"{shown} of {datatype}", document(
                f'<FIELD name="a" datatype="{datatype}" {shown}><VALUES null="1"/></FIELD>')
    yield "text of 10 GB", binary2(b"\0abc", field("unicodeChar", 5_000_000_000))
    yield "rows times fields", document(field("double", 10_000_000), table=' nrows="1000000"')
    for comment in ("", "<!-- for astropy -->"):
        for datatype in ("double", "char"):
            if comment or datatype == "double":
                yield f"huge cells of {datatype} without text{comment}", document(
                    field(datatype, 10_000_000), f"<TABLEDATA>{comment}{'<TR><TD/></TR>' * 1000}</TABLEDATA>")
    yield "a table larger than allowed", binary2(bytes(30_000_000), field("unsignedByte"))
    yield "a document larger than allowed", document(data="<TABLEDATA>" + " " * 70_000_000 + "</TABLEDATA>")


def _compressed():
    good = document()
    blanks = io.BytesIO()
    with gzip.GzipFile(fileobj=blanks, mode="wb") as stream:
        stream.write(document(data="<TABLEDATA>").partition(b"</DATA>")[0])
        for _ in range(300):
            stream.write(b" " * 1_000_000)
    yield "gzip bomb", blanks.getvalue()
    yield "bzip2 bomb", bz2.compress(b"<VOTABLE>") + b"".join([bz2.compress(b" " * 10_000_000)] * 40)
    yield "gzip that is cut", gzip.compress(good)[:-30]
    yield "gzip that is damaged", bytearray(gzip.compress(good))[:-6] + b"abcdef"
    yield "gzip that holds rubbish", gzip.compress(b"\0" * 1000)
    yield "only the start of gzip", b"\x1f\x8b"
    yield "gzip in gzip", gzip.compress(gzip.compress(good))
    yield "xz that is cut", lzma.compress(good)[:-30]


def _cells():
    text = field("char", "*")
    yield "text in a number", cells("<TD>x</TD>")
    yield "a number too large", cells("<TD>2147483648</TD>")
    yield "a float for an integer", cells("<TD>1.5</TD>")
    yield "no boolean", cells("<TD>maybe</TD>", fields=field("boolean"))
    yield "control characters", cells("<TD>a\x01b</TD>", fields=text)
    yield "NUL", cells("<TD>a\0b</TD>", fields=text)
    yield "reference to NUL", cells("<TD>a&#0;b</TD>", fields=text)
    yield "reference beyond Unicode", cells("<TD>&#x110000;</TD>", fields=text)
    yield "no UTF-8", cells("<TD>a\ufffdb</TD>", fields=text).replace("\ufffd".encode(), b"\xff\xfe")
    yield "no character", cells("<TD>\uffff</TD>", fields=text)
    yield "end of a section", cells("<TD>]]></TD>", fields=text)
    yield "an unknown datatype", document('<FIELD name="a" datatype="quaternion"/>')
    yield "a field without a name and type", document("<FIELD/>")
    yield "an encoding that is none", document().replace(b'"1.0"', b'"1.0" encoding="klingon"')
    yield "binary data in UTF-16", binary2(b"\0\0\0\0\1").decode().encode("utf-16")


def _no_votables():
    yield "nothing", b""
    yield "blanks", b" \n" * 100
    yield "HTML", b"<html><head><title>404</title></head><body>Not found<br></body></html>"
    yield "XHTML", b"<html><body>Not found</body></html>"
    yield "JSON", b'{"error": "no"}'
    yield "text", b"Internal Server Error"
    yield "rubbish", bytes(range(256)) * 100
    yield "FITS", b"SIMPLE  =                    T" + b" " * 2850
    yield "no table", b"<VOTABLE version='1.4'></VOTABLE>"
    yield "an error", b"<VOTABLE><RESOURCE><INFO name='QUERY_STATUS' value='ERROR'>no</INFO></RESOURCE></VOTABLE>"
    yield "two documents", document() + document()
    yield "wrongly closed", document().replace(b"</TABLE>", b"</TABEL>")
    yield "something after the end", document() + b"rubbish"


def _parquet():
    import pyarrow
    from pyarrow import parquet

    def written(header, **columns):
        stream = io.BytesIO()
        table = pyarrow.table(columns or {"a": [1]})
        if header is not None:
            table = table.replace_schema_metadata({b"IVOA.VOTable-Parquet.content": header})
        parquet.write_table(table, stream)
        return stream.getvalue()

    good = written(document(data=""))
    yield "Parquet without a header", written(None)
    yield "Parquet that is cut", good[:-20]
    yield "Parquet that is damaged", good[:4] + b"\xff" * 60 + good[64:]
    yield "only the start of Parquet", b"PAR1"
    yield "Parquet with entities", written(document(before='<!DOCTYPE V [<!ENTITY a "x">]>'))
    yield "Parquet with a header that is none", written(b"<html/>")
    yield "Parquet with more columns", written(document(data=""), a=[1], b=[2])
    yield "Parquet with text for numbers", written(document(data=""), a=["x"])
    yield "Parquet with numbers for text", written(document(field("char", "*"), ""), a=[1])
    yield "Parquet with lists for text", written(document(field("char", "*"), ""), a=[["x"]])
    yield "Parquet with lists for numbers", written(document(data=""), a=[[1, 2]])
    yield "Parquet with lists of other lengths", written(document(field("int", 3), ""), a=[[1, 2], [1]])
    yield "Parquet with arrays of arrays", written(document(field("int", "3x*"), ""), a=[[1, 2]])
    yield "Parquet with other things", written(document(data=""), a=[{"x": 1}])


LIMITS = {"a table larger than allowed": 10_000_000, "a document larger than allowed": 60_000_000}


def main(secret, memory):
    """Read the corpus with so many bytes of memory; print name, kind of error, message and seconds of each."""
    import resource

    from astroquery_brokers import votable
    documents = list(corpus(secret))  # before the limit: some take memory to make
    opened = []
    watched = ("open", "socket.connect", "urllib.Request", "subprocess.Popen", "os.system")
    votable.read(io.BytesIO(document()))  # imports what it needs
    b"\0a".decode("utf-16-be")
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    imported = (".py", ".pyc", ".so")  # what a library imports when it is needed first
    sys.addaudithook(lambda event, args: opened.append(f"{event} {args}")
                     if event in watched and not str(args[0]).endswith(imported) else None)
    for name, content in documents:
        opened.clear()
        started = time.perf_counter()
        try:
            with warnings.catch_warnings(action="ignore"):
                votable.read(io.BytesIO(content), max_bytes=LIMITS.get(name, 2**32))
            error = None
        except Exception as found:
            error = found
        seconds = time.perf_counter() - started
        print(json.dumps([name, type(error).__name__, str(error), seconds, list(opened)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
