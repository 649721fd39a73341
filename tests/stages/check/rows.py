"""Rows for the checks to look at: every factory inserts one row that is right unless its arguments say otherwise."""

import itertools
import json
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, text

from wholesaler.db.models import Parcel
from wholesaler.stages.check.registry import Finding, registered
from wholesaler.stages.check.stage import run_checks
from wholesaler.stages.interface import Context

AS_OF = "2025-11-20"
MARKET = "orange-fl"
#: another county of the same database
OTHER = "wayne-mi"
DOWNTOWN = (-81.379, 28.538)
_PARCEL_COLUMNS = {column.name for column in Parcel.__table__.columns} - {"parcel_id", "is_listed", "updated_at"}


def parcel(number: int) -> str:
    """A parcel number of :data:`MARKET` in our own form: section and township in this order."""
    return f"292228{number:09d}"


class Rows:
    """Inserts rows of one market into the database of ``engine``."""

    def __init__(self, engine: Engine, market: str = MARKET) -> None:
        self._engine = engine
        self.market = market
        self._numbers = itertools.count(1)

    def connect(self) -> Connection:
        """A connection of one's own, for what comes back in many rows."""
        return self._engine.connect()

    def execute(self, statement: str, **parameters: Any) -> Any:
        """Run one statement; returns the first column of its first row, if it returns rows."""
        with self._engine.begin() as connection:
            result = connection.execute(text(statement), {"market": self.market, **parameters})
            return result.scalar() if result.returns_rows else None

    def insert(self, table: str, **values: Any) -> Any:
        """Insert one row and return its ``market``; dictionaries become JSON, pairs become points."""
        columns, parameters = [], {}
        for name, value in {"market": self.market, **values}.items():
            placeholder = f":{name}"
            if isinstance(value, tuple):
                placeholder, value = f"ST_GeogFromText(:{name})", f"POINT({value[0]} {value[1]})"
            elif isinstance(value, dict):
                value = json.dumps(value)
            columns.append((name, placeholder))
            parameters[name] = value
        names, placeholders = ", ".join(c for c, _ in columns), ", ".join(p for _, p in columns)
        returning = " RETURNING id" if table == "properties" else ""
        return self.execute(f"INSERT INTO {table} ({names}) VALUES ({placeholders}){returning}", **parameters)

    def parcel(self) -> str:
        """A parcel number nobody has yet."""
        return parcel(next(self._numbers))

    def property(self, parcel_id: str | None = None, **values: Any) -> int:
        """An active property with address and location; returns its id."""
        defaults = {"address": "1 ELM ST", "location": DOWNTOWN, "is_active": True}
        return int(self.insert("properties", parcel_id=parcel_id or self.parcel(), **{**defaults, **values}))

    def record(
        self, table: str, parcel_id: str | None, property_id: int | None, *, merged: bool = True, **values: Any
    ) -> None:
        """An active record of a source; a violation is an open one. One of the roll is ``merged`` into its parcel."""
        defaults: dict[str, Any] = {"raw": {}, "content_hash": uuid4(), "record_key": f"key {next(self._numbers)}"}
        defaults["source"] = table
        if table == "code_violations":
            defaults["status"] = "Open"
        if table == "property_records" and parcel_id is not None:
            defaults["record_key"] = parcel_id
        row = {**defaults, **values}
        self.insert(table, parcel_id=parcel_id, property_id=property_id, **row)
        if table == "property_records" and merged and row["source"] == table and row.get("is_active", True):
            self.execute("DELETE FROM parcels WHERE market = :market AND parcel_id = :id", id=row["record_key"])
            known = {name: value for name, value in values.items() if name in _PARCEL_COLUMNS}
            self.insert("parcels", parcel_id=row["record_key"], is_listed=True, **known)

    def describe(self, parcel_id: str, **values: Any) -> None:
        """What the roll says of a parcel of it, whatever its sources say."""
        if not self.execute(
            "SELECT EXISTS (SELECT FROM parcels WHERE market = :market AND parcel_id = :parcel)", parcel=parcel_id
        ):
            self.insert("parcels", parcel_id=parcel_id, is_listed=True)
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        self.execute(
            f"UPDATE parcels SET {assignments} WHERE market = :market AND parcel_id = :parcel",
            parcel=parcel_id,
            **values,
        )

    def lead(self, property_id: int, snapshot: bool = True, **values: Any) -> None:
        """A lead in tier B, with its snapshot of the day."""
        parts = {"total_score": 60, "tier": "B", "components": {"distress": 60, "value": 60}}
        known = {"as_of": AS_OF, "profile": "v1", "signal_count": 1, "signals": ["tax_sale"]}
        self.insert("lead_scores", property_id=property_id, **{**parts, **known, **values})
        if snapshot:
            self.execute(
                "CREATE TABLE IF NOT EXISTS lead_score_history_2025_11 PARTITION OF lead_score_history"
                " FOR VALUES FROM ('2025-11-01') TO ('2025-12-01')"
            )
            self.insert("lead_score_history", property_id=property_id, snapshot_date=AS_OF, profile="v1", **parts)

    def run(self, stage: str, source: str | None = None, status: str = "success", **values: Any) -> None:
        """A finished row of the run-tracking table."""
        fixed = {"run_id": uuid4(), "attempt": 1, "host": "here", "pid": 1, "version": "0", "as_of": AS_OF}
        self.insert("data_ingestion_runs", stage=stage, source=source, status=status, **{**fixed, **values})

    def tax_sale_property(self, parcel_id: str | None = None, **values: Any) -> tuple[str, int]:
        """A property with its tax sale and its record on the roll, all linked; returns parcel number and id."""
        parcel_id = parcel_id or self.parcel()
        property_id = self.property(parcel_id, **values)
        self.record("tax_sales", parcel_id, property_id, sale_date="2025-12-10", location=DOWNTOWN)
        self.record("property_records", parcel_id, property_id, location=DOWNTOWN)
        return parcel_id, property_id

    def healthy(self, leads: int = 3) -> list[tuple[str, int]]:
        """Everything as after a good run of all stages; returns parcel numbers and ids."""
        found = [self.tax_sale_property(address=f"{number} ELM ST") for number in range(1, leads + 1)]
        for _, property_id in found:
            self.lead(property_id)
        for source in ("tax_sales", "foreclosures", "property_records", "code_violations"):
            self.run("ingest", source)
        self.run("score")
        return found


def look(context: Context, group: str, name: str) -> Finding:
    """Run one check."""
    (check,) = [check for check in registered() if (check.group, check.name) == (group, name)]
    (finding,) = run_checks(context, [check])
    return finding
