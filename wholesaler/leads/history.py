"""The score history of a parcel: each day on which it was a lead, and what had changed since the day before."""

from typing import Any

from sqlalchemy import Connection, RowMapping

from wholesaler.db.sql import statement
from wholesaler.leads.reading import find_lead
from wholesaler.markets import Market

#: what can be another from one day to the next; the components are compared one by one
_COMPARED = ("tier", "excluded", "total_score", "profile")


def history(connection: Connection, market: Market, written: str) -> dict[str, Any]:
    """``parcel_id`` and its ``history``, newest day first; ``written`` is the number in any form of the market.

    Each entry has the ``day`` with score, tier, components and profile, its ``change`` since the day scored before
    (``first``, ``same``, ``changed``, ``gone`` on the first day on which it is no lead, ``back``), and in ``changes``
    what was another: name → ``[before, now]``. ``backfilled``: the day never was the
    current list. Raises like :func:`wholesaler.leads.reading.lead`.
    """
    number, parcel_id = find_lead(connection, market, written)
    rows = connection.execute(statement(__package__, "history.sql", "days"), {"market": market.key, "id": number})
    entries: list[dict[str, Any]] = []
    before: RowMapping | None = None
    for row in rows.mappings():
        if row["snapshot_date"] is not None:
            entries.append(_entry(row, before, bool(entries)))
        elif before is not None:
            entries.append({**dict.fromkeys(_ENTRY), "day": row["day"], "change": "gone", "changes": {}})
        before = row if row["snapshot_date"] is not None else None
    return {"market": market.key, "parcel_id": parcel_id, "history": entries[::-1]}


_ENTRY = ("day", "total_score", "tier", "excluded", "components", "profile", "backfilled", "parcel_id")


def _entry(row: RowMapping, before: RowMapping | None, is_known: bool) -> dict[str, Any]:
    entry = {name: row[name] for name in _ENTRY}
    if before is None:
        return {**entry, "change": "back" if is_known else "first", "changes": {}}
    changes: dict[str, Any] = {name: [before[name], row[name]] for name in _COMPARED if before[name] != row[name]}
    components, former = row["components"], before["components"]
    differing = [name for name in {**former, **components} if former.get(name) != components.get(name)]
    if differing:
        changes["components"] = {name: [former.get(name), components.get(name)] for name in differing}
    return {**entry, "change": "changed" if changes else "same", "changes": changes}
