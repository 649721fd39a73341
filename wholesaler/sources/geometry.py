"""From the geometries of ArcGIS, GeoJSON and Socrata to one point each, or a word why there is none."""

from math import isfinite
from typing import Any

from wholesaler.sources.interface import Place, Point

#: what a geometry that is none by its form leads to
_DAMAGED = (TypeError, ValueError, LookupError, ArithmeticError, RecursionError)
#: parts of a geometry that are no place
_ASIDE = frozenset({"type", "spatialReference", "hasZ", "hasM", "crs", "bbox", "human_address", "needs_recoding"})
_LONGEST_KIND = 40


def esri_point(geometry: Any) -> Place:
    """The point of an ArcGIS geometry: itself, the first of several, the centroid of the largest ring, the middle of
    an envelope, the middle vertex of the longest path. ``None`` where there is no geometry, a word where there is one
    that gives no point.

    Servers write an empty geometry as null, ``{}``, ``{"x": "NaN", "y": "NaN"}`` or not at all.
    """
    return _place(geometry, _esri_point)


def geojson_point(geometry: Any) -> Place:
    """The same of a GeoJSON geometry, or of a Socrata location with ``latitude`` and ``longitude``."""
    return _place(geometry, _geojson_point)


def _place(geometry: Any, to_point: Any) -> Place:
    if not geometry:
        return None
    if not isinstance(geometry, dict):
        return "no place: the geometry is no object"
    try:
        point: Point | None = to_point(geometry)
    except _DAMAGED:
        point = None
    return _no_place(geometry) if point is None else point


def _no_place(geometry: dict[str, Any]) -> str | None:
    content = sorted(str(name) for name, value in geometry.items() if name not in _ASIDE and not _is_empty(value))
    if not content:
        return None
    kind = geometry.get("type")
    if not isinstance(kind, str):
        kind = ", ".join(content)
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in kind[:_LONGEST_KIND])
    return f"no place: geometry of kind {printable} gives none"


def _is_empty(value: Any, depth: int = 0) -> bool:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return depth < 8 and all(_is_empty(one, depth + 1) for one in inner)
    return value is None or value in {"", "NaN"} or value != value


def _esri_point(geometry: dict[str, Any]) -> Point | None:
    if "x" in geometry:
        return _pair(geometry["x"], geometry.get("y"))
    if "xmin" in geometry:
        west, east = float(geometry["xmin"]), float(geometry["xmax"])
        south, north = float(geometry["ymin"]), float(geometry["ymax"])
        return _pair((west + east) / 2, (south + north) / 2)
    if geometry.get("points"):
        return _position(geometry["points"][0])
    if geometry.get("rings"):
        return _largest_ring(geometry["rings"])
    if geometry.get("curveRings"):
        return _largest_ring([_straighten(ring) for ring in geometry["curveRings"]])
    if geometry.get("paths"):
        return _middle(geometry["paths"])
    return _middle([_straighten(path) for path in geometry.get("curvePaths") or []])


def _straighten(curve: list[Any]) -> list[Any]:
    """A path with true curves as one of positions: each curve's end, and a position on it between its ends.

    An arc is ``{"c": [end, position on it]}``, an elliptic arc ``{"a": [end, centre, …]}``, a Bézier curve
    ``{"b": [end, control, control]}``.
    """
    positions: list[Any] = []
    for segment in curve:
        if not isinstance(segment, dict):
            positions.append(segment)
        elif "c" in segment:
            positions += [segment["c"][1], segment["c"][0]]
        elif "b" in segment:
            end, first, second = segment["b"][:3]
            corners = (positions[-1], first, second, end)
            middle = [sum(w * p[axis] for w, p in zip((1, 3, 3, 1), corners, strict=True)) / 8 for axis in (0, 1)]
            positions += [middle, end]
        else:
            positions.append(segment["a"][0])
    return positions


def _geojson_point(geometry: dict[str, Any]) -> Point | None:
    if geometry.get("geometries"):
        points = (_place(one, _geojson_point) for one in geometry["geometries"])
        return next((point for point in points if isinstance(point, tuple)), None)
    coordinates = geometry.get("coordinates")
    if not coordinates:
        latitude, longitude = geometry.get("latitude"), geometry.get("longitude")
        return None if latitude is None and longitude is None else _pair(longitude, latitude)
    # by how deep the positions are nested: kinds that GeoJSON does not have (MultiSurface, CurvePolygon) occur
    match geometry.get("type"), _depth(coordinates):
        case _, 1:
            return _position(coordinates)
        case "MultiPoint", 2:
            return _position(coordinates[0])
        case _, 2:
            return _middle([coordinates])
        case "MultiLineString" | "MultiCurve", 3:
            return _middle(coordinates)
        case _, 3:
            return _largest_ring(coordinates[:1])
        case _, 4:
            return _largest_ring([polygon[0] for polygon in coordinates if polygon])
    return None


def _depth(coordinates: Any) -> int:
    depth = 0
    while isinstance(coordinates, list):
        coordinates = next((one for one in coordinates if one != []), None)
        depth += 1
    return depth


def _pair(x: Any, y: Any) -> Point | None:
    if x.__class__ is not float or y.__class__ is not float:
        x, y = float(x), float(y)
    return (x, y) if isfinite(x) and isfinite(y) else None


def _position(position: Any) -> Point | None:
    return _pair(position[0], position[1]) if isinstance(position, list) and len(position) >= 2 else None


def _middle(paths: list[Any]) -> Point | None:
    longest: list[Any] = max(paths, key=len, default=[])
    return _position(longest[len(longest) // 2]) if longest else None


def _largest_ring(rings: list[Any]) -> Point | None:
    centroids = [_centroid(ring) for ring in rings if ring]
    if not centroids:
        return None
    _, x, y = max(centroids, key=lambda centroid: centroid[0])
    return _pair(x, y)


def _centroid(ring: list[Any]) -> tuple[float, float, float]:
    """(area, x, y) of a ring, by the shoelace formula from its first vertex: that keeps the digits of small parcels."""
    origin_x, origin_y = ring[0][0], ring[0][1]
    double_area = sum_x = sum_y = 0.0
    x, y = 0.0, 0.0
    for vertex in ring[1:]:
        next_x, next_y = vertex[0] - origin_x, vertex[1] - origin_y
        cross = x * next_y - next_x * y
        double_area += cross
        sum_x += (x + next_x) * cross
        sum_y += (y + next_y) * cross
        x, y = next_x, next_y
    if double_area == 0:
        return 0.0, sum(vertex[0] for vertex in ring) / len(ring), sum(vertex[1] for vertex in ring) / len(ring)
    return abs(double_area) / 2, origin_x + sum_x / (3 * double_area), origin_y + sum_y / (3 * double_area)
