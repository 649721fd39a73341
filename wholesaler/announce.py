"""Tell people that a stage failed or that the check found something: once for each stage, day and channel."""

from datetime import date
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from wholesaler.config import Settings
from wholesaler.errors import ConfigurationError, UsageError, WholesalerError
from wholesaler.logs import redact
from wholesaler.markets import Market
from wholesaler.notify import DeliveryError, FailureNotice, enabled_channels
from wholesaler.runs import Report
from wholesaler.stages.deliveries import announce
from wholesaler.stages.interface import Context

log = structlog.get_logger()


def announce_failure(context: Context, report: Report) -> None:
    """Announce a failed stage through the ledger, or past it when the database is what has failed."""
    error = report.error or {}
    payload = _failure(context.market, report.command, context.as_of, error, report.seconds)
    try:
        announce(context, enabled_channels(context.settings), "stage_failure", report.command, payload)
    except OperationalError:
        _announce_directly(context.settings, payload)


def announce_findings(context: Context, report: Report) -> None:
    """Announce what the check found."""
    from wholesaler.stages.check import findings_of

    payload = {
        "market_key": context.market.key,
        "market_name": context.market.name,
        "as_of": context.as_of.isoformat(),
        "findings": [vars(finding) for finding in findings_of(report.stats)],
    }
    announce(context, enabled_channels(context.settings), "findings", report.command, payload)


def announce_without_database(
    settings: Settings, market: Market, as_of: date, stage: str, error: WholesalerError
) -> None:
    """Announce that a run could not even begin; what is wrong with the configuration is for the terminal only."""
    if isinstance(error, ConfigurationError | UsageError):
        return
    secrets = settings.secrets()
    explained = {"message": redact(error.message, secrets), "hint": error.hint and redact(error.hint, secrets)}
    _announce_directly(settings, _failure(market, stage, as_of, explained, 0.0))


def _failure(market: Market, stage: str, as_of: date, error: dict[str, Any], seconds: float) -> dict[str, Any]:
    return {
        "market_key": market.key,
        "market_name": market.name,
        "stage": stage,
        "as_of": as_of.isoformat(),
        "error": str(error.get("message", "unknown")),
        "hint": error.get("hint"),
        "run_seconds": seconds,
    }


def _announce_directly(settings: Settings, payload: dict[str, Any]) -> None:
    """Without a ledger a marker file remembers for each channel what was said today."""
    try:
        channels = [channel for channel in enabled_channels(settings) if channel.name != "report"]
    except ConfigurationError as error:
        log.error("announcement_failed", error=str(error))
        return
    notice = FailureNotice(**{**payload, "as_of": date.fromisoformat(payload["as_of"])})
    for channel in channels:
        name = f"{notice.market_key}-{notice.as_of}-{notice.stage}-{channel.name}"
        marker = settings.home / "announced" / name
        if marker.exists():
            continue
        try:
            partly = channel.send(channel.render_failure(notice))
        except DeliveryError as error:
            log.error("announcement_failed", channel=channel.name, error=error.message)
            continue
        if partly is not None:
            log.warning("announcement_partly_taken", channel=channel.name, error=partly.refusal)
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
