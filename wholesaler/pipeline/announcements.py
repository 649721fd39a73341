"""Tell people that a stage failed, once a day, and what the check found, once until it is gone."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from wholesaler.db.known import tell
from wholesaler.deadline import limit
from wholesaler.errors import DeadlineError
from wholesaler.explain import explain
from wholesaler.home import make_directory, make_home
from wholesaler.logs import log
from wholesaler.notify import DeliveryError, FailureNotice, enabled_channels, usable_channels
from wholesaler.pipeline.attempt import Report
from wholesaler.settings import Settings
from wholesaler.stages.alert.deliveries import announce, count_notices, deliver_notices, write_notice
from wholesaler.stages.interface import Context

#: in a marker file: the channel may have the announcement
_UNANSWERED = "unanswered"
#: seconds for an announcement through the ledger, on all channels
_LONGEST = 120.0


def announce_failure(context: Context, report: Report) -> None:
    """Announce a failed stage through the ledger, or past it when the database is what has failed."""
    market, error = context.market, report.error or {}
    payload = _failure(market.key, market.name, report.command, context.as_of, error, report.seconds)
    try:
        with _deadline():
            announce(context, enabled_channels(context.settings), "stage_failure", report.command, payload)
    except (SQLAlchemyError, DeadlineError):  # gone, locked, read-only, or without its tables: it may be what failed
        _announce_directly(context.settings, payload, report.command)


def announce_findings(context: Context, report: Report) -> None:
    """Announce what the check found, each finding once until it is gone; what is known does not count."""
    from wholesaler.stages.check.stage import findings_of

    market = context.market
    found = {
        finding: [name for name in names if finding.severity == "error" or context.known.counts(name)]
        for finding, names in findings_of(report.stats).items()
    }
    with _deadline():
        channels = enabled_channels(context.settings)
        with context.engine.begin() as connection:
            names = {name for named in found.values() for name in named}
            untold = tell(connection, market.key, names, context.as_of)
            new = [finding for finding, named in found.items() if not untold.isdisjoint(named)]
            payload = {
                "market_key": market.key,
                "market_name": market.name,
                "as_of": context.as_of.isoformat(),
                "findings": [vars(finding) for finding in new],
                "told_before": len(found) - len(new),
            }
            if new:
                number = count_notices(connection, market.key, "findings", context.as_of) + 1
                subject = report.command if number == 1 else f"{report.command} {number}"
                write_notice(connection, context, channels, "findings", subject, payload)
        if new:
            deliver_notices(context, channels)


def announce_start_failure(
    settings: Settings, market: tuple[str, str], as_of: date, command: str, error: Exception, subject: str
) -> None:
    """Announce that a command on a market (key and name) could not begin, once a day for each ``subject``."""
    _announce_directly(settings, _failure(*market, command, as_of, explain(error, settings.secrets()), 0.0), subject)


def _deadline() -> AbstractContextManager[None]:
    """A table that somebody has locked holds up no announcement for ever."""
    return limit(_LONGEST, lambda: DeadlineError(f"The announcement was not sent within {_LONGEST:g} s."))


def _failure(
    market_key: str, market_name: str, stage: str, as_of: date, error: dict[str, Any], seconds: float
) -> dict[str, Any]:
    return {
        "market_key": market_key,
        "market_name": market_name,
        "stage": stage,
        "as_of": as_of.isoformat(),
        "error": str(error.get("message", "unknown")),
        "hint": error.get("hint"),
        "run_seconds": seconds,
    }


def _announce_directly(settings: Settings, payload: dict[str, Any], subject: str) -> None:
    """Without a ledger a marker file remembers for each channel and subject what was announced today.

    What a channel gave no answer to is sent again by the next run, marked as a possible repeat of the same message.
    """
    notice = FailureNotice(**{**payload, "as_of": date.fromisoformat(payload["as_of"])})
    for channel in usable_channels(settings):
        marker = settings.home / "announced" / f"{notice.market_key}-{notice.as_of}-{subject}-{channel.name}"
        remembered = _read(marker)
        if channel.name == "report" or (remembered is not None and remembered != _UNANSWERED):
            continue
        message = channel.render_failure(replace(notice, repeat=remembered == _UNANSWERED))
        reference = sha256(marker.name.encode()).hexdigest()[:32]
        try:
            partial = channel.send(replace(message, reference=reference))
        except DeliveryError as error:
            log.error("announcement_failed", channel=channel.name, error=error.message)
            if error.unanswered:
                _remember(settings, marker, _UNANSWERED)
            continue
        if partial is not None:
            log.warning("announcement_delivered_in_part", channel=channel.name, error=partial.refusal)
        _remember(settings, marker, "")


def _remember(settings: Settings, marker: Path, outcome: str) -> None:
    try:
        make_home(settings.home)
        make_directory(marker.parent)
        marker.touch(0o600)
        marker.write_text(outcome)
    except OSError as error:
        log.error("announcement_not_remembered", channel=marker.name, error=error.strerror)


def _read(marker: Path) -> str | None:
    """What is remembered of an announcement, ``None`` where nothing is."""
    try:
        return marker.read_text()
    except OSError:  # no marker; or what is wrong is the home directory itself
        return None
