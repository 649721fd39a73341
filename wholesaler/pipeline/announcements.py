"""Tell people that a stage failed or that the check found something: once for each stage, day and channel."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from wholesaler.config import Settings
from wholesaler.db.ledgers import AlertDelivery
from wholesaler.deadline import limit
from wholesaler.errors import DeadlineError
from wholesaler.explain import explain
from wholesaler.home import make_directory, make_home
from wholesaler.notify import DeliveryError, FailureNotice, Finding, enabled_channels, usable_channels
from wholesaler.pipeline.attempt import Report
from wholesaler.stages.alert.deliveries import announce
from wholesaler.stages.interface import Context

log = structlog.get_logger()

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
    """Announce what the check found; of what a later check of the day finds, what had not been found before."""
    from wholesaler.stages.check.stage import findings_of

    findings, subject = findings_of(report.stats), report.command
    with _deadline():
        told = _told_findings(context)
        unsaid = [finding for finding in findings if not told.issuperset(_names(finding))]
        if told and unsaid:
            names = sorted({name for finding in unsaid for _, name in _names(finding) - told})
            findings, subject = tuple(unsaid), f"{report.command}: {', '.join(names)}"
        payload = {
            "market_key": context.market.key,
            "market_name": context.market.name,
            "as_of": context.as_of.isoformat(),
            "findings": [vars(finding) for finding in findings],
        }
        announce(context, enabled_channels(context.settings), "findings", subject, payload)


def _told_findings(context: Context) -> set[tuple[str, str]]:
    """What the ledger has for the day of findings."""
    query = select(AlertDelivery.payload).where(
        AlertDelivery.market == context.market.key,
        AlertDelivery.kind == "findings",
        AlertDelivery.as_of == context.as_of,
    )
    with context.engine.connect() as connection:
        payloads = connection.scalars(query).all()
    return {name for payload in payloads for finding in payload["findings"] for name in _names(Finding(**finding))}


def _names(finding: Finding) -> set[tuple[str, str]]:
    """By what a finding is the same as one of before, whatever its numbers; an older row has its line alone."""
    return {(finding.severity, name) for name in finding.names or (finding.title,)}


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
