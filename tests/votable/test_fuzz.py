# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Random damage: no crash, no hang, and no difference from astropy but those that are documented."""

import io
import os
import time
import warnings

import pytest

from astroquery_brokers import votable
from astroquery_brokers.exceptions import VOTableError

from .mutations import by_astropy, chances, differences, mutated, seeds

# Ten minutes of new documents as `tox -e fuzz`; a tenth of it in the suite, in parts that several workers can share,
# and always the same documents, so that a change is tested and not luck.
SEARCHING = "ASTROQUERY_BROKERS_FUZZ_SECONDS" in os.environ
SECONDS = float(os.environ.get("ASTROQUERY_BROKERS_FUZZ_SECONDS", 120))
MOST = 10**9 if SEARCHING else 1500
PARTS = 6
LONGEST = 20  # seconds for a document of a few kilobytes, on a busy machine


@pytest.mark.timeout(SECONDS + 120)
@pytest.mark.parametrize("part", range(PARTS))
def test_damaged_documents(tmp_path, part):
    chance, seed = chances(None if SEARCHING else part)
    documents = seeds()
    end = time.monotonic() + SECONDS / PARTS
    accepted = compared = refused = 0
    while time.monotonic() < end and accepted + refused < MOST:
        document = mutated(chance.choice(documents), chance, documents)
        (tmp_path / "document.xml").write_bytes(document)
        about = f"seed {seed}, document {accepted + refused}, kept as {tmp_path / 'document.xml'}: {document!r}"
        started = time.monotonic()
        try:
            with warnings.catch_warnings(action="ignore"):
                table = votable.read(io.BytesIO(document))
        except VOTableError:
            refused += 1
            continue
        finally:
            assert time.monotonic() - started < LONGEST, about
        accepted += 1
        read = by_astropy(document)
        if read is not None:
            compared += 1
            assert list(differences(table, *read)) == [], about
    print(f"{accepted} accepted, {compared} of them by astropy too, {refused} refused")
    assert compared > 10 and refused > 10
