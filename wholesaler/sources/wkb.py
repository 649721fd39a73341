"""The geometries of geographic files, which come as well-known binary, to one point each.

They are turned into what GeoJSON writes, so that the rules of :mod:`wholesaler.sources.geometry` hold for them too.
True curves become the positions that describe them: of an arc its ends and the position on it between them.
"""

import struct
from typing import Any

from wholesaler.sources.geometry import geojson_point
from wholesaler.sources.interface import Place

_COLLECTION = 7
#: what PostGIS says of dimensions in place of the thousands of ISO
_HAS_Z, _HAS_M, _HAS_SRID = 0x80000000, 0x40000000, 0x20000000
_DEEPEST = 16
#: kind → GeoJSON's, for kinds that hold positions, and for those that hold other geometries
_LINES = {2: "LineString", 8: "LineString"}
_POLYGONS = {3: "Polygon", 17: "Polygon"}
_OF_PARTS = {
    4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon", 10: "Polygon", 11: "MultiLineString", 12: "MultiPolygon",
    15: "MultiPolygon", 16: "MultiPolygon",
}  # fmt: skip
_COMPOUND_CURVE = 9


def wkb_point(raw: bytes) -> Place:
    """The point of a geometry, by the rules for those of GeoJSON; a word for one that gives none or is damaged."""
    if not raw:
        return None
    try:
        geometry, _ = _geometry(raw, 0, 0)
    except (struct.error, ValueError, IndexError, KeyError):
        return "no place: the geometry is damaged or of a kind that is not read"
    return geojson_point(geometry)


def _geometry(raw: bytes, at: int, depth: int) -> tuple[dict[str, Any], int]:
    """The geometry that begins at a place, and the place behind it."""
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    order = "<" if raw[at] else ">"
    (word,) = struct.unpack_from(f"{order}I", raw, at + 1)
    at += 9 if word & _HAS_SRID else 5
    thousands, kind = divmod(word & 0x1FFFFFFF, 1000)
    width = 2 + bool(word & _HAS_Z or thousands in {1, 3}) + bool(word & _HAS_M or thousands in {2, 3})
    if kind == 1:
        values = struct.unpack_from(f"{order}{width}d", raw, at)
        return {"type": "Point", "coordinates": list(values[:2])}, at + 8 * width
    if kind in _LINES:
        positions, at = _positions(raw, at, order, width)
        return {"type": _LINES[kind], "coordinates": positions}, at
    (count,) = struct.unpack_from(f"{order}I", raw, at)
    at += 4
    if count > len(raw):
        raise ValueError("more parts than there are bytes")
    if kind in _POLYGONS:
        rings = []
        for _ in range(count):
            ring, at = _positions(raw, at, order, width)
            rings.append(ring)
        return {"type": _POLYGONS[kind], "coordinates": rings}, at
    parts = []
    for _ in range(count):
        part, at = _geometry(raw, at, depth + 1)
        parts.append(part)
    if kind == _COLLECTION:
        return {"type": "GeometryCollection", "geometries": parts}, at
    coordinates = [part["coordinates"] for part in parts]
    if kind == _COMPOUND_CURVE:
        # each part begins where the one before it ends
        joined = [position for place, one in enumerate(coordinates) for position in one[1 if place else 0 :]]
        return {"type": "LineString", "coordinates": joined}, at
    return {"type": _OF_PARTS[kind], "coordinates": coordinates}, at


def _positions(raw: bytes, at: int, order: str, width: int) -> tuple[list[list[float]], int]:
    (count,) = struct.unpack_from(f"{order}I", raw, at)
    if count * 8 * width > len(raw):
        raise ValueError("more positions than there are bytes")
    values = struct.unpack_from(f"{order}{count * width}d", raw, at + 4)
    xs, ys = values[::width], values[1::width]
    return list(map(list, zip(xs, ys, strict=True))), at + 4 + 8 * count * width
