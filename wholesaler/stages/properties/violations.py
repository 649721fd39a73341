"""The violations on and around every active property, counted where they may have changed.

The counts belong to a day, so that the score stage counts again after enrich has: from one day to the next violations
grow old, and a source becomes stale or fresh again with all that it has. Only what differs is written.
"""

import math

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.markets.records import CODE_VIOLATIONS
from wholesaler.scoring.features import PERIOD_DAYS
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.freshness import current_sources, freshness

METRES_PER_MILE = 1609.344
#: of latitude, within 1 %
METRES_PER_DEGREE = 111_000
#: without any violation record within this distance nothing is known about a place
COVERAGE_MILES = 1


def count_violations(connection: Connection, context: Context) -> int:
    """Count own and nearby violations where they may have changed; returns the number of properties changed."""
    market, box = context.market, context.market.bounding_box
    names = [name for name in market.sources if market.record(name) is CODE_VIOLATIONS]
    current = current_sources(market, freshness(connection, market, context.as_of, names))
    parameters = {
        "market": market.key,
        "sources": [name for name in names if name in current],
        "as_of": context.as_of,
        "period_days": PERIOD_DAYS,
        "radius_miles": context.settings.radius_miles,
        "radius_metres": context.settings.radius_miles * METRES_PER_MILE,
        "coverage_metres": COVERAGE_MILES * METRES_PER_MILE,
        "furthest_metres": max(COVERAGE_MILES, context.settings.radius_miles) * METRES_PER_MILE,
        "metres_north": METRES_PER_DEGREE,
        "metres_east": METRES_PER_DEGREE * math.cos(math.radians((box.south + box.north) / 2)),
        "projection": market.projection,
        "longitude": (box.west + box.east) / 2,
        "latitude": (box.south + box.north) / 2,
    }
    parameters["scale"] = connection.scalar(statement(__package__, "violations.sql", "scale"), parameters)

    def execute(name: str) -> int:
        return connection.execute(statement(__package__, "violations.sql", name), parameters).rowcount

    execute("current_states")
    connection.execute(text("ANALYZE changed_violations (record_key, property_id, counted_property_id, counted_state)"))
    execute("dirty_properties")
    changed = 0
    if connection.scalar(text("SELECT EXISTS (SELECT FROM dirty_properties)")):
        connection.execute(text("ANALYZE dirty_properties"))
        execute("projected_violations")
        execute("places")
        connection.execute(text("CREATE INDEX ON projected_violations USING gist (point)"))
        connection.execute(text("ANALYZE projected_violations (property_id)"))
        connection.execute(text("ANALYZE places (id)"))
        execute("nearby")
        connection.execute(text("ANALYZE nearby (id)"))
        changed = execute("count_violations")
        connection.execute(text("DROP TABLE projected_violations, places, nearby"))
    refresh_statistics(connection, "counted_violations", execute("remember_states"), ("market", "record_key"))
    connection.execute(text("DROP TABLE changed_violations, dirty_properties"))
    return changed
