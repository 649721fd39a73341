"""How the nights of a market go: what ran when, how old its data are, what waits, and what needs somebody.

All of it is read from the run-tracking table, so that it costs nothing and says what the nights themselves have said.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.known import ACKNOWLEDGED, read_known
from wholesaler.db.sql import statement
from wholesaler.errors import ExitCode
from wholesaler.markets import Market
from wholesaler.pipeline.missed import missed_days
from wholesaler.pipeline.starters import starters
from wholesaler.scoring.features import TIERS
from wholesaler.settings import Settings
from wholesaler.stages.interface import STAGE_NAMES

_FILE = "status.sql"
#: how old a success may be: a night, and two hours for one that takes longer
MAX_AGE = timedelta(hours=26)
#: between the begins of two nights
_NIGHT = timedelta(days=1)
#: days for which it is told that one was missed
MISSED_DAYS = 30
#: bytes; a night writes some of what is there anew, and a database that cannot write stops
SCARCE_DISK = 2_000_000_000


def status(
    connection: Connection,
    settings: Settings,
    market: Market,
    max_age: timedelta = MAX_AGE,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The state of a market's nights as a JSON-ready dictionary, with ``problems`` and the ``exit_code`` they make.

    1: a stage failed, or did its work longer than ``max_age`` ago; 3: a stage ended with warnings, or the disk is
    nearly full.
    """
    now = datetime.now(UTC) if now is None else now
    parameters = {"market": market.key, "zone": market.time_zone}
    stages = _stages(connection, parameters, now, max_age)
    disk = disk_of(settings.home)
    database = connection.execute(statement(__package__, _FILE, "database")).mappings().one()
    problems = [*_never_run(stages), *(problem for stage in stages for problem in _stage_problems(stage, max_age))]
    problems += _disk_problems(disk)
    severities = {problem["severity"] for problem in problems}
    exit_code = ExitCode.FAILED if "failure" in severities else ExitCode.WARNINGS if severities else ExitCode.OK
    began = stages[0]["started_at"]
    return {
        "command": "status",
        "market": market.key,
        "market_name": market.name,
        "checked_at": now,
        "status": {0: "success", 3: "partial"}.get(exit_code, "failure"),
        "exit_code": int(exit_code),
        "max_age_hours": max_age.total_seconds() / 3600,
        "next_run_expected_at": None if began is None else began + _NIGHT,
        "started_by": starters(),
        "stages": stages,
        "sources": _sources(connection, parameters, market, now),
        "leads": _leads(connection, parameters),
        "missed_days": missed_days(connection, market.key, now.astimezone(market.zone).date(), MISSED_DAYS),
        "channels": settings.channels,
        **_unsent(connection, parameters, settings),
        "database": {**database, "private": settings.database_url is None},
        "disk": disk,
        "acknowledged": read_known(connection, market.key, now.astimezone(market.zone).date()).acknowledged,
        "problems": problems,
    }


def _stages(
    connection: Connection, parameters: dict[str, Any], now: datetime, max_age: timedelta
) -> list[dict[str, Any]]:
    rows = {row.stage: row for row in connection.execute(statement(__package__, _FILE, "stages"), parameters)}
    stages = []
    for name in STAGE_NAMES:
        row = rows.get(name)
        last = None if row is None else row.last_success_at
        ended = None if row is None else row.finished_at
        stages.append(
            {
                "stage": name,
                "status": "never" if row is None else row.status,
                "as_of": row and row.as_of,
                "attempt": row and row.attempt,
                "started_at": row and row.started_at,
                "finished_at": ended,
                "seconds": None if row is None or ended is None else _seconds(ended - row.started_at),
                "last_success_at": last,
                "age_hours": None if last is None else _hours(now - last),
                "overdue": last is None or now - last > max_age,
                "warnings": list(row.warnings) if row else [],
                "error": row and row.error,
            }
        )
    return stages


def _never_run(stages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if never := [stage["stage"] for stage in stages if stage["status"] == "never"]:
        hint = "Run `wholesaler run-all`, and have cron do so every night."
        yield _problem("failure", ", ".join(never), "never run.", hint)


def _stage_problems(stage: dict[str, Any], max_age: timedelta) -> Iterator[dict[str, Any]]:
    """What of a stage needs somebody, each with what to do."""
    name, error = stage["stage"], stage["error"]
    if stage["status"] == "failure":
        message = (error or {}).get("message") or "it ended without a word."
        yield _problem("failure", name, f"failed: {message}", (error or {}).get("hint"))
    elif stage["overdue"] and stage["status"] != "never":
        last = stage["last_success_at"]
        when = "it never did its work" if last is None else f"it last did its work {show_age(stage['age_hours'])} ago"
        limit = show_age(max_age.total_seconds() / 3600)
        yield _problem("failure", name, f"is overdue: {when}, {limit} are allowed.", "See cron's mail and the log.")
    elif stage["status"] == "partial":
        for warning in stage["warnings"]:
            if ACKNOWLEDGED not in warning:
                yield _problem("warning", name, warning, None)


def _problem(severity: str, subject: str, message: str, hint: str | None) -> dict[str, Any]:
    return {"severity": severity, "subject": subject, "message": message, "hint": hint}


def _sources(connection: Connection, parameters: dict[str, Any], market: Market, now: datetime) -> list[dict[str, Any]]:
    """Each source of the market file: its last load, how fresh it was, and how much of it is on the roll."""
    rows = {row.source: row for row in connection.execute(statement(__package__, _FILE, "sources"), parameters)}
    today = now.astimezone(market.zone).date()
    sources = []
    for name, definition in market.sources.items():
        row = rows.get(name)
        last = None if row is None else row.last_success_at
        stats = (row and row.stats) or {}
        newest = stats.get("newest_record")
        days = None if newest is None else (today - datetime.fromisoformat(newest).date()).days
        limit = definition.stale_after_days
        sources.append(
            {
                "source": name,
                "record": market.record(name).table,
                "status": "never" if row is None else row.status,
                "last_success_at": last,
                "age_hours": None if last is None else _hours(now - last),
                "newest_record": newest,
                "newest_record_days": days,
                "stale_after_days": limit,
                "stale": days is not None and limit is not None and days > limit,
                "stale_is_known": definition.stale_is_known,
                "join_rate": stats.get("join_rate"),
                "minimum_join_rate": definition.minimum_join_rate,
                "counts": {key: stats[key] for key in _COUNTS if key in stats},
                "error": row and row.error,
            }
        )
    return sources


_COUNTS = ("processed", "inserted", "updated", "unchanged", "deactivated", "failed")


def _leads(connection: Connection, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """The leads by tier of the day scored last, and how many more or fewer than on the day before; none without one."""
    days = connection.execute(statement(__package__, _FILE, "scores"), parameters).all()
    if not days:
        return None
    newest, before = days[0], days[1] if len(days) > 1 else None
    counts = newest.stats["tier_counts"]
    return {
        "as_of": newest.as_of,
        "tier_counts": counts,
        "total_leads": newest.stats["total_leads"],
        "new_tier_a": newest.stats["new_tier_a"],
        "day_before": before and before.as_of,
        "changes": None
        if before is None
        else {tier: counts[tier] - before.stats["tier_counts"][tier] for tier in TIERS},
    }


def _unsent(connection: Connection, parameters: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Of each channel that has any, how many announcements wait, or were refused for good, and since when."""
    bound = {**parameters, "channels": settings.channels}
    unsent: dict[str, dict[str, Any]] = {"pending_alerts": {}, "refused_alerts": {}}
    for row in connection.execute(statement(__package__, _FILE, "unsent"), bound):
        unsent[f"{row.status}_alerts"][row.channel] = {row.status: row.deliveries, "since": row.since}
    return unsent


def disk_of(home: Path) -> dict[str, Any]:
    """The disk that the data directory is on, or would be."""
    place = next(path for path in (home, *home.parents) if path.is_dir())
    usage = shutil.disk_usage(place)
    return {"path": str(place), "free_bytes": usage.free, "total_bytes": usage.total}


def _disk_problems(disk: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if disk["free_bytes"] < SCARCE_DISK:
        free = f"{disk['free_bytes'] / 1e9:.1f} GB free where {disk['path']} is."
        yield _problem("warning", "disk", free, "Make room: a night that cannot write fails.")


def _seconds(period: timedelta) -> float:
    return round(period.total_seconds(), 1)


def _hours(period: timedelta) -> float:
    """Never below 0, whatever the clocks of the two machines say."""
    return max(0.0, round(period.total_seconds() / 3600, 2))


def show_age(hours: float) -> str:
    """An age for a person: ``25 min``, ``26 h``, ``3 days``."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    if hours < 48:
        return f"{hours:.0f} h" if hours == round(hours) else f"{hours:.1f} h"
    return f"{hours / 24:.0f} days"
