"""What somebody does with a lead: steps and notes, and the last step taken back.

The caller owns the transaction. Each returns a JSON-ready dictionary with the ``parcel_id`` that the lead has now, its
``status``, the one ``before``, ``merged_from`` (the number that was named, where its property was merged into this
one) and ``suppressed``, why nobody is to be contacted about it. Each raises like
:func:`wholesaler.leads.reading.find_lead`, :class:`WholesalerError` for a parcel that never was a lead, and
:class:`UsageError` for what does not fit together.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from wholesaler.db.sql import statement
from wholesaler.errors import UsageError, WholesalerError, did_you_mean
from wholesaler.leads.reading import find_lead, rules_of
from wholesaler.leads.statuses import ENDS, STATUSES, status_of, work
from wholesaler.markets import Market
from wholesaler.markets.parcel import UnusableParcel

_FILE = "working.sql"
_STATUS = ("status", "next_date", "amount", "reason", "note", "changed_at", "changed_by")


@dataclass(frozen=True)
class Step:
    """What somebody wants to note down of a lead; ``amount`` in dollars, ``by`` is who does."""

    by: str
    status: str | None = None
    next_date: date | None = None
    amount: Decimal | None = None
    reason: str | None = None
    note: str | None = None


def read_status(written: str) -> str:
    """A status as it is written: ``Follow-up`` → ``follow_up``. Raises :class:`UsageError` for what is none."""
    status = "_".join(written.casefold().replace("-", " ").replace("_", " ").split())
    if status not in STATUSES:
        hint = f"{did_you_mean(status, STATUSES)} The statuses are {', '.join(STATUSES)}.".strip()
        raise UsageError(f"There is no status '{written}'.", hint)
    return status


def take_step(connection: Connection, market: Market, written: str, step: Step, day: date) -> dict[str, Any]:
    """Write a step down, of the lead that a parcel number means; ``day`` is today in the market.

    ``dnc`` writes a suppression of the parcel and of its owner.
    """
    if step.status is not None:
        _expect_fit(step, day)
    property_id, parcel_id = _find(connection, market, written)
    before = status_of(connection, market.key, property_id)
    rules = rules_of(connection, market.key, [property_id]).get(property_id, [])
    parameters = {
        "market": market.key,
        "id": property_id,
        "parcel_id": parcel_id,
        **vars(step),
        "rules": [rule["name"] for rule in rules if rule["points"] > 0],
    }
    event_id = connection.scalar(statement(__package__, _FILE, "step"), parameters)
    if step.status == "dnc":
        for name in ("suppress_parcel", "suppress_owner"):
            connection.execute(statement(__package__, _FILE, name), {**parameters, "event_id": event_id})
    return _outcome(connection, market, written, (property_id, parcel_id), before)


def take_back(connection: Connection, market: Market, written: str, by: str) -> dict[str, Any]:
    """Take the last step with a lead back, and the suppressions that it has written; notes stay."""
    property_id, parcel_id = _find(connection, market, written)
    before = status_of(connection, market.key, property_id)
    if before is None or before["event_id"] is None:
        raise UsageError(f"The lead {parcel_id} has no step that could be taken back.", "Its status is open.")
    parameters = {"market": market.key, "event_id": before["event_id"], "by": by}
    connection.execute(statement(__package__, _FILE, "take_back"), parameters)
    connection.execute(statement(__package__, _FILE, "lift"), parameters)
    return _outcome(connection, market, written, (property_id, parcel_id), before)


def _expect_fit(step: Step, day: date) -> None:
    """Raise :class:`UsageError` where the parts of a step contradict each other."""
    if step.next_date is not None and step.next_date < day:
        raise UsageError(f"--next: {step.next_date} has passed.", f"Name today, {day}, or a later day.")
    if step.next_date is not None and step.status in ENDS:
        raise UsageError(f"--next: {step.status} ends the work, and nothing is due after it.", "Leave --next out.")
    if step.status == "dead" and step.reason is None:
        raise UsageError("A lead is dead for a reason.", "Give it with --reason, such as --reason 'not interested'.")


def _find(connection: Connection, market: Market, written: str) -> tuple[int, str]:
    """The property and the parcel number that it has now."""
    property_id, parcel_id = find_lead(connection, market, written)
    if property_id is None:
        raise WholesalerError(
            f"The parcel {parcel_id} is on the roll of {market.name} and never was a lead: it has no status.",
            f"`wholesaler leads suppress add {parcel_id}` keeps it from ever being contacted.",
        )
    return property_id, parcel_id


def _outcome(
    connection: Connection, market: Market, written: str, lead: tuple[int, str], before: dict[str, Any] | None
) -> dict[str, Any]:
    readings: list[str] = []
    with suppress(UnusableParcel):  # an address does where a parcel number does
        readings = market.read_parcel(written)
    now = work(connection, market.key, *lead)
    untouched = {
        "status": "open",
        **dict.fromkeys(("next_date", "amount", "reason", "note", "changed_at", "changed_by")),
    }
    status = now["status"] or untouched
    return {
        "market": market.key,
        "parcel_id": lead[1],
        **status,
        "before": "open" if before is None else before["status"],
        "merged_from": None if not readings or lead[1] in readings else readings[0],
        "suppressed": now["suppressed"],
    }
