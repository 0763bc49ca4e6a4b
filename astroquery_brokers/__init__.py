# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Alert brokers as an astronomer reaches every other archive: positions in, astropy tables out."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("astroquery_brokers")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "unknown"

# Public name to the module that has it; "" means that the module itself is meant.
_PUBLIC = {"Alerce": "alerce", "Ampel": "ampel", "BrokerTable": "tables", "Fink": "fink", "exceptions": "",
           "sandbox": "", "votable": ""}

__all__ = ["Alerce", "Ampel", "BrokerTable", "Fink", "__version__", "exceptions", "sandbox", "votable"]


def __getattr__(name):
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f".{_PUBLIC[name] or name}", __name__)
    return getattr(module, name) if _PUBLIC[name] else module


def __dir__():
    return sorted({*globals(), *__all__})
