"""Statistics for the planner: after a bulk change it knows yesterday's, and plans that are a hundred times slower."""

from sqlalchemy import Connection, text

#: autovacuum sees to smaller changes
_MANY = 500


def refresh_statistics(connection: Connection, table: str, changed: int) -> None:
    """Collect the statistics of ``table`` anew when ``changed`` rows are many."""
    if changed > _MANY:
        connection.execute(text(f"ANALYZE {table}"))
