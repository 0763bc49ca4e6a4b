# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where documents go and come from: paths, streams, compression, limits, memory."""

import bz2
import gzip
import io
import lzma
import tracemalloc

import numpy as np
import pytest
from astropy.table import Table

from astroquery_brokers import votable
from astroquery_brokers.exceptions import InvalidArgumentError, VOTableError
from astroquery_brokers.votable.writer import BINARY_ABOVE

from .samples import assert_same, full_table


class Pipe(io.RawIOBase):
    """What comes over a network: it cannot go back, and gives little at a time."""

    def __init__(self, content):
        self._stream = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        content = self._stream.read(min(len(buffer), 100))
        buffer[:len(content)] = content
        return len(content)


def written(table, **keywords):
    stream = io.BytesIO()
    votable.write(table, stream, **keywords)
    return stream.getvalue()


@pytest.mark.parametrize("serialization", ["tabledata", "binary2"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_compressed_streams_that_cannot_go_back(serialization, compress):
    table = full_table()
    content = compress(written(table, serialization=serialization))
    assert_same(votable.read(Pipe(content)), table)
    assert_same(votable.read(io.BytesIO(content)), table)


def test_gzip_on_request(tmp_path):
    table = full_table()
    content = written(table, compress=True)
    assert content[:2] == b"\x1f\x8b"
    assert_same(votable.read(io.BytesIO(content)), table)
    votable.write(table, tmp_path / "x.vot.gz", compress=False)
    assert (tmp_path / "x.vot.gz").read_bytes().startswith(b"<?xml")
    with pytest.raises(InvalidArgumentError, match="compressed already"):
        written(table, serialization="parquet", compress=True)


def test_a_stream_is_read_from_where_it_is():
    table = full_table()
    stream = io.BytesIO(b"before" + written(table))
    stream.seek(6)
    assert_same(votable.read(stream), table)
    assert not stream.closed


class Raw(io.RawIOBase):
    """What takes little at a time, as pipes and sockets without a buffer may."""

    def __init__(self, room=2**30):
        self.content, self._room = bytearray(), room

    def writable(self):
        return True

    def write(self, content):
        taken = bytes(content)[:min(100, self._room - len(self.content))]
        self.content += taken
        return len(taken)


@pytest.mark.parametrize("keywords", [{"serialization": "tabledata"}, {"serialization": "binary2"}, {"compress": True},
                                      {"serialization": "parquet"}], ids=str)
def test_streams_that_write_a_part_at_a_time(keywords):
    if keywords.get("serialization") == "parquet":
        pytest.importorskip("pyarrow")
    table, stream = full_table(), Raw()
    votable.write(table, stream, **keywords)
    assert not stream.closed
    assert_same(votable.read(io.BytesIO(stream.content)), table)


def test_a_stream_that_takes_no_more():
    with pytest.raises(BlockingIOError, match="takes no more"):
        votable.write(full_table(), Raw(room=1000), serialization="binary2")


def test_streams_for_text_are_refused():
    with pytest.raises(InvalidArgumentError, match="'wb'"):
        votable.write(full_table(), io.StringIO())


def test_binary2_above_a_size():
    small, large = Table({"x": np.zeros(BINARY_ABOVE)}), Table({"x": np.zeros(BINARY_ABOVE + 1)})
    assert b"<TABLEDATA>" in written(small)[:4000]
    assert b"<BINARY2>" in written(large)[:4000]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "x.vot"
    path.write_text("mine")
    table = full_table()
    monkeypatch.setattr("astroquery_brokers.votable.markup.encode", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        votable.write(table, path, overwrite=True)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("x.vot", "mine")]


@pytest.mark.parametrize("serialization", ["tabledata", "binary2", "parquet"])
def test_limit(serialization):
    content = written(Table({"x": np.random.default_rng(1).normal(size=10_000)}), serialization=serialization)
    assert len(votable.read(io.BytesIO(content), max_bytes=500_000)) == 10_000
    with pytest.raises(VOTableError, match="max_bytes"):
        votable.read(io.BytesIO(content), max_bytes=70_000)


def test_memory_does_not_grow_with_the_table(tmp_path):
    rows = 100_000
    table = Table({f"x{number}": np.arange(rows) / 7 for number in range(50)})  # 40 MB
    table["s"] = np.array(["a", "bcd", "ef"])[np.arange(rows) % 3]
    votable.write(table[:2], tmp_path / "warm.vot", serialization="binary2")
    tracemalloc.start()
    votable.write(table, tmp_path / "x.vot", serialization="binary2")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25_000_000


def test_arrays_in_astropys_tree():
    table = Table({"x": np.arange(6.).reshape(3, 2)})
    stream = io.BytesIO()
    votable.to_votable(table).to_xml(stream, tabledata_format="binary2")
    stream.seek(0)
    assert votable.read(stream)["x"].tolist() == table["x"].tolist()
