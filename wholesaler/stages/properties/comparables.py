"""Comparables: what sales nearby say of a parcel with a signal, its living area times their price per square foot.

The sales of the roll of the same use, with a living area that differs by 20 % at most, of the last twelve months within
half a mile; where those are fewer than three, of twenty-four months; then of twelve and of twenty-four within a mile.
Since that depends on the day and on the neighbours, it is remembered how each sale was counted, and only parcels that a
change can reach are compared again.
"""

from typing import Any

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.stages.interface import Context

_SQL = "comparables.sql"
_METRES_PER_MILE = 1609.344
NEAR_MILES, FAR_MILES = 0.5, 1
#: by how many per cent of the parcel's own a living area may differ
AREA_PERCENT = 20
#: fewer sales than this say nothing
LEAST_SALES = 3
#: in dollars; what is sold for less is not sold at its worth
LOWEST_PRICE = 10_000
_TEMPORARY = ("changed_sales", "subjects", "sales", "pending", "near_sales", "far_sales")


def refresh_comparables(connection: Connection, context: Context, *, is_known: bool) -> int:
    """Compare the parcels that may compare otherwise on the day; returns how many rows changed.

    ``is_known`` says whether the sales of the whole county are; else no parcel has comparables.
    """
    box = context.market.bounding_box
    parameters: dict[str, Any] = {
        "market": context.market.key,
        "as_of": context.as_of,
        "is_known": is_known,
        "lowest_price": LOWEST_PRICE,
        "least": LEAST_SALES,
        "percent": AREA_PERCENT,
        "far_miles": FAR_MILES,
        "projection": context.market.projection,
        "longitude": (box.west + box.east) / 2,
        "latitude": (box.south + box.north) / 2,
    }
    # the length of a mile on the plane
    scale = connection.scalar(statement(__package__, "violations.sql", "scale"), parameters)
    parameters["metres"] = _METRES_PER_MILE * float(scale or 1)

    def execute(name: str, table: str | None = None, **others: Any) -> int:
        return connection.execute(statement(__package__, _SQL, name, table=table), {**parameters, **others}).rowcount

    changed_sales = execute("changed_sales")
    execute("subjects")
    if changed_sales:
        execute("drop_sales")
        refresh_statistics(connection, "counted_sales", execute("keep_sales"), ("market", "parcel_id"))
        connection.execute(text("ANALYZE changed_sales (use_code)"))
        connection.execute(text("ANALYZE subjects"))
        execute("dirty_subjects")
    changed = execute("drop_comparables")
    if execute("pending"):
        execute("sales")
        connection.execute(text("ANALYZE pending"))
        connection.execute(text("ANALYZE sales"))
        execute("comparisons", "near_sales", miles=NEAR_MILES)
        execute("drop_settled")
        execute("comparisons", "far_sales", miles=FAR_MILES)
        connection.execute(text("ANALYZE near_sales (parcel_id)"))
        connection.execute(text("ANALYZE far_sales (parcel_id)"))
        changed += execute("write_comparables")
        execute("remember_comparison")
    connection.execute(text(f"DROP TABLE IF EXISTS {', '.join(_TEMPORARY)}"))
    return changed
