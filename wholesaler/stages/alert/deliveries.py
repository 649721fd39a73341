"""From the ledger of deliveries to the channels: what is pending is sent, and marked message by message."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import Row

from wholesaler.db.sql import statement
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
)
from wholesaler.stages.interface import Context
from wholesaler.stages.properties.freshness import stale_sources
from wholesaler.stages.score.stage import tier_stats

log = structlog.get_logger()


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent, the channel without those who have it, and the ledger's ids of what it announces."""

    channel: Channel[Any]
    message: Message[Any]
    ids: list[int]


@dataclass
class Delivery:
    """What came of sending on a channel: the number of leads it took, and why it did not take what stays pending.

    ``left_out`` is about recipients that will never get what the others have; ``transient`` says that sending again
    may help.
    """

    taken: int = 0
    refusals: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    transient: bool = False

    def followed_by(self, later: "Delivery") -> "Delivery":
        """What came of this and of a later attempt at what it left pending."""
        return Delivery(self.taken + later.taken, later.refusals, self.left_out + later.left_out, later.transient)


def pending_messages(context: Context, channel: Channel[Any]) -> list[Outgoing]:
    """What a channel has still to take, leads first."""
    parameters = {"market": context.market.key, "channel": channel.name, "as_of": context.as_of}
    # a message replaces the report file of its day, so that it has to be whole
    whole_day = "leads_of_the_day" if channel.name == "report" else "pending_leads"
    with context.engine.connect() as connection:
        pending = connection.execute(statement(__package__, "alert.sql", "pending_leads"), parameters).all()
        rows = connection.execute(statement(__package__, "alert.sql", whole_day), parameters).all() if pending else []
        notices = connection.execute(statement(__package__, "alert.sql", "pending_notices"), parameters).all()
        tiers = tier_stats(connection, context.market.key)["tier_counts"]
        stale = tuple(stale_sources(connection, context.market, context.as_of))
    outgoing = []
    for told in sorted({tuple(row.told) for row in rows}):
        leads, ids = _leads(row for row in rows if tuple(row.told) == told)
        digest = Digest(context.market.key, context.market.name, context.as_of, leads, tiers, stale)
        to = channel.except_for(told)
        for message in to.render(digest):
            outgoing.append(Outgoing(to, message, [row_id for parcel in message.leads for row_id in ids[parcel]]))
    for row in notices:
        to = channel.except_for(row.told)
        outgoing.append(Outgoing(to, _notice(to, row), [int(row.id)]))
    return outgoing


def deliver(context: Context, channel: Channel[Any]) -> Delivery:
    """Send what is pending on a channel; a message that it objects to stays pending and does not hold up the others."""
    delivery = Delivery()
    for outgoing in pending_messages(context, channel):
        try:
            partly = outgoing.channel.send(outgoing.message)
        except DeliveryError as error:
            _mark(context, "not_taken", outgoing, error=error.message)
            log.warning("alert_not_taken", channel=channel.name, error=error.message)
            delivery.refusals.append(str(error))
            if error.permanent and error.message_only:
                continue
            delivery.transient |= not error.permanent
            break
        if partly is not None:
            log.warning("alert_partly_taken", channel=channel.name, error=partly.refusal)
        if partly is not None and not partly.permanent:
            _mark(context, "partly_taken", outgoing, error=partly.refusal, told=list(partly.told))
            delivery.refusals.append(partly.refusal)
            delivery.transient = True
            continue
        sent = _mark(context, "sent", outgoing, error=partly and partly.refusal, as_of=context.as_of)
        delivery.taken += sent if outgoing.message.leads else 0
        delivery.left_out += [partly.refusal] if partly else []
        log.info("alert_sent", channel=channel.name, title=outgoing.message.title, leads=len(outgoing.message.leads))
    return delivery


def announce(
    context: Context, channels: Iterable[Channel[Any]], kind: str, subject: str, payload: dict[str, Any]
) -> None:
    """Put a notice into the ledger for ``channels``, unless it is there already, and send what is pending."""
    # the report file is about leads; notices go to people
    asked = [channel for channel in channels if channel.name != "report"]
    parameters = {
        "market": context.market.key,
        "kind": kind,
        "subject": subject,
        "as_of": context.as_of,
        "payload": to_json(payload),
        "channels": [channel.name for channel in asked],
    }
    with context.engine.begin() as connection:
        connection.execute(statement(__package__, "alert.sql", "announce_notice"), parameters)
    for channel in asked:
        deliver(context, channel)


def _mark(context: Context, how: str, outgoing: Outgoing, **values: Any) -> int:
    """Write at once what came of a message, in a transaction of its own; returns how many rows are marked."""
    parameters = {"market": context.market.key, "ids": outgoing.ids, **values}
    with context.engine.begin() as connection:
        return connection.execute(statement(__package__, "alert.sql", how), parameters).rowcount


def _leads(rows: Iterable[Row[Any]]) -> tuple[tuple[LeadNotice, ...], dict[str, list[int]]]:
    """The leads of ledger rows, each once with its newest payload, and the ids of the rows by parcel."""
    ids: dict[str, list[int]] = defaultdict(list)
    leads = []
    for row in rows:
        parcel_id = row.payload["parcel_id"]
        if parcel_id not in ids:
            leads.append(_lead(row.payload))
        ids[parcel_id].append(int(row.id))
    return tuple(leads), ids


def _lead(payload: dict[str, Any]) -> LeadNotice:
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
    )


def _notice(channel: Channel[Any], row: Row[Any]) -> Message[Any]:
    payload = dict(row.payload)
    payload["as_of"] = date.fromisoformat(payload["as_of"])
    if row.kind == "stage_failure":
        return channel.render_failure(FailureNotice(**payload))
    payload["findings"] = tuple(Finding(**finding) for finding in payload["findings"])
    return channel.render_findings(FindingsNotice(**payload))
