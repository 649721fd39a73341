"""Enrich: the appraiser's record, a standard address, a location, and the violations on and around every property."""

from wholesaler.db.sql import statement
from wholesaler.errors import ExitCode
from wholesaler.stages.enrich.geocode import geocode
from wholesaler.stages.interface import Attempt, Context, Result
from wholesaler.stages.properties.refresh import count_violations, refresh_addresses


def run(context: Context, attempt: Attempt) -> Result:
    """Bring all active properties up to date; a second run over the same records changes nothing."""
    with context.engine.begin() as connection:
        enriched = refresh_addresses(connection, context)
    geocoded, warnings = geocode(context)
    with context.engine.begin() as connection:
        recounted = count_violations(connection, context)
        coverage = connection.execute(
            statement("wholesaler.stages.properties", "refresh.sql", "coverage"), {"market": context.market.key}
        ).one()
    context.notes["addresses_are_fresh"] = True
    stats = {
        "processed": coverage.processed,
        "enriched": max(enriched, recounted),
        "failed": coverage.failed,
        "geocoded": geocoded,
        "records_attached": coverage.records_attached,
        "addresses_changed": enriched,
        "counts_changed": recounted,
    }
    return Result(stats, warnings, ExitCode.WARNINGS if warnings else ExitCode.OK)
