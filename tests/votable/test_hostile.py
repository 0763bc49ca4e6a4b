# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Every broken or hostile document ends in a typed error, soon, in little memory, and without a look at other files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from astroquery_brokers.exceptions import ReplyParseError, VOTableError

pytest.importorskip("pyarrow")
pytest.importorskip("resource")

MEMORY = 2**31 + 2**30  # bytes of address space, most of it libraries and the documents themselves
SECONDS = 20  # on a busy machine; a second is usual


@pytest.fixture(scope="module")
def endings(tmp_path_factory):
    secret = tmp_path_factory.mktemp("hostile") / "secret"
    secret.write_text("TOP SECRET")
    program = Path(__file__).with_name("hostile.py")
    done = subprocess.run([sys.executable, str(program), str(secret), str(MEMORY)], capture_output=True, text=True,
                          timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_is_a_typed_error(endings):
    assert len(endings) > 100
    assert [ending for ending in endings if ending[1] != "VOTableError"] == []


def test_soon(endings):
    assert [(name, seconds) for name, _, _, seconds, _ in endings if seconds > SECONDS] == []


def test_no_other_file_is_read(endings):
    assert [(name, opened) for name, _, _, _, opened in endings if opened] == []
    assert not any("TOP SECRET" in message for _, _, message, _, _ in endings)


def test_messages_say_what_is_wrong(endings):
    messages = {name: message for name, _, message, _, _ in endings}
    assert "DOCTYPE" in messages["billion laughs"]
    assert "another file" in messages["stream in another place: http"]
    assert "cut in row 1" in messages["cut in a number"]
    assert "has 1 rows and says that it has 2" in messages["fewer rows than said"]
    assert "Row 1 has 1 cells" not in messages["cells that add up"]
    assert "Row 0 has 3 cells; there are 2 fields" in messages["cells that add up"]
    assert "ERROR: no" in messages["an error"]
    assert all(len(message) < 500 for message in messages.values())


def test_the_error_is_also_the_one_that_users_catch():
    assert issubclass(VOTableError, ReplyParseError) and issubclass(VOTableError, ValueError)
