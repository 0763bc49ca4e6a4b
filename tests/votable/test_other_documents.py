# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What documents of other services say beside their data comes back, and is written again."""

import io

import pytest
from astropy.io.votable import parse
from astropy.table import MaskedColumn, Table
from astroquery.exceptions import MaxResultsWarning

from astroquery_brokers import votable
from astroquery_brokers.exceptions import PartialResultWarning
from astroquery_brokers.votable.reader import read_quietly

from .hostile import FIELD, ROWS, document
from .samples import assert_same, full_table


def written(table, **keywords):
    stream = io.BytesIO()
    votable.write(table, stream, **keywords)
    return stream.getvalue()


def again(content, **keywords):
    """The table in a document, after it was checked that it comes back from another one."""
    table = read_quietly(io.BytesIO(content))
    new = written(table, **keywords)
    assert_same(read_quietly(io.BytesIO(new)), table)
    return table, new


def status_of(content):
    return [(info.value, info.content) for resource in parse(io.BytesIO(content)).resources
            for info in resource.infos if info.name == "QUERY_STATUS"]


# What became of the query

OVERFLOW = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'
ERROR = '<INFO name="QUERY_STATUS" value="ERROR"> time\nis up </INFO>'


def resource(before="", after="", table="<TABLE>", end=""):
    table = f"{table}{FIELD}<DATA>{ROWS}</DATA>{end}</TABLE>"
    return f'<VOTABLE version="1.4"><RESOURCE type="results">{before}{table}{after}</RESOURCE></VOTABLE>'.encode()


@pytest.mark.parametrize("content", [
    resource(after=OVERFLOW), resource('<INFO name="QUERY_STATUS" value="OK"/>', OVERFLOW), resource(end=OVERFLOW),
    document(head=OVERFLOW), document(after=OVERFLOW)])
def test_a_result_that_was_cut_stays_one(content):
    with pytest.warns(MaxResultsWarning, match="the stream has only a part of the rows"):
        table = votable.read(io.BytesIO(content))
    new = written(table)
    assert status_of(new) == [("OVERFLOW", None)]
    with pytest.warns(MaxResultsWarning):
        assert_same(votable.read(io.BytesIO(new)), table)


def test_an_error_stays_one_with_its_message():
    with pytest.warns(PartialResultWarning, match=r"\(ERROR\): time is up. Its rows may be incomplete or wrong"):
        table = votable.read(io.BytesIO(resource(OVERFLOW, ERROR)))
    assert table["a"].tolist() == [1]
    assert status_of(written(table)) == [("ERROR", "time is up")]
    with pytest.warns(PartialResultWarning, match="no reason is given"):
        votable.read(io.BytesIO(resource(after=ERROR.replace(" time\nis up ", ""))))


def test_the_table_of_a_broker_that_was_cut_is_warned_of_too(tmp_path):
    full_table(truncated=True).write(tmp_path / "x.vot")
    with pytest.warns(MaxResultsWarning, match="x.vot has only a part"):
        votable.read(tmp_path / "x.vot")


def test_the_state_of_another_query_is_not_that_of_the_table():
    content = resource().replace(b"</VOTABLE>", f"<RESOURCE>{ERROR}</RESOURCE></VOTABLE>".encode())
    assert status_of(written(votable.read(io.BytesIO(content)))) == [("OK", None)]


@pytest.mark.parametrize("infos", [5, ["x"], [{}], [{"name": "QUERY_STATUS", "value": ["ERROR"], "text": 5}],
                                   [{"name": 5, "value": 5}], [{"name": "a", "value": None, "ucd": [1]}]])
def test_infos_of_other_programs(infos):
    table = Table({"a": MaskedColumn([1])}, meta={"infos": infos})
    assert votable.read(io.BytesIO(written(table))).meta == {"infos": infos}


def test_infos_are_written_again():
    infos = ('<INFO name="publisher" value="CDS"/><INFO name="note" value="5" ucd="meta.note">A  remark\n</INFO>'
             '<INFO ID="x" name="two words" value=""/>')
    table, new = again(resource(infos))
    assert table.meta["infos"] == [{"name": "publisher", "value": "CDS"}, {"name": "note", "value": "5",
                                   "ucd": "meta.note", "text": "A  remark"}, {"name": "two words", "value": ""}]
    tree = parse(io.BytesIO(new))
    assert [(info.name, info.value) for info in tree.infos] == [("publisher", "CDS")]
    assert [(info.name, info.value, info.ucd, info.content) for info in tree.resources[0].infos][:3] == [
        ("QUERY_STATUS", "OK", None, None), ("note", "5", "meta.note", "A remark"), ("two words", "", None, None)]
