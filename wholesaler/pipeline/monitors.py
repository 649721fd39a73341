"""Whoever watches from outside is told how a night begins and how it ends: a dead-man's switch, a file of metrics.

A run for a day long past, and a dry run, are no night, and nobody is told.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from sqlalchemy.exc import SQLAlchemyError

from wholesaler.db.sql import statement
from wholesaler.errors import ExitCode
from wholesaler.logs import log
from wholesaler.markets import Market
from wholesaler.notify.healthcheck import HASTE, TIMEOUT, ping
from wholesaler.pipeline.attempt import Report
from wholesaler.pipeline.metrics import RunMetrics, write_metrics
from wholesaler.pipeline.status import status
from wholesaler.settings import Settings
from wholesaler.stages.interface import STAGE_NAMES, Context


def is_night(market: Market, day: date) -> bool:
    """Whether who works for ``day`` now does what a night does: today in the market, or the day before if late."""
    return 0 <= (datetime.now(market.zone).date() - day).days <= 1


def tell_begin(context: Context, began_at: datetime, first: str) -> None:
    """A run begins with the stage ``first``. The switch is told of the one that begins the night."""
    if context.options.dry_run or not is_night(context.market, context.as_of):
        return
    if reason := _write_metrics(context, RunMetrics(began_at)):
        log.warning("metrics_not_written", reason=reason)
    if first != STAGE_NAMES[0]:
        return
    if reason := ping(context.settings, "start"):  # may be a service without this signal; its end is what counts
        log.info("healthcheck_without_start", reason=reason)


def tell_end(context: Context, began_at: datetime, code: ExitCode, reports: tuple[Report, ...]) -> list[str]:
    """A run has ended; returns a warning for each that could not be told.

    The switch is told of a success once all stages of the day have succeeded, in whatever commands, and of each
    failure.
    """
    if code is ExitCode.USAGE or context.options.dry_run or not is_night(context.market, context.as_of):
        return []
    warnings = []
    if reason := _ping(context, code, reports):
        warnings.append(f"the dead-man's switch was not told: {reason}")
        code = code or (ExitCode.WARNINGS if context.known.counts("monitors") else ExitCode.OK)
    if reason := _write_metrics(context, RunMetrics(began_at, datetime.now(UTC), code)):
        warnings.append(reason)
    return warnings


def _ping(context: Context, code: ExitCode, reports: tuple[Report, ...]) -> str | None:
    is_done = code in {ExitCode.OK, ExitCode.WARNINGS}
    if context.settings.healthcheck_url is None or (is_done and not _is_complete(context, reports)):
        return None
    title = f"exit code {int(code)}: {context.market.name}, {context.as_of}"
    summary = "\n".join([title, *(line for report in reports for line in _lines(report))])
    return ping(context.settings, "success" if is_done else "fail", summary)


def _write_metrics(context: Context, run: RunMetrics) -> str | None:
    if context.settings.metrics_file is None:
        return None
    try:
        with context.engine.connect() as connection:
            known = status(connection, context.settings, context.market)
    except SQLAlchemyError:
        known = None
    return write_metrics(context.settings.metrics_file, context.market.key, run, known)


def tell_failure(
    settings: Settings,
    market: Market | str,
    day: date | None,
    began_at: datetime,
    code: ExitCode,
    message: str,
    *,
    in_haste: bool,
) -> None:
    """A run could not begin, or was interrupted, which leaves it no time. ``message`` says why in one line.

    ``market`` is what its key seems to be where its file cannot be read.
    """
    key, name = (market, market) if isinstance(market, str) else (market.key, market.name)
    if not isinstance(market, str) and day is not None and not is_night(market, day):
        return
    if settings.metrics_file is not None:
        run = RunMetrics(began_at, datetime.now(UTC), code)
        if reason := write_metrics(settings.metrics_file, key, run, None):
            log.warning("metrics_not_written", reason=reason)
    summary = f"exit code {int(code)}: {name}\n{message}"
    if reason := ping(settings, "fail", summary, seconds=HASTE if in_haste else TIMEOUT):
        log.warning("monitor_not_told", reason=reason)


def _is_complete(context: Context, reports: tuple[Report, ...]) -> bool:
    """Whether every stage of the day has succeeded, in this run or before it."""
    if {report.command for report in reports} == set(STAGE_NAMES):
        return True
    parameters = {"market": context.market.key, "zone": context.market.time_zone}
    try:
        with context.engine.connect() as connection:
            rows = connection.execute(statement(__package__, "status.sql", "stages"), parameters).all()
    except SQLAlchemyError:  # what the run has done is done; the night's last stage will tell
        return False
    good = {row.stage for row in rows if row.as_of == context.as_of and row.status in {"success", "partial"}}
    return good == set(STAGE_NAMES)


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.command}: {report.status} in {report.seconds:.1f} s"
    if report.error:
        yield f"  error: {report.error['message']} {report.error.get('hint') or ''}".rstrip()
    yield from (f"  warning: {warning}" for warning in report.warnings)
