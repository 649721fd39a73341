"""What ``alerts list`` shows of the ledger of deliveries."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement

#: what may have come of a delivery
STATES = ("pending", "sent", "refused")
_FILE = "reading.sql"


def deliveries(
    connection: Connection, market: str, states: Sequence[str], channel: str | None, limit: int
) -> dict[str, Any]:
    """The announcements in one of ``states``, on one channel or all, as a JSON-ready dictionary.

    With them come their ``total`` and, of each channel, how many are in which state. Nothing of a parcel that is
    suppressed or confidential is among them.
    """
    bound = {"market": market, "channel": channel}
    counts: dict[str, dict[str, int]] = {}
    for row in connection.execute(statement(__package__, _FILE, "states"), bound):
        counts.setdefault(row.channel, dict.fromkeys(STATES, 0))[row.state] = row.deliveries
    listed = {**bound, "states": list(states), "limit": limit}
    rows = connection.execute(statement(__package__, _FILE, "deliveries"), listed).mappings()
    return {
        "command": "alerts list",
        "market": market,
        "total": sum(count[state] for count in counts.values() for state in states),
        "counts": counts,
        "deliveries": [dict(row) for row in rows],
    }
