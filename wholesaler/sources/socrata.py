"""Socrata datasets by SODA 2.1: ``/resource/<id>.json``, which answers without a token.

Rows are ordered by ``:id``, Socrata's own row id, since there is no order otherwise; by the market file's key, or all
that is asked for, where a view has no row ids. A field that is null is absent
from its row, so that the fields a dataset has are read from the answer's headers or from the view's description.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.markets.source import SourceDefinition
from wholesaler.markets.values import fields_of
from wholesaler.sources.fields import match_fields, resolve_field, told_titles
from wholesaler.sources.geometry import geojson_point
from wholesaler.sources.http.answer import UNREADABLE, decode_json
from wholesaler.sources.http.client import Http
from wholesaler.sources.http.endpoint import LONGEST_URL, Answer, Endpoint, RequestFailed
from wholesaler.sources.interface import Fetch, FetchRequest, FieldTypes, Source
from wholesaler.sources.paging.fetch import ServiceFetch
from wholesaler.sources.paging.sample import SampleFetch
from wholesaler.sources.paging.scan import Batch, Scan, Service
from wholesaler.sources.paging.where import (
    EVERYTHING,
    SOQL,
    Disjunction,
    FieldKind,
    conjunction,
    disjunctions,
    restriction,
)

ROW_ID = ":id"
_GEOMETRIES = frozenset({"point", "multipoint", "line", "multiline", "polygon", "multipolygon", "location"})
_NUMBERS = frozenset({"number", "money", "percent", "double"})
_DAYS = frozenset({"calendar_date", "floating_timestamp", "fixed_timestamp"})
_LEAST_ROOM = 200
#: different values of a field beyond which it is no field of words
_MOST_WORDS = 1000


def socrata_source(
    name: str, definition: SourceDefinition, http: Http, ca_bundle: str | None, token: str | None
) -> "SocrataSource":
    """The dataset at ``definition.urls``, asked with the application token if there is one."""
    parts = urlsplit(definition.urls[0])
    path = parts.path.rstrip("/")
    dataset = path.rpartition("/")[2].removesuffix(".json")
    headers = {"X-App-Token": token} if token else {}

    def endpoint(path: str) -> Endpoint:
        # Form data sent to a dataset would be an attempt to write to it.
        url = parts._replace(path=path).geturl()
        return http.endpoint(name, url, ca_bundle=ca_bundle, headers=headers, posts=False)

    return SocrataSource(
        name,
        endpoint=endpoint(path if path.endswith(".json") else f"{path}.json"),
        view=endpoint(f"/api/views/{dataset}.json"),
        where=definition.where,
        page_size=definition.page_size,
        key=fields_of(*(definition.fields.get(one, one) if isinstance(one, str) else one for one in definition.key)),
    )


@dataclass(kw_only=True)
class SocrataSource(Source):
    """One dataset; ``view`` is the address of its description."""

    endpoint: Endpoint
    view: Endpoint
    where: str | None = None
    page_size: int = 2000
    #: the publisher's fields that make the key
    key: tuple[str, ...] = ()

    def field_types(self) -> dict[str, str]:
        return {name: kind for name, kind in self._types().items() if not name.startswith((":", "@"))}

    def newest(self, field_name: str, until: date) -> Any:
        if _kind_of(self._types().get(field_name, "")) is not FieldKind.DAY:
            return None
        where = conjunction(self.where, f"{field_name} <= {SOQL.day(until)}")
        rows = self.endpoint.get({"$select": f"max({field_name}) AS newest", "$where": where}, valid=_is_list).body
        return next((value for row in rows if isinstance(row, dict) for value in row.values()), None)

    def titles(self) -> dict[str, tuple[str, ...]]:
        """The headings of the columns with what is said of them; none where the view does not tell."""
        try:
            columns = self._columns()
        except SourceError:
            return {}
        found = {one["fieldName"]: told_titles(one["fieldName"], one.get("name"), one.get("description"))
                 for one in columns}  # fmt: skip
        return {name: titles for name, titles in found.items() if titles}

    def fetch(self, request: FetchRequest) -> Fetch:
        types = self._types()
        place = _place(self.name, types, request)
        if types:
            available = [name for name in types if not name.startswith((":", "@"))]
            names, warnings = match_fields(self.name, request, available, filter(None, [place]))
        else:
            if request.patterns:
                raise ConfigurationError(
                    f"sources.{self.name}: the publisher does not list the dataset's fields, so that none can be found "
                    f"by the expression '{min(request.patterns)}'.",
                    "Write the field's own name.",
                )
            # An unknown name then fails in the server's own words.
            names = {field_name: field_name for field_name in request.fields}
            warnings = ["The publisher does not list the dataset's fields: new and missing ones go unnoticed."]
        service = _DatasetService(
            self.name,
            self.page_size,
            self.endpoint.concurrency,
            names,
            warnings,
            owner=self,
            field_types=types,
            request=request,
            place=place,
        )
        wanted = restriction(self.name, request.only, names, lambda name: _kind_of(types.get(name, "")), SOQL)
        where = conjunction(self.where, wanted)
        return ServiceFetch(service, where) if request.sample is None else SampleFetch(service, where, request.sample)

    def _types(self) -> dict[str, str]:
        """The dataset's fields with Socrata's type names; empty when neither a row nor the view names them."""
        answer = self.endpoint.get({"$limit": "1"}, valid=_is_list)
        names, kinds = _names_in_header(answer, "x-soda2-fields"), _names_in_header(answer, "x-soda2-types")
        if names:
            return dict(zip(names, kinds if len(kinds) == len(names) else [""] * len(names), strict=True))
        try:
            return {one["fieldName"]: str(one.get("dataTypeName", "")) for one in self._columns()}
        except RequestFailed:
            return {}

    def _columns(self) -> list[dict[str, Any]]:
        """The columns as the view describes them; raises ``SourceError``."""
        body = self.view.get({}, valid=lambda body: isinstance(body, dict)).body
        columns = body["columns"] if isinstance(body.get("columns"), list) else []
        described_columns = [one for one in columns if isinstance(one, dict) and isinstance(one.get("fieldName"), str)]
        return [one for one in described_columns if one["fieldName"]]


@dataclass
class _DatasetService(Service):
    owner: SocrataSource = field(kw_only=True)
    field_types: dict[str, str] = field(kw_only=True)
    request: FetchRequest = field(kw_only=True)
    place: str | None = field(kw_only=True)
    _row_id: str | None = field(init=False, default=ROW_ID)
    _row_ids_came: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._field_names = [
            name for name in dict.fromkeys(self.names.values()) if not self.field_types or name in self.field_types
        ]
        key = [
            name
            for field_name, name in self.names.items()
            if field_name in self.owner.key and name in self._field_names
        ]
        self._order = ",".join(key or self._field_names)
        self._lock = threading.Lock()

    @property
    def types(self) -> FieldTypes:
        return FieldTypes(object_id=self._row_id)

    def selection(self) -> list[Disjunction] | None:
        selection = self.request.selection
        if selection is None:
            return None
        name = (
            resolve_field(self.source, selection.field, list(self.field_types)) if self.field_types else selection.field
        )
        return disjunctions(self.source, selection, name, self.field_types.get(name, "").lower() in _NUMBERS)

    def room(self, where: str) -> int:
        bare = self.owner.endpoint.url(self._parameters(f"({where}) AND ()", self.page_size, None, self._row_id))
        return max(_LEAST_ROOM, LONGEST_URL - len(bare))

    def count(self, where: str) -> int | None:
        parameters = {"$select": "count(*)"} | ({} if where == EVERYTHING else {"$where": where})
        try:
            rows = self.owner.endpoint.get(parameters, valid=_is_count).body
        except RequestFailed as failure:
            if failure.hopeless and failure.status != UNREADABLE:
                raise
            return None
        return int(next(iter(rows[0].values())))

    def words(self, where: str, name: str) -> dict[Any, int] | None:
        parameters = {"$select": f"{name},count(*) AS times", "$group": name, "$limit": str(_MOST_WORDS)}
        if where != EVERYTHING:
            parameters["$where"] = where
        try:
            rows = self.owner.endpoint.get(parameters, valid=_is_list).body
        except RequestFailed:
            return None
        counts: dict[Any, int] = {}
        for row in rows:
            if not isinstance(row, dict) or not _is_count([{"times": row.get("times")}]):
                return None  # an answer to another question
            value = row.get(name)
            if isinstance(value, str | int | float):
                counts[value] = counts.get(value, 0) + int(row["times"])
        return counts if len(rows) < _MOST_WORDS else None

    def page(self, where: str, size: int, offset: int | None) -> Batch:
        records = self._records(where, size, offset)
        if self.place is None:
            return Batch(records, [None] * len(records))
        return Batch(records, [geojson_point(record.get(self.place)) for record in records])

    def _records(self, where: str, size: int, offset: int | None) -> list[dict[str, Any]]:
        row_id = self._row_id
        try:
            records = self._rows(self._parameters(where, size, offset, row_id))
        except RequestFailed as failure:
            if row_id is None or self._row_ids_came or failure.status != HTTPStatus.BAD_REQUEST:
                raise
            try:
                records = self._rows(self._parameters(where, size, offset, None))
            except RequestFailed:
                raise failure from None
            self._do_without_row_ids()
            return records
        if row_id is None or self._row_ids_came or not any(records):
            return records
        if any(record.get(row_id) is not None for record in records):
            self._row_ids_came = True
            return records
        # accepted, but not sent
        self._do_without_row_ids()
        return self._rows(self._parameters(where, size, offset, None))

    def _rows(self, parameters: dict[str, str]) -> list[dict[str, Any]]:
        rows: list[Any] = self.owner.endpoint.get(parameters, valid=_is_list, shrinkable=True).body
        return [row if isinstance(row, dict) else {} for row in rows]

    def _do_without_row_ids(self) -> None:
        with self._lock:
            if self._row_id is not None:
                self._row_id = None
                self.warnings.append(
                    f"The dataset has no row ids ({ROW_ID}): its pages are ordered by {self._order}, "
                    "and equal records are taken for one."
                )

    def without_offsets(self, scan: Scan) -> Iterator[Batch]:
        """There is no other way: offsets are all that SODA has, and they work to any depth."""
        if scan.failure is not None:
            raise scan.failure
        return iter(())

    def _parameters(self, where: str, size: int, offset: int | None, row_id: str | None) -> dict[str, str]:
        select_list = dict.fromkeys(filter(None, (row_id, *self._field_names, self.place)))
        parameters = {"$select": ",".join(select_list), "$order": row_id or self._order, "$limit": str(size)}
        if where != EVERYTHING:
            parameters["$where"] = where
        if offset:
            parameters["$offset"] = str(offset)
        return parameters


def _kind_of(type_name: str) -> FieldKind:
    """What a field of a type holds, for its conditions."""
    kind = type_name.lower()
    if kind in _NUMBERS:
        return FieldKind.NUMBER
    if kind in _DAYS:
        return FieldKind.DAY
    return {"text": FieldKind.TEXT, "checkbox": FieldKind.FLAG}.get(kind, FieldKind.OTHER)


def _is_list(body: Any) -> bool:
    return isinstance(body, list)


def _place(source: str, types: dict[str, str], request: FetchRequest) -> str | None:
    """The field with the records' place; raises ``ConfigurationError`` where it is not clear which is meant."""
    if not request.geometry:
        return None
    if request.geometry_field is not None:
        return resolve_field(source, request.geometry_field, list(types)) if types else request.geometry_field
    places = [name for name, kind in types.items() if kind.lower() in _GEOMETRIES]
    if len(places) > 1:
        raise ConfigurationError(
            f"sources.{source}.location: the dataset has several places: {', '.join(places)}.",
            f'Say which is meant: location = {{ field = "{places[0]}" }}.',
        )
    return places[0] if places else None


def _is_count(body: Any) -> bool:
    try:
        value = next(iter(body[0].values()))
        return not isinstance(value, bool) and int(value) >= 0
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration, OverflowError):
        return False


def _names_in_header(answer: Answer, header: str) -> list[str]:
    """The JSON list of texts in a header, or an empty one."""
    try:
        names = decode_json(answer.headers.get(header, "[]").encode())
    except ValueError:
        return []
    return [str(name) for name in names] if isinstance(names, list) else []
