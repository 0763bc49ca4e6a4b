# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a TAP server refuses."""

__all__ = ["QueryError", "ServiceError"]


class ServiceError(Exception):
    """A request that is not answered.

    Parameters
    ----------
    message : str
        What is wrong, for the one who asked.
    status : int, optional
        HTTP status; None is the server's usual one for errors of the user.
    """

    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class QueryError(ServiceError):
    """A query that is refused, or fails."""

    def __init__(self, message):
        super().__init__(f"Field query: {message}")
