# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What ADQL a service takes, and what it refuses: all queries over one uploaded table, so that all answer alike.

The answers are those of DaCHS 2.11. Units and UCDs of expressions are not compared: the sandbox gives them to columns,
DISTANCE and IN_UNIT only (test_tap_adql.py). Neither is what DaCHS alone takes (geometries in the SELECT, TABLESAMPLE,
functions of GAVO and of HEALPix, other frames than ICRS, hexadecimal numbers, texts side by side, CAST to TIMESTAMP)
nor what it alone refuses (COORDSYS, two signs or two NOT in a row, ROUND to negative places, names of tables in another
case); nor TOP in a part of a UNION, which DaCHS takes for one of all of it.
"""

import io
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from astropy.io.votable import from_table, parse
from astropy.table import MaskedColumn, Table

from .tap_queries import ANSWERS, REFUSED

T = Table({"id": np.arange(1, 7, dtype="int32"),
           "a": np.ma.array([3, 2 ** 60 + 1, -5, 0, 7, 7], mask=[0, 0, 0, 1, 0, 0]),
           "s": np.array([1, 1, 2, 2, 3, 3], dtype="int16")})
T["x"] = MaskedColumn([1.5, -2.25, 0.0, 10.0, 99.0, 3.0], mask=[0, 0, 0, 0, 1, 0], unit="deg")
T["f"] = MaskedColumn(np.array([18.1, 19.2, 20.3, 0.1, -1.5, 2.0], dtype="float32"), unit="mag")
T["name"] = MaskedColumn(["alpha", "Beta", "be_ta", "100%", "it's", "zeta"], mask=[0, 0, 0, 0, 0, 1])


@pytest.fixture(scope="module")
def upload():
    stream = io.BytesIO()
    from_table(T).to_xml(stream)
    return stream.getvalue()


@pytest.fixture
def send(tap_url, session, upload):
    def send(query):
        content = {"REQUEST": "doQuery", "LANG": "ADQL", "MAXREC": "100", "FORMAT": "votable/td", "QUERY": query,
                   "UPLOAD": "t,param:up"}
        return session.post(f"{tap_url}/sync", content, files={"up": upload}, timeout=60)
    return send


def told(reply):
    """What a reply says of the query: OK, OVERFLOW or ERROR."""
    infos = ET.fromstring(reply.content).iter("{http://www.ivoa.net/xml/VOTable/v1.3}INFO")
    return [info.get("value") for info in infos if info.get("name") == "QUERY_STATUS"]


def value(cell):
    cell = None if cell is np.ma.masked else getattr(cell, "tolist", lambda: cell)()
    return pytest.approx(cell, rel=1e-12) if isinstance(cell, float) else cell


@pytest.mark.parametrize("query", ANSWERS)
def test_answered(send, query):
    reply = send(query)
    assert reply.status_code == 200 and "ERROR" not in told(reply), reply.text
    with warnings.catch_warnings(action="ignore"):
        table = parse(io.BytesIO(reply.content), verify="ignore").get_first_table()
    columns, rows = ANSWERS[query]
    # texts of uploads are unicodeChar in DaCHS
    kinds = (field.datatype.replace("unicodeChar", "char") for field in table.fields)
    assert [f"{field.name}:{kind}" for field, kind in zip(table.fields, kinds)] == columns.split()
    found = [tuple(map(value, row)) for row in table.to_table(use_names_over_ids=True)]
    assert (found if "ORDER BY" in query else sorted(found, key=repr)) == rows


@pytest.mark.parametrize("query", REFUSED)
def test_refused(send, query):
    reply = send(query)
    assert reply.status_code == 500 and told(reply) == ["ERROR"], reply.text
