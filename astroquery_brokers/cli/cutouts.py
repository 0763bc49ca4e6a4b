# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``cutouts``: the images of alerts, as FITS files or as a figure."""

import io
import sys
from pathlib import Path

from . import output, query
from .brokers import running_broker
from .messages import say

__all__ = ["EPILOG", "HELP", "add_arguments", "run"]

HELP = "The science, template and difference images of alerts, as FITS files or as a figure."
EPILOG = """\
examples:
  astroquery-brokers cutouts {example} -o cutouts.fits
  astroquery-brokers cutouts {example} --plot cutouts.png
  astroquery-brokers cutouts --from ids.txt --outdir cutouts/
  astroquery-brokers cutouts {example} | fitsheader -

A file has the three images of one alert. By default that is the first alert of each object that has images."""

_MOST_ROWS = 25


def add_arguments(parser, broker):
    """Options of the command."""
    verb = broker.others["cutouts"]
    parser.add_argument("words", nargs="*", metavar="ID", help=f"such as {broker.example}; - reads standard input")
    query.add_inputs(parser, False)
    # Another name for an option, and how Python gets the images, are of no use here.
    query.add_wishes(parser, broker, verb, [parameter for parameter in verb["parameters"]
                                            if parameter["name"] in ("format", "measurement_id")])
    group = parser.add_argument_group("result")
    group.add_argument("-o", "--output", metavar="FILE", help="write the images of one alert into this file (replaced "
                       "if it exists); on a pipe that is the default")
    group.add_argument("--outdir", metavar="DIR", help="write a file for each alert into this folder")
    group.add_argument("--plot", metavar="FILE", help="draw the images too (PNG, PDF, SVG by the ending)")
    query.add_way(parser)


def run(arguments, known):
    """Ask, and write what comes; the exit status."""
    verb = known.others["cutouts"]
    with running_broker(known, arguments) as broker:
        question = query.asked(arguments, broker, verb)
        _check(arguments, question)
        if arguments.payload:
            return query.payload(broker, verb, question)
        found = getattr(broker, verb["name"])(**question)
        cutouts, failures = ([found], []) if _is_one(question) else (found, found.meta["failures"])
        try:
            _put(cutouts, arguments)
        finally:
            if arguments.plot is not None and cutouts:
                _put_plot(cutouts, arguments.plot)
    if any(failure["error"] == "InterruptedError" for failure in failures):
        raise KeyboardInterrupt
    return 3 if failures else 0 if cutouts else 1


def _is_one(question):
    """Whether one alert is asked for by its name, or that of its object."""
    return all(isinstance(question.get(name, ""), (str, int)) for name in ("object_id", "candid"))


def _check(arguments, question):
    """Refuse what cannot be written, before anything is asked."""
    from ..exceptions import InvalidArgumentError

    output.check(arguments.output, "fits" if arguments.output is not None else None, plot=arguments.plot)
    if len(question.get("candid", ())) == 1:
        question["candid"], = question["candid"]
    if arguments.output is not None and arguments.outdir is not None:
        raise InvalidArgumentError("-o and --outdir both say where the images go; give one of them.")
    output.check_folder(arguments.outdir)
    sizes = [len(question[name]) for name in ("object_id", "candid") if isinstance(question.get(name), list)]
    if arguments.payload:
        return
    if sizes and arguments.outdir is None and (arguments.output is not None or arguments.plot is None):
        raise InvalidArgumentError("a file has the images of one alert; for several give --outdir DIR.")
    if arguments.plot is not None and max(sizes, default=1) > _MOST_ROWS:
        raise InvalidArgumentError(f"--plot draws at most {_MOST_ROWS} alerts, and these are {max(sizes)}; leave it "
                                   "out, or plot some of them.")
    if arguments.output is arguments.outdir is arguments.plot is None and sys.stdout.isatty():
        raise InvalidArgumentError("FITS is binary and not for a terminal; give -o FILE, --outdir DIR or --plot FILE.")


def _put(cutouts, arguments):
    """Write the files."""
    from ..output import destination
    from ..tables.cells import counted

    if arguments.outdir is not None:
        folder = Path(arguments.outdir).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        for images in cutouts:
            with destination(folder / _name(images), overwrite=True) as stream:
                stream.write(_fits(images))
        say(f"wrote {counted(len(cutouts), 'file')} to {arguments.outdir}")
    elif arguments.output not in (None, "-"):
        for images in cutouts:
            with destination(arguments.output, overwrite=True) as stream:
                stream.write(_fits(images))
            say(f"wrote {counted(len(images), 'image')} to {arguments.output}")
    elif arguments.output == "-" or arguments.plot is None:
        for images in cutouts:
            sys.stdout.flush()
            sys.stdout.buffer.write(_fits(images))
        sys.stdout.flush()


def _fits(images):
    stream = io.BytesIO()
    images.writeto(stream)
    return stream.getvalue()


def _name(images):
    """The name of a file for the images of an alert."""
    header = images[0].header
    parts = [str(header[key]) for key in ("OBJECT", "CANDID") if header.get(key) not in (None, "")]
    return output.file_name("_".join(parts) or "cutouts", "fits")


def _put_plot(cutouts, name):
    """Draw the images into a file."""
    from matplotlib import pyplot

    from ..cutouts import plot_cutouts

    pyplot.switch_backend("agg")  # no window
    figure = plot_cutouts(cutouts if len(cutouts) > 1 else cutouts[0])
    try:
        output.put_figure(figure, name)
    finally:
        pyplot.close(figure)
