"""Completeness of what the stages wrote: addresses, locations, scores."""

from typing import Any

from sqlalchemy import Connection, Row

from wholesaler.leads.reading import scored_day
from wholesaler.scoring.features import TIERS
from wholesaler.stages.check.registry import Observation, Severity, check, none_of, not_applicable, rows
from wholesaler.stages.interface import Context

GROUP = "completeness"
_FILE = "completeness.sql"
#: most a share of the active properties may lack
WITHOUT_ADDRESS = 0.5
WITHOUT_LOCATION = 0.2
_NOTHING = "no active properties"


@check(
    group=GROUP, severity=Severity.WARNING, hint="Run `wholesaler ingest`; its warnings say why no record is a signal."
)
def properties(connection: Connection, context: Context) -> Observation:
    """Active properties."""
    coverage = _coverage(connection, context)
    value = {"properties": coverage.properties, "active": coverage.active}
    if not coverage.properties:
        return Observation("no properties yet", value, wrong=True)
    return Observation(f"{coverage.active:,} of {coverage.properties:,}", value, wrong=not coverage.active)


@check(
    group=GROUP,
    severity=Severity.WARNING,
    hint="Run `wholesaler enrich`; if it stays so, see that the appraiser's roll was loaded and that the market file "
    "names its address field.",
)
def addresses(connection: Connection, context: Context) -> Observation:
    """Properties without address."""
    coverage = _coverage(connection, context)
    return _share(coverage.without_address, coverage.active, WITHOUT_ADDRESS)


@check(
    group=GROUP,
    severity=Severity.WARNING,
    hint="Run `wholesaler enrich`, which asks the geocoder; if it stays so, see `location` and `bounding_box` in the "
    "market file.",
)
def locations(connection: Connection, context: Context) -> Observation:
    """Properties without location."""
    coverage = _coverage(connection, context)
    return _share(coverage.without_location, coverage.active, WITHOUT_LOCATION)


@check(group=GROUP, severity=Severity.WARNING, hint="Run `wholesaler score`.")
def score_day(connection: Connection, context: Context) -> Observation:
    """Day of the scores."""
    if not _coverage(connection, context).active:
        return not_applicable(_NOTHING)
    day = scored_day(connection, context.market.key)
    value = {"as_of": day.isoformat() if day else None}
    if day is None:
        return Observation("nothing was ever scored", value, wrong=True)
    if day < context.as_of:
        return Observation(f"the newest scores are of {day:%-d %b %Y}", value, wrong=True)
    return Observation(f"{day:%-d %b %Y}", value)


@check(group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler score`, which writes every lead's score anew.")
def null_scores(connection: Connection, context: Context) -> Observation:
    """Leads with null or impossible scores."""
    return none_of(connection, context, _FILE, "null_scores", "lead", "leads")


@check(group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler score`; see the tiers of the scoring profile.")
def invalid_tiers(connection: Connection, context: Context) -> Observation:
    """Leads with invalid tiers."""
    return none_of(connection, context, _FILE, "invalid_tiers", "lead", "leads", tiers=list(TIERS))


@check(group=GROUP, severity=Severity.WARNING, hint="Run `wholesaler score`, which drops what is no lead any more.")
def inactive_leads(connection: Connection, context: Context) -> Observation:
    """Leads on inactive or missing properties."""
    return none_of(connection, context, _FILE, "inactive_leads", "lead", "leads")


@check(group=GROUP, severity=Severity.ERROR, hint="Run `wholesaler score`, which keeps a snapshot of every lead.")
def snapshots(connection: Connection, context: Context) -> Observation:
    """Leads without a snapshot of their day."""
    return none_of(connection, context, _FILE, "missing_snapshots", "lead", "leads")


def _coverage(connection: Connection, context: Context) -> Row[Any]:
    (row,) = rows(connection, context, _FILE, "coverage")
    return row


def _share(missing: int, active: int, allowed: float) -> Observation:
    """``missing`` of ``active`` properties lack something; wrong above the share ``allowed``."""
    if not active:
        return not_applicable(_NOTHING)
    share = missing / active
    message = f"{missing:,} of {active:,} ({share:.0%}, at most {allowed:.0%} expected)"
    return Observation(message, {"found": missing, "of": active, "share": round(share, 4)}, wrong=share > allowed)
