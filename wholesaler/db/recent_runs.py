"""The attempts of stages and sources as they are read, without the models, which take their time to be imported."""

from datetime import date
from typing import Any

from sqlalchemy import Engine

from wholesaler.db.sql import statement

COUNTS = ("processed", "inserted", "updated", "unchanged", "deactivated", "failed")


def recent_runs(engine: Engine, market: str, limit: int, day: date | None = None) -> list[dict[str, Any]]:
    """The newest attempts, newest first; with ``day`` only those that worked for it."""
    parameters = {"market": market, "limit": limit, "day": day}
    with engine.connect() as connection:
        rows = connection.execute(statement(__package__, "recent_runs.sql", "recent_runs"), parameters)
        return [dict(row) for row in rows.mappings()]
