"""What an ArcGIS layer says about itself (``<layer>?f=json``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wholesaler.errors import SourceError
from wholesaler.sources.fields import find_field, told_titles
from wholesaler.sources.http.endpoint import Endpoint
from wholesaler.sources.paging.where import FieldKind

_OID = "esriFieldTypeOID"
DATE_TYPE = "esriFieldTypeDate"
OWN_TYPES = frozenset({_OID, "esriFieldTypeGlobalID", "esriFieldTypeGeometry"})
_NUMERIC = frozenset(
    {_OID} | {f"esriFieldType{kind}" for kind in ("SmallInteger", "Integer", "BigInteger", "Single", "Double")}
)
#: used when the layer names no limit; ArcGIS's own default
_DEFAULT_RECORD_COUNT = 1000


@dataclass(frozen=True)
class Layer:
    """A layer's description. ``fields`` maps names to Esri types; ``object_id`` is one of them or ``None``."""

    object_id: str | None
    max_record_count: int
    paginates: bool
    orders: bool
    geometry_type: str | None
    fields: dict[str, str]
    #: times of the last edits, which only hosted layers tell
    last_edit: str | None = None
    #: field → its codes as text, each with its name
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    #: field → its alias, where that is another text than its name
    titles: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def own_fields(self) -> set[str]:
        """Fields that ArcGIS itself makes."""
        return {name for name, kind in self.fields.items() if kind in OWN_TYPES}

    @property
    def dates(self) -> set[str]:
        """Fields that are sent as epoch milliseconds; the date-only types of ArcGIS 11.2 are sent as text."""
        return {name for name, kind in self.fields.items() if kind == DATE_TYPE}

    def kind_of(self, name: str) -> FieldKind:
        """What a field holds, for its conditions."""
        if self.numeric(name):
            return FieldKind.NUMBER
        return {DATE_TYPE: FieldKind.DAY, "esriFieldTypeString": FieldKind.TEXT}.get(
            self.fields.get(name, ""), FieldKind.OTHER
        )

    def numeric(self, name: str) -> bool:
        """Whether values of this field are written without quotes in a WHERE clause."""
        return self.fields.get(name) in _NUMERIC


def read_layer(endpoint: Endpoint) -> Layer:
    """Read a layer's description; raises ``SourceError`` when it is no layer that can be queried."""
    body = endpoint.get({"f": "json"}, valid=_describes).body
    descriptions = [
        one for one in body.get("fields") or [] if isinstance(one, dict) and isinstance(one.get("name"), str)
    ]
    fields = {one["name"]: str(one.get("type", "")) for one in descriptions if one["name"]}
    advice = f"Correct 'url' of sources.{endpoint.source} in the market file."
    if not fields:
        raise SourceError(
            f"{endpoint.source}: {endpoint.host} describes no layer with fields there (but {_kind(body)}).",
            f"The address of a layer ends in its number. {advice}",
            transient=False,
        )
    capabilities = body.get("capabilities")
    if isinstance(capabilities, str) and capabilities and "query" not in capabilities.lower():
        raise SourceError(
            f"{endpoint.source}: the layer at {endpoint.host} permits {capabilities} and no queries.",
            advice,
            transient=False,
        )
    query_capabilities = body.get("advancedQueryCapabilities")
    if not isinstance(query_capabilities, dict):
        query_capabilities = {}
    return Layer(
        object_id=object_id_field(body, fields),
        max_record_count=_positive(body.get("maxRecordCount")) or _DEFAULT_RECORD_COUNT,
        paginates=bool(query_capabilities.get("supportsPagination", body.get("supportsPagination", False))),
        orders=bool(query_capabilities.get("supportsOrderBy", body.get("supportsAdvancedQueries", True))),
        geometry_type=body.get("geometryType"),
        fields=fields,
        last_edit=_last_edit(body.get("editingInfo")),
        codes=_codes(body, descriptions),
        titles={one["name"]: titles for one in descriptions if (titles := told_titles(one["name"], one.get("alias")))},
    )


def object_id_field(body: Mapping[str, Any], fields: Mapping[str, str]) -> str | None:
    """The record id's field: the one the description names, else the one of that type (``fields``: name → type)."""
    name_in_body = body.get("objectIdField") or body.get("objectIdFieldName")
    names = find_field(str(name_in_body), fields) if name_in_body else []
    names += [name for name, kind in fields.items() if kind == _OID]
    return names[0] if names else None


def _codes(body: Mapping[str, Any], descriptions: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The names of codes: of fields with a domain of coded values, and of the field that tells a layer's subtypes."""
    found: dict[str, dict[str, str]] = {}
    for one in descriptions:
        domain = one.get("domain")
        values = domain.get("codedValues") if isinstance(domain, dict) else None
        found[one["name"]] = _named(values, "code")
    name = body.get("typeIdField") or body.get("subtypeField")
    types = body.get("types") or body.get("subtypes")
    for field_name in find_field(name, found) if isinstance(name, str) and name else ():
        found[field_name] = found[field_name] or _named(types, "id") or _named(types, "code")
    return {field_name: names for field_name, names in found.items() if names}


def _named(values: Any, key: str) -> dict[str, str]:
    several = [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []
    return {
        str(int(one[key]) if isinstance(one[key], float) and one[key].is_integer() else one[key]).strip(): name
        for one in several
        if isinstance(one.get(key), str | int | float) and isinstance(one.get("name"), str)
        if (name := " ".join(one["name"].split()))
    }


def _last_edit(info: Any) -> str | None:
    """``lastEditDate`` is of the data or the description, ``dataLastEditDate`` of the data; milliseconds."""
    if not isinstance(info, dict) or info.get("lastEditDate") is None:
        return None
    return f"{info['lastEditDate']}/{info.get('dataLastEditDate')}"


def _positive(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _describes(body: Any) -> bool:
    """Whether this can be a description, even of something that is no layer, and is no answer of another kind."""
    return isinstance(body, dict) and isinstance(body.get("fields"), list | None)


def _kind(body: dict[str, Any]) -> str:
    return f"a {body['type']}" if isinstance(body.get("type"), str) else "something else"
