# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Rows as TABLEDATA, column by column: the loops over cells are those of the interpreter, in C."""

from itertools import islice

import numpy as np

__all__ = ["encode"]

_ROW, _END, _BETWEEN = "<TR><TD>", "</TD></TR>\n", "</TD><TD>"
_APART = "\0"  # no text has it
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))


def encode(columns, part):
    """Some rows as elements TR.

    Parameters
    ----------
    columns : list of `~astroquery_brokers.votable.fields.PlainColumn`
    part : slice

    Returns
    -------
    bytes
    """
    cells = [_cells(column, *column.rows(part)) for column in columns]
    rows = (_END + _ROW).join(map(_BETWEEN.join, zip(*cells)))
    return f"{_ROW}{rows}{_END}".replace("<TD></TD>", "<TD/>").encode()


def _cells(column, values, mask):
    if column.is_text:
        return _escaped(values.tolist())
    if column.is_ragged:
        return _ragged(column, values)
    texts = _numbers(values.reshape(-1))
    if column.shape:
        texts = list(map(" ".join, zip(*[iter(texts)] * (len(texts) // len(values)))))
    return _replaced(texts, mask, "")


def _ragged(column, values):
    texts = iter(_numbers(np.concatenate([*values, np.empty(0, dtype=column.dtype)])))
    return [" ".join(islice(texts, len(cell))) for cell in values]


def _numbers(values):
    """The shortest digits that give each number again."""
    kind = values.dtype.kind
    if kind == "c":
        parts = iter(_numbers(values.view(values.real.dtype)))
        return list(map(" ".join, zip(parts, parts)))
    if kind == "b":
        return np.where(values, "T", "F").tolist()
    texts = values.astype(str).tolist() if values.dtype == np.float32 else list(map(repr, values.tolist()))
    if kind == "f" and not np.isfinite(values).all():
        for where, text in ((np.isnan(values), "NaN"), (values == np.inf, "+Inf"), (values == -np.inf, "-Inf")):
            _replaced(texts, where, text)
    return texts


def _replaced(texts, where, text):
    """The same list with other text in some places."""
    for place in np.flatnonzero(where).tolist():
        texts[place] = text
    return texts


def _escaped(texts):
    joined = _APART.join(texts)
    if not any(character in joined for character, _ in _ESCAPES):
        return texts
    for character, escape in _ESCAPES:
        joined = joined.replace(character, escape)
    return joined.split(_APART)
