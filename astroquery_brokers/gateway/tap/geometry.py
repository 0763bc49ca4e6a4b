# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""ADQL's geometry as expressions that DuckDB computes for whole columns.

Angles are degrees. Distances are haversines, exact to the last digits for small and for large ones; a circle comes with
a band of declination before it, which is what indexes and joins can use. A polygon has constant corners, great circles
between them, and is smaller than a hemisphere. A box is such a polygon.
"""

import math
from dataclasses import dataclass

from sqlglot import exp

from .errors import QueryError
from .functions import NUMBERS

__all__ = ["GEOMETRY", "call"]

GEOMETRY = ("CONTAINS", "INTERSECTS", "DISTANCE", "AREA", "COORD1", "COORD2", "COORDSYS", "POINT", "CIRCLE", "BOX",
            "POLYGON", "CENTROID")
_MARGIN = 1e-9


@dataclass
class _Point:
    ra: str
    dec: str


@dataclass
class _Circle:
    center: _Point
    radius: str


@dataclass
class _Polygon:
    corners: list


def call(name, arguments, number):
    """A geometry function in SQL.

    Parameters
    ----------
    name : str
        One of `GEOMETRY`.
    arguments : list of `sqlglot.expressions.Expression`
    number : callable
        Gives the SQL and the kind of an argument.

    Returns
    -------
    sql, kind : str
        The kind is ``predicate`` for CONTAINS and INTERSECTS: the SQL is a condition.
    """
    handler = _HANDLERS.get(name)
    if handler is None:
        raise QueryError(f"{name}(...) is a geometry, not a value: use it in CONTAINS, DISTANCE, AREA and the like")
    return handler(arguments, number)


def _expect(name, arguments, *counts):
    if len(arguments) not in counts:
        raise QueryError(f"{name} takes {' or '.join(map(str, counts))} arguments, not {len(arguments)}")


def _numbers(arguments, number):
    result = []
    for argument in arguments:
        sql, kind = number(argument)
        if kind not in NUMBERS:
            raise QueryError(f"a coordinate must be a number, not {kind}")
        result.append(f"CAST({sql} AS DOUBLE)")
    return result


def _constants(name, arguments):
    values = [_constant(argument) for argument in arguments]
    if any(value is None for value in values):
        raise QueryError(f"the coordinates of a {name} must be numbers here, not columns")
    return values


def _constant(node):
    """The number that an expression of literals is; None for others."""
    if isinstance(node, exp.Literal) and not node.is_string:
        return float(node.this)
    if isinstance(node, (exp.Paren, exp.Neg)):
        value = _constant(node.this)
        return value if value is None or isinstance(node, exp.Paren) else -value
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
        left, right = _constant(node.this), _constant(node.expression)
        if left is None or right is None or (isinstance(node, exp.Div) and right == 0):
            return None
        return {exp.Add: left + right, exp.Sub: left - right, exp.Mul: left * right,
                exp.Div: left / (right or 1)}[type(node)]
    return None


def _plain(arguments):
    """Arguments without the name of the coordinate system, which is ICRS whatever it says."""
    first = arguments[0] if arguments else None
    if isinstance(first, exp.Literal) and first.is_string:
        system = first.this.strip().upper().split(" ")[0]
        if system not in ("", "ICRS", "UNKNOWN", "UNKNOWNFRAME", "FK5", "J2000"):
            raise QueryError(f"coordinates in {first.this!r} are not converted here: give ICRS degrees")
        return arguments[1:]
    return arguments


def _geometry(node, number):
    """The geometry that a node describes."""
    if not isinstance(node, exp.Anonymous):
        raise QueryError("a geometry must be written as POINT(...), CIRCLE(...), BOX(...) or POLYGON(...)")
    name = node.name.upper()
    if name == "CENTROID":
        _expect(name, node.expressions, 1)
        region = _geometry(node.expressions[0], number)
        if isinstance(region, _Circle):
            return region.center
        if isinstance(region, _Point):
            return region
        raise QueryError("CENTROID is known for circles only")
    maker = _MAKERS.get(name)
    if maker is None:
        raise QueryError(f"{name} is not a geometry: there are POINT, CIRCLE, BOX and POLYGON")
    return maker(_plain(node.expressions), number)


def _point(arguments, number):
    _expect("POINT", arguments, 2)
    return _Point(*_numbers(arguments, number))


def _circle(arguments, number):
    _expect("CIRCLE", arguments, 2, 3)
    center = _position("CIRCLE", arguments[0], number) if len(arguments) == 2 else _point(arguments[:2], number)
    if (_constant(arguments[-1]) or 0) < 0:
        raise QueryError("the radius of a CIRCLE must not be negative")
    return _Circle(center, _numbers(arguments[-1:], number)[0])


def _position(name, node, number):
    point = _geometry(node, number)
    if not isinstance(point, _Point):
        raise QueryError(f"{name} takes a POINT there")
    return point


def _box(arguments, number):
    if len(arguments) == 3 and isinstance(arguments[0], exp.Anonymous):
        arguments = _plain(arguments[0].expressions) + arguments[1:]
    _expect("BOX", arguments, 4)
    ra, dec, width, height = _constants("BOX", arguments)
    x, y = width / 2, height / 2
    return _Polygon([(ra - x, dec - y), (ra - x, dec + y), (ra + x, dec + y), (ra + x, dec - y)])


def _polygon(arguments, number):
    if arguments and all(isinstance(argument, exp.Anonymous) for argument in arguments):
        arguments = [value for point in arguments for value in _plain(point.expressions)]
    if len(arguments) < 6 or len(arguments) % 2:
        raise QueryError("POLYGON takes the coordinates of three corners or more")
    values = _constants("POLYGON", arguments)
    return _Polygon(list(zip(values[::2], values[1::2])))


def _haversine(a, b):
    return (f"(pow(sin(radians({a.dec} - {b.dec}) / 2), 2) + cos(radians({a.dec})) * cos(radians({b.dec})) "
            f"* pow(sin(radians({a.ra} - {b.ra}) / 2), 2))")


def _separation(a, b):
    return f"degrees(2 * asin(sqrt(least(1.0e0, {_haversine(a, b)}))))"


def _in_circle(point, circle):
    center, radius = circle.center, circle.radius
    band = f"{point.dec} BETWEEN {center.dec} - ({radius} + {_MARGIN}) AND {center.dec} + ({radius} + {_MARGIN})"
    return f"({band} AND {_haversine(point, center)} <= pow(sin(radians(least({radius}, 180.0e0)) / 2), 2))"


def _vector(ra, dec):
    ra, dec = math.radians(ra), math.radians(dec)
    return math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)


def _cross(a, b):
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def _in_polygon(point, polygon):
    """The corners go once around what is inside: the angles between them, as seen from there, add up to 360 deg."""
    corners = [_vector(*corner) for corner in polygon.corners]
    ra, dec = f"radians({point.ra})", f"radians({point.dec})"
    axes = (f"(cos({dec}) * cos({ra}))", f"(cos({dec}) * sin({ra}))", f"sin({dec})")

    def along(vector):
        return "(" + " + ".join(f"{axis} * {value!r}" for axis, value in zip(axes, vector)) + ")"

    middle = [sum(values) for values in zip(*corners)]
    angles = " + ".join(f"atan2({along(_cross(a, b))}, {_dot(a, b)!r} - {along(a)} * {along(b)})"
                        for a, b in zip(corners, corners[1:] + corners[:1]))
    lowest, highest = _declinations(corners, middle)
    return f"({point.dec} BETWEEN {lowest!r} AND {highest!r} AND {along(middle)} > 0 AND abs({angles}) > 3.0e0)"


def _declinations(corners, middle):
    """A band that holds a polygon: around its middle, out to the corner farthest from it."""
    length = math.sqrt(_dot(middle, middle)) or 1.0
    farthest = max(math.degrees(math.acos(max(-1, min(1, _dot(corner, middle) / length)))) for corner in corners)
    dec = math.degrees(math.asin(max(-1, min(1, middle[2] / length))))
    return dec - farthest - _MARGIN, dec + farthest + _MARGIN


def _contains(arguments, number):
    _expect("CONTAINS", arguments, 2)
    inner, outer = (_geometry(argument, number) for argument in arguments)
    if isinstance(inner, _Point):
        return _point_in(inner, outer), "predicate"
    if isinstance(inner, _Circle) and isinstance(outer, _Circle):
        return f"({_separation(inner.center, outer.center)} + {inner.radius} <= {outer.radius})", "predicate"
    raise QueryError("CONTAINS is known for a POINT in a region, and for a CIRCLE in a CIRCLE")


def _point_in(point, region):
    if isinstance(region, _Circle):
        return _in_circle(point, region)
    if isinstance(region, _Polygon):
        return _in_polygon(point, region)
    return f"({point.ra} = {region.ra} AND {point.dec} = {region.dec})"


def _intersects(arguments, number):
    _expect("INTERSECTS", arguments, 2)
    a, b = (_geometry(argument, number) for argument in arguments)
    if isinstance(b, _Point):
        a, b = b, a
    if isinstance(a, _Point):
        return _point_in(a, b), "predicate"
    if isinstance(a, _Circle) and isinstance(b, _Circle):
        return f"({_separation(a.center, b.center)} <= {a.radius} + {b.radius})", "predicate"
    raise QueryError("INTERSECTS is known for a POINT and a region, and for two CIRCLEs")


def _distance(arguments, number):
    _expect("DISTANCE", arguments, 2, 4)
    if len(arguments) == 4:
        a, b = _point(arguments[:2], number), _point(arguments[2:], number)
    else:
        a, b = (_position("DISTANCE", argument, number) for argument in arguments)
    return _separation(a, b), "double"


def _area(arguments, number):
    _expect("AREA", arguments, 1)
    region = _geometry(arguments[0], number)
    square = (180 / math.pi) ** 2
    if isinstance(region, _Circle):
        return f"({4 * math.pi * square!r} * pow(sin(radians({region.radius}) / 2), 2))", "double"
    if isinstance(region, _Polygon):
        return repr(_solid_angle([_vector(*corner) for corner in region.corners]) * square), "double"
    return "0.0e0", "double"


def _solid_angle(corners):
    total, first = 0.0, corners[0]
    for a, b in zip(corners[1:], corners[2:]):
        below = 1 + _dot(first, a) + _dot(a, b) + _dot(b, first)
        total += 2 * math.atan2(_dot(first, _cross(a, b)), below)
    return abs(total)


def _coordinate(axis):
    def handle(arguments, number):
        _expect("COORD1 or COORD2", arguments, 1)
        return getattr(_position("COORD1 or COORD2", arguments[0], number), axis), "double"
    return handle


def _coordsys(arguments, number):
    _expect("COORDSYS", arguments, 1)
    _geometry(arguments[0], number)
    return "'ICRS'", "char"


_MAKERS = {"POINT": _point, "CIRCLE": _circle, "BOX": _box, "POLYGON": _polygon}
_HANDLERS = {"CONTAINS": _contains, "INTERSECTS": _intersects, "DISTANCE": _distance, "AREA": _area,
             "COORD1": _coordinate("ra"), "COORD2": _coordinate("dec"), "COORDSYS": _coordsys}
