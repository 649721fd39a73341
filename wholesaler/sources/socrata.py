"""Socrata datasets by SODA 2.1: ``/resource/<id>.json``, which answers without a token.

Rows are ordered by ``:id``, Socrata's own row id, since there is no order otherwise. A field that is null is absent
from its row, so that the fields a dataset has are read from the answer's headers or from the view's description.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from wholesaler.markets.market import SourceDefinition
from wholesaler.sources.fields import match_fields, the_field
from wholesaler.sources.geometry import geojson_point
from wholesaler.sources.http.answer import UNREADABLE, decode_json
from wholesaler.sources.http.client import Http
from wholesaler.sources.http.endpoint import LONGEST_URL, Answer, Endpoint, RequestFailed
from wholesaler.sources.interface import Fetch, FetchRequest, FieldTypes, Source
from wholesaler.sources.paging.fetch import ServiceFetch
from wholesaler.sources.paging.scan import Batch, Scan, Service
from wholesaler.sources.paging.where import EVERYTHING, Alternatives, alternatives

ROW_ID = ":id"
_GEOMETRIES = frozenset({"point", "multipoint", "polygon", "multipolygon", "location"})
_NUMBERS = frozenset({"number", "money", "percent", "double"})
_LEAST_ROOM = 200


def socrata_source(
    name: str, definition: SourceDefinition, http: Http, ca_bundle: str | None, token: str | None
) -> "SocrataSource":
    """The dataset at ``definition.url``, asked with the application token if there is one."""
    parts = urlsplit(definition.url)
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
    )


@dataclass(kw_only=True)
class SocrataSource(Source):
    """One dataset; ``view`` is the address of its description."""

    endpoint: Endpoint
    view: Endpoint
    where: str | None = None
    page_size: int = 2000

    def fetch(self, request: FetchRequest) -> Fetch:
        types = self._types()
        if types:
            available = [name for name in types if not name.startswith((":", "@"))]
            names, warnings = match_fields(self.name, request, available)
        else:
            # An unknown name then fails in the server's own words.
            names = {asked: asked for asked in request.fields}
            warnings = ["The publisher does not list the dataset's fields: new and missing ones go unnoticed."]
        service = _DatasetService(
            self.name,
            self.page_size,
            self.endpoint.concurrency,
            names,
            warnings,
            owner=self,
            known=types,
            request=request,
        )
        return ServiceFetch(service, self.where or EVERYTHING)

    def _types(self) -> dict[str, str]:
        """The dataset's fields with Socrata's type names; empty when neither a row nor the view names them."""
        answer = self.endpoint.get({"$limit": "1"}, valid=_is_list)
        names, kinds = _listed(answer, "x-soda2-fields"), _listed(answer, "x-soda2-types")
        if names:
            return dict(zip(names, kinds if len(kinds) == len(names) else [""] * len(names), strict=True))
        try:
            body = self.view.get({}, valid=lambda body: isinstance(body, dict)).body
        except RequestFailed:
            return {}
        columns = [column for column in body.get("columns") or [] if isinstance(column, dict)]
        return {str(one["fieldName"]): str(one.get("dataTypeName", "")) for one in columns if one.get("fieldName")}


@dataclass
class _DatasetService(Service):
    owner: SocrataSource = field(kw_only=True)
    known: dict[str, str] = field(kw_only=True)
    request: FetchRequest = field(kw_only=True)

    def __post_init__(self) -> None:
        places = [name for name, kind in self.known.items() if kind.lower() in _GEOMETRIES]
        self._place = places[0] if places and self.request.geometry else None
        wanted = [ROW_ID, *(name for name in self.names.values() if not self.known or name in self.known)]
        if self._place is not None:
            wanted.append(self._place)
        self._select = ",".join(dict.fromkeys(wanted))

    @property
    def types(self) -> FieldTypes:
        return FieldTypes(object_id=ROW_ID)

    def selection(self) -> list[Alternatives] | None:
        chosen = self.request.selection
        if chosen is None:
            return None
        name = the_field(self.source, chosen.field, list(self.known)) if self.known else chosen.field
        return alternatives(self.source, chosen, name, self.known.get(name, "").lower() in _NUMBERS)

    def room(self, where: str) -> int:
        bare = self.owner.endpoint.url(self._parameters(f"({where}) AND ()", self.page_size, None))
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

    def page(self, where: str, size: int, offset: int | None) -> Batch:
        parameters = self._parameters(where, size, offset)
        rows: list[Any] = self.owner.endpoint.get(parameters, valid=_is_list, shrinkable=True).body
        records = [row if isinstance(row, dict) else {} for row in rows]
        if self._place is None:
            return Batch(records, [None] * len(records))
        return Batch(records, [geojson_point(record.get(self._place)) for record in records])

    def otherwise(self, scan: Scan) -> Iterator[Batch]:
        """There is no other way: offsets are all that SODA has, and they work to any depth."""
        if scan.failure is not None:
            raise scan.failure
        return iter(())

    def _parameters(self, where: str, size: int, offset: int | None) -> dict[str, str]:
        parameters = {"$select": self._select, "$order": ROW_ID, "$limit": str(size)}
        if where != EVERYTHING:
            parameters["$where"] = where
        if offset:
            parameters["$offset"] = str(offset)
        return parameters


def _is_list(body: Any) -> bool:
    return isinstance(body, list)


def _is_count(body: Any) -> bool:
    try:
        return int(next(iter(body[0].values()))) >= 0
    except (LookupError, TypeError, ValueError, AttributeError, StopIteration):
        return False


def _listed(answer: Answer, header: str) -> list[str]:
    """The JSON list of texts in a header, or an empty one."""
    try:
        names = decode_json(answer.headers.get(header, "[]").encode())
    except ValueError:
        return []
    return [str(name) for name in names] if isinstance(names, list) else []
