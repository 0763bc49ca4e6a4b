# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``astroquery-brokers demo``: from a position to a light curve on a slide, without a network."""

import os
import warnings
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill, indent

from ..extras import needs
from .brokers import check_alerts

HELP = "From a position to objects, class probabilities and a light curve, offline, in a sandbox."
EPILOG = """\
examples:
  astroquery-brokers demo
  astroquery-brokers demo --alerts packets/ --outdir demo/"""


def add_arguments(parser, broker):
    """Options of the command."""
    parser.add_argument("--alerts", metavar="DIR", help="use the real ZTF alert packets (*.avro) in this folder")
    parser.add_argument("--outdir", metavar="DIR", default=".", help="where the files go (default: here)")


def run(arguments, known):
    """Search, choose, fetch, write, and say what was done."""
    from astroquery.exceptions import NoResultsWarning

    from .. import Alerce, sandbox
    from ..exceptions import InvalidArgumentError
    from ..plotting import plot_lightcurve

    folder = Path(arguments.outdir)
    if folder.exists() and not folder.is_dir():
        raise InvalidArgumentError(f"--outdir {folder} is not a folder; name another one.")
    check_alerts(arguments.alerts)
    needs("matplotlib", "demo", "plot")
    _make(folder)
    with sandbox.running(alerts=arguments.alerts) as box, warnings.catch_warnings():
        warnings.simplefilter("ignore", NoResultsWarning)
        source = f"the alert packets in {arguments.alerts}" if arguments.alerts else "a synthetic sky"
        _say(f"Sandbox: ALeRCE on this machine, serving {len(box.truth.objects)} objects from {source}.")
        center, radius = _field(box.truth.objects)
        cone = Alerce.query_region(center, radius)
        _say(f"Cone search: {radius} around {center.to_string('hmsdms', precision=1)}: {len(cone)} objects.")
        print(_overview(cone))
        best = str(cone["oid"][cone["ndet"].argmax()])
        print(f"Most detections: {best}.")
        classes = Alerce.query_probabilities(best)
        _say(f"Classes: {_classes(classes)}")
        curve = Alerce.query_lightcurve(best)
        first, last = curve["mjd"].min(), curve["mjd"].max()
        _say(f"Light curve: {_kinds(curve)}; MJD {first:.2f} to {last:.2f} (TAI).")
        for table, name in ((cone, "cone.vot"), (curve, "lightcurve.vot")):
            table.write(folder / name, format="votable", overwrite=True)
            print(f"Wrote {folder / name}: {len(table)} rows, {len(table.colnames)} columns.")
        plot_lightcurve(curve).figure.savefig(folder / "lightcurve.png", dpi=150, bbox_inches="tight")
        print(f"Wrote {folder / 'lightcurve.png'}.")
    return 0


def _make(folder):
    from ..exceptions import InvalidArgumentError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidArgumentError(f"--outdir {folder} cannot be made ({error.strerror}); name another folder."
                                   ) from None
    if not os.access(folder, os.W_OK):
        raise InvalidArgumentError(f"--outdir {folder} does not let you write; name another folder.")


def _field(objects):
    """The object with most detections as the centre, and a radius that has its neighbours."""
    from astropy.coordinates import Angle, SkyCoord

    best = objects[objects["ndet"].argmax()]
    return SkyCoord(best["meanra"], best["meandec"], unit="deg"), Angle("10 arcmin")


def _overview(cone):
    from ..tables.display import render

    return indent(render(cone, width=_width() - 2, height=14, hint=""), "  ")


def _width():
    return min(98, get_terminal_size((98, 24)).columns)


def _say(text):
    print(fill(text, _width(), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))


def _classes(classes):
    if not len(classes):
        return "none known."
    top = classes[classes["ranking"] == 1]
    return "; ".join(f"{row['class_name']} {row['probability']:.2f} ({row['classifier_name']})"
                     for row in top[:4]) + "."


def _kinds(curve):
    counts = {kind: int((curve["kind"] == kind).sum()) for kind in ("detection", "forced", "upper_limit")}
    return (f"{counts['detection']} detections, {counts['forced']} forced measurements, "
            f"{counts['upper_limit']} upper limits")
