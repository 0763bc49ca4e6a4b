# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""That the search for secrets at the end of the test run would find them."""

import gzip
import logging

import pytest

from astroquery_brokers import sandbox

from .leftovers import Leftovers


@pytest.fixture(scope="module")
def watched():
    """A search that knows the tokens of a sandbox."""
    leftovers = Leftovers()
    leftovers.start()
    try:
        with sandbox.running() as box:
            yield leftovers, box.tokens
    finally:
        leftovers.stop()


@pytest.mark.parametrize("kind", ["ampel.archive_token", "ampel.live_token"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_found(watched, tmp_path, kind, packed):
    leftovers, tokens = watched
    assert leftovers.found([tmp_path]) == (0, [])
    content = f'{{"headers": {{"Authorization": "Bearer {tokens[kind]}"}}}}'.encode()
    path = tmp_path / "some" / "reply"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(content) if packed else content)
    assert leftovers.found([tmp_path]) == (0, [str(path)])
    path.unlink()


def test_what_is_logged_or_printed_is_found(watched):
    leftovers, tokens = watched
    leftovers.hear(f"Bearer {tokens['ampel.archive_token']}, and more")
    assert leftovers.found([])[0] == 1
    # Not a logger of the package: the search of the whole run listens to those.
    leftovers.handle(logging.LogRecord("a", logging.DEBUG, "", 0, "asked with %s", (tokens["ampel.live_token"],), None))
    assert leftovers.found([])[0] == 2
