# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What is asked about: object ids and positions, from the command line, a file or standard input."""

import gzip
import io
import re
import sys
import zlib
from argparse import ArgumentTypeError
from pathlib import Path

from ..arguments import check_positions, suggest
from ..exceptions import InvalidArgumentError
from .messages import say
from .values import FRAMES, angle

__all__ = ["cone", "object_ids"]

_ID_NAMES = ("oid", "object_id", "objectId", "i:objectId", "diaObjectId", "id")
_POSITION_NAMES = (("ra", "dec"), ("RA", "DEC"), ("RA", "Dec"), ("meanra", "meandec"), ("ra_deg", "dec_deg"),
                   ("RA_ICRS", "DE_ICRS"), ("RAJ2000", "DEJ2000"), ("ramean", "decmean"))
_NOT_LINES = (b"SIMPLE  =", b"PAR1", b"# %ECSV")
_EQUATORIAL = ("icrs", "fk5", "fk4")


def object_ids(words, source, column, surveys):
    """Object ids.

    Parameters
    ----------
    words : list of str
        From the command line; ``-`` among them stands for standard input.
    source : str or None
        Name of a file.
    column : str or None
        The column of that file.
    surveys : dict
        What the broker serves.

    Returns
    -------
    str or list of str
        A text where the command line has a single id.
    """
    if "-" in words:
        if source is not None:
            raise InvalidArgumentError("- and --from both say where ids come from; give one of them.")
        words, source = [word for word in words if word != "-"], "-"
    if source is None:
        if column is not None:
            raise InvalidArgumentError("--column goes with --from FILE.")
        if not words:
            raise InvalidArgumentError("no object id; give ids, or --from FILE (- for standard input).")
        return words[0] if len(words) == 1 else words
    ids = words + _ids_from(source, column, surveys)
    if not ids:
        raise InvalidArgumentError(f"{_called(source)} holds no object ids.")
    return ids


def cone(words, source, column, frame, surveys):
    """Positions and the radius of a cone search.

    Parameters
    ----------
    words : list of str
        A position, of one word or more, and the radius; without a position where there is a ``source``.
    source, column : str or None
        As in `object_ids`; the column is ``RA,DEC``.
    frame : str or None
        Frame of the positions.
    surveys : dict

    Returns
    -------
    coordinates : `~astropy.coordinates.SkyCoord` or str
    radius : `~astropy.coordinates.Angle`
    """
    position, radius = _split(" ".join(words).split())
    if position == ["-"]:
        if source is not None:
            raise InvalidArgumentError("- and --from both say where positions come from; give one of them.")
        position, source = [], "-"
    if source is not None:
        if position:
            raise InvalidArgumentError(f"{' '.join(position)!r} and --from both say where to search; give one of them.")
        return _positions_from(source, column, frame), radius
    if column is not None:
        raise InvalidArgumentError("--column goes with --from FILE.")
    if not position:
        raise InvalidArgumentError("the position is missing; write RA DEC RADIUS, such as 185.0 15.0 10arcmin")
    text = " ".join(position)
    if any(survey.matches(text) for survey in surveys.values()):
        return text, radius
    return _position(text, frame), radius


def _split(words):
    """The words of the position, and the radius that comes last."""
    if not words:
        raise InvalidArgumentError("the position and the radius are missing; write RA DEC RADIUS, such as "
                                   "185.0 15.0 10arcmin")
    split = -2 if len(words) > 1 and re.fullmatch("[a-zA-Z]+|['\"]", words[-1]) else -1
    text = "".join(words[split:])
    try:
        radius = angle(text)
    except ArgumentTypeError as error:
        raise InvalidArgumentError(f"the radius comes last, and {error}.") from None
    if not 0 < radius.deg <= 180:
        raise InvalidArgumentError(f"the radius {text} must be greater than 0 and at most 180deg.")
    return words[:split], radius


def _position(text, frame):
    """A position, or the text itself where the verb reads it (ICRS)."""
    from astropy import units
    from astropy.coordinates import SkyCoord

    if frame in (None, "icrs"):
        return check_positions(text).coords[0]
    numbers = text.replace(",", " ").split()
    unit = {"unit": "deg"} if len(numbers) == 2 and not re.search("[hdms:]", text) else {}
    try:
        return SkyCoord(" ".join(numbers), frame=frame, **unit)
    except (ValueError, units.UnitsError):
        raise InvalidArgumentError(f"{text!r} is not a position in the frame {frame}; give two angles, such as "
                                   "'120.5 -30.25' (degrees).") from None


def _read(source):
    """The content of a file, and its lines where it is neither a table nor empty."""
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).expanduser().read_bytes()
    except OSError as error:
        raise InvalidArgumentError(f"--from {source} cannot be read: {error.strerror}.") from None
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidArgumentError(f"{_called(source)} is compressed by gzip, but damaged: {error}.") from None
    if not content.strip():
        raise InvalidArgumentError(f"{_called(source)} is empty.")
    if content.startswith(_NOT_LINES) or content.lstrip().startswith(b"<"):
        return content, None
    try:
        lines = [re.split(r"(?:^|\s)#", line)[0].strip() for line in content.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        return content, None
    lines = [line for line in lines if line]
    if not lines:
        raise InvalidArgumentError(f"{_called(source)} holds nothing but comments.")
    return content, lines


def _called(source):
    return "standard input" if source == "-" else f"--from {source}"


def _table(content, source):
    from ..tables.files import read_table

    stream = io.BytesIO(content)
    stream.name = _called(source)
    table = read_table(stream)
    count = len(re.findall(rb"<(?:\w+:)?TABLE[\s>]", content)) if content.lstrip().startswith(b"<") else 1
    if count > 1:
        say(f"warning: {_called(source)} holds {count} tables; only the first is read.")
    return table


def _ids_from(source, column, surveys):
    content, lines = _read(source)
    items = re.findall(r"[^\s,;]+", "\n".join(lines or ()))
    if items and all(any(survey.matches(item) for survey in surveys.values()) for item in items):
        return items
    if lines and all(re.fullmatch(r"[^\s,;]+", line) for line in lines):
        heading = not any(survey.matches(lines[0]) for survey in surveys.values())
        if heading and column is not None and lines[0] != column:
            raise InvalidArgumentError(f"--column {column!r}: {_called(source)} has no such column. "
                                       f"{suggest(column, lines[:1])}")
        return lines[1:] if heading and (column or lines[0] in _ID_NAMES) else lines
    table = _table(content, source)
    if column is None:
        column = _column_of_ids(table, source, surveys)
    column = _column(table, column, source)
    if column.dtype.kind == "f":
        raise InvalidArgumentError(f"--column {column.name!r} holds numbers with a fraction, which cannot be ids.")
    return [str(item) for item in _present(column)]


def _present(column):
    """What is not masked, as Python values; bytes as text."""
    import numpy as np

    items = np.ma.MaskedArray(column).compressed().tolist()
    return [item.decode() if isinstance(item, bytes) else item for item in items]


def _column(table, name, source):
    if name not in table.colnames:
        raise InvalidArgumentError(f"--column {name!r}: {_called(source)} has no such column. "
                                   f"{suggest(name, table.colnames)}")
    return table[name]


def _by_ucd(table, ucd):
    return [name for name in table.colnames
            if ucd in str((table[name].info.meta or {}).get("ucd", "")).lower()]


def _column_of_ids(table, source, surveys):
    for name in table.colnames:
        if any(survey.matches(name.split(" ")[0]) for survey in surveys.values()):
            raise InvalidArgumentError(f"{_called(source)}: {name!r} is an id, and stands where names of columns are "
                                       "expected; write one id a line, or put a line of names first.")
    found = _by_ucd(table, "meta.id;meta.main") or [name for name in _ID_NAMES if name in table.colnames]
    if not found and len(table.colnames) == 1:
        found = table.colnames
    if not found:
        raise InvalidArgumentError(f"{_called(source)} does not tell which column holds the ids; say it with "
                                   f"--column NAME. Columns: {', '.join(table.colnames)}.")
    return found[0]


def _positions_from(source, column, frame):
    content, lines = _read(source)
    if lines is not None and column is None and _is_position(lines[0], frame):
        return _lines(lines, frame, source)
    table = _table(content, source)
    if column is None:
        names = _columns_of_positions(table, source)
    else:
        names = [name.strip() for name in column.split(",")]
        if len(names) != 2:
            raise InvalidArgumentError(f"--column {column!r} must name two columns, as in --column RA,DEC. Columns: "
                                       f"{', '.join(table.colnames)}.")
    columns = [_column(table, name, source) for name in names]
    return _sky(columns, frame or _frame(columns[0]), source)


def _sky(columns, frame, source):
    """Positions of the rows where both columns have a value."""
    import numpy as np
    from astropy import units
    from astropy.coordinates import SkyCoord

    from ..tables.broker_table import equinox_of

    kept = ~np.any([np.ma.getmaskarray(np.ma.MaskedArray(column)) for column in columns], axis=0)
    if not kept.any():
        raise InvalidArgumentError(f"{_called(source)}: the columns {columns[0].name} and {columns[1].name} hold no "
                                   "positions.")
    values = [np.asarray(column)[kept] for column in columns]
    try:
        if values[0].dtype.kind in "SU":
            angles = _angles_of_texts(*values, frame)
        else:
            angles = [value.astype(float) * (column.unit or units.deg) for value, column in zip(values, columns)]
        bad = _bad(*(axis.to_value("deg") for axis in angles), frame)
        if bad is not None:
            raise ValueError(f"row {np.flatnonzero(kept)[bad] + 1} has {values[0][bad]} and {values[1][bad]}.")
        return SkyCoord(*angles, frame=frame, equinox=equinox_of(columns[0], frame))
    except (ValueError, TypeError, units.UnitsError) as error:
        raise InvalidArgumentError(f"{_called(source)}: the columns {columns[0].name} and {columns[1].name} do not "
                                   f"hold positions: {error}") from None


def _bad(longitude, latitude, frame):
    """Index of the first position, in degrees, that is none; astropy would wrap a right ascension in silence."""
    import numpy as np

    bad = ~(np.isfinite(longitude) & (np.abs(latitude) <= 90))
    if frame in _EQUATORIAL:
        bad |= (longitude < 0) | (longitude > 360)
    return int(np.argmax(bad)) if bad.any() else None


def _angles_of_texts(ra, dec, frame):
    """Angles written as degrees, or in sexagesimal form with the right ascension in hours."""
    from astropy.coordinates import Angle

    texts = [[item.decode() if isinstance(item, bytes) else item for item in axis.tolist()] for axis in (ra, dec)]
    try:
        return [Angle(list(map(float, axis)), "deg") for axis in texts]
    except ValueError:
        hours = frame in _EQUATORIAL and not any("d" in text for text in texts[0])
        return [Angle(axis, unit) for axis, unit in zip(texts, ("hourangle" if hours else "deg", "deg"))]


def _frame(column):
    name = str((column.info.meta or {}).get("frame", "ICRS")).lower()
    return name if name in FRAMES else "icrs"


def _is_position(line, frame):
    try:
        if len([float(word) for word in line.replace(",", " ").split()]) == 2:
            return True
    except ValueError:
        pass
    try:
        _position(line, frame)
    except InvalidArgumentError:
        return False
    return True


def _lines(lines, frame, source):
    """Positions, one in each line."""
    import numpy as np
    from astropy.coordinates import SkyCoord

    try:
        ra, dec = np.array([line.replace(",", " ").split() for line in lines], dtype=float).T
        bad = _bad(ra, dec, frame or "icrs")
        if bad is None:
            return SkyCoord(ra, dec, unit="deg", frame=frame or "icrs")
    except ValueError:
        bad = None
    if bad is not None:
        raise InvalidArgumentError(f"{_called(source)}: {lines[bad]!r} is not a position: degrees from 0 to 360, and "
                                   "from -90 to 90.")
    try:
        return SkyCoord([_position(line, frame) for line in lines])
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{_called(source)}: {error}") from None


def _columns_of_positions(table, source):
    by_ucd = [_by_ucd(table, f"pos.eq.{axis};meta.main") or
              [name for name in _by_ucd(table, f"pos.eq.{axis}") if "stat." not in table[name].info.meta["ucd"]]
              for axis in ("ra", "dec")]
    if all(by_ucd):
        return [names[0] for names in by_ucd]
    for names in _POSITION_NAMES:
        if set(names) <= set(table.colnames):
            return names
    raise InvalidArgumentError(f"{_called(source)} does not tell which columns hold the positions; say it with "
                               f"--column RA,DEC. Columns: {', '.join(table.colnames)}.")
