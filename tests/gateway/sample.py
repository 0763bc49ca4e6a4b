# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Two tables with everything that columns can be, and the schema that offers them."""

import numpy as np

from astroquery_brokers.gateway.tap import Column, Schema, Table

COUNT = 400


def _stars():
    rng = np.random.default_rng(5)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, COUNT)))
    ra = rng.uniform(0, 360, COUNT)
    # A quarter in one field, some around ra = 0 and around the pole.
    ra[:100], dec[:100] = 150 + rng.uniform(-1, 1, 100), 2 + rng.uniform(-1, 1, 100)
    ra[100:110], dec[100:110] = rng.uniform(-0.5, 0.5, 10) % 360, rng.uniform(-0.5, 0.5, 10)
    dec[110:120] = rng.uniform(89, 90, 10)
    number = np.arange(COUNT)
    return {
        "name": np.array([f"ZTF{18 + i % 9}{chr(97 + i % 26)}{i:03d}" for i in number], dtype=object),
        "ra": ra, "dec": dec, "n": rng.integers(1, 12, COUNT).astype(np.int32),
        "flag": np.ma.array(rng.uniform(size=COUNT) < 0.5, mask=rng.uniform(size=COUNT) < 0.2),
        "color": np.ma.array(rng.normal(size=COUNT).astype(np.float32), mask=rng.uniform(size=COUNT) < 0.3),
        "big": 2 ** 62 + 3 * number.astype(np.int64), "small": (number % 7 - 3).astype(np.int16),
        "value": rng.uniform(-5, 5, COUNT),
        "note": np.array([None if i % 4 == 0 else "it's \u00e9" if i % 4 == 1 else "a_b%" if i % 4 == 2 else ""
                          for i in number], dtype=object),
        "tags": [None if i % 5 == 0 else [f"t{i % 3}", "x"][:1 + i % 2] for i in number.tolist()]}


def _visits():
    rng = np.random.default_rng(6)
    star = np.repeat(np.arange(0, COUNT, 2), 4)
    return {"name": STARS["name"][star], "band": np.tile([1, 2, 1, 3], COUNT // 2).astype(np.int16),
            "mag": rng.uniform(15, 21, len(star)).astype(np.float32),
            "mjd": 59000 + rng.uniform(0, 1000, len(star)), "id": 10 ** 18 + np.arange(len(star)) * 7}


STARS = _stars()
VISITS = _visits()

_STAR_COLUMNS = (
    Column("name", "char", ucd="meta.id;meta.main", description="Name of the star", indexed=True, principal=True),
    Column("ra", "double", "deg", "pos.eq.ra;meta.main", "Right ascension"),
    Column("dec", "double", "deg", "pos.eq.dec;meta.main", "Declination"),
    Column("n", "int", description="Number of visits"), Column("flag", "boolean"), Column("color", "float", "mag"),
    Column("big", "long", description="An identifier"), Column("small", "short"), Column("value", "double"),
    Column("note", "char"), Column("tags", "array"))
_VISIT_COLUMNS = (Column("name", "char"), Column("band", "short"), Column("mag", "float", "mag", "phot.mag"),
                  Column("mjd", "double", "d", "time.epoch"), Column("id", "long"))

SCHEMA = Schema("sky", "A made-up sky.", (
    Table("sky.star", _STAR_COLUMNS, lambda: STARS, "Stars."),
    Table("sky.visit", _VISIT_COLUMNS, lambda: VISITS, "Visits of stars.",
          keys=(("sky.star", (("name", "name"),)),))))
