"""Places that stand in a field of their own, as tables exported from portals have them.

Written as GeoJSON, as ``{"latitude": …, "longitude": …}``, as WKT (``POINT (-81.38 28.54)``), or as ``(28.54, -81.38)``
with an address before it.
"""

import json
import re
from itertools import islice
from typing import Any

from wholesaler.errors import ConfigurationError
from wholesaler.sources.fields import resolve_field
from wholesaler.sources.files.reader import Reader
from wholesaler.sources.geometry import esri_point, geojson_point
from wholesaler.sources.interface import Page, Place

#: records in which location fields are looked for
_SAMPLE = 2000
#: members that geometries of ArcGIS have and no others
_ESRI = {"x", "rings", "paths", "points", "curveRings", "curvePaths", "xmin"}
_NUMBER = r"([+-]?\d+(?:\.\d*)?)"
_WKT = re.compile(rf"(?:SRID=4326;)?\s*POINT\s*Z?\s*\(\s*{_NUMBER}\s+{_NUMBER}(?:\s+{_NUMBER})?\s*\)", re.IGNORECASE)
_PAIR = re.compile(rf"(?:.*\n)?\s*\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)", re.DOTALL)


def place_field(source: str, reader: Reader, field_name: str | None) -> str | None:
    """The field to read places from: the one asked for, else the only one that holds places, if there is any.

    None where the records have geometries of their own. Raises ``ConfigurationError`` naming the fields where there are
    several, or where ``field_name`` is none of the publisher's.
    """
    if field_name is not None:
        return resolve_field(source, field_name, reader.fields)
    candidates: dict[str, None] = {}
    for record, place in islice(reader.rows(), _SAMPLE):
        if place is not None:
            return None
        candidates |= dict.fromkeys(name for name, value in record.items() if isinstance(place_of(value), tuple))
    if len(candidates) > 1:
        raise ConfigurationError(
            f"sources.{source}.location: places stand in several fields: {', '.join(candidates)}.",
            f'Write location = {{ field = "{next(iter(candidates))}" }}, or another of them, in the market file.',
        )
    return next(iter(candidates), None)


def page_places(page: Page, field: str) -> list[Place]:
    """The places that ``field`` holds; a record with a place of its own keeps it."""
    places: list[Place] = []
    for record, own in zip(page.records, page.points, strict=True):
        value = record.get(field)
        place = (place_of(value) or f"no place: {field} holds none that can be read") if value else None
        places.append(own if isinstance(own, tuple) else place)
    return places


def place_of(value: Any) -> Place:
    """(longitude, latitude) as a field holds it; a word for a geometry that gives none, ``None`` for what is none."""
    if isinstance(value, str):
        if wkt := _WKT.fullmatch(value.strip()):
            return float(wkt[1]), float(wkt[2])
        if pair := _PAIR.fullmatch(value.rstrip()):
            return float(pair[2]), float(pair[1])
        if not value.lstrip().startswith("{"):
            return None
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, dict):
        return None
    return esri_point(value) if _ESRI & value.keys() else geojson_point(value)
