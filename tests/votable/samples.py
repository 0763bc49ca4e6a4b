# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables that the tests of the VOTable engine write."""

import numpy as np
from astropy.table import MaskedColumn

from astroquery_brokers.tables import BrokerTable

TAI = {"scale": "tai", "origin": "mjd", "refposition": "TOPOCENTER", "instant": "middle"}
UTC_JD = {"scale": "utc", "origin": "jd", "refposition": "TOPOCENTER", "instant": "start"}


def column(values, mask=None, *, unit=None, description=None, dtype=None, **meta):
    return MaskedColumn(values, mask=mask, unit=unit, description=description, dtype=dtype, meta=meta)


def full_table(rows=5, *, truncated=False):
    """A table with everything that an answer can have, including what usually breaks."""
    table = BrokerTable()
    table["oid"] = column(["ZTF18abbuksn"] * 5, description="Object identifier", ucd="meta.id;meta.main")
    table["candid"] = column([2**63 - 1, -2**63 + 1, 313853496686280764, 0, 1], [0, 0, 0, 0, 1], ucd="meta.id;obs")
    table["mjd"] = column([61217.42118006405, 2., 3., 4., 5.], unit="d", ucd="time.epoch", time=TAI,
                          description="A description that is so long that a document which is written with line breaks "
                                      "has to break it into lines, at a hyphen perhaps or in a " + "very" * 30 +
                                      "-long word, which must not come back")
    table["jd"] = column([2461217.92118006405, 2., 3., 4., 5.], unit="d", ucd="time.epoch", time=UTC_JD)
    table["band"] = column(["ztfg", "ztfr", "ztfg", "ztfi", ""], [0, 0, 0, 0, 1], ucd="instr.bandpass")
    table["fid"] = column([1, 2, 1, 3, 0], [0, 0, 0, 0, 1], dtype="int32", ucd="instr.bandpass",
                          band={1: "ztfg", 2: "ztfr", 3: "ztfi"})
    table["i:magpsf"] = column([18.1, np.inf, -np.inf, 5e-324, -999.], [0, 0, 0, 0, 1], unit="mag",
                               ucd="phot.mag;em.opt")
    table["i_magpsf"] = column([18.1, 1e38, -0., 1e-40, 3.], [1, 0, 0, 0, 0], unit="mag", dtype="float32")
    table["flux"] = column([1., 2., 3., 4., 5.], unit="nJy", ucd="phot.flux.density;em.opt")
    table["flux_err"] = column([1., 2., 3., 4., 5.], unit="nJy", ucd="stat.error;phot.flux.density")
    table["ra"] = column([185., 0., 359.9999999999999, 4., 5.], unit="deg", ucd="pos.eq.ra;meta.main", frame="ICRS")
    table["dec"] = column([-15., 90., -90., 4., 5.], unit="deg", ucd="pos.eq.dec;meta.main", frame="ICRS",
                          principal=True)
    table["isdiffpos"] = column([True, False, True, True, False], [0, 0, 1, 0, 1], ucd="meta.code.qual")
    table["letter"] = column(["a", "b", "", "d", "e"], [0, 0, 1, 0, 0])
    table["note"] = column(["naïve ☃ 𝒳", "<&>\"']]>", "a\r\nb", "None", ""], [0, 0, 0, 0, 1], ucd="meta.note")
    cells = np.full(5, None, dtype=object)
    cells[:] = [["SNIa", "SN II"], [], None, ["Nébuleuse, \"x\""], ["\x07"]]
    table["classes"] = column(cells, [0, 0, 1, 0, 0], ucd="src.class")
    table["nothing"] = column(np.zeros(5), np.ones(5, dtype=bool))
    table.meta.update(full_meta(truncated))
    return table[:rows]


def full_meta(truncated=False):
    return {"name": "alerce_ztf_detections", "description": "Detections  of ZTF <alerts> & more",
            "provenance": [{"broker": "ALeRCE", "survey": "ztf", "verb": "query_detections",
                            "parameters": {"object_id": ["ZTF18abbuksn"]}, "requests": 2,
                            "urls": ["https://example.org/a?b=1&c=2", "https://example.org/d"],
                            "retrieved": "2026-08-11T00:00:00+00:00", "cached_at": None,
                            "versions": {"astroquery_brokers": "0.1", "astropy": "8.0"},
                            "citation": "2021AJ....161..242F", "contact": "someone@example.org"}],
            "coverage": [{"asked": 1, "found": 1, "empty": 0, "failed": 0, "truncated": truncated}],
            "failures": [{"item": "x", "reason": "é \n line", "status": 503}]}


def assert_same(found, expected):
    """Equal in values, masks, types, units, UCDs, descriptions, systems and meta."""
    assert type(found) is BrokerTable
    assert found.colnames == expected.colnames
    assert len(found) == len(expected)
    for name in expected.colnames:
        assert_same_column(found[name], expected[name])
    assert dict(found.meta) == dict(expected.meta)


def assert_same_column(found, expected):
    assert np.ma.getmaskarray(found).tolist() == np.ma.getmaskarray(expected).tolist(), found.name
    assert found.dtype.kind == expected.dtype.kind, found.name
    assert found.shape == expected.shape, found.name
    if expected.dtype.kind != "U":
        assert found.dtype == expected.dtype, found.name
    shown = ~np.ma.getmaskarray(expected)
    one, other = np.asarray(found)[shown], np.asarray(expected)[shown]
    if expected.dtype.kind in "fc":
        assert same_bits(one, other), found.name
    else:
        assert [same_items(*pair) for pair in zip(one.tolist(), other.tolist())].count(False) == 0, found.name
    assert found.unit == expected.unit
    assert found.description == expected.description
    assert found.format == expected.format
    assert dict(found.meta) == dict(expected.meta)


def same_bits(one, other):
    """Whether floats are the same to the last bit, but for what is in a NaN."""
    one, other = (np.where(np.isnan(part), np.nan, part) for values in (one, other) for part in [
        np.stack([values.real, values.imag]) if values.dtype.kind == "c" else values])
    return one.tobytes() == other.astype(one.dtype).tobytes()


def same_items(one, other):
    if isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=other.dtype.kind in "fc")
    return one == other
