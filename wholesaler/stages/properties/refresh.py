"""Bring every active property up to date with its records: roll, address, location, and the violations around it.

Only what differs is written. The enrich stage runs this after ingest, and the score stage again, because dedupe finds
further records for a property and because the counts belong to a day.
"""

import math

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.markets.market import BoundingBox
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.addresses import standardise

METRES_PER_MILE = 1609.344
#: of latitude, within 1 %
METRES_PER_DEGREE = 111_000
#: violations opened in this many days up to the day count as nearby (scoring profile v1)
PERIOD_DAYS = 730
#: the columns that later statements are planned by; statistics of places are dear
_PLANNED = ("market", "id", "parcel_id", "is_active", "merged_into", "house_number")
#: without any violation record within this distance nothing is known about a place
COVERAGE_MILES = 1


def refresh_addresses(connection: Connection, context: Context) -> int:
    """Attach the roll's records, then refresh addresses and locations; returns the number of properties changed."""
    parameters = {"market": context.market.key, "sources": list(context.market.sources)}
    attached = connection.execute(statement(__package__, "refresh.sql", "attach_records"), parameters).rowcount
    refresh_statistics(connection, "property_records", attached)
    changed = connection.execute(statement(__package__, "refresh.sql", "changed_addresses"), parameters).rowcount
    if changed:
        connection.execute(text("ANALYZE changed_addresses (id, address)"))
        standardise(connection, context, "changed_addresses")
        connection.execute(statement(__package__, "refresh.sql", "refresh_addresses"), parameters)
        refresh_statistics(connection, "properties", changed, _PLANNED)
    connection.execute(text("DROP TABLE changed_addresses"))
    return changed


def count_violations(connection: Connection, context: Context) -> int:
    """Count own and nearby violations where they may have changed; returns the number of properties changed."""
    box = context.market.bounding_box
    parameters = {
        "market": context.market.key,
        "as_of": context.as_of,
        "period_days": PERIOD_DAYS,
        "radius_miles": context.settings.radius_miles,
        "radius_metres": context.settings.radius_miles * METRES_PER_MILE,
        "coverage_metres": COVERAGE_MILES * METRES_PER_MILE,
        "furthest_metres": max(COVERAGE_MILES, context.settings.radius_miles) * METRES_PER_MILE,
        "metres_north": METRES_PER_DEGREE,
        "metres_east": METRES_PER_DEGREE * math.cos(math.radians((box.south + box.north) / 2)),
        "plane": plane(box),
        "longitude": (box.west + box.east) / 2,
        "latitude": (box.south + box.north) / 2,
    }
    parameters["scale"] = connection.scalar(statement(__package__, "violations.sql", "scale"), parameters)

    def execute(name: str) -> int:
        return connection.execute(statement(__package__, "violations.sql", name), parameters).rowcount

    execute("current_states")
    execute("dirty_properties")
    changed = 0
    if connection.scalar(text("SELECT EXISTS (SELECT FROM dirty_properties)")):
        connection.execute(text("ANALYZE dirty_properties"))
        execute("plane")
        execute("places")
        connection.execute(text("CREATE INDEX ON plane USING gist (point)"))
        connection.execute(text("ANALYZE plane (property_id)"))
        connection.execute(text("ANALYZE places (id)"))
        execute("nearby")
        connection.execute(text("ANALYZE nearby (id)"))
        changed = execute("count_violations")
        connection.execute(text("DROP TABLE plane, places, nearby"))
    execute("remember_states")
    connection.execute(text("DROP TABLE changed_violations, dirty_properties"))
    return changed


def plane(box: BoundingBox) -> int:
    """The EPSG code of the UTM zone (WGS 84) the market's centre lies in.

    One of the server's own projections, since PostGIS keeps those ready and builds any other anew for every point.
    """
    zone = int(((box.west + box.east) / 2 + 180) // 6) % 60 + 1
    return (32600 if box.south + box.north >= 0 else 32700) + zone
