"""Filters that were saved under a name, of one market."""

import re

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from wholesaler.db.exports import SavedFilter
from wholesaler.documents import to_json
from wholesaler.errors import UsageError, did_you_mean
from wholesaler.leads.filters import Filters, from_document

_NAME = re.compile(r"[\w][\w .-]{0,59}")


def save_filters(connection: Connection, market: str, name: str, filters: Filters) -> None:
    """Keep filters under a name, in place of those that were there."""
    import json

    if not _NAME.fullmatch(name):
        raise UsageError(f"--save: '{name}' is no name.", "Expected letters, digits, blanks, '-' and '_', at most 60.")
    row = insert(SavedFilter).values(market=market, name=name, filters=json.loads(to_json(filters.document())))
    update = {"filters": row.excluded.filters, "saved_at": func.now()}
    connection.execute(row.on_conflict_do_update(index_elements=["market", "name"], set_=update))


def read_saved(connection: Connection, market: str, name: str) -> Filters:
    """The filters of a name; raises :class:`UsageError` where there are none."""
    query = select(SavedFilter.name, SavedFilter.filters).where(SavedFilter.market == market)
    known = {row.name: row.filters for row in connection.execute(query.order_by(SavedFilter.name))}
    if name not in known:
        names = did_you_mean(name, known) or (
            f"There are {', '.join(known)}." if known else "`--save NAME` saves some."
        )
        raise UsageError(f"--saved: no filters are saved as '{name}' for {market}.", names)
    return from_document(known[name])
