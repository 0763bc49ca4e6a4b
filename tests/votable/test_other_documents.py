# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What documents of other services say beside their data comes back, and is written again."""

import io

import pytest
from astropy.coordinates import FK4, FK5, ICRS, SkyCoord
from astropy.io.votable import parse
from astropy.table import MaskedColumn, Table
from astropy.utils.exceptions import AstropyUserWarning
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


# Systems

def systems(content, kind="coordinate_systems"):
    return {system.ID: system for resource in parse(io.BytesIO(content)).resources
            for system in getattr(resource, kind)}


def positions(*systems, version="1.4"):
    fields = "".join(f'<FIELD name="{name}{number}" datatype="double" unit="deg" ucd="pos.eq.{name}" ref="c{number}"/>'
                     for number in range(len(systems)) for name in ("ra", "dec"))
    elements = "".join(f'<COOSYS ID="c{number}" {system}/>' for number, system in enumerate(systems))
    return document(fields, "<TABLEDATA/>", head=elements).replace(b"1.4", version.encode())


@pytest.mark.parametrize("system, meta, new", [
    ('system="ICRS" epoch="J2016.0" refposition="BARYCENTER"',
     {"frame": "ICRS", "coosys": {"epoch": "J2016.0", "refposition": "BARYCENTER"}}, ("ICRS", "J2016.0", None)),
    ('system="eq_FK4" equinox="B1950" epoch="1991.25"',
     {"frame": "FK4", "coosys": {"epoch": "1991.25", "equinox": "B1950"}}, ("eq_FK4", "1991.25", "B1950")),
    ('system="eq_FK5" equinox="J2000"', {"frame": "FK5", "coosys": {"equinox": "J2000"}}, ("eq_FK5", None, "J2000")),
    *((f'system="{name}" equinox="J2000"', {"frame": name, "coosys": {"equinox": "J2000"}}, (name, None, "J2000"))
      for name in ("ecl_FK5", "ecl_FK4", "supergalactic", "barycentric", "geo_app", "xy", "ECLIPTIC", "AZ_EL",
                   "SUPER_GALACTIC", "BODY")),
    ('system="galactic"', {"frame": "GALACTIC"}, ("galactic", None, None))])
def test_systems_of_positions(system, meta, new):
    table, content = again(positions(system))
    assert {key: table["ra0"].meta[key] for key in ("frame", "coosys") if key in table["ra0"].meta} == meta
    found, = systems(content).values()
    assert (found.system, found.epoch, found.equinox) == new
    assert found.refposition is None  # which VOTable 1.4 does not have
    _, content = again(positions(system), version="1.5")
    assert [one.refposition for one in systems(content).values()] == [meta.get("coosys", {}).get("refposition")]


def test_systems_that_differ_in_the_epoch_stay_apart():
    table, content = again(positions('system="ICRS" epoch="J2016.0"', 'system="ICRS" epoch="J2000.0"', 'system="ICRS"'))
    assert [system.epoch for system in systems(content).values()] == ["J2016.0", "J2000.0", None]
    assert table["dec1"].meta["coosys"] == {"epoch": "J2000.0"} and "coosys" not in table["dec2"].meta


@pytest.mark.parametrize("system, frame", [
    ('system="eq_FK5" equinox="J1975.0"', FK5(equinox="J1975")),
    ('system="eq_FK5" equinox="1975"', FK5(equinox="J1975")),
    ('system="eq_FK4" equinox="B1900"', FK4(equinox="B1900")),
    ('system="eq_FK4" equinox="1900.0"', FK4(equinox="B1900")),
    ('system="eq_FK4"', FK4()), ('system="ICRS" equinox="J2000"', ICRS())])
def test_positions_have_the_equinox_of_their_system(system, frame):
    table = votable.read(io.BytesIO(written(votable.read(io.BytesIO(positions(system))))))
    table.add_row([10., 20.])
    assert table.coords.frame.is_equivalent_frame(frame)
    assert table.coords[0].icrs.ra.deg == SkyCoord(10, 20, unit="deg", frame=frame).icrs.ra.deg


@pytest.mark.parametrize("meta", [
    {"time": {"scale": "tai", "origin": "mjd"}, "frame": "ICRS", "coosys": {"epoch": "J2016"}},
    {"time": {"scale": "TAI", "refposition": "Geocenter", "origin": 2455197}}, {"time": {"scale": None}}, {"time": {}},
    {"time": {"scale": "local time", "refposition": 5, "origin": "2455197.5"}}, {"time": {"origin": "MJD-origin"}},
    {"frame": "icrs"}, {"frame": "eq_FK5"}, {"frame": "ecliptic"}, {"coosys": {"epoch": "J2000"}}, {"coosys": 5},
    {"frame": "ICRS", "coosys": {}}, {"frame": "ICRS", "coosys": {"epoch": 2016.0, "equinox": "soon", "note": [1]}},
    {"frame": "ICRS", "coosys": {"epoch": "J2016", 1: 2}}, {"frame": "FK5", "coosys": {"refposition": "x y"}}])
@pytest.mark.parametrize("version", ["1.4", "1.5"])
def test_systems_of_columns_come_back_as_they_were(meta, version):
    table = Table({"a": MaskedColumn([1.], meta=meta)})
    assert votable.read(io.BytesIO(written(table, version=version)))["a"].meta == meta


def test_other_words_for_frames_are_understood():
    for word, system in (("eq_FK5", "eq_FK5"), ("icrs", "ICRS"), ("Ecliptic", "ECLIPTIC")):
        content = written(Table({"a": MaskedColumn([1.], meta={"frame": word})}))
        assert [found.system for found in systems(content).values()] == [system]


@pytest.mark.parametrize("origin", ["1858-11-17", 10**400, float("inf")])
def test_a_time_origin_that_is_none_is_named(origin):
    table = Table({"a": MaskedColumn([1.], meta={"time": {"scale": "tai", "origin": origin}})})
    with pytest.warns(AstropyUserWarning, match="column 'a': the time origin .* has mjd, jd and numbers"):
        content = written(table)
    assert votable.read(io.BytesIO(content))["a"].meta == table["a"].meta
    assert [system.timeorigin for system in systems(content, "time_systems").values()] == [None]
