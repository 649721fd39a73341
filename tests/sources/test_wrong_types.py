"""Answers whose JSON has another form than the service's own documents say: told as the publisher's, or read past."""

from pathlib import Path
from typing import Any

import pytest

from tests.servers import Reply, on
from tests.servers.arcgis import ArcGISServer
from tests.servers.socrata import SocrataServer
from tests.sources.helpers import FIELDS, REQUEST, Opener, drain, features, layer_of, served
from wholesaler.errors import ConfigurationError, SourceError
from wholesaler.sources.interface import FetchRequest

WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "a number": 5,
    "a negative number": -3,
    "a fraction": 1.5,
    "a huge number": 10**19,
    "a text": "five",
    "a list": [],
    "a list of numbers": [1, 2],
    "a list of texts": ["a"],
    "a list of nulls": [None],
    "a list of lists": [[1]],
    "an object": {},
    "an object of texts": {"a": "b"},
    "an object of lists": {"name": [], "attributes": [], "features": {}},
}
LAYER = {
    "id": 0,
    "type": "Feature Layer",
    "objectIdField": "OBJECTID",
    "geometryType": "esriGeometryPoint",
    "maxRecordCount": 20,
    "capabilities": "Query",
    "fields": [{"name": name, "type": kind} for name, kind in FIELDS.items()],
    "advancedQueryCapabilities": {"supportsPagination": True, "supportsOrderBy": True},
    "editingInfo": {"lastEditDate": 1, "dataLastEditDate": 1},
}
#: a place in an answer (a path of keys; ``None`` for the whole), and the kind of request it answers
PLACES: dict[tuple[Any, ...], tuple[str, Any]] = {
    ("metadata",): ("metadata", LAYER),
    **{("metadata", name): ("metadata", LAYER) for name in LAYER},
    ("metadata", "fields", 0): ("metadata", LAYER),
    ("metadata", "fields", 0, "name"): ("metadata", LAYER),
    ("metadata", "fields", 0, "type"): ("metadata", LAYER),
    ("metadata", "error"): ("metadata", LAYER),
    ("metadata", "status"): ("metadata", LAYER),
    ("count",): ("count", {"count": 45}),
    ("count", "count"): ("count", {"count": 45}),
    ("page",): ("page", {"features": features(20)}),
}
PAGE: dict[str, Any] = {
    "features": features(20),
    "spatialReference": {"wkid": 4326},
    "properties": {"exceededTransferLimit": False},
    "exceededTransferLimit": True,
}
for key in (
    *((name,) for name in PAGE),
    ("spatialReference", "wkid"),
    ("properties", "exceededTransferLimit"),
    ("features", 0),
    ("features", 0, "attributes"),
    ("features", 0, "attributes", "OBJECTID"),
    ("features", 0, "attributes", "PARCEL"),
    ("features", 0, "geometry"),
    ("features", 0, "geometry", "x"),
):
    PLACES["page", *key] = ("page", PAGE)
IDS = {"objectIds": list(range(1, 46))}
STATISTICS = {"features": [{"attributes": {"lowest": 1, "highest": 45}}]}
for key in ((), ("objectIds",), ("objectIds", 0)):
    PLACES["ids", *key] = ("ids", IDS)
for key in ((), ("features",), ("features", 0), ("features", 0, "attributes"), ("features", 0, "attributes", "lowest")):
    PLACES["statistics", *key] = ("statistics", STATISTICS)


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of ``body`` with ``value`` at ``path``."""
    if not path:
        return value
    if isinstance(body, list):
        return [replaced(one, path[1:], value) if place == path[0] else one for place, one in enumerate(body)]
    return {**body, path[0]: replaced(body.get(path[0], {}), path[1:], value)}


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_layers_answer_of_a_wrong_type_is_the_publishers_fault(
    server: ArcGISServer, tmp_path: Path, path: Any
) -> None:
    kind, body = PLACES[path]
    for name, value in WRONG.items():
        # a record without an id may come more than once, since nothing tells it from others
        url = served(server, 45, supports_pagination=kind in {"metadata", "count", "page"})
        layer = layer_of(server)
        layer.lists_ids = kind != "statistics"
        layer.faults.append(on(kind, Reply(replaced(body, path[1:], value))))
        with Opener(tmp_path, WHOLESALER_HTTP_RETRIES=1) as opener:
            try:
                records, _, outcome = drain(opener.open(url).fetch(REQUEST))
            except (SourceError, ConfigurationError):
                continue
            assert len(records) <= 100, name
            assert outcome.complete <= (outcome.received == 45), name


ROWS = [{":id": f"row-{number}", "apno": str(number), "place": None} for number in range(3)]
VIEW = {"columns": [{"fieldName": "apno", "dataTypeName": "text"}]}
SOCRATA: dict[tuple[Any, ...], Any] = {
    ("page",): ROWS,
    ("page", 0): ROWS,
    ("page", 0, ":id"): ROWS,
    ("page", 0, "apno"): ROWS,
    ("page", 0, "place"): ROWS,
    ("count",): [{"count": "3"}],
    ("count", 0): [{"count": "3"}],
    ("count", 0, "count"): [{"count": "3"}],
    ("probe",): ROWS,
    ("probe", 0): ROWS,
    ("view",): VIEW,
    ("view", "columns"): VIEW,
    ("view", "columns", 0): VIEW,
    ("view", "columns", 0, "fieldName"): VIEW,
    ("view", "columns", 0, "dataTypeName"): VIEW,
}


@pytest.mark.parametrize("path", SOCRATA, ids=lambda path: ".".join(map(str, path)))
def test_a_datasets_answer_of_a_wrong_type_is_the_publishers_fault(
    portal: SocrataServer, tmp_path: Path, path: Any
) -> None:
    for name, value in WRONG.items():
        url = portal.add_dataset("abcd-1234", {"apno": "text", "place": "point"}, ROWS, headers=path[0] != "view")
        portal.datasets["abcd-1234"].faults.append(on(path[0], Reply(replaced(SOCRATA[path], path[1:], value))))
        with Opener(tmp_path, WHOLESALER_HTTP_RETRIES=1) as opener:
            try:
                records, _, _ = drain(opener.open(url, "socrata").fetch(FetchRequest(fields=("apno",))))
            except (SourceError, ConfigurationError):
                continue
            assert len(records) <= 6, name


@pytest.mark.parametrize("header", ["", "null", "5", '"a"', "{}", "[5]", "[[]]", "[null]", '{"a": 1}', "[", "é"])
@pytest.mark.parametrize("name", ["X-SODA2-Fields", "X-SODA2-Types"])
def test_headers_of_a_wrong_type_are_passed_over(portal: SocrataServer, opener: Opener, name: str, header: str) -> None:
    url = portal.add_dataset("abcd-1234", {"apno": "text"}, ROWS, headers=False)
    headers = {"X-SODA2-Fields": '["apno"]', "X-SODA2-Types": '["text"]', name: header}
    portal.datasets["abcd-1234"].faults.append(on("probe", Reply(ROWS, headers=headers)))
    try:
        records, _, _ = drain(opener.open(url, "socrata").fetch(FetchRequest(fields=("apno",))))
    except ConfigurationError:
        return
    assert len(records) == 3


def test_a_page_of_a_wrong_type_is_asked_again(server: ArcGISServer, opener: Opener) -> None:
    url = served(server, 45)
    layer_of(server).faults.append(on("page", Reply({"features": 5}), 1))
    records, _, outcome = drain(opener.open(url).fetch(REQUEST))
    assert (len(records), outcome.complete) == (45, True)
