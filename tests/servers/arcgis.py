"""An ArcGIS server with the manners, and on request the faults, of those that counties run.

``with ArcGISServer() as server: url = server.add_layer("Parcels/MapServer/0", fields, features)``. Features are Esri
JSON. What goes wrong is switched on in the returned :class:`Layer` (``server.layers[path]``), or scripted with its
``faults``.
"""

import ssl
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.servers import FakeServer, Fault, Reply, Request
from tests.servers.where import Predicate, WhereError, compile_where

#: page answers kept ready for a layer with ``cached``
_CACHED_PAGES = 2048


def esri_error(code: int, message: str, details: Sequence[str] | None = None, status: int = 200) -> Reply:
    """An ArcGIS error, by default inside HTTP 200; without ``details`` the key is missing, as some servers have it."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details is not None:
        error["details"] = list(details)
    return Reply({"error": error}, status)


@dataclass
class Layer:
    """A layer and its faults.

    ``fields`` maps names to Esri types. ``cap`` is the real page limit, where it differs from the
    ``max_record_count`` that the layer claims; ``flagged`` is whether ``exceededTransferLimit`` is sent.
    ``deepest_offset``: an offset beyond it is refused. ``empty_offsets``: pages behind the first are empty;
    ``ignores_offset``: they are the first again.
    ``renamed``: field names in answers where they differ from the description. ``slow``: seconds for each answer.
    ``codes``: field → code → its name, a domain of coded values.
    ``edited``: when the layer says that it was edited last, in epoch milliseconds; most say nothing.
    """

    fields: dict[str, str]
    features: list[dict[str, Any]]
    geometry_type: str | None = "esriGeometryPoint"
    max_record_count: int = 2000
    supports_pagination: bool | None = True
    oid_field: str | None = "OBJECTID"
    capabilities: str = "Map,Query,Data"
    wkid: int = 4326
    cap: int | None = None
    flagged: bool = True
    deepest_offset: int | None = None
    empty_offsets: bool = False
    ignores_offset: bool = False
    counts: bool = True
    lists_ids: bool = True
    refuses_named_fields: bool = False
    refuses_post: int | None = None
    refuses_plus: bool = False
    longest_query: int | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    slow: float = 0.0
    cached: bool = False
    edited: int | None = None
    name: str = ""
    codes: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    #: called before each page with its request; may change ``features``
    changes: list[Any] = field(default_factory=list)
    _pages: dict[str, bytes] = field(default_factory=dict, repr=False)

    def description(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "id": 0,
            "type": "Feature Layer" if self.geometry_type else "Table",
            "objectIdField": self.oid_field,
            "geometryType": self.geometry_type,
            "maxRecordCount": self.max_record_count,
            "capabilities": self.capabilities,
            "fields": [{"name": name, "type": kind, "alias": name} for name, kind in self.fields.items()],
        }
        for one in described["fields"]:
            if one["name"] in self.codes:
                values = [{"code": code, "name": name} for code, name in self.codes[one["name"]].items()]
                one["domain"] = {"type": "codedValue", "name": "Words", "codedValues": values}
        if self.name:
            described["name"] = self.name
        if self.edited is not None:
            described["editingInfo"] = {"lastEditDate": self.edited}
        if self.supports_pagination is not None:
            described["advancedQueryCapabilities"] = {
                "supportsPagination": self.supports_pagination,
                "supportsStatistics": True,
                "supportsOrderBy": True,
            }
        return described


class ArcGISServer(FakeServer):
    """Layers under ``<url>/arcgis/rest/services/<path>``; request kinds: metadata, page, count, ids, statistics."""

    def __init__(self, certificate: ssl.SSLContext | None = None) -> None:
        super().__init__(certificate)
        self.layers: dict[str, Layer] = {}

    def add_layer(
        self, path: str, fields: Mapping[str, str], features: Iterable[dict[str, Any]], **options: Any
    ) -> str:
        """Serve ``features`` (``{"attributes", "geometry"}``); the options are those of :class:`Layer`. The URL."""
        self.layers[path] = Layer(dict(fields), list(features), **options)
        return f"{self.url}/arcgis/rest/services/{path}"

    def kind(self, request: Request) -> str:
        if not request.path.endswith("/query"):
            return "metadata"
        for parameter, kind in (("returnCountOnly", "count"), ("returnIdsOnly", "ids")):
            if request.params.get(parameter) == "true":
                return kind
        return "statistics" if "outStatistics" in request.params else "page"

    def answer(self, request: Request) -> Reply:
        layer = self.layers.get(request.path.removesuffix("/query").removeprefix("/arcgis/rest/services/"))
        if layer is None:
            return esri_error(404, "Service not found", [])
        for fault in layer.faults:
            reply = fault(request)
            if reply is not None:
                return reply
        refusal = _refusal(layer, request)
        if refusal is not None:
            return refusal
        if request.kind == "metadata":
            return Reply(layer.description(), delay=layer.slow)
        for change in layer.changes:
            change(layer, request)
        try:
            return Reply(self._query(layer, request), delay=layer.slow)
        except WhereError as error:
            return esri_error(400, "Unable to complete operation.", [str(error)])

    def _query(self, layer: Layer, request: Request) -> Any:
        params = request.params
        if request.kind == "page" and layer.cached:
            key = orjson.dumps(sorted(params.items())).decode()
            if key not in layer._pages:
                if len(layer._pages) >= _CACHED_PAGES:
                    layer._pages.clear()
                layer._pages[key] = orjson.dumps(_page(layer, params))
            return layer._pages[key]
        if request.kind == "page":
            return _page(layer, params)
        matching = _matching(layer, params)
        if request.kind == "count":
            return {"count": len(matching)} if layer.counts else {"error": {"code": 400, "message": "Not supported"}}
        ids = [one["attributes"][layer.oid_field] for one in matching]
        if request.kind == "ids":
            if not layer.lists_ids:
                return {"error": {"code": 500, "message": "Error performing query operation"}}
            return {"objectIdFieldName": layer.oid_field, "objectIds": ids or None}
        if grouped := params.get("groupByFieldsForStatistics"):
            counts = Counter(feature["attributes"].get(grouped) for feature in matching)
            alias = orjson.loads(params["outStatistics"])[0]["outStatisticFieldName"].upper()
            return {"features": [{"attributes": {grouped: value, alias: times}} for value, times in counts.items()]}
        row = {}
        for one in orjson.loads(params["outStatistics"]):
            column = [feature["attributes"].get(one["onStatisticField"]) for feature in matching]
            values = [value for value in column if value is not None]
            extreme = min if one["statisticType"] == "min" else max
            row[one["outStatisticFieldName"].upper()] = extreme(values, default=None)
        return {"features": [{"attributes": row}]}


def _refusal(layer: Layer, request: Request) -> Reply | None:
    if layer.refuses_post is not None and request.method == "POST":
        return Reply(b"<html>no</html>", layer.refuses_post)
    if layer.refuses_plus and "+" in request.query:
        return Reply(b"<html>Access Denied</html>", 403)
    if layer.longest_query is not None and len(request.query) > layer.longest_query:
        return Reply(b"<html>not found</html>", 404)
    return None


def _matching(layer: Layer, params: Mapping[str, str]) -> list[dict[str, Any]]:
    where = params.get("where", "")
    if where == "1=1":
        return layer.features
    predicate: Predicate = compile_where(where, set(layer.fields))
    return [one for one in layer.features if predicate(one["attributes"])]


def _page(layer: Layer, params: Mapping[str, str]) -> dict[str, Any]:
    if not layer.supports_pagination and ("resultOffset" in params or "resultRecordCount" in params):
        return {"error": {"code": 400, "message": "Pagination is not supported.", "details": []}}
    named = params.get("outFields", "*")
    if layer.refuses_named_fields and named != "*":
        return {"error": {"code": 400, "message": "Failed to execute query.", "details": []}}
    unknown = [name for name in named.split(",") if name != "*" and name not in layer.fields]
    if unknown:
        return {
            "error": {"code": 400, "message": "Invalid query parameters.", "details": [f"Invalid field: {unknown[0]}"]}
        }
    offset = 0 if layer.ignores_offset else int(params.get("resultOffset", 0))
    if layer.deepest_offset is not None and offset > layer.deepest_offset:
        return {"error": {"code": 400, "message": "Unable to perform query.", "details": []}}
    matching = _matching(layer, params)
    if layer.oid_field and params.get("orderByFields", "").split(" ")[0] == layer.oid_field:
        matching = sorted(matching, key=lambda one: one["attributes"][layer.oid_field])
    limit = min(int(params.get("resultRecordCount", layer.max_record_count)), layer.cap or layer.max_record_count)
    chosen = matching[offset : offset + limit]
    if layer.empty_offsets and offset:
        return {"features": []}
    geometry = layer.geometry_type is not None and params.get("returnGeometry", "true") == "true"
    names = list(layer.fields) if named == "*" else named.split(",")
    answer: dict[str, Any] = {
        "objectIdFieldName": layer.oid_field,
        "features": [_feature(layer, one, names, geometry) for one in chosen],
    }
    if geometry:
        answer |= {"geometryType": layer.geometry_type, "spatialReference": {"wkid": layer.wkid}}
    if layer.flagged and offset + limit < len(matching):
        answer["exceededTransferLimit"] = True
    return answer


def _feature(layer: Layer, feature: dict[str, Any], names: list[str], geometry: bool) -> dict[str, Any]:
    attributes = feature["attributes"]
    answered = {"attributes": {layer.renamed.get(name, name): attributes.get(name) for name in names}}
    if geometry and "geometry" in feature:
        answered["geometry"] = feature["geometry"]
    return answered
