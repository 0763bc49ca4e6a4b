# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ALeRCE ZTF API v1, GET /objects/: how its parameters are read and what they select."""

import math

__all__ = ["BadParameter", "OBJECT_COLUMNS", "object_item", "parse", "search", "separation"]

DEFAULT_CLASSIFIER = ("lc_classifier", "hierarchical_random_forest_1.1.0")
MAX_TOTAL = 50001

OBJECT_COLUMNS = (
    "oid", "ndethist", "ncovhist", "mjdstarthist", "mjdendhist", "corrected", "stellar", "ndet", "g_r_max",
    "g_r_max_corr", "g_r_mean", "g_r_mean_corr", "firstmjd", "lastmjd", "deltajd", "meanra", "meandec", "sigmara",
    "sigmadec", "class", "classifier", "probability", "step_id_corr")

_JOINED = {"class": "p.class_name", "classifier": "p.classifier_name", "probability": "p.probability"}
_ORDER = {
    **{name: f"o.{name}" for name in (
        "oid", "ndet", "g_r_max", "g_r_max_corr", "g_r_mean", "g_r_mean_corr", "meanra", "meandec", "sigmara",
        "sigmadec", "deltajd", "firstmjd", "lastmjd")},
    **{name: f"p.{name}" for name in (
        "class_name", "classifier_name", "classifier_version", "probability", "ranking")}}


class BadParameter(ValueError):
    """A parameter that cannot be read: its name and the server's words."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name, self.message = name, message


def _boolean(text):
    if not text:
        raise ValueError("boolean type must be non-null")
    if text.lower() in ("yes", "true", "t", "y", "1"):
        return True
    if text.lower() in ("no", "false", "f", "n", "0"):
        return False
    raise ValueError(f"Invalid literal for boolean(): {text}")


# Name: (type, repeatable, help); the help goes before the reason in an error.
_PARAMETERS = {
    "oid": (str, True, "Object ids"), "classifier": (str, False, "Classifier name"),
    "classifier_version": (str, False, "Classifier version"), "class": (str, False, "Class name"),
    "ranking": (int, False, "Ranking of the class"), "ndet": (int, True, "Range of detections"),
    "probability": (float, False, "Minimum probability"), "firstmjd": (float, True, "First detection range"),
    "lastmjd": (float, True, "Last detection range"), "ra": (float, False, "Right ascension in degrees"),
    "dec": (float, False, "Declination in degrees"), "radius": (float, False, "Radius in arcsec"),
    "page": (int, False, "Page number"), "page_size": (int, False, "Rows per page"),
    "count": (_boolean, False, "Whether to count"), "order_by": (str, False, "Column to order by"),
    "order_mode": (str, False, "Direction of the order")}
_CHOICES = {"order_by": tuple(_ORDER), "order_mode": ("ASC", "DESC")}


def parse(query):
    """The known parameters of a query string, with defaults; unknown ones are ignored, as the server does.

    Parameters
    ----------
    query : `starlette.datastructures.QueryParams`

    Raises
    ------
    BadParameter
    """
    values = {"radius": 30.0, "page": 1, "page_size": 10, "count": False}
    for name, (convert, repeatable, explanation) in _PARAMETERS.items():
        given = query.getlist(name)
        if not given:
            continue
        try:
            converted = [convert(text) for text in given]
        except ValueError as error:
            raise BadParameter(name, f"{explanation} {error}") from None
        for text in given:
            if name in _CHOICES and text not in _CHOICES[name]:
                raise BadParameter(name, f"{explanation} The value '{text}' is not a valid choice for '{name}'.")
        values[name] = converted if repeatable else converted[0]
    values["page"] = max(values["page"], 1)
    if values["page_size"] < 0:
        values["page_size"] = 10
    return values


def separation(ra1, dec1, ra2, dec2):
    """Angle between two positions in degrees; None (SQL NULL) for what is no position."""
    if ra1 is None or dec1 is None or not all(map(math.isfinite, (ra1, dec1, ra2, dec2))):
        return None
    ra1, dec1, ra2, dec2 = map(math.radians, (ra1, dec1, ra2, dec2))
    half = math.sin((dec2 - dec1) / 2) ** 2 + math.cos(dec1) * math.cos(dec2) * math.sin((ra2 - ra1) / 2) ** 2
    return 2 * math.degrees(math.asin(math.sqrt(min(1.0, half))))


def _object_conditions(values):
    conditions, arguments = [], []
    oid = values.get("oid", [])
    if len(oid) == 1:
        conditions.append("o.oid LIKE ?" if "*" in oid[0] else "o.oid = ?")
        arguments.append(oid[0].replace("*", "%"))
    elif oid:
        conditions.append(f"o.oid IN ({', '.join('?' * len(oid))})")
        arguments += oid
    for name in ("ndet", "firstmjd", "lastmjd"):
        # One value is a minimum.
        for sign, value in zip((">=", "<="), values.get(name, [])):
            conditions.append(f"o.{name} {sign} ?")
            arguments.append(value)
    # Truthiness: a zero in any of the three switches the cone off. That is the server's own mistake.
    if values.get("ra") and values.get("dec") and values["radius"]:
        ra, dec, radius = values["ra"], values["dec"], values["radius"] / 3600
        conditions.append("o.meandec BETWEEN ? AND ? AND separation(o.meanra, o.meandec, ?, ?) <= ?")
        arguments += [dec - radius - 1e-9, dec + radius + 1e-9, ra, dec, radius]
    return conditions, arguments


def _join(values):
    """The join with the probabilities: (SQL, its arguments, conditions, their arguments)."""
    named = {column: values[name] for name, column in (
        ("classifier", "classifier_name"), ("classifier_version", "classifier_version"), ("class", "class_name"))
        if values.get(name)}
    join = " LEFT JOIN probabilities p ON p.oid = o.oid"
    if not named and "ranking" not in values and "probability" not in values:
        return (f"{join} AND p.classifier_name = ? AND p.classifier_version = ? AND p.ranking = 1",
                DEFAULT_CLASSIFIER, [], [])
    conditions, arguments = [f"p.{column} = ?" for column in named], list(named.values())
    ranking = values.get("ranking", 1 if named else 0)
    if ranking:
        conditions.append("p.ranking = ?")
        arguments.append(ranking)
    if values.get("probability"):
        conditions.append("p.probability >= ?")
        arguments.append(values["probability"])
    return join, (), conditions, arguments


def search(store, values):
    """The reply to GET /objects/: the envelope with one page of items."""
    join, joined, conditions, arguments = _join(values)
    more, rest = _object_conditions(values)
    source = f"FROM objects o{join}"
    if conditions + more:
        source += f" WHERE {' AND '.join(conditions + more)}"
    arguments = [*joined, *arguments, *rest]
    page, size = values["page"], values["page_size"]
    total = None
    if values["count"]:
        total = store.rows(f"SELECT count(*) FROM (SELECT 1 {source} LIMIT {MAX_TOTAL})", arguments)[0][0]
    columns = ", ".join(f'{_JOINED.get(name, f"o.{name}")} AS "{name}"' for name in OBJECT_COLUMNS)
    order, start = "o.rowid, p.rowid", (page - 1) * size
    if "order_by" in values:
        # The server's database sorts nulls as if they were larger than everything.
        mode = "DESC NULLS FIRST" if values.get("order_mode") == "DESC" else "ASC NULLS LAST"
        order = f"{_ORDER[values['order_by']]} {mode}, {order}"
    sql = f"SELECT {columns} {source} ORDER BY {order}"
    wanted = values.get("oid", [])
    if len(wanted) > 1 and "order_by" not in values:
        place = {oid: number for number, oid in reversed(list(enumerate(wanted)))}
        rows = sorted(store.dicts(sql, arguments), key=lambda row: place[row["oid"]])[start:start + size]
    else:
        rows = store.dicts(f"{sql} LIMIT ? OFFSET ?", [*arguments, size, start])
    has_next = total is not None and page * size < total
    return {"total": total, "page": None, "next": page + 1 if has_next else None, "has_next": has_next,
            "prev": page - 1 if page > 1 else None, "has_prev": page > 1, "items": [object_item(row) for row in rows]}


def object_item(row):
    """A row of the table of objects as v1 writes it: ``ndethist`` is text."""
    for name in ("corrected", "stellar"):
        row[name] = None if row[name] is None else bool(row[name])
    if row["ndethist"] is not None:
        row["ndethist"] = str(row["ndethist"])
    return row
