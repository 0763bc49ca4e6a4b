# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``python -m astroquery_brokers.cli``: the command line, where its program is not on the path."""

import sys

from . import main

sys.exit(main())
