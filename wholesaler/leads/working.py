"""What somebody does with a lead: steps and notes, and the last step taken back.

The caller owns the transaction. Each returns a JSON-ready dictionary with the ``parcel_id`` that the lead has now, its
``address`` and ``city``, its ``status``, the one ``before`` and ``next_date_before``, ``merged_from`` (the number that
was named, where its property was merged into this one), ``suppressed``, why nobody is to be contacted about it, and
``suppression``, what a step to dnc has suppressed beside the parcel. Each raises like
:func:`wholesaler.leads.reading.find_lead`, :class:`WholesalerError` for a parcel that never was a lead, and
:class:`UsageError` for what does not fit together.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
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
#: while somebody is at work with a lead, what was promised holds
_KEEP = ("contacted", "follow_up", "offer", "contract")
#: what people say of a call, and the status that it is; offered, and never taken for meant
SYNONYMS = {
    "call": "contacted", "called": "contacted", "phoned": "contacted", "texted": "contacted", "mailed": "contacted",
    "emailed": "contacted", "talked": "contacted", "spoke": "contacted", "reached": "contacted", "letter": "contacted",
    "voicemail": "contacted", "callback": "follow_up", "call_back": "follow_up", "later": "follow_up",
    "waiting": "follow_up", "negotiating": "offer", "offered": "offer", "signed": "contract",
    "under_contract": "contract", "bought": "closed", "sold": "closed", "done": "closed", "won": "closed",
    "not_interested": "dead", "no": "dead", "lost": "dead", "refused": "dead", "wrong_number": "dead", "stop": "dnc",
    "do_not_call": "dnc", "do_not_contact": "dnc", "do_not_mail": "dnc", "remove": "dnc", "unsubscribe": "dnc",
    "new": "open", "reopen": "open", "none": "open",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What somebody wants to note down of a lead; ``amount`` in dollars, ``by`` is who does.

    Without a ``status`` it is a note, or where it has a ``next_date`` or ``drops_date``, the present status once more.
    A step that says nothing of a date keeps the one that is still ahead, unless its status is open or ends the work.
    """

    by: str
    status: str | None = None
    next_date: date | None = None
    amount: Decimal | None = None
    reason: str | None = None
    note: str | None = None
    drops_date: bool = False

    @property
    def is_note(self) -> bool:
        """Whether it leaves status and date as they are."""
        return self.status is None and self.next_date is None and not self.drops_date


def read_status(written: str) -> str:
    """A status as it is written: ``Follow-up`` → ``follow_up``. Raises :class:`UsageError` for what is none."""
    status = "_".join(written.casefold().replace("-", " ").replace("_", " ").split())
    if status not in STATUSES:
        meant = f"Did you mean '{SYNONYMS[status]}'?" if status in SYNONYMS else did_you_mean(status, STATUSES)
        hint = f"{meant} The statuses are {', '.join(STATUSES)}.".strip()
        raise UsageError(f"There is no status '{written}'.", hint)
    return status


def take_step(connection: Connection, market: Market, written: str, step: Step, day: date) -> dict[str, Any]:
    """Write a step down, of the lead that a parcel number means; ``day`` is today in the market.

    ``dnc`` writes a suppression of the parcel and of its owner.
    """
    property_id, parcel_id = _find(connection, market, written)
    before = status_of(connection, market.key, property_id)
    step = _completed(step, before, day)
    rules = rules_of(connection, market.key, [property_id]).get(property_id, [])
    parameters = {
        "market": market.key,
        "id": property_id,
        "parcel_id": parcel_id,
        **vars(step),
        "rules": [rule["name"] for rule in rules if rule["points"] > 0],
    }
    event_id = connection.scalar(statement(__package__, _FILE, "step"), parameters)
    suppression = None
    if step.status == "dnc":
        suppression = _suppress(connection, {**parameters, "event_id": event_id})
    return _outcome(connection, market, written, (property_id, parcel_id), before) | {"suppression": suppression}


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


def _completed(step: Step, before: dict[str, Any] | None, day: date) -> Step:
    """The step with what it leaves as it was; raises :class:`UsageError` where its parts contradict each other.

    A date that has come is done with by whatever is done; one that is ahead was promised.
    """
    if step.is_note:
        return step
    status = step.status or (before["status"] if before else "open")
    if step.status is None and status in ENDS:
        raise UsageError(
            f"--next: the lead is {status}, which ends the work: nothing is due after it.",
            "Name a status too, such as contacted.",
        )
    _expect_fit(replace(step, status=status), day)
    if before is None:
        return replace(step, status=status)
    date_before, kept = before["next_date"], step.next_date
    if kept is None and not step.drops_date and status in _KEEP and date_before is not None and date_before > day:
        kept = date_before
    same = {name: before[name] for name in ("amount", "reason")} if status == before["status"] else {}
    same = {name: value for name, value in same.items() if getattr(step, name) is None}
    return replace(step, status=status, next_date=kept, **same)


def _suppress(connection: Connection, parameters: dict[str, Any]) -> dict[str, Any]:
    """Suppress a parcel and its owner; whether the roll knows the ``owner``, and how many ``further_leads`` go."""
    further = connection.scalar(statement(__package__, _FILE, "further_leads"), parameters)
    connection.execute(statement(__package__, _FILE, "suppress_parcel"), parameters)
    owner = connection.scalar(statement(__package__, _FILE, "suppress_owner"), parameters)
    return {"owner": owner is not None, "further_leads": further}


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
    status = now["status"] or {**dict.fromkeys(_STATUS), "status": "open"}
    place = connection.execute(statement(__package__, _FILE, "place"), {"market": market.key, "id": lead[0]})
    return {
        "market": market.key,
        "parcel_id": lead[1],
        **place.mappings().one(),
        **status,
        "before": "open" if before is None else before["status"],
        "next_date_before": None if before is None else before["next_date"],
        "merged_from": None if not readings or lead[1] in readings else readings[0],
        "suppressed": now["suppressed"],
        "suppression": None,
    }
