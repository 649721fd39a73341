"""Enrich: the appraiser's record, a standard address, a location, and the violations on and around every property."""

from wholesaler.db.sql import statement
from wholesaler.errors import ExitCode
from wholesaler.stages.enrich.geocode import geocode
from wholesaler.stages.interface import Attempt, Context, Result
from wholesaler.stages.properties.addresses import refresh_addresses
from wholesaler.stages.properties.parcels import refresh_parcels
from wholesaler.stages.properties.violations import count_violations


def run(context: Context, attempt: Attempt) -> Result:
    """Bring all active properties up to date; a second run over the same records changes nothing."""
    with context.engine.begin() as connection:
        if not context.state.parcels_are_fresh:
            refresh_parcels(connection, context.market, context.as_of)
        enriched = refresh_addresses(connection, context.market)
    geocoded, warnings = geocode(context)
    with context.engine.begin() as connection:
        recounted = count_violations(connection, context)
        coverage = connection.execute(
            statement(__package__, "coverage.sql", "coverage"), {"market": context.market.key}
        ).one()
    context.state.addresses_are_fresh = True
    stats = {
        "processed": coverage.processed,
        "enriched": max(enriched, recounted),
        "failed": coverage.failed,
        "geocoded": geocoded,
        "records_attached": coverage.records_attached,
        "addresses_changed": enriched,
        "counts_changed": recounted,
    }
    is_new = bool(warnings) and context.known.counts("geocoder")
    return Result(stats, warnings, ExitCode.WARNINGS if is_new else ExitCode.OK)
