# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where a result goes: readable to a terminal, as VOTable to a pipe, or into a file."""

import os
import sys
from pathlib import Path

from .messages import say

__all__ = ["BINARY", "FORMATS", "check", "closed", "put", "put_plot"]

FORMATS = ("votable", "fits", "parquet", "csv", "ecsv", "table")
BINARY = ("fits", "parquet")
_HINT = "--format table shows all"


def check(output, format, columns=None, known=(), plot=None):
    """Refuse what cannot be written, before anything is asked.

    Parameters
    ----------
    output : str or None
        Name of a file; None and ``-`` stand for standard output.
    format : str or None
        One of `FORMATS`.
    columns : list of str, optional
        Those that the user wants.
    known : list of str
        Those that there can be.
    plot : str, optional
        Name of a file for the figure.
    """
    from ..exceptions import InvalidArgumentError
    from ..tables import files
    from .values import suggestion

    wrong = [name for name in columns or () if name not in known]
    if wrong:
        raise InvalidArgumentError(f"--columns {wrong[0]!r} is not a column. {suggestion(wrong[0], known)}")
    if output not in (None, "-"):
        _check_folder("-o", output)
        if format is None:
            files._by_ending(Path(output))
    elif format in BINARY and sys.stdout.isatty():
        raise InvalidArgumentError(f"--format {format} is binary and not for a terminal; give -o FILE, or a pipe.")
    if "parquet" in (format, output and Path(output).suffix.lstrip(".")):
        import pyarrow  # noqa: F401 - better to miss it now than at the end
    if plot is not None:
        _check_plot(plot)


def _check_folder(option, name):
    from ..exceptions import InvalidArgumentError

    path = Path(name).expanduser()
    if path.is_dir():
        raise InvalidArgumentError(f"{option} {name} is a folder; give the name of a file in it.")
    if not path.parent.is_dir():
        raise InvalidArgumentError(f"{option} {name}: there is no folder {path.parent}; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise InvalidArgumentError(f"{option} {name}: the folder {path.parent} does not let you write; choose another.")


def _check_plot(plot):
    from ..exceptions import InvalidArgumentError
    from .values import suggestion

    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError:
        raise ImportError('--plot needs matplotlib: pip install "astroquery_brokers[plot]"') from None
    known = sorted(FigureCanvasBase.get_supported_filetypes())
    ending = Path(plot).suffix.lstrip(".").lower()
    if ending not in known:
        raise InvalidArgumentError(f"--plot {plot}: the ending must tell a kind of figure. {suggestion(ending, known)}")
    _check_folder("--plot", plot)


def put(table, output, format=None):
    """Write a table where the user wants it.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`
    output : str or None
        Name of a file; None and ``-`` stand for standard output.
    format : str or None
        One of `FORMATS`; by default what the ending says, a readable table on a terminal, VOTable on a pipe.
    """
    from ..tables.files import write_table

    if output not in (None, "-"):
        write_table(table, output, format)
        say(f"wrote {len(table)} row{'s' * (len(table) != 1)}, {len(table.colnames)} columns to {output}")
        return
    if format is None and sys.stdout.isatty():
        from ..tables.display import render

        _show(render(table, hint=_HINT))
    elif format == "table":
        from ..tables.display import render

        _show(render(table, width=-1, height=-1, hint=_HINT))
    else:
        sys.stdout.flush()
        write_table(table, sys.stdout.buffer, format or "votable")
    sys.stdout.flush()


def _show(text):
    """Print a rendered table in what characters the terminal has; of failures standard error tells."""
    text = text.replace(": see .failures", "")
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))


def put_plot(table, name):
    """Draw a light curve into a file.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`
    name : str
        Its ending tells the kind of figure.
    """
    from matplotlib.figure import Figure

    figure = Figure()
    table.plot(figure)
    figure.savefig(Path(name).expanduser(), dpi=150, bbox_inches="tight")
    say(f"wrote {name}")


def closed():
    """Nobody reads standard output any more: let nothing be written to it, not even at the end of the program."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
