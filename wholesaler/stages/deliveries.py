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
from wholesaler.stages.freshness import stale_sources
from wholesaler.stages.interface import Context
from wholesaler.stages.score import tier_stats

log = structlog.get_logger()


@dataclass
class Delivery:
    """What came of sending on a channel: the number of leads it took, and why it did not take what stays pending.

    ``transient`` says that sending again may help.
    """

    taken: int = 0
    refusals: list[str] = field(default_factory=list)
    transient: bool = False


def pending_messages(context: Context, channel: Channel[Any]) -> list[tuple[Message[Any], list[int]]]:
    """The messages a channel has still to take, leads first, each with the ledger's ids of what it announces."""
    parameters = {"market": context.market.key, "channel": channel.name, "as_of": context.as_of}
    # a message replaces the report file of its day, so that it has to be whole
    whole_day = "leads_of_the_day" if channel.name == "report" else "pending_leads"
    with context.engine.connect() as connection:
        pending = connection.execute(statement(__package__, "alert.sql", "pending_leads"), parameters).all()
        rows = connection.execute(statement(__package__, "alert.sql", whole_day), parameters).all() if pending else []
        notices = connection.execute(statement(__package__, "alert.sql", "pending_notices"), parameters).all()
        tiers = tier_stats(connection, context.market.key)["tier_counts"]
        stale = tuple(stale_sources(connection, context.market, context.as_of))
    messages: list[tuple[Message[Any], list[int]]] = []
    if rows:
        leads, ids = _leads(rows)
        digest = Digest(context.market.key, context.market.name, context.as_of, leads, tiers, stale)
        for message in channel.render(digest):
            messages.append((message, [row_id for parcel_id in message.leads for row_id in ids[parcel_id]]))
    return messages + [(_notice(channel, row), [int(row.id)]) for row in notices]


def deliver(context: Context, channel: Channel[Any]) -> Delivery:
    """Send what is pending on a channel; a message that it objects to stays pending and does not hold up the others."""
    delivery = Delivery()
    for message, ids in pending_messages(context, channel):
        parameters = {"market": context.market.key, "ids": ids, "as_of": context.as_of}
        try:
            channel.send(message)
        except DeliveryError as error:
            with context.engine.begin() as connection:
                connection.execute(
                    statement(__package__, "alert.sql", "not_taken"), {**parameters, "error": error.message}
                )
            log.warning("alert_not_taken", channel=channel.name, error=error.message)
            delivery.refusals.append(str(error))
            if error.permanent and error.message_only:
                continue
            delivery.transient = not error.permanent
            break
        with context.engine.begin() as connection:
            sent = connection.execute(statement(__package__, "alert.sql", "sent"), parameters).rowcount
        delivery.taken += sent if message.leads else 0
        log.info("alert_sent", channel=channel.name, title=message.title, leads=len(message.leads))
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
