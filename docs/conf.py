# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Sphinx configuration, on top of what Astropy packages share."""

import os
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path

from sphinx_astropy.conf.v3 import *  # noqa: F401, F403
from sphinx_astropy.conf.v3 import extensions, intersphinx_mapping

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
# A comfort for readers that not every machine has.
if find_spec("sphinx_copybutton") is None:
    extensions.remove("sphinx_copybutton")

automodapi_toctreedirnm = "reference/api"
automodapi_inheritance_diagram = False
autodoc_typehints = "none"

# The documentation builds without a network; DOCS_ONLINE=1 adds the links to other projects' documentation.
online = bool(os.environ.get("DOCS_ONLINE"))
for name in ("pythonloc", "scipy", "h5py", "astropy.org"):
    intersphinx_mapping.pop(name, None)
intersphinx_mapping.update({
    "astroquery": ("https://astroquery.readthedocs.io/en/latest/", None),
    "pandas": ("https://pandas.pydata.org/docs/", None),
    "pyvo": ("https://pyvo.readthedocs.io/en/latest/", None),
    "requests": ("https://requests.readthedocs.io/en/latest/", None),
})
if not online:
    intersphinx_mapping.clear()

nitpicky = True
nitpick_ignore_regex = []
for line in Path(__file__).with_name("nitpick-exceptions.txt").read_text(encoding="utf-8").splitlines():
    if line.strip() and not line.startswith("#"):
        when, role, pattern = line.split()
        if when == "always" or not online:
            nitpick_ignore_regex.append((role, pattern))
