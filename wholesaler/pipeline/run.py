"""The stages in their order, and a run of some or all of them: locked, opened, reported, and told to people."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from wholesaler.config import Settings
from wholesaler.db.engine import explained, open_engine
from wholesaler.db.run_ledger import close_killed
from wholesaler.documents import run_document
from wholesaler.errors import ExitCode, UsageError, WholesalerError, did_you_mean
from wholesaler.locks import database_lock, machine_lock
from wholesaler.markets import Market
from wholesaler.notify import enabled_channels
from wholesaler.pipeline.attempt import Report, Stage, run_stage
from wholesaler.scoring.profile import load_profile
from wholesaler.stages.interface import Context, Options

log = structlog.get_logger()

_MINUTE = 60
STAGES = (
    Stage("ingest", retries=3, retry_wait=5 * _MINUTE),
    Stage("enrich", retries=3, retry_wait=5 * _MINUTE, needs="ingest"),
    Stage("dedupe", retries=3, retry_wait=5 * _MINUTE, needs="enrich"),
    Stage("score", retries=3, retry_wait=5 * _MINUTE, needs="dedupe"),
    Stage("alert", retries=2, retry_wait=3 * _MINUTE, needs="score"),
    Stage("check", retries=2, retry_wait=5 * _MINUTE),
)
STAGE_NAMES = tuple(stage.name for stage in STAGES)


@dataclass(frozen=True)
class Task:
    """What is asked of a run: which market, which day, which stages, and how."""

    settings: Settings
    market: Market
    as_of: date
    stages: tuple[str, ...] = STAGE_NAMES
    profile: Path | None = None
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class RunReport:
    """The reports of a run's stages; :attr:`exit_code` is the run's."""

    run_id: UUID
    started_at: datetime
    finished_at: datetime
    task: Task
    stages: tuple[Report, ...]

    @property
    def exit_code(self) -> ExitCode:
        """The first failed stage's code; else what the check found; else warnings; else OK."""
        failed = [report.exit_code for report in self.stages if report.status == "failure"]
        if failed:
            return failed[0]
        return max((report.exit_code for report in self.stages), default=ExitCode.OK)

    def document(self) -> dict[str, Any]:
        """The run as a JSON-ready dictionary."""
        failed = self.exit_code not in {ExitCode.OK, ExitCode.WARNINGS}
        return run_document(
            self.task.market.key,
            self.task.as_of,
            "failure" if failed else "partial" if self.exit_code else "success",
            self.started_at,
            self.finished_at,
            int(self.exit_code),
            run_id=self.run_id,
            stages=[report.document() for report in self.stages],
        )


def stages_from(first: str | None, only: Sequence[str]) -> tuple[str, ...]:
    """The stages of ``run-all --from FIRST --only STAGE…``; raises :class:`UsageError` for an unknown name."""
    for name in (*([first] if first else []), *only):
        if name not in STAGE_NAMES:
            meant = did_you_mean(name, STAGE_NAMES)
            raise UsageError(
                f"There is no stage '{name}'.", f"{meant} The stages are {', '.join(STAGE_NAMES)}.".strip()
            )
    if first and only:
        raise UsageError("--from and --only cannot be used together.")
    if only:
        return tuple(name for name in STAGE_NAMES if name in only)
    return STAGE_NAMES[STAGE_NAMES.index(first) :] if first else STAGE_NAMES


def run(task: Task, *, locked: bool = False) -> RunReport:
    """Run the stages of ``task`` in order. A failed stage stops those that need it; ``check`` runs in any case.

    Raises :class:`LockedError` at once when another run of the market is under way, :class:`ConfigurationError` for
    settings or a profile that cannot work, :class:`UnavailableError` when there is no database. ``locked`` says that
    the caller holds the market's lock on this machine.
    """
    _validate(task)
    for warning in task.settings.warnings:
        log.warning("unknown_setting", warning=warning)
    started = datetime.now(UTC)
    with opened(task, locked=locked) as context:
        reports: list[Report] = []
        for stage in STAGES:
            if stage.name not in task.stages:
                continue
            broken = next((r for r in reports if r.command == stage.needs and r.status in {"failure", "skipped"}), None)
            if broken is None:
                report = run_stage(stage, context)
            else:
                report = Report(stage.name, task.market.key, task.as_of, finished_at=datetime.now(UTC))
                report.warnings = [f"skipped: {broken.command} did not succeed"]
            if not reports:
                report.warnings = [*task.settings.warnings, *report.warnings]
            reports.append(report)
            _tell(context, report)
        return RunReport(context.run_id, started, datetime.now(UTC), task, tuple(reports))


@contextmanager
def opened(task: Task, *, locked: bool = False) -> Iterator[Context]:
    """A context that owns the market: locks taken, database open and migrated, killed runs closed.

    ``locked`` says that the caller holds the lock on this machine.
    """
    with nullcontext() if locked else machine_lock(task.settings.home, task.market.key):
        engine = open_engine(task.settings)
        try:
            with explained(engine.url), database_lock(engine, task.market.key):
                killed = close_killed(engine, task.market.key)
                if killed:
                    log.warning("killed_runs_closed", rows=killed)
                yield Context(task.settings, task.market, task.as_of, engine, uuid4(), task.profile, task.options)
        finally:
            engine.dispose()


def _validate(task: Task) -> None:
    """What can be wrong before anything is done: better now than after the ingest of a night."""
    enabled_channels(task.settings)  # what any stage does may have to be told
    if "score" in task.stages:
        load_profile(task.profile or task.settings.profile)


def _tell(context: Context, report: Report) -> None:
    """Announce a failed stage, or what the check found; that this fails too must not hide the first failure.

    Wrong usage is for who has called the command.
    """
    from wholesaler.pipeline.announcements import announce_failure, announce_findings

    if context.options.dry_run or report.exit_code is ExitCode.USAGE:
        return
    try:
        if report.command == "check" and report.exit_code in {ExitCode.WARNINGS, ExitCode.DATA_ERRORS}:
            announce_findings(context, report)
        elif report.status == "failure":
            announce_failure(context, report)
    except (WholesalerError, SQLAlchemyError) as error:
        log.error("announcement_failed", stage=report.command, error=str(error).splitlines()[0])
