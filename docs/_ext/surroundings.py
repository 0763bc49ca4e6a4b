# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the examples of these pages need while they are built: a sandbox, figures, and words for who sees none."""

import doctest
import re
from contextlib import ExitStack
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

__all__ = ["setup"]

logger = logging.getLogger(__name__)

# Options of pytest-doctestplus: figures written as examples may have them, and need nothing of them here.
for option in ("FLOAT_CMP", "IGNORE_OUTPUT", "IGNORE_WARNINGS", "REMOTE_DATA", "SHOW_WARNINGS"):
    doctest.register_optionflag(option)


def start_sandbox(app):
    """Run a sandbox until the build ends, and point every broker at it."""
    from astroquery_brokers import sandbox

    # Figures are made there, so that what an example writes is not left among the pages.
    Path(app.config.plot_working_directory).mkdir(parents=True, exist_ok=True)
    stack = ExitStack()
    stack.enter_context(sandbox.running())
    app.connect("build-finished", lambda app, exception: stack.close())


def require_alternatives(app, doctree):
    """Warn of images that say nothing to those who cannot see them."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            logger.warning("%s has no text alternative: describe it with :alt:", image["uri"], location=image,
                           type="image", subtype="alt")


def require_figures(app, doctree):
    """Warn of a page with more plot directives than figures: pyplot did not know what was drawn."""
    source = Path(app.env.doc2path(app.env.docname)).read_text(encoding="utf-8")
    wanted = len(re.findall(r"^\.\. plot::", source, flags=re.M)) - source.count(":nofigs:")
    # Each figure is there for several builders, and one plot can have several figures: page-1.png, page-2_00.png.
    numbers = {re.search(r"-(\d+)(_\d+)*$", Path(image["uri"]).stem) for image in doctree.findall(nodes.image)
               if "plot_directive" in image["uri"]}
    made = len({number[1] for number in numbers if number})
    if made < wanted:
        logger.warning("%d plots and figures of %d: draw on axes that pyplot made", wanted, made,
                       location=app.env.docname, type="image", subtype="missing")


def setup(app):
    app.connect("builder-inited", start_sandbox)
    app.connect("doctree-read", require_alternatives)
    app.connect("doctree-read", require_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
