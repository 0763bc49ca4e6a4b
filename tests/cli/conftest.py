# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Ways to run the command line: in this process, and as a program."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from astroquery_brokers.cli import main
from astroquery_brokers.cli.brokers import Broker


@dataclass
class Ran:
    """What a run of the command line left."""

    status: int
    output: bytes
    errors: str

    @property
    def text(self):
        return self.output.decode()

    @property
    def lines(self):
        return self.text.splitlines()


@pytest.fixture
def run(capsysbinary):
    """Run the command line in this process."""

    def run(*words):
        capsysbinary.readouterr()
        status = main([str(word) for word in words])
        out, err = capsysbinary.readouterr()
        assert b"Traceback" not in err
        return Ran(status, out, err.decode())
    return run


@pytest.fixture
def start():
    """Start the command line as a program; it is ended at the end of the test."""
    running = []

    def start(*words, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": {**os.environ, "COLUMNS": "80"},
                   **options}
        command = [sys.executable, "-c", "import sys; from astroquery_brokers.cli import main; sys.exit(main())"]
        running.append(subprocess.Popen([*command, *map(str, words)], **options))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def at_box(box):
    """Options with which a program asks the sandbox of the tests."""
    settings = {f"alerce.{setting['name']}" for setting in Broker("alerce").settings}
    return [f"--set={name.partition('.')[2]}={url}" for name, url in box.urls.items() if name in settings]
