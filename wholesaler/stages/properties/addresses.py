"""The best address and the best location of every active property.

Addresses are compared in a standard form, kept in ``standard_addresses``: each is read once. Only what differs is
written. The enrich stage runs this after ingest, and the score stage again, because dedupe finds further records.
"""

from sqlalchemy import Connection, text

from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.markets import Market
from wholesaler.stages.properties.rolls import merged_rolls

_SQL = "addresses.sql"
#: the columns that later statements are planned by; statistics of places are dear
_PLANNER_COLUMNS = ("market", "id", "parcel_id", "is_active", "merged_into", "house_number")


def refresh_addresses(connection: Connection, market: Market) -> int:
    """Refresh addresses and locations from records and parcels; returns the number of properties changed."""
    rolls = merged_rolls(connection, market.key).places
    parameters = {"market": market.key, "sources": list(market.sources), "rolls": rolls}
    changed = connection.execute(statement(__package__, _SQL, "changed_addresses"), parameters).rowcount
    if changed:
        connection.execute(text("ANALYZE changed_addresses (id, address)"))
        standardise(connection, market, "changed_addresses")
        connection.execute(statement(__package__, _SQL, "refresh_addresses"), parameters)
        refresh_statistics(connection, "properties", changed, _PLANNER_COLUMNS)
    connection.execute(text("DROP TABLE changed_addresses"))
    return changed


def standardise(connection: Connection, market: Market, table: str) -> None:
    """Have every ``address`` of the temporary ``table`` in ``standard_addresses``; its parts are null if unreadable."""
    query = statement(__package__, _SQL, "standardise", table=table)
    inserts = connection.execute(query, {"market": market.key, "state": market.state}).rowcount
    refresh_statistics(connection, "standard_addresses", inserts)
