# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How a table looks on a terminal and in a notebook: one line about it, then the columns people read first."""

import shutil
import sys
import textwrap
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape

import numpy as np
from astropy import conf

from .cells import MASKED, cell_texts, counted, cut, printable, text_width

__all__ = ["render", "summary"]

_HTML_SIZE = (120, 30)
# Text up to this width is never cut to make room for other columns.
_LONG = 24


def summary(table):
    """One line about a table.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`

    Returns
    -------
    str
        Who was asked what, the number of rows and columns, the dates between which the rows lie, and whether the result
        was cut, came from the cache, lacks requests that failed or objects that were not found.

    Examples
    --------
    >>> from astroquery_brokers import BrokerTable
    >>> from astroquery_brokers.tables.display import summary
    >>> summary(BrokerTable({"oid": ["a", "b"]}))
    '2 rows, 1 column'
    """
    provenance = _dicts(table.meta.get("provenance"))
    coverage = _dicts(table.meta.get("coverage"))
    asked = _asked(provenance) if provenance else _described(table)
    parts = [f"{asked}: {counted(len(table), 'row')}" if asked else counted(len(table), "row"),
             counted(len(table.colnames), "column"), _dates(table), _cut(provenance, coverage), _cached(provenance),
             _retried(provenance)]
    failed, empty = (sum(_number(part.get(key)) for part in coverage) for key in ("failed", "empty"))
    if failed:
        parts.append(f"{failed} of {sum(_number(part.get('asked')) for part in coverage)} failed: see .failures")
    if empty and len(table):
        parts.append(f"{empty} not found")
    return printable(", ".join(filter(None, parts)))


def render(table, *, width=None, height=None, html=False, hint=".pprint_all() shows everything"):
    """A table as text that people read: its `summary`, and the columns that matter as far as they fit.

    Parameters
    ----------
    table : `~astroquery_brokers.BrokerTable`
        Any other `~astropy.table.Table` will do.
    width, height : int, optional
        Most characters in a line and most lines; -1 is no limit. By default ``astropy.conf.max_width`` and
        ``astropy.conf.max_lines``, else the size of the terminal.
    html : bool
        Whether to return HTML.
    hint : str
        How to see the columns that are not shown.

    Returns
    -------
    str
        Neither the table nor the formats of its columns are changed.

    Examples
    --------
    >>> from astroquery_brokers import BrokerTable
    >>> from astroquery_brokers.tables.display import render
    >>> print(render(BrokerTable({"oid": ["a", "b"], "mjd": [59000.25, 59001.5], "note": ["x" * 30, "y"]}), width=24))
    2 rows, 3 columns
    oid      mjd
    --- --------
    a   59000.25
    b    59001.5
    + 1 column; .pprint_all…
    """
    width, height = _size(width, height, html)
    title = summary(table)
    lines = [title] if text_width(title) <= width else textwrap.wrap(title, width, max_lines=4, placeholder="…")
    if not table.colnames:
        return _html(title, [], [], "", "") if html else "\n".join(cut(line, width) for line in lines)
    head, tail = _shown_rows(len(table), height - len(lines) - 6)
    columns = [_Shown.of(table, name, head, tail) for name in table.colnames]
    same = []
    if _total(columns) > width:
        same = [column for column in columns if column.is_constant(table)]
        if len(same) == len(columns):
            same = same[1:]
        columns = _fitting([column for column in columns if column not in same], width)
    hidden = [name for name in table.colnames if name not in {column.name for column in columns + same}]
    note = _note(hidden, width, hint)
    more = f"... {len(table) - head - tail} more rows" if head + tail < len(table) else ""
    constants = "all rows: " + ", ".join(f"{column.title} = {column.cells[0]}" for column in same) if same else ""
    if html:
        return _html(title, columns, [constants, note], more, head)
    lines += [constants] if same else []
    lines += _text_lines(columns, more, head)
    lines += [note] if note else []
    return "\n".join(cut(line, width) for line in lines)


@dataclass
class _Shown:
    """One column: its heading and the cells to show."""

    name: str
    title: str
    unit: str
    cells: list
    width: int
    is_text: bool
    principal: bool
    ucd: str

    @classmethod
    def of(cls, table, name, head, tail):
        column = table[name]
        cells = cell_texts(column[:head]) + (cell_texts(column[len(table) - tail:]) if tail else [])
        meta = column.info.meta or {}
        title, unit = printable(name), printable(str(column.info.unit or ""))
        is_text = getattr(getattr(column, "dtype", None), "kind", "O") in "SUO"
        # What holds nothing is not what people want to see.
        principal = bool(meta.get("principal")) and (not cells or any(cell != MASKED for cell in cells))
        return cls(name, title, unit, cells, max(map(text_width, [title, unit, *cells])), is_text, principal,
                   str(meta.get("ucd", "")))

    @property
    def is_id(self):
        """Whether it is the id of what the row is about."""
        return self.ucd == "meta.id;meta.main"

    @property
    def pair(self):
        """The position of which this is one coordinate, if any."""
        return self.ucd.replace(".ra", "").replace(".dec", "") if self.ucd.startswith("pos.eq.") else ""

    @property
    def varies(self):
        """Whether the rows shown tell more than one thing."""
        return len(self.cells) < 2 or len(set(self.cells)) > 1

    @property
    def least(self):
        """The width below which the column is not worth showing."""
        return min(self.width, _LONG) if self.is_text and not self.is_id else self.width

    def is_constant(self, table):
        """Whether a text that people read first is the same in every row, and so can be said once."""
        if not (self.principal and self.is_text and len(table) > 1 and len(set(self.cells)) == 1):
            return False
        column = table[self.name]
        if getattr(column, "ndim", 0) != 1 or column.dtype.kind not in "SU":
            return False
        return not np.ma.getmaskarray(column).any() and bool((np.asarray(column) == column[0]).all())


def _fitting(columns, width):
    """The columns to show: those people read first with the id in front, then others while there is room."""
    first = [column for column in columns if column.principal] or columns[:1]
    first.sort(key=lambda column: not column.is_id)
    chosen, left = [], width + 1
    for column in first:
        # A right ascension without its declination is of no use.
        needed = sum(one.least + 1 for one in first if one is column or one.pair == column.pair != "")
        if needed <= left or column.pair in {one.pair for one in chosen if one.pair}:
            chosen.append(column)
            left -= column.least + 1
    if not chosen:
        first[0].width = width
        return first[:1]
    for column in chosen:
        column.width, left = (min(column.width, column.least + left), left - min(column.width - column.least, left))
    flagged = first[0].principal
    for column in (column for column in columns if column not in first and (column.varies or not flagged)):
        if column.width + 1 > left:
            break
        left -= column.width + 1
        chosen.append(column)
    return chosen


def _total(columns):
    return sum(column.width + 1 for column in columns) - 1


def _shown_rows(length, room):
    """How many rows to show from the start and from the end."""
    if length <= room:
        return length, 0
    room = max(room - 1, 1)
    return (room + 1) // 2, room // 2


def _text_lines(columns, more, head):
    rows = [[column.title for column in columns]]
    if any(column.unit for column in columns):
        rows.append([column.unit for column in columns])
    rows.append(["-" * column.width for column in columns])
    rows += zip(*(column.cells for column in columns))
    lines = [" ".join(map(_aligned, row, columns)).rstrip() for row in rows]
    if more:
        lines.insert(len(rows) - len(columns[0].cells) + head, more)
    return lines


def _aligned(text, column):
    text = cut(text, column.width)
    blanks = " " * (column.width - text_width(text))
    return text + blanks if column.is_text else blanks + text


def _note(hidden, width, hint):
    """Which columns are not shown, and how to see them."""
    if not hidden:
        return ""
    start, end = f"+ {counted(len(hidden), 'column')}: ", f"; {hint}" if hint else ""
    room = width - len(start) - len(end)
    if room < 8:
        return start.rstrip(": ") + end
    return start + cut(printable(", ".join(hidden[:100])), room) + end


def _html(title, columns, notes, more, head):
    def row(tag, texts):
        cells = (f'<{tag} style="text-align: {"left" if column.is_text else "right"}">'
                 f"{escape(cut(text, column.width))}</{tag}>" for column, text in zip(columns, texts))
        return f"<tr>{''.join(cells)}</tr>"

    rows = [row("td", texts) for texts in zip(*(column.cells for column in columns))]
    if more:
        rows.insert(head, f'<tr><td colspan="{len(columns)}">{escape(more)}</td></tr>')
    heading = [row("th", [column.title for column in columns])]
    if any(column.unit for column in columns):
        heading.append(row("th", [column.unit for column in columns]))
    caption = "<br>".join(escape(text) for text in [title, notes[0]] if text) if notes else escape(title)
    below = f"<p>{escape(notes[1])}</p>" if notes and notes[1] else ""
    return (f'<div><table><caption style="text-align: left">{caption}</caption>\n<thead>{"".join(heading)}</thead>\n'
            f"<tbody>\n{chr(10).join(rows)}\n</tbody></table>{below}</div>")


def _size(width, height, html):
    known = _HTML_SIZE if html else shutil.get_terminal_size((80, 24))
    sizes = []
    for asked, configured, default in zip((width, height), (None if html else conf.max_width, conf.max_lines), known):
        size = next(size for size in (asked, configured, default) if size is not None)
        sizes.append(sys.maxsize if size < 0 else size)
    return max(sizes[0], 2), sizes[1]


def _dicts(entries):
    """The distinct ones of meta's entries, with the values that can be shown, whatever a user has put there."""
    distinct = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and not _is_among(entry, distinct):
            distinct.append(entry)
    return [{key: value for key, value in entry.items() if isinstance(value, (str, int, float))} for entry in distinct]


def _is_among(entry, entries):
    try:
        return entry in entries
    except ValueError:  # arrays have no one truth
        return False


def _number(value):
    return max(value, 0) if isinstance(value, int) else 0


def _asked(provenance):
    def every(key):
        return list(dict.fromkeys(str(part[key]) for part in provenance if part.get(key)))

    words = ["/".join(every("broker")), "/".join(every("survey")).upper(), "/".join(every("verb"))]
    return " ".join(filter(None, words)) + (f" ({len(provenance)} queries)" if len(provenance) > 1 else "")


def _described(table):
    """What a table that no query gave says that it is."""
    words = [part.get("description") for part in _dicts(table.meta.get("tables"))]
    return words[0] if len(words) == 1 and isinstance(words[0], str) else ""


def _cut(provenance, coverage):
    if not any(part.get("truncated") for part in coverage):
        return ""
    limits = [part.get("row_limit") for part in provenance]
    return f"cut at {limits[0]} rows" if len(limits) == 1 and limits[0] else "cut at the row limit"


def _retried(provenance):
    retried = sum(_number(part.get("retried")) for part in provenance)
    return f"{counted(retried, 'request')} repeated" if retried else ""


def _cached(provenance):
    times = [str(part["cached_at"]) for part in provenance if part.get("from_cache") and part.get("cached_at")]
    if not times:
        return ""
    whole = all(part.get("from_cache") == part.get("requests") for part in provenance)
    return f"{'' if whole else 'partly '}from cache ({_ago(min(times))})"


def _ago(text):
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return f"of {text}"
    then = then if then.tzinfo else then.replace(tzinfo=timezone.utc)
    seconds = (datetime.now(timezone.utc) - then).total_seconds()
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {name} ago"
    return "just now"


def _dates(table):
    """The first and last day of the rows, by the epochs that people read first."""
    days = []
    for column in table.itercols():
        meta = getattr(column, "meta", None) or {}
        if meta.get("principal") and isinstance(meta.get("time"), dict) and column.dtype.kind == "f":
            values = np.ma.masked_invalid(column.data).compressed()
            if len(values):
                days += [values.min(), values.max()]
                shift = 2400000.5 if meta["time"].get("origin") == "jd" else 0
                days[-2:] = [day - shift for day in days[-2:]]
    try:
        first, last = (str((datetime(1858, 11, 17) + timedelta(days=float(day))).date()) for day in
                       (min(days), max(days)))
    except (ValueError, OverflowError):
        return ""
    return first if first == last else f"{first} to {last}"
