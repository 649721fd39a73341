"""Records to the properties of their parcels: the one place where properties are made, linked and called active."""

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.db.statistics import refresh_statistics
from wholesaler.markets.records import SIGNAL_KINDS


def link_properties(connection: Connection, market: str) -> None:
    """A property for every parcel with a signal, and every record of a known parcel pointing to its property."""
    parameters = {"market": market}
    inserts = connection.execute(statement(__package__, "link.sql", "create_properties"), parameters).rowcount
    refresh_statistics(connection, "properties", inserts)
    for kind in SIGNAL_KINDS:
        query = statement(__package__, "link.sql", "link_records", table=kind.table)
        updates = connection.execute(query, parameters).rowcount
        refresh_statistics(connection, kind.table, updates)
    connection.execute(statement(__package__, "link.sql", "refresh_activity"), parameters)


def join_rates(connection: Connection, market: str) -> dict[str, float]:
    """Of the parcels each source gives a signal for, the share that is on the appraiser's roll, by source."""
    rows = connection.execute(statement(__package__, "link.sql", "join_rates"), {"market": market})
    return {row.source: float(row.rate) for row in rows}
