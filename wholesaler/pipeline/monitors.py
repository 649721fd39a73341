"""Whoever watches from outside: a dead-man's switch is told how a night begins and how it ends.

A run for a day long past, and a dry run, are no night, and nobody is told.
"""

from collections.abc import Iterator
from datetime import date, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from wholesaler.config import Settings
from wholesaler.db.sql import statement
from wholesaler.errors import ExitCode
from wholesaler.markets import Market
from wholesaler.notify.healthcheck import TIMEOUT, ping
from wholesaler.pipeline.attempt import Report
from wholesaler.stages.interface import STAGE_NAMES, Context

log = structlog.get_logger()

#: seconds that an interrupted run has for its last word
_FAREWELL_SECONDS = 1.0


def is_night(market: Market, day: date) -> bool:
    """Whether who works for ``day`` now does what a night does: today in the market, or the day before if late."""
    return 0 <= (datetime.now(market.zone).date() - day).days <= 1


def tell_begin(context: Context, first: str) -> None:
    """A run begins with the stage ``first``; of those that do not begin the night nothing is told."""
    if first != STAGE_NAMES[0] or context.options.dry_run or not is_night(context.market, context.as_of):
        return
    if reason := ping(context.settings, "start"):  # may be a service without this signal; its end is what counts
        log.info("healthcheck_without_start", reason=reason)


def tell_end(context: Context, code: ExitCode, reports: tuple[Report, ...]) -> list[str]:
    """A run has ended; returns a warning where the switch could not be told.

    It is told of a success once all stages of the day have succeeded, in whatever commands, and of each failure.
    """
    if code is ExitCode.USAGE or context.options.dry_run or not is_night(context.market, context.as_of):
        return []
    is_done = code in {ExitCode.OK, ExitCode.WARNINGS}
    if context.settings.healthcheck_url is None or (is_done and not _is_complete(context, reports)):
        return []
    title = f"exit code {int(code)}: {context.market.name}, {context.as_of}"
    summary = "\n".join([title, *(line for report in reports for line in _lines(report))])
    reason = ping(context.settings, "success" if is_done else "fail", summary)
    return [f"the dead-man's switch was not told: {reason}"] if reason else []


def tell_failure(
    settings: Settings, market: Market | None, day: date | None, code: ExitCode, message: str, *, in_haste: bool
) -> None:
    """A run could not begin, or was interrupted, which leaves it no time. ``message`` says why in one line."""
    if market is not None and day is not None and not is_night(market, day):
        return
    name = "unknown market" if market is None else market.name
    summary = f"exit code {int(code)}: {name}\n{message}"
    if reason := ping(settings, "fail", summary, seconds=_FAREWELL_SECONDS if in_haste else TIMEOUT):
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
