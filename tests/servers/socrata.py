"""A Socrata portal: ``/resource/<id>.json`` (SODA 2.1) and ``/api/views/<id>.json``.

``with SocrataServer() as server: url = server.add_dataset("abcd-1234", types, rows)``.
"""

import re
import ssl
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.servers import FakeServer, Fault, Reply, Request
from tests.servers.where import WhereError, compile_where

_DEFAULT_LIMIT = 1000


@dataclass
class Dataset:
    """A dataset and its faults. ``types`` maps fields to Socrata types; a null is left out of its row.

    ``headers``: the answers name their fields; ``view``: the description exists; ``cap``: rows in one answer at most.
    """

    types: dict[str, str]
    rows: list[dict[str, Any]]
    name: str = ""
    headers: bool = True
    view: bool = True
    cap: int = 50_000
    faults: list[Fault] = field(default_factory=list)
    #: called before each page with its request; may change ``rows``
    changes: list[Any] = field(default_factory=list)


class SocrataServer(FakeServer):
    """Refuses ``+`` in query strings with 403, as a portal's firewall does; request kinds: probe, count, page, view."""

    def __init__(self, certificate: ssl.SSLContext | None = None) -> None:
        super().__init__(certificate)
        self.datasets: dict[str, Dataset] = {}

    def add_dataset(
        self, identifier: str, types: Mapping[str, str], rows: Iterable[Mapping[str, Any]], **options: Any
    ) -> str:
        """Serve ``rows``, each given a row id; the options are those of :class:`Dataset`. The resource's URL."""
        numbered = [{":id": f"row-{number:06d}.aaaa_bbbb", **row} for number, row in enumerate(rows)]
        self.datasets[identifier] = Dataset(dict(types), numbered, **options)
        return f"{self.url}/resource/{identifier}.json"

    def kind(self, request: Request) -> str:
        if request.path.startswith("/api/views/"):
            return "view"
        select = request.params.get("$select")
        return "count" if select == "count(*)" else "page" if select else "probe"

    def answer(self, request: Request) -> Reply:
        dataset = self.datasets.get(request.path.rpartition("/")[2].removesuffix(".json"))
        if dataset is None:
            return Reply({"error": True, "message": "Not found", "code": "not_found"}, 404)
        for fault in dataset.faults:
            reply = fault(request)
            if reply is not None:
                return reply
        if "+" in request.query:
            return Reply(b"<html>Access Denied</html>", 403)
        if request.method != "GET":
            return Reply({"message": "You do not have permission to write"}, 403)
        if request.kind == "view":
            columns = [{"fieldName": name, "dataTypeName": kind} for name, kind in dataset.types.items()]
            return Reply({"name": dataset.name, "columns": columns}) if dataset.view else Reply({"message": "no"}, 404)
        for change in dataset.changes:
            change(dataset, request)
        return _rows(dataset, request.params)


def _typed(row: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """A row as the portal's SQL sees it: a number is one, however it is sent."""
    numbers = {
        name: float(value) for name, value in row.items() if types.get(name) == "number" and isinstance(value, str)
    }
    return {**row, **numbers}


def _rows(dataset: Dataset, params: Mapping[str, str]) -> Reply:
    where, select = params.get("$where"), params.get("$select", "*")
    try:
        chosen = compile_where(where, {*dataset.types, ":id"}) if where else None
    except WhereError as error:
        return Reply({"message": f"query.soql: {error}", "errorCode": "query.soql.no-such-column"}, 400)
    rows = [row for row in dataset.rows if chosen is None or chosen(_typed(row, dataset.types))]
    if select == "count(*)":
        return Reply([{"count": str(len(rows))}])
    if highest := re.fullmatch(r"max\((\w+)\) AS (\w+)", select):
        values = [row[highest[1]] for row in rows if row.get(highest[1]) is not None]
        return Reply([{highest[2]: max(values)}] if values else [{}])
    if grouped := params.get("$group"):
        counts = Counter(row.get(grouped) for row in rows)
        return Reply([({} if value is None else {grouped: value}) | {"times": str(n)} for value, n in counts.items()])
    names = list(dataset.types) if select == "*" else select.split(",")
    unknown = [name for name in names if name not in dataset.types and name != ":id"]
    if unknown:
        return Reply({"message": f"No such column: {unknown[0]}", "errorCode": "query.soql.no-such-column"}, 400)
    if params.get("$order") == ":id":
        rows = sorted(rows, key=lambda row: str(row[":id"]))
    offset = int(params.get("$offset", 0))
    page = rows[offset : offset + min(int(params.get("$limit", _DEFAULT_LIMIT)), dataset.cap)]
    headers = {}
    if dataset.headers:
        headers = {
            "X-SODA2-Fields": orjson.dumps(names).decode(),
            "X-SODA2-Types": orjson.dumps([dataset.types.get(name, "row_identifier") for name in names]).decode(),
        }
    return Reply([{name: row[name] for name in names if row.get(name) is not None} for row in page], headers=headers)
