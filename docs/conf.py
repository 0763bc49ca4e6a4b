# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sphinx configuration, on top of what Astropy packages share."""

import atexit
import os
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path

# The build neither reads nor writes the user's cache and configuration. Before anything imports astropy.
private = Path(tempfile.mkdtemp(prefix="astroquery_brokers_docs_"))
atexit.register(shutil.rmtree, private, ignore_errors=True)
for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
    # astropy before 8 ignores the variable unless the folder has its subfolder.
    (private / name.lower() / "astropy").mkdir(parents=True)
    os.environ[name] = str(private / name.lower())
os.environ["MPLBACKEND"] = "agg"

from sphinx_astropy.conf.v3 import *  # noqa: E402, F401, F403
from sphinx_astropy.conf.v3 import extensions, intersphinx_mapping  # noqa: E402

project = "astroquery_brokers"
author = "the astroquery_brokers developers"
copyright = f"2026, {author}"
try:
    release = installed_version(project)
except PackageNotFoundError:
    release = "unknown"
version = release
html_title = f"{project} {release}"
htmlhelp_basename = project

exclude_patterns = ["_build"]
html_static_path = ["_static"]
html_css_files = ["brokers.css"]

here = Path(__file__).parent
sys.path.insert(0, str(here / "_ext"))
extensions += ["matplotlib.sphinxext.plot_directive", "broker_tables", "surroundings"]
# A comfort for readers that not every machine has.
if find_spec("sphinx_copybutton") is None:
    extensions.remove("sphinx_copybutton")

automodapi_toctreedirnm = "reference/api"
automodapi_inheritance_diagram = False
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"

# Figures: their code is shown, and run again as an example in the tests.
plot_include_source = True
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", 150)]
plot_pre_code = ""
plot_working_directory = str(here / "_build" / "examples")

# The documentation builds without a network; DOCS_ONLINE=1 adds the links to other projects' documentation.
online = bool(os.environ.get("DOCS_ONLINE"))
for name in ("pythonloc", "scipy", "h5py", "astropy.org"):
    intersphinx_mapping.pop(name, None)
intersphinx_mapping.update({
    "astroquery": ("https://astroquery.readthedocs.io/en/latest/", None),
    "mocpy": ("https://cds-astro.github.io/mocpy/", None),
    "pandas": ("https://pandas.pydata.org/docs/", None),
    "pyvo": ("https://pyvo.readthedocs.io/en/latest/", None),
    "requests": ("https://requests.readthedocs.io/en/latest/", None),
})
if not online:
    intersphinx_mapping.clear()

nitpicky = True
nitpick_ignore_regex = []
for line in (here / "nitpick-exceptions.txt").read_text(encoding="utf-8").splitlines():
    if line.strip() and not line.startswith("#"):
        when, role, pattern = line.split()
        if when == "always" or not online:
            nitpick_ignore_regex.append((role, pattern))
