"""Layers to serve, and sources opened on them as the program opens them."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.servers import Request
from tests.servers.arcgis import ArcGISServer, Layer
from wholesaler.markets.market import Host
from wholesaler.markets.source import SourceDefinition
from wholesaler.settings import Settings
from wholesaler.sources import Http, open_source
from wholesaler.sources.interface import Fetch, FetchRequest, Outcome, Point, Source

FIELDS = {
    "OBJECTID": "esriFieldTypeOID",
    "PARCEL": "esriFieldTypeString",
    "AMOUNT": "esriFieldTypeDouble",
    "OPENED": "esriFieldTypeDate",
    "Shape": "esriFieldTypeGeometry",
}
REQUEST = FetchRequest(fields=("PARCEL", "AMOUNT", "OPENED"))


def features(count: int, start: int = 1) -> list[dict[str, Any]]:
    """Point features numbered from ``start``."""
    return [feature(number) for number in range(start, start + count)]


def feature(number: int) -> dict[str, Any]:
    attributes = {"OBJECTID": number, "PARCEL": f"P{number:05d}", "AMOUNT": number * 1.5, "OPENED": 1_700_000_000_000}
    return {"attributes": attributes, "geometry": {"x": -81.0 - number / 1e6, "y": 28.5}}


def served(server: ArcGISServer, count: int = 95, **options: Any) -> str:
    """The address of a layer in pages of 20."""
    return server.add_layer("L/0", FIELDS, features(count), **{"max_record_count": 20, **options})


def nameless(server: ArcGISServer, count: int = 95, **options: Any) -> str:
    """The same without object ids."""
    fields = {name: kind for name, kind in FIELDS.items() if name != "OBJECTID"}
    return server.add_layer("L/0", fields, features(count), max_record_count=20, oid_field=None, **options)


def layer_of(server: ArcGISServer) -> Layer:
    """The layer of these two."""
    return server.layers["L/0"]


def delete_first(number: int, rows: int = 1) -> Callable[[Layer, Request], None]:
    """A change of a layer: its first rows go when the page with this number is asked."""

    def change(layer: Layer, request: Request) -> None:
        if request.kind == "page" and request.number == number:
            layer.features = layer.features[rows:]

    return change


class Opener:
    """One run's Http and settings; ``open(url, …)`` makes a source of a definition.

    One request at a time unless a test says otherwise, so that the servers' logs have an order.
    """

    def __init__(
        self, directory: Path, *, requests_per_second: float = 1000, concurrency: int = 1, **settings: Any
    ) -> None:
        self.directory = directory
        defaults = {"WHOLESALER_HOME": directory, "WHOLESALER_HTTP_RETRY_WAIT": 0, "WHOLESALER_HTTP_TIMEOUT": 10}
        self.settings = Settings.model_validate(defaults | settings)
        host = Host(requests_per_second=requests_per_second, concurrency=concurrency)
        self.http = Http(self.settings, lambda name: host)

    def __enter__(self) -> "Opener":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()

    def open(self, url: str, kind: str = "arcgis", **definition: Any) -> Source:
        """A source named ``liens``."""
        whole = SourceDefinition.model_validate(
            {
                "kind": kind,
                "url": url,
                "key": ["parcel"],
                "parcel_form": "rts",
                "fields": {"parcel": "PARCEL"},
                "stale_after_days": 1,
                **definition,
            }
        )
        return open_source("liens", whole, self.directory / "market.toml", self.http, self.settings, "test-county")


def drain(fetch: Fetch) -> tuple[list[dict[str, Any]], list[Point | None], Outcome]:
    """All records and points of a fetch, and how it ended."""
    records: list[dict[str, Any]] = []
    points: list[Point | None] = []
    for page in fetch.pages():
        assert len(page.records) == len(page.points)
        records += page.records
        points += page.points
    return records, points, fetch.outcome


def numbers(records: list[dict[str, Any]]) -> list[int]:
    """Their object ids."""
    return [record["OBJECTID"] for record in records]
