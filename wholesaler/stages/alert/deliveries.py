"""From the ledger of deliveries to the channels: what is pending is sent, and marked message by message."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from wholesaler.db.sql import statement
from wholesaler.deadline import unlimited
from wholesaler.documents import to_json
from wholesaler.notify import (
    Channel,
    DeliveryError,
    Digest,
    FailureNotice,
    Finding,
    FindingsNotice,
    LeadNotice,
    Message,
    ProfileChange,
)
from wholesaler.plural import counted
from wholesaler.redaction import redact
from wholesaler.scoring.stored import tier_stats
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.freshness import stale_sources

log = structlog.get_logger()

_FILE = "deliveries.sql"
#: Leads that a channel's messages list; nobody reads more, and the first load of a large county has tens of thousands,
#: which would be hundreds of megabytes of text.
MOST_LEADS = 1_000
RETRY_HINT = "`wholesaler alerts list` shows what was refused, `wholesaler alerts retry` sends it once more."
#: leads of the first day of a market that a chat lists: whoever reads there is told of what changes
FIRST_LEADS = 5
#: days for which a channel that refuses everything for good is sent what waits for it, a message a run
GIVE_UP_AFTER_DAYS = 7


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent, the channel without those who have it, and the ledger's ids of what it announces."""

    channel: Channel[Any]
    message: Message[Any]
    ids: list[int]


@dataclass
class Delivery:
    """What came of sending on a channel: the number of leads it took, and why it did not take what stays pending.

    ``refused_for_good`` tells what is not sent again, ``omissions`` are about recipients that will never get what the
    others have; ``transient`` says that sending again in this run may help. ``unanswered`` are about what the channel
    may have: it waits for the next run.
    """

    leads: int = 0
    refusals: list[str] = field(default_factory=list)
    refused_for_good: list[str] = field(default_factory=list)
    omissions: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    transient: bool = False
    #: seconds for which the channel wants nothing
    retry_after: float | None = None

    def combine(self, later: "Delivery") -> "Delivery":
        """What came of this and of a later attempt at what it left pending."""
        return Delivery(
            self.leads + later.leads,
            later.refusals,
            self.refused_for_good + later.refused_for_good,
            self.omissions + later.omissions,
            self.unanswered + later.unanswered,
            later.transient,
            later.retry_after,
        )

    @property
    def warnings(self) -> dict[str, list[str]]:
        """What to say about it, by the kind of warning that it is."""
        waiting = self.unanswered + self.refusals + self.omissions
        return {"pending_alerts": waiting, "refused_alerts": self.refused_for_good}


def pending_messages(context: Context, channel: Channel[Any]) -> list[Outgoing]:
    """What a channel has still to take in this run, leads first.

    What a former run sent without getting an answer goes out again as the same message, so that it can be told.
    """
    parameters = {
        "market": context.market.key,
        "channel": channel.name,
        "as_of": context.as_of,
        "run_id": context.run_id,
        "most": MOST_LEADS,
        "few": FIRST_LEADS,
        "is_chat": channel.is_chat,
    }
    # a message replaces the report file of its day, so that it has to be whole
    whole_day = "leads_of_the_day" if channel.name == "report" else "pending_leads"
    with context.engine.connect() as connection:
        pending_rows = connection.execute(statement(__package__, _FILE, "pending_leads"), parameters).all()
        rows = connection.execute(statement(__package__, _FILE, whole_day), parameters).all() if pending_rows else []
        notices = connection.execute(statement(__package__, _FILE, "pending_notices"), parameters).all()
        tiers = tier_stats(connection, context.market.key)["tier_counts"]
        stale = tuple(stale_sources(connection, context.market, context.as_of))
    groups: dict[tuple[Any, ...], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.delivered_to), row.message_id or "", row.is_first].append(row)
    outgoing = []
    for (recipients, message_id, is_first), group in sorted(groups.items()):
        leads, ids = _leads(group, context.market.terms.foreclosure_note)
        listed = {lead.parcel_id for lead in leads}
        further = [parcel_id for parcel_id in ids if parcel_id not in listed]
        digest = Digest(
            context.market.key,
            context.market.name,
            context.as_of,
            leads,
            tiers,
            stale,
            repeat=bool(message_id),
            further=len(further),
            is_first=is_first,
        )
        to = channel.except_for(recipients)
        rows_by_id = {int(row.id): row for row in group}
        messages = to.render(digest)
        for number_of_message, message in enumerate(messages, 1):
            # what is told by its number alone is told when the last message has been taken
            told = (*message.leads, *further) if number_of_message == len(messages) else message.leads
            numbers = [number for parcel in told for number in ids[parcel]]
            reference = message_id or _reference(context, channel, [rows_by_id[number] for number in numbers])
            outgoing.append(Outgoing(to, replace(message, reference=reference), numbers))
    for together in _together(notices):
        newest = together[-1]
        to = channel.except_for(newest.delivered_to)
        reference = newest.message_id or _reference(context, channel, together)
        message = replace(_notice(to, together), reference=reference)
        outgoing.append(Outgoing(to, message, [int(row.id) for row in together]))
    return outgoing


def deliver(context: Context, channel: Channel[Any]) -> Delivery:
    """Send what is pending on a channel; a message that it objects to stays pending and does not hold up the others.

    A message to which no answer came is sent once a run, since the channel may have it. The messages behind it wait for
    the next attempt, when the channel may answer again. A parcel that was suppressed or closed since its message
    was made goes into none: the messages are made anew.
    """
    delivery = Delivery()
    secrets = context.settings.secrets()
    outgoing = pending_messages(context, channel)
    for number, out in enumerate(outgoing, 1):
        if _are_unworkable(context, out.ids):
            return delivery.combine(deliver(context, channel))
        try:
            partial = out.channel.send(out.message)
        except DeliveryError as error:
            cause = redact(error.message, secrets)
            if error.unanswered:
                marks = {"message_id": out.message.reference, "run_id": context.run_id}
                _mark(context, "mark_unanswered", out, error=cause, **marks)
                log.warning("alert_unanswered", channel=channel.name, error=cause)
                delivery.unanswered.append(redact(str(error), secrets))
                delivery.transient |= number < len(outgoing)
                break
            log.warning("alert_refused", channel=channel.name, error=cause)
            if error.permanent and error.message_only:
                _mark(context, "mark_refused_for_good", out, error=cause)
                delivery.refused_for_good.append(f"{redact(str(error), secrets)} It is not tried again. {RETRY_HINT}")
                continue
            _mark(context, "mark_refused", out, error=cause)
            delivery.refusals.append(redact(str(error), secrets))
            if error.permanent:
                delivery.refused_for_good += _give_up(context, channel, cause)
            delivery.transient |= not error.permanent
            delivery.retry_after = error.retry_after
            break
        refusal = redact(partial.refusal, secrets) if partial else None
        if partial and refusal:
            log.warning("alert_delivered_in_part", channel=channel.name, error=refusal)
            if not partial.permanent:
                _mark(context, "mark_delivered_in_part", out, error=refusal, recipients=list(partial.recipients))
                delivery.refusals.append(refusal)
                delivery.transient = True
                continue
            delivery.omissions.append(refusal)
        rows = _mark(context, "mark_sent", out, error=refusal, as_of=context.as_of)
        delivery.leads += rows if out.message.leads else 0
        log.info("alert_sent", channel=channel.name, title=out.message.title, leads=len(out.message.leads))
    return delivery


def announce(
    context: Context, channels: Sequence[Channel[Any]], kind: str, subject: str, payload: dict[str, Any]
) -> None:
    """Put a notice into the ledger for ``channels``, unless it is there already, and send what is pending."""
    with context.engine.begin() as connection:
        write_notice(connection, context, channels, kind, subject, payload)
    deliver_notices(context, channels)


def write_notice(
    connection: Connection,
    context: Context,
    channels: Iterable[Channel[Any]],
    kind: str,
    subject: str,
    payload: dict[str, Any],
) -> None:
    """Put a notice into the ledger for ``channels``, unless it is there already."""
    parameters = {
        "market": context.market.key,
        "kind": kind,
        "subject": subject,
        "as_of": context.as_of,
        "payload": to_json(payload),
        "channels": [channel.name for channel in _of_people(channels)],
    }
    connection.execute(statement(__package__, _FILE, "announce_notice"), parameters)


def count_notices(connection: Connection, market: str, kind: str, day: date) -> int:
    """How many notices of a kind the ledger has of a day."""
    parameters = {"market": market, "kind": kind, "as_of": day}
    return int(connection.scalar(statement(__package__, _FILE, "count_notices"), parameters) or 0)


def deliver_notices(context: Context, channels: Iterable[Channel[Any]]) -> None:
    """Send what is pending on ``channels``."""
    for channel in _of_people(channels):
        deliver(context, channel)


def _of_people(channels: Iterable[Channel[Any]]) -> list[Channel[Any]]:
    """The report file is about leads; notices go to people."""
    return [channel for channel in channels if channel.name != "report"]


def reopen(context: Context, channels: Iterable[Channel[Any]]) -> int:
    """Have what ``channels`` have refused for good sent once more; returns how much that is."""
    parameters = {"market": context.market.key, "channels": [channel.name for channel in channels]}
    with context.engine.begin() as connection:
        return connection.execute(statement(__package__, _FILE, "reopen"), parameters).rowcount


def _give_up(context: Context, channel: Channel[Any], cause: str) -> list[str]:
    """What has waited long enough for a channel that refuses everything waits no more; returns what to say of it."""
    parameters = {
        "market": context.market.key,
        "channel": channel.name,
        "days": GIVE_UP_AFTER_DAYS,
        "error": cause,
    }
    with unlimited(), context.engine.begin() as connection:
        number = connection.execute(statement(__package__, _FILE, "give_up"), parameters).rowcount
    if not number:
        return []
    announcements = counted(number, "announcement")
    return [f"After {GIVE_UP_AFTER_DAYS} days {announcements} will not be tried any more. {RETRY_HINT}"]


def _are_unworkable(context: Context, ids: list[int]) -> bool:
    """Whether one of the ledger's rows must not be sent any more, at this moment."""
    parameters = {"market": context.market.key, "ids": ids}
    with context.engine.connect() as connection:
        return bool(connection.scalar(statement(__package__, _FILE, "are_unworkable"), parameters))


def _mark(context: Context, how: str, outgoing: Outgoing, **values: Any) -> int:
    """Write at once what came of a message, in a transaction of its own; returns how many rows are marked."""
    parameters = {"market": context.market.key, "ids": outgoing.ids, **values}
    # a deadline may have passed since it went out
    with unlimited(), context.engine.begin() as connection:
        return connection.execute(statement(__package__, _FILE, how), parameters).rowcount


def _reference(context: Context, channel: Channel[Any], rows: Iterable[Row[Any]]) -> str:
    """What stands for the ledger's rows in a Message-ID; another database's rows of the same ids make another."""
    parts = sorted(f"{row.id} {row.created_at.timestamp()}" for row in rows)
    return sha256("\n".join([context.market.key, channel.name, *parts]).encode()).hexdigest()[:32]


def _leads(rows: Iterable[Row[Any]], note: str | None) -> tuple[tuple[LeadNotice, ...], dict[str, list[int]]]:
    """The leads of the ledger rows with a payload, each once with its newest, and the ids of all rows by parcel.

    ``note`` is what the market says of the law of foreclosures.
    """
    ids: dict[str, list[int]] = defaultdict(list)
    leads = []
    for row in rows:
        if row.parcel_id not in ids and row.payload is not None:
            leads.append(_lead(row.payload, note))
        ids[row.parcel_id].append(int(row.id))
    return tuple(leads), ids


def _lead(payload: dict[str, Any], note: str | None) -> LeadNotice:
    return LeadNotice(
        parcel_id=payload["parcel_id"],
        address=payload["address"],
        city=payload["city"],
        zip_code=payload["zip_code"],
        total_score=Decimal(str(payload["total_score"])),
        tier=payload["tier"],
        signals=tuple(payload["signals"]),
        reasons=tuple(payload["reasons"]),
        deal={name: None if value is None else Decimal(str(value)) for name, value in payload["deal"].items()},
        owner_name=payload["owner_name"],
        snapshot_date=date.fromisoformat(payload["snapshot_date"]),
        foreclosure=payload["foreclosure"],
        foreclosure_note=note,
        is_land=payload.get("is_land") is True,  # older rows do not say
    )


def _together(notices: Iterable[Row[Any]]) -> list[list[Row[Any]]]:
    """The notices of one message each, oldest first: what of several days waits for a channel is told at once."""
    groups: dict[tuple[Any, ...], list[Row[Any]]] = defaultdict(list)
    for row in notices:
        # what has gone out without an answer goes out again as it was
        what = row.id if row.kind == "profile_change" else row.payload.get("stage")
        groups[row.kind, what, tuple(row.delivered_to), row.message_id].append(row)
    return list(groups.values())


def _notice(channel: Channel[Any], rows: list[Row[Any]]) -> Message[Any]:
    """The message of the newest of some notices of one kind, which stands for the others too."""
    row = rows[-1]
    payload = {**row.payload, "repeat": row.message_id is not None}
    payload["as_of"] = date.fromisoformat(payload["as_of"])
    if row.kind != "profile_change":
        days = {date.fromisoformat(earlier.payload["as_of"]) for earlier in rows[:-1]}
        payload["earlier_days"] = tuple(sorted(days - {payload["as_of"]}))
    if row.kind == "stage_failure":
        return channel.render_failure(FailureNotice(**payload))
    if row.kind == "profile_change":
        payload["day_before"] = date.fromisoformat(payload["day_before"])
        payload["tiers"] = tuple(payload.get("tiers", "A"))
        return channel.render_profile_change(ProfileChange(**payload))
    found = dict.fromkeys(Finding(**finding) for one in reversed(rows) for finding in one.payload["findings"])
    payload["findings"] = tuple(sorted(found, key=lambda finding: finding.severity))
    return channel.render_findings(FindingsNotice(**payload))
