"""JSON as this program writes it: money and scores as numbers, dates YYYY-MM-DD, instants ISO 8601 with offset.

The shapes of a stage and of a run are here, since a run that could not begin has them too.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson


def stage_document(
    command: str,
    market: str | None,
    as_of: date | None,
    status: str,
    started_at: datetime,
    finished_at: datetime | None,
    *,
    attempts: int = 0,
    stats: dict[str, Any] | None = None,
    warnings: Sequence[str] = (),
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A stage; ``market`` and ``as_of`` are null when even these could not be read."""
    return {
        "command": command,
        "market": market,
        "as_of": as_of,
        "status": status,
        "attempts": attempts,
        "started_at": started_at,
        "finished_at": finished_at,
        "stats": stats or {},
        "warnings": list(warnings),
        "error": error,
    }


def run_document(
    market: str | None,
    as_of: date | None,
    status: str,
    started_at: datetime,
    finished_at: datetime,
    exit_code: int,
    *,
    run_id: UUID | None = None,
    stages: Sequence[dict[str, Any]] = (),
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A run of stages; without a ``run_id`` and with an ``error`` when it could not begin."""
    return {
        "command": "run-all",
        "run_id": run_id,
        "market": market,
        "as_of": as_of,
        "status": status,
        "started_at": started_at,
        "finished_at": finished_at,
        "exit_code": exit_code,
        "stages": list(stages),
        "error": error,
    }


def to_json(document: Any, *, indent: bool = False) -> str:
    """A document as JSON text; raises ``TypeError`` for what JSON has no form for."""
    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(document, default=_number, option=option).decode()


def _number(value: Any) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
