# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""For the whole test run: private folders, no downloads, the sandbox behind every example, and no silent skips.

With ``ASTROQUERY_BROKERS_REQUIRE_ALL`` set, a test that is skipped for any reason but the missing network fails.
"""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem

from tests.leftovers import Leftovers

REQUIRE_ALL = "ASTROQUERY_BROKERS_REQUIRE_ALL"

collect_ignore = ["docs/conf.py"]

_saved = {}
_folders = []
_leftovers = Leftovers()


def pytest_addoption(parser):
    """Where contract tests find services of AMPEL; here, because pytest wants options from the uppermost conftest."""
    group = parser.getgroup("services that the contract tests ask instead of the sandbox")
    group.addoption("--ampel-archive-url", metavar="URL", help="address of an archive of ZTF alerts, version 3")
    group.addoption("--ampel-token", metavar="TOKEN", help="token of that archive")
    group.addoption("--ampel-catalogmatch-url", metavar="URL", help="address of a catalogue matching")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """One more than there are processors: much of the tests' time is waiting."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


def pytest_configure(config):
    """Keep the user's own cache and configuration out of the tests, before astropy looks for them."""
    root = Path(tempfile.mkdtemp(prefix="astroquery_brokers_tests_"))
    _folders.append(root)
    for name, value in (("COLUMNS", "80"), ("LINES", "24"), ("MPLBACKEND", "agg")):
        _saved[name] = os.environ.get(name)
        os.environ[name] = value
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        folder = root / name.lower()
        # astropy before 8 ignores the variable unless the folder has its subfolder.
        (folder / "astropy").mkdir(parents=True)
        _saved[name] = os.environ.get(name)
        os.environ[name] = str(folder)

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As for a job in the background; the tests of Ctrl-C need it.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    from astropy.utils import iers

    iers.conf.auto_download = False
    _leftovers.start()


def pytest_unconfigure(config):
    _leftovers.stop()
    while _saved:
        name, value = _saved.popitem()
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _no_secret_is_left(tmp_path_factory):
    """At the end no token of a sandbox and no key of a stream is in any file, log or output of the run."""
    yield
    shown, files = _leftovers.found([*_folders, tmp_path_factory.getbasetemp()])
    assert (shown, files) == (0, []), "secrets that were logged or printed, and files that hold one"


@pytest.fixture(scope="session")
def _sandbox_of_docstrings():
    from astroquery_brokers import sandbox

    with sandbox.running() as box:
        yield box


@pytest.fixture(autouse=True)
def _surroundings_of_examples(request):
    """Examples run in an empty folder against a sandbox: one for all docstrings, one for each ``.rst`` file."""
    if not isinstance(request.node, DoctestItem):
        yield
        return
    from astroquery_brokers import sandbox

    request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("tmp_path"))
    is_page = request.node.path.suffix == ".rst"
    with sandbox.running() if is_page else request.getfixturevalue("_sandbox_of_docstrings").configured():
        yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def _fail_if_skipped(report, name):
    if os.environ.get(REQUIRE_ALL) and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{name}: {reason} ({REQUIRE_ALL} is set: nothing may be skipped)"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    for text in (report.longreprtext, *(content for _, content in report.sections)):
        _leftovers.hear(text)
    if item.get_closest_marker("remote_data") is not None:
        return report
    return _fail_if_skipped(report, item.nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    report = yield
    return _fail_if_skipped(report, collector.nodeid)
