"""Tell people that a stage failed or that the check found something: once for each stage, day and channel."""

from datetime import date
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from wholesaler.config import Settings
from wholesaler.explain import explain
from wholesaler.home import make_directory, make_home
from wholesaler.notify import DeliveryError, FailureNotice, enabled_channels, usable_channels
from wholesaler.pipeline.attempt import Report
from wholesaler.stages.alert.deliveries import announce
from wholesaler.stages.interface import Context

log = structlog.get_logger()


def announce_failure(context: Context, report: Report) -> None:
    """Announce a failed stage through the ledger, or past it when the database is what has failed."""
    market, error = context.market, report.error or {}
    payload = _failure(market.key, market.name, report.command, context.as_of, error, report.seconds)
    try:
        announce(context, enabled_channels(context.settings), "stage_failure", report.command, payload)
    except OperationalError:
        _announce_directly(context.settings, payload, report.command)


def announce_findings(context: Context, report: Report) -> None:
    """Announce what the check found."""
    from wholesaler.stages.check.stage import findings_of

    payload = {
        "market_key": context.market.key,
        "market_name": context.market.name,
        "as_of": context.as_of.isoformat(),
        "findings": [vars(finding) for finding in findings_of(report.stats)],
    }
    announce(context, enabled_channels(context.settings), "findings", report.command, payload)


def announce_start_failure(
    settings: Settings, market: tuple[str, str], as_of: date, command: str, error: Exception, subject: str
) -> None:
    """Announce that a command on a market (key and name) could not begin, once a day for each ``subject``."""
    _announce_directly(settings, _failure(*market, command, as_of, explain(error, settings.secrets()), 0.0), subject)


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
    """Without a ledger a marker file remembers for each channel and subject what was said today."""
    notice = FailureNotice(**{**payload, "as_of": date.fromisoformat(payload["as_of"])})
    for channel in usable_channels(settings):
        marker = settings.home / "announced" / f"{notice.market_key}-{notice.as_of}-{subject}-{channel.name}"
        if channel.name == "report" or _exists(marker):
            continue
        try:
            partial = channel.send(channel.render_failure(notice))
        except DeliveryError as error:
            log.error("announcement_failed", channel=channel.name, error=error.message)
            continue
        if partial is not None:
            log.warning("announcement_partly_taken", channel=channel.name, error=partial.refusal)
        try:
            make_home(settings.home)
            make_directory(marker.parent)
            marker.touch(0o600)
        except OSError as error:
            log.error("announcement_not_remembered", channel=channel.name, error=error.strerror)


def _exists(marker: Path) -> bool:
    try:
        return marker.exists()
    except OSError:  # what is wrong may be the home directory itself
        return False
