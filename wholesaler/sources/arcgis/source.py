"""ArcGIS FeatureServer and MapServer layers."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.logs import log
from wholesaler.sources.arcgis.layer import Layer, read_layer
from wholesaler.sources.arcgis.object_ids import ranges, resume
from wholesaler.sources.fields import find_field, match_fields, resolve_field
from wholesaler.sources.geometry import esri_point
from wholesaler.sources.http.answer import UNREADABLE
from wholesaler.sources.http.endpoint import LONGEST_URL, Endpoint, RequestFailed
from wholesaler.sources.interface import Fetch, FetchRequest, FieldTypes, Source
from wholesaler.sources.paging.fetch import ServiceFetch
from wholesaler.sources.paging.sample import SampleFetch
from wholesaler.sources.paging.scan import Batch, Scan, Service
from wholesaler.sources.paging.where import ARCGIS, Disjunction, conjunction, disjunctions, restriction

#: longitude and latitude in degrees: WGS 84, and NAD 83, which differs from it by a metre or two
DEGREES = frozenset({4326, 4269})
_NO_OBJECT_ID = "The layer has no object id: its pages have no order, and equal records are taken for one."
_FORM_ROOM = 60_000
_LEAST_ROOM = 200
_WIDEST = 1 << 63


@dataclass(kw_only=True)
class ArcGISSource(Source):
    """One layer. ``where`` restricts it; ``all_fields``: the server fails queries that name their fields."""

    endpoint: Endpoint
    where: str | None = None
    page_size: int = 2000
    all_fields: bool = False
    _layer: Layer | None = field(default=None, init=False, repr=False)

    @property
    def layer(self) -> Layer:
        """What the layer says about itself, asked once.

        By hand: functools.cached_property of Python 3.11 has one lock for all layers, and one that does not answer
        would hold up those of every other source.
        """
        if self._layer is None:
            self._layer = read_layer(self.endpoint)
        return self._layer

    def field_types(self) -> dict[str, str]:
        return {name: kind for name, kind in self.layer.fields.items() if kind != "esriFieldTypeGeometry"}

    def codes(self) -> dict[str, dict[str, str]]:
        return self.layer.codes

    def titles(self) -> dict[str, tuple[str, ...]]:
        return self.layer.titles

    def newest(self, field_name: str, until: date) -> Any:
        if field_name not in self.layer.dates:
            return None
        statistic = {"statisticType": "max", "onStatisticField": field_name, "outStatisticFieldName": "newest"}
        where = conjunction(self.where, f"{field_name} <= {ARCGIS.day(until)}")
        answer = self.endpoint.get(
            {"f": "json", "where": where, "outStatistics": json.dumps([statistic], separators=(",", ":"))},
            "/query",
            valid=lambda body: isinstance(body, dict) and isinstance(body.get("features"), list),
        )
        rows = [one["attributes"] for one in answer.body["features"] if isinstance(one, dict) and one.get("attributes")]
        return next((value for row in rows if isinstance(row, dict) for value in row.values()), None)

    def version(self) -> str | None:
        """The time of the last edit, where the layer tells it; a ``where`` may move with the day, without an edit."""
        return None if self.where else self.layer.last_edit

    def fetch(self, request: FetchRequest) -> Fetch:
        layer = self.layer
        names, warnings = match_fields(self.name, request, list(layer.fields), layer.own_fields)
        geometry_field = request.geometry_field
        if (
            request.geometry
            and geometry_field is not None
            and layer.fields.get(geometry_field) != "esriFieldTypeGeometry"
        ):
            raise ConfigurationError(
                f"sources.{self.name}.location: '{geometry_field}' is no geometry, of which a layer has one.",
                'Write location = "geometry".',
            )
        if layer.object_id is None:
            warnings.append(_NO_OBJECT_ID)
        service = _LayerService(
            self.name,
            min(self.page_size, layer.max_record_count),
            self.endpoint.concurrency,
            names,
            warnings,
            offsets=layer.paginates or layer.object_id is None,
            owner=self,
            layer=layer,
            request=request,
        )
        wanted = restriction(self.name, request.only, names, layer.kind_of, ARCGIS)
        where = conjunction(self.where, wanted)
        return ServiceFetch(service, where) if request.sample is None else SampleFetch(service, where, request.sample)


@dataclass
class _LayerService(Service):
    owner: ArcGISSource = field(kw_only=True)
    layer: Layer = field(kw_only=True)
    request: FetchRequest = field(kw_only=True)
    _object_id: str | None = field(init=False)
    _dates: frozenset[str] = field(init=False)
    _named_fields_work: bool = field(init=False, default=False)
    _names_are_aligned: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._object_id = self.layer.object_id
        out_fields = [name for name in dict.fromkeys(self.names.values()) if name in self.layer.fields]
        if self._object_id is not None and self._object_id not in out_fields:
            out_fields.append(self._object_id)
        self._out_fields = ",".join(out_fields)
        self._date_fields = [field_name for field_name, name in self.names.items() if name in self.layer.dates]
        self._dates = frozenset(self.names[field_name] for field_name in self._date_fields)
        self._geometry = self.request.geometry and self.layer.geometry_type is not None

    @property
    def types(self) -> FieldTypes:
        return FieldTypes(self._dates, self._object_id)

    def selection(self) -> list[Disjunction] | None:
        selection = self.request.selection
        if selection is None:
            return None
        name = resolve_field(self.source, selection.field, list(self.layer.fields))
        return disjunctions(self.source, selection, name, self.layer.numeric(name))

    def room(self, where: str) -> int:
        if self.owner.endpoint.can_post:
            return _FORM_ROOM
        bare = self.owner.endpoint.url(self._parameters(f"({where}) AND ()", self.page_size, None), "/query")
        return max(_LEAST_ROOM, LONGEST_URL - len(bare))

    def count(self, where: str) -> int | None:
        parameters = {"f": "json", "where": where, "returnCountOnly": "true"}
        try:
            return int(self._query(parameters, "count", _is_count)["count"])
        except RequestFailed as failure:
            if failure.hopeless and failure.status != UNREADABLE:
                raise
            log.warning("count_failed", source=self.source, reason=failure.message)
            return None

    def page(self, where: str, size: int, offset: int | None) -> Batch:
        parameters = self._parameters(where, size, offset)
        if self.owner.all_fields:
            return self._batch(self._features({**parameters, "outFields": "*"}))
        try:
            answer = self._features(parameters)
        except RequestFailed as failure:
            if failure.transient or failure.hopeless or self._named_fields_work:
                raise
            try:
                answer = self._features({**parameters, "outFields": "*"})
            except RequestFailed:
                raise failure from None
            self.owner.all_fields = True
            log.warning("named_fields_refused", source=self.source, reason=failure.message)
        else:
            self._named_fields_work = True
        return self._batch(answer)

    def without_offsets(self, scan: Scan) -> Iterator[Batch]:
        object_id = self.layer.object_id
        if object_id is None or self._object_id is None:
            if scan.failure is not None:
                raise scan.failure
            return
        if self.layer.paginates:
            try:
                yield from resume(self, object_id, scan)
                return
            except RequestFailed as failure:
                if failure.hopeless:
                    raise
            scan.begin_anew()
        yield from ranges(self, object_id, scan)

    def reread(self, scan: Scan) -> Iterator[Batch]:
        """By ranges of ids: what moves there moves no other row."""
        if self.layer.object_id is None or self._object_id is None:
            return super().reread(scan)
        return ranges(self, self.layer.object_id, scan)

    def words(self, where: str, name: str) -> dict[Any, int] | None:
        counting = {"statisticType": "count", "onStatisticField": self.layer.object_id or name}
        statistic = {**counting, "outStatisticFieldName": "times"}
        parameters = {"f": "json", "where": where, "groupByFieldsForStatistics": name}
        try:
            body = self._query(
                {**parameters, "outStatistics": json.dumps([statistic], separators=(",", ":"))},
                "features",
                lambda features: isinstance(features, list),
            )
        except RequestFailed:  # many a layer has no statistics
            return None
        counts: dict[Any, int] = {}
        for feature in body["features"]:
            row = {key.lower(): value for key, value in _object(_object(feature).get("attributes")).items()}
            times = row.pop("times", None)
            if len(row) != 1 or type(times) is not int:
                return None  # an answer to another question
            (value,) = row.values()
            if isinstance(value, str | int | float):
                counts[value] = counts.get(value, 0) + times
        # as many as fit into one answer may not be all
        return counts if len(body["features"]) < self.layer.max_record_count else None

    def identifiers(self, where: str) -> list[int] | None:
        """All object ids that fit, sorted; ``None`` when the layer does not list them."""
        try:
            body = self._query({"f": "json", "where": where, "returnIdsOnly": "true"}, "objectIds", _are_ids)
        except RequestFailed as failure:
            if failure.hopeless and failure.status != UNREADABLE:
                raise
            return None
        return sorted(body["objectIds"] or [])

    def extent(self, where: str) -> tuple[int, int] | None:
        """The lowest and the highest object id that fit, from the layer's statistics."""
        statistics = [
            {"statisticType": kind, "onStatisticField": self.layer.object_id, "outStatisticFieldName": name}
            for kind, name in (("min", "lowest"), ("max", "highest"))
        ]
        body = self._query(
            {"f": "json", "where": where, "outStatistics": json.dumps(statistics, separators=(",", ":"))},
            "features",
            lambda features: isinstance(features, list) and (not features or _extent(features) is not None),
        )
        bounds = _extent(body["features"]) if body["features"] else (None, None)
        low, high = bounds or (None, None)
        return None if low is None or high is None else (low, high)

    def _parameters(self, where: str, size: int, offset: int | None) -> dict[str, str]:
        parameters = {
            "f": "json",
            "where": where,
            "outFields": self._out_fields,
            "returnGeometry": "true" if self._geometry else "false",
        }
        if self._geometry:
            parameters["outSR"] = "4326"
        if self.layer.object_id is not None and self.layer.orders:
            parameters["orderByFields"] = f"{self.layer.object_id} ASC"
        # A layer that refuses paging still answers its first page.
        if offset is not None and (offset or self.layer.paginates):
            parameters["resultOffset"] = str(offset)
        if self.layer.paginates:
            parameters["resultRecordCount"] = str(size)
        return parameters

    def _features(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        return self._query(parameters, "features", lambda features: isinstance(features, list), shrinkable=True)

    def _query(
        self, parameters: Mapping[str, str], key: str, valid: Callable[[Any], bool], *, shrinkable: bool = False
    ) -> dict[str, Any]:
        """The answer of the layer's query operation; it has ``key``, and what that holds is ``valid``."""

        def holds(body: Any) -> bool:
            return isinstance(body, dict) and key in body and valid(body[key])

        body: dict[str, Any] = self.owner.endpoint.get(parameters, "/query", valid=holds, shrinkable=shrinkable).body
        return body

    def _batch(self, answer: dict[str, Any]) -> Batch:
        features = [one if isinstance(one, dict) else {} for one in answer["features"]]
        self._check_form(features)
        attributes = (one.get("attributes") for one in features)
        records = [record if isinstance(record, dict) else {} for record in attributes]
        points = [esri_point(one.get("geometry")) if self._geometry else None for one in features]
        if not self._names_are_aligned:
            first = next(filter(None, records), None)
            if first is not None:
                self._align(first)
        reference = _object(answer.get("spatialReference"))
        wkid = reference.get("latestWkid", reference.get("wkid"))
        if self._geometry and isinstance(wkid, int) and wkid not in DEGREES:
            warning = f"Asked for degrees (4326), the publisher sent coordinates of reference system {wkid}."
            if warning not in self.warnings:
                self.warnings.append(warning)
        flags = (answer.get("exceededTransferLimit"), _object(answer.get("properties")).get("exceededTransferLimit"))
        return Batch(records, points, any(flag in (True, "true") for flag in flags))

    def _check_form(self, features: list[dict[str, Any]]) -> None:
        """Raise ``SourceError`` when the very first features show that this is something else than a layer."""
        if not self._names_are_aligned and any(features) and not any("attributes" in feature for feature in features):
            raise SourceError(
                f"{self.source}: {self.owner.endpoint.host} sent features without attributes.",
                f"Check 'url' of sources.{self.source} in the market file.",
                transient=False,
            )

    def _align(self, record: Mapping[str, Any]) -> None:
        """Take the names from an answer: joined layers write them dotted in one place and not in the other."""
        for field_name, name in self.names.items():
            self.names[field_name] = _key_in(record, name)
        if self._object_id is not None:
            if not find_field(self._object_id, record):
                # Described, but not sent.
                self._object_id = None
                self.warnings.append(_NO_OBJECT_ID)
            else:
                self._object_id = _key_in(record, self._object_id)
        self._dates = frozenset(self.names[field_name] for field_name in self._date_fields)
        self._names_are_aligned = True


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _are_ids(value: Any) -> bool:
    """A list of numbers within 64 bits, or null for none."""
    return value is None or (
        isinstance(value, list) and all(type(one) is int and -_WIDEST <= one < _WIDEST for one in value)
    )


def _extent(features: list[Any]) -> tuple[int | None, int | None] | None:
    """Lowest and highest id of a row of statistics, null where there are none; ``None`` when these are none."""
    attributes = _object(_object(features[0]).get("attributes"))
    row = {name.lower(): value for name, value in attributes.items()}
    bounds = (row.get("lowest"), row.get("highest"))
    if not row or any(value is not None and not _is_whole(value) for value in bounds):
        return None
    low, high = (None if value is None else int(value) for value in bounds)
    return low, high


def _is_whole(value: Any) -> bool:
    return type(value) is int or (type(value) is float and value.is_integer())


def _key_in(record: Mapping[str, Any], name: str) -> str:
    names = find_field(name, record)
    return names[0] if len(names) == 1 else name
