# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``BrokerTable.read`` and ``.write`` use the engine, and other formats and classes go on as they were."""

import subprocess
import sys

import pytest
from astropy.table import Table

from astroquery_brokers.tables import BrokerTable
from astroquery_brokers.votable.connect import register

from .samples import assert_same, full_table


class Registered(BrokerTable):
    """Registered here, whether BrokerTable already is or not."""


register(Registered)


@pytest.mark.parametrize("name, keywords", [
    ("x.vot", {}), ("x.xml", {"format": "votable"}), ("x.xml", {}), ("x.vot.gz", {}),
    ("x.vot", {"serialization": "binary2"}), ("x.vot", {"tabledata_format": "binary2"})])
def test_write_and_read(tmp_path, name, keywords):
    table = full_table()
    Registered(table).write(tmp_path / name, **keywords)
    assert_same(BrokerTable(Registered.read(tmp_path / name)), table)
    if name.endswith(".gz"):
        return
    assert (b"<BINARY2>" in (tmp_path / name).read_bytes()) == ("binary2" in keywords.values())


def test_broker_table_is_registered(tmp_path):
    table = full_table()
    table.write(tmp_path / "x.vot")
    assert_same(BrokerTable.read(tmp_path / "x.vot"), table)


def test_overwrite(tmp_path):
    table = Registered(full_table())
    table.write(tmp_path / "x.vot")
    with pytest.raises(OSError, match="overwrite=True"):
        table.write(tmp_path / "x.vot")
    table.write(tmp_path / "x.vot", format="votable", overwrite=True)


@pytest.mark.parametrize("name", ["x.ecsv", "x.fits", "x.csv", "x.html"])
def test_other_formats_are_still_recognised(tmp_path, name):
    Registered({"x": [1, 2]}).write(tmp_path / name)
    found = Registered.read(tmp_path / name)
    assert type(found) is Registered
    assert found["x"].tolist() == [1, 2]


def test_astropy_tables_are_left_alone(tmp_path):
    assert "fits" in Table.read.__doc__ and "fits" in Registered.read.__doc__
    Table({"x": [1]}).write(tmp_path / "x.vot", format="votable")
    assert type(Table.read(tmp_path / "x.vot")) is Table


def test_the_package_is_light_to_import():
    code = ("import sys, astroquery_brokers.votable\n"
            "assert {'read', 'write', 'to_votable'} <= set(dir(astroquery_brokers.votable))\n"
            "sys.exit(any(name.startswith('astropy') for name in sys.modules))")
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
