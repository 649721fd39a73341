"""One stage: its attempts with retries, a row of the run-tracking table for each, and a report of how it ended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from structlog.contextvars import bind_contextvars, unbind_contextvars

from wholesaler.db.run_ledger import RunKey, append_warning, close_run, fail_run, has_ended_well, open_run
from wholesaler.deadline import late_errors, limit, unlimited
from wholesaler.documents import stage_document
from wholesaler.errors import DeadlineError, ExitCode, SourceError, WholesalerError, interruption_behind
from wholesaler.explain import exit_code_of, explain
from wholesaler.logs import log
from wholesaler.redaction import redact_document
from wholesaler.retry import RetryPolicy
from wholesaler.stages.interface import Attempt, Context, Result, RetryLater

#: seconds between two attempts while somebody sits at the terminal
_WATCHED_WAIT = 5.0


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline: how often it is retried, how long waited between (seconds), what must come before.

    It ``follows`` the stage that comes before it and that it does not need.
    """

    name: str
    run: Callable[[Context, Attempt], Result] = field(repr=False)
    retries: int
    retry_wait: float
    needs: str | None = None
    follows: str | None = None


@dataclass
class Report:
    """How a stage ended; :meth:`document` is its JSON."""

    command: str
    market: str
    as_of: date
    status: str = "skipped"
    attempts: int = 0
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    finished_at: datetime | None = None
    stats: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None
    exit_code: ExitCode = ExitCode.OK
    #: the run-tracking row of the last attempt
    row: int | None = None

    def document(self) -> dict[str, Any]:
        """The report as a JSON-ready dictionary."""
        return stage_document(
            self.command,
            self.market,
            self.as_of,
            self.status,
            self.started_at,
            self.finished_at,
            attempts=self.attempts,
            stats=self.stats,
            warnings=self.warnings,
            error=self.error,
        )

    @property
    def seconds(self) -> float:
        """How long the stage took, waits between attempts included."""
        return ((self.finished_at or datetime.now(UTC)) - self.started_at).total_seconds()


def run_stage(stage: Stage, context: Context, restore: Callable[[], None], *, is_watched: bool = False) -> Report:
    """Run a stage with its retries, within its deadline; never raises for a failure, which is in the report.

    ``restore`` is called before each attempt and has the database back where it was lost. Who watches (``is_watched``)
    is not left waiting for minutes, and is told how to stop.
    """
    report = Report(stage.name, context.market.key, context.as_of)
    settings = context.settings
    retries = stage.retries if settings.retries is None else settings.retries
    wait = settings.retry_wait
    if wait is None:
        wait = _WATCHED_WAIT if is_watched else stage.retry_wait
    logged = {"stop_with": "Ctrl-C"} if is_watched else {}
    bind_contextvars(stage=stage.name)
    attempts = RetryPolicy(retries, wait, doubles=False).attempts(
        _may_work_later, reason=lambda error: explain(error, settings.secrets())["message"], **logged
    )
    try:
        with _deadline(stage, context):
            for attempt in attempts:
                with attempt:
                    number = attempt.retry_state.attempt_number
                    report.attempts = number
                    with unlimited():
                        restore()
                    report.row, result = _attempt(stage, context, Attempt(number, retries, wait))
                    report.status, report.stats, report.warnings = result.status, result.stats, result.warnings
                    report.exit_code = result.exit_code
                    if result.exit_code is ExitCode.DATA_ERRORS:
                        report.error = {"type": "DataErrors", "message": "; ".join(result.stats["errors"])}
    except Exception as error:  # the one boundary: whatever a stage raises becomes a report
        if interruption := interruption_behind(error):
            raise interruption from None
        report.status, report.error = "failure", explain(error, settings.secrets())
        report.exit_code = exit_code_of(error)
        log.error("stage_failed", **report.error, exc_info=not isinstance(error, WholesalerError))
    finally:
        unbind_contextvars("stage")
    report.finished_at = datetime.now(UTC)
    return report


def add_warning(report: Report, context: Context, name: str, warning: str) -> None:
    """A warning about a stage that has ended, in its report and its row; ``name`` is that by which it can be known."""
    warning += context.known.note([name])
    report.warnings.append(warning)
    if report.exit_code is ExitCode.OK and context.known.counts(name):
        report.exit_code = ExitCode.WARNINGS
        report.status = report.status if report.status == "skipped" else "partial"
    if report.row is not None:
        key = RunKey(context.run_id, context.market.key, context.as_of)
        append_warning(context.engine, key, report.row, report.status, warning)


def _deadline(stage: Stage, context: Context) -> AbstractContextManager[None]:
    """All attempts of a stage, until its time is over; one that has never ended well in this county has more."""
    settings, name = context.settings, f"WHOLESALER_{stage.name.upper()}_DEADLINE"
    seconds: float = getattr(settings, f"{stage.name}_deadline")
    if seconds < settings.first_load_deadline and not _has_ended_well(stage, context):
        seconds, name = settings.first_load_deadline, "WHOLESALER_FIRST_LOAD_DEADLINE"
    message = f"{stage.name} had not ended after {seconds:g} s and was stopped; what it had begun was rolled back."
    return limit(seconds, lambda: DeadlineError(message, f"`wholesaler runs` shows how long it took before; {name}."))


def _has_ended_well(stage: Stage, context: Context) -> bool:
    try:
        return has_ended_well(context.engine, context.market.key, stage.name)
    except DBAPIError:  # the attempt itself will say so
        return True


def _attempt(stage: Stage, context: Context, attempt: Attempt) -> tuple[int, Result]:
    """One attempt: its row and what it came to."""
    key = RunKey(context.run_id, context.market.key, context.as_of)
    row = open_run(context.engine, key, stage.name, attempt.number)
    log.info("stage_started", attempt=attempt.number)
    secrets = context.settings.secrets()
    try:
        with late_errors():
            result = stage.run(context, attempt)
        result.stats = redact_document(result.stats, secrets)
        result.warnings = redact_document(result.warnings, secrets)
    except BaseException as error:
        fail_run(context.engine, key, row, explain(error, secrets))
        raise
    summary = {name: value for name, value in result.stats.items() if name != "preview"}
    # a dry run has done nothing that a later one or a monitor could rely upon
    status = "skipped" if context.options.dry_run else result.status
    close_run(context.engine, key, row, status, summary, result.warnings)
    log.info("stage_finished", status=result.status)
    return row, result


def _may_work_later(error: BaseException) -> bool:
    if interruption_behind(error):
        return False
    if isinstance(error, RetryLater | OperationalError | InterfaceError | OSError):
        return True
    return isinstance(error, SourceError) and error.transient
