"""The run-tracking table: one row an attempt of a stage or of a source, opened before the work and closed after it."""

import os
import socket
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, exists, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from wholesaler import __version__
from wholesaler.db.ledgers import Run
from wholesaler.db.recent_runs import COUNTS
from wholesaler.deadline import unlimited
from wholesaler.logs import log

_KILLED = "The run ended without a word: killed, or the machine went down."


@dataclass(frozen=True)
class RunKey:
    """What an attempt belongs to."""

    run_id: UUID
    market: str
    as_of: date


def open_run(engine: Engine, key: RunKey, stage: str, attempt: int, source: str | None = None) -> int:
    """Write the row of an attempt that begins now; returns its id."""
    row = insert(Run).values(
        market=key.market,
        run_id=key.run_id,
        as_of=key.as_of,
        stage=stage,
        source=source,
        attempt=attempt,
        status="running",
        host=socket.gethostname(),
        pid=os.getpid(),
        version=__version__,
    )
    with engine.begin() as connection:
        return int(connection.execute(row.returning(Run.id)).scalar_one())


def close_run(
    engine: Engine,
    key: RunKey,
    row_id: int,
    status: str,
    stats: dict[str, Any] | None = None,
    warnings: list[str] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """Write how an attempt ended; counts among ``stats`` get their own columns too."""
    stats = stats or {}
    values: dict[str, Any] = {name: stats[name] for name in COUNTS if isinstance(stats.get(name), int)}
    values |= {"status": status, "stats": stats, "warnings": warnings or [], "error": error}
    with unlimited(), engine.begin() as connection:
        connection.execute(
            update(Run)
            .where(Run.market == key.market, Run.id == row_id)
            .values(finished_at=func.clock_timestamp(), **values)
        )


def fail_run(engine: Engine, key: RunKey, row_id: int, error: dict[str, Any]) -> None:
    """Write that an attempt failed. When the database is what has failed, the row is left to the next run."""
    try:
        close_run(engine, key, row_id, "failure", error=error)
    except DBAPIError:
        log.warning("run_row_left_open", row=row_id)


def append_warning(engine: Engine, key: RunKey, row_id: int, status: str, warning: str) -> None:
    """Add a warning to the row of an attempt that has ended; when the database has failed, it is not kept."""
    row = update(Run).where(Run.market == key.market, Run.id == row_id)
    try:
        with unlimited(), engine.begin() as connection:
            connection.execute(row.values(status=status, warnings=Run.warnings.concat([warning])))
    except DBAPIError:
        log.warning("warning_not_kept", row=row_id)


def close_killed(engine: Engine, market: str, message: str = _KILLED) -> int:
    """Close the rows of what ended without writing so. Only for the holder of the market's lock; returns how many."""
    error = {"type": "Killed", "message": message}
    with engine.begin() as connection:
        result = connection.execute(
            update(Run)
            .where(Run.market == market, Run.status == "running")
            .values(status="failure", finished_at=func.now(), error=error)
        )
    return result.rowcount


def has_ended_well(engine: Engine, market: str, stage: str) -> bool:
    """Whether an attempt of a stage has ever ended as success or partial."""
    query = select(
        exists().where(
            Run.market == market, Run.stage == stage, Run.source.is_(None), Run.status.in_(("success", "partial"))
        )
    )
    with engine.connect() as connection:
        return bool(connection.scalar(query))


def attempts_of(engine: Engine, market: str, stage: str, day: date) -> list[dict[str, Any]]:
    """The attempts of a stage for a day, newest first: status, times, error, process."""
    columns = (Run.status, Run.started_at, Run.finished_at, Run.error, Run.host, Run.pid)
    query = (
        select(*columns)
        .where(Run.market == market, Run.stage == stage, Run.source.is_(None), Run.as_of == day)
        .order_by(Run.started_at.desc(), Run.id.desc())
    )
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
