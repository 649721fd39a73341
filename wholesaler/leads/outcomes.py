"""What came of the leads that somebody worked on, so that a profile can be judged by what happened."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.markets import Market

#: by what outcomes are counted, beside all
GROUPS = ("profile", "tier", "signal", "rule")
COUNTS = ("contacted", "offers", "contracts", "closed", "lost")


def outcomes(connection: Connection, market: Market, day: date | None = None) -> dict[str, Any]:
    """``all`` and, by name, each ``profile``, ``tier``, ``signal`` and ``rule`` of when the work on a lead began.

    Each has how many leads were ``contacted``, came to ``offers``, ``contracts`` and were ``closed``, how many were
    ``lost`` (dead or dnc, which without another step is no contact), and the ``amount`` of those that were closed, in
    dollars. Of steps up to ``day``, else of all.
    """
    until = None if day is None else datetime.combine(day + timedelta(days=1), time(), market.zone)
    parameters = {"market": market.key, "until": until}
    found: dict[str, Any] = {"all": {**dict.fromkeys(COUNTS, 0), "amount": 0}} | {name: {} for name in GROUPS}
    for row in connection.execute(statement(__package__, "outcomes.sql", "outcomes"), parameters).mappings():
        counts = {name: row[name] for name in (*COUNTS, "amount")}
        if row["kind"] == "all":
            found["all"] = counts
        else:
            found[row["kind"]][row["name"]] = counts
    return found
