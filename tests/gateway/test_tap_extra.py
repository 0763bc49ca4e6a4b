# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Without what the extra ``server`` brings."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("missing", ["duckdb", "sqlglot", "starlette"])
def test_the_error_names_the_extra(missing):
    code = (f"import sys; sys.modules[{missing!r}] = None\n"
            "from astroquery_brokers.gateway import tap\n"
            "try:\n    tap.tap_app\nexcept ImportError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == f'the TAP server needs {missing}: pip install "astroquery_brokers[server]"'


def test_names():
    from astroquery_brokers.gateway import tap
    assert set(tap.__all__) <= set(dir(tap))
    with pytest.raises(AttributeError, match="nosuch"):
        tap.nosuch
