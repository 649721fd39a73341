"""What was done with a lead, whether anybody may be contacted about it, and what is due: as JSON-ready dictionaries."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement

#: in the order in which a deal goes; the last three end the work
STATUSES = ("open", "contacted", "follow_up", "offer", "contract", "closed", "dead", "dnc")
ENDS = ("closed", "dead", "dnc")
_FILE = "statuses.sql"


def status_of(connection: Connection, market: str, property_id: int) -> dict[str, Any] | None:
    """The present status of a lead, with its next date and the rest; null for one that was never touched.

    ``event_id`` is the step that led there, null where there are notes alone.
    """
    parameters = {"market": market, "id": property_id}
    row = connection.execute(statement(__package__, _FILE, "status"), parameters).mappings().one_or_none()
    return None if row is None else dict(row)


def work(connection: Connection, market: str, property_id: int | None, parcel_id: str) -> dict[str, Any]:
    """What ``leads show`` says of a lead's work.

    ``status`` (null for one that was never touched), ``steps`` (newest first), ``returned`` (of a dead lead the signals
    by which it is back) and ``suppressed`` (why nobody is to be contacted, sorted).
    """
    parameters = {"market": market, "id": property_id, "parcel_id": parcel_id}
    status = None if property_id is None else status_of(connection, market, property_id)
    steps = connection.execute(statement(__package__, _FILE, "steps"), parameters).mappings() if status else ()
    back = connection.scalar(statement(__package__, _FILE, "returned"), parameters) if status else None
    return {
        "status": None if status is None else {name: status[name] for name in status if name != "event_id"},
        "steps": [dict(step) for step in steps],
        "returned": back or [],
        "suppressed": list(connection.scalars(statement(__package__, _FILE, "suppressed"), parameters)),
    }


def due(connection: Connection, market: str, day: date, *, within: int = 0, limit: int = 1_000_000) -> dict[str, Any]:
    """The ``leads`` whose next date is ``day``, earlier, or at most ``within`` days later, earliest first.

    ``days_over`` is how many days ago it was. Suppressed ones and those that somebody is done with are none of them.
    """
    parameters = {"market": market, "day": day, "until": day + timedelta(days=within), "limit": limit}
    rows = connection.execute(statement(__package__, _FILE, "due"), parameters).mappings()
    return {"day": day, "leads": [dict(row) for row in rows]}
