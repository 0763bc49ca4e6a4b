# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Libraries that only an extra of this package installs: imported where used, with a message where they are missing."""

from importlib import import_module

__all__ = ["missing", "needs"]


def missing(module, what, extra):
    """The error for a library that is not installed.

    Parameters
    ----------
    module : str
        The library.
    what : str
        What needs it, as the start of a sentence.
    extra : str
        The extra of this package that has it.

    Returns
    -------
    ImportError
        Its message says what to install.

    Examples
    --------
    >>> from astroquery_brokers.extras import missing
    >>> print(missing("fastavro", "Reading packets", "avro"))
    Reading packets needs fastavro: pip install "astroquery_brokers[avro]"
    """
    return ImportError(f'{what} needs {module}: pip install "astroquery_brokers[{extra}]"', name=module)


def needs(module, what, extra):
    """Import a library of an extra.

    Parameters
    ----------
    module : str
        The library, or one of its submodules, which is what is returned then.
    what : str
        What needs it, as the start of a sentence.
    extra : str
        The extra of this package that has it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If it is not installed; the message says what to install.

    Examples
    --------
    >>> from astroquery_brokers.extras import needs
    >>> needs("json", "This", "none").loads("[1]")
    [1]
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise missing(module.partition(".")[0], what, extra) from error
