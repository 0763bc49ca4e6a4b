# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Where a result goes: readable to a terminal, as VOTable to a pipe, or into a file."""

import io
import os
import re
import sys
from pathlib import Path

from ..extras import needs
from .messages import say

__all__ = ["BINARY", "FORMATS", "check", "check_folder", "file_name", "put", "put_figure", "put_plot"]

FORMATS = ("votable", "fits", "parquet", "csv", "ecsv", "table")
BINARY = ("fits", "parquet")
# Kinds of figures that need no more than matplotlib has with it.
_FIGURES = ("png", "pdf", "svg", "svgz", "jpg", "jpeg", "tif", "tiff", "webp", "eps", "ps")
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
            format = files._by_ending(Path(output))
    elif format in BINARY and sys.stdout.isatty():
        raise InvalidArgumentError(f"--format {format} is binary and not for a terminal; give -o FILE, or a pipe.")
    if format == "parquet":
        needs("pyarrow", "the format parquet", "parquet")
    if plot is not None:
        _check_plot(plot)
        if output not in (None, "-") and Path(plot).expanduser().resolve() == Path(output).expanduser().resolve():
            raise InvalidArgumentError(f"-o and --plot both name {plot}; give each a file of its own.")


def check_folder(name):
    """Refuse a folder for files that cannot be one.

    Parameters
    ----------
    name : str or None
    """
    from ..exceptions import InvalidArgumentError

    if name is None:
        return
    path = Path(name).expanduser()
    if path.exists() and not path.is_dir():
        raise InvalidArgumentError(f"--outdir {name} is not a folder; name another one.")
    above = next(one for one in (path, *path.absolute().parents) if one.exists())
    if not os.access(above, os.W_OK):
        raise InvalidArgumentError(f"--outdir {name}: the folder {above} does not let you write; choose another.")


def file_name(text, ending):
    """The name of a file from what is in it, of characters that any system takes."""
    return f"{re.sub('[^A-Za-z0-9_.+-]+', '_', text)}.{ending}"


def _check_folder(option, name):
    from ..exceptions import InvalidArgumentError

    path = Path(name).expanduser()
    if os.path.isdir(path):
        raise InvalidArgumentError(f"{option} {name} is a folder; give the name of a file in it.")
    if not os.path.isdir(path.parent):
        raise InvalidArgumentError(f"{option} {name}: there is no folder {path.parent}; make it first.")
    if os.path.exists(path) and not os.path.isfile(path):  # a device or a pipe, which is written as it is
        return
    if os.path.exists(path) and not os.stat(path).st_mode & 0o222:
        raise InvalidArgumentError(f"{option} {name} is read-only; choose another name, or allow writing (chmod u+w).")
    folder = os.path.dirname(os.path.realpath(path))
    if not os.access(folder, os.W_OK):
        raise InvalidArgumentError(f"{option} {name}: the folder {folder} does not let you write; choose another.")
    if len(os.fsencode(path.name)) > 255:
        raise InvalidArgumentError(f"{option} {path.name[:20]}...: the name is too long; choose a shorter one.")


def _check_plot(plot):
    from ..exceptions import InvalidArgumentError
    from .values import suggestion

    needs("matplotlib", "--plot", "plot")
    ending = _ending(plot)
    if ending not in _FIGURES:
        raise InvalidArgumentError(f"--plot {plot}: the ending must tell a kind of figure. "
                                   f"{suggestion(ending, _FIGURES)}")
    _check_folder("--plot", plot)


def _ending(name):
    return Path(name).suffix.lstrip(".").lower()


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
    from ..tables.cells import counted
    from ..tables.files import write_table

    if output not in (None, "-"):
        write_table(table, output, format)
        say(f"wrote {counted(len(table), 'row')}, {counted(len(table.colnames), 'column')} to {output}")
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

    put_figure(Figure(), name, table.plot)


def put_figure(figure, name, draw=None):
    """Write a figure into a file.

    Parameters
    ----------
    figure : `matplotlib.figure.Figure`
    name : str
        Its ending tells the kind of figure.
    draw : callable, optional
        Draws into the figure.
    """
    from ..exceptions import InvalidArgumentError
    from ..output import replacing

    drawn = io.BytesIO()
    try:
        if draw is not None:
            draw(figure)
        figure.savefig(drawn, format=_ending(name), dpi=150, bbox_inches="tight")
    except (RuntimeError, ValueError) as error:
        raise InvalidArgumentError(f"--plot {name}: the figure cannot be drawn: {error}") from None
    with replacing(Path(name).expanduser()) as stream:
        stream.write(drawn.getvalue())
    say(f"wrote {name}")
