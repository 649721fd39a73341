"""JSON files: Esri JSON and GeoJSON feature sets, and arrays of objects."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from wholesaler.sources.arcgis.layer import DATE_TYPE, OWN_TYPES, object_id_field
from wholesaler.sources.files.content import Content
from wholesaler.sources.files.json_stream import LOOKED_AT, JsonFeatures, RepeatedNames, TruncatedJson, tail_members
from wholesaler.sources.files.reader import Reader, Row
from wholesaler.sources.geometry import esri_point, geojson_point
from wholesaler.sources.interface import Place

#: features that tell the form and, without a description, the fields
_SAMPLE = 2000
_MEMBERS = (
    "fields", "objectIdFieldName", "objectIdField", "spatialReference", "crs", "exceededTransferLimit", "error",
)  # fmt: skip
_EPSG = re.compile(r"EPSG:[\d.]*:?(\d+)$")


class JsonReader(Reader):
    """A feature set or an array of objects. Raises ``SourceError`` when it holds neither records nor fields."""

    def __init__(self, content: Content, geometry: bool, form: "Form | None" = None) -> None:
        super().__init__(content)
        self._geometry = geometry
        first: list[Any] = []
        with self.open_text() as file:
            repeated = RepeatedNames()
            repeated.look(file.read(LOOKED_AT))
        self.warnings += repeated.warnings(self.label)
        with self.open_text() as file:
            stream = JsonFeatures(file, _MEMBERS)
            with suppress(TruncatedJson):
                for feature in islice(stream.features(), _SAMPLE):
                    first.append(without_geometry(feature))
        members = {**(tail_members(self, _MEMBERS) if stream.is_set else {}), **stream.members}
        descriptions = [one for one in members.get("fields") or [] if isinstance(one, dict) and one.get("name")]
        kinds = {str(one["name"]): str(one.get("type", "")) for one in descriptions}
        readable = [one for one in first if isinstance(one, dict)]
        if not readable and not kinds:
            raise content.unusable(_what_else(members))
        self._form = form or form_of(readable)
        if form is not None and not any(form.member in one for one in first if isinstance(one, dict)) and readable:
            raise content.unusable(f"its records have no '{form.member}', so that it is not of the format named")
        self.fields = list(kinds) or list(dict.fromkeys(name for one in readable for name in self._form.record(one)))
        self.own_fields = {name for name, kind in kinds.items() if kind in OWN_TYPES}
        self.dates = {name for name, kind in kinds.items() if kind == DATE_TYPE}
        self.object_id = object_id_field(members, kinds)
        self.references = _references(members)
        if members.get("exceededTransferLimit") is True:
            self.damage = f"{self.label} is one page of a layer that has more records: all of them are needed."

    def rows(self) -> Iterator[Row]:
        form, number, self.unreadable, self.notes = self._form, 0, 0, {}
        with self.open_text() as file:
            try:
                for feature in JsonFeatures(file).features():
                    record = form.record(feature)
                    if not record:
                        self.unreadable += 1
                    elif self.wanted is not None:
                        record = {name: record[name] for name in self.wanted if name in record}
                    geometry = feature.get("geometry") if self._geometry and isinstance(feature, dict) else None
                    yield record, form.place(geometry)
                    number += 1
            except TruncatedJson:
                self.damage = f"{self.label} is cut off or damaged after {number} records: {self.content.advice}."


@dataclass(frozen=True)
class Form:
    """How a feature holds its record: under ``member``, or, without one, it is one itself."""

    member: str
    place: Callable[[Any], Place]

    def record(self, feature: Any) -> dict[str, Any]:
        """Empty where the feature holds none."""
        record = feature.get(self.member) if isinstance(feature, dict) and self.member else feature
        return record if isinstance(record, dict) else {}


def without_geometry(feature: Any) -> Any:
    """A feature of which the record is to be kept: its outline can be thousands of times as long."""
    return {**feature, "geometry": None} if isinstance(feature, dict) and "geometry" in feature else feature


ESRI = Form("attributes", esri_point)
GEOJSON = Form("properties", geojson_point)
_FLAT = Form("", lambda geometry: None)
_FORMS = (ESRI, GEOJSON)


def form_of(features: list[dict[str, Any]]) -> Form:
    """The form that most of the features have; that of a layer's snapshot when there is none."""
    for form in _FORMS:
        if 2 * sum(form.member in feature for feature in features) >= len(features):
            return form
    return _FLAT


def _references(members: Mapping[str, Any]) -> tuple[int, ...]:
    """Esri says it by one number or two, GeoJSON in a name such as ``urn:ogc:def:crs:EPSG::2236``."""
    esri, geojson = members.get("spatialReference"), members.get("crs")
    if isinstance(esri, dict):
        return tuple(code for code in (esri.get("latestWkid"), esri.get("wkid")) if isinstance(code, int))
    properties = geojson.get("properties") if isinstance(geojson, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    code = _EPSG.search(name) if isinstance(name, str) else None
    return (int(code[1]),) if code else ()


def _what_else(members: Mapping[str, Any]) -> str:
    error = members.get("error")
    if isinstance(error, dict):
        message = str(error.get("message", error.get("code"))).encode("utf-8", "replace").decode()
        return f"it holds a server's error: {' '.join(message.replace(chr(0), ' ').split())}"
    return "it holds no records, or is cut off before them"
