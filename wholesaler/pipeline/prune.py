"""What is old enough to go: months of the score history, rows of runs, rejected records, reports, leftovers.

Never what something else needs: what is new is told from the history of weeks, ``status`` and ingest ask for the last
attempts however old they are, and the ledger of deliveries is kept for good.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from wholesaler.db.history import month_after, months, partition_of
from wholesaler.db.sql import statement
from wholesaler.errors import WholesalerError
from wholesaler.explain import explain
from wholesaler.logs import log
from wholesaler.markets import Market
from wholesaler.notify.report import old_reports, unfinished_reports
from wholesaler.pipeline.metrics import unfinished_metrics
from wholesaler.settings import Settings
from wholesaler.sources.snapshots import prune_snapshots
from wholesaler.stages.score.stage import NEW_AGAIN_AFTER_DAYS

_FILE = "prune.sql"
#: a table that another county's run has in use is left for the next night
_LOCK_TIMEOUT = "5s"
_LOCK_NOT_AVAILABLE = "55P03"
#: for what goes every night in a moment
_STATEMENT_TIMEOUT = "5min"
#: how old what a killed run has left must be, since another run may be at it
_LEFT_FOR = timedelta(days=1)
#: days for which it is remembered what was announced without a database
_ANNOUNCED_FOR = 30


@dataclass(frozen=True)
class Pruning:
    """Whose what is to go, counted from which day, and whether it is only to be told."""

    engine: Engine
    settings: Settings
    market: Market
    today: date
    dry_run: bool = False

    def before(self, days: int) -> datetime:
        """The first moment, in the county, of what is kept for so many days."""
        return datetime.combine(self.today - timedelta(days=days), time(), self.market.zone)


@dataclass(frozen=True)
class Pruned:
    """What went, or would: how many of what, and by which names where they are few."""

    count: int
    unit: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What went of each part, and which part could not be done, and why."""

    parts: dict[str, Pruned] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As a JSON-ready dictionary."""
        pruned = {name: {"count": part.count, "names": list(part.names)} for name, part in self.parts.items()}
        return {"pruned": pruned, "warnings": self.warnings}


def prune(pruning: Pruning) -> Outcome:
    """Let go what is old enough, part by part: one that fails is a warning, and the others go on."""
    outcome = Outcome()
    for name, part in _PARTS.items():
        try:
            outcome.parts[name] = part(pruning)
        except (WholesalerError, DBAPIError, OSError) as error:
            reason = explain(error, pruning.settings.secrets())["message"]
            outcome.warnings.append(f"{name}: what is old could not be removed: {reason}")
    counts = {name: part.count for name, part in outcome.parts.items() if part.count}
    if counts and not pruning.dry_run:
        log.info("pruned", **counts)
    return outcome


def _history(pruning: Pruning) -> Pruned:
    """Whole months that lie before what is kept, unless a county needs them to tell what is new."""
    before = pruning.before(pruning.settings.keep_history).date()
    with pruning.engine.begin() as connection:
        old = [month for month in months(connection) if month_after(month) <= before]
        if old:
            parameters = {"again_after": NEW_AGAIN_AFTER_DAYS, "before": before}
            needed = connection.scalar(statement(__package__, _FILE, "needed_since"), parameters)
            old = [month for month in old if needed is None or month_after(month) <= needed]
        if old and not pruning.dry_run and not _drop(connection, [partition_of(month) for month in old]):
            old = []
    return Pruned(len(old), "month", tuple(f"{month:%Y-%m}" for month in old))


def _drop(connection: Connection, tables: list[str]) -> bool:
    """Drop partitions, unless somebody uses the history now."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
    try:
        with connection.begin_nested():
            connection.execute(text(f"DROP TABLE {', '.join(tables)}"))
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE:
            raise
        log.info("history_in_use", partitions=tables)
        return False
    return True


def _runs(pruning: Pruning) -> Pruned:
    parameters = {
        "market": pruning.market.key,
        "zone": pruning.market.time_zone,
        "before": pruning.before(pruning.settings.keep_runs),
    }
    return Pruned(_rows(pruning, parameters, "old_runs", "count_old_runs", "delete_old_runs"), "row")


def _rejects(pruning: Pruning) -> Pruned:
    """Rejected records that their source does not send any more."""
    parameters = {"market": pruning.market.key, "before": pruning.before(pruning.settings.keep_rejects)}
    return Pruned(_rows(pruning, parameters, None, "count_old_rejects", "delete_old_rejects"), "record")


def _rows(pruning: Pruning, parameters: dict[str, Any], prepare: str | None, count: str, delete: str) -> int:
    with pruning.engine.begin() as connection:
        connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'"))
        if prepare is not None:
            connection.execute(statement(__package__, _FILE, prepare), parameters)
        if pruning.dry_run:
            return int(connection.scalar(statement(__package__, _FILE, count), parameters) or 0)
        return connection.execute(statement(__package__, _FILE, delete), parameters).rowcount


def _reports(pruning: Pruning) -> Pruned:
    before = pruning.before(pruning.settings.keep_reports)
    return _files(pruning, old_reports(pruning.settings, pruning.market.key, before.date()), before)


def _snapshots(pruning: Pruning) -> Pruned:
    """What lists were, of all markets; ingest does the same, since a night adds to it before it ends."""
    settings = pruning.settings
    removed = prune_snapshots(settings.home, settings.snapshot_days, settings.snapshots_size, dry_run=pruning.dry_run)
    return Pruned(len(removed), "file", tuple(path.name for path, _ in removed))


def _leftovers(pruning: Pruning) -> Pruned:
    """What killed runs have left unfinished, and what was announced without a database long ago."""
    settings = pruning.settings
    unfinished = [*unfinished_reports(settings), *unfinished_metrics(settings.metrics_file)]
    gone = _files(pruning, unfinished, datetime.now(pruning.market.zone) - _LEFT_FOR)
    announced = _files(pruning, _entries(settings.home / "announced"), pruning.before(_ANNOUNCED_FOR))
    return Pruned(gone.count + announced.count, "file", gone.names + announced.names)


def _entries(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def _files(pruning: Pruning, paths: Iterator[Path] | list[Path], before: datetime) -> Pruned:
    """Remove those of some files that were not written since."""
    old = sorted(path for path in paths if path.is_file() and path.stat().st_mtime < before.timestamp())
    for path in old:
        if not pruning.dry_run:
            path.unlink(missing_ok=True)
    return Pruned(len(old), "file", tuple(path.name for path in old))


#: in this order; whatever else is kept for a time adds a function here
_PARTS: dict[str, Callable[[Pruning], Pruned]] = {
    "history": _history,
    "runs": _runs,
    "rejects": _rejects,
    "reports": _reports,
    "snapshots": _snapshots,
    "leftovers": _leftovers,
}
