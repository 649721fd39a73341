"""A desk to try single statements at, on a few rows that are never committed."""

from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement

HERE, THERE = "here", "there"
_WITH_IDS = ("alert_deliveries", "properties", "lead_status_events")


class Desk:
    """A connection that is rolled back, so that all is written at one instant."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def insert(self, table: str, **values: Any) -> Any:
        """A row, of the market unless it says otherwise; returns its id."""
        values = {"market": HERE, **values}
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        returning = "RETURNING id" if table in _WITH_IDS else ""
        made = self.connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places}) {returning}"), values)
        return made.scalar() if returning else None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in self.connection.execute(text(query))]

    def record(self, table: str, property_id: int | None = None, **values: Any) -> None:
        """An active record of a source."""
        key = str(uuid4())
        fixed = {"source": "stale", "record_key": key, "raw": "{}", "content_hash": uuid4(), "is_active": True}
        self.insert(table, property_id=property_id, **{**fixed, **values})

    def ask(self, stage: str, file: str, name: str, table: str = "", **parameters: Any) -> Any:
        """Run a statement of a stage for the market."""
        named = {"table": table} if table else {}
        query = statement(f"wholesaler.stages.{stage}", file, name, **named)
        return self.connection.execute(query, {"market": HERE, **parameters})

    def property(self, parcel_id: str, market: str = HERE) -> int:
        """A property, with an id that no other announcement of a test is about."""
        return int(self.insert("properties", market=market, id=900 + int(parcel_id), parcel_id=parcel_id))

    def suppress(self, parcel_id: str, market: str = HERE) -> None:
        self.insert("suppressions", market=market, kind="parcel", value=parcel_id, reason="litigator", source="a list")

    def temporary(self, table: str, *rows: str) -> None:
        """A table that an earlier statement makes, of these rows: ``column, column`` first."""
        names, *values = rows
        made = f"SELECT * FROM (VALUES {', '.join(values)}) AS row ({names})"
        self.connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {made}")
