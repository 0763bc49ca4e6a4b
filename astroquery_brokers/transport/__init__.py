# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""HTTP and nothing astronomical: sessions, retries, rate limits, the cache, many requests at once."""

from .call import Call, Credential
from .client import Transport
from .many import Outcome, Outcomes, fetch_many
from .policy import Deadline, Policy
from .redact import conceal, redact, redact_body

__all__ = ["Call", "Credential", "Deadline", "Outcome", "Outcomes", "Policy", "Transport", "conceal",
           "fetch_many", "redact", "redact_body"]
