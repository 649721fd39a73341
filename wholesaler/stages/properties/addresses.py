"""Addresses in a form that can be compared, kept in ``standard_addresses``: the standardiser is dear."""

from sqlalchemy import Connection, text

from wholesaler.db.sql import statements
from wholesaler.db.statistics import refresh_statistics
from wholesaler.stages.interface import Context


def standardise(connection: Connection, context: Context, table: str) -> None:
    """Have every ``address`` of the temporary ``table`` in ``standard_addresses``; its parts are null if unreadable."""
    query = statements(__package__, "addresses.sql")["standardise"].format(table=table)
    parameters = {"market": context.market.key, "state": context.market.state}
    added = connection.execute(text(query), parameters).rowcount
    refresh_statistics(connection, "standard_addresses", added)
