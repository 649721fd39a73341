"""Where a record lies: from published coordinates to points of the market, and what is wrong with the others."""

import math
import struct
from collections.abc import Sequence
from typing import Any

from wholesaler.markets.market import BoundingBox
from wholesaler.stages.ingest.convert.values import NULL, Note

#: (x, y) as published, or in degrees; ``None`` where there is no place
Place = tuple[float, float] | None

#: a point of SRID 4326 in little-endian EWKB, up to its coordinates
_POINT = "0101000020E6100000"
NOWHERE = struct.pack("<2d", math.nan, math.nan)


def read_places(xs: Sequence[Any], ys: Sequence[Any], note: Note) -> list[Place]:
    """Pairs of numbers from two columns of published coordinates."""
    if {*map(type, xs), *map(type, ys)} == {float} and math.isfinite(sum(xs) + sum(ys)):
        return list(zip(xs, ys, strict=True))
    return [_odd_place(x, y, position, note) for position, (x, y) in enumerate(zip(xs, ys, strict=True))]


def pack(places: Sequence[Place]) -> list[bytes]:
    """Each place in 16 bytes."""
    return [struct.pack("<2d", *place) if place else NOWHERE for place in places]


def points(places: Sequence[Place], box: BoundingBox, note: Note) -> list[str]:
    """Places in degrees as COPY text of geography points; null with a note for those outside of the market."""
    west, south, east, north = box.west, box.south, box.east, box.north
    texts = []
    for position, place in enumerate(places):
        if place is None:
            texts.append(NULL)
            continue
        x, y = place
        if west <= x <= east and south <= y <= north:
            texts.append(_POINT + struct.pack("<2d", x, y).hex())
        else:
            note(position, f"location {_issue(x, y, box)}, dropped")
            texts.append(NULL)
    return texts


def _issue(x: float, y: float, box: BoundingBox) -> str:
    if x == 0 or y == 0:
        return "0"
    if box.south <= x <= box.north and box.west <= y <= box.east:
        return "swapped (latitude first)"
    if math.isfinite(x) and math.isfinite(y) and (abs(x) > 180 or abs(y) > 90):
        return "not in degrees"
    return "outside of the market"


def _odd_place(x: Any, y: Any, position: int, note: Note) -> Place:
    if (x is None or x == "") and (y is None or y == ""):
        return None
    try:
        place = float(x), float(y)
    except (TypeError, ValueError, OverflowError):
        place = math.nan, math.nan
    if math.isfinite(place[0]) and math.isfinite(place[1]):
        return place
    note(position, "location: not a number")
    return None
