"""From the geometries of ArcGIS and GeoJSON to one point each."""

from math import isfinite
from typing import Any

from wholesaler.sources.interface import Point

_Ring = list[list[float]]


#: what a geometry that is none by its form leads to
_DAMAGED = (TypeError, ValueError, LookupError, ArithmeticError)


def esri_point(geometry: Any) -> Point | None:
    """The point of an ArcGIS geometry: itself, the first of several, the centroid of the largest ring, or ``None``.

    Servers write an empty geometry as null, ``{}``, ``{"x": "NaN", "y": "NaN"}`` or not at all.
    """
    if not geometry or not isinstance(geometry, dict):
        return None
    try:
        return _esri_point(geometry)
    except _DAMAGED:
        return None


def geojson_point(geometry: Any) -> Point | None:
    """The same of a GeoJSON geometry, or of a Socrata location with ``latitude`` and ``longitude``."""
    if not geometry or not isinstance(geometry, dict):
        return None
    try:
        return _geojson_point(geometry)
    except _DAMAGED:
        return None


def _esri_point(geometry: dict[str, Any]) -> Point | None:
    if "x" in geometry:
        return _pair(geometry["x"], geometry.get("y"))
    if geometry.get("points"):
        return _position(geometry["points"][0])
    return _largest_ring(geometry.get("rings") or [])


def _geojson_point(geometry: dict[str, Any]) -> Point | None:
    coordinates = geometry.get("coordinates")
    if not coordinates:
        return _pair(geometry.get("longitude"), geometry.get("latitude"))
    match geometry.get("type"):
        case "Point":
            return _position(coordinates)
        case "MultiPoint":
            return _position(coordinates[0])
        case "Polygon":
            return _largest_ring(coordinates[:1])
        case "MultiPolygon":
            return _largest_ring([polygon[0] for polygon in coordinates if polygon])
    return None


def _pair(x: Any, y: Any) -> Point | None:
    if x.__class__ is not float or y.__class__ is not float:
        x, y = float(x), float(y)
    return (x, y) if isfinite(x) and isfinite(y) else None


def _position(position: Any) -> Point | None:
    return _pair(position[0], position[1]) if isinstance(position, list) and len(position) >= 2 else None


def _largest_ring(rings: list[_Ring]) -> Point | None:
    centroids = [_centroid(ring) for ring in rings if ring]
    if not centroids:
        return None
    _, x, y = max(centroids, key=lambda centroid: centroid[0])
    return _pair(x, y)


def _centroid(ring: _Ring) -> tuple[float, float, float]:
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
