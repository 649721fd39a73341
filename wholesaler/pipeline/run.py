"""The stages in their order, and a run of some or all of them: locked, opened, reported, and told to people."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import SQLAlchemyError

from wholesaler.db.engine import database_url, explain_connection_errors, open_engine
from wholesaler.db.known import read_known
from wholesaler.db.run_ledger import close_killed
from wholesaler.documents import run_document
from wholesaler.errors import ExitCode, UnavailableError, UsageError, WholesalerError, did_you_mean
from wholesaler.locks import DatabaseLock, database_lock, machine_lock
from wholesaler.logs import log, lost_log
from wholesaler.markets import Market
from wholesaler.notify import enabled_channels
from wholesaler.pipeline.announcements import announce_failure, announce_findings
from wholesaler.pipeline.attempt import Report, Stage, add_warning, run_stage
from wholesaler.pipeline.memory import give_back
from wholesaler.pipeline.missed import gap_before
from wholesaler.pipeline.monitors import tell_begin, tell_end
from wholesaler.pipeline.prune import Pruning, prune
from wholesaler.scoring.profile import load_profile
from wholesaler.settings import Settings
from wholesaler.stages.alert import stage as alert
from wholesaler.stages.check import stage as check
from wholesaler.stages.check.names import read_fail_on
from wholesaler.stages.dedupe import stage as dedupe
from wholesaler.stages.enrich import stage as enrich
from wholesaler.stages.ingest import stage as ingest
from wholesaler.stages.interface import STAGE_NAMES, Context, Options, RetryLater
from wholesaler.stages.score import stage as score

_MINUTE = 60
STAGES = (
    Stage("ingest", ingest.run, retries=3, retry_wait=5 * _MINUTE),
    Stage("enrich", enrich.run, retries=3, retry_wait=5 * _MINUTE, needs="ingest"),
    Stage("dedupe", dedupe.run, retries=3, retry_wait=5 * _MINUTE, needs="enrich"),
    Stage("score", score.run, retries=3, retry_wait=5 * _MINUTE, needs="dedupe"),
    Stage("alert", alert.run, retries=2, retry_wait=3 * _MINUTE, needs="score"),
    Stage("check", check.run, retries=2, retry_wait=5 * _MINUTE, follows="alert"),
)


@dataclass(frozen=True)
class Task:
    """What is asked of a run: which market, which day, which stages, and how."""

    settings: Settings
    market: Market
    as_of: date
    stages: tuple[str, ...] = STAGE_NAMES
    profile: str | None = None
    options: Options = field(default_factory=Options)
    #: until when a held lock is waited for, by ``time.monotonic``
    lock_until: float = 0.0
    #: somebody sits at a terminal
    is_watched: bool = False


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


def run(task: Task, *, is_locked: bool = False) -> RunReport:
    """Run the stages of ``task`` in order. A failed stage stops those that need it; ``check`` runs in any case.

    Raises :class:`LockedError` when another run of the market is under way, :class:`UsageError` for a source
    that the market does not have, :class:`ConfigurationError` for settings or a profile that cannot work,
    :class:`UnavailableError` when there is no database. ``is_locked`` says that the caller holds the market's lock on
    this machine.
    """
    _validate(task)
    for warning in task.settings.warnings:
        log.warning("unknown_setting", warning=warning)
    started = datetime.now(UTC)
    with open_database(task, is_locked=is_locked) as (context, restore):
        tell_begin(context, started, task.stages[0])
        gap = _gap_before(context) if STAGES[0].name in task.stages else []
        reports: list[Report] = []
        for stage in STAGES:
            if stage.name not in task.stages:
                continue
            broken = next((r for r in reports if r.command == stage.needs and r.status in {"failure", "skipped"}), None)
            if broken is None:
                report = run_stage(stage, context, restore, is_watched=task.is_watched)
            else:
                now = datetime.now(UTC)
                report = Report(stage.name, task.market.key, task.as_of, started_at=now, finished_at=now)
                report.warnings = [f"skipped: {broken.command} did not succeed"]
            if not reports:
                report.warnings = [*task.settings.warnings, *gap, *report.warnings]
            reports.append(report)
            _announce(context, report)
            give_back()
        if task.stages == STAGE_NAMES and "failure" not in {report.status for report in reports}:
            today = min(task.as_of, datetime.now(task.market.zone).date())
            for warning in prune(Pruning(context.engine, task.settings, task.market, today)).warnings:
                log.warning("not_pruned", reason=warning)
                add_warning(reports[-1], context, "prune", warning)
        finished = RunReport(context.run_id, started, datetime.now(UTC), task, tuple(reports))
        for warning in tell_end(context, started, finished.exit_code, finished.stages):
            log.warning("monitor_not_told", reason=warning)
            add_warning(reports[-1], context, "monitors", warning)
        _log_end(finished)
        if (lost := lost_log()) is not None:
            reason = f"the log could not be written to stderr: {lost.strerror or lost}"
            add_warning(reports[-1], context, "log", reason)
        return finished


@contextmanager
def open_database(task: Task, *, is_locked: bool = False) -> Iterator[tuple[Context, Callable[[], None]]]:
    """A context that owns the market: locks taken, database open and migrated, killed runs closed.

    What comes with it restores database and lock after they were lost, to be called before each attempt; it raises
    :class:`RetryLater` while there is no server and :class:`LockedError` when another run has begun meanwhile.
    ``is_locked`` says that the caller holds the lock on this machine.
    """
    settings, market = task.settings, task.market
    with nullcontext() if is_locked else machine_lock(settings.home, market.key, task.lock_until):
        engine = open_engine(settings)
        try:
            with explain_connection_errors(engine.url), database_lock(engine, market.key, task.lock_until) as lock:
                killed = close_killed(engine, market.key)
                if killed:
                    log.warning("killed_runs_closed", rows=killed)
                with engine.connect() as connection:
                    known = read_known(connection, market.key, task.as_of, read_fail_on(settings))
                context = Context(settings, market, task.as_of, engine, uuid4(), task.profile, task.options, known)
                yield context, partial(_restore, context, lock)
        finally:
            engine.dispose()


def _restore(context: Context, lock: DatabaseLock) -> None:
    """Have the server and the lock again, where they were lost; the rows of what was under way are closed."""
    try:
        if lock.is_held():
            return
        with explain_connection_errors(context.engine.url):
            database_url(context.settings)  # starts the private server
            lock.restore()
            log.warning("database_restored")
            close_killed(context.engine, context.market.key, "The connection to the database was lost.")
    except UnavailableError as error:
        raise RetryLater(error.message, error.hint) from error


def _gap_before(context: Context) -> list[str]:
    """What a run that begins with new records says of the days that were missed before it."""
    with context.engine.connect() as connection:
        gap = gap_before(connection, context.market.key, context.as_of)
    if gap is None:
        return []
    log.warning("days_missed", reason=gap)
    return [gap]


def _log_end(report: RunReport) -> None:
    """The one line of a night in which nothing else was to be said."""
    log.info(
        "run_finished",
        market=report.task.market.key,
        as_of=report.task.as_of.isoformat(),
        exit_code=int(report.exit_code),
        seconds=round((report.finished_at - report.started_at).total_seconds(), 1),
        stages={stage.command: stage.status for stage in report.stages},
        counts={stage.command: _counts(stage.stats) for stage in report.stages if stage.stats},
    )


def _counts(stats: dict[str, Any]) -> dict[str, int]:
    """The numbers of a stage; of those of its sources the sum."""
    counts: Counter[str] = Counter()
    for part in (stats, *(part for part in stats.values() if isinstance(part, dict))):
        counts.update({name: value for name, value in part.items() if type(value) is int})
    return dict(counts)


def _validate(task: Task) -> None:
    """What can be wrong before anything is done: better now than after the ingest of a night."""
    known = task.market.sources
    for name in task.options.sources:
        if name not in known:
            hint = f"{did_you_mean(name, known)} It has {', '.join(known)}.".strip()
            raise UsageError(f"Market {task.market.key} has no source '{name}'.", hint)
    if task.options.full and task.market.roll is None:
        raise UsageError(f"Market {task.market.key} has no appraiser's roll to load in full.")
    enabled_channels(task.settings)  # what any stage does may have to be told
    read_fail_on(task.settings)
    if "score" in task.stages:
        load_profile(task.profile or task.settings.profile)


def _announce(context: Context, report: Report) -> None:
    """Announce a failed stage, or what the check found; that this fails too must not hide the first failure.

    Wrong usage is for who has called the command.
    """
    if context.options.dry_run or report.exit_code is ExitCode.USAGE:
        return
    try:
        if report.command == "check" and report.exit_code in {ExitCode.OK, ExitCode.WARNINGS, ExitCode.DATA_ERRORS}:
            announce_findings(context, report)
        elif report.status == "failure":
            announce_failure(context, report)
    except (WholesalerError, SQLAlchemyError) as error:
        log.error("announcement_failed", stage=report.command, error=str(error).splitlines()[0])
