"""Completeness of what came in and went out: sources, rejected records, alerts."""

from typing import Any

from sqlalchemy import Connection

from wholesaler.plural import counted
from wholesaler.stages.check.registry import Observation, Severity, check, not_applicable, rows
from wholesaler.stages.interface import Context
from wholesaler.stages.properties import link
from wholesaler.stages.properties.freshness import freshness

GROUP = "completeness"
_FILE = "operations.sql"
REJECTED_SHARE = 0.05
PENDING_HOURS = 24
#: for so long a refusal is news
REFUSED_DAYS = 7
_LONGEST_REASON = 200


@check(
    group=GROUP,
    severity=Severity.WARNING,
    hint="The publisher has stopped or is late: look for a newer layer and point the market file at it.",
)
def stale_sources(connection: Connection, context: Context) -> Observation:
    """Freshness of the sources.

    Staleness that the market file calls known is told, and is no finding.
    """
    by_source = freshness(connection, context.market, context.as_of)
    value = {
        name: {"newest_record": source_freshness.newest.isoformat(), "stale": source_freshness.stale}
        for name, source_freshness in by_source.items()
        if source_freshness.newest is not None
    }
    if not value:
        return not_applicable("no dated records")
    stale = [source_freshness for source_freshness in by_source.values() if source_freshness.stale]
    message = "; ".join(source_freshness.warning for source_freshness in stale) or "all fresh"
    new = tuple(source_freshness.source for source_freshness in stale if not source_freshness.is_known)
    return Observation(message, value, wrong=bool(new), subjects=new)


@check(group=GROUP, severity=Severity.WARNING, hint="See `wholesaler runs`, then run `wholesaler ingest` again.")
def last_ingest(connection: Connection, context: Context) -> Observation:
    """Last ingest of each source."""
    last = {row.source: row for row in rows(connection, context, _FILE, "last_ingest")}
    if not last:
        return not_applicable("nothing was ingested yet")
    value: dict[str, str] = {}
    doubtful: dict[str, str] = {}
    for name in context.market.sources:
        status = last[name].status if name in last else "never"
        value[name] = status
        if status == "never":
            doubtful[name] = f"{name}: never loaded"
        elif status in {"failure", "partial"}:
            reason = last[name].reason or "no reason was recorded"
            doubtful[name] = f"{name}: {status}: {_shorten(reason)}"
    message = "; ".join(doubtful.values()) or "all complete"
    return Observation(message, value, wrong=bool(doubtful), subjects=tuple(doubtful))


@check(
    group=GROUP,
    severity=Severity.WARNING,
    hint="See `wholesaler rejects list` for the reasons; often the publisher renamed a field or changed its format.",
)
def rejected_records(connection: Connection, context: Context) -> Observation:
    """Rejected records."""
    value: dict[str, Any] = {}
    excessive: dict[str, str] = {}
    for row in rows(connection, context, _FILE, "rejected_shares"):
        if row.source not in context.market.sources or not row.kept + row.rejected:
            continue
        share = row.rejected / (row.kept + row.rejected)
        value[row.source] = {"rejected": row.rejected, "kept": row.kept, "share": round(share, 4)}
        if share > REJECTED_SHARE:
            excessive[row.source] = f"{row.source}: {row.rejected:,} of {row.kept + row.rejected:,} ({share:.0%})"
    if not value:
        return not_applicable("no records")
    fine = f"at most {REJECTED_SHARE:.0%} of each source"
    message = "; ".join(excessive.values()) or fine
    return Observation(message, value, wrong=bool(excessive), subjects=tuple(excessive))


@check(
    group=GROUP,
    severity=Severity.WARNING,
    hint="See `parcel_form` in the market file, and whether the appraiser's roll was loaded.",
)
def join_rates(connection: Connection, context: Context) -> Observation:
    """Parcels found on the appraiser's roll."""
    sources = context.market.sources
    if context.market.roll is None:
        return not_applicable("the market has no appraiser's roll")
    by_source = link.join_rates(connection, context.market.key)
    rates = {source: rate for source, rate in by_source.items() if source in sources}
    if not rates:
        return not_applicable("no parcel numbers")
    low = {
        name: f"{name}: {rate:.0%}, at least {sources[name].minimum_join_rate:.0%} expected"
        for name, rate in rates.items()
        if rate < sources[name].minimum_join_rate
    }
    fine = ", ".join(f"{name} {rate:.0%}" for name, rate in rates.items())
    return Observation("; ".join(low.values()) or fine, rates, wrong=bool(low), subjects=tuple(low))


@check(group=GROUP, severity=Severity.WARNING, hint="Run `wholesaler alert`: it says why a channel does not take them.")
def pending_alerts(connection: Connection, context: Context) -> Observation:
    """Alerts that wait for more than a day."""
    from wholesaler.notify import enabled_channels

    channels = [channel.name for channel in enabled_channels(context.settings)]
    pending_rows = rows(connection, context, _FILE, "pending_alerts", channels=channels, hours=PENDING_HOURS)
    waiting = {row.channel: row.pending for row in pending_rows}
    message = ", ".join(f"{counted(count, 'alert')} for {channel}" for channel, count in waiting.items())
    return Observation(message or "none", {"pending": waiting}, wrong=bool(waiting), subjects=tuple(waiting))


@check(
    group=GROUP,
    severity=Severity.WARNING,
    hint="See `wholesaler alerts list` for the reasons; `wholesaler alerts retry` sends them once more.",
)
def refused_alerts(connection: Connection, context: Context) -> Observation:
    """Alerts that were refused for good within a week."""
    channels = context.settings.channels
    refused_rows = rows(connection, context, _FILE, "refused_alerts", channels=channels, days=REFUSED_DAYS)
    refused = {row.channel: row.refused for row in refused_rows}
    message = ", ".join(f"{counted(count, 'alert')} by {channel}" for channel, count in refused.items())
    return Observation(message or "none", {"refused": refused}, wrong=bool(refused), subjects=tuple(refused))


def _shorten(reason: str) -> str:
    """A recorded reason as part of a line."""
    line = " ".join(reason.split()).rstrip(".")
    return line if len(line) <= _LONGEST_REASON else f"{line[: _LONGEST_REASON - 1]}…"
