"""A local ArcGIS server that costs next to nothing: an appraiser's layer of 25 fields, its pages rendered beforehand.

It runs in a process of its own and holds the layer once; ``<url>/<rows>/<milliseconds>/MapServer/0`` is a layer of its
first ``rows`` rows whose pages take so long. Whatever fields are asked for, all 25 are sent, so that every program that
is measured receives the same bytes.
"""

import asyncio
import multiprocessing
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from urllib.parse import parse_qs

import orjson

PAGE = 2000
OBJECT_ID = "OBJECTID"
#: what a roll also has and the program does not read
_MORE_FIELDS = {
    "DOR_CODE": "esriFieldTypeString",
    "TAX_DISTRICT": "esriFieldTypeString",
    "MAIL_CITY": "esriFieldTypeString",
    "SALE_DATE": "esriFieldTypeDate",
}
_REQUEST = re.compile(rb"GET /(\d+)/(\d+)/MapServer/0(/query)?\?(\S*) HTTP/1\.1\r\n")
_AFTER = re.compile(rf"{OBJECT_ID} > (\d+)")


@contextmanager
def serving(rows: int, seed: int) -> Iterator[str]:
    """Render ``rows`` rows in another process and serve them there; yields the address."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(rows, seed, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()
        ours.close()


def layer(url: str, rows: int, milliseconds: int = 0) -> str:
    """The address of the layer with so many rows and so much latency a page."""
    return f"{url}/{rows}/{milliseconds}/MapServer/0"


class Layer:
    """The rendered features; :meth:`page` is bytes on the shelf for pages of :data:`PAGE` rows."""

    def __init__(self, rows: int, seed: int) -> None:
        from wholesaler.sample import roll_features

        features = roll_features(rows, seed)
        self._pages: list[list[bytes]] = []
        self._fields: list[dict[str, str]] = []
        while batch := list(islice(features, PAGE)):
            for feature in batch:
                number = feature["attributes"][OBJECT_ID]
                feature["attributes"] |= {
                    "DOR_CODE": f"{number % 99:04}",
                    "TAX_DISTRICT": f"TD-{number % 31}",
                    "MAIL_CITY": "ORLANDO",
                    "SALE_DATE": 86_400_000 * (10_000 + number % 9_000),
                }
            self._fields = self._fields or [_field(name, value) for name, value in batch[0]["attributes"].items()]
            self._pages.append([orjson.dumps(feature) for feature in batch])
        head = {
            "objectIdFieldName": OBJECT_ID,
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 4326, "latestWkid": 4326},
            "fields": self._fields,
        }
        self._head = orjson.dumps(head)[:-1]
        self._ready = [self._render(page, more=True) for page in self._pages]

    def page(self, rows: int, offset: int, size: int) -> bytes:
        """The rows from ``offset`` on of a layer of ``rows``, at most ``size`` and :data:`PAGE`."""
        end = min(offset + min(size, PAGE), rows)
        if offset % PAGE == 0 and end == offset + PAGE and end < rows:
            return self._ready[offset // PAGE]
        chosen = [self._pages[position // PAGE][position % PAGE] for position in range(offset, end)]
        return self._render(chosen, more=end < rows)

    def description(self) -> bytes:
        """The layer's metadata."""
        return orjson.dumps(
            {
                "id": 0,
                "type": "Feature Layer",
                "objectIdField": OBJECT_ID,
                "geometryType": "esriGeometryPoint",
                "maxRecordCount": PAGE,
                "capabilities": "Map,Query,Data",
                "advancedQueryCapabilities": {"supportsPagination": True, "supportsOrderBy": True},
                "fields": self._fields,
            }
        )

    def _render(self, features: list[bytes], *, more: bool) -> bytes:
        limit = b',"exceededTransferLimit":true' if more else b""
        return self._head + limit + b',"features":[' + b",".join(features) + b"]}"


def _field(name: str, value: object) -> dict[str, str]:
    if name == OBJECT_ID:
        kind = "esriFieldTypeOID"
    elif name in _MORE_FIELDS:
        kind = _MORE_FIELDS[name]
    else:
        kind = {float: "esriFieldTypeDouble", int: "esriFieldTypeInteger"}.get(type(value), "esriFieldTypeString")
    return {"name": name, "type": kind, "alias": name}


class _Answers(asyncio.Protocol):
    """One connection, kept alive; requests come one after the other."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            request, self._received = self._received[: end + 2], self._received[end + 4 :]
            status, body, delay = self._answer(request)
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            asyncio.get_running_loop().call_later(delay, self._send, head.encode(), body)

    def _send(self, head: bytes, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines((head, body))

    def _answer(self, request: bytes) -> tuple[str, bytes, float]:
        found = _REQUEST.match(request)
        if found is None:
            return "404 Not Found", b"{}", 0
        rows, delay = int(found[1]), int(found[2]) / 1000
        if not found[3]:
            return "200 OK", self._layer.description(), delay
        params = {name: values[-1] for name, values in parse_qs(found[4].decode()).items()}
        after = _AFTER.search(params.get("where", ""))
        skipped = int(after[1]) if after else 0
        if params.get("returnCountOnly") == "true":
            return "200 OK", orjson.dumps({"count": rows - skipped}), delay
        offset = skipped + int(params.get("resultOffset", 0))
        return "200 OK", self._layer.page(rows, offset, int(params.get("resultRecordCount", PAGE))), delay


def _serve(rows: int, seed: int, parent: Connection) -> None:
    asyncio.run(_listen(Layer(rows, seed), parent))


async def _listen(layer: Layer, parent: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Answers(layer), "127.0.0.1", 0)
    parent.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()
