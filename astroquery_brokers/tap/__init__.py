# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""TAP for any broker: ADQL in, tables out, over the package's own transport.

============= ==========================================================================================
``adql``      what can be said about a query without a server; queries from typed values
``uploads``   tables that go along with a query
``replies``   replies to tables, or to the error that says what went wrong
``annotate``  columns of the service as a broker's dictionary describes them
``service``   the requests: synchronous queries, and jobs
``jobs``      asynchronous queries: waited for, aborted, taken up again
``access``    what a broker's class needs to answer verbs by TAP
============= ==========================================================================================

Of pyvo the reader of job descriptions is used. Its ``TAPService`` sends on its own: without a time limit for
synchronous queries, without retries and cache, and astropy reads what arrives. Here the bytes pass the package's
transport (time limits, retries, politeness, cache) and its VOTable reader.
"""

from .access import TapAccess
from .adql import check_adql, literal
from .jobs import TapJob

__all__ = ["TapAccess", "TapJob", "check_adql", "literal"]
