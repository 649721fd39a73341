"""Statistics for the planner: after a bulk change it knows yesterday's, and plans that are a hundred times slower."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

#: autovacuum sees to smaller changes
_MANY = 500
#: 300 rows are sampled for each step of it; a hundred steps take three times as long, and plans are no better
_STEPS = 30


def refresh_statistics(connection: Connection, table: str, changed: int, columns: Sequence[str] = ()) -> None:
    """Collect the statistics of ``table``, or of some of its columns, anew when ``changed`` rows are many."""
    if changed > _MANY:
        named = f" ({', '.join(columns)})" if columns else ""
        connection.execute(text(f"SET LOCAL default_statistics_target = {_STEPS}"))
        connection.execute(text(f"ANALYZE {table}{named}"))
