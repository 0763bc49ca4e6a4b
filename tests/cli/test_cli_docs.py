# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The examples of the page about the command line show what a shell shows."""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "user_guide" / "command_line.rst"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def examples():
    """(command, what it shows) in the order of the page."""
    found = []
    for block in re.findall(r"\.\. code-block:: console\n\n((?:   .*\n|\n)+)", PAGE.read_text(encoding="utf-8")):
        for part in re.split(r"(?m)^   \$ ", block)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, re.sub(r"(?m)^   ", "", shown).strip()))
    return found


@pytest.fixture
def here(run, tmp_path, monkeypatch):
    """What a terminal of 100 columns shows, for a command that needs no shell."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "40")

    def here(line):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        ran = run(*shlex.split(line)[1:])
        return ran.errors + ran.text
    return here


@pytest.fixture
def shell(at_box, tmp_path):
    """The same for a line with pipes: the program asks the sandbox of the tests."""
    program = tmp_path / "bin" / "astroquery-brokers"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'import sys; from astroquery_brokers.cli import main; "
                       f"sys.exit(main())' {' '.join(at_box)} \"$@\"\n")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}

    def shell(line):
        done = subprocess.run(["sh", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL, env=environment, cwd=tmp_path, timeout=100)
        return done.stdout
    return shell


def test_the_page_shows_what_a_shell_shows(here, shell):
    found = examples()
    assert len(found) > 12
    if shutil.which("stilts") is None:
        found = [example for example in found if "stilts" not in example[0]]
    wrong = []
    for command, expected in found:
        shown = (shell if re.search("[|>]", command) else here)(command)
        if not doctest.OutputChecker().check_output(f"{expected}\n", shown, FLAGS):
            wrong.append(f"$ {command}\n{shown}")
    assert not wrong, "\n".join(wrong)


def test_the_table_of_commands_is_complete(run):
    page = PAGE.read_text(encoding="utf-8")
    commands = re.findall(r"(?m)^    ([a-z-]+) ", run("--help").text.partition("COMMAND\n")[2].partition("\n\n")[0])
    assert len(commands) > 15
    for name in set(commands) - {"classes", "classifiers", "feature", "magstats"}:
        assert f"``{name}" in page, name
